"""SimpleRNN, LSTM and GRU in two layers and both directions, over sequences of different lengths.

Each sequence is taken by itself, as long as it is: no mask, and nothing after its end. A layer runs over it forwards
and backwards, and joins both; y is the second layer's, and 0 after the end. Parameters are stacked, with an axis for
the cells (first layer forwards, backwards, then the second layer) and one for the gates, in the order of the parameters
of `simple_rnn`, `lstm` and `gru`, whose formulas these are.

A module is a list of equations. It gives the value, and all gradients at once: `deep_gru_gradients(g, y, *inputs,
lengths=...)`, in the order of the inputs.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from .docstrings import gradient_of
from .equations import Equations, Gradients, Operation, evaluated, gradients, operation
from .notation import Array, Maybe
from .operations import JOIN
from .recurrent_gru import gru, gru_gradients
from .recurrent_lstm import lstm, lstm_gradients
from .recurrent_rnn import simple_rnn, simple_rnn_gradients

__all__ = [
    "deep_gru", "deep_gru_gradients", "deep_lstm", "deep_lstm_gradients",
    "deep_simple_rnn", "deep_simple_rnn_gradients",
]  # fmt: skip

Lengths = Sequence[int] | None


class Kind(NamedTuple):
    """One of the three: its closed forms, and the names of its states and of what ends the names of its parameters."""

    title: str
    run: Callable[..., Array]
    back: Callable[..., Any]
    states: tuple[str, ...]
    gates: tuple[str, ...]

    def inputs(self, x: Array, *others: Array) -> tuple[Maybe, ...]:
        """What the closed forms take: x, the states, W and U of each gate, a V that is none, and b of each gate."""
        *states, W, U, b = others
        V = [None] if self.run is simple_rnn else []
        return x, *states, *(part for pair in zip(W, U, strict=True) for part in pair), *V, *b


SIMPLE_RNN = Kind("SimpleRNN", simple_rnn, simple_rnn_gradients, ("h0",), ("",))
LSTM = Kind("LSTM", lstm, lstm_gradients, ("h0", "C0"), ("_f", "_i", "_o", "_g"))
GRU = Kind("GRU", gru, gru_gradients, ("h0",), ("_c", "_z", "_r"))


# ---- one cell, in one direction ---------------------------------------------------------------------------------


def _sequences(cell: int, lengths: Lengths, h: Array, *arrays: Array) -> Iterator[tuple[Array, ...]]:
    """Yield for each sequence its states in h (T, N, H), its x, its initial states, and the cell's parameters: views.

    A backward cell takes a sequence from its last step on.
    """
    x, *states, W, U, b = arrays
    T, N = x.shape[:2]
    for n, end in enumerate([T] * N if lengths is None else lengths):
        steps = slice(end - 1, None, -1) if cell % 2 else slice(end)
        if end:
            yield h[steps, n], x[steps, n], *(s[cell, n] for s in states), W[cell], U[cell % 2], b[cell]


def run(x: Array, *others: Array, kind: Kind, cell: int, lengths: Lengths) -> Array:
    """h_1..h_T of one cell over each sequence in x (T, N, D), and 0 after its end, (T, N, H)."""
    h = np.zeros((*x.shape[:2], others[0].shape[-1]), x.dtype)
    for own, *arrays in _sequences(cell, lengths, h, x, *others):
        y = kind.run(*kind.inputs(*arrays))
        own[...] = y[0] if kind is LSTM else y
    return h


def run_gradients(g: Array, y: Array, *arrays: Array, kind: Kind, cell: int, lengths: Lengths) -> list[Array]:
    """∂L/∂x, ∂L/∂ of the states and of the stacks of parameters, by backpropagation through time in each sequence."""
    found = [np.zeros_like(array) for array in arrays]
    given, totals = (_sequences(cell, lengths, h, *of) for h, of in ((g, arrays), (g, found)))
    for (dh, *own), (_, *total) in zip(given, totals, strict=True):
        inputs = kind.inputs(*own)
        of_y = np.stack([dh, np.zeros_like(dh)]) if kind is LSTM else dh
        d = kind.back(of_y, kind.run(*inputs), *inputs)
        stacks = (np.stack([getattr(d, name + gate) for gate in kind.gates]) for name in "WUb")
        for a, part in zip(total, (d.x, *(getattr(d, state) for state in kind.states), *stacks), strict=True):
            a += part
    return found


# ---- two layers, in both directions -----------------------------------------------------------------------------

SIDE_BY_SIDE = JOIN._replace(params={"axis": -1})


def _deep(kind: Kind, lengths: Lengths) -> Equations:
    """y = [f₂, r₂] of z = [f₁, r₁] of x, where f runs over a sequence and r over its reverse."""

    def cell(i: int) -> Operation:
        arrow = "overleftarrow" if i % 2 else "overrightarrow"
        latex = rf"\{arrow}{{{{{kind.title}}}}}_{{{{{i + 1}}}}}({{0}})"
        return operation(latex, run, kind=kind, cell=i, lengths=lengths)

    return Equations(
        {
            "f_1": cell(0)("x", *kind.states, "W", "U_1", "b"),
            "r_1": cell(1)("x", *kind.states, "W", "U_1", "b"),
            "z": SIDE_BY_SIDE("f_1", "r_1"),
            "f_2": cell(2)("z", *kind.states, "W", "U_2", "b"),
            "r_2": cell(3)("z", *kind.states, "W", "U_2", "b"),
            "y": SIDE_BY_SIDE("f_2", "r_2"),
        },
        order=("x", *kind.states, "W", "U_1", "U_2", "b"),
    )


@evaluated
def deep_simple_rnn(*inputs: Array, lengths: Lengths = None) -> Equations:
    """y_t = [f_t, r_t], f_{t+1} = tanh(W f_t + U₂ z_t + b) and r_t = tanh(W r_{t+1} + U₂ z_t + b), z such a layer of x

    Shapes: the inputs x (T, N, D), h0 (4, N, H), W (4, 1, H, H), U_1 (2, 1, H, D), U_2 (2, 1, H, 2H), b (4, 1, H), the
    result (T, N, 2H).
    Source: recurrent.deep_simple_rnn.y, ours, after Schuster and Paliwal 1997.
    """
    return _deep(SIMPLE_RNN, lengths)


@gradient_of(deep_simple_rnn)
def deep_simple_rnn_gradients(g: Array, y: Array, *inputs: Array, lengths: Lengths = None) -> Gradients:
    """∂L/∂z = ∂L/∂f ∂f/∂z + ∂L/∂r ∂r/∂z in each layer, and the gradients by its states and parameters"""
    return gradients(deep_simple_rnn, g, *inputs, lengths=lengths)


@evaluated
def deep_lstm(*inputs: Array, lengths: Lengths = None) -> Equations:
    """y_t = [f_t, r_t], the hidden states of two LSTMs over z, one from the end to the start, z such a layer of x

    Shapes: the inputs x (T, N, D), h0 and C0 (4, N, H), W (4, 4, H, H), U_1 (2, 4, H, D), U_2 (2, 4, H, 2H), b
    (4, 4, H), for the gates f, i, o and G, the result (T, N, 2H).
    Source: recurrent.deep_lstm.y, ours, after Schuster and Paliwal 1997.
    """
    return _deep(LSTM, lengths)


@gradient_of(deep_lstm)
def deep_lstm_gradients(g: Array, y: Array, *inputs: Array, lengths: Lengths = None) -> Gradients:
    """∂L/∂z = ∂L/∂f ∂f/∂z + ∂L/∂r ∂r/∂z in each layer, and the gradients by its states and parameters"""
    return gradients(deep_lstm, g, *inputs, lengths=lengths)


@evaluated
def deep_gru(*inputs: Array, lengths: Lengths = None) -> Equations:
    """y_t = [f_t, r_t], the states of two GRUs over z, one from the end to the start, z such a layer of x

    Shapes: the inputs x (T, N, D), h0 (4, N, H), W (4, 3, H, H), U_1 (2, 3, H, D), U_2 (2, 3, H, 2H), b (4, 3, H), for
    c, z and r, the result (T, N, 2H).
    Source: recurrent.deep_gru.y, ours, after Schuster and Paliwal 1997.
    """
    return _deep(GRU, lengths)


@gradient_of(deep_gru)
def deep_gru_gradients(g: Array, y: Array, *inputs: Array, lengths: Lengths = None) -> Gradients:
    """∂L/∂z = ∂L/∂f ∂f/∂z + ∂L/∂r ∂r/∂z in each layer, and the gradients by its states and parameters"""
    return gradients(deep_gru, g, *inputs, lengths=lengths)
