"""GRU over a whole sequence: the inputs of all steps in one product, and one or two products a step.

With `reset_after` one product makes all that the gates get of the state. The document's GRU resets the state before
W_c, so that its product has to wait for the reset gate.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import numpy as np

from ..closed_form import recurrent as cf
from ..closed_form.notation import Array, Maybe
from ..closed_form.sequences import check_state, with_biases
from ..engine.values import Kept
from .memory import empty, scratch
from .recurrent import alike, as_rows, biases_d, projected, recurrent_d, stacked, to_sigmoids, turned, weights_d
from .twins import twin_of


@twin_of(cf.gru)
def gru(
    x: Array, h0: Array,
    W_c: Array, U_c: Array, W_z: Array, U_z: Array, W_r: Array, U_r: Array,
    b_c: Array | None = None, b_z: Array | None = None, b_r: Array | None = None, b_h: Array | None = None,
    *, reset_after: bool = False,
) -> Any:  # fmt: skip
    """h_{t+1} = (1 − z_t) ⊙ h_t + z_t ⊙ c_t, for all steps of a sequence"""
    inputs = (x, h0, W_c, U_c, W_z, U_z, W_r, U_r, b_c, b_z, b_r, b_h)
    if not alike(*inputs):
        return cf.gru(*inputs, reset_after=reset_after)
    check_state("h0", h0, x, W_c)
    gates = projected(x, h0, [U_z, U_r, U_c], [b_z, b_r, b_c], 2)
    (T, N), H = gates.shape[:2], len(W_c)
    states = turned("recurrent", [W_z, W_r, W_c] if reset_after else [W_z, W_r], 2)
    last = turned("last", [W_c], 0)
    y, reset = empty((T, N, H), x.dtype), empty((T, N, H), x.dtype)  # reset: r ⊙ h, or W_c h + b_h for `reset_after`
    remembered, new = scratch("remembered", (N, states.shape[1]), x.dtype), scratch("new", (N, H), x.dtype)
    h = h0.reshape(N, H)
    for a, h_t, reset_t in zip(gates, y, reset, strict=True):
        np.matmul(h, states, out=remembered)
        zr, c = a[:, : 2 * H], a[:, 2 * H :]
        zr += remembered[:, : 2 * H]
        to_sigmoids(np.tanh(zr, out=zr))
        z, r = zr[:, :H], zr[:, H:]
        if reset_after:
            np.add(remembered[:, 2 * H :], 0 if b_h is None else b_h, out=reset_t)
            c += np.multiply(r, reset_t, out=new)
        else:
            c += np.matmul(np.multiply(r, h, out=reset_t), last, out=new)
            c += 0 if b_h is None else b_h
        np.tanh(c, out=c)
        np.subtract(1, z, out=h_t)
        h_t *= h
        h_t += np.multiply(z, c, out=new)
        h = h_t
    return Kept(y.reshape(*x.shape[:-1], H), (gates, reset))


@twin_of(cf.gru_gradients)
def gru_gradients(
    g: Array, y: Array, x: Array, h0: Array, *weights: Maybe,
    reset_after: bool = False, kept: Any = None, wanted: Container[int] = range(12),
) -> cf.GRUGradients:  # fmt: skip
    """All gradients, by backpropagation through time; those of gates and states, which no inputs are, are left out."""
    gates, reset = kept
    (T, N, H), dtype = reset.shape, gates.dtype
    matrices: Any = with_biases(weights, 10)[:6]
    W_c, U_c, W_z, U_z, W_r, U_r = matrices
    h, dy, first = y.reshape(T, N, H), g.reshape(T, N, H), h0.reshape(N, H)
    # what the products with W_c, z's and r's, and then with U_c get: the first and the last are the same, but for r
    da, dh0 = empty((T, N, (4 if reset_after else 3) * H), dtype), empty(h0.shape, dtype)
    recurrent = stacked("recurrent", [W_c, W_z, W_r] if reset_after else [W_z, W_r])
    dh, slopes = dh0.reshape(N, H), scratch("slopes", (N, 2 * H), dtype)
    new, by_reset = scratch("new", (N, H), dtype), scratch("by reset", (N, H), dtype)
    dh[...] = 0
    for t in reversed(range(T)):
        before = h[t - 1] if t else first
        zr, c = gates[t, :, : 2 * H], gates[t, :, 2 * H :]
        z, r = zr[:, :H], zr[:, H:]
        d, dc = da[t, :, -3 * H : -H], da[t, :, -H:]
        dz, dr = d[:, :H], d[:, H:]
        dh += dy[t]
        np.multiply(c, c, out=dc)
        np.subtract(1, dc, out=dc)
        dc *= z
        dc *= dh
        np.subtract(c, before, out=dz)
        dz *= dh
        if reset_after:
            np.multiply(dc, reset[t], out=dr)
            np.multiply(dc, r, out=da[t, :, :H])
        else:
            np.multiply(np.matmul(dc, W_c, out=by_reset), before, out=dr)
            by_reset *= r
        np.multiply(zr, zr, out=slopes)
        np.subtract(zr, slopes, out=slopes)
        d *= slopes
        np.subtract(1, z, out=new)
        new *= dh
        np.matmul(da[t, :, : 3 * H] if reset_after else d, recurrent, out=dh)
        dh += new
        if not reset_after:
            dh += by_reset
    dx = None
    if 0 in wanted:
        dx = empty(x.shape, dtype)
        np.matmul(as_rows(da[..., -3 * H :]), stacked("input", [U_z, U_r, U_c]), out=as_rows(dx))
    by_product = np.split(da, da.shape[-1] // H, axis=-1)
    dz, dr, dc = by_product[-3:]
    inputs = as_rows(x)

    def of_states(number: int, d: Array) -> Array | None:
        return recurrent_d(d, first, h) if number in wanted else None

    def of_inputs(number: int, d: Array) -> Array | None:
        return weights_d(as_rows(d), inputs) if number in wanted else None

    if reset_after:
        dW_c = of_states(2, by_product[0])
    else:
        dW_c = weights_d(as_rows(dc), as_rows(reset)) if 2 in wanted else None
    db = np.split(biases_d(as_rows(da)), len(by_product))
    db_z, db_r, db_c = db[-3:]
    return cf.GRUGradients(
        x=dx,
        h0=dh0,
        W_c=dW_c,
        U_c=of_inputs(3, dc),
        W_z=of_states(4, dz),
        U_z=of_inputs(5, dz),
        W_r=of_states(6, dr),
        U_r=of_inputs(7, dr),
        b_c=db_c,
        b_z=db_z,
        b_r=db_r,
        b_h=db[0] if reset_after else db_c,
        c=None,
        z=None,
        r=None,
        h=None,
    )
