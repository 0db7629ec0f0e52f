"""Whose array it was: NumPy's error for a write to a read-only array, traced to a line and to an argument or leaf."""

from __future__ import annotations

import ast
import dis
import linecache
import os
import re
from collections.abc import Iterator, Sequence
from inspect import Parameter, signature
from itertools import islice
from types import FrameType, TracebackType
from typing import Any

import numpy as np

READ_ONLY = re.compile(  # NumPy's words for it, and what it says of a number, which is what a 0-d value arrives as
    r"read-?only|write?able|WRITEBACKIFCOPY|output array is not acceptable|numpy\.\w+' object does not support item",
    re.IGNORECASE,
)
DATA_IN_PLACE = (
    "p.data -= ... (or += *= /=) would write into the array itself, which a live tape may have saved: write "
    "p.data = p.data - ..., or let an optimizer do it: az.optim.SGD(params, lr=0.1).step()"
)
CACHE, COPY, LOAD_ATTR = (dis.opmap.get(name, 0) for name in ("CACHE", "COPY", "LOAD_ATTR"))
PASSED_OVER = (os.path.dirname(np.__file__), "numpy/", os.path.dirname(os.path.dirname(__file__)))  # not the user's


def written(error: Exception, function: Any, given: Sequence[Any]) -> tuple[str, str] | None:
    """The line of the write that `error` is about, and in words which arguments of `function` it was to, if any.

    None where `error` is not NumPy's for a write to a read-only array.
    """
    place = _place(error)
    if place is None:
        return None
    file, known = place.tb_frame.f_code.co_filename, place.tb_frame.f_locals
    names = _parameters(function, len(given))
    found = {id(x): name for x, name in zip(given, names, strict=True) if isinstance(x, np.ndarray)}
    owners: dict[str, str] = {}
    for target in _targets(place):
        for owner in (found[id(a)] for a in _bases(known.get(target)) if id(a) in found):
            owners[owner] = owner if target == owner.partition("[")[0] else f"{owner} (there called {target})"
    text = linecache.getline(file, place.tb_lineno).strip()[:120]
    return f"{file}:{place.tb_lineno}" + (f": `{text}`" if text else ""), " or ".join(owners.values())


def _place(error: Exception) -> TracebackType | None:
    """Where the user's code got `error`, if it is NumPy's for a write to a read-only array."""
    numpys = type(error) in (ValueError, TypeError, BufferError) and READ_ONLY.search(str(error))
    found, trace = None, error.__traceback__ if numpys else None
    while trace is not None:
        code = trace.tb_frame.f_code
        if not code.co_filename.startswith(PASSED_OVER):
            found = trace if dis.opname[code.co_code[trace.tb_lasti]] != "RAISE_VARARGS" else None  # its own words
        trace = trace.tb_next
    return found


def reassigned(frame: FrameType) -> bool:
    """Whether `frame` reads an attribute in order to assign it in place, as in `p.data -= step`.

    Python copies the reference to p then, and at no other time before it reads an attribute. Only for the words of an
    error: what follows is one anyway, for NumPy refuses to write into the array that was read.
    """
    code, i = frame.f_code.co_code, frame.f_lasti
    while i > 0 and code[i] == CACHE:
        i -= 2
    return i > 0 and code[i] == LOAD_ATTR and code[i - 2] == COPY


def _parameters(function: Any, n: int) -> list[str]:
    """What `function` calls its n positional arguments."""
    try:
        found = signature(function).parameters.values()
    except (TypeError, ValueError):  # a builtin
        return [f"argument {i}" for i in range(n)]
    plain = [p.name for p in found if p.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)][:n]
    rest = next((p.name for p in found if p.kind is Parameter.VAR_POSITIONAL), "argument")
    return plain + [f"{rest}[{k}]" for k in range(n - len(plain))]


def _bases(value: Any) -> Iterator[Any]:
    """The arrays that `value`, an array or a tuple of arrays, is or is a view of."""
    for x in value if isinstance(value, (tuple, list)) else (value,):
        while isinstance(x, np.ndarray):
            yield x
            x = x.base


def _targets(place: TracebackType) -> list[str]:
    """The variables that the failing expression may write into, as its source says; none without a source."""
    code = place.tb_frame.f_code
    first, last, start, end = next(islice(code.co_positions(), place.tb_lasti // 2, None))
    if first is None or last is None:
        return []
    lines = [linecache.getline(code.co_filename, n).encode() for n in range(first, last + 1)]
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    try:
        node: Any = ast.parse(b"".join(lines).strip()).body[0]
    except (SyntaxError, IndexError):
        return []
    node = node.value if isinstance(node, ast.Expr) else getattr(node, "target", node)
    if not isinstance(node, ast.Call):
        return [_variable(node)]
    ufunc = getattr(np, getattr(node.func, "attr", ""), None)
    out = [k.value for k in node.keywords if k.arg == "out"]
    if not out and isinstance(ufunc, np.ufunc):
        out = node.args[ufunc.nin :]
    return list(map(_variable, out or [node.func, *node.args[:1]]))  # x.sort(), np.copyto(x, ...)


def _variable(node: Any) -> str:
    """The variable at the root of an expression such as `x.T[0]`."""
    while node is not None and not isinstance(node, ast.Name):
        node = getattr(node, "func", None) or getattr(node, "value", None)
    return node.id if node is not None else ""
