"""How Sphinx builds the site: `python -m sphinx -W --keep-going -b html docs docs/_build/html`, without any network."""

import re
import sys
from pathlib import Path
from typing import Any

import ziamath
from docutils.nodes import SkipNode
from latex2mathml.converter import convert

HERE = Path(__file__).parent
FONT = "STIXTwoMath-Regular.ttf"
sys.path[:0] = [str(HERE), str(HERE.parent)]

import reference  # noqa: E402  # needs the path above
from docstrings import errata_ids, restructured  # noqa: E402

import autograd_zoo  # noqa: E402
from autograd_zoo.notebook import displayed  # noqa: E402

project = "autograd_zoo"
author = copyright = "the autograd_zoo developers"
version = release = autograd_zoo.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon", "live"]
exclude_patterns = ["_build"]
default_role = "py:obj"
add_module_names = False
maximum_signature_line_length = 240

autodoc_typehints = "none"  # docstrings say more: shapes
autodoc_member_order = "bysource"
autosummary_generate = False
napoleon_custom_sections = [("Attributes", "params_style")]
napoleon_use_rtype = False
nb_execution_mode = "off"
myst_enable_extensions = ["attrs_inline", "dollarmath"]
myst_fence_as_directive = ["math"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = "autograd_zoo"
html_static_path = ["_static", str(Path(ziamath.__file__).parent / "fonts" / FONT)]
pygments_dark_style = "a11y-dark"
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_math_renderer = "mathml"

ERRATA = frozenset(errata_ids((HERE / "errata.md").read_text(encoding="utf-8")))

PICTURE = re.compile(r'<picture><source media="[^"]*" srcset="([^"]*)"><img src="([^"]*)" alt="([^"]*)"></picture>')


def mathml(latex: str, display: str) -> str:
    """A formula as MathML, which browsers draw by themselves: no script, no fonts, no network."""
    latex = displayed(latex.strip()).removeprefix("$$").removesuffix("$$")
    return convert(latex.replace("{gathered}", "{matrix}"), display=display)


def visit_math(writer: Any, node: Any) -> None:
    """Write a formula within a line."""
    writer.body.append(mathml(node.astext(), "inline"))
    raise SkipNode


def visit_math_block(writer: Any, node: Any) -> None:
    """Write a formula on a line of its own."""
    writer.body.append(f'<div class="math">{mathml(node.astext(), "block")}</div>')
    raise SkipNode


def mend_docstring(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Let autodoc read the docstring as reStructuredText."""
    lines[:] = restructured("\n".join(lines), ERRATA).splitlines()


def skip(app: Any, what: str, name: str, obj: Any, skip: bool, options: Any) -> bool | None:
    """Leave out what says nothing of a class: how it prints itself, and fields by their number."""
    return name == "extra_repr" or (getattr(obj, "__doc__", None) or "").startswith("Alias for field") or None


def mend_page(app: Any, docname: str, source: list[str]) -> None:
    """Give each erratum a label, for docstrings to refer to; and each picture of the gallery to the theme it is for."""
    if docname == "errata":
        source[0] = re.sub(r"^### (\S+)$", r"(\1)=\n\g<0>", source[0], flags=re.MULTILINE)
    if docname == "gallery/README":
        source[0] = PICTURE.sub(r"![\3](\1){.only-dark}\n![\3](\2){.only-light}", source[0])


def setup(app: Any) -> None:
    """Write the pages that are made of the package, and hook up what is above."""
    reference.write(HERE)
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    app.connect("autodoc-process-docstring", mend_docstring, priority=400)  # before napoleon
    app.connect("autodoc-skip-member", skip)
    app.connect("source-read", mend_page)
