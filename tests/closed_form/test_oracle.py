"""PyTorch as the oracle: autograd on a literal re-computation agrees with every corrected gradient of the document.

The re-computations share nothing with the closed forms. What a gradient is by, input or intermediate, gets a zero added
to it that autograd differentiates by.
"""

from inspect import signature

import numpy as np
import pytest
from every import every

from autograd_zoo.closed_form import activation, formulas
from autograd_zoo.closed_form.formula import arguments, cases
from autograd_zoo.zoo.verdicts import judged

torch = pytest.importorskip("torch")


def shifted(d, name, value, index=...):
    """The value, and a part of the zeros where it is what the gradient is by."""
    return value + d[index] if name == d.name else value


def softmax(d, x):
    return torch.stack([torch.exp(x_i) / sum(torch.exp(x_k) for x_k in x) for x_i in x])


def scaled_exponential(x, scale, alpha):
    return torch.where(x > 0, scale * x, scale * alpha * (torch.exp(x) - 1))


def max_pool(d, x, kernel_size, stride):
    (P, Q), (U, V) = kernel_size, stride
    rows, columns = (x.shape[0] - P) // U + 1, (x.shape[1] - Q) // V + 1
    windows = [[x[U * i : U * i + P, V * j : V * j + Q] for j in range(columns)] for i in range(rows)]
    return torch.stack([torch.stack([window.max() for window in row]) for row in windows])


def avg_pool(d, x, kernel_size, stride):
    (P, Q), (U, V) = kernel_size, stride
    rows, columns = (x.shape[0] - P) // U + 1, (x.shape[1] - Q) // V + 1
    return sum(
        x[p : p + U * rows : U, q : q + V * columns : V][:rows, :columns] / (P * Q) for p in range(P) for q in range(Q)
    )


def conv(d, x, W, padding, true_convolution):
    """Σ x_{p,i−i′} w_{s,p,i′}, tap by tap, x being 0 outside of its bounds."""
    k, H = x.ndim - 1, x.shape[1:]
    pad = [n for before, after in reversed(padding) for n in (before, after)]
    x = torch.nn.functional.pad(x, pad)
    total = 0
    for tap in np.ndindex(*W.shape[2:]):
        part = x[:, *(slice(W.shape[2] - 1 - i, W.shape[2] - 1 - i + n) for i, n in zip(tap, H, strict=True))]
        total = total + torch.einsum("sp,p...->s...", W[:, :, *tap], part)
    assert k and true_convolution
    return total


def separable_conv(d, x, w1, w2, **params):
    o = torch.cat([conv(d, x[p : p + 1], w1[p : p + 1, None], **params) for p in range(len(x))])
    return torch.einsum("sp,p...->s...", w2, o)


def batch_norm(d, x, gamma, beta, eps):
    mu = shifted(d, "mu", sum(x) / len(x))
    sigma2 = shifted(d, "sigma2", sum((x - mu) ** 2) / len(x))
    return gamma * (x - mu) / torch.sqrt(sigma2 + eps) + beta


def simple_rnn(d, x, h, W, U, V):
    o, h = [], shifted(d, "h", h, 0)
    for t, x_t in enumerate(x):
        h = shifted(d, "h", torch.tanh(W @ h + U @ x_t), t + 1)
        o.append(V @ h)
    return torch.stack(o)


def lstm(d, x, h, C, W_f, U_f, W_i, U_i, W_o, U_o, W_g, U_g):
    hs, Cs, h, C = [], [], shifted(d, "h", h, 0), shifted(d, "C", C, 0)
    for t, x_t in enumerate(x):
        f = shifted(d, "f", torch.sigmoid(W_f @ h + U_f @ x_t), t)
        i = shifted(d, "i", torch.sigmoid(W_i @ h + U_i @ x_t), t)
        o = shifted(d, "o", torch.sigmoid(W_o @ h + U_o @ x_t), t)
        G = shifted(d, "G", torch.tanh(W_g @ h + U_g @ x_t), t)
        C = shifted(d, "C", f * C + i * G, t + 1)
        h = shifted(d, "h", o * torch.tanh(C), t + 1)
        hs, Cs = [*hs, h], [*Cs, C]
    return torch.stack([torch.stack(hs), torch.stack(Cs)])


def gru(d, x, h, W_c, U_c, W_z, U_z, W_r, U_r):
    hs, h = [], shifted(d, "h", h, 0)
    for t, x_t in enumerate(x):
        z = shifted(d, "z", torch.sigmoid(W_z @ h + U_z @ x_t), t)
        r = shifted(d, "r", torch.sigmoid(W_r @ h + U_r @ x_t), t)
        c = shifted(d, "c", torch.tanh(W_c @ (r * h) + U_c @ x_t), t)
        h = shifted(d, "h", (1 - z) * h + z * c, t + 1)
        hs.append(h)
    return torch.stack(hs)


FORWARD = {
    "add": lambda d, a, b: a + b,
    "multiply": lambda d, a, b: a * b,
    "sum": lambda d, x: sum(x),
    "max": lambda d, x: torch.amax(x),
    "switch": lambda d, x, s: s * x,
    "relu": lambda d, x: torch.relu(x),
    "leaky_relu": lambda d, x: torch.where(x > 0, x, 0.01 * x),
    "elu": lambda d, x, alpha: scaled_exponential(x, 1, alpha),
    "selu": lambda d, x: scaled_exponential(x, activation.SELU_LAMBDA, activation.SELU_ALPHA),
    "sigmoid": lambda d, x: 1 / (1 + torch.exp(-x)),
    "softmax": softmax,
    "softplus": lambda d, x: torch.log(torch.exp(x) + 1),
    "tanh": lambda d, x: (torch.exp(x) - torch.exp(-x)) / (torch.exp(x) + torch.exp(-x)),
    "cross_entropy": lambda d, x, p: -sum(p_i * torch.log(x_i) for p_i, x_i in zip(p, x, strict=True) if p_i != 0),
    "squared_error": lambda d, x, t: sum((t - x) ** 2),
    "max_pool": max_pool,
    "avg_pool": avg_pool,
    "dropout": lambda d, x, D, q: D * x / (1 - q),
    "linear": lambda d, x, W, b: W @ x + b,
    "conv": conv,
    "separable_conv": separable_conv,
    "batch_norm": batch_norm,
    "simple_rnn": simple_rnn,
    "lstm": lstm,
    "gru": gru,
}
"""By specimen: (what the gradient is by, *inputs, **params) -> y."""


class Zeros:
    """What autograd differentiates by: zeros that are added to one input, or to one intermediate at each step."""

    def __init__(self, name, shape):
        self.name, self.value = name, torch.zeros(tuple(shape), dtype=torch.float64, requires_grad=True)

    def __getitem__(self, index):
        return self.value[index]


def autograd(case, given, shape):
    g, _, *inputs = given
    names = list(FORMS[case.specimen])
    by = Zeros(case.quantity[1:], shape)
    tensors = [torch.tensor(np.asarray(x, float)) for x in inputs]
    tensors = [x + by.value if name == by.name else x for name, x in zip(names, tensors, strict=False)]
    y = FORWARD[case.specimen](by, *tensors, **case.params)
    [found] = torch.autograd.grad(y, by.value, torch.tensor(np.asarray(g, float)))
    return found.numpy()


GRADIENTS = [row for row in formulas() if row.forward is not None and row.source == "document"]
FORMS = {row.specimen: signature(row.forward).parameters for row in GRADIENTS}


def test_every_printed_gradient_has_an_oracle():
    assert {row.specimen for row in GRADIENTS} == set(FORWARD)


@every("row", GRADIENTS, ids=lambda row: row.id, by=lambda row: row.id.split(".")[0])
def test_autograd_agrees_with_what_is_corrected(row):
    corrected = row.mended or row.printed
    within = judged(row).within is None
    for case in cases(row) if within else [row]:
        given = arguments(case, np.random.default_rng(0))
        expected = np.asarray(corrected(*given, **case.params))
        found = autograd(case, given, expected.shape)
        assert np.max(np.abs(found - expected) / np.maximum(1.0, np.abs(expected)), initial=0.0) <= 1e-13
