"""Rows of SimpleRNN. x_0..x_{T−1} make h_1..h_T of h_0; the outputs, which the losses look at, are o_1..o_T."""

from functools import partial
from typing import Any

import numpy as np

from .. import recurrent
from ..formula import Formula
from ..notation import Array, uncol, unrow
from ..parts import shared
from .build import Transcription, rows
from .perturbed import simple_rnn as forward_with
from .samples import size
from .steps import MENDED, Step, each, each_read, laid_out, sequence, slope, total


def _without_bias(rng: np.random.Generator, steps: int | None = None) -> tuple[Array, ...]:
    """Draw x, h_0, W, U and V."""
    x, h0, W, U = sequence(1, 1, steps=steps)(rng)
    return x, h0, W, U, rng.standard_normal((size(rng), len(h0)))


def _with_bias(rng: np.random.Generator) -> tuple[Array, ...]:
    """x, h_0, W, U, V and b."""
    inputs = _without_bias(rng)
    return *inputs, rng.standard_normal(inputs[1].shape)


def _recorded(*inputs: Array) -> list[Step]:
    """The steps of a forward pass."""
    x, _, W, U, V, *_ = inputs
    return laid_out({"x": x, "h": recurrent.simple_rnn_h(*inputs)}, {}, {"W": W, "U": U, "V": V})


@shared
def _swept(g: Array, y: Array, *inputs: Array) -> list[Step]:
    """The steps of a forward pass with dh = ∂L/∂h_t and do = ∂L/∂o_t, which is 0 at t = 0."""
    x, _, W, U, V, *_ = inputs
    h, dh = recurrent.simple_rnn_h(*inputs), shared(recurrent.simple_rnn_gradients)(g, y, *inputs).h
    do = np.concatenate([np.zeros_like(g[:1]), g])
    return laid_out({"x": x, "h": h}, {"dh": dh, "do": do}, {"W": W, "U": U, "V": V})


def _dh(s: Step, letters: str) -> Array:
    return s.do @ s.V + s.dh1 @ slope(s.h1, letters) @ s.W


def _at_t(vector: str, letters: str, since: int = 0) -> Transcription:
    """Σ_t v_t ∂L/∂h_t diag(I − h_t h_tᵀ), over the steps that have all of it."""
    return total(_swept, lambda s: getattr(s, vector) @ s.dh @ slope(s.h, letters), since=since)


def _before(vector: str, letters: str) -> Transcription:
    """Σ_t v_{t−1} ∂L/∂h_t diag(I − h_t h_tᵀ), t = 1..T."""
    return total(_swept, lambda s: getattr(s, vector) @ s.dh1 @ slope(s.h1, letters))


def _before_tanh(s: Step) -> Array:
    """∂L/∂ of W h_t + U x_t + b."""
    return s.dh1 @ np.diagflat(1 - s.h1**2)


_ONE_STEP = ({"sample": partial(_without_bias, steps=1)},)
_row = rows("recurrent.simple_rnn", "Recurrent modules, SimpleRNN", _without_bias, forward_with, spread=_ONE_STEP)
_ours = rows("recurrent.simple_rnn", "Not printed; Recurrent modules, SimpleRNN", _with_bias)


def _weight(name: str, of: str, **more: Any) -> Formula:
    """The row of the gradient by what is applied to `of`, which is printed one step late."""
    return _row[f"d{name}"](
        rf"∂L/∂{{{name}}}=\sum\limits_t\vec{{{of}}}_t" + r"∂L/∂{\vec{h}_t}diag(I-\vec{h}_t\vec{h}_t^T)",
        _at_t(of, ""),
        corrected_latex=rf"∂L/∂{{{name}}}=\sum\limits_{{t=1}}^T\vec{{{of}}}_{{t-1}}"
        r"∂L/∂{\vec{h}_t}diag(\vec{1}-\vec{h}_t\odot\vec{h}_t)",
        readings={"D": _at_t(of, "D")},
        repairs={f"D: {of}_t → {of}_{{t−1}}": _before(of, "D")},
        mended=_before(of, MENDED),
        **more,
    )


FORMULAS: tuple[Formula, ...] = (
    _row.h(
        r"\vec{h}_{t+1}=tanh(W\vec{h}_t+U\vec{x}_t)",
        lambda *inputs: np.stack(
            [inputs[1], *each(_recorded, lambda s: np.tanh(s.W @ s.h + s.U @ s.x), uncol)(*inputs)]
        ),
        at="forward-pass, first equation",
    ),
    _row.y(r"\vec{o}_t=V\vec{h}_t", each(_recorded, lambda s: s.V @ s.h1, uncol), at="forward-pass, second equation"),
    _row.dh(
        r"∂L/∂{\vec{h}_t}=∂L/∂{\vec{o}_t}V+∂L/∂{\vec{h}_{t+1}}diag(I-\vec{h}_{t+1}\vec{h}_{t+1}^T)W",
        at="backward-pass, first equation",
        corrected_latex=r"∂L/∂{\vec{h}_t}=∂L/∂{\vec{o}_t}V+∂L/∂{\vec{h}_{t+1}}diag(\vec{1}-\vec{h}_{t+1}\odot\vec{h}_{t+1})W",
        note="As for Tanh: diag of the matrix I − hhᵀ is a vector; diag of the vector 1 − h ⊙ h is the Jacobian.",
        **each_read(_swept, "D", _dh, last=lambda s: s.dh1),
    ),
    _row["dh.last"](
        r"∂L/∂{\vec{h}_\tau}=∂L/∂{\vec{o}_\tau}V",
        each(_swept, lambda s: s.dh, last=lambda s: s.do1 @ s.V),
        at="backward-pass, second equation",
        note="Of the last time step τ; it is compared together with the true values at all others.",
    ),
    _weight(
        "W",
        "h",
        at="parameter-pass, first equation",
        note=(
            "W takes h_{t−1} to h_t, so that h_{t−1} meets the gradient of h_t. No way to count t mends that: all "
            "three h_t are the same letter."
        ),
    ),
    _weight(
        "U",
        "x",
        at="parameter-pass, second equation",
        note=(
            "The misprint of ∂L/∂W. It would hold if x_t made h_t, but by the forward pass x_{t−1} does: that has "
            "t = 0..T−1, with h_0 the initial state, and the sum t = 1..T."
        ),
    ),
    _row.dV(
        r"∂L/∂{V}=\sum\limits_t\vec{x}_t∂L/∂{\vec{o}_t}",
        total(_swept, lambda s: s.x @ s.do),
        at="parameter-pass, third equation",
        corrected_latex=r"∂L/∂{V}=\sum\limits_{t=1}^T\vec{h}_t∂L/∂{\vec{o}_t}",
        repairs={
            "x_t → x_{t−1}": total(_swept, lambda s: s.x @ s.do1),
            "x_t → h_t": total(_swept, lambda s: s.h1 @ s.do1),
        },
        note="V is applied to h_t, not to x_t: the product has as many rows as x_t has elements, and does not fit V.",
    ),
    _ours.dx(
        r"∂L/∂{\vec{x}_t}=∂L/∂{\vec{h}_{t+1}}diag(\vec{1}-\vec{h}_{t+1}\odot\vec{h}_{t+1})U",
        each(_swept, lambda s: _before_tanh(s) @ s.U),
        at="backward-pass",
    ),
    _ours.dh0(
        r"∂L/∂{\vec{h}_0}=∂L/∂{\vec{h}_1}diag(\vec{1}-\vec{h}_1\odot\vec{h}_1)W",
        lambda *arguments: each(_swept, lambda s: _before_tanh(s) @ s.W)(*arguments)[0],
        at="backward-pass",
    ),
    _ours.db(
        r"∂L/∂{\vec{b}}=\sum\limits_t∂L/∂{\vec{h}_{t+1}}diag(\vec{1}-\vec{h}_{t+1}\odot\vec{h}_{t+1})",
        total(_swept, _before_tanh, layout=unrow),
        at="parameter-pass, for tanh(W h + U x + b)",
    ),
)
