"""Wrong rules, made of the right ones: each of them must be noticed by the derivatives of some case."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any

import numpy as np

from autograd_zoo.engine.graph import stretched
from autograd_zoo.engine.rules import RULES, Nth, Primitive
from autograd_zoo.engine.sweep import gradient
from autograd_zoo.engine.tensor import Tensor, raw

Pull = Callable[..., Any]  # (g, y, *inputs, **params) -> the cotangent of one input, or None
Change = Callable[[int, Pull, tuple[Any, ...], dict[str, Any]], Any]  # (input, right rule, its arguments) -> another


class Every(Nth):
    """Rules made by a function of the number of the input."""

    def __getitem__(self, i: int) -> Pull:
        return self.rule(i)


@contextmanager
def row_of(op: Any, row: Primitive) -> Iterator[None]:
    """Inside, the table has this row for `op`."""
    before, RULES[op] = RULES[op], row
    try:
        yield
    finally:
        RULES[op] = before


def rewired(row: Primitive, change: Change) -> Primitive:
    """A row whose cotangents come from `change`."""

    def rule(i: int) -> Pull:
        right = (lambda *_, **__: None) if row.rules[i] is None else row.rules[i]
        return lambda *args, **params: change(i, right, args, params)

    new: Any = copy(row)
    new.bind = row.bind
    if row.joint:
        pulls = [lambda *args, i=i, **params: row.joint(*args, **params)[i] for i in range(99)]
        new.joint = lambda g, y, *xs, **params: [change(i, pulls[i], (g, y, *xs), params) for i in range(len(xs))]
    else:
        new.rules = Every(rule) if isinstance(row.rules, Nth) else tuple(map(rule, range(len(row.rules))))
    return new


# ---- the mutants: of a rule's value, of what it is told, and of what a recorded sweep sees of it ------------------


def other_element(d: Any) -> Any:
    """One element, the largest, wrong by a thousandth."""
    at = np.abs(raw(d)).argmax() if d.size else 0
    return d * (1.0 + 1e-3 * (np.arange(d.size).reshape(d.shape) == at))


def transposed(d: Any) -> Any:
    return np.reshape(np.transpose(d), d.shape)


VALUES: dict[str, Callable[[Any], Any]] = {
    "sign": lambda d: -d,
    "factor 2": lambda d: 2.0 * d,
    "factor 1 + 1e-6": lambda d: (1.0 + 1e-6) * d,
    "nothing": lambda d: 0.0 * d,
    "offset": lambda d: d + 1e-3,
    "one element": other_element,
    "one element missing": lambda d: d * (np.arange(d.size).reshape(d.shape) != d.size - 1),
    "reversed": np.flip,
    "transposed": transposed,
    "its mean": lambda d: 0.0 * d + np.mean(d) if d.size else d,
}


def fitted(d: Any, x: Any) -> Any:
    """A cotangent in the shape of the input: broadcasting undone."""
    d = d if isinstance(d, Tensor) else np.asarray(d)
    return d if d.shape == x.shape else np.sum(d, axis=stretched(x.shape, d.shape)).reshape(x.shape)


def of_value(change: Callable[[Any], Any]) -> Change:
    def mutant(i: int, pull: Pull, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
        d = pull(*args, **params)
        return d if d is None else change(fitted(d, args[2 + i]))

    return mutant


def without_upstream(i: int, pull: Pull, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """The derivative of the sum of y."""
    return pull(np.ones(args[0].shape)[()], *args[1:], **params)


def zero_is_upstream(i: int, pull: Pull, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """Where the derivative is 0 everywhere: g itself, if it fits."""
    d, g, x = pull(*args, **params), args[0], args[2 + i]
    return np.sum(g) * np.ones(x.shape) if d is None and x is not None else d


def with_param(name: str, change: Callable[[Any], Any]) -> Change:
    """The rule of another call."""
    return lambda i, pull, args, params: pull(*args, **{**params, name: change(params[name])})


def cut(k: int) -> Change:
    """Right at order 1; but a recorded sweep does not see that the result depends on argument k."""
    return lambda i, pull, args, params: pull(*[raw(a) if j == k else a for j, a in enumerate(args)], **params)


def other_params(value: Any) -> list[Callable[[Any], Any]]:
    """What to say instead of an axis, a number, a flag, a sequence of them."""
    if isinstance(value, bool):
        return [lambda v: not v]
    if isinstance(value, (int, float)):
        return [lambda v: v + 1, lambda v: v - 1]
    if isinstance(value, tuple) and value and all(isinstance(v, int) for v in value):
        return [lambda v: v[::-1], lambda v: (*v[:-1], v[-1] + 1), lambda v: (*v[:-1], v[-1] - 1)]
    return []


def mutants(params: dict[str, Any], arguments: int) -> Iterator[tuple[str, Change]]:
    """All mutants of a rule that is called with these params and a number of arguments (g, y, inputs)."""
    yield from ((name, of_value(change)) for name, change in VALUES.items())
    yield "upstream gradient ignored", without_upstream
    yield "upstream gradient instead of 0", zero_is_upstream
    for k in range(arguments):
        yield f"wrong at order 2: {('g', 'y', *(f'input {j}' for j in range(arguments)))[k]} cut", cut(k)
    for name, value in params.items():
        yield from ((f"{name}, another {k}", with_param(name, c)) for k, c in enumerate(other_params(value)))


# ---- whether a mutant does anything -----------------------------------------------------------------------------


def slopes(d: Any, leaves: list[Tensor]) -> list[Any]:
    """The derivatives of d by the leaves, as far as the tape knows."""
    if not isinstance(d, Tensor):
        return [np.zeros(x.shape) for x in leaves]
    return gradient(d, leaves, np.cos(np.arange(d.size)).reshape(d.shape), allow_unused=True)


def alike(d: Any, e: Any, x: Any, leaves: list[Tensor]) -> bool:
    """Whether two cotangents of x are the same but for rounding, and depend on the leaves in the same way."""
    if d is None or e is None:
        return bool(d is e or not np.any(raw(e if d is None else d)))
    d, e = fitted(d, x), fitted(e, x)
    pairs = zip([raw(d), *slopes(d, leaves)], [raw(e), *slopes(e, leaves)], strict=True)
    return all(np.allclose(a, b, rtol=1e-12, atol=1e-14) for a, b in pairs)
