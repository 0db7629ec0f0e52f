"""A drawing's page as a page of the site: with a heading, which leads to what the drawing is of."""

from __future__ import annotations

import base64
import hashlib
from html import escape

STYLE = """
body > header.gv-page { min-height: 0; padding-bottom: 0 }
body > header.gv-page > h1 { margin: 0; font-size: 1.15rem }
body > header.gv-page a { color: inherit }
body > header.gv-page + .gv-page { min-height: calc(100vh - 2.5rem) }
"""


def titled(page: str, title: str, address: str) -> str:
    """The page with its title above the drawing, which is its main part; its policy knows the style of that."""
    known = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    page = page.replace("style-src ", f"style-src 'sha256-{known}' ", 1)
    page = page.replace("</head>", f"<style>{STYLE}</style>\n</head>", 1)
    head = f'<header class="gv-page">\n<h1><a href="{address}">{escape(title)}</a>: the graph</h1>\n</header>\n'
    return page.replace('<div class="gv-page"', f'{head}<div class="gv-page" role="main"', 1)
