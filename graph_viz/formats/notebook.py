"""What a notebook is given, so that the picture shows also where nobody trusts it, and where it is exported.

A PNG is what every notebook shows of every stranger. SVG, also in HTML, is left out: cleaned as GitHub cleans it only
its text is left, Visual Studio Code shows none in a folder that is not trusted, and the export to LaTeX calls Inkscape
for it. Where no PNG can be made, an image in HTML shows in most places.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable, Collection, Mapping
from html import escape
from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from . import pictures

if TYPE_CHECKING:
    from ..figure import Figure

SCALE = 1.5  # pixels to a px: small letters are crisp on most screens, and a notebook stays small
UNSEEN = re.compile("<title>.*?</title>|<desc>.*?</desc>", re.DOTALL)  # in an image nobody gets to these


def image(figure: Figure) -> str:
    """HTML with the picture as an image, which holds no script and no markup of its own."""
    picture = UNSEEN.sub("", pictures.vector(figure))
    data = base64.b64encode(picture.encode()).decode()
    alt = escape(figure.label, quote=True)
    return f'<img src="data:image/svg+xml;base64,{data}" alt="{alt}" style="max-width:100%;height:auto">'


MEDIA: Mapping[str, Callable[[Figure], str]] = MappingProxyType(
    {
        "image/png": lambda figure: base64.b64encode(pictures.pixels(figure, SCALE)).decode(),
        "text/html": image,
        "image/svg+xml": pictures.adapting,
        "application/pdf": lambda figure: base64.b64encode(pictures.sheet(figure)).decode(),
        "text/plain": lambda figure: figure.description,
    }
)


def bundle(
    figure: Figure, include: Collection[str] | None = None, exclude: Collection[str] | None = None
) -> tuple[dict[str, str], dict[str, Any]]:
    """The picture and its words, by media type; and what is known of them.

    These are a PNG, or HTML where there is no resvg-py to make it, and the description; or what is asked for by
    `display(drawing, include=["image/svg+xml"])`. Beside them stand what the picture shows, how wide it is, and a check
    sum of its SVG, by which one sees whether a stored picture is what would be drawn now. A graph that is too large for
    a picture says so in words: a notebook would show a traceback.
    """
    if figure.too_large:
        return {"text/plain": f"{figure.label}\n{figure.too_large}"}, {}
    usual = ["image/png" if find_spec("resvg_py") else "text/html", "text/plain"]
    wanted = [media for media in include or usual if media in MEDIA and media not in (exclude or ())]
    data = {media: MEDIA[media](figure) for media in wanted}
    sum = zlib.crc32(pictures.vector(figure).encode())
    about: dict[str, Any] = {"graph_viz": {"label": figure.label, "svg": f"{sum:08x}"}}
    if "image/png" in data:
        width = int.from_bytes(base64.b64decode(data["image/png"][:32])[16:20], "big")
        about["image/png"] = {"width": round(width / SCALE), "alt": figure.label}
    return data, about
