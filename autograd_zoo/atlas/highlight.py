"""Python code with its words in classes, which the style sheet colours for light and dark pages."""

from __future__ import annotations


def python(code: str) -> str:
    """Code as HTML, to stand in a `pre`."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return str(highlight(code, PythonLexer(), HtmlFormatter(nowrap=True))).rstrip("\n")
