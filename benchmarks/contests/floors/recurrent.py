"""Floors of recurrent sequences, with PyTorch's layout of the weights; the order of gates is i f g o, or r z n.

Inputs are projected in one product, and their, the weights' and the biases' gradients are single products after the
loop. A sigmoid is a tanh of half its argument, so halved weights let one tanh go over all gates. The transposed
recurrent weights are kept contiguous, and every gate's slope is worked out beforehand, a step at a time.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .memory import Array, F, Memory, split

Step = Callable[[], list[Array]]
Run = Callable[..., list[Array]]
HALF, ONE = F(0.5), F(1)


def _projected(m: Memory, x: Array, w: Array, b: Array, who: str) -> Array:
    T, n, D = x.shape
    z = m.kept("z" + who, (T, n, len(w)))
    np.matmul(x.reshape(-1, D), w.T, out=z.reshape(-1, len(w)))
    np.add(z, b, out=z)
    return z


def _ended(x: Array, w: Array, dz: Array, dx: Array) -> tuple[Array, Array]:
    """Fill dx; the gradients of the input's weights and of its bias."""
    rows = dz.reshape(-1, dz.shape[2])
    np.matmul(rows, w, out=dx.reshape(-1, x.shape[2]))
    return rows.T @ x.reshape(-1, x.shape[2]), np.ones(len(rows), F) @ rows


def _states(m: Memory, name: str, T: int, n: int, H: int) -> Array:
    found = m.kept(name, (T + 1, n, H))
    found[0] = 0
    return found


def _rnn(m: Memory, x: Array, w: Array, u: Array, b: Array, g: Array, y: Array, dx: Array, who: str) -> list[Array]:
    (T, n, _), H = x.shape, len(u)
    hs, ut, tmp = _states(m, "hs" + who, T, n, H), np.ascontiguousarray(u.T), m.kept("tmp" + who, (n, H))
    np.matmul(x.reshape(T * n, -1), w.T, out=hs[1:].reshape(-1, H))
    np.add(hs[1:], b, out=hs[1:])
    for t in range(T):
        np.matmul(hs[t], ut, out=tmp)
        np.add(hs[t + 1], tmp, out=tmp)
        np.tanh(tmp, out=hs[t + 1])
    y[...] = hs[1:]
    dz, dh = m.kept("dz" + who, (T, n, H)), m.kept("dh" + who, (n, H))
    np.multiply(hs[1:], hs[1:], out=dz)
    np.subtract(ONE, dz, out=dz)
    dh.fill(0)
    for t in reversed(range(T)):
        np.add(dh, g[t], out=dh)
        np.multiply(dz[t], dh, out=dz[t])
        np.matmul(dz[t], u, out=dh)
    dw, db = _ended(x, w, dz, dx)
    return [dw, dz.reshape(-1, H).T @ hs[:-1].reshape(-1, H), db]


def _lstm(m: Memory, x: Array, w: Array, u: Array, b: Array, g: Array, y: Array, dx: Array, who: str) -> list[Array]:
    (T, n, _), H = x.shape, u.shape[1]
    half = np.repeat(F([0.5, 0.5, 1, 0.5]), H)
    z = _projected(m, x, w * half[:, None], b * half, who)
    ut = np.ascontiguousarray((u * half[:, None]).T)
    hs, cs, tcs = (_states(m, name + who, T, n, H) for name in ("hs", "cs", "tcs"))
    tmp, small = m.kept("tmp" + who, (n, 4 * H)), m.kept("small" + who, (n, H))
    at_i, at_f, at_g, at_o = (slice(k * H, (k + 1) * H) for k in range(4))
    sigmoids = (slice(0, 2 * H), at_o)
    for t in range(T):
        gates = z[t]
        np.matmul(hs[t], ut, out=tmp)
        np.add(gates, tmp, out=tmp)
        np.tanh(tmp, out=gates)
        for s in sigmoids:
            np.multiply(gates[:, s], HALF, out=gates[:, s])
            np.add(gates[:, s], HALF, out=gates[:, s])
        np.multiply(gates[:, at_f], cs[t], out=cs[t + 1])
        np.multiply(gates[:, at_i], gates[:, at_g], out=small)
        np.add(cs[t + 1], small, out=cs[t + 1])
        np.tanh(cs[t + 1], out=tcs[t + 1])
        np.multiply(gates[:, at_o], tcs[t + 1], out=hs[t + 1])
    y[...] = hs[1:]
    dz, dh, dc = m.kept("dz" + who, z.shape), m.kept("dh" + who, (n, H)), m.kept("dc" + who, (n, H))
    slope, slope_tc = m.kept("slope" + who, (n, 4 * H)), m.kept("slope of tanh c" + who, (n, H))
    dh.fill(0)
    dc.fill(0)
    for t in reversed(range(T)):
        gates, d, tc = z[t], dz[t], tcs[t + 1]
        np.multiply(gates, gates, out=slope)
        np.subtract(ONE, slope[:, at_g], out=slope[:, at_g])
        for s in sigmoids:
            np.subtract(gates[:, s], slope[:, s], out=slope[:, s])
        np.multiply(tc, tc, out=slope_tc)
        np.subtract(ONE, slope_tc, out=slope_tc)
        np.add(dh, g[t], out=dh)
        np.multiply(dh, tc, out=d[:, at_o])
        np.multiply(dh, gates[:, at_o], out=dh)
        np.multiply(dh, slope_tc, out=dh)
        np.add(dc, dh, out=dc)
        np.multiply(dc, gates[:, at_g], out=d[:, at_i])
        np.multiply(dc, cs[t], out=d[:, at_f])
        np.multiply(dc, gates[:, at_i], out=d[:, at_g])
        np.multiply(d, slope, out=d)
        np.multiply(dc, gates[:, at_f], out=dc)
        np.matmul(d, u, out=dh)
    dw, db = _ended(x, w, dz, dx)
    return [dw, dz.reshape(-1, 4 * H).T @ hs[:-1].reshape(-1, H), db]


def _gru(
    m: Memory, x: Array, w: Array, u: Array, b: Array, bu: Array, g: Array, y: Array, dx: Array, who: str
) -> list[Array]:
    (T, n, _), H = x.shape, u.shape[1]
    half = np.repeat(F([0.5, 0.5, 1]), H)
    z = _projected(m, x, w * half[:, None], b * half, who)
    ut, bias = np.ascontiguousarray((u * half[:, None]).T), bu * half
    hs, v = _states(m, "hs" + who, T, n, H), m.kept("v" + who, (T, n, 3 * H))
    tmp, gates = m.kept("tmp" + who, (n, H)), slice(0, 2 * H)
    for t in range(T):
        np.matmul(hs[t], ut, out=v[t])
        np.add(v[t], bias, out=v[t])
        rs, c = z[t, :, gates], z[t, :, 2 * H :]
        np.add(rs, v[t, :, gates], out=rs)
        np.tanh(rs, out=rs)
        np.multiply(rs, HALF, out=rs)
        np.add(rs, HALF, out=rs)
        np.multiply(rs[:, :H], v[t, :, 2 * H :], out=tmp)
        np.add(c, tmp, out=c)
        np.tanh(c, out=c)
        np.subtract(hs[t], c, out=tmp)
        np.multiply(tmp, rs[:, H:], out=tmp)
        np.add(c, tmp, out=hs[t + 1])
    y[...] = hs[1:]
    dz, dh, slope = m.kept("dz" + who, z.shape), m.kept("dh" + who, (n, H)), m.kept("slope" + who, (n, 3 * H))
    dh.fill(0)
    for t in reversed(range(T)):
        np.add(dh, g[t], out=dh)
        np.multiply(z[t], z[t], out=slope)
        np.subtract(z[t, :, gates], slope[:, gates], out=slope[:, gates])
        np.subtract(ONE, slope[:, 2 * H :], out=slope[:, 2 * H :])
        r, s, c = (z[t, :, k * H : (k + 1) * H] for k in range(3))
        dr, ds, dc = (dz[t, :, k * H : (k + 1) * H] for k in range(3))
        np.subtract(hs[t], c, out=ds)
        np.multiply(ds, dh, out=ds)
        np.multiply(dh, s, out=tmp)
        np.subtract(dh, tmp, out=dc)
        np.multiply(dc, slope[:, 2 * H :], out=dc)
        np.multiply(dc, v[t, :, 2 * H :], out=dr)
        np.multiply(dz[t, :, gates], slope[:, gates], out=dz[t, :, gates])
        v[t, :, gates] = dz[t, :, gates]
        np.multiply(dc, r, out=v[t, :, 2 * H :])
        np.matmul(v[t], u, out=dh)
        np.add(dh, tmp, out=dh)
    dw, db = _ended(x, w, dz, dx)
    dv = v.reshape(-1, 3 * H)
    return [dw, dv.T @ hs[:-1].reshape(-1, H), db, np.ones(len(dv), F) @ dv]


RUNS: dict[str, Run] = {"rnn": _rnn, "lstm": _lstm, "gru": _gru}


def sequence(kind: str, m: Memory, x: Array, weights: list[Array], g: Array) -> Step:
    """A floor of which each of two threads takes half of the batch."""
    run, n = RUNS[kind], x.shape[1]

    def step() -> list[Array]:
        y, dx = m.result("y", g.shape), m.result("dx", x.shape)

        def part(start: int, stop: int) -> list[Array]:
            if stop - start == n:
                return run(m, x, *weights, g, y, dx, "")
            who, here = f" {start}", np.s_[:, start:stop]
            mine = m.kept("y" + who, y[here].shape), m.kept("dx" + who, dx[here].shape)
            found = run(m, _own(m, "x" + who, x[here]), *weights, _own(m, "g" + who, g[here]), *mine, who)
            y[here], dx[here] = mine
            return found

        halves = split(part, n)
        return [y, dx, *(np.add(*pair) if len(pair) > 1 else pair[0] for pair in zip(*halves, strict=True))]

    return step


def _own(m: Memory, name: str, a: Array) -> Array:
    found = m.kept(name, a.shape)
    found[...] = a
    return found
