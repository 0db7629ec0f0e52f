"""Workloads beside the rows that the mean is taken over: drop-out, an embedding, a residual block, a step of Adam."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_zoo as az
from autograd_zoo import nn

from ..engines import Array, Step, Workload, anp, mg, of_module, torch
from ..floors import others as floors
from ..floors import pointwise
from . import normal, workload
from .conv import hips_conv, kernels
from .maps import hips_batch_norm


@workload("dropout", tiny={"shape": (2, 3, 8)}, shape=(64, 128, 512))
def dropout(shape: tuple[int, ...]) -> Workload:
    """The switches are given: whose generator draws them is not what is compared."""
    x, g = normal(0, shape, shape)
    D = (np.random.default_rng(1).random(shape) < 0.5).astype(np.float32)
    return Workload(
        f"dropout, given its switches {shape}",
        [x],
        g,
        torch=lambda x: x * torch.from_numpy(D) * 2.0,
        ours=lambda x: nn.dropout(x, D, q=0.5),
        mygrad=lambda x: x * D * 2.0,
        hips=lambda x: x * D * 2.0,
        floor=lambda m: pointwise.scaled(m, x, D, g, scale=2.0),
    )


@workload("embedding", tiny={"words": 6, "size": 4, "shape": (2, 3)}, words=10_000, size=256, shape=(32, 128))
def embedding(words: int, size: int, shape: tuple[int, ...]) -> Workload:
    W, g = normal(0, (words, size), (*shape, size))
    at = np.random.default_rng(1).integers(0, words, shape)
    return Workload(
        f"embedding of {shape} of {words:,} words, {size} long",
        [W],
        g,
        torch=lambda W: torch.nn.functional.embedding(torch.from_numpy(at), W),
        ours=lambda W: nn.embedding(W, at),
        mygrad=lambda W: W[at],
        hips=lambda W: W[at],
        floor=lambda m: floors.embedding(m, W, at, g),
        pool=False,
    )


@workload("bottleneck", tiny={"x_shape": (2, 8, 4, 5), "planes": 2}, x_shape=(16, 256, 16, 16), planes=64)
def bottleneck(x_shape: tuple[int, ...], planes: int) -> Workload:
    """The block of a ResNet-50: 1 × 1, 3 × 3 and 1 × 1 convolutions with batch normalization, and what went in."""
    x, g = normal(0, x_shape, x_shape)
    c = x_shape[1]
    shapes = {"conv1": (planes, c, 1, 1), "conv2": (planes, planes, 3, 3), "conv3": (c, planes, 1, 1)}
    state: dict[str, Array] = {}
    for k, (name, shape) in enumerate(shapes.items()):
        state[f"{name}.weight"] = kernels(k + 1, shape)
        state[f"bn{k + 1}.weight"], state[f"bn{k + 1}.bias"] = normal(k + 4, shape[:1], shape[:1])
    module = nn.Bottleneck(c, planes, dtype=np.float32)
    own = nn.to_torch(module)
    nn.from_torch(module, {name: state.get(name, a) for name, a in own.items()})

    def block(conv: Any, norm: Any, relu: Any) -> Callable[..., Any]:
        def run(x: Any, *weights: Any) -> Any:
            h = x
            for k in range(3):
                W, gamma, beta = weights[3 * k : 3 * k + 3]
                h = norm(conv(h, W, 1 if k == 1 else 0), gamma, beta)
                h = relu(h if k < 2 else h + x)
            return h

        return run

    F = torch.nn.functional if torch else None
    return Workload(
        f"ResNet bottleneck {x_shape}, {planes} planes",
        [x, *state.values()],
        g,
        torch=block(
            lambda x, W, padding: F.conv2d(x, W, padding=padding),
            lambda x, gamma, beta: F.batch_norm(x, None, None, gamma, beta, True),
            lambda a: F.relu(a),
        ),
        ours=of_module(module, x, list(state), lambda module, x: module(x)),
        mygrad=block(
            lambda x, W, padding: mg.nnet.conv_nd(x, W, stride=1, padding=padding),
            lambda x, gamma, beta: mg.nnet.batchnorm(x, gamma=gamma, beta=beta, eps=1e-5),
            lambda a: mg.nnet.relu(a),
        ),
        hips=block(lambda x, W, padding: hips_conv(padding)(x, W), hips_batch_norm, lambda a: anp.maximum(a, 0)),
        tolerance=5e-3,
    )


@workload("adam", tiny={"shapes": ((3, 4), (4,))}, shapes=((1024, 1024), (1024,), (1024, 1024), (1024,)))
def adam(shapes: tuple[tuple[int, ...], ...]) -> Workload:
    """What moves the parameters, from given gradients; each step goes on from the last one."""
    parameters, gradients = normal(0, *shapes), normal(1, *shapes)
    return Workload(
        f"a step of Adam, {sum(p.size for p in parameters):,} parameters",
        parameters,
        None,
        torch=None,  # type: ignore[arg-type]
        ours=None,  # type: ignore[arg-type]
        mygrad="has no optimizer",
        hips="has no such optimizer for arrays",
        steps={
            "PyTorch": _torch_adam(parameters, gradients),
            "fused": _our_adam(parameters, gradients),
            "floor": floors.adam([p.copy() for p in parameters], gradients),
        },
        tolerance=1e-5,
    )


def _our_adam(parameters: list[Array], gradients: list[Array]) -> Step:
    leaves = [az.Tensor(p.copy()) for p in parameters]
    optimizer = az.optim.Adam(leaves, lr=1e-3)

    def step() -> list[Array]:
        optimizer.step(gradients)
        return [p.data for p in leaves]

    return step


def _torch_adam(parameters: list[Array], gradients: list[Array]) -> Step:
    tensors: list[Any] = []
    optimizer: Any = None

    def step() -> list[Any]:
        nonlocal optimizer
        if optimizer is None:
            tensors.extend(torch.nn.Parameter(torch.from_numpy(p.copy())) for p in parameters)
            for tensor, g in zip(tensors, gradients, strict=True):
                tensor.grad = torch.from_numpy(g)
            optimizer = torch.optim.Adam(tensors, lr=1e-3)
        optimizer.step()
        return [t.detach().numpy() for t in tensors]

    return step
