"""Embeddings and positions, which turn a sequence of symbols into one of vectors, as plain NumPy functions.

A gradient has a rule's signature `(g, y, *inputs, **params)` with g = ∂L/∂y.
"""

import numpy as np

from .docstrings import gradient_of, intermediate_of, printed
from .notation import Array

__all__ = ["embedding", "embedding_dW", "positional_encoding", "positional_encoding_P", "positional_encoding_dx"]


def embedding(W: Array, i: Array, *, padding_idx: int | None = None) -> Array:
    """y = Wᵀe, where the vector e is 1 at place i and 0 elsewhere: row i of W; or 0 where i is `padding_idx`

    Shapes: W (num_embeddings, E), i any shape of integers (...), the result (..., E).
    Raises: by the module, ValueError for indices that are no integers, or outside 0..num_embeddings − 1.
    Source: attention.embedding.y.

    >>> embedding(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1, 0, 1]), padding_idx=0)
    array([[3., 4.],
           [0., 0.],
           [3., 4.]])
    """
    y = W[i]
    return y if padding_idx is None else np.where(np.expand_dims(i != padding_idx, -1), y, 0.0)


@gradient_of(embedding, "g and y (..., E), i (...), W and the result (num_embeddings, E)")
def embedding_dW(g: Array, y: Array, W: Array, i: Array, *, padding_idx: int | None = None) -> Array:
    """∂L/∂W = e ∂L/∂y: ∂L/∂y in row i of zeros, summed over the batch; nothing where i is `padding_idx`"""
    dW = np.zeros_like(W)
    np.add.at(dW, i, np.where(np.expand_dims(i != padding_idx, -1), g, 0.0))
    return dW


@printed("x and the result (..., T, E)")
def positional_encoding(x: Array) -> Array:
    """y = x + P, with P of `positional_encoding_P`"""
    return x + positional_encoding_P(x)


@intermediate_of(positional_encoding, "x (..., T, E), the result (T, E)", also="after Vaswani et al. 2017")
def positional_encoding_P(x: Array) -> Array:
    """P_(t,2k) = sin(t/10000^(2k/E)) and P_(t,2k+1) = cos(t/10000^(2k/E))"""
    T, E = x.shape[-2:]
    t, c = np.arange(T)[:, None], np.arange(E)
    angle = t / 10000.0 ** ((c - c % 2) / E)
    return np.asarray(np.where(c % 2 == 0, np.sin(angle), np.cos(angle)), x.dtype)


@gradient_of(positional_encoding)
def positional_encoding_dx(g: Array, y: Array, x: Array) -> Array:
    """∂L/∂x = ∂L/∂y"""
    return g
