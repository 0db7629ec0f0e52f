"""Rows of the elementwise and group families."""

from __future__ import annotations

from pytorch import torch

from autograd_zoo import nn

from .case import SHAPES, Row, away, call, drawn, switches

TWICE = [call(*drawn(shape, shape)) for shape in SHAPES]
BROADCAST = [
    call(*drawn(a, b), of="function module torch") for a, b in [((3, 5), (5,)), ((2, 1, 4), (3, 1)), ((), (3,))]
]
AXES = [
    call(away(shape), axis=axis, keepdims=keepdims)
    for shape, axis in [
        *[((), None), ((4,), None), ((3, 5), 0), ((3, 5), -1), ((2, 3, 4), (0, 2)), ((2, 3, 4), (-1, 0))],
        *[((2, 3, 4), 1), ((2, 3, 4), None)],
    ]
    for keepdims in (False, True)
]

ROWS = {
    "add": Row(function=nn.add, torch=lambda a, b: a + b, calls=[*TWICE, *BROADCAST]),
    "multiply": Row(function=nn.multiply, torch=lambda a, b: a * b, calls=[*TWICE, *BROADCAST]),
    "sum": Row(
        function=nn.sum,
        torch=lambda x, axis=None, keepdims=False: torch.sum(x, axis, keepdims),
        calls=[*AXES, *(call(away(shape)) for shape in [(0,), (3, 0)])],
    ),
    "max": Row(
        function=nn.max,
        torch=lambda x, axis, keepdims: torch.amax(x, (*range(x.ndim),) if axis is None else axis, keepdims),
        calls=AXES,
        orders=2,
    ),
    "switch": Row(function=nn.switch, torch=lambda x, s: s * x, calls=[call(away(s), switches(s)) for s in SHAPES]),
}
