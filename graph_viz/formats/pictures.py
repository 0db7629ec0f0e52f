"""The picture as SVG, and what other libraries make of that: PNG and PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import svg
from ..style import Theme

if TYPE_CHECKING:
    from ..figure import Figure

SHEET = b'#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes(sys.inputs.svg), format: "svg")'  # in Typst
PAGE = 640.0  # px: the narrowest page of a notebook; wider pictures adapt to theirs


def vector(figure: Figure, theme: Theme | None = None, *, fluid: bool = False) -> str:
    """SVG; see `svg.write`."""
    return svg.write(figure.picture, figure.layout, theme or figure.look.theme, fluid=fluid)


def adapting(figure: Figure) -> str:
    """SVG that is no wider than the page of a notebook."""
    return vector(figure, fluid=figure.layout.width > PAGE)


def pixels(figure: Figure, scale: float = 2.0) -> bytes:
    """PNG, `scale` pixels to a px; on a dark ground if that is the theme."""
    picture = vector(figure, "dark" if figure.look.theme == "dark" else "light")
    try:
        import resvg_py
    except ImportError as error:
        raise _missing("a PNG", "resvg-py") from error
    return bytes(resvg_py.svg_to_bytes(svg_string=picture, zoom=scale))


def sheet(figure: Figure) -> bytes:
    """PDF, in light colours."""
    picture = vector(figure, "light")
    try:
        import typst
    except ImportError as error:
        raise _missing("a PDF", "typst") from error
    return bytes(typst.compile(SHEET, sys_inputs={"svg": picture}))


def _missing(what: str, package: str) -> ImportError:
    return ImportError(f"{what} is made by {package}, which is not installed: pip install {package}, or save as .svg")
