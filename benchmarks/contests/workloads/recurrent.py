"""Recurrent sequences: 64 steps of a batch of 32, 128 features to 256 states, and all gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_zoo import nn

from ..engines import Array, Ours, Workload, anp, mg, of_module, torch
from ..floors import recurrent as floors
from . import normal, workload

Cell = Callable[..., tuple[Any, Any]]
NAMES = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0"]


def _rnn_cell(xp: Any, sigmoid: Any, z: Any, h: Any, c: Any, u: Any, bu: Any) -> tuple[Any, Any]:
    return xp.tanh(z + xp.matmul(h, u)), c


def _lstm_cell(xp: Any, sigmoid: Any, z: Any, h: Any, c: Any, u: Any, bu: Any) -> tuple[Any, Any]:
    z = z + xp.matmul(h, u)
    H = z.shape[1] // 4
    i, f, g, o = (z[:, k * H : (k + 1) * H] for k in range(4))
    c = sigmoid(f) * c + sigmoid(i) * xp.tanh(g)
    return sigmoid(o) * xp.tanh(c), c


def _gru_cell(xp: Any, sigmoid: Any, z: Any, h: Any, c: Any, u: Any, bu: Any) -> tuple[Any, Any]:
    v, H = xp.matmul(h, u) + bu, z.shape[1] // 3
    r, s = sigmoid(z[:, :H] + v[:, :H]), sigmoid(z[:, H : 2 * H] + v[:, H : 2 * H])
    n = xp.tanh(z[:, 2 * H :] + r * v[:, 2 * H :])
    return n + s * (h - n), c


def _composed(xp: Any, cell: Cell, sigmoid: Any, zero: Array) -> Callable[..., Any]:
    """The sequence in single operations of an engine that has no recurrent layer."""

    def run(x: Any, w: Any, u: Any, b: Any, bu: Any = None) -> Any:
        z, u, h, c, out = xp.matmul(x, w.T) + b, u.T, zero, zero, []
        for t in range(len(x)):
            h, c = cell(xp, sigmoid, z[t], h, c, u, bu)
            out.append(h)
        return xp.stack(out)

    return run


def _module(kind: str, D: int, H: int) -> Any:
    options: dict[str, Any] = {"dtype": np.float32, "rng": np.random.default_rng(0)}
    makers = {"rnn": nn.SimpleRNN, "gru": nn.GRU, "lstm": nn.LSTM}
    return makers[kind](D, H, **options, **({"reset_after": True} if kind == "gru" else {}))


def _ours(kind: str, x: Array, state: dict[str, Array]) -> Ours:
    """Our module with these parameters; the sum of PyTorch's two biases is one of ours, but of the reset h of a GRU."""
    H = state["weight_hh_l0"].shape[1]
    module = _module(kind, x.shape[2], H)
    nn.from_torch(module, state)
    names = [*NAMES, "bias_hh_l0"] if kind == "gru" else NAMES
    ours = of_module(module, x, names, lambda module, x: module(x)[0])

    def read(found: list[Array]) -> list[Array]:
        slopes = ours.read(found)
        if kind == "gru":  # what goes to r and z through either bias is the same
            slopes[4] = np.concatenate([slopes[3][: 2 * H], slopes[4][2 * H :]])
        return slopes

    return ours._replace(read=read)


def _builtin(kind: str, h0: Array) -> Callable[..., Any]:
    def run(x: Any, w: Any, u: Any, b: Any, bu: Any = None) -> Any:
        start = torch.from_numpy(h0)[None]
        parameters = [w, u, b, torch.zeros_like(b) if bu is None else bu]
        call = {"rnn": torch.rnn_tanh, "gru": torch.gru, "lstm": torch.lstm}[kind]
        return call(x, (start, start) if kind == "lstm" else start, parameters, True, 1, 0.0, True, False, False)[0]

    return run


KINDS: dict[str, tuple[str, int, Cell]] = {
    "rnn": ("SimpleRNN", 1, _rnn_cell),
    "gru": ("GRU", 3, _gru_cell),
    "lstm": ("LSTM", 4, _lstm_cell),
}


def _make(kind: str) -> Callable[..., Workload]:
    title, gates, cell = KINDS[kind]

    def make(T: int, B: int, D: int, H: int) -> Workload:
        x, w, u, b, bu, g = normal(0, (T, B, D), (gates * H, D), (gates * H, H), (gates * H,), (gates * H,), (T, B, H))
        scale, zero = np.float32(1 / np.sqrt(H)), np.zeros((B, H), np.float32)
        weights = [a * scale for a in (w, u, b, bu)][: 4 if kind == "gru" else 3]
        second = weights[3] if kind == "gru" else np.zeros_like(b)
        state = dict(zip([*NAMES, "bias_hh_l0"], [*weights[:3], second], strict=True))
        return Workload(
            f"{title}, {T} steps, batch {B}, {D} to {H}",
            [x, *weights],
            g,
            torch=_builtin(kind, zero),
            ours=_ours(kind, x, state),
            mygrad=_composed(mg, cell, lambda a: mg.nnet.sigmoid(a), zero),
            hips=_composed(anp, cell, lambda a: 1 / (1 + anp.exp(-a)), zero),
            floor=lambda m: floors.sequence(kind, m, x, weights, g),
        )

    return make


for kind in KINDS:
    workload(kind, tiny={"T": 3, "B": 2, "D": 4, "H": 5}, T=64, B=32, D=128, H=256)(_make(kind))
