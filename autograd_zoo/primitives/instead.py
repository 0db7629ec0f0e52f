"""What to write instead of NumPy's functions that have no rule.

Each row of `CALLS` is a call that is refused, and an expression with the same value that is recorded; what follows "#"
says when. In it t and u are vectors, A is a square matrix, B a tall one, b a vector that fits A; a, k, xp and fp are
plain arrays. Where nothing could flow (counts, indices, sets, bits, dates) the expression reads the plain values.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ..engine import errors
from ..engine.functions import CONSTANT, HANDLERS
from ..engine.rules import RULES

CONVOLVE = "az.nn.conv(t[None, None], u[None, None], padding=len(u) - 1, true_convolution=True)[0, 0]"
EIG = "np.einsum('ij,jk,ki->i', np.linalg.inv(V := np.linalg.eig(A.data)[1].real), A, V)  # if real; no second one"

CALLS = {
    # order and quantiles
    "np.sort_complex(t)": "np.sort(t)",
    # what is not a number
    # differences, integrals, series
    "np.in1d(t, u)": "np.isin(t, u)",
    # statistics
    "np.histogram(t)": "np.histogram(t.data)  # counts are constant",
    "np.histogram2d(t, u)": "np.histogram2d(t.data, u.data)  # counts are constant",
    "np.histogramdd(A)": "np.histogramdd(A.data)  # counts are constant",
    "np.histogram_bin_edges(t)": "np.histogram_bin_edges(t.data)",
    # built, cut and joined
    "np.apply_along_axis(np.max, 0, A)": "np.stack([np.max(column) for column in A.T])",
    "np.lib.stride_tricks.sliding_window_view(t, 3)": "az.windows(t, 3)",
    # sets
    "np.unique_all(t)": "np.unique_all(t.data)",
    "np.unique_counts(t)": "np.unique_counts(t.data)",
    "np.unique_inverse(t)": "np.unique_inverse(t.data)",
    "np.intersect1d(t, u)": "t[np.intersect1d(t.data, u.data, return_indices=True)[1]]",
    "np.setxor1d(t, u)": "np.sort(np.concatenate([t[~np.isin(t, u)], u[~np.isin(u, t)]]))  # of elements that differ",
    # polynomials
    "np.poly(t)": "reduce(lambda c, r: np.append(c, 0.0) - r * np.append(0.0, c), t, np.ones(1))  # functools.reduce",
    "np.polydiv(t, u)": "(t[:1] / u[0], (t - t[0] / u[0] * u)[1:])  # of one length; again for a longer t",
    "np.polyfit(a, t, 2)": "np.linalg.solve((V := a[:, None] ** np.arange(2, -1, -1)).T @ V, V.T @ t)",
    "np.roots(t)": "np.roots(t.data)  # plain; one step of Newton's method from there has the gradient",
    # linear algebra
    "np.linalg.eig(A)[0]": EIG,
    "np.linalg.eigvals(A)": EIG,
    # complex numbers: real and imaginary part apart
    **{
        f"np.emath.{f}(t)": f"np.{f}(t)  # where it is real"
        for f in ("sqrt", "log", "log2", "log10", "arcsin", "arccos", "arctanh")
    },
    "np.emath.power(t, 2)": "np.power(t, 2)",
    "np.emath.logn(2, t)": "np.log(t) / np.log(2.0)",
    # parts of a number
    "np.frexp(t)": "(t / 2.0 ** np.frexp(t.data)[1], np.frexp(t.data)[1])",
    "np.spacing(t)": "np.spacing(t.data)  # constant in pieces",
    "np.nextafter(t, u)": "np.nextafter(t.data, u.data)  # constant in pieces",
    # integers, bits, indices, dates
    **{
        f"np.{f}(t, 2)": f"np.{f}(t.data.astype(int), 2)  # of integers"
        for f in "bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift gcd lcm".split()
    },
    **{f"np.{f}(t)": f"np.{f}(t.data.astype(int))  # of integers" for f in ("bitwise_count", "bitwise_not", "ix_")},
    "np.packbits(t)": "np.packbits(t.data > 0)  # of bits",
    "np.unpackbits(t)": "np.unpackbits(t.data.astype(np.uint8))  # of integers",
    "np.ravel_multi_index(t, (9, 9))": "np.ravel_multi_index(t.data.astype(int)[:2], (9, 9))  # of integers",
    "np.unravel_index(t, (9, 9))": "np.unravel_index(t.data.astype(int), (9, 9))  # of integers",
    "np.einsum_path('i,i', t, u)": "np.einsum_path('i,i', t.data, u.data)",
    **{
        f"np.{f}(t)": f"np.{f}(t.data.astype('M8[D]'))  # of dates"
        for f in ("is_busday", "isnat", "datetime_as_string")
    },
    "np.busday_count(t, t)": "np.busday_count(t.data.astype('M8[D]'), t.data.astype('M8[D]'))  # of dates",
    "np.busday_offset(t, 1)": "np.busday_offset(t.data.astype('M8[D]'), 1, roll='forward')  # of dates",
}


def function_of(call: str) -> Any:
    """The function that a call `np.linalg.inv(A)` calls; None if this NumPy has none of that name."""
    found: Any = np
    for name in call.partition("(")[0].split(".")[1:]:
        found = getattr(found, name, None)
    return found


@cache
def calls() -> dict[Callable[..., Any], tuple[str, str]]:
    """Each function without a rule: how it is called, and what to write instead."""
    return {function: (call, errors.spoken(code)) for call, code in CALLS.items() if (function := function_of(call))}


def function(op: Callable[..., Any]) -> str:
    """What to write instead of a NumPy function that has no rule, as a sentence has it; "" if that is not known."""
    call, code = calls().get(op, ("", ""))
    return f"for {call} write {code}" if call else ""


def recorded(function: Any) -> bool:
    """Whether NumPy's `function` takes a Tensor."""
    return function in RULES or function in HANDLERS or function in CONSTANT
