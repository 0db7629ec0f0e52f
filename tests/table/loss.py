"""Rows of the loss, regularization and linear families."""

from __future__ import annotations

from autograd_zoo import nn

from .case import SHAPES, F, Row, away, call, drawn, shares, switches

BATCHES = [(4,), (3, 5), (2, 3, 4), (1, 3)]
REDUCTIONS = ["mean", "sum", "none"]


def over_batch(losses, reduction):
    """The losses of samples, reduced."""
    return {"mean": losses.mean, "sum": losses.sum, "none": lambda: losses}[reduction]()


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
