"""A workload, and one step of it, forward and all gradients, in each engine: the contenders.

A step returns its values and gradients, which are compared with PyTorch's before anything is timed.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

import autograd_zoo as az
from autograd_zoo import nn

from .floors.memory import FRESH, KEPT, Memory

Array = np.ndarray[Any, Any]
Step = Callable[[], Sequence[Any]]


class Late:
    """A library that is imported when it is first used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)

    def __bool__(self) -> bool:
        return find_spec(self._name.split(".")[0]) is not None


torch, mg, anp, micrograd = Late("torch"), Late("mygrad"), Late("autograd.numpy"), Late("micrograd.engine")


class Ours(NamedTuple):
    """A forward pass on leaves, and how their gradients are laid out as PyTorch's."""

    call: Callable[[], Any]
    leaves: list[Any]
    read: Callable[[list[Array]], list[Array]] = list


@dataclass
class Workload:
    """The same function in each engine, and the arrays that it is differentiated by; g is its cotangent.

    Where one engine lacks it, a string says why. `floor(memory)` gives the hand-written step; with `pool` it splits the
    work over two Python threads, and BLAS has one.
    """

    title: str
    inputs: Sequence[Array]
    g: Array | None
    torch: Callable[..., Any]
    ours: Callable[..., Any] | Ours
    floor: Callable[[Memory], Step] | None = None
    pool: bool = True
    mygrad: Callable[..., Any] | str = "has no such function"
    hips: Callable[..., Any] | str = "has no such function"
    micrograd: Callable[..., Any] | str | None = None
    unit: tuple[float, str] = (1e3, "ms")
    tolerance: float = 1e-3
    steps: dict[str, Step] = field(default_factory=dict)  # contenders whose step is no function pulled back


class Contender(NamedTuple):
    """A step to be timed, and how its results are read; `one` if BLAS is to have one thread."""

    step: Step
    read: Callable[[Sequence[Any]], list[Any]] = list
    one: bool = False


def of_module(module: Any, x: Array, names: Sequence[str], call: Callable[[Any, Any], Any]) -> Ours:
    """A module on x, whose gradients are read as the entries `names` of the state it would have in PyTorch."""
    parameters = list(module.parameters())
    leaves = [az.Tensor(x), *parameters]

    def read(found: list[Array]) -> list[Array]:
        slopes = copy.deepcopy(module)
        for p, g in zip(slopes.parameters(), found[1:], strict=True):
            p.data = g
        state = nn.to_torch(slopes)
        return [found[0], *(state[name] for name in names)]

    return Ours(lambda: call(module, leaves[0]), leaves, read)


def _torch_step(w: Workload) -> Contender:
    tensors = [torch.from_numpy(a).requires_grad_() for a in w.inputs]
    g = None if w.g is None else torch.from_numpy(w.g)

    def step() -> Sequence[Any]:
        y = w.torch(*tensors)
        return [y, *torch.autograd.grad(y, tensors, g)]

    return Contender(step, lambda found: [t.detach().numpy() for t in found])


def _our_step(w: Workload, fused: bool) -> Contender:
    if isinstance(w.ours, Ours):
        call, leaves, read = w.ours
    else:
        leaves, function, read = [az.Tensor(a) for a in w.inputs], w.ours, list

        def call() -> Any:
            return function(*leaves)

    def composed() -> Sequence[Any]:
        y = call()
        return [y.data, *az.gradient(y, leaves, w.g)]

    def in_one_node() -> Sequence[Any]:
        with az.fused():
            return composed()

    return Contender(in_one_node if fused else composed, lambda found: [found[0], *read(list(found[1:]))])


def _mygrad_step(w: Workload, f: Callable[..., Any]) -> Contender:
    def step() -> Sequence[Any]:
        tensors = [mg.tensor(a, copy=False) for a in w.inputs]
        y = f(*tensors)
        y.backward(w.g)
        return [y.data, *(t.grad for t in tensors)]

    return Contender(step)


def _hips_step(w: Workload, f: Callable[..., Any]) -> Contender:
    g = np.ones((), np.float32) if w.g is None else w.g

    def step() -> Sequence[Any]:
        vjp, y = import_module("autograd").make_vjp(lambda a: f(*a), 0)(tuple(w.inputs))
        return [y, *vjp(g)]

    return Contender(step)


def _micrograd_step(w: Workload, f: Callable[..., Any]) -> Contender:
    def step() -> Sequence[Any]:
        leaves = [micrograd.Value(float(a)) for a in w.inputs]
        y = f(*leaves)
        y.backward()
        return [y.data, *(v.grad for v in leaves)]

    return Contender(step)


PEERS = (
    ("MyGrad", "mygrad", mg, _mygrad_step),
    ("HIPS autograd", "hips", anp, _hips_step),
    ("micrograd", "micrograd", micrograd, _micrograd_step),
)
NAMES = ("PyTorch", "composed", "fused", "floor", "floor, fresh", *(name for name, *_ in PEERS))


def contenders(w: Workload, names: Sequence[str] = NAMES) -> dict[str, Contender | str]:
    """Who runs this workload, by name; a string says why one does not."""
    found: dict[str, Contender | str] = {"PyTorch": _torch_step(w)} if w.torch else {}
    if w.ours:
        found |= {"composed": _our_step(w, False), "fused": _our_step(w, True)}
    if w.floor:
        for name, memory in (("floor", KEPT), ("floor, fresh", FRESH)):
            found[name] = Contender(w.floor(memory()), one=w.pool)
    for name, attribute, library, make in PEERS:
        function = getattr(w, attribute)
        if function is not None:
            found[name] = function if isinstance(function, str) else make(w, function) if library else "not installed"
    found |= {name: Contender(step) for name, step in w.steps.items()}
    return {name: contender for name, contender in found.items() if name in names or name == "PyTorch"}
