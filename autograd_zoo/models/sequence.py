"""A Transformer that reads a sequence, and then writes one of the same length."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from .. import nn


class ReadThenWrite(nn.Module):
    """Scores for T symbols to write, after T symbols that were read.

    The sequence is followed by as many blanks, and the answer is read off there. A blank holds nothing but its
    position, and nothing looks ahead: all that is known of the sequence comes to it through the attention.

    Parameters
    ----------
    symbols : int
        K, how many different symbols there are
    width, heads, feed_forward : int
        d_model, nhead and dim_feedforward of the layer, see `nn.TransformerEncoderLayer`
    """

    def __init__(
        self,
        symbols: int,
        *,
        width: int = 64,
        heads: int = 4,
        feed_forward: int = 128,
        rng: Generator,
        dtype: Any = np.float32,
    ) -> None:
        self.blank = symbols
        self.embedding = nn.Embedding(symbols + 1, width, rng=rng, dtype=dtype)
        self.positions = nn.PositionalEncoding()
        self.layer = nn.TransformerEncoderLayer(width, heads, feed_forward, 0.0, rng=rng, dtype=dtype)
        self.scores = nn.Linear(width, symbols, rng=rng, dtype=dtype)

    def forward(self, x: Any) -> Any:
        """Scores (N, T, K) for what to write after the sequences x (N, T)."""
        tokens = np.concatenate([x, np.full_like(x, self.blank)], axis=1)
        h = self.layer(self.positions(self.embedding(tokens)), causal=True)
        return self.scores(h[:, np.shape(x)[1] :])


def transformer(rng: Generator, symbols: int = 10, *, width: int = 64) -> ReadThenWrite:
    """One Transformer layer of four heads that reads, then writes."""
    return ReadThenWrite(symbols, width=width, feed_forward=2 * width, rng=rng)
