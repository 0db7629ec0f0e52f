"""Losses."""

from __future__ import annotations

import numpy as np
from pytorch import F, torch

from autograd_zoo import nn

from .pair import Pair, Row, apart, choice, inside, shape

REDUCTIONS = ("mean", "sum", "none")


def _targets(rng, x):
    return np.asarray(x + rng.choice([-1.0, 1.0], x.shape) * rng.choice([0.3, 0.6, 0.85, 1.4], x.shape))


def _elementwise(name, predicted=apart, target=_targets, orders=2, **settings):
    """A loss of each element."""

    def draw(rng):
        params = {key: choice(rng, *values) for key, values in settings.items()}
        params["reduction"] = choice(rng, *REDUCTIONS)
        x = predicted(rng, *shape(rng))
        return Pair(
            getattr(nn, name)(**params), lambda: getattr(torch.nn, f"{name}Loss")(**params), (x, target(rng, x))
        )

    return Row(draw, f"{name}Loss", orders, varied=" ".join([*settings, "reduction"]))


def _hinge(rng):
    margin, reduction, along = choice(rng, 1.0, 0.5), choice(rng, *REDUCTIONS), shape(rng)
    x, t = apart(rng, *along), rng.choice([-1.0, 1.0], along)

    def theirs(x, t):  # which ranks x above 0, or below
        return F.margin_ranking_loss(x, torch.zeros_like(x), t, margin=margin, reduction=reduction)

    return Pair(lambda x: nn.Hinge(margin, reduction)(x, t), lambda: lambda x: theirs(x, torch.tensor(t)), (x,))


def _weighted(name, predicted, options):
    """A loss of yes and no, with weights that broadcast."""

    def draw(rng):
        along = shape(rng, 1)
        given = {key: rng.uniform(0.5, 2.0, along[-1:]) for key in options if rng.random() < 0.5}
        reduction = choice(rng, *REDUCTIONS)

        def theirs():
            weights = {key: torch.from_numpy(w) for key, w in given.items()}
            return getattr(torch.nn, f"{name}Loss")(reduction=reduction, **weights)

        ours = getattr(nn, name)(reduction=reduction, **given)
        return Pair(
            lambda x, t: ours(x, t), lambda: lambda x, t: theirs()(x, t), (predicted(rng, *along), inside(rng, *along))
        )

    return Row(draw, f"{name}Loss", varied=" ".join([*options, "reduction"]))


def _of_classes(name, called, predicted, smoothing):
    """A loss of classes, which are PyTorch's axis 1, with labels or shares, weights, and labels that are ignored."""

    def draw(rng):
        count, along, axis = int(rng.integers(2, 5)), shape(rng, 1, 3), 1
        full = (along[0], count, *along[1:])
        options = {"reduction": choice(rng, *REDUCTIONS)}
        soft = smoothing and rng.random() < 0.4
        weight = rng.uniform(0.5, 2.0, count) if rng.random() < 0.5 else None
        labels = rng.integers(0, count, along)
        if not soft and rng.random() < 0.5:
            options["ignore_index"] = int(labels.flat[0])
        if smoothing:
            options["label_smoothing"] = choice(rng, 0.0, 0.2)
        ignored = labels == options.get("ignore_index", -1)
        if not soft and options["reduction"] == "mean" and ignored.all():
            options["reduction"] = "sum"  # of a mean of nothing PyTorch's is nan
        x = predicted(rng, *full)
        p = inside(rng, *full)
        targets = (p / p.sum(axis=1, keepdims=True),) if soft else ()
        ours = getattr(nn, name)(weight=weight, axis=axis, **options)

        def theirs():
            w = None if weight is None else torch.from_numpy(weight)
            loss = getattr(torch.nn, called)(weight=w, **options)
            return (lambda x, p: loss(x, p)) if soft else (lambda x: loss(x, torch.from_numpy(labels)))

        return Pair((lambda x, p: ours(x, p)) if soft else (lambda x: ours(x, labels)), theirs, (x, *targets))

    varied = "weight ignore_index axis reduction"
    return Row(draw, called, varied=f"{varied} label_smoothing" if smoothing else varied)


def _logs(rng, *along):
    return np.asarray(np.log(inside(rng, *along)))


def _kl_div(rng):
    logs, along = bool(rng.integers(2)), shape(rng)
    options = {"reduction": choice(rng, *REDUCTIONS), "log_target": logs}
    p = (_logs if logs else inside)(rng, *along)
    return Pair(nn.KLDiv(**options), lambda: lambda x, p: F.kl_div(x, p, **options), (_logs(rng, *along), p))


ROWS = {
    "L1": _elementwise("L1", orders=1),
    "SmoothL1": _elementwise("SmoothL1", orders=1, beta=(1.0, 0.5, 0.0)),
    "Huber": _elementwise("Huber", orders=1, delta=(1.0, 0.5)),
    "Hinge": Row(_hinge, "", 1, "PyTorch (`margin_ranking_loss` with 0)", "margin reduction"),
    "BCE": _weighted("BCE", inside, ("weight",)),
    "BCEWithLogits": _weighted("BCEWithLogits", apart, ("weight", "pos_weight")),
    "KLDiv": Row(_kl_div, "KLDivLoss", varied="reduction log_target"),
    "NLL": _of_classes("NLL", "NLLLoss", _logs, False),
    "SoftmaxCrossEntropy": _of_classes("SoftmaxCrossEntropy", "CrossEntropyLoss", apart, True),
}
