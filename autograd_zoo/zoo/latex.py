"""The document's LaTeX, made fit for those who set it in pages: MathJax and KaTeX, and a converter to MathML."""

from __future__ import annotations

import re
from itertools import accumulate

_ENVIRONMENT = re.compile(r"(\\begin\{(\w+)\}.*?\\end\{\2\})", re.DOTALL)
_ARGMAX = re.compile(r"\\argmax(?![A-Za-z])|\\mathop\{\\mathrm\{argmax\}\}")
_BREAK = re.compile(r"(?<![_^(\\])(?=[=+]|\\(?:frac|sum|vec|odot|cdot|text|begin|gamma|beta)(?![A-Za-z])|diag)")
_ROW = re.compile(r"\\\\\s*(?:\[[^\]]*\])?")


def known(latex: str) -> str:
    r"""The formula without `\argmax`, which is a command of the document's own.

    Examples
    --------
    >>> from autograd_zoo.zoo.latex import known
    >>> print(known(r"i=\argmax_j x_j"))
    i=\operatorname*{argmax}_j x_j
    """
    return _ARGMAX.sub(lambda _: r"\operatorname*{argmax}", latex)


def portable(latex: str) -> str:
    r"""The formula in what GitHub sets too, which refuses `\operatorname`, and knows no lines outside an environment.

    Examples
    --------
    >>> from autograd_zoo.zoo.latex import portable
    >>> print(portable(r"i=\argmax_j x_j\\k=i"))
    \begin{gathered}i=\mathop{\mathrm{argmax}}_j x_j\\k=i\end{gathered}
    """
    text = _ARGMAX.sub(lambda _: r"\mathop{\mathrm{argmax}}", latex.strip())
    return rf"\begin{{gathered}}{text}\end{{gathered}}" if len(lines(latex)) > 1 else text


def readable(latex: str, width: int) -> list[str]:
    r"""The formula in lines of at most `width`, which end with a row, or before a sign or factor outside of braces.

    Examples
    --------
    >>> from autograd_zoo.zoo.latex import readable
    >>> readable(r"y=\sum\limits_i a_{i+1}\cdot{b_i}+c\\z=y", 24)
    ['y=\\sum\\limits_i a_{i+1}', '\\cdot{b_i}+c\\\\', 'z=y']
    """
    found: list[str] = []
    for row in re.split(r"(?<=\\\\)(?!\\\\)", latex):
        depths = list(accumulate(((c == "{") - (c == "}") for c in row[:-1]), initial=0))
        places = {m.start() for m in _BREAK.finditer(row) if m.start()}
        outer = {k for k in places if depths[k] == min(depths[1:])}
        while len(row) > width:
            fit = next((max(inside) for of in (outer, places) if (inside := {k for k in of if 0 < k <= width})), width)
            found.append(row[:fit])
            row, outer, places = row[fit:], {k - fit for k in outer}, {k - fit for k in places}
        found.append(row)
    return [line.strip() for line in found if line.strip()]


def lines(latex: str) -> list[str]:
    r"""The lines of a formula, which `\\` parts where it stands outside of an environment.

    Examples
    --------
    >>> from autograd_zoo.zoo.latex import lines
    >>> lines(r"y=\begin{cases}1\\0\end{cases}\\z=y")
    ['y=\\begin{cases}1\\\\0\\end{cases}', 'z=y']
    """
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f"\x00{len(kept) - 1}\x00"

    parted = _ROW.split(_ENVIRONMENT.sub(keep, latex.strip()))
    found = (re.sub(r"\x00(\d+)\x00", lambda m: kept[int(m[1])], line).strip() for line in parted)
    return [line for line in found if line] or [""]
