"""Further graphs whose pages must compute what the engine does: what moves, picks, sorts and contracts."""

import numpy as np

import autograd_zoo as az
from autograd_zoo import nn

rng = np.random.default_rng(11)


def drawn(*shape):
    """Numbers for an input."""
    return rng.normal(size=shape).round(3)


def translated(x):
    """One network reads, another writes, from its own words."""
    _, (h, C) = reader(x)
    h, C, y, said = h[0], C[0], x[-1], []
    for _ in range(3):
        h, C = writer(y, (h, C))
        said.append(y := spoken(h))
    return np.stack(said)


def forced(x, y):
    """A decoder that is told the right words, and attends to what was read."""
    states, last = reader(x)
    said, _ = teller(y, last)
    scores = np.einsum("tnd,snd->nts", said, states)
    return nn.log_softmax(spoken(said + np.einsum("nts,snd->tnd", nn.softmax(scores), states)))


reader, teller = nn.LSTM(2, 2, rng=rng), nn.LSTM(2, 2, rng=rng)
writer, spoken = nn.LSTMCell(2, 2, rng=rng), nn.Linear(2, 2, rng=rng)
deep = nn.LSTM(2, 2, num_layers=2, bidirectional=True, rng=rng)
gru, rnn = nn.GRU(2, 2, num_layers=2, batch_first=True, rng=rng), nn.SimpleRNN(2, 2, bidirectional=True, rng=rng)
picked = (np.arange(3), [0, 2, 1])

RECURRENT = {
    "lstm": (lambda x: reader(x)[0], drawn(3, 1, 2)),
    "lstm from a state": (lambda x, h, C: reader(x, (h, C))[1][1], drawn(3, 2), drawn(1, 2), drawn(1, 2)),
    "lstm of two layers, both ways": (lambda x: deep(x)[0].sum() + deep(x)[1][0].sum(), drawn(2, 1, 2)),
    "lstm with lengths": (lambda x: deep(x, lengths=[2, 1])[0], drawn(2, 2, 2)),
    "gru and its last states": (lambda x: gru(x)[1], drawn(1, 3, 2)),
    "rnn, both ways": (lambda x: rnn(x)[0][:, :, :2] * rnn(x)[1][1], drawn(2, 1, 2)),
    "sequence to sequence": (translated, drawn(3, 2)),
    "a decoder that attends": (forced, drawn(2, 1, 2), drawn(3, 1, 2)),
}
CONTRACTED = {
    "einsum of two": (lambda a, b: np.einsum("bij,kj->bik", a, b), drawn(2, 2, 3), drawn(2, 3)),
    "einsum of one": (lambda a: np.einsum("ii->i", a) * np.einsum("ij->j", a) + np.einsum("ii", a), drawn(3, 3)),
    "einsum with diagonals": (lambda a, b: np.einsum("iij,ik->jk", a, b), drawn(2, 2, 3), drawn(2, 2)),
    "einsum of three": (lambda a, b, c: np.einsum("ij,jk,k->i", a, b, c), drawn(2, 3), drawn(3, 2), drawn(2)),
    "einsum with an ellipsis": (lambda a, b: np.einsum("...i,i...->...", a, b), drawn(2, 3), drawn(3, 1)),
    "einsum of one input twice": (lambda a: np.einsum("i,j->ij", a, a) + np.einsum("i,i", a, a), drawn(3)),
    "einsum over what one alone has": (lambda a, b: np.einsum("ij,kl->il", a, b), drawn(2, 2), drawn(2, 2)),
    "tensordot": (lambda a, b: np.tensordot(a, b, ([2, 0], [0, 1])), drawn(2, 3, 2), drawn(2, 2, 2)),
    "products of vectors": (
        lambda a, b: np.inner(a, b) * np.outer(a, b) + np.kron(a, b).sum() + np.vecdot(a, b) + np.dot(a, b),
        drawn(3),
        drawn(3),
    ),
    "norms": (lambda a: np.linalg.norm(a) * np.linalg.norm(a, axis=1) + np.linalg.norm(a, 1, axis=1), drawn(2, 3)),
    "diagonals": (lambda a: np.trace(a) * np.diag(a) + np.diag(np.diag(a)) + np.triu(a, 1), drawn(3, 3)),
}
ELEMENTS = {
    "added at an index": (lambda x, v: x.at[[0, 0, 2]].add(v) * x, drawn(3), drawn(3)),
    "multiplied at an index": (lambda x, v: x.at[[1, 1]].multiply(v) * x, drawn(3), drawn(2)),
    "extremes at an index": (lambda x, v: x.at[0].max(v) * x.at[[0, 0]].min(v), drawn(2), 0.5),
    "sorted": (lambda x: np.sort(x, 0) * x + np.median(x, 0), drawn(4, 2)),
    "the largest": (lambda x: np.sort(x)[::-1][:2] * x[np.argsort(-x)[:2]] + np.quantile(x, 0.3), drawn(5)),
    "a place that is computed": (lambda x: x[np.argmax(x)] * x + np.take(x, np.argmin(x)), drawn(4)),
    "a place in each row": (
        lambda x: x[np.arange(3), np.argmax(x, 1)] * x[:, 0] + x[..., [0, 0, 1]][:, 2],
        drawn(3, 2),
    ),
    "rows that are computed": (lambda x: x[np.argsort(x[:, 0])] * np.take(x, np.argmax(x, 1), 1)[:, :2], drawn(2, 2)),
    "borders": (
        lambda x: np.pad(x, 1, mode="edge") * np.pad(x, 1, mode="reflect") + np.pad(x, (1, 1), constant_values=(2, 3)),
        drawn(4),
    ),
    "running products": (lambda x: np.cumprod(x, 1) * x + np.cumprod(x)[0], drawn(2, 3)),
    "decimals": (lambda x: np.round(x, 1) * x + np.round(100 * x, -1) * x, drawn(4)),
    "rounded where it is nan": (lambda x: np.round(x / x) + np.rint(x / x) + np.round(np.log(x)), np.abs(drawn(3))),
    "steps and signs": (
        lambda x, y: np.copysign(x, y) + np.heaviside(x, y) * y + np.fmax(x, y) * np.fmin(x, y),
        drawn(4),
        drawn(4),
    ),
    "sinc": (lambda x: np.sinc(x) + np.sinc(x / 50), drawn(4)),
    "powers of two": (lambda x, y: np.logaddexp2(x, y) * 2 ** (x / 8), drawn(3), drawn(3)),
    "what is nan": (lambda x: np.nan_to_num(np.log(x)) + np.where(np.isnan(np.sqrt(x)), x, 1.0), np.abs(drawn(4))),
    "in the shape of another": (lambda x: np.zeros_like(x) + np.ones_like(x) * x + np.full_like(x, 2.0) * x, drawn(2)),
    "a polynomial": (lambda x: np.polyval([1.0, -2.0, 0.5], x), drawn(3)),
    "one of each row": (lambda x: -(np.eye(3)[picked[1]] * nn.log_softmax(x)).sum() + x[picked].sum(), drawn(3, 3)),
    "a split": (lambda x: np.split(x, 2)[0] * np.roll(x, 1)[2:] + np.hsplit(np.repeat(x, 2), 4)[1], drawn(4)),
    "errors": (lambda x: az.erf(x) * az.erf(8 * x), drawn(4)),
}
GRAPHS = {**RECURRENT, **CONTRACTED, **ELEMENTS}
