"""The recording switches: whether to record, and in which call of which module. One value per thread and context."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any


class Scope:
    """One call of one module, or a label such as "∇tanh", inside the call `parent`.

    A node keeps its scope and not a name: names are looked up later, from the attribute paths of the outermost module.
    """

    __slots__ = ("label", "parent")

    def __init__(self, label: Any, parent: Scope | None = None) -> None:
        self.label = label
        self.parent = parent

    def chain(self) -> list[Scope]:
        """The scopes from the outermost one down to this one."""
        chain: list[Scope] = []
        scope: Scope | None = self
        while scope is not None:
            chain.append(scope)
            scope = scope.parent
        return chain[::-1]

    def path(self) -> str:
        """Where this call stands: `encoder.layers.0.attn`; the class name for the outermost module itself.

        >>> Scope("∇tanh", Scope("loss")).path()
        'loss.∇tanh'
        """
        parts: list[str] = []
        names: dict[int, str] = {}
        for scope in self.chain():
            label = scope.label
            if isinstance(label, str):
                parts.append(label)
            elif id(label) in names:
                parts = [names[id(label)]]
            else:  # an outermost module, or one that is no attribute of those around it
                parts.append(type(label).__name__)
                prefix = ".".join(parts[:-1])
                inner = {id(m): f"{prefix}.{path}" if prefix else path for path, m in label.named_modules() if path}
                names = {**inner, **names}
        return ".".join(parts)


class Mode:
    """The switches of one thread or context. Never changed: `switched` puts another Mode in its place for a while."""

    __slots__ = ("anomaly", "depth", "fused", "recording", "scope")

    def __init__(
        self,
        recording: bool = True,
        fused: bool = False,
        scope: Scope | None = None,
        anomaly: Any = None,
        depth: int = 0,
    ) -> None:
        self.recording = recording  # record operations on Tensors?
        self.fused = fused  # record a module that has one as a single node?
        self.scope = scope  # the module call that is running
        self.anomaly = anomaly  # the watcher of `detect_anomaly`
        self.depth = depth  # how many functional transforms (`grad`, ...) are running around this line

    def but(self, **changes: Any) -> Mode:
        """The same mode with some switches set otherwise."""
        return Mode(**{name: changes.get(name, getattr(self, name)) for name in Mode.__slots__})


MODE: ContextVar[Mode] = ContextVar("autograd_zoo.mode", default=Mode())  # noqa: B039  (a Mode is never changed)


@contextmanager
def switched(**changes: Any) -> Iterator[None]:
    """Run the body with some switches of the current Mode set otherwise."""
    token = MODE.set(MODE.get().but(**changes))
    try:
        yield
    finally:
        MODE.reset(token)


def enter(scope: Scope) -> None:
    """Go on inside `scope`, until the `switched` around this line ends."""
    mode = MODE.get()
    MODE.set(Mode(mode.recording, mode.fused, scope, mode.anomaly, mode.depth))


def no_grad() -> Any:
    """Record nothing in the body (or the decorated function), in this thread or context alone.

    >>> import autograd_zoo as az
    >>> x = az.Tensor([1.0, 2.0])
    >>> with az.no_grad():
    ...     y = x * x
    >>> y.op is None
    True
    """
    return switched(recording=False)


def fused() -> Any:
    """Record every module that has a fused form as one node, whose rule is the document's closed form.

    A second derivative of such a node is taken through the composed form, which is recorded then.
    """
    return switched(fused=True)
