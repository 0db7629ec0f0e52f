"""Embeddings and positions, which turn a sequence of symbols into one of vectors that attention can tell apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.tensor import Tensor
from ..engine.values import array, truth, unmasked
from .init import normal
from .module import Module, Parameter, expect, positive
from .regularization import Dropout


def embedding(W: Any, i: Any, *, padding_idx: int | None = None) -> Any:
    """y = Wᵀe with the vector e that is 1 at place i and 0 elsewhere: row i of W; or 0 where i is `padding_idx`

    Shapes: W (num_embeddings, E), i any shape of integers (...); y (..., E).
    Raises: ValueError for indices that are no integers, or outside 0..num_embeddings − 1.
    Source: attention.embedding.y.

    >>> import numpy as np, autograd_zoo as az
    >>> az.grad(lambda W: az.nn.embedding(W, [0, 2, 2], padding_idx=0).sum())(np.ones((3, 2)))
    array([[0., 0.],
           [0., 0.],
           [2., 2.]])
    """
    unmasked(W)
    expect(np.ndim(W) == 2, f"embedding: W has shape {np.shape(W)}, and must be (num_embeddings, E)")
    number = len(W)
    i = i if isinstance(i, Tensor) else array(unmasked(i))
    expect(i.dtype.kind in "iu", f"embedding: the indices i must be integers, got {i.dtype}: write i.astype(int)")
    outside = (i < 0) | (i >= number)
    if truth(np.any(outside)):
        expect(
            False,
            f"embedding: {np.sum(outside)} indices lie outside 0..{number - 1}, the rows of W {np.shape(W)}; the first "
            f"is {i[outside][0]}",
        )
    y = W[i]
    return y if padding_idx is None else np.where(np.expand_dims(i != padding_idx, -1), y, 0.0)


class Embedding(Module):
    """Row i of W, a vector learned for each of `num_embeddings` symbols; see `embedding`.

    Parameters
    ----------
    num_embeddings, embedding_dim : int
        how many vectors, and their length
    padding_idx : int, optional
        this index means no symbol: its vector is 0, whatever W holds, and it has no gradient
    rng : numpy.random.Generator, optional
        draws W, standard normal
    dtype : float64 (default) or float32

    Attributes
    ----------
    W : Parameter, shape (num_embeddings, embedding_dim)

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> az.nn.Embedding(10, 3, rng=np.random.default_rng(0))(np.array([[1, 2], [9, 0]])).shape
    (2, 2, 3)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        *,
        rng: np.random.Generator | None = None,
        dtype: Any = None,
    ) -> None:
        self.num_embeddings = positive("Embedding: num_embeddings", num_embeddings)
        self.embedding_dim = positive("Embedding: embedding_dim", embedding_dim)
        if padding_idx is not None and not 0 <= padding_idx < num_embeddings:
            raise ValueError(f"Embedding: padding_idx must lie in 0..{num_embeddings - 1}, got {padding_idx}")
        self.padding_idx = padding_idx
        W = normal((self.num_embeddings, self.embedding_dim), rng=rng, dtype=dtype)
        W[[] if padding_idx is None else padding_idx] = 0.0
        self.W = Parameter(W)

    def forward(self, i: Any) -> Any:
        """Look up the vectors of the indices i."""
        return embedding(self.W, i, padding_idx=self.padding_idx)


def sinusoidal_positions(T: int, E: int) -> Any:
    """P_(t,2k) = sin(t/10000^(2k/E)) and P_(t,2k+1) = cos(t/10000^(2k/E)) for each position t

    Shapes: P (T, E), float64; an odd E ends with a sine.
    Raises: ValueError unless T and E are positive integers.
    Source: attention.positional_encoding.P; Vaswani et al., Attention Is All You Need, NeurIPS 2017.

    >>> sinusoidal_positions(2, 3).round(3)
    array([[0.   , 1.   , 0.   ],
           [0.841, 0.54 , 0.002]])
    """
    T, E = positive("sinusoidal_positions: T", T), positive("sinusoidal_positions: E", E)
    angle = np.outer(np.arange(T), 10000.0 ** (-np.arange(0, E, 2) / E))
    return np.stack([np.sin(angle), np.cos(angle)], axis=-1).reshape(T, -1)[:, :E]


def positional_encoding(x: Any) -> Any:
    """y = x + P, with P of `sinusoidal_positions`

    Shapes: x and y (..., T, E).
    Raises: ValueError for less than two axes, none of which may be empty.
    Source: attention.positional_encoding.y.
    """
    unmasked(x)
    expect(np.ndim(x) >= 2, f"positional_encoding: x of shape {np.shape(x)} must be (..., T, E)")
    return x + sinusoidal_positions(*np.shape(x)[-2:]).astype(getattr(x, "dtype", np.float64))


class PositionalEncoding(Module):
    """y = x + P, which tells the positions of a sequence apart, with drop-out; see `positional_encoding`.

    Parameters
    ----------
    dropout : float
        the probability that an element is dropped while training
    rng : numpy.random.Generator, optional
        draws what is dropped
    """

    def __init__(self, dropout: float = 0.0, *, rng: np.random.Generator | None = None) -> None:
        self.dropout = Dropout(dropout, rng=rng)

    def forward(self, x: Any) -> Any:
        """Add the positions to x (..., T, E)."""
        return self.dropout(positional_encoding(x))
