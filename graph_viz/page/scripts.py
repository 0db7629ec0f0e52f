"""The viewer's own files, put together. A page has them packed, and a few lines that unpack and run them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

LAYOUT = ("level", "order", "align", "loops", "nested")
VIEW = ("visible",)
LIVE = ("live", "machine", "touch")
VIEWER = (*LAYOUT, *VIEW, "curves", "labels", "picture", "formula", "events", "page", "stepping", "panel", "looking")


@cache
def script(*names: str) -> str:
    """Some of the viewer's files as one text, without the lines that are comments, and without indentation."""
    lines = (line.strip() for name in names for line in _file(f"{name}.js").splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


@cache
def viewer(live: bool = False) -> str:
    """The whole viewer, which starts all drawings that have been unpacked; with what computes those that are live."""
    return f'"use strict";(() => {{\n{script(*VIEWER, *(LIVE if live else ()))}\nbegin();\n}})();'


@cache
def style(name: str) -> str:
    """A file of style: "page", of what is there without scripts; "viewer", of all else."""
    return "\n".join(line.strip() for line in _file(f"{name}.css").splitlines())


def loader() -> str:
    """What unpacks the data of a drawing and the viewer, and runs that."""
    return script("loader")


def _file(name: str) -> str:
    folder = files(__package__ if name.partition(".")[0] not in LIVE else "graph_viz.alive")
    return folder.joinpath(name).read_text(encoding="utf-8")
