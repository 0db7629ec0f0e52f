"""The normal distribution and a logarithm, to the last bits of float32 and float64, by steps in place."""

from __future__ import annotations

import math

import numpy as np

from ..closed_form import special
from ..closed_form.notation import Array
from . import twins
from .pointwise import bits, number, pointwise

# exp(a²/2) Φ(−a) = P(a) / Q(a), the best such quotient in the relative sense: for 0 ≤ a ≤ 14.5 within 6e-9, and for
# a ≤ 39 within 6e-17; beyond, exp(−a²/2) is 0 in the dtype. No coefficient is negative, so that nothing cancels.
_P32 = (0.500000002981409, 0.43828404045854563, 0.18322762169543305, 0.04063086128732496, 0.00411600873980978)
_Q32 = (
    *(1.0, 1.6744530644323012, 1.2024706884665555, 0.469450944078466),
    *(0.10185291859629984, 0.010317183993091337),
)
_P64 = (
    *(0.5, 0.7749265005112393, 0.5941225621676438, 0.2893871851873633, 0.09772384716429791),
    *(0.023629908233571868, 0.004090901043575935, 0.0004906463480080682, 3.727485783263219e-05, 1.3866148576996564e-06),
)
_Q64 = (
    *(1.0, 2.347737561825334, 2.5614686777330036, 1.714623420668979, 0.7821927615636131, 0.2550248465229942),
    *(0.06045431308202964, 0.010347802425973678, 0.0012333437369683037, 9.343421257400102e-05, 3.475728008343663e-06),
)
QUOTIENT = {4: (_P32, _Q32, 14.5), 8: (_P64, _Q64, 39.0)}
INVERSE_ROOT = 1.0 / math.sqrt(2.0 * math.pi)


def polynomial(coefficients: tuple[float, ...], a: Array, out: Array) -> None:
    """Σ coefficients[k] aᵏ"""
    *others, last = coefficients
    np.multiply(a, last, out=out)
    for c in others[:0:-1]:
        np.add(out, c, out=out)
        np.multiply(out, a, out=out)
    np.add(out, others[0], out=out)


def cumulative(x: Array, cdf: Array, slope: Array, a: Array, t: Array) -> None:
    """Φ(x), and the slope Φ(x) + x Φ'(x) of x Φ(x), which share an exponential; a and t are spare memory.

    With a = |x| and q = Φ(−a), both are ½ and a part that has the sign of x: ½ − q, and ½ − q + a Φ'(a).
    """
    p, q, far = QUOTIENT[x.itemsize]
    np.abs(x, out=a)
    np.clip(a, 0, far, out=a)
    polynomial(p, a, cdf)
    polynomial(q, a, t)
    np.divide(cdf, t, out=cdf)
    np.multiply(a, a, out=t)
    np.multiply(t, -0.5, out=t)
    np.exp(t, out=t)
    np.multiply(cdf, t, out=cdf)
    np.subtract(0.5, cdf, out=cdf)
    np.multiply(t, INVERSE_ROOT, out=t)
    np.multiply(t, a, out=slope)
    np.add(slope, cdf, out=slope)
    sign = np.bitwise_and(bits(x), number(x.dtype, -0.0), out=bits(a))
    for half in (cdf, slope):
        np.bitwise_xor(bits(half), sign, out=bits(half))
        np.add(half, 0.5, out=half)


NEAR = {4: special.TAYLOR[:7], 8: special.TAYLOR[:13]}  # of erf(x) / x in x², which is enough for |x| < ½


def erf(x: Array) -> Array:
    """The error function, the twin of that in `closed_form.special`: 1 − 2 Φ(−√2 |x|) with the sign of x."""
    if not isinstance(x, np.ndarray) or x.size < twins.FEW or x.dtype.char not in "fd":
        return special.erf(x)
    return pointwise(_erf, x, temporaries=3)


def _erf(x: Array, y: Array, a: Array, t: Array, near: Array) -> None:
    p, q, far = QUOTIENT[x.itemsize]
    np.abs(x, out=a)
    np.multiply(a, math.sqrt(2.0), out=a)
    np.clip(a, 0, far, out=a)
    polynomial(p, a, y)
    polynomial(q, a, t)
    np.divide(y, t, out=y)
    np.multiply(a, a, out=a)
    np.multiply(a, 0.5, out=a)
    np.exp(np.negative(a, out=t), out=t)
    np.multiply(y, t, out=y)
    np.multiply(y, -2, out=y)
    np.add(y, 1, out=y)
    polynomial(NEAR[x.itemsize], a, near)
    np.abs(x, out=a)
    np.multiply(near, a, out=near)
    other = np.bitwise_xor(bits(near), bits(y), out=bits(near))
    np.multiply(other, np.less(a, 0.5), out=other)
    np.bitwise_xor(bits(y), other, out=bits(y))
    np.copysign(y, x, out=y)


def erf_dx(g: Array, y: Array, x: Array) -> Array:
    """∂L/∂x = ∂L/∂y 2/√π exp(−x²), in place"""

    def step(g: Array, x: Array, dx: Array) -> None:
        np.clip(x, -30, 30, out=dx)  # beyond, the exponential is 0, and a square might overflow
        np.multiply(dx, dx, out=dx)
        np.negative(dx, out=dx)
        np.exp(dx, out=dx)
        np.multiply(dx, 2.0 / math.sqrt(math.pi), out=dx)
        np.multiply(dx, g, out=dx)

    return pointwise(step, g, x)


def add_log1p(e: Array, y: Array, t: Array) -> None:
    """Add log(1 + e) to y, for e ≥ 0; e and t are spare memory afterwards.

    In float32, where NumPy's log1p is five times as slow as its log, it is log u and what u = 1 + e has lost, by u.
    """
    if e.itemsize == 8:
        np.log1p(e, out=e)
    else:
        np.add(e, 1, out=t)
        np.subtract(e, np.subtract(t, 1), out=e)
        np.divide(e, t, out=e)
        np.log(t, out=t)
        np.add(e, t, out=e)
    np.add(y, e, out=y)
