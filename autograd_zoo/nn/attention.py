"""Attention: each query takes a weighted mean of values, weighted by how well their keys answer the query.

Scores, one for each query and key, become weights by a softmax over the keys that the query may see. A `mask` says
which: booleans, true where a key may be seen, or numbers that are added to the scores, −∞ where not. It is broadcast to
the scores (..., T, S). With `causal` query i sees the keys j ≤ i. A query that may see no key has weights 0, and so has
what it returns; no gradient comes from there.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ..closed_form import attention_head as cf
from ..engine.values import given
from .checkpoint import drawing
from .fusion import fused_by, requiring
from .init import generator, glorot_uniform
from .module import Module, Parameter, require
from .regularization import Dropout


def _scores(Q: Any, K: Any) -> tuple[int, ...]:
    return (*np.shape(Q)[:-1], *np.shape(K)[-2:-1])


def require_mask(mask: Any, scores: tuple[int, ...]) -> None:
    """Require, unless it is None, a mask of booleans or floats that broadcasts to scores of a shape."""
    if mask is None:
        return
    shape = np.shape(mask)
    require(
        0 < len(shape) <= len(scores) and all(n in (1, m) for n, m in zip(shape[::-1], scores[::-1], strict=False)),
        f"mask of shape {shape} does not broadcast to the scores {scores}, which have a row for each query and a "
        "column for each key",
    )
    dtype = getattr(mask, "dtype", None) or np.asarray(mask).dtype
    require(
        dtype.kind in "bf",
        f"mask holds {dtype}: give booleans, True where a key may be seen (mask.astype(bool)), or floats that are "
        "added to the scores",
    )


def _masks(S: Any, mask: Any = None, *, causal: bool = False) -> None:
    require_mask(mask, np.shape(S))


def _multiplied(Q: Any, K: Any, mask: Any, *, causal: bool) -> None:
    require(
        np.shape(Q)[-1] == np.shape(K)[-1],
        f"Q {np.shape(Q)} and K {np.shape(K)} must be equally long along the last axis, for they are multiplied: "
        "project one of them (nn.Linear)",
    )
    require_mask(mask, _scores(Q, K))


def _dot_product(
    Q: Any, K: Any, V: Any, mask: Any = None, D: Any = None, *, causal: bool = False, q: float = 0.0
) -> None:
    require_sequences("scaled_dot_product_attention", Q, K, V)
    _multiplied(Q, K, mask, causal=causal)


def _added(Q: Any, K: Any, W: Any, U: Any, v: Any, mask: Any = None, *, causal: bool = False) -> None:
    length = np.size(v)
    fits = (length,) == np.shape(v) and (length, *np.shape(Q)[-1:]) == np.shape(W)
    if not (fits and (length, *np.shape(K)[-1:]) == np.shape(U)):
        shapes = ", ".join(f"{name} {np.shape(x)}" for name, x in {"Q": Q, "K": K, "W": W, "U": U, "v": v}.items())
        require(
            False,
            f"additive_attention: {shapes}: for queries of length m, keys of length n, W must be (h, m), U (h, n), v "
            "(h,)",
        )
    require_mask(mask, _scores(Q, K))


def _additive(Q: Any, K: Any, V: Any, W: Any, U: Any, v: Any, mask: Any = None, *, causal: bool = False) -> None:
    require_sequences("additive_attention", Q, K, V)
    _added(Q, K, W, U, v, mask)


def require_sequences(name: str, Q: Any, K: Any, V: Any) -> None:
    """Require queries (..., T, ·), keys (..., S, ·) and values (..., S, ·), of floats, and none of them empty."""
    shapes = f"{name}: Q {np.shape(Q)}, K {np.shape(K)}, V {np.shape(V)}"
    q, k, v = map(np.shape, (Q, K, V))
    require(min(len(q), len(k), len(v)) >= 2, f"{shapes}: all of them must be (..., length, features)")
    require(
        q[:-2] == k[:-2] == v[:-2],
        f"{shapes}: the axes before the last two must be equal; np.broadcast_to makes them so",
    )
    require(k[-2] == v[-2], f"{shapes}: each key has its value, so axis -2 of K and V must be equal")
    require(0 not in (*q, *k, *v), f"{shapes}: there is nothing to attend to, or from; leave empty batches out")
    for key, x in (("Q", Q), ("K", K), ("V", V)):
        dtype = getattr(x, "dtype", np.dtype(float))
        require(dtype.kind == "f", f"{name}: {key} must hold floats, got {dtype}: write {key}.astype(float)")


masked_softmax = fused_by()(requiring(_masks)(cf.masked_softmax))
dot_product_weights = fused_by()(requiring(_multiplied)(cf.dot_product_weights))
scaled_dot_product_attention = fused_by(joint=cf.scaled_dot_product_attention_gradients)(
    requiring(_dot_product)(cf.scaled_dot_product_attention)
)
additive_attention = fused_by(joint=cf.additive_attention_gradients)(requiring(_additive)(cf.additive_attention))


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
    kept = drawing(module.rng).random(shape) >= module.dropout
    return given(kept.astype(getattr(like, "dtype", np.float64)), "D")


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
        self.query_dim = query_dim
        self.key_dim = key_dim
        self.hidden_dim = hidden_dim
        draw = partial(glorot_uniform, rng=generator(rng), dtype=dtype)
        self.W = Parameter(draw((self.hidden_dim, self.query_dim)))
        self.U = Parameter(draw((self.hidden_dim, self.key_dim)))
        self.v = Parameter(draw((1, self.hidden_dim))[0])

    def forward(self, Q: Any, K: Any, V: Any, mask: Any = None, *, causal: bool = False) -> Any:
        """Attend from the queries Q to the keys K, and take their values V."""
        return additive_attention(Q, K, V, self.W, self.U, self.v, mask, causal=causal)

    def weights(self, Q: Any, K: Any, mask: Any = None, *, causal: bool = False) -> Any:
        """The weights A, shape (..., T, S): how much each query attends to each key."""
        _added(Q, K, self.W, self.U, self.v, mask)
        return cf.additive_weights(Q, K, self.W, self.U, self.v, mask, causal=causal)[1]
