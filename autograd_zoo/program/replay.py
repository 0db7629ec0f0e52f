"""Replaying: a program as a function of arrays of NumPy, JAX, PyTorch, or any other array-API namespace."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import reduce
from operator import and_
from typing import Any

import numpy as np

from .data import Guard, Instruction, Recorded, Ref
from .engines import Engine, Row, engine_of
from .lacking import because
from .portable import missing
from .traced import RecordError

UNTOLD = (
    "the library checked its inputs while this program was recorded (labels in range, say); here they cannot be "
    "checked, and no result holds floats that could be nan: check them before the call"
)
JAX_IN_32_BIT = "; JAX computes in 32 bit unless told: jax.config.update('jax_enable_x64', True)"


def replay(program: Recorded, xp: Any = np, rows: Mapping[str, Row] | None = None) -> Callable[..., tuple[Any, ...]]:
    """`program` as a function of arrays of the namespace `xp`.

    Parameters
    ----------
    program : Program
    xp : module
        numpy, jax.numpy, torch, array_api_strict, or another namespace that follows the array API standard
    rows : dict, optional
        what to call for an operation, by its name, instead of (or where there is no) row of our own

    Returns
    -------
    callable
        `(*leaves, **given) -> tuple` of the results, in the order of `program.outputs`; a given input that is left
        out has its recorded value. Pure: what `jax.jit`, `jax.grad` and `torch.func.grad` take

    Raises
    ------
    RecordError
        from here, for an operation without a row; from the function, for a wrong number of leaves, an unknown name, a
        shape or dtype that is not the recorded one, and a condition that the library checked and that does not hold.
        Where that cannot be told when it is computed, in a function that `jax.jit` has compiled, all results of
        floats are nan then

    Warns
    -----
    RuntimeWarning
        if a condition can be neither read nor told so, because no result holds floats
    """
    values = running(program, xp, rows)
    own = held(program) if xp is np else {}

    def replayed(*leaves: Any, **given: Any) -> tuple[Any, ...]:
        known, unread = values(leaves, given)
        found = (known[n] for n in program.outputs.values())
        results = tuple(y.copy() if id(y) in own or id(getattr(y, "base", y)) in own else y for y in found)
        return told(results, unread, engine_of(xp)) if unread else results

    replayed.__doc__ = f"{', '.join(x.name for x in program.leaves)} -> {', '.join(program.outputs)}"
    return replayed


def held(program: Recorded) -> dict[int, Any]:
    """The arrays that a program holds, and what they are views of: who gets one as a result must not change it."""
    constants = (v for i in program.instructions for v in (*i.args, *i.params.values()))
    arrays = [a for a in (*constants, *(x.value for x in program.given)) if isinstance(a, np.ndarray)]
    return {id(a): a for a in (*arrays, *(a.base for a in arrays if a.base is not None))}


def running(
    program: Recorded, xp: Any, rows: Mapping[str, Row] | None = None
) -> Callable[[tuple[Any, ...], Mapping[str, Any]], tuple[dict[int, Any], list[Any]]]:
    """`(leaves, given) -> values, unread`: all values of the program by numbers, and conditions that must hold."""
    engine = engine_of(xp)
    table = {i.op: _row(i, program, engine, rows or {}) for i in program.instructions}

    def value(v: Any, known: dict[int, Any], lift: Callable[[Any], Any]) -> Any:
        if isinstance(v, Ref):
            return known[v.number]
        if isinstance(v, tuple):
            return tuple(value(x, known, lift) for x in v)
        if isinstance(v, slice):
            return slice(*(value(x, known, lift) for x in (v.start, v.stop, v.step)))
        return lift(v) if isinstance(v, (np.ndarray, np.generic)) else v

    guards = {guard.number: guard for guard in program.guards}

    def values(leaves: tuple[Any, ...], given: Mapping[str, Any]) -> tuple[dict[int, Any], list[Any]]:
        known = _bound(program, leaves, given, engine)
        unread = [c for n in guards.keys() & known.keys() for c in _hold(f"%{n}", guards[n], known[n])]
        for i in program.instructions:
            args = [value(v, known, engine.lift) for v in i.args]
            params = {key: value(v, known, lambda a: a) for key, v in i.params.items()}
            known[i.number] = table[i.op](*args, **params)
            if i.number in guards:
                unread += _hold(f"%{i.number} = {i.op}(...)", guards[i.number], known[i.number])
        return known, unread

    return values


def _row(i: Instruction, program: Recorded, engine: Engine, rows: Mapping[str, Row]) -> Row:
    row = rows.get(i.op) or (program.functions.get(i.op) if engine.name == "numpy" else None) or engine.rows(i.op)
    lacks = row and engine.name != "numpy" and missing(row, i.params)
    if row is None or lacks:
        what = f"{i.op} with {lacks}" if lacks else i.op + because(i.op, engine.name)
        raise RecordError(
            f"{engine.name} has no row for {what}{f' ({i.line})' if i.line else ''}: pass rows={{{i.op!r}: function}}, "
            "a function of its arrays with the arguments that program.instructions shows"
        )
    return row


def _bound(program: Recorded, leaves: tuple[Any, ...], given: Mapping[str, Any], engine: Engine) -> dict[int, Any]:
    """The arrays that a call brings, by number."""
    if len(leaves) != len(program.leaves):
        wanted = ", ".join(x.name for x in program.leaves)
        raise RecordError(f"this program takes {len(program.leaves)} leaves, {wanted}; got {len(leaves)}")
    names = {x.name for x in program.given}
    if unknown := sorted(given.keys() - names):
        raise RecordError(
            f"nothing is given by the name {unknown[0]!r}; names are {', '.join(sorted(names)) or 'none'}"
        )
    known = {}
    values = [*leaves, *(given.get(x.name, x.value) for x in program.given)]
    for x, value in zip((*program.leaves, *program.given), values, strict=True):
        if isinstance(value, (list, tuple, float, int)):
            value = np.asarray(value, x.dtype)
        value = engine.lift(value) if isinstance(value, (np.ndarray, np.generic)) else value
        dtype = str(getattr(value, "dtype", type(value).__name__)).rpartition(".")[2]
        if tuple(np.shape(value) if not hasattr(value, "shape") else value.shape) != x.shape or dtype != str(x.dtype):
            narrow = engine.name == "jax" and dtype.endswith("32") and str(x.dtype).endswith("64")
            raise RecordError(
                f"{x.name} was recorded as {x.dtype}{list(x.shape)}, got {dtype}{list(np.shape(value))}"
                f": a program is for the shapes and dtypes of its examples{JAX_IN_32_BIT if narrow else ''}"
            )
        known[x.number] = value
    return known


def _hold(what: str, guard: Guard, value: Any) -> list[Any]:
    """Check a guard; where its value cannot be read, the condition that is to hold."""
    try:
        truth = bool(value)
    except Exception:  # a tracer of JAX
        return [value if guard.truth else ~value]
    if truth != guard.truth:
        raise RecordError(
            f"what was checked while recording does not hold for these inputs: {what} is {truth}; "
            "they would have been refused, or have taken another branch"
        )
    return []


def told(results: tuple[Any, ...], unread: list[Any], engine: Engine) -> tuple[Any, ...]:
    """The results, whose floats are nan unless all conditions hold."""
    floats = [str(y.dtype).rpartition(".")[2].startswith(("float", "bfloat")) for y in results]
    if not any(floats):
        warnings.warn(UNTOLD, RuntimeWarning, stacklevel=3)
        return results
    ok, where = reduce(and_, unread), engine.rows("np.where")
    assert where is not None
    return tuple(where(ok, y, float("nan")) if real else y for y, real in zip(results, floats, strict=True))
