"""Rows on leaves: copies, masked arrays, gradients that add up, and what changes under a tape."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
from cases import REFUSED, Case


def leaf(L: Any, x: Any) -> Any:
    """A leaf that keeps its gradient."""
    if L.name == "micrograd":
        return L.engine.Value(float(x))
    if L.name == "PyTorch":
        return L.torch.tensor(np.asarray(x, float), requires_grad=True)
    return L.az.Tensor(x) if L.name == "autograd_zoo" else L.mg.tensor(x)


LEAVES = ("autograd_zoo", "PyTorch", "MyGrad", "micrograd")
ADDING = ("autograd_zoo", "PyTorch", "micrograd")  # whose gradients add up
ARRAYS = ("autograd_zoo", "PyTorch", "MyGrad")


def after(way: Any) -> Any:
    """Programs: the gradient that a copy of a leaf keeps."""

    def program(L: Any) -> Any:
        x = leaf(L, 3.0)
        (x * 2.0).backward()
        grad = way(x).grad
        return 0.0 if grad is None else np.asarray(grad)

    return dict.fromkeys(LEAVES, program)


MASKED = np.ma.masked_array([1.0, 2.0], [False, True])


def masked_targets(L: Any) -> Any:
    """A loss whose targets are masked."""
    if L.name == "autograd_zoo":
        return L.az.nn.softmax_cross_entropy(np.zeros((2, 3)), np.ma.masked_array([0, 1], [False, True])).data
    targets = L.torch.as_tensor(np.ma.masked_array([0, 1], [False, True]))
    return L.torch.nn.functional.cross_entropy(L.torch.zeros(2, 3), targets)


def masked_grad(L: Any) -> Any:
    x = leaf(L, [1.0, 2.0])
    x.grad = L.torch.as_tensor(MASKED) if L.name == "PyTorch" else MASKED
    return x.grad


def twice(L: Any) -> Any:
    """The gradient after two sweeps of y = x² · x at 4."""
    x = leaf(L, 4.0)
    y = x * x * x
    y.backward()
    y.backward()
    return x.grad


def written(L: Any) -> Any:
    """The gradient of Σ x² at (1, 2), when x.data is written to before the sweep."""
    x = leaf(L, [1.0, 2.0])
    y = (x * x).sum()
    x.data[0] = 5.0
    y.backward()
    return x.grad


def seeded(L: Any) -> Any:
    """A seed of shape (3,) for a value of shape (2, 3)."""
    x, seed = np.ones((2, 3)), np.ones(3)
    if L.name == "HIPS autograd":
        return L.autograd.make_vjp(L.np.sin)(x)[0](seed)
    if L.name == "JAX":
        return L.jax.vjp(L.np.sin, L.array(x))[1](L.array(seed))
    t = leaf(L, x)
    L.np.sin(t).backward(L.torch.tensor(seed) if L.name == "PyTorch" else seed)
    return t.grad


ROWS = [
    Case(
        "a masked array made a Tensor",
        REFUSED,
        "the mask would be lost",
        dict.fromkeys((*ARRAYS, "JAX"), lambda L: L.array(MASKED) if L.name == "JAX" else leaf(L, MASKED)),
        ("filled",),
    ),
    Case(
        "masked targets of a loss",
        REFUSED,
        "the mask would be lost",
        dict.fromkeys(("autograd_zoo", "PyTorch"), masked_targets),
        ("filled",),
    ),
    Case(
        "a masked array assigned to `.grad`",
        REFUSED,
        "the mask would be lost",
        dict.fromkeys(("autograd_zoo", "PyTorch"), masked_grad),
        ("filled",),
    ),
    Case("`copy.deepcopy` of a leaf: its gradient", 2.0, "the leaf", after(copy.deepcopy)),
    Case("`copy.copy` of a leaf: its gradient", 2.0, "the leaf", after(copy.copy)),
    Case("a pickled leaf: its gradient", 2.0, "the leaf", after(lambda x: pickle.loads(pickle.dumps(x)))),
    Case("`backward()` twice on x³ at 4", 96.0, "twice 48", dict.fromkeys(ADDING, twice)),
    Case(
        "`x.data[0] = 5` between recording and sweep",
        (2.0, 4.0),
        "the value as it was recorded",
        dict.fromkeys(ARRAYS, written),
    ),
    Case(
        "a seed of shape (3,) for a value of shape (2, 3)",
        REFUSED,
        "no such vector",
        dict.fromkeys((*ARRAYS, "JAX", "HIPS autograd"), seeded),
        ("shape",),
    ),
]
