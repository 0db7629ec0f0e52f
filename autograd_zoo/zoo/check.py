"""The check: a module's tape against its closed forms, differences, its fused form, and the kernels of that.

Where the module's forward pass is the closed form, given Tensors, the two are not compared: what holds it is the
literal transcription of the printed formula, with which it is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np

from ..closed_form import Formula
from ..closed_form.parts import sharing
from ..engine.check import differences
from ..engine.mode import switched
from ..engine.sweep import gradient
from ..engine.tape import Tape
from ..engine.tensor import Array
from ..engine.values import Kept
from ..kernels import twins
from .judge import Judgement
from .report import Report, Row
from .specimen import Specimen
from .specimens import BY_NAME, FAMILIES, ZOO
from .verdicts import judged

TOLERANCE = {
    "closed form": 1e-12,
    "differences": 1e-7,
    "fused": 1e-12,
    "order 2": 1e-7,
    "order 2, fused": 1e-10,
    "kernel": 1e-12,
    "kernel, float32": 1e-3,
    "compiled": 1e-12,
    "compiled, float32": 1e-3,
}


@dataclass(frozen=True)
class Case:
    """One comparison on one sample: the largest difference, relative to the largest number compared with."""

    quantity: str
    against: str
    error: float


def find(names: Iterable[str] = ()) -> list[Specimen]:
    """The specimens called by name or by family; all of them without names.

    Raises
    ------
    KeyError
        for a name that is neither, with the nearest one that is
    """
    found: dict[str, Specimen] = {}
    for name in names:
        if name in BY_NAME:
            found[name] = BY_NAME[name]
        elif name in FAMILIES:
            found |= {s.name: s for s in ZOO if s.family == name}
        else:
            near = get_close_matches(name, [*BY_NAME, *FAMILIES], n=1)
            hint = f"did you mean {near[0]}?" if near else f"the families are {', '.join(FAMILIES)}"
            raise KeyError(f"the zoo has no {name!r}: {hint}")
    return list(found.values()) or list(ZOO)


def check(
    *names: str,
    seeds: Iterable[int] = range(3),
    data: Array | None = None,
    progress: Callable[[list[Specimen]], Iterable[Specimen]] = iter,
) -> Report:
    """Check specimens, by name or family (all of them without names), and judge their printed formulas.

    Parameters
    ----------
    *names : str
        such as "softmax" or "activation"
    seeds : iterable of int
        each draws other inputs, in each of the specimen's shapes; differences, which are slow, are taken for the first
    data : array, optional
        real data for the first input, instead of drawn numbers; then no differences are taken: it may lie at kinks
    progress : callable
        wraps the list of specimens, for a progress bar

    Returns
    -------
    Report
        prints as a table; `report.ok` tells whether all agree

    Raises
    ------
    KeyError
        for an unknown name, with the nearest known one

    Examples
    --------
    >>> import autograd_zoo as az
    >>> az.zoo.check("softmax").ok
    True
    """
    seeds = tuple(seeds)
    if not seeds:
        raise ValueError("check needs at least one seed: with none, nothing is compared, and everything would pass")
    data = None if data is None else np.asarray(data, np.float64)
    specimens = find(names)
    rows: list[Row] = []
    judgements: dict[Formula, Judgement] = {}
    for specimen in progress(specimens):
        with sharing():
            cases = [case for seed in seeds for case in compare(specimen, seed, data, steps=seed == seeds[0])]
            rows += _rows(specimen, cases)
            judgements |= {formula: judged(formula) for formula in specimen.rows if formula not in judgements}
    return Report(
        rows=tuple(rows),
        judgements=tuple(judgements.values()),
        data=data is not None,
        closed=tuple(s.name for s in specimens if s.is_closed_form),
    )


def compare(specimen: Specimen, seed: int, data: Array | None = None, steps: bool = True) -> Iterator[Case]:
    """The comparisons of one specimen for one seed: every shape, variant, quantity; differences only with `steps`."""
    rng = np.random.default_rng(seed)
    for shape in specimen.shapes if data is None else (data.shape,):
        for params in specimen.variants:
            inputs = specimen.sample(rng, shape, data)
            yield from _compare(specimen, inputs, params, rng, steps and data is None)


def _compare(
    s: Specimen, inputs: tuple[Array, ...], params: Any, rng: np.random.Generator, steps: bool
) -> Iterator[Case]:
    """The comparisons on one sample; differences only with `steps`."""
    count = len(s.inputs)
    g = np.asarray(rng.standard_normal(np.shape(s.run(*inputs, **params))))
    y, tape = _sweep(s, inputs, params, g)
    with switched(fused=True):
        y_fused, fused = _sweep(s, inputs, params, g)
    if not s.is_closed_form:
        yield Case("y", "closed form", error(y, s.forward(*inputs, **params)))
    yield Case("y", "fused", error(y_fused, y))
    for i, (name, closed) in enumerate(s.pull(g, y, *inputs, **params).items()):
        yield Case(f"d{name}", "closed form", error(tape[i], closed))
        yield Case(f"d{name}", "fused", error(fused[i], tape[i]))
        if steps:

            def along(x: Array, i: int = i) -> float:
                return float(np.sum(g * s.run(*inputs[:i], x, *inputs[i + 1 :], **params)))

            yield Case(f"d{name}", "differences", _direction(along, inputs[i], tape[i], rng))
    yield from _by_kernels(s, inputs, params, g)
    if s.intermediates:
        yield from _intermediates(s, inputs, params, g)
    if steps and s.smooth:
        weights = [np.asarray(rng.standard_normal(x.shape)) for x in inputs[:count]]
        second = _second(s, inputs, params, g, weights)
        with switched(fused=True):
            second_fused = _second(s, inputs, params, g, weights)
        for i, name in enumerate(s.inputs):

            def slope(x: Array, i: int = i) -> float:
                _, first = _sweep(s, (*inputs[:i], x, *inputs[i + 1 :]), params, g)
                return float(sum(np.sum(w * d) for w, d in zip(weights, first, strict=True)))

            yield Case(f"d{name}", "order 2", _direction(slope, inputs[i], second[i], rng))
            yield Case(f"d{name}", "order 2, fused", error(second_fused[i], second[i]))


def _sweep(s: Specimen, inputs: tuple[Array, ...], params: Any, g: Array) -> tuple[Array, list[Array]]:
    """The module's value, and the tape's gradients by its inputs for the cotangent `g`."""
    y, leaves = s.record(inputs, params)
    return y.data, gradient(y, [*leaves.values()], g)


def _by_kernels(s: Specimen, inputs: tuple[Array, ...], params: Any, g: Array) -> Iterator[Case]:
    """The fused form by its kernels, in NumPy and compiled, in float64 and float32, against the tape in float64.

    Samples are so small that by itself a kernel would leave them to the closed form.
    """
    for dtype, suffix in ((np.float64, ""), (np.float32, ", float32")):
        *given, upstream = [_rounded(x, dtype) for x in (*inputs, g)]
        exact: list[Array] = []
        for against, compiled in (("kernel", False), ("compiled", True))[: 2 if twins.compiled() else 1]:
            with switched(fused=True), twins.all_by(compiled=compiled) as used:
                y, found = _sweep(s, tuple(given), params, upstream)
                if not used and {s.forward, s.gradients.get("gradients")} <= twins.TWINS.keys():
                    y, found = _pulled(s, given, params, upstream)
            if not used:  # there is none
                continue
            if not exact:
                right, tape = _sweep(s, tuple([_rounded(x, np.float64) for x in given]), params, upstream.astype(float))
                exact = [right, *tape]
            for name, a, b in zip(("y", *(f"d{x}" for x in s.inputs)), (y, *found), exact, strict=True):
                yield Case(name, against + suffix, error(a, b))


def _pulled(s: Specimen, inputs: list[Array], params: Any, g: Array) -> tuple[Array, list[Array]]:
    """The value and all gradients by the kernels themselves, of a module that is recorded cell by cell."""
    y = twins.TWINS[s.forward](*inputs, **params)
    y, kept = y if isinstance(y, Kept) else (y, None)
    found = twins.TWINS[s.gradients["gradients"]](g, y, *inputs, **params, kept=kept)
    return y, [getattr(found, name) for name in s.inputs]


def _rounded(x: Any, dtype: Any) -> Any:
    """Floating-point numbers in a dtype, and anything else as it is."""
    return x.astype(dtype) if getattr(x, "dtype", np.dtype(int)).kind == "f" else x


def _intermediates(s: Specimen, inputs: tuple[Array, ...], params: Any, g: Array) -> Iterator[Case]:
    """The tape's gradients by the nodes that have the names of intermediates, against their closed forms."""
    y, _ = s.record(inputs, params)
    for name, closed in s.intermediates.items():
        nodes = [node for node in Tape(y) if node.name == name and node.op is not None]
        found, expected = np.array(gradient(y, nodes, g)), closed(g, y.data, *inputs, **params)
        fits = found.size == expected.size
        yield Case(f"d{name}", "closed form", error(found.reshape(expected.shape) if fits else found, expected))


def _second(s: Specimen, inputs: tuple[Array, ...], params: Any, g: Array, weights: list[Array]) -> list[Array]:
    """The gradients of Σ ⟨w, ∂(g·y)/∂x⟩ by all inputs: the tape, swept twice."""
    y, named = s.record(inputs, params)
    leaves = [*named.values()]
    first = gradient(y, leaves, g, create_graph=True)
    total = first[0] * 0.0
    for w, d in zip(weights, first, strict=True):
        total = total.sum() + (w * d).sum()
    return gradient(total, leaves, allow_unused=True)


def _direction(f: Callable[[Array], float], x: Array, tape: Array, rng: np.random.Generator) -> float:
    """The error of the tape's gradient by `x` against differences of `f` along a random direction of x."""
    v = rng.standard_normal(x.shape) * np.clip(np.abs(x), 0.1, 1.0)
    slope = float(differences(lambda t: f(x + t * v), np.zeros(()), step=1e-2))
    return error(np.sum(tape * v), slope, scale=float(np.linalg.norm(tape * v)))


def error(a: Any, b: Any, scale: float = 0.0) -> float:
    """max |a − b| relative to max |b| (or `scale`); inf where the shapes differ or a number is not finite."""
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or not (np.isfinite(a).all() and np.isfinite(b).all()):
        return float("inf")
    scale = max(scale, float(np.max(np.abs(b), initial=0.0)))
    return float(np.max(np.abs(a - b), initial=0.0)) / (scale or 1.0)


def _rows(specimen: Specimen, cases: list[Case]) -> list[Row]:
    """The cases of a specimen, the worst of each quantity and comparison."""
    groups: dict[tuple[str, str], list[float]] = {}
    for case in cases:
        groups.setdefault((case.quantity, case.against), []).append(case.error)
    return [
        Row(specimen.name, specimen.family, quantity, against, max(errors), TOLERANCE[against], len(errors))
        for (quantity, against), errors in groups.items()
    ]
