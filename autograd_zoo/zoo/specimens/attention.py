"""Specimens of the attention family."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import nn
from ...engine.tensor import Array
from ..specimen import Specimen
from .inputs import numbers

HEADS = 2
E = 4


def _keys_and_values(rng: np.random.Generator, Q: Array) -> tuple[Array, ...]:
    *batch, T, d = Q.shape
    return numbers(rng, (*batch, T + 1, d)), numbers(rng, (*batch, T + 1, d + 1))


def _mask_and_switches(rng: np.random.Generator, Q: Array) -> tuple[Array, ...]:
    """Keys and values, a mask that hides one key from the last query, and switches that drop one weight."""
    K, V = _keys_and_values(rng, Q)
    scores = (*Q.shape[:-1], K.shape[-2])
    mask, D = np.ones(scores, bool), np.ones(scores)
    mask[..., -1, 0] = False
    D[..., -1, 1] = 0.0
    return K, V, mask, D


def _additive(rng: np.random.Generator, Q: Array) -> tuple[Array, ...]:
    K, V = _keys_and_values(rng, Q)
    return K, V, numbers(rng, (5, Q.shape[-1])), numbers(rng, (5, K.shape[-1])), numbers(rng, (5,))


def _run_additive(Q: Any, K: Any, V: Any, W: Any, U: Any, v: Any, **params: Any) -> Any:
    module = nn.AdditiveAttention(W.shape[1], U.shape[1], W.shape[0])
    module.W, module.U, module.v = W, U, v
    return module(Q, K, V, **params)


def cut(data: Array) -> Array:
    """Real data as sequences of 4 vectors of length E."""
    whole = data.size - data.size % (4 * E)
    return np.reshape(np.ravel(data)[:whole], (-1, 4, E))


def _weights(rng: np.random.Generator) -> tuple[Array, ...]:
    """Four matrices and four biases, small enough that the softmax is far from choosing a single key."""
    return *(0.5 * numbers(rng, (E, E)) for _ in range(4)), *(numbers(rng, (E,)) for _ in range(4))


def _run_heads(
    Q: Any, K: Any, V: Any, W_q: Any, W_k: Any, W_v: Any, W_o: Any, b_q: Any, *biases: Any, num_heads: int, causal: bool
) -> Any:
    module = nn.MultiHeadAttention(E, num_heads)
    module.W_q, module.W_k, module.W_v, module.W_o = W_q, W_k, W_v, W_o
    module.b_q, (module.b_k, module.b_v, module.b_o) = b_q, biases
    return module(Q, K, V, causal=causal)


def _table_of(rng: np.random.Generator, W: Array) -> tuple[Array, ...]:
    return (rng.integers(0, len(W), (2, 5)),)


SEQUENCES = ((4, 3), (2, 3, 4), (2, 1, 3, 2))  # longer than 2: a query that sees one key alone has no gradient
SEQUENCES_OF_E = ((1, 3, E), (2, 2, E))
CAUSAL: tuple[dict[str, Any], ...] = ({}, {"causal": True})
HEADED: tuple[dict[str, Any], ...] = tuple({"num_heads": n, "causal": n == HEADS} for n in (1, HEADS))


def _attention(name: str, doc: str, **more: Any) -> Specimen:
    return Specimen(name=name, family="attention", domain=numbers, doc=doc, **more)


SPECIMENS = (
    _attention(
        "additive_attention",
        "y = softmax(S) V, Sᵢⱼ = vᵀ tanh(W qᵢ + U kⱼ)",
        run=_run_additive,
        inputs=("Q", "K", "V", "W", "U", "v"),
        others=_additive,
        shapes=SEQUENCES,
        variants=CAUSAL,
    ),
    _attention(
        "scaled_dot_product_attention",
        "y = softmax(QKᵀ/√d) V",
        run=nn.scaled_dot_product_attention,
        inputs=("Q", "K", "V"),
        others=_mask_and_switches,
        shapes=SEQUENCES,
        variants=({}, {"causal": True, "q": 0.25}),
    ),
    _attention(
        "multi_head_attention",
        "yᵢ = W_o oᵢ + b_o, o joins what the heads give",
        run=_run_heads,
        # The biases after b_q are given, but as constants: the gradient by b_k is 0, of which no error is a fraction.
        inputs=("Q", "K", "V", "W_q", "W_k", "W_v", "W_o", "b_q"),
        others=lambda rng, Q: (*(numbers(rng, (len(Q), 3, E)) for _ in range(2)), *_weights(rng)),
        accept=cut,
        shapes=SEQUENCES_OF_E,
        variants=HEADED,
    ),
    _attention(
        "multi_head_self_attention",
        "multi-head attention with Q = K = V = x",
        run=lambda x, *parameters, **params: _run_heads(x, x, x, *parameters, **params),
        others=lambda rng, x: _weights(rng),
        accept=cut,
        shapes=SEQUENCES_OF_E,
        variants=HEADED,
    ),
    _attention(
        "embedding",
        "y is row i of W",
        run=nn.embedding,
        inputs=("W",),
        others=_table_of,
        shapes=((3, 4), (7, 2)),
        variants=({}, {"padding_idx": 0}),
    ),
    _attention(
        "positional_encoding",
        "y = x + P, P of sines and cosines",
        run=lambda x: nn.PositionalEncoding()(x),
        shapes=((3, 4), (2, 5, 3)),
    ),
)
