"""Rows of the activations: those in the document's table, then those that it only cites, or lacks."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import activation
from ..formula import Formula
from ..notation import Array, col, diag, hadamard, row, unrow
from .build import DIAG, TABLE_ROW, Rows, read, rows
from .samples import away_from_zero, size, vectors, with_zeros

_LAMBDA, _ALPHA = activation.SELU_LAMBDA, activation.SELU_ALPHA


def each(of: Callable[..., float]) -> Callable[..., Array]:
    """The transcription of a formula for the i-th numbers of g, y and x, or of x alone."""
    return lambda *arrays, **params: np.array([of(*numbers, **params) for numbers in zip(*arrays, strict=True)])


def _softmax_dx(g: Array, y: Array, x: Array) -> Array:
    s = np.array([g_i * y_i for g_i, y_i in zip(g, y, strict=True)])
    return unrow(col(s).T - col(y).T * np.sum(s))


def _printed(name: str, **more: Any) -> Rows:
    """The rows of an activation that the document has in its table, under this name."""
    return rows(f"activation.{name.lower().replace(' ', '_')}", f"{TABLE_ROW} {name}", vectors(1), **more)


AT_0 = ({"sample": with_zeros(1)},)
_relu, _leaky_relu, _selu = (_printed(name, spread=AT_0) for name in ("Relu", "Leaky Relu", "Selu"))
_elu = _printed("Elu", spread=AT_0, alpha=1.3)
_sigmoid, _softmax, _softplus, _tanh = map(_printed, ("Sigmoid", "Softmax", "Softplus", "Tanh"))

_TANH_ARGUMENT = r"\sqrt{\frac{2}{\pi}}(x_i+0.044715x_i^3)"


def _vector_and_slope(rng: np.random.Generator) -> tuple[Array, ...]:
    return away_from_zero(rng, size(rng)), np.asarray(rng.uniform(0.1, 0.5))


def _phi(x: float) -> float:
    return (1 + math.erf(x / math.sqrt(2))) / 2


def _gelu_dx(g: float, y: float, x: float, approximate: str) -> float:
    return g * (_phi(x) + x * (math.exp(-x * x / 2) / math.sqrt(2 * math.pi)))


def _gelu_tanh_dx(g: Array, y: Array, x: Array, approximate: str) -> Array:
    t = np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))
    return g * ((1 + t) / 2 + x * (1 - t**2) / 2 * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * x**2))


def _around_6(rng: np.random.Generator) -> tuple[Array, ...]:
    return (away_from_zero(rng, size(rng)) + rng.choice([0.0, 6.0]),)


_prelu = rows("activation.prelu", "Not printed; cited as reference 6", _vector_and_slope)
_relu6 = rows("activation.relu6", "Not printed; used in the blocks cited as reference 20", _around_6)
_gelu = rows("activation.gelu", "Not printed; cited as reference 5", vectors(1), approximate="none")
_gelu_tanh = rows("activation.gelu", "Not printed; cited as reference 5", vectors(1), approximate="tanh")
_silu = rows("activation.silu", "Not printed; Gelu with the logistic function for Φ", vectors(1))
_log_softmax = rows("activation.log_softmax", "Not printed; the logarithm of table row Softmax", vectors(1))

FORMULAS: tuple[Formula, ...] = (
    _relu.y(r"y_i=max\{0,x_i\}", each(lambda x: max(0.0, x))),
    _relu.dx(
        r"∂L/∂{x_i}=\begin{cases}∂L/∂{y_i}&\hspace{42pt}"
        r"\text{if }x_i>0\\0&\hspace{42pt}\text{if otherwise}\end{cases}",
        each(lambda g, y, x: g if x > 0 else 0.0),
    ),
    _leaky_relu.y(r"y_i=max\{0.01x_i,x_i\}", each(lambda x: max(0.01 * x, x))),
    _leaky_relu.dx(
        r"∂L/∂{x_i}=\begin{cases}∂L/∂{y_i}&\hspace{24pt}"
        r"\text{if }x_i>0\\0.01∂L/∂{y_i}&\hspace{24pt}\text{if otherwise}\end{cases}",
        each(lambda g, y, x: g if x > 0 else 0.01 * g),
    ),
    _elu.y(
        r"y_i=\begin{cases}x_i&\;\;\text{if }x_i>0\\\alpha(e^{x_i}-1)&\;\;\text{if otherwise}\end{cases}",
        each(lambda x, alpha: x if x > 0 else alpha * (np.exp(x) - 1)),
    ),
    _elu.dx(
        r"∂L/∂{x_i}=\begin{cases}∂L/∂{y_i}&\hspace{7pt}\text{if }x_i>0\\∂L/∂{y_i}(y_i+\alpha)&\hspace{7pt}"
        r"\text{if otherwise}\end{cases}",
        each(lambda g, y, x, alpha: g if x > 0 else g * (y + alpha)),
    ),
    _selu.y(
        r"y_i=\begin{cases}\lambda x_i&\text{if }x_i>0\\\lambda\alpha(e^{x_i}-1)&\text{if otherwise}\end{cases}",
        each(lambda x: _LAMBDA * x if x > 0 else _LAMBDA * _ALPHA * (np.exp(x) - 1)),
    ),
    _selu.dx(
        r"∂L/∂{x_i}=\begin{cases}∂L/∂{y_i}\lambda&\hspace{1pt}"
        r"\text{if }x_i>0\\∂L/∂{y_i}(y_i+\lambda\alpha)&\hspace{1pt}\text{if otherwise}\end{cases}",
        each(lambda g, y, x: g * _LAMBDA if x > 0 else g * (y + _LAMBDA * _ALPHA)),
    ),
    _sigmoid.y(r"y_i=\frac{1}{1+e^{-x_i}}", each(lambda x: 1 / (1 + np.exp(-x)))),
    _sigmoid.dx(
        r"∂L/∂{\vec{x}}=∂L/∂{\vec{y}}diag(\vec{y}(\vec{1}-\vec{y})^T)",
        corrected_latex=r"∂L/∂{\vec{x}}=∂L/∂{\vec{y}}diag(\vec{y}\odot(\vec{1}-\vec{y}))",
        **read("D", lambda letters: lambda g, y, x: unrow(row(g) @ DIAG[letters](col(y) @ (1 - col(y)).T))),
        mended=lambda g, y, x: unrow(row(g) @ diag(hadamard(col(y), 1 - col(y)))),
        note="diag of a matrix is a vector, and a row times it one number; diag of y ⊙ (1 − y) is the Jacobian.",
    ),
    _softmax.y(
        r"y_i=\frac{e^{x_i}}{\sum\limits_{\forall k}e^{x_k}}",
        lambda x: np.array([np.exp(x_i) / sum(np.exp(x_k) for x_k in x) for x_i in x]),
    ),
    _softmax.dx(
        r"∂L/∂{\vec{x}}=\vec{s}^T-\vec{y}^T\sum\limits_{\forall{i}}s_i\\\text{ where }s_i=∂L/∂{y_i}y_i", _softmax_dx
    ),
    _softplus.y(r"y_i=\log(e^{x_i}+1)", each(lambda x: np.log(np.exp(x) + 1))),
    _softplus.dx(
        r"∂L/∂{\vec{x}}=∂L/∂{\vec{y}}diag(\frac{e^{x_i}}{e^{x_i}+1})",
        lambda g, y, x: np.stack([unrow(row(g) @ diag(col(np.exp(x_i) / (np.exp(x_i) + 1)))) for x_i in x], axis=-1),
        corrected_latex=r"∂L/∂{\vec{x}}=∂L/∂{\vec{y}}diag(\vec{s})\\\text{ where }s_i=\frac{e^{x_i}}{e^{x_i}+1}",
        readings={"E": lambda g, y, x: unrow(row(g) @ diag(col(np.exp(x) / (np.exp(x) + 1))))},
        mended=lambda g, y, x: unrow(row(g) @ diag(col([np.exp(x_i) / (np.exp(x_i) + 1) for x_i in x]))),
        note="The left side is a vector, and x_i by the document's notation a number, of which diag is a 1 × 1 matrix.",
    ),
    _tanh.y(
        r"y_i=\frac{e^{x_i}-e^{-x_i}}{e^{x_i}+e^{-x_i}}",
        each(lambda x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))),
    ),
    _tanh.dx(
        r"∂L/∂{\vec{x}}=∂L/∂{\vec{y}}diag(I-\vec{y}\vec{y}^T)",
        corrected_latex=r"∂L/∂{\vec{x}}=∂L/∂{\vec{y}}diag(\vec{1}-\vec{y}\odot\vec{y})",
        **read("D", lambda letters: lambda g, y, x: unrow(row(g) @ DIAG[letters](np.eye(len(y)) - col(y) @ col(y).T))),
        mended=lambda g, y, x: unrow(row(g) @ diag(1 - hadamard(col(y), col(y)))),
        note="As for Sigmoid: diag of the matrix I − yyᵀ is a vector; diag of the vector 1 − y ⊙ y is the Jacobian.",
    ),
    _prelu.y(
        r"y_i=\begin{cases}x_i&\text{if }x_i>0\\ax_i&\text{if otherwise}\end{cases}",
        lambda x, a: np.array([x_i if x_i > 0 else a * x_i for x_i in x]),
    ),
    _prelu.dx(
        r"∂L/∂{x_i}=\begin{cases}∂L/∂{y_i}&\text{if }x_i>0\\a∂L/∂{y_i}&\text{if otherwise}\end{cases}",
        lambda g, y, x, a: np.array([g[i] if x[i] > 0 else a * g[i] for i in range(len(x))]),
    ),
    _prelu.da(
        r"∂L/∂{a}=\sum\limits_{x_i\leq0}∂L/∂{y_i}x_i",
        lambda g, y, x, a: np.sum([g[i] * x[i] for i in range(len(x)) if x[i] <= 0]),
    ),
    _relu6.y(r"y_i=min\{max\{0,x_i\},6\}", each(lambda x: min(max(0.0, x), 6.0))),
    _relu6.dx(
        r"∂L/∂{x_i}=\begin{cases}∂L/∂{y_i}&\text{if }0<x_i<6\\0&\text{if otherwise}\end{cases}",
        each(lambda g, y, x: g if 0 < x < 6 else 0.0),
    ),
    _gelu.y(
        r"y_i=x_i\Phi(x_i)\\\text{where }\Phi(x)=\frac{1}{2}(1+erf(\frac{x}{\sqrt{2}}))",
        each(lambda x, approximate: x * _phi(x)),
    ),
    _gelu.dx(r"∂L/∂{x_i}=∂L/∂{y_i}(\Phi(x_i)+\frac{x_i}{\sqrt{2\pi}}e^{-\frac{1}{2}x_i^2})", each(_gelu_dx)),
    _gelu_tanh["y.tanh"](
        rf"y_i=\frac{{1}}{{2}}x_i(1+tanh({_TANH_ARGUMENT}))",
        lambda x, approximate: 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
        note="An approximation of Φ that stays within 5e-4 of it; its gradient is exact for the approximation.",
    ),
    _gelu_tanh["dx.tanh"](
        r"∂L/∂{x_i}=∂L/∂{y_i}(\frac{1}{2}(1+t_i)"
        r"+\frac{1}{2}x_i(1-t_i^2)\sqrt{\frac{2}{\pi}}(1+3\cdot0.044715x_i^2))"
        rf"\\\text{{where }}t_i=tanh({_TANH_ARGUMENT})",
        _gelu_tanh_dx,
    ),
    _silu.y(r"y_i=\frac{x_i}{1+e^{-x_i}}", each(lambda x: x / (1 + np.exp(-x)))),
    _silu.dx(
        r"∂L/∂{x_i}=∂L/∂{y_i}\frac{1+e^{-x_i}(1+x_i)}{(1+e^{-x_i})^2}",
        each(lambda g, y, x: g * (1 + np.exp(-x) * (1 + x)) / (1 + np.exp(-x)) ** 2),
    ),
    _log_softmax.y(
        r"y_i=x_i-\log\sum\limits_{\forall k}e^{x_k}",
        lambda x: np.array([x_i - np.log(sum(np.exp(x_k) for x_k in x)) for x_i in x]),
    ),
    _log_softmax.dx(
        r"∂L/∂{\vec{x}}=∂L/∂{\vec{y}}-\vec{p}^T\sum\limits_{\forall{i}}∂L/∂{y_i}\\\text{ where }p_i=e^{y_i}",
        lambda g, y, x: unrow(row(g) - col(np.exp(y)).T * np.sum(g)),
    ),
)
