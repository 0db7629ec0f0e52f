"""LSTM over a whole sequence: the inputs of all steps in one product, and one product a step for all four gates."""

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
from .twins import by_compiled, twin_of

SIGMOIDS = 3  # f, i and o stand before G


def parts(a: Array) -> list[Array]:
    """The four gates, or what belongs to them, of (..., 4H)."""
    H = a.shape[-1] // 4
    return [a[..., k * H : (k + 1) * H] for k in range(4)]


def step(a: Array, remembered: Array, C: Array, C_next: Array, tanh_C: Array, h: Array) -> None:
    """Gates in place of a, what the inputs give them, and the next states."""
    new = scratch("new", C.shape, a.dtype)
    a += remembered
    np.tanh(a, out=a)
    to_sigmoids(a[:, : SIGMOIDS * C.shape[1]])
    f, i, o, G = parts(a)
    np.multiply(f, C, out=C_next)
    C_next += np.multiply(i, G, out=new)
    np.multiply(o, np.tanh(C_next, out=tanh_C), out=h)


def step_back(
    dy: Array, dC_y: Array, dh: Array, dC: Array, gates: Array, before: Array, tanh_C: Array, da: Array
) -> None:
    """∂L/∂a of all gates in da; ∂L/∂C of the state before in dC."""
    slopes, through = scratch("slopes", gates.shape, gates.dtype), scratch("new", before.shape, gates.dtype)
    (f, i, o, G), (df, di, do, dG) = parts(gates), parts(da)
    dh += dy
    dC += dC_y
    np.multiply(dh, tanh_C, out=do)
    np.multiply(tanh_C, tanh_C, out=through)
    np.subtract(1, through, out=through)
    through *= o
    through *= dh
    dC += through
    np.multiply(dC, before, out=df)
    np.multiply(dC, G, out=di)
    np.multiply(dC, i, out=dG)
    dC *= f
    np.multiply(gates, gates, out=slopes)  # σ' = σ − σ², tanh' = 1 − tanh²
    sigmoids, rest = np.split(slopes, [SIGMOIDS * before.shape[1]], axis=1)
    np.subtract(gates[:, : sigmoids.shape[1]], sigmoids, out=sigmoids)
    np.subtract(1, rest, out=rest)
    da *= slopes


@twin_of(cf.lstm)
def lstm(
    x: Array, h0: Array, C0: Array,
    W_f: Array, U_f: Array, W_i: Array, U_i: Array, W_o: Array, U_o: Array, W_g: Array, U_g: Array,
    b_f: Array | None = None, b_i: Array | None = None, b_o: Array | None = None, b_g: Array | None = None,
) -> Any:  # fmt: skip
    """h_{t+1} = o_t ⊙ tanh(C_{t+1}), where C_{t+1} = f_t ⊙ C_t + i_t ⊙ G_t, for all steps of a sequence"""
    weights = (W_f, U_f, W_i, U_i, W_o, U_o, W_g, U_g)
    biases = (b_f, b_i, b_o, b_g)
    if not alike(x, h0, C0, *weights, *biases):
        return cf.lstm(x, h0, C0, *weights, *biases)
    check_state("h0", h0, x, W_f)
    check_state("C0", C0, x, W_f)
    gates = projected(x, h0, weights[1::2], biases, SIGMOIDS)
    (T, N), H = gates.shape[:2], len(W_f)
    recurrent = turned("recurrent", weights[::2], SIGMOIDS)
    y, tanh_C = empty((2, T, N, H), x.dtype), empty((T, N, H), x.dtype)
    remembered = scratch("remembered", (N, 4 * H), x.dtype)
    h, C = h0.reshape(N, H), C0.reshape(N, H)
    for a, h_t, C_t, tanh_C_t in zip(gates, *y, tanh_C, strict=True):
        np.matmul(h, recurrent, out=remembered)
        known = (a, remembered, C, C_t, tanh_C_t, h_t)
        if not by_compiled("recurrent_lstm.step", *known):
            step(*known)
        h, C = h_t, C_t
    return Kept(y.reshape(2, *x.shape[:-1], H), (gates, tanh_C))


@twin_of(cf.lstm_gradients)
def lstm_gradients(
    g: Array, y: Array, x: Array, h0: Array, C0: Array, *weights: Maybe,
    kept: Any = None, wanted: Container[int] = range(15),
) -> cf.LSTMGradients:  # fmt: skip
    """All gradients, by backpropagation through time; those of gates and states, which no inputs are, are left out."""
    gates, tanh_C = kept
    (T, N, H), dtype = tanh_C.shape, gates.dtype
    matrices = with_biases(weights, 12)[:8]
    (h, C), (dy, dC_y) = y.reshape(2, T, N, H), g.reshape(2, T, N, H)
    first, first_C = h0.reshape(N, H), C0.reshape(N, H)
    recurrent = stacked("recurrent", matrices[::2])
    da, dh0, dC0 = empty(gates.shape, dtype), empty(h0.shape, dtype), empty(C0.shape, dtype)
    dh, dC = dh0.reshape(N, H), dC0.reshape(N, H)
    dh[...] = dC[...] = 0
    for t in reversed(range(T)):
        known = (dy[t], dC_y[t], dh, dC, gates[t], C[t - 1] if t else first_C, tanh_C[t], da[t])
        if not by_compiled("recurrent_lstm.step_back", *known):
            step_back(*known)
        np.matmul(da[t], recurrent, out=dh)
    dx = None
    if 0 in wanted:
        dx = empty(x.shape, dtype)
        np.matmul(as_rows(da), stacked("input", matrices[1::2]), out=as_rows(dx))
    found: list[Any] = []
    rows = as_rows(x)
    for k, of in enumerate(parts(da)):
        found.append(recurrent_d(of, first, h) if 2 * k + 3 in wanted else None)
        found.append(weights_d(of.reshape(-1, H), rows) if 2 * k + 4 in wanted else None)
    db = parts(biases_d(as_rows(da)))
    return cf.LSTMGradients(*[dx, dh0, dC0, *found, *db, *[None] * 6])
