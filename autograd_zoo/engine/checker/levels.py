"""What is differentiated at each order: the function under check, then its weighted gradients, and so on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..sweep import gradient
from ..tensor import Array, Tensor

Function = Callable[..., Any]
DROWNED = 1e7  # times the values' rounding: changes that are smaller bend nothing, or rounding would bend it as much


class NotRecorded(Exception):
    """A rule that cannot be fed Tensors; the cause says why."""


class Level:
    """What is differentiated at one order: f itself, or the gradients of the level below, weighted into one number."""

    def __init__(self, f: Function, xs: Sequence[Array], rng: np.random.Generator, below: Level | None = None) -> None:
        self.f, self.xs, self.below = f, list(xs), below
        self.leaves = [Tensor(x) for x in xs]
        self.outputs = self.record(self.leaves)
        self.center = flat(self.outputs)
        # The weights are transposed in memory: a rule must not read its cotangent as it lies there.
        self.weights = [np.asarray(rng.uniform(0.5, 1.5, y.shape[::-1])).T for y in self.outputs]
        self.flat_weights = np.concatenate([np.ravel(w) for w in self.weights] or [np.zeros(0)])
        self.eps = max((float(np.finfo(y.dtype).eps) for y in self.outputs), default=0.0)
        self.bend = 0.0

    def record(self, leaves: list[Tensor]) -> list[Tensor]:
        """The outputs, recorded."""
        if self.below is None:
            y = self.f(*leaves)
            if not isinstance(y, Tensor):
                raise TypeError(f"the function under check must return a Tensor, got {type(y).__name__}")
            return [y]
        total = self.below.total(leaves)
        try:
            return gradient(total, leaves, create_graph=True, allow_unused=True)
        except Exception as error:
            raise NotRecorded from error

    def values(self, *xs: Array) -> Array:
        """The outputs' values at other points, from a plain sweep."""
        leaves = [Tensor(x) for x in xs]
        if self.below is None:
            return flat(self.record(leaves))
        return flat(gradient(self.below.total(leaves), leaves, allow_unused=True))

    def total(self, leaves: list[Tensor]) -> Tensor:
        """The outputs' changes, weighted, summed, and bent: then their cotangent depends on x, as a rule must know."""
        at = np.split(self.center, np.cumsum([y.size for y in self.outputs])[:-1])
        sums: Any = 0.0
        for y, w, c in zip(self.record(leaves), self.weights, at, strict=True):
            sums = sums + ((y - c.reshape(y.shape)) * w).sum()
        return sums + self.bend * sums * sums  # type: ignore[no-any-return]

    def bend_by(self, gradients: list[Array]) -> None:
        """Let the total bend so much that its second derivatives are of the size of the outputs' own."""
        scale = sum(float(np.abs(g * x).sum()) for g, x in zip(gradients, self.xs, strict=True))
        scale = scale or sum(float(np.abs(g).sum()) for g in gradients)
        scale = max(scale, DROWNED * self.eps * float(np.abs(self.flat_weights) @ np.abs(self.center)))
        self.bend = 0.25 / scale if 1e-300 < scale < np.inf else 0.0

    def sweep(self, cotangent: Array) -> list[Array]:
        """The tape's gradients for one cotangent of all outputs."""
        parts = np.split(cotangent, np.cumsum([y.size for y in self.outputs])[:-1])
        found = [np.zeros(x.shape) for x in self.xs]
        for y, part in zip(self.outputs, parts, strict=True):
            if part.any() or self.below is None:
                # Straight into the sweep, through no operation that may be the one under check; transposed in memory.
                c = np.array(part.reshape(y.shape).T, order="C").T
                pulled = gradient(y, self.leaves, c, allow_unused=True)
                found = pulled if len(self.outputs) == 1 else [a + b for a, b in zip(found, pulled, strict=True)]
        return found


def flat(ys: Sequence[Any]) -> Array:
    """All values in one row, in float64."""
    return np.concatenate([np.ravel(y.data if isinstance(y, Tensor) else y) for y in ys] or [np.zeros(0)]).astype(float)
