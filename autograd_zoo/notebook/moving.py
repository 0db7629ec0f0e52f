"""A picture that answers to the pointer: grids of numbers, and for each place in them what lights up and is said.

All numbers are there when the picture is made: its script, of one page, chooses among them and computes nothing.
Without the script, in a notebook that nobody trusts or on a page that cleans what it shows, tables and the first frame
are left.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

import numpy as np

ROLES = ("at", "in", "took")
"""How a cell lights up: the pointer's own, one that takes part, and one that passes something on."""


@dataclass(frozen=True)
class Grid:
    """Numbers in rows and columns, under a title."""

    title: str
    values: np.ndarray
    rows: Sequence[str] = ()
    columns: Sequence[str] = ()
    outside: frozenset[int] = frozenset()
    """The places, counted along the rows, that are padding."""
    bars: bool = False
    """Whether each cell has a bar that is as high as its number, 1 being all of it."""
    digits: int = 3


@dataclass(frozen=True)
class Frame:
    """What is shown for one place: the cells that light up, {(grid, place): role}, and lines of text."""

    name: str
    lit: Mapping[tuple[int, int], str]
    says: Sequence[str]


@dataclass(frozen=True)
class Walk:
    """Frames that a slider runs through, or the pointer in the grids of which the frames have places of their own."""

    name: str
    frames: Sequence[Frame]
    places: Mapping[tuple[int, int], int]
    """The frame for each (grid, place) that answers to the pointer."""


@dataclass(frozen=True)
class Moving:
    """Grids and walks through them; a notebook shows them as a page, elsewhere they print as text."""

    grids: Sequence[Grid]
    walks: Sequence[Walk]
    label: str
    bands: Sequence[Sequence[int]] = field(default=())
    """The numbers of the grids that stand side by side, row by row; all in one row if nothing is said."""

    def __getitem__(self, title: str) -> np.ndarray:
        """The numbers of the grid with this title."""
        try:
            return next(grid.values for grid in self.grids if grid.title == title)
        except StopIteration:
            raise KeyError(f"no grid is called {title!r}; there are {[grid.title for grid in self.grids]}") from None

    def __repr__(self) -> str:
        return "\n\n".join([self.label, *map(_plain, self.grids), "\n".join(self.walks[0].frames[0].says)])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": repr(self)}

    def html(self) -> str:
        """The picture as HTML that needs nothing else: tables, the first frame's text, style, data and script."""
        first = self.walks[0].frames[0]
        bands = self.bands or [range(len(self.grids))]
        tables = "\n".join(
            f'<div class="az-band">{"".join(_table(self.grids[k], k, first.lit) for k in band)}</div>' for band in bands
        )
        says = "\n".join(f"<p>{escape(line)}</p>" for line in first.says)
        data = json.dumps([_data(walk) for walk in self.walks], ensure_ascii=False, separators=(",", ":"))
        data = data.replace("</", r"<\/")  # or it would end the script
        return (
            f'<div class="az-moving" data-label="{escape(self.label, quote=True)}">\n'
            f"<style>{_file('moving.css')}</style>\n"
            f'<p class="az-hint">Here for {escape(first.name)}. Where a page may run its own script, the pointer and a '
            "slider choose another place.</p>\n"
            f'<div class="az-grids">\n{tables}\n</div>\n<div class="az-says">\n{says}\n</div>\n'
            f'<script type="application/json">{data}</script>\n'
            f"<script>{_file('moving.js')}</script>\n</div>"
        )


def number(value: float, digits: int = 3) -> str:
    """A number with a few digits, and a minus that looks like one.

    Examples
    --------
    >>> from autograd_zoo.notebook.moving import number
    >>> number(-0.12345), number(float("-inf")), number(-0.0), number(1234.5)
    ('−0.123', '−∞', '0', '1234')
    """
    whole = len(f"{abs(value):.0f}") if 1 <= abs(value) < 1e6 else 1
    text = f"{value:.{max(digits, whole)}g}"
    return ("0" if float(text) == 0 else text).replace("-", "−").replace("inf", "∞")


def factor(value: float) -> str:
    """A number as it stands in a product: in brackets if it is negative."""
    return f"({number(value)})" if value < 0 else number(value)


def sum_of(terms: Sequence[str]) -> str:
    """Terms with a plus between them; a sum of nothing is 0."""
    return " + ".join(terms) or "0"


def as_sum(values: Sequence[float]) -> str:
    """Numbers with a sign between them.

    Examples
    --------
    >>> from autograd_zoo.notebook.moving import as_sum
    >>> as_sum([1.0, -2.0, 0.5]), as_sum([])
    ('1 − 2 + 0.5', '0')
    """
    first, *rest = [*values] or [0.0]
    return number(first) + "".join(f" {'−' if v < 0 else '+'} {number(abs(v))}" for v in rest)


def _table(grid: Grid, k: int, lit: Mapping[tuple[int, int], str]) -> str:
    """A grid as a table; what the first frame lights up is bold, which is left where styles are not."""
    values = np.atleast_2d(grid.values)
    head = ""
    if grid.columns:
        corner = "<td></td>" if grid.rows else ""
        cells = "".join(f'<th scope="col">{escape(name)}</th>' for name in grid.columns)
        head = f"<thead><tr>{corner}{cells}</tr></thead>"
    lines = []
    for i, row in enumerate(values):
        first = f'<th scope="row">{escape(grid.rows[i])}</th>' if grid.rows else ""
        places = range(i * len(row), (i + 1) * len(row))
        cells = "".join(_cell(grid, p, v, lit.get((k, p))) for p, v in zip(places, row, strict=True))
        lines.append(f"<tr>{first}{cells}</tr>")
    caption = f"<caption>{escape(grid.title)}</caption>"
    body = "".join(lines)
    return f'<div class="az-grid"><table>{caption}{head}<tbody>{body}</tbody></table></div>'


def _cell(grid: Grid, place: int, value: float, role: str | None) -> str:
    text = f"<b>{_text(grid, value)}</b>" if role else _text(grid, value)
    kinds = ["out"] * (place in grid.outside) + [role] * bool(role)
    attributes = f' class="{" ".join(map(str, kinds))}"' if kinds else ""
    bar = f' style="--bar:{100 * min(1.0, max(0.0, float(value))):.0f}%"' if grid.bars else ""
    return f"<td{attributes}{bar}>{text}</td>"


def _text(grid: Grid, value: float) -> str:
    return f"{value:.2f}" if grid.bars else number(value, grid.digits)


def _data(walk: Walk) -> dict[str, Any]:
    """A walk as the script reads it."""
    frames = [
        {"name": f.name, "lit": [[*where, ROLES.index(role)] for where, role in f.lit.items()], "says": [*f.says]}
        for f in walk.frames
    ]
    return {"name": walk.name, "frames": frames, "places": [[*where, k] for where, k in walk.places.items()]}


def _plain(grid: Grid) -> str:
    """A grid as lines of text."""
    head = [["", *grid.columns] if grid.rows else [*grid.columns]] if grid.columns else []
    texts = [[_text(grid, v) for v in row] for row in np.atleast_2d(grid.values)]
    lines = head + ([[name, *row] for name, row in zip(grid.rows, texts, strict=True)] if grid.rows else texts)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join([grid.title, *("  ".join(map(str.rjust, line, widths)).rstrip() for line in lines)])


def each(values: np.ndarray) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The places of an array, counted along the rows and as indices."""
    return enumerate(np.ndindex(values.shape))


@cache
def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8").strip()
