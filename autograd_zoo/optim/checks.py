"""What optimizers, schedules and clipping ask of their arguments."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Real
from typing import Any

from autograd_zoo.engine.tensor import Tensor
from autograd_zoo.engine.text import printable


def number(name: str, value: Any, low: float = 0.0, high: float = math.inf) -> float:
    """`value` as a Python float (a NumPy scalar would turn float32 into float64), if low <= value < high."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, got {value!r} of type {type(value).__name__}")
    found = float(value)
    if not low <= found < high:
        raise ValueError(f"{name} must lie in [{low:g}, {high:g}), got {value!r}")
    return found


def count(name: str, value: Any, low: int = 1) -> int:
    """`value`, if it is a whole number of at least `low`."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} must be a whole number, got {value!r} of type {type(value).__name__}")
    if value < low:
        raise ValueError(f"{name} must be at least {low}, got {value!r}")
    return int(value)


def leaves(params: Iterable[Tensor]) -> list[Tensor]:
    """`params` as a list, if they are different leaves of the tape."""
    if isinstance(params, (Tensor, str)) or not isinstance(params, Iterable):
        raise TypeError(
            f"params must be a list of Tensors, got {type(params).__name__}; "
            "pass module.parameters(), or [w, b] for single Tensors"
        )
    params = list(params)
    if not params:
        raise ValueError("params is empty, so there is nothing to train; does the module have parameters?")
    for k, p in enumerate(params):
        if not isinstance(p, Tensor):
            raise TypeError(
                f"params[{k}] must be a Tensor, got {type(p).__name__}; wrap an array as az.Tensor(array). "
                "For groups with different settings make one optimizer for each group"
            )
        if p.op is not None:
            raise ValueError(
                f"{label(k, p)} is the result of an operation, not a leaf, so moving it trains nothing; "
                "pass the leaves it was computed from, or make it a leaf with p.detach()"
            )
    positions = {id(p): k for k, p in reversed(list(enumerate(params)))}
    for k, p in enumerate(params):
        if positions[id(p)] != k:
            raise ValueError(
                f"{label(k, p)} is also params[{positions[id(p)]}]: one step would move it twice; pass it once"
            )
    return params


def label(k: int, p: Tensor) -> str:
    """How errors call the parameter number k."""
    return f"params[{k}]" + (f" ({printable(p.name)})" if p.name else "")
