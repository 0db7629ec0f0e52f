"""Recompute in the sweep instead of storing: a function as one node, which keeps its inputs and nothing of its way."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, copy_context
from operator import attrgetter
from typing import Any

import numpy as np

from ..engine.around import quiet
from ..engine.assign import during
from ..engine.graph import between
from ..engine.mode import MODE, enter, switched
from ..engine.rules import RULES, Primitive, label
from ..engine.sweep import plain
from ..engine.tensor import Tensor, next_order, node
from ..engine.values import TRACE, frozen

Wanted = list[tuple[int, Tensor]]

OTHER_VALUE = (
    "checkpoint({f}): run again in the sweep it gave {got}, and in the forward pass {y}. It must compute the same: "
    "draw random numbers outside and pass them, or by modules of az.nn; change no state inside"
)
OTHER_INPUTS = (
    "run again in the sweep, it used other Tensors than in the forward pass: checkpoint({f}) must do the same"
)
NEW_DATA = (
    "{x!r} was given new data after checkpoint({f}) had used it, so f cannot be run again as it was; "
    "call backward() before the optimizer steps, or record the forward pass anew"
)
ONE_RESULT = "checkpoint(f, *xs): f must return one Tensor, got {got}; stack several, or give each part a checkpoint"


class Run:
    """One run of a function: what its generators were like before it drew from them, and whether it is a repetition."""

    def __init__(self, again: bool) -> None:
        self.around = RUN.get()
        self.again: bool = again or (self.around is not None and self.around.again)
        self.states: dict[np.random.Generator, Any] = {}


RUN: ContextVar[Run | None] = ContextVar("autograd_zoo.checkpoint", default=None)


def drawing(rng: np.random.Generator) -> np.random.Generator:
    """`rng`, from which a module is about to draw: a checkpoint will draw the same again."""
    run = RUN.get()
    while run is not None:
        run.states.setdefault(rng, rng.bit_generator.state)
        run = run.around
    return rng


def again() -> bool:
    """Whether what runs has run before, so that what it should move has been moved."""
    run = RUN.get()
    return run is not None and run.again


class Repeatable:
    """A function with its arguments, and how it ran."""

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...], fused: bool) -> None:
        self.f, self.args, self.fused = f, args, fused
        self.states: dict[np.random.Generator, Any] = {}
        self.__name__ = label(f)

    def recorded(self, again: bool, fused: bool) -> tuple[Any, list[Tensor], list[Tensor]]:
        """The result; the nodes of its way, newest first; and the Tensors from before that it was computed from."""
        start, states = next_order(), self.states.items() if again else ()
        with during([(rng.bit_generator, "state", s) for rng, s in states], switched(recording=True, fused=fused)):
            y, run = copy_context().run(self._run, again)  # a context of its own, which goes however it ends
        if not again:
            self.states = run.states
        if not isinstance(y, Tensor) and any(isinstance(x, Tensor) for x in self.args):
            raise TypeError(ONE_RESULT.format(got=label(type(y))))
        if not isinstance(y, Tensor) or y.op is None or y.order < start:
            return y, [], []
        nodes, before = [y], dict[Tensor, None]()
        seen = {y}
        for t in nodes:  # grows while it is walked
            for x in t.inputs:
                if x is None or x in seen:
                    continue
                seen.add(x)
                if x.order < start:
                    before[x] = None
                elif x.op is not None:
                    nodes.append(x)
        nodes.sort(key=attrgetter("order"), reverse=True)
        return y, nodes, sorted(before, key=attrgetter("order"))

    def _run(self, again: bool) -> tuple[Any, Run]:
        run = Run(again)
        RUN.set(run)
        return self.f(*self.args), run


class Recomputed(Primitive):
    """The row of a checkpoint: its function is recorded again, and differentiated."""

    def cotangents(self, node: Tensor, wanted: Wanted, args: Any) -> Any:
        """What goes to the inputs that are wanted."""
        g = args[0]
        create_graph = isinstance(g, Tensor)
        y, nodes, _ = self.opening(node, create_graph)
        live = None if len(wanted) == len(node.inputs) else between(nodes, [x for _, x in wanted])
        found = plain(nodes, y, g, set(), live, create_graph)
        return [(x, found.get(x)) for _, x in wanted]

    def opening(self, node: Tensor, create_graph: bool) -> tuple[Tensor, list[Tensor], list[tuple[Any, Any]]]:
        """The function recorded anew: its result, nodes, and inputs."""
        f: Repeatable = node.params["f"]
        for x, saved in zip(node.inputs, node.saved, strict=True):
            if x is not None and x._array is not saved:
                raise RuntimeError(NEW_DATA.format(x=x, f=label(f)))
        with switched():
            if not create_graph and node.scope is not None:
                enter(node.scope)
            y, nodes, before = f.recorded(True, f.fused and not create_graph)
        if not isinstance(y, Tensor) or not alike(y._array, node._array):
            raise RuntimeError(OTHER_VALUE.format(f=label(f), got=y, y=node))
        if not set(before) <= set(node.inputs):
            raise RuntimeError(OTHER_INPUTS.format(f=label(f)))
        return y, nodes, [(x, x) for x in node.inputs]


@quiet
def alike(a: Any, b: Any) -> bool:
    """Whether these are equal, but for rounding."""
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if np.array_equal(a, b):
        return True
    eps = float(np.sqrt(np.finfo(a.dtype).eps))
    size = np.abs(b)
    scale = np.max(size, where=np.isfinite(size), initial=0.0)
    return np.allclose(a, b, rtol=eps, atol=eps * float(scale), equal_nan=True)


def checkpoint(f: Callable[..., Any], *xs: Any) -> Any:
    """`f(*xs)` as one node that keeps the inputs alone: in the sweep f runs again, and its way is recorded then.

    It takes the time of a second forward pass, and the memory of one such function at a time instead of all.

    Parameters
    ----------
    f : callable
        of Tensors, a module for example; it returns one Tensor. Parameters and other Tensors that it uses without being
        given them get their gradients too
    *xs : Tensors, arrays and others
        what it is called with; arrays are captured by value

    Returns
    -------
    Tensor
        which can be differentiated at every order, and checkpoints may stand inside each other

    Raises
    ------
    TypeError
        if f does not return one Tensor
    RuntimeError
        in the sweep, if f computes something else when it runs again, or a parameter was given new data meanwhile

    Notes
    -----
    Modules of `az.nn` that drop elements draw the same switches again, and running statistics move once. What else f
    draws or changes happens twice. Under `no_grad` it is f(*xs).

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> layers = [az.nn.Linear(4, 4, rng=np.random.default_rng(k)) for k in range(3)]
    >>> x = h = az.Tensor(np.ones((2, 4)))
    >>> for layer in layers:
    ...     h = az.checkpoint(lambda h, layer=layer: np.tanh(layer(h)), h)
    >>> h.sum().backward()
    >>> layers[0].W.grad.shape
    (4, 4)
    """
    mode = MODE.get()
    if not mode.recording or TRACE.get() is not None:
        return f(*xs)
    call = Repeatable(f, tuple(x if isinstance(x, Tensor) else frozen(x) for x in xs), mode.fused)
    y, nodes, before = call.recorded(False, mode.fused)
    if not nodes or not before:
        return y
    result = node(y._array, checkpoint, tuple(before), {"f": call}, tuple([x._array for x in before]))
    result.__class__ = type(y)  # of complex numbers, perhaps
    return result


RULES[checkpoint] = Recomputed(checkpoint, (), None, False, "mixed", checkpoint)
