"""The task `text`: the character that comes next in Python's own help, of which the last tenth is held out."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import numpy as np

from .. import data, models, nn
from ..engine.mode import fused
from ..engine.tensor import Array, Tensor
from .loop import Batch, Epoch, evaluation
from .task import Task

BIT = math.log(2.0)
STREAMS = 32
"""How many parts of the held-out text are read side by side."""


class Text(Task):
    """The next character of English text.

    The text is cut into `batch_size` streams, which are read side by side, `window` characters at a time. The state at
    the end of a window is the first one of the next; the gradient stops there.
    """

    models: ClassVar = {"gru": models.gru, "lstm": models.lstm, "gpt": models.reader}
    warmup, max_norm = 100, 1.0

    def __init__(
        self,
        *,
        seed: int,
        batch_size: int,
        steps: int | None,
        window: int = 64,
        prompt: str = "The ",
        temperature: float = 0.7,
        sample: int = 400,
    ) -> None:
        self.seed, self.steps, self.window = seed, steps, window
        self.temperature, self.sample = temperature, sample
        self.text, self.alphabet = data.characters("train")
        self.streams = streams(self.text, batch_size)
        self.prompt = data.encode(prompt or "\n", self.alphabet)
        test, _ = data.characters("test")
        self.test = test[: (len(test) - 1) // STREAMS * STREAMS + 1]  # as much as the streams hold
        self.data = f"the help of Python, number {zlib.crc32(np.concatenate([self.text, test]).tobytes()):08x}"

    def build(self, model: str, rng: np.random.Generator) -> nn.Module:
        """A model for this alphabet."""
        return self.models[model](rng, len(self.alphabet))

    def batches(self, rng: np.random.Generator) -> list[Any]:
        """All windows in the order of the text, or the first `steps` of them.

        Where the first begins is drawn, so that a model which sees no further than its window sees others each time.
        """
        x, y = self.streams
        starts = range(int(rng.integers(self.window)), len(x), self.window)[: self.steps]
        return [(x[k : k + self.window], y[k : k + self.window]) for k in starts]

    def losses(self, model: nn.Module, batches: Iterable[Any]) -> Iterator[Batch]:
        """Softmax cross-entropy by fused modules, which take three quarters of the time."""
        model.train()
        state = None
        for x, y in batches:
            with fused():
                scores, state = model(x, state)
                loss = nn.softmax_cross_entropy(scores, y)
            state = detached(state)
            yield Batch(loss, int(np.sum(scores.argmax(-1) == y)), y.size)

    def held_out(self, model: nn.Module) -> float:
        """Bits that the model takes for a character of the held-out part."""
        x, y = streams(self.test, STREAMS)
        with evaluation(model):
            return float(nn.softmax_cross_entropy(model(x)[0], y).item()) / BIT

    def describe(self) -> str:
        """What tables of counts need for the characters that the model will be judged by."""
        K, test = len(self.alphabet), self.test
        rows = [
            f"  {name:<36}{data.bits(test, K, after=after):6.3f}"
            f"{data.bits(test, K, after=after, counted=self.text):14.3f}"
            for after, name in ((0, "unigrams: single characters"), (1, "bigrams: a character after another"))
        ]
        return "\n".join(
            (
                f"{len(self.text):,} characters to train on, {len(test):,} held out, {K} different ones",
                "bits per held-out character, by counts of   these  the training text",
                *rows,
            )
        )

    def row(self, epoch: Epoch, model: nn.Module) -> str:
        """Bits for a character of either part."""
        return f"{epoch.loss / BIT:.3f} bits per character, {self.held_out(model):.3f} held out"

    def judge(self, model: nn.Module) -> Iterator[str]:
        """Bits beside those of the counts, and a sample."""
        found, K = self.held_out(model), len(self.alphabet)
        pairs = data.bits(self.test, K, after=1)
        than = "below" if found < pairs else "not below"
        yield f"held out {found:.3f} bits per character, {than} the {pairs:.3f} of its own bigrams"
        yield f"a sample at temperature {self.temperature:g}:"
        rng = np.random.default_rng(self.seed)
        written = sample(model, self.prompt, self.sample, rng=rng, temperature=self.temperature)
        yield from (f"  {line}".rstrip() for line in data.decode(written, self.alphabet).split("\n"))


def detached(state: Any) -> Any:
    """The state of a model without the tape that led to it."""
    if isinstance(state, tuple):
        return tuple(map(detached, state))
    return state.detach() if isinstance(state, Tensor) else state


def streams(text: Array, count: int) -> tuple[Array, Array]:
    """The text cut into equal parts (T, count), and what follows each character; an incomplete rest is left out.

    >>> import numpy as np
    >>> streams(np.arange(8), 2)
    (array([[0, 3],
           [1, 4],
           [2, 5]]), array([[1, 4],
           [2, 5],
           [3, 6]]))
    """
    length = (len(text) - 1) // count
    if not length:
        raise ValueError(f"a text of {len(text)} characters cannot be read as {count} streams; take fewer")
    part = text[: count * length + 1]
    return part[:-1].reshape(count, length).T, part[1:].reshape(count, length).T


def sample(
    model: nn.Module, prompt: Array, length: int, *, rng: np.random.Generator, temperature: float = 1.0
) -> Array:
    """The prompt, and `length` characters that the model draws after it, each one with probability ∝ p^(1/temperature).

    Low temperatures keep to what is most likely; 1 draws as the model believes.
    """
    written = prompt.tolist()
    with evaluation(model):
        scores, state = model(prompt[:, None])
        for _ in range(length):
            z = np.asarray(scores.data[-1, 0], np.float64) / temperature
            weights = np.exp(z - z.max())
            written.append(int(rng.choice(len(weights), p=weights / weights.sum())))
            scores, state = model(np.array([written[-1:]]), state)
    return np.array(written)
