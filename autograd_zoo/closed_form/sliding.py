"""Sliding windows over the last axes of an array, and the sum of windows back into place: each is the other's rule."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from .notation import Array
from .protocol import dispatched

Lengths = int | Sequence[int]
BLOCK = 1 << 16
_INTEGERS = frozenset({int})  # asked in one go, for this runs with every window


def per_axis(value: Any, k: int, name: str, least: int = 1) -> tuple[int, ...]:
    """One integer for each of k axes, from one for all or k of them; a ValueError where one is below `least`."""
    values = tuple(value) if isinstance(value, (tuple, list, np.ndarray)) else (value,) * k
    if len(values) == k and _INTEGERS.issuperset(map(type, values)) and min(values, default=least) >= least:
        return values
    if len(values) != k or not all(isinstance(n, (int, np.integer)) and n >= least for n in values):
        raise ValueError(f"{name} must be an integer of at least {least}, or one for each of {k} axes; got {value!r}")
    return tuple(int(n) for n in values)


def fitting(
    shape: Sequence[int], size: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> tuple[int, ...]:
    """How many windows fit into each axis of a shape, or raise a ValueError where none does."""
    spans = [d * (s - 1) + 1 for s, d in zip(size, dilation, strict=True)]
    if any(span > n for span, n in zip(spans, shape, strict=True)):
        raise ValueError(
            f"a window of size {(*size,)} with dilation {(*dilation,)} spans {(*spans,)} elements, but the axes have "
            f"{(*shape,)}: pad the array, or take a smaller window"
        )
    return tuple((n - span) // s + 1 for n, span, s in zip(shape, spans, stride, strict=True))


@dispatched
def windows(x: Array, size: Lengths, stride: Lengths = 1, dilation: Lengths = 1) -> Array:
    """Sliding windows over the last axes: y[…, o, s] = x[…, stride · o + dilation · s]

    `size` holds the lengths of a window: their number k says how many axes the windows slide over. `stride` are the
    steps from one window to the next, `dilation` those from one element of a window to the next; each is an integer, or
    one for each axis. The rule is `overlap_add`.

    Shapes: a Tensor or array x (..., n₁, ..., nₖ), the result, of an array a read-only view, (..., o₁, ..., oₖ,
    s₁, ..., sₖ), where o = (n − dilation (s − 1) − 1) // stride + 1.
    Raises: ValueError where a window is longer than its axis, or a number is not positive, or there are not k of them.

    >>> import numpy as np
    >>> windows(np.arange(6.0), 3, stride=2)
    array([[0., 1., 2.],
           [2., 3., 4.]])
    """
    k = len(size) if isinstance(size, (tuple, list, np.ndarray)) else 1
    size, stride, dilation = per_axis(size, k, "size"), per_axis(stride, k, "stride"), per_axis(dilation, k, "dilation")
    if k > x.ndim:
        raise ValueError(f"windows of {k} axes, size={size}, need an array of {k} axes or more; got shape {x.shape}")
    fitting(x.shape[x.ndim - k :], size, stride, dilation)
    spans = [d * (s - 1) + 1 for s, d in zip(size, dilation, strict=True)]
    every = np.lib.stride_tricks.sliding_window_view(x, spans, axis=tuple(range(-k, 0)))
    steps: Any = (slice(None, None, step) for step in (*stride, *dilation))
    return every[..., *steps]


@dispatched
def overlap_add(w: Array, *, shape: Sequence[int], stride: Lengths = 1, dilation: Lengths = 1) -> Array:
    """The windows w added back into an array of a `shape`: y[…, stride · o + dilation · s] += w[…, o, s]

    `stride` and `dilation` are as in `windows`, which is the rule.

    Shapes: a Tensor or array w (..., o₁, ..., oₖ, s₁, ..., sₖ), the result (..., n₁, ..., nₖ), as `shape` says.
    Raises: ValueError where an array of this shape has other windows than w.

    >>> import numpy as np
    >>> overlap_add(np.ones((2, 3)), shape=(6,), stride=2)
    array([1., 1., 2., 1., 1., 0.])
    """
    k = w.ndim - len(shape)
    if k < 0 or 2 * k > w.ndim:
        raise ValueError(f"windows of shape {w.shape} cannot come from an array of shape {tuple(shape)}")
    stride, dilation = per_axis(stride, k, "stride"), per_axis(dilation, k, "dilation")
    lead, size = tuple(shape[: len(shape) - k]), w.shape[w.ndim - k :]
    counts = fitting(shape[len(shape) - k :], size, stride, dilation)
    if w.shape != (*lead, *counts, *size):
        raise ValueError(
            f"an array of shape {tuple(shape)} has windows of shape {(*lead, *counts, *size)} with stride {stride} and "
            f"dilation {dilation}; got {w.shape}"
        )
    apart = all(n == o * s == o * step for n, o, s, step in zip(shape[len(lead) :], counts, size, stride, strict=True))
    apart = apart and not any(
        d > 1 and s > 1 for d, s in zip(dilation, size, strict=True)
    )  # each element in one window
    y = np.empty(shape, w.dtype) if apart else np.zeros(shape, w.dtype)
    few = max(1, BLOCK * lead[0] // max(1, y.size)) if lead else 1  # that stay in the cache from offset to offset
    for some in (slice(n, n + few) for n in range(0, lead[0], few)) if lead else (...,):
        for offset in product(*map(range, size)):
            starts = [d * s for d, s in zip(dilation, offset, strict=True)]
            reached: Any = (slice(a, a + o * step, step) for a, o, step in zip(starts, counts, stride, strict=True))
            target, part = y[some][..., *reached], w[some][..., *offset]
            np.add(0 if apart else target, part, out=target)
    return y
