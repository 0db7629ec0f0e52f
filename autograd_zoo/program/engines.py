"""What a program can be replayed with: NumPy, JAX, PyTorch, and any other namespace of the array API standard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .names import numpy_function, operations
from .native import JaxRows, Torch, TorchRows
from .portable import Rows

Row = Callable[..., Any]


class Engine(NamedTuple):
    """The rows of an engine, and how a recorded array becomes one of its own."""

    name: str
    rows: Callable[[str], Row | None]
    lift: Callable[[Any], Any]


def engine_of(xp: Any) -> Engine:
    """The engine of a namespace."""
    if not hasattr(xp, "__name__"):
        raise TypeError(f"replay takes a module, numpy, jax.numpy or torch: got {xp!r}")
    name = xp.__name__.partition(".")[0]
    if xp is np:
        known = operations()
        return Engine(name, lambda op: known.get(op) or numpy_function(op), lambda a: a)
    if name == "torch":
        rows: Rows = TorchRows(Torch(xp), lambda a: xp.from_numpy(np.array(a)))
    else:
        rows = (JaxRows if name == "jax" else Rows)(xp, xp.asarray)
    return Engine(name, rows, rows.lift)
