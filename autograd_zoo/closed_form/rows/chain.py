"""Rows of what is written as equations: a second opinion on its value and gradients, and their LaTeX.

Nothing here knows a backward pass. In numerator layout a gradient is a row, ∂L/∂t = Σ ∂L/∂c ∂c/∂t over the equations
c that take t, and ∂c/∂t is the matrix of all partial derivatives. That matrix is taken from the operation's literal
transcription alone, one column by a step along the imaginary axis, f(x + hi) = f(x) + hi f'(x) + O(h²): exact.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..equations import Equations, Operation, written_out
from ..formula import Formula
from ..notation import Array
from ..parts import shared
from . import literal
from .build import closed_form, rows
from .samples import Sample

STEP = 1e-30


def value(operation: Operation, *arguments: Array) -> Array:
    """What the operation's literal transcription gives, or else its closed form."""
    return getattr(literal, operation.form.__name__, operation.form)(*arguments, **operation.params)


def jacobian(operation: Operation, i: int, arguments: Sequence[Array]) -> Array:
    """The matrix of the partial derivatives of an operation by its argument i."""
    given = [argument.astype(complex) for argument in arguments]
    units = np.eye(given[i].size).reshape(-1, *given[i].shape)
    steps = (given[i] + STEP * 1j * unit for unit in units)
    columns = [np.ravel(value(operation, *given[:i], x, *given[i + 1 :])).imag / STEP for x in steps]
    return np.stack(columns, axis=1)


def values(equations: Equations, inputs: Sequence[Array]) -> dict[str, Array]:
    """The inputs and what each equation gives, by name."""
    found = dict(zip(equations.inputs, inputs, strict=True))
    for name, (operation, arguments) in equations.terms.items():
        found[name] = np.real(value(operation, *(found[argument] for argument in arguments)))
    return found


def gradients(equations: Equations, g: Array, inputs: Sequence[Array]) -> dict[str, Array]:
    """∂L/∂ of all names: the row ∂L/∂y times the matrices of the equations, summed over all ways."""
    found, rows = values(equations, inputs), {equations.result: np.ravel(g)}
    for name, (operation, arguments) in reversed(equations.terms.items()):
        given = [found[argument] for argument in arguments]
        for i, argument in enumerate(arguments):
            rows[argument] = rows.get(argument, 0.0) + rows[name] @ jacobian(operation, i, given)
    return {name: np.reshape(row, np.shape(found[name])) for name, row in rows.items()}


# ---- LaTeX -----------------------------------------------------------------------------------------------------


def symbol(name: str) -> str:
    """The LaTeX of a name: `gamma_1` is γ₁."""
    letter, _, index = name.partition("_")
    letter = rf"\{letter}" if letter in ("gamma", "beta") else letter
    return rf"{letter}_{{{index}}}" if index else letter


def _d(of: str, by: str) -> str:
    return rf"\frac{{\partial{{{symbol(of)}}}}}{{\partial{{{symbol(by)}}}}}"


def forward_latex(equations: Equations) -> str:
    """The equations, the last one first."""
    written = []
    for name, (operation, arguments) in reversed(equations.terms.items()):
        symbols = [symbol(argument) for argument in arguments]
        written.append(f"{symbol(name)}={operation.latex.format(*symbols, all=','.join(symbols))}")
    return r"\text{, }".join(written)


def gradient_latex(equations: Equations, wanted: str) -> str:
    """The chain rule from ∂L/∂wanted up to ∂L/∂y."""
    needed = [wanted]
    for name, (_, arguments) in equations.terms.items():
        if not set(needed).isdisjoint(arguments):
            needed.append(name)
    return r"\text{, }".join(
        f"{_d('L', name)}="
        + "+".join(_d("L", out) + _d(out, name) for out, term in equations.terms.items() if name in term.arguments)
        for name in needed[:-1]
    )


# ---- rows ------------------------------------------------------------------------------------------------------


def chain(
    family: str, specimen: str, sample: Sample, place: str,
    note: str = "", suffix: str = "", only: Sequence[str] = (),
    **params: Any,
) -> tuple[Formula, ...]:  # fmt: skip
    """The rows of a module written as equations: y, and the gradient by each input, or by some `only`."""
    forward = closed_form(family, specimen, "y")
    equations = written_out(forward, sample(np.random.default_rng(0)), params)
    names = [name for name in equations.inputs if name not in equations.constants]
    by_matrices = shared(lambda g, *inputs: gradients(equations, g, inputs))
    row = rows(f"{family}.{specimen}", place, sample, note=note, **params)

    def by(name: str) -> Formula:
        i = equations.inputs.index(name)
        return row[f"d{name}{suffix}"](
            gradient_latex(equations, name),
            lambda g, y, *inputs, **_: by_matrices(g, *inputs)[name],
            perturbed=lambda d, *inputs, **params: forward(*inputs[:i], inputs[i] + d, *inputs[i + 1 :], **params),
        )

    def printed(*inputs: Array, **_: Any) -> Array:
        return values(equations, inputs)[equations.result]

    return (row[f"y{suffix}"](forward_latex(equations), printed), *map(by, only or names))
