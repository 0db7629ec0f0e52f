"""Transformers that know a language: GPT, which says what comes next, and BERT, which reads in both directions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.random import Generator

from .. import nn
from ..nn.module import require


def _layers(count: int, *sizes: Any, **options: Any) -> nn.ModuleList:
    return nn.ModuleList([nn.TransformerEncoderLayer(*sizes, **options) for _ in range(count)])


def _tanh_gelu(x: Any) -> Any:
    return nn.gelu(x, approximate="tanh")


def _redraw(model: nn.Module, rng: Generator, std: float, residual: float = 1.0) -> None:
    """Draw every matrix from N(0, std²), those whose result is added to what went in `residual` times smaller."""
    for name, p in model.named_parameters():
        if p.ndim == 2:
            factor = residual if name.endswith(("self_attn.W_o", "linear2.W")) else 1.0
            p.data = nn.init.normal(p.shape, std=std * factor, rng=rng, dtype=p.dtype)
        elif name.rpartition(".")[2].startswith("b") and not name.endswith("beta"):
            p.data = np.zeros_like(p.data)


class GPT(nn.Module):
    """y = ln_f(h_n(... h₁(wte(t) + wpe))) wteᵀ: layers of causal attention over symbols and places, and scores.

    The vectors of the symbols serve twice, for what is read and for the scores of what comes next. With `alibi` there
    are no vectors of places: instead the scores of attention fall with the distance, in head k by 4²⁻ᵏ for each step.

    Shapes: tokens t (N, T) with T ≤ block_size; y (N, T, vocab_size), what follows each symbol.
    Raises: ValueError for a sequence that is longer than a block.
    Source: Radford et al., Language Models are Unsupervised Multitask Learners, 2019; arguments are nanoGPT's. GELU is
    approximated by tanh, as there. `alibi`: Press et al., Train Short, Test Long, ICLR 2022, with steeper slopes.

    Parameters
    ----------
    block_size, vocab_size : int
        the longest sequence, and how many symbols there are
    n_layer, n_head, n_embd : int
        layers, heads of each, and the length of a vector
    dropout : float
    bias : bool
        whether linear layers and norms have one
    alibi : bool
        whether attention is told distances, and not places
    rng : numpy.random.Generator
        draws matrices from N(0, σ²), σ = 0.02 for 768 numbers in a vector, and ∝ 1/√n_embd

    Attributes
    ----------
    wte, wpe : Embedding
        wpe is None with `alibi`
    drop : Dropout
    h : ModuleList of TransformerEncoderLayer
    ln_f : LayerNorm
    """

    def __init__(
        self,
        *, block_size: int = 1024, vocab_size: int = 50257, n_layer: int = 12, n_head: int = 12, n_embd: int = 768,
        dropout: float = 0.0, bias: bool = True, alibi: bool = False, rng: Generator, dtype: Any = np.float32,
    ) -> None:  # fmt: skip
        self.block_size, self.n_head = block_size, n_head
        self.wte = nn.Embedding(vocab_size, n_embd, rng=rng, dtype=dtype)
        self.wpe = None if alibi else nn.Embedding(block_size, n_embd, rng=rng, dtype=dtype)
        self.drop = nn.Dropout(dropout, rng=rng)
        options = {"activation": _tanh_gelu, "norm_first": True, "bias": bias, "rng": rng, "dtype": dtype}
        self.h = _layers(n_layer, n_embd, n_head, 4 * n_embd, dropout, **options)
        self.ln_f = nn.LayerNorm(n_embd, bias=bias, dtype=dtype)
        _redraw(self, rng, 0.02 * math.sqrt(768 / n_embd), 1.0 / math.sqrt(2 * n_layer))

    def forward(self, tokens: Any) -> Any:
        """Scores (N, T, K) for what follows each symbol of tokens (N, T)."""
        T = np.shape(tokens)[-1]
        require(T <= self.block_size, f"{T} tokens are more than a block of {self.block_size}: give the last ones")
        x, mask = self.wte(tokens), None
        if self.wpe is None:
            distance = np.maximum(np.subtract.outer(np.arange(T), np.arange(T)), 0)
            mask = np.multiply.outer(-(4.0 ** -np.arange(-1, self.n_head - 1)), distance)[None]
        else:
            x = x + self.wpe(np.arange(T))
        x = self.drop(x)
        for layer in self.h:
            x = layer(x, mask, causal=True)
        return nn.linear(self.ln_f(x), self.wte.W)


def gpt(rng: Generator, vocab_size: int = 50257, **sizes: Any) -> GPT:
    """GPT-2, a Transformer that says what comes next, or of other sizes.

    The sizes are nanoGPT's: block_size, n_layer, n_head, n_embd, dropout, bias.

    Shapes: tokens (N, T); scores (N, T, vocab_size).
    Source: Radford et al., Language Models are Unsupervised Multitask Learners, 2019.

    >>> import numpy as np
    >>> model = gpt(np.random.default_rng(0), 65, block_size=16, n_layer=2, n_head=2, n_embd=8)
    >>> model(np.zeros((3, 16), int)).shape
    (3, 16, 65)
    """
    return GPT(vocab_size=vocab_size, rng=rng, **sizes)


class BERT(nn.Module):
    """h = layer_n(... layer₁(norm(word + place + segment))), p = tanh(W h₀ + b): attention in both directions.

    Shapes: tokens and segments (N, T), padding (N, T) of booleans, True where there is no token; h (N, T, hidden_size),
    p (N, hidden_size), of the first token.
    Raises: ValueError for a sequence that is too long, or segments of another shape.
    Source: Devlin et al., BERT: Pre-training of Deep Bidirectional Transformers, NAACL 2019.

    Parameters
    ----------
    vocab_size, hidden_size, num_layers, num_heads, intermediate_size : int
    max_positions, segments : int
        the longest sequence, and how many parts of a text are told apart
    dropout : float

    Attributes
    ----------
    word, position, segment : Embedding
    norm : LayerNorm
    drop : Dropout
    layers : ModuleList of TransformerEncoderLayer
    pooler : Linear
    """

    def __init__(
        self,
        *, vocab_size: int = 30522, hidden_size: int = 768, num_layers: int = 12, num_heads: int = 12,
        intermediate_size: int = 3072, max_positions: int = 512, segments: int = 2, dropout: float = 0.1,
        rng: Generator, dtype: Any = np.float32,
    ) -> None:  # fmt: skip
        self.max_positions = max_positions
        rows = (vocab_size, max_positions, segments)
        self.word, self.position, self.segment = (nn.Embedding(n, hidden_size, rng=rng, dtype=dtype) for n in rows)
        self.norm = nn.LayerNorm(hidden_size, 1e-12, dtype=dtype)
        self.drop = nn.Dropout(dropout, rng=rng)
        options = {"activation": "gelu", "layer_norm_eps": 1e-12, "rng": rng, "dtype": dtype}
        self.layers = _layers(num_layers, hidden_size, num_heads, intermediate_size, dropout, **options)
        self.pooler = nn.Linear(hidden_size, hidden_size, rng=rng, dtype=dtype)
        _redraw(self, rng, 0.02)

    def forward(self, tokens: Any, segments: Any = None, padding: Any = None) -> tuple[Any, Any]:
        """A vector for each token, and one for all of them; without segments all is of the first one."""
        T, shape = np.shape(tokens)[-1], np.shape(tokens)
        segments = np.zeros(shape, int) if segments is None else segments
        require(T <= self.max_positions, f"{T} tokens are more than max_positions={self.max_positions}")
        require(np.shape(segments) == shape, f"segments {np.shape(segments)} must have the shape of tokens {shape}")
        x = self.drop(self.norm(self.word(tokens) + self.position(np.arange(T)) + self.segment(segments)))
        for layer in self.layers:
            x = layer(x, src_key_padding_mask=padding)
        return x, np.tanh(self.pooler(x[:, 0]))


def bert(rng: Generator, **sizes: Any) -> BERT:
    """BERT-base, a Transformer that reads in both directions.

    Shapes: tokens (N, T); a vector for each (N, T, 768), and one for all (N, 768).
    Source: Devlin et al., BERT: Pre-training of Deep Bidirectional Transformers, NAACL 2019.

    >>> import numpy as np
    >>> model = bert(np.random.default_rng(0), vocab_size=9, hidden_size=8, num_layers=1, num_heads=2)
    >>> [y.shape for y in model(np.zeros((3, 5), int))]
    [(3, 5, 8), (3, 8)]
    """
    return BERT(rng=rng, **sizes)
