"""Rows of the linear family: the fully connected layer, and what the text says of it.

∂L/∂W is printed in numerator layout, (in, out): a transcription ends with a transpose back to W's own (out, in).
"""

import numpy as np

from .. import linear
from ..formula import Formula
from ..notation import Array, col, row, uncol, unrow
from .build import rows
from .claims import claims, multiplications, second_alone, truth, vgg, weights
from .samples import away_from_zero, size


def _layer(rng: np.random.Generator) -> tuple[Array, ...]:
    """x, W and b with more outputs than inputs or fewer, never as many: a lost transpose then does not fit."""
    m = size(rng)
    n = m + int(rng.choice([-1, 1]))
    return away_from_zero(rng, m), away_from_zero(rng, n, m), away_from_zero(rng, n)


def _by_kronecker(g: Array, x: Array) -> Array:
    """∂L/∂y (I ⊗ x), for a column x or a row."""
    return row(g) @ np.kron(np.eye(len(g)), x)


def _square(rng: np.random.Generator) -> tuple[Array, ...]:
    n = size(rng)
    return away_from_zero(rng, n), away_from_zero(rng, n, n), away_from_zero(rng, n)


_linear = rows("linear.linear", "Linear modules, FC", _layer, spread=({"sample": _square},))

# ---- what the text says -----------------------------------------------------------------------------------------


def _two_vectors(rng: np.random.Generator) -> tuple[Array, ...]:
    m, n = size(rng), size(rng)
    return away_from_zero(rng, 2, m), away_from_zero(rng, n, m), away_from_zero(rng, n)


def _dense_takes_more(convs: Array, dense: Array) -> Array:
    """Whether the FC layers multiply more than the convolutions, and whether they have more weights."""
    of_layers = multiplications(convs, dense), weights(convs, dense)
    return truth(*(of_dense.sum() > of_convs.sum() for of_convs, of_dense in of_layers))


def _jacobian(x: Array, W: Array, b: Array) -> Array:
    """∂y/∂W, row by row of W: what the unit matrices make of x."""
    units = np.eye(W.size).reshape(-1, *W.shape)
    return np.stack([linear.linear(x[0], unit, 0 * b) for unit in units], axis=1)


_of_linear, _fc = (claims(f"{place}, text") for place in ("Linear modules", "Linear modules, FC"))


FORMULAS: tuple[Formula, ...] = (
    _linear.y(r"\vec{y}=W\vec{x}+\vec{b}", lambda x, W, b: uncol(W @ col(x) + col(b))),
    _linear.dx(r"∂L/∂{\vec{x}}=∂L/∂{\vec{y}}W", lambda g, y, x, W, b: unrow(row(g) @ W)),
    _linear["dW.kronecker"](
        r"∂L/∂{W}=∂L/∂{\vec{y}}(I\otimes\vec{x})",
        lambda g, y, x, W, b: _by_kronecker(g, col(x)).T,
        at="parameter-pass, first equality",
        corrected_latex=r"vec(∂L/∂{W})^T=∂L/∂{\vec{y}}(I\otimes\vec{x}^T)",
        repairs={
            "x → xᵀ": lambda g, y, x, W, b: _by_kronecker(g, col(x).T).T,
            "∂L/∂W → vec(∂L/∂W)ᵀ": lambda g, y, x, W, b: unrow(_by_kronecker(g, col(x))).reshape(W.shape),
            "x → xᵀ; ∂L/∂W → vec(∂L/∂W)ᵀ, row by row of the layout": lambda g, y, x, W, b: unrow(
                _by_kronecker(g, col(x).T)
            ).reshape(W.shape, order="F"),
            "x → xᵀ; ∂L/∂W → vec(∂L/∂W)ᵀ": lambda g, y, x, W, b: unrow(_by_kronecker(g, col(x).T)).reshape(W.shape),
        },
        note=(
            "Two repairs: I ⊗ x has in·out rows, so the row ∂L/∂y cannot multiply it; and with xᵀ the product is a row "
            "of in·out numbers, not the matrix ∂L/∂W but its elements, row by row of W, which are the columns of the "
            "printed layout."
        ),
    ),
    _linear["dW.product"](
        r"∂L/∂{W}=\vec{x}∂L/∂{\vec{y}}",
        lambda g, y, x, W, b: (col(x) @ row(g)).T,
        at="parameter-pass, second equality",
        note="The final transpose is the declared layout: numerator layout makes ∂L/∂W an (in, out) matrix.",
    ),
    _linear.db(r"∂L/∂{\vec{b}}=∂L/∂{\vec{y}}", lambda g, y, x, W, b: unrow(row(g)), at="parameter-pass"),
    _of_linear["linear.linear.affine"](
        "Linear layers are used to perform affine transformations.",
        r"y(a\vec{x}+(1-a)\vec{x}')=ay(\vec{x})+(1-a)y(\vec{x}')",
        printed=lambda x, W, b: 3 * linear.linear(x[0], W, b) - 2 * linear.linear(x[1], W, b),
        corrected=lambda x, W, b: linear.linear(3 * x[0] - 2 * x[1], W, b),
        sample=_two_vectors,
    ),
    _of_linear["linear.linear.majority"](
        "Usually they are the layers with the majority of learnable ...",
        r"\sum_{conv}K^2CM+\sum_{FC}CM>\sum\text{ other parameters}",
        holds=lambda convs, dense: truth(sum(w.sum() for w in weights(convs, dense)) > 4 * convs[:, 1].sum()),
        sample=vgg,
        note="For VGG, even with the biases and with γ and β of a normalization after each layer counted as others.",
    ),
    _fc["linear.linear.computation"](
        "In modern models, however, FC layers are no longer used ...",
        r"\sum_{FC}CM>\sum_{conv}K^2CMH^2",
        holds=_dense_takes_more,
        corrected_latex=r"\sum_{FC}CMH^2<\sum_{conv}K^2CMH^2\qquad\sum_{FC}CM>\sum_{conv}K^2CM",
        repairs=second_alone("computation → memory"),
        sample=vgg,
        note=(
            "Of VGG-16's multiplications 0.8 % are in the FC layers, but 89 % of its weights: it is parameters that "
            "they cost."
        ),
    ),
    _fc["linear.linear.kronecker"](
        "parameter-pass involves a vector-by-matrix derivative, ...",
        r"\frac{\partial{\vec{y}}}{\partial{vec(W)}}=I\otimes\vec{x}^T",
        printed=lambda x, W, b: np.kron(np.eye(len(b)), x[:1]),
        corrected=_jacobian,
        sample=_two_vectors,
        note="With W row by row, and xᵀ; the formula below the text has x.",
    ),
)
