"""Rows of the loss family: Cross-Entropy, softmax cross-entropy and Squared Error.

L is the output itself, so the gradient g that reaches it multiplies every printed ∂L/∂x; in the document g is 1.
"""

import math

import numpy as np

from autograd_zoo.closed_form import loss
from autograd_zoo.closed_form.formula import Formula
from autograd_zoo.closed_form.notation import Array, col, unrow
from autograd_zoo.closed_form.rows.samples import away_from_zero, probabilities, size, vectors


def _two_distributions(rng: np.random.Generator) -> tuple[Array, ...]:
    n = size(rng)
    return probabilities(rng, n), probabilities(rng, n)


def _logits_and_weights(rng: np.random.Generator) -> tuple[Array, ...]:
    """Draw targets that do not sum to 1, so that a forgotten Σ p shows."""
    n = size(rng)
    return away_from_zero(rng, n), rng.uniform(0.2, 1.0, n)


def _softmax(x: Array) -> Array:
    return np.exp(x) / np.sum(np.exp(x))


FORMULAS: tuple[Formula, ...] = (
    Formula(
        id="loss.cross_entropy.y",
        specimen="cross_entropy",
        quantity="y",
        place="Parameter-free modules, table row Cross-Entropy, forward-pass",
        latex=r"L=-\sum\limits_{\forall{i}}p_i\log{x_i}",
        printed=lambda x, p: -sum(p_i * math.log(x_i) for p_i, x_i in zip(p, x, strict=True)),
        corrected=loss.cross_entropy,
        sample=_two_distributions,
        source="document",
    ),
    Formula(
        id="loss.cross_entropy.dx",
        specimen="cross_entropy",
        quantity="dx",
        place="Parameter-free modules, table row Cross-Entropy, backward-pass",
        latex=r"\frac{\partial{L}}{\partial{x_i}}=-\frac{p_i}{x_i}",
        printed=lambda g, y, x, p: np.array([g * -p_i / x_i for p_i, x_i in zip(p, x, strict=True)]),
        corrected=loss.cross_entropy_dx,
        forward=loss.cross_entropy,
        sample=_two_distributions,
        source="document",
    ),
    Formula(
        id="loss.cross_entropy.dp",
        specimen="cross_entropy",
        quantity="dp",
        place="Not printed; beside table row Cross-Entropy, backward-pass",
        latex=r"\frac{\partial{L}}{\partial{p_i}}=-\log{x_i}",
        printed=lambda g, y, x, p: np.array([g * -math.log(x_i) for x_i in x]),
        corrected=loss.cross_entropy_dp,
        forward=loss.cross_entropy,
        sample=_two_distributions,
        source="ours",
    ),
    Formula(
        id="loss.softmax_cross_entropy.y",
        specimen="softmax_cross_entropy",
        quantity="y",
        place="Not printed; table row Cross-Entropy after row Softmax",
        latex=r"L=-\sum\limits_{\forall{i}}p_i\log\frac{e^{x_i}}{\sum\limits_{\forall k}e^{x_k}}",
        printed=lambda x, p: -np.sum(p * np.log(_softmax(x))),
        corrected=loss.softmax_cross_entropy,
        sample=_logits_and_weights,
        source="ours",
    ),
    Formula(
        id="loss.softmax_cross_entropy.dx",
        specimen="softmax_cross_entropy",
        quantity="dx",
        place="Not printed; table row Cross-Entropy after row Softmax",
        latex=(
            r"\frac{\partial{L}}{\partial{\vec{x}}}=\vec{s}^T\sum\limits_{\forall{i}}p_i-\vec{p}^T"
            r"\\\text{ where }s_i=\frac{e^{x_i}}{\sum\limits_{\forall k}e^{x_k}}"
        ),
        printed=lambda g, y, x, p: unrow(g * (col(_softmax(x)).T * np.sum(p) - col(p).T)),
        corrected=loss.softmax_cross_entropy_dx,
        forward=loss.softmax_cross_entropy,
        sample=_logits_and_weights,
        source="ours",
    ),
    Formula(
        id="loss.softmax_cross_entropy.dp",
        specimen="softmax_cross_entropy",
        quantity="dp",
        place="Not printed; table row Cross-Entropy after row Softmax",
        latex=r"\frac{\partial{L}}{\partial{p_i}}=-\log\frac{e^{x_i}}{\sum\limits_{\forall k}e^{x_k}}",
        printed=lambda g, y, x, p: g * -np.log(_softmax(x)),
        corrected=loss.softmax_cross_entropy_dp,
        forward=loss.softmax_cross_entropy,
        sample=_logits_and_weights,
        source="ours",
    ),
    Formula(
        id="loss.squared_error.y.norm",
        specimen="squared_error",
        quantity="y",
        place="Parameter-free modules, table row Squared Error, forward-pass, first equality",
        latex=r"L=\lVert{\vec{t}-\vec{x}}\rVert^2",
        printed=lambda x, t: np.linalg.norm(col(t) - col(x)) ** 2,
        corrected=loss.squared_error,
        sample=vectors(2),
        source="document",
    ),
    Formula(
        id="loss.squared_error.y.sum",
        specimen="squared_error",
        quantity="y",
        place="Parameter-free modules, table row Squared Error, forward-pass, second equality",
        latex=r"L=\sum\limits_{\forall{i}}(t_i-x_i)^2",
        printed=lambda x, t: sum((t_i - x_i) ** 2 for t_i, x_i in zip(t, x, strict=True)),
        corrected=loss.squared_error,
        sample=vectors(2),
        source="document",
    ),
    Formula(
        id="loss.squared_error.dx",
        specimen="squared_error",
        quantity="dx",
        place="Parameter-free modules, table row Squared Error, backward-pass",
        latex=r"\frac{\partial{L}}{\partial{\vec{x}}}=-2(\vec{t}-\vec{x})^T",
        printed=lambda g, y, x, t: unrow(g * (-2 * (col(t) - col(x)).T)),
        corrected=loss.squared_error_dx,
        forward=loss.squared_error,
        sample=vectors(2),
        source="document",
    ),
    Formula(
        id="loss.squared_error.dt",
        specimen="squared_error",
        quantity="dt",
        place="Not printed; beside table row Squared Error, backward-pass",
        latex=r"\frac{\partial{L}}{\partial{\vec{t}}}=2(\vec{t}-\vec{x})^T",
        printed=lambda g, y, x, t: unrow(g * (2 * (col(t) - col(x)).T)),
        corrected=loss.squared_error_dt,
        forward=loss.squared_error,
        sample=vectors(2),
        source="ours",
    ),
)
