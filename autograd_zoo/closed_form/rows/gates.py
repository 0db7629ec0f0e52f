"""Rows that recurrent modules have alike: of each gate, its W, its U and its b."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..activation import sigmoid
from ..formula import Formula
from ..notation import Array, uncol, unrow
from .build import Rows
from .steps import MENDED, Step, Steps, each, each_read, pointwise, slope, summed_read, total

DIAGONALS = (
    "As for Sigmoid and Tanh: diag of a matrix is a vector; the Jacobians are diag of v ⊙ (1 − v) and 1 − v ⊙ v."
)


class Gate(NamedTuple):
    """A gate v_t = σ(W_k h_t + U_k x_t), or with tanh: its letter v, the index k of its weights, its activation."""

    letter: str
    k: str
    name: str
    activation: Callable[[Array], Array] = sigmoid

    @property
    def gradient(self) -> str:
        """LaTeX of ∂L/∂v_t."""
        return rf"∂L/∂{{\vec{{{self.letter}}}_t}}"

    @property
    def diag(self) -> str:
        """LaTeX of the derivative of the activation, as the document prints it."""
        v = rf"\vec{{{self.letter}}}_t"
        return rf"diag(I-{v}{v}^T)" if self.activation is np.tanh else rf"diag({v}(\vec{{1}}-{v})^T)"

    def before(self, s: Step, letters: str) -> Array:
        """∂L/∂ of what the activation is applied to, as the document prints it."""
        return getattr(s, f"d{self.letter}") @ slope(getattr(s, self.letter), letters, self.activation is np.tanh)

    def through(self, matrix: str, s: Step, letters: str) -> Array:
        """What the gate passes back through its "W" or "U"."""
        return self.before(s, letters) @ getattr(s, f"{matrix}_{self.k}")

    def through_latex(self, matrix: str) -> str:
        """LaTeX of what the gate passes back through its "W" or "U", as the document prints it."""
        return f"{self.gradient}{self.diag}{matrix}_{self.k}"


def forward_row(row: Rows, of: Steps, gate: Gate) -> Formula:
    """The row of a gate's forward pass."""
    function = "tanh" if gate.activation is np.tanh else r"\sigma"
    return row[gate.letter](
        rf"\vec{{{gate.letter}}}_t={function}(W_{gate.k}\vec{{h}}_t+U_{gate.k}\vec{{x}}_t)",
        each(
            of,
            lambda s: gate.activation(getattr(s, f"W_{gate.k}") @ s.h + getattr(s, f"U_{gate.k}") @ s.x),
            layout=uncol,
        ),
        at=f"forward-pass, {gate.name}",
    )


def diag_row(
    row: Rows, of: Steps, name: str, latex: str, formula: Callable[[Step, str], Array],
    last: Callable[[Step], Array] | None = None, corrected_latex: str = "", note: str = DIAGONALS, letters: str = "D",
    others: tuple[str, ...] = (),
) -> Formula:  # fmt: skip
    """The row of ∂L/∂name_t, in whose formula diag is that of outer products."""
    return row[f"d{name}"](
        latex,
        at=f"backward-pass, gradient of {name}_t",
        corrected_latex=corrected_latex or pointwise(latex),
        note=note,
        **each_read(of, letters, formula, *others, last=last),
    )


def parameter_row(
    row: Rows, of: Steps, gate: Gate, matrix: str, latex: str, vector: Callable[[Step], Array]
) -> Formula:
    """The row of ∂L/∂W or ∂L/∂U of a gate, printed for one step; `vector` is what the matrix is applied to."""
    parameter = f"{matrix}_{gate.k}"
    product = f"{latex}{gate.gradient}{gate.diag}"
    return row[f"d{parameter}"](
        f"∂L/∂{{{parameter}}}={product}",
        at=f"parameter-pass, gradient of {parameter}",
        corrected_latex=rf"∂L/∂{{{parameter}}}=\sum\limits_t{pointwise(product)}",
        note=(
            f"All steps share {parameter}, so that its gradient is a sum over t, as printed for SimpleRNN. What is "
            "printed is the contribution of one step."
        ),
        **summed_read(of, lambda s, letters: vector(s) @ gate.before(s, letters)),
    )


def bias_row(row: Rows, of: Steps, gate: Gate, bias: str) -> Formula:
    """The row of ∂L/∂b of a gate, which is ours."""
    return row[f"d{bias}"](
        rf"∂L/∂{{\vec{{{bias[0]}}}_{bias[2:]}}}=\sum\limits_t{gate.gradient}{pointwise(gate.diag)}",
        total(of, lambda s: gate.before(s, MENDED), layout=unrow),
        at="parameter-pass, with biases",
    )
