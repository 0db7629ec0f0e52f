"""Specimens of the recurrent family."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ... import closed_form as cf
from ... import nn
from ...closed_form.parts import Part
from ...engine.tensor import Array
from ..specimen import Specimen
from .inputs import numbers

H = 2
SHAPES = ((3, 3), (3, 2, 3))  # three steps: one of them has steps before and after it

SIMPLE_RNN = ("W", "U", "V", "b")
LSTM = ("W_f", "U_f", "W_i", "U_i", "W_o", "U_o", "W_g", "U_g", "b_f", "b_i", "b_o", "b_g")
GRU = ("W_c", "U_c", "W_z", "U_z", "W_r", "U_r", "b_c", "b_z", "b_r", "b_h")


def _parameters(states: int, names: tuple[str, ...]) -> Callable[[np.random.Generator, Array], tuple[Array, ...]]:
    """Draw initial states, and W (H, H), U (H, D), b (H,) as the names say, small enough that no gate is saturated."""

    def draw(rng: np.random.Generator, x: Array) -> tuple[Array, ...]:
        *batch, D = x.shape[1:]
        shapes = {"W": (H, H), "U": (H, D), "V": (H + 2, H), "b": (H,)}
        drawn = (0.5 * numbers(rng, shapes[name[0]]) for name in names)
        return *(0.5 * numbers(rng, (*batch, H)) for _ in range(states)), *drawn

    return draw


def _given(cell: Any, names: tuple[str, ...], values: tuple[Any, ...]) -> Any:
    """The cell with these parameters."""
    for name, value in zip(names, values, strict=True):
        setattr(cell, name, value)
    return cell


def _in_between(gradients: Callable[..., Any], gates: str, states: str) -> dict[str, Callable[..., Array]]:
    """The closed forms of the gradients of gates and states; without that of the first state, which is an input."""

    def after_step(of: Part) -> Callable[..., Array]:
        return lambda *args, **params: of(*args, **params)[1:]

    found: dict[str, Callable[..., Array]] = {f"{gate}_t": Part(gradients, gate) for gate in gates}
    return found | {f"{state}_t": after_step(Part(gradients, state)) for state in states}


def _run_simple_rnn(x: Any, h0: Any, W: Any, U: Any, V: Any, b: Any) -> Any:
    module = nn.SimpleRNN(x.shape[-1], H, output_size=H + 2)
    _given(module.cells[0], ("W", "U", "b"), (W, U, b))
    module.V = V
    return module(x, h0[None])[0]


def _run_lstm(x: Any, h0: Any, C0: Any, *parameters: Any) -> Any:
    cell = _given(nn.LSTMCell(x.shape[-1], H), LSTM, parameters)
    return np.stack([np.stack(states) for states in zip(*nn.unroll(cell, x, (h0, C0)), strict=True)])


def _run_gru(x: Any, h0: Any, *parameters: Any, reset_after: bool = False) -> Any:
    module = nn.GRU(x.shape[-1], H, reset_after=reset_after)
    _given(module.cells[0], GRU, parameters)
    return module(x, h0[None])[0]


def _recurrent(
    name: str, doc: str, run: Callable[..., Any], states: str, names: tuple[str, ...], gates: str, **more: Any
) -> Specimen:
    """The specimen of a layer with these states, whose first values are inputs, and these gates and parameters."""
    first = tuple(f"{state}0" for state in reversed(states))
    return Specimen(
        name=name,
        family="recurrent",
        run=run,
        inputs=("x", *first, *names),
        domain=numbers,
        others=_parameters(len(first), names),
        shapes=SHAPES,
        intermediates=_in_between(getattr(cf.recurrent, f"{name}_gradients"), gates, states),
        doc=doc,
        **more,
    )


_RNN = "o_t = V h_t, h_{t+1} = tanh(W h_t + U x_t + b)"
_LSTM = "h_{t+1} = o_t ⊙ tanh(C_{t+1}), C_{t+1} = f_t ⊙ C_t + i_t ⊙ G_t"
_GRU = "h_{t+1} = (1 − z_t) ⊙ h_t + z_t ⊙ c_t"

SPECIMENS = (
    _recurrent("simple_rnn", _RNN, _run_simple_rnn, "h", SIMPLE_RNN, ""),
    _recurrent("lstm", _LSTM, _run_lstm, "Ch", LSTM, "fioG"),
    _recurrent("gru", _GRU, _run_gru, "h", GRU, "czr", variants=({}, {"reset_after": True})),
)
