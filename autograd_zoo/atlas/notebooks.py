"""Notebooks as pages: their Markdown, code and outputs, with formulas as MathML and pictures as files beside them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape, unescape
from pathlib import Path
from typing import Any

from .highlight import python
from .mathematics import mathml

# Code, which has its dollars for itself; a formula of its own; a formula in a line.
_MATHEMATICS = re.compile(r"(```.*?```|`[^`\n]+`)|\$\$(.+?)\$\$|\$(?![\s$])((?:[^$\n]|\n(?!\n))+?)(?<!\s)\$", re.DOTALL)
_HEADING = re.compile(r"<h([1-6])>(.*?)</h\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_COLOURS = re.compile(r"\x1b\[[\d;]*m")
_LABEL = re.compile(r'<svg\b[^>]*\baria-label="([^"]*)"')
_PLOTTED = re.compile(r"<!-- (.*?) -->", re.DOTALL)  # matplotlib notes the text that it draws as curves
_NUMBER = re.compile(r"[\d\s.,−+×*e{}^$\\mathdefault-]*")
_DOCUMENTATION = {"errata": "../errata.html", "glossary": "glossary.html", "notebooks": "../course.html"}
_SIZED = re.compile(r'.*?<svg\b(?=[^>]*?\swidth="([\d.]+)(px|pt|)")(?=[^>]*?\sheight="([\d.]+)(px|pt|)")', re.DOTALL)
_PX = {"": 1.0, "px": 1.0, "pt": 4 / 3}
_IMAGES = {"image/svg+xml": ".svg", "image/png": ".png", "image/jpeg": ".jpg"}


@dataclass
class Notebook:
    """A notebook as HTML."""

    stem: str
    title: str = ""
    headings: list[tuple[str, str]] = field(default_factory=list)
    """The id and the text of each heading below the title."""
    body: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    """The pictures, by their names beside the page."""

    @property
    def families(self) -> set[str]:
        """The families that its name speaks of: "03_elementwise_group" of two."""
        return set(self.stem.split("_")[1:])


def read(path: Path, *, guides: bool = False) -> Notebook:
    """Read a notebook (.ipynb) with its stored outputs, or a page of Markdown (.md).

    Links to the guides lead to their pages, if the site has them.

    Raises
    ------
    ValueError
        if it is none
    """
    text = path.read_text(encoding="utf-8")
    try:
        page: list[dict[str, Any]] = [{"cell_type": "markdown", "source": text}]
        cells = page if path.suffix == ".md" else json.loads(text)["cells"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is no notebook that can be read: {error}") from error
    notebook = Notebook(path.stem)
    markdown = _markdown(guides)
    parts = []
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(_headed(notebook, markdown(source)))
        elif cell["cell_type"] == "code" and source.strip():
            parts.append(f'<div class="cell"><pre><code>{python(source)}</code></pre></div>')
            parts += [shown for output in cell["outputs"] if (shown := _output(notebook, output, markdown))]
    if not notebook.title:
        notebook.title = path.stem
        parts.insert(0, f"<h1>{escape(path.stem)}</h1>")
    notebook.body = "\n".join(parts)
    return notebook


def _markdown(guides: bool) -> Callable[[str], str]:
    """From Markdown to HTML, formulas set aside: to Markdown, their underscores and stars would be marks."""
    import mistune

    renderer = mistune.HTMLRenderer(escape=False)
    linked = renderer.link

    def block_code(code: str, info: str | None = None) -> str:
        return f"<pre><code>{python(code) if info == 'python' else escape(code.rstrip())}</code></pre>\n"

    def link(text: str, url: str, title: str | None = None) -> str:
        url = re.sub(r"^([\w-]+)\.(ipynb|py)$", r"\1.html", url)
        url = re.sub(r"^(?:\.\./docs/)?(\w+)\.md$", lambda m: _DOCUMENTATION.get(m[1], m[0]), url)
        if guide := re.fullmatch(r"\.\./docs/([\w/]+)\.md", url):
            return str(linked(text, f"../docs/{guide[1]}.html", title)) if guides else text
        return str(linked(text, url, title))

    vars(renderer).update(block_code=block_code, link=link)
    render = mistune.create_markdown(renderer=renderer, plugins=["table", "strikethrough"])

    def convert(text: str) -> str:
        formulas: list[str] = []

        def aside(found: re.Match[str]) -> str:
            code, block, line = found.groups()
            if code:
                return str(code)
            formula = mathml(block or line, display=bool(block))
            formulas.append(f'<span class="formula block">{formula}</span>' if block else formula)
            return f"\ue000{len(formulas) - 1}\ue001"  # of Unicode's private use: in no text

        html = str(render(_MATHEMATICS.sub(aside, text)))
        html = re.sub("<p>\ue000(\\d+)\ue001</p>", lambda m: _block(formulas[int(m[1])]), html)
        html = re.sub("\ue000(\\d+)\ue001", lambda m: formulas[int(m[1])], html)
        html = _headed_by_words(html)
        return re.sub(r"<table>.*?</table>", r'<div class="table">\g<0></div>', html, flags=re.DOTALL)

    return convert


def _block(formula: str) -> str:
    """A formula that is a paragraph."""
    return re.sub(r"^<span (.*)</span>$", r"<div \1</div>", formula, flags=re.DOTALL)


def _headed(notebook: Notebook, html: str) -> str:
    """Give every heading an id, and note it."""

    def head(found: re.Match[str]) -> str:
        level, inside = found.groups()
        text = unescape(_TAG.sub("", inside)).strip()
        if level == "1" and not notebook.title:
            notebook.title = text
            return found[0]
        id = f"{len(notebook.headings) + 1}-" + re.sub(r"\W+", "-", text.lower()).strip("-")
        if level == "2":
            notebook.headings.append((id, text))
        return f'<h{level} id="{id}">{inside}</h{level}>' if level == "2" else found[0]

    return _HEADING.sub(head, html)


def _output(notebook: Notebook, output: dict[str, Any], markdown: Callable[[str], str]) -> str:
    """An output of a cell, in the richest form that a page can show."""
    if output["output_type"] == "stream":
        return _boxed(_text(output["text"]))
    if output["output_type"] == "error":
        return _boxed(_text(output["traceback"], "\n"))
    data = output["data"]
    if "<iframe srcdoc=" in (html := "".join(data.get("text/html", ""))):  # a live drawing, over its picture
        return _boxed(html)
    for kind, suffix in _IMAGES.items():
        if kind in data:
            return _boxed(_picture(notebook, "".join(data[kind]), suffix, output.get("metadata", {}).get(kind, {})))
    if "text/html" in data:
        return _boxed(f'<div class="table">{_headed_by_words(html)}</div>')
    if "text/markdown" in data:
        return _boxed(markdown("".join(data["text/markdown"])))
    return _boxed(_text(data["text/plain"])) if "text/plain" in data else ""


def _headed_by_words(html: str) -> str:
    """Tables whose empty corner is no heading."""
    return re.sub(r"<th([^>]*)></th>", r"<td\1></td>", html)


def _boxed(html: str) -> str:
    return f'<div class="output">{html}</div>'


def _text(parts: str | list[str], joint: str = "") -> str:
    text = parts if isinstance(parts, str) else joint.join(parts)
    return f"<pre>{escape(_COLOURS.sub('', text).rstrip())}</pre>"


def _picture(notebook: Notebook, content: str, suffix: str, about: dict[str, Any]) -> str:
    """A picture as a file of its own, where its ids and styles are its own too; with words, if any are known."""
    name = f"{notebook.stem}-{len(notebook.files) + 1}{suffix}"
    notebook.files[name] = content.encode() if suffix == ".svg" else base64.b64decode(content)
    known, room = about.get("alt"), _size(notebook.files[name], about)
    if (label := _LABEL.search(content)) or known:
        alt = label[1] if label else escape(known or "")
        return f'<img src="{name}" alt="{alt}"{room} loading="lazy">'
    words = [word for word in _PLOTTED.findall(content) if not _NUMBER.fullmatch(word)]
    said = escape("Plot: " + ", ".join(dict.fromkeys(words)) if words else "Plot made by the cell above")
    return f'<img class="plot" src="{name}" alt="{said}"{room} loading="lazy">'


def _size(content: bytes, about: dict[str, Any]) -> str:
    """The size of a picture as attributes, where it says one: so nothing jumps when it is loaded."""
    if content.startswith(b"\x89PNG") and content[12:16] == b"IHDR":
        sizes = [int.from_bytes(content[k : k + 4], "big") for k in (16, 20)]
    elif found := _SIZED.match(content.decode("utf-8", "ignore")):
        sizes = [
            round(float(number) * _PX[unit])
            for number, unit in zip(found.groups()[::2], found.groups()[1::2], strict=True)
        ]
    else:
        return ""
    width = about.get("width") or sizes[0]  # a picture may have more pixels than its room
    return f' width="{width}" height="{round(width * sizes[1] / sizes[0])}"'
