"""What a task is: data, a loss for each batch of them, and what to say about it in lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar

import numpy as np

from .. import nn
from .loop import Batch, Epoch, Training

Build = Callable[..., nn.Module]


class Task:
    """Something to learn. A subclass has the data, and says how well a model has learned."""

    models: ClassVar[Mapping[str, Build]]
    """Functions `name(rng, ...) -> Module`, by the names that the command line has for them."""
    warmup: ClassVar[int] = 0
    max_norm: ClassVar[float | None] = None

    data: str
    """Which data these are: trainings that differ in it are not continued by one another."""

    def start(self, model: str, seed: int, lr: float) -> Training:
        """A new model, and all that is needed to train it, drawn by one generator."""
        rng = np.random.default_rng(seed)
        return Training(self.build(model, rng), rng, lr=lr, warmup=self.warmup, max_norm=self.max_norm)

    def build(self, model: str, rng: np.random.Generator) -> nn.Module:
        """The model of this name."""
        return self.models[model](rng)

    def batches(self, rng: np.random.Generator) -> list[Any]:
        """The batches of one epoch."""
        raise NotImplementedError

    def losses(self, model: nn.Module, batches: Iterable[Any]) -> Iterator[Batch]:
        """What the model makes of each batch in turn."""
        raise NotImplementedError

    def describe(self) -> str:
        """What there is to learn from, and what to compare with: the end of a line, and more lines."""
        raise NotImplementedError

    def row(self, epoch: Epoch, model: nn.Module) -> str:
        """What an epoch came to, in a line."""
        raise NotImplementedError

    def judge(self, model: nn.Module) -> Iterator[str]:
        """How good the model is on data it has not seen, in lines."""
        raise NotImplementedError
