"""An atlas of three modules and two notebooks, written once for all tests."""

import base64
import json

import pytest

NAMES = ("softmax", "sigmoid", "linear")

HEAD = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (600).to_bytes(4) + (400).to_bytes(4)  # of a picture of 600 by 400 pixels
PIXELS = base64.b64encode(HEAD).decode()
NOTEBOOK = {
    "cells": [
        {
            "cell_type": "markdown",
            "source": [
                "# 04 A *course*\n",
                "\n",
                "Let $a_1 < b_2$ and `$x$`:\n",
                "\n",
                "$$y = x^2$$\n",
                "\n",
                f"Wide: $x = {' + '.join(['abc'] * 12)}$.\n",
            ],
        },
        {
            "cell_type": "code",
            "source": "print('<b>')",
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": ["<b>\n"]},
                {
                    "output_type": "display_data",
                    "data": {
                        "image/svg+xml": '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20.4" '
                        'aria-label="Graph of y"/>'
                    },
                },
                {"output_type": "execute_result", "data": {"text/markdown": "**so** $$x$$", "text/plain": "so"}},
                {"output_type": "execute_result", "data": {"text/html": "<table><tr><td>1</td></tr></table>"}},
                {
                    "output_type": "display_data",
                    "data": {"image/png": PIXELS},
                    "metadata": {"image/png": {"alt": "Graph of <z>", "width": 300}},
                },
                {"output_type": "error", "traceback": ["\x1b[31mNo\x1b[0m"]},
                {"output_type": "display_data", "data": {"application/unknown": "?"}},
            ],
        },
        {"cell_type": "markdown", "source": "## Next\n\n[before](03_loss.ipynb)\n\n| a | b |\n|---|---|\n| 1 | 2 |"},
    ]
}


@pytest.fixture(scope="session")
def notebooks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebooks")
    (folder / "03_loss.ipynb").write_text(json.dumps({"cells": []}))
    words = "# Glossary\n\n| word | meaning |\n|---|---|\n| tape | a list |\n"
    (folder.parent / "docs").mkdir(exist_ok=True)
    (folder.parent / "docs" / "glossary.md").write_text(words)
    (folder / "04_activation.ipynb").write_text(json.dumps(NOTEBOOK))
    return folder


GUIDE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><link rel="search" href="search.html">
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><aside class="sidebar-drawer"><form class="sidebar-search-container" role="search">
<input name="q"></form>
<div id="searchbox"></div></aside>
<article role="main" id="furo-main-content">
<section id="top"><h1>{title}<a class="headerlink" href="#top">¶</a></h1>
<p>Of differences. <a href="{up}notebooks/04_activation.html#next">Course</a>, <a href="{up}glossary.html">words</a>,
<a href="{up}errata.html#activation-softmax-dx">an erratum</a>, <a href="{up}index.html">start</a></p>
<section id="how"><h2>How it judges</h2><p>By tolerance.</p><pre>code</pre>
<dl><dt class="sig sig-object py" id="autograd_zoo.check_gradients">check_gradients</dt><dd>It compares.</dd></dl>
</section>
</section></article></body></html>
"""


@pytest.fixture(scope="session")
def guides(tmp_path_factory):
    """What Sphinx might have written, with pages that the atlas has too."""
    folder = tmp_path_factory.mktemp("guides")
    for path, title in {
        "index.html": "Guides", "check.html": "Is it right?", "api/index.html": "Reference", "api/check.html": "Checks",
        "search.html": "Search", "quickstart.html": "Quick start", "labs.html": "Labs",
        "teaching.html": "Teaching", "notebooks/04_activation.html": "A course",
        "errata.html": "Errata", "glossary.html": "Glossary",
    }.items():  # fmt: skip
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(GUIDE.format(title=title, up="../" * path.count("/")), encoding="utf-8")
    (folder / "_static").mkdir()
    font = '@font-face { font-family: "STIX Two Math"; src: url("STIX.ttf") }\nmath { color: red }'
    (folder / "_static" / "site.css").write_text(font)
    (folder / "_static" / "STIX.ttf").write_bytes(b"font")
    (folder / "searchindex.js").write_text("")
    return folder


@pytest.fixture(scope="session")
def libraries():
    """What an atlas is written with."""
    from autograd_zoo.atlas import site

    for library in site.NEEDED:
        pytest.importorskip(library, reason=f"{library} is not installed, which the extra `atlas` brings")


@pytest.fixture(scope="session")
def written(tmp_path_factory, notebooks, guides, libraries):
    from autograd_zoo import atlas

    folder = tmp_path_factory.mktemp("site") / "atlas"
    assert atlas.write(folder, *NAMES, notebooks=notebooks, guides=guides, repository="") == []
    return folder
