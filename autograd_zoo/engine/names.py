"""What module calls and parameters are called. Printed tapes, errors and drawings all ask here, so that they agree."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from .rules import Lazy

if TYPE_CHECKING:
    from .mode import Scope

Paths = dict[int, str]  # of what a module holds, by identity


class Formula(str):
    """The label of a formula of the library, softmax_cross_entropy: drawings frame it, and no path has it."""

    __slots__ = ()


class Call(NamedTuple):
    """The names of a module call, or of a label."""

    path: str  # where it stands: `encoder.blocks.0.attn`, `encoder.∇tanh`; the class for an outermost module
    own: str  # the end of it, which is its own inside the call around it: `attn`, `∇tanh`
    home: str | None  # the path of its module in the outermost one, "" for that one itself; None if it has none
    root: Any  # the outermost module around it, or None
    base: str  # what paths of attributes begin with here
    holders: tuple[tuple[str, Paths], ...]  # modules around it that others need not be attributes of: base, paths


class Named(NamedTuple):
    """Where a Tensor was made, what it is called, and with what the sweeps that began there did."""

    scope: Scope | None
    name: str | None
    seed: Any = None


class Placed:
    """A Tensor's `scope`, `name` and `seed`. Most have the first alone, and less memory: one slot holds all."""

    __slots__ = ("_place",)

    _place: Scope | Named | None

    @property
    def scope(self) -> Scope | None:
        """The module call in which it was made."""
        place = self._place
        return place.scope if type(place) is Named else place  # type: ignore[return-value]

    @property
    def name(self) -> str | None:
        """What it is called in drawings, tapes and error messages."""
        place = self._place
        return place.name if type(place) is Named else None

    @name.setter
    def name(self, name: str | None) -> None:
        seed = self.seed
        self._place = self.scope if name is None and seed is None else Named(self.scope, name, seed)

    @property
    def seed(self) -> Any:
        """The cotangent with which `backward` began here, those of several sweeps added up; None if it never did."""
        place = self._place
        return place.seed if type(place) is Named else None

    def _begun(self, seed: Any) -> dict[str, Named]:
        """What `backward` changes here, as it begins with a cotangent that is the caller's."""
        whole = seed.copy() if self.seed is None else self.seed + seed
        return {"_place": Named(self.scope, self.name, whole)}


class Names:
    """The names of `scopes`, from the attribute paths of their modules. Each module is walked once."""

    def __init__(self, scopes: Iterable[Scope | None]) -> None:
        self.scopes = [*{id(scope): scope for scope in scopes if scope is not None}.values()]
        self._calls: dict[int, Call] = {}
        self._inside: dict[int, Paths] = {}

    def of(self, scope: Scope) -> Call:
        """The names of a call."""
        if id(scope) not in self._calls:
            for call in scope.chain():
                if id(call) not in self._calls:
                    self._calls[id(call)] = self._named(call.label, self._calls.get(id(call.parent)))
        return self._calls[id(scope)]

    def _named(self, label: Any, outer: Call | None) -> Call:
        path, own, _, root, base, holders = outer or Call("", "", None, None, "", ())
        around = f"{path}." if outer else ""
        if isinstance(label, str):
            return Call(path if type(label) is Formula else around + label, label, None, root, base, holders)
        home = "" if root is None or label is root else holders[0][1].get(id(label))
        for start, paths in holders:
            if id(label) in paths:
                path = start + paths[id(label)]
                own = path.removeprefix(base) if path.startswith(base) else paths[id(label)]
                return Call(path, own, home, root, f"{path}.", holders)
        own = type(label).__name__  # an outermost module, or one that is no attribute of those around it
        path = around + own
        base = f"{path}." if holders else around
        return Call(path, own, home, label if root is None else root, base, (*holders, (base, self._paths(label))))

    def _paths(self, module: Any) -> Paths:
        """The paths of the modules inside."""
        if id(module) not in self._inside:
            self._inside[id(module)] = {id(m): path for path, m in module.named_modules() if path}
        return self._inside[id(module)]

    @Lazy
    def parameters(self) -> Paths:
        """The path of each parameter of the outermost modules: `encoder.blocks.0.W`."""
        return {id(p): path for root in self._roots() for path, p in root.named_parameters()}

    @Lazy
    def instead(self) -> Paths:
        """The path of each other leaf that stands in the place of a parameter."""
        return {
            id(value): f"{path}.{key}".removeprefix(".")
            for root in self._roots()
            for path, module in root.named_modules()
            for key, value in vars(module).items()
            if getattr(value, "op", root) is None and hasattr(value, "saved") and id(value) not in self.parameters
        }

    def _roots(self) -> list[Any]:
        """The outermost modules, the first last: where two have a parameter, it is called as in the first."""
        roots = {id(root): root for scope in self.scopes if (root := self.of(scope).root) is not None}
        return [*roots.values()][::-1]

    def called(self, t: Any) -> str:
        """What a Tensor is called. A parameter has its path; another leaf in the place of one keeps its own name."""
        own: str = self.parameters.get(id(t)) or t.name or self.instead.get(id(t), "")
        return own
