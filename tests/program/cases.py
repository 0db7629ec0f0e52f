"""The specimens of the zoo as programs, with what our own tape says at inputs other than those recorded."""

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
import pytest

import autograd_zoo as az

JITTED = (  # one of each family, and what makes them hard: scatters, computed indices, scans
    "relu softmax_cross_entropy layer_norm max_pool2d dropout linear conv2d batch_norm gru embedding "
    "multi_head_self_attention squeeze_excitation"
).split()


def is_float(a: Any) -> bool:
    return isinstance(a, np.ndarray) and a.dtype.kind == "f"


def lowered(a: Any) -> Any:
    return a.astype(np.float32) if is_float(a) else a


@dataclass
class Case:
    """A recorded specimen, and other inputs: leaves, what is given, and what our tape gives there."""

    program: az.Program
    leaves: list[Any]
    given: dict[str, Any]
    outputs: list[Any]  # the value, then the gradients by the leaves


@cache
def samples(specimen: Any, shape: Any) -> tuple[Any, Any]:
    """Two samples of one shape."""
    drawn = (specimen.sample(np.random.default_rng(seed), shape) for seed in (0, 7, 8, 9, 10, 11, 12))
    first = next(drawn)
    shapes = [np.shape(a) for a in first]
    return first, next(x for x in drawn if [np.shape(a) for a in x] == shapes)


@cache
def case(specimen: Any, low: bool = False, variant: int = 0, number: int = 0) -> Case:
    params = specimen.variants[variant]
    first, other = ([lowered(a) if low else a for a in x] for x in samples(specimen, specimen.shapes[number]))

    def f(*arguments: Any) -> Any:
        return specimen.run(*arguments, **params)

    program = az.record(f, *first, grad=True)
    tensors = [az.Tensor(a) if is_float(a) else a for a in other]
    own = [t for t in tensors if isinstance(t, az.Tensor)]
    y = f(*tensors)
    g = np.random.default_rng(3).standard_normal(y.shape).astype(y.dtype) if y.size != 1 else np.ones(y.shape, y.dtype)
    grads = az.gradient(y, own, g, allow_unused=True)
    plain = {f"x{i}": a for i, a in enumerate(other) if isinstance(a, np.ndarray) and not is_float(a)}
    given = {x.name: plain.get(x.name, g) for x in program.given if x.name in {*plain, "g"}}
    assert [x.shape for x in program.leaves] == [t.shape for t in own]  # nothing else became a leaf
    return Case(program, [np.asarray(t.data) for t in own], given, [np.asarray(y.data), *grads])


def error(found: Any, wanted: Any) -> float:
    """The largest difference, beside the largest element."""
    found, wanted = np.asarray(found, float), np.asarray(wanted, float)
    assert found.shape == wanted.shape
    scale = max(1.0, float(np.max(np.abs(wanted), initial=0.0)))
    return float(np.max(np.abs(found - wanted), initial=0.0)) / scale


def require_near(found: Any, wanted: Any, within: float) -> None:
    for k, (a, b) in enumerate(zip(found, wanted, strict=True)):
        assert not error(a, b) > within, f"result {k} is off by {error(a, b):.1e}"
        assert np.array_equal(np.isnan(np.asarray(a, float)), np.isnan(b))


def engine(name: str) -> tuple[Any, Any]:
    """A namespace, and what makes its arrays of NumPy's."""
    pytest.importorskip(name.partition(".")[0])
    xp = import_module(name)
    return xp, (lambda a: xp.from_numpy(np.array(a))) if name == "torch" else xp.asarray


def replayed(c: Case, name: str, jit: Any = lambda f: f) -> list[Any]:
    """The results of a case by another engine, as arrays of NumPy."""
    xp, convert = engine(name)
    leaves = [convert(a) for a in c.leaves]
    given = {key: convert(np.asarray(a)) for key, a in c.given.items()}
    return [np.asarray(a) for a in jit(c.program.replay(xp))(*leaves, **given)]
