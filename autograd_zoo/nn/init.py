"""Initializers: what a parameter holds before training, as functions `(shape, *, rng, dtype) -> ndarray`.

Weights are laid out as modules have them: (out, in) or (out, in, *kernel). Draws are made in float64 and then rounded:
a seed gives the same weights in float32 as in float64.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]
Shape = int | tuple[int, ...]
Rng = np.random.Generator | None
RELU = math.sqrt(2)  # the gain that suits it


class Fans(NamedTuple):
    """How many numbers flow into and out of one position of a weighted layer."""

    fan_in: int
    fan_out: int


def fan_in_and_fan_out(shape: Shape) -> Fans:
    """The fans of a weight (out, in, *kernel): in · |kernel| and out · |kernel|.

    Raises
    ------
    ValueError
        for fewer than two axes

    Examples
    --------
    >>> fan_in_and_fan_out((16, 3, 5, 5))
    Fans(fan_in=75, fan_out=400)
    """
    shape = _shape(shape)
    if len(shape) < 2:
        raise ValueError(
            f"fans are those of a weight (out, in, *kernel), and {shape} has fewer than two axes; "
            "for a bias use zeros, constant, uniform or normal"
        )
    kernel = math.prod(shape[2:])
    return Fans(shape[1] * kernel, shape[0] * kernel)


def zeros(shape: Shape, *, rng: Rng = None, dtype: DTypeLike = np.float64) -> Array:
    """All 0. `rng` is not used: every initializer takes it, so that one can stand in for another."""
    return constant(shape, 0.0, rng=rng, dtype=dtype)


def ones(shape: Shape, *, rng: Rng = None, dtype: DTypeLike = np.float64) -> Array:
    """All 1. `rng` is not used."""
    return constant(shape, 1.0, rng=rng, dtype=dtype)


def constant(shape: Shape, value: float, *, rng: Rng = None, dtype: DTypeLike = np.float64) -> Array:
    """All `value`. `rng` is not used."""
    return np.full(_shape(shape), value, _dtype(dtype))


def uniform(
    shape: Shape, *, low: float = 0.0, high: float = 1.0, rng: Rng = None, dtype: DTypeLike = np.float64
) -> Array:
    """Independent draws, evenly from [low, high)."""
    if not -math.inf < low <= high < math.inf:
        raise ValueError(f"uniform draws from [low, high) with finite low <= high, got low={low!r}, high={high!r}")
    return generator(rng).uniform(low, high, _shape(shape)).astype(_dtype(dtype))


def normal(
    shape: Shape, *, mean: float = 0.0, std: float = 1.0, rng: Rng = None, dtype: DTypeLike = np.float64
) -> Array:
    """Independent draws from the normal distribution."""
    _positive(std=std)
    return generator(rng).normal(mean, std, _shape(shape)).astype(_dtype(dtype))


def truncated_normal(
    shape: Shape,
    *,
    mean: float = 0.0,
    std: float = 1.0,
    cut: float = 2.0,
    rng: Rng = None,
    dtype: DTypeLike = np.float64,
) -> Array:
    """Draws from the normal distribution, each drawn anew while it lies beyond mean ± cut · std.

    The standard deviation of the result is smaller than `std`: 0.88 of it for cut=2.
    """
    _positive(std=std)
    if not cut >= 0.1:
        raise ValueError(f"cut, in units of std, must be at least 0.1 or nearly all draws are thrown away; got {cut!r}")
    rng = generator(rng)
    z = rng.standard_normal(_shape(shape))
    while (outside := np.abs(z) > cut).any():
        z[outside] = rng.standard_normal(np.count_nonzero(outside))
    return (mean + std * z).astype(_dtype(dtype))


def glorot_uniform(shape: Shape, *, gain: float = 1.0, rng: Rng = None, dtype: DTypeLike = np.float64) -> Array:
    """Evenly from ±a with a = gain √(6 / (fan_in + fan_out)), also called Xavier.

    Notes
    -----
    Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.

    Examples
    --------
    >>> import numpy as np
    >>> W = glorot_uniform((200, 100), rng=np.random.default_rng(0))
    >>> bool(np.abs(W).max() <= (6 / 300) ** 0.5)
    True
    """
    return _even(shape, _glorot(shape, gain), rng, dtype)


def glorot_normal(shape: Shape, *, gain: float = 1.0, rng: Rng = None, dtype: DTypeLike = np.float64) -> Array:
    """Normal with std = gain √(2 / (fan_in + fan_out)), also called Xavier. Source: see `glorot_uniform`."""
    return normal(shape, std=_glorot(shape, gain), rng=rng, dtype=dtype)


def he_uniform(
    shape: Shape, *, gain: float = RELU, mode: str = "fan_in", rng: Rng = None, dtype: DTypeLike = np.float64
) -> Array:
    """Evenly from ±a with a = gain √(3 / fan), also called Kaiming. Gain √2 suits ReLU, 1 a linear layer.

    Parameters
    ----------
    shape : tuple of ints
        (out, in, *kernel)
    gain : float
    mode : "fan_in" or "fan_out"
        which fan: keep the variance of the forward or of the backward pass
    rng : Generator
    dtype : dtype

    Notes
    -----
    Source: He et al., "Delving deep into rectifiers", 2015.
    """
    return _even(shape, _he(shape, gain, mode), rng, dtype)


def he_normal(
    shape: Shape, *, gain: float = RELU, mode: str = "fan_in", rng: Rng = None, dtype: DTypeLike = np.float64
) -> Array:
    """Normal with std = gain / √fan, also called Kaiming. Parameters and source: see `he_uniform`."""
    return normal(shape, std=_he(shape, gain, mode), rng=rng, dtype=dtype)


def lecun_normal(shape: Shape, *, rng: Rng = None, dtype: DTypeLike = np.float64) -> Array:
    """Normal with std = 1 / √fan_in, as SELU wants it.

    Notes
    -----
    Source: LeCun et al., "Efficient BackProp", 1998.
    """
    return normal(shape, std=_he(shape, 1.0, "fan_in"), rng=rng, dtype=dtype)


def orthogonal(shape: Shape, *, gain: float = 1.0, rng: Rng = None, dtype: DTypeLike = np.float64) -> Array:
    """gain · Q, with Q drawn evenly from the matrices of orthonormal rows, or columns if there are fewer of these.

    A weight (out, in, *kernel) is taken as the matrix (out, in · |kernel|).

    Notes
    -----
    Source: Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning", 2014.

    Examples
    --------
    >>> import numpy as np
    >>> Q = orthogonal((2, 5))
    >>> np.allclose(Q @ Q.T, np.eye(2))
    True
    """
    _positive(gain=gain)
    shape = _shape(shape)
    columns, rows = fan_in_and_fan_out(shape).fan_in, shape[0]
    q, r = np.linalg.qr(generator(rng).standard_normal((max(rows, columns), min(rows, columns))))
    q = q * np.where(np.diagonal(r) < 0, -1.0, 1.0)  # QR fixes the signs; undone, Q is even over all such matrices
    return (gain * (q if rows >= columns else q.T)).reshape(shape).astype(_dtype(dtype))


def _glorot(shape: Shape, gain: float) -> float:
    _positive(gain=gain)
    return gain * math.sqrt(2 / max(1, sum(fan_in_and_fan_out(shape))))


def _he(shape: Shape, gain: float, mode: str) -> float:
    _positive(gain=gain)
    fans = fan_in_and_fan_out(shape)
    if mode not in fans._fields:
        raise ValueError(f"mode must be 'fan_in' or 'fan_out', got {mode!r}")
    return gain / math.sqrt(max(1, getattr(fans, mode)))


def _even(shape: Shape, std: float, rng: Rng, dtype: DTypeLike) -> Array:
    """The even distribution around 0 whose standard deviation is `std`."""
    return uniform(shape, low=-math.sqrt(3) * std, high=math.sqrt(3) * std, rng=rng, dtype=dtype)


def _shape(shape: Shape) -> tuple[int, ...]:
    lengths = shape if isinstance(shape, (tuple, list)) else (shape,)
    if any(isinstance(n, bool) or not hasattr(n, "__index__") or n < 0 for n in lengths):
        raise ValueError(f"a shape is a tuple of whole numbers that are not negative, got {shape!r}")
    return tuple(int(n) for n in lengths)


def _dtype(dtype: DTypeLike) -> np.dtype[Any]:
    found = np.dtype(dtype)
    if found.kind != "f":
        raise TypeError(f"parameters are trained, so their dtype is float32 or float64, got {found}")
    return found


def _positive(**numbers: float) -> None:
    for name, value in numbers.items():
        if not 0 <= value < math.inf:
            raise ValueError(f"{name} must be a finite number that is not negative, got {value!r}")


def generator(rng: Rng) -> np.random.Generator:
    """`rng`, or a fresh one for None; a TypeError for anything else, a seed among it."""
    if rng is None:
        return np.random.default_rng()
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a np.random.Generator or None, got {rng!r}; write rng=np.random.default_rng(0)")
    return rng
