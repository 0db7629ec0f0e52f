"""Cost against size: of a graph in nodes, of a layer in batch and in width; and the exponents that fit best."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

import autograd_zoo as az
from autograd_zoo import nn

from . import targets
from .engines import Step, torch
from .workloads import normal

SECONDS = 0.3  # for a point, or one call of what takes longer
RESTING = "ours, in az.uncollected()"  # where the collector does not walk the graph that grows
FITTED = 1000  # nodes from which on the exponent is fitted: below, a call's own cost shows


class Series(NamedTuple):
    """A cost by size, for each contender; `fitted` is the least size that counts for the exponent.

    `expected` is what the exponent of ours is to be, as it comes.
    """

    name: str
    sizes: Sequence[int]
    make: Callable[[int], dict[str, Step]]
    fitted: int = 0
    expected: float | None = None


def _nodes(n: int) -> dict[str, Step]:
    """A chain of n scalar operations, x ← x w and x ← x + b in turn, built and swept."""

    def chain(x: Any, w: Any, b: Any) -> Any:
        for _ in range(n // 2):
            x = x * w
            x = x + b
        return x

    def ours() -> list[Any]:
        leaves = [az.Tensor(v) for v in (0.5, 0.999, 0.001)]
        return az.gradient(chain(*leaves), leaves)

    def resting() -> list[Any]:
        with az.uncollected():
            return ours()

    def theirs() -> Any:
        leaves = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (0.5, 0.999, 0.001)]
        return torch.autograd.grad(chain(*leaves), leaves)

    return {"ours": ours, RESTING: resting, "PyTorch": theirs}


def _layers(batch: int, width: int) -> dict[str, Step]:
    """Two linear layers with a ReLU between them, and all gradients."""
    x, w1, w2, g = normal(0, (batch, width), (width, width), (width, width), (batch, width))
    leaves = [az.Tensor(a) for a in (x, w1, w2)]
    F, tensors = torch.nn.functional, [torch.from_numpy(a).requires_grad_() for a in (x, w1, w2)]
    cotangent = torch.from_numpy(g)

    def ours() -> list[Any]:
        with az.fused():
            y = nn.linear(nn.relu(nn.linear(leaves[0], leaves[1])), leaves[2])
            return az.gradient(y, leaves, g)

    def theirs() -> Any:
        y = F.linear(F.relu(F.linear(tensors[0], tensors[1])), tensors[2])
        return torch.autograd.grad(y, tensors, cotangent)

    return {"ours": ours, "PyTorch": theirs}


SERIES = (
    Series("nodes of a chain of scalars", (10**2, 10**3, 10**4, 10**5, 10**6), _nodes, FITTED, targets.EXPONENT),
    Series("batch, width 256", (32, 128, 512, 2048), lambda n: _layers(n, 256)),
    Series("width, batch 128", (64, 128, 256, 512, 1024), lambda n: _layers(128, n)),
)


def exponent(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """The slope of the straight line that fits best through the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def _seconds(step: Step, clock: Callable[[], float]) -> float:
    times: list[float] = []
    end = time.perf_counter() + SECONDS
    while not times or time.perf_counter() < end:
        gc.collect(0)
        start = clock()
        step()
        times.append(clock() - start)
    return statistics.median(times)


def measured(clock: Callable[[], float], most: int = 10**6) -> Iterator[dict[str, Any]]:
    """Seconds by size and contender, and the exponents."""
    for series in SERIES:
        sizes = [n for n in series.sizes if n <= most]
        for step in series.make(sizes[0]).values():
            step()  # what is loaded late, or decided at a first call
        points = [{who: _seconds(step, clock) for who, step in series.make(n).items()} for n in sizes]
        seconds = {who: [point[who] for point in points] for who in points[0]}
        fitted = [k for k, n in enumerate(sizes) if n >= series.fitted]
        exponents = {
            who: exponent([sizes[k] for k in fitted], [found[k] for k in fitted]) for who, found in seconds.items()
        }
        yield {
            "name": series.name,
            "sizes": sizes,
            "seconds": seconds,
            "exponents": exponents,
            "expected": series.expected,
        }


def lines(found: dict[str, Any]) -> Iterator[str]:
    yield f"cost against {found['name']}: " + ", ".join(f"{n:,}" for n in found["sizes"])
    for who, seconds in found["seconds"].items():
        costs = "  ".join(f"{1e3 * s:.3g}" for s in seconds)
        yield f"  {who}: {costs} ms; exponent {found['exponents'][who]:.2f}"
    if found["expected"] is not None:
        holds = abs(found["exponents"]["ours"] - found["expected"]) <= targets.SLACK
        yield f"  ours to be {found['expected']:.2f} ± {targets.SLACK:.2f}: {'holds' if holds else 'MISSED'}"
