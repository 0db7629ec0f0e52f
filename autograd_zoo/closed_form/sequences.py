"""What recurrent modules share: their states side by side in time, and the check of the first one."""

from collections.abc import Sequence

import numpy as np

from .notation import Array, Maybe


def check_state(name: str, state: Array, x: Array, W: Array) -> None:
    """Refuse an initial state that does not fit the sequence x (T, ..., D) and the recurrent weights W (H, H)."""
    if np.ndim(x) < 2:
        raise ValueError(
            f"a recurrent module expects a sequence x (T, ..., D), got shape {np.shape(x)}: add a time axis"
        )
    expected = (*np.shape(x)[1:-1], np.shape(W)[0])
    if np.shape(state) != expected:
        raise ValueError(
            f"{name} of shape {np.shape(state)} does not fit x {np.shape(x)} and W {np.shape(W)}: "
            f"it is one state for each sample, shape {expected}"
        )


def states(first: Array, later: Array) -> Array:
    """The states at t = 0..T from the first one and those at t = 1..T.

    >>> states(np.array([0.0]), np.array([[1.0], [2.0]]))
    array([[0.],
           [1.],
           [2.]])
    """
    return np.concatenate([np.expand_dims(first, 0), later])


def with_biases(weights: Sequence[Maybe], count: int) -> tuple[Maybe, ...]:
    """The weights of a cell, `count` of them, where None stands for the biases that were left out."""
    return *weights, *(None for _ in range(count - len(weights)))
