"""The first stage: the tape behind a result as a networkx graph. A node is a Tensor, an edge an argument."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypedDict, TypeGuard

import numpy as np

from . import operations
from .arrays import kind_of, relation, told
from .plain import plain as flattened
from .quick import uncollected
from .scopes import SWEEP, Path, clusters, formulas, is_formula
from .style import clean
from .summaries import Summary, brief, norm, operation, summary

if TYPE_CHECKING:
    import networkx as nx

    from autograd_zoo.engine.mode import Scope
    from autograd_zoo.engine.names import Names
    from autograd_zoo.engine.tensor import Tensor


class Constant(TypedDict):
    """An argument that is no Tensor."""

    shape: tuple[int, ...]
    dtype: str
    value: Summary | str
    text: str
    what: str  # it is, as far as is known: "one-hot", "row maximum"
    name: str  # of what was drawn at random, or is named by whoever draws,
    given: bool  # ... and whether that makes it an input: no number is one


@dataclass(frozen=True)
class Failure:
    """Where a forward pass ended: what was asked for, of what, in which module call, and what was said."""

    op: str
    arguments: tuple[Any, ...]  # Tensors, arrays and numbers
    scope: Scope | None
    message: str


def to_networkx(y: object, plain: bool = False) -> nx.MultiDiGraph:
    """The graph behind `y`: what was computed from what, as plain data.

    Parameters
    ----------
    y : Tensor, list of Tensors, or Tape
        the results whose history is wanted
    plain : bool
        attributes are strings and numbers alone, so that `networkx.write_graphml`, `write_gexf` and `write_gml` take it

    Returns
    -------
    networkx.MultiDiGraph
        acyclic. Nodes are numbered from 0 in order of creation, as in a printed tape, and have the attributes

        - op: name of the operation, None for a leaf; params: its static arguments
        - kind: "parameter", "input", "op" or "output"
        - shape, dtype, order, arity (the number of arguments)
        - elementwise, broadcasts: whether each element is computed from the same elements of the arguments, and
          whether these are broadcast against each other
        - name: the path of a parameter ("fc1.W"), or the name that was given, or None
        - scope: the module calls around it, from the outermost one: ("MLP", "fc1"); see Notes
        - formulas: the calls of formulas of the library around it, from the outermost one: each with how many scopes
          are around it, its number and its name
        - value, grad: the only element; (minimum, maximum) of an array; None if there is none
        - norm: the length of the gradient, or None
        - constants: for each argument that is no Tensor, by position, its shape, dtype and value, and a text
        - idiom: only where the operation with its constants is known as something else, "relu"; those are left out
        - label: only of the upstream gradient with which a recorded sweep begins, "ȳ"

        Edges lead from an argument to the result and have its `position` (also their key, so that the square x*x has
        two) and its `shape`. `graph.graph["scopes"]` says for every scope its module, path and call number.

    Raises
    ------
    TypeError
        if y is no Tensor
    ValueError
        if nothing was recorded behind y

    Notes
    -----
    Where a module is called several times in a scope its calls are told apart as "cell[0]", "cell[1]"; different
    modules of one name as "Linear#1", "Linear#2". What a recorded sweep computed stands below a scope "∇".

    Where they are `plain`, a shape is "4x3", a scope "MLP/fc1", the value of an array `value_min` and `value_max`, and
    `params` and `constants` are texts; what is not there has no attribute.

    Examples
    --------
    >>> import autograd_zoo as az, graph_viz
    >>> x = az.Tensor(3.0, name="x")
    >>> graph = graph_viz.to_networkx(x * x)
    >>> list(graph.edges(keys=True))
    [(0, 1, 0), (0, 1, 1)]
    >>> graph.nodes[1]["op"], graph.nodes[1]["value"]
    ('multiply', 9.0)
    """
    graph = trace(y)
    return flattened(graph) if plain else graph


def trace(y: object, values: bool | None = True) -> nx.MultiDiGraph:
    """`to_networkx`; without `values` no array is read (None: only where all are scalars)."""
    return graph_of(results(y), values)


@uncollected
def graph_of(
    ys: list[Tensor],
    values: bool | None = True,
    names: Mapping[str, object] | None = None,
    failure: Failure | None = None,
) -> nx.MultiDiGraph:
    """The graph behind Tensors, with labels for some and for modules; or up to an operation's `failure`."""
    import networkx as nx

    from autograd_zoo.engine.names import Names

    nodes = _kept(history(ys))
    labels = {id(t): name for name, t in (names or {}).items()}
    arrays = {key: name for name, a in (names or {}).items() if not is_tensor(a) and (key := _content(a))}
    values = all(t.shape == () for t in nodes) if values is None else values
    rank = {id(t): k for k, t in enumerate(nodes)}
    outputs = set(map(id, ys)) if failure is None else set()
    called = Names([t.scope for t in nodes] + ([failure.scope] if failure else []))
    scopes, info = clusters(called, [None if t.op is None else t.scope for t in nodes], labels)
    scopes[id(None)] = ()
    numbers: dict[int, int] = {}  # of calls of formulas
    # The arrays that the operations got: a leaf may have been given new data since.
    used = {id(x): s for t in nodes for x, s in zip(t.inputs, t.saved, strict=True) if x is not None} if values else {}

    about = {op: _about(op) for op in {t.op for t in nodes}}

    graph = nx.MultiDiGraph(scopes=info)
    constants: dict[int, Constant]
    for k, t in enumerate(nodes):
        leaf = t.op is None
        graph.add_node(
            k,
            op=None if leaf else operation(t.op),
            params={key: brief(value) for key, value in t.params.items()} if t.params else {},
            kind=leaf_kind(t, called) if leaf else "output" if id(t) in outputs else "op",
            shape=t.shape,
            dtype=_name(t.dtype),
            order=t.order,
            arity=len(t.inputs),
            **about[t.op],
            name=labels.get(id(t)) or called.called(t) or None,
            scope=scopes[id(t.scope)],
            formulas=formulas(t.scope, numbers),
            value=summary(used.get(id(t), t.data)) if values else None,
            grad=summary(t.grad) if values else None,
            norm=norm(t.grad) if values else None,
            constants=(constants := {}),
        )
        known = None if leaf else operations.idiom(operation(t.op), t.inputs, t.saved)
        if known:
            graph.nodes[k]["idiom"] = known
        for i, x in enumerate(t.inputs):
            if x is not None:
                graph.add_edge(rank[id(x)], k, key=i, position=i, shape=x.shape)
            elif not known:
                constants[i] = constant(t.saved[i], _beside(t, i), _drawn(t, i) or arrays.get(_content(t.saved[i]), ""))
    _label_seeds(graph)
    if failure is not None:
        _add_failure(graph, rank, failure, scopes[id(failure.scope)])
    return graph


def _about(op: Callable[..., object] | None) -> dict[str, bool]:
    """What the engine says of an operation (None: of a leaf)."""
    asked = {"elementwise": operations.elementwise, "broadcasts": operations.broadcasts}
    return {word: op is not None and ask(op) for word, ask in asked.items()}


def _label_seeds(graph: nx.MultiDiGraph) -> None:
    """Put leaves without a name that a recorded sweep alone uses where it stands, in place: what it began with."""
    sweeps = {path for path in graph.graph["scopes"] if len(path) == 1 and path[0].startswith(SWEEP)}
    for v, node in graph.nodes(data=True) if sweeps else ():
        if node["kind"] == "input" and not node["name"]:
            homes = {graph.nodes[user]["scope"][:1] for user in graph.successors(v)}
            if homes <= sweeps:
                node["label"] = "ȳ"
                node["scope"] = homes.pop() if len(homes) == 1 else ()


def _add_failure(graph: nx.MultiDiGraph, rank: Mapping[int, int], failure: Failure, scope: Path) -> None:
    """Add, in place, the operation at which a forward pass ended. It has arguments, and no result."""
    key, arguments = len(graph), list(enumerate(failure.arguments))
    graph.add_node(
        key,
        op=failure.op,
        params={},
        kind="failed",
        shape=(),
        dtype="",
        order=None,
        arity=len(arguments),
        **_about(None),
        name=None,
        scope=scope,
        formulas=(),
        value=None,
        grad=None,
        norm=None,
        constants={i: constant(x) for i, x in arguments if not is_tensor(x)},
        message=failure.message,
    )
    for i, x in arguments:
        if is_tensor(x):
            graph.add_edge(rank[id(x)], key, key=i, position=i, shape=x.shape)


def results(y: object) -> list[Tensor]:
    """The Tensors that `y` stands for, or an error that says what to pass."""
    ys = list(_flat(getattr(y, "ys", y)))
    for t in ys or [None]:
        if not is_tensor(t):
            hint = "; call it first, and draw its result" if callable(t) else "; a plain array has no history"
            raise TypeError(f"expected a Tensor, a list of Tensors or a Tape, got {clean(type(t).__name__)}{hint}")
        if t.op is None:
            raise ValueError(
                f"nothing was recorded behind {shown(t)}: it is a leaf, was detached, or was computed under no_grad(); "
                "draw a result that was computed from Tensors, outside no_grad()"
            )
    return ys


def _kept(nodes: list[Tensor]) -> list[Tensor]:
    """The nodes, if none has lost its arguments."""
    freed = next((t for t in nodes if t.op is not None and not t.inputs), None)
    if freed is not None:
        raise ValueError(
            f"the tape behind {shown(freed)} was given back by backward(retain_graph=False); "
            "draw before that, or leave retain_graph=True"
        )
    return nodes


def is_tensor(t: object) -> TypeGuard[Tensor]:
    """Whether this is a node of a tape."""
    return not isinstance(t, type) and all(hasattr(t, name) for name in ("op", "inputs", "saved", "order", "scope"))


def _flat(y: object) -> Iterator[Any]:
    """The elements of lists, tuples and dicts of results, such as (y, (h, C))."""
    stack = [y]
    while stack:
        x = stack.pop()
        if isinstance(x, (list, tuple, dict)):
            stack.extend(reversed(list(x.values() if isinstance(x, dict) else x)))
        else:
            yield x


def history(ys: Iterable[Tensor]) -> list[Tensor]:
    """The Tensors behind `ys`, oldest first: creation order is a topological order."""
    found = {id(t): t for t in ys}
    stack = list(found.values())
    while stack:
        for x in stack.pop().inputs:
            if x is not None and id(x) not in found:
                found[id(x)] = x
                stack.append(x)
    return sorted(found.values(), key=attrgetter("order"))


def leaf_kind(leaf: Tensor, names: Names) -> str:
    """Whether a leaf is trained: by its class, or since a module holds it."""
    held = id(leaf) in names.parameters or id(leaf) in names.instead
    return "parameter" if held or any(c.__name__ == "Parameter" for c in type(leaf).__mro__) else "input"


def shown(t: Tensor) -> str:
    """A Tensor in an error message."""
    return f"{t.name!r}" if t.name else f"the {clean(type(t).__name__)} of shape {tuple(t.shape)}"


def constant(value: object, beside: str = "", name: str = "") -> Constant:
    """Shape, dtype and value of an argument that is no Tensor, and what it is `beside` the others."""
    array = np.asarray(value)
    numbers = array.dtype.kind in "fiub"
    return {
        "shape": array.shape,
        "dtype": _name(array.dtype),
        "value": summary(array) if numbers else brief(value),
        "text": told(array, beside) if numbers else brief(value),
        "what": beside or kind_of(array),
        "name": name,
        "given": bool(name and array.ndim),
    }


def _beside(t: Tensor, i: int) -> str:
    """What a constant argument of a node is beside the Tensors among the arguments."""
    array = np.asarray(t.saved[i])
    found = (relation(array, s) for x, s in zip(t.inputs, t.saved, strict=True) if x is not None) if array.ndim else ()
    return next(filter(None, found), "")


NOISE = {"dropout": "D"}  # formulas of the library that are given what was drawn at random, and its name


def _drawn(t: Tensor, i: int) -> str:
    """The name of a constant argument of a node that was drawn at random, as far as the library knows."""
    called = [] if t.scope is None else [str(call.label) for call in t.scope.chain() if is_formula(call.label)]
    return NOISE.get(called[-1], "") if called and np.ndim(t.saved[i]) else ""


def _content(array: Any) -> Any:
    """What two arrays that are equal have in common; of a number itself, if it has more digits than a picture shows.

    Others may be equal by chance: `locals()` has n = 2, and x is squared.
    """
    if isinstance(array, np.ndarray) and array.ndim:
        return array.shape, array.dtype.str, array.tobytes()
    if not isinstance(array, (float, np.floating, np.ndarray)) or np.asarray(array).dtype.kind != "f":
        return None
    value = float(array)
    return value if math.isfinite(value) and float(f"{value:.6g}") != value else None


_name = cache(str)  # of a dtype, which takes NumPy longer than all else here
