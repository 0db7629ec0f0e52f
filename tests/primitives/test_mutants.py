"""A wrong rule is noticed: for every primitive, input and kind of call, in whatever way the rule is wrong."""

from __future__ import annotations

import inspect
import math
import sys
from collections import Counter, defaultdict
from contextlib import ExitStack
from functools import cache
from typing import Any

import numpy as np
import pytest
from primitives import (
    test_calculus,
    test_decomposition,
    test_elementwise,
    test_fourier,
    test_indexing,
    test_linalg,
    test_reduction,
    test_shape,
    test_special,
    test_statistics,
    test_windows,
)
from primitives.mutants import Change, alike, mutants, rewired, row_of
from primitives.oracle import RTOL, Orders, allowed
from primitives.properties import curved

from autograd_zoo.engine.rules import RULES, Nth, label
from autograd_zoo.engine.sweep import freed
from autograd_zoo.engine.tensor import raw

ROOMS = (
    test_calculus,
    test_decomposition,
    test_elementwise,
    test_fourier,
    test_indexing,
    test_linalg,
    test_reduction,
    test_shape,
    test_special,
    test_statistics,
    test_windows,
)


def own(op: Any) -> bool:
    """Whether a primitive is the package's own, or NumPy's, and none of another test's."""
    home = str(getattr(op, "__module__", None))
    here = home.startswith(("numpy", "autograd_zoo.primitives", "autograd_zoo.engine"))
    return isinstance(op, np.ufunc) or (here and getattr(sys.modules.get(home), op.__name__, None) is op)


OURS = [op for op in RULES if op is not freed and own(op)]


class Derivatives:
    """One order of one case: what differences say of it, and whether a tape agrees."""

    def __init__(self, name: str, orders: Orders, order: int) -> None:
        self.name, self.orders, self.order = f"{name}, order {order}", orders, order
        self.cost = math.prod([sum(x.size for x in orders.xs) + 10, 3**order])

    @cache  # noqa: B019  (for the whole session)
    def expected(self) -> list[Any]:
        return [self.orders.expected(self.order, i) for i in range(len(self.orders.xs))]

    def agree(self) -> bool:
        """Whether the tape has the gradients of differences; an error is a no."""
        try:
            found = self.orders.found(self.order) + self.orders.found(self.order, create_graph=True)
        except Exception:
            return False
        return all(
            np.allclose(g, e, rtol=RTOL, atol=allowed(e)) for g, e in zip(found, self.expected() * 2, strict=True)
        )


def cases() -> list[Derivatives]:
    """All that the tests of primitives differentiate, the quick ones first."""
    rows = [(str(c), c.f, c.xs, c.orders) for room in ROOMS for c in room.CASES]
    every = [
        Derivatives(n, o, k) for n, f, xs, k_max in rows for o in [Orders(curved(f), xs)] for k in range(1, k_max + 1)
    ]
    return sorted(every, key=lambda d: (d.order, d.cost))


Kind = tuple[Any, ...]
MANY = 3  # inputs; where there are more, the others are like these


def kind_of(value: Any) -> Any:
    """What a rule may branch on: the value of a flag or word, the sign of a number, the length of a tuple."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float)):
        return type(value).__name__, np.sign(value)
    return type(value).__name__, len(value) if isinstance(value, (tuple, list)) else np.ndim(value)


def kind(op: Any, args: tuple[Any, ...], params: dict[str, Any]) -> Kind:
    """The branch of its rules that a call may take: which params it has, and how many axes."""
    axes = [np.ndim(raw(x)) for x in args[2:]]
    return tuple(min(n, 1) if isinstance(op, np.ufunc) else n for n in axes[:MANY]), *(
        (name, kind_of(value)) for name, value in sorted(params.items())
    )


@cache
def calls() -> dict[Any, dict[tuple[int, Kind], tuple[int, dict[str, Any], list[Derivatives]]]]:
    """For each primitive: the inputs and kinds of calls that occur, an example of each, and where it occurs."""
    found: dict[Any, Any] = defaultdict(dict)

    def recorder(op: Any) -> Change:
        def note(i: int, pull: Any, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
            if args[2 + i] is not None and i < MANY:
                found[op].setdefault((i, kind(op, args, params)), (len(args), params, []))[2].append(case)
            return pull(*args, **params)

        return note

    with ExitStack() as stack:
        for op in OURS:
            stack.enter_context(row_of(op, rewired(RULES[op], recorder(op))))
        for case in cases():
            case.orders.found(case.order)
    first = {op: min(case.order for *_, where in rows.values() for case in where) for op, rows in found.items()}

    def direct(op: Any, where: list[Derivatives]) -> list[Derivatives]:
        """Those of the first order at which op occurs, and the next order of the same: no use by another rule."""
        calling = {case.orders for case in where if case.order == first[op]}
        return [c for c in dict.fromkeys(where) if c.orders in calling and c.order < first[op] + 2]

    return {
        op: {k: (*v, d) for k, (*v, where) in rows.items() if (d := direct(op, where))} for op, rows in found.items()
    }


FEW = 4  # cases of each order that a mutant may leave as they are until it is called equivalent


def survives(op: Any, i: int, branch: Kind, change: Change, cases: list[Derivatives]) -> bool:
    """Whether a mutant changes a cotangent somewhere and no case notices."""
    changed, left, row = False, Counter(), RULES[op]

    def mutant(j: int, pull: Any, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
        nonlocal changed
        if j != i or kind(op, args, params) != branch:
            return pull(*args, **params)
        wrong = change(j, pull, args, params)
        with row_of(op, row):
            changed = changed or not alike(pull(*args, **params), wrong, args[2 + i], case.orders.leaves)
        return wrong

    for case in cases:
        if changed or left[case.order] < FEW:
            case.expected()  # by the right rule
            with row_of(op, rewired(row, mutant)):
                if not case.agree():
                    return False
            left[case.order] += 1
    return changed


def known_params(op: Any, arguments: int) -> set[str]:
    """What the rules know besides g, y and the inputs."""
    if isinstance(op, np.ufunc) or isinstance(RULES[op].rules, Nth):
        return set()
    rules = [rule for rule in RULES[op].rules if rule]
    return {name for rule in rules for name in [*inspect.signature(rule).parameters][arguments:]}


@pytest.mark.slow
@pytest.mark.parametrize("op", OURS, ids=label)
def test_no_wrong_rule_survives(op: Any) -> None:
    found, row = calls()[op], RULES[op]
    needed = {i for i in range(len(row.rules)) if row.rules[i]} if isinstance(row.rules, tuple) else {0}
    assert needed <= {i for i, _ in found}, f"no case differentiates {label(op)} by input {needed - {*found}}"
    given = {name for _, params, _ in found.values() for name in params}
    for arguments, *_ in found.values():
        params = known_params(op, arguments)
        assert params <= given, f"no case gives {label(op)} its {params - given}"
    survivors = [
        f"{label(op)}, input {i}, {branch}: {name}"
        for (i, branch), (arguments, params, where) in found.items()
        for name, change in mutants(params, arguments)
        if survives(op, i, branch, change, where)
    ]
    assert not survivors, "\n".join(survivors)
