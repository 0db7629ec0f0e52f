"""The page: one file that loads nothing. It has the structure of a drawing, and lays out itself what is open."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from html import escape
from typing import Any

from .. import svg
from ..figure import Figure
from ..style import KINDS
from ..svg.ink import css
from . import scripts, steps, structure

_GROUND = '<rect width="100%" height="100%" class="gv-paper"/>'
_LINES = "\n:root .gv-edge-line,:root .gv-grad-line{fill:none}"

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src {style_hashes}; \
script-src {script_hashes}">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<div class="gv-page" data-graph-viz>
<img src="data:image/svg+xml;charset=utf-8,{picture}" alt="{title}">
<details>
<summary>The graph in words</summary>
<pre>{description}</pre>
</details>
<script type="text/plain">{data}</script>
<script>{script}</script>
</div>
</body>
</html>
"""


def write(figure: Figure, live: Mapping[str, Any] | None = None) -> str:
    """The page of a figure, perhaps a `live` one. Without scripts it shows the picture as an image, and the words."""
    theme = figure.look.theme
    style = f"{css([], '.gv-page', theme=theme)}\n{scripts.style('page')}"
    whole = f"{css(list(KINDS), '.gv-page', theme=theme)}\n{scripts.style('viewer')}"
    whole += f"\n{scripts.style('live')}" if live else ""
    if theme == "auto":  # paper is light
        whole += f"@media print{{{css(list(KINDS), '.gv-page', theme='light')}}}"
    script, viewer = scripts.loader(), scripts.viewer(live is not None)
    return PAGE.format(
        title=escape(figure.label),
        style=style,
        style_hashes=f"{_hash(style)} {_hash(whole)}",
        script=script,
        script_hashes=f"{_hash(script)} {_hash(viewer)}",
        picture=_in_address(_picture(figure)),
        description=escape(figure.description),
        data=_packed({"viewer": viewer, "style": whole, "data": data(figure, live)}),
    )


def data(figure: Figure, live: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """All that the viewer knows; of a live drawing also how its values are computed, and what they are called."""
    texts, look = structure.Texts(), figure.look
    ways = [(figure.draft, figure.choice), *figure.apart()]
    first, *others = (
        structure.of(*way, texts, figure.results, values=look.values, gradients=look.gradients) for way in ways
    )
    tape, notes = steps.of(figure, texts)
    if live:
        tape["name"] = [texts.number(name) for name in live["names"]]
        tape["of"] = live["names"][-1]
    looks = [(kind, k.word, k.radius, k.border, k.dashes, int(k.stacked), k.outline) for kind, k in KINDS.items()]
    return {
        "label": figure.label,
        "direction": figure.direction,
        "notes": [*notes, *figure.notes, *figure.layout.notes],
        "kinds": looks,
        "legend": look.legend,
        "quiet": not any(stroke.backward is not None for stroke in figure.picture.strokes),
        "structures": [first, *map(_text, others)],  # the others are read when they are wanted
        "tape": tape,
        "texts": list(texts.texts),
        "captions": list(texts.captions),
        **({"live": {key: v for key, v in live.items() if key != "names"}} if live else {}),
    }


def _picture(figure: Figure) -> str:
    """The picture as it stands there before the viewer runs, or where it does not: with a legend and notes."""
    view, layout, theme = figure.view, figure.layout, figure.look.theme
    numbers = {box.key: str(k) for k, box in enumerate(view)}, {path: str(k) for k, path in enumerate(layout.clusters)}
    bare = svg.write_bare(figure.picture, layout, svg.Keys(*numbers))
    colours = css(figure.picture.kinds(layout), ":root", theme=theme, around=False) + _LINES
    return bare.replace(">", f"><style>{colours}</style>{_GROUND}", 1)


def _in_address(text: str) -> str:
    """SVG as a data address in an attribute of HTML, where a quote takes three letters and an apostrophe one."""
    text = re.sub("<[^>']*>", lambda tag: tag[0].replace('"', "'"), text)
    for c in '%#"&\n':
        text = text.replace(c, f"%{ord(c):02X}")
    return text


def _hash(text: str) -> str:
    """What a content policy calls a script or style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _packed(data: Any) -> str:
    """Data as compressed JSON in letters and digits: short, and nothing in it can end the script that holds it."""
    return base64.b64encode(zlib.compress(_text(data).encode(), 9)).decode()


def _text(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
