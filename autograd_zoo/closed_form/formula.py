"""One formula of the document as data, its samples, and the error of a transcription on one of them.

A row never says that its formula is right or wrong: the judge of the zoo computes that from what is here.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from inspect import signature
from typing import Any, Literal

import numpy as np

from .notation import Array


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
    """Letters of the zoo's dictionary -> the transcription read so; fewer letters first."""
    repairs: Mapping[str, Callable[..., Array]] = field(default_factory=dict)
    """Edits, joined by "; " -> the transcription of the formula so changed; fewer edits first."""
    mended: Callable[..., Array] | None = None
    """The transcription of `corrected_latex`."""
    perturbed: Callable[..., Array] | None = None
    """Of the gradient of an intermediate, the forward pass with δ added to that: (δ, *inputs, **params) -> y."""
    sample: Callable[[np.random.Generator], tuple[Array, ...]]
    """Inputs of one sample, of random size, away from points where the gradient jumps unless those are the point."""
    params: Mapping[str, Any] = field(default_factory=dict)
    cotangent: Callable[[np.random.Generator, Array], Array] | None = None
    """Of a gradient, draws ∂L/∂y for a y; where it is None, all its elements are drawn."""
    spread: tuple[Mapping[str, Any], ...] = ()
    """Further cases of the row: what is different there, such as {"sample": ..., "params": ...}."""
    smooth: bool = True
    """Whether the samples are away from kinks, so that differences are evidence."""
    source: Literal["document", "ours"]
    note: str = ""


def cases(formula: Formula) -> Iterator[Formula]:
    """The row itself, and the same with each of its spread's differences."""
    yield formula
    for change in formula.spread:
        yield replace(formula, **change)


def arguments(formula: Formula, rng: np.random.Generator) -> tuple[Any, ...]:
    """What the formula's transcriptions are called with on one random sample: (g, y, *inputs), or the inputs."""
    inputs = formula.sample(rng)
    if formula.forward is None:
        return inputs
    y = formula.forward(*inputs, **formula.params)
    g = formula.cotangent(rng, y) if formula.cotangent else np.asarray(rng.standard_normal(np.shape(y)))
    return (g, y, *inputs)


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
    return gap(transcription, given, formula.params, (truth or formula.corrected)(*given, **formula.params))


def gap(transcription: Callable[..., Array], given: tuple[Any, ...], params: Mapping[str, Any], truth: Array) -> float:
    """The largest |transcription − truth| / max(1, |truth|) for these arguments, as `error` does."""
    truth = np.asarray(truth)
    try:
        with np.errstate(all="ignore"):
            actual = np.asarray(transcription(*given, **params))
            if actual.shape != truth.shape:
                return math.inf
            difference = np.abs(actual - truth) / np.maximum(1.0, np.abs(truth))
    except (ValueError, ZeroDivisionError):  # shapes that do not fit; LinAlgError is one too
        return math.inf
    worst = float(np.max(difference, initial=0.0))
    return worst if math.isfinite(worst) else math.nan


def by_differences(formula: Formula) -> Callable[..., Array]:
    """What a gradient is, from nothing but the forward pass: central differences, with an error of order h⁴.

    Where there is nothing to take differences of, for a forward pass and a claim, it is the closed form.
    """
    perturbed = _perturbed(formula)
    if perturbed is None or not formula.smooth:
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
