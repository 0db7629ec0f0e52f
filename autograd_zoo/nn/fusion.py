"""From closed forms to modules: the document's formula, given Tensors, is what a module computes, and its rule.

`relu = fused_by(cf.activation.relu_dx)(cf.activation.relu)` is the closed form, recorded operation by operation; with
`az.fused()` it is recorded as one node, whose rule is the closed form of its gradient.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from inspect import Signature, signature, unwrap
from typing import Any, TypeVar

import numpy as np

from ..engine import guard
from ..engine.around import quiet
from ..engine.errors import carry, spoken
from ..engine.mode import MODE, Scope, enter, switched
from ..engine.names import Formula
from ..engine.rules import RULES, Nth, Primitive
from ..engine.sweep import gradient
from ..engine.tensor import Tensor, record
from ..engine.values import NUMBERS, TRACE, Traced, array, known_finite, raw, squares, unmasked
from ..kernels import TWINS, twins
from .module import Parameter

_ORDINARY = NUMBERS | {Tensor, Parameter, np.ndarray, type(None)}  # none of them is a list, or masked
F = TypeVar("F", bound=Callable[..., Any])
FORMS: set[Callable[..., Any]] = set()  # the functions that modules compute; closed forms, but where none is given


def fused_by(
    *closed: Callable[..., Any] | None,
    joint: Callable[..., Any] | None = None,
    elementwise: bool = False,
    framed: bool = True,
    form: Callable[..., Any] | None = None,
) -> Callable[[F], F]:
    """Make a closed form, or another function of Tensors, one whose fused form has the rules `closed`, one an input.

    Where the inputs share work, `joint(g, y, *inputs, **params)` gives all their gradients at once, in their order.
    The arguments that are not keyword-only are the inputs, in the order of the closed forms. Where one without a
    closed form is a Tensor, nothing is fused. A recorded sweep, for a second derivative, records the composed form anew
    and differentiates that. What is `elementwise` may stand in a chain of a drawing; what is `framed` is a group there,
    if it records several operations. Where the function is composed of
    modules, `form` is the closed form of its value. The result belongs to the module that calls `fused_by`, where
    pickle looks for it.
    """
    home = sys._getframe(1).f_globals.get("__name__", "__main__")

    def decorate(function: F) -> F:
        FORMS.add(unwrap(function))
        arguments = signature(function)
        inputs_of = inputs_and_others(arguments)
        name = function.__name__.removeprefix("_")  # as it is printed and drawn
        kernel = TWINS.get(form or unwrap(function))
        compute = guard.forward(function) if kernel is None else quiet(checking(function, kernel))
        covered = frozenset(i for i, rule in enumerate(closed) if rule is not None)
        fusible, formula = bool(covered or joint), Formula(name)

        @wraps(function)
        def op(*arrays: Any, **params: Any) -> Any:
            return compute(*arrays, **params)

        op.__name__, op.__module__ = name, home
        rules = [ruled(rule, f"the closed form of {name} for input {i}") for i, rule in enumerate(closed)]
        every = TWINS[joint] if joint in TWINS else guard.joint(joint, f"the joint closed form of {name}")
        reach = "each" if elementwise else "mixed"
        RULES[op] = Fused(op, Nth(every) if every else tuple(rules), every, False, reach, function)

        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if not _ORDINARY.issuperset(map(type, args)):
                args = tuple(array(x) if isinstance(x, (list, tuple)) else x for x in unmasked(args))
            if (trace := TRACE.get()) is not None:
                return trace.composed(op, function, arguments.bind(*args, **kwargs))
            if fusible and MODE.get().fused and any([isinstance(x, Tensor) for x in (*args, *kwargs.values())]):
                inputs, others = inputs_of(args, kwargs)
                tensors = {i for i, x in enumerate(inputs) if isinstance(x, Tensor)}
                if tensors and (joint or tensors <= covered):
                    return record(op, inputs, others)
            mode = MODE.get()
            try:
                if framed and mode.recording:
                    enter(Scope(formula, mode.scope))
                return function(*args, **kwargs)
            except Exception as error:
                carry(error, op, [*args, *kwargs.values()])
                raise
            finally:
                MODE.set(mode)

        call.__module__ = home
        return call  # type: ignore[return-value]  # the same signature as `function`

    return decorate


def inputs_and_others(arguments: Signature) -> Callable[[Any, dict[str, Any]], tuple[Any, dict[str, Any]]]:
    """Of the arguments of a call those that are inputs, in their order, and those that are keyword-only.

    Where no input is given by its name they are as they came, which takes a tenth of what `bind` does.
    """
    parameters = arguments.parameters.values()
    places = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    names, others = {p.name for p in places}, [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    least = sum(p.default is p.empty for p in places)
    most = len(places) if len(places) + len(others) == len(parameters) else -1  # no *args or **kwargs
    needed = {name for name in others if arguments.parameters[name].default is Signature.empty}

    def find(args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        if least <= len(args) <= most and needed <= kwargs.keys():
            known = {name: kwargs[name] for name in others if name in kwargs}
            if len(known) == len(kwargs):
                return args, known
        bound = arguments.bind(*args, **kwargs)  # or the error of a call that does not fit
        if len(bound.args) < len(names & bound.arguments.keys()):
            bound.apply_defaults()  # or bound.args would end before the input that was left out
        return bound.args, bound.kwargs

    return find


class Fused(Primitive):
    """The row of a fused operation: its rules are closed forms, or their kernels, which get what the operation kept.

    A recorded sweep, for a second derivative, records the composed form anew and differentiates that.
    """

    composed: Callable[..., Any]

    def cotangents(self, node: Tensor, wanted: list[tuple[int, Tensor]], args: Any) -> Any:
        """What goes to the inputs that are wanted, and to no other."""
        g, y, *inputs = args
        if isinstance(g, Tensor):
            return self._recorded(g, wanted, inputs, node.params)
        rules = [self.joint] if self.joint else [self.rules[i] for i, _ in wanted]
        if not (known_finite(y) or all([twins.tells_nan(rule, y) for rule in rules])) and holds_nan(y):
            # a careful sweep will follow, and take the composed form
            return [(x, np.full(x.shape, np.nan, x.dtype)) for _, x in wanted]
        known = {"kept": getattr(node.saved, "kept", None), "wanted": frozenset(i for i, _ in wanted)}

        def computed(rule: Any) -> Any:
            return rule(*args, **node.params, **{name: known[name] for name in getattr(rule, "extra", ())})

        if self.joint:
            found = computed(self.joint)
            return [(x, found[i]) for i, x in wanted]
        return [(x, computed(rule)) for i, x in wanted if (rule := self.rules[i]) is not None]

    def _recorded(self, g: Tensor, wanted: list[tuple[int, Tensor]], inputs: list[Any], params: dict[str, Any]) -> Any:
        aliases: list[Any] = [np.positive(x) if isinstance(x, Tensor) else x for x in inputs]
        leaves = [aliases[i] for i, _ in wanted]
        with switched(fused=False):
            found = gradient(self.composed(*aliases, **params), leaves, g, create_graph=True, allow_unused=True)
        return [(x, gx) for (_, x), gx in zip(wanted, found, strict=True)]


def holds_nan(y: Any) -> bool:
    """Whether an element is NaN."""
    return bool(np.isnan(squares(y)))


def ruled(closed: Callable[..., Any] | None, what: str) -> Any:
    """The kernel of a closed form, or else itself, as a rule."""
    return None if closed is None else TWINS.get(closed) or guard.rule(closed, what)


def checking(function: Callable[..., Any], kernel: Callable[..., Any]) -> Callable[..., Any]:
    """The kernel, behind the checks that are around `function`."""
    checks = []
    while hasattr(function, "__wrapped__"):
        checks.append(getattr(function, "check", None))
        function = function.__wrapped__
    for check in reversed([check for check in checks if check is not None]):
        kernel = requiring(check)(kernel)
    return kernel


def requiring(check: Callable[..., None]) -> Callable[[F], F]:
    """Let `check` see the arguments first, which raises a ValueError where the decorated function cannot take them."""

    def decorate(op: F) -> F:
        @wraps(op)
        def checked(*args: Any, **params: Any) -> Any:
            try:
                check(*args, **params)
            except TypeError:
                bound(op, args, params)
                raise
            return op(*args, **params)  # of this name a drawing shows the call that fails

        checked.check = check  # type: ignore[attr-defined]
        return checked  # type: ignore[return-value]  # the same signature as `op`

    return decorate


def bound(op: Callable[..., Any], args: Any, params: dict[str, Any]) -> None:
    """Require arguments that `op` takes, in its own name; of those known from elsewhere say what to write."""
    try:
        signature(op).bind(*args, **params)
    except TypeError as error:
        from .elsewhere import KEYWORDS

        known = [spoken(KEYWORDS[key]) for key in params if key in KEYWORDS and repr(key) in str(error)]
        raise TypeError("".join([f"{op.__name__}: {error}", *(f": {way}" for way in known)])) from None


def loud(op: F) -> F:
    """`op`, but with slope nan where its first input is nan: of its branches none can be told."""

    @wraps(op)
    def call(x: Any, *args: Any, **params: Any) -> Any:
        a = raw(x)
        square = None if isinstance(a, Traced) else squares(a)  # nan if one is, and quicker than to ask them all
        if square != square or square is None:
            x = np.where(np.isnan(a), np.tanh(x), x)  # tanh: nan at every order, no warnings
        return op(x, *args, **params)

    return call  # type: ignore[return-value]  # the same signature as `op`
