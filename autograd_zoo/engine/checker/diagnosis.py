"""What the checker says, as data: what was compared, what was found, and in which words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..tensor import Array
from .slopes import Slope, Views

KINDS = {
    "random": "f has two values for one x: drop-out, noise, or a state that it keeps",
    "no value": "f itself is not finite at x",
    "unrepeatable": "two sweeps of one tape give different gradients",
    "error": "a rule raises",
    "shape": "a rule returns a gradient of a wrong shape",
    "nonfinite": "the tape's gradient is not finite where differences are",
    "jump": "f jumps at x, so that differences mean nothing",
    "edge": "f is not finite to both sides of x, so that there are no differences",
    "kink": "f has a kink or a tie at x, and the gradient lies between the slopes of both sides",
    "zero": "the gradient is zero everywhere: the value was computed outside the tape",
    "cotangent": "the rule does not use its cotangent g, or not as a factor",
    "sign": "the sign is wrong, everywhere or in some elements",
    "batch sum": "samples are averaged, or only one of them counts, where they are to be summed",
    "factor": "the gradient is a number times what it should be, everywhere or in some elements",
    "transposed": "two axes are exchanged: in the gradient, or in a matrix that it is multiplied by",
    "flipped": "the gradient runs backwards along an axis",
    "shifted": "the gradient is shifted along an axis",
    "mask": "wrong only where the true gradient is 0: a mask is missing",
    "lost": "zero where it should not be, right elsewhere: a mask too many, an index twice, only the diagonal",
    "permuted": "the right numbers in the wrong places",
    "centered": "off by one number for all elements: a sum over them is missing",
    "constant": "f does not depend on this input, and the tape says that it does",
    "order 2": "right at order 1, wrong at order 2: a rule uses something that is not recorded (so for higher orders)",
    "term": "none of these: a term is missing, or too many",
    "float32": "right in float64, and wrong in the argument's own dtype",
}
"""The kinds of findings, and what they mean; those of higher orders have their number in place of the 2."""


@dataclass(frozen=True)
class Comparison:
    """The largest disagreement for one argument at one order, relative to the slope or to what hides it."""

    order: int
    argument: int
    error: float
    index: tuple[int, ...]
    tape: float
    differences: float


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: its kind (one of `KINDS`), where, both numbers, and a text that says it all."""

    kind: str
    order: int
    input: int | None
    index: tuple[int, ...]
    found: float
    expected: float
    text: str


@dataclass(frozen=True)
class Diagnosis:
    """What a check came to: `order` is the highest that was checked, `notes` say what else is worth knowing."""

    ok: bool
    order: int
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    comparisons: tuple[Comparison, ...] = ()

    def __str__(self) -> str:
        orders = "order 1" if self.order == 1 else f"orders 1 to {self.order}"
        verdict = f"right at {orders}" if self.ok else f"wrong at order {self.order}" if self.order else "not checked"
        return "\n".join([verdict, *(f.text for f in self.findings), *self.notes])


@dataclass(frozen=True, eq=False)
class Evidence:
    """One argument at one order: tape and differences, a row for each view of the result, a column for each element."""

    order: int
    argument: int
    x: Array
    result: tuple[int, ...] | None
    """The shape of f's result; None at higher orders, where the result is all gradients."""
    places: Array
    """Flat indices of the elements that were tried: the columns."""
    units: Array
    """Flat indices of the results that were looked at alone: the rows after the first, which is their weighted sum."""
    weights: Array
    tape: Array
    slopes: Array
    allowed: Array
    kink: Array
    wrong: Array
    jump: Array
    edge: Array
    tolerance: float

    @classmethod
    def of(
        cls,
        order: int,
        argument: int,
        x: Array,
        result: tuple[int, ...] | None,
        places: Array,
        views: Views,
        tape: Array,
        slopes: list[Slope],
        tolerance: float,
    ) -> Evidence:
        """Put the columns side by side."""
        columns = [np.stack(column, axis=1) for column in zip(*slopes, strict=True)] or [np.zeros(tape.shape)] * 6
        slope, allowed, wrong, kink, jump, edge = columns
        masks = wrong > 0, jump > 0, edge > 0
        seen = (tape, slope, allowed, kink, *masks)
        return cls(order, argument, x, result, places, views.units, views.weights, *seen, tolerance)

    @cached_property
    def complete(self) -> bool:
        """Whether every element of the argument and of the result was tried: then the rows are the Jacobian."""
        return self.places.size == self.x.size and self.units.size == self.weights.size > 0

    @cached_property
    def rows(self) -> slice:
        """The rows that say most: the Jacobian's, if there are all of them."""
        return slice(1, None) if self.complete and self.wrong[1:].any() else slice(None)

    def comparison(self) -> Comparison:
        """The worst element: the weighted sum's, and the largest error of all."""
        if not self.places.size:
            return Comparison(self.order, self.argument, 0.0, (), 0.0, 0.0)
        off = np.abs(self.tape - self.slopes)
        scale = np.fmax(np.abs(self.slopes), np.abs(self.tape))
        scale = np.where(self.wrong, scale, np.fmax(scale, self.allowed / self.tolerance))
        error = np.where(off == 0.0, 0.0, off / np.fmax(scale, 1e-300))
        error = np.where(np.isnan(error), np.inf, error)
        row = 0 if self.wrong[0].any() or not self.wrong.any() else int(np.argmax(self.wrong.any(axis=1)))
        column = int(np.argmax(np.where(self.wrong[row], 9.0 + error[row].round(3), error[row])))
        index = tuple(map(int, np.unravel_index(self.places[column], self.x.shape)))
        shown = float(self.tape[row, column]), float(self.slopes[row, column])
        return Comparison(self.order, self.argument, float(error.max()), index, *shown)


# ---- what is found before a gradient is looked at -------------------------------------------------------------------


def no_value(index: tuple[int, ...], value: float) -> Finding:
    """The value of f is nan or infinite."""
    text = f"f itself is {value} at index {index} of its result: there is no gradient to check at this x."
    return Finding("no value", 1, None, index, value, value, text)


def random_value(index: tuple[int, ...], found: float, expected: float) -> Finding:
    """The value of f, and another one for the same x."""
    text = (
        f"f is random: called again with the same x it gives {found:.6g} instead of {expected:.6g} at index {index} of "
        "its result, so differences mean nothing. Drop-out, noise, or a state that it keeps? Switch it off "
        "(module.eval()), or let f make its generator anew at each call."
    )
    return Finding("random", 1, None, index, found, expected, text)


def unrepeatable(order: int, argument: int, tape: Array, again: Array, x: Array) -> Finding:
    """Two sweeps of one tape differ, or do not give what a gradient is."""
    differ = np.argwhere(~np.equal(tape, again)) if tape.shape == again.shape else np.zeros((0, 0), int)
    index = tuple(map(int, differ[0])) if len(differ) else ()
    found, expected = (float(g[index]) if len(differ) else np.nan for g in (again, tape))
    text = (
        f"order {order}, argument {argument}: two sweeps of one tape gave different gradients, or one of another "
        f"shape: {tape.dtype}{list(tape.shape)} for {x.dtype}{list(x.shape)}. Does a rule change its arguments, or "
        "keep a state?"
    )
    return Finding("unrepeatable", order, argument, index, found, expected, text)


def not_linear(argument: int, index: tuple[int, ...], found: float, expected: float, times: float) -> Finding:
    """A gradient that is right for positive cotangents of ordinary size, and no others."""
    text = (
        f"order 1, argument {argument}, index {index}: right for a cotangent g near 1, but {times:.3g} times as much "
        f"gives {found:.6g}, and not {expected:.6g}. The rule is not linear in its cotangent g: nothing may hang on "
        "its sign or size, as in np.abs(g), np.maximum(g, 0.0) and np.clip(g, -1.0, 1.0)."
    )
    return Finding("cotangent", 1, argument, index, found, expected, text)


def raised(order: int, error: Exception) -> Finding:
    """A rule that raises, or whose gradient has a wrong shape."""
    said = f"{type(error).__name__}: {error}"
    hint = shape_hint(error)
    kind = "batch sum" if "a sum over" in hint else "shape" if hint else "error"
    text = f"order {order}: the sweep failed with {said}{' ' + hint if hint else ''}"
    return Finding(kind, order, None, (), np.nan, np.nan, text)


def in_sweep(error: Exception) -> bool:
    """Whether a rule raised this."""
    return str(error).startswith("the rule of") or any("in the sweep" in n for n in getattr(error, "__notes__", []))


SHAPES = re.compile(r"returned a gradient of shape \(([\d, ]*)\) for an input of shape \(([\d, ]*)\)")


def shape_hint(error: Exception) -> str:
    """What to do about a gradient of a wrong shape."""
    if not (match := SHAPES.search(str(error))):
        return ""
    got, wanted = (tuple(int(n) for n in shape.replace(" ", "").split(",") if n) for shape in match.groups())
    lead = len(got) - len(wanted)
    if lead >= 0 and all(n in (1, m) for n, m in zip(wanted, got[lead:], strict=True)):
        axes = (*range(lead), *(lead + k for k, n in enumerate(wanted) if n == 1 != got[lead + k]))
        keep = ", keepdims=True" if not lead else ""
        which = axes[0] if len(axes) == 1 else axes
        return (
            f"The argument was broadcast: a sum over what it was stretched along is missing, g.sum(axis={which}{keep})."
        )
    if sorted(got) == sorted(wanted):
        return "The axes are in a wrong order: a transpose is missing, or too many."
    return "A gradient has the shape of its argument: is an axis lost or kept that should not be?"


def not_recorded(order: int, error: BaseException | None) -> str:
    """Why an order could not be checked, in one line."""
    notes = " ".join(getattr(error, "__notes__", []))
    rule = match[1] if (match := re.search(r"back through ([^,]+),", notes)) else "an operation"
    said = str(error).splitlines()[0].split("; ")[0][:160]
    return (
        f"order {order} was not possible, order {order - 1} is right: the rule of {rule} cannot be recorded "
        f"({type(error).__name__}: {said}); write it without assignments, as np.where(mask, g, 0.0)"
    )


def own_digits(argument: int, index: tuple[int, ...], found: float, expected: float, dtype: object) -> Finding:
    """A gradient that is right in float64, and wrong in its own dtype."""
    text = (
        f"order 1, argument {argument}, index {index}: right in float64, but in {dtype} the tape says {found:.6g} "
        f"where float64 says {expected:.6g}: digits are lost on the way, or a rule depends on the dtype."
    )
    return Finding("float32", 1, argument, index, found, expected, text)
