"""The recording switches: whether to record, and in which call of which module. One value per thread and context."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from .around import Switch
from .names import Names
from .text import printable


class Scope:
    """One call of one module, or a label such as "∇tanh", inside the call `parent`.

    A node keeps its scope and not a name: names are looked up later, from the attribute paths of the outermost module.
    """

    __slots__ = ("label", "parent")

    def __init__(self, label: Any, parent: Scope | None = None) -> None:
        self.label, self.parent = label, parent

    def chain(self) -> list[Scope]:
        """The scopes from the outermost one down to this one."""
        chain = [self]
        while (scope := chain[-1].parent) is not None:
            chain.append(scope)
        return chain[::-1]

    def path(self) -> str:
        """Where this call stands: `encoder.blocks.0.attn`; the class name for the outermost module itself.

        Whoever asks for many paths asks one `Names`.

        >>> Scope("∇tanh", Scope("loss")).path()
        'loss.∇tanh'
        """
        return printable(Names([self]).of(self).path)


class Without(dict[Any, Any]):
    """The Mode without some changes: stored for the innermost `switched`, which is the first to end nearly always."""

    __slots__ = ()

    def __missing__(self, changes: Any) -> Mode:
        """Another one ends first, as generators that take turns do: those inside it go on, with what is around it."""
        now, inner, without = MODE.get(), [], self
        while without and changes not in without:
            ((key, outer),) = without.items()
            inner.append(key)
            without = outer.without
        if not without:
            return now  # it has ended already, with a call around it
        mode: Mode = without[changes]
        for key in reversed(inner):
            mode = mode.but(key)
        return mode


NOTHING_AROUND = Without()


class Mode:
    """The switches of one thread or context. Never changed: `switched` puts another Mode in its place for a while."""

    __slots__ = ("depth", "fused", "observer", "recording", "scope", "without")

    def __init__(
        self,
        recording: bool = True,
        fused: bool = False,
        scope: Scope | None = None,
        observer: Any = None,
        depth: int = 0,
        without: Without = NOTHING_AROUND,
    ) -> None:
        self.recording = recording  # record operations on Tensors?
        self.fused = fused  # record a module that has one as a single node?
        self.scope = scope  # the module call that is running
        self.observer = observer  # who is told of each node and each contribution: see `anomaly.Observer`
        self.depth = depth  # how many functional transforms (`grad`, ...) are running around this line
        self.without = without  # what to go back to

    # A switch that is only set: a label inside the scope that is open.
    within = property(None, lambda self, label: setattr(self, "scope", Scope(label, self.scope)))

    def but(self, changes: tuple[tuple[str, Any], ...]) -> Mode:
        """The same mode with some switches set otherwise, and this one to go back to."""
        mode = Mode(self.recording, self.fused, self.scope, self.observer, self.depth, Without({changes: self}))
        for name, value in changes:
            setattr(mode, name, value)
        return mode


MODE: ContextVar[Mode] = ContextVar("autograd_zoo.mode", default=Mode())  # noqa: B039  (a Mode is never changed)


def switched(**changes: Any) -> Switch:
    """Run the body, or each step of the decorated function, with some switches of the current Mode set otherwise."""
    return Switch(MODE, tuple(changes.items()))


def enter(scope: Scope) -> None:
    """Go on inside `scope`, until the `switched` around this line ends."""
    mode = MODE.get()
    MODE.set(Mode(mode.recording, mode.fused, scope, mode.observer, mode.depth, mode.without))


current = MODE.get  # the Mode of this line; a name of its own, for Python makes a method anew at each `MODE.get`
RECORDED = switched(recording=True, fused=False)  # as a derivative that is differentiated again is computed
_NO_GRAD, _FUSED = switched(recording=False), switched(fused=True)


def no_grad(function: Callable[..., Any] | None = None) -> Any:
    """Record nothing in the body (or in the decorated function), in this thread or context alone.

    As a decorator, `@no_grad` or `@no_grad()`, it is for functions, generators and async functions, and holds while
    their own code runs. A `with` block in a generator holds for whoever goes on at its `yield` too.

    >>> import autograd_zoo as az
    >>> x = az.Tensor([1.0, 2.0])
    >>> with az.no_grad():
    ...     y = x * x
    >>> y.op is None
    True
    """
    return _NO_GRAD if function is None else _NO_GRAD(function)


def fused(function: Callable[..., Any] | None = None) -> Any:
    """Record every module that has a fused form as one node, whose rule is the document's closed form.

    A second derivative of such a node is taken through the composed form, which is recorded then. It decorates what
    `no_grad` does.
    """
    return _FUSED if function is None else _FUSED(function)
