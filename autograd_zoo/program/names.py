"""One name for each operation that a program can hold: `np.tanh`, `np.linalg.inv`, `az.windows`, and the way back."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from ..engine.at import getitem, put
from ..engine.functions import CONSTANT
from ..engine.rules import RULES
from ..engine.tensor import cast
from .traced import ACTING, identity, part_of

Operation = Callable[..., Any]

VERSION = 1  # of the meaning of the names below, which a file states
SPACES: dict[str, Any] = {"np": np, "np.linalg": np.linalg, "np.fft": np.fft}
SCIPY = "scipy.special"  # whose ufuncs have rules, if somebody imports it
OURS: tuple[Operation, ...] = (getitem, put, cast, identity, part_of)  # recorded, without being in the table of rules


def name_of(op: Operation) -> str:
    """What an operation is called in a program; one of a user has its module and its name, "mine:cube"."""
    short = getattr(op, "__name__", str(op))
    for space, module in (SPACES | {SCIPY: sys.modules.get(SCIPY)}).items():
        if getattr(module, short, None) is op:
            return f"{space}.{short}"
    module = getattr(op, "__module__", None) or "?"
    package, _, rest = module.partition(".")
    if package != __name__.partition(".")[0]:
        return f"{module}:{short}"
    return f"nn.{short}" if rest.startswith("nn.") else f"az.{short}"


def operations() -> dict[str, Operation]:
    """The operations by their names: all that have a rule, and NumPy's functions whose result is plain."""
    return {name_of(op): op for op in (*OURS, *RULES, *CONSTANT)}


@cache
def numpy_function(name: str) -> Operation | None:
    """NumPy's function of a name: plain values go through any that only computes. Files are strangers' until read."""
    space, _, short = name.rpartition(".")
    module = SPACES.get(space)
    if space == SCIPY:
        with suppress(ImportError):
            module = import_module(SCIPY)
    f: Any = getattr(module, short, None)
    dispatched = isinstance(f, np.ufunc) or hasattr(f, "_implementation")
    return f if dispatched and short not in ACTING and not short.startswith("_") else None
