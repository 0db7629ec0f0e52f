"""The rows of the comparison, and what each is to reach, as data: ratios to PyTorch eager, lower is better."""

from __future__ import annotations

from typing import NamedTuple


class Target(NamedTuple):
    """What a fused step is to reach with NumPy alone and with compiled kernels; and the best that was done by hand."""

    alone: float
    fast: float
    by_hand: float | None = None
    compiled: float | None = None


ROWS: dict[str, Target] = {
    "mlp": Target(1.25, 1.25, 1.11),
    "cnn": Target(1.7, 1.4, 1.4),
    "conv2d-3": Target(2.0, 1.25, 1.9, 1.2),
    "conv2d-64": Target(1.75, 1.5, 1.5),
    "conv2d-stride": Target(1.8, 1.8, 1.6),
    "conv2d-1x1": Target(1.0, 1.0, 0.8),
    "conv2d-depthwise": Target(4.0, 1.5, 2.8, 1.4),
    "tanh": Target(1.4, 1.0, 1.1, 1.2),
    "sigmoid": Target(2.0, 1.0, 1.8, 0.9),
    "relu": Target(1.5, 1.0),
    "gelu": Target(8.0, 1.2, 7.0, 1.2),
    "softmax": Target(2.4, 2.0, 2.0, 1.9),
    "layer_norm": Target(5.0, 1.0, 4.3, 0.95),
    "batch_norm": Target(2.0, 0.6, 1.7, 0.56),
    "max_pool": Target(0.6, 0.15, 0.33, 0.11),
    "avg_pool": Target(0.6, 0.15, 0.35, 0.07),
    "cross_entropy": Target(2.5, 1.2),
    "rnn": Target(1.0, 0.8, 0.8),
    "gru": Target(1.15, 1.0, 1.0),
    "lstm": Target(2.1, 1.55, 1.9, 1.5),
    "attention": Target(1.3, 1.1, 1.1),
    "encoder": Target(1.3, 1.1, 1.1),
    "chain-10": Target(0.46, 0.46, 0.17),
    "chain-0d": Target(0.24, 0.24, 0.28),
}
"""The rows that the geometric mean is taken over."""

MEAN = Target(1.5, 0.9)  # of the geometric means
WORST = Target(8.0, 2.0)  # of every row
COMPOSED_MEAN = 2.2
COMPOSED = {"sigmoid": 4.0, "tanh": 4.0, "softmax": 4.0, "relu": 6.0}
TAX, FROM = 1.15, 1e-3  # fused against the floor with fresh results, on rows of at least so many seconds
TREE = 0.7  # the scalar tree against micrograd
EXPONENT, SLACK = 1.0, 0.05  # of the cost in nodes, from 10³ to 10⁶
BY_HAND = 1.1  # of a floor against the best that was done by hand, or it is a lazy one
