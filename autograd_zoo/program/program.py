"""The program: a recorded function, which can be printed, replayed, saved and loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .data import Recorded
from .replay import replay
from .store import load, save


class Program(Recorded):
    """A function recorded as data; made by `az.record`.

    Attributes
    ----------
    leaves, given : tuples of Input
    instructions : tuple of Instruction, each after what it needs
    outputs : dict from a name to its number, in the order of the results
    """

    def replay(self, xp: Any = np, rows: Mapping[str, Callable[..., Any]] | None = None) -> Callable[..., Any]:
        """The program as a function of arrays of another engine; see `autograd_zoo.program.replay.replay`."""
        return replay(self, xp, rows)

    def save(self, path: str | Path) -> None:
        """Write the program to a file; see `autograd_zoo.program.store.save`."""
        save(self, path)

    @staticmethod
    def load(path: str | Path) -> Program:
        """Read a program from a file; see `autograd_zoo.program.store.load`."""
        return Program(**vars(load(path)))
