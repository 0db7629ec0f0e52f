"""Rows of the activations that the document cites without a formula (GELU, PReLU, ReLU6), and of log-softmax."""

import math
from typing import Any

import numpy as np

from autograd_zoo.closed_form import activation
from autograd_zoo.closed_form.formula import Formula
from autograd_zoo.closed_form.notation import Array, col, row, unrow
from autograd_zoo.closed_form.rows.samples import away_from_zero, size, vectors

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

FORMULAS: tuple[Formula, ...] = (
    Formula(
        id="activation.prelu.y",
        specimen="prelu",
        quantity="y",
        place="Not printed; cited as reference 6",
        latex=r"y_i=\begin{cases}x_i&\text{if }x_i>0\\ax_i&\text{if otherwise}\end{cases}",
        printed=lambda x, a: np.array([x_i if x_i > 0 else a * x_i for x_i in x]),
        corrected=activation.prelu,
        sample=_vector_and_slope,
        source="ours",
    ),
    Formula(
        id="activation.prelu.dx",
        specimen="prelu",
        quantity="dx",
        place="Not printed; cited as reference 6",
        latex=(
            r"\frac{\partial{L}}{\partial{x_i}}=\begin{cases}\frac{\partial{L}}{\partial{y_i}}&\text{if }x_i>0"
            r"\\a\frac{\partial{L}}{\partial{y_i}}&\text{if otherwise}\end{cases}"
        ),
        printed=lambda g, y, x, a: np.array([g[i] if x[i] > 0 else a * g[i] for i in range(len(x))]),
        corrected=activation.prelu_dx,
        forward=activation.prelu,
        sample=_vector_and_slope,
        source="ours",
    ),
    Formula(
        id="activation.prelu.da",
        specimen="prelu",
        quantity="da",
        place="Not printed; cited as reference 6",
        latex=r"\frac{\partial{L}}{\partial{a}}=\sum\limits_{x_i\leq0}\frac{\partial{L}}{\partial{y_i}}x_i",
        printed=lambda g, y, x, a: np.sum([g[i] * x[i] for i in range(len(x)) if x[i] <= 0]),
        corrected=activation.prelu_da,
        forward=activation.prelu,
        sample=_vector_and_slope,
        source="ours",
    ),
    Formula(
        id="activation.relu6.y",
        quantity="y",
        latex=r"y_i=min\{max\{0,x_i\},6\}",
        printed=lambda x: np.array([min(max(0.0, x_i), 6.0) for x_i in x]),
        corrected=activation.relu6,
        sample=_around_6,
        source="ours",
        **_RELU6,
    ),
    Formula(
        id="activation.relu6.dx",
        quantity="dx",
        latex=(
            r"\frac{\partial{L}}{\partial{x_i}}=\begin{cases}\frac{\partial{L}}{\partial{y_i}}&\text{if }0<x_i<6"
            r"\\0&\text{if otherwise}\end{cases}"
        ),
        printed=lambda g, y, x: np.array([g[i] if 0 < x[i] < 6 else 0.0 for i in range(len(x))]),
        corrected=activation.relu6_dx,
        forward=activation.relu6,
        sample=_around_6,
        source="ours",
        **_RELU6,
    ),
    Formula(
        id="activation.gelu.y",
        specimen="gelu",
        quantity="y",
        place="Not printed; cited as reference 5",
        latex=r"y_i=x_i\Phi(x_i)\\\text{where }\Phi(x)=\frac{1}{2}(1+erf(\frac{x}{\sqrt{2}}))",
        printed=lambda x, approximate: np.array([x_i * _phi(x_i) for x_i in x]),
        corrected=activation.gelu,
        sample=vectors(1),
        params={"approximate": "none"},
        source="ours",
    ),
    Formula(
        id="activation.gelu.dx",
        specimen="gelu",
        quantity="dx",
        place="Not printed; cited as reference 5",
        latex=(
            r"\frac{\partial{L}}{\partial{x_i}}=\frac{\partial{L}}{\partial{y_i}}"
            r"(\Phi(x_i)+\frac{x_i}{\sqrt{2\pi}}e^{-\frac{1}{2}x_i^2})"
        ),
        printed=_gelu_dx,
        corrected=activation.gelu_dx,
        forward=activation.gelu,
        sample=vectors(1),
        params={"approximate": "none"},
        source="ours",
    ),
    Formula(
        id="activation.gelu.y.tanh",
        specimen="gelu",
        quantity="y",
        place="Not printed; cited as reference 5",
        latex=rf"y_i=\frac{{1}}{{2}}x_i(1+tanh({_TANH_ARGUMENT}))",
        printed=lambda x, approximate: 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
        corrected=activation.gelu,
        sample=vectors(1),
        params={"approximate": "tanh"},
        source="ours",
        note="An approximation of Φ that stays within 5e-4 of it; its gradient is exact for the approximation.",
    ),
    Formula(
        id="activation.gelu.dx.tanh",
        specimen="gelu",
        quantity="dx",
        place="Not printed; cited as reference 5",
        latex=(
            r"\frac{\partial{L}}{\partial{x_i}}=\frac{\partial{L}}{\partial{y_i}}(\frac{1}{2}(1+t_i)"
            r"+\frac{1}{2}x_i(1-t_i^2)\sqrt{\frac{2}{\pi}}(1+3\cdot0.044715x_i^2))"
            rf"\\\text{{where }}t_i=tanh({_TANH_ARGUMENT})"
        ),
        printed=_gelu_tanh_dx,
        corrected=activation.gelu_dx,
        forward=activation.gelu,
        sample=vectors(1),
        params={"approximate": "tanh"},
        source="ours",
    ),
    Formula(
        id="activation.log_softmax.y",
        specimen="log_softmax",
        quantity="y",
        place="Not printed; the logarithm of table row Softmax",
        latex=r"y_i=x_i-\log\sum\limits_{\forall k}e^{x_k}",
        printed=lambda x: np.array([x_i - np.log(sum(np.exp(x_k) for x_k in x)) for x_i in x]),
        corrected=activation.log_softmax,
        sample=vectors(1),
        source="ours",
    ),
    Formula(
        id="activation.log_softmax.dx",
        specimen="log_softmax",
        quantity="dx",
        place="Not printed; the logarithm of table row Softmax",
        latex=(
            r"\frac{\partial{L}}{\partial{\vec{x}}}=\frac{\partial{L}}{\partial{\vec{y}}}-\vec{p}^T"
            r"\sum\limits_{\forall{i}}\frac{\partial{L}}{\partial{y_i}}\\\text{ where }p_i=e^{y_i}"
        ),
        printed=lambda g, y, x: unrow(row(g) - col(np.exp(y)).T * np.sum(g)),
        corrected=activation.log_softmax_dx,
        forward=activation.log_softmax,
        sample=vectors(1),
        source="ours",
    ),
)
