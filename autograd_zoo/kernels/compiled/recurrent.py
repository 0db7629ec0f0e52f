"""What an LSTM does to a step besides its products: gates and states, and their gradients, in one pass."""

from __future__ import annotations

import numpy as np

from ...closed_form.notation import Array
from .elementary import HALF, tanh
from .jit import compiled_twin, loop, plain, read


@loop
def _step(a: Array, remembered: Array, C: Array, C_next: Array, tanh_C: Array, h: Array) -> None:
    N, H = C.shape
    for n in range(N):
        sigmoids, of_state = a[n, : 3 * H], remembered[n, : 3 * H]
        for j in range(sigmoids.size):
            sigmoids[j] = HALF + HALF * tanh(sigmoids[j] + of_state[j])
        new, of_state = a[n, 3 * H :], remembered[n, 3 * H :]
        for j in range(new.size):
            new[j] = tanh(new[j] + of_state[j])
        f, i, o = a[n, :H], a[n, H : 2 * H], a[n, 2 * H : 3 * H]
        before, after = C[n], C_next[n]
        for j in range(after.size):
            after[j] = f[j] * before[j] + i[j] * new[j]
        squashed, out = tanh_C[n], h[n]
        for j in range(out.size):
            squashed[j] = tanh(after[j])
            out[j] = o[j] * squashed[j]


@loop
def _step_back(
    dy: Array, dC_y: Array, dh: Array, dC: Array, gates: Array, before: Array, tanh_C: Array, da: Array
) -> None:
    N, H = before.shape
    for n in range(N):
        f, i, o, new = gates[n, :H], gates[n, H : 2 * H], gates[n, 2 * H : 3 * H], gates[n, 3 * H :]
        df, di, do, dnew = da[n, :H], da[n, H : 2 * H], da[n, 2 * H : 3 * H], da[n, 3 * H :]
        C, t, g, g_C, d_h, d_C = before[n], tanh_C[n], dy[n], dC_y[n], dh[n], dC[n]
        for j in range(t.size):
            d = d_h[j] + g[j]
            d_C[j] += g_C[j] + d * o[j] * (1 - t[j] * t[j])
            do[j] = d * t[j] * o[j] * (1 - o[j])
        for j in range(t.size):
            df[j] = d_C[j] * C[j] * f[j] * (1 - f[j])
            di[j] = d_C[j] * new[j] * i[j] * (1 - i[j])
        for j in range(t.size):
            dnew[j] = d_C[j] * i[j] * (1 - new[j] * new[j])
            d_C[j] *= f[j]


@compiled_twin("recurrent_lstm.step")
def step(a: Array, remembered: Array, C: Array, C_next: Array, tanh_C: Array, h: Array) -> bool | None:
    """Gates in place of a, and the next states."""
    if a.dtype != np.float32 or not plain(a, C):
        return None
    _step(a, remembered, read(C, *C.shape), C_next, tanh_C, h)
    return True


@compiled_twin("recurrent_lstm.step_back")
def step_back(
    dy: Array, dC_y: Array, dh: Array, dC: Array, gates: Array, before: Array, tanh_C: Array, da: Array
) -> bool | None:
    """∂L/∂a of all gates in da; ∂L/∂C of the state before in dC."""
    if not plain(dy, dC_y, before, gates):
        return None
    g, g_C, C = (read(v, *v.shape) for v in (dy, dC_y, before))
    _step_back(g, g_C, dh, dC, gates, C, tanh_C, da)
    return True
