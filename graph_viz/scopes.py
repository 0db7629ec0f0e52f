"""Module calls as the clusters of a drawing. The engine names the calls; here they are counted and told apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from .style import SUPERSCRIPT, clean

if TYPE_CHECKING:
    from autograd_zoo.engine.mode import Scope
    from autograd_zoo.engine.names import Names

Path = tuple[str, ...]
GRADIENTS = "gradients"  # what a recorded sweep is, as a module is of a class
SWEEP = "∇"  # labels of what a recorded sweep computes begin so, and it stands below a scope of this name


def clusters(
    names: Names, made: Iterable[Scope | None], labels: Mapping[int, str] = MappingProxyType({})
) -> tuple[dict[int, Path], dict[Path, dict[str, Any]]]:
    """The path of each scope (by its identity), and of each path its name, call number, module class and module path.

    What was `made` stands in these scopes, one after the other, or is a leaf: None. Modules are called what `labels`
    says, by their identities, or what the attribute is called that has them.

    What a recorded sweep computed has scopes inside those of the forward pass, but came later: one box around both
    would be left and entered again. So it gets a tree of its own, below "∇"; a sweep over one below "∇²", and several
    sweeps that do not differ in that are told apart, as calls are.
    """
    calls = {id(call): call for scope in names.scopes for call in called(scope)}  # outer ones before inner ones
    owns = {key: labels.get(id(call.label)) or names.of(call).own for key, call in calls.items()}
    elements, numbers = _distinct(calls, owns)
    modules: dict[object, int] = {}  # numbers of the modules, in the order in which they are met
    paths: dict[int, Path] = {}
    info: dict[Path, dict[str, Any]] = {}
    tops = _sweeps(made)
    for scope in names.scopes:
        chain, path = called(scope), cast(Path, ())
        if id(scope) in tops:
            name, call_number, element = tops[id(scope)]
            path = (element,)
            info.setdefault(path, {"name": name, "call": call_number, "module": GRADIENTS, "path": None, "id": None})
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


def _sweeps(scopes: Iterable[Scope | None]) -> dict[int, tuple[str, int, str]]:
    """Of each scope of a recorded sweep what that is called, its number among those called so, and both as one.

    Sweeps do not overlap in time, so one ends where something else was made.
    """
    runs: list[list[Scope]] = []
    inside = False
    for scope in scopes:
        swept = scope is not None and depth_of_sweep(scope) > 0
        if swept and not inside:
            runs.append([])
        inside = swept
        if scope is not None and swept:
            runs[-1].append(scope)
    orders = [max(map(depth_of_sweep, run)) for run in runs]
    found: dict[int, tuple[str, int, str]] = {}
    for k, (run, order) in enumerate(zip(runs, orders, strict=True)):
        name = SWEEP if order == 1 else SWEEP + str(order).translate(SUPERSCRIPT)
        number = orders[:k].count(order)
        element = f"{name}[{number}]" if orders.count(order) > 1 else name
        found.update((id(scope), (name, number, element)) for scope in run)
    return found


def depth_of_sweep(scope: Scope) -> int:
    """How many recorded sweeps are around what stands in a scope."""
    return sum(isinstance(call.label, str) and call.label.startswith(SWEEP) for call in scope.chain())


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
