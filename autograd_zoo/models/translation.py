"""A recurrent network that reads a sequence and writes another one, and looks back while it writes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from .. import nn
from ..nn.module import require


class Writer(nn.Module):
    """One step of the decoder: u = U [s, e, c], s′ = cell([e, c], s), with the context c = attention(s, h).

    Parameters
    ----------
    embedding, hidden, alignment, said : int
        lengths of e, s, what attention compares, and u

    Attributes
    ----------
    attention : AdditiveAttention
    cell : GRUCell
    readout : Linear
    """

    def __init__(
        self, embedding: int, hidden: int, alignment: int, said: int, *, rng: Generator, dtype: Any = np.float32
    ) -> None:
        self.attention = nn.AdditiveAttention(hidden, 2 * hidden, alignment, rng=rng, dtype=dtype)
        self.cell = nn.GRUCell(embedding + 2 * hidden, hidden, bias=False, rng=rng, dtype=dtype)
        self.readout = nn.Linear(3 * hidden + embedding, said, bias=False, rng=rng, dtype=dtype)

    def forward(self, e: Any, s: Any, h: Any) -> tuple[Any, Any]:
        """What is said, u, and the next state, given the last symbol e, the state s and the source h (N, S, ·)."""
        c = self.attention(s[:, None], h, h)[:, 0]
        u = self.readout(np.concatenate([s, e, c], axis=-1))
        return u, self.cell(np.concatenate([e, c], axis=-1), s)


class Seq2Seq(nn.Module):
    """Scores for each symbol of a translation, given those before it: an encoder, attention, and a decoder.

    The encoder is a GRU in both directions, h; the decoder one whose input is the last symbol and a context
    c_t = Σⱼ αⱼ hⱼ, with Bahdanau's attention α of its state s to h. What it says is W_o maxout(U [s, E y, c]).

    Shapes: source (N, S) and target (N, T) of integers; y (N, T, target_symbols), the scores of each target[:, t] given
    those before it.
    Raises: ValueError for batches of different lengths.
    Source: Bahdanau, Cho and Bengio, Neural Machine Translation by Jointly Learning to Align and Translate, ICLR 2015,
    Appendix A; as there, biases are left out. Before the first symbol that is written the decoder reads a vector of 0.

    Parameters
    ----------
    source_symbols, target_symbols : int
    embedding, hidden, alignment, maxout : int
        lengths of the vector of a symbol, of a state, of what attention compares, and of what maxout leaves

    Attributes
    ----------
    source, target : Embedding
    encoder : GRU
    start : Linear
        from the encoder's last state backward to the decoder's first
    decoder : Writer
    scores : Linear
    """

    def __init__(
        self, source_symbols: int = 30000, target_symbols: int = 30000,
        *, embedding: int = 620, hidden: int = 1000, alignment: int = 1000, maxout: int = 500, rng: Generator,
        dtype: Any = np.float32,
    ) -> None:  # fmt: skip
        options: dict[str, Any] = {"rng": rng, "dtype": dtype}
        self.source = nn.Embedding(source_symbols, embedding, **options)
        self.target = nn.Embedding(target_symbols, embedding, **options)
        self.encoder = nn.GRU(embedding, hidden, bias=False, batch_first=True, bidirectional=True, **options)
        self.start = nn.Linear(hidden, hidden, bias=False, **options)
        self.decoder = Writer(embedding, hidden, alignment, 2 * maxout, **options)
        self.scores = nn.Linear(maxout, target_symbols, bias=False, **options)

    def forward(self, source: Any, target: Any) -> Any:
        """Scores (N, T, K) for the symbols of target, each of which sees source and what stands before it."""
        require(
            np.ndim(source) == np.ndim(target) == 2 and len(source) == len(target),
            f"source {np.shape(source)} and target {np.shape(target)} must be (N, S) and (N, T)",
        )
        h, ends = self.encoder(self.source(source))
        s = np.tanh(self.start(ends[1]))
        before = np.pad(self.target(target[:, :-1]), ((0, 0), (1, 0), (0, 0)))
        said = []
        for t in range(np.shape(target)[1]):
            u, s = self.decoder(before[:, t], s, h)
            said.append(u)
        pairs = np.stack(said, axis=1)
        return self.scores(np.max(np.reshape(pairs, (*np.shape(pairs)[:-1], -1, 2)), axis=-1))


def seq2seq(rng: Generator, source_symbols: int = 30000, target_symbols: int = 30000, **sizes: Any) -> Seq2Seq:
    """RNNsearch: recurrent networks with Bahdanau's attention between them.

    Shapes: source (N, S), target (N, T); scores (N, T, target_symbols).
    Source: Bahdanau, Cho and Bengio, Neural Machine Translation by Jointly Learning to Align and Translate, ICLR 2015.

    >>> import numpy as np
    >>> model = seq2seq(np.random.default_rng(0), 9, 7, embedding=4, hidden=5, alignment=5, maxout=3)
    >>> model(np.zeros((2, 6), int), np.zeros((2, 3), int)).shape
    (2, 3, 7)
    """
    return Seq2Seq(source_symbols, target_symbols, rng=rng, **sizes)
