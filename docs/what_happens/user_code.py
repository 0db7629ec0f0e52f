"""Rows on operations, rules and updates that a user writes."""

from __future__ import annotations

from typing import Any

import numpy as np
import user_rules
from cases import Case

WORDS = (
    "Oracles: the same program of recorded operations, which equals differences; for what is no gradient, an error. An "
    "operation of the user's own is `az.primitive`, `torch.autograd.Function`, `jax.custom_vjp`, "
    "`autograd.extend.primitive`, `mygrad.Operation`."
)
RNG = np.random.default_rng(0)
X, A, B = (RNG.normal(size=shape) for shape in ((5, 4), (4, 4), (4, 4)))
V = np.array([1.0, -2.0, 0.5])


def relu(L: Any, x: Any) -> Any:
    return L.np.maximum(x, x * 0.0)


def residual(L: Any, op: Any, B: Any = B) -> Any:
    """The gradient by A of a net whose hidden layer h goes around `op` and, times B, through it."""

    def loss(A: Any) -> Any:
        h = L.np.matmul(L.array(X), A)
        return L.np.sum((h + op(h if B is None else L.np.matmul(h, L.array(B)))) ** 2)

    return L.grad(loss, A)


def differences(op: Any) -> Any:
    """The gradient by A of Σ op(X A)² by differences, in NumPy."""
    found = np.zeros(A.shape)
    for place in np.ndindex(A.shape):
        step = np.zeros(A.shape)
        step[place] = 1e-5
        high, low = (np.sum(op(X @ (A + s * step)) ** 2) for s in (1, -1))
        found[place] = (high - low) / 2e-5
    return found


def masks_g(g: Any, y: Any, x: Any) -> Any:
    dx = g
    dx[x <= 0] = 0
    return dx


def doubles_g(g: Any, y: Any, x: Any) -> Any:
    g *= 2.0
    return g


def writes(into: str) -> Any:
    """A rule that needs a place for its result, and takes its argument x or y for it."""

    def rule(g: Any, y: Any, x: Any) -> Any:
        out = {"x": x, "y": y}[into]
        out[:] = g * 2.0
        return out

    return rule


def clips(x: Any) -> Any:
    x[x < 0] = 0
    return x


def shifted(s: Any) -> Any:
    s -= s.max()
    return (s * s).sum()


IN_PLACE = [
    Case(
        "a rule `dx = g; dx[x <= 0] = 0` in a residual net",
        differences(lambda h: h + np.maximum(h @ B, 0.0)),
        "differences",
        lambda L: residual(L, L.primitive(lambda x: relu(L, x), masks_g)),
        ("np.where(x > 0, g, 0)",),
    ),
    Case(
        "a rule `g *= 2` in a residual net",
        differences(lambda h: h + 2.0 * (h @ B)),
        "differences",
        lambda L: residual(L, L.primitive(lambda x: x * 2.0, doubles_g)),
        ("a = a * 2",),
    ),
    Case(
        "an operation `x[x < 0] = 0; return x` in a residual net",
        differences(lambda h: h + np.maximum(h, 0.0)),
        "differences",
        lambda L: residual(L, L.primitive(clips, lambda g, y, x: g * (y > 0)), None),
        ("np.where(x > 0, g, 0)",),
    ),
    Case(
        "the leaf after an operation `s -= s.max()`",
        (1.0, -2.0, 0.5),
        "the leaf before",
        lambda L: leaf_after(L, L.primitive(shifted, lambda g, y, x: g * x)),
        ("a = a * 2",),
    ),
    Case(
        "a rule that writes its result into x",
        2.0 * X.T @ np.exp(X @ A),
        "algebra",
        lambda L: L.grad(
            lambda A: L.np.sum(L.primitive(lambda x: x * 2.0, writes("x"))(L.np.exp(L.np.matmul(L.array(X), A)))),
            A,
        ),
        ("np.array(g)",),
    ),
    Case(
        "a rule that writes its result into y, the operation used twice",
        4.0 * X.T @ (2.0 * X @ A),
        "algebra",
        lambda L: twice(L, L.primitive(lambda x: x * 2.0, writes("y"))),
        ("np.array(g)",),
    ),
]


def leaf_after(L: Any, op: Any) -> Any:
    """A leaf's value after it went through `op`."""
    leaf = {
        "autograd_zoo": lambda: L.az.Tensor(V),
        "PyTorch": lambda: L.torch.tensor(V, requires_grad=True),
        "MyGrad": lambda: L.mg.tensor(V),
    }.get(L.name, lambda: L.array(V))()
    L.grad(op, leaf) if L.name in ("JAX", "HIPS autograd") else op(leaf)
    return np.asarray(leaf.detach() if L.name == "PyTorch" else getattr(leaf, "data", leaf))


def twice(L: Any, op: Any) -> Any:
    """The gradient by A of Σ op(h)² / 2, h = X A, where `op` runs twice."""

    def loss(A: Any) -> Any:
        h = L.np.matmul(L.array(X), A)
        return L.np.sum(op(h) * op(h)) * 0.5

    return L.grad(loss, A)


def buffered(L: Any, where: str) -> Any:
    """The gradient of an operation y = 2 x that keeps one buffer, in its forward or in its rule."""
    buffer = L.array(np.zeros(3))

    def filled(value: Any) -> Any:
        if L.name == "JAX":
            return value
        buffer[:] = value
        return buffer

    if where == "forward":
        op = L.primitive(lambda x: filled(x * 2.0), lambda g, y, x: g * 2.0)
        return L.grad(lambda x: L.np.sum(op(x) * op(x + 1.0)), V)
    op = L.primitive(lambda x: x * 2.0, lambda g, y, x: filled(g * 2.0))
    return L.grad(lambda x: L.np.sum(op(x) * 3.0) + L.np.sum(op(x) * 5.0), V)


BUFFERS = [
    Case(
        "an operation that returns one buffer, called twice", 8.0 * V + 4.0, "algebra", lambda L: buffered(L, "forward")
    ),
    Case("a rule that returns one buffer, called twice", np.full(3, 16.0), "algebra", lambda L: buffered(L, "rule")),
    Case(
        "an operation that returns its argument, whose rule doubles g",
        np.full(3, 3.0),
        "algebra",
        lambda L: L.grad(lambda x: L.np.sum(L.primitive(lambda x: x, lambda g, y, x: g * 2.0)(x) + x), V),
    ),
    Case(
        "a constant that is changed between recording and sweep",
        (2.0, 3.0, 4.0),
        "the value as it was recorded",
        lambda L: L.grad(lambda x: then_changed(L, x), V),
    ),
]


def then_changed(L: Any, x: Any) -> Any:
    constant = np.array([2.0, 3.0, 4.0])
    y = L.np.sum(x * (L.torch.from_numpy(constant) if L.name == "PyTorch" else constant))
    constant[:] = 0.0
    return y


ROWS = IN_PLACE + BUFFERS + user_rules.ROWS
