"""Rows of the activation family."""

from __future__ import annotations

import numpy as np

from autograd_zoo import nn

from .case import SHAPES, F, Row, away, call, drawn, positive, torch

EXTREMES = [-1e30, -1000.0, -50.0, -1e-30, 0.0, 1e-30, 50.0, 1000.0, 1e30]
E50 = 1.928749847963918e-22  # exp(-50)
A, B = nn.activation.SELU_LAMBDA, nn.activation.SELU_LAMBDA * nn.activation.SELU_ALPHA


def each_shape(*variants):
    """A call in every shape, with each of the params."""
    return [call(away(shape), **params) for params in variants or [{}] for shape in SHAPES]


ALONG = [
    *each_shape(),
    *(call(away(shape), axis=axis) for shape, axis in [((3, 5), 0), ((2, 3, 4), 1), ((2, 3, 4), -3)]),
]


def torch_prelu(x, a, axis=1):
    """PyTorch's channels are axis 1, or there is none."""
    moved = x.movedim(axis, 1) if x.ndim > 1 else x[None]
    y = F.prelu(moved, a.reshape(-1))
    return y.movedim(1, axis) if x.ndim > 1 else y[0]


ROWS = {
    "relu": Row(
        function=nn.relu,
        torch=lambda x: torch.relu(x),
        calls=each_shape(),
        orders=2,
        limits=([0, 0, 0, 0, 0, 1e-30, 50, 1000, 1e30], [0, 0, 0, 0, 0, 1, 1, 1, 1]),
    ),
    "relu6": Row(
        function=nn.relu6,
        torch=lambda x: F.relu6(x),
        calls=each_shape(),
        orders=2,
        limits=([0, 0, 0, 0, 0, 1e-30, 6, 6, 6], [0, 0, 0, 0, 0, 1, 0, 0, 0]),
    ),
    "leaky_relu": Row(
        function=nn.leaky_relu,
        torch=lambda x, **params: F.leaky_relu(x, **params),
        calls=each_shape({}, {"negative_slope": 0.2}, {"negative_slope": 2.0}),
        orders=2,
        limits=([-1e28, -10, -0.5, -1e-32, 0, 1e-30, 50, 1000, 1e30], [0.01, 0.01, 0.01, 0.01, 0.01, 1, 1, 1, 1]),
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
    "elu": Row(
        function=nn.elu,
        torch=lambda x, **params: F.elu(x, **params),
        calls=each_shape({}, {"alpha": 0.5}),
        limits=([-1, -1, -1, -1e-30, 0, 1e-30, 50, 1000, 1e30], [0, 0, 0, 1, 1, 1, 1, 1, 1]),
    ),
    "selu": Row(
        function=nn.selu,
        torch=lambda x: torch.selu(x),
        calls=each_shape(),
        limits=(
            [-B, -B, -B, -B * 1e-30, 0, A * 1e-30, 50 * A, 1000 * A, 1e30 * A],
            [0, 0, 0, B, B, A, A, A, A],
        ),
    ),
    "gelu": Row(
        function=nn.gelu,
        torch=lambda x, **params: F.gelu(x, **params),
        calls=each_shape({}, {"approximate": "tanh"}),
        limits=([0, 0, 0, -5e-31, 0, 5e-31, 50, 1000, 1e30], [0, 0, 0, 0.5, 0.5, 0.5, 1, 1, 1]),
    ),
    "sigmoid": Row(
        function=nn.sigmoid,
        torch=lambda x: torch.sigmoid(x),
        calls=each_shape(),
        limits=([0, 0, E50, 0.5, 0.5, 0.5, 1, 1, 1], [0, 0, E50, 0.25, 0.25, 0.25, 0, 0, 0]),
    ),
    "softplus": Row(
        function=nn.softplus,
        torch=lambda x: F.softplus(x),
        calls=each_shape(),
        limits=([0, 0, E50, *[np.log(2)] * 3, 50, 1000, 1e30], [0, 0, E50, 0.5, 0.5, 0.5, 1, 1, 1]),
    ),
    "tanh": Row(
        function=nn.tanh,
        torch=lambda x: torch.tanh(x),
        calls=each_shape(),
        limits=([-1, -1, -1, -1e-30, 0, 1e-30, 1, 1, 1], [0, 0, 0, 1, 1, 1, 0, 0, 0]),
    ),
    "softmax": Row(function=nn.softmax, torch=lambda x, axis=-1: torch.softmax(x, axis), calls=ALONG),
    "log_softmax": Row(function=nn.log_softmax, torch=lambda x, axis=-1: torch.log_softmax(x, axis), calls=ALONG),
}
POINTWISE = {name: row for name, row in ROWS.items() if row.limits}  # those that see one number at a time
