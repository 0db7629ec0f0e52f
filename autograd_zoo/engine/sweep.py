"""The sweep: walk the tape from its newest node to its oldest, pull cotangents back through the rules, add them up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import fsum, isfinite
from typing import Any

import numpy as np
from numpy import ndarray

from .around import quiet
from .assign import accumulate
from .careful import careful
from .graph import ancestors, between, fit, note, unchanged
from .mode import MODE, RECORDED, Scope, enter
from .rules import RULES, defvjp, label
from .values import Traced, is_tensor, raw, unmasked


@quiet  # a rule may pass through ∞ on its way; `detect_anomaly` finds the line where one stays
def sweep(
    nodes: list[Any],
    y: Any,
    g: Any,
    keep: set[Any],
    live: set[Any] | None = None,
    create_graph: bool = False,
    alive: Any = None,
) -> dict[Any, Any]:
    """The cotangents of the leaves and of the nodes to `keep`, when that of `y` is `g`; only those in `live`, if given.

    `nodes` are those behind y, newest first. If something that is found is not finite, a careful sweep tells what is
    singular from what was not taken.
    """
    if MODE.get().anomaly is None or MODE.get().trace:  # the masks of a careful sweep depend on values
        found = plain(nodes, y, g, keep, live, create_graph)
        arrays = [getattr(gx, "_array", gx) for gx in found.values()] if create_graph else found.values()
        if MODE.get().trace or finite(arrays):
            return found
    return careful(nodes, y, g, alive, keep, live, create_graph)[0]


def finite(gradients: Iterable[Any]) -> bool:
    """Whether all elements are finite: a sum of squares tells, unless it overflows."""
    try:
        quick = isfinite(fsum([np.vdot(a, a) if type(a) is ndarray else a for a in gradients]))
    except (OverflowError, ValueError):  # the sum is infinite, or ∞ − ∞
        quick = False
    return quick or all([np.isfinite(a).all() for a in gradients])


def plain(
    nodes: list[Any], y: Any, g: Any, keep: set[Any], live: set[Any] | None, create_graph: bool
) -> dict[Any, Any]:
    """The sweep itself: rules and sums.

    Rules are fed the raw arrays that were saved, and so cost nothing but themselves; with `create_graph` they are fed
    the Tensors, and NumPy's dispatch records what they do.
    """
    cotangent, kept = {y: g}, {}
    quick = live is None and not create_graph
    for node in nodes:
        g = cotangent.pop(node, None)
        if g is None:
            continue
        if node in keep:
            kept[node] = g if create_graph else np.array(g)
        row, inputs = RULES[node.op], node.inputs
        try:
            if quick and row.pair and len(inputs) == 2:  # the commonest node by far, written out
                (u, v), (du, dv), (a, b) = inputs, row.rules, node.saved
                out = node._array
                pulled: Any = (
                    (u, None if u is None else du(g, out, a, b)),
                    (v, None if v is None else dv(g, out, a, b)),
                )
            else:
                pulled = pull(node, row, g, live, create_graph)
        except Exception as error:
            note(error, node)
            raise
        others: set[int] | None = None
        for x, gx in pulled:
            if gx is None:
                continue
            d = x._array
            if type(gx) is not type(d) or (type(d) is ndarray and (gx.shape != d.shape or gx.dtype is not d.dtype)):
                gx = fit(gx, x, node)
            if x in cotangent:
                cotangent[x] = cotangent[x] + gx
            else:  # a leaf's gradient will be the user's: no array of the tape may be handed out
                if x.op is None and type(gx) is ndarray:
                    if gx.base is None and others is None:
                        others = held(g, node, pulled)
                    if gx.base is not None or (others and id(gx) in others):
                        gx = gx.copy()
                cotangent[x] = gx
    return cotangent | kept if kept else cotangent


def pull(node: Any, row: Any, g: Any, live: set[Any] | None, create_graph: bool) -> list[tuple[Any, Any]]:
    """Pairs of an input of `node` and its cotangent (None for zero), by the rules of its `row`."""
    if create_graph:
        enter(Scope(f"∇{label(node.op)}", node.scope))
    args = (g, node, *unchanged(node)) if create_graph else (g, node._array, *node.saved)
    wanted = [(i, x) for i, x in enumerate(node.inputs) if x is not None and (live is None or x in live)]
    if row.joint:
        cotangents = row.joint(*args, **node.params)
        return [(x, cotangents[i]) for i, x in wanted]
    return [(x, rule(*args, **node.params)) for i, x in wanted if (rule := row.rules[i]) is not None]


def held(g: Any, node: Any, pulled: Iterable[tuple[Any, Any]]) -> set[int]:
    """The identities of arrays that `node` or two of its inputs hold, so that a leaf must get a copy."""
    once: set[int] = set()
    more = {id(g), id(node._array), *map(id, node.saved)}
    for _, a in pulled:
        (more if id(a) in once else once).add(id(a))
    return more


def gradient(
    y: Any,
    xs: Sequence[Any],
    g: Any = None,
    *,
    create_graph: bool = False,
    allow_unused: bool = False,
    alive: Any = None,
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
    alive : array of bools, optional
        which elements of `y` are differentiated at all, in its shape. (A 0 in `g` is a number: 0 · ∞ is nan.)

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
    if alive is not None and not (alive := mask_of(y, alive)).all():
        seed = np.where(alive, seed, 0.0)
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
    if MODE.get().trace and not create_graph:
        return [raw(gx) for gx in gradient(y, xs, g, create_graph=True, allow_unused=allow_unused, alive=alive)]
    if not create_graph:
        found = sweep(nodes, y, seed, set(xs), live, False, alive)
        own = np.array if len(set(xs)) < len(xs) else np.asarray  # the same x twice gets two arrays
        return [own(found[x]) if x in found else np.zeros(x.shape, x.dtype) for x in xs]
    with RECORDED:
        found = sweep(nodes, y, seed, set(xs), live, True, alive)
    grads = [found[x] if x in found else np.zeros(x.shape, x.dtype) for x in xs]
    return [gx if is_tensor(gx) or isinstance(gx, Traced) else y.leaf(gx) for gx in grads]


def backward(y: Any, g: Any = None, *, retain_graph: bool = True, retain_grads: bool = False) -> None:
    """Add ∂y/∂x to `x.grad` of every leaf x behind y (of every node, with `retain_grads`): all of them, or none."""
    if y.op is None:
        raise RuntimeError(
            f"nothing was recorded behind {y!r}: it is a leaf, or was made under no_grad(); call backward() on a result"
        )
    seed = seed_of(y, g)
    nodes, _ = ancestors(y)
    found = sweep(nodes, y, seed, set(nodes) if retain_grads else set())
    accumulate(list(found), "_grad", found.values(), *(() if retain_graph else (nodes, FREED)))


def freed(*_: Any, **__: Any) -> Any:
    """Stands for the operation of a node whose tape was given back."""
    raise RuntimeError(
        "this tape was freed by an earlier backward(retain_graph=False), so it cannot be swept again; "
        "leave retain_graph=True (the default) there, or record the forward pass anew"
    )


defvjp(freed, joint=freed)
FREED = {"op": freed, "inputs": (), "saved": (), "params": {}}


def seed_of(y: Any, g: Any, create_graph: bool = False) -> Any:
    """The cotangent that a sweep from `y` starts with: `g`, or 1 for a single element. Never the caller's own array."""
    if g is None and y.size != 1:
        raise ValueError(
            f"the gradient of a Tensor of shape {y.shape} needs a cotangent: reduce it to one number first "
            f"(y.sum().backward(), y.mean()), or pass g, an array of shape {y.shape}, for g · ∂y/∂x"
        )
    if create_graph and isinstance(g, type(y)) and g.shape == y.shape:
        return g
    seed = np.ones(y.shape, y.dtype) if g is None else np.array(g.data if is_tensor(g) else unmasked(g))
    if seed.shape != y.shape or seed.dtype.kind not in "fiub":
        raise ValueError(
            f"the cotangent g must be a real array in the shape of y, {y.shape}; got {seed.dtype}{list(seed.shape)}"
        )
    seed = seed.astype(y.dtype, copy=False)
    seed = seed if seed.ndim else seed[()]
    return y.leaf(seed) if create_graph else seed


def mask_of(y: Any, alive: Any) -> Any:
    """`alive` as an array of bools in the shape of y."""
    mask = np.array(alive)
    if mask.shape != y.shape or mask.dtype != bool:
        raise ValueError(f"alive must be bools in the shape of y, {y.shape}; got {mask.dtype}{list(mask.shape)}")
    return mask


def _require_tensor(x: Any, what: str) -> None:
    if not is_tensor(x):
        raise TypeError(
            f"gradient(y, xs): {what} must be a Tensor, got {type(x).__name__}; an array is a constant: "
            "wrap it as Tensor(x) before the computation"
        )
