"""What modules keep (running statistics) and draw from (generators), while a function is run for a recording."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np

from ..engine.mode import switched
from ..engine.values import TRACE
from .trace import Run
from .traced import Value

R = TypeVar("R", bound=Run)


class State(Run):
    """A run that remembers the arrays and generators of all modules as they were before their first call."""

    def __init__(self) -> None:
        super().__init__()
        self.arrays: list[tuple[Any, str, str, Any]] = []  # module, attribute, path, array
        self.copies: list[Any] = []  # of the arrays, for f may write into one
        self.drawn: dict[np.random.Generator, Any] = {}

    def found(self, module: Any) -> None:
        """Remember what a module holds."""
        path = self.modules[module]
        for key, value in vars(module).items():
            if isinstance(value, np.ndarray):
                self.arrays.append((module, key, f"{path}.{key}" if path else key, value))
                self.copies.append(value.copy())
            elif isinstance(value, np.random.Generator) and value not in self.drawn:
                self.drawn[value] = value.bit_generator.state

    @contextmanager
    def restored(self, run: R) -> Iterator[R]:
        """Run the body under `run`; in the end all is as it was."""
        token = TRACE.set(run)
        try:
            with switched(fused=False, recording=True):
                yield run
        finally:
            TRACE.reset(token)
            for (module, key, _, array), copy in zip(self.arrays, self.copies, strict=True):
                setattr(module, key, array)
                if array.flags.writeable:
                    array[...] = copy
            for generator, state in self.drawn.items():
                generator.bit_generator.state = state

    def traced(self) -> list[Value]:
        """Let the modules hold traced values, which the program takes as inputs."""
        held = [Value(array, name=path) for _, _, path, array in self.arrays]
        for (module, key, _, _), value in zip(self.arrays, held, strict=True):
            setattr(module, key, value)
        return held

    def moved(self) -> dict[str, Any]:
        """What the modules hold now, where it is something else than before, by its path."""
        now = {path: (getattr(module, key), before) for module, key, path, before in self.arrays}
        return {
            path: a
            for path, (a, before) in now.items()
            if a is not before and not (isinstance(a, Value) and a.op is None)
        }
