"""Rows of two layers in both directions: the Jacobian matrices of each run over a sequence, multiplied."""

from functools import partial

import numpy as np

from ..formula import Formula
from ..notation import Array
from ..recurrent_deep import GRU, LSTM, SIMPLE_RNN, Kind
from .chain import chain
from .samples import away_from_zero

D, H, T = 3, 2, 3


def _sample(kind: Kind, rng: np.random.Generator) -> tuple[Array, ...]:
    """One sequence, states, and parameters small enough that no gate is saturated."""
    gates = len(kind.gates)
    shapes = ((4, gates, H, H), (2, gates, H, D), (2, gates, H, 2 * H), (4, gates, H))
    states = (away_from_zero(rng, 4, 1, H) for _ in kind.states)
    return away_from_zero(rng, T, 1, D), *states, *(0.5 * away_from_zero(rng, *shape) for shape in shapes)


FORMULAS: tuple[Formula, ...] = tuple(
    row
    for kind in (SIMPLE_RNN, LSTM, GRU)
    for row in chain(
        "recurrent",
        f"deep_{kind.run.__name__}",
        partial(_sample, kind),
        f"Not printed; Recurrent modules, {kind.title}",
        "f runs over the sequence, r over its reverse; the index of a run picks its states and parameters.",
    )
)
