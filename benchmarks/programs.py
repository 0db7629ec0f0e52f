"""What programs cost, against PyTorch eager in the same process: ratios of times, medians of many rounds.

    python benchmarks/programs.py

1. Recording off: a step of the tape with the lens that a recording uses, against the same step without it.
2. A training step, forward and backward, of a perceptron and of a CNN: the replay compiled by JAX.
3. The forward pass of the CNN in ONNX Runtime.

All run in one thread. A ratio below 1 says that the program costs less. Results are compared before anything is timed.
"""

from __future__ import annotations

import os

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

from collections.abc import Callable
from typing import Any

import numpy as np
from overhead import ratio, report

import autograd_zoo as az
from autograd_zoo import nn
from autograd_zoo.engine import tensor, values

ROUNDS = 61


def perceptron() -> tuple[Any, Any, Any]:
    """A perceptron of two hidden layers, and a batch of 128."""
    rng = np.random.default_rng(0)
    sizes = [(784, 256), (256, 256), (256, 10)]
    linear = [nn.Linear(a, b, rng=rng, dtype=np.float32) for a, b in sizes]
    model = nn.Sequential(linear[0], nn.ReLU(), linear[1], nn.ReLU(), linear[2])
    return model, rng.standard_normal((128, 784)).astype(np.float32), rng.integers(0, 10, 128)


def convolutions() -> tuple[Any, Any, Any]:
    """Two convolutions with pooling, and a batch of 32 images of 28 × 28."""
    rng = np.random.default_rng(0)
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1, rng=rng, dtype=np.float32),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1, rng=rng, dtype=np.float32),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * 49, 10, rng=rng, dtype=np.float32),
    )
    return model, rng.standard_normal((32, 1, 28, 28)).astype(np.float32), rng.integers(0, 10, 32)


def theirs(model: Any, torch: Any) -> Any:
    """The same network of PyTorch's modules, with the same weights."""
    made = []
    for layer in model.layers:
        kind = type(layer).__name__
        if kind == "Linear":
            made.append(torch.nn.Linear(layer.W.shape[1], layer.W.shape[0]))
        elif kind == "Conv2d":
            made.append(torch.nn.Conv2d(layer.W.shape[1], layer.W.shape[0], layer.W.shape[2], padding=1))
        else:
            made.append(getattr(torch.nn, kind)(*([2] if kind == "MaxPool2d" else [])))
        if hasattr(layer, "W"):
            made[-1].weight.data = torch.from_numpy(np.array(layer.W.data))
            made[-1].bias.data = torch.from_numpy(np.array(layer.b.data))
    return torch.nn.Sequential(*made)


def steps(name: str, build: Callable[[], tuple[Any, Any, Any]], torch: Any) -> None:
    """A step, compiled by JAX, and by PyTorch eager."""
    import jax

    jax.config.update("jax_enable_x64", True)
    model, x, labels = build()
    program = az.record(lambda x, labels: nn.softmax_cross_entropy(model(x), labels), x, labels, grad=True)
    wanted = [name for name in program.outputs if name != "grad.x"]
    places = [list(program.outputs).index(name) for name in wanted]
    replay = program.replay(jax.numpy)
    step = jax.jit(lambda *leaves, labels: [replay(*leaves, labels=labels)[k] for k in places])
    leaves = [jax.numpy.asarray(leaf.value) for leaf in program.leaves]
    given = jax.numpy.asarray(labels)
    other, tx, tl = theirs(model, torch), torch.from_numpy(x), torch.from_numpy(labels)

    def eager() -> Any:
        other.zero_grad()
        loss = torch.nn.functional.cross_entropy(other(tx), tl)
        loss.backward()
        return loss

    found, loss = step(*leaves, labels=given), eager()
    np.testing.assert_allclose(np.asarray(found[0]), loss.item(), rtol=1e-4)
    grads = dict(zip(wanted, found, strict=True))
    np.testing.assert_allclose(grads["grad.0.W"], other[0].weight.grad.numpy(), rtol=1e-2, atol=1e-4)
    took = ratio(lambda: jax.block_until_ready(step(*leaves, labels=given)), eager, ROUNDS)
    report(f"a compiled step of the {name} / PyTorch eager", took)


def exported(torch: Any) -> None:
    """The forward pass of the CNN in ONNX Runtime."""
    import onnxruntime as ort

    model, x, _ = convolutions()
    program = az.record(model.eval(), x)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    written = az.onnx.export(program).SerializeToString()
    session = ort.InferenceSession(written, options, providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: x}
    other, tx = theirs(model, torch).eval(), torch.from_numpy(x)

    def eager() -> Any:
        with torch.no_grad():
            return other(tx)

    np.testing.assert_allclose(session.run(None, feed)[0], eager().numpy(), rtol=1e-3, atol=1e-4)
    report("the CNN forward in ONNX Runtime / PyTorch eager", ratio(lambda: session.run(None, feed), eager, ROUNDS))


def off() -> None:
    """A step of the tape: what reads plain values asks whether a program is recorded; here it does not ask."""
    x = az.Tensor(np.linspace(0.5, 1.5, 10))

    def run() -> None:
        for _ in range(300):
            y = x * x + x
            y > 1.0  # noqa: B015  (a comparison reads plain values)
            (y * x).sum().backward()

    asking = values.raw

    def plain(t: Any) -> Any:
        return t._array if isinstance(t, tensor.Tensor) else t

    def without() -> None:
        values.raw = plain
        tensor.raw = plain
        try:
            run()
        finally:
            values.raw = tensor.raw = asking

    report("a tape with recording off / without the question", ratio(run, without, 101))


if __name__ == "__main__":
    off()
    try:
        import torch
    except ImportError:
        print("the others: PyTorch is not installed (group 'bench')")
    else:
        torch.set_num_threads(1)
        steps("perceptron", perceptron, torch)
        steps("CNN", convolutions, torch)
        exported(torch)
