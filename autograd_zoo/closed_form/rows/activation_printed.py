"""Rows of the activations in the document's table, from Relu to Tanh."""

import numpy as np

from autograd_zoo.closed_form import activation
from autograd_zoo.closed_form.formula import Formula
from autograd_zoo.closed_form.notation import Array, col, diag, keep_diagonal, row, unrow
from autograd_zoo.closed_form.rows.assumptions import DIAGONAL
from autograd_zoo.closed_form.rows.samples import vectors

_LAMBDA, _ALPHA = activation.SELU_LAMBDA, activation.SELU_ALPHA


def _softmax_dx(g: Array, y: Array, x: Array) -> Array:
    s = np.array([g_i * y_i for g_i, y_i in zip(g, y, strict=True)])
    return unrow(col(s).T - col(y).T * np.sum(s))


FORMULAS: tuple[Formula, ...] = (
    Formula(
        id="activation.relu.y",
        specimen="relu",
        quantity="y",
        place="Parameter-free modules, table row Relu, forward-pass",
        latex=r"y_i=max\{0,x_i\}",
        printed=lambda x: np.array([max(0.0, x_i) for x_i in x]),
        corrected=activation.relu,
        sample=vectors(1),
        source="document",
    ),
    Formula(
        id="activation.relu.dx",
        specimen="relu",
        quantity="dx",
        place="Parameter-free modules, table row Relu, backward-pass",
        latex=(
            r"\frac{\partial{L}}{\partial{x_i}}=\begin{cases}\frac{\partial{L}}{\partial{y_i}}&\hspace{42pt}"
            r"\text{if }x_i>0\\0&\hspace{42pt}\text{if otherwise}\end{cases}"
        ),
        printed=lambda g, y, x: np.array([g[i] if x[i] > 0 else 0.0 for i in range(len(x))]),
        corrected=activation.relu_dx,
        forward=activation.relu,
        sample=vectors(1),
        source="document",
    ),
    Formula(
        id="activation.leaky_relu.y",
        specimen="leaky_relu",
        quantity="y",
        place="Parameter-free modules, table row Leaky Relu, forward-pass",
        latex=r"y_i=max\{0.01x_i,x_i\}",
        printed=lambda x: np.array([max(0.01 * x_i, x_i) for x_i in x]),
        corrected=activation.leaky_relu,
        sample=vectors(1),
        source="document",
    ),
    Formula(
        id="activation.leaky_relu.dx",
        specimen="leaky_relu",
        quantity="dx",
        place="Parameter-free modules, table row Leaky Relu, backward-pass",
        latex=(
            r"\frac{\partial{L}}{\partial{x_i}}=\begin{cases}\frac{\partial{L}}{\partial{y_i}}&\hspace{24pt}"
            r"\text{if }x_i>0\\0.01\frac{\partial{L}}{\partial{y_i}}&\hspace{24pt}\text{if otherwise}\end{cases}"
        ),
        printed=lambda g, y, x: np.array([g[i] if x[i] > 0 else 0.01 * g[i] for i in range(len(x))]),
        corrected=activation.leaky_relu_dx,
        forward=activation.leaky_relu,
        sample=vectors(1),
        source="document",
    ),
    Formula(
        id="activation.elu.y",
        specimen="elu",
        quantity="y",
        place="Parameter-free modules, table row Elu, forward-pass",
        latex=(r"y_i=\begin{cases}x_i&\;\;\text{if }x_i>0\\\alpha(e^{x_i}-1)&\;\;\text{if otherwise}\end{cases}"),
        printed=lambda x, alpha: np.array([x_i if x_i > 0 else alpha * (np.exp(x_i) - 1) for x_i in x]),
        corrected=activation.elu,
        sample=vectors(1),
        params={"alpha": 1.3},
        source="document",
    ),
    Formula(
        id="activation.elu.dx",
        specimen="elu",
        quantity="dx",
        place="Parameter-free modules, table row Elu, backward-pass",
        latex=(
            r"\frac{\partial{L}}{\partial{x_i}}=\begin{cases}\frac{\partial{L}}{\partial{y_i}}&\hspace{7pt}"
            r"\text{if }x_i>0\\\frac{\partial{L}}{\partial{y_i}}(y_i+\alpha)&\hspace{7pt}"
            r"\text{if otherwise}\end{cases}"
        ),
        printed=lambda g, y, x, alpha: np.array([g[i] if x[i] > 0 else g[i] * (y[i] + alpha) for i in range(len(x))]),
        corrected=activation.elu_dx,
        forward=activation.elu,
        sample=vectors(1),
        params={"alpha": 1.3},
        source="document",
    ),
    Formula(
        id="activation.selu.y",
        specimen="selu",
        quantity="y",
        place="Parameter-free modules, table row Selu, forward-pass",
        latex=(
            r"y_i=\begin{cases}\lambda x_i&\text{if }x_i>0\\\lambda\alpha(e^{x_i}-1)&"
            r"\text{if otherwise}\end{cases}"
        ),
        printed=lambda x: np.array([_LAMBDA * x_i if x_i > 0 else _LAMBDA * _ALPHA * (np.exp(x_i) - 1) for x_i in x]),
        corrected=activation.selu,
        sample=vectors(1),
        source="document",
    ),
    Formula(
        id="activation.selu.dx",
        specimen="selu",
        quantity="dx",
        place="Parameter-free modules, table row Selu, backward-pass",
        latex=(
            r"\frac{\partial{L}}{\partial{x_i}}=\begin{cases}\frac{\partial{L}}{\partial{y_i}}\lambda&\hspace{1pt}"
            r"\text{if }x_i>0\\\frac{\partial{L}}{\partial{y_i}}(y_i+\lambda\alpha)&\hspace{1pt}"
            r"\text{if otherwise}\end{cases}"
        ),
        printed=lambda g, y, x: np.array(
            [g[i] * _LAMBDA if x[i] > 0 else g[i] * (y[i] + _LAMBDA * _ALPHA) for i in range(len(x))]
        ),
        corrected=activation.selu_dx,
        forward=activation.selu,
        sample=vectors(1),
        source="document",
    ),
    Formula(
        id="activation.sigmoid.y",
        specimen="sigmoid",
        quantity="y",
        place="Parameter-free modules, table row Sigmoid, forward-pass",
        latex=r"y_i=\frac{1}{1+e^{-x_i}}",
        printed=lambda x: np.array([1 / (1 + np.exp(-x_i)) for x_i in x]),
        corrected=activation.sigmoid,
        sample=vectors(1),
        source="document",
    ),
    Formula(
        id="activation.sigmoid.dx",
        specimen="sigmoid",
        quantity="dx",
        place="Parameter-free modules, table row Sigmoid, backward-pass",
        latex=(
            r"\frac{\partial{L}}{\partial{\vec{x}}}=\frac{\partial{L}}{\partial{\vec{y}}}"
            r"diag(\vec{y}(\vec{1}-\vec{y})^T)"
        ),
        printed=lambda g, y, x: unrow(row(g) @ diag(col(y) @ (1 - col(y)).T)),
        corrected=activation.sigmoid_dx,
        corrected_latex=(
            r"\frac{\partial{L}}{\partial{\vec{x}}}=\frac{\partial{L}}{\partial{\vec{y}}}"
            r"diag(\vec{y}\odot(\vec{1}-\vec{y}))"
        ),
        forward=activation.sigmoid,
        readings={DIAGONAL: lambda g, y, x: unrow(row(g) @ keep_diagonal(col(y) @ (1 - col(y)).T))},
        sample=vectors(1),
        source="document",
        note="diag of a matrix is a vector, and a row times it one number; diag of y ⊙ (1 − y) is the Jacobian.",
    ),
    Formula(
        id="activation.softmax.y",
        specimen="softmax",
        quantity="y",
        place="Parameter-free modules, table row Softmax, forward-pass",
        latex=r"y_i=\frac{e^{x_i}}{\sum\limits_{\forall k}e^{x_k}}",
        printed=lambda x: np.array([np.exp(x_i) / sum(np.exp(x_k) for x_k in x) for x_i in x]),
        corrected=activation.softmax,
        sample=vectors(1),
        source="document",
    ),
    Formula(
        id="activation.softmax.dx",
        specimen="softmax",
        quantity="dx",
        place="Parameter-free modules, table row Softmax, backward-pass",
        latex=(
            r"\frac{\partial{L}}{\partial{\vec{x}}}=\vec{s}^T-\vec{y}^T\sum\limits_{\forall{i}}s_i"
            r"\\\text{ where }s_i=\frac{\partial{L}}{\partial{y_i}}y_i"
        ),
        printed=_softmax_dx,
        corrected=activation.softmax_dx,
        forward=activation.softmax,
        sample=vectors(1),
        source="document",
    ),
    Formula(
        id="activation.softplus.y",
        specimen="softplus",
        quantity="y",
        place="Parameter-free modules, table row Softplus, forward-pass",
        latex=r"y_i=\log(e^{x_i}+1)",
        printed=lambda x: np.array([np.log(np.exp(x_i) + 1) for x_i in x]),
        corrected=activation.softplus,
        sample=vectors(1),
        source="document",
    ),
    Formula(
        id="activation.softplus.dx",
        specimen="softplus",
        quantity="dx",
        place="Parameter-free modules, table row Softplus, backward-pass",
        latex=(
            r"\frac{\partial{L}}{\partial{\vec{x}}}=\frac{\partial{L}}{\partial{\vec{y}}}"
            r"diag(\frac{e^{x_i}}{e^{x_i}+1})"
        ),
        printed=lambda g, y, x: np.stack(
            [unrow(row(g) @ diag(col(np.exp(x_i) / (np.exp(x_i) + 1)))) for x_i in x], axis=-1
        ),
        corrected=activation.softplus_dx,
        corrected_latex=(
            r"\frac{\partial{L}}{\partial{\vec{x}}}=\frac{\partial{L}}{\partial{\vec{y}}}"
            r"diag(\vec{s})\\\text{ where }s_i=\frac{e^{x_i}}{e^{x_i}+1}"
        ),
        forward=activation.softplus,
        readings={
            "the i-th element stands for the vector of all": lambda g, y, x: unrow(
                row(g) @ diag(col(np.exp(x) / (np.exp(x) + 1)))
            )
        },
        sample=vectors(1),
        source="document",
        note="The left side is a vector, and x_i by the document's notation a number, of which diag is a 1 × 1 matrix.",
    ),
    Formula(
        id="activation.tanh.y",
        specimen="tanh",
        quantity="y",
        place="Parameter-free modules, table row Tanh, forward-pass",
        latex=r"y_i=\frac{e^{x_i}-e^{-x_i}}{e^{x_i}+e^{-x_i}}",
        printed=lambda x: np.array([(np.exp(x_i) - np.exp(-x_i)) / (np.exp(x_i) + np.exp(-x_i)) for x_i in x]),
        corrected=activation.tanh,
        sample=vectors(1),
        source="document",
    ),
    Formula(
        id="activation.tanh.dx",
        specimen="tanh",
        quantity="dx",
        place="Parameter-free modules, table row Tanh, backward-pass",
        latex=(r"\frac{\partial{L}}{\partial{\vec{x}}}=\frac{\partial{L}}{\partial{\vec{y}}}diag(I-\vec{y}\vec{y}^T)"),
        printed=lambda g, y, x: unrow(row(g) @ diag(np.eye(len(y)) - col(y) @ col(y).T)),
        corrected=activation.tanh_dx,
        corrected_latex=(
            r"\frac{\partial{L}}{\partial{\vec{x}}}=\frac{\partial{L}}{\partial{\vec{y}}}"
            r"diag(\vec{1}-\vec{y}\odot\vec{y})"
        ),
        forward=activation.tanh,
        readings={DIAGONAL: lambda g, y, x: unrow(row(g) @ keep_diagonal(np.eye(len(y)) - col(y) @ col(y).T))},
        sample=vectors(1),
        source="document",
        note="As for Sigmoid: diag of the matrix I − yyᵀ is a vector; diag of the vector 1 − y ⊙ y is the Jacobian.",
    ),
)
