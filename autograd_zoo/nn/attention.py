"""Attention: each query takes a weighted mean of values, weighted by how well their keys answer the query.

Scores, one for each query and key, become weights by a softmax over the keys that the query may see. A `mask` says
which: booleans, true where a key may be seen, or numbers that are added to the scores, −∞ where not. It is broadcast to
the scores (..., T, S). With `causal` query i sees the keys j ≤ i. A query that may see no key has weights 0, and so has
what it returns; no gradient comes from there.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from .. import closed_form as cf
from ..engine.tensor import Tensor
from ..engine.values import array, unmasked
from .activation import softmax
from .fusion import fused_by
from .init import generator, glorot_uniform
from .linear import linear
from .module import Module, Parameter, expect, named, positive
from .regularization import Dropout, dropout


def masked_softmax(S: Any, mask: Any = None, *, causal: bool = False) -> Any:
    """Aᵢⱼ = exp(Sᵢⱼ)/Σⱼ' exp(Sᵢⱼ') over the keys j' that query i may see; 0 for the others

    Shapes: S (..., T, S), `mask` what broadcasts to it; A as S.
    Raises: ValueError for a mask that does not fit, or holds integers.
    Source: attention.scaled_dot_product_attention.y.

    >>> import numpy as np
    >>> masked_softmax(np.zeros((2, 2)), np.array([[True, True], [False, False]]))
    array([[0.5, 0.5],
           [0. , 0. ]])
    """
    if mask is None and not causal:
        return softmax(S)
    allowed: Any = np.tri(*np.shape(S)[-2:], dtype=np.bool) if causal else True
    if mask is not None:
        mask = _mask(mask, S)
        if mask.dtype.kind == "b":
            allowed = np.logical_and(allowed, mask)
        else:
            finite = np.not_equal(mask, -math.inf)
            allowed = np.logical_and(allowed, finite)
            S = S + np.where(finite, mask, 0.0)
    nothing = ~np.any(allowed, axis=-1, keepdims=True)  # then everything takes part, and is zeroed: never 0/0
    return np.where(allowed, softmax(np.where(allowed | nothing, S, -math.inf)), 0.0)


def _mask(mask: Any, S: Any) -> Any:
    """`mask` as an array of booleans, or of floats in the dtype of the scores."""
    if not isinstance(mask, Tensor):
        mask = array(unmasked(mask))
        mask = mask.astype(S.dtype) if mask.dtype.kind == "f" else mask
    shape, scores = np.shape(mask), np.shape(S)
    expect(
        0 < len(shape) <= len(scores) and all(n in (1, m) for n, m in zip(shape[::-1], scores[::-1], strict=False)),
        f"mask of shape {shape} does not broadcast to the scores {scores}, which have a row for each query and a "
        "column for each key",
    )
    expect(
        mask.dtype.kind in "bf",
        f"mask holds {mask.dtype}: give booleans, True where a key may be seen (mask.astype(bool)), or floats that are "
        "added to the scores",
    )
    return mask


# ---- scaled dot-product attention -------------------------------------------------------------------------------


@fused_by(joint=cf.attention.scaled_dot_product_attention_gradients)
def scaled_dot_product_attention(
    Q: Any, K: Any, V: Any, mask: Any = None, D: Any = None, *, causal: bool = False, q: float = 0.0
) -> Any:
    """yᵢ = Σⱼ Aᵢⱼ vⱼ, where A = softmax(QKᵀ/√d) over the keys that each query may see

    Shapes: Q (..., T, d), K (..., S, d), V (..., S, e), with equal leading axes; `mask` and the switches D, which drop
    weights with probability q, broadcast to (..., T, S); y (..., T, e).
    Raises: ValueError for shapes that do not fit, integers, or nothing to attend to.
    Source: attention.scaled_dot_product_attention.y; Vaswani et al., Attention Is All You Need, NeurIPS 2017.

    >>> import numpy as np, autograd_zoo as az
    >>> x = np.array([[1.0], [2.0], [6.0]])
    >>> az.nn.scaled_dot_product_attention(0.0 * x, x, x, causal=True)
    array([[1. ],
           [1.5],
           [3. ]])
    """
    expect_sequences("scaled_dot_product_attention", Q, K, V)
    A = dot_product_weights(Q, K, mask, causal)
    return (A if D is None else dropout(A, D, q=q)) @ V


def dot_product_weights(Q: Any, K: Any, mask: Any, causal: bool) -> Any:
    """A = softmax(QKᵀ/√d) over the keys that each query may see."""
    expect(
        np.shape(Q)[-1] == np.shape(K)[-1],
        f"Q {np.shape(Q)} and K {np.shape(K)} must be equally long along the last axis, for they are multiplied: "
        "project one of them (nn.Linear)",
    )
    S = named(Q @ np.swapaxes(K, -1, -2) / math.sqrt(np.shape(Q)[-1]), "S")
    return named(masked_softmax(S, mask, causal=causal), "A")


def expect_sequences(name: str, Q: Any, K: Any, V: Any) -> None:
    """Expect queries (..., T, ·), keys (..., S, ·) and values (..., S, ·), of floats, and none of them empty."""
    shapes = f"{name}: Q {np.shape(Q)}, K {np.shape(K)}, V {np.shape(V)}"
    q, k, v = map(np.shape, (Q, K, V))
    expect(min(len(q), len(k), len(v)) >= 2, f"{shapes}: all of them must be (..., length, features)")
    expect(
        q[:-2] == k[:-2] == v[:-2],
        f"{shapes}: the axes before the last two must be equal; np.broadcast_to makes them so",
    )
    expect(k[-2] == v[-2], f"{shapes}: each key has its value, so axis -2 of K and V must be equal")
    expect(0 not in (*q, *k, *v), f"{shapes}: there is nothing to attend to, or from; leave empty batches out")
    for key, x in (("Q", Q), ("K", K), ("V", V)):
        dtype = getattr(x, "dtype", np.dtype(float))
        expect(dtype.kind == "f", f"{name}: {key} must hold floats, got {dtype}: write {key}.astype(float)")


class ScaledDotProductAttention(Module):
    """yᵢ = Σⱼ Aᵢⱼ vⱼ, where A = softmax(QKᵀ/√d); see `scaled_dot_product_attention`.

    Parameters
    ----------
    dropout : float
        the probability that a weight is dropped while training
    rng : numpy.random.Generator, optional
        draws what is dropped

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> x = np.ones((2, 5, 4))
    >>> az.nn.ScaledDotProductAttention()(x, x, x, causal=True).shape
    (2, 5, 4)
    """

    def __init__(self, dropout: float = 0.0, *, rng: np.random.Generator | None = None) -> None:
        drop = Dropout(dropout, rng=rng)  # it checks both
        self.dropout, self.rng = drop.q, drop.rng

    def forward(self, Q: Any, K: Any, V: Any, mask: Any = None, *, causal: bool = False) -> Any:
        """Attend from the queries Q to the keys K, and take their values V."""
        D = switches(self, (*np.shape(Q)[:-1], *np.shape(K)[-2:-1]), Q)
        return scaled_dot_product_attention(Q, K, V, mask, D, causal=causal, q=self.dropout)


def switches(module: Any, shape: tuple[int, ...], like: Any) -> Any:
    """Fresh switches for weights of a shape while the module trains, if it drops any."""
    if not module.training or not module.dropout:
        return None
    return (module.rng.random(shape) >= module.dropout).astype(getattr(like, "dtype", np.float64))


# ---- additive attention -----------------------------------------------------------------------------------------


@fused_by(joint=cf.attention.additive_attention_gradients)
def additive_attention(
    Q: Any, K: Any, V: Any, W: Any, U: Any, v: Any, mask: Any = None, *, causal: bool = False
) -> Any:
    """yᵢ = Σⱼ Aᵢⱼ vⱼ, where A = softmax(S) over the keys that each query may see, and Sᵢⱼ = vᵀ tanh(W qᵢ + U kⱼ)

    Shapes: Q (..., T, m), K (..., S, n), V (..., S, e), with equal leading axes; W (h, m), U (h, n), v (h,); `mask`
    broadcasts to (..., T, S); y (..., T, e).
    Raises: ValueError for shapes that do not fit, integers, or nothing to attend to.
    Source: attention.additive_attention.y; Bahdanau, Cho and Bengio, Neural Machine Translation by Jointly Learning to
    Align and Translate, ICLR 2015.

    >>> import numpy as np, autograd_zoo as az
    >>> x, W = np.array([[1.0], [3.0]]), np.zeros((4, 1))
    >>> az.nn.additive_attention(x, x, x, W, W, np.ones(4))
    array([[2.],
           [2.]])
    """
    expect_sequences("additive_attention", Q, K, V)
    return _additive_weights(Q, K, W, U, v, mask, causal) @ V


def _additive_weights(Q: Any, K: Any, W: Any, U: Any, v: Any, mask: Any, causal: bool) -> Any:
    shapes = ", ".join(f"{name} {np.shape(x)}" for name, x in {"Q": Q, "K": K, "W": W, "U": U, "v": v}.items())
    length = np.size(v)
    expect(
        (length,) == np.shape(v)
        and (length, *np.shape(Q)[-1:]) == np.shape(W)
        and (length, *np.shape(K)[-1:]) == np.shape(U),
        f"additive_attention: {shapes}: for queries of length m, keys of length n, W must be (h, m), U (h, n), v (h,)",
    )
    h = np.tanh(np.expand_dims(linear(Q, W), -2) + np.expand_dims(linear(K, U), -3))
    S = named(named(h, "h") @ v, "S")
    return named(masked_softmax(S, mask, causal=causal), "A")


class AdditiveAttention(Module):
    """yᵢ = Σⱼ Aᵢⱼ vⱼ, where A = softmax(S) and Sᵢⱼ = vᵀ tanh(W qᵢ + U kⱼ); see `additive_attention`.

    Parameters
    ----------
    query_dim, key_dim : int
        lengths of a query and a key
    hidden_dim : int
        length of v
    rng : numpy.random.Generator, optional
        draws the parameters, Glorot's
    dtype : float64 (default) or float32

    Attributes
    ----------
    W : Parameter, shape (hidden_dim, query_dim)
    U : Parameter, shape (hidden_dim, key_dim)
    v : Parameter, shape (hidden_dim,)

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> attention = az.nn.AdditiveAttention(3, 5, 8, rng=np.random.default_rng(0))
    >>> attention(np.ones((2, 1, 3)), np.ones((2, 7, 5)), np.ones((2, 7, 4))).shape
    (2, 1, 4)
    """

    def __init__(
        self,
        query_dim: int,
        key_dim: int,
        hidden_dim: int,
        *,
        rng: np.random.Generator | None = None,
        dtype: Any = None,
    ) -> None:
        self.query_dim = positive("AdditiveAttention: query_dim", query_dim)
        self.key_dim = positive("AdditiveAttention: key_dim", key_dim)
        self.hidden_dim = positive("AdditiveAttention: hidden_dim", hidden_dim)
        draw = partial(glorot_uniform, rng=generator(rng), dtype=dtype)
        self.W = Parameter(draw((self.hidden_dim, self.query_dim)))
        self.U = Parameter(draw((self.hidden_dim, self.key_dim)))
        self.v = Parameter(draw((1, self.hidden_dim))[0])

    def forward(self, Q: Any, K: Any, V: Any, mask: Any = None, *, causal: bool = False) -> Any:
        """Attend from the queries Q to the keys K, and take their values V."""
        return additive_attention(Q, K, V, self.W, self.U, self.v, mask, causal=causal)

    def weights(self, Q: Any, K: Any, mask: Any = None, *, causal: bool = False) -> Any:
        """The weights A, shape (..., T, S): how much each query attends to each key."""
        return _additive_weights(Q, K, self.W, self.U, self.v, mask, causal)
