"""Multi-head self-attention, and an encoder layer around it, on 16 sequences of 128 vectors of 256."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_zoo import nn

from ..engines import Array, Workload, anp, mg, of_module, torch
from ..floors import attention as floors
from . import normal, workload
from .rows import composed_norm, hips_softmax

SIZES: dict[str, Any] = {"N": 16, "T": 128, "D": 256, "heads": 8}
TINY = {"N": 2, "T": 3, "D": 8, "heads": 2}
ATTENTION = ["in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"]
REST = ["norm1.weight", "norm1.bias", "linear1.weight", "linear1.bias"]
REST += ["linear2.weight", "linear2.bias", "norm2.weight", "norm2.bias"]


def _composed(
    xp: Any, softmax: Callable[[Any], Any], turn: Callable[[Any, tuple[int, ...]], Any], heads: int
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Attention, and the encoder layer, in single operations."""

    def attention(x: Any, wqkv: Any, bqkv: Any, wo: Any, bo: Any) -> Any:
        N, T, D = x.shape
        size = D // heads
        qkv = turn((xp.matmul(x, wqkv.T) + bqkv).reshape((N, T, 3, heads, size)), (2, 0, 3, 1, 4))
        p = softmax(xp.matmul(qkv[0] * np.float32(size**-0.5), turn(qkv[1], (0, 1, 3, 2))))
        return xp.matmul(turn(xp.matmul(p, qkv[2]), (0, 2, 1, 3)).reshape((N, T, D)), wo.T) + bo

    norm = composed_norm(xp)

    def encoder(x: Any, wqkv: Any, bqkv: Any, wo: Any, bo: Any, *rest: Any) -> Any:
        g1, e1, w1, b1, w2, b2, g2, e2 = rest
        y = norm(x + attention(x, wqkv, bqkv, wo, bo), g1, e1)
        h = xp.maximum(xp.matmul(y, w1.T) + b1, 0)
        return norm(y + xp.matmul(h, w2.T) + b2, g2, e2)

    return attention, encoder


def _torch_attention(heads: int) -> Callable[..., Any]:
    def attention(x: Any, wqkv: Any, bqkv: Any, wo: Any, bo: Any) -> Any:
        F, (N, T, D) = torch.nn.functional, x.shape
        q, k, v = F.linear(x, wqkv, bqkv).view(N, T, 3, heads, D // heads).permute(2, 0, 3, 1, 4)
        o = F.scaled_dot_product_attention(q, k, v)
        return F.linear(o.transpose(1, 2).reshape(N, T, D), wo, bo)

    return attention


def _torch_encoder(heads: int) -> Callable[..., Any]:
    attention = _torch_attention(heads)

    def encoder(x: Any, wqkv: Any, bqkv: Any, wo: Any, bo: Any, *rest: Any) -> Any:
        g1, e1, w1, b1, w2, b2, g2, e2 = rest
        F, D = torch.nn.functional, x.shape[-1:]
        y = F.layer_norm(x + attention(x, wqkv, bqkv, wo, bo), D, g1, e1)
        return F.layer_norm(y + F.linear(F.relu(F.linear(y, w1, b1)), w2, b2), D, g2, e2)

    return encoder


def _weights(D: int, names: list[str]) -> list[Array]:
    shapes = {
        "in_proj_weight": (3 * D, D),
        "in_proj_bias": (3 * D,),
        "out_proj.weight": (D, D),
        "linear1.weight": (4 * D, D),
        "linear1.bias": (4 * D,),
        "linear2.weight": (D, 4 * D),
    }
    scale = np.float32(D**-0.5)
    arrays = [a * scale for a in normal(1, *(shapes.get(name, (D,)) for name in names))]
    return [a / scale if name in ("norm1.weight", "norm2.weight") else a for a, name in zip(arrays, names, strict=True)]


@workload("attention", tiny=TINY, **SIZES)
def attention(N: int, T: int, D: int, heads: int) -> Workload:
    x, g = normal(0, (N, T, D), (N, T, D))
    weights = _weights(D, ATTENTION)
    module = nn.MultiHeadAttention(D, heads, dtype=np.float32)
    nn.from_torch(module, dict(zip(ATTENTION, weights, strict=True)))
    return Workload(
        f"multi-head self-attention {(N, T, D)}, {heads} heads",
        [x, *weights],
        g,
        torch=_torch_attention(heads),
        ours=of_module(module, x, ATTENTION, lambda module, x: module(x)),
        mygrad=_composed(mg, lambda a: mg.nnet.softmax(a, axis=-1), lambda a, axes: mg.transpose(a, axes), heads)[0],
        hips=_composed(anp, hips_softmax, lambda a, axes: anp.transpose(a, axes), heads)[0],
        floor=lambda m: floors.attention(m, x, weights, g, heads),
    )


@workload("encoder", tiny=TINY, **SIZES)
def encoder(N: int, T: int, D: int, heads: int) -> Workload:
    x, g = normal(0, (N, T, D), (N, T, D))
    names = ["self_attn." + name for name in ATTENTION] + REST
    weights = _weights(D, ATTENTION + REST)
    module = nn.TransformerEncoderLayer(D, heads, 4 * D, dropout=0.0, dtype=np.float32)
    nn.from_torch(module, dict(zip(names, weights, strict=True)))
    return Workload(
        f"encoder layer {(N, T, D)}, {heads} heads",
        [x, *weights],
        g,
        torch=_torch_encoder(heads),
        ours=of_module(module, x, names, lambda module, x: module(x)),
        mygrad=_composed(mg, lambda a: mg.nnet.softmax(a, axis=-1), lambda a, axes: mg.transpose(a, axes), heads)[1],
        hips=_composed(anp, hips_softmax, lambda a, axes: anp.transpose(a, axes), heads)[1],
        floor=lambda m: floors.encoder(m, x, weights, g, heads),
    )
