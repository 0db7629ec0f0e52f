"""What each primitive is called elsewhere, so that what was recorded can be computed by another array library.

NumPy's functions have their own names there: those of NumPy and of the array API, such as `exp` or `linalg.inv`. Each
primitive of ours has a form: how it is composed of such names, as a function `(xp, *inputs, **params)` of the library
`xp`; or, as text, a name that array libraries share and NumPy lacks. `defportable` says it beside the rule; in the
table below stand those that share functions. A test evaluates each form with NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from ..engine.rules import label

Composition = Callable[..., Any]


def portable(op: Callable[..., Any]) -> str | Composition:
    """The name of a primitive in another array library, or how it is composed there.

    Raises
    ------
    KeyError
        for a primitive that is not NumPy's, and of which no form is known

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_zoo.primitives.portable import portable
    >>> portable(np.exp), portable(np.linalg.inv)
    ('exp', 'linalg.inv')
    """
    name = label(op)
    for module, prefix in ((np, ""), (np.linalg, "linalg.")):
        if getattr(module, name, None) is op:
            return prefix + name
    if name not in PORTABLE:
        raise KeyError(
            f"{name} is not NumPy's, and no form of it is known: write `defportable({name}, lambda xp, ...)`"
        )
    return PORTABLE[name]


def defportable(op: Callable[..., Any], form: str | Composition) -> None:
    """Say what a primitive is called in another array library, or how it is composed there: `form(xp, *inputs)`."""
    _FORMS[label(op)] = form


def _shares(xp: Any, x: Any, axis: int = -1) -> Any:
    m = xp.max(x, axis=axis, keepdims=True)
    e = xp.exp(x - xp.where(xp.isfinite(m), m, 0.0))
    return e / xp.sum(e, axis=axis, keepdims=True)


def _log_shares(xp: Any, x: Any, axis: int = -1) -> Any:
    m = xp.max(x, axis=axis, keepdims=True)
    x = x - xp.where(xp.isfinite(m), m, 0.0)
    return x - xp.log(xp.sum(xp.exp(x), axis=axis, keepdims=True))


def _logsumexp(xp: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    m = xp.max(x, axis=axis, keepdims=True)
    m = xp.where(xp.isfinite(m), m, 0.0)
    y = xp.log(xp.sum(xp.exp(x - m), axis=axis, keepdims=True)) + m
    return y if keepdims else xp.sum(y, axis=axis)  # over axes of length 1


def _recurrence(xp: Any, a: Any, b: Any) -> Any:
    if not b.shape[-1]:
        return b
    h = [b[..., 0]]
    for i in range(1, b.shape[-1]):
        h.append(a[..., i] * h[-1] + b[..., i])
    return xp.stack(h, axis=-1)


def _cofactors(xp: Any, x: Any) -> Any:
    n = x.shape[-1]
    others = [[k for k in range(n) if k != i] for i in range(n)]
    signed = [
        (-1.0) ** (i + j) * xp.linalg.det(x[..., others[i], :][..., others[j]]) for i in range(n) for j in range(n)
    ]
    return xp.reshape(xp.stack(signed, axis=-1), x.shape) if n else x


def _sinc_derivative(xp: Any, x: Any, n: int) -> Any:
    """By its Taylor series near 0, and elsewhere by the recurrence t s⁽ⁿ⁾ + n s⁽ⁿ⁻¹⁾ = sin⁽ⁿ⁾ for s(t) = sin(t)/t."""
    t = math.pi * x
    near = xp.abs(t) <= n + 1
    small, far = xp.where(near, t, 0.0), xp.where(near, n + 1.0, t)
    first = (n + 1) // 2
    terms = range(first, first + 16 + 2 * n)
    c = [(-1) ** k / (math.factorial(2 * k - n) * (2 * k + 1)) for k in terms]
    series = sum(c_k * small ** (2 * k - n) for c_k, k in zip(c, terms, strict=True))
    s = xp.sin(far) / far
    for m in range(1, n + 1):
        s = (xp.sin(far + m * (math.pi / 2.0)) - m * s) / far
    return math.pi**n * xp.where(near, series, s)


def _hits(xp: Any, places: Any, shape: tuple[int, ...]) -> Any:
    """For each element of an array of a shape, as a row, which of the places are its own."""
    return xp.reshape(xp.arange(math.prod(shape)), (-1, 1)) == xp.reshape(places, (1, -1))


def _counted(xp: Any, shape: tuple[int, ...]) -> Any:
    return xp.reshape(xp.arange(math.prod(shape)), shape)


def _added(xp: Any, g: Any, places: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of a shape, with g added at the places."""
    hits = _hits(xp, places, shape)
    return xp.reshape(xp.sum(xp.where(hits, xp.reshape(g, (1, -1)), 0.0), axis=1), shape)


def _put(xp: Any, x: Any, v: Any, index: Any, how: str) -> Any:
    places = _counted(xp, x.shape)[index]
    if not math.prod(places.shape):
        return x
    v = v if v.ndim <= places.ndim else xp.reshape(v, v.shape[v.ndim - places.ndim :])
    v = xp.reshape(xp.broadcast_to(v, places.shape), (1, -1))
    hits, flat = _hits(xp, places, x.shape), xp.reshape(x, (-1,))
    if how == "add":
        y = flat + xp.sum(xp.where(hits, v, 0.0), axis=1)
    elif how == "multiply":
        y = flat * xp.prod(xp.where(hits, v, 1.0), axis=1)
    elif how == "minimum":
        y = xp.minimum(flat, xp.min(xp.where(hits, v, math.inf), axis=1))
    elif how == "maximum":
        y = xp.maximum(flat, xp.max(xp.where(hits, v, -math.inf), axis=1))
    else:  # the last one that is set stays
        last = hits.shape[1] - 1 - xp.argmax(hits[:, ::-1], axis=1)
        y = xp.where(xp.any(hits, axis=1), v[0][last], flat)
    return xp.reshape(y, x.shape)


def _each(lengths: Any, k: int) -> tuple[int, ...]:
    return (int(lengths),) * k if np.ndim(lengths) == 0 else tuple(lengths)


def _windows(xp: Any, x: Any, size: Any, stride: Any = 1, dilation: Any = 1) -> Any:
    size = (size,) if np.ndim(size) == 0 else tuple(size)
    k = len(size)
    index: list[Any] = [...]
    for axis, (s, step, d) in enumerate(zip(size, _each(stride, k), _each(dilation, k), strict=True)):
        count = (x.shape[axis - k] - d * (s - 1) - 1) // step + 1
        where = [1] * (2 * k)
        where[axis], where[k + axis] = count, s
        index.append(xp.reshape(step * xp.arange(count)[:, None] + d * xp.arange(s), where))
    return x[tuple(index)]


def _overlap_add(xp: Any, w: Any, shape: tuple[int, ...], stride: Any = 1, dilation: Any = 1) -> Any:
    size = w.shape[len(shape) :]
    return _added(xp, w, _windows(xp, _counted(xp, shape), size, stride, dilation), shape)


_FORMS: dict[str, str | Composition] = {
    "cast": lambda xp, x, dtype: x.astype(dtype),
    "reshape": lambda xp, x, shape, order="C": xp.reshape(x, shape, order=order),
    "concatenate": lambda xp, *xs, axis: xp.concatenate(xs, axis=axis),
    "stack": lambda xp, *xs, axis: xp.stack(xs, axis=axis),
    "getitem": lambda xp, x, index: x[index],
    "scatter_add": lambda xp, g, index, shape: _added(xp, g, _counted(xp, shape)[index], shape),
    "put": _put,
    "windows": _windows,
    "overlap_add": _overlap_add,
    "einsum": lambda xp, *xs, subscripts, optimize=False: xp.einsum(subscripts, *xs),
    "mean": lambda xp, x, **params: xp.mean(x, **params),
    "var": lambda xp, x, **params: xp.var(x, **params),
    "std": lambda xp, x, **params: xp.std(x, **params),
    "level": lambda xp, x, axes: xp.mean(x, axis=axes, keepdims=True),
    "deviation": lambda xp, x, mu: x - mu,
    "mean_square": lambda xp, x, axis: xp.mean(x * x, axis=axis, keepdims=True),
    "centered": lambda xp, x, axis=None: x - xp.mean(x, axis=axis, keepdims=True),
    "logsumexp": _logsumexp,
    "shares": _shares,
    "log_shares": _log_shares,
    "recurrence": _recurrence,
    "direction": lambda xp, a, r: xp.where((a == 0) & (r == 0), 0.0, a / r),
    "root": lambda xp, x, p: x ** (1.0 / p),
    "sinc_derivative": _sinc_derivative,
    "cofactors": _cofactors,
    "logabsdet": lambda xp, x: xp.linalg.slogdet(x)[1],
}
PORTABLE: Mapping[str, str | Composition] = MappingProxyType(_FORMS)  # what others see of it
