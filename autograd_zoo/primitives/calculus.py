"""Differences, integrals, series, interpolation, convolution and polynomials of one variable, mostly composed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..engine.functions import implements
from ..engine.primitive import primitive
from ..engine.rules import defvjp
from ..engine.values import is_tensor, raw, truth
from .portable import defportable
from .shape import arrayed, axis_of, whole
from .windows import windows

# ---- differences and integrals ----------------------------------------------------------------------------------


@implements(np.ediff1d)
def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    parts = [np.ravel(x) for x in (to_begin, np.diff(np.ravel(ary)), to_end) if x is not None]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


@implements(np.trapezoid)
def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    y = np.moveaxis(arrayed(y), axis, -1)
    if x is not None:
        dx = np.diff(x) if arrayed(x).ndim == 1 else np.diff(np.moveaxis(arrayed(x), axis, -1))
    return np.sum(dx * (y[..., 1:] + y[..., :-1]) / 2.0, axis=-1)


def slopes(f: Any, h: Any, edge_order: int) -> Any:
    """Central differences along the last axis, at distances h: one for all, or each; one-sided ones at the ends."""
    uneven = arrayed(h).ndim > 0

    def end(at: int, inwards: int) -> Any:
        """The slope at one end, by the two or three elements there."""
        a, b, near = f[..., at], f[..., at + inwards], h[at] if uneven else h
        if edge_order == 1:
            return inwards * (b - a) / near
        c, far = f[..., at + 2 * inwards], h[at + inwards] if uneven else h
        return inwards * ((b - a) / near + near / (near + far) * ((b - a) / near - (c - b) / far))

    inner = (f[..., 2:] - f[..., :-2]) / (2.0 * h) if not uneven else f[..., 1:-1]
    if uneven:
        h0, h1 = h[:-1], h[1:]
        inner = h0 / (h1 * (h0 + h1)) * f[..., 2:] - h1 / (h0 * (h0 + h1)) * f[..., :-2] + (h1 - h0) / (h0 * h1) * inner
    return np.concatenate([end(0, 1)[..., None], inner, end(-1, -1)[..., None]], axis=-1)


@implements(np.gradient)
def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    f = arrayed(f)
    if not f.ndim:
        raise ValueError("gradient differentiates along axes, and a number has none; its derivative is az.grad's")
    axes = range(f.ndim) if axis is None else [axis_of(k, f) for k in np.ravel(axis).tolist()]
    given = varargs or (1.0,)
    given = given * len(axes) if len(given) == 1 and not arrayed(given[0]).ndim else given
    if len(given) != len(axes) or edge_order not in (1, 2):
        raise TypeError(
            f"gradient takes one distance for all axes, or one for each of {len(axes)}, and edge_order 1 or 2; "
            f"got {len(varargs)} distances, edge_order={edge_order!r}"
        )
    found = []
    for k, spacing in zip(axes, given, strict=True):
        n, shape = f.shape[k], np.shape(raw(spacing))
        spacing = spacing if is_tensor(spacing) else np.asarray(spacing, f.dtype)
        if n <= edge_order or shape not in ((), (n,)):
            raise ValueError(
                f"gradient along axis {k}, of length {n}, needs at least {edge_order + 1} elements, and a number or "
                f"coordinates of shape ({n},); got shape {shape}"
            )
        d = slopes(np.moveaxis(f, k, -1), np.diff(spacing) if shape else spacing, edge_order)
        found.append(np.moveaxis(d, -1, k))
    return found[0] if len(found) == 1 else tuple(found)


@implements(np.unwrap)
def _unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2.0 * math.pi) -> Any:
    jumps = np.unwrap(raw(p), discont, axis, period=period) - raw(p)
    return p + jumps  # whole periods: constant in pieces


# ---- interpolation and grids ------------------------------------------------------------------------------------


@implements(np.interp)
def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    x, xp, fp = arrayed(x), arrayed(xp), arrayed(fp)
    if xp.ndim != 1 or xp.shape != fp.shape or not xp.size:
        raise ValueError(f"interp takes vectors xp and fp of one length, not 0; got shapes {xp.shape} and {fp.shape}")
    if period is not None:
        x, xp, period = np.remainder(x, period), np.remainder(xp, period), abs(period)
        order = np.argsort(xp)
        xp, fp = xp[order], fp[order]
        xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
        fp = np.concatenate([fp[-1:], fp, fp[:1]])
        left = right = None
    if xp.size == 1:
        xp, fp = np.concatenate([xp, xp + 1.0]), np.concatenate([fp, fp])
    k = np.clip(np.searchsorted(raw(xp), raw(x), "right") - 1, 0, xp.size - 2)
    (x0, y0), (x1, y1) = ((np.take(xp, i), np.take(fp, i)) for i in (k, k + 1))
    y = (y1 - y0) / (x1 - x0) * (x - x0) + y0
    y = np.where(x < xp[0], fp[0] if left is None else left, y)
    last = -1 if truth(raw(xp)[-1] > raw(xp)[0]) else 0
    return np.where(x > xp[last], fp[last] if right is None else right, y)


def alike(*xs: Any) -> tuple[Any, ...]:
    """Numbers and arrays broadcast against each other, as constants of one dtype, which Python's numbers do not set."""
    dtype = np.result_type(*(x if isinstance(x, (int, float)) else raw(x) for x in xs), np.float16)
    return np.broadcast_arrays(*(x if is_tensor(x) else np.asarray(x, dtype) for x in xs))


def steps(num: Any, endpoint: bool, axes: int) -> tuple[Any, Any]:
    """k / n for k = 0, 1, ... along the first axis, before `axes` others; and n."""
    num = whole(num)
    if num < 0:
        raise ValueError(f"the number of samples must not be negative, got {num}")
    n = num - 1 if endpoint else num
    return np.reshape(np.arange(num) / max(n, 1), (-1, *(1,) * axes)), n or math.nan


@implements(np.linspace)
def _linspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None, axis: int = 0
) -> Any:
    start, stop = alike(start, stop)
    part, n = steps(num, endpoint, start.ndim)
    part = part.astype((start - stop).dtype)
    y = start * (1.0 - part) + stop * part
    y = np.moveaxis(y if dtype is None else y.astype(dtype), 0, axis)
    return (y, (stop - start) / n) if retstep else y


@implements(np.logspace)
def _logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, dtype: Any = None, axis: int = 0
) -> Any:
    start, stop, base = alike(start, stop, base)
    y = np.power(base, np.linspace(start, stop, num, endpoint))
    return np.moveaxis(y if dtype is None else y.astype(dtype), 0, axis)


@implements(np.geomspace)
def _geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0) -> Any:
    start, stop = alike(start, stop)
    if truth(np.any(start * stop <= 0)):
        raise ValueError("geomspace goes between two numbers of one sign, neither of them 0")
    part, _ = steps(num, endpoint, start.ndim)
    y = start * (stop / start) ** part.astype((start - stop).dtype)
    return np.moveaxis(y if dtype is None else y.astype(dtype), 0, axis)


# ---- convolution ------------------------------------------------------------------------------------------------


def correlated(a: Any, v: Any, mode: str) -> Any:
    """Σ_n a[n + k] v[n] for all shifts k that a `mode` has; a is not shorter than v."""
    n = v.shape[0]
    left = {"valid": 0, "same": n // 2, "full": n - 1}
    if mode not in left:
        raise ValueError(f"mode= is 'full', 'same' or 'valid', got {mode!r}")
    right = {"valid": 0, "same": n - 1 - n // 2, "full": n - 1}
    return windows(np.pad(a, (left[mode], right[mode])), n) @ v


def vectors(a: Any, v: Any) -> tuple[Any, Any]:
    """Both as vectors that are not empty."""
    a, v = np.atleast_1d(arrayed(a)), np.atleast_1d(arrayed(v))
    if a.ndim != 1 or v.ndim != 1 or not a.size or not v.size:
        raise ValueError(f"convolve and correlate take two vectors that are not empty, got {a.shape} and {v.shape}")
    return a, v


@implements(np.correlate)
def _correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    a, v = vectors(a, v)
    return correlated(a, v, mode) if a.size >= v.size else correlated(v, a, mode)[::-1]


@implements(np.convolve)
def _convolve(a: Any, v: Any, mode: str = "full") -> Any:
    a, v = vectors(a, v)
    a, v = (a, v) if a.size >= v.size else (v, a)
    return correlated(a, v[::-1], mode)


# ---- polynomials and a Bessel function --------------------------------------------------------------------------


@implements(np.polyval)
def _polyval(p: Any, x: Any) -> Any:
    x = arrayed(x)
    y = np.zeros_like(x)
    for c in arrayed(p):
        y = y * x + c
    return y


@implements(np.polyder)
def _polyder(p: Any, m: int = 1) -> Any:
    for _ in range(whole(m)):
        p = p[:-1] * np.arange(p.shape[0] - 1, 0, -1).astype(p.dtype)
    return p


@implements(np.polyadd)
def _polyadd(a1: Any, a2: Any) -> Any:
    a, b = np.atleast_1d(arrayed(a1)), np.atleast_1d(arrayed(a2))
    n = max(a.size, b.size)
    return np.pad(a, (n - a.size, 0)) + np.pad(b, (n - b.size, 0))


@implements(np.polyint)
def _polyint(p: Any, m: int = 1) -> Any:
    for _ in range(whole(m)):
        p = np.append(p / np.arange(p.shape[0], 0, -1).astype(p.dtype), np.zeros(1, p.dtype))
    return p


@implements(np.polymul)
def _polymul(a1: Any, a2: Any) -> Any:
    a, b = (np.trim_zeros(np.atleast_1d(arrayed(x)), "f") for x in (a1, a2))
    return np.convolve(a, b) if a.size and b.size else np.zeros_like(a1)[:1]


implements(np.polysub)(lambda a1, a2: np.polyadd(a1, -arrayed(a2)))


@implements(np.vander)
def _vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    n = x.shape[0] if N is None else whole(N)
    powers = np.arange(n) if increasing else np.arange(n - 1, -1, -1)
    return x[:, None] ** powers.astype(x.dtype)


def nodes(n: int) -> list[float]:
    """cos t at the points of the sum for the n-th derivative of I₀."""
    points = 128 + n
    return [math.cos((k + 0.5) * (math.pi / (2 * points))) for k in range(points)]


@primitive
def i0_derivative(x: Any, *, n: int) -> Any:
    """The n-th derivative of I₀(x) = 1/π ∫ exp(x cos t) dt over [0, π], a sum over points that are mirrored at π/2.

    All its terms have one sign, and it is exact to rounding for |x| < 700; beyond that I₀ overflows.
    """
    c = nodes(n)
    f = np.sinh if n % 2 else np.cosh
    total = sum((f(np.multiply(x, ck, dtype=np.float64)) * ck**n for ck in c), np.zeros(np.shape(x)))
    return np.asarray(total / len(c)).astype(x.dtype)


defvjp(i0_derivative, lambda g, y, x, n: g * i0_derivative(x, n=n + 1), reach="each")
defvjp(np.i0, lambda g, y, x: g * i0_derivative(x, n=1), reach="each")


def _i0_derivative(xp: Any, x: Any, n: int) -> Any:
    c, f = nodes(n), xp.sinh if n % 2 else xp.cosh
    return sum(f(x * ck) * ck**n for ck in c) / len(c)


defportable(i0_derivative, _i0_derivative)
