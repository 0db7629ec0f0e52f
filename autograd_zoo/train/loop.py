"""The loop: a model, what moves it, and all that must be kept to go on later as if it had never stopped."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .. import data, nn, optim
from ..engine.assign import assign, during
from ..engine.mode import fused, switched
from ..engine.tensor import Array, Tensor

Progress = Callable[[Iterable[Any]], Iterable[Any]]


class Batch(NamedTuple):
    """What a model made of one batch."""

    loss: Tensor
    right: int
    """How many answers were right,"""
    answers: int
    """... of how many."""


@dataclass(frozen=True)
class Epoch:
    """What one pass over the training data came to."""

    number: int
    loss: float
    """Mean loss over the epoch's batches, while the parameters moved."""
    accuracy: float
    """Share of the answers that were right, likewise."""


class Diverged(ArithmeticError):
    """The loss is no number any more; no step was made from it."""


class Training:
    """A model that is being trained by Adam, epoch after epoch.

    The learning rate rises for `warmup` batches, and then falls as 1/√(1 + t / warmup). It does not depend on how many
    epochs there will be: so two epochs, and two more after a break, are four epochs, to the bit.

    Parameters
    ----------
    model : Module
    rng : numpy.random.Generator
        which drew the parameters, and will draw the batches: it is kept with the rest
    lr : float
        the highest learning rate
    warmup : int
        0 for a learning rate that stays
    max_norm : float, optional
        to which the gradients of a batch are clipped

    Attributes
    ----------
    epochs : int
        how many are complete
    """

    def __init__(
        self,
        model: nn.Module,
        rng: np.random.Generator,
        *,
        lr: float = 3e-3,
        warmup: int = 0,
        max_norm: float | None = None,
    ) -> None:
        self.model, self.rng, self.max_norm, self.epochs = model, rng, max_norm, 0
        self.optimizer = optim.Adam(model.parameters(), lr=lr)
        self.schedule = optim.Scheduler(self.optimizer, rate(warmup))

    def epoch(self, batches: Iterable[Batch]) -> Epoch:
        """Make a step for each batch; a generator of batches sees the model as the steps before have left it.

        Raises
        ------
        Diverged
            if a loss is not finite
        """
        losses, right, answers = [], 0, 0
        for batch in batches:
            losses.append(batch.loss.item())
            if not math.isfinite(losses[-1]):
                raise Diverged(
                    f"the loss of batch {len(losses)} of epoch {self.epochs + 1} is {losses[-1]}: training has "
                    f"diverged; take a learning rate below {self.schedule.base_lr:g}"
                )
            self.optimizer.zero_grad()
            batch.loss.backward(retain_graph=False)
            if self.max_norm is not None:
                optim.clip_grad_norm(self.optimizer.params, self.max_norm)
            self.optimizer.step()
            self.schedule.step()
            right, answers = right + batch.right, answers + batch.answers
        self.epochs += 1
        return Epoch(self.epochs, float(np.mean(losses)), right / answers)

    def state_dict(self) -> dict[str, Any]:
        """Everything that moves: parameters, buffers, the optimizer's memory, the schedule, epochs, and the generator.

        `az.io.save` can write it; the settings of the constructor are not part of it.
        """
        parts = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}
        return {
            **{f"{part}.{name}": value for part, state in parts.items() for name, value in state.items()},
            "steps": self.schedule.t,
            "epochs": self.epochs,
            "rng": generator_state(self.rng),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where `state` was taken, with this learning rate; all of it, or an error and no change.

        Raises
        ------
        ValueError
            if it was taken from another model, or is incomplete
        """
        missing = {"steps", "epochs", "rng"} - state.keys()
        if missing:
            raise ValueError(f"the state of a training has {', '.join(sorted(missing))}, which is missing here")
        optimizer = self.optimizer._loading(_part(state, "optimizer"))
        schedule = self.schedule._loading({"t": _count(state, "steps"), "base_lr": self.schedule.base_lr})
        assign(
            [
                *self.model._loading(_part(state, "model")),
                *optimizer,
                *schedule,
                (self.rng.bit_generator, "state", _generator_state(state["rng"])),
                (self, "epochs", _count(state, "epochs")),
            ]
        )


def rate(warmup: int) -> Callable[[int, float], float]:
    """The learning rate at step t: η₀ times a line from 0.1 to 1 within the warm-up, then 1/√(1 + t/warmup)."""
    if not warmup:
        return lambda t, base: base

    def fall(t: int, base: float) -> float:
        return base / math.sqrt(1.0 + t / warmup)

    return lambda t, base: optim.schedule.linear_warmup(t, base, total_iters=warmup, start_factor=0.1, then=fall)


def _count(state: Mapping[str, Any], name: str) -> int:
    value = np.asarray(state[name])
    if value.shape or value.dtype.kind not in "iu" or value < 0:
        raise ValueError(f"{name} must be one whole number of at least 0, got {value!r}")
    return int(value)


def _part(state: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {key.removeprefix(f"{prefix}."): value for key, value in state.items() if key.startswith(f"{prefix}.")}


WORD = 2**64


def generator_state(rng: np.random.Generator) -> Array:
    """The state of a generator that `np.random.default_rng` made, as six 64-bit numbers."""
    state: Any = rng.bit_generator.state
    if state["bit_generator"] != "PCG64":
        raise TypeError(f"only generators of np.random.default_rng can be stored (PCG64), got {state['bit_generator']}")
    inner = state["state"]
    words = (*divmod(inner["state"], WORD), *divmod(inner["inc"], WORD), state["has_uint32"], state["uinteger"])
    return np.array(words, np.uint64)


def set_generator_state(rng: np.random.Generator, words: Array) -> None:
    """Let `rng` draw what the generator that the words were taken from would have drawn."""
    rng.bit_generator.state = _generator_state(words)


def _generator_state(words: Array) -> dict[str, Any]:
    """What a generator of NumPy calls the state that the words say."""
    if np.shape(words) != (6,) or np.asarray(words).dtype != np.uint64:
        raise ValueError(
            f"the state of a generator is uint64[6], got {np.asarray(words).dtype}{list(np.shape(words))}; "
            "it is what generator_state(rng) returns"
        )
    state, low_state, inc, low_inc, has, rest = (int(word) for word in words)
    if has > 1 or rest >= 2**32 or not low_inc % 2:
        raise ValueError(f"these are no words of a generator's state: {[int(word) for word in words]}")
    inner = {"state": state * WORD + low_state, "inc": inc * WORD + low_inc}
    return {"bit_generator": "PCG64", "state": inner, "has_uint32": has, "uinteger": rest}


# ---- classifiers --------------------------------------------------------------------------------------------------


def classified(model: nn.Module, batches: Iterable[tuple[Array, Array]]) -> Iterator[Batch]:
    """The model's softmax cross-entropy on pairs (X, y) of samples and labels, while training."""
    model.train()
    for inputs, labels in batches:
        with fused():
            scores = model(inputs)
            loss = nn.softmax_cross_entropy(scores, labels)
        yield Batch(loss, int(np.sum(scores.argmax(-1) == labels)), labels.size)


def train(
    model: nn.Module,
    X: Array,
    y: Array,
    *,
    epochs: int,
    rng: np.random.Generator,
    batch_size: int = 16,
    lr: float = 3e-3,
    progress: Progress = iter,
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
    training = Training(model, rng, lr=lr)
    for _ in range(epochs):
        yield training.epoch(classified(model, progress(list(data.batches(X, y, batch_size, rng=rng)))))


def accuracy(model: nn.Module, X: Array, y: Array) -> float:
    """The share of samples that the model, in evaluation mode, classifies rightly."""
    with evaluation(model):
        return float(np.mean(model(X).argmax(-1) == y))


def evaluation(model: nn.Module) -> AbstractContextManager[None]:
    """Evaluation mode, fused, and no tape, in the body; afterwards each module has the mode it had."""
    numbers = switched(recording=False, fused=True)
    return during([(vars(module), "training", False) for module in model.modules()], numbers)
