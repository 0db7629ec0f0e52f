"""Windows that slide over pixels, as a picture: what an output is made of, and which windows touched a pixel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any, cast

import numpy as np

from ..engine.sweep import gradient
from ..engine.tape import Tape
from ..engine.tensor import Tensor
from ..primitives.windows import windows
from .moving import Frame, Grid, Moving, Walk, as_sum, each, factor, number, sum_of

CHOOSING = frozenset({"take_along_axis", "max", "amax"})
"""Operations that take one pixel of a window."""


@dataclass(frozen=True)
class Slid:
    """What the tape knows of windows over one map: all arrays by window, and by place in it."""

    y: np.ndarray
    met: np.ndarray
    """The pixels of each window, padding too: the node `windows` of the tape."""
    local: np.ndarray
    """The derivative of each output by the pixels of its window."""
    by_x: np.ndarray
    around: np.ndarray
    """x with its padding."""
    at: np.ndarray
    """Where in `around` each pixel of x stands."""
    met_at: np.ndarray
    """Where in `around` the pixels of each window stand."""
    chooses: bool


def sliding(f: Callable[[Any], Any], x: Any, g: Any = None) -> Moving:
    """A picture of a convolution or a pooling of one map, in one or two dimensions, which slides with the pointer.

    f(x) makes one map y of one map x, (1, 1, N) or (1, 1, H, W), by `windows`, as the modules of convolution and of
    pooling do. On a pixel of y it shows the window, the products and their sum; on a pixel of x, all windows that
    touched it, what each of them sent back of g, and the sum. All numbers are those of f's own tape.

    Parameters
    ----------
    f
        such as `az.nn.MaxPool2d(2, stride=1)`
    x
        the map
    g
        the upstream gradient, in the shape of f(x), or of its last axes; all 1 if it is not given

    Raises
    ------
    ValueError
        if f makes no windows of x, or several times; if there is more than one sample, channel or kernel; or if f does
        more, before the windows than to put zeros around x, or behind them than to add up products or choose

    Examples
    --------
    >>> import numpy as np
    >>> import autograd_zoo as az
    >>> from autograd_zoo.notebook import sliding
    >>> picture = sliding(az.nn.MaxPool1d(2, stride=1), np.array([[[1.0, 5.0, 2.0]]]), [3.0, 30.0])
    >>> forward, back = picture.walks
    >>> forward.frames[1].says
    ('y[1] = max(5, 2) = 5, which is x[1]',)
    >>> back.frames[1].says[0]
    '∂L/∂x[1] = 3·1 + 30·1 = 33'
    """
    x = np.asarray(x, dtype=float)
    s = slid(f, x, g)
    given = np.ones(s.y.shape) if g is None else np.reshape(np.asarray(g, dtype=float), s.y.shape)
    _alone(s, f, x, given)
    shared = not s.chooses and bool(np.all(s.local == s.local[(0,) * s.y.ndim]))
    outside = frozenset(range(s.around.size)) - frozenset(s.at.ravel().tolist())
    grids = [Grid("x" + " and padding" * bool(outside), s.around, outside=outside)]
    if shared:
        grids.append(Grid("weights", s.local[(0,) * s.y.ndim]))
    grids += [Grid("y", s.y), Grid("∂L/∂x", s.by_x), Grid("∂L/∂y", given)]
    place = {"x": 0, "w": 1 if shared else -1, "y": 1 + shared, "dx": 2 + shared, "dy": 3 + shared}
    forward = [_forward(s, place, *which) for which in each(s.y)]
    back = [_back(s, given, place, *which) for which in each(s.by_x)]
    here = {(place["y"], k): k for k in range(s.y.size)} | {(place["dy"], k): k for k in range(s.y.size)}
    there = {(0, int(p)): k for k, p in enumerate(s.at.ravel())} | {(place["dx"], k): k for k in range(s.by_x.size)}
    return Moving(
        grids,
        (Walk("output", forward, here), Walk("back to input", back, there)),
        label="A window that slides over x: forward to a pixel of y, and back to a pixel of x",
        bands=(range(place["dx"]), (place["dx"], place["dy"])),
    )


def slid(f: Callable[[Any], Any], x: np.ndarray, g: Any) -> Slid:
    """Run f on a tape, and read there what its windows meet, and send back."""
    leaf = Tensor(x)
    y = f(leaf)
    made = [node for node in Tape(y) if node.op is windows]
    if len(made) != 1:
        raise ValueError(
            f"f(x) must make windows of x once, as a convolution or a pooling does; it did so {len(made)} times. "
            "Give the module itself, and call it outside of `az.fused()`"
        )
    node, dims = made[0], x.ndim - 2
    if dims not in (1, 2) or x.shape[:2] != (1, 1) or y.size != prod(node.shape[2 : 2 + dims]):
        raise ValueError(
            f"a picture shows one map of one sample, (1, 1, N) or (1, 1, H, W), and one map that is made of it; "
            f"x has the shape {x.shape} and f(x) {y.shape}"
        )
    source = cast(Tensor, node.inputs[0])
    places = np.arange(source.size).reshape(source.shape)
    shape = node.shape[2:]
    upstream = np.ones(y.shape) if g is None else np.reshape(np.asarray(g, dtype=float), y.shape)
    at = gradient(source, [leaf], places.astype(float))[0] if source is not leaf else places
    return Slid(
        y=y.data.reshape(shape[:dims]),
        met=node.data.reshape(shape),
        local=gradient(y, [node], np.ones(y.shape))[0].reshape(shape),
        by_x=gradient(y, [leaf], upstream)[0].reshape(x.shape[2:]),
        around=source.data.reshape(source.shape[2:]),
        at=np.asarray(at).astype(int).reshape(x.shape[2:]),
        met_at=np.asarray(windows(places, **node.params)).reshape(shape),
        chooses=any(getattr(n.op, "__name__", "") in CHOOSING for n in Tape(y)),
    )


def _alone(s: Slid, f: Callable[[Any], Any], x: np.ndarray, g: np.ndarray) -> None:
    """Refuse an f of which a picture of windows would say what is not so."""
    dims = s.y.ndim
    if s.chooses:
        so = np.allclose(s.y, s.met.max(axis=tuple(range(dims, 2 * dims))))
    else:  # f(x) + f(−3x) = 2 f(−x) of sums of products, with a bias or without
        so = np.allclose(f(Tensor(x)).data + f(Tensor(-3 * x)).data, 2 * f(Tensor(-x)).data)
    so = so and s.at.max() < s.around.size and np.array_equal(s.around.ravel()[s.at].ravel(), x.ravel())
    sent = np.zeros(s.around.size)
    np.add.at(sent, s.met_at.ravel(), (s.local * g.reshape(g.shape + (1,) * dims)).ravel())
    if not so or not np.allclose(sent[s.at], s.by_x):
        raise ValueError(
            "f must be a convolution, or a pooling, alone: what comes before the windows may put zeros around x, and "
            "what comes behind them may add up products, or choose. Give the module without an activation, a scale or "
            "another padding_mode"
        )


def _weight(value: float) -> str:
    """A weight as a factor; that of a mean as a fraction."""
    parts = round(1 / value) if value > 0.01 else 1
    return f"1/{parts}" if parts > 2 and np.isclose(value * parts, 1, rtol=1e-12) else factor(value)


def _named(letter: str, index: tuple[int, ...]) -> str:
    return f"{letter}[{', '.join(map(str, index))}]"


def _whose(s: Slid, place: int) -> str:
    """Which pixel of x stands at a place of x with its padding."""
    found = np.argwhere(s.at == place)
    return _named("x", tuple(found[0].tolist())) if len(found) else "padding"


def _forward(s: Slid, place: dict[str, int], k: int, out: tuple[int, ...]) -> Frame:
    """One output: its window, the products and their sum."""
    met, local, at = s.met[out].ravel(), s.local[out].ravel(), s.met_at[out].ravel()
    lit = {(0, int(p)): "took" if s.chooses and w else "in" for p, w in zip(at, local, strict=True)}
    lit |= {(place["y"], k): "at"}
    name = _named("y", out)
    if s.chooses:
        taken = " and ".join(_whose(s, int(p)) for p in at[local != 0])
        says = f"{name} = max({', '.join(map(number, met))}) = {number(s.y[out])}, which is {taken}"
        return Frame(name, lit, (says,))
    if place["w"] > 0:
        lit |= {(place["w"], p): "in" for p in range(local.size)}
    bias = float(s.y[out] - np.sum(local * met))
    rest = [factor(bias)] if abs(bias) > 1e-12 * max(1.0, float(np.abs(s.y).max())) else []
    if np.all(local == local[0]):
        terms = f"{_weight(local[0])} · ({as_sum(met)})" + "".join(f" + {r}" for r in rest)
    else:
        terms = sum_of([f"{factor(v)}·{_weight(w)}" for v, w in zip(met, local, strict=True)] + rest)
    return Frame(name, lit, (f"{name} = {terms} = {number(s.y[out])}",))


def _back(s: Slid, g: np.ndarray, place: dict[str, int], k: int, pixel: tuple[int, ...]) -> Frame:
    """One input: the windows that touched it, what each of them sends back, and the sum."""
    lit = {(0, int(s.at[pixel])): "at", (place["dx"], k): "at"}
    dims = s.y.ndim
    touched = [tuple(where.tolist()) for where in np.argwhere(s.met_at == s.at[pixel])]
    terms, whose = [], []
    for where in touched:
        out = where[:dims]
        passes = s.local[where] != 0
        lit[place["dy"], int(np.ravel_multi_index(out, s.y.shape))] = "took" if passes else "in"
        if place["w"] > 0:
            lit[place["w"], int(np.ravel_multi_index(where[dims:], s.local.shape[dims:]))] = "in"
        terms.append(f"{factor(g[out])}·{_weight(s.local[where])}")
        whose.append(_named("y", out))
    name = _named("x", pixel)
    total = f"∂L/∂{name} = {sum_of(terms)} = {number(s.by_x[pixel])}" if terms else f"∂L/∂{name} = 0"
    heard = f"{len(whose)} {'window touches' if len(whose) == 1 else 'windows touch'} it: {', '.join(whose)}."
    return Frame(name, lit, (total, heard if whose else "No window touches it."))
