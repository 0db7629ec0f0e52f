"""Embeddings and positions, which turn a sequence of symbols into one of vectors that attention can tell apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..closed_form import attention_embedding as cf
from ..engine.tensor import Tensor
from ..engine.values import array, truth
from .fusion import fused_by, requiring
from .init import normal
from .module import Module, Parameter, positive, require
from .regularization import Dropout


def _indices(W: Any, i: Any, *, padding_idx: int | None = None) -> None:
    require(np.ndim(W) == 2, f"embedding: W has shape {np.shape(W)}, and must be (num_embeddings, E)")
    i = i if isinstance(i, Tensor) else array(i)
    require(i.dtype.kind in "iu", f"embedding: the indices i must be integers, got {i.dtype}: write i.astype(int)")
    outside = (i < 0) | (i >= len(W))
    if truth(np.any(outside)):
        require(
            False,
            f"embedding: {np.sum(outside)} indices lie outside 0..{len(W) - 1}, the rows of W {np.shape(W)}; the first "
            f"is {i[outside][0]}",
        )


def _positions(x: Any) -> None:
    require(np.ndim(x) >= 2, f"positional_encoding: x of shape {np.shape(x)} must be (..., T, E)")
    for name, n in zip("TE", np.shape(x)[-2:], strict=True):
        positive(f"sinusoidal_positions: {name}", n)


embedding = fused_by()(requiring(_indices)(cf.embedding))
positional_encoding = fused_by()(requiring(_positions)(cf.positional_encoding))


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
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
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
    return cf.positional_encoding_P(np.empty((T, E)))


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
