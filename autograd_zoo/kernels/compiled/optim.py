"""A step of Adam: three arrays from four, in one pass."""

from __future__ import annotations

import math
from typing import Any

from ...closed_form.notation import Array
from .activation import pointwise
from .jit import compiled_twin, exact


@exact
def _step(
    p: Array, g: Array, m: Array, v: Array, p2: Array, m2: Array, v2: Array,
    beta1: float, beta2: float, of_g: float, of_square: float, rate: float, bias: float, eps: float,
) -> None:  # fmt: skip
    for i in range(p.size):
        m2[i] = beta1 * m[i] + of_g * g[i]
        v2[i] = beta2 * v[i] + of_square * g[i] * g[i]
        p2[i] = p[i] - m2[i] * rate / (math.sqrt(v2[i]) / bias + eps)


@compiled_twin("optim.adam")
def adam(
    p: Array, g: Array, m: Array, v: Array, *, beta1: float, beta2: float, rate: float, bias: float, eps: float
) -> Any:
    """p′, m′, v′"""
    numbers = beta1, beta2, 1 - beta1, 1 - beta2, rate, bias, eps
    found = pointwise(_step, p, g, m, v, results=3, numbers=numbers)
    return None if found is None else tuple(found)
