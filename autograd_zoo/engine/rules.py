"""The table of rules: for each primitive, how it pulls the cotangent of its output back to its inputs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

import numpy as np

from . import guard
from .text import printable
from .values import frozen, is_tensor

if TYPE_CHECKING:
    from .tensor import Cotangent, Tensor

Rule = Callable[..., Any]
Args: TypeAlias = tuple[Any, ...]
Params: TypeAlias = dict[str, Any]
Pulled: TypeAlias = "Sequence[tuple[Tensor, Any]]"  # inputs, and their cotangents; None for zero

EMPTY = inspect.Parameter.empty
NOT_GIVEN = inspect.signature(np.sum).parameters["keepdims"].default  # NumPy's own mark
NEUTRAL = {  # what may be said of an argument that is not recorded: what NumPy does without it
    **dict.fromkeys(("out", "dtype", "device", "copy", "order", "weights")),
    "casting": "same_kind",
    "keepdims": False,
    "overwrite_input": False,
    "reflect_type": "even",
    "subok": False,
    "where": True,
}


class Nth:
    """The rules of a primitive of any number of inputs: one function `(i, g, y, *inputs, **params)` serves them all."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    def __getitem__(self, i: int) -> Rule:
        return lambda *args, **params: self.rule(i, *args, **params)


class Lazy:
    """A property that is computed once. (Python 3.11's own takes a lock, which a fork may find taken for ever.)"""

    def __init__(self, compute: Callable[[Any], Any]) -> None:
        self.compute = compute

    def __get__(self, row: object, kind: type | None = None) -> Any:
        value = row.__dict__[self.compute.__name__] = self.compute(row)
        return value


class Primitive:
    """One row of the table: an operation, its rules, and the signature by which its calls are read.

    Attributes
    ----------
    rules : a tuple or `Nth`
        `rules[i](g, y, *inputs, **params)` is the cotangent of input `i`; None where it is zero everywhere.
    joint : callable or None
        `joint(g, y, *inputs, **params)` gives the cotangents of all inputs at once, where they share work.
    broadcasts : bool
        whether the inputs are broadcast against each other, so that the sweep sums the cotangents back.
    reach : str or callable
        how a careful sweep tells which elements count, see `careful`; a callable takes the params and gives the word.
    composed : callable or None
        the same operation of other primitives, which a careful sweep takes in its place.
    into : callable or None
        of a primitive of one input whose rule gives new arrays: `into(total, g, x, **params)` adds the cotangent of
        the input x to `total`, in place, and returns whether it could.
    """

    def __init__(
        self,
        op: Callable[..., Any],
        rules: tuple[Rule | None, ...] | Nth,
        joint: Rule | None,
        broadcasts: bool,
        reach: str | Callable[..., str] = "mixed",
        composed: Callable[..., Any] | None = None,
    ) -> None:
        self.op, self.joint, self.composed = op, joint, composed
        self.reach, self.broadcasts = reach, broadcasts
        self.rules: Any = rules
        self.into: Callable[..., bool] | None = None

    def pull(self, node: Tensor, g: Cotangent) -> Pulled:
        """The step of a plain sweep: what goes to the inputs of `node` when its own cotangent is `g`."""
        wanted = [(i, x) for i, x in enumerate(node.inputs) if x is not None]
        return self.cotangents(node, wanted, (g, node._array, *node.saved))

    def cotangents(self, node: Tensor, wanted: list[tuple[int, Tensor]], args: Args) -> Pulled:
        """What the rules send to the inputs of `node` that are `wanted`, which come with their numbers."""
        if self.joint:
            found = self.joint(*args, **node.params)
            return [(x, found[i]) for i, x in wanted]
        return [(x, rule(*args, **node.params)) for i, x in wanted if (rule := self.rules[i]) is not None]

    @Lazy
    def signature(self) -> dict[str, Any]:
        """Names and defaults of the parameters of `op`, in order."""
        found = {name: p.default for name, p in inspect.signature(self.op).parameters.items()}
        return {name: NEUTRAL.get(name, EMPTY) if value is NOT_GIVEN else value for name, value in found.items()}

    @Lazy
    def positional(self) -> int:
        """How many parameters of `op` may be given by position."""
        return sum(p.kind is not p.KEYWORD_ONLY for p in inspect.signature(self.op).parameters.values())

    @Lazy
    def supported(self) -> frozenset[str] | None:
        """The keyword parameters that the rules take; None if they take any."""
        rules = [self.rules.rule] if isinstance(self.rules, Nth) else [r for r in self.rules if r is not None]
        found = [p for r in (rules or [self.op]) for p in inspect.signature(r).parameters.values()]
        return None if any(p.kind is p.VAR_KEYWORD for p in found) else frozenset(p.name for p in found)

    def bind(self, args: Args, kwargs: Params) -> tuple[Args, Params]:
        """Split a call into inputs (differentiated, positional) and params (static, by name)."""
        arity = len(args) if isinstance(self.rules, Nth) else len(self.rules)
        if len(args) == arity and not kwargs:
            return args, {}
        if isinstance(self.rules, Nth):
            inputs, given = args, kwargs
        else:
            names = list(self.signature)
            given = {**dict(zip(names, args, strict=False)), **kwargs}
            twice = len(given) < len(args) + len(kwargs)
            inputs = tuple([given.pop(name, self.signature[name]) for name in names[:arity]])
            if (
                twice
                or len(args) > self.positional
                or not given.keys() <= self.signature.keys()
                or any(x is EMPTY for x in inputs)
            ):
                self._check_call(args, kwargs)
        given = {name: value for name, value in given.items() if value is not self.signature.get(name, EMPTY)}
        return inputs, {name: self._param(name, value, arity) for name, value in given.items()}

    def _param(self, name: str, value: object, arity: int) -> Any:
        """The value of a parameter, as it is recorded."""
        if is_tensor(value):
            raise TypeError(
                f"{label(self.op)}: {name}= has no rule and cannot be a Tensor; give it a number or an array "
                f"({name}=t.item(), {name}=t.data), through which no gradient flows"
            )
        if self.supported is not None and name not in self.supported:
            refuse(self.op, name, sorted(self.supported.intersection(list(self.signature)[arity:])))
        return frozen(value)

    def _check_call(self, args: Args, kwargs: Params) -> None:
        """Raise if `op` cannot be called like this."""
        try:
            inspect.signature(self.op).bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{label(self.op)}{inspect.signature(self.op)}: {error}") from None


MANY = 1 << 14  # elements from which on a rule that takes fewer passes over memory pays


class Binary(Primitive):
    """The row of a ufunc of two numbers that have a rule each, the commonest by far: its step is written out.

    `large` are rules for arrays alone, of `MANY` elements or more, that give the same in fewer passes over memory.
    """

    large: tuple[Rule, Rule] | None = None

    def pull(self, node: Tensor, g: Cotangent) -> Pulled:
        """The same as that of any other row."""
        (u, v), (a, b), (du, dv), y = node.inputs, node.saved, self.rules, node._array
        if y.size >= MANY and self.large:
            du, dv = self.large
        gu, gv = None if u is None else du(g, y, a, b), None if v is None else dv(g, y, a, b)
        return (u, gu), (v, gv)  # type: ignore[return-value]  # where u is None, so is its cotangent

    def numbers(self, node: Tensor, g: Cotangent, cotangent: dict[Tensor, Any]) -> bool:
        """The whole step where y is a number: what goes to the inputs is added to `cotangent`, for nobody can share it.

        False, and nothing was added, if that is of another type than the input, as where float32 meets float64.
        """
        (u, v), (a, b), (du, dv), y = node.inputs, node.saved, self.rules, node._array
        gu, gv = None if u is None else du(g, y, a, b), None if v is None else dv(g, y, a, b)
        if (u is not None and type(gu) is not type(u._array)) or (v is not None and type(gv) is not type(v._array)):
            return False
        if u is not None:
            cotangent[u] = gu if (total := cotangent.get(u)) is None else total + gu
        if v is not None:
            cotangent[v] = gv if (total := cotangent.get(v)) is None else total + gv
        return True


RULES: dict[Any, Primitive] = {}  # primitive -> its row


def defvjp(
    op: Callable[..., Any],
    *rules: Rule | None,
    nth: Rule | None = None,
    joint: Rule | None = None,
    broadcasts: bool | None = None,
    reach: str | Callable[..., str] | None = None,
    composed: Callable[..., Any] | None = None,
) -> None:
    """Write the rules of the primitive `op` into the table, one per input.

    Parameters
    ----------
    op : callable
        a NumPy function, or one made by `primitive`
    rules : callables
        `rule(g, y, *inputs, **params)`: the cotangent of one input, given the cotangent `g` of the output `y`. One
        pure NumPy expression: no `+=`, no item assignment, no `out=`. The sweep calls it with arrays, and with
        Tensors when a derivative of the derivative is wanted. Arrays are read-only copies, and the result is copied:
        the tape is out of its reach. None in place of a rule: that input's gradient is zero everywhere.
    nth : callable
        instead of `rules`, for any number of inputs: `nth(i, g, y, *inputs, **params)`
    joint : callable
        instead of `rules`, where the inputs share work: returns the cotangents of all inputs as a tuple, with None
        where one is zero everywhere; its arguments are copied once and not once for each input
    broadcasts : bool
        the inputs are broadcast against each other and go in element by element, as in a ufunc; the sweep sums
        cotangents back. As `primitive` was told, by default
    reach : str
        how a careful sweep tells which elements count where a gradient is not finite, a word of the table in
        `autograd_zoo.engine.careful`. By default "each", element by element, where inputs are broadcast, and elsewhere
        "mixed", all or nothing
    composed : callable
        the same operation on Tensors, of other primitives; a careful sweep takes it instead

    Raises
    ------
    TypeError
        if not exactly one of `rules`, `nth` and `joint` is given, or one of them cannot be called

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> @az.primitive
    ... def cube(x):
    ...     return x * x * x
    >>> az.defvjp(cube, lambda g, y, x: g * 3.0 * x * x)
    >>> az.grad(cube)(2.0)
    array(12.)
    """
    given = [kind for kind in (rules, nth, joint) if kind]
    wrong = [r for r in (op, *rules, nth, joint) if r is not None and not callable(r)]
    if len(given) != 1 or wrong:
        raise TypeError(
            f"defvjp({label(op)}, ...) takes one rule per input, or nth=, or joint=, each of them callable; "
            f"got {len(rules)} rules, nth={nth!r}, joint={joint!r}"
        )
    if broadcasts is None:
        broadcasts = getattr(op, "broadcasts", isinstance(op, np.ufunc))
    if reach is None:
        reach = "each" if broadcasts and getattr(op, "signature", None) is None else "mixed"
    rules = tuple([guard.rule(r, f"the rule of {label(op)} for input {i}") for i, r in enumerate(rules)])
    joint = guard.joint(joint, f"the joint rule of {label(op)}")
    every = guard.rule(nth, f"the nth rule of {label(op)}") or joint
    binary = isinstance(op, np.ufunc) and op.signature is None and op.nin == 2 == len(rules) and None not in rules
    RULES[op] = (Binary if binary else Primitive)(
        op, Nth(every) if every else rules, joint, broadcasts, reach, composed
    )


def refuse(op: Callable[..., Any], name: str, known: Sequence[str]) -> NoReturn:
    """Raise for an argument that is not recorded."""
    raise TypeError(
        f"{label(op)}: the argument {name}= is not recorded on the tape; known are "
        f"{', '.join(known) or 'none besides its inputs'}. "
        "Compose the result from other operations instead (`where=` is np.where, `dtype=` is .astype)."
    )


def label(op: object) -> str:
    """The name of a primitive, or a name itself, as it is printed and drawn."""
    return printable(getattr(op, "__name__", None) or op)
