"""Sequences to be sorted or copied, drawn anew as often as one likes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.int64]

ANSWERS: dict[str, Callable[[Array], Array]] = {"sort": lambda x: np.sort(x, axis=-1), "copy": np.copy}


def sequences(
    what: str, count: int, *, rng: np.random.Generator, length: int = 8, symbols: int = 10
) -> tuple[Array, Array]:
    """Sequences x (count, length) of numbers below `symbols`, all equally likely, and the answers y in the same shape.

    Parameters
    ----------
    what : "sort" or "copy"
        whether y is x in ascending order, or x itself
    count : int
    rng : Generator
    length, symbols : int

    Raises
    ------
    ValueError
        for anything else to do, or a size below 1

    Examples
    --------
    >>> import numpy as np
    >>> x, y = sequences("sort", 1, rng=np.random.default_rng(0), length=5)
    >>> x, y
    (array([[8, 6, 5, 2, 3]]), array([[2, 3, 5, 6, 8]]))
    """
    if what not in ANSWERS:
        raise ValueError(f"sequences can be for {' or '.join(map(repr, ANSWERS))}, got {what!r}")
    for name, n in {"count": count, "length": length, "symbols": symbols}.items():
        if n < 1:
            raise ValueError(f"{name} must be at least 1, got {n!r}")
    x = rng.integers(0, symbols, (count, length))
    return x, ANSWERS[what](x)
