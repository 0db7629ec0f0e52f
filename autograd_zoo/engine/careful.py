"""The careful sweep, for gradients that come out infinite or nan: what was not taken does not count, however singular.

The plain sweep multiplies: into a branch that was not taken it sends 0, and 0 times an infinite slope is nan. Here a
mask goes beside each cotangent. It says which elements are *alive*, that is, reach the result through branches that
were taken; None stands for all of them. Dead elements are exactly 0. How masks go through a primitive is one word of
its row in the table of rules:

========  =============================================================================================
each      element by element, as a ufunc
moved     elements are moved and added up; the rule itself moves masks
cut       the same, but elements may be dropped, and zeros put between them
chosen    elements are chosen by their values
product   sums of products: what is multiplied by what is always 0 does not count
quotient  element by element, and always 0 where the first argument is
sums      all elements along the parameter `axis` depend on each other
lines     all elements along the last axis do
matrices  all elements along the last two axes do
mixed     all elements depend on each other
========  =============================================================================================

Some elements are *always* 0, not only at these inputs: a plain constant of 0, and what is computed from it. A pass
forward finds them. They are why a derivative of a derivative is right, though the first sweep recorded no mask; and a
factor that is always 0 counts as a branch that was not taken, unless the product is infinite or nan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from .errors import note
from .graph import between, fit, stretched, unchanged
from .mode import MODE, Scope, enter, switched
from .rules import RULES, label
from .unfold import opening

if TYPE_CHECKING:
    from .tensor import Array, Cotangent, Tensor

Mask: TypeAlias = "Array | None"  # an array of bools; None where all elements are meant
Back: TypeAlias = "Callable[[Tensor, Mask, list[Mask]], Callable[[int], Mask]]"


class Way(NamedTuple):
    """How masks go through a primitive."""

    back: Back  # (node, alive, nonzero) -> (i -> which elements of argument i are alive), before broadcasting is undone
    forth: Callable[[Tensor, list[Mask]], Mask] | None = None  # (node, nonzero) -> where the value is not always 0
    exact: bool = False  # whether the rule sends exactly 0 for a cotangent of 0, whatever the values
    cuts: bool = False  # whether elements die here, or zeros come in


# ---- back: from the mask of a result to those of its arguments ----------------------------------------------------


def ruled(node: Tensor, alive: Mask, operands: list[Any]) -> Callable[[int], Mask]:
    """Where the rules send something, if the cotangent is 1 where it is alive."""
    row = RULES[node.op]
    g = np.ones(node.shape) if alive is None else alive.astype(float)
    args = (g[()], node._array, *operands)
    if row.joint:
        sent = row.joint(*args, **node.params)
        return lambda i: np.not_equal(sent[i], 0)
    return lambda i: np.not_equal(row.rules[i](*args, **node.params), 0)


def is_condition(s: object) -> bool:
    """Whether an argument is a mask, or none."""
    return s is None or np.asarray(s).dtype.kind == "b"


def indicators(node: Tensor, nonzero: list[Mask]) -> list[Any]:
    """1 for each element of the arguments that is not always 0, else 0; conditions as they are."""
    return [
        s if is_condition(s) else np.ones(np.shape(s)) if m is None else m.astype(float)
        for s, m in zip(node.saved, nonzero, strict=True)
    ]


def by_elements(node: Tensor, alive: Mask, nonzero: list[Mask]) -> Callable[[int], Mask]:
    """Alive as the result is."""
    return lambda i: alive


def by_rules(node: Tensor, alive: Mask, nonzero: list[Mask]) -> Callable[[int], Mask]:
    """Where the rules send a cotangent of ones."""
    return ruled(node, alive, list(node.saved))


def by_factors(node: Tensor, alive: Mask, nonzero: list[Mask]) -> Callable[[int], Mask]:
    """Where the rules send it through factors that are not always 0, or from a product that is infinite or nan."""
    taken = ruled(node, alive, indicators(node, nonzero))
    lost = ~np.isfinite(node._array) if alive is None else alive & ~np.isfinite(node._array)
    if not lost.any():
        return taken
    anyway = ruled(node, lost, [np.ones(np.shape(s)) for s in node.saved])  # also for a factor of bools
    return lambda i: either(taken(i), anyway(i))


def by_numerator(node: Tensor, alive: Mask, nonzero: list[Mask]) -> Callable[[int], Mask]:
    """A denominator counts where the numerator is not always 0, or the quotient is infinite or nan."""
    counts = None if nonzero[0] is None else either(nonzero[0], ~np.isfinite(node._array))
    return lambda i: alive if i == 0 or counts is None else counts if alive is None else alive & counts


def by_axis(
    node: Tensor, alive: Mask, nonzero: list[Mask], axis: int | tuple[int, ...] | None = None
) -> Callable[[int], Mask]:
    """All elements along an axis are alive where one result of theirs is."""
    x, along = node.saved[0], axis or node.params.get("axis")
    if alive is None:
        return lambda i: None
    whole = along is None or alive.ndim == x.ndim
    group = alive.any(along, keepdims=True) if whole else np.expand_dims(alive, along)  # type: ignore[arg-type]
    return lambda i: np.broadcast_to(group, x.shape)


def as_a_whole(node: Tensor, alive: Mask, nonzero: list[Mask]) -> Callable[[int], Mask]:
    """All alive, or nothing."""
    return lambda i: None if alive is None or alive.any() else np.zeros(np.shape(node.saved[i]), bool)


# ---- forth: from where the arguments are always 0 to where the result is ------------------------------------------


def computed(node: Tensor, nonzero: list[Mask]) -> Mask:
    """The operation itself, of indicators."""
    op: Any = np.add if node.op is np.subtract else node.op
    return np.asarray(np.not_equal(op(*indicators(node, nonzero), **node.params), 0))


def of_zeros(node: Tensor, nonzero: list[Mask]) -> Mask:
    """A function of what is always 0 is always the same: 0, if it is 0 now."""
    some: Mask = np.not_equal(node._array, 0)
    for m in nonzero:
        some = either(some, m)
    return some


WAYS = {
    "each": Way(by_elements, of_zeros),
    "moved": Way(by_rules, computed, exact=True),
    "cut": Way(by_rules, computed, exact=True, cuts=True),
    "chosen": Way(by_rules, exact=True, cuts=True),
    "product": Way(by_factors, computed),
    "quotient": Way(by_numerator, lambda node, nonzero: nonzero[0]),
    "sums": Way(by_axis),
    "lines": Way(partial(by_axis, axis=-1)),
    "matrices": Way(partial(by_axis, axis=(-2, -1))),
    "mixed": Way(as_a_whole),
}


def way(node: Tensor) -> Way:
    """How masks go through `node`; for some primitives that hangs on the parameters."""
    reach = RULES[node.op].reach
    return WAYS[reach if isinstance(reach, str) else reach(**node.params)]


def either(a: Mask, b: Mask) -> Mask:
    """What counts by the one or by the other."""
    if a is None or b is None:
        return None
    both = a | b
    return None if both.all() else both


def narrowed(path: Mask, shape: tuple[int, ...]) -> Mask:
    """A mask in the shape of an input: alive if one of the elements is to which broadcasting repeats it."""
    if path is None or path.all():
        return None
    if path.ndim < len(shape):
        path = np.broadcast_to(path, shape)
    return path if path.shape == shape else path.any(axis=stretched(shape, path.shape)).reshape(shape)


def nonzero_of(nodes: list[Tensor]) -> Callable[[Tensor], list[Mask]]:
    """A function that says of each argument of a node where it is not always 0; `nodes` are newest first."""
    known: dict[Tensor, Mask] = {}

    def constant(s: Any) -> Mask:
        return None if s is None or np.all(s) else np.not_equal(s, 0)

    def arguments(node: Tensor) -> list[Mask]:
        return [constant(s) if x is None else known.get(x) for x, s in zip(node.inputs, node.saved, strict=True)]

    for node in reversed(nodes):
        forth, cuts = way(node).forth, way(node).cuts
        if forth and ((masks := arguments(node)) and (cuts or any([m is not None for m in masks]))):
            found = either(forth(node, masks), ~np.isfinite(node._array))  # 0 · ∞ is not always 0
            if found is not None:
                known[node] = np.broadcast_to(found, node.shape)
    return arguments


# ---- the sweep ----------------------------------------------------------------------------------------------------


def careful(
    nodes: list[Tensor],
    seeds: dict[Tensor, Any],
    alive: dict[Tensor, Mask],
    keep: set[Tensor],
    live: set[Tensor] | None,
    create_graph: bool,
) -> tuple[dict[Tensor, Any], dict[Tensor, Mask]]:
    """The cotangents of the leaves and of the nodes to `keep`, as a plain sweep; and the masks of all that was met.

    It begins with the `seeds` of one result or more, of which the elements `alive` count.
    """
    cotangent: dict[Tensor, Any] = dict(seeds)
    mask, kept = dict(alive), {}
    observer, nonzero = MODE.get().observer, nonzero_of(nodes)
    with switched(observer=observer and observer.within_a_sweep()):
        for node in nodes:
            g = cotangent.pop(node, None)
            if g is None:
                continue
            if node in keep:
                kept[node] = g if create_graph else np.array(g)
            pull = opened if RULES[node.op].composed else pulled
            try:
                sent = list(pull(node, g, mask[node], nonzero(node), live, create_graph))
            except Exception as error:
                note(error, node)
                raise
            for i, gx, path in sent:
                x: Any = node.inputs[i]
                if x in cotangent:
                    cotangent[x], mask[x] = cotangent[x] + gx, either(mask[x], path)
                else:  # a copy: no array of the tape may be handed out
                    cotangent[x], mask[x] = gx if create_graph else np.array(gx)[()], path
                if observer is not None:
                    observer.pulled(node, i, gx, cotangent[x])
    return cotangent | kept, mask


def pulled(
    node: Tensor, g: Cotangent, alive: Mask, nonzero: list[Mask], live: set[Tensor] | None, create_graph: bool
) -> Iterator[tuple[int, Any, Mask]]:
    """Numbers of inputs of `node`, with what goes to each of them and its mask, by the rules."""
    row, through = RULES[node.op], way(node)
    if create_graph:
        enter(Scope(f"∇{label(node.op)}", node.scope))
    trivial = alive is None and not through.cuts and all([m is None for m in nonzero])
    path = (lambda i: None) if trivial else through.back(node, alive, nonzero)
    args = unchanged(node) if create_graph else list(node.saved)
    if through is WAYS["product"]:  # what does not count may not spoil the sums
        for j, s in enumerate(node.saved):
            finite = np.isfinite(s)
            if not finite.all() and (counts := narrowed(path(j), np.shape(s))) is not None:
                args[j] = np.where(counts | finite, args[j], 0.0)
    args = [g, node if create_graph else node._array, *args]
    joint: Any = None
    for i, x in enumerate(node.inputs):
        if x is None or not (live is None or x in live) or row.rules[i] is None:
            continue
        wide = path(i)
        narrow = narrowed(wide, x.shape)
        if narrow is not None and not narrow.any():
            yield i, np.zeros(x.shape, x.dtype)[()], narrow
            continue
        if row.joint:
            joint = joint or list(row.joint(*args, **node.params))
        gx = joint[i] if row.joint else row.rules[i](*args, **node.params)
        if gx is None:
            continue
        if narrow is not None and not through.exact:
            done = np.shape(gx) == x.shape  # the rule has itself undone what broadcasting does
            gx = np.where(narrow if done else wide, gx, 0.0)  # type: ignore[arg-type]  # masks: else `narrow` were None
        yield i, fit(gx, x, node), narrow


def opened(
    node: Tensor, g: Cotangent, alive: Mask, nonzero: list[Mask], live: set[Tensor] | None, create_graph: bool
) -> Iterator[tuple[int, Any, Mask]]:
    """The same for a fused `node`, by the operations of which it is composed."""
    if create_graph:
        enter(Scope(f"∇{label(node.op)}", node.scope))
    with switched(recording=True, fused=False):
        y, nodes, pairs = opening(node, create_graph)
        inner = {alias for x, alias in pairs if x is not None and (live is None or x in live)}
        found, mask = careful(nodes, {y: g}, {y: alive}, inner, between(nodes, inner), create_graph)
    for i, (x, alias) in enumerate(pairs):
        if x is not None and alias in found:
            yield i, fit(found[alias], x, node), mask[alias]
