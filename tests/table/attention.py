"""Rows of the attention family."""

from __future__ import annotations

import math

import numpy as np
from pytorch import F, torch

from autograd_zoo import nn

from .case import Row, away, call, drawn

NEVER = -math.inf


def torch_weights(S, mask=None, causal=False):
    if mask is not None:
        S = S.masked_fill(~mask, NEVER) if mask.dtype == torch.bool else S + mask
    if causal:
        S = S.masked_fill(~torch.ones(S.shape[-2:], dtype=torch.bool).tril(), NEVER)
    return torch.softmax(S, -1)


def torch_scaled(Q, K, V, mask=None, D=None, *, causal=False, q=0.5):
    A = torch_weights(Q @ K.mT / math.sqrt(Q.shape[-1]), mask, causal)
    return (A if D is None else D * A / (1.0 - q)) @ V


def torch_additive(Q, K, V, W, U, v, mask=None, *, causal=False):
    h = torch.tanh((Q @ W.T)[..., :, None, :] + (K @ U.T)[..., None, :, :])
    return torch_weights(h @ v, mask, causal) @ V


def torch_heads(Q, K, V, W_q, W_k, W_v, W_o, b_q=0.0, b_k=0.0, b_v=0.0, b_o=0.0, *mask, num_heads, causal=False):
    def heads(x, W, b):
        return (x @ W.T + b).unflatten(-1, (num_heads, -1)).transpose(-2, -3)

    o = torch_scaled(heads(Q, W_q, b_q), heads(K, W_k, b_k), heads(V, W_v, b_v), *mask, causal=causal)
    return o.transpose(-2, -3).flatten(-2) @ W_o.T + b_o


def torch_embedding(W, i, padding_idx=-1):
    return F.embedding(i, W) * (i != padding_idx)[..., None]


def torch_positions(x):
    T, E = x.shape[-2:]
    k = torch.arange(E)
    angle = torch.arange(T)[:, None] / 10_000.0 ** ((k - k % 2).double() / E)
    return x + torch.where(k % 2 == 0, angle.sin(), angle.cos())


ALLOWED = np.array([[True, False, True, True], [True, True, False, False], [False, True, True, True]])
BLIND = np.random.default_rng(0).random((2, 3, 4)) < 0.7
BLIND[0, 1] = False  # a query that may see no key, of which PyTorch's softmax is nan
MASKS = [  # what follows the other inputs, and params
    ((), {}),
    ((), {"causal": True}),
    ((ALLOWED,), {}),
    ((np.where(ALLOWED, away((3, 4), 9), NEVER),), {}),
    ((away((2, 1, 4), 8),), {"causal": True}),
]
UNSEEN = [((BLIND,), {}), ((np.where(BLIND, away((2, 3, 4), 9), NEVER),), {"causal": True})]
DROPPED = (np.random.default_rng(2).random((2, 3, 4)) < 0.7).astype(float)
SEQUENCES = [(2, 3, 4), (2, 4, 4), (2, 4, 2)]
NO_TORCH, NO_MODULE = "function closed", "function closed torch"


def under_masks(inputs, alone, heads=False, **params):
    """A call under each mask, one of sequences without other axes, and those with a query that may see no key."""

    def of_scores(masks):
        return [mask[..., None, :, :] if heads and mask.ndim > 2 else mask for mask in masks]

    return [
        *[call(*inputs, *of_scores(mask), of=NO_MODULE, **params, **more) for mask, more in MASKS],
        *[call(*inputs, *of_scores(mask), of=NO_TORCH, **params, **more) for mask, more in UNSEEN],
        call(*alone, of=NO_MODULE, **params),
    ]


def attend(function, theirs, calls, fuses=True):
    """The row of an attention; scores far from zero have a test of their own."""
    return Row(function=function, torch=theirs, calls=calls, orders=2, large=0.0, thorough=5, fuses=fuses)


WEIGHTS = [(4, 4), (4, 4), (4, 2), (3, 4)]
ROWS = {
    "scaled_dot_product_attention": attend(
        nn.scaled_dot_product_attention,
        torch_scaled,
        [
            *under_masks(drawn(*SEQUENCES), drawn((3, 3), (4, 3), (4, 1))),
            call(*drawn((1, 1, 2, 1), (1, 1, 1, 1), (1, 1, 1, 2)), of=NO_MODULE),
            call(*drawn(*SEQUENCES), BLIND, DROPPED, causal=True, q=0.3, of=NO_TORCH),
            call(*drawn(*SEQUENCES), ALLOWED, DROPPED, q=0.3, of=NO_MODULE),
        ],
    ),
    "additive_attention": attend(
        nn.additive_attention,
        torch_additive,
        under_masks(
            drawn((2, 3, 4), (2, 4, 3), (2, 4, 2), (5, 4), (5, 3), (5,)),
            drawn((3, 3), (4, 2), (4, 5), (6, 3), (6, 2), (6,)),
        ),
    ),
    "multi_head_attention": attend(
        nn.multi_head_attention,
        torch_heads,
        [
            *under_masks(
                drawn(*SEQUENCES, *WEIGHTS, *[(4,)] * 3, (3,)),
                drawn((3, 4), (4, 4), (4, 4), *[(4, 4)] * 4),
                True,
                num_heads=2,
            ),
            *[call(*drawn(*SEQUENCES, *WEIGHTS), num_heads=n, of=NO_MODULE) for n in (1, 4)],
        ],
        fuses=False,
    ),
    "multi_head_self_attention": attend(
        lambda x, *parameters, **params: nn.multi_head_attention(x, x, x, *parameters, **params),
        lambda x, *parameters, **params: torch_heads(x, x, x, *parameters, **params),
        [call(*drawn((2, 3, 4), *[(4, 4)] * 4), num_heads=2, causal=True, of=NO_MODULE)],
        fuses=False,
    ),
    "embedding": Row(
        function=nn.embedding,
        torch=torch_embedding,
        calls=[
            call(away((5, 3)), np.array([[1, 0, 1], [4, 1, 1]]), of=NO_MODULE),
            call(away((5, 3)), np.array([[1, 0, 1], [4, 1, 1]]), padding_idx=1, of=NO_MODULE),
            call(away((5, 3)), np.array(0), of=NO_MODULE),
        ],
        large=0.0,
        thorough=5,
        fuses=False,
    ),
    "positional_encoding": Row(
        function=nn.positional_encoding,
        torch=torch_positions,
        calls=[call(away(shape)) for shape in [(2, 4, 5), (3, 6), (1, 2)]],
        fuses=False,
    ),
    "transformer_encoder_layer": Row(twin=torch and torch.nn.TransformerEncoderLayer),
    "transformer_decoder_layer": Row(twin=torch and torch.nn.TransformerDecoderLayer),
}
