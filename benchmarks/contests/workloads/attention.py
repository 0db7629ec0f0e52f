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


def _of(
    what: str, module: Any, names: list[str], sizes: tuple[int, int, int, int], torch: Any, floor: Callable[..., Any]
) -> Workload:
    """The workload of a module whose weights have these names in PyTorch: attention, or with more weights the layer."""
    *shape, heads = sizes
    whole = len(names) > len(ATTENTION)
    x, g = normal(0, tuple(shape), tuple(shape))
    weights = _weights(shape[-1], ATTENTION + REST if whole else ATTENTION)
    nn.from_torch(module, dict(zip(names, weights, strict=True)))
    return Workload(
        f"{what} {tuple(shape)}, {heads} heads",
        [x, *weights],
        g,
        torch=torch(heads),
        ours=of_module(module, x, names, lambda module, x: module(x)),
        mygrad=_composed(mg, lambda a: mg.nnet.softmax(a, axis=-1), lambda a, b: mg.transpose(a, b), heads)[whole],
        hips=_composed(anp, hips_softmax, lambda a, b: anp.transpose(a, b), heads)[whole],
        floor=lambda m: floor(m, x, weights, g, heads),
    )


@workload("attention", tiny=TINY, **SIZES)
def attention(N: int, T: int, D: int, heads: int) -> Workload:
    module = nn.MultiHeadAttention(D, heads, dtype=np.float32)
    sizes = (N, T, D, heads)
    return _of("multi-head self-attention", module, ATTENTION, sizes, _torch_attention, floors.attention)


@workload("encoder", tiny=TINY, **SIZES)
def encoder(N: int, T: int, D: int, heads: int) -> Workload:
    module = nn.TransformerEncoderLayer(D, heads, 4 * D, dropout=0.0, dtype=np.float32)
    names = ["self_attn." + name for name in ATTENTION] + REST
    return _of("encoder layer", module, names, (N, T, D, heads), _torch_encoder, floors.encoder)
