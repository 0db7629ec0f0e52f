"""Train data-parallel by JAX what was recorded here: 8 devices in one process, or in two processes that talk by gloo.

`python examples/data_parallel.py [mlp | gpt] [--processes 2]` compares the weights after 5 steps with our own engine.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import socket
import subprocess
import sys
from typing import Any

import numpy as np

import autograd_zoo as az
from autograd_zoo import nn

DEVICES, BATCH, STEPS, RATE = 8, 16, 5, 0.1


class GPT(nn.Module):
    """Vectors of characters and of places, a layer of causal attention, and scores for the next character."""

    def __init__(self, symbols: int, width: int, length: int, rng: np.random.Generator) -> None:
        self.characters = nn.Embedding(symbols, width, rng=rng)
        self.places = nn.Embedding(length, width, rng=rng)
        self.layer = nn.TransformerEncoderLayer(width, 2, 2 * width, 0.0, rng=rng)
        self.scores = nn.Linear(width, symbols, rng=rng)

    def forward(self, text: Any) -> Any:
        """Scores (N, T, symbols) for what follows each character of text (N, T)."""
        x = self.characters(text) + self.places(np.arange(text.shape[1]))
        return self.scores(self.layer(x, causal=True))


def mlp() -> tuple[Any, Any, Any]:
    """A perceptron with BatchNorm: its loss, the module, and what draws a batch."""
    rng = np.random.default_rng(0)
    model = nn.Sequential(nn.Linear(20, 32, rng=rng), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 5, rng=rng))

    def batch(rng: np.random.Generator) -> tuple[Any, Any]:
        return rng.standard_normal((BATCH, 20)), rng.integers(0, 5, BATCH)

    return lambda x, labels: nn.softmax_cross_entropy(model(x), labels), model, batch


def gpt() -> tuple[Any, Any, Any]:
    """A small language model: its loss, the module, and what draws a batch."""
    model = GPT(11, 8, 6, np.random.default_rng(0))

    def loss(text: Any, following: Any) -> Any:
        scores = model(text)
        return nn.softmax_cross_entropy(np.reshape(scores, (-1, 11)), following)

    def batch(rng: np.random.Generator) -> tuple[Any, Any]:
        text = rng.integers(0, 11, (BATCH, 7))
        return text[:, :-1], text[:, 1:].reshape(-1)

    return loss, model, batch


NETWORKS = {"mlp": mlp, "gpt": gpt}


def ours(name: str) -> dict[str, Any]:
    """The weights and statistics after the steps, by our own engine."""
    loss, model, batch = NETWORKS[name]()
    parameters = list(model.parameters())
    for k in range(STEPS):
        with az.fused():
            y = loss(*batch(np.random.default_rng(k)))
        gradients = az.gradient(y, parameters)
        for p, g in zip(parameters, gradients, strict=True):
            p.data = p.data - RATE * g
    return dict(model.state_dict())


def parallel(name: str) -> tuple[dict[str, Any], int, int]:
    """The same by JAX, the batch split over all devices; also how many devices, and all-reduces in the program."""
    import jax
    import jax.numpy as jnp
    from jax.sharding import Mesh, NamedSharding, PartitionSpec

    loss, _, batch = NETWORKS[name]()
    program = az.record(loss, *batch(np.random.default_rng(0)), grad=True)
    replay = program.replay(jnp)
    data = list(inspect.signature(loss).parameters)
    weights = {x.name: x.value for x in program.leaves if x.name not in data}
    kept = {x.name: np.asarray(x.value) for x in program.given if x.name not in data}

    def update(state: Any, *arrays: Any) -> Any:
        named = {**state, **dict(zip(data, arrays, strict=True))}
        leaves = [named[x.name] for x in program.leaves]
        found = dict(
            zip(program.outputs, replay(*leaves, **{x.name: named[x.name] for x in program.given}), strict=True)
        )
        after = {key: state[key] - RATE * found[f"grad.{key}"] for key in weights}
        return found["y"], after | {key: found.get(key, state[key]) for key in kept}

    devices = np.array(jax.devices())
    mesh = Mesh(devices, ("batch",))
    replicated, split = NamedSharding(mesh, PartitionSpec()), NamedSharding(mesh, PartitionSpec("batch"))
    step = jax.jit(update, in_shardings=(replicated, split, split), out_shardings=(replicated, replicated))

    def put(a: Any, sharding: Any) -> Any:
        return jax.make_array_from_callback(a.shape, sharding, lambda index: a[index])

    state = {key: put(np.asarray(a), replicated) for key, a in {**weights, **kept}.items()}
    text = ""
    for k in range(STEPS):
        arrays = [put(a, split) for a in batch(np.random.default_rng(k))]
        text = text or step.lower(state, *arrays).compile().as_text()
        _, state = step(state, *arrays)
    found = {key: np.asarray(a.addressable_data(0)) for key, a in state.items()}
    return found, len(devices), text.count("all-reduce(") + text.count("all-reduce-start(")


def compare(name: str) -> dict[str, Any]:
    """What the two have in common."""
    found, devices, reduced = parallel(name)
    wanted = ours(name)
    error = max(float(np.max(np.abs(found[key] - wanted[key]))) for key in wanted)
    return {"network": name, "devices": devices, "all-reduces": reduced, "error": error, "arrays": len(wanted)}


def prepare(processes: int, rank: int, address: str) -> None:
    """Let JAX have its devices: parts of this processor, so that the example runs anywhere. Leave this out on GPUs."""
    os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={DEVICES // processes}"
    os.environ["JAX_PLATFORMS"] = "cpu"
    import jax

    jax.config.update("jax_enable_x64", True)
    if processes > 1:
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
        jax.distributed.initialize(address, processes, rank)


def free_address() -> str:
    """A place where the processes meet."""
    with socket.socket() as s:
        s.bind(("localhost", 0))
        return f"localhost:{s.getsockname()[1]}"


def main() -> None:
    """Run as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="*", default=list(NETWORKS), help="mlp, gpt; both by default")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--rank", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--address", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.processes > 1 and asked.rank is None:
        address = free_address()
        same = [sys.executable, __file__, *asked.networks, "--processes", str(asked.processes), "--address", address]
        started = [subprocess.Popen([*same, "--rank", str(k)]) for k in range(asked.processes)]
        sys.exit(max(process.wait() for process in started))
    prepare(asked.processes, asked.rank or 0, asked.address)
    for name in asked.networks:
        found = compare(name)
        if not asked.rank:
            print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
