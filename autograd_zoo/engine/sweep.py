"""The sweep: walk the tape from its newest node to its oldest, pull cotangents back through the rules, add them up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import fsum, isfinite
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from numpy import generic, ndarray

from . import errors
from .around import quiet
from .assign import accumulate
from .careful import Mask, careful
from .graph import ancestors, between, fit, unchanged
from .mode import MODE, RECORDED, Scope, enter
from .rules import MANY, RULES, Binary, Primitive, Pulled, defvjp, label
from .values import TRACE, Traced, is_tensor, known_finite, memory, raw, squares, unmasked, whole

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .tensor import Array, Cotangent, Tensor, TensorLike


@quiet  # a rule may pass through ∞ on its way; `detect_anomaly` finds the line where one stays
def sweep(
    nodes: list[Tensor],
    y: Tensor,
    g: Cotangent,
    keep: set[Tensor],
    live: set[Tensor] | None = None,
    create_graph: bool = False,
    alive: Mask = None,
) -> dict[Tensor, Any]:
    """The cotangents of the leaves and of the nodes to `keep`, when that of `y` is `g`; only those in `live`, if given.

    `nodes` are those behind y, newest first. If something that is found is not finite, a careful sweep tells what is
    singular from what was not taken.
    """
    trace = TRACE.get()  # the masks of a careful sweep depend on values
    if MODE.get().observer is None or trace:
        found = plain(nodes, y, g, keep, live, create_graph)
        values = [getattr(gx, "_array", gx) for gx in found.values()] if create_graph else found.values()
        if keep and any([x.dtype.kind == "c" for x in keep]):
            values = [np.abs(a) for a in values]
        if trace or finite(values):
            return found
    return careful(nodes, {y: g}, {y: alive}, keep, live, create_graph)[0]


def finite(gradients: Iterable[Any]) -> bool:
    """Whether all elements are finite: a sum of squares tells, unless it overflows."""
    gradients = [a for a in gradients if not known_finite(a)]
    try:
        quick = isfinite(fsum([squares(a) if type(a) is ndarray else a for a in gradients]))
    except (OverflowError, ValueError):  # the sum is infinite, or ∞ − ∞
        quick = False
    return quick or all([np.isfinite(a).all() for a in gradients])


def plain(
    nodes: list[Tensor], y: Tensor, g: Any, keep: set[Tensor], live: set[Tensor] | None, create_graph: bool
) -> dict[Tensor, Any]:
    """The sweep itself: rules and sums. A sum is the sweep's own array until its node is reached: it grows in place.

    Rules are fed the raw arrays that were saved, and so cost nothing but themselves; with `create_graph` they are fed
    the Tensors, and NumPy's dispatch records what they do. What comes to a Tensor goes into an array that nobody else
    holds, if there is one: a sum, or what a rule has made; and what was read at an index, x[t], goes there, instead of
    into zeros. A leaf's gradient will be the user's: no array that the tape holds is handed out, and none that keeps a
    larger one.
    """
    cotangent, kept = {y: g}, {}
    own: set[Tensor] = set()  # whose cotangents are arrays that nobody else holds
    keep = {x for x in keep if x.op is not None}  # a leaf's cotangent stays as it is
    quick = live is None and not create_graph and not keep
    for node in nodes:
        g = cotangent.pop(node, None)
        if g is None:
            continue
        if keep and node in keep:
            kept[node] = g if create_graph else np.array(g)
        row = RULES[node.op]
        if row.into and node.inputs[0] in own and row.into(cotangent[node.inputs[0]], g, *node.saved, **node.params):
            continue
        try:
            if quick and type(row) is Binary and type(node._array) is not ndarray and row.numbers(node, g, cotangent):
                continue
            pulled = row.pull(node, g) if quick else pull(row, node, g, live, create_graph)
        except Exception as error:
            errors.note(error, node)
            raise
        others: set[int] | None = None
        for x, gx in pulled:
            if gx is None:
                continue
            d, kind = x._array, type(gx)
            if kind is not type(d) or (kind is ndarray and (gx.shape != d.shape or gx.dtype is not d.dtype)):
                gx = fit(gx, x, node)
                kind = type(gx)
            total = cotangent.get(x)
            if total is not None:
                if kind is ndarray and x in own and not create_graph and not known_finite(total):
                    total += gx
                    cotangent[x] = total  # a sum of 0-d arrays is a number, which is not added to in place
                else:
                    cotangent[x] = total + gx
                    if kind is ndarray and not create_graph:
                        own.add(x)
            else:
                if kind is ndarray and not create_graph and (x.op is None or gx.size >= MANY):
                    others = others or held(node, pulled, () if node in own else (g,))
                    if gx.flags.writeable and id(memory(gx)) not in others:
                        own.add(x)
                cotangent[x] = gx
    lent = [x for x, h in cotangent.items() if not (isinstance(h, generic) or is_tensor(h) or (x in own and whole(h)))]
    return cotangent | kept | {x: cotangent[x].copy() for x in lent}


def pull(row: Primitive, node: Tensor, g: Cotangent, live: set[Tensor] | None, create_graph: bool) -> Pulled:
    """What the rules of its `row` send to the inputs of `node` that are in `live`; recorded, with `create_graph`."""
    if create_graph:
        enter(Scope(f"∇{label(node.op)}", node.scope))
    args = (g, node, *unchanged(node)) if create_graph else (g, node._array, *node.saved)
    wanted = [(i, x) for i, x in enumerate(node.inputs) if x is not None and (live is None or x in live)]
    return row.cotangents(node, wanted, args)


def held(node: Tensor, pulled: Pulled, others: Iterable[Any]) -> set[int]:
    """Whose memory is that of `others`, of what `node` holds, or of two of the arrays that were `pulled`."""
    found = [id(memory(a)) for _, a in pulled if a is not None]
    return {id(memory(a)) for a in (*others, node._array, *node.saved)} | {i for i in found if found.count(i) > 1}


def gradient(
    y: Tensor,
    xs: Sequence[Tensor],
    g: TensorLike | None = None,
    *,
    create_graph: bool = False,
    allow_unused: bool = False,
    alive: ArrayLike | None = None,
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
        raise TypeError(errors.NO_LIST.format(xs=xs))
    for x in xs:
        _require_tensor(x, "each x of xs")
    seed = seed_of(y, g, create_graph)
    mask = None if alive is None else mask_of(y, alive)
    if mask is not None and not mask.all():
        seed = np.where(mask, seed, 0.0)
    nodes, leaves = ancestors(y)
    live = None
    if set(xs) != set(leaves):  # else all of the tape depends on them
        tape = {*nodes, *leaves}
        for k, x in enumerate(xs):
            if x not in tape and not allow_unused:
                why = " (y is a leaf, or was made under no_grad())" if y.op is None else ""
                raise ValueError(errors.NO_PATH.format(k=k, x=x, why=why))
        depends = between(nodes, xs)
        live = None if len(depends) == len(tape) else depends
    if TRACE.get() and not create_graph:
        return [raw(gx) for gx in gradient(y, xs, g, create_graph=True, allow_unused=allow_unused, alive=alive)]
    if not create_graph:
        found = sweep(nodes, y, seed, set(xs), live, False, mask)
        own = np.array if len(set(xs)) < len(xs) else np.asarray  # the same x twice gets two arrays
        return [own(found[x]) if x in found else np.zeros(x.shape, x.dtype) for x in xs]
    with RECORDED:
        found = sweep(nodes, y, seed, set(xs), live, True, mask)
    grads = [found[x] if x in found else np.zeros(x.shape, x.dtype) for x in xs]
    return [gx if is_tensor(gx) or isinstance(gx, Traced) else y.leaf(gx) for gx in grads]


def backward(y: Tensor, g: TensorLike | None = None, *, retain_graph: bool = True, retain_grads: bool = False) -> None:
    """Add ∂y/∂x to `x.grad` of every leaf x behind y (of every node, with `retain_grads`): all of them, or none."""
    if y.op is None:
        raise RuntimeError(errors.NOTHING_BEHIND.format(y=y))
    seed = seed_of(y, g)
    nodes, _ = ancestors(y)
    found = sweep(nodes, y, seed, set(nodes) if retain_grads else set())
    accumulate(list(found), "_grad", found.values(), ((y,), y._begun(seed)), (nodes, {} if retain_graph else FREED))


def freed(*_: object, **__: object) -> NoReturn:
    """Stands for the operation of a node whose tape was given back."""
    raise RuntimeError(errors.FREED_TAPE)


defvjp(freed, joint=freed)
FREED = {"op": freed, "inputs": (), "saved": (), "params": {}}


def seed_of(y: Tensor, g: TensorLike | None, create_graph: bool = False) -> Any:
    """The cotangent that a sweep from `y` starts with: `g`, or 1 for a single element.

    It may be a view of the caller's array: sweeps write to no cotangent that is not theirs, and hand out no view.
    """
    if g is None and y.size != 1:
        raise ValueError(errors.NO_COTANGENT.format(shape=y.shape))
    if create_graph and isinstance(g, type(y)) and g.shape == y.shape:
        return g
    if y.dtype.kind == "c":
        raise TypeError(errors.COMPLEX_END.format(y=y))
    given = np.ones(y.shape, y.dtype) if g is None else np.asarray(g.data if is_tensor(g) else unmasked(g))
    if given.shape != y.shape or given.dtype.kind not in "fiub":
        raise ValueError(errors.WRONG_COTANGENT.format(shape=y.shape, got=errors.typed(given)))
    own = create_graph or y.op is None or given.dtype != y.dtype or not given.flags.c_contiguous
    seed = np.array(given, y.dtype) if own else given.view()
    seed.flags.writeable = own
    seed = seed if seed.ndim else seed[()]
    return y.leaf(seed) if create_graph else seed


def mask_of(y: Tensor, alive: ArrayLike) -> Array:
    """`alive` as an array of bools in the shape of y."""
    mask = np.array(alive)
    if mask.shape != y.shape or mask.dtype != bool:
        raise ValueError(errors.WRONG_MASK.format(shape=y.shape, got=errors.typed(mask)))
    return mask


def _require_tensor(x: object, what: str) -> None:
    if not is_tensor(x):
        raise TypeError(errors.NO_TENSOR.format(what=what, got=type(x).__name__))
