"""The first stage: the tape behind a result as a networkx graph. A node is a Tensor, an edge an argument."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from operator import attrgetter
from typing import Any

import numpy as np

from .scopes import name_scopes, parameter_paths

Summary = float | tuple[float, float] | None  # of an array: its only element, its minimum and maximum; None if empty


def to_networkx(y: Any) -> Any:
    """The graph behind `y`: what was computed from what, as plain data.

    Parameters
    ----------
    y : Tensor, list of Tensors, or Tape
        the results whose history is wanted

    Returns
    -------
    networkx.MultiDiGraph
        acyclic. Nodes are numbered from 0 in order of creation, as in a printed tape, and have the attributes

        - op: name of the operation, None for a leaf; params: its static arguments
        - kind: "parameter", "input", "op" or "output"
        - shape, dtype, order
        - name: the path of a parameter ("fc1.W"), or the name that was given, or None
        - scope: the module calls around it, from the outermost one: ("MLP", "fc1"); see Notes
        - value, grad: the only element; (minimum, maximum) of an array; None if there is none
        - constants: for each argument that is no Tensor, by position, its shape, dtype and value

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
    return trace(y)


def trace(y: Any, values: bool | None = True) -> Any:
    """`to_networkx`; without `values` no array is read (None: only where all are scalars)."""
    import networkx as nx

    ys = results(y)
    nodes = history(ys)
    values = all(t.shape == () for t in nodes) if values is None else values
    rank = {id(t): k for k, t in enumerate(nodes)}
    outputs = set(map(id, ys))
    scopes, info = name_scopes(t.scope for t in nodes)
    paths = parameter_paths(t.scope for t in nodes)
    # The arrays that the operations got: a leaf may have been given new data since.
    used = {id(x): s for t in nodes for x, s in zip(t.inputs, t.saved, strict=True) if x is not None}

    graph = nx.MultiDiGraph(scopes=info)
    for k, t in enumerate(nodes):
        leaf = t.op is None
        graph.add_node(
            k,
            op=None if leaf else operation(t.op),
            params={key: brief(value) for key, value in t.params.items()},
            kind=leaf_kind(t) if leaf else "output" if id(t) in outputs else "op",
            shape=tuple(t.shape),
            dtype=_name(t.dtype),
            order=t.order,
            name=paths.get(id(t)) or t.name or None,
            scope=scopes[id(t.scope)] if t.scope is not None else (),
            value=summary(used.get(id(t), t.data)) if values else None,
            grad=summary(t.grad) if values else None,
            constants={i: constant(s) for i, (x, s) in enumerate(zip(t.inputs, t.saved, strict=True)) if x is None},
        )
        for i, x in enumerate(t.inputs):
            if x is not None:
                graph.add_edge(rank[id(x)], k, key=i, position=i, shape=tuple(x.shape))
    return graph


def results(y: Any) -> list[Any]:
    """The Tensors that `y` stands for, or an error that says what to pass."""
    ys = list(y) if isinstance(y, (list, tuple)) else list(getattr(y, "ys", [y]))
    for t in ys or [None]:
        if not all(hasattr(t, name) for name in ("op", "inputs", "saved", "order", "scope")):
            hint = "; call it first, and draw its result" if callable(t) else "; a plain array has no history"
            raise TypeError(f"expected a Tensor, a list of Tensors or a Tape, got {type(t).__name__}{hint}")
        if t.op is None:
            raise ValueError(
                f"nothing was recorded behind {shown(t)}: it is a leaf, was detached, or was computed under no_grad(); "
                "draw a result that was computed from Tensors, outside no_grad()"
            )
    nodes = history(ys)
    freed = next((t for t in nodes if t.op is not None and not t.inputs), None)
    if freed is not None:
        raise ValueError(
            f"the tape behind {shown(freed)} was given back by backward(retain_graph=False); "
            "draw before that, or leave retain_graph=True"
        )
    return ys


def history(ys: Iterable[Any]) -> list[Any]:
    """The Tensors behind `ys`, oldest first: creation order is a topological order."""
    found = {id(t): t for t in ys}
    stack = list(found.values())
    while stack:
        for x in stack.pop().inputs:
            if x is not None and id(x) not in found:
                found[id(x)] = x
                stack.append(x)
    return sorted(found.values(), key=attrgetter("order"))


def operation(op: Any) -> str:
    """The name of an operation."""
    return getattr(op, "__name__", None) or str(op)


def leaf_kind(t: Any) -> str:
    """Whether a leaf is trained."""
    return "parameter" if any(c.__name__ == "Parameter" for c in type(t).__mro__) else "input"


def shown(t: Any) -> str:
    """A Tensor in an error message."""
    return f"{t.name!r}" if t.name else f"the {type(t).__name__} of shape {tuple(t.shape)}"


def constant(value: Any) -> dict[str, Any]:
    """Shape, dtype and value of an argument that is no Tensor."""
    array = np.asarray(value)
    real = array.dtype.kind in "fiub"
    return {"shape": array.shape, "dtype": _name(array.dtype), "value": summary(array) if real else brief(value)}


_name = cache(str)  # of a dtype, which takes NumPy longer than all else here


def summary(value: Any) -> Summary:
    """What of an array is written on its node."""
    array = np.asarray(value)
    if value is None or not array.size:
        return None
    return float(array.item()) if array.size == 1 else (float(array.min()), float(array.max()))


def brief(value: Any) -> str:
    """A static argument in a few characters: `axis=(0, 1)`, `index=1:3`."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype}[{','.join(map(str, value.shape))}]" if value.ndim else str(value.item())
    if isinstance(value, (tuple, list)):
        return f"({', '.join(map(brief, value))})"
    if isinstance(value, slice):
        ends = [value.start, value.stop] + [value.step] * (value.step is not None)
        return ":".join("" if end is None else str(end) for end in ends)
    return "…" if value is Ellipsis else operation(value)
