"""Elementwise primitives: arithmetic, powers, exponentials, logarithms, angles, steps, and the choice between values.

Conventions, where a derivative does not exist or is a matter of choice:

- ties of maximum and minimum share the gradient equally; clip passes it at its bounds;
- |x|, sign and the like have gradient 0 at 0; functions that are constant in pieces have gradient 0 everywhere;
- 0⁰ has gradient 0 for base and exponent; outside its domain a function has gradient nan;
- where nan was compared to get the value, no branch can be told, and all that was compared has gradient nan;
- a branch that is not taken sends nothing back, however singular it is; the sweep sees to that, and a rule is calculus
  and nothing else: 0 · ∞ is nan;
- a length has gradient 0 where it is 0 (hypot, norm, std), and no second derivative there.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..closed_form import activation, special
from ..engine.around import quiet
from ..engine.functions import HANDLERS, implements
from ..engine.primitive import primitive
from ..engine.rules import RULES, defvjp
from ..engine.tensor import Tensor, call, record
from ..engine.values import array, raw, some
from ..kernels import TWINS, moments, quick
from ..kernels import special as kernels
from .length import absolute_dx, along
from .masks import chosen, only, rest
from .portable import defportable


def inside(d: Any, y: Any) -> Any:
    """d, or y where the value y is nan: outside its domain a function has no slope of any order."""
    outside = np.isnan(y)
    return np.where(outside, y, d) if some(outside) else d


# ---- arithmetic -------------------------------------------------------------------------------------------------


def opposite(g: Any, b: Any) -> Any:
    """−g; summed up already where the b that it goes to was stretched, if that is quick."""
    stretched = type(g) is type(b) is np.ndarray and b.shape != g.shape
    total = moments.total(g, b) if stretched else None
    return -g if total is None else -total


def divide_db(g: Any, y: Any, a: Any, b: Any) -> Any:
    """−g / b · y, in this order, for g y might overflow."""
    d = g / b
    if type(d) is not np.ndarray:
        return -d * y
    return opposite(np.multiply(d, y, out=d), b)


def term_da(g: Any, y: Any, a: Any, b: Any) -> Any:
    """g; summed up already where a was stretched, if that is quick."""
    total = moments.total(g, a, moments.SHORT) if np.shape(a) != g.shape else None
    return g if total is None else total


def product_da(g: Any, y: Any, a: Any, b: Any) -> Any:
    """g b; summed up already where a was stretched, in the same pass."""
    total = moments.dotted(g, b, a) if np.shape(a) != g.shape else None
    return g * b if total is None else total


def quotient_db(g: Any, y: Any, a: Any, b: Any) -> Any:
    """−g y / b; summed up before the division where b was stretched, unless something is too small or large."""
    total = moments.dotted(g, y, b) if np.shape(b) != g.shape else None
    if total is None or np.abs(total).min() < 1e-20 or not np.isfinite(db := -total / b).all():
        return divide_db(g, y, a, b)
    return db


defvjp(np.add, lambda g, y, a, b: g, lambda g, y, a, b: g, reach="moved")
defvjp(np.subtract, lambda g, y, a, b: g, lambda g, y, a, b: opposite(g, b), reach="moved")
defvjp(np.multiply, lambda g, y, a, b: g * b, lambda g, y, a, b: g * a, reach="product")
defvjp(np.divide, lambda g, y, a, b: g / b, divide_db, reach="quotient")
RULES[np.add].large = term_da, lambda g, y, a, b: term_da(g, y, b, a)  # type: ignore[attr-defined]
RULES[np.multiply].large = product_da, lambda g, y, a, b: product_da(g, y, b, a)  # type: ignore[attr-defined]
RULES[np.divide].large = lambda g, y, a, b: g / b, quotient_db  # type: ignore[attr-defined]
defvjp(np.negative, lambda g, y, x: -g, reach="moved")
defvjp(np.positive, lambda g, y, x: g, reach="moved")
defvjp(np.reciprocal, lambda g, y, x: -g / x * y)
defvjp(np.square, lambda g, y, x: g * (2.0 * x))


def modulo_db(g: Any, y: Any, a: Any, b: Any) -> Any:
    """a mod b = a − n b, and n is constant in pieces."""
    return -g * np.rint((a - y) / b)


defvjp(np.remainder, lambda g, y, a, b: g, modulo_db)
defvjp(np.fmod, lambda g, y, a, b: g, modulo_db)


# ---- powers and roots -------------------------------------------------------------------------------------------


def power_da(g: Any, y: Any, a: Any, b: Any) -> Any:
    """∂/∂a aᵇ = b aᵇ⁻¹, and 0 where a = b = 0, so that every derivative of a polynomial is right at 0."""
    number = isinstance(b, (int, float))  # the constant exponent of x ** 3: no mask
    if number and b == 2:
        return g * (2.0 * a)
    if number:
        return g * b * a ** (b - 1) if b else only(g, np.False_)
    return g * b * a ** np.where((a == 0) & (b == 0), 1.0, b - 1)


@primitive(broadcasts=True)
@quiet
def log_of_base(a: Any) -> Any:
    """log a, and 0 where a is 0; but its own rule is that of log, so that the next derivative is nan there."""
    return np.log(np.where(np.equal(a, 0), 1.0, a))


def power_db(g: Any, y: Any, a: Any, b: Any) -> Any:
    """∂/∂b aᵇ = aᵇ log a, and 0 where a = 0."""
    return g * y * log_of_base(a)


defvjp(log_of_base, lambda g, y, x: g / inside(x, y))
defportable(log_of_base, lambda xp, a: xp.log(xp.where(a == 0, 1.0, a)))


defvjp(np.power, power_da, power_db)
defvjp(np.float_power, power_da, power_db)
defvjp(np.sqrt, lambda g, y, x: g / (2.0 * y))
defvjp(np.cbrt, lambda g, y, x: g / (3.0 * y * y))
defvjp(np.hypot, lambda g, y, a, b: along(g, a, y), lambda g, y, a, b: along(g, b, y))

# ---- exponentials and logarithms --------------------------------------------------------------------------------

defvjp(np.exp, lambda g, y, x: g * y)
defvjp(np.exp2, lambda g, y, x: g * (math.log(2.0) * y))
defvjp(np.expm1, lambda g, y, x: g * (y + 1.0))
defvjp(np.log, lambda g, y, x: g / inside(x, y))
defvjp(np.log2, lambda g, y, x: g / (math.log(2.0) * inside(x, y)))
defvjp(np.log10, lambda g, y, x: g / (math.log(10.0) * inside(x, y)))
defvjp(np.log1p, lambda g, y, x: g / inside(1.0 + x, y))


def weighted(g: Any, y: Any, a: Any, b: Any, logadd: Any, exp: Any) -> Any:
    """g eᵃ / (eᵃ + eᵇ), the part of a in y = log(eᵃ + eᵇ), exact however large a and b are; 0 where both are −∞.

    A recorded sweep takes it from log(1 + eᵇ⁻ᵃ), whose derivatives do not overflow.
    """
    nothing = np.equal(y, -math.inf)
    d = np.where(nothing, math.inf, b - a) if some(nothing) else b - a
    return g * exp(-logadd(0.0, d)) if isinstance(y, Tensor) else g / (1.0 + exp(d))


for logadd, exp in ((np.logaddexp, np.exp), (np.logaddexp2, np.exp2)):
    defvjp(
        logadd,
        lambda g, y, a, b, *, logadd=logadd, exp=exp: weighted(g, y, a, b, logadd, exp),
        lambda g, y, a, b, *, logadd=logadd, exp=exp: weighted(g, y, b, a, logadd, exp),
    )

# ---- angles and hyperbolic functions ----------------------------------------------------------------------------

for radians in (np.deg2rad, np.radians):
    defvjp(radians, lambda g, y, x: g * (math.pi / 180.0))
for degrees in (np.rad2deg, np.degrees):
    defvjp(degrees, lambda g, y, x: g * (180.0 / math.pi))
defvjp(np.sin, lambda g, y, x: g * np.cos(x))
defvjp(np.cos, lambda g, y, x: -g * np.sin(x))
defvjp(np.tan, lambda g, y, x: g * (1.0 + y * y))
defvjp(np.arcsin, lambda g, y, x: g / np.sqrt((1.0 - x) * (1.0 + x)))
defvjp(np.arccos, lambda g, y, x: -g / np.sqrt((1.0 - x) * (1.0 + x)))
defvjp(np.arctan, lambda g, y, x: g / (1.0 + x * x))


def nearness(a: Any, r: Any) -> Any:
    """a / r², and 0 where the distance r is infinite."""
    far = np.isinf(r)
    return np.where(far, 0.0, a / r) / r if some(far) else a / r / r


defvjp(
    np.arctan2,  # of the point (b, a), at the distance √(a² + b²)
    lambda g, y, a, b: g * nearness(b, np.hypot(a, b)),
    lambda g, y, a, b: -g * nearness(a, np.hypot(a, b)),
)
defvjp(np.sinh, lambda g, y, x: g * np.cosh(x))
defvjp(np.cosh, lambda g, y, x: g * np.sinh(x))
defvjp(np.tanh, quick(activation.tanh_dx))
defvjp(np.arcsinh, lambda g, y, x: g / np.hypot(1.0, x))
defvjp(np.arccosh, lambda g, y, x: g / inside(np.sqrt((x - 1.0) * (x + 1.0)), y))
defvjp(np.arctanh, lambda g, y, x: g / inside((1.0 - x) * (1.0 + x), y))


@primitive
def sinc_derivative(x: Any, *, n: int) -> Any:
    """The n-th derivative of sin(πx) / (πx), also at 0 and near it, where the usual formulas cancel.

    With t = πx and s(t) = sin(t)/t: t s⁽ⁿ⁾ + n s⁽ⁿ⁻¹⁾ = sin⁽ⁿ⁾ far from 0, and the Taylor series
    s⁽ⁿ⁾ = Σ_k (−1)ᵏ t²ᵏ⁻ⁿ / ((2k−n)! (2k+1)) for |t| ≤ n + 1, where that recurrence would lose digits.
    """
    t = math.pi * np.asarray(x, np.float64)
    near = np.abs(t) <= n + 1
    small, far = np.where(near, t, 0.0), np.where(near, n + 1.0, t)
    first = (n + 1) // 2  # the terms before it are of lower degree than n
    series = sum(
        (-1) ** k / (math.factorial(2 * k - n) * (2 * k + 1)) * small ** (2 * k - n)
        for k in range(first, first + 16 + 2 * n)
    )
    s = np.sin(far) / far
    for m in range(1, n + 1):
        s = (np.sin(far + m * (math.pi / 2.0)) - m * s) / far
    return (math.pi**n * np.where(near, series, s)).astype(x.dtype)


defvjp(np.sinc, lambda g, y, x: g * sinc_derivative(x, n=1))
defvjp(sinc_derivative, lambda g, y, x, n: g * sinc_derivative(x, n=n + 1), reach="each")


@primitive
@quiet
def logistic(x: Any) -> Any:
    """The logistic function σ(x) = 1/(1 + exp(−x))."""
    return TWINS[activation.sigmoid](x)


defvjp(logistic, quick(activation.sigmoid_dx), reach="each")
defportable(logistic, lambda xp, x: 1.0 / (1.0 + xp.exp(-x)))
HANDLERS[special.logistic] = logistic


@primitive
@quiet
def erf(x: Any) -> Any:
    """The error function: erf(x) = 2/√π ∫₀ˣ exp(−t²) dt."""
    return kernels.erf(x)


def erf_dx(g: Any, y: Any, x: Any) -> Any:
    """∂/∂x erf(x) = 2/√π exp(−x²)."""
    return g * (2.0 / math.sqrt(math.pi)) * np.exp(-x * x)


defvjp(erf, quick(erf_dx, kernels.erf_dx), reach="each")
defportable(erf, "special.erf")
HANDLERS[special.erf] = erf

# ---- signs and steps: constant in pieces ------------------------------------------------------------------------

defvjp(np.absolute, absolute_dx)
defvjp(np.fabs, absolute_dx)
defvjp(np.copysign, lambda g, y, a, b: g * np.sign(a) * np.copysign(1.0, b), None)
for step in (np.sign, np.floor, np.ceil, np.trunc, np.rint):
    defvjp(step, None)
defvjp(np.floor_divide, None, None)
defvjp(np.heaviside, None, lambda g, y, x, h: only(g, np.equal(x, 0)), reach="chosen")
for rounding in (np.round, np.around):  # not None: the rule says which arguments are recorded
    defvjp(rounding, lambda g, y, a, decimals=0: only(g, np.False_), reach="each")


implements(np.fix)(lambda x: np.trunc(x))


# ---- the choice between values ----------------------------------------------------------------------------------


def loud(dx: Any, g: Any, y: Any) -> Any:
    """The gradient dx of a choice, and nan where the value y is nan; where g is 0, nothing was asked."""
    unknown = np.isnan(y)
    return np.where(unknown & np.not_equal(g, 0), g * y, dx) if some(unknown) else dx


def taken(g: Any, y: Any, a: Any, b: Any) -> Any:
    """The part of g that goes to a where y is one of a and b: all if it is a, half at a tie, nan if y is nan."""
    tie = np.equal(a, b)
    return loud(only(g * np.where(tie, 0.5, 1.0).astype(g.dtype) if some(tie) else g, np.equal(a, y)), g, y)


for extreme in (np.maximum, np.minimum, np.fmax, np.fmin):
    defvjp(extreme, lambda g, y, a, b: taken(g, y, a, b), lambda g, y, a, b: taken(g, y, b, a), reach="chosen")


defvjp(
    np.where,
    None,
    lambda g, y, c, a, b: only(g, c),
    lambda g, y, c, a, b: rest(g, c),
    broadcasts=True,
    reach="cut",
)


@implements(np.where)
def where(condition: Any, *branches: Any) -> Any:
    """`np.where(c, a, b)`; without a and b the plain indices at which the condition holds."""
    c = array(raw(condition))
    return record(np.where, (c.astype(bool, copy=False), *branches), by=chosen) if branches else np.nonzero(c)


def less(a: Any, b: Any) -> Any:
    """a < b, where a bound that is not there is never passed."""
    return np.False_ if a is None or b is None else np.less(a, b)


defvjp(
    np.clip,  # a_min > a_max gives a_max, as NumPy has it
    lambda g, y, x, lo=None, hi=None: loud(only(g, np.logical_not(less(x, lo) | less(hi, x))), g, y),
    lambda g, y, x, lo, hi=None: loud(only(g, less(x, lo) & ~less(hi, lo)), g, y),
    lambda g, y, x, lo, hi: loud(only(g, less(hi, x) | less(hi, lo)), g, y),
    broadcasts=True,
    reach="chosen",
)


@implements(np.clip)
def clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    """`np.clip` with its bounds by either of their names, or without one of them."""
    if (a_min is not None or a_max is not None) and (min is not None or max is not None):
        raise TypeError("np.clip takes its bounds as a_min and a_max, or as min= and max=, not as both")
    return call(np.clip, (a, min if a_min is None else a_min, max if a_max is None else a_max), {})


defvjp(np.nan_to_num, lambda g, y, x, nan=0.0, posinf=None, neginf=None: only(g, np.isfinite(x)), reach="chosen")
