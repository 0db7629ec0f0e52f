"""Rows of what the text says of the differentiability of modules."""

import numpy as np

from .. import activation
from ..formula import Formula
from ..notation import Array
from .claims import claim
from .samples import away_from_zero, size


def _slopes(side: float) -> tuple[Array, ...]:
    h = side * 1e-6
    return tuple(lambda x, f=f: (f(x + h) - f(x)) / h for f in (activation.relu, activation.leaky_relu))


def _one_sided(side: float, x: Array) -> Array:
    return np.round([slope(x) for slope in _slopes(side)], 6)


FORMULAS: tuple[Formula, ...] = (
    claim(
        "Introduction, text",
        "activation.relu.differentiable",
        "Note that only differentiable modules would be included ...",
        r"\lim\limits_{h\to0+}\frac{y(x+h)-y(x)}{h}=\lim\limits_{h\to0-}\frac{y(x+h)-y(x)}{h}",
        printed=lambda x: _one_sided(1.0, x),
        corrected=lambda x: _one_sided(-1.0, x),
        corrected_latex=(
            r"\lim\limits_{h\to0+}\frac{y(x+h)-y(x)}{h}=\lim\limits_{h\to0-}\frac{y(x+h)-y(x)}{h}\qquad(x\neq0)"
        ),
        mended=lambda x: np.where(x == 0, _one_sided(-1.0, x), _one_sided(1.0, x)),
        sample=lambda rng: (away_from_zero(rng, size(rng)),),
        spread=({"sample": lambda rng: (np.zeros(size(rng)),)},),
        note="ReLU and Leaky ReLU have a kink at 0, as Max and MaxPooling2D have at a tie.",
    ),
)
