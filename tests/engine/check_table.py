"""Wrong rules, each a mistake that somebody makes, and the diagnosis that each must get."""

from dataclasses import dataclass
from typing import Any

import numpy as np

import autograd_zoo as az


@dataclass(frozen=True)
class Wrong:
    """A function with a wrong gradient, and what the checker must say of it: kind, order, argument, some words."""

    name: str
    f: Any
    inputs: tuple[Any, ...]
    kind: str
    says: str = ""
    order: int = 1
    argument: int | None = 0


def op(forward, *rules, **keywords):
    """A primitive with the given rules."""
    primitive = az.primitive(forward)
    primitive.__module__ = __name__  # also where `forward` is the package's own
    az.defvjp(primitive, *rules, **keywords)
    return primitive


def raw(x):
    """The array of a Tensor: what no rule may use."""
    return x.data if isinstance(x, az.Tensor) else x


V = np.array([0.3, -1.2, 0.8, 2.0])
P = np.abs(V)
M = np.array([[0.3, -1.2, 0.5], [0.8, 2.0, -0.7], [1.4, -0.4, 0.9]])
C = np.array([[2.0, 0.5, 1.0], [-1.0, 3.0, 0.2], [0.7, -0.6, 1.5]])
X = np.random.default_rng(3).normal(size=(5, 3))
W = np.random.default_rng(4).normal(size=(3, 2))
B = np.array([0.4, -0.3])
I = np.array([0, 1, 1, 3])  # noqa: E741  (indices, one of them twice)


def relu(x):
    return np.maximum(0.0, x)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def normed(x):
    d = x - x.mean(-1, keepdims=True)
    return d / np.sqrt((d * d).mean(-1, keepdims=True))


def dnormed(g, y, x, mean=True, projection=True):
    """Of `normed`, with terms left out."""
    s = np.sqrt(((x - x.mean(-1, keepdims=True)) ** 2).mean(-1, keepdims=True))
    return (g - mean * g.mean(-1, keepdims=True) - projection * y * (g * y).mean(-1, keepdims=True)) / s


def scattered(x, g):
    out = np.zeros(x.shape)
    out[I] = g  # the last of two wins: np.add.at would add them up
    return out


def deep(wrong):
    """Ten layers of sigmoids, of which the first has its weight's gradient times `wrong`."""
    first = op(
        lambda w, x: x @ w,
        lambda g, y, w, x: wrong * (np.transpose(x) @ g),
        lambda g, y, w, x: g @ np.transpose(w),
    )
    layers = [np.random.default_rng(k).normal(size=(3, 3)) for k in range(9)]

    def net(w):
        h = az.nn.sigmoid(first(w, X))
        for layer in layers:
            h = az.nn.sigmoid(h @ layer)
        return h

    return net


def layer(dX=None, dW=None, db=None):
    """X W + b, with some of its gradients written otherwise."""
    return op(
        lambda X, W, b: X @ W + b,
        dX or (lambda g, y, X, W, b: g @ np.transpose(W)),
        dW or (lambda g, y, X, W, b: np.transpose(X) @ g),
        db or (lambda g, y, X, W, b: g.sum(axis=0)),
    )


def cubed_slope(rule):
    """x³, whose rule calls an operation of its own, which has the given rule."""
    slope = op(lambda x: 3.0 * x * x, rule)
    return op(lambda x: x * x * x, lambda g, y, x: g * slope(x))


TRUE = lambda x: x * x  # noqa: E731
TABLE = [
    # ---- masks
    Wrong("relu without its mask", op(relu, lambda g, y, x: g), (V,), "mask", r"where x < 0, .*np\.where\(x > 0"),
    Wrong("relu of a matrix without its mask", op(relu, lambda g, y, x: g), (M,), "mask"),
    Wrong("clip without its mask", op(lambda x: np.clip(x, -1.0, 1.0), lambda g, y, x: g), (V,), "mask", "in 2 of 4"),
    Wrong(
        "dead below, leaky gradient",
        op(relu, lambda g, y, x: g * np.where(x > 0, 1.0, 0.01)),
        (V,),
        "mask",
    ),
    Wrong("triu without its mask", op(np.triu, lambda g, y, x: g), (M,), "mask", "in 3 of 9"),
    Wrong("cumsum that is a sum", op(np.cumsum, lambda g, y, x: g.sum() * np.ones(x.shape)), (V,), "mask"),
    Wrong(
        "softplus threshold forgotten",
        op(lambda x: np.where(x > 1.0, 0.0, x), lambda g, y, x: g),
        (V,),
        "mask",
        "in 1 of 4",
    ),
    # ---- too many masks, lost contributions
    Wrong("relu, mask of the wrong half", op(relu, lambda g, y, x: g * (x > 1.0)), (V,), "lost", "in 2 of 4 elements"),
    Wrong("indices twice", op(lambda x: x[I], lambda g, y, x: scattered(x, g)), (V,), "lost", r"np\.add\.at"),
    Wrong(
        "leaky relu without its leak",
        op(lambda x: np.where(x > 0, x, 0.1 * x), lambda g, y, x: g * (x > 0)),
        (V,),
        "lost",
        "where x < 0",
    ),
    Wrong(
        "max gives the gradient to nobody",
        op(lambda x: x + np.max(x), lambda g, y, x: g + np.where(x > 5.0, g.sum(), 0.0)),
        (V,),
        "term",
    ),
    # ---- signs
    Wrong("sign", op(TRUE, lambda g, y, x: -2.0 * g * x), (V,), "sign"),
    Wrong("sign of cos", op(np.cos, lambda g, y, x: g * np.sin(x)), (V,), "sign"),
    Wrong(
        "sign of one input",
        op(np.subtract, lambda g, y, a, b: g, lambda g, y, a, b: g),
        (V, V + 1.0),
        "sign",
        argument=1,
    ),
    Wrong("abs without sign", op(np.abs, lambda g, y, x: g), (V,), "sign", "sign is wrong where x < 0"),
    Wrong(
        "small slope of a large value",
        op(lambda x: 1e3 + 1e-5 * np.sum(np.sin(x)), lambda g, y, x: -g * 1e-5 * np.cos(x)),
        (np.ones(2),),
        "sign",
    ),
    Wrong("reciprocal", op(lambda x: 1.0 / x, lambda g, y, x: g / (x * x)), (V,), "sign"),
    # ---- factors
    Wrong("factor 1/2", op(TRUE, lambda g, y, x: g * x), (V,), "factor", r"0\.5 times"),
    Wrong("factor -2", op(TRUE, lambda g, y, x: -4.0 * g * x), (V,), "factor", r"-2 times"),
    Wrong("first of ten layers", deep(2.0), (W @ np.ones((2, 3)) * 0.3,), "factor", "2 times"),
    *(
        Wrong(f"{f.__name__}, factor 1 + 1e-6", op(f, *rules), inputs, "factor", r"1 \+ 1e-06 times")
        for f, rules, inputs in (
            (np.cosh, [lambda g, y, x: (1.0 + 1e-6) * g * np.sinh(x)], (np.array([0.3, -1.2, 4.0, 9.0]),)),
            (az.logsumexp, [lambda g, y, x: (1.0 + 1e-6) * g * np.exp(x - y)], (np.array([0.3, -1.2, 4.0, -9.0]),)),
            (
                np.logaddexp,
                [lambda g, y, a, b: (1.0 + 1e-6) * g * np.exp(a - y), lambda g, y, a, b: g * np.exp(b - y)],
                (V, 3.0 * V),
            ),
        )
    ),
    Wrong(
        "tiny values, factor", op(lambda x: 1e-9 * x * x, lambda g, y, x: g * 1e-9 * x), (V,), "factor", r"0\.5 times"
    ),
    Wrong("huge values, factor", op(lambda x: 1e9 * x * x, lambda g, y, x: g * 1e9 * x), (V,), "factor", r"0\.5 times"),
    Wrong("log2 as log", op(np.log2, lambda g, y, x: g / x), (P,), "factor", r"0\.693147 times"),
    Wrong(
        "sum for mean",
        op(lambda x: np.mean(x), lambda g, y, x: g * np.ones(x.shape)),
        (V,),
        "factor",
        r"4 times .*a sum for a mean",
    ),
    Wrong(
        "mean over an axis, divided by all",
        op(lambda x: np.mean(x, 0), lambda g, y, x: np.broadcast_to(g / x.size, x.shape)),
        (X,),
        "factor",
        r"0\.333333 times",
    ),
    Wrong(
        "one element only",
        op(TRUE, lambda g, y, x: g * 2.0 * x * np.array([1.0, 1.0, 1.0, 1.001])),
        (V,),
        "factor",
        "in 1 of 4",
    ),
    Wrong(
        "leak of the wrong size",
        op(lambda x: np.where(x > 0, x, 0.1 * x), lambda g, y, x: g * np.where(x > 0, 1.0, 0.2)),
        (V - 0.5,),
        "factor",
        "where x < 0: the tape is 2 times",
    ),
    Wrong("a number, factor", op(TRUE, lambda g, y, x: g * x), (np.array(1.7),), "factor", r"0\.5 times"),
    Wrong("a number, term", op(np.sin, lambda g, y, x: g * np.sin(x)), (np.array(0.4),), "term"),
    Wrong("a factor that is another one at each order", op(np.exp, lambda g, y, x: g * x), (V,), "term"),
    # ---- the batch
    Wrong(
        "bias, mean over the batch",
        layer(db=lambda g, y, X, W, b: g.mean(axis=0)),
        (X, W, B),
        "batch sum",
        r"0\.2 times .*over the batch",
        argument=2,
    ),
    Wrong(
        "weights, mean over the batch",
        layer(dW=lambda g, y, X, W, b: np.transpose(X) @ g / 5.0),
        (X, W, B),
        "batch sum",
        "over the batch",
        argument=1,
    ),
    Wrong(
        "bias, first sample only",
        layer(db=lambda g, y, X, W, b: g[0]),
        (X, W, B),
        "batch sum",
        r"Only index 0 of the result's axis 0.*g\.sum\(axis=0\)",
        argument=2,
    ),
    Wrong(
        "weights, last sample only",
        layer(dW=lambda g, y, X, W, b: np.outer(X[-1], g[-1])),
        (X, W, B),
        "batch sum",
        "Only index 4",
        argument=1,
    ),
    Wrong(
        "bias, no sum", layer(db=lambda g, y, X, W, b: g), (X, W, B), "batch sum", r"g\.sum\(axis=0\)", argument=None
    ),
    Wrong(
        "scalar, no sum",
        op(lambda s, x: s * x, lambda g, y, s, x: g * x, lambda g, y, s, x: g * s),
        (np.array(2.0), V),
        "batch sum",
        r"g\.sum\(axis=0\)",
        argument=None,
    ),
    Wrong(
        "row, no sum kept",
        op(lambda s, x: s * x, lambda g, y, s, x: g * x, lambda g, y, s, x: g * s),
        (M[:1], M),
        "batch sum",
        r"axis=0, keepdims=True",
        argument=None,
    ),
    # ---- shapes and errors
    Wrong("an axis lost", op(lambda x: x * 1.0, lambda g, y, x: g[0]), (M,), "shape", "axis lost", argument=None),
    Wrong(
        "a transpose lost",
        op(lambda x: np.transpose(x) * 1.0, lambda g, y, x: g),
        (X,),
        "shape",
        "transpose is missing",
        argument=None,
    ),
    Wrong("an error", op(TRUE, lambda g, y, x: g / None), (V,), "error", "unsupported operand", argument=None),
    # ---- matrices and axes
    Wrong(
        "gradient transposed",
        op(lambda x: x @ C, lambda g, y, x: np.transpose(g @ C.T)),
        (M,),
        "transposed",
        "gradient is transposed",
    ),
    Wrong(
        "factor not transposed", op(lambda x: x @ C, lambda g, y, x: g @ C), (M,), "transposed", "factor is transposed"
    ),
    Wrong(
        "left factor not transposed",
        op(lambda x: C @ x, lambda g, y, x: C @ g),
        (M,),
        "transposed",
        "factor is transposed",
    ),
    Wrong(
        "matrix times vector", op(lambda x: C @ x, lambda g, y, x: C @ g), (M[0],), "transposed", "factor is transposed"
    ),
    Wrong(
        "sum over the wrong axis",
        op(lambda x: np.sum(x, axis=0), lambda g, y, x: np.broadcast_to(g[:, None], x.shape)),
        (M,),
        "transposed",
    ),
    Wrong(
        "cotangent in memory order",
        op(lambda x: x * 3.0, lambda g, y, x: 3.0 * np.reshape(raw(g).ravel(order="K"), x.shape)),
        (M,),
        "transposed",
    ),
    Wrong("flip forgotten", op(lambda x: np.flip(x) * 1.0, lambda g, y, x: g), (V,), "flipped"),
    Wrong("cumsum from the wrong end", op(np.cumsum, lambda g, y, x: np.cumsum(g)), (V,), "transposed"),
    Wrong(
        "roll the wrong way",
        op(lambda x: np.roll(x, 1), lambda g, y, x: np.roll(g, 1)),
        (V,),
        "shifted",
        "wrong places, shifted by",
    ),
    Wrong(
        "diff off by one",
        op(lambda x: np.roll(x, 2) * x.size, lambda g, y, x: np.roll(g, -1) * x.size),
        (V,),
        "shifted",
        "shifted by",
    ),
    Wrong(
        "reshape for a transpose",
        op(lambda x: np.transpose(x) * 1.0, lambda g, y, x: np.reshape(g, x.shape)),
        (X,),
        "permuted",
        "right numbers stand in the wrong places",
    ),
    Wrong("order of take", op(lambda x: x[[2, 0, 1, 3]] * 1.0, lambda g, y, x: g[[2, 0, 1, 3]]), (V,), "transposed"),
    Wrong(
        "one of two results",
        op(lambda x: np.stack([x.sum(), (x * x).sum()]), lambda g, y, x: g[0] + g[1] * x),
        (V,),
        "factor",
        "wrong in some of the results: the tape is 0.5 times",
    ),
    # ---- cotangents
    Wrong("cotangent forgotten", op(TRUE, lambda g, y, x: 2.0 * x), (V,), "cotangent", "does not use its cotangent"),
    Wrong("cotangent squared", op(TRUE, lambda g, y, x: g * g * 2.0 * x), (V,), "cotangent", "not linear"),
    Wrong("cotangent added", op(TRUE, lambda g, y, x: g + 2.0 * x), (V,), "cotangent"),
    Wrong("sign of the cotangent", op(TRUE, lambda g, y, x: np.sign(g) * 2.0 * x), (V,), "cotangent", "not linear"),
    Wrong("size of the cotangent", op(TRUE, lambda g, y, x: np.abs(g) * 2.0 * x), (V,), "cotangent", "not linear"),
    Wrong("guided by the cotangent", op(relu, lambda g, y, x: g * (x > 0) * (g > 0)), (V,), "cotangent", "not linear"),
    Wrong("cotangent cut", op(TRUE, lambda g, y, x: np.minimum(g, 8.0) * 2.0 * x), (V,), "cotangent", "not linear"),
    Wrong(
        "gradient clipped", op(TRUE, lambda g, y, x: np.clip(g * 2.0 * x, -9.0, 9.0)), (V,), "cotangent", "not linear"
    ),
    # ---- terms
    Wrong(
        "product rule, one half",
        op(lambda x: x * np.sin(x), lambda g, y, x: g * np.sin(x)),
        (V,),
        "term",
        "term is missing",
    ),
    Wrong("one term too many", op(np.sin, lambda g, y, x: g * (np.cos(x) + 1e-5 * x)), (V,), "term"),
    Wrong("y for x", op(np.sinh, lambda g, y, x: g * np.cosh(y)), (V,), "term"),
    Wrong("x for y", op(np.tanh, lambda g, y, x: g * (1.0 - x * x)), (V,), "term"),
    Wrong("sigmoid without 1 - y", op(sigmoid, lambda g, y, x: g * y), (V,), "term"),
    Wrong("softmax, elementwise", op(softmax, lambda g, y, x: g * y * (1.0 - y)), (V,), "lost", "Only the diagonal"),
    Wrong("softmax, no sum", op(softmax, lambda g, y, x: g * y), (V,), "term"),
    Wrong(
        "normalization, no mean", op(normed, lambda g, y, x: dnormed(g, y, x, mean=False)), (V,), "centered", "g.mean"
    ),
    Wrong("normalization, no projection", op(normed, lambda g, y, x: dnormed(g, y, x, projection=False)), (V,), "term"),
    Wrong("variance, no mean", op(lambda x: np.var(x), lambda g, y, x: g * 2.0 * x / x.size), (V,), "centered"),
    Wrong(
        "cotangents mixed up",
        op(lambda x: x * 3.0, lambda g, y, x: np.broadcast_to(np.mean(g) * 3.0, x.shape)),
        (V,),
        "term",
    ),
    # ---- nothing at all
    Wrong("zero", op(TRUE, lambda g, y, x: g * 0.0), (V,), "zero", "computed outside the tape"),
    Wrong("detached", lambda x: x.detach() * 2.0, (V,), "zero", r"\.detach\(\)"),
    Wrong("does not depend", op(lambda x: np.ones(3), lambda g, y, x: np.ones(x.shape) * g.sum()), (V,), "constant"),
    Wrong(
        "not a number",
        op(TRUE, np.errstate(all="ignore")(lambda g, y, x: g * 2.0 * x * x / x)),
        (np.array([1.0, 0.0]),),
        "nonfinite",
        "detect_anomaly",
    ),
    # ---- order 2
    Wrong("off the tape by its input", op(TRUE, lambda g, y, x: g * 2.0 * raw(x)), (V,), "order 2", "not recorded", 2),
    Wrong(
        "off the tape by its output",
        op(np.tanh, lambda g, y, x: g * (1.0 - raw(y) ** 2)),
        (V,),
        "order 2",
        "not recorded",
        2,
    ),
    Wrong(
        "off the tape by its cotangent",
        op(np.sin, lambda g, y, x: raw(g) * np.cos(x)),
        (V,),
        "order 2",
        "not recorded",
        2,
    ),
    Wrong("a wrong rule in a rule", cubed_slope(lambda g, y, x: g * 3.0 * x), (V,), "order 2", "", 2),
    Wrong("off the tape at order 2", cubed_slope(lambda g, y, x: g * 6.0 * raw(x)), (V,), "order 3", "not recorded", 3),
    # ---- where differences mean nothing
    Wrong("kink of relu", az.nn.relu, (np.array([0.0, 1.0]),), "kink", "slopes 0 and 1"),
    Wrong(
        "kink of abs",
        lambda x: np.abs(x) + 0.3 * x + 0.2 * np.maximum(x, 0.0),
        (np.array([0.0, 1.0]),),
        "kink",
        "kink or a tie",
        2,
    ),
    Wrong(
        "tie, all to the first",
        op(np.max, lambda g, y, x: g * (np.arange(x.size) == np.argmax(x))),
        (np.array([2.0, 2.0, 1.0]),),
        "kink",
        "kink or a tie",
    ),
    Wrong("jump", np.sign, (np.array([0.0, 1.0]),), "jump", "jump"),
    Wrong("edge", np.sqrt, (np.array([0.0, 1.0]),), "edge", "edge of its domain"),
    Wrong("no value", np.log, (np.array([-1.0, 1.0]),), "no value", "no gradient to check", argument=None),
]
