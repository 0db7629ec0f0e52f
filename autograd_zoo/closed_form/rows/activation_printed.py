"""Rows of the activations in the document's table, from Relu to Tanh."""

import numpy as np

from .. import activation
from ..formula import Formula
from ..notation import Array, col, diag, keep_diagonal, row, unrow
from .assumptions import DIAGONAL
from .build import rows
from .samples import vectors

_LAMBDA, _ALPHA = activation.SELU_LAMBDA, activation.SELU_ALPHA


def _softmax_dx(g: Array, y: Array, x: Array) -> Array:
    s = np.array([g_i * y_i for g_i, y_i in zip(g, y, strict=True)])
    return unrow(col(s).T - col(y).T * np.sum(s))


_TABLE = "Parameter-free modules, table row"
_relu = rows("activation", "relu", f"{_TABLE} Relu", vectors(1))
_leaky_relu = rows("activation", "leaky_relu", f"{_TABLE} Leaky Relu", vectors(1))
_elu = rows("activation", "elu", f"{_TABLE} Elu", vectors(1), alpha=1.3)
_selu = rows("activation", "selu", f"{_TABLE} Selu", vectors(1))
_sigmoid = rows("activation", "sigmoid", f"{_TABLE} Sigmoid", vectors(1))
_softmax = rows("activation", "softmax", f"{_TABLE} Softmax", vectors(1))
_softplus = rows("activation", "softplus", f"{_TABLE} Softplus", vectors(1))
_tanh = rows("activation", "tanh", f"{_TABLE} Tanh", vectors(1))

FORMULAS: tuple[Formula, ...] = (
    _relu("y", r"y_i=max\{0,x_i\}", lambda x: np.array([max(0.0, x_i) for x_i in x])),
    _relu(
        "dx",
        r"∂L/∂{x_i}=\begin{cases}∂L/∂{y_i}&\hspace{42pt}"
        r"\text{if }x_i>0\\0&\hspace{42pt}\text{if otherwise}\end{cases}",
        lambda g, y, x: np.array([g[i] if x[i] > 0 else 0.0 for i in range(len(x))]),
    ),
    _leaky_relu("y", r"y_i=max\{0.01x_i,x_i\}", lambda x: np.array([max(0.01 * x_i, x_i) for x_i in x])),
    _leaky_relu(
        "dx",
        r"∂L/∂{x_i}=\begin{cases}∂L/∂{y_i}&\hspace{24pt}"
        r"\text{if }x_i>0\\0.01∂L/∂{y_i}&\hspace{24pt}\text{if otherwise}\end{cases}",
        lambda g, y, x: np.array([g[i] if x[i] > 0 else 0.01 * g[i] for i in range(len(x))]),
    ),
    _elu(
        "y",
        r"y_i=\begin{cases}x_i&\;\;\text{if }x_i>0\\\alpha(e^{x_i}-1)&\;\;\text{if otherwise}\end{cases}",
        lambda x, alpha: np.array([x_i if x_i > 0 else alpha * (np.exp(x_i) - 1) for x_i in x]),
    ),
    _elu(
        "dx",
        r"∂L/∂{x_i}=\begin{cases}∂L/∂{y_i}&\hspace{7pt}\text{if }x_i>0\\∂L/∂{y_i}(y_i+\alpha)&\hspace{7pt}"
        r"\text{if otherwise}\end{cases}",
        lambda g, y, x, alpha: np.array([g[i] if x[i] > 0 else g[i] * (y[i] + alpha) for i in range(len(x))]),
    ),
    _selu(
        "y",
        r"y_i=\begin{cases}\lambda x_i&\text{if }x_i>0\\\lambda\alpha(e^{x_i}-1)&\text{if otherwise}\end{cases}",
        lambda x: np.array([_LAMBDA * x_i if x_i > 0 else _LAMBDA * _ALPHA * (np.exp(x_i) - 1) for x_i in x]),
    ),
    _selu(
        "dx",
        r"∂L/∂{x_i}=\begin{cases}∂L/∂{y_i}\lambda&\hspace{1pt}"
        r"\text{if }x_i>0\\∂L/∂{y_i}(y_i+\lambda\alpha)&\hspace{1pt}\text{if otherwise}\end{cases}",
        lambda g, y, x: np.array(
            [g[i] * _LAMBDA if x[i] > 0 else g[i] * (y[i] + _LAMBDA * _ALPHA) for i in range(len(x))]
        ),
    ),
    _sigmoid("y", r"y_i=\frac{1}{1+e^{-x_i}}", lambda x: np.array([1 / (1 + np.exp(-x_i)) for x_i in x])),
    _sigmoid(
        "dx",
        r"∂L/∂{\vec{x}}=∂L/∂{\vec{y}}diag(\vec{y}(\vec{1}-\vec{y})^T)",
        lambda g, y, x: unrow(row(g) @ diag(col(y) @ (1 - col(y)).T)),
        corrected_latex=r"∂L/∂{\vec{x}}=∂L/∂{\vec{y}}diag(\vec{y}\odot(\vec{1}-\vec{y}))",
        readings={DIAGONAL: lambda g, y, x: unrow(row(g) @ keep_diagonal(col(y) @ (1 - col(y)).T))},
        note="diag of a matrix is a vector, and a row times it one number; diag of y ⊙ (1 − y) is the Jacobian.",
    ),
    _softmax(
        "y",
        r"y_i=\frac{e^{x_i}}{\sum\limits_{\forall k}e^{x_k}}",
        lambda x: np.array([np.exp(x_i) / sum(np.exp(x_k) for x_k in x) for x_i in x]),
    ),
    _softmax(
        "dx",
        r"∂L/∂{\vec{x}}=\vec{s}^T-\vec{y}^T\sum\limits_{\forall{i}}s_i\\\text{ where }s_i=∂L/∂{y_i}y_i",
        _softmax_dx,
    ),
    _softplus("y", r"y_i=\log(e^{x_i}+1)", lambda x: np.array([np.log(np.exp(x_i) + 1) for x_i in x])),
    _softplus(
        "dx",
        r"∂L/∂{\vec{x}}=∂L/∂{\vec{y}}diag(\frac{e^{x_i}}{e^{x_i}+1})",
        lambda g, y, x: np.stack([unrow(row(g) @ diag(col(np.exp(x_i) / (np.exp(x_i) + 1)))) for x_i in x], axis=-1),
        corrected_latex=r"∂L/∂{\vec{x}}=∂L/∂{\vec{y}}diag(\vec{s})\\\text{ where }s_i=\frac{e^{x_i}}{e^{x_i}+1}",
        readings={
            "the i-th element stands for the vector of all": lambda g, y, x: unrow(
                row(g) @ diag(col(np.exp(x) / (np.exp(x) + 1)))
            )
        },
        note="The left side is a vector, and x_i by the document's notation a number, of which diag is a 1 × 1 matrix.",
    ),
    _tanh(
        "y",
        r"y_i=\frac{e^{x_i}-e^{-x_i}}{e^{x_i}+e^{-x_i}}",
        lambda x: np.array([(np.exp(x_i) - np.exp(-x_i)) / (np.exp(x_i) + np.exp(-x_i)) for x_i in x]),
    ),
    _tanh(
        "dx",
        r"∂L/∂{\vec{x}}=∂L/∂{\vec{y}}diag(I-\vec{y}\vec{y}^T)",
        lambda g, y, x: unrow(row(g) @ diag(np.eye(len(y)) - col(y) @ col(y).T)),
        corrected_latex=r"∂L/∂{\vec{x}}=∂L/∂{\vec{y}}diag(\vec{1}-\vec{y}\odot\vec{y})",
        readings={DIAGONAL: lambda g, y, x: unrow(row(g) @ keep_diagonal(np.eye(len(y)) - col(y) @ col(y).T))},
        note="As for Sigmoid: diag of the matrix I − yyᵀ is a vector; diag of the vector 1 − y ⊙ y is the Jacobian.",
    ),
)
