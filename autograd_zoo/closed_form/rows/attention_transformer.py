"""Rows of the layers of a Transformer: their equations, whose Jacobian matrices are multiplied by the chain rule."""

from functools import partial
from typing import Any

import numpy as np

from ..attention_transformer import DECODER, ENCODER
from ..formula import Formula
from ..notation import Array
from .chain import chain
from .samples import away_from_zero

E, F = 4, 5
SHAPES = {"x": (3, E), "m": (4, E), "W_1": (F, E), "b_1": (F,), "W_2": (E, F)}


def _sample(inputs: tuple[str, ...], rng: np.random.Generator) -> tuple[Array, ...]:
    """Inputs of these names, matrices small enough that a softmax is far from choosing a single key."""
    shapes = {name: SHAPES.get(name, (E, E) if name[0] in "WC" else (E,)) for name in inputs}
    return tuple(away_from_zero(rng, *of) * (0.5 if name[0] in "WC" else 1.0) for name, of in shapes.items())


def _rows(specimen: str, inputs: tuple[str, ...], suffix: str = "", *only: str, **params: Any) -> tuple[Formula, ...]:
    """The rows of a layer: y, and the gradient by each input, or by some `only`."""
    return chain(
        "attention",
        specimen,
        partial(_sample, inputs),
        "Not printed; beside Attention, text: Transformer",
        "Attention is head by head: q, k, v and o are cut into as many equal parts as there are heads.",
        suffix,
        only,
        num_heads=2,
        **params,
    )


_after: dict[str, Any] = {"norm_first": False, "causal": False, "activation": "gelu"}
_before: dict[str, Any] = {"norm_first": True, "causal": True, "activation": "relu"}

FORMULAS: tuple[Formula, ...] = (
    *_rows("transformer_encoder_layer", ENCODER, **_after),
    *_rows("transformer_encoder_layer", ENCODER, ".norm_first", "x", "W_k", "gamma_1", "W_1", **_before),
    *_rows("transformer_decoder_layer", DECODER, **_after),
    *_rows("transformer_decoder_layer", DECODER, ".norm_first", "x", "m", "W_k", "C_k", "gamma_2", **_before),
)
