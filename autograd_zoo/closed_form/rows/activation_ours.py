"""Rows of the activations that the document cites without a formula (GELU, PReLU, ReLU6), and of log-softmax."""

import math
from typing import Any

import numpy as np

from ..formula import Formula
from ..notation import Array, col, row, unrow
from .build import rows
from .samples import away_from_zero, size, vectors

_TANH_ARGUMENT = r"\sqrt{\frac{2}{\pi}}(x_i+0.044715x_i^3)"


def _vector_and_slope(rng: np.random.Generator) -> tuple[Array, ...]:
    return away_from_zero(rng, size(rng)), np.asarray(rng.uniform(0.1, 0.5))


def _phi(x: float) -> float:
    return (1 + math.erf(x / math.sqrt(2))) / 2


def _gelu_dx(g: Array, y: Array, x: Array, approximate: str) -> Array:
    density = [math.exp(-x_i * x_i / 2) / math.sqrt(2 * math.pi) for x_i in x]
    return np.array([g[i] * (_phi(x[i]) + x[i] * density[i]) for i in range(len(x))])


def _gelu_tanh_dx(g: Array, y: Array, x: Array, approximate: str) -> Array:
    t = np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))
    return g * ((1 + t) / 2 + x * (1 - t**2) / 2 * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * x**2))


def _around_6(rng: np.random.Generator) -> tuple[Array, ...]:
    return (away_from_zero(rng, size(rng)) + rng.choice([0.0, 6.0]),)


_RELU6: dict[str, Any] = {"specimen": "relu6", "place": "Not printed; used in the blocks cited as reference 20"}

_prelu = rows("activation", "prelu", "Not printed; cited as reference 6", _vector_and_slope)
_relu6 = rows("activation", "relu6", "Not printed; used in the blocks cited as reference 20", _around_6)
_gelu = rows("activation", "gelu", "Not printed; cited as reference 5", vectors(1), approximate="none")
_gelu_tanh = rows("activation", "gelu", "Not printed; cited as reference 5", vectors(1), approximate="tanh")
_log_softmax = rows("activation", "log_softmax", "Not printed; the logarithm of table row Softmax", vectors(1))

FORMULAS: tuple[Formula, ...] = (
    _prelu(
        "y",
        r"y_i=\begin{cases}x_i&\text{if }x_i>0\\ax_i&\text{if otherwise}\end{cases}",
        lambda x, a: np.array([x_i if x_i > 0 else a * x_i for x_i in x]),
    ),
    _prelu(
        "dx",
        r"∂L/∂{x_i}=\begin{cases}∂L/∂{y_i}&\text{if }x_i>0\\a∂L/∂{y_i}&\text{if otherwise}\end{cases}",
        lambda g, y, x, a: np.array([g[i] if x[i] > 0 else a * g[i] for i in range(len(x))]),
    ),
    _prelu(
        "da",
        r"∂L/∂{a}=\sum\limits_{x_i\leq0}∂L/∂{y_i}x_i",
        lambda g, y, x, a: np.sum([g[i] * x[i] for i in range(len(x)) if x[i] <= 0]),
    ),
    _relu6("y", r"y_i=min\{max\{0,x_i\},6\}", lambda x: np.array([min(max(0.0, x_i), 6.0) for x_i in x])),
    _relu6(
        "dx",
        r"∂L/∂{x_i}=\begin{cases}∂L/∂{y_i}&\text{if }0<x_i<6\\0&\text{if otherwise}\end{cases}",
        lambda g, y, x: np.array([g[i] if 0 < x[i] < 6 else 0.0 for i in range(len(x))]),
    ),
    _gelu(
        "y",
        r"y_i=x_i\Phi(x_i)\\\text{where }\Phi(x)=\frac{1}{2}(1+erf(\frac{x}{\sqrt{2}}))",
        lambda x, approximate: np.array([x_i * _phi(x_i) for x_i in x]),
    ),
    _gelu("dx", r"∂L/∂{x_i}=∂L/∂{y_i}(\Phi(x_i)+\frac{x_i}{\sqrt{2\pi}}e^{-\frac{1}{2}x_i^2})", _gelu_dx),
    _gelu_tanh(
        "y.tanh",
        rf"y_i=\frac{{1}}{{2}}x_i(1+tanh({_TANH_ARGUMENT}))",
        lambda x, approximate: 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
        note="An approximation of Φ that stays within 5e-4 of it; its gradient is exact for the approximation.",
    ),
    _gelu_tanh(
        "dx.tanh",
        r"∂L/∂{x_i}=∂L/∂{y_i}(\frac{1}{2}(1+t_i)"
        r"+\frac{1}{2}x_i(1-t_i^2)\sqrt{\frac{2}{\pi}}(1+3\cdot0.044715x_i^2))"
        rf"\\\text{{where }}t_i=tanh({_TANH_ARGUMENT})",
        _gelu_tanh_dx,
    ),
    _log_softmax(
        "y",
        r"y_i=x_i-\log\sum\limits_{\forall k}e^{x_k}",
        lambda x: np.array([x_i - np.log(sum(np.exp(x_k) for x_k in x)) for x_i in x]),
    ),
    _log_softmax(
        "dx",
        r"∂L/∂{\vec{x}}=∂L/∂{\vec{y}}-\vec{p}^T\sum\limits_{\forall{i}}∂L/∂{y_i}\\\text{ where }p_i=e^{y_i}",
        lambda g, y, x: unrow(row(g) - col(np.exp(y)).T * np.sum(g)),
    ),
)
