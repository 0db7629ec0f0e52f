"""What optimizers, schedules and clipping ask of their arguments."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
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


def grouped(params: Any, settings: Mapping[str, Any]) -> tuple[Any, list[dict[str, Any]]]:
    """Parameters, and for each what its group sets otherwise; where there are no groups nothing is."""
    if isinstance(params, (Tensor, str, Mapping)) or not isinstance(params, Iterable):
        return params, []
    params = list(params)
    groups = [group for group in params if isinstance(group, Mapping)]
    if not groups:
        return params, [{} for _ in params]
    if len(groups) < len(params):
        raise TypeError("params must be Tensors or groups, not both: put the others into a group, {'params': [...]}")
    found: list[Any] = []
    own: list[dict[str, Any]] = []
    for k, group in enumerate(groups):
        if "params" not in group:
            raise ValueError(f"group {k} has no 'params': write {{'params': [...], 'lr': 0.01}}")
        mine = [group["params"]] if isinstance(group["params"], Tensor) else list(group["params"])
        more = {name: value for name, value in group.items() if name != "params"}
        if unknown := sorted(more.keys() - settings.keys()):
            raise ValueError(
                f"group {k} sets {printable(', '.join(map(str, unknown)))}; known are {', '.join(sorted(settings))}"
            )
        found += mine
        own += [dict(more) for _ in mine]
    return found, own


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
                'Groups with settings of their own are dicts: {"params": [...], "lr": 0.01}'
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
