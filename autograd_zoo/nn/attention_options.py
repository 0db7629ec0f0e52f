"""Attention to more than the keys that are given: to learned ones, and to nothing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .attention import scaled_dot_product_attention
from .linear import linear
from .module import named


def extended(x: Any, bias: Any, zero: bool) -> Any:
    """Projected keys or values (N, S, E), behind which stand a learned one (1, 1, E), if any, and a zero, if wanted."""
    N, _, E = np.shape(x)
    more = [] if bias is None else [np.broadcast_to(bias, (N, 1, E))]
    more += [np.zeros((N, 1, E), x.dtype)] if zero else []
    return np.concatenate([x, *more], axis=1)


def extended_mask(mask: Any, causal: bool, scores: tuple[int, ...], more: int) -> Any:
    """A mask of scores (N, num_heads, T, S) for as many more keys, which every query may see."""
    T, S = scores[-2:]
    if causal:
        past = np.tri(T, S, dtype=bool)
        mask = past if mask is None else mask & past if mask.dtype == bool else np.where(past, mask, -math.inf)
    if mask is None:
        return None
    seen = np.full((*np.shape(mask)[:-1], more), mask.dtype == bool, mask.dtype)  # True, or 0 that is added
    mask = np.broadcast_to(mask, (*np.shape(mask)[:-1], S))
    return np.concatenate([mask, seen], axis=-1)


def heads(x: Any, num_heads: int) -> Any:
    """(N, T, E) cut into heads: (N, num_heads, T, E / num_heads)."""
    N, T, E = np.shape(x)
    return np.swapaxes(np.reshape(x, (N, T, num_heads, E // num_heads)), 1, 2)


def attend(q: Any, k: Any, v: Any, W_o: Any, b_o: Any, mask: Any, D: Any, dropped: float, causal: bool = False) -> Any:
    """What the heads q, k and v (N, num_heads, ·, ·) give, joined and projected: (N, T, F)."""
    o = np.swapaxes(scaled_dot_product_attention(q, k, v, mask, D, causal=causal, q=dropped), 1, 2)
    return linear(named(np.reshape(o, (*np.shape(o)[:-2], -1)), "o"), W_o, b_o)
