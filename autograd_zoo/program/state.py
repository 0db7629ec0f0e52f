"""What modules keep (running statistics) and draw from (generators), while a function is run for a recording."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np

from ..engine.mode import switched
from ..engine.tensor import Tensor
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
        self.lazy: list[tuple[Any, str, Any]] = []  # module, attribute, None or a dict: what a first call may fill
        self.drawn: dict[np.random.Generator, Any] = {}

    def found(self, module: Any) -> None:
        """Remember what a module holds."""
        path = self.modules[module]
        for key, value in vars(module).items():
            if isinstance(value, np.ndarray):
                self.arrays.append((module, key, f"{path}.{key}" if path else key, value))
                self.copies.append(value.copy())
            elif value is None or type(value) is dict:
                self.lazy.append((module, key, None if value is None else dict(value)))
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

    def filled(self) -> bool:
        """Whether a call has put arrays where there was nothing: a cache, or a state."""
        return any(self._new(*row) for row in self.lazy)

    def emptied(self) -> None:
        """Take them away: each run fills its caches itself."""
        for module, key, before in self.lazy:
            for new in self._new(module, key, before):
                if new is None:
                    setattr(module, key, None)
                else:
                    del getattr(module, key)[new]

    @staticmethod
    def _new(module: Any, key: str, before: Any) -> list[Any]:
        """The keys of a dict that a call has filled with arrays; None for an attribute."""
        now = getattr(module, key, None)
        if before is None:
            return [None] if isinstance(now, (np.ndarray, np.generic, Value)) else []
        filled = now.items() if type(now) is dict else ()
        return [k for k, x in filled if k not in before and isinstance(x, (np.ndarray, np.generic, Tensor, Value))]

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
