"""Language models by characters: scores for the character that comes next, from a recurrent layer or a GPT."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from .. import nn
from .language import GPT


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
    """

    def __init__(
        self,
        layer: Callable[..., nn.Module],
        symbols: int,
        *,
        embedding: int = 32,
        hidden: int = 128,
        rng: Generator,
        dtype: Any = np.float32,
    ) -> None:
        self.embedding = nn.Embedding(symbols, embedding, rng=rng, dtype=dtype)
        self.recurrent = layer(embedding, hidden, rng=rng, dtype=dtype)
        self.scores = nn.Linear(hidden, symbols, rng=rng, dtype=dtype)

    def forward(self, x: Any, state: Any = None) -> tuple[Any, Any]:
        """Scores (T, N, K) for what follows each character of x (T, N), and the state after the last."""
        h, state = self.recurrent(self.embedding(x), state)
        return self.scores(h), state


def gru(rng: Generator, symbols: int, *, hidden: int = 128) -> Characters:
    """A language model around one GRU."""
    return Characters(nn.GRU, symbols, hidden=hidden, rng=rng)


def lstm(rng: Generator, symbols: int, *, hidden: int = 128) -> Characters:
    """A language model around one LSTM."""
    return Characters(nn.LSTM, symbols, hidden=hidden, rng=rng)


class Reader(nn.Module):
    """A GPT that is called as `Characters`: its state are the characters that it saw last.

    While it trains each call is by itself. Else it reads `window` characters at a time behind those that it has seen,
    so that each has at least block_size − window before it, as far as there are any.

    Parameters
    ----------
    gpt : GPT
    window : int
        at most block_size

    Attributes
    ----------
    gpt : GPT
    """

    def __init__(self, gpt: GPT, window: int) -> None:
        self.gpt, self.window = gpt, window

    def forward(self, x: Any, state: Any = None) -> tuple[Any, Any]:
        """Scores (T, N, K) for what follows each character of x (T, N), and the characters that it saw last."""
        if self.training:
            return np.swapaxes(self.gpt(x.T), 0, 1), x
        seen, scores = x[:0] if state is None else state, []
        for start in range(0, len(x), self.window):
            new = x[start : start + self.window]
            seen = np.concatenate([seen, new])[-self.gpt.block_size :]
            scores.append(np.swapaxes(self.gpt(seen.T)[:, -len(new) :], 0, 1))
        return np.concatenate(scores), seen


def reader(rng: Generator, symbols: int, *, block_size: int = 128, width: int = 64) -> Reader:
    """A small GPT that reads characters: two layers of four heads, told distances."""
    gpt = GPT(block_size=block_size, vocab_size=symbols, n_layer=2, n_head=4, n_embd=width, alibi=True, rng=rng)
    return Reader(gpt, block_size // 2)
