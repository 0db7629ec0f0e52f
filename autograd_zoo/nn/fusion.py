"""Fused modules: with `az.fused()` a function is recorded as one node, whose rule is the document's closed form."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, TypeVar

import numpy as np

from ..engine import guard
from ..engine.around import quiet
from ..engine.mode import MODE, switched
from ..engine.rules import defvjp
from ..engine.sweep import gradient
from ..engine.tensor import Tensor, record
from ..engine.values import NUMBERS, unmasked

_ORDINARY = NUMBERS | {Tensor, np.ndarray, type(None)}  # none of them is a masked array
F = TypeVar("F", bound=Callable[..., Any])


def fused_by(*closed: Callable[..., Any] | None, joint: Callable[..., Any] | None = None) -> Callable[[F], F]:
    """Give the decorated function of Tensors a fused form, whose rules are `closed`, one closed form an input.

    Where the inputs share work, `joint(g, y, *inputs, **params)` gives all their gradients at once, in their order.
    The arguments that are not keyword-only are the inputs, in the order of the closed forms. Where one without a
    closed form is a Tensor, nothing is fused. A recorded sweep, for a second derivative, records the composed form anew
    and differentiates that.
    """

    def decorate(function: F) -> F:
        arguments = signature(function)
        positional = {name for name, p in arguments.parameters.items() if p.kind is p.POSITIONAL_OR_KEYWORD}
        name = function.__name__.removeprefix("_")  # as it is printed and drawn
        compute = guard.forward(function)
        rules = [guard.rule(rule, f"the closed form of {name} for input {i}") for i, rule in enumerate(closed)]
        every = guard.joint(joint, f"the joint closed form of {name}")
        covered = frozenset(i for i, rule in enumerate(closed) if rule is not None)

        @wraps(function)
        def op(*arrays: Any, **params: Any) -> Any:
            return compute(*arrays, **params)

        @quiet
        def rule_of_all(g: Any, y: Any, *inputs: Any, **params: Any) -> list[Any]:
            recorded = isinstance(g, Tensor)
            if not recorded and np.isnan(np.vdot(y, y)):  # a careful sweep will follow, and take the composed form
                return [None if x is None else np.full(np.shape(x), np.nan, y.dtype) for x in inputs]
            if not recorded and every:
                return list(every(g, y, *inputs, **params))
            if not recorded:
                pairs = zip(inputs, rules, strict=False)
                return [None if x is None or rule is None else rule(g, y, *inputs, **params) for x, rule in pairs]
            aliases = [np.positive(x) if isinstance(x, Tensor) else x for x in inputs]
            leaves = [x for x in aliases if isinstance(x, Tensor)]
            with switched(fused=False):
                found = iter(gradient(function(*aliases, **params), leaves, g, create_graph=True, allow_unused=True))
            return [next(found) if isinstance(x, Tensor) else None for x in aliases]

        op.__name__ = name
        defvjp(op, joint=rule_of_all, composed=function)

        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if not _ORDINARY.issuperset(map(type, args)):
                unmasked(args)
            mode = MODE.get()
            if mode.trace is not None:
                return mode.trace.composed(op, function, arguments.bind(*args, **kwargs))
            if mode.fused:
                bound = arguments.bind(*args, **kwargs)  # an input may be given by its name
                if len(bound.args) < len(positional & bound.arguments.keys()):
                    bound.apply_defaults()  # or bound.args would end before the input that was left out
                tensors = {i for i, x in enumerate(bound.args) if isinstance(x, Tensor)}
                if tensors and (joint or tensors <= covered):
                    return record(op, bound.args, bound.kwargs)
            return function(*args, **kwargs)

        return call  # type: ignore[return-value]  # the same signature as `function`

    return decorate
