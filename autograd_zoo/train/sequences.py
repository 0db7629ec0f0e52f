"""The tasks `sort` and `copy`: sequences that are drawn anew for each batch, so that none can be learned by heart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import numpy as np

from .. import data, models, nn
from ..engine.mode import fused
from .loop import Batch, Epoch, evaluation
from .task import Task

BATCHES = 100
FRESH = 2000
"""How many sequences a model is judged by."""


class Sequences(Task):
    """Read `length` symbols, then write them in order (`what` is "sort") or as they were ("copy")."""

    models: ClassVar = {"transformer": models.transformer}
    warmup, max_norm = 100, 1.0

    def __init__(
        self, what: str, *, seed: int, batch_size: int, steps: int | None, length: int = 8, symbols: int = 10
    ) -> None:
        self.data = f"{length} of {symbols} symbols to {what}"
        self.what, self.length, self.symbols = what, length, symbols
        self.batch_size, self.steps = batch_size, steps or BATCHES
        self.x, self.y = self.draw(FRESH, np.random.default_rng([seed, FRESH]))

    def draw(self, count: int, rng: np.random.Generator) -> tuple[Any, Any]:
        """Sequences, and what to write."""
        return data.sequences(self.what, count, rng=rng, length=self.length, symbols=self.symbols)

    def build(self, model: str, rng: np.random.Generator) -> nn.Module:
        """A model for these symbols."""
        return self.models[model](rng, self.symbols)

    def batches(self, rng: np.random.Generator) -> list[Any]:
        """Fresh sequences."""
        return [self.draw(self.batch_size, rng) for _ in range(self.steps)]

    def losses(self, model: nn.Module, batches: Iterable[Any]) -> Iterator[Batch]:
        """Softmax cross-entropy; an answer is right if all its symbols are."""
        model.train()
        for x, y in batches:
            with fused():
                scores = model(x)
                loss = nn.softmax_cross_entropy(scores, y)
            yield Batch(loss, int(np.sum(np.all(scores.argmax(-1) == y, axis=-1))), len(y))

    def describe(self) -> str:
        """How much there is."""
        return (
            f"{self.data}: {self.steps} batches of {self.batch_size} new sequences an epoch, of "
            f"{self.symbols**self.length:,} that there are; {FRESH:,} to test on"
        )

    def row(self, epoch: Epoch, model: nn.Module) -> str:
        """The loss, and the share of sequences without a mistake."""
        return f"loss {epoch.loss:.4f}  without a mistake {epoch.accuracy:7.2%}"

    def judge(self, model: nn.Module) -> Iterator[str]:
        """The share of fresh sequences without a mistake, and some of them."""
        with evaluation(model):
            written = model(self.x).argmax(-1)
        right = np.all(written == self.y, axis=-1)
        for x, answer, fits in list(zip(self.x, written, right, strict=True))[:4]:
            yield f"  {' '.join(map(str, x))}  →  {' '.join(map(str, answer))}  {'right' if fits else 'wrong'}"
        yield f"test sequences without a mistake {np.mean(right):.2%}"
