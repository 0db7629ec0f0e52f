"""Attention with all its options, and what is made of it."""

from __future__ import annotations

import numpy as np
from pytorch import F, torch

from autograd_zoo import nn

from .layers import jittered
from .pair import Pair, Row, choice


def _masks(rng, N, T, S, keyed=True):
    """Masks in which every query sees a key, the first."""
    masks = {}
    if rng.random() < 0.4:
        masks["attn_mask"] = np.where(rng.random((T, S)) < 0.3, -np.inf, rng.standard_normal((T, S)))
        masks["attn_mask"][:, 0] = 0.0
    if keyed and rng.random() < 0.4:
        masks["key_padding_mask"] = rng.random((N, S)) < 0.3
        masks["key_padding_mask"][:, 0] = False
    return masks


def _given(masks):
    """The masks for PyTorch, which wants one type for both."""
    masks = {key: torch.from_numpy(mask) for key, mask in masks.items()}
    if "attn_mask" in masks and "key_padding_mask" in masks:
        masks["key_padding_mask"] = (
            torch.zeros(masks["key_padding_mask"].shape).double().masked_fill(masks["key_padding_mask"], -torch.inf)
        )
    return masks


def _multi_head(rng):
    h = int(rng.integers(1, 4))
    E, N, T, S = h * int(rng.integers(1, 4)), *(int(n) for n in rng.integers(1, 4, 3))
    options = {key: bool(rng.integers(2)) for key in ("bias", "add_bias_kv", "add_zero_attn")}
    lengths = {key: choice(rng, None, int(rng.integers(1, 5))) for key in ("kdim", "vdim")}
    ours = jittered(rng, nn.MultiHeadAttention(E, h, **options, **lengths, rng=rng))
    inputs = tuple(
        rng.standard_normal((N, n, m or E)) for n, m in zip((T, S, S), (None, *lengths.values()), strict=True)
    )
    masks, causal = _masks(rng, N, T, S), bool(rng.random() < 0.3)

    def other(module, *xs):
        given = _given(masks)
        if causal:
            past = torch.zeros(T, S).double().masked_fill(~torch.ones(T, S).tril().bool(), -torch.inf)
            given["attn_mask"] = past + given.get("attn_mask", 0.0)
            if "key_padding_mask" in given and given["key_padding_mask"].dtype == torch.bool:
                padded = given["key_padding_mask"]
                given["key_padding_mask"] = torch.zeros(padded.shape).double().masked_fill(padded, -torch.inf)
        return module(*xs, need_weights=False, **given)[0]

    def theirs():
        return torch.nn.MultiheadAttention(E, h, **options, **lengths, batch_first=True)

    return Pair(ours, theirs, inputs, lambda module, *xs: module(*xs, **masks, causal=causal), other)


def _grouped(rng):
    groups, each, length = (int(n) for n in rng.integers(1, 4, 3))
    h = groups * each
    E, (N, T, S) = h * length, (int(n) for n in rng.integers(1, 4, 3))
    causal, bias = bool(rng.integers(2)), bool(rng.integers(2))
    ours = jittered(rng, nn.GroupedQueryAttention(E, h, groups, bias=bias, rng=rng))
    mask = _masks(rng, N, T, S, keyed=False) if not causal else {}
    inputs = (rng.standard_normal((N, T, E)), *rng.standard_normal((2, N, S, E)))

    class Theirs(torch.nn.Module if torch else object):
        def __init__(self):
            super().__init__()
            for name, value in ours.state_dict().items():
                setattr(self, name, torch.nn.Parameter(torch.from_numpy(value)))

        def forward(self, Q, K, V):
            def heads(x, W, b, n):
                return F.linear(x, W, b).unflatten(-1, (n, -1)).transpose(1, 2)

            b = [getattr(self, f"b_{k}", None) for k in "qkvo"]
            q, k, v = heads(Q, self.W_q, b[0], h), heads(K, self.W_k, b[1], groups), heads(V, self.W_v, b[2], groups)
            given = mask.get("attn_mask")
            given = given if given is None else torch.from_numpy(given)
            o = F.scaled_dot_product_attention(q, k, v, given, is_causal=causal, enable_gqa=True)
            return F.linear(o.transpose(1, 2).flatten(-2), self.W_o, b[3])

    return Pair(ours, Theirs, inputs, lambda module, *xs: module(*xs, **mask, causal=causal))


def _rotary(rng):
    shape = (
        *(int(n) for n in rng.integers(1, 3, rng.integers(0, 3))),
        int(rng.integers(1, 6)),
        2 * int(rng.integers(1, 4)),
    )
    base, interleaved, first = choice(rng, 10000.0, 100.0), bool(rng.integers(2)), int(rng.integers(3))
    positions = None if not first else first + np.arange(shape[-2])
    E = shape[-1]

    def theirs(x):  # complex numbers of length 1 turn complex numbers
        t = torch.arange(first, first + shape[-2]).double()
        angles = t[:, None] * base ** (-torch.arange(0, E, 2).double() / E)
        pairs = x.unflatten(-1, (-1, 2)) if interleaved else torch.stack(x.chunk(2, -1), -1)
        turned = torch.view_as_real(
            torch.view_as_complex(pairs.contiguous()) * torch.polar(torch.ones_like(angles), angles)
        )
        return turned.flatten(-2) if interleaved else torch.cat([turned[..., 0], turned[..., 1]], -1)

    ours = nn.RotaryPositions(base, interleaved)
    return Pair(ours, lambda: theirs, (rng.standard_normal(shape),), lambda module, x: module(x, positions))


def _sizes(rng):
    h = int(rng.integers(1, 3))
    options = {"dropout": 0.0, "activation": choice(rng, "relu", "gelu"), "norm_first": bool(rng.integers(2))}
    options |= {"bias": bool(rng.integers(2)), "layer_norm_eps": choice(rng, 1e-5, 0.1)}
    return (h * int(rng.integers(1, 4)) + h, h), {"dim_feedforward": int(rng.integers(1, 6)), **options}


def _renamed(masks, **names):
    return {names[key]: mask for key, mask in masks.items() if key in names}


def _transformer(rng):
    sizes, options = _sizes(rng)
    layers = {"num_encoder_layers": int(rng.integers(1, 3)), "num_decoder_layers": int(rng.integers(1, 3))}
    N, S, T = (int(n) for n in rng.integers(1, 4, 3))
    ours = jittered(rng, nn.Transformer(*sizes, **layers, **options, rng=rng))
    inputs = (rng.standard_normal((N, S, sizes[0])), rng.standard_normal((N, T, sizes[0])))
    src = _masks(rng, N, S, S)
    memory = _masks(rng, N, T, S)
    causal = bool(rng.integers(2))

    def named(src, memory):
        masks = _renamed(src, attn_mask="src_mask", key_padding_mask="src_key_padding_mask")
        return masks | _renamed(memory, attn_mask="memory_mask", key_padding_mask="memory_key_padding_mask")

    def other(module, *xs):
        more = {}
        if causal:
            more = {"tgt_mask": torch.nn.Transformer.generate_square_subsequent_mask(T, dtype=torch.double)}
        return module(*xs, **named(_given(src), _given(memory)), **more)

    return Pair(
        ours,
        lambda: torch.nn.Transformer(*sizes, **layers, **options, batch_first=True),
        inputs,
        lambda module, *xs: module(*xs, **named(src, memory), causal=causal),
        other,
    )


LAYER = "dim_feedforward activation layer_norm_eps norm_first bias"


def _stack(kind):
    def draw(rng):
        sizes, options = _sizes(rng)
        count, normed = int(rng.integers(1, 3)), bool(rng.integers(2))
        N, S, T = (int(n) for n in rng.integers(1, 4, 3))
        layer = getattr(nn, f"Transformer{kind}Layer")(*sizes, **options, rng=rng)
        norm = nn.LayerNorm(sizes[0]) if normed else None
        ours = jittered(rng, getattr(nn, f"Transformer{kind}")(layer, count, norm))
        inputs = tuple(rng.standard_normal((N, n, sizes[0])) for n in ((T, S) if kind == "Decoder" else (S,)))

        def theirs():
            layer = getattr(torch.nn, f"Transformer{kind}Layer")(*sizes, **options, batch_first=True)
            norm = torch.nn.LayerNorm(sizes[0]) if normed else None
            more = {"enable_nested_tensor": False} if kind == "Encoder" else {}
            return getattr(torch.nn, f"Transformer{kind}")(layer, count, norm, **more)

        return Pair(ours, theirs, inputs)

    return Row(draw, f"Transformer{kind}", varied="num_layers norm")


def _layer(kind):
    name = f"Transformer{kind}Layer"

    def draw(rng):
        sizes, options = _sizes(rng)
        N, S, T = (int(n) for n in rng.integers(1, 4, 3))
        ours = jittered(rng, getattr(nn, name)(*sizes, **options, rng=rng))
        inputs = tuple(rng.standard_normal((N, n, sizes[0])) for n in ((T, S) if kind == "Decoder" else (S,)))
        return Pair(ours, lambda: getattr(torch.nn, name)(*sizes, **options, batch_first=True), inputs)

    return Row(draw, name, varied=LAYER)


ROWS = {
    "MultiHeadAttention": Row(
        _multi_head, "MultiheadAttention", varied="num_heads bias kdim vdim add_bias_kv add_zero_attn"
    ),
    "GroupedQueryAttention": Row(
        _grouped,
        "",
        oracle="PyTorch (`enable_gqa=True`)",
        varied="num_heads num_groups bias",
    ),
    "RotaryPositions": Row(_rotary, "", oracle="PyTorch (complex numbers)", varied="base interleaved"),
    **{f"Transformer{kind}Layer": _layer(kind) for kind in ("Encoder", "Decoder")},
    "TransformerEncoder": _stack("Encoder"),
    "TransformerDecoder": _stack("Decoder"),
    "Transformer": Row(_transformer, "Transformer", varied=f"num_encoder_layers num_decoder_layers {LAYER}"),
}
