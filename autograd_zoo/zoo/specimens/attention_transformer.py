"""Specimens of the attention family: the layers of a Transformer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ... import nn
from ...closed_form.attention_transformer import DECODER, ENCODER
from ...engine.tensor import Array
from ..specimen import Specimen
from .attention import HEADS, SEQUENCES_OF_E, E, cut
from .inputs import numbers

F = 5

KEY_BIASES = ("b_k", "c_k")
"""They are given, but as constants, after all inputs: the gradient by them is 0, of which no error is a fraction."""

SHAPES = {"W_1": (F, E), "b_1": (F,), "W_2": (E, F), "m": (3, E)}


def _parameters(names: tuple[str, ...]) -> Callable[[np.random.Generator, Array], tuple[Array, ...]]:
    """Draw what stands after x, matrices small enough that no softmax is near choosing a single key."""

    def draw(rng: np.random.Generator, x: Array) -> tuple[Array, ...]:
        drawn = []
        for name in names:
            shape = SHAPES.get(name, (E, E) if name[0] in "WC" else (E,))
            drawn.append(numbers(rng, (len(x), *shape)) if name == "m" else numbers(rng, shape) / len(shape) ** 2)
        return tuple(drawn)

    return draw


def _place(name: str) -> tuple[str, str]:
    """The part of a layer that has this parameter, and its name there."""
    letter, _, index = name.partition("_")
    if index in "qkvo":
        return "multihead_attn" if letter in "Cc" else "self_attn", f"{'W' if letter in 'WC' else 'b'}_{index}"
    return f"norm{index}" if letter in ("gamma", "beta") else f"linear{index}", letter


def _run(
    build: Callable[..., Any], names: tuple[str, ...], x: Any, *given: Any, num_heads: int, causal: bool, **params: Any
) -> Any:
    """The layer with the given parameters, of x and, in a decoder, the memory m."""
    layer, memory = build(E, num_heads, F, 0.0, **params), []
    for name, value in zip(names, given, strict=True):
        if name == "m":
            memory = [value]
        else:
            part, key = _place(name)
            setattr(getattr(layer, part), key, value)
    return layer(x, *memory, causal=causal)


AFTER: dict[str, Any] = {"num_heads": HEADS, "causal": True, "activation": "gelu"}
BEFORE: dict[str, Any] = {"num_heads": 1, "causal": False, "activation": "gelu", "norm_first": True}


def _layer(name: str, build: Callable[..., Any], names: tuple[str, ...], doc: str, *variants: Any) -> Specimen:
    return Specimen(
        name=name,
        family="attention",
        run=partial(_run, build, names[1:]),
        inputs=tuple(name for name in names if name not in KEY_BIASES),
        domain=numbers,
        others=_parameters(names[1:]),
        accept=cut,
        shapes=SEQUENCES_OF_E,
        variants=variants,
        doc=doc,
    )


SPECIMENS = (
    _layer(
        "transformer_encoder_layer",
        nn.TransformerEncoderLayer,
        ENCODER,
        "y = LN(z + W₂ f(W₁ z + b₁) + b₂), z = LN(x + self-attention)",
        AFTER,
        BEFORE,
    ),
    _layer(
        "transformer_decoder_layer",
        nn.TransformerDecoderLayer,
        DECODER,
        "the same, with attention to the encoder's result m in between",
        AFTER,  # with so many inputs each variant takes long; tests compare the other one
    ),
)
