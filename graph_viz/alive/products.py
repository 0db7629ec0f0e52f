"""Products of matrices, and all that `np.einsum` can say: read in order, multiplied as matrices, put in order."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from string import ascii_lowercase, ascii_uppercase
from types import MappingProxyType

import numpy as np

from .instructions import Call, Code, places, read, summed


def product(code: Code, call: Call) -> int:
    """Products of matrices, as `@` has them."""
    (a, s), (b, t) = call.args
    left, right = (1, *s) if len(s) == 1 else s, (*t, 1) if len(t) == 1 else t
    (rows, inner), columns = left[-2:], right[-1]
    batch = np.broadcast_shapes(left[:-2], right[:-2])
    starts = (
        (np.broadcast_to(places(outer), batch).ravel() * size).tolist()
        for outer, size in ((left[:-2], rows * inner), (right[:-2], inner * columns))
    )
    return code.put("m", a, b, rows, inner, columns, *starts)


def einsum(code: Code, call: Call) -> int:
    """By the letters of its subscripts."""
    return contracted(code, call, *spelled_out(call.params["subscripts"], [len(s) for _, s in call.args]))


def tensordot(code: Code, call: Call) -> int:
    """Summed over pairs of axes."""
    m, n = (len(s) for _, s in call.args)
    left, right, axes = list(ascii_lowercase[:m]), list(ascii_uppercase[:n]), call.params["axes"]
    for i, j in zip(*axes, strict=True):
        right[j] = left[i]
    out = [c for c in (*left, *right) if (c in left) != (c in right)]
    return contracted(code, call, ["".join(left), "".join(right)], "".join(out))


def lettered(subscripts: str) -> Callable[[Code, Call], int]:
    """A product that einsum can say."""
    return lambda code, call: contracted(code, call, *spelled_out(subscripts, [len(s) for _, s in call.args]))


def spelled_out(subscripts: str, axes: Sequence[int]) -> tuple[list[str], str]:
    """A letter for each axis of each array, and of the result: also for those that an ellipsis stands for."""
    left, arrow, out = subscripts.replace(" ", "").partition("->")
    terms, spare = left.split(","), "".join(c for c in ascii_uppercase + ascii_lowercase if c not in subscripts)
    hidden = [n - len(t) + 3 if "..." in t else 0 for t, n in zip(terms, axes, strict=True)]
    most = max(hidden)
    if not arrow:
        once = sorted(c for c in set(left) - set(".,") if left.count(c) == 1)
        out = ("..." if "..." in left else "") + "".join(once)
    terms = [t.replace("...", spare[most - n : most]) for t, n in zip(terms, hidden, strict=True)]
    return terms, out.replace("...", spare[:most])


def contracted(code: Code, call: Call, terms: Sequence[str], out: str) -> int:
    """The product of arrays whose axes have letters, summed over all that `out` does not have; two by two."""
    sizes: dict[str, int] = {}
    for term, (_, shape) in zip(terms, call.args, strict=True):
        for c, n in zip(term, shape, strict=True):
            sizes[c] = max(n, sizes.get(c, n))
    (a, shape), has = call.args[0], terms[0]
    if len(terms) == 1:
        return ordered(code, a, shape, has, out, sizes)
    for k, (b, other) in enumerate(call.args[1:], 1):
        wanted = {*out, *"".join(terms[k + 1 :])}
        a, has = multiplied(code, (a, shape, has), (b, other, terms[k]), wanted, sizes)
        shape = tuple(sizes[c] for c in has)
    return ordered(code, a, shape, has, out, sizes)


def ordered(code: Code, a: int, shape: Sequence[int], term: str, out: Iterable[str], sizes: Mapping[str, int]) -> int:
    """The elements of `a`, with the axes `out`, which are as long as they must be; summed over its others."""
    rest = [c for c in dict.fromkeys(term) if c not in out]
    order = "".join([*(c for c in out if c in term), *rest])
    at = np.einsum(f"{term}->{order}", places(shape))
    missing = [k for k, c in enumerate(out) if c not in term]
    at = np.expand_dims(at, missing) if missing else at
    known, others = [sizes[c] for c in out], [sizes[c] for c in rest]
    a = read(code, a, np.broadcast_to(at, (*known, *others)), math.prod(shape))
    return summed(code, a, math.prod(known), math.prod(others))


def multiplied(
    code: Code,
    one: tuple[int, Sequence[int], str],
    other: tuple[int, Sequence[int], str],
    wanted: set[str],
    sizes: Mapping[str, int],
) -> tuple[int, str]:
    """The product of two arrays as a batch of products of matrices, and the letters of its axes."""
    left, right = dict.fromkeys(one[2]), dict.fromkeys(other[2])
    both = [c for c in left if c in right]
    batch, inner = [c for c in both if c in wanted], [c for c in both if c not in wanted]
    rows, columns = ([c for c in x if c in wanted and c not in both] for x in (left, right))
    a, b = ordered(code, *one, [*batch, *rows, *inner], sizes), ordered(code, *other, [*batch, *inner, *columns], sizes)
    n, r, i, c = (math.prod(sizes[x] for x in axes) for axes in (batch, rows, inner, columns))
    starts = ((np.arange(n) * size).tolist() for size in (r * i, i * c))
    return code.put("m", a, b, r, i, c, *starts), "".join([*batch, *rows, *columns])


PRODUCTS = MappingProxyType(
    {
        "matmul": product,
        "einsum": einsum,
        "tensordot": tensordot,
        "vecdot": lettered("...i,...i->..."),
        "matvec": lettered("...ij,...j->...i"),
        "vecmat": lettered("...i,...ij->...j"),
    }
)
