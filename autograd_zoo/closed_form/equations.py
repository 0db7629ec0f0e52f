"""A module as a list of equations, from which its value and all of its gradients follow.

An equation names what an operation gives: `"s": ADD("u", "x")` is s = u + x. An operation is a closed form of some
family, and its gradients are found by name: `linear_dx`, `linear_dW`, or `join_gradients` for all of them at once. The
value goes through the list; the gradients come back through it by the chain rule, ∂L/∂t = Σ ∂L/∂c ∂c/∂t over the
equations c = operation(..., t, ...) that take t.
"""

import sys
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from inspect import signature, unwrap
from typing import Any, NamedTuple

from .notation import Array

Gradients = tuple[Array, ...]
"""∂L/∂ of what gets one, in the order of the inputs; of a module as a NamedTuple, with their names."""


class Operation(NamedTuple):
    """A closed form with these parameters, and how it is written: "{0}+{1}" for its first two arguments."""

    latex: str
    form: Callable[..., Array]
    params: Mapping[str, Any]
    constants: int = 0
    """How many of its last arguments get no gradient."""

    def __call__(self, *arguments: str) -> "Term":
        """The operation applied to what has these names."""
        return Term(self, arguments)

    def value(self, *arguments: Array) -> Array:
        """What the closed form gives."""
        return self.form(*arguments, **self.params)

    def pull(self, g: Array, y: Array, *arguments: Array) -> Sequence[Array]:
        """∂L/∂ of each argument that is no constant, for g = ∂L/∂y, by the closed forms of the gradients."""
        forms, name = vars(sys.modules[self.form.__module__]), self.form.__name__
        if f"{name}_gradients" in forms:
            found: Sequence[Array] = forms[f"{name}_gradients"](g, y, *arguments, **self.params)
            return found[: self.pulled(arguments)]
        rules = [f"{name}_d{argument}" for argument in list(signature(self.form).parameters)[: self.pulled(arguments)]]
        if missing := [rule for rule in rules if rule not in forms]:
            raise NotImplementedError(
                f"{name} has no {', '.join(missing)}: write it beside {name}, or {name}_gradients for all at once"
            )
        return [forms[rule](g, y, *arguments, **self.params) for rule in rules]

    def pulled(self, arguments: Sequence[Any]) -> int:
        """How many of the arguments get a gradient."""
        return len(arguments) - self.constants


class Term(NamedTuple):
    """The right-hand side of an equation."""

    operation: Operation
    arguments: tuple[str, ...]


Terms = dict[str, Term]
"""Equations by what each defines; without an order of their own, the inputs are in that in which they are taken."""


class Equations:
    """Equations, each of which takes inputs and what those before it name; the last one is what is computed.

    The inputs are in the order in which the equations take them, or in `order`; constants, which get no gradient, are
    last.

    Raises: ValueError where an equation takes what a later one names, what it names is not taken, or `order` is not one
    of the inputs.
    """

    def __init__(self, terms: Terms, order: Sequence[str] = ()) -> None:
        names, self.terms, self.result = list(terms), terms, list(terms)[-1]
        taken = dict.fromkeys(name for term in terms.values() for name in term.arguments)
        pulled = {name for operation, arguments in terms.values() for name in arguments[: operation.pulled(arguments)]}
        inputs = sorted((name for name in taken if name not in terms), key=lambda name: name not in pulled)
        self.inputs = tuple(order or inputs)
        self.constants = tuple(name for name in self.inputs if name not in pulled)
        for i, name in enumerate(names):
            if later := set(names[i:]).intersection(terms[name].arguments):
                raise ValueError(f"the equation of {name} takes {', '.join(sorted(later))}, which it has to come after")
        if idle := [name for name in names[:-1] if name not in taken]:
            raise ValueError(f"no equation takes {', '.join(idle)}: only the last one, {self.result}, is a result")
        if sorted(self.inputs) != sorted(inputs):
            raise ValueError(f"the equations take {', '.join(inputs)}, and their order is {', '.join(order)}")

    def values(self, inputs: Sequence[Array]) -> dict[str, Array]:
        """What has a name: the inputs, and what each equation gives."""
        found = dict(zip(self.inputs, inputs, strict=True))
        for name, (operation, arguments) in self.terms.items():
            found[name] = operation.value(*(found[argument] for argument in arguments))
        return found

    def gradients(self, g: Array, inputs: Sequence[Array]) -> dict[str, Array]:
        """∂L/∂ of what has a name and is no constant, for g = ∂L/∂ of what the last equation gives."""
        found, d = self.values(inputs), {self.result: g}
        for name, (operation, arguments) in reversed(self.terms.items()):
            pulled = operation.pull(d[name], found[name], *(found[argument] for argument in arguments))
            for argument, part in zip(arguments, pulled, strict=False):
                d[argument] = d[argument] + part if argument in d else part
        return d


def operation(latex: str, form: Callable[..., Array], *, constants: int = 0, **params: Any) -> Operation:
    """The operation of a closed form with these keyword arguments."""
    return Operation(latex, form, params, constants)


def evaluated(written: Callable[..., Equations | Terms]) -> Callable[..., Array]:
    """The function of the inputs that the equations define, for equations written with the same arguments.

    Raises: ValueError where there are more or fewer inputs than the equations use.
    """

    @wraps(written)
    def value(*inputs: Array, **params: Any) -> Array:
        equations = written_out(value, inputs, params)
        return equations.values(inputs)[equations.result]

    value.__signature__ = signature(written).replace(return_annotation=Array)  # type: ignore[attr-defined]
    return value


def gradients(form: Callable[..., Array], g: Array, *inputs: Array, **params: Any) -> Gradients:
    """∂L/∂ of the inputs that are no constants, in their order, by name, where equations define the form."""
    equations = written_out(form, inputs, params)
    d = equations.gradients(g, inputs)
    names = tuple(name for name in equations.inputs if name not in equations.constants)
    return namedtuple("Gradients", names)(*(d[name] for name in names))


def written_out(form: Callable[..., Array], inputs: Sequence[Array], params: Mapping[str, Any]) -> Equations:
    """The equations that define a form, for these inputs."""
    written: Equations | Terms = unwrap(form)(*inputs, **params)
    equations = Equations(written) if isinstance(written, dict) else written
    if len(inputs) != len(equations.inputs):
        raise ValueError(f"{form.__name__} expects {', '.join(equations.inputs)}, got {len(inputs)} arrays")
    return equations
