"""What a drawing is written as: a row a format, by the ending of the file; each is made from the Figure alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from .. import page
from . import dot, explorer, mermaid, pictures, tikz

if TYPE_CHECKING:
    from ..figure import Figure


class Format(NamedTuple):
    """A way to write a drawing."""

    write: Callable[[Figure], str | bytes]
    about: str  # what it is, and for whom


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        ".svg": Format(pictures.vector, "a vector picture, for pages and papers"),
        ".png": Format(pictures.pixels, "pixels, for what shows no vectors"),
        ".pdf": Format(pictures.sheet, "a sheet of the picture's size, for print"),
        ".html": Format(lambda figure: page.write(figure.flowing), "a page that one steps through; it loads nothing"),
        ".tex": Format(tikz.write, "TikZ, for papers: LaTeX sets the text and the formulas"),
        ".mmd": Format(mermaid.write, "Mermaid, for Markdown pages"),
        ".dot": Format(dot.write, "DOT, for Graphviz and what reads it"),
        ".gv": Format(dot.write, "DOT too"),
        ".json": Format(explorer.write, "the whole tape, for Model Explorer"),
    }
)


def written(figure: Figure, ending: str) -> bytes:
    """A drawing in the format of this ending."""
    content = FORMATS[ending].write(figure)
    return content.encode() if isinstance(content, str) else content
