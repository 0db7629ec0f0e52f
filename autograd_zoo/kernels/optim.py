"""Adam's step in one pass over memory: the operations of its rule in their order, a run of elements at a time."""

from __future__ import annotations

import numpy as np

from ..closed_form.notation import Array
from . import twins
from .pointwise import pointwise


def adam(
    p: Array, g: Array, m: Array, v: Array, *, beta1: float, beta2: float, rate: float, bias: float, eps: float
) -> tuple[Array, Array, Array]:
    """The next p − rate m / (√v / bias + ε), and the next moments m ← β₁ m + (1 − β₁) g and v ← β₂ v + (1 − β₂) g²"""

    def step(p: Array, g: Array, m: Array, v: Array, next_p: Array, next_m: Array, next_v: Array, t: Array) -> None:
        np.multiply(m, beta1, out=next_m)
        np.multiply(g, 1 - beta1, out=t)
        np.add(next_m, t, out=next_m)
        np.multiply(v, beta2, out=next_v)
        np.multiply(g, 1 - beta2, out=t)
        np.multiply(t, g, out=t)
        np.add(next_v, t, out=next_v)
        np.sqrt(next_v, out=t)
        np.divide(t, bias, out=t)
        np.add(t, eps, out=t)
        np.multiply(next_m, rate, out=next_p)
        np.divide(next_p, t, out=next_p)
        np.subtract(p, next_p, out=next_p)

    settings = {"beta1": beta1, "beta2": beta2, "rate": rate, "bias": bias, "eps": eps}
    found: tuple[Array, Array, Array] | None = twins.by_compiled("optim.adam", p, g, m, v, **settings)
    if found is not None:
        return found
    found = pointwise(step, p, g, m, v, results=3, temporaries=1)
    return found


def worth_it(*arrays: object) -> bool:
    """Whether these are arrays of one kind, float32 or float64, that are not small."""
    first = arrays[0]
    if not isinstance(first, np.ndarray) or first.size < twins.FEW or first.dtype.char not in "fd":
        return False
    return all(isinstance(a, np.ndarray) and a.shape == first.shape and a.dtype == first.dtype for a in arrays)
