"""The sweep: walk the tape from its newest node to its oldest, pull cotangents back through the rules, add them up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from threading import Lock
from typing import Any

import numpy as np
from numpy import ndarray

from .mode import MODE, Scope, enter, switched
from .rules import RULES, defvjp, label
from .values import is_tensor

_ACCUMULATE = Lock()  # two threads may sweep into one leaf


def ancestors(y: Any) -> tuple[list[Any], list[Any]]:
    """The recorded nodes behind `y`, newest first, and its leaves. Creation order is a topological order: just sort."""
    nodes, leaves = ([], [y]) if y.op is None else ([y], [])
    seen = {y}
    for node in nodes:  # grows while it is walked
        for x in node.inputs:
            if x is not None and x not in seen:
                seen.add(x)
                (leaves if x.op is None else nodes).append(x)
    nodes.sort(key=attrgetter("order"), reverse=True)
    return nodes, leaves


def between(nodes: list[Any], xs: Iterable[Any]) -> set[Any]:
    """`xs` and those of `nodes` (newest first) that depend on one of them: nothing else needs a rule."""
    found = set(xs)
    for node in reversed(nodes):
        if not found.isdisjoint(node.inputs):
            found.add(node)
    return found


@np.errstate(all="ignore")  # a rule may pass through ∞ on its way; `detect_anomaly` finds the line where one stays
def sweep(
    nodes: list[Any], y: Any, g: Any, keep: set[Any], live: set[Any] | None, create_graph: bool
) -> dict[Any, Any]:
    """The cotangents of the leaves and of the nodes to `keep`, when that of `y` is `g`; only those in `live`, if given.

    `nodes` are those behind y, newest first. Rules are fed the raw arrays that were saved, and so cost nothing but
    themselves; with `create_graph` they are fed the Tensors, and NumPy's dispatch records what they do.
    """
    cotangent, kept = {y: g}, {}
    watch = MODE.get().anomaly
    plain = live is None and not create_graph
    for node in nodes:
        g = cotangent.pop(node, None)
        if g is None:
            continue
        if node in keep:
            kept[node] = g if create_graph else np.array(g)
        row, inputs = RULES[node.op], node.inputs
        try:
            if plain and row.pair and len(inputs) == 2:  # the commonest node by far, written out
                (u, v), (du, dv), (a, b) = inputs, row.rules, node.saved
                out = node._array
                pulled: Any = (
                    (u, None if u is None else du(g, out, a, b)),
                    (v, None if v is None else dv(g, out, a, b)),
                )
            else:
                pulled = pull(node, row, g, live, create_graph)
        except Exception as error:
            error.add_note(f"(in the sweep, pulling a gradient back through {label(node.op)}, {node!r})")
            raise
        for x, gx in pulled:
            if gx is None:
                continue
            d = x._array
            if type(gx) is not type(d) or (type(d) is ndarray and (gx.shape != d.shape or gx.dtype is not d.dtype)):
                gx = fit(gx, x, node)
            if watch is not None:
                watch.pulled(node, x, gx)
            if x in cotangent:
                cotangent[x] = cotangent[x] + gx
            else:  # a leaf's gradient will be the user's: no array of the tape may be handed out
                mine = x.op is None and type(gx) is ndarray and _shared(gx, g, node, pulled)
                cotangent[x] = gx.copy() if mine else gx
    return cotangent | kept if kept else cotangent


def pull(node: Any, row: Any, g: Any, live: set[Any] | None, create_graph: bool) -> list[tuple[Any, Any]]:
    """Pairs of an input of `node` and its cotangent (None for zero), by the rules of its `row`."""
    if create_graph:
        enter(Scope(f"∇{label(node.op)}", node.scope))
    args = (g, node, *_unchanged(node)) if create_graph else (g, node._array, *node.saved)
    wanted = [(i, x) for i, x in enumerate(node.inputs) if x is not None and (live is None or x in live)]
    if row.joint:
        cotangents = row.joint(*args, **node.params)
        return [(x, cotangents[i]) for i, x in wanted]
    return [(x, rule(*args, **node.params)) for i, x in wanted if (rule := row.rules[i]) is not None]


def fit(g: Any, x: Any, node: Any) -> Any:
    """`g` in the shape and dtype of the input `x`: broadcasting is undone here, once, and for nobody else."""
    shape = np.shape(g)
    if shape != x.shape:
        lead = len(shape) - x.ndim
        stretched = RULES[node.op].broadcasts and all(n in (1, m) for n, m in zip(x.shape, shape[lead:], strict=False))
        if lead < 0 or not stretched:
            raise ValueError(
                f"the rule of {label(node.op)} returned a gradient of shape {shape} for an input of shape {x.shape}; "
                "a gradient has the shape of what it belongs to"
            )
        g = g.sum(axis=(*range(lead), *(lead + i for i, n in enumerate(x.shape) if n == 1))).reshape(x.shape)
    dtype = np.dtype(getattr(g, "dtype", type(g)))
    if dtype == x.dtype:
        return g
    if dtype.kind not in "fiub" or (dtype.kind == "f" and dtype.itemsize < min(x.dtype.itemsize, node.dtype.itemsize)):
        raise TypeError(
            f"the rule of {label(node.op)} returned a gradient of {dtype} for an input of {x.dtype}: a gradient is "
            "real and keeps its digits; in rules write Python numbers, and no dtype"
        )
    return np.asarray(g, x.dtype) if np.isscalar(g) else g.astype(x.dtype)


def gradient(
    y: Any, xs: Sequence[Any], g: Any = None, *, create_graph: bool = False, allow_unused: bool = False
) -> list[Any]:
    """∂y/∂x for each x of `xs`: g · ∂y/∂x summed over the elements of y.

    Parameters
    ----------
    y : Tensor
    xs : list of Tensors
        leaves or results on the way to `y`
    g : array, optional
        the cotangent of `y`, in its shape; 1 if y has a single element
    create_graph : bool
        record the sweep itself, and return Tensors that can be differentiated again
    allow_unused : bool
        zeros for an x that y does not depend on, instead of an error

    Returns
    -------
    list of ndarrays (of Tensors with `create_graph`), each in the shape and dtype of its x

    Examples
    --------
    >>> import autograd_zoo as az
    >>> x = az.Tensor([1.0, 2.0, 3.0])
    >>> az.gradient((x * x).sum(), [x])
    [array([2., 4., 6.])]
    """
    _require_tensor(y, "y")
    if not isinstance(xs, (list, tuple)):
        raise TypeError(
            f"gradient(y, xs) takes a list of Tensors and returns a list; write gradient(y, [x]), not {xs!r}"
        )
    for x in xs:
        _require_tensor(x, "each x of xs")
    seed = seed_of(y, g, create_graph)
    nodes, leaves = ancestors(y)
    tape = {*nodes, *leaves}
    for k, x in enumerate(xs):
        if x not in tape and not allow_unused:
            why = " (y is a leaf, or was made under no_grad())" if y.op is None else ""
            raise ValueError(
                f"no path leads from y back to x number {k}, {x!r}: y was not computed from this very object{why}; "
                "pass allow_unused=True to get zeros"
            )
    depends = between(nodes, xs)
    live = None if len(depends) == len(tape) else depends
    if not create_graph:
        found = sweep(nodes, y, seed, set(xs), live, False)
        own = np.array if len(set(xs)) < len(xs) else np.asarray  # the same x twice gets two arrays
        return [own(found[x]) if x in found else np.zeros(x.shape, x.dtype) for x in xs]
    with switched(recording=True, fused=False):
        found = sweep(nodes, y, seed, set(xs), live, True)
    grads = [found[x] if x in found else np.zeros(x.shape, x.dtype) for x in xs]
    return [gx if is_tensor(gx) else y.leaf(gx) for gx in grads]


def backward(y: Any, g: Any = None, *, retain_graph: bool = True, retain_grads: bool = False) -> None:
    """Add ∂y/∂x to `x.grad` of every leaf x behind y (of every node, with `retain_grads`): all of them, or none."""
    if y.op is None:
        raise RuntimeError(
            f"nothing was recorded behind {y!r}: it is a leaf, or was made under no_grad(); call backward() on a result"
        )
    seed = seed_of(y, g)
    nodes, _ = ancestors(y)
    found = sweep(nodes, y, seed, set(nodes) if retain_grads else set(), None, False)
    with _ACCUMULATE:
        before = [x._grad for x in found]
        after = [gx if old is None else old + gx for old, gx in zip(before, found.values(), strict=True)]
        try:
            for x, new in zip(found, after, strict=True):
                x._grad = new
        except BaseException:  # Ctrl-C between two of them
            for x, old in zip(found, before, strict=True):
                x._grad = old
            raise
    if not retain_graph:
        for node in nodes:
            node.op, node.inputs, node.saved, node.params = freed, (), (), {}


def freed(*_: Any, **__: Any) -> Any:
    """Stands for the operation of a node whose tape was given back."""
    raise RuntimeError(
        "this tape was freed by an earlier backward(retain_graph=False), so it cannot be swept again; "
        "leave retain_graph=True (the default) there, or record the forward pass anew"
    )


defvjp(freed, joint=freed)


def seed_of(y: Any, g: Any, create_graph: bool = False) -> Any:
    """The cotangent that a sweep from `y` starts with: `g`, or 1 for a single element. Never the caller's own array."""
    if g is None and y.size != 1:
        raise ValueError(
            f"the gradient of a Tensor of shape {y.shape} needs a cotangent: reduce it to one number first "
            f"(y.sum().backward(), y.mean()), or pass g, an array of shape {y.shape}, for g · ∂y/∂x"
        )
    if create_graph and isinstance(g, type(y)) and g.shape == y.shape:
        return g
    seed = np.ones(y.shape, y.dtype) if g is None else np.array(g.data if is_tensor(g) else g)
    if seed.shape != y.shape or seed.dtype.kind not in "fiub":
        raise ValueError(
            f"the cotangent g must be a real array in the shape of y, {y.shape}; got {seed.dtype}{list(seed.shape)}"
        )
    seed = seed.astype(y.dtype, copy=False)
    seed = seed if seed.ndim else seed[()]
    return y.leaf(seed) if create_graph else seed


def _require_tensor(x: Any, what: str) -> None:
    if not is_tensor(x):
        raise TypeError(
            f"gradient(y, xs): {what} must be a Tensor, got {type(x).__name__}; an array is a constant: "
            "wrap it as Tensor(x) before the computation"
        )


def _unchanged(node: Any) -> list[Any]:
    """The arguments of `node` as Tensors, for a recorded sweep: refused if a leaf was given new data meanwhile."""
    for x, saved in zip(node.inputs, node.saved, strict=True):
        if x is not None and x._array is not saved:
            raise RuntimeError(
                f"{x!r} was given new data after {label(node.op)} had used it, so a recorded sweep would mix both; "
                "take the gradient with create_graph=True before the optimizer steps, or record the forward pass anew"
            )
    return [s if x is None else x for x, s in zip(node.inputs, node.saved, strict=True)]


def _shared(gx: Any, g: Any, node: Any, pulled: Iterable[tuple[Any, Any]]) -> bool:
    """Whether the array `gx` is also somebody else's, so that a leaf must get a copy."""
    others = (g, node._array, *node.saved)
    return gx.base is not None or any(gx is a for a in others) or sum(gx is a for _, a in pulled) > 1
