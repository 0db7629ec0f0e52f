"""The workloads by name, each made of its full size, or of a tiny one for a check of the gradients alone."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

from ..engines import Workload

FAMILIES = ("pointwise", "rows", "maps", "conv", "recurrent", "attention", "networks", "scalars", "others")


class Entry(NamedTuple):
    make: Callable[..., Workload]
    tiny: dict[str, Any]
    sizes: dict[str, Any]


WORKLOADS: dict[str, Entry] = {}


def workload(name: str, tiny: dict[str, Any], **sizes: Any) -> Callable[[Callable[..., Workload]], Callable[..., Any]]:
    """Enter a function that makes a workload of these sizes, or of tiny ones in their place."""

    def enter(make: Callable[..., Workload]) -> Callable[..., Workload]:
        WORKLOADS[name] = Entry(make, tiny, sizes)
        return make

    return enter


def full(name: str) -> Workload:
    entry = WORKLOADS[name]
    return entry.make(**entry.sizes)


def tiny(name: str) -> Workload:
    entry = WORKLOADS[name]
    return entry.make(**{**entry.sizes, **entry.tiny})


def normal(seed: int, *shapes: tuple[int, ...]) -> list[np.ndarray[Any, Any]]:
    """Arrays of standard normal float32 numbers."""
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape, dtype=np.float32) for shape in shapes]


for family in FAMILIES:
    import_module(f".{family}", __name__)
