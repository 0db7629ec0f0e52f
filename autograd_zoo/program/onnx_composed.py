"""Functions of an ONNX graph that are composed of its operators."""

from __future__ import annotations

from typing import Any

import numpy as np


class Composed:
    """What `Graph` inherits: functions by the array API's names."""

    asarray: Any
    promoted: Any
    emit: Any
    where: Any
    simple: Any
    ones_like: Any

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    def square(self, x: Any) -> Any:
        return self.multiply(x, x)

    def not_equal(self, a: Any, b: Any) -> Any:
        return self.logical_not(self.equal(a, b))

    def isfinite(self, x: Any) -> Any:
        return self.logical_not(self.logical_or(self.isnan(x), self.isinf(x)))

    def expm1(self, x: Any) -> Any:
        """exp(x) − 1 = tanh(x/2) (exp(x) + 1), which keeps the digits of a small x."""
        e = self.tanh(x * 0.5) * (self.exp(x) + 1.0)
        return self.where(x > 40.0, self.exp(x), e)

    def log1p(self, x: Any) -> Any:
        """log(1 + x) = x log(u)/(u − 1) with u = 1 + x, which keeps the digits of a small x; x where u is 1."""
        u = x + 1.0
        one = self.equal(u, self.ones_like(u))
        far = self.where(self.isfinite(u), x * (self.log(u) / self.where(one, self.ones_like(u), u - 1.0)), self.log(u))
        return self.where(one, x, far)

    def logaddexp(self, a: Any, b: Any) -> Any:
        a, b = self.asarray(a), self.asarray(b)
        m, d = self.maximum(a, b), self.abs(a - b)
        y = m + self.log1p(self.exp(-d))
        return self.where(self.equal(a, b), m + float(np.log(2.0)), y)

    def hypot(self, a: Any, b: Any) -> Any:
        return self.sqrt(self.square(self.asarray(a)) + self.square(self.asarray(b)))

    def log2(self, x: Any) -> Any:
        return self.log(x) * float(1 / np.log(2.0))

    def log10(self, x: Any) -> Any:
        return self.log(x) * float(1 / np.log(10.0))

    def trunc(self, x: Any) -> Any:
        return self.where(x < 0.0, self.ceil(x), self.floor(x))

    def remainder(self, a: Any, b: Any) -> Any:
        """The rest of a division, with the sign of b."""
        a, b = self.promoted(a, b)
        whole = a.dtype.kind != "f"
        with np.errstate(all="ignore"):
            rest = self.emit("Mod", [a, b], np.remainder(a.array, b.array), fmod=int(not whole))
        if whole:
            return rest
        other = self.logical_and(self.not_equal(rest, self.zeros_like(rest)), self.logical_xor(rest < 0.0, b < 0.0))
        return self.where(other, rest + b, rest)

    def floor_divide(self, a: Any, b: Any) -> Any:
        """The whole number that is left without the rest."""
        a, b = self.promoted(a, b)
        rest = self.remainder(a, b)
        if a.dtype.kind == "f":
            return self.round((a - rest) / b)
        with np.errstate(all="ignore"):
            return self.emit("Div", [a - rest, b], np.floor_divide(a.array, b.array))

    def copysign(self, a: Any, b: Any) -> Any:
        """|a| with the sign of b, of −0 too."""
        a, b = self.promoted(a, b)
        negative = self.logical_or(b < 0.0, self.reciprocal(b) < 0.0)
        return self.where(negative, -self.abs(a), self.abs(a))

    def atan2(self, y: Any, x: Any) -> Any:
        """The angle of the point (x, y): that of y/x, turned round where x is negative."""
        y, x = self.promoted(y, x)
        far = self.logical_and(self.isinf(x), self.isinf(y))
        one = self.ones_like(x)
        ratio = self.where(far, self.sign(y) * self.sign(x), y / x)
        at_zero = self.logical_and(self.equal(x, 0.0 * one), self.equal(y, 0.0 * one))
        angle = self.atan(self.where(at_zero, y, ratio))
        behind = self.logical_or(x < 0.0, self.reciprocal(x) < 0.0)
        turned = self.where(at_zero, self.copysign(float(np.pi) * one, y), angle + self.copysign(float(np.pi) * one, y))
        return self.where(behind, turned, angle)

    def cumulative_prod(self, x: Any, axis: int) -> Any:
        """The products of the first ones, one after the other: ONNX has an operator for sums alone."""
        axis %= x.ndim
        parts = [x[(*[slice(None)] * axis, slice(k, k + 1))] for k in range(x.shape[axis])]
        for k in range(1, len(parts)):
            parts[k] = self.multiply(parts[k - 1], parts[k])
        return self.concat(parts, axis) if parts else x

    # ---- what ONNX Runtime computes in float32 alone: spelled out in float64 ---------------------------------------

    def tan(self, x: Any) -> Any:
        return self.sin(x) / self.cos(x) if x.dtype == np.float64 else self.simple("tan")(x)

    def sinh(self, x: Any) -> Any:
        """sinh x = (e + e/(e + 1))/2, e = exp(|x|) − 1, with the sign of x."""
        if x.dtype != np.float64:
            return self.simple("sinh")(x)
        e = self.expm1(self.abs(x))
        y = (e + self.where(self.isinf(e), self.ones_like(e), e / (e + 1.0))) * 0.5
        return self.where(x < 0.0, -y, y)

    def cosh(self, x: Any) -> Any:
        return (self.exp(x) + self.exp(-x)) * 0.5 if x.dtype == np.float64 else self.simple("cosh")(x)

    def asinh(self, x: Any) -> Any:
        """asinh x = log(1 + |x| + x²/(1 + √(x² + 1))), with the sign of x."""
        if x.dtype != np.float64:
            return self.simple("asinh")(x)
        a = self.abs(x)
        y = self.log1p(a + a * (a / (self.sqrt(a * a + 1.0) + 1.0)))
        return self.where(x < 0.0, -y, y)

    def acosh(self, x: Any) -> Any:
        """acosh x = log(1 + t + √(2t + t²)), t = x − 1."""
        if x.dtype != np.float64:
            return self.simple("acosh")(x)
        t = x - 1.0
        return self.log1p(t + self.sqrt(t * 2.0 + t * t))

    def atanh(self, x: Any) -> Any:
        """atanh x = (log(1 + x) − log(1 − x))/2."""
        return (self.log1p(x) - self.log1p(-x)) * 0.5 if x.dtype == np.float64 else self.simple("atanh")(x)

    def atan(self, x: Any) -> Any:
        """A series, after arctan x = π/2 − arctan 1/x, and three times arctan x = 2 arctan x/(1 + √(1 + x²))."""
        if x.dtype != np.float64:
            return self.simple("atan")(x)
        far = self.abs(x) > 1.0
        t = self.where(far, self.reciprocal(self.where(far, x, self.ones_like(x))), x)
        for _ in range(3):
            t = t / (self.sqrt(t * t + 1.0) + 1.0)
        s, total = t * t, self.ones_like(t) * float((-1) ** 13 / 27)
        for k in range(12, -1, -1):
            total = total * s + float((-1) ** k / (2 * k + 1))
        y = total * t * 8.0
        return self.where(far, self.copysign(float(np.pi / 2) * self.ones_like(x), x) - y, y)

    def asin(self, x: Any) -> Any:
        """arcsin x = arctan x/√(1 − x²)."""
        return self.atan(x / self.sqrt((1.0 - x) * (x + 1.0))) if x.dtype == np.float64 else self.simple("asin")(x)

    def acos(self, x: Any) -> Any:
        """arccos x = 2 arctan √((1 − x)/(1 + x))."""
        if x.dtype != np.float64:
            return self.simple("acos")(x)
        return self.atan(self.sqrt((1.0 - x) / (x + 1.0))) * 2.0
