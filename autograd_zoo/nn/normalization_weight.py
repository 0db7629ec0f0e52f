"""Weight Normalization: a function of weights, and a module around a module."""

from __future__ import annotations

import os
from threading import RLock
from typing import Any

import numpy as np

from ..closed_form import normalization as cf
from ..engine.around import quiet
from ..engine.rules import label
from ..engine.text import printable
from .fusion import fused_by, requiring
from .module import Module, Parameter, named, require
from .normalization import floats
from .places import former

_LENT = RLock()  # while a wrapped module holds the weights of one call, no other thread may call it


def _lent_to_nobody() -> None:
    """In a process that was just forked no other thread is left that could give the lock back."""
    global _LENT
    _LENT = RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_lent_to_nobody)


def _fits(v: Any, g: Any, *, axis: int | None = 0) -> None:
    v = floats("weight_norm: v", v)
    require(
        axis is None or -v.ndim <= axis < v.ndim,
        f"weight_norm: v of shape {v.shape} has no axis {axis}; None takes one norm for all of v",
    )
    shape = () if axis is None else (v.shape[axis],)
    require(
        np.shape(g) == shape, f"weight_norm: g of shape {np.shape(g)} must have shape {shape}, one length for each norm"
    )


weight_norm = fused_by(cf.weight_norm_dv, cf.weight_norm_dg)(quiet(requiring(_fits)(cf.weight_norm)))


def _norm(v: Any, axis: int | None) -> Any:
    """‖v‖ over all axes but `axis`, which stay with length 1."""
    return np.sqrt(np.sum(v * v, axis=tuple(k for k in range(v.ndim) if k != axis), keepdims=True))


class WeightNorm(Module):
    """W = g v/‖v‖ for a parameter W of any module, which then has g and v in its place; see `weight_norm`.

    At first W is what it was. Between calls the module has no W: it is computed anew for each call.

    Raises: ValueError naming the parameters that the module has, if `name` is not among them.

    Parameters
    ----------
    module : Module
        what is called
    name : str
        of a parameter of the module, or of one inside it: "W", "0.W" of a Sequential
    axis : int, optional
        W has one length for each index along it; None for a single one

    Attributes
    ----------
    module : Module
    v : Parameter, the shape of W
    g : Parameter, shape (n,), n the length of W along `axis`, or () for None

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> layer = az.nn.WeightNorm(az.nn.Linear(3, 2))
    >>> layer(np.ones((5, 3))).shape
    (5, 2)
    >>> [name for name, p in layer.named_parameters()]
    ['v', 'g', 'module.b']
    """

    def __init__(self, module: Module, name: str = "W", axis: int | None = 0) -> None:
        if not isinstance(module, Module):
            raise TypeError(f"WeightNorm takes a module, got {module!r}")
        path, _, key = (name := former(module).get(name, name)).rpartition(".")
        owner = dict(module.named_modules()).get(path)
        W = getattr(owner, key, None)
        if not isinstance(W, Parameter):
            known = ", ".join(printable(path) for path, _ in module.named_parameters()) or "none"
            raise ValueError(f"WeightNorm: {label(type(module))} has no parameter {name!r}; it has {known}")
        if axis is not None and not -W.ndim <= axis < W.ndim:
            raise ValueError(
                f"WeightNorm: {printable(name)} of shape {W.shape} has no axis {axis}; None takes one norm for all"
            )
        self.module, self.name, self.axis = module, name, None if axis is None else axis % W.ndim
        self.v = Parameter(W.data)
        norm = _norm(W.data.astype(np.float64), self.axis).astype(W.dtype)
        self.g = Parameter(np.reshape(norm, () if axis is None else -1))
        setattr(owner, key, None)

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """Call the module with W = g v/‖v‖."""
        path, _, key = self.name.rpartition(".")
        owner = dict(self.module.named_modules())[path]
        W = named(weight_norm(self.v, self.g, axis=self.axis), key)
        with _LENT:
            try:
                setattr(owner, key, W)
                return self.module(*inputs, **kwargs)
            finally:
                setattr(owner, key, None)
