"""Recurrent parameters in PyTorch's layout and back, as dicts of arrays; PyTorch itself is not needed.

PyTorch stacks the matrices of a layer's gates, our U in `weight_ih_l0` and our W in `weight_hh_l0`, and has two biases,
which are added. Its GRU is h' = (1 − z) ⊙ n + z ⊙ h: its z is our 1 − z = σ(−(W_z h + U_z x + b_z)), so signs change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import numpy as np

from ..engine.tensor import Array
from .module import Module
from .recurrent_cell import Cell, GRUCell, LSTMCell, SimpleRNNCell
from .recurrent_unroll import Recurrent

M = TypeVar("M", bound=Module)

GATES: dict[type[Cell], tuple[str, ...]] = {
    SimpleRNNCell: ("",),
    LSTMCell: ("_i", "_f", "_g", "_o"),
    GRUCell: ("_r", "_z", "_c"),
}
"""The endings of our parameters' names, in the order in which PyTorch stacks the gates."""


def recurrent_to_torch(module: Module) -> dict[str, Array]:
    """weight_hh_l0 = [W_i; W_f; W_g; W_o], weight_ih_l0 = [U_i; U_f; U_g; U_o], and so on: the state PyTorch would have

    Shapes: `module` is a SimpleRNN, LSTM or GRU, or a cell; weight_hh (kH, H), weight_ih (kH, D), bias_ih and bias_hh
    (kH,), for k gates. V, which PyTorch's RNN does not have, is left out.
    Raises: TypeError for another module, ValueError for a GRU that resets before W_c, as PyTorch's cannot.
    Source: the variables of RNN, LSTM and GRU in PyTorch's documentation.

    >>> import autograd_zoo as az
    >>> {name: array.shape for name, array in az.nn.recurrent_to_torch(az.nn.LSTM(3, 2, bias=False)).items()}
    {'weight_ih_l0': (8, 3), 'weight_hh_l0': (8, 2)}
    """
    return {f"{name}{end}": array for _, end, cell in _cells(module) for name, array in _stacked(cell).items()}


def recurrent_from_torch(module: M, state: Mapping[str, Any]) -> M:
    """W_i, W_f, W_g, W_o = the quarters of weight_hh_l0, and so on: load PyTorch's state, all of it or nothing

    Shapes: as for `recurrent_to_torch`; the values of `state` are arrays. Returns the module. V is left as it is.
    Raises: ValueError naming missing, unknown or misshapen entries; and what `recurrent_to_torch` raises.
    Source: the variables of RNN, LSTM and GRU in PyTorch's documentation.

    >>> import numpy as np, autograd_zoo as az
    >>> state = {"weight_ih_l0": np.ones((3, 2)), "weight_hh_l0": np.zeros((3, 1))}
    >>> gru = az.nn.recurrent_from_torch(az.nn.GRU(2, 1, bias=False, reset_after=True), state)
    >>> gru.cells[0].U_c.data, gru.cells[0].U_z.data
    (array([[1., 1.]]), array([[-1., -1.]]))
    """
    wanted = recurrent_to_torch(module)
    missing, unknown = sorted(wanted.keys() - state.keys()), sorted(state.keys() - wanted.keys())
    if missing or unknown:
        raise ValueError(
            f"the state does not belong to this {type(module).__name__}: missing {missing}, unknown {unknown}; nothing "
            "was loaded. Build the module with PyTorch's num_layers, bias and bidirectional, and give its entries alone"
        )
    arrays = {name: np.asarray(value) for name, value in state.items()}
    for name, array in arrays.items():
        if array.shape != wanted[name].shape:
            raise ValueError(f"{name} must have shape {wanted[name].shape}, got {array.shape}; nothing was loaded")
    new = module.state_dict()
    for path, end, cell in _cells(module):
        theirs = {name.removesuffix(end): array for name, array in arrays.items() if name.endswith(end)}
        new |= {f"{path}{name}": array for name, array in _divided(cell, theirs).items()}
    return module.load_state_dict(new)


def _cells(module: Module) -> Iterator[tuple[str, str, Cell]]:
    """The cells, each with its path in our module and the ending of its names in PyTorch's."""
    if isinstance(module, Cell):
        found = [("", "", module)]
    elif isinstance(module, Recurrent):
        places = [divmod(k, module.directions) for k in range(len(module.cells))]
        ends = [f"_l{layer}{'_reverse' * direction}" for layer, direction in places]
        found = [(f"cells.{k}.", end, cell) for k, (end, cell) in enumerate(zip(ends, module.cells, strict=True))]
    else:
        raise TypeError(
            f"PyTorch's layout is known of SimpleRNN, LSTM, GRU and their cells, not of a {type(module).__name__}"
        )
    for path, end, cell in found:
        if isinstance(cell, GRUCell) and not cell.reset_after:
            raise ValueError("PyTorch's GRU resets after W_c, and this one before: build it with reset_after=True")
        yield path, end, cell


def _signed(gate: str, x: Array) -> Array:
    """The part of a gate, from our sign to PyTorch's or back."""
    return -x if gate == "_z" else x


def _stacked(cell: Cell) -> dict[str, Array]:
    """PyTorch's parameters of a cell. Its second bias is 0, except where it is no mere addition: b_h of a GRU."""
    own, gates = cell.state_dict(), GATES[type(cell)]
    rows = {
        "weight_ih": [own[f"U{gate}"] for gate in gates],
        "weight_hh": [own[f"W{gate}"] for gate in gates],
    }
    if cell.bias:
        rows["bias_ih"] = [own[f"b{gate}"] for gate in gates]
        rows["bias_hh"] = [own["b_h"] if gate == "_c" else np.zeros_like(own[f"b{gate}"]) for gate in gates]
    return {name: np.concatenate(list(map(_signed, gates, parts))) for name, parts in rows.items()}


def _divided(cell: Cell, theirs: Mapping[str, Array]) -> dict[str, Array]:
    """Our parameters of a cell, from PyTorch's."""
    gates = GATES[type(cell)]
    parts = {name: dict(zip(gates, np.split(array, len(gates)), strict=True)) for name, array in theirs.items()}
    ours = {f"U{gate}": _signed(gate, x) for gate, x in parts["weight_ih"].items()}
    ours |= {f"W{gate}": _signed(gate, x) for gate, x in parts["weight_hh"].items()}
    if cell.bias:
        ours |= {f"b{gate}": _signed(gate, x + parts["bias_hh"][gate]) for gate, x in parts["bias_ih"].items()}
    if "b_c" in ours:
        ours |= {"b_c": parts["bias_ih"]["_c"], "b_h": parts["bias_hh"]["_c"]}
    return ours
