"""Rows that JAX and PyTorch have themselves, over the portable ones: for speed, and where names differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from ..primitives.portable import portable
from .names import operations
from .places import traced
from .portable import Rows


class JaxRows(Rows):
    """Rows for JAX, whose indexing takes computed integers, and adds at them, and whose names are NumPy's."""

    def __call__(self, name: str) -> Any:
        return super().__call__(name) or self.like_numpy(name)

    def like_numpy(self, name: str) -> Any:
        """What an operation is by NumPy's names, which JAX has too."""
        op = operations().get(name)
        try:
            form = None if op is None else portable(op)
        except KeyError:
            return None
        if not isinstance(form, str):
            return form and partial(form, self.xp)
        found = self.xp
        for part in form.split("."):
            found = getattr(found, part, None)
        return found

    def logistic(self, x: Any) -> Any:
        from jax.nn import sigmoid

        return sigmoid(x)

    def erf(self, x: Any) -> Any:
        from jax.scipy.special import erf

        return erf(x)

    def logsumexp(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        from jax.nn import logsumexp

        return logsumexp(x, axis=axis, keepdims=keepdims)

    def shares(self, x: Any, axis: int = -1) -> Any:
        from jax.nn import softmax

        return softmax(x, axis=axis)

    def log_shares(self, x: Any, axis: int = -1) -> Any:
        from jax.nn import log_softmax

        return log_softmax(x, axis=axis)

    def getitem(self, x: Any, index: Any) -> Any:
        return x[index]

    def scatter_add(self, g: Any, index: Any, shape: Any) -> Any:
        return self.xp.zeros(shape, g.dtype).at[index].add(g)

    def windows(self, x: Any, size: Any, stride: Any = 1, dilation: Any = 1) -> Any:
        reads, counts, size = window_reads(tuple(x.shape), size, stride, dilation)
        lead = tuple(x.shape[: x.ndim - len(size)])
        return self.xp.reshape(self.xp.stack([x[read] for read in reads], -1), (*lead, *counts, *size))

    def overlap_add(self, w: Any, *, shape: Any, stride: Any = 1, dilation: Any = 1) -> Any:
        """What each element of the windows adds, with zeros between: sums, which XLA fuses, and no scatter."""
        from jax.lax import pad

        size, shape = tuple(w.shape[len(shape) :]), tuple(shape)
        reads, _, _ = window_reads(shape, size, stride, dilation)
        zero, y = self.xp.zeros((), w.dtype), None
        for offset, read in zip(product(*map(range, size)), reads, strict=True):
            part = w[(..., *offset)]
            ends = [(0, 0, 0)] * (len(shape) - len(size))
            for n, at in zip(shape[len(shape) - len(size) :], read[1:], strict=True):
                last = at.start + (len(range(at.start, at.stop, at.step)) - 1) * at.step
                ends.append((at.start, n - 1 - last, at.step - 1))
            spread = pad(part, zero, ends)
            y = spread if y is None else y + spread
        return y


class TorchRows(Rows):
    """Rows for PyTorch."""

    def logistic(self, x: Any) -> Any:
        return self.xp.torch.sigmoid(x)

    def erf(self, x: Any) -> Any:
        return self.xp.torch.erf(x)

    def logsumexp(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self.xp.torch.logsumexp(x, tuple(range(x.ndim)) if axis is None else axis, keepdim=keepdims)

    def shares(self, x: Any, axis: int = -1) -> Any:
        return self.xp.torch.softmax(x, axis)

    def log_shares(self, x: Any, axis: int = -1) -> Any:
        return self.xp.torch.log_softmax(x, axis)

    def getitem(self, x: Any, index: Any) -> Any:
        parts = index if isinstance(index, tuple) else (index,)
        if any(isinstance(i, slice) and (i.step or 1) < 0 for i in parts) and not any(map(traced, parts)):
            return self.gathered(x, np.arange(x.numel()).reshape(tuple(x.shape))[index])
        return super().getitem(x, index)

    def scatter_add(self, g: Any, index: Any, shape: Any) -> Any:
        parts = index if isinstance(index, tuple) else (index,)
        zeros = self.xp.torch.zeros(tuple(shape), dtype=g.dtype)
        if not any(traced(i) or isinstance(i, (np.ndarray, list)) for i in parts):
            return self.xp.reshape(
                self.added(g, np.arange(zeros.numel()).reshape(tuple(shape))[index], zeros.numel()), shape
            )
        places = (
            self.flat_place(index, tuple(shape))
            if any(map(traced, parts))
            else self.index(np.arange(zeros.numel()).reshape(tuple(shape))[index])
        )
        return zeros.reshape(-1).index_add(0, places.reshape(-1), g.reshape(-1)).reshape(tuple(shape))

    def dft(self, x: Any, *, axes: Any, inverse: bool = False, norm: Any = None) -> Any:
        f = self.xp.torch.fft.ifftn if inverse else self.xp.torch.fft.fftn
        return f(x, dim=tuple(axes), norm=norm)

    def einsum(self, *xs: Any, subscripts: str, optimize: Any = False) -> Any:
        return self.xp.torch.einsum(subscripts, *xs)

    def windows(self, x: Any, size: Any, stride: Any = 1, dilation: Any = 1) -> Any:
        reads, counts, size = window_reads(tuple(x.shape), size, stride, dilation)
        return self.xp.torch.stack([x[read] for read in reads], -1).reshape(
            *x.shape[: x.ndim - len(size)], *counts, *size
        )


def window_reads(
    shape: tuple[int, ...], size: Any, stride: Any, dilation: Any
) -> tuple[list[Any], list[int], tuple[int, ...]]:
    """For each element of a window the index that reads it from all windows; how many there are; the window's size."""
    size = tuple(size) if isinstance(size, Sequence) else (size,)
    k = len(size)
    stride, dilation = (tuple(v) if isinstance(v, Sequence) else (v,) * k for v in (stride, dilation))
    ends = shape[len(shape) - k :]
    counts = [(n - d * (s - 1) - 1) // t + 1 for n, s, t, d in zip(ends, size, stride, dilation, strict=True)]
    reads = [
        (
            ...,
            *(
                slice(d * o, d * o + (m - 1) * t + 1, t)
                for o, m, t, d in zip(offset, counts, stride, dilation, strict=True)
            ),
        )
        for offset in product(*map(range, size))
    ]
    return reads, counts, size


def _reduction(name: str) -> Callable[..., Any]:
    def reduced(self: Torch, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return getattr(self.torch, name)(x, dim=axes(x, axis), keepdim=keepdims)

    return reduced


class Torch:
    """PyTorch by the array API's names, as far as they differ."""

    def __init__(self, torch: Any) -> None:
        self.torch = torch

    def __getattr__(self, name: str) -> Any:
        return getattr(
            self.torch,
            {"concat": "cat", "permute_dims": "permute", "bitwise_invert": "bitwise_not", "equal": "eq"}.get(
                name, name
            ),
        )

    def asarray(self, x: Any, dtype: Any = None) -> Any:
        return self.torch.as_tensor(x, dtype=dtype)

    def astype(self, x: Any, dtype: Any) -> Any:
        return x.to(dtype)

    def isdtype(self, dtype: Any, kind: str) -> bool:
        return bool(dtype == self.torch.bool if kind == "bool" else dtype.is_floating_point)

    sum, mean, any, all, max, min = map(_reduction, ("sum", "mean", "any", "all", "amax", "amin"))

    def argmax(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self.torch.argmax(x, dim=axis, keepdim=keepdims)

    def argmin(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self.torch.argmin(x, dim=axis, keepdim=keepdims)

    def concat(self, xs: Any, axis: int = 0) -> Any:
        return self.torch.cat(xs, dim=axis)

    def stack(self, xs: Any, axis: int = 0) -> Any:
        return self.torch.stack(xs, dim=axis)

    def take(self, x: Any, index: Any, axis: int) -> Any:
        n = x.shape[axis]  # index_select takes no place from the end
        return self.torch.index_select(x, axis, self.torch.where(index < 0, index + n, index))

    def flip(self, x: Any, axis: Any = None) -> Any:
        return self.torch.flip(x, axes(x, axis))

    def full(self, shape: Any, value: float, dtype: Any) -> Any:
        return self.torch.full(tuple(shape), value, dtype=dtype)

    def moveaxis(self, x: Any, source: Any, destination: Any) -> Any:
        return self.torch.movedim(x, source, destination)

    def cumulative_sum(self, x: Any, axis: int) -> Any:
        return self.torch.cumsum(x, axis)

    def cumulative_prod(self, x: Any, axis: int) -> Any:
        return self.torch.cumprod(x, axis)

    def prod(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        for a in sorted((a % x.ndim for a in axes(x, axis)), reverse=True):
            x = self.torch.prod(x, dim=a, keepdim=keepdims)
        return x

    def argsort(self, x: Any, axis: int = -1, stable: bool = True) -> Any:
        return self.torch.argsort(x, dim=axis, stable=stable)


def axes(x: Any, axis: Any) -> tuple[int, ...]:
    """Axes as a tuple."""
    return tuple(range(x.ndim)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
