"""Gradients whose numbers are right and stand in the wrong places: transposed, flipped, shifted, permuted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, product

import numpy as np

from ..tensor import Array
from .diagnosis import Evidence

CLOSE = 1e-5  # numbers as near as this count as the same in a pattern


def near(tape: Array, slopes: Array, allowed: Array) -> bool:
    """Whether numbers of the tape are those of the differences, as nearly as a pattern asks."""
    apart = CLOSE * np.fmax(np.abs(tape), np.abs(slopes)) + allowed.reshape(slopes.shape)
    return bool((np.abs(tape - slopes) <= apart).all())


def same(tape: Array, slopes: Array, e: Evidence) -> bool:
    """The same for numbers of the rows that say most."""
    return near(tape, slopes, e.allowed[e.rows])


def _arrangements(e: Evidence) -> Iterator[tuple[Array, Array, Array, int]]:
    """Tape, differences and what is allowed, with their axes, and how many of these are the result's.

    They are the Jacobian, if it is known, and the gradient of the weighted sum, if every element was tried.
    """
    numbers = (e.tape, e.slopes, e.allowed)
    if e.complete and e.result is not None:
        tape, slopes, allowed = (a[1:].reshape((*e.result, *e.x.shape)) for a in numbers)
        yield tape, slopes, allowed, len(e.result)
    if e.places.size == e.x.size:
        tape, slopes, allowed = (a[0].reshape(e.x.shape) for a in numbers)
        yield tape, slopes, allowed, 0


def _rearranged(e: Evidence, moves: Callable[[Array, int], Iterator[tuple[str, Array]]]) -> str:
    """The sentence of the first move of the tape's numbers that makes them right."""
    for tape, slopes, allowed, start in _arrangements(e):
        for says, moved in moves(tape, start):
            if moved.shape == slopes.shape and near(moved, slopes, allowed) and not near(tape, slopes, allowed):
                return says
    return ""


def transposed(e: Evidence) -> str:
    """Two axes of the argument are exchanged, or two of the result."""

    def moves(tape: Array, start: int) -> Iterator[tuple[str, Array]]:
        for a, b in (*combinations(range(start, tape.ndim), 2), *combinations(range(start), 2)):
            yield "The gradient is transposed.", np.swapaxes(tape, a, b)

    return _rearranged(e, moves)


def transposed_factor(e: Evidence) -> str:
    """An axis of the argument is exchanged with one of the result: so it is if a matrix between them is transposed."""

    def moves(tape: Array, start: int) -> Iterator[tuple[str, Array]]:
        for a, b in product(reversed(range(start)), reversed(range(start, tape.ndim))):
            yield "A factor is transposed: A.T for A, or A for A.T.", np.swapaxes(tape, a, b)

    return _rearranged(e, moves)


def flipped(e: Evidence) -> str:
    """An axis of the argument runs backwards."""
    return _rearranged(
        e,
        lambda tape, start: (
            (f"The gradient is flipped along axis {a - start}.", np.flip(tape, a)) for a in range(start, tape.ndim)
        ),
    )


def shifted(e: Evidence) -> str:
    """The numbers are moved on along an axis of the argument, by a few places."""

    def moves(tape: Array, start: int) -> Iterator[tuple[str, Array]]:
        for a in range(start, tape.ndim):
            for k in range(1, min(tape.shape[a], 9)):
                for s in (k, -k):
                    says = f"The right numbers stand in the wrong places, shifted by {-s} along axis {a - start}."
                    yield says, np.roll(tape, s, a)

    return _rearranged(e, moves)


def permuted(e: Evidence) -> str:
    """Sorted, the numbers are right."""
    if e.places.size != e.x.size or e.x.size < 2 or same(e.tape[e.rows], e.slopes[e.rows], e):
        return ""
    tape, slopes = np.sort(e.tape[e.rows], axis=1), np.sort(e.slopes[e.rows], axis=1)
    return "The right numbers stand in the wrong places: a wrong axis or order?" if same(tape, slopes, e) else ""
