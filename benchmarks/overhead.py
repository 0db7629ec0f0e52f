"""What the tape costs, against its peers: the ratios of times measured in turn, in one process, medians of many rounds.

    python benchmarks/overhead.py

1. One recorded elementwise multiplication on 10 numbers, against PyTorch eager.
2. A scalar expression of 1,023 additions and multiplications, built and swept, per operation, against micrograd.
3. `import autograd_zoo`, which imports NumPy, against `import numpy`, each in a process of its own.

A ratio below 1 says that this tape costs less. The gradients of all contenders are compared before anything is timed.
"""

from __future__ import annotations

import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_zoo as az

ROUNDS = 301
OPERATIONS = 1_000


def ratio(ours: Callable[[], object], peer: Callable[[], object], rounds: int = ROUNDS) -> tuple[float, float, float]:
    """Quartiles of time(ours) / time(peer) over rounds in which both run, in alternating order."""
    found = []
    for k in range(rounds):
        times = {}
        for f in (ours, peer) if k % 2 else (peer, ours):
            gc.collect(0)
            start = time.perf_counter()
            f()
            times[f] = time.perf_counter() - start
        found.append(times[ours] / times[peer])
    low, middle, high = statistics.quantiles(found, n=4)
    return low, middle, high


def report(what: str, quartiles: tuple[float, float, float]) -> None:
    low, middle, high = quartiles
    print(f"{what:<64} {middle:5.2f}   (quartiles {low:.2f} to {high:.2f})")


def tree(leaves: list[Any]) -> Any:
    """A balanced expression of additions and multiplications over the leaves."""
    values, multiply = leaves, False
    while len(values) > 1:
        values = [a * b if multiply else a + b for a, b in zip(values[::2], values[1::2], strict=True)]
        multiply = not multiply
    return values[0]


def elementwise() -> None:
    try:
        import torch
    except ImportError:
        print("recording one multiplication: PyTorch is not installed (group 'bench')")
        return
    torch.set_num_threads(1)
    a, b = np.linspace(0.5, 1.5, 10), np.linspace(1.5, 0.5, 10)
    x, y = az.Tensor(a), az.Tensor(b)
    tx, ty = (torch.tensor(v, requires_grad=True) for v in (a, b))
    (x * y).sum().backward()
    (tx * ty).sum().backward()
    np.testing.assert_allclose(x.grad, tx.grad.numpy(), rtol=1e-15)

    def record(u: Any, v: Any) -> Callable[[], None]:
        def run() -> None:
            for _ in range(OPERATIONS):
                u * v

        return run

    report("recording one multiplication of 10 numbers / PyTorch eager", ratio(record(x, y), record(tx, ty)))


def scalars() -> None:
    try:
        from micrograd.engine import Value
    except ImportError:
        print("a scalar expression: micrograd is not installed (group 'bench')")
        return
    numbers = np.random.default_rng(0).uniform(0.8, 1.1, 1024).tolist()
    ours, theirs = [az.Tensor(v) for v in numbers], [Value(v) for v in numbers]
    tree(ours).backward()
    tree(theirs).backward()
    np.testing.assert_allclose([x.grad for x in ours], [v.grad for v in theirs], rtol=1e-12)

    def run(leaves: list[Any]) -> Callable[[], None]:
        return lambda: tree(leaves).backward()

    def build(leaves: list[Any]) -> Callable[[], Any]:
        return lambda: tree(leaves)

    report("building and sweeping a scalar expression, per node / micrograd", ratio(run(ours), run(theirs)))
    report("  building alone", ratio(build(ours), build(theirs)))


def imports() -> None:
    def run(package: str) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, "-c", f"import {package}"], check=True)

    report("importing, in a process of its own / NumPy", ratio(run("autograd_zoo"), run("numpy"), rounds=15))


if __name__ == "__main__":
    print("ratio of times, medians; below 1 this tape costs less\n")
    elementwise()
    scalars()
    imports()
