"""The gates of an LSTM or a GRU over time as a picture, with the way that a gradient takes back through them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from ..engine.sweep import gradient
from ..engine.tape import Tape
from ..engine.tensor import Tensor
from .moving import Frame, Grid, Moving, Walk, factor, number


@dataclass(frozen=True)
class Cell:
    """How the state of a cell comes about: kept · what it was + let · what is new."""

    state: str
    gates: str
    new: str
    kept: str
    """As it is written: f of an LSTM, (1−z) of a GRU."""
    let: str


CELLS: Mapping[str, Cell] = MappingProxyType(
    {"LSTM": Cell("C", "fio", "G", "f", "i"), "GRU": Cell("h", "zr", "c", "(1−z)", "z")}
)


def gates(L: Tensor, unit: int = 0) -> Moving:
    """A picture of one unit of an LSTM or a GRU over time: gates, state, and what arrives back at the state from L.

    On a step it shows what the state is made of, and how much of ∂L/∂state came by the direct path, through the product
    of the gates that keep the state, and how much by all. The numbers are those of L's tape, on which the modules name
    gates and states as the document does; one sequence of one layer.

    Raises
    ------
    ValueError
        if the tape of L has no gates, or those of several sequences, layers or directions; or no such unit

    Examples
    --------
    >>> import numpy as np
    >>> import autograd_zoo as az
    >>> from autograd_zoo.notebook import gates
    >>> lstm = az.nn.LSTM(1, 1, bias=False, rng=np.random.default_rng(0))
    >>> picture = gates(lstm(np.ones((3, 1, 1)))[0][-1].sum())
    >>> [grid.rows for grid in picture.grids]
    [('f', 'i', 'o'), ('C', '∂L/∂C', 'direct')]
    """
    found: dict[str, list[Tensor]] = {}
    for node in Tape(L):
        if node.name and node.name.endswith("_t") and node.inputs:
            found.setdefault(node.name.removesuffix("_t"), []).append(node)
    cell = next((c for c in CELLS.values() if {*c.gates, c.new} <= set(found)), None)
    if cell is None:
        raise ValueError(
            f"L must come from an LSTM or a GRU that was called outside of `az.fused()`; its tape names {sorted(found)}"
        )
    states = found[cell.state]
    T = len(found[cell.gates[0]])
    if any(node.data[..., 0].size != 1 for node in states) or len(states) != T:
        raise ValueError(f"a picture shows one sequence of one layer; states are of shape {states[0].shape}, {T} gates")
    units = states[0].size
    if not 0 <= unit < units:
        raise ValueError(f"unit must be one of 0 to {units - 1}, got {unit}")
    values = {name: _unit(found[name], unit) for name in (*cell.gates, cell.new, cell.state)}
    if not _one_after_the_other(cell, values):
        raise ValueError(
            "a picture shows one sequence of one layer in one direction; here a state is not made of the one before"
        )
    arrives = np.array([g.ravel()[unit] for g in gradient(L, states)])
    return _picture(cell, values, arrives)


def _unit(nodes: Sequence[Tensor], unit: int) -> np.ndarray:
    return np.array([node.data.ravel()[unit] for node in nodes])


def _kept(cell: Cell, values: Mapping[str, np.ndarray]) -> np.ndarray:
    return values["f"] if cell.kept == "f" else 1 - values["z"]


def _one_after_the_other(cell: Cell, values: Mapping[str, np.ndarray]) -> bool:
    """Whether each state is what its gates make of the one before."""
    state, new = values[cell.state], values[cell.let] * values[cell.new]
    return np.allclose(state[1:], _kept(cell, values)[1:] * state[:-1] + new[1:], equal_nan=True)


def _picture(cell: Cell, values: Mapping[str, np.ndarray], arrives: np.ndarray) -> Moving:
    """The picture from what was read off the tape."""
    T, state, let = len(arrives), values[cell.state], values[cell.let]
    kept, new = _kept(cell, values), let * values[cell.new]
    first = (state[0] - new[0]) / kept[0] if kept[0] else 0.0  # of a closed gate nothing tells what it kept out
    before = np.append(first, state[:-1])
    direct = np.array([arrives[-1] * np.prod(kept[t + 1 :]) for t in range(T)])
    steps = [str(t) for t in range(T)]
    opened = Grid(
        "gates at step t", np.array([values[g] for g in cell.gates]), tuple(cell.gates), steps, bars=True, digits=2
    )
    rows = (cell.state, f"∂L/∂{cell.state}", "direct")
    carried = Grid(f"what step t makes, {cell.state}[t+1]", np.array([state, arrives, direct]), rows, steps, digits=2)
    frames = []
    for t in range(T):
        made, came = f"{cell.state}[{t + 1}]", f"{cell.state}[{t}]"
        lit = {(0, k): "took" for k in range(t + 1, T)}  # the first row: what keeps the state
        lit |= {(0, row * T + t): "at" for row in range(len(cell.gates))} | {(1, row * T + t): "at" for row in range(3)}
        opening = ", ".join(f"{g} = {number(values[g][t])}" for g in cell.gates)
        sum = f"{number(kept[t])}·{factor(before[t])} + {number(let[t])}·{factor(values[cell.new][t])}"
        through = number(float(np.prod(kept[t + 1 :])))
        path = f" times {through}, the product of {cell.kept} over steps {t + 1} to {T - 1}," if t < T - 1 else ""
        frames.append(
            Frame(
                f"step {t}",
                lit,
                (
                    f"Step {t}: {opening}.",
                    f"{made} = {cell.kept}·{came} + {cell.let}·{cell.new} = {sum} = {number(state[t])}",
                    f"∂L/∂{made} = {number(arrives[t])} on all paths; on the direct one "
                    f"{number(arrives[-1])}{path} = {number(direct[t])}",
                ),
            )
        )
    places = {(k, row * T + t): t for k, n in enumerate((len(cell.gates), 3)) for row in range(n) for t in range(T)}
    walk = Walk("step", frames, places)
    return Moving([opened, carried], (walk,), f"Gates over {T} steps, and the gradient's way back", bands=((0,), (1,)))
