"""Module calls as the clusters of a drawing. The engine names the calls; here they are counted and told apart."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

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
    calls = {id(call): call for scope in names.scopes for call in scope.chain()}  # outer ones before inner ones
    owns = {key: labels.get(id(call.label)) or names.of(call).own for key, call in calls.items()}
    elements, numbers = _distinct(calls, owns)
    modules: dict[object, int] = {}  # numbers of the modules, in the order in which they are met
    paths: dict[int, Path] = {}
    info: dict[Path, dict[str, Any]] = {}
    for key, scope in calls.items():
        chain = scope.chain()
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
        paths[key] = path
    return paths, info


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
        same = key_of(scope.label)
        groups.setdefault((id(scope.parent), owns[key]), {}).setdefault(same, []).append(key)
    elements: dict[int, str] = {}
    numbers: dict[int, int] = {}
    for (_, name), modules in groups.items():
        for m, keys in enumerate(modules.values(), 1):
            base = f"{name}#{m}" if len(modules) > 1 else name
            for number, key in enumerate(keys):
                elements[key] = f"{base}[{number}]" if len(keys) > 1 else base
                numbers[key] = number
    return elements, numbers
