"""The directive `live`: a drawing that one can touch, made of the code above it when the page is built.

```{live} alive
```

shows the drawing that is called `alive` there. The code runs as the tests run it, as examples of doctest; and the page
holds all that the drawing needs, as a file of its own would.
"""

import contextlib
import doctest
import math
import os
import re
import tempfile
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive

CODE = re.compile(r"^```python\n(>>> .*?)^```$", re.MULTILINE | re.DOTALL)
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
BODY = re.compile(r"<body>\n(.*)</body>", re.DOTALL)
ROOM, READABLE, LARGEST = 700, 0.7, 1.25  # px that a page has for a picture; the scales at which it is shown


class LiveDrawing(Directive):
    """Runs the page's code up to here, and puts in the drawing of this name."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The drawing as HTML; other writers leave it out."""
        env = self.state.document.settings.env
        name = self.arguments[0]
        lines = Path(self.state.document.current_source).read_text(encoding="utf-8").split("\n")
        made = ran("\n".join(lines[: self.lineno]), env.docname).get(name)
        if not hasattr(made, "still"):
            raise self.error(f"{name} is no live drawing in the code above it: {name} = graph_viz.live(f, *examples)")
        if made.still:
            raise self.error(made.still)
        env.note_dependency(__file__)
        style, html = embedded(made)
        env.metadata[env.docname]["live"] = style
        return [nodes.raw("", html, format="html")]


def ran(text: str, page: str) -> dict[str, Any]:
    """What the names of a page mean after its code, which may write files: none stays."""
    names: dict[str, Any] = {"__name__": page}
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch), open(os.devnull, "w") as nowhere:
        for block in CODE.finditer(text):
            example = doctest.DocTestParser().get_doctest(block[1], names, page, page, 0)
            runner = doctest.DocTestRunner(verbose=False, optionflags=OPTIONS)
            if runner.run(example, out=nowhere.write, clear_globs=False).failed:
                raise RuntimeError(f"{page}: the code does not print what the page says, see tests/docs/test_guides.py")
            names = example.globs
    return names


def embedded(drawing: Any) -> tuple[str, str]:
    """The style and the body of a drawing's page, to stand in another, of the height that it will have."""
    page, layout = drawing.html(), drawing.figure.flowing.layout
    high = layout.height * min(LARGEST, max(ROOM / layout.width, READABLE)) + 4
    inputs = sum(math.prod(leaf["shape"]) for leaf in drawing.data["leaves"])
    about = f'role="group" aria-label="Live drawing: {escape(drawing.figure.label, quote=True)}"'
    room = f'style="--high: {high:.0f}px; --inputs: {inputs}"'
    return STYLE.findall(page)[0], f'<div class="live" {about} {room}>\n{BODY.findall(page)[0]}</div>\n'


def dress(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Give a page with live drawings their style, and what tells them of the theme that was chosen."""
    if style := app.env.metadata.get(page, {}).get("live"):
        context["metatags"] = f"{context.get('metatags', '')}\n<style>{style}</style>"
        app.add_js_file("live.js", loading_method="defer")


def setup(app: Any) -> dict[str, Any]:
    """Let pages have live drawings."""
    app.add_directive("live", LiveDrawing)
    app.connect("html-page-context", dress)
    return {"parallel_read_safe": True}
