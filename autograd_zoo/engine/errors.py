"""What is said when something goes wrong: what was expected, what came, where, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from .mode import MODE, Scope
from .rules import CONSTANT, HANDLERS, RULES, label

LEAVES_TAPE = (
    "{what} would take a Tensor off the tape without a word, and its gradient would be lost; "
    "write t.data for the array (read-only), t.item() for a number, or t.detach() for a new leaf"
)
ASSIGNMENT = (
    "a Tensor is a node of the tape and is never changed: instead of t[i] = v write t = t.at[i].set(v), "
    "which is recorded and differentiated (also .add .multiply .min .max)"
)
MASKED = "a Tensor has no mask: pass array.filled(value), and multiply by the mask where it matters"
ONE_CALL = {
    "reduce": "write the reduction itself: np.sum for add, np.prod for multiply, np.max for maximum",
    "accumulate": "write np.cumsum for add, np.cumprod for multiply",
    "outer": "write ufunc(a[:, None], b[None, :])",
    "at": "write t.at[i].add(v)",
    "reduceat": "sum slices of the Tensor",
}

ARITHMETIC = (FloatingPointError, OverflowError, ZeroDivisionError)
# The kinds that an explained error keeps, the first that fits; LinAlgError is a ValueError too.
KINDS = (np.linalg.LinAlgError, ValueError, TypeError, IndexError, *ARITHMETIC, MemoryError, RuntimeWarning)


def refuse_ufunc(ufunc: np.ufunc, method: str, kwargs: dict[str, Any]) -> NoReturn:
    """Raise for a way of calling a ufunc that the tape does not record."""
    name = ufunc.__name__
    if method != "__call__":
        raise TypeError(f"np.{name}.{method} of a Tensor is not recorded on the tape; {ONE_CALL.get(method, '')}")
    if "out" in kwargs:
        raise TypeError(
            f"np.{name}(..., out=) of a Tensor, or an operator like a += t on an array a, would leave the tape: an "
            "array cannot hold a Tensor's history. Write the result as a new value: c = a + t"
        )
    given = ", ".join(f"{k}=" for k in kwargs)
    raise TypeError(f"np.{name} of a Tensor is recorded without {given}; for where= write np.where(mask, a, b)")


def no_rule(op: Callable[..., Any]) -> TypeError:
    """The error for a NumPy function that has no rule, with the nearest one that has."""
    name = label(op)
    numpys = (f for f in [*RULES, *HANDLERS, *CONSTANT] if isinstance(f, np.ufunc) or f.__module__.startswith("numpy"))
    known = sorted({label(f) for f in numpys})
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"the nearest that can: {', '.join(near)}" if near else "print az.primitives.names() for those that can"
    return TypeError(
        f"{name} has no rule, so a Tensor cannot go through it; {hint}. "
        "Compose it from other operations, give it a rule (az.primitive, az.defvjp), or pass t.data to leave the tape"
    )


def explain(error: Exception, op: Any, inputs: Sequence[Any], params: dict[str, Any]) -> Exception:
    """The same error, with the operation, all shapes, the axis that clashes, the module path and the parameter.

    One that a user's own operation raised, or of a kind that is none of NumPy's, is raised as it is, with a note.
    """
    scope = MODE.get().scope
    shapes = [None if x is None else x.shape if hasattr(x, "shape") else np.shape(x) for x in inputs]
    clash = _clash(op, [s for s in shapes if s is not None]) if isinstance(op, np.ufunc) else ""
    lines = [f"{label(op)} of shapes {' and '.join(map(str, shapes))}{_keywords(params)}"]
    if scope is not None:
        named = [f"{x.name} {s}" for x, s in zip(inputs, shapes, strict=True) if getattr(x, "name", None)]
        named += [f"{path} {p.shape}" for path, p in _parameters(scope) if any(p is x for x in inputs)]
        lines.append(f"in module {scope.path()}" + (f", with {', '.join(dict.fromkeys(named))}" if named else ""))
    kind = next((kind for kind in KINDS if isinstance(error, kind)), None)
    home = "numpy" if isinstance(op, np.ufunc) else (getattr(op, "__module__", None) or "").partition(".")[0]
    if kind is None or home not in ("autograd_zoo", "numpy"):
        error.add_note(f"(in {'; '.join(lines)})")
        raise error
    lines[0] += f": {clash or error}"
    return kind("; ".join(lines))


def _keywords(params: dict[str, Any]) -> str:
    return "".join(f", {k}={v!r}" for k, v in params.items())


def _parameters(scope: Scope) -> list[tuple[str, Any]]:
    outer = [s.label for s in scope.chain() if not isinstance(s.label, str)]
    return list(outer[0].named_parameters()) if outer else []


def _clash(op: Any, shapes: list[tuple[int, ...]]) -> str:
    """The axes of two shapes that do not fit together, and the usual remedy."""
    if len(shapes) != 2:
        return ""
    a, b = shapes
    if op is np.matmul:
        if not a or not b:
            return "a matrix product needs at least one axis on each side: multiply by a number with *"
        inner = b[-2] if len(b) > 1 else b[0]
        if a[-1] != inner:
            fits = len(b) > 1 and a[-1] == b[-1]
            hint = "; the transpose of the second fits: a @ b.T" if fits else ""
            return (
                f"the last axis of the first ({a[-1]}) must equal axis {max(-2, -len(b))} of the second ({inner}){hint}"
            )
        a, b = a[:-2], b[:-2]
    for axis in range(1, min(len(a), len(b)) + 1):
        if a[-axis] != b[-axis] and 1 not in (a[-axis], b[-axis]):
            return (
                f"axis {-axis} has sizes {a[-axis]} and {b[-axis]}; shapes are compared from the last axis, where "
                "sizes must be equal or 1: reshape one, or add an axis with x[:, None]"
            )
    return ""
