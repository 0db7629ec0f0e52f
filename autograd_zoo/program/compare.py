"""The backstop: a function at other inputs, beside its program there. What a recording missed shows as a difference."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..engine.sweep import gradient
from ..engine.tape import Tape
from ..engine.tensor import Tensor
from .arguments import Arguments, results_of
from .data import Recorded
from .names import name_of
from .replay import running
from .state import State
from .trace import Run
from .traced import RecordError, bare


def require_same(plain: Mapping[str, Any], recorded: Mapping[str, Any]) -> None:
    """Raise if a second run at the same inputs gave something else."""
    for name, y in plain.items():
        if name not in recorded or not near(bare(y), bare(recorded[name])):
            raise RecordError(
                f"f gives another {name} when it is called a second time with the same inputs: it draws at random, "
                "or changes something that it uses; draw outside and pass az.given(array, name)"
            )


def near(a: Any, b: Any) -> bool:
    """Whether two results are equal but for rounding."""
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if a.dtype.kind == "c":
        return near(a.real, b.real) and near(a.imag, b.imag)
    if a.dtype.kind != "f":
        return np.array_equal(a, b)
    scale = np.max(np.abs(a), initial=1e-3, where=np.isfinite(a))  # less than that is noise, as of a gradient that is 0
    digits = {2: 1e-2, 4: 1e-4, 8: 1e-9}[a.dtype.itemsize]
    return np.allclose(a, b, rtol=digits, atol=digits * float(scale), equal_nan=True)


def check(
    program: Recorded, f: Callable[..., Any], arguments: Arguments, leaves: list[Tensor], state: State, grad: bool
) -> None:
    """Raise if f and its program differ at other inputs, of other signs too; f may refuse some: others are tried."""
    refused: Exception | None = None
    checked = False
    for change in (negated, stretched, turned):
        if checked and change is turned:
            return
        try:
            found = elsewhere(program, f, arguments, leaves, state, grad, change)
        except RecordError:
            raise
        except Exception as error:  # f has its own idea of what it takes
            refused = error
        else:
            compare(program, *found)
            checked = True
    if not checked:
        warnings.warn(
            f"this program was not checked at other inputs, for f refuses them: {refused}", RuntimeWarning, stacklevel=3
        )


def elsewhere(
    program: Recorded,
    f: Callable[..., Any],
    arguments: Arguments,
    leaves: list[Tensor],
    state: State,
    grad: bool,
    change: Callable[[Any], Any],
) -> tuple[list[Any], dict[str, Any], dict[str, Any]]:
    """The leaves, what is given, and the results of f at inputs (and parameters) that are changed."""
    given: dict[str, Any] = {}
    own: list[Tensor] = []

    def leaf(name: str, x: Any) -> Tensor:
        own.append(Tensor(change(x), name))
        return own[-1]

    def plain(name: str, x: Any) -> Any:
        given[name] = change(x)
        return given[name]

    called = arguments.call(leaf, plain)
    parameters = leaves[len(own) :]
    before = [p._array for p in parameters]
    run = Run()
    try:
        for p in parameters:
            p._array = change(p._array)
        with state.restored(run), np.errstate(all="ignore"):
            for generator in state.drawn:
                generator.random()  # what is drawn without being given is something else now
            results = results_of(f(*called))
            outputs = [t for t in results.values() if isinstance(t, Tensor)]
            results |= state.moved()
            if grad:
                y = outputs[0]
                found = gradient(y, [*own, *parameters], np.ones(y.shape, y.dtype), allow_unused=True)
                results |= dict(zip((name for name in program.outputs if name.startswith("grad.")), found, strict=True))
        at = [np.asarray(t._array) for t in (*own, *parameters)]
    finally:
        state.emptied()
        for p, array in zip(parameters, before, strict=True):
            p._array = array
    return at, {**given, **run.given_arrays}, results


def compare(program: Recorded, leaves: list[Any], given: dict[str, Any], results: dict[str, Any]) -> None:
    """Raise if the program gives other results, and name the first instruction that differs."""
    known = {x.name for x in program.given}
    with np.errstate(all="ignore"):
        values, _ = running(program, np)(tuple(leaves), {name: v for name, v in given.items() if name in known})
    for name, number in program.outputs.items():
        if not near(bare(results[name]), values[number]):
            raise RecordError(
                f"at other inputs f gives another {name} than its program: {first_difference(program, values, results)}"
                "; what depends on the inputs must be computed from them (np.where for branches), or given: "
                "az.given(array, name); so must random numbers, or module.eval() leaves dropout out"
            )


def first_difference(program: Recorded, values: Mapping[int, Any], results: Mapping[str, Any]) -> str:
    """Where the tape of f at other inputs leaves the program."""
    if not any(isinstance(y, Tensor) for y in results.values()):
        return "what differs is no Tensor"
    tape = [(t, t.op) for t in Tape(*(y for y in results.values() if isinstance(y, Tensor))) if t.op is not None]
    recorded = [i for i in program.instructions if i.line]
    for i, (t, op) in zip(recorded, tape, strict=False):
        if i.op != name_of(op) or not near(t._array, values[i.number]):
            what = f"became {name_of(op)}" if i.op != name_of(op) else "has another value"
            return f"the first that differs is %{i.number} = {i.op}, recorded at {i.line}, which {what}"
    return "what differs is no Tensor" if len(recorded) == len(tape) else "there it takes more or fewer operations"


def turned(a: Any) -> Any:
    """Another array of the same kind: its elements from the other end, so that rows still sum to what they did."""
    return np.flip(a).copy() if np.ndim(a) else a


def stretched(a: Any) -> Any:
    """The same, each element a little larger or smaller, and those that are 0 no longer 0."""
    if np.asarray(a).dtype.kind != "f":
        return turned(a)
    k = np.arange(np.size(a)).reshape(np.shape(a))
    wave = (0.1 * np.sin(1.0 + k)).astype(a.dtype)
    return (turned(a) * (1.0 + wave) + np.where(np.equal(a, 0), wave, 0.0)).astype(a.dtype)


def negated(a: Any) -> Any:
    """The same with the other sign; of integers and truth values the elements from the other end."""
    return -stretched(a) if np.asarray(a).dtype.kind == "f" else turned(a)
