"""One formula of the document as data, and the judge that computes whether it holds as printed.

A row never says that its formula is right or wrong. `judge` draws sample inputs, evaluates the literal transcription
and the closed form, and compares: the verdict is what comes out.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from inspect import signature
from typing import Any, Literal

import numpy as np

from .notation import Array
from .parts import sharing

Verdict = Literal["exact", "reading", "wrong"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Formula:
    """One printed formula: where it stands, what it says literally, and what it should compute.

    Transcriptions work on one sample. Forward passes take `(*inputs, **params)`, gradients `(g, y, *inputs, **params)`
    where g is ∂L/∂y; all arrays come and go in the layout of the code (vectors are 1-d, W is (out, in)).
    """

    id: str
    """Family, specimen and quantity, then what tells two equalities apart: "linear.linear.dW.kronecker"."""
    specimen: str
    quantity: str
    """ "y" for a forward pass, the name of an intermediate of it ("o") or of a gradient ("dx", "dW", ...), or "claim"
    for what the document says in words: `corrected` is then what is so, computed independently."""
    place: str
    """Where the document prints it, or what it stands beside when the formula is ours."""
    latex: str
    """Exactly as printed; for a formula of ours or a claim, in the document's notation."""
    printed: Callable[..., Array]
    """The literal transcription."""
    corrected: Callable[..., Array]
    """The closed form: what a tape must equal."""
    corrected_latex: str | None = None
    """Given where the printed formula is wrong or needs a reading."""
    forward: Callable[..., Array] | None = None
    """Of a gradient, the closed form of the forward pass that gives y; else None."""
    readings: Mapping[str, Callable[..., Array]] = field(default_factory=dict)
    """What one may assume to make the formula right -> its transcription under that assumption."""
    mended: Callable[..., Array] | None = None
    """Where no reading makes the formula right, the transcription of `corrected_latex`."""
    perturbed: Callable[..., Array] | None = None
    """Of the gradient of an intermediate, the forward pass with δ added to that: (δ, *inputs, **params) -> y."""
    sample: Callable[[np.random.Generator], tuple[Array, ...]]
    """Inputs of one sample, of random size, away from points where the gradient jumps unless those are the point."""
    params: Mapping[str, Any] = field(default_factory=dict)
    source: Literal["document", "ours"]
    note: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Judgement:
    """What `judge` found: the verdict, the largest error as printed and as corrected, and the readings tried."""

    formula: Formula
    verdict: Verdict
    error_printed: float
    error_corrected: float | None = None
    """That of the formula under its reading, or else mended, against differences; None where it is exact as printed."""
    reading: str | None = None
    """The first reading under which the formula holds."""
    failed_readings: tuple[tuple[str, float], ...] = ()
    """The readings tried before that one, each with its error."""


def arguments(formula: Formula, rng: np.random.Generator) -> tuple[Any, ...]:
    """What the formula's transcriptions are called with on one random sample: (g, y, *inputs), or the inputs."""
    inputs = formula.sample(rng)
    if formula.forward is None:
        return inputs
    y = formula.forward(*inputs, **formula.params)
    return (np.asarray(rng.standard_normal(np.shape(y))), y, *inputs)


def error(
    formula: Formula,
    transcription: Callable[..., Array],
    rng: np.random.Generator,
    truth: Callable[..., Array] | None = None,
) -> float:
    """max |transcription − truth| / max(1, |truth|) on one random sample; truth is by default the closed form.

    It is inf where the shapes differ, or the transcription's own shapes do not fit (a ValueError), and nan where what
    it gives is not finite.
    """
    given = arguments(formula, rng)
    expected = np.asarray((truth or formula.corrected)(*given, **formula.params))
    try:
        with np.errstate(all="ignore"):
            actual = np.asarray(transcription(*given, **formula.params))
            if actual.shape != expected.shape:
                return math.inf
            gap = np.abs(actual - expected) / np.maximum(1.0, np.abs(expected))
    except ValueError:  # shapes that do not fit; LinAlgError is one too
        return math.inf
    worst = float(np.max(gap, initial=0.0))
    return worst if math.isfinite(worst) else math.nan


def by_differences(formula: Formula) -> Callable[..., Array]:
    """What a gradient is, from nothing but the forward pass: central differences, with an error of order h⁴.

    Where there is nothing to take differences of, for a forward pass and a claim, it is the closed form.
    """
    perturbed = _perturbed(formula)
    if perturbed is None:
        return formula.corrected

    def truth(g: Array, y: Array, *inputs: Array, **params: Any) -> Array:
        shape = np.shape(formula.corrected(g, y, *inputs, **params))

        def loss(delta: Array) -> float:
            return float(np.sum(g * perturbed(delta, *inputs, **params)))

        def slope(index: tuple[int, ...], h: float = 3e-4) -> float:
            unit = np.zeros(shape)
            unit[index] = h
            return (8.0 * (loss(unit) - loss(-unit)) - (loss(2.0 * unit) - loss(-2.0 * unit))) / (12.0 * h)

        return np.array([slope(index) for index in np.ndindex(*shape)]).reshape(shape)

    return truth


def _perturbed(formula: Formula) -> Callable[..., Array] | None:
    """The forward pass with δ added to what the gradient is of, (δ, *inputs, **params) -> y."""
    forward, name = formula.forward, formula.quantity[1:]
    if formula.perturbed or forward is None or name not in signature(forward).parameters:
        return formula.perturbed
    position = list(signature(forward).parameters).index(name)

    def perturbed(delta: Array, *inputs: Array, **params: Any) -> Array:
        return forward(*inputs[:position], inputs[position] + delta, *inputs[position + 1 :], **params)

    return perturbed


@sharing()
def judge(formula: Formula, seeds: Iterable[int] = range(5), tolerance: float = 1e-9) -> Judgement:
    """Compute the verdict on a formula from its error over all seeds.

    "exact" if the literal transcription agrees with the closed form, "reading" if one of the formula's readings does
    (the first one is named), else "wrong". What is right instead, under that reading or mended, is compared with
    differences of the forward pass.

    Raises
    ------
    ValueError
        If `seeds` is empty: nothing would be compared, and every formula would hold.
    """
    seeds = tuple(seeds)
    if not seeds:
        raise ValueError("judge expects at least one seed, got none: pass for instance seeds=range(5)")

    def worst(transcription: Callable[..., Array]) -> float:
        return float(np.max([error(formula, transcription, np.random.default_rng(seed)) for seed in seeds]))

    def against_differences(transcription: Callable[..., Array]) -> float:
        """One seed will do, of a formula that is whose closed form is compared over all of them."""
        return error(formula, transcription, np.random.default_rng(seeds[0]), by_differences(formula))

    error_printed = worst(formula.printed)
    if error_printed <= tolerance:
        return Judgement(formula=formula, verdict="exact", error_printed=error_printed)
    failed: list[tuple[str, float]] = []
    reading, mended = None, formula.mended
    for name, transcription in formula.readings.items():
        error_reading = worst(transcription)
        if error_reading <= tolerance:
            reading, mended = name, transcription
            break
        failed.append((name, error_reading))
    return Judgement(
        formula=formula,
        verdict="reading" if reading else "wrong",
        error_printed=error_printed,
        error_corrected=against_differences(mended) if mended else None,
        reading=reading,
        failed_readings=tuple(failed),
    )
