"""The plot of a module: the curve of a function of one number with its derivative, else the arrays of a sample."""

from __future__ import annotations

from html import escape
from math import floor, log10

import numpy as np

from ..engine.tensor import Array, Tensor
from ..zoo import Specimen
from .swept import Swept
from .words import quantity

CURVES: dict[str, tuple[float, float, tuple[float, ...]]] = {
    "relu": (-3, 3, ()),
    "leaky_relu": (-3, 3, ()),
    "relu6": (-2, 8, ()),
    "elu": (-4, 3, ()),
    "selu": (-4, 3, ()),
    "gelu": (-4, 3, ()),
    "sigmoid": (-6, 6, ()),
    "silu": (-6, 4, ()),
    "softplus": (-5, 4, ()),
    "tanh": (-4, 4, ()),
    "log_sigmoid": (-5, 5, ()),
    "mish": (-6, 4, ()),
    "hardsigmoid": (-5, 5, ()),
    "hardswish": (-5, 4, ()),
    "softsign": (-6, 6, ()),
    "celu": (-4, 3, ()),
    "squared_error": (-2, 4, (1.0,)),
    "l1": (-2, 4, (1.0,)),
    "smooth_l1": (-2, 4, (1.0,)),
    "huber": (-2, 4, (1.0,)),
    "hinge": (-2, 4, (1.0,)),
    "bce": (0.02, 0.98, (1.0,)),
    "bce_with_logits": (-5, 5, (1.0,)),
}
"""The functions of one number: from where to where, and the other inputs."""
POINTS, MOST = 161, 4  # of a curve; inputs and parameters whose arrays are shown
WIDTH, HEIGHT, LEFT, BELOW, RIGHT, ABOVE = 560, 260, 44, 26, 76, 10  # px
CELL, WRITTEN = (12, 12), (46, 20)  # px: a cell of a heat-map, and one with its number


def plot(specimen: Specimen, example: Swept) -> str:
    """The plot as HTML, with what it shows in words."""
    return _curves(specimen) if specimen.name in CURVES else _arrays(specimen, example)


# ---- curves ------------------------------------------------------------------------------------------------------


def curve(specimen: Specimen) -> tuple[Array, Array, Array]:
    """Points x of a function of one number, its values there, and its derivatives, which the tape finds."""
    low, high, others = CURVES[specimen.name]
    xs = np.linspace(low, high, POINTS)
    leaves = [Tensor(np.array([x])) for x in xs]
    ys = [specimen.run(x, *(np.array([other]) for other in others)) for x in leaves]
    for y in ys:
        y.sum().backward()
    return xs, np.array([y.data.item() for y in ys]), np.array([x.grad.item() for x in leaves])  # type: ignore[union-attr]


def _curves(specimen: Specimen) -> str:
    xs, ys, slopes = curve(specimen)
    low, high = float(min(ys.min(), slopes.min(), 0)), float(max(ys.max(), slopes.max(), 0))
    room = 0.06 * (high - low)
    low, high = low - room, high + room

    def at(x: float, y: float) -> tuple[float, float]:
        across = LEFT + (x - xs[0]) / (xs[-1] - xs[0]) * (WIDTH - LEFT - RIGHT)
        return across, ABOVE + (high - y) / (high - low) * (HEIGHT - ABOVE - BELOW)

    name = "L" if specimen.family == "loss" else "y"
    parts = []
    for x in _ticks(float(xs[0]), float(xs[-1])):
        a, b = at(x, low)
        parts.append(f'<path class="grid" d="M{a:.1f} {ABOVE}V{b:.1f}"/>')
        parts.append(f'<text x="{a:.1f}" y="{b + 16:.1f}" text-anchor="middle">{_number(x)}</text>')
    for y in _ticks(low, high):
        a, b = at(float(xs[0]), y)
        parts.append(f'<path class="{"grid" if y else "zero"}" d="M{a:.1f} {b:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{a - 6:.1f}" y="{b + 4:.1f}" text-anchor="end">{_number(y)}</text>')
    ends = _apart(at(float(xs[-1]), float(ys[-1]))[1], at(float(xs[-1]), float(slopes[-1]))[1])
    for word, values, tone, end in ((name, ys, "value", ends[0]), (f"∂{name}/∂x", slopes, "slope", ends[1])):
        points = " ".join(
            f"{a:.1f},{b:.1f}" for a, b in (at(float(x), float(v)) for x, v in zip(xs, values, strict=True))
        )
        parts.append(f'<polyline class="{tone}" points="{points}"/>')
        parts.append(f'<text class="{tone}" x="{WIDTH - RIGHT + 6}" y="{end + 4:.1f}">{word}</text>')
    others = "".join(f", target {_number(t)}" for t in CURVES[specimen.name][2])
    said = f"{name} and its derivative by x, for x from {_number(float(xs[0]))} to {_number(float(xs[-1]))}{others}"
    caption = f"{escape(said)}: the derivative (dashed) is what the upstream gradient is multiplied by."
    return (
        f'<figure class="plot"><svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="{escape(said)}">{"".join(parts)}</svg><figcaption>{caption}</figcaption></figure>'
    )


def _ticks(low: float, high: float) -> list[float]:
    """Some round numbers between two."""
    raw = (high - low) / 5
    size = 10.0 ** floor(log10(raw))
    step = min((m * size for m in (1, 2, 5, 10)), key=lambda s: abs(s - raw))
    return [k * step for k in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1)]


def _apart(a: float, b: float, room: float = 16.0) -> tuple[float, float]:
    """Two heights so far apart that text stands at both."""
    missing = max(0.0, room - abs(a - b)) / 2
    return (a - missing, b + missing) if a <= b else (a + missing, b - missing)


def _number(x: float) -> str:
    return f"{x:.6g}".replace("-", "−")


# ---- arrays ------------------------------------------------------------------------------------------------------


def _arrays(specimen: Specimen, example: Swept) -> str:
    """Values above, gradients below: of inputs and parameters, and of the result."""
    leaves = [(name, leaf) for name, leaf in example.leaves.items() if leaf.grad is not None]
    shown = [*leaves[:MOST], ("L" if specimen.family == "loss" else "y", example.result)]
    columns = "".join(
        f"<div>{_map(quantity(name), f'{name}', t.data)}{_map(quantity(f'd{name}'), f'∂L/∂{name}', t.grad)}</div>"
        for name, t in shown
    )
    what = ", ".join(quantity(name) for name, _ in leaves[:MOST])
    more = f", the first of {len(leaves)} inputs and parameters," if len(leaves) > MOST else ""
    return (
        '<figure class="arrays"><div class="wide" role="group" aria-label="Arrays">'
        f'<div class="maps">{columns}</div></div>'
        f"<figcaption>The sample of the graph above: {what}{more} and the result, and below each its gradient. Orange "
        "is negative, blue positive, and zero has no colour; each row runs along the last axis.</figcaption></figure>"
    )


def _map(title: str, name: str, value: object) -> str:
    """One array as cells between two colours; few elements, or one number, are written."""
    from graph_viz.page.heat import heat
    from graph_viz.style import number

    array = np.asarray(value, float)
    found = heat(array)
    if found is None:
        text = number(float(array.item())) if array.size == 1 else "empty"
        return f'<figure class="map"><figcaption>{title}</figcaption><span class="one">{text}</span></figure>'
    texts = [row.split(" ") for row in found["numbers"].split("/")] if "numbers" in found else []
    rows, (w, h) = found["cells"].split("/"), WRITTEN if texts else CELL
    cells = "".join(
        f'<rect x="{x * w}" y="{y * h}" width="{w}" height="{h}" class="{_tone(c)}" fill-opacity="{_level(c):.2f}"/>'
        for y, row in enumerate(rows)
        for x, c in enumerate(row)
        if c != "h"
    )
    cells += "".join(
        f'<text x="{(x + 0.5) * w:g}" y="{(y + 0.7) * h:g}" text-anchor="middle">{text}</text>'
        for y, row in enumerate(texts)
        for x, text in enumerate(row)
    )
    width, height, most = w * len(rows[0]), h * len(rows), found["most"]
    said = f"{name}, {found['shape']}: " + ("; ".join(map(" ".join, texts)) if texts else f"from −{most} to {most}")
    about = ", ".join([found["shape"], *([found["means"]] if "means" in found else []), f"±{most}"])
    return (
        f'<figure class="map"><figcaption>{title} <span class="muted">{about}</span></figcaption>'
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{escape(said)}">'
        f"{cells}</svg></figure>"
    )


def _tone(cell: str) -> str:
    return "wrong" if cell == "?" else "cool" if cell > "h" else "warm"


def _level(cell: str) -> float:
    return 0.6 * (7 if cell == "?" else abs(ord(cell) - ord("h"))) / 7
