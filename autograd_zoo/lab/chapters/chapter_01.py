"""Exercises of chapter 01, an engine in sixty lines."""

from collections.abc import Callable, Sequence

from ..exercise import Exercise

POINTS = ((0.7, 0.75, 3.0, 4.0), (-1.3, -2.5, 5.0, -2.0))  # g, y, a, b


def by_points(rules: Sequence[Callable[..., float]]) -> list[float]:
    """What two rules of a division give at two points."""
    by_a, by_b = rules
    return [rule(*point) for rule in (by_a, by_b) for point in POINTS]


EXERCISES = (
    Exercise(
        right=9.0,
        code="answer = 9.0",
        why="The first factor gets the second, u = 3, and u hands on 3 · 3 = 9 at once. The second 3 arrives when u "
        "is done.",
        hint="Follow the recursion with a pencil: what has arrived at u when u hands on, and what does x get of it?",
        mistakes=(
            (18.0, "That is the right derivative. But `once` hands on only at the first visit."),
            (6.0, "That is what u has in the end. How much of it is there when u hands on?"),
            (3.0, "That is what u has at its first visit; on the way to x it is multiplied once more."),
            (27.0, "That is what `eager` gives: it hands on at both visits."),
        ),
    ),
    Exercise(
        right=[g / b for g, _, _, b in POINTS] + [-g * a / b**2 for g, _, a, b in POINTS],
        code="answer = [lambda g, y, a, b: g / b, lambda g, y, a, b: -g * y / b]",
        why="∂y/∂a = 1/b and ∂y/∂b = −a/b², which is −y/b: the division need not be done twice.",
        hint="Differentiate a · b⁻¹, by a and by b; each is then multiplied by what has arrived, g.",
        read=by_points,
        asked="a list of two functions (g, y, a, b)",
        mistakes=(
            ([lambda g, y, a, b: g / b, lambda g, y, a, b: g * y / b], "One sign is wrong: does y rise with b?"),
            ([lambda g, y, a, b: 1 / b, lambda g, y, a, b: -y / b], "These are local derivatives; g is missing."),
            (
                [lambda g, y, a, b: -g * y / b, lambda g, y, a, b: g / b],
                "The two rules are exchanged: first that by a.",
            ),
            (
                [lambda g, y, a, b: g / b, lambda g, y, a, b: -g / b**2],
                "The rule by b has lost a factor: what is a to it?",
            ),
            (
                [lambda g, y, a, b: g / b, lambda g, y, a, b: -g * a / b],
                "The rule by b: what is the derivative of 1/b?",
            ),
            ([lambda g, y, a, b: g * b, lambda g, y, a, b: g * a], "These are the rules of a product."),
        ),
    ),
    Exercise(
        right=2.0**31 - 1,
        code="answer = 2.0**31 - 1",
        why="1 + 2 + 4 + ... + 2³⁰: more than two thousand million visits to 31 nodes. The plot above shows 2ⁿ⁺¹ − 1.",
        hint="One visit to y, two to what it was made from, four to what that was made from: continue, and add up.",
        tolerance=1e-12,
        mistakes=(
            (31.0, "That is how many nodes there are. How often is each of them visited?"),
            (30.0, "That is how many additions there are. How often is each of them visited?"),
            (2.0**30, "So often the leaf is visited. There are the visits to all other nodes, too."),
            (2.0**31, "You are off by one: how often is y itself visited?"),
            (2.0**30 - 1, "The visits to all nodes but the leaf. Those to the leaf count, too."),
        ),
    ),
)
