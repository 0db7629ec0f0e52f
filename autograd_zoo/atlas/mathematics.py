"""Formulas as MathML, which browsers set by themselves, and screen readers read; the LaTeX goes with each."""

from __future__ import annotations

import re
from html import escape, unescape

from ..zoo.latex import known, lines

_FUNCTION = re.compile(r"(<m[io]>[a-zA-Z]{2,}</m[io]>)(?=<m(?:i|n|frac|sub|sup|sqrt|over)>)")  # log x, but log(x)
_COMMAND = re.compile(r"\\[A-Za-z]+")


def mathml(latex: str, display: bool = True) -> str:
    """A formula as MathML, its lines below each other; as code where a command is not known."""
    parts = [_line(line, display) for line in lines(latex)]
    if not display:
        return " ".join(parts)
    return "".join(f'<div class="line">{part}</div>' for part in parts) if len(parts) > 1 else parts[0]


def _line(latex: str, display: bool) -> str:
    """One line; the converter lets commands that it does not know stand as text, or fails."""
    from latex2mathml.converter import convert

    try:
        found = convert(known(latex), display="block" if display else "inline")
    except Exception:  # the converter's errors have no base in common
        return _code(latex)
    if _COMMAND.search(unescape(found)):
        return _code(latex)
    spaced = _FUNCTION.sub(r'\1<mspace width="0.167em" />', str(found))
    return spaced.replace("<math ", f'<math alttext="{escape(latex)}" ', 1)


def _code(latex: str) -> str:
    return f'<code class="tex">{escape(latex)}</code>'
