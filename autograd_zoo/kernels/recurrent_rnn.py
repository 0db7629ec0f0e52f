"""SimpleRNN over a whole sequence: the inputs of all steps in one product, and one product a step."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import numpy as np

from ..closed_form import recurrent as cf
from ..closed_form.notation import Array
from ..closed_form.sequences import check_state
from ..engine.values import Kept
from .memory import empty, scratch
from .recurrent import alike, as_rows, biases_d, projected, recurrent_d, turned, weights_d
from .twins import twin_of

X, H0, W_, U_, V_, B = range(6)  # numbers of the inputs


@twin_of(cf.simple_rnn)
def simple_rnn(x: Array, h0: Array, W: Array, U: Array, V: Array | None = None, b: Array | None = None) -> Any:
    """o_t = V h_t, where h_{t+1} = tanh(W h_t + U x_t + b)"""
    if not alike(x, h0, W, U, V, b):
        return cf.simple_rnn(x, h0, W, U, V, b)
    check_state("h0", h0, x, W)
    h = projected(x, h0, [U], [b], 0)
    state, recurrent = h0.reshape(h.shape[1:]), turned("recurrent", [W], 0)
    remembered = scratch("remembered", state.shape, x.dtype)
    for a in h:
        a += np.matmul(state, recurrent, out=remembered)
        state = np.tanh(a, out=a)
    if V is None:
        return Kept(h.reshape(*x.shape[:-1], len(W)), h)
    y = empty((*x.shape[:-1], len(V)), x.dtype)
    np.matmul(as_rows(h), V.T, out=as_rows(y))
    return Kept(y, h)


@twin_of(cf.simple_rnn_gradients)
def simple_rnn_gradients(
    g: Array, y: Array, x: Array, h0: Array,
    W: Array, U: Array, V: Array | None = None, b: Array | None = None,
    *, kept: Any = None, wanted: Container[int] = range(6),
) -> cf.SimpleRNNGradients:  # fmt: skip
    """All gradients, by backpropagation through time; those of the states, which no input is, are left out."""
    h: Array = kept
    first = h0.reshape(h.shape[1:])
    upstream = g.reshape(*h.shape[:2], -1)
    if V is not None:
        upstream = np.matmul(as_rows(upstream), V).reshape(h.shape)
    da, dh0 = empty(h.shape, h.dtype), empty(h0.shape, h.dtype)
    dh = dh0.reshape(first.shape)
    dh[...] = 0
    for t in reversed(range(len(h))):
        dh += upstream[t]
        np.multiply(h[t], h[t], out=da[t])
        np.subtract(1, da[t], out=da[t])
        da[t] *= dh
        np.matmul(da[t], W, out=dh)
    rows = as_rows(da)
    dx = None
    if X in wanted:
        dx = empty(x.shape, h.dtype)
        np.matmul(rows, U, out=as_rows(dx))
    return cf.SimpleRNNGradients(
        x=dx,
        h0=dh0,
        W=recurrent_d(da, first, h) if W_ in wanted else None,
        U=weights_d(rows, as_rows(x)) if U_ in wanted else None,
        V=None if V is None else weights_d(as_rows(g), as_rows(h)),
        b=biases_d(rows) if B in wanted else None,
        h=None,
    )
