"""Rows of the recurrent family, and of the cells that it repeats."""

from __future__ import annotations

import numpy as np
from pytorch import torch

from autograd_zoo import nn

from .case import Row, away, call

T, D, H, O = 3, 3, 4, 5  # noqa: E741  (the document's letter)


def rnn_step(x, state, W, U, b=0.0):
    return (torch.tanh(state[0] @ W.T + x @ U.T + b),)


def lstm_step(x, state, W_f, U_f, W_i, U_i, W_o, U_o, W_g, U_g, b_f=0.0, b_i=0.0, b_o=0.0, b_g=0.0):
    h, C = state
    f, i, o = (torch.sigmoid(h @ W.T + x @ U.T + b) for W, U, b in [(W_f, U_f, b_f), (W_i, U_i, b_i), (W_o, U_o, b_o)])
    C = f * C + i * torch.tanh(h @ W_g.T + x @ U_g.T + b_g)
    return o * torch.tanh(C), C


def gru_step(x, state, W_c, U_c, W_z, U_z, W_r, U_r, b_c=0.0, b_z=0.0, b_r=0.0, b_h=0.0, reset_after=False):
    (h,) = state
    z, r = (torch.sigmoid(h @ W.T + x @ U.T + b) for W, U, b in [(W_z, U_z, b_z), (W_r, U_r, b_r)])
    remembered = r * (h @ W_c.T + b_h) if reset_after else (r * h) @ W_c.T + b_h
    return ((1 - z) * h + z * torch.tanh(remembered + x @ U_c.T + b_c),)


def stepwise(step, states):
    """One step, as the cells take it; of two states both."""

    def cell(x, *given, **params):
        found = step(x, given[:states], *given[states:], **params)
        return torch.stack(found) if states > 1 else found[0]

    return cell


def through_time(step, states):
    """All states of a sequence, as the closed forms lay them out: time after the kind of state, if there are two."""

    def run(x, *given, **params):
        state, found = given[:states], []
        for x_t in x:
            state = step(x_t, state, *given[states:], **params)
            found.append(state)
        kinds = [torch.stack(of) for of in zip(*found, strict=True)]
        return torch.stack(kinds) if states > 1 else kinds[0]

    return run


def torch_simple_rnn(x, h0, W, U, V=None, b=0.0):
    h = through_time(rnn_step, 1)(x, h0, W, U, b)
    return h if V is None else h @ V.T


def inputs(batch, states, gates, *others, length=None):
    """x of one step or of a length, states, W and U of every gate, and others, so small that no gate is saturated."""
    first = (*batch, D) if length is None else (length, *batch, D)
    shapes = [first, *[(*batch, H)] * states, *[(H, H), (H, D)] * gates, *others]
    return tuple(0.5 * away(shape, seed) for seed, shape in enumerate(shapes))


def cell(function, step, states, gates, biases, *variants, **more):
    """The row of a cell, which is no specimen of its own: one step, for batches of none, one and two axes."""
    calls = [
        call(*inputs(batch, states, gates, *[(H,)] * biases), **params)
        for batch in [(), (2,), (2, 1)]
        for params in variants or [{}]
    ]
    return Row(function=function, torch=stepwise(step, states), calls=calls, orders=2, thorough=2, **more)


def sequences(states, gates, *biases, **params):
    """Calls of closed forms with sequences: batches of several axes, each with another number of biases."""
    return [
        call(*inputs(batch, states, gates, *[(H,)] * count, length=T), of="closed torch", **params)
        for batch, count in zip([(2,), (), (2, 1)], biases, strict=True)
    ]


ROWS = {
    "simple_rnn_cell": cell(nn.simple_rnn_cell, rnn_step, 1, 1, 1),
    "lstm_cell": cell(
        lambda *given: np.stack(nn.lstm_cell(*given)),
        lstm_step,
        2,
        4,
        4,
        fuses=False,  # a pair of parts of one node
    ),
    "gru_cell": cell(nn.gru_cell, gru_step, 1, 3, 4, {}, {"reset_after": True}),
    "simple_rnn": Row(
        torch=torch_simple_rnn,
        calls=[
            call(*inputs(batch, 1, 1, *others, length=T), of="closed torch")
            for batch, others in [((2,), ()), ((), [(O, H)]), ((2,), [(O, H), (H,)]), ((2, 2), [(1, H), (H,)])]
        ],
    ),
    "lstm": Row(torch=through_time(lstm_step, 2), calls=sequences(2, 4, 0, 4, 4)),
    "gru": Row(
        torch=through_time(gru_step, 1),
        calls=[*sequences(1, 3, 0, 3, 4), *sequences(1, 3, 0, 3, 4, reset_after=True)],
    ),
    "deep_simple_rnn": Row(twin=torch and torch.nn.RNN),
    "deep_lstm": Row(twin=torch and torch.nn.LSTM),
    "deep_gru": Row(twin=torch and torch.nn.GRU),
}
