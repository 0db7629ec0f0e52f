"""Rows of the loss, regularization and linear families."""

from __future__ import annotations

import itertools

import numpy as np
from pytorch import F

from autograd_zoo import nn

from .case import SHAPES, Row, away, call, drawn, shares, switches

BATCHES = [(4,), (3, 5), (2, 3, 4), (1, 3)]
REDUCTIONS = ["mean", "sum", "none"]


def over_batch(losses, reduction):
    """The losses of samples, reduced; those of none to 0."""
    return {"mean": losses.mean if losses.numel() else losses.sum, "sum": losses.sum, "none": lambda: losses}[
        reduction
    ]()


def of_each(name):
    """PyTorch's function for the loss of each element, reduced."""
    return lambda *xs, reduction="mean", **params: over_batch(
        getattr(F, name)(*xs, reduction="none", **params), reduction
    )


def losses(predicted, target):
    """Calls with predictions and targets in every shape; closed forms take targets that are no probabilities too."""
    return [
        *[
            call(predicted(shape), target(shape, 1), reduction=reduction)
            for shape in BATCHES
            for reduction in REDUCTIONS
        ],
        *[
            call(predicted((2, 3, 4)), abs(away((2, 3, 4), 1)), reduction=reduction, of="closed torch")
            for reduction in REDUCTIONS
        ],
    ]


def elementwise(predicted, target, **variants):
    """Calls with predictions and targets in every shape, a number among them; the closed forms take what others do."""
    grid = [dict(zip(variants, values, strict=True)) for values in itertools.product(*variants.values())]
    return [
        call(predicted(shape), target(shape, 1), reduction=reduction, **params)
        for params in grid
        for shape in SHAPES
        for reduction in REDUCTIONS
    ]


def apart(shape, seed=0):
    """Targets whose distances from `away` stand clear of 0, ½, 0.7 and 1."""
    rng = np.random.default_rng(seed)
    return away(shape) + rng.choice([-1.0, 1.0], shape) * rng.choice([0.3, 0.6, 0.85, 1.4], shape)


def signs(shape, seed=0):
    return np.random.default_rng(seed).choice([-1.0, 1.0], shape)


def inside(shape, seed=0):
    """Numbers between 0 and 1."""
    return np.random.default_rng(seed).uniform(0.1, 0.9, shape)


def logs(shape, seed=0):
    """Logarithms of probabilities; of a number alone, its own."""
    return np.log(inside(shape, seed))


def linear(x, W, b=None):
    layer = nn.Linear(W.shape[1], W.shape[0], bias=b is not None)
    layer.W, layer.b = W, b
    return layer(x)


ROWS = {
    "cross_entropy": Row(
        function=nn.cross_entropy,
        torch=lambda x, p, reduction: over_batch(-(p * x.log()).sum(-1), reduction),
        calls=losses(shares, shares),
        large=0.0,
    ),
    "softmax_cross_entropy": Row(
        function=nn.softmax_cross_entropy,
        torch=lambda x, p, reduction: over_batch(-(p * x.log_softmax(-1)).sum(-1), reduction),
        calls=losses(away, shares),
    ),
    "squared_error": Row(
        function=nn.squared_error,
        torch=lambda x, t, reduction: over_batch(((t - x) ** 2).sum(-1), reduction),
        calls=losses(away, away),
        large=1e18,  # its square is a float32
    ),
    "l1": Row(function=nn.l1, torch=of_each("l1_loss"), calls=elementwise(away, apart), orders=2),
    "smooth_l1": Row(
        function=nn.smooth_l1,
        torch=of_each("smooth_l1_loss"),
        calls=elementwise(away, apart, beta=[1.0, 0.5, 0.0]),
        orders=2,
    ),
    "huber": Row(
        function=nn.huber,
        torch=of_each("huber_loss"),
        calls=elementwise(away, apart, delta=[1.0, 0.7]),
        orders=2,
    ),
    "hinge": Row(
        function=nn.hinge,
        torch=lambda x, t, margin=1.0, reduction="mean": over_batch((margin - t * x).relu(), reduction),
        calls=elementwise(away, signs, margin=[1.0, 0.5]),
        orders=2,
    ),
    "bce": Row(
        function=nn.bce,
        torch=of_each("binary_cross_entropy"),
        calls=elementwise(inside, inside),
        large=0.0,
    ),
    "bce_with_logits": Row(
        function=nn.bce_with_logits,
        torch=of_each("binary_cross_entropy_with_logits"),
        calls=elementwise(away, inside),
    ),
    "kl_div": Row(
        function=nn.kl_div,
        torch=of_each("kl_div"),
        calls=[*elementwise(logs, inside), *elementwise(logs, logs, log_target=[True])],
    ),
    "nll": Row(
        function=nn.nll,
        torch=lambda x, p, reduction: over_batch(-(p * x).sum(-1), reduction),
        calls=losses(logs, shares),
    ),
    "dropout": Row(
        function=nn.dropout,
        torch=lambda x, D, q=0.5: D * x / (1.0 - q),
        calls=[
            call(away(shape), switches(shape), of="function closed torch", **params)
            for shape in SHAPES
            for params in ({}, {"q": 0.2}, {"q": 0.0})
        ],
    ),
    "linear": Row(
        function=nn.linear,
        module=linear,
        torch=lambda x, W, b=None: F.linear(x, W, b),
        calls=[
            call(*drawn((*batch, 4), (3, 4), (3,))[: 2 + bias])
            for batch in [(), (5,), (2, 3), (1,), (0,)]
            for bias in (True, False)
        ],
    ),
}
