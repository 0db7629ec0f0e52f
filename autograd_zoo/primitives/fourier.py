"""Discrete Fourier transforms, and the parts of complex numbers: what goes on between a real beginning and a real end.

All transforms are composed of one, `dft`, whose matrix is symmetric: it is its own rule.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine import complexes  # noqa: F401  (the Tensors of complex dtype)
from ..engine.at import getitem
from ..engine.functions import COMPLEX, implements
from ..engine.primitive import primitive
from ..engine.rules import defvjp
from ..engine.tensor import cast
from ..engine.values import raw
from . import contraction, shape
from .length import direction
from .portable import defportable
from .reduction import mean
from .scatter import scatter_add
from .shape import along, arrayed, axis_of

# ---- parts ------------------------------------------------------------------------------------------------------


@primitive(broadcasts=True)
def turned(z: Any) -> Any:
    """−i z, of real numbers too."""
    return np.asarray(z) * z.dtype.type(1) * np.complex64(-1j)


@primitive(broadcasts=True)
def real_part(z: Any) -> Any:
    """Re z."""
    return np.real(z)


@primitive(broadcasts=True)
def imaginary_part(z: Any) -> Any:
    """Im z."""
    return np.imag(z)


@primitive(broadcasts=True)
def argument(z: Any) -> Any:
    """The angle of z, from −π to π."""
    return np.angle(z)


defvjp(turned, lambda g, y, z: turned(g))
defvjp(real_part, lambda g, y, z: g)
defvjp(imaginary_part, lambda g, y, z: turned(g))
defvjp(argument, lambda g, y, z: turned(g) / z)
defvjp(np.conjugate, lambda g, y, z: np.conj(g))
defportable(turned, lambda xp, z: -1j * z)
defportable(real_part, lambda xp, z: xp.real(z))
defportable(imaginary_part, lambda xp, z: xp.imag(z))
defportable(argument, lambda xp, z: xp.arctan2(xp.imag(z), xp.real(z)))


def is_complex(z: Any) -> bool:
    """Whether z has a complex dtype."""
    return bool(arrayed(z).dtype.kind == "c")


implements(np.real)(lambda val: real_part(val) if is_complex(val) else val)
implements(np.imag)(lambda val: imaginary_part(val) if is_complex(val) else np.zeros_like(raw(val)))


@implements(np.angle)
def _angle(z: Any, deg: bool = False) -> Any:
    angle = argument(z) if is_complex(z) else np.arctan2(0.0, z)
    return np.rad2deg(angle) if deg else angle


# ---- transforms -------------------------------------------------------------------------------------------------


@primitive
def dft(x: Any, *, axes: tuple[int, ...], inverse: bool = False, norm: Any = None) -> Any:
    """The Fourier transform of all elements along `axes`."""
    return (np.fft.ifftn if inverse else np.fft.fftn)(x, axes=axes, norm=norm)


defvjp(
    dft, lambda g, y, x, axes, inverse=False, norm=None: dft(g, axes=axes, inverse=inverse, norm=norm), reach="mixed"
)
defportable(
    dft,
    lambda xp, x, axes, inverse=False, norm=None: (xp.fft.ifftn if inverse else xp.fft.fftn)(x, axes=axes, norm=norm),
)


def sized(x: Any, n: int | None, axis: int) -> Any:
    """x with n elements along `axis`: the first ones, or followed by zeros."""
    have = x.shape[axis]
    if n is None or n == have:
        return x
    if n < 1:
        raise ValueError(f"a transform has 1 point or more, got {n}")
    if n < have:
        return x[along(axis, slice(n))]
    return np.pad(x, [(0, n - have if k == axis else 0) for k in range(x.ndim)])


def over(a: Any, s: Any, axes: Any) -> tuple[Any, list[int | None], list[int]]:
    """An array, the numbers of points, and the axes of a transform of several axes."""
    a = arrayed(a)
    sizes = None if s is None else [None if n in (None, -1) else int(n) for n in s]
    axes = range(a.ndim) if axes is None and sizes is None else range(-len(sizes or ()), 0) if axes is None else axes
    found = [axis_of(k, a) for k in axes]
    if sizes is not None and len(sizes) != len(found):
        raise ValueError(f"a transform takes as many numbers of points as axes, got s={s!r} for axes {found}")
    return a, sizes or [None] * len(found), found


def transform(function: Callable[..., Any], inverse: bool) -> None:
    """Let NumPy's complex transform `function` of one axis be recorded."""

    @implements(function)
    def handler(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Any:
        axis = axis_of(axis, a)
        return dft(sized(a, n, axis), axes=(axis,), inverse=inverse, norm=norm)


def transform_of_axes(
    function: Callable[..., Any], default: Any, one: Callable[..., Any], rest: Any, last: bool
) -> None:
    """Let NumPy's `function` of several axes be `one` along the last of them, and `rest` along the others.

    The others come first where the last one ends real.
    """

    @implements(function)
    def handler(a: Any, s: Any = None, axes: Sequence[int] | None = default, norm: str | None = None) -> Any:
        a, sizes, found = over(a, s, axes)
        steps = [(rest, n, k) for n, k in zip(sizes[:-1], found[:-1], strict=True)]
        final = [(one, n, k) for n, k in zip(sizes[-1:], found[-1:], strict=True)]
        for step, n, axis in steps + final if last else final + steps:
            a = step(a, n, axis, norm)
        return a


@implements(np.fft.rfft)
def _rfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Any:
    if is_complex(a):
        raise TypeError("rfft takes real numbers; of complex ones write np.fft.fft(z)")
    axis = axis_of(axis, a)
    a = sized(a, n, axis)
    return dft(a, axes=(axis,), norm=norm)[along(axis, slice(a.shape[axis] // 2 + 1))]


@implements(np.fft.irfft)
def _irfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Any:
    axis = axis_of(axis, a)
    n = 2 * (a.shape[axis] - 1) if n is None else n
    half = sized(a, n // 2 + 1, axis)
    other = np.flip(half[along(axis, slice(1, (n + 1) // 2))], axis)
    whole = np.concatenate([half, np.conjugate(other)], axis=axis)
    return np.real(dft(whole, axes=(axis,), inverse=True, norm=norm))


OPPOSITE: dict[str | None, Any] = {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}
transform(np.fft.fft, False)
transform(np.fft.ifft, True)
implements(np.fft.hfft)(lambda a, n=None, axis=-1, norm=None: np.fft.irfft(np.conjugate(a), n, axis, OPPOSITE[norm]))
implements(np.fft.ihfft)(lambda a, n=None, axis=-1, norm=None: np.conjugate(np.fft.rfft(a, n, axis, OPPOSITE[norm])))
for dimensions, default in (("2", (-2, -1)), ("n", None)):
    for name, one, rest, last in (
        ("fft", np.fft.fft, np.fft.fft, False),
        ("ifft", np.fft.ifft, np.fft.ifft, False),
        ("rfft", np.fft.rfft, np.fft.fft, False),
        ("irfft", np.fft.irfft, np.fft.ifft, True),
    ):
        transform_of_axes(getattr(np.fft, name + dimensions), default, one, rest, last)


def shifted(x: Any, axes: Any, sign: int) -> Any:
    """x rolled by half of each length, forwards or backwards."""
    axes = tuple(range(x.ndim)) if axes is None else tuple(np.ravel(axes).tolist())
    return np.roll(x, [sign * (x.shape[k] // 2) for k in axes], axes)


implements(np.fft.fftshift)(lambda x, axes=None: shifted(x, axes, 1))
implements(np.fft.ifftshift)(lambda x, axes=None: shifted(x, axes, -1))

# ---- what is recorded of complex numbers ------------------------------------------------------------------------

ANALYTIC = (
    "add subtract multiply divide negative positive reciprocal square power sqrt exp log sin cos tan sinh cosh tanh"
)
PARTS = "absolute conjugate real imag angle"
MOVES = (
    "reshape ravel transpose swapaxes moveaxis expand_dims squeeze flip roll pad broadcast_to where take tile repeat"
)
JOINS = "concatenate stack hstack vstack split array_split diagonal trace sum mean cumsum diff"
PRODUCTS = "matmul dot inner outer tensordot einsum kron"
COMPLEX.update(getattr(np, name) for name in " ".join((ANALYTIC, PARTS, MOVES, JOINS, PRODUCTS)).split())
COMPLEX.update(getattr(np.fft, name) for name in np.fft.__all__ if not name.endswith("freq"))
COMPLEX.update((np.linalg.inv, np.linalg.solve))
COMPLEX.update((getitem, cast, contraction.einsum))
OURS: tuple[Any, ...] = (scatter_add, direction, mean, dft, turned)
COMPLEX.update(op.__wrapped__ for op in OURS)  # what is recorded of these
COMPLEX.update((shape.reshape, shape.concatenate, shape.stack))
