"""The task `digits`: handwritten digits, of which a fifth is held out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, ClassVar

import numpy as np

from .. import data, models, nn
from .loop import Batch, Epoch, accuracy, classified
from .task import Task


class Digits(Task):
    """Which digit an image of 8 × 8 pixels shows."""

    models: ClassVar = {"mlp": models.mlp, "cnn": models.cnn, "vgg": models.vgg, "resnet": models.resnet}
    warmup = 100

    def __init__(self, *, seed: int, batch_size: int, steps: int | None) -> None:
        self.data = f"digits, split by seed {seed}"
        self.batch_size, self.steps = batch_size, steps
        self.X, self.y = data.digits("train", images=True, seed=seed, dtype=np.float32)
        self.test = data.digits("test", images=True, seed=seed, dtype=np.float32)

    def batches(self, rng: np.random.Generator) -> list[Any]:
        """All images in a new order, or the first `steps` batches of it."""
        return list(islice(data.batches(self.X, self.y, self.batch_size, rng=rng), self.steps))

    def losses(self, model: nn.Module, batches: Iterable[Any]) -> Iterator[Batch]:
        """Softmax cross-entropy."""
        return classified(model, batches)

    def describe(self) -> str:
        """How many digits there are."""
        return f"{len(self.y):,} digits to train on, {len(self.test[1])} to test on"

    def row(self, epoch: Epoch, model: nn.Module) -> str:
        """The loss and the accuracy on what was trained on."""
        return f"loss {epoch.loss:.4f}  accuracy {epoch.accuracy:6.2%}"

    def judge(self, model: nn.Module) -> Iterator[str]:
        """The accuracy on what was held out."""
        yield f"test accuracy {accuracy(model, *self.test):.2%}"
