"""Rows of the loss family: Cross-Entropy, softmax cross-entropy and Squared Error.

L is the output itself, so the gradient g that reaches it multiplies every printed ∂L/∂x; in the document g is 1.
"""

import math

import numpy as np

from ..formula import Formula
from ..notation import Array, col, unrow
from .build import TABLE_ROW, rows
from .samples import away_from_zero, between, of_one_length, probabilities, vectors

_two_distributions = of_one_length(probabilities, probabilities)
_logits_and_weights = of_one_length(away_from_zero, between(0.2, 1.0))  # no sum of 1: a forgotten Σ p shows


def _softmax(x: Array) -> Array:
    return np.exp(x) / np.sum(np.exp(x))


def _with_an_impossible_one(rng: np.random.Generator) -> tuple[Array, ...]:
    """Draw two distributions in which one outcome has probability 0."""
    return tuple(np.append(p, 0.0) for p in _two_distributions(rng))


_ONE_IMPOSSIBLE = ({"sample": _with_an_impossible_one},)
_cross_entropy = rows("loss.cross_entropy", f"{TABLE_ROW} Cross-Entropy", _two_distributions, spread=_ONE_IMPOSSIBLE)
_softmax_cross_entropy = rows(
    "loss.softmax_cross_entropy", "Not printed; table row Cross-Entropy after row Softmax", _logits_and_weights
)
_squared_error = rows("loss.squared_error", f"{TABLE_ROW} Squared Error", vectors(2))

FORMULAS: tuple[Formula, ...] = (
    _cross_entropy.y(
        r"L=-\sum\limits_{\forall{i}}p_i\log{x_i}",
        lambda x, p: -sum(p_i * np.log(x_i) for p_i, x_i in zip(p, x, strict=True)),
        corrected_latex=r"L=-\sum\limits_{i:p_i\neq0}p_i\log{x_i}",
        mended=lambda x, p: -sum(p_i * math.log(x_i) for p_i, x_i in zip(p, x, strict=True) if p_i != 0),
        note="Where p and x are 0 it has a logarithm of 0; what cannot happen adds nothing to the loss.",
    ),
    _cross_entropy.dx(
        r"∂L/∂{x_i}=-\frac{p_i}{x_i}",
        lambda g, y, x, p: np.array([g * -p_i / x_i for p_i, x_i in zip(p, x, strict=True)]),
        corrected_latex=r"∂L/∂{x_i}=\begin{cases}-\frac{p_i}{x_i}&\text{if }p_i\neq0\\0&\text{if otherwise}\end{cases}",
        mended=lambda g, y, x, p: np.array([g * -p_i / x_i if p_i else 0.0 for p_i, x_i in zip(p, x, strict=True)]),
        note="Where p and x are 0 it is 0/0.",
    ),
    _cross_entropy.dp(
        r"∂L/∂{p_i}=-\log{x_i}",
        lambda g, y, x, p: np.array([g * -math.log(x_i) for x_i in x]),
        place="Not printed; beside table row Cross-Entropy, backward-pass",
        spread=(),
    ),
    _softmax_cross_entropy.y(
        r"L=-\sum\limits_{\forall{i}}p_i\log\frac{e^{x_i}}{\sum\limits_{\forall k}e^{x_k}}",
        lambda x, p: -np.sum(p * np.log(_softmax(x))),
    ),
    _softmax_cross_entropy.dx(
        r"∂L/∂{\vec{x}}=\vec{s}^T\sum\limits_{\forall{i}}p_i-\vec{p}^T"
        r"\\\text{ where }s_i=\frac{e^{x_i}}{\sum\limits_{\forall k}e^{x_k}}",
        lambda g, y, x, p: unrow(g * (col(_softmax(x)).T * np.sum(p) - col(p).T)),
    ),
    _softmax_cross_entropy.dp(
        r"∂L/∂{p_i}=-\log\frac{e^{x_i}}{\sum\limits_{\forall k}e^{x_k}}", lambda g, y, x, p: g * -np.log(_softmax(x))
    ),
    _squared_error["y.norm"](
        r"L=\lVert{\vec{t}-\vec{x}}\rVert^2",
        lambda x, t: np.linalg.norm(col(t) - col(x)) ** 2,
        at="forward-pass, first equality",
    ),
    _squared_error["y.sum"](
        r"L=\sum\limits_{\forall{i}}(t_i-x_i)^2",
        lambda x, t: sum((t_i - x_i) ** 2 for t_i, x_i in zip(t, x, strict=True)),
        at="forward-pass, second equality",
    ),
    _squared_error.dx(r"∂L/∂{\vec{x}}=-2(\vec{t}-\vec{x})^T", lambda g, y, x, t: unrow(g * (-2 * (col(t) - col(x)).T))),
    _squared_error.dt(
        r"∂L/∂{\vec{t}}=2(\vec{t}-\vec{x})^T",
        lambda g, y, x, t: unrow(g * (2 * (col(t) - col(x)).T)),
        place="Not printed; beside table row Squared Error, backward-pass",
    ),
)
