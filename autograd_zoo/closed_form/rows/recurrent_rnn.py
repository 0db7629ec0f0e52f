"""Rows of SimpleRNN. x_0..x_{T−1} make h_1..h_T of h_0; the outputs, which the losses look at, are o_1..o_T."""

from functools import partial
from typing import Any

import numpy as np

from .. import recurrent
from ..formula import Formula
from ..notation import Array, diag, keep_diagonal, uncol, unrow
from ..parts import shared
from .assumptions import DIAGONAL
from .build import rows
from .perturbed import simple_rnn as forward_with
from .samples import size
from .steps import Diag, Step, each, each_with_diag, laid_out, sequence, total


def _without_bias(rng: np.random.Generator) -> tuple[Array, ...]:
    """x, h_0, W, U and V."""
    x, h0, W, U = sequence(1, 1)(rng)
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


def _d_tanh(h: Array) -> Array:
    """I − hhᵀ, which the document has under diag."""
    return np.eye(len(h)) - h @ h.T


def _dh(s: Step, diag: Diag) -> Array:
    return s.do @ s.V + s.dh1 @ diag(_d_tanh(s.h1)) @ s.W


def _dW(s: Step, diag: Diag) -> Array:
    return s.h @ s.dh @ diag(_d_tanh(s.h))


def _dW_next(s: Step, diag: Diag) -> Array:
    """The same one step later, for a sum over t = 1..T."""
    return s.h1 @ s.dh1 @ diag(_d_tanh(s.h1))


def _dU(s: Step, diag: Diag) -> Array:
    return s.x @ s.dh @ diag(_d_tanh(s.h))


def _before_tanh(s: Step) -> Array:
    """∂L/∂ of W h_t + U x_t + b."""
    return s.dh1 @ np.diagflat(1 - s.h1**2)


_FROM_0, _FROM_1 = (f"{DIAGONAL}, and t runs over {span}" for span in ("0..T−1", "1..T"))
_row = rows("recurrent", "simple_rnn", "Recurrent modules, SimpleRNN", _without_bias, forward_with)
_ours = rows("recurrent", "simple_rnn", "Not printed; Recurrent modules, SimpleRNN", _with_bias)


def _weight(name: str, of: str, **more: Any) -> Formula:
    """The row of the gradient by what is applied to `of`, where the state that it makes is printed one step early."""
    sum_of = rf"∂L/∂{{{name}}}=\sum\limits_t\vec{{{of}}}_t"
    return _row(
        f"d{name}",
        sum_of + r"∂L/∂{\vec{h}_t}diag(I-\vec{h}_t\vec{h}_t^T)",
        total(_swept, lambda s: getattr(s, of) @ s.dh @ diag(_d_tanh(s.h))),
        corrected_latex=sum_of + r"∂L/∂{\vec{h}_{t+1}}diag(\vec{1}-\vec{h}_{t+1}\odot\vec{h}_{t+1})",
        mended=total(_swept, lambda s: getattr(s, of) @ _before_tanh(s)),
        **more,
    )


FORMULAS: tuple[Formula, ...] = (
    _row(
        "h",
        r"\vec{h}_{t+1}=tanh(W\vec{h}_t+U\vec{x}_t)",
        lambda *inputs: np.stack(
            [inputs[1], *each(_recorded, lambda s: np.tanh(s.W @ s.h + s.U @ s.x), uncol)(*inputs)]
        ),
        at="forward-pass, first equation",
    ),
    _row(
        "y", r"\vec{o}_t=V\vec{h}_t", each(_recorded, lambda s: s.V @ s.h1, uncol), at="forward-pass, second equation"
    ),
    _row(
        "dh",
        r"∂L/∂{\vec{h}_t}=∂L/∂{\vec{o}_t}V+∂L/∂{\vec{h}_{t+1}}diag(I-\vec{h}_{t+1}\vec{h}_{t+1}^T)W",
        at="backward-pass, first equation",
        corrected_latex=r"∂L/∂{\vec{h}_t}=∂L/∂{\vec{o}_t}V+∂L/∂{\vec{h}_{t+1}}diag(\vec{1}-\vec{h}_{t+1}\odot\vec{h}_{t+1})W",
        note="As for Tanh: diag of the matrix I − hhᵀ is a vector; diag of the vector 1 − h ⊙ h is the Jacobian.",
        **each_with_diag(_swept, _dh, last=lambda s: s.dh1),
    ),
    _row(
        "dh.last",
        r"∂L/∂{\vec{h}_\tau}=∂L/∂{\vec{o}_\tau}V",
        each(_swept, lambda s: s.dh, last=lambda s: s.do1 @ s.V),
        at="backward-pass, second equation",
        note="Of the last time step τ; it is compared together with the true values at all others.",
    ),
    _weight(
        "W",
        "h",
        at="parameter-pass, first equation",
        readings={
            _FROM_0: total(_swept, partial(_dW, diag=keep_diagonal)),
            _FROM_1: total(_swept, partial(_dW_next, diag=keep_diagonal)),
        },
        note=(
            "W takes h_t to h_{t+1}, so h_t meets the gradient of the next state: two of the three h_t lack a +1. No "
            "way to count t mends that, for all three are the same letter."
        ),
    ),
    _weight(
        "U",
        "x",
        at="parameter-pass, second equation",
        readings={
            _FROM_0: total(_swept, partial(_dU, diag=keep_diagonal)),
            f"{DIAGONAL}, and t runs over 1..T−1": total(_swept, partial(_dU, diag=keep_diagonal), since=1),
        },
        note="The misprint of ∂L/∂W. It would hold if x_t made h_t, but by the forward pass x_t makes h_{t+1}.",
    ),
    _row(
        "dV",
        r"∂L/∂{V}=\sum\limits_t\vec{x}_t∂L/∂{\vec{o}_t}",
        total(_swept, lambda s: s.x @ s.do),
        at="parameter-pass, third equation",
        corrected_latex=r"∂L/∂{V}=\sum\limits_t\vec{h}_t∂L/∂{\vec{o}_t}",
        readings={"x_t is the input that made h_t": total(_swept, lambda s: s.x @ s.do1)},
        mended=total(_swept, lambda s: s.h1 @ s.do1),
        note="V is applied to h_t, not to x_t: the product has as many rows as x_t has elements, and does not fit V.",
    ),
    _ours(
        "dx",
        r"∂L/∂{\vec{x}_t}=∂L/∂{\vec{h}_{t+1}}diag(\vec{1}-\vec{h}_{t+1}\odot\vec{h}_{t+1})U",
        each(_swept, lambda s: _before_tanh(s) @ s.U),
        at="backward-pass",
    ),
    _ours(
        "dh0",
        r"∂L/∂{\vec{h}_0}=∂L/∂{\vec{h}_1}diag(\vec{1}-\vec{h}_1\odot\vec{h}_1)W",
        lambda *arguments: each(_swept, lambda s: _before_tanh(s) @ s.W)(*arguments)[0],
        at="backward-pass",
    ),
    _ours(
        "db",
        r"∂L/∂{\vec{b}}=\sum\limits_t∂L/∂{\vec{h}_{t+1}}diag(\vec{1}-\vec{h}_{t+1}\odot\vec{h}_{t+1})",
        total(_swept, _before_tanh, layout=unrow),
        at="parameter-pass, for tanh(W h + U x + b)",
    ),
)
