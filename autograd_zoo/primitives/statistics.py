"""Statistics of order (quantiles, medians, partitions), what leaves out nan, and covariances: all composed."""

from __future__ import annotations

import math
from collections.abc import Callable
from inspect import signature
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..engine.functions import implements
from ..engine.rules import NOT_GIVEN
from ..engine.values import is_tensor, raw, some, truth
from .shape import arrayed

# ---- quantiles --------------------------------------------------------------------------------------------------


def positions(n: int, q: Any, method: Any) -> Any:
    """Where between n sorted elements the quantiles q lie, as NumPy's `method` has it: those of 0, 1, ..., n − 1."""
    return np.quantile(np.arange(n, dtype=float), np.ravel(q), method=method) if n else np.zeros(np.size(q))


def between(lines: Any, counts: Any, q: Any, method: Any) -> Any:
    """The quantiles of the first `counts` of the elements along the last axis, which are sorted."""
    levels, which = np.unique(counts, return_inverse=True)
    table = np.array([positions(n, q, method) for n in levels]).reshape(-1, np.size(q))
    at = table[which.reshape(counts.shape)]
    low, high = np.floor(at).astype(int), np.ceil(at).astype(int)
    part = (at - low).astype(lines.dtype)
    below, above = (np.take_along_axis(lines, k, axis=-1) for k in (low, high))
    return np.where(part == 0, below, below + (above - below) * part)


def quantiles(a: Any, q: Any, axis: Any, method: Any, keepdims: bool, leaving_nan_out: bool) -> Any:
    """The quantiles q of `a` over `axis`, in front; nan where a nan is among the elements, or there are none."""
    if is_tensor(q):
        raise TypeError("quantiles are differentiated by the elements alone: give q as numbers (q.data)")
    a, q = arrayed(a), np.asarray(q, float)
    axes = normalize_axis_tuple(range(a.ndim) if axis is None else axis, a.ndim)
    others = [k for k in range(a.ndim) if k not in axes]
    lead, n = [a.shape[k] for k in others], math.prod(a.shape[k] for k in axes)
    lines = np.reshape(np.transpose(a, (*others, *axes)), (*lead, n))
    unknown = np.isnan(lines)
    counts = np.sum(~unknown, axis=-1)
    lost = counts == 0 if leaving_nan_out else (counts < n) | (n == 0)
    if n:
        y = between(np.sort(lines), counts if leaving_nan_out else np.full(counts.shape, n), q, method)
        total = np.sum(lines, axis=-1, keepdims=True)
    else:
        y = total = np.broadcast_to(np.sum(lines, axis=-1, keepdims=True), (*lead, q.size))
    if truth(np.any(lost)):  # nan, and so are the gradients of all that it was found among
        y = np.where(lost[..., None], total * math.nan, y)
    kept = [1 if k in axes else m for k, m in enumerate(a.shape)] if keepdims else lead
    return np.reshape(np.moveaxis(y, -1, 0), (*q.shape, *kept))


def quantile_of(function: Callable[..., Any], scale: float, leaving_nan_out: bool) -> None:
    """Let a quantile stand in for NumPy's `function`, whose q goes from 0 to `scale`."""

    @implements(function)
    def handler(a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False) -> Any:
        q = q if is_tensor(q) else np.true_divide(q, scale)
        return quantiles(a, q, axis, method, keepdims, leaving_nan_out)


quantile_of(np.quantile, 1.0, False)
quantile_of(np.percentile, 100.0, False)
quantile_of(np.nanquantile, 1.0, True)
quantile_of(np.nanpercentile, 100.0, True)
implements(np.median)(lambda a, axis=None, *, keepdims=False: quantiles(a, 0.5, axis, "linear", keepdims, False))
implements(np.nanmedian)(lambda a, axis=None, *, keepdims=False: quantiles(a, 0.5, axis, "linear", keepdims, True))


@implements(np.partition)
def _partition(a: Any, kth: Any, axis: int | None = -1, kind: Any = "introselect") -> Any:
    return np.take_along_axis(a, np.argpartition(raw(a), kth, axis=axis, kind=kind), axis=axis)


# ---- without nan ------------------------------------------------------------------------------------------------


def without_nan(function: Callable[..., Any], reduction: Callable[..., Any], **nothing: float) -> None:
    """Let NumPy's `function` be its `reduction` where nothing is nan; `nothing` is what comes of no elements, if said.

    An extreme of no elements is nan, as NumPy has it.
    """

    @implements(function)
    def handler(*args: Any, **kwargs: Any) -> Any:
        given = signature(function).bind(*args, **kwargs).arguments
        given = {name: value for name, value in given.items() if value is not NOT_GIVEN}
        a = given.pop("a")
        where = ~np.isnan(a) & given.pop("where", True)
        y = reduction(a, **{**nothing, **given}, where=where)
        if not nothing or "initial" in given:
            return y
        none = ~np.any(where, axis=given.get("axis"), keepdims=given.get("keepdims", False))
        return np.where(none, math.nan, y) if some(none) else y


without_nan(np.nansum, np.sum)
without_nan(np.nanprod, np.prod)
without_nan(np.nanmean, np.mean)
without_nan(np.nanvar, np.var)
without_nan(np.nanstd, np.std)
without_nan(np.nanmax, np.max, initial=-math.inf)
without_nan(np.nanmin, np.min, initial=math.inf)
implements(np.nancumsum)(lambda a, axis=None, dtype=None: np.cumsum(np.where(np.isnan(a), 0.0, a), axis, dtype))
implements(np.nancumprod)(lambda a, axis=None, dtype=None: np.cumprod(np.where(np.isnan(a), 1.0, a), axis, dtype))

# ---- covariances ------------------------------------------------------------------------------------------------


def observations(m: Any, rowvar: bool) -> Any:
    """Variables by rows."""
    m = np.atleast_2d(m) if arrayed(m).ndim < 2 else arrayed(m)
    if m.ndim > 2:
        raise ValueError(f"cov and corrcoef take a matrix of variables and observations, got shape {m.shape}")
    return m if rowvar or m.shape[0] == 1 else m.T


@implements(np.cov)
def _cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
) -> Any:
    x = observations(m, rowvar)
    if y is not None:
        x = np.concatenate([x, observations(y, rowvar)], axis=0)
    lost = int(not bias) if ddof is None else ddof
    weights = [np.asarray(raw(w), float) for w in (fweights, aweights) if w is not None]
    if not all(w.shape == x.shape[1:] and (w >= 0).all() for w in weights):
        raise ValueError(f"the weights of cov are one number ≥ 0 for each of {x.shape[1]} observations")
    w = math.prod(weights, start=np.ones(x.shape[1]))
    spread = np.sum(w * weights[-1]) / np.sum(w) if aweights is not None else 1.0
    w = w.astype(x.dtype)
    d = x - (np.mean(x, axis=1, keepdims=True) if not weights else np.average(x, axis=1, weights=w, keepdims=True))
    n = float(np.sum(w, dtype=float) - lost * spread)
    return np.squeeze((d * w if weights else d) @ d.T / (n if n > 0 else math.nan))


@implements(np.corrcoef)
def _corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    c = np.cov(x, y, rowvar)
    if not c.ndim:
        return c / c
    s = np.sqrt(np.diagonal(c))
    return np.clip(c / s[:, None] / s[None, :], -1.0, 1.0)
