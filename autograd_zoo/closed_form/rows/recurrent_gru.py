"""Rows of GRU. x_0..x_{T−1} make h_1..h_T of h_0, and the losses look at h_1..h_T."""

from functools import partial

import numpy as np

from .. import recurrent
from ..formula import Formula
from ..notation import Array, col, hadamard, keep_diagonal, uncol, unrow
from ..parts import shared
from .assumptions import ORIENTATION
from .gates import Gate, bias_row, forward_row, gradient_row, parameter_row
from .perturbed import gru as forward_with
from .perturbed import perturbed
from .steps import (
    Diag,
    Step,
    each,
    each_with_diag,
    laid_out,
    pointwise,
    sequence,
    total,
)

_WEIGHTS = ("W_c", "U_c", "W_z", "U_z", "W_r", "U_r")
_BIASES = ("b_c", "b_z", "b_r", "b_h")
_CELL = Gate("c", "c", "cell state", np.tanh)
_UPDATE, _RESET = Gate("z", "z", "update gate"), Gate("r", "r", "reset gate")


def _recorded(*inputs: Array, reset_after: bool = False) -> list[Step]:
    """Return the steps of a forward pass."""
    return _laid_out(recurrent.gru(*inputs, reset_after=reset_after), *inputs, reset_after=reset_after)


def _laid_out(y: Array, *inputs: Array, reset_after: bool = False, **rows: Array) -> list[Step]:
    """Return the steps of the forward pass to y, with further values as rows."""
    x, h0, *weights = inputs
    gates = recurrent.gru_steps(y, *inputs, reset_after=reset_after)
    columns = {"x": x, "h": np.concatenate([h0[None], y]), "c": gates.c, "z": gates.z, "r": gates.r}
    biases = dict(zip(_BIASES, map(col, weights[6:]), strict=False))
    return laid_out(columns, rows, dict(zip(_WEIGHTS, weights, strict=False)) | biases)


@shared
def _swept(g: Array, y: Array, *inputs: Array, **params: bool) -> list[Step]:
    """Return the steps of a forward pass with all gradients, and those of L_t alone, which are 0 at t = 0."""
    d = shared(recurrent.gru_gradients)(g, y, *inputs, **params)
    dL = np.concatenate([np.zeros_like(g[:1]), g])
    return _laid_out(y, *inputs, **params, dh=d.h, dc=d.c, dz=d.z, dr=d.r, dL=dL)


def _dh(s: Step, diag: Diag) -> Array:
    return (
        _UPDATE.through("W", s, diag)
        + _RESET.through("W", s, diag)
        + hadamard(_CELL.through("W", s, diag), s.r.T)
        + hadamard(s.dh1, (1 - s.z).T)
        + s.dL
    )


def _dx(s: Step, diag: Diag) -> Array:
    return sum(gate.through("U", s, diag) for gate in (_UPDATE, _RESET, _CELL))


def _reset_cell(s: Step) -> Array:
    """Return what reaches W_c h_t + b_h where r_t comes after it."""
    return hadamard(_CELL.before(s, keep_diagonal), s.r.T)


def _dh_after(s: Step) -> Array:
    through_gates = _UPDATE.through("W", s, keep_diagonal) + _RESET.through("W", s, keep_diagonal)
    return through_gates + _reset_cell(s) @ s.W_c + hadamard(s.dh1, (1 - s.z).T) + s.dL


def _dr(s: Step, diag: Diag) -> Array:
    return hadamard(_CELL.through("W", s, diag), s.h.T)


_DH = (
    rf"\frac{{\partial{{L}}}}{{\partial{{\vec{{h}}_t}}}}={_UPDATE.through_latex('W')}+{_RESET.through_latex('W')}"
    rf"+{_CELL.through_latex('W')}\odot\vec{{r}}_t^T"
    r"+\frac{\partial{L}}{\partial{\vec{h}_{t+1}}}\odot(\vec{1}-\vec{z}_t)^T"
)
_DH_LOSS = r"+\frac{\partial{L_t}}{\partial{\vec{h}_t}}"
_RESET_CELL = rf"{_CELL.gradient}{pointwise(_CELL.diag)}\odot\vec{{r}}_t^T"
_DH_AFTER = pointwise(_DH).replace(pointwise(_CELL.through_latex("W")) + r"\odot\vec{r}_t^T", f"({_RESET_CELL})W_c")
_DX = r"\frac{\partial{L}}{\partial{\vec{x}_t}}=" + "+".join(
    gate.through_latex("U") for gate in (_UPDATE, _RESET, _CELL)
)
_DR = rf"{_RESET.gradient}={_CELL.gradient}{_CELL.diag}"
_DC = rf"{_CELL.gradient}=\frac{{\partial{{L}}}}{{\partial{{\vec{{h}}_{{t+1}}}}}}\odot\vec{{z}}_t"
_DIAGONALS = (
    "As for Sigmoid and Tanh: diag of a matrix is a vector; the Jacobians are diag of v ⊙ (1 − v) and 1 − v ⊙ v."
)
_PRODUCT_FIRST = "Here the product with W_c comes before ⊙, unlike in the forward pass."

_PLACE = "Recurrent modules, GRU"
_WITHOUT_BIASES, _WITH_BIASES = sequence(1, 3), sequence(1, 3, biases=4)
_row = partial(Formula, specimen="gru", sample=_WITHOUT_BIASES, source="document")
_gradient = partial(gradient_row, "gru", _PLACE, sample=_WITHOUT_BIASES, source="document")
_ours = partial(gradient_row, "gru", f"Not printed; {_PLACE}", sample=_WITH_BIASES, source="ours")
_after = partial(_ours, suffix=".reset_after", params={"reset_after": True})
_AFTER = "with r_t after W_c"
_dh_printed, _dh_readings = each_with_diag(_swept, _dh, last=lambda s: s.dh1)
_dx_printed, _dx_readings = each_with_diag(_swept, _dx)
_dr_printed, _dr_readings = each_with_diag(_swept, _dr)

FORMULAS: tuple[Formula, ...] = (
    _row(
        id="recurrent.gru.y",
        quantity="y",
        place="Recurrent modules, GRU, forward-pass, hidden state",
        latex=r"\vec{h}_{t+1}=(\vec{1}-\vec{z}_t)\odot\vec{h}_t+\vec{z}_t\odot\vec{c}_t",
        printed=each(_recorded, lambda s: hadamard(1 - s.z, s.h) + hadamard(s.z, s.c), uncol),
        corrected=recurrent.gru,
    ),
    _row(
        id="recurrent.gru.c",
        quantity="c",
        place="Recurrent modules, GRU, forward-pass, cell state",
        latex=r"\vec{c}_t=tanh(W_c\vec{r}_t\odot\vec{h}_t+U_c\vec{x}_t)",
        printed=each(_recorded, lambda s: np.tanh(hadamard(s.W_c @ s.r, s.h) + s.U_c @ s.x), uncol),
        corrected=recurrent.gru_c,
        corrected_latex=r"\vec{c}_t=tanh(W_c(\vec{r}_t\odot\vec{h}_t)+U_c\vec{x}_t)",
        readings={
            "⊙ comes before the product with W_c": each(
                _recorded, lambda s: np.tanh(s.W_c @ hadamard(s.r, s.h) + s.U_c @ s.x), uncol
            )
        },
        note="Without brackets a matrix product comes first; the printed ∂L/∂W_c has (r_t ⊙ h_t), as is meant here.",
    ),
    *[forward_row(_row, _recorded, "gru", gate) for gate in (_UPDATE, _RESET)],
    _gradient(
        "h",
        "backward-pass, gradient of h_t",
        latex=_DH + r"+\frac{\partial{L_t}}{\partial{\vec{h}}_t}",
        printed=_dh_printed,
        corrected_latex=pointwise(_DH) + _DH_LOSS,
        readings=_dh_readings,
        perturbed=perturbed(forward_with, "h"),
        note=f"{_DIAGONALS} {_PRODUCT_FIRST}",
    ),
    _gradient(
        "x",
        "backward-pass, gradient of x_t",
        latex=_DX,
        printed=_dx_printed,
        corrected_latex=pointwise(_DX),
        readings=_dx_readings,
        note=_DIAGONALS,
    ),
    _gradient(
        "z",
        "backward-pass, gradient of z_t",
        latex=(
            rf"{_UPDATE.gradient}=\frac{{\partial{{L}}}}{{\partial{{\vec{{h}}_{{t+1}}}}}}"
            r"\odot{(\vec{c}_t-\vec{h}_t)^T}"
        ),
        printed=each(_swept, lambda s: hadamard(s.dh1, (s.c - s.h).T)),
        perturbed=perturbed(forward_with, "z"),
    ),
    _gradient(
        "c",
        "backward-pass, gradient of c_t",
        latex=_DC,
        printed=each(_swept, lambda s: hadamard(s.dh1, s.z)),
        corrected_latex=f"{_DC}^T",
        readings={ORIENTATION: each(_swept, lambda s: hadamard(s.dh1, s.z.T))},
        perturbed=perturbed(forward_with, "c"),
        note="The row of a gradient ⊙ a column is not defined; for c_t − h_t in ∂L/∂z_t the transpose is printed.",
    ),
    _gradient(
        "r",
        "backward-pass, gradient of r_t",
        latex=rf"{_DR}Wc\odot\vec{{h}}_t^T",
        printed=_dr_printed,
        corrected_latex=rf"{pointwise(_DR)}W_c\odot\vec{{h}}_t^T",
        readings=_dr_readings,
        perturbed=perturbed(forward_with, "r"),
        note=f"{_DIAGONALS} {_PRODUCT_FIRST}",
    ),
    parameter_row(_gradient, _swept, _UPDATE, "W", r"\vec{h}_t", lambda s: s.h),
    parameter_row(_gradient, _swept, _RESET, "W", r"\vec{h}_t", lambda s: s.h),
    parameter_row(_gradient, _swept, _CELL, "W", r"(\vec{r}_t\odot\vec{h}_t)", lambda s: hadamard(s.r, s.h)),
    *[parameter_row(_gradient, _swept, gate, "U", r"\vec{x}_t", lambda s: s.x) for gate in (_UPDATE, _RESET, _CELL)],
    _ours(
        "h0",
        "backward-pass, gradient of h_t at t = 0",
        latex=pointwise(_DH).replace("_t", "_0").replace("_{t+1}", "_1"),
        printed=lambda *arguments: unrow(_dh(_swept(*arguments)[0], keep_diagonal)),
    ),
    *[bias_row(_ours, _swept, gate, f"b_{gate.k}") for gate in (_CELL, _UPDATE, _RESET)],
    bias_row(_ours, _swept, _CELL, "b_h"),
    _row(
        id="recurrent.gru.c.reset_after",
        quantity="c",
        place=f"Not printed; {_PLACE}, forward-pass, {_AFTER}",
        latex=r"\vec{c}_t=tanh(\vec{r}_t\odot(W_c\vec{h}_t+\vec{b}_h)+U_c\vec{x}_t+\vec{b}_c)",
        printed=each(_recorded, lambda s: np.tanh(hadamard(s.r, s.W_c @ s.h + s.b_h) + s.U_c @ s.x + s.b_c), uncol),
        corrected=recurrent.gru_c,
        params={"reset_after": True},
        sample=_WITH_BIASES,
        source="ours",
    ),
    _after(
        "h",
        f"backward-pass, {_AFTER}",
        latex=_DH_AFTER + _DH_LOSS,
        printed=each(_swept, _dh_after, last=lambda s: s.dh1),
    ),
    _after(
        "r",
        f"backward-pass, {_AFTER}",
        latex=rf"{pointwise(_DR)}\odot(W_c\vec{{h}}_t+\vec{{b}}_h)^T",
        printed=each(_swept, lambda s: hadamard(_CELL.before(s, keep_diagonal), (s.W_c @ s.h + s.b_h).T)),
    ),
    _after(
        "W_c",
        f"parameter-pass, {_AFTER}",
        latex=rf"\frac{{\partial{{L}}}}{{\partial{{W_c}}}}=\sum\limits_t\vec{{h}}_t({_RESET_CELL})",
        printed=total(_swept, lambda s: s.h @ _reset_cell(s)),
    ),
    _after(
        "b_h",
        f"parameter-pass, {_AFTER}",
        latex=rf"\frac{{\partial{{L}}}}{{\partial{{\vec{{b}}_h}}}}=\sum\limits_t{_RESET_CELL}",
        printed=total(_swept, _reset_cell, layout=unrow),
    ),
)
