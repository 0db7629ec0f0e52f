"""Training: one loop for every model, an epoch at a time, and the models that the command line trains."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import data, nn, optim
from .engine.mode import no_grad
from .engine.tensor import Array


@dataclass(frozen=True)
class Epoch:
    """What one pass over the training data came to."""

    number: int
    loss: float
    """Mean loss over the epoch's batches, while the parameters moved."""
    accuracy: float
    """Share of the training samples that were classified rightly, likewise."""


def mlp(rng: np.random.Generator) -> nn.Sequential:
    """A multi-layer perceptron for the digits: 64 → 64 → 10, with ReLU between."""
    return nn.Sequential(nn.Linear(64, 64, rng=rng), nn.ReLU(), nn.Linear(64, 10, rng=rng))


MODELS: dict[str, Callable[[np.random.Generator], nn.Module]] = {"mlp": mlp}


def train(
    model: nn.Module,
    X: Array,
    y: Array,
    *,
    epochs: int,
    rng: np.random.Generator,
    batch_size: int = 16,
    lr: float = 3e-3,
    progress: Callable[[Iterable[Any]], Iterable[Any]] = iter,
) -> Iterator[Epoch]:
    """Train a classifier with Adam on softmax cross-entropy, and report after each epoch.

    Parameters
    ----------
    model : Module
        from a batch of X to scores, one for each class
    X, y : arrays
        samples, and their integer labels
    progress : callable
        wraps the batches of an epoch, for a progress bar

    Yields
    ------
    Epoch
    """
    optimizer = optim.Adam(model.parameters(), lr=lr)
    for number in range(1, epochs + 1):
        losses, right = [], 0
        for inputs, labels in progress(list(data.batches(X, y, batch_size, rng=rng))):
            scores = model(inputs)
            loss = nn.softmax_cross_entropy(scores, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            right += int(np.sum(scores.argmax(-1) == labels))
        yield Epoch(number, float(np.mean(losses)), right / len(y))


def accuracy(model: nn.Module, X: Array, y: Array) -> float:
    """The share of samples that the model, in evaluation mode, classifies rightly."""
    training = [(module, module.training) for module in model.modules()]
    try:
        with no_grad():
            right = model.eval()(X).argmax(-1) == y
    finally:
        for module, mode in training:
            module.training = mode
    return float(np.mean(right))
