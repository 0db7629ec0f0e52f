"""Rows of the activation family."""

from __future__ import annotations

import numpy as np
from pytorch import F, torch

from autograd_zoo import nn

from .case import SHAPES, Row, away, call, drawn, positive

EXTREMES = [-1e30, -1000.0, -50.0, -1e-30, 0.0, 1e-30, 50.0, 1000.0, 1e30]
E50 = 1.928749847963918e-22  # exp(-50)
A, B = nn.activation.SELU_LAMBDA, nn.activation.SELU_LAMBDA * nn.activation.SELU_ALPHA


ALONG = [
    *(call(away(shape)) for shape in SHAPES),
    *(call(away(shape), axis=axis) for shape, axis in [((3, 5), 0), ((2, 3, 4), 1), ((2, 3, 4), -3)]),
]
HALVED = [
    *(call(away(shape)) for shape in [(4,), (3, 6), (2, 3, 4), (1, 2), (0,), (0, 2)]),
    *(call(away(shape), axis=axis) for shape, axis in [((2, 5), 0), ((2, 4, 3), 1), ((2, 4, 3), -2), ((2, 4, 3), -3)]),
]


def torch_prelu(x, a, axis=1):
    """PyTorch's channels are axis 1, or there is none."""
    moved = x.movedim(axis, 1) if x.ndim > 1 else x[None]
    y = F.prelu(moved, a.reshape(-1))
    return y.movedim(1, axis) if x.ndim > 1 else y[0]


def pointwise(function, theirs, values, slopes, variants=({},), orders=3):
    """The row of an activation that sees one number at a time, with its limits."""
    calls = [call(away(shape), **params) for params in variants for shape in SHAPES]
    return Row(function=function, torch=theirs, calls=calls, orders=orders, limits=(values, slopes))


ROWS = {
    "relu": pointwise(
        nn.relu,
        lambda x: torch.relu(x),
        [0, 0, 0, 0, 0, 1e-30, 50, 1000, 1e30],
        [0, 0, 0, 0, 0, 1, 1, 1, 1],
        orders=2,
    ),
    "relu6": pointwise(
        nn.relu6, lambda x: F.relu6(x), [0, 0, 0, 0, 0, 1e-30, 6, 6, 6], [0, 0, 0, 0, 0, 1, 0, 0, 0], orders=2
    ),
    "leaky_relu": pointwise(
        nn.leaky_relu,
        lambda x, **params: F.leaky_relu(x, **params),
        [-1e28, -10, -0.5, -1e-32, 0, 1e-30, 50, 1000, 1e30],
        [0.01, 0.01, 0.01, 0.01, 0.01, 1, 1, 1, 1],
        [{}, {"negative_slope": 0.2}, {"negative_slope": 2.0}],
        orders=2,
    ),
    "prelu": Row(
        function=nn.prelu,
        torch=torch_prelu,
        calls=[
            *[
                call(away(shape), positive(a))
                for shape, a in [
                    *[((4,), (1,)), ((2, 3), ()), ((2, 3, 4), (1,)), ((2, 3), (3,)), ((2, 3, 4), (3,)), ((0, 3), (3,))],
                    *[((2, 3, 4), ()), ((), ())],
                ]
            ],
            call(*drawn((2, 3, 4), (1,)), axis=0, of="function closed torch"),
            call(*drawn((2, 3, 4), (4,)), axis=-1, of="function closed torch"),
            call(*drawn((4,), (4,)), axis=0, of="function closed torch"),
        ],
        orders=2,
    ),
    "elu": pointwise(
        nn.elu,
        lambda x, **params: F.elu(x, **params),
        [-1, -1, -1, -1e-30, 0, 1e-30, 50, 1000, 1e30],
        [0, 0, 0, 1, 1, 1, 1, 1, 1],
        [{}, {"alpha": 0.5}],
    ),
    "selu": pointwise(
        nn.selu,
        lambda x: torch.selu(x),
        [-B, -B, -B, -B * 1e-30, 0, A * 1e-30, 50 * A, 1000 * A, 1e30 * A],
        [0, 0, 0, B, B, A, A, A, A],
    ),
    "gelu": pointwise(
        nn.gelu,
        lambda x, **params: F.gelu(x, **params),
        [0, 0, 0, -5e-31, 0, 5e-31, 50, 1000, 1e30],
        [0, 0, 0, 0.5, 0.5, 0.5, 1, 1, 1],
        [{}, {"approximate": "tanh"}],
    ),
    "sigmoid": pointwise(
        nn.sigmoid,
        lambda x: torch.sigmoid(x),
        [0, 0, E50, 0.5, 0.5, 0.5, 1, 1, 1],
        [0, 0, E50, 0.25, 0.25, 0.25, 0, 0, 0],
    ),
    "silu": pointwise(
        nn.silu,
        lambda x: F.silu(x),
        [0, 0, -50 * E50, -5e-31, 0, 5e-31, 50, 1000, 1e30],
        [0, 0, -49 * E50, 0.5, 0.5, 0.5, 1, 1, 1],
    ),
    "softplus": pointwise(
        nn.softplus,
        lambda x: F.softplus(x),
        [0, 0, E50, *[np.log(2)] * 3, 50, 1000, 1e30],
        [0, 0, E50, 0.5, 0.5, 0.5, 1, 1, 1],
    ),
    "tanh": pointwise(
        nn.tanh, lambda x: torch.tanh(x), [-1, -1, -1, -1e-30, 0, 1e-30, 1, 1, 1], [0, 0, 0, 1, 1, 1, 0, 0, 0]
    ),
    "softmax": Row(function=nn.softmax, torch=lambda x, axis=-1: torch.softmax(x, axis), calls=ALONG),
    "log_softmax": Row(function=nn.log_softmax, torch=lambda x, axis=-1: torch.log_softmax(x, axis), calls=ALONG),
    "log_sigmoid": pointwise(
        nn.log_sigmoid,
        lambda x: F.logsigmoid(x),
        [-1e30, -1000, -50, *[-np.log(2)] * 3, -E50, 0, 0],
        [1, 1, 1, 0.5, 0.5, 0.5, E50, 0, 0],
    ),
    "mish": pointwise(
        nn.mish,
        lambda x: F.mish(x),
        [0, 0, -50 * E50, -6e-31, 0, 6e-31, 50, 1000, 1e30],
        [0, 0, -49 * E50, 0.6, 0.6, 0.6, 1, 1, 1],
    ),
    "hardsigmoid": pointwise(
        nn.hardsigmoid,
        lambda x: F.relu6(x + 3.0) / 6.0,  # of its own PyTorch's slope is the float32 next to 1/6
        [0, 0, 0, 0.5, 0.5, 0.5, 1, 1, 1],
        [0, 0, 0, *[1 / 6] * 3, 0, 0, 0],
        orders=2,
    ),
    "hardswish": pointwise(
        nn.hardswish,
        lambda x: F.hardswish(x),
        [0, 0, 0, -5e-31, 0, 5e-31, 50, 1000, 1e30],
        [0, 0, 0, 0.5, 0.5, 0.5, 1, 1, 1],
        orders=2,
    ),
    "softsign": pointwise(
        nn.softsign,
        lambda x: F.softsign(x),
        [-1, -1000 / 1001, -50 / 51, -1e-30, 0, 1e-30, 50 / 51, 1000 / 1001, 1],
        [0, 1 / 1001**2, 1 / 51**2, 1, 1, 1, 1 / 51**2, 1 / 1001**2, 0],
    ),
    "celu": pointwise(
        nn.celu,
        lambda x, **params: F.celu(x, **params),
        [-1, -1, -1, -1e-30, 0, 1e-30, 50, 1000, 1e30],
        [0, 0, E50, 1, 1, 1, 1, 1, 1],
        [{}, {"alpha": 0.5}],
    ),
    "glu": Row(function=nn.glu, torch=lambda x, axis=-1: F.glu(x, axis), calls=HALVED),
    "swiglu": Row(
        function=nn.swiglu,
        torch=lambda x, axis=-1: F.silu(x.chunk(2, axis)[0]) * x.chunk(2, axis)[1],
        calls=HALVED,
        large=1e15,  # its square is a float32
    ),
}
POINTWISE = {name: row for name, row in ROWS.items() if row.limits}  # those that see one number at a time
