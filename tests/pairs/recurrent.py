"""Recurrent modules, in layers and directions, with a rectifier or a projection."""

from __future__ import annotations

from pytorch import torch

from autograd_zoo import nn

from .pair import Pair, Row, choice

THEIRS = {"SimpleRNN": "RNN", "SimpleRNNCell": "RNNCell"}


def _sequences(name, orders=2, **settings):
    """A module that runs over sequences, from states that are given or 0."""

    def draw(rng):
        D, H, layers = int(rng.integers(1, 4)), int(rng.integers(2, 4)), int(rng.integers(1, 3))
        options = {
            "bias": bool(rng.integers(2)),
            "bidirectional": bool(rng.integers(2)),
            "batch_first": bool(rng.integers(2)),
        }
        own = {key: choice(rng, *values) for key, values in settings.items()}
        ours = getattr(nn, name)(D, H, layers, **options, **own, rng=rng)
        given = {key: value for key, value in own.items() if key != "reset_after"}
        T, N = (int(n) for n in rng.integers(1, 4, 2))
        x = rng.standard_normal((N, T, D) if options["batch_first"] else (T, N, D))
        P = own.get("proj_size") or H
        states = [rng.standard_normal((layers * (1 + options["bidirectional"]), N, n)) for n in (P, H)]
        states = states[: choice(rng, 0, 2 if name == "LSTM" else 1)]

        def call(module, x, *states):
            return module(x, states if len(states) == 2 else states[0]) if states else module(x)

        called = THEIRS.get(name, name)
        return Pair(ours, lambda: getattr(torch.nn, called)(D, H, layers, **options, **given), (x, *states), call, call)

    varied = " ".join(["num_layers bias batch_first bidirectional", *(key for key in settings if key != "reset_after")])
    return Row(draw, THEIRS.get(name, name), orders, varied=varied)


def _cell(rng):
    D, H, relu = int(rng.integers(1, 4)), int(rng.integers(1, 4)), choice(rng, "relu", "tanh")
    x, h = rng.standard_normal((3, D)), rng.standard_normal((3, H))
    bias = bool(rng.integers(2))
    ours = nn.SimpleRNNCell(D, H, bias, nonlinearity=relu, rng=rng)
    return Pair(ours, lambda: torch.nn.RNNCell(D, H, bias, relu), (x, *[h][: int(rng.integers(2))]))


def _step(name, states, **own):
    """A cell of `states` states."""

    def draw(rng):
        D, H, N, bias = *(int(n) for n in rng.integers(1, 4, 3)), bool(rng.integers(2))
        ours = getattr(nn, name)(D, H, bias, **own, rng=rng)
        given = tuple(rng.standard_normal((N, H)) for _ in range(choice(rng, 0, states)))

        def call(module, x, *given):
            return module(x, given if states == 2 else given[0]) if given else module(x)

        inputs = (rng.standard_normal((N, D)), *given)
        return Pair(ours, lambda: getattr(torch.nn, name)(D, H, bias), inputs, call, call)

    return Row(draw, name, varied="bias")


ROWS = {
    "SimpleRNN": _sequences("SimpleRNN", 1, nonlinearity=("relu", "relu", "tanh")),
    "LSTMCell": _step("LSTMCell", 2),
    "GRUCell": _step("GRUCell", 1, reset_after=True),
    "SimpleRNNCell": Row(_cell, "RNNCell", 1, varied="bias nonlinearity"),
    "LSTM": _sequences("LSTM", proj_size=(0, 1, 1)),
    "GRU": _sequences("GRU", reset_after=(True,)),
}
