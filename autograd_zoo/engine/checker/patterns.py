"""What wrong gradients look like: patterns that tell a forgotten mask from a wrong sign, a factor from a transpose."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..tensor import Array
from .diagnosis import Evidence, Finding
from .places import CLOSE, flipped, permuted, same, shifted, transposed, transposed_factor


def finding(e: Evidence) -> Finding:
    """What is wrong with a gradient."""
    kind, hint = recognize(e)
    c = e.comparison()
    text = (
        f"order {c.order}, argument {c.argument}, index {c.index}: the tape says {c.tape:.12g}, differences say "
        f"{c.differences:.12g}, an error of {c.error:.1e} (allowed {e.tolerance:.1e}). {hint}"
    )
    return Finding(kind, c.order, c.argument, c.index, c.tape, c.differences, text)


def recognize(e: Evidence) -> tuple[str, str]:
    """The kind of the first pattern that fits, and its sentence."""
    for kind, says in PATTERNS if e.order == 1 else UNKNOWABLE:
        if hint := says(e):
            return kind, hint
    if e.order > 1:
        return f"order {e.order}", _above(e)
    return "term", "A term is missing, or too many."


def _where(e: Evidence) -> str:
    """In which elements of the argument it is wrong, or that it is in some results only."""
    bad = e.wrong[e.rows].any(axis=0)
    x, count = e.x.ravel()[e.places], int(bad.sum())
    if bad.all():
        return "" if e.wrong[e.rows].any(axis=1).all() else " in some of the results"
    for side, there in (("x < 0", x < 0.0), ("x > 0", x > 0.0), ("x = 0", x == 0.0)):
        if np.array_equal(bad, there):
            return f" where {side}"
    return f" in {count} of {bad.size} elements"


# ---- what cannot be judged by differences -------------------------------------------------------------------------


def _nonfinite(e: Evidence) -> str:
    lost = ~np.isfinite(e.tape) & np.isfinite(e.slopes)
    return "The gradient is not finite: az.detect_anomaly() names the operation." if lost.any() else ""


def _jump(e: Evidence) -> str:
    jump = e.order == 1 and e.jump.any()
    return "f jumps here: differences mean nothing at a jump; move x away from it." if jump else ""


def _edge(e: Evidence) -> str:
    if not (e.wrong & (e.edge | ~np.isfinite(e.slopes))).any():
        return ""
    return "f is not finite to both sides of x: there are no differences at the edge of its domain; move x inside."


def _kink(e: Evidence) -> str:
    """All that is wrong lies at kinks, with a gradient between the slopes of both sides."""
    if e.jump.any():
        return (
            "The gradient jumps here: x lies at a kink or a tie, where differences mean nothing; move x away from it."
        )
    half = 0.5 * e.kink
    if not (half[e.wrong] > 0.0).any():
        return ""
    looked = e.wrong & (half > 0.0)
    between = np.abs(e.tape - e.slopes) <= 1.01 * half + e.allowed
    if not between[looked].all() or (e.wrong.any(axis=0) & ~looked.any(axis=0)).sum() > 0:
        return ""
    row, column = np.argwhere(looked)[0]
    low, high = e.slopes[row, column] - half[row, column], e.slopes[row, column] + half[row, column]
    return (
        f"x lies at a kink or a tie, with slopes {low:.6g} and {high:.6g} to its sides: differences mean nothing "
        "there, and any number between them is a subgradient; move x away from it."
    )


# ---- what a wrong rule looks like ------------------------------------------------------------------------------------


def _zero(e: Evidence) -> str:
    if e.tape.any():
        return ""
    return "The tape's gradient is zero: was the value computed outside the tape (.data, .detach())?"


def _constant(e: Evidence) -> str:
    if e.slopes.any() and (np.abs(e.slopes) > e.allowed).any():
        return ""
    return "The function does not depend on this argument, and the tape says that it does."


def _cotangent(e: Evidence) -> str:
    if len(e.tape) < 3:
        return ""
    if (np.abs(e.tape - e.tape[0]) <= CLOSE * np.abs(e.tape[0])).all():
        return "The rule does not use its cotangent g: the gradient is the same whatever g is."
    if e.complete and not np.allclose(
        e.weights @ e.tape[1:], e.tape[0], rtol=CLOSE, atol=CLOSE * np.abs(e.tape[0]).max()
    ):
        return "The rule is not linear in its cotangent g: twice the g must give twice the gradient."
    return ""


def _sign(e: Evidence) -> str:
    return "The sign is wrong." if same(-e.tape[e.rows], e.slopes[e.rows], e) else ""


def _some_signs(e: Evidence) -> str:
    wrong, tape, slopes = e.wrong[e.rows], e.tape[e.rows], e.slopes[e.rows]
    return f"The sign is wrong{_where(e)}." if same(np.where(wrong, -tape, slopes), slopes, e) else ""


def _ratio(e: Evidence, among: Array) -> float | None:
    """The one number that tape / differences is in the entries `among`, or None."""
    tape, slopes, allowed = (a[e.rows][among] for a in (e.tape, e.slopes, e.allowed))
    if not tape.size or not (np.abs(slopes) > 100.0 * allowed).any():
        return None
    sharp = np.argmax(np.abs(slopes) / np.fmax(allowed, 1e-300))
    ratio = float(tape[sharp] / slopes[sharp])
    close = min(CLOSE, 0.05 * abs(ratio - 1.0))
    fits = np.abs(tape - ratio * slopes) <= close * np.abs(tape) + np.abs(ratio) * allowed
    telling = (np.abs(slopes) * abs(ratio - 1.0) > 10.0 * allowed).sum()
    if ratio == 0.0 or not fits.all() or (telling < 2 and not _nice(ratio, e)):
        return None
    return ratio


def _nice(ratio: float, e: Evidence) -> bool:
    """Whether a single ratio is a number that somebody forgets, and no chance."""
    sizes = {*(e.x.shape), *(e.result or ()), e.x.size, e.weights.size, 1, 2, 3, 4, 5, 6, 8, 10}
    known = [a / b for a in sizes for b in (1, 2, 3, 4) if b and a] + [np.pi, np.sqrt(2.0), np.log(2.0), np.log(10.0)]
    r = abs(ratio)
    return abs(r - 1.0) < 1e-2 or any(abs(r - k) <= CLOSE * k or abs(r * k - 1.0) <= CLOSE for k in known)


def _number(ratio: float) -> str:
    return f"{ratio:.6g}" if abs(ratio - 1.0) > 1e-4 else f"1 {'+' if ratio > 1.0 else '-'} {abs(ratio - 1.0):.2g}"


def _samples(e: Evidence) -> Iterator[tuple[int, tuple[Array, Array, Array]]]:
    """Axes of the result along which every element of the argument counts more than once, each axis moved to the front.

    So it is along the batch for weights, and not for inputs that are samples themselves.
    """
    if e.complete and e.result:
        parts = [a[1:].reshape(*e.result, -1) for a in (e.tape, e.slopes, e.allowed)]
        for axis, n in enumerate(e.result):
            tape, slopes, allowed = (np.moveaxis(a, axis, 0).reshape(n, -1, e.x.size) for a in parts)
            if n > 1 and ((np.abs(slopes) > allowed).any(axis=1).sum(axis=0) > 1).all():
                yield axis, (tape, slopes, allowed)


def _batch_mean(e: Evidence) -> str:
    """1/n of what it should be, where n samples count."""
    ratio = _ratio(e, np.ones(e.tape[e.rows].shape, bool))
    for axis, (tape, _, _) in _samples(e) if ratio else ():
        if np.isclose(ratio, 1.0 / len(tape), rtol=CLOSE):  # type: ignore[arg-type]
            return (
                f"A factor is wrong: the tape is {ratio:.6g} times the differences, 1/{len(tape)}, the length of axis "
                f"{axis} of the result: a mean over the batch for a sum?"
            )
    return ""


def _one_sample(e: Evidence) -> str:
    """Only one of many samples counts."""
    for axis, (tape, slopes, allowed) in _samples(e):
        full = [k for k, row in enumerate(tape) if row.any()]
        if len(full) != 1:
            continue
        k = full[0]
        if (np.abs(tape[k] - slopes[k]) <= CLOSE * np.abs(slopes[k]) + allowed[k]).all():
            return (
                f"Only index {k} of the result's axis {axis}, which has {len(tape)}, counts: "
                f"a sum over the batch is missing, as in g.sum(axis={axis})."
            )
    return ""


def _factor(e: Evidence) -> str:
    ratio = _ratio(e, np.ones(e.tape[e.rows].shape, bool))
    if ratio is None:
        return ""
    axes = {n: f"the length of axis {k} of the argument" for k, n in enumerate(e.x.shape)}
    axes |= {n: f"the length of axis {k} of the result" for k, n in enumerate(e.result or ())}
    axes |= {e.weights.size: "the number of elements of the result", e.x.size: "the number of elements"}
    of = "."
    for n, name in axes.items():
        if n > 2 and np.isclose(ratio, n, rtol=CLOSE):
            of = f", {name}: a sum for a mean?"
        if n > 2 and np.isclose(ratio, 1.0 / n, rtol=CLOSE):
            of = f", 1/{n}, with {n} {name}: a mean for a sum?"
    return f"A factor is wrong: the tape is {_number(ratio)} times the differences{of}"


def _some_factor(e: Evidence) -> str:
    wrong = e.wrong[e.rows]
    ratio = None if wrong.all() else _ratio(e, wrong)
    if ratio is None:
        return ""
    return f"A factor is wrong{_where(e)}: the tape is {_number(ratio)} times the differences there."


def _mask(e: Evidence) -> str:
    wrong, slopes, allowed = e.wrong[e.rows], e.slopes[e.rows], e.allowed[e.rows]
    if not (np.abs(slopes[wrong]) <= allowed[wrong]).all() or not (np.abs(slopes) > allowed).any():
        return ""
    where = f"{places}, where" if (places := _where(e)) else " where"
    return f"Wrong only{where} the true gradient is 0: a mask is missing, as in np.where(x > 0, g, 0.0)."


def _lost(e: Evidence) -> str:
    if e.tape[e.rows][e.wrong[e.rows]].any():
        return ""
    if e.complete and e.result == e.x.shape and not e.wrong[1:].diagonal().any():
        return (
            "Only the diagonal of the Jacobian counts: each result was taken to depend on its own element alone, where "
            "it depends on others too."
        )
    return (
        f"The gradient is 0{_where(e)} where it should not be, and right elsewhere: a mask too many, or indices that "
        "occur twice (np.add.at adds all of them up)?"
    )


def _centered(e: Evidence) -> str:
    """Tape less differences is one number for all elements, in each row."""
    off = e.tape[e.rows] - e.slopes[e.rows]
    if e.x.size < 3 or e.places.size < 3:
        return ""
    level = off.mean(axis=1, keepdims=True)
    near = 1e-4 * np.abs(level) + 2.0 * e.allowed[e.rows].max(axis=1, keepdims=True)
    if not (np.abs(off - level) <= near).all() or (np.abs(level) <= 10.0 * near).all():
        return ""
    return "Off by one number for all elements: a term that sums over them is missing, or too many (g - g.mean()?)."


def _above(e: Evidence) -> str:
    zero = " The tape's is zero." if not e.tape.any() else ""
    return f"Right at the order below: is a rule written with something that is not recorded?{zero}"


UNKNOWABLE = [("jump", _jump), ("edge", _edge), ("kink", _kink), ("nonfinite", _nonfinite)]
PATTERNS = [
    *UNKNOWABLE,
    ("constant", _constant),
    ("zero", _zero),
    ("cotangent", _cotangent),
    ("sign", _sign),
    ("batch sum", _batch_mean),
    ("batch sum", _one_sample),
    ("factor", _factor),
    ("transposed", transposed),
    ("flipped", flipped),
    ("shifted", shifted),
    ("transposed", transposed_factor),
    ("mask", _mask),
    ("lost", _lost),
    ("sign", _some_signs),
    ("factor", _some_factor),
    ("permuted", permuted),
    ("centered", _centered),
]
