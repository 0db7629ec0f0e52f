"""The font of the formulas, cut down to the letters that the site has, inside of a style sheet.

A style sheet is there before a page is drawn, so that no line moves when the font comes; a folder will do for it, too.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from html import unescape
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

FAMILY, FILE = "STIX Two Math", "STIXTwoMath-Regular.ttf"
_MATH = re.compile(r"<math\b.*?</math>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_ITALIC = {ord("A"): 0x1D434, ord("a"): 0x1D44E, ord("Α"): 0x1D6E2, ord("α"): 0x1D6FC}  # where alphabets begin


def letters(html: str) -> set[str]:
    """The characters of the formulas in some HTML."""
    return set(unescape(_TAG.sub("", "".join(_MATH.findall(html)))))


def slanted(text: Iterable[str]) -> Iterator[str]:
    """The italics by which browsers set single letters of a formula.

    >>> from autograd_zoo.atlas.fonts import slanted
    >>> "".join(slanted("ahZβ1+"))
    '𝑎ℎ𝑍𝛽'
    """
    for letter in text:
        for first, italic in _ITALIC.items():
            if 0 <= ord(letter) - first < 26:
                yield "ℎ" if letter == "h" else chr(italic + ord(letter) - first)
                break


def style(text: set[str]) -> str:
    """A style sheet with the font for some characters; an empty one where the font is not installed."""
    font = _font()
    if font is None or not text:
        return ""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    options = Options()
    options.flavor = "woff2"
    options.layout_features = ["ssty", "dtls", "flac", "ccmp", "mark", "mkmk"]
    options.hinting = options.notdef_outline = False
    with TTFont(font, recalcTimestamp=False) as whole:
        subsetter = Subsetter(options)
        subsetter.populate(text="".join(text | set(slanted(text))))
        subsetter.subset(whole)
        whole.flavor = "woff2"
        written = BytesIO()
        whole.save(written)
    data = b64encode(written.getvalue()).decode()
    return f'@font-face {{ font-family: "{FAMILY}"; src: url("data:font/woff2;base64,{data}") format("woff2") }}\n'


def _font() -> Path | None:
    spec = find_spec("ziamath")
    places = [Path(place, "fonts", FILE) for place in (spec and spec.submodule_search_locations) or ()]
    return next((path for path in places if path.is_file()), None)
