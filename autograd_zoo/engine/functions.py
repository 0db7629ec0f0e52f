"""NumPy's functions on a Tensor that are no primitives: what stands in for them, and which give plain values."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from typing import Any

import numpy as np

from .errors import refuse_ufunc
from .rules import EMPTY, NEUTRAL, RULES, refuse
from .values import is_tensor

Function = Callable[..., Any]

HANDLERS: dict[Function, Function] = {}  # NumPy function -> what is called instead for Tensors
CONSTANT: set[Function] = set()  # NumPy functions whose result is a plain value, never a Tensor

COMPLEX: set[Function] = set()  # operations whose rules hold for complex numbers too
KINDS: dict[str, type] = {}  # kind of dtype -> the class of Tensors of other numbers than real ones
LEARNED: list[Callable[[Function], None]] = []  # called with what has no rule yet: another library's, loaded since


def learned(op: Function) -> bool:
    """Whether there is a rule for `op` after all."""
    for learn in LEARNED:
        learn(op)
    return op in RULES


def implements(*functions: Function) -> Callable[[Function], Function]:
    """Let the decorated function stand in for NumPy's `functions` when a Tensor is among the arguments.

    Its parameters have their names and places, and may be fewer: an argument that it lacks is refused, unless it says
    what NumPy does anyway.
    """

    def register(handler: Function) -> Function:
        HANDLERS.update({function: _stand_in(function, handler) for function in functions})
        return handler

    return register


def says_nothing(name: str, value: object) -> bool:
    """Whether an argument says what NumPy does without it."""
    neutral = NEUTRAL.get(name, EMPTY)
    return type(value) is type(neutral) and value == neutral


def converted(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """The inputs of a call with `dtype=`, in that floating dtype; what else is asked of a ufunc is refused."""
    given = {name: value for name, value in kwargs.items() if not says_nothing(name, value)}
    if method != "__call__" or not given.keys() <= {"dtype"} or np.dtype(given.get("dtype")).kind != "f":
        refuse_ufunc(ufunc, method, given or kwargs)
    return (
        tuple(x.astype(d) if is_tensor(x) else np.asarray(x, d) for x in inputs)
        if (d := given.get("dtype"))
        else inputs
    )


def _stand_in(function: Function, handler: Function) -> Function:
    """`handler`, called as `function` is."""
    known = signature(handler).parameters
    names, kinds = frozenset(known), [p.kind for p in known.values()]
    if Parameter.VAR_KEYWORD in kinds:
        return handler
    most = sys.maxsize if Parameter.VAR_POSITIONAL in kinds else len(kinds) - kinds.count(Parameter.KEYWORD_ONLY)

    @wraps(handler)
    def stand_in(*args: Any, **kwargs: Any) -> Any:
        if len(args) > most:  # NumPy's own signature has the names of the others
            places = list(signature(function).bind(*args, **kwargs).signature.parameters)
            args, kwargs = args[:most], dict(zip(places[most:], args[most:], strict=False)) | kwargs
        for name in () if names.issuperset(kwargs) else kwargs.keys() - names:
            if not says_nothing(name, kwargs.pop(name)):
                refuse(function, name, list(known))
        return handler(*args, **kwargs)

    return stand_in
