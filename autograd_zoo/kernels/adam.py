"""A step of Adam, in one pass over what it reads and writes. It is no node's: an optimizer calls it."""

from __future__ import annotations

import numpy as np

from ..closed_form.notation import Array
from . import twins
from .pointwise import pointwise

Step = tuple[Array, Array, Array]


def step(
    p: Array, g: Array, m: Array, v: Array, *, beta1: float, beta2: float, rate: float, root: float, eps: float
) -> Step:
    """m′ = β₁ m + (1 − β₁) g, v′ = β₂ v + (1 − β₂) g², and p′ = p − rate m′/(√v′/root + ε): p′, m′, v′"""
    found: Step | None = twins.by_compiled(
        "adam.step", p, g, m, v, beta1=beta1, beta2=beta2, rate=rate, root=root, eps=eps
    )
    if found is not None:
        return found

    def run(p: Array, g: Array, m: Array, v: Array, p2: Array, m2: Array, v2: Array, t: Array) -> None:
        np.multiply(m, beta1, out=m2)
        np.multiply(g, 1 - beta1, out=t)
        m2 += t
        np.multiply(v, beta2, out=v2)
        np.multiply(g, 1 - beta2, out=t)
        t *= g
        v2 += t
        np.sqrt(v2, out=t)
        t /= root
        t += eps
        np.multiply(m2, rate, out=p2)
        p2 /= t
        np.subtract(p, p2, out=p2)

    return pointwise(run, p, g, m, v, results=3, temporaries=1)  # type: ignore[no-any-return]


def alike(*arrays: Array | None) -> bool:
    """Whether these are large, of one shape, and of one dtype that there are kernels for."""
    kinds = {None if a is None else (a.shape, a.dtype) for a in arrays}
    first = arrays[0]
    return len(kinds) == 1 and first is not None and first.size >= twins.FEW and first.dtype.char in "fd"
