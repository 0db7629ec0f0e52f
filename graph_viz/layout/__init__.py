"""The third stage: places for boxes, clusters around modules, and the ways of the edges. It sees sizes, and no text."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from . import engines, exchange
from .geometry import ROOT, Direction, Edge, Engine, Key, Layout, Path, Problem, Rectangle
from .nested import nested
from .net import Point

__all__ = ["ROOT", "Direction", "Edge", "Engine", "Key", "Layout", "Path", "Rectangle", "layout"]

AUTO = ("pygraphviz", "dot")  # tried in this order, before our own


def layout(
    sizes: Mapping[Key, Point], edges: Sequence[Edge],
    clusters: Mapping[Key, Sequence[Path]], titles: Mapping[Path, float], direction: Direction,
    *, engine: Engine = "own", limit: float = 20.0, length: float | None = None,
) -> Layout:  # fmt: skip
    """Lay out a graph that is acyclic but for its edges back.

    Parameters
    ----------
    sizes : dict
        width and height of each box, in the order in which they were made
    edges : list of Edge
    clusters : dict
        the clusters around each box, outermost first
    titles : dict
        the width of the title of each cluster
    direction : "LR" or "TB"
    engine : "own", "pygraphviz", "dot" or "auto"
        "auto" tries Graphviz first; where an installed one gives no layout, `notes` tells why
    limit : float
        seconds that other programs may take
    length : float, optional
        px along, beyond which our own layout breaks into rows, or where it runs from top to bottom into columns

    Raises
    ------
    RuntimeError
        if an engine was asked for by name and gives no layout

    Examples
    --------
    >>> sizes = {"x": (40.0, 20.0), "y": (40.0, 20.0)}
    >>> found = layout(sizes, [Edge("x", "y")], {"x": [], "y": []}, {}, "LR")
    >>> found.boxes
    {'x': (16.0, 12.0, 40.0, 20.0), 'y': (96.0, 12.0, 40.0, 20.0)}
    """
    notes: list[str] = []
    others = {"own": (), "auto": AUTO}.get(engine, (engine,)) if sizes else ()
    problem = Problem(sizes, edges, clusters, titles, direction, length)
    dot = exchange.write(problem) if others else ""
    end = time.monotonic() + limit
    for name in others:
        rest = end - time.monotonic()
        try:
            if rest > 0:  # what took one engine all the time would do so to the next
                answer = engines.ask(name, dot, rest)
                return replace(exchange.read(answer, problem), engine=name, notes=notes)
        except (engines.Absent, engines.Failed, ValueError) as error:
            if engine != "auto":
                raise RuntimeError(f"no layout by {name}: {error}; the engine 'auto' tries others too") from error
            if not isinstance(error, engines.Absent):
                notes.append(f"no layout by {name}: {error}")
    return replace(nested(problem), notes=notes)
