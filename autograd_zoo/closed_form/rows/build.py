r"""What the rows of a specimen share, said once: a row is then a line of the document above its transcription.

>>> relu = rows("activation.relu", "Parameter-free modules, table row Relu", lambda rng: (rng.standard_normal(3),))
>>> row = relu.dx(r"∂L/∂{x_i}=∂L/∂{y_i}[x_i>0]", lambda g, y, x: g * (x > 0))
>>> row.id, row.corrected.__name__, row.place
('activation.relu.dx', 'relu_dx', 'Parameter-free modules, table row Relu, backward-pass')
>>> print(row.latex)
\frac{\partial{L}}{\partial{x_i}}=\frac{\partial{L}}{\partial{y_i}}[x_i>0]
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from inspect import signature
from typing import Any

from ..formula import Formula
from ..notation import Array, diag, keep_diagonal
from ..parts import Part
from . import perturbed
from .samples import Sample

Row = Callable[..., Formula]
"""Makes the row of a quantity: (latex, printed, **more), where more are fields of a Formula."""

Transcription = Callable[..., Array]
DIAG: dict[str, Callable[[Array], Array]] = {"": diag, "D": keep_diagonal}
"""What diag does of a matrix without the letter D and with it."""

TABLE_ROW = "Parameter-free modules, table row"
"""Where the document prints those modules, before the name of one."""

_BRACED = r"[^{}]*"
for _ in range(4):
    _BRACED = rf"(?:[^{{}}]|\{{{_BRACED}\}})*"
_GRADIENT = re.compile(rf"∂L/∂(\{{{_BRACED}\}})")


class Rows:
    """What makes the rows of a specimen, by their quantities: `relu.dx(latex, printed)`, `max["dx.ties"](...)`."""

    def __init__(self, row: Row) -> None:
        self._row = row

    def __getitem__(self, quantity: str) -> Row:
        return partial(self._row, quantity)

    def __getattr__(self, quantity: str) -> Row:
        if quantity.startswith("_"):
            raise AttributeError(quantity)
        return self[quantity]


def rows(
    module: str, place: str, sample: Sample,
    printed_forward: Callable[..., Array] | None = None, note: str = "", spread: tuple[Mapping[str, Any], ...] = (),
    cotangent: Callable[..., Array] | None = None,
    **params: Any,
) -> Rows:  # fmt: skip
    """What makes the rows of a specimen: all that follows from where a row stands is found by its names.

    A quantity is "y", an intermediate, or "d" and what the gradient is by; what tells two equalities apart follows a
    dot. `at` is where below `place` it is printed, by default in the forward- or the backward-pass. In LaTeX ∂L/∂{x}
    stands for the fraction. `printed_forward` is a forward pass of `perturbed`, for the gradients of intermediates.

    The module is named by family and specimen: "activation.relu".

    Raises: AttributeError where the family has no such closed form.
    """
    family, specimen = module.split(".")

    def row(
        quantity: str, latex: str, printed: Callable[..., Array],
        *, at: str = "", place: str = place, sample: Sample = sample, corrected_latex: str | None = None,
        note: str = note, **more: Any,
    ) -> Formula:  # fmt: skip
        name = quantity.partition(".")[0]
        forward = closed_form(family, specimen, "y") if name.startswith("d") else None
        if forward and printed_forward and name[1:] not in signature(forward).parameters:
            more.setdefault("perturbed", perturbed.perturbed(printed_forward, name[1:]))
        more = {"spread": spread, "cotangent": cotangent} | more
        if not at and not place.startswith("Not printed"):
            at = "backward-pass" if forward else "forward-pass"
        return Formula(
            id=f"{module}.{quantity}",
            specimen=specimen,
            quantity=name,
            place=f"{place}, {at}" if at else place,
            latex=written_out(latex),
            printed=printed,
            corrected=closed_form(family, specimen, name),
            corrected_latex=corrected_latex and written_out(corrected_latex),
            forward=forward,
            sample=sample,
            params=params,
            source="ours" if place.startswith("Not printed") else "document",
            note=note,
            **with_mended(more),
        )

    return Rows(row)


def read(letters: str, of: Callable[[str], Transcription], *others: str) -> dict[str, Any]:
    """`printed` and `readings` of a formula transcribed by letters: all, all but one, and others that are tried."""
    fewer = (letters.replace(letter, "") for letter in letters) if len(letters) > 1 else ()
    return {"printed": of(""), "readings": {some: of(some) for some in sorted((*others, *fewer, letters), key=len)}}


def with_mended(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a row; what is corrected is by default its last repair, or else its last reading."""
    ways = [*fields.get("readings", {}).values(), *fields.get("repairs", {}).values()]
    return {"mended": ways[-1] if ways else None, **fields}


def closed_form(family: str, specimen: str, quantity: str) -> Callable[..., Array]:
    """The closed form of a quantity: `relu`, `relu_dx`, or the field of all gradients, `lstm_gradients`.

    Raises: AttributeError with the file and the line to write, where there is none.
    """
    forms = vars(import_module(f"...{family}", __name__))
    name = specimen if quantity == "y" else f"{specimen}_{quantity}"
    if name in forms:
        return forms[name]  # type: ignore[no-any-return]
    form, joint = forms.get(specimen), forms.get(f"{specimen}_gradients")
    file = form.__module__.rpartition(".")[2] if form else family
    arguments = ", ".join(signature(form).parameters) if form else "x"
    line = f"def {name}({'g, y, ' if quantity.startswith('d') else ''}{arguments}):"
    if joint and quantity.startswith("d"):
        record = signature(joint).return_annotation
        if quantity[1:] in getattr(record, "_fields", (quantity[1:],)):
            return Part(joint, quantity[1:])
        line = f"{quantity[1:]}: Array` in {record.__name__} and its value in `{joint.__name__}"
    raise AttributeError(f"closed_form/{file}.py has no {name}, of which a row speaks: write there `{line}`")


def written_out(latex: str) -> str:
    r"""LaTeX in which ∂L/∂{x} is the fraction.

    >>> print(written_out(r"∂L/∂{\vec{x}}=\vec{0}"))
    \frac{\partial{L}}{\partial{\vec{x}}}=\vec{0}
    """
    return _GRADIENT.sub(r"\\frac{\\partial{L}}{\\partial\1}", latex)
