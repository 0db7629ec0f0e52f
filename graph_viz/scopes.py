"""Module calls as the clusters of a drawing. The engine names the calls; here they are counted and told apart."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from .style import SUPERSCRIPT, clean

if TYPE_CHECKING:
    from autograd_zoo.engine.mode import Scope
    from autograd_zoo.engine.names import Names

Path = tuple[str, ...]
SWEEP = "∇"  # labels of what a recorded sweep computes begin so, and it stands below a scope of this name


def clusters(
    names: Names, labels: Mapping[int, str] = MappingProxyType({})
) -> tuple[dict[int, Path], dict[Path, dict[str, Any]]]:
    """The path of each scope (by its identity), and of each path its name, call number, module class and module path.

    Modules are called what `labels` says, by their identities, or what the attribute is called that has them.

    What a recorded sweep computed has scopes inside those of the forward pass, but came later: one box around both
    would be left and entered again. So it gets a tree of its own, below "∇" (a second sweep below "∇²").
    """
    calls = {id(call): call for scope in names.scopes for call in called(scope)}  # outer ones before inner ones
    owns = {key: labels.get(id(call.label)) or names.of(call).own for key, call in calls.items()}
    elements, numbers = _distinct(calls, owns)
    modules: dict[object, int] = {}  # numbers of the modules, in the order in which they are met
    paths: dict[int, Path] = {}
    info: dict[Path, dict[str, Any]] = {}
    for scope in names.scopes:
        chain = called(scope)
        order = sum(isinstance(call.label, str) and call.label.startswith(SWEEP) for call in chain)
        path: Path = ()
        if order:
            path = (SWEEP if order == 1 else SWEEP + str(order).translate(SUPERSCRIPT),)
            info.setdefault(path, {"name": path[0], "call": 0, "module": "gradients", "path": None, "id": None})
        for call in chain:
            path += (elements[id(call)],)
            if path not in info:
                labelled = isinstance(call.label, str)
                swept = labelled and call.label.startswith(SWEEP)
                info[path] = {
                    "name": owns[id(call)],
                    "call": numbers[id(call)],
                    "module": None if labelled else type(call.label).__name__,
                    "path": names.of(call).home,
                    "id": None if swept else modules.setdefault(key_of(call.label), len(modules)),
                }
        paths[id(scope)] = path
    return paths, info


def called(scope: Scope) -> list[Scope]:
    """The module calls and labels around what stands in a scope, from the outermost one, without formulas."""
    return [call for call in scope.chain() if not is_formula(call.label)]


def is_formula(label: object) -> bool:
    """Whether it is the label of a formula of the library."""
    return type(label).__name__ == "Formula" and isinstance(label, str)


def formulas(scope: Scope | None, numbers: dict[int, int]) -> tuple[Formula, ...]:
    """The formulas of the library around what stands in a scope, from the outermost one; of gradients none.

    Their calls are numbered as they are met, in `numbers`.
    """
    chain = [] if scope is None else scope.chain()
    if any(isinstance(call.label, str) and call.label.startswith(SWEEP) for call in chain):
        return ()
    found = [k for k, call in enumerate(chain) if is_formula(call.label)]
    return tuple(
        Formula(k - n, numbers.setdefault(id(chain[k]), len(numbers)), str(chain[k].label)) for n, k in enumerate(found)
    )


class Formula(NamedTuple):
    """A call of a formula of the library: how many scopes are around it, its number, its name."""

    depth: int
    call: int
    name: str


def key_of(label: object) -> object:
    """What calls of one module have in common, or scopes of one name."""
    return label if isinstance(label, str) else id(label)


def clean_path(path: Path) -> str:
    """A path as it is written in a sentence."""
    return clean(".".join(path))


def _distinct(calls: dict[int, Scope], owns: Mapping[int, str]) -> tuple[dict[int, str], dict[int, int]]:
    """For each call an element of a path that no other call in the same scope has, and its number for its module."""
    groups: dict[tuple[int, str], dict[Any, list[int]]] = {}  # (parent, name) -> module -> calls
    for key, scope in calls.items():
        same, (*_, parent, _) = key_of(scope.label), (None, *called(scope))
        groups.setdefault((id(parent), owns[key]), {}).setdefault(same, []).append(key)
    elements: dict[int, str] = {}
    numbers: dict[int, int] = {}
    for (_, name), modules in groups.items():
        for m, keys in enumerate(modules.values(), 1):
            base = f"{name}#{m}" if len(modules) > 1 else name
            for number, key in enumerate(keys):
                elements[key] = f"{base}[{number}]" if len(keys) > 1 else base
                numbers[key] = number
    return elements, numbers
