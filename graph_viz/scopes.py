"""Names of module calls. A node remembers the call that was running; here the calls get the names that are shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .style import SUPERSCRIPT, clean

Path = tuple[str, ...]
SWEEP = "∇"  # labels of what a recorded sweep computes begin so, and it stands below a scope of this name


def name_scopes(scopes: Iterable[Any]) -> tuple[dict[int, Path], dict[Path, dict[str, Any]]]:
    """The path of each scope (by its identity), and of each path its name, call number, module class and module path.

    What a recorded sweep computed has scopes inside those of the forward pass, but came later: one box around both
    would be left and entered again. So it gets a tree of its own, below "∇" (a second sweep below "∇²").
    """
    calls = _calls(scopes)
    inside: dict[int, dict[int, str]] = {}
    names = {key: _name(scope, inside) for key, scope in calls.items()}
    elements, numbers = _distinct(calls, names)
    modules: dict[int, int] = {}  # numbers of the modules, in the order in which they are met
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
                info[path] = {
                    "name": names[id(call)],
                    "call": numbers[id(call)],
                    "module": None if labelled else type(call.label).__name__,
                    "path": _path(call, inside),
                    "id": None if labelled else modules.setdefault(id(call.label), len(modules)),
                }
        paths[key] = path
    return paths, info


def parameter_paths(scopes: Iterable[Any]) -> dict[int, str]:
    """The path of each parameter of the outermost modules (by its identity): `encoder.layers.0.W`.

    A leaf that a module holds in the place of a parameter is one.
    """
    roots = {id(root): root for scope in _calls(scopes).values() if (root := _root(scope)) is not None}
    paths: dict[int, str] = {}
    for root in roots.values():
        for path, parameter in getattr(root, "named_parameters", tuple)():
            paths.setdefault(id(parameter), path)
        for path, module in getattr(root, "named_modules", tuple)():
            for name, value in vars(module).items():
                if getattr(value, "op", root) is None and hasattr(value, "saved"):
                    paths.setdefault(id(value), f"{path}.{name}".removeprefix("."))
    return paths


def clean_path(path: Path) -> str:
    """A path as it is written in a sentence."""
    return clean(".".join(path))


def _calls(scopes: Iterable[Any]) -> dict[int, Any]:
    """Every call among and around `scopes` by its identity, outer ones before inner ones."""
    calls: dict[int, Any] = {}
    for scope in scopes:
        if scope is not None and id(scope) not in calls:
            calls.update((id(call), call) for call in scope.chain())
    return calls


def _root(scope: Any) -> Any:
    """The outermost module around `scope`, or None."""
    return next((call.label for call in scope.chain() if not isinstance(call.label, str)), None)


def _modules(module: Any, inside: dict[int, dict[int, str]]) -> dict[int, str]:
    """The path of each module in `module`, by identity, looked up once."""
    if id(module) not in inside:
        inside[id(module)] = {id(m): path for path, m in getattr(module, "named_modules", tuple)()}
    return inside[id(module)]


def _name(scope: Any, inside: dict[int, dict[int, str]]) -> str:
    """The path of a module in the nearest module around it that has it, or its class; a label as it is."""
    if isinstance(scope.label, str):
        return scope.label
    outer = scope.parent
    while outer is not None:
        path = "" if isinstance(outer.label, str) else _modules(outer.label, inside).get(id(scope.label), "")
        if path:
            return path
        outer = outer.parent
    return type(scope.label).__name__


def _path(scope: Any, inside: dict[int, dict[int, str]]) -> str | None:
    """The path of a module in the outermost one ("" for itself); None for a label, and where it has none."""
    return None if isinstance(scope.label, str) else _modules(_root(scope), inside).get(id(scope.label))


def _distinct(calls: dict[int, Any], names: dict[int, str]) -> tuple[dict[int, str], dict[int, int]]:
    """For each call an element of a path that no other call in the same scope has, and its number for its module."""
    groups: dict[tuple[int, str], dict[Any, list[int]]] = {}  # (parent, name) -> module -> calls
    for key, scope in calls.items():
        same = scope.label if isinstance(scope.label, str) else id(scope.label)
        groups.setdefault((id(scope.parent), names[key]), {}).setdefault(same, []).append(key)
    elements: dict[int, str] = {}
    numbers: dict[int, int] = {}
    for (_, name), modules in groups.items():
        for m, keys in enumerate(modules.values(), 1):
            base = f"{name}#{m}" if len(modules) > 1 else name
            for number, key in enumerate(keys):
                elements[key] = f"{base}[{number}]" if len(keys) > 1 else base
                numbers[key] = number
    return elements, numbers
