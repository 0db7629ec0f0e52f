"""Functions of one float32, in plain arithmetic that a compiler lays side by side: exp, tanh, and the normal law.

`math.exp` and its like are calls, one number after the other. What float64 needs is left to NumPy's own.
"""

from __future__ import annotations

import math

import numpy as np

from .jit import inline

F = np.float32
LOWEST, HIGHEST = F(-87.33654), F(88.72283)  # beyond, exp is 0, or ∞, up to numbers with less than all digits
LOG2_E, LN2_HIGH, LN2_LOW = F(math.log2(math.e)), F(0.693359375), F(-2.12194440e-4)
# exp r for |r| ≤ log(2)/2 is 1 + r + r² Σ cₖ rᵏ (Cephes), and tanh x for |x| < 0.625 is x + x³ Σ cₖ x²ᵏ.
E0, E1, E2, E3 = F(5.0000001201e-1), F(1.6666665459e-1), F(4.1665795894e-2), F(8.3334519073e-3)
E4, E5 = F(1.3981999507e-3), F(1.9875691500e-4)
T0, T1, T2, T3 = F(-3.33332819422e-1), F(1.33314422036e-1), F(-5.37397155531e-2), F(2.06390887954e-2)
T4 = F(-5.70498872745e-3)
# exp(a²/2) Φ(−a) = P(a) / Q(a) within 6e-9 for 0 ≤ a ≤ 14.5; beyond, exp(−a²/2) is 0.
P0, P1, P2, P3, P4 = F(0.500000003), F(0.438284040), F(0.183227622), F(0.0406308613), F(0.00411600874)
Q1, Q2, Q3, Q4, Q5 = F(1.67445306), F(1.20247069), F(0.469450944), F(0.101852919), F(0.0103171840)
FAR, INVERSE_ROOT = F(14.5), F(1.0 / math.sqrt(2.0 * math.pi))
ZERO, HALF, ONE, TWO, INFINITY = F(0), F(0.5), F(1), F(2), F(np.inf)
SHIFT, BIAS = np.int32(23), np.int32(127)


@inline
def exp(x: F) -> F:
    """exp x as 2ᵏ exp r, k whole."""
    within = LOWEST if x < LOWEST else x
    within = HIGHEST if within > HIGHEST else within
    k = np.floor(within * LOG2_E + HALF)
    r = (within - k * LN2_HIGH) - k * LN2_LOW
    p = ((((E5 * r + E4) * r + E3) * r + E2) * r + E1) * r + E0
    p = (p * r * r + r) + ONE
    half = np.int32(k) >> np.int32(1)  # 2ᵏ in two factors: 2¹²⁸ is none
    y = p * np.int32((half + BIAS) << SHIFT).view(np.float32)
    y = y * np.int32((np.int32(k) - half + BIAS) << SHIFT).view(np.float32)
    y = ZERO if x < LOWEST else y
    return INFINITY if x > HIGHEST else y


@inline
def expm1(x: F) -> F:
    """exp x − 1: near 0 by the series alone, so that no digit is lost."""
    near = (((((E5 * x + E4) * x + E3) * x + E2) * x + E1) * x + E0) * x * x + x
    return near if abs(x) < F(0.34) else exp(x) - ONE


@inline
def tanh(x: F) -> F:
    """tanh x: near 0 by its series, elsewhere by an exponential."""
    m, z = abs(x), x * x
    near = ((((T4 * z + T3) * z + T2) * z + T1) * z + T0) * z * x + x
    far = ONE - TWO / (exp(m + m) + ONE)
    far = -far if x < ZERO else far
    return near if m < F(0.625) else far


@inline
def logistic(x: F) -> F:
    """1/(1 + exp(−x))"""
    return ONE / (ONE + exp(-x))


@inline
def bell(x: F) -> F:
    """exp(−x²/2)"""
    return exp(-HALF * x * x)


@inline
def clipped(x: F) -> F:
    """x where exp(−x²/2) is not 0, and a finite number elsewhere."""
    within = -FAR if x < -FAR else x
    return FAR if within > FAR else within


@inline
def cumulative(x: F, e: F) -> F:
    """Φ(x), where e = exp(−x²/2)."""
    a = abs(x)
    a = FAR if a > FAR else a
    p = (((P4 * a + P3) * a + P2) * a + P1) * a + P0
    q = ((((Q5 * a + Q4) * a + Q3) * a + Q2) * a + Q1) * a + ONE
    tail = e * p / q
    return tail if x < ZERO else ONE - tail
