"""Convolutions, as rows of data: shapes, strides, groups."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_zoo import nn

from ..engines import Workload, anp, mg, torch
from ..floors import conv as floors
from . import normal, workload

FLAT = "is written here for two dimensions, one group and stride 1 alone"
PARTLY = "refuses windows that leave a remainder"
GROUPS = "has no groups"


def kernels(seed: int, shape: tuple[int, ...]) -> Any:
    """Standard normal kernels, divided by the root of how many numbers each sums."""
    (W,) = normal(seed, shape)
    return W / np.float32(np.sqrt(np.prod(shape[1:])))


def hips_conv(padding: int) -> Any:
    """Shifted copies and a product of matrices: HIPS autograd's own convolution, an einsum, takes seconds."""

    def conv(x: Any, W: Any) -> Any:
        n, c, h, w = x.shape
        k = W.shape[2]
        p = anp.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)), "constant")
        ho, wo = h + 2 * padding - k + 1, w + 2 * padding - k + 1
        shifted = [p[:, :, i : i + ho, j : j + wo] for i in range(k) for j in range(k)]
        columns = anp.reshape(anp.stack(shifted, 2), (n, c * k * k, ho * wo))
        y = anp.matmul(anp.reshape(W, (len(W), -1)), columns)
        return anp.reshape(y, (n, len(W), ho, wo))

    return conv


def _conv(
    x_shape: tuple[int, ...], W_shape: tuple[int, ...], stride: int = 1, padding: int = 1, groups: int = 1
) -> Workload:
    (x,) = normal(0, x_shape)
    W = kernels(1, W_shape)
    k = len(W_shape) - 2
    lengths = [(n + 2 * padding - w) // stride + 1 for n, w in zip(x_shape[2:], W_shape[2:], strict=True)]
    (g,) = normal(2, (x_shape[0], W_shape[0], *lengths))
    options = {"stride": stride, "padding": padding, "groups": groups}
    refusal = GROUPS if groups > 1 else PARTLY if stride > 1 else None
    plain = k == 2 and refusal is None
    return Workload(
        f"conv{k}d {x_shape} by {W_shape}" + "".join(f", {name} {v}" for name, v in options.items() if v > 1),
        [x, W],
        g,
        torch=lambda x, W: getattr(torch.nn.functional, f"conv{k}d")(x, W, **options),
        ours=lambda x, W: nn.conv(x, W, **options),
        mygrad=refusal or (lambda x, W: mg.nnet.conv_nd(x, W, stride=stride, padding=padding)),
        hips=hips_conv(padding) if plain else FLAT,
        **floors.choose(x, W, g, options),
    )


ROWS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "conv2d-3": (
        {"x_shape": (32, 3, 32, 32), "W_shape": (16, 3, 3, 3)},
        {"x_shape": (3, 3, 6, 5), "W_shape": (4, 3, 3, 3)},
    ),
    "conv2d-64": (
        {"x_shape": (32, 64, 32, 32), "W_shape": (64, 64, 3, 3)},
        {"x_shape": (3, 4, 6, 5), "W_shape": (4, 4, 3, 3)},
    ),
    "conv2d-stride": (
        {"x_shape": (16, 128, 16, 16), "W_shape": (256, 128, 3, 3), "stride": 2},
        {"x_shape": (3, 4, 7, 6), "W_shape": (5, 4, 3, 3)},
    ),
    "conv2d-1x1": (
        {"x_shape": (32, 64, 32, 32), "W_shape": (128, 64, 1, 1), "padding": 0},
        {"x_shape": (3, 4, 6, 5), "W_shape": (5, 4, 1, 1)},
    ),
    "conv2d-depthwise": (
        {"x_shape": (32, 64, 32, 32), "W_shape": (64, 1, 3, 3), "groups": 64},
        {"x_shape": (3, 4, 6, 5), "W_shape": (4, 1, 3, 3), "groups": 4},
    ),
    "conv1d": (
        {"x_shape": (32, 64, 256), "W_shape": (64, 64, 5), "padding": 2},
        {"x_shape": (3, 4, 7), "W_shape": (5, 4, 5)},
    ),
    "conv3d": (
        {"x_shape": (8, 16, 16, 16, 16), "W_shape": (32, 16, 3, 3, 3)},
        {"x_shape": (3, 2, 4, 5, 6), "W_shape": (3, 2, 3, 3, 3)},
    ),
}
for name, (sizes, tiny) in ROWS.items():
    workload(name, tiny=tiny, **sizes)(_conv)


@workload(
    "separable_conv2d",
    tiny={"x_shape": (2, 3, 5, 6), "out": 4},
    x_shape=(32, 64, 32, 32),
    out=128,
)
def separable_conv2d(x_shape: tuple[int, ...], out: int) -> Workload:
    n, c, h, w = x_shape
    x, g = normal(0, x_shape, (n, out, h, w))
    w1, w2 = kernels(1, (c, 3, 3)), kernels(2, (out, c))
    F = torch.nn.functional if torch else None
    return Workload(
        f"SeparableConv2d {x_shape} to {out}",
        [x, w1, w2],
        g,
        torch=lambda x, w1, w2: F.conv2d(F.conv2d(x, w1[:, None], padding=1, groups=c), w2[:, :, None, None]),
        ours=lambda x, w1, w2: nn.separable_conv(x, w1, w2, padding=1),
        mygrad=GROUPS,
        hips=GROUPS,
    )
