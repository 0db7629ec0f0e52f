"""What the chapters and the guides cite on the web: well-formed, of known places, and in every chapter. No network."""

import json
import re
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted((ROOT / "notebooks").glob("*.ipynb"))
GUIDES = sorted([*(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "guides").glob("*.md"), ROOT / "README.md"])
LINK = re.compile(r"\[([^\]]*)\]\((https?:[^)\s]*)\)")

FORMS = {  # the places that are cited, and how the path of an address looks there
    "arxiv.org": r"/abs/(0[7-9]|1\d|2[0-6])(0[1-9]|1[0-2])\.\d{4,5}",
    "doi.org": r"/10\.\d{4,9}/[-._()/:A-Za-z0-9]+",
    "jmlr.org": r"/papers/v\d+/\w+\.html",
    "www.jmlr.org": r"/papers/v\d+/\w+\.html",
    "proceedings.mlr.press": r"/v\d+/\w+\.html",
    "cs231n.github.io": r"/[a-z0-9-]+/",
    "cs231n.stanford.edu": r"/[\w/-]+\.pdf",
    "web.stanford.edu": r"/class/cs224n/readings/[\w-]+\.pdf",
    "d2l.ai": r"/chapter_[a-z-]+/[a-z-]+\.html",
    "distill.pub": r"/20\d\d/[a-z-]+",
    "github.com": r"/[\w-]+/[\w.-]+",
    "www.youtube.com": r"/watch",
    "docs.jax.dev": r"/en/latest/[\w/-]+\.html",
    "numpy.org": r"/doc/stable/[\w/.-]+\.html",
    "cdn.openai.com": r"/[\w/-]+\.pdf",
    "mitpress.mit.edu": r"/\d{13}/\w+/",
    "press.princeton.edu": r"/books/paperback/\d{13}/[a-z-]+",
    "www.microsoft.com": r"/en-us/research/publication/[a-z-]+/",
    "jupyterlite.readthedocs.io": "",
    "pyodide.org": "",
}
LEAST = 3  # references of a chapter


def markdown(path):
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def cited(path):
    return LINK.findall(markdown(path))


@pytest.mark.parametrize("path", [*CHAPTERS, *GUIDES], ids=lambda path: path.stem)
def test_addresses_are_well_formed_and_of_known_places(path):
    for title, address in cited(path):
        parts = urlsplit(address)
        assert title.strip() and parts.scheme == "https", address
        assert parts.netloc in FORMS, f"{address}: a new place needs a line in FORMS"
        assert re.fullmatch(FORMS[parts.netloc], parts.path), address


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_ends_with_its_references(path):
    text = markdown(path)
    head = text.rfind("## References")
    assert head > text.rfind("\n## Exercises"), "references come last"
    assert len(LINK.findall(text[head:])) >= LEAST


def test_one_work_has_one_address():
    """A title that leads to two places, or two copies of a link within a list, is a slip."""
    places = {}
    for path in CHAPTERS:
        found = cited(path)
        assert not [link for link, count in Counter(found).items() if count > 2], path.stem
        for title, address in found:
            places.setdefault(" ".join(title.split()), set()).add(address)
    assert {title: found for title, found in places.items() if len(found) > 1 and len(title) > 30} == {}


def test_the_forms_tell_slips():
    for place, slip in {
        "arxiv.org": "/abs/1713.05767", "doi.org": "/1038/323533a0", "d2l.ai": "/chapter_x/", "jmlr.org": "/papers/15",
    }.items():  # fmt: skip
        assert not re.fullmatch(FORMS[place], slip)
