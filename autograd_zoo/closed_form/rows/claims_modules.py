"""The row of what the text says of each module."""

import numpy as np

from ..formula import Formula
from ..notation import Array
from .claims import claim, truth

_INTRODUCED = (
    "add multiply sum max switch relu leaky_relu elu selu sigmoid softmax softplus tanh cross_entropy squared_error "
    "max_pool avg_pool dropout linear conv separable_conv batch_norm layer_norm instance_norm group_norm weight_norm "
    "simple_rnn lstm gru multi_head_attention"
).split()
"""Each module that has a row of the table, a heading, or a name in the text on normalization."""
_IN_WORDS = "layer_norm instance_norm group_norm weight_norm multi_head_attention".split()
_printed_for = truth(*(name not in _IN_WORDS for name in _INTRODUCED))


def _given() -> Array:
    """Whether the rows have a forward pass and a gradient that is printed."""
    from .. import formulas  # all rows, of which this one is one

    printed = [row for row in formulas() if row.source == "document" and row.quantity != "claim"]
    passes = {(row.specimen, row.quantity[0]) for row in printed}
    return truth(*({(name, "y"), (name, "d")} <= passes for name in _INTRODUCED))


FORMULAS: tuple[Formula, ...] = (
    claim(
        "Introduction, text",
        "attention.multi_head_attention.each_module",
        "For each module introduced, either a set of mathematical ...",
        r"y\text{ and }\frac{\partial{L}}{\partial{x}}\text{ are printed, for each module}",
        printed=lambda *_: np.ones(len(_INTRODUCED)),
        corrected=_given,
        corrected_latex=r"y\text{ and }\frac{\partial{L}}{\partial{x}}\text{ are printed, for 25 of 30 modules}",
        repairs={"LN, IN, GN, WN and Multi-Head Self-Attention are left out": lambda *_: _printed_for},
        sample=lambda rng: (),
        note="Nothing follows the heading Multi-Head Self-Attention, and of the normalizations BN alone is printed.",
    ),
)
