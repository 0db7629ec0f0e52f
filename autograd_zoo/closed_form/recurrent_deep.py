"""SimpleRNN, LSTM and GRU in two layers and both directions, over sequences of different lengths, as NumPy functions.

Each sequence is taken by itself, as long as it is: no mask, and nothing after its end. A layer runs over it forwards
and backwards, and joins both; y is the second layer's, and 0 after the end. Parameters are stacked, with an axis for
the cells (first layer forwards, backwards, then the second layer) and one for the gates, in the order of the parameters
of `simple_rnn`, `lstm` and `gru`, whose formulas these are.

One function gives all gradients, `deep_gru_gradients(g, y, *inputs, lengths)`, in the order of the inputs: the chain
rule, from the second layer to the first, with backpropagation through time in each.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_zoo.closed_form.notation import Array
from autograd_zoo.closed_form.recurrent_gru import gru, gru_backward
from autograd_zoo.closed_form.recurrent_lstm import lstm, lstm_backward
from autograd_zoo.closed_form.recurrent_rnn import simple_rnn, simple_rnn_backward

__all__ = [
    "deep_gru",
    "deep_gru_gradients",
    "deep_lstm",
    "deep_lstm_gradients",
    "deep_simple_rnn",
    "deep_simple_rnn_gradients",
]

Gradients = tuple[Array, ...]


class _Kind(NamedTuple):
    """h_1..h_T of a sequence, its gradients by x, the states, W, U and b, and how many states there are."""

    run: Callable[..., Array]
    back: Callable[..., Gradients]
    states: int


def _in_turn(W: Array, U: Array, b: Array) -> Gradients:
    """Return the gates' parameters as `lstm` and `gru` take them: W and U of each gate, then all b."""
    return *(part for pair in zip(W, U, strict=True) for part in pair), *b


def _apart(gates: int, found: Sequence[Array]) -> Gradients:
    """Return the stacks of W, U and b from gradients in this order."""
    return (
        np.stack(found[0 : 2 * gates : 2]),
        np.stack(found[1 : 2 * gates : 2]),
        np.stack(found[2 * gates : 3 * gates]),
    )


def _run_simple_rnn(x: Array, h0: Array, W: Array, U: Array, b: Array) -> Array:
    return simple_rnn(x, h0, W[0], U[0], None, b[0])


def _back_simple_rnn(dh: Array, x: Array, h0: Array, W: Array, U: Array, b: Array) -> Gradients:
    found = simple_rnn_backward(dh, dh, x, h0, W[0], U[0], None, b[0])
    return found.x, found.h0, found.W[None], found.U[None], found.b[None]


def _run_lstm(x: Array, h0: Array, C0: Array, W: Array, U: Array, b: Array) -> Array:
    return lstm(x, h0, C0, *_in_turn(W, U, b))[0]


def _back_lstm(dh: Array, x: Array, h0: Array, C0: Array, W: Array, U: Array, b: Array) -> Gradients:
    inputs = (x, h0, C0, *_in_turn(W, U, b))
    dx, dh0, dC0, *found = lstm_backward(np.stack([dh, np.zeros_like(dh)]), lstm(*inputs), *inputs)
    return dx, dh0, dC0, *_apart(len(W), found)


def _run_gru(x: Array, h0: Array, W: Array, U: Array, b: Array) -> Array:
    return gru(x, h0, *_in_turn(W, U, b))


def _back_gru(dh: Array, x: Array, h0: Array, W: Array, U: Array, b: Array) -> Gradients:
    inputs = (x, h0, *_in_turn(W, U, b))
    dx, dh0, *found = gru_backward(dh, gru(*inputs), *inputs)
    return dx, dh0, *_apart(len(W), found)


SIMPLE_RNN = _Kind(_run_simple_rnn, _back_simple_rnn, 1)
LSTM = _Kind(_run_lstm, _back_lstm, 2)
GRU = _Kind(_run_gru, _back_gru, 1)


# ---- layers and directions -------------------------------------------------------------------------------------


def _pieces(lengths: Sequence[int] | None, x: Array, reverse: bool) -> list[tuple[Any, int]]:
    """Return where each sequence stands in x (T, N, D), from its first step on or from its last, and its number."""
    T, N = x.shape[:2]
    ends = [T] * N if lengths is None else [int(n) for n in lengths]
    return [((np.arange(end)[:: -1 if reverse else 1], n), n) for n, end in enumerate(ends) if end]


def _direction(kind: _Kind, x: Array, cell: Gradients, lengths: Sequence[int] | None, reverse: bool) -> Array:
    """Return the states h (T, N, H) of one cell in one direction, 0 after the ends."""
    states, parameters = cell[: kind.states], cell[kind.states :]
    h = np.zeros((*x.shape[:2], states[0].shape[-1]), x.dtype)
    for place, n in _pieces(lengths, x, reverse):
        h[place] = kind.run(x[place], *(state[n] for state in states), *parameters)
    return h


def _direction_back(
    kind: _Kind, dh: Array, x: Array, cell: Gradients, lengths: Sequence[int] | None, reverse: bool
) -> list[Array]:
    """Return the gradients by x, the states and the parameters."""
    states, parameters = cell[: kind.states], cell[kind.states :]
    dx, *found = (np.zeros_like(array) for array in (x, *cell))
    for place, n in _pieces(lengths, x, reverse):
        d, *others = kind.back(dh[place], x[place], *(state[n] for state in states), *parameters)
        dx[place] += d
        for total, part in zip(found[: kind.states], others[: kind.states], strict=True):
            total[n] += part
        for total, part in zip(found[kind.states :], others[kind.states :], strict=True):
            total += part
    return [dx, *found]


def _cells(kind: _Kind, inputs: Sequence[Array]) -> list[list[Gradients]]:
    """Return for each layer the states and parameters of its two cells."""
    states, (W, *layers, b) = inputs[: kind.states], inputs[kind.states :]
    return [
        [(*(s[2 * i + d] for s in states), W[2 * i + d], U[d], b[2 * i + d]) for d in (0, 1)]
        for i, U in enumerate(layers)
    ]


def _layers(kind: _Kind, inputs: Sequence[Array], lengths: Sequence[int] | None) -> list[Array]:
    """Return what goes into each layer, and what comes out of the last."""
    x, *others = inputs
    found = [x]
    for pair in _cells(kind, others):
        found.append(np.concatenate([_direction(kind, found[-1], pair[d], lengths, d == 1) for d in (0, 1)], axis=-1))
    return found


def _gradients(kind: _Kind, g: Array, inputs: Sequence[Array], lengths: Sequence[int] | None) -> Gradients:
    """Return the gradients of all inputs, in their order."""
    _, *others = inputs
    by_cell: list[list[Array]] = []
    dy = g
    for x, pair in zip(_layers(kind, inputs, lengths)[-2::-1], reversed(_cells(kind, others)), strict=True):
        halves = np.split(dy, 2, axis=-1)
        found = [_direction_back(kind, halves[d], x, pair[d], lengths, d == 1) for d in (0, 1)]
        dy = found[0][0] + found[1][0]
        by_cell = [found[0][1:], found[1][1:], *by_cell]
    *states_and_W, U, b = zip(*by_cell, strict=True)
    return dy, *map(np.stack, states_and_W), np.stack(U[:2]), np.stack(U[2:]), np.stack(b)


# ---- modules ---------------------------------------------------------------------------------------------------


def deep_simple_rnn(
    x: Array, h0: Array, W: Array, U_1: Array, U_2: Array, b: Array, *, lengths: Sequence[int] | None = None
) -> Array:
    """y_t = [f_t, r_t], f_{t+1} = tanh(W f_t + U₂ z_t + b) and r_t = tanh(W r_{t+1} + U₂ z_t + b), z such a layer of x

    Shapes: x (T, N, D), h0 (4, N, H), W (4, 1, H, H), U_1 (2, 1, H, D), U_2 (2, 1, H, 2H), b (4, 1, H), the result
    (T, N, 2H).
    Source: recurrent.deep_simple_rnn.y, ours, after Schuster and Paliwal 1997.
    """
    return _layers(SIMPLE_RNN, (x, h0, W, U_1, U_2, b), lengths)[-1]


def deep_simple_rnn_gradients(g: Array, y: Array, *inputs: Array, lengths: Sequence[int] | None = None) -> Gradients:
    """∂L/∂z = ∂L/∂f ∂f/∂z + ∂L/∂r ∂r/∂z in each layer, and the gradients by its states and parameters

    Shapes: g and y (T, N, 2H), the inputs and the results as in `deep_simple_rnn`.
    Source: recurrent.deep_simple_rnn.dx and its like, ours.
    """
    return _gradients(SIMPLE_RNN, g, inputs, lengths)


def deep_lstm(
    x: Array, h0: Array, C0: Array, W: Array, U_1: Array, U_2: Array, b: Array, *, lengths: Sequence[int] | None = None
) -> Array:
    """y_t = [f_t, r_t], the hidden states of two LSTMs over z, one from the end to the start, z such a layer of x

    Shapes: x (T, N, D), h0 and C0 (4, N, H), W (4, 4, H, H), U_1 (2, 4, H, D), U_2 (2, 4, H, 2H), b (4, 4, H), for the
    gates f, i, o and G, the result (T, N, 2H).
    Source: recurrent.deep_lstm.y, ours, after Schuster and Paliwal 1997.
    """
    return _layers(LSTM, (x, h0, C0, W, U_1, U_2, b), lengths)[-1]


def deep_lstm_gradients(g: Array, y: Array, *inputs: Array, lengths: Sequence[int] | None = None) -> Gradients:
    """∂L/∂z = ∂L/∂f ∂f/∂z + ∂L/∂r ∂r/∂z in each layer, and the gradients by its states and parameters

    Shapes: g and y (T, N, 2H), the inputs and the results as in `deep_lstm`.
    Source: recurrent.deep_lstm.dx and its like, ours.
    """
    return _gradients(LSTM, g, inputs, lengths)


def deep_gru(
    x: Array, h0: Array, W: Array, U_1: Array, U_2: Array, b: Array, *, lengths: Sequence[int] | None = None
) -> Array:
    """y_t = [f_t, r_t], the states of two GRUs over z, one from the end to the start, z such a layer of x

    Shapes: x (T, N, D), h0 (4, N, H), W (4, 3, H, H), U_1 (2, 3, H, D), U_2 (2, 3, H, 2H), b (4, 3, H), for c, z and
    r, the result (T, N, 2H).
    Source: recurrent.deep_gru.y, ours, after Schuster and Paliwal 1997.
    """
    return _layers(GRU, (x, h0, W, U_1, U_2, b), lengths)[-1]


def deep_gru_gradients(g: Array, y: Array, *inputs: Array, lengths: Sequence[int] | None = None) -> Gradients:
    """∂L/∂z = ∂L/∂f ∂f/∂z + ∂L/∂r ∂r/∂z in each layer, and the gradients by its states and parameters

    Shapes: g and y (T, N, 2H), the inputs and the results as in `deep_gru`.
    Source: recurrent.deep_gru.dx and its like, ours.
    """
    return _gradients(GRU, g, inputs, lengths)
