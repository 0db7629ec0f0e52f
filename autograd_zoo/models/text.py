"""Language models by characters: an embedding, a recurrent layer, and scores for the character that comes next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import nn


class Characters(nn.Module):
    """Scores for the next character, of each character so far; the state says what was read before.

    Parameters
    ----------
    layer : class of modules
        `nn.GRU`, `nn.LSTM` or `nn.SimpleRNN`
    symbols : int
        K, the size of the alphabet
    embedding, hidden : int
        lengths of the vector of a character, and of the state
    rng : numpy.random.Generator
    dtype : float32 (default) or float64
    """

    def __init__(
        self,
        layer: Callable[..., nn.Module],
        symbols: int,
        *,
        embedding: int = 32,
        hidden: int = 128,
        rng: np.random.Generator,
        dtype: Any = np.float32,
    ) -> None:
        self.embedding = nn.Embedding(symbols, embedding, rng=rng, dtype=dtype)
        self.recurrent = layer(embedding, hidden, rng=rng, dtype=dtype)
        self.scores = nn.Linear(hidden, symbols, rng=rng, dtype=dtype)

    def forward(self, x: Any, state: Any = None) -> tuple[Any, Any]:
        """Scores (T, N, K) for what follows each character of x (T, N), and the state after the last."""
        h, state = self.recurrent(self.embedding(x), state)
        return self.scores(h), state


def gru(rng: np.random.Generator, symbols: int, *, hidden: int = 128) -> Characters:
    """A language model around one GRU."""
    return Characters(nn.GRU, symbols, hidden=hidden, rng=rng)


def lstm(rng: np.random.Generator, symbols: int, *, hidden: int = 128) -> Characters:
    """A language model around one LSTM."""
    return Characters(nn.LSTM, symbols, hidden=hidden, rng=rng)
