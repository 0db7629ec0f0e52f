"""What the exercises of chapter 01 compute with: an engine in sixty lines."""

from collections.abc import Callable, Sequence

POINTS = ((0.7, 0.75, 3.0, 4.0), (-1.3, -2.5, 5.0, -2.0))  # g, y, a, b


def by_points(rules: Sequence[Callable[..., float]]) -> list[float]:
    """What two rules of a division give at two points."""
    by_a, by_b = rules
    return [rule(*point) for rule in (by_a, by_b) for point in POINTS]
