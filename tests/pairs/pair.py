"""A configuration that is drawn, and how ours is compared with PyTorch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from pytorch import torch

import autograd_zoo as az
from autograd_zoo import nn
from autograd_zoo.nn import exchange


class Pair(NamedTuple):
    """Our function or module of some inputs, and PyTorch's."""

    ours: Callable[..., Any]
    theirs: Callable[[], Callable[..., Any]]  # made where PyTorch is there
    inputs: tuple[Any, ...]
    own: Callable[..., Any] = lambda module, *inputs: module(*inputs)
    """How ours is called."""
    other: Callable[..., Any] = lambda module, *inputs: module(*inputs)
    """How PyTorch's is called."""


class Row(NamedTuple):
    """Draws pairs; `orders` of derivatives exist at what it draws. `called` is what PyTorch calls it.

    `varied` are the arguments that are drawn, besides shapes.
    """

    draw: Callable[[np.random.Generator], Pair]
    called: str
    orders: int = 2
    oracle: str = "PyTorch"
    varied: str = ""


def floating(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def parts(y: Any) -> list[Any]:
    """The results of a module, which may stand in tuples."""
    return [p for part in y for p in parts(part)] if isinstance(y, (tuple, list)) else [y]


def weights(y: Any) -> np.ndarray:
    """A cotangent for y, always the same."""
    return np.random.default_rng(1).standard_normal(tuple(y.shape))


def gradients(pair: Pair) -> tuple[list[Any], list[Any], dict[str, Any]]:
    """Our values, and their gradients by the inputs and by the parameters under PyTorch's names."""
    leaves = [az.Tensor(x) if floating(x) else x for x in pair.inputs]
    found = parts(pair.own(pair.ours, *leaves))
    loss = np.sum(np.stack([np.sum(y * weights(y)) for y in found]))
    of = [x for x in leaves if isinstance(x, az.Tensor)]
    module = pair.ours if isinstance(pair.ours, nn.Module) else None
    named = {} if module is None else {path: v for path, v in exchange._values(module).items()}
    parameters = {path: p for path, p in named.items() if isinstance(p, nn.Parameter)}
    every = az.gradient(loss, [*of, *parameters.values()], allow_unused=True)
    by_path = dict(zip(parameters, every[len(of) :], strict=True))
    by_name = {}
    for entry in [] if module is None else exchange._present(module, named):
        if all(part.path in by_path for part in entry.parts):
            stacked = [part.change(by_path[part.path]) for part in entry.parts]
            by_name[entry.name] = (np.concatenate(stacked) if len(stacked) > 1 else stacked[0])[entry.axes]
    return [y.data for y in found], every[: len(of)], by_name


def torch_gradients(pair: Pair) -> tuple[list[Any], list[Any], dict[str, Any]]:
    """The same of PyTorch's, with our weights."""
    theirs = pair.theirs()
    if isinstance(theirs, torch.nn.Module):
        theirs.double()
        if isinstance(pair.ours, nn.Module):
            theirs.load_state_dict({k: torch.from_numpy(a) for k, a in nn.to_torch(pair.ours).items()})
            theirs.train(pair.ours.training)
    leaves = [torch.tensor(x, requires_grad=True) if floating(x) else x for x in pair.inputs]
    leaves = [torch.from_numpy(x) if isinstance(x, np.ndarray) else x for x in leaves]
    found = parts(pair.other(theirs, *leaves))
    loss = sum(torch.sum(y * torch.from_numpy(weights(y))) for y in found)
    of = [x for x in leaves if isinstance(x, torch.Tensor) and x.requires_grad]
    parameters = dict(theirs.named_parameters()) if isinstance(theirs, torch.nn.Module) else {}
    every = torch.autograd.grad(loss, [*of, *parameters.values()], allow_unused=True, materialize_grads=True)
    numbers = [g.numpy() for g in every]
    return (
        [y.detach().numpy() for y in found],
        numbers[: len(of)],
        dict(zip(parameters, numbers[len(of) :], strict=True)),
    )


# ---- what is drawn ------------------------------------------------------------------------------------------------


def shape(rng: np.random.Generator, least: int = 0, most: int = 3) -> tuple[int, ...]:
    """A shape of some axes."""
    return tuple(int(n) for n in rng.integers(1, 5, rng.integers(least, most + 1)))


def apart(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers of either sign that keep away from 0 and from each other."""
    size = int(np.prod(shape))
    x = rng.permutation(np.linspace(0.1, 2.0, size)) * rng.choice([-1.0, 1.0], size)
    return np.reshape(x, shape)


def inside(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers between 0 and 1."""
    return np.asarray(rng.uniform(0.1, 0.9, shape))


def choice(rng: np.random.Generator, *values: Any) -> Any:
    """One of some values."""
    return values[int(rng.integers(len(values)))]
