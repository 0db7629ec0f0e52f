"""Is a gradient right? The tape against differences, element by element, at each order asked for."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Literal, overload

import numpy as np

from .checker.compare import compare, shaken
from .checker.diagnosis import (
    Comparison,
    Diagnosis,
    Finding,
    in_sweep,
    no_value,
    not_recorded,
    own_digits,
    raised,
    random_value,
    shape_hint,
)
from .checker.levels import Level, NotRecorded
from .checker.patterns import finding
from .checker.slopes import differences
from .mode import switched
from .tensor import Array, Tensor
from .values import unmasked

__all__ = ["Comparison", "Diagnosis", "Finding", "GradientError", "OrderWarning", "check_gradients", "differences"]

Function = Callable[..., Any]
RANDOM = 1e-9  # of the largest value: what f may differ by from call to call, as sums in another order do
SINGLE = 1e-2  # a gradient in fewer digits may differ by this much of the largest from that in float64


class GradientError(AssertionError):
    """A gradient that disagrees with the differences of its function; `diagnosis` says how."""

    def __init__(self, said: str, diagnosis: Diagnosis | None = None) -> None:
        super().__init__(said)
        self.diagnosis = diagnosis


class OrderWarning(UserWarning):
    """An order that could not be checked, since a rule cannot be recorded."""


@overload
def check_gradients(
    f: Function, *xs: Any,
    order: int = ..., tolerance: float = ..., rng: np.random.Generator | None = ..., most: int = ...,
    report: Literal[False] = ...,
) -> list[Comparison]: ...  # fmt: skip


@overload
def check_gradients(
    f: Function, *xs: Any,
    order: int = ..., tolerance: float = ..., rng: np.random.Generator | None = ..., most: int = ...,
    report: Literal[True],
) -> Diagnosis: ...  # fmt: skip


def check_gradients(
    f: Function, *xs: Any,
    order: int = 2, tolerance: float = 1e-7, rng: np.random.Generator | None = None, most: int = 400,
    report: bool = False,
) -> list[Comparison] | Diagnosis:  # fmt: skip
    """Compare the tape's gradients of `f` at `xs` with differences, at orders 1 to `order`, and say what is wrong.

    Each element is judged by itself: by what differences say of it, and by how well they know it.

    Parameters
    ----------
    f : callable
        from Tensors to a Tensor of any shape; its Jacobian is compared, and that of its weighted gradient at order 2
    *xs : arrays of floats
        all of them are differentiated; keep them some steps away from kinks. What is not float64 is checked in copies
        that are, and its own gradient against those
    order : int
        at order 2 the gradient itself is differentiated, at order 3 the gradient of that
    tolerance : float
        allowed error of each element, relative to itself
    rng : numpy.random.Generator, optional
        for the weights; a fixed one by default, so that a check can be repeated
    most : int
        how many elements of an argument, and of the result, are tried, chosen at random from a larger one
    report : bool
        return the Diagnosis, whatever it says, instead of raising

    Returns
    -------
    list of Comparison, or Diagnosis
        the worst element of each argument at each order

    Raises
    ------
    GradientError
        names the order, the argument, the worst index, both numbers, and what the error looks like
    TypeError
        for an argument that is no array of floats
    Exception
        whatever `f` or a rule raises; `report` makes a finding of what a rule raises

    Warns
    -----
    OrderWarning
        if a rule cannot be recorded, as one that assigns to elements: then the orders below are checked

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> worst = az.check_gradients(np.tanh, np.array([0.3, -1.2]))
    >>> [c.order for c in worst]
    [1, 2]
    >>> wrong = az.primitive(lambda x: x * x)
    >>> az.defvjp(wrong, lambda g, y, x: g * x)
    >>> print(az.check_gradients(wrong, np.array([0.3, -1.2]), report=True))  # doctest: +ELLIPSIS
    wrong at order 1
    order 1, argument 0, index (0,): ... A factor is wrong: the tape is 0.5 times the differences.
    """
    if order < 1:
        raise ValueError(f"order must be 1 or more, got {order}")
    if not xs:
        raise TypeError("check_gradients(f, *xs) needs the arrays to check f at, at least one")
    arrays = [_floats(i, x) for i, x in enumerate(xs)]
    rng = np.random.default_rng(0) if rng is None else rng
    with switched(recording=True, fused=False):
        diagnosis = _Check(f, arrays, tolerance, rng, most).run(order, report)
    if report:
        return diagnosis
    if not diagnosis.ok:
        raise GradientError("\n".join(f.text for f in diagnosis.findings), diagnosis)
    for note in diagnosis.notes if diagnosis.order < order else ():
        warnings.warn(note, OrderWarning, stacklevel=2)
    return list(diagnosis.comparisons)


def _floats(i: int, x: Any) -> Array:
    array = np.array(x.data if isinstance(x, Tensor) else unmasked(x))
    if array.dtype.kind != "f":
        raise TypeError(f"argument {i} must be an array of floats, got {array.dtype}: write np.asarray(x, float)")
    return array


class _Check:
    """One run: its arguments, and what was found so far."""

    def __init__(self, f: Function, given: list[Array], tolerance: float, rng: np.random.Generator, most: int) -> None:
        self.f, self.given, self.tolerance, self.rng, self.most = f, given, tolerance, rng, most
        self.xs = [x.astype(np.float64) for x in given]
        self.comparisons: list[Comparison] = []
        self.findings: list[Finding] = []
        self.notes: list[str] = []

    def run(self, order: int, report: bool) -> Diagnosis:
        """Check order after order, until something is wrong."""
        first = level = Level(self.f, self.xs, self.rng)
        done = 0
        if self._repeats(first, 2) and self._finite(first):
            for k in range(1, order + 1):
                try:
                    evidence, self.findings = compare(level, k, self.tolerance, self.rng, self.most)
                except Exception as error:
                    if hint := shape_hint(error):
                        error.add_note(hint)
                    if not (report and in_sweep(error)):
                        raise
                    evidence, self.findings = [], [raised(k, error)]
                done = k
                self.comparisons += [e.comparison() for e in evidence]
                self.findings += [finding(e) for e in evidence if e.wrong.any()]
                if self.findings:
                    done *= self._repeats(first, 8)
                    break
                try:
                    level = Level(self.f, self.xs, self.rng, level) if k < order else level
                except NotRecorded as refused:
                    self.notes.append(not_recorded(k + 1, refused.__cause__))
                    break
            if not self.findings:
                self._own_digits(first)
        return Diagnosis(
            ok=not self.findings,
            order=done,
            findings=tuple(self.findings),
            notes=tuple(self.notes),
            comparisons=tuple(self.comparisons),
        )

    def _repeats(self, first: Level, times: int) -> bool:
        """Whether f has one value at one point."""
        for _ in range(times):
            again = first.values(*self.xs)
            if again.shape != first.center.shape:
                self.findings = [random_value((), first.center.size, again.size)]
                return False
            apart = np.abs(again - first.center) > RANDOM * np.max(np.abs(first.center), initial=0.0)
            if apart.any():
                at = int(np.argmax(apart))
                index = tuple(map(int, np.unravel_index(at, first.outputs[0].shape)))
                self.findings = [random_value(index, float(again[at]), float(first.center[at]))]
                return False
        return True

    def _finite(self, first: Level) -> bool:
        """Whether f has a value."""
        if wrong := np.flatnonzero(~np.isfinite(first.center)).tolist():
            index = tuple(map(int, np.unravel_index(wrong[0], first.outputs[0].shape)))
            self.findings = [no_value(index, float(first.center[wrong[0]]))]
        return not wrong

    def _own_digits(self, first: Level) -> None:
        """Where an argument has fewer digits than float64, compare the gradients in its own with those in float64."""
        short = [i for i, x in enumerate(self.given) if x.dtype.itemsize < 8]
        if not short:
            return
        with np.errstate(all="ignore"):
            exact = first.sweep(first.flat_weights)
            own, *others = [
                Level(self.f, xs, self.rng).sweep(first.flat_weights)
                for xs in (self.given, *([shaken(x, self.rng) for x in self.given] for _ in range(4)))
            ]
            for i in short:
                self._own_digits_of(i, exact[i], own[i].astype(float), [other[i] for other in others])

    def _own_digits_of(self, i: int, expected: Array, found: Array, others: list[Array]) -> None:
        dtype, off = self.given[i].dtype, np.abs(found - expected)
        spread = np.ptp([found, *others], axis=0).max(initial=0.0)
        part = max(SINGLE, 100.0 * float(np.finfo(dtype).eps))
        if not np.isfinite(found).all():
            self.notes.append(f"argument {i} is {dtype}: right in float64, where in {dtype} gradients overflow")
        elif (off > part * np.abs(expected).max(initial=0.0) + 30.0 * spread).any():
            index = tuple(map(int, np.unravel_index(np.argmax(off), off.shape)))
            self.findings.append(own_digits(i, index, float(found[index]), float(expected[index]), dtype))
        else:
            self.notes.append(
                f"argument {i} is {dtype}: it was checked in float64, from which its own gradient differs by "
                f"{off.max(initial=0.0):.1e}"
            )
