"""Shape primitives: the same elements on other axes, arrays joined, divided, broadcast and tiled, another dtype."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from operator import index as integer
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..engine.functions import implements
from ..engine.rules import defvjp
from ..engine.tensor import Tensor, cast, record
from ..engine.values import array, frozen, raw, unmasked


def arrayed(x: Any) -> Any:
    """`x` with the attributes of an array: a Tensor itself, anything else as a constant."""
    return x if isinstance(x, Tensor) else array(unmasked(x))


def axis_of(axis: int, x: Any) -> int:
    """`axis` of `x`, counted from the front."""
    return int(normalize_axis_index(axis, np.ndim(raw(x))))


def whole(n: Any) -> int:
    """`n` as an integer, as NumPy's functions written in Python have it: True is 1, 2.0 is 2, and 1.5 is refused."""
    if int(n) != n:
        raise TypeError(f"an integer is needed, got {n!r}")
    return int(n)


def along(axis: int, item: Any) -> tuple[Any, ...]:
    """The index that is `item` on `axis`, and takes everything on the other axes."""
    return (*(slice(None),) * axis, item)


def inverse(axes: Iterable[int]) -> tuple[int, ...]:
    """The permutation that undoes the permutation `axes`."""
    order = list(axes)
    return tuple(sorted(range(len(order)), key=order.__getitem__))


# ---- the same elements on other axes ----------------------------------------------------------------------------


def reshape(x: Any, *, shape: Any, order: Any = "C") -> Any:
    """The same elements in another shape: np.reshape, whose argument is called otherwise before NumPy 2.1."""
    return np.reshape(x, shape, order=order)


@implements(np.reshape)
def _reshape(a: Any, shape: Any, order: str = "C") -> Any:
    if order not in ("C", "F"):
        raise ValueError(f"a Tensor's elements are read in order 'C' or 'F', not as they lie in memory; got {order!r}")
    return record(reshape, (a,), {"shape": frozen(shape)} | ({} if order == "C" else {"order": order}))


defvjp(reshape, lambda g, y, x, shape, order="C": np.reshape(g, x.shape, order=order), reach="moved")
defvjp(np.expand_dims, lambda g, y, x, axis: np.reshape(g, x.shape), reach="moved")
defvjp(np.squeeze, lambda g, y, x, axis=None: np.reshape(g, x.shape), reach="moved")
defvjp(
    np.transpose,
    lambda g, y, x, axes=None: np.transpose(
        g, None if axes is None else inverse(integer(axis) % x.ndim for axis in np.ravel(axes))
    ),
    reach="moved",
)
defvjp(np.swapaxes, lambda g, y, x, axis1, axis2: np.swapaxes(g, axis1, axis2), reach="moved")
implements(np.swapaxes)(  # what `bind` would find in the signature, in half the time: every `linear` asks for Wᵀ
    lambda a, axis1, axis2: record(np.swapaxes, (a,), {"axis1": integer(axis1), "axis2": integer(axis2)})
)
defvjp(np.moveaxis, lambda g, y, x, source, destination: np.moveaxis(g, destination, source), reach="moved")
defvjp(np.flip, lambda g, y, x, axis=None: np.flip(g, axis), reach="moved")
defvjp(np.rot90, lambda g, y, x, k=1, axes=(0, 1): np.rot90(g, -k, axes), reach="moved")
implements(np.rot90)(lambda m, k=1, axes=(0, 1): record(np.rot90, (m,), {"k": whole(k), "axes": tuple(axes)}))
defvjp(np.roll, lambda g, y, x, shift, axis=None: np.roll(g, np.negative(shift).tolist(), axis), reach="moved")
defvjp(cast, lambda g, y, x, dtype: g, reach="moved")  # the sweep gives every cotangent the dtype of its input


@implements(np.roll)
def _roll(a: Any, shift: Any, axis: Any = None) -> Any:
    steps = np.asarray(shift, int).tolist()  # signed, and cut off as NumPy does: 1.5 is 1
    return record(np.roll, (a,), {"shift": frozen(steps)} | ({} if axis is None else {"axis": frozen(axis)}))


@implements(np.rollaxis)
def _rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    source = axis_of(axis, a)
    start = whole(start)
    before = start + a.ndim if start < 0 else start
    return np.moveaxis(a, source, before - (source < before))


implements(np.ravel)(lambda a, order="C": np.reshape(a, -1, order))
implements(np.matrix_transpose, np.linalg.matrix_transpose)(lambda x: np.swapaxes(x, -1, -2))
implements(np.fliplr)(lambda m: np.flip(m, 1))
implements(np.flipud)(lambda m: np.flip(m, 0))
implements(np.copy)(lambda a, order="K": np.positive(a))
implements(np.astype)(lambda x, dtype, copy=True: x.astype(dtype))


def _at_least(*index: Any) -> Callable[..., Any]:
    """For each number of axes that is too small, the index that adds the missing ones where NumPy does."""

    def pad(x: Any) -> Any:
        return x[index[x.ndim]] if x.ndim < len(index) else x

    return lambda *arys: pad(arrayed(arys[0])) if len(arys) == 1 else tuple(pad(arrayed(x)) for x in arys)


_ALL = slice(None)
implements(np.atleast_1d)(_at_least((None,)))
implements(np.atleast_2d)(_at_least((None, None), (None, _ALL)))
implements(np.atleast_3d)(_at_least((None, None, None), (None, _ALL, None), (_ALL, _ALL, None)))

# ---- joined -----------------------------------------------------------------------------------------------------


def concatenate(*xs: Any, axis: int) -> Any:
    """The arrays one after the other along `axis`."""
    return np.concatenate(xs, axis=axis)


def stack(*xs: Any, axis: int) -> Any:
    """The arrays along a new axis."""
    return np.stack(xs, axis=axis)


def concatenate_dxs(g: Any, y: Any, *xs: Any, axis: int) -> list[Any]:
    """Each array gets its own stretch of g."""
    axis = axis_of(axis, y)
    stops = np.cumsum([x.shape[axis] for x in xs]).tolist()
    return [g[along(axis, slice(start, stop))] for start, stop in pairwise([0, *stops])]


def stack_dxs(g: Any, y: Any, *xs: Any, axis: int) -> list[Any]:
    """Each array gets its own layer of g."""
    axis = axis_of(axis, y)
    return [g[along(axis, i)] for i in range(len(xs))]


defvjp(concatenate, joint=concatenate_dxs, reach="moved")
defvjp(stack, joint=stack_dxs, reach="moved")


@implements(np.concatenate)  # np.concat is the same object
def _concatenate(arrays: Any, axis: int | None = 0) -> Any:
    arrays = tuple(arrays) if axis is not None else tuple(np.ravel(x) for x in arrays)
    return record(concatenate, arrays, {"axis": 0 if axis is None else axis})


@implements(np.hstack)
def _hstack(tup: Any) -> Any:
    arrays = [np.atleast_1d(x) for x in tup]
    return np.concatenate(arrays, axis=0 if arrays[0].ndim == 1 else 1)


implements(np.stack)(lambda arrays, axis=0: record(stack, tuple(arrays), {"axis": axis}))
implements(np.vstack)(lambda tup: np.concatenate([np.atleast_2d(x) for x in tup]))
implements(np.dstack)(lambda tup: np.concatenate([np.atleast_3d(x) for x in tup], axis=2))
implements(np.column_stack)(
    lambda tup: np.concatenate([x if x.ndim > 1 else np.atleast_2d(x).T for x in map(arrayed, tup)], axis=1)
)
implements(np.append)(lambda arr, values, axis=None: np.concatenate([arr, values], axis=axis))

# ---- divided ----------------------------------------------------------------------------------------------------


def _cuts(n: int, sections: int, equal: bool) -> list[int]:
    """Where an axis of length n is cut into parts; the first ones are longer by one where it does not divide."""
    if sections < 1 or (equal and n % sections):
        raise ValueError(
            f"an axis of length {n} cannot be split into {sections} equal parts; "
            "give the indices to cut at, or use np.array_split, whose parts may differ by one"
        )
    return [n // sections * k + min(k, n % sections) for k in range(1, sections)]


def _split(ary: Any, indices_or_sections: Any, axis: int, equal: bool) -> list[Any]:
    axis = axis_of(axis, ary)
    n = ary.shape[axis]
    parts = indices_or_sections
    cuts = [integer(i) for i in parts] if np.ndim(parts) else _cuts(n, whole(parts), equal)
    return [ary[along(axis, slice(start, stop))] for start, stop in pairwise([0, *cuts, n])]


@implements(np.vsplit)
def _vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    if ary.ndim < 2:
        raise ValueError(f"vsplit takes an array of two axes or more, got shape {ary.shape}; use np.split")
    return _split(ary, indices_or_sections, 0, True)


implements(np.split)(lambda ary, indices_or_sections, axis=0: _split(ary, indices_or_sections, axis, True))
implements(np.array_split)(lambda ary, indices_or_sections, axis=0: _split(ary, indices_or_sections, axis, False))
implements(np.hsplit)(lambda ary, indices_or_sections: np.split(ary, indices_or_sections, min(1, ary.ndim - 1)))
implements(np.dsplit)(lambda ary, indices_or_sections: np.split(ary, indices_or_sections, 2))
if hasattr(np, "unstack"):  # since NumPy 2.1
    implements(np.unstack)(lambda x, axis=0: tuple(np.moveaxis(x, axis, 0)))

# ---- broadcast and tiled ----------------------------------------------------------------------------------------

defvjp(np.broadcast_to, lambda g, y, x, shape: g, broadcasts=True, reach="moved")  # the sweep sums back


def tile_dx(g: Any, y: Any, x: Any, reps: tuple[int, ...]) -> Any:
    """The sum of the copies: each axis of g is read as (copies, elements)."""
    axes = max(len(reps), x.ndim)
    copies, lengths = (1,) * (axes - len(reps)) + reps, (1,) * (axes - x.ndim) + x.shape
    apart = np.reshape(g, [n for pair in zip(copies, lengths, strict=True) for n in pair])
    return np.reshape(np.sum(apart, axis=tuple(range(0, 2 * axes, 2))), x.shape)


defvjp(np.tile, tile_dx, reach="moved")
implements(np.tile)(lambda A, reps: record(np.tile, (A,), {"reps": tuple(map(whole, np.ravel(reps)))}))


@implements(np.broadcast_arrays)
def _broadcast_arrays(*args: Any) -> tuple[Any, ...]:
    shape = np.broadcast_shapes(*(np.shape(raw(x)) for x in args))
    return tuple(np.broadcast_to(x, shape) for x in args)


@implements(np.meshgrid)
def _meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> tuple[Any, ...]:
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid takes indexing='xy' or 'ij', got {indexing!r}")
    n = len(xi)
    axes = [1, 0, *range(2, n)] if indexing == "xy" and n > 1 else [*range(n)]
    grids = [np.reshape(x, (*(1,) * axis, -1, *(1,) * (n - axis - 1))) for x, axis in zip(xi, axes, strict=True)]
    return tuple(grids) if sparse else np.broadcast_arrays(*grids)


@implements(np.diff)
def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    if n < 0:
        raise ValueError(f"diff takes the order n ≥ 0 of the difference, got {n}")
    if n == 0:
        return a  # and nothing is put before or after it
    a = arrayed(a)
    axis = axis_of(axis, a)
    edge = (*a.shape[:axis], 1, *a.shape[axis + 1 :])  # the shape of a number that is put before or after
    parts = [arrayed(x) for x in (prepend, a, append) if x is not None]
    parts = [x if x.ndim else np.broadcast_to(x, edge) for x in parts]
    a = a if len(parts) == 1 else np.concatenate(parts, axis=axis)
    for _ in range(n):
        a = a[along(axis, slice(1, None))] - a[along(axis, slice(None, -1))]
    return a
