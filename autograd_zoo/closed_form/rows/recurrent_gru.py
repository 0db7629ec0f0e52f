"""Rows of GRU. x_0..x_{T−1} make h_1..h_T of h_0, and the losses look at h_1..h_T."""

import numpy as np

from .. import recurrent
from ..formula import Formula
from ..notation import Array, col, hadamard, uncol, unrow
from ..parts import shared
from .build import read, rows
from .gates import DIAGONALS, Gate, bias_row, diag_row, forward_row, parameter_row
from .perturbed import gru as forward_with
from .steps import MENDED, Step, each, each_read, either, laid_out, pointwise, sequence, total

_WEIGHTS = ("W_c", "U_c", "W_z", "U_z", "W_r", "U_r")
_BIASES = ("b_c", "b_z", "b_r", "b_h")
_CELL = Gate("c", "c", "cell state", np.tanh)
_UPDATE, _RESET = Gate("z", "z", "update gate"), Gate("r", "r", "reset gate")


def _recorded(*inputs: Array, reset_after: bool = False) -> list[Step]:
    """The steps of a forward pass."""
    return _laid_out(recurrent.gru(*inputs, reset_after=reset_after), *inputs, reset_after=reset_after)


def _laid_out(y: Array, *inputs: Array, reset_after: bool = False, **gradients: Array) -> list[Step]:
    """The steps of the forward pass to y, with further values as rows."""
    x, h0, *weights = inputs
    gates = recurrent.gru_steps(y, *inputs, reset_after=reset_after)
    columns = {"x": x, "h": np.concatenate([h0[None], y]), "c": gates.c, "z": gates.z, "r": gates.r}
    biases = dict(zip(_BIASES, map(col, weights[6:]), strict=False))
    return laid_out(columns, gradients, dict(zip(_WEIGHTS, weights, strict=False)) | biases)


@shared
def _swept(g: Array, y: Array, *inputs: Array, **params: bool) -> list[Step]:
    """The steps of a forward pass with all gradients, and those of L_t alone, which are 0 at t = 0."""
    d = shared(recurrent.gru_gradients)(g, y, *inputs, **params)
    dL = np.concatenate([np.zeros_like(g[:1]), g])
    return _laid_out(y, *inputs, **params, dh=d.h, dc=d.c, dz=d.z, dr=d.r, dL=dL)


def _through_cell(s: Step, v: Array, letters: str) -> Array:
    """∂L/∂c_t diag(…) W_c ⊙ vᵀ: the product first, or by P first W_c ⊙ vᵀ, of each row of W_c."""
    if "P" in letters:
        return _CELL.before(s, letters) @ (s.W_c * v.T)
    return hadamard(_CELL.through("W", s, letters), v.T)


def _dh(s: Step, letters: str) -> Array:
    return (
        _UPDATE.through("W", s, letters)
        + _RESET.through("W", s, letters)
        + _through_cell(s, s.r, letters)
        + hadamard(s.dh1, (1 - s.z).T)
        + (s.dL if "L" in letters or letters == MENDED else s.dh)
    )


def _dx(s: Step, letters: str) -> Array:
    return sum(gate.through("U", s, letters) for gate in (_UPDATE, _RESET, _CELL))


def _reset_cell(s: Step) -> Array:
    """What reaches W_c h_t + b_h where r_t comes after it."""
    return hadamard(_CELL.before(s, MENDED), s.r.T)


def _dh_after(s: Step) -> Array:
    through_gates = _UPDATE.through("W", s, MENDED) + _RESET.through("W", s, MENDED)
    return through_gates + _reset_cell(s) @ s.W_c + hadamard(s.dh1, (1 - s.z).T) + s.dL


def _dr(s: Step, letters: str) -> Array:
    """Without C, Wc is a W that has no value, and c_t, which has no place here: there is nothing to compute."""
    value = _through_cell(s, s.h, letters)
    return value if "C" in letters or letters == MENDED else np.full_like(value, np.nan)


def _c(s: Step, letters: str) -> Array:
    product = s.W_c @ hadamard(s.r, s.h) if "P" in letters else hadamard(s.W_c @ s.r, s.h)
    return np.tanh(product + s.U_c @ s.x)


_DH = (
    rf"∂L/∂{{\vec{{h}}_t}}={_UPDATE.through_latex('W')}+{_RESET.through_latex('W')}"
    rf"+{_CELL.through_latex('W')}\odot\vec{{r}}_t^T"
    r"+∂L/∂{\vec{h}_{t+1}}\odot(\vec{1}-\vec{z}_t)^T"
)
_DH_LOSS = r"+\frac{\partial{L_t}}{\partial{\vec{h}_t}}"
_RESET_CELL = rf"{_CELL.gradient}{pointwise(_CELL.diag)}\odot\vec{{r}}_t^T"
_DH_AFTER = pointwise(_DH).replace(pointwise(_CELL.through_latex("W")) + r"\odot\vec{r}_t^T", f"({_RESET_CELL})W_c")
_DX = r"∂L/∂{\vec{x}_t}=" + "+".join(gate.through_latex("U") for gate in (_UPDATE, _RESET, _CELL))
_DR = rf"{_RESET.gradient}={_CELL.gradient}{_CELL.diag}"
_DC = rf"{_CELL.gradient}=∂L/∂{{\vec{{h}}_{{t+1}}}}\odot\vec{{z}}_t"
_EITHER = "Whether ⊙ or the product with W_c comes first makes no difference here"
_BRACE = "an index t outside of the brace of ∂h is set as one inside"

_WITHOUT_BIASES, _WITH_BIASES = sequence(1, 3), sequence(1, 3, biases=4)
_ONE_STEP = ({"sample": sequence(1, 3, steps=1)},)
_row = rows("recurrent.gru", "Recurrent modules, GRU", _WITHOUT_BIASES, forward_with, spread=_ONE_STEP)
_ours = rows("recurrent.gru", "Not printed; Recurrent modules, GRU", _WITH_BIASES)
_after = rows("recurrent.gru", "Not printed; Recurrent modules, GRU", _WITH_BIASES, reset_after=True)
_AFTER = "with r_t after W_c"

FORMULAS: tuple[Formula, ...] = (
    _row.y(
        r"\vec{h}_{t+1}=(\vec{1}-\vec{z}_t)\odot\vec{h}_t+\vec{z}_t\odot\vec{c}_t",
        each(_recorded, lambda s: hadamard(1 - s.z, s.h) + hadamard(s.z, s.c), uncol),
        at="forward-pass, hidden state",
    ),
    _row.c(
        r"\vec{c}_t=tanh(W_c\vec{r}_t\odot\vec{h}_t+U_c\vec{x}_t)",
        at="forward-pass, cell state",
        corrected_latex=r"\vec{c}_t=tanh(W_c(\vec{r}_t\odot\vec{h}_t)+U_c\vec{x}_t)",
        **read("P", lambda letters: each(_recorded, lambda s: _c(s, letters), uncol), "b"),
        mended=each(_recorded, lambda s: np.tanh(s.W_c @ (s.r * s.h) + s.U_c @ s.x), uncol),
        note="Without brackets a matrix product comes first; the printed ∂L/∂W_c has (r_t ⊙ h_t), as is meant here.",
    ),
    *[forward_row(_row, _recorded, gate) for gate in (_UPDATE, _RESET)],
    diag_row(
        _row,
        _swept,
        "h",
        _DH + r"+\frac{\partial{L_t}}{\partial{\vec{h}}_t}",
        _dh,
        lambda s: s.dh1,
        corrected_latex=pointwise(_DH) + _DH_LOSS,
        note=f"{DIAGONALS} {_EITHER}; {_BRACE}.",
        letters="DL",
        others=("DLP",),
    ),
    diag_row(_row, _swept, "x", _DX, _dx),
    _row.dz(
        r"∂L/∂{\vec{z}_t}=∂L/∂{\vec{h}_{t+1}}\odot{(\vec{c}_t-\vec{h}_t)^T}",
        each(_swept, lambda s: hadamard(s.dh1, (s.c - s.h).T)),
        at="backward-pass, gradient of z_t",
    ),
    _row.dc(
        _DC,
        at="backward-pass, gradient of c_t",
        corrected_latex=f"{_DC}^T",
        **each_read(_swept, "O", lambda s, letters: either(s.dh1, s.z, letters)),
        note="The row of a gradient ⊙ a column is not defined; for c_t − h_t in ∂L/∂z_t the transpose is printed.",
    ),
    diag_row(
        _row,
        _swept,
        "r",
        rf"{_DR}Wc\odot\vec{{h}}_t^T",
        _dr,
        corrected_latex=rf"{pointwise(_DR)}W_c\odot\vec{{h}}_t^T",
        note=f"{DIAGONALS} {_EITHER}.",
        letters="CD",
        others=("CDP",),
    ),
    parameter_row(_row, _swept, _UPDATE, "W", r"\vec{h}_t", lambda s: s.h),
    parameter_row(_row, _swept, _RESET, "W", r"\vec{h}_t", lambda s: s.h),
    parameter_row(_row, _swept, _CELL, "W", r"(\vec{r}_t\odot\vec{h}_t)", lambda s: hadamard(s.r, s.h)),
    *[parameter_row(_row, _swept, gate, "U", r"\vec{x}_t", lambda s: s.x) for gate in (_UPDATE, _RESET, _CELL)],
    _ours.dh0(
        pointwise(_DH).replace("_t", "_0").replace("_{t+1}", "_1"),
        lambda *arguments: unrow(_dh(_swept(*arguments)[0], MENDED)),
        at="backward-pass, gradient of h_t at t = 0",
    ),
    *[bias_row(_ours, _swept, gate, f"b_{gate.k}") for gate in (_CELL, _UPDATE, _RESET)],
    bias_row(_ours, _swept, _CELL, "b_h"),
    _after["c.reset_after"](
        r"\vec{c}_t=tanh(\vec{r}_t\odot(W_c\vec{h}_t+\vec{b}_h)+U_c\vec{x}_t+\vec{b}_c)",
        each(_recorded, lambda s: np.tanh(hadamard(s.r, s.W_c @ s.h + s.b_h) + s.U_c @ s.x + s.b_c), uncol),
        at=f"forward-pass, {_AFTER}",
    ),
    _after["dh.reset_after"](
        _DH_AFTER + _DH_LOSS, each(_swept, _dh_after, last=lambda s: s.dh1), at=f"backward-pass, {_AFTER}"
    ),
    _after["dr.reset_after"](
        rf"{pointwise(_DR)}\odot(W_c\vec{{h}}_t+\vec{{b}}_h)^T",
        each(_swept, lambda s: hadamard(_CELL.before(s, MENDED), (s.W_c @ s.h + s.b_h).T)),
        at=f"backward-pass, {_AFTER}",
    ),
    _after["dW_c.reset_after"](
        rf"∂L/∂{{W_c}}=\sum\limits_t\vec{{h}}_t({_RESET_CELL})",
        total(_swept, lambda s: s.h @ _reset_cell(s)),
        at=f"parameter-pass, {_AFTER}",
    ),
    _after["db_h.reset_after"](
        rf"∂L/∂{{\vec{{b}}_h}}=\sum\limits_t{_RESET_CELL}",
        total(_swept, _reset_cell, layout=unrow),
        at=f"parameter-pass, {_AFTER}",
    ),
)
