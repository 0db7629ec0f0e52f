"""What a function is tried on: samples of a specimen, with the tape's Jacobian, and what the function made of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from textwrap import shorten
from typing import Any

import numpy as np

from ..engine.mode import switched
from ..engine.sweep import gradient
from ..engine.tensor import Array, Tensor
from ..zoo import Specimen

Function = Callable[..., Any]
LARGE = -(2.0**20)  # times the cotangent, which must be a mere factor; a power of two rounds nothing
MOST = 100  # elements of a result: a gradient is asked for by each of them
SHAPES = 4  # of the first variant that are tried


class Fault(Exception):
    """What is wrong with a call, before any number is looked at: the kind, and the sentence."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind, self.text = kind, text


@dataclass(frozen=True, eq=False)
class Trial:
    """One sample: the inputs, the result, and the tape's gradients, a row for each cotangent."""

    specimen: Specimen
    by: str
    inputs: tuple[Array, ...]
    params: Mapping[str, Any]
    y: Array
    cotangents: tuple[Array, ...]
    """Weights for all results at once, then each result alone."""
    truth: Array
    """(cotangents, *x.shape)"""

    @property
    def x(self) -> Array:
        """The input that the gradient is by."""
        return self.inputs[self.specimen.inputs.index(self.by)]

    @property
    def single(self) -> bool:
        """Whether there is but one sample."""
        first = self.inputs[0]
        return first.ndim <= 1 + self.batch or first.shape[self.batch] == 1

    @property
    def batch(self) -> int:
        """The axis of the samples in the first input; where there are none, that which would be."""
        return 1 if self.specimen.family == "recurrent" else 0

    @cached_property
    def allowed(self) -> Array:
        """By how much a gradient may differ from the tape's."""
        size = np.abs(self.truth)
        return np.asarray(1e-7 * size + 1e-9 * size.max(initial=0.0))

    def rows(self, run: Function, by: str | None = None) -> Array:
        """The tape's gradients of another function of the same inputs, or by another input."""
        return jacobian(self.specimen, run, self.inputs, self.params, by or self.by, self.cotangents)

    def pull(self, function: Function, params: Mapping[str, Any], g: Array) -> Array:
        """What the function gives for a cotangent; raises a Fault where that is no gradient at all."""
        given = [np.array(a) for a in (g, self.y, *self.inputs)]
        array = called(function, given, params)
        for name, before, after in zip(self.names, (g, self.y, *self.inputs), given, strict=True):
            if before.tobytes() != after.tobytes():
                raise Fault("writes", f"Your function changes {name}, which it was given: work on a copy.")
        return array

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What a function is called with."""
        inputs = self.specimen.inputs
        constants = len(self.inputs) - len(inputs)
        known = parameters(self.specimen.forward)[len(inputs) :][:constants]
        more = (f"constant_{k}" for k in range(len(known), constants))
        return ("g", "y", *inputs, *known, *more)

    def told(self) -> str:
        """What sets this sample apart, in words."""
        said = [f"{name} = {value!r}" for name, value in self.params.items()]
        return ", ".join([f"{self.specimen.inputs[0]} of shape {self.inputs[0].shape}", *said])


def parameters(f: Function) -> list[str]:
    """The names of a function's parameters."""
    return list(inspect.signature(f).parameters)


def accepted(f: Function, params: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the keyword arguments that a function takes."""
    try:
        known = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return dict(params)
    if any(p.kind is p.VAR_KEYWORD for p in known):
        return dict(params)
    named = {p.name for p in known if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)}
    return {name: value for name, value in params.items() if name in named}


def called(function: Function, given: Sequence[Array], params: Mapping[str, Any]) -> Array:
    """What a function returns, as an array of numbers; raises a Fault where it is none."""
    with switched(recording=False), np.errstate(all="ignore"):
        try:
            found = function(*given, **params)
        except (Exception, SystemExit) as error:
            raise Fault("raises", raised(error)) from error
    if found is None or found is ...:
        raise Fault("unanswered", "Your function returns nothing yet: write it, and let it return the gradient.")
    try:
        array = np.asarray(getattr(found, "data", found) if hasattr(found, "backward") else found)
        return array.astype(np.float64, casting="same_kind")
    except (TypeError, ValueError) as error:
        kind = type(found).__name__
        raise Fault("no numbers", f"Your function returns no array of real numbers, but a {kind}.") from error


def raised(error: Exception | SystemExit) -> str:
    """What a function raised, in a line."""
    said = shorten(str(error).splitlines()[0], 200, placeholder=" ...") if str(error) else ""
    return f"Your function raises {type(error).__name__}{f': {said}' if said else ''}"


def trials(specimen: Specimen, by: str, function: Function) -> tuple[tuple[Trial, ...], str]:
    """The samples that a function can be tried on, and a note on the keyword arguments that it does not take."""
    whole = [set(accepted(function, v)) == set(v) for v in specimen.variants]
    chosen = [k for k, takes in enumerate(whole) if takes] or [0]
    known = dict.fromkeys(name for v in specimen.variants for name in v)
    missing = [name for name in known if name not in accepted(function, known)]
    note = f"Not tried with other values of {', '.join(missing)}: your function does not take it." if missing else ""
    return tuple(t for k in chosen for t in drawn(specimen, by, k, k == chosen[0])), note


@lru_cache(maxsize=256)
def drawn(specimen: Specimen, by: str, variant: int, first: bool) -> tuple[Trial, ...]:
    """The samples of a variant: several shapes of the first, one shape of the others."""
    found: list[Trial] = []
    for k, shape in enumerate(specimen.shapes):
        if len(found) == (SHAPES if first else 1):
            break
        if not first and k == 0 and len(specimen.shapes) > 1 and len(shape) < len(specimen.shapes[1]):
            continue  # the others are tried on several samples
        rng = np.random.default_rng((k, variant))
        inputs, params = specimen.sample(rng, shape), specimen.variants[variant]
        with switched(recording=True, fused=False):
            y = np.array(specimen.record(inputs, params).y.data)
        last = not found and k == len(specimen.shapes) - 1
        if (y.size > MOST or not y.size) and not last:
            continue
        cotangents = (rng.uniform(0.5, 1.5, y.shape), *units(y.shape))
        truth = jacobian(specimen, specimen.run, inputs, params, by, cotangents)
        found.append(Trial(specimen, by, inputs, params, y, cotangents, truth))
    return tuple(found)


def units(shape: tuple[int, ...]) -> Iterator[Array]:
    """A cotangent for each result alone."""
    for index in np.ndindex(*shape):
        unit = np.zeros(shape)
        unit[index] = 1.0
        yield unit


def jacobian(
    s: Specimen, run: Function, inputs: tuple[Array, ...], params: Mapping[str, Any], by: str, gs: tuple[Array, ...]
) -> Array:
    """The tape's gradient for each cotangent."""
    with switched(recording=True, fused=False):
        leaves = {name: Tensor(x, name=name) for name, x in zip(s.inputs, inputs, strict=False)}
        y = run(*leaves.values(), *inputs[len(leaves) :], **params)
        if y.op is None:
            return np.zeros((len(gs), *leaves[by].shape))
        rows = [gradient(y, [leaves[by]], g, allow_unused=True)[0] for g in gs]
    return np.array(rows).reshape(len(gs), *leaves[by].shape)
