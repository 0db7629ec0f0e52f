"""Rows of LSTM. x_0..x_{T−1} make h_1..h_T and C_1..C_T of h_0 and C_0; the losses look at h_1..h_T."""

from collections.abc import Callable

import numpy as np

from .. import recurrent
from ..formula import Formula
from ..notation import Array, hadamard, uncol, unrow
from ..parts import shared
from .build import Transcription, rows
from .gates import Gate, bias_row, diag_row, forward_row, parameter_row
from .perturbed import lstm as forward_with
from .steps import MENDED, Step, each, each_read, either, laid_out, pointwise, sequence, slope

_WEIGHTS = ("W_f", "U_f", "W_i", "U_i", "W_o", "U_o", "W_g", "U_g")
_FORGET, _INPUT, _OUTPUT = Gate("f", "f", "forget gate"), Gate("i", "i", "input gate"), Gate("o", "o", "output gate")
_CELL = Gate("G", "g", "cell gate", np.tanh)
_ADDED_UP = (_CELL, _INPUT, _FORGET, _OUTPUT)  # in this order in the backward pass


def _recorded(*inputs: Array) -> list[Step]:
    """The steps of a forward pass."""
    return _laid_out(recurrent.lstm(*inputs), *inputs)


def _laid_out(y: Array, *inputs: Array, **gradients: Array) -> list[Step]:
    """The steps of the forward pass to y, with further values as rows."""
    x, h0, C0, *weights = inputs
    gates = recurrent.lstm_steps(y, *inputs)
    h, C = np.concatenate([h0[None], y[0]]), np.concatenate([C0[None], y[1]])
    columns = {"x": x, "h": h, "C": C, "f": gates.f, "i": gates.i, "o": gates.o, "G": gates.G}
    return laid_out(columns, gradients, dict(zip(_WEIGHTS, weights, strict=False)))


@shared
def _swept(g: Array, y: Array, *inputs: Array) -> list[Step]:
    """The steps of a forward pass with all gradients, and those of L_t alone, which are 0 at t = 0."""
    d = shared(recurrent.lstm_gradients)(g, y, *inputs)
    dL = np.concatenate([np.zeros_like(g[:, :1]), g], axis=1)
    return _laid_out(y, *inputs, dh=d.h, dC=d.C, df=d.f, di=d.i, do=d.o, dG=d.G, dL_h=dL[0], dL_C=dL[1])


def _dh(s: Step, letters: str) -> Array:
    loss = s.dL_h if "L" in letters or letters == MENDED else s.dh
    return sum(gate.through("W", s, letters) for gate in _ADDED_UP) + loss


def _dx(s: Step, letters: str) -> Array:
    return sum(gate.through("U", s, letters) for gate in _ADDED_UP)


def _dC(s: Step, letters: str, dh: str = "dh") -> Array:
    d_tanh = slope(np.tanh(s.C1), letters)
    return hadamard(s.dC1, s.f.T) + hadamard(getattr(s, dh), s.o.T @ d_tanh)


def _dC_before(letters: str) -> Transcription:
    """∂L/∂C_t with o_{t−1} and C_t beside ∂L/∂h_t, for t ≥ 1; no output has made C_0, and C_T has no next one."""

    def transcription(g: Array, y: Array, *inputs: Array) -> Array:
        steps = _swept(g, y, *inputs)
        zero = np.zeros_like(steps[0].dh)
        from_h = [zero, *(hadamard(s.dh1, s.o.T @ slope(np.tanh(s.C1), letters)) for s in steps)]
        from_C = [*(hadamard(s.dC1, s.f.T) for s in steps), zero]
        return np.stack([unrow(a + b) for a, b in zip(from_h, from_C, strict=True)])

    return transcription


def _of_h_alone(rng: np.random.Generator, y: Array) -> Array:
    """∂L/∂y of a loss that looks at h_1..h_T, and at no cell state."""
    return rng.standard_normal(y.shape) * np.array([1.0, 0.0])[:, None, None]


_DH, _DX = (
    rf"∂L/∂{{\vec{{{v}}}_t}}=" + "+".join(gate.through_latex(matrix) for gate in _ADDED_UP)
    for v, matrix in ("hW", "xU")
)
_DH_LOSS = r"+\frac{\partial{L_t}}{\partial{\vec{h}_t}}"

_WITHOUT_BIASES, _WITH_BIASES = sequence(2, 4), sequence(2, 4, biases=4)
_row = rows(
    "recurrent.lstm",
    "Recurrent modules, LSTM",
    _WITHOUT_BIASES,
    forward_with,
    spread=({"sample": sequence(2, 4, steps=1)},),
    cotangent=_of_h_alone,
)
_ours = rows("recurrent.lstm", "Not printed; Recurrent modules, LSTM", _WITH_BIASES)


def _gate_gradient(gate: Gate, state: str, latex: str, value: Callable[[Step], Array]) -> Formula:
    """The row of ∂L/∂ a gate: the gradient of a state at t+1, times a factor that lacks its transpose."""
    lhs = rf"{gate.gradient}=∂L/∂{{\vec{{{state}}}_{{t+1}}}}\odot"
    return _row[f"d{gate.letter}"](
        lhs + latex,
        at=f"backward-pass, gradient of {gate.letter}_t",
        corrected_latex=f"{lhs}{latex}^T",
        **each_read(_swept, "O", lambda s, letters: either(getattr(s, f"d{state}1"), value(s), letters)),
        note="The row of a gradient ⊙ a column is not defined; for f_t in ∂L/∂C_t the transpose is printed.",
    )


FORMULAS: tuple[Formula, ...] = (
    _row.C(
        r"\vec{C}_{t+1}=\vec{f}_t\odot\vec{C}_t+\vec{i}_t\odot\vec{G}_t",
        lambda *inputs: np.stack(
            [inputs[2], *each(_recorded, lambda s: hadamard(s.f, s.C) + hadamard(s.i, s.G), uncol)(*inputs)]
        ),
        at="forward-pass, cell state",
    ),
    _row.y(
        r"\vec{h}_{t+1}=\vec{o}_t\odot{tanh(\vec{C}_{t+1})}",
        lambda *inputs: np.stack(
            [
                each(_recorded, lambda s: hadamard(s.o, np.tanh(s.C1)), uncol)(*inputs),
                each(_recorded, lambda s: s.C1, uncol)(*inputs),
            ]
        ),
        at="forward-pass, hidden state",
        note="The result carries the cell states too, which are compared with themselves here.",
    ),
    *[forward_row(_row, _recorded, gate) for gate in (_FORGET, _INPUT, _OUTPUT, _CELL)],
    diag_row(
        _row, _swept, "h", _DH + _DH_LOSS, _dh, lambda s: s.dh1, corrected_latex=pointwise(_DH) + _DH_LOSS, letters="DL"
    ),
    diag_row(_row, _swept, "x", _DX, _dx),
    _row.dC(
        r"∂L/∂{\vec{C}_t}=∂L/∂{\vec{C}_{t+1}}\odot\vec{f}_t^T+∂L/∂{\vec{h}_t}\odot(\vec{o}_t^T"
        r"diag(I-tanh(\vec{C}_{t+1})tanh(\vec{C}_{t+1}^T)))",
        each(_swept, lambda s: _dC(s, ""), last=lambda s: s.dC1),
        at="backward-pass, gradient of C_t",
        corrected_latex=(
            r"∂L/∂{\vec{C}_t}=∂L/∂{\vec{C}_{t+1}}\odot\vec{f}_t^T+∂L/∂{\vec{h}_t}\odot(\vec{o}_{t-1}^T"
            r"diag(\vec{1}-tanh(\vec{C}_t)\odot tanh(\vec{C}_t)))\qquad1\le t<T"
        ),
        readings={"D": each(_swept, lambda s: _dC(s, "D"), last=lambda s: s.dC1)},
        repairs={
            "D: h_t → h_{t+1}": each(_swept, lambda s: _dC(s, "D", "dh1"), last=lambda s: s.dC1),
            "D: o_t → o_{t−1}; C_{t+1} → C_t, each": _dC_before("D"),
        },
        mended=_dC_before(MENDED),
        note=(
            "C_t is in h_t = o_{t−1} ⊙ tanh(C_t), so ∂L/∂h_t meets o_{t−1} and C_t; o_t and C_{t+1} belong to h_{t+1}, "
            "whose gradient ∂L/∂C_{t+1} has in it already. At t = T the first term is missing, at t = 0 the second."
        ),
    ),
    _gate_gradient(_CELL, "C", r"\vec{i}_t", lambda s: s.i),
    _gate_gradient(_FORGET, "C", r"\vec{C}_t", lambda s: s.C),
    _gate_gradient(_INPUT, "C", r"\vec{G}_t", lambda s: s.G),
    _gate_gradient(_OUTPUT, "h", r"{tanh(\vec{C}_{t+1})}", lambda s: np.tanh(s.C1)),
    *[
        parameter_row(_row, _swept, gate, *parameter)
        for gate in (_CELL, _FORGET, _INPUT, _OUTPUT)
        for parameter in (("W", r"\vec{h}_t", lambda s: s.h), ("U", r"\vec{x}_t", lambda s: s.x))
    ],
    _ours.dh0(
        pointwise(_DH).replace("_t", "_0"),
        lambda *arguments: unrow(_dh(_swept(*arguments)[0], MENDED)),
        at="backward-pass, gradient of h_t at t = 0",
    ),
    _ours.dC0(
        r"∂L/∂{\vec{C}_0}=∂L/∂{\vec{C}_1}\odot\vec{f}_0^T",
        lambda *arguments: each(_swept, lambda s: hadamard(s.dC1, s.f.T))(*arguments)[0],
        at="backward-pass, gradient of C_t at t = 0",
    ),
    *[bias_row(_ours, _swept, gate, f"b_{gate.k}") for gate in (_FORGET, _INPUT, _OUTPUT, _CELL)],
)
