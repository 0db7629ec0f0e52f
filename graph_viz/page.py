"""A page of its own for one picture."""

from __future__ import annotations

from html import escape

from .style import Theme

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="{scheme}">
<title>{title}</title>
<style>
html {{ background: light-dark(#ffffff, #15181d) }}
body {{ margin: 2rem auto; max-width: 90rem; padding: 0 1rem; font: 1rem Arial, Helvetica, sans-serif }}
pre {{ overflow-x: auto }}
</style>
</head>
<body>
{picture}<details>
<summary>The graph in words</summary>
<pre>{description}</pre>
</details>
</body>
</html>
"""


def write(picture: str, title: str, description: str, theme: Theme) -> str:
    """The page for an SVG `picture`, with its description as text."""
    scheme = "light dark" if theme == "auto" else theme
    return PAGE.format(scheme=scheme, title=escape(title), picture=picture, description=escape(description))
