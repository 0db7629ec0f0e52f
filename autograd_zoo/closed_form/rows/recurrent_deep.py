"""Rows of two layers in both directions: the Jacobian matrices of each run over a sequence, multiplied.

The matrices are made line by line from the formulas of one layer, which have rows of their own.
"""

from functools import partial

import numpy as np

from autograd_zoo.closed_form import recurrent
from autograd_zoo.closed_form.formula import Formula
from autograd_zoo.closed_form.notation import Array
from autograd_zoo.closed_form.rows.block_chain import (
    Operation,
    Step,
    forward_latex,
    gradient,
    gradient_latex,
    step,
    values,
)
from autograd_zoo.closed_form.rows.samples import away_from_zero

D, H, T = 3, 2, 3
NOTE = "f runs over the sequence, r over its reverse; the index of a run picks its states and parameters."
GATES = {"simple_rnn": ("",), "lstm": ("_f", "_i", "_o", "_g"), "gru": ("_c", "_z", "_r")}
TITLES = {"simple_rnn": "SimpleRNN", "lstm": "LSTM", "gru": "GRU"}
STATES = {"simple_rnn": ("h0",), "lstm": ("h0", "C0"), "gru": ("h0",)}
JOIN = Operation("[{0},{1}]", lambda f, r: np.concatenate([f, r], axis=-1))


def _run(kind: str, cell: int) -> Operation:
    """Return the run of one cell over a sequence (T, 1, n), as a function of x, the states, and the stacks W, U, b."""
    gates, states = GATES[kind], STATES[kind]
    count, in_turn = len(states), slice(None, None, -1 if cell % 2 else 1)
    places = {"W": (-3, cell), "U": (-2, cell % 2), "b": (-1, cell)}  # where a parameter stands, and in which line

    def given(x: Array, *others: Array) -> tuple[Array | None, ...]:
        """Return what the formulas of one layer take."""
        W, U, b = (others[place][line] for place, line in places.values())
        pairs = [part for pair in zip(W, U, strict=True) for part in pair]
        no_V = [None] if kind == "simple_rnn" else []
        return x[in_turn], *(s[cell] for s in others[:count]), *pairs, *no_V, *b

    def value(*arguments: Array) -> Array:
        y = getattr(recurrent, kind)(*given(*arguments))
        return (y[0] if kind == "lstm" else y)[in_turn]

    def jacobian(name: str, i: int, *arguments: Array) -> Array:
        """Return the matrix by argument i: its lines are the gradients of the elements of the result."""
        inputs, whole = given(*arguments), arguments[i]
        y = getattr(recurrent, kind)(*inputs)
        lines = []
        for g in np.eye(T * H).reshape(-1, T, 1, H):
            g = g[in_turn]
            g = np.stack([g, np.zeros_like(g)]) if kind == "lstm" else g
            found = getattr(recurrent, f"{kind}_backward")(g, y, *inputs)
            line = np.zeros_like(whole)
            if name == "x":
                line[...] = found.x[in_turn]
            elif name in states:
                line[cell] = getattr(found, name)
            else:
                line[places[name][1]] = [getattr(found, name + gate) for gate in gates]
            lines.append(np.ravel(line))
        return np.array(lines)

    names = ("x", *states, "W", "U", "b")
    arrow = "overleftarrow" if cell % 2 else "overrightarrow"
    return Operation(
        rf"\{arrow}{{{{{TITLES[kind]}}}}}_{{{{{cell + 1}}}}}({{0}})",
        value,
        {i: partial(jacobian, name, i) for i, name in enumerate(names)},
    )


def _steps(kind: str) -> tuple[Step, ...]:
    def layer(i: int, x: str, y: str) -> list[Step]:
        others = (*STATES[kind], "W", f"U_{i}", "b")
        runs = (step(f"{name}_{i}", _run(kind, 2 * i - 2 + d), x, *others) for d, name in enumerate("fr"))
        return [*runs, step(y, JOIN, f"f_{i}", f"r_{i}")]

    return *layer(1, "x", "z"), *layer(2, "z", "y")


def _sample(kind: str, rng: np.random.Generator) -> tuple[Array, ...]:
    """Draw one sequence, states, and parameters small enough that no gate is shut."""
    gates = len(GATES[kind])
    shapes = ((4, gates, H, H), (2, gates, H, D), (2, gates, H, 2 * H), (4, gates, H))
    states = (away_from_zero(rng, 4, 1, H) for _ in STATES[kind])
    return away_from_zero(rng, T, 1, D), *states, *(0.5 * away_from_zero(rng, *shape) for shape in shapes)


def _rows(kind: str) -> tuple[Formula, ...]:
    name, steps = f"deep_{kind}", _steps(kind)
    forward, gradients = getattr(recurrent, name), getattr(recurrent, f"{name}_gradients")
    inputs = ("x", *STATES[kind], "W", "U_1", "U_2", "b")
    row = partial(
        Formula,
        specimen=name,
        place=f"Not printed; Recurrent modules, {TITLES[kind]}",
        sample=partial(_sample, kind),
        source="ours",
        note=NOTE,
    )

    def by(i: int, wanted: str) -> Formula:
        return row(
            id=f"recurrent.{name}.d{wanted}",
            quantity=f"d{wanted}",
            latex=gradient_latex(steps, wanted),
            printed=lambda g, y, *given: gradient(steps, dict(zip(inputs, given, strict=True)), g, wanted),
            corrected=lambda g, y, *given: gradients(g, y, *given)[i],
            forward=forward,
        )

    y = row(
        id=f"recurrent.{name}.y",
        quantity="y",
        latex=forward_latex(steps),
        printed=lambda *given: values(steps, dict(zip(inputs, given, strict=True)))["y"],
        corrected=forward,
    )
    return (y, *(by(i, wanted) for i, wanted in enumerate(inputs)))


FORMULAS: tuple[Formula, ...] = tuple(row for kind in GATES for row in _rows(kind))
