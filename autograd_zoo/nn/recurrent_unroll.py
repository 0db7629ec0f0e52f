"""How cells are run over sequences: step after step, or at once, as one node."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from operator import itemgetter
from typing import Any

import numpy as np

from .. import closed_form as cf
from ..engine.values import raw, some
from .fusion import fused_by, requiring
from .recurrent import gru_cell, lstm_cell, require_fit, simple_rnn_cell
from .recurrent_cell import Cell, GRUCell, LSTMCell, SimpleRNNCell


def unroll(
    cell: Callable[[Any, Any], Any], x: Sequence[Any], state: Any, alive: Any = None, *, reverse: bool = False
) -> list[Any]:
    """h_{t+1} = cell(x_t, h_t) for all steps t of a sequence; where it is not alive the state stays: h_{t+1} = h_t

    Shapes: x (T, ..., D), or a list of T arrays (..., D); the state (..., H), or a tuple of such, as the cell has it;
    `alive` (T, ..., 1) of booleans, or None. The result is the list of the states h_1..h_T. With `reverse` the steps
    run from the last to the first, and the result, still ordered by t, has the states that each x_t led to.
    Source: recurrent.simple_rnn.h.

    >>> unroll(lambda x_t, h: 0.5 * h + x_t, [1.0, 0.0, 0.0], 0.0)
    [1.0, 0.5, 0.25]
    """
    steps = range(len(x))
    states = []
    for t in reversed(steps) if reverse else steps:
        new = cell(x[t], state)
        if alive is not None and some(~alive[t]):
            new = tree_map(partial(np.where, alive[t]), new, state)
        states.append(state := new)
    return states[::-1] if reverse else states


def tree_map(f: Callable[..., Any], *states: Any) -> Any:
    """f of states, or of each part of them where they are tuples, such as (h, C)."""
    return tuple(map(f, *states)) if isinstance(states[0], tuple) else f(*states)


def stepwise(cell: Any, x: Any, state: Any, alive: Any, *, reverse: bool) -> tuple[list[Any], Any]:
    """h_1..h_T as a list, and the last state, by a call of the cell for each step."""
    states = unroll(cell, x, state, alive, reverse=reverse)
    return [s[0] if isinstance(s, tuple) else s for s in states], states[0 if reverse else -1]


def side_by_side(one: Any, other: Any) -> Any:
    """The states of both directions along the last axis: as they come, a list or an array."""
    if isinstance(one, list):
        return [np.concatenate(h, axis=-1) for h in zip(one, other, strict=True)]
    return np.concatenate([one, other], axis=-1)


# ---- at once ----------------------------------------------------------------------------------------------------


def _fits(x: Any, h0: Any, *weights: Any, **_: Any) -> None:
    require_fit("a sequence", raw(x)[0], weights[0], weights[1], h=h0)


def _fits_lstm(x: Any, h0: Any, C0: Any, *weights: Any) -> None:
    require_fit("a sequence", raw(x)[0], weights[0], weights[1], h=h0, C=C0)


@fused_by(joint=cf.recurrent.simple_rnn_gradients, form=cf.recurrent.simple_rnn)
@requiring(_fits)
def _simple_rnn(x: Any, h0: Any, W: Any, U: Any, V: Any = None, b: Any = None) -> Any:
    return np.stack(unroll(lambda x_t, h: simple_rnn_cell(x_t, h, W, U, b), x, h0))


@fused_by(joint=cf.recurrent.lstm_gradients, form=cf.recurrent.lstm)
@requiring(_fits_lstm)
def _lstm(x: Any, h0: Any, C0: Any, *weights: Any) -> Any:
    states = unroll(lambda x_t, state: lstm_cell(x_t, *state, *weights), x, (h0, C0))
    return np.stack([np.stack(of) for of in zip(*states, strict=True)])


@fused_by(joint=cf.recurrent.gru_gradients, form=cf.recurrent.gru)
@requiring(_fits)
def _gru(x: Any, h0: Any, *weights: Any, reset_after: bool = False) -> Any:
    return np.stack(unroll(lambda x_t, h: gru_cell(x_t, h, *weights, reset_after=reset_after), x, h0))


def _of_simple_rnn(cell: SimpleRNNCell, x: Any, h0: Any) -> tuple[Any, ...]:
    if cell.nonlinearity == "relu":  # which has no closed form
        return (np.stack(unroll(cell, x, h0)),)
    return (_simple_rnn(x, h0, cell.W, cell.U, None, cell.b),)


def _of_lstm(cell: LSTMCell, x: Any, state: tuple[Any, Any]) -> tuple[Any, ...]:
    y = _lstm(x, *state, *cell.weights())
    return y[0], y[1]


def _of_gru(cell: GRUCell, x: Any, h0: Any) -> tuple[Any, ...]:
    return (_gru(x, h0, *cell.weights(), reset_after=cell.reset_after),)


AT_ONCE: dict[type[Cell], Callable[..., Any]] = {
    SimpleRNNCell: _of_simple_rnn,
    LSTMCell: _of_lstm,
    GRUCell: _of_gru,
}


def at_once(cell: Cell, x: Any, state: Any, alive: Any, *, reverse: bool) -> tuple[Any, Any]:
    """h_1..h_T as an array, and the last state; a cell of one's own is called step after step.

    After the end of a sequence the states are anything finite: so a sequence that runs backwards is turned round up
    to its end, and no step has to wait.
    """
    run = AT_ONCE.get(type(cell))
    if run is None:
        h, end = stepwise(cell, x, state, alive, reverse=reverse)
        return np.stack(h), end
    turn: Callable[[Any], Any] = itemgetter(np.s_[::-1])
    last: tuple[Any, ...] = (-1,)
    if alive is not None:
        n, t = np.sum(alive[..., 0], axis=0), np.arange(len(x)).reshape(-1, *(1,) * (alive.ndim - 2))
        turn = partial(_reordered, order=np.where(alive[..., 0], n - 1 - t, t))
        last = (n - 1, *np.indices(n.shape))
    states = run(cell, turn(x) if reverse else x, state)
    ends = [s[last] for s in states]
    if alive is not None and not n.all():
        none = np.expand_dims(n == 0, -1)
        ends = [np.where(none, *pair) for pair in zip(state if len(states) > 1 else [state], ends, strict=True)]
    return turn(states[0]) if reverse else states[0], tuple(ends) if len(ends) > 1 else ends[0]


def _reordered_dx(g: Any, y: Any, x: Any, *, order: Any) -> Any:
    """Turned round again, each step is where it was."""
    return g[(order, *np.indices(order.shape)[1:])]


@fused_by(_reordered_dx)
def _reordered(x: Any, *, order: Any) -> Any:
    """x, with the steps of each sequence in another order, by which they also come back."""
    return x[(order, *np.indices(order.shape)[1:])]
