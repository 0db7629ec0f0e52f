"""Specimens of the recurrent family: two layers in both directions, over sequences of different lengths."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ... import nn
from ...closed_form.recurrent_deep import GRU, LSTM, SIMPLE_RNN, Kind
from ...engine.tensor import Array
from ..specimen import Specimen
from .inputs import numbers
from .recurrent import H


def _parameters(states: int, gates: int) -> Callable[[np.random.Generator, Array], tuple[Array, ...]]:
    """Draw states of four cells, and their stacked parameters, small enough that no gate is saturated."""

    def draw(rng: np.random.Generator, x: Array) -> tuple[Array, ...]:
        N, D = x.shape[1:]
        shapes = ((4, gates, H, H), (2, gates, H, D), (2, gates, H, 2 * H), (4, gates, H))
        return tuple(0.5 * numbers(rng, shape) for shape in (*[(4, N, H)] * states, *shapes))

    return draw


def _run(build: Callable[..., Any], gates: tuple[str, ...], x: Any, *others: Any, **lengths: Any) -> Any:
    """The module with parameters out of the stacks."""
    *states, W, U_1, U_2, b = others
    module = build(x.shape[-1], H, 2, bidirectional=True)
    for k, cell in enumerate(module.cells):
        U = U_2 if k > 1 else U_1
        for i, gate in enumerate(gates):
            for name, value in (("W", W[k, i]), ("U", U[k % 2, i]), ("b", b[k, i])):
                setattr(cell, name + gate, value)
    return module(x, tuple(states) if len(states) > 1 else states[0], **lengths)[0]


def _cut(data: Array) -> Array:
    """Real data as two sequences of three steps."""
    return np.reshape(np.ravel(data)[: data.size - data.size % 6], (3, 2, -1))


def _deep(kind: Kind, build: Callable[..., Any]) -> Specimen:
    return Specimen(
        name=f"deep_{kind.run.__name__}",
        family="recurrent",
        run=partial(_run, build, kind.gates),
        inputs=("x", *kind.states, "W", "U_1", "U_2", "b"),
        domain=numbers,
        others=_parameters(len(kind.states), len(kind.gates)),
        accept=_cut,
        shapes=((3, 2, 3), (3, 2, 1)),
        variants=({"lengths": (3, 1)},),
        doc=f"two layers of {kind.title} in both directions, y_t = [f_t, r_t]",
    )


SPECIMENS = (_deep(SIMPLE_RNN, nn.SimpleRNN), _deep(LSTM, nn.LSTM), _deep(GRU, nn.GRU))
