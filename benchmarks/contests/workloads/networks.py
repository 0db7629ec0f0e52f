"""Two small networks with a loss: a multi-layer perceptron and a convolutional network; gradients of all parameters."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from autograd_zoo import nn

from ..engines import Array, Workload, anp, mg, torch
from ..floors import networks as floors
from . import normal, workload
from .conv import hips_conv, kernels
from .maps import window_max
from .rows import composed_cross_entropy


def _labels(n: int, classes: int) -> Array:
    return np.random.default_rng(3).integers(0, classes, n)


def _mlp(x: Any, linear: Any, relu: Any, loss: Any) -> Callable[..., Any]:
    def run(w1: Any, b1: Any, w2: Any, b2: Any, w3: Any, b3: Any) -> Any:
        return loss(linear(relu(linear(relu(linear(x, w1, b1)), w2, b2)), w3, b3))

    return run


@workload("mlp", tiny={"n": 3, "sizes": (7, 5, 6, 4)}, n=128, sizes=(784, 512, 256, 10))
def mlp(n: int, sizes: tuple[int, ...]) -> Workload:
    (x,) = normal(0, (n, sizes[0]))
    labels = _labels(n, sizes[-1])
    parameters: list[Array] = []
    for k, (a, b) in enumerate(pairwise(sizes)):
        parameters += [kernels(k + 1, (b, a)), np.zeros(b, np.float32)]
    F = torch.nn.functional if torch else None
    composed = composed_cross_entropy(anp, labels)
    return Workload(
        f"MLP {'-'.join(map(str, sizes))}, batch {n}",
        parameters,
        None,
        torch=lambda *p: _mlp(
            torch.from_numpy(x), F.linear, F.relu, lambda z: F.cross_entropy(z, torch.from_numpy(labels))
        )(*p),
        ours=_mlp(x, nn.linear, nn.relu, lambda z: nn.softmax_cross_entropy(z, labels)),
        mygrad=lambda *p: _mlp(
            x,
            lambda x, W, b: mg.matmul(x, W.T) + b,
            mg.nnet.relu,
            lambda z: mg.nnet.softmax_crossentropy(z, labels),
        )(*p),
        floor=lambda m: floors.mlp(m, x, labels, parameters),
        pool=False,
        hips=_mlp(x, lambda x, W, b: anp.dot(x, W.T) + b, lambda a: anp.maximum(a, 0), composed),
    )


def _cnn(conv: Any, relu: Any, pool: Any, flat: Any, linear: Any, loss: Any) -> Callable[..., Any]:
    def run(x: Any, w1: Any, b1: Any, w2: Any, b2: Any, w3: Any, b3: Any) -> Any:
        h = pool(relu(conv(x, w1, b1)))
        h = pool(relu(conv(h, w2, b2)))
        return loss(linear(flat(h), w3, b3))

    return run


def _biased(conv: Any) -> Callable[..., Any]:
    return lambda x, w, b: conv(x, w) + b.reshape((1, -1, 1, 1))


@workload("cnn", tiny={"n": 3, "size": 8, "channels": (2, 3)}, n=64, size=28, channels=(16, 32))
def cnn(n: int, size: int, channels: tuple[int, int]) -> Workload:
    (x,) = normal(0, (n, 1, size, size))
    labels, (c1, c2) = _labels(n, 10), channels
    shapes = [(c1, 1, 3, 3), (c2, c1, 3, 3), (10, c2 * (size // 4) ** 2)]
    parameters = [a for k, s in enumerate(shapes) for a in (kernels(k + 1, s), np.zeros(s[0], np.float32))]
    F = torch.nn.functional if torch else None

    def flat(a: Any) -> Any:
        return a.reshape((n, -1))

    def by_torch(*p: Any) -> Any:
        target = torch.from_numpy(labels)
        net = _cnn(
            lambda x, w, b: F.conv2d(x, w, b, padding=1),
            F.relu,
            lambda a: F.max_pool2d(a, 2),
            flat,
            F.linear,
            lambda z: F.cross_entropy(z, target),
        )
        return net(torch.from_numpy(x), *p)

    ours = _cnn(
        lambda x, w, b: nn.conv(x, w, b, padding=1),
        nn.relu,
        lambda a: nn.max_pool(a, kernel_size=(2, 2)),
        flat,
        nn.linear,
        lambda z: nn.softmax_cross_entropy(z, labels),
    )
    hips = _cnn(
        _biased(hips_conv(1)),
        lambda a: anp.maximum(a, 0),
        window_max,
        flat,
        lambda x, w, b: anp.dot(x, w.T) + b,
        composed_cross_entropy(anp, labels),
    )

    def by_mygrad(*p: Any) -> Any:
        net = _cnn(
            _biased(lambda x, w: mg.nnet.conv_nd(x, w, stride=1, padding=1)),
            mg.nnet.relu,
            lambda a: mg.nnet.max_pool(a, (2, 2), 2),
            flat,
            lambda x, w, b: mg.matmul(x, w.T) + b,
            lambda z: mg.nnet.softmax_crossentropy(z, labels),
        )
        return net(x, *p)

    return Workload(
        f"small CNN {(n, 1, size, size)}",
        parameters,
        None,
        torch=by_torch,
        ours=lambda *p: ours(x, *p),
        mygrad=by_mygrad,
        hips=lambda *p: hips(x, *p),
        floor=lambda m: floors.cnn(m, x, labels, parameters),
    )
