"""Rows on values and gradients where a formula is singular, a branch is not taken, or two elements tie."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
from cases import REFUSED, UNDEFINED, Case

inf, nan = math.inf, math.nan
WORDS = (
    "Oracles: limits of the derivative where it is continued, by hand; the branch that is taken, alone; sums that any "
    "subgradient must keep."
)


def gradient(when: str, right: Any, f: Any, *xs: Any, source: str = "limit") -> Case:
    """The gradient by the first argument of f(np, ...)."""
    return Case(when, right, source, lambda L: L.grad(lambda *ts: f(L.np, *ts), *xs))


def hessian(when: str, right: Any, f: Any, x: Any, source: str = "algebra") -> Case:
    """The second derivatives of f(np, x)."""
    return Case(when, right, source, lambda L: L.hessian(lambda t: f(L.np, t), np.asarray(x, float)))


def branch(when: str, right: Any, f: Any, x: Any = (0.0, 4.0)) -> Case:
    """The gradient of f(L, x), summed, where a branch is not taken."""
    return Case(
        when, right, "the branch that is taken", lambda L: L.grad(lambda t: L.np.sum(f(L, t)), np.asarray(x, float))
    )


LIMITS = [
    gradient("sqrt(x)² at 0", 1.0, lambda np, x: np.sqrt(x) ** 2, 0.0),
    gradient("cos(sqrt(x)) at 0", -0.5, lambda np, x: np.cos(np.sqrt(x)), 0.0),
    gradient("exp(log(x)) at 0", 1.0, lambda np, x: np.exp(np.log(x)), 0.0),
    gradient("expm1(log1p(x)) at −1", 1.0, lambda np, x: np.expm1(np.log1p(x)), -1.0),
    gradient("(x^⅓)³ at 0", 1.0, lambda np, x: (x ** (1.0 / 3.0)) ** 3, 0.0),
    gradient("1 / (1 / x) at 0", 1.0, lambda np, x: 1.0 / (1.0 / x), 0.0),
    gradient("∞ / x at 2", -inf, lambda np, x: inf / x, 2.0),
    gradient("0 · log(x) at 0, value nan", UNDEFINED, lambda np, x: 0.0 * np.log(x), 0.0),
    gradient("x log(x) at 0", UNDEFINED, lambda np, x: x * np.log(x), 0.0),
    gradient("log(x) at −1, outside its domain", UNDEFINED, lambda np, x: np.log(x), -1.0),
    gradient("log1p(x) at −3", UNDEFINED, lambda np, x: np.log1p(x), -3.0),
    gradient("sqrt(x) at −1", UNDEFINED, lambda np, x: np.sqrt(x), -1.0),
    gradient("arcsin(x) at 2", UNDEFINED, lambda np, x: np.arcsin(x), 2.0),
    gradient("arctanh(x) at 2", UNDEFINED, lambda np, x: np.arctanh(x), 2.0),
    gradient("x² at 0 by multiplication", 0.0, lambda np, x: x * x, 0.0),
    gradient("x ** 2 at 0", 0.0, lambda np, x: x**2, 0.0),
    gradient("x ** 0 at 0", 0.0, lambda np, x: x**0.0, 0.0),
    gradient("naive sigmoid at −1000", 0.0, lambda np, x: 1.0 / (1.0 + np.exp(-x)), -1000.0),
    gradient("hypot(x, 0) at 0, a subgradient", 0.0, lambda np, x: np.hypot(x, x * 0.0), 0.0),
    gradient("norm of (0, 0), a subgradient", (0.0, 0.0), lambda np, x: np.linalg.norm(x), (0.0, 0.0)),
    gradient("std of (1, 1), a subgradient", (0.0, 0.0), lambda np, x: np.std(x), (1.0, 1.0)),
    gradient("sqrt(var(x)) at (1, 1)", UNDEFINED, lambda np, x: np.sqrt(np.var(x)), (1.0, 1.0)),
    gradient("product of (2, 0, 3)", (0.0, 6.0, 0.0), lambda np, x: np.prod(x), (2.0, 0.0, 3.0)),
    gradient("product of (0, 0, 3)", (0.0, 0.0, 0.0), lambda np, x: np.prod(x), (0.0, 0.0, 3.0)),
    gradient("logaddexp(x, x) at 1e30", 1.0, lambda np, x: np.logaddexp(x, x), 1e30),
    gradient("arctan2(x, 1e200) at 1e200", 5e-201, lambda np, x: np.arctan2(x, x * 0.0 + 1e200), 1e200),
    gradient("tanh(x) at 1000", 0.0, lambda np, x: np.tanh(x), 1000.0),
    gradient("sinc(x) at 0", 0.0, lambda np, x: np.sinc(x), 0.0),
]
SECOND = [
    hessian("the Hessian of norm(x)² at 0", 2.0 * np.eye(2), lambda np, x: np.linalg.norm(x) ** 2, (0.0, 0.0)),
    hessian("... of norm(x)³ at 0", np.zeros((2, 2)), lambda np, x: np.linalg.norm(x) ** 3, (0.0, 0.0)),
    hessian("... of norm(x) x₁ at 0", UNDEFINED, lambda np, x: np.linalg.norm(x) * x[0], (0.0, 0.0)),
    hessian("... of std(x)² at (1, 1)", 0.5 * np.array([[1, -1], [-1, 1]]), lambda np, x: np.std(x) ** 2, (1.0, 1.0)),
    hessian("... of |x|² at 0", 2.0 * np.eye(1), lambda np, x: np.sum(np.abs(x) ** 2), (0.0,)),
    hessian("... of cosh(|x|) at 0", np.eye(1), lambda np, x: np.sum(np.cosh(np.abs(x))), (0.0,)),
    hessian("... of hypot(x₁, x₂)² at 0", 2.0 * np.eye(2), lambda np, x: np.hypot(x[0], x[1]) ** 2, (0.0, 0.0)),
    hessian("... of x³ at 0", np.zeros((1, 1)), lambda np, x: np.sum(x**3), (0.0,)),
    hessian("... of Σ x x at 0", 2.0 * np.eye(2), lambda np, x: np.sum(x * x), (0.0, 0.0)),
    hessian("... of prod(x) at 0", np.eye(2)[::-1], lambda np, x: np.prod(x), (0.0, 0.0)),
    hessian(
        "... of where(x > 0, x^1.5, 0) at 0",
        np.zeros((1, 1)),
        lambda np, x: np.sum(np.where(x > 0, x**1.5, 0.0)),
        (0.0,),
    ),
    hessian(
        "... of where(x > 0, log(x), x²) at 0",
        2.0 * np.eye(1),
        lambda np, x: np.sum(np.where(x > 0, np.log(x), x * x)),
        (0.0,),
    ),
]
BRANCHES = [
    branch("where(x > 0, sqrt(x), 0) at 0", (0.0, 0.25), lambda L, x: L.np.where(x > 0, L.np.sqrt(x), 0.0)),
    branch("where(x > 0, log(x), 0) at 0", (0.0, 0.25), lambda L, x: L.np.where(x > 0, L.np.log(x), 0.0)),
    branch("where(x > 0, 1 / x, 0) at 0", (0.0, -0.0625), lambda L, x: L.np.where(x > 0, 1.0 / x, 0.0)),
    branch("where(x > 9, x · ∞, 0)", (0.0, 0.0), lambda L, x: L.np.where(x > 9, x * inf, 0.0)),
    branch("where(x > 9, x + nan, x)", (1.0, 1.0), lambda L, x: L.np.where(x > 9, x + nan, x)),
    branch(
        "where(x > 0, sin(x) / x, 1) at 0",
        (0.0, (4 * math.cos(4) - math.sin(4)) / 16),
        lambda L, x: L.np.where(x > 0, L.np.sin(x) / x, 1.0),
    ),
    branch("sqrt(x)[1:], x₀ = 0", (0.0, 0.25), lambda L, x: L.np.sqrt(x)[1:]),
    branch("log(x)[x > 0]", (0.0, 0.25), lambda L, x: L.np.log(x)[L.array([False, True], "bool")]),
    branch("concatenate(x[:1], sqrt(x)[1:])", (1.0, 0.25), lambda L, x: L.np.concatenate((x[:1], L.np.sqrt(x)[1:]))),
    branch("triu of sqrt(x)", (0.0, 0.25), lambda L, x: L.np.triu(L.np.stack((x * 0.0 + 1.0, L.np.sqrt(x))), 0)[1, 1]),
    branch("clip(1 / x, −1, 1) at 0", (0.0, -0.0625), lambda L, x: L.np.clip(1.0 / x, -1.0, 1.0)),
    branch("maximum(log(x), −1) at 0", (0.0, 0.25), lambda L, x: L.np.maximum(L.np.log(x), L.array([-1.0, -1.0]))),
    branch("max of (log 0, log 4)", (0.0, 0.25), lambda L, x: L.np.max(L.np.log(x))),
]
X = np.array([[1.0, 2.0], [nan, inf]])
W = np.array([[0.5, -1.0], [2.0, 1.5]])
KEEP = np.array([[True], [False]])
PLAIN = SimpleNamespace(np=np)  # NumPy itself, for differences


def shared(when: str, net: Any) -> Case:
    """The gradient by weights W of a net of two rows, the second of which holds nan and ∞, and is masked."""

    def program(L: Any) -> Any:
        return L.grad(lambda W, x: L.np.sum(L.np.where(L.array(KEEP, "bool"), net(L, x, W), 0.0) ** 2), W, X)

    def loss(w: Any) -> float:
        return float(np.sum(net(PLAIN, X[:1], w) ** 2))

    right = np.zeros(W.shape)
    for place in np.ndindex(W.shape):
        step = np.zeros(W.shape)
        step[place] = 1e-5
        right[place] = (loss(W + step) - loss(W - step)) / 2e-5
    return Case(when, right, "differences of the row that is not masked", program)


MASKED = [
    shared("a masked row of nan and ∞ before x @ W", lambda L, x, w: L.np.matmul(x, w)),
    shared("... before tanh(x @ W)", lambda L, x, w: L.np.tanh(L.np.matmul(x, w))),
    shared("... before einsum", lambda L, x, w: L.np.einsum("nd,dk->nk", x, w)),
    shared("... before x W₀, elementwise", lambda L, x, w: x * w[0]),
    shared("... before two layers of one W", lambda L, x, w: L.np.matmul(L.np.tanh(L.np.matmul(x, w)), w)),
]
EIGHTS = (1e8 + np.array([0.0, 8.0, 16.0, 24.0])).tolist()


def variance(L: Any) -> Any:
    """The variance with divisor n of float32 numbers far from 0."""
    population = {"correction": 0} if L.name == "PyTorch" else {}
    return L.value(lambda x: L.np.var(x, **population), np.float32(EIGHTS))


TIES = [
    Case(
        "Σ of the shares of max(1, 3, 3)", 1.0, "any subgradient", lambda L: np.sum(L.grad(L.np.max, (1.0, 3.0, 3.0)))
    ),
    gradient("maximum(a, a)", (1.0,), lambda np, a: np.sum(np.maximum(a, a)), (1.0,), source="any subgradient"),
    Case(
        "|x| at 0: between −1 and 1",
        True,
        "any subgradient",
        lambda L: abs(float(L.grad(lambda x: L.np.sum(L.np.abs(x)), (0.0,))[0])) <= 1.0,
    ),
    Case(
        "the value of maximum(nan, 1)", UNDEFINED, "IEEE", lambda L: L.value(lambda x: L.np.maximum(x, x + 1.0), (nan,))
    ),
]
NUMBERS = [
    Case("the variance of 1e8 + (0, 8, 16, 24) in float32", 80.0, "exact", variance),
    gradient("x² of an integer 3", REFUSED, lambda np, x: x * x, 3, source="a gradient of integers is none"),
]
ROWS = LIMITS + SECOND + BRANCHES + MASKED + TIES + NUMBERS
