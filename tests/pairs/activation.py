"""Activations."""

from __future__ import annotations

import numpy as np
from pytorch import torch

from autograd_zoo import nn

from .pair import Pair, Row, apart, choice, shape


def _pointwise(name, called="", orders=2, stretch=1.0, **settings):
    """An activation that sees one number at a time."""

    def draw(rng):
        params = {key: choice(rng, *values) for key, values in settings.items()}
        x = np.asarray(stretch * apart(rng, *shape(rng)))
        return Pair(getattr(nn, name)(**params), lambda: getattr(torch.nn, called or name)(**params), (x,))

    return Row(draw, called or name, orders, varied=" ".join(settings))


def _hardsigmoid(rng):
    x = np.asarray(2.7 * apart(rng, *shape(rng)))
    return Pair(nn.Hardsigmoid(), lambda: lambda x: torch.nn.functional.relu6(x + 3) / 6, (x,))  # whose 1/6 is a double


def _halved(rng):
    along = [2 * n if i == 0 else n for i, n in enumerate(shape(rng, 1))]
    axis = int(rng.integers(len(along)))
    along[0], along[axis] = along[axis], along[0]
    return apart(rng, *along), axis - choice(rng, 0, len(along))


def _glu(rng):
    x, axis = _halved(rng)
    return Pair(nn.GLU(axis), lambda: torch.nn.GLU(axis), (x,))


def _swiglu(rng):
    x, axis = _halved(rng)

    def theirs(x):
        a, b = x.chunk(2, axis)
        return torch.nn.functional.silu(a) * b

    return Pair(nn.SwiGLU(axis), lambda: theirs, (x,))


ROWS = {
    "LogSigmoid": _pointwise("LogSigmoid"),
    "Mish": _pointwise("Mish"),
    "SiLU": _pointwise("SiLU"),
    "Hardsigmoid": Row(_hardsigmoid, "Hardsigmoid", 1, "PyTorch (`relu6(x + 3) / 6`)"),
    "Hardswish": _pointwise("Hardswish", orders=1, stretch=2.7),
    "Softsign": _pointwise("Softsign"),
    "CELU": _pointwise("CELU", alpha=(1.0, 0.5, 2.0)),
    "GLU": Row(_glu, "GLU", varied="axis"),
    "SwiGLU": Row(_swiglu, "", oracle="PyTorch (`silu(a) * b`)", varied="axis"),
}
