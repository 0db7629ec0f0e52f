"""The document's LaTeX, made fit for those who set it in pages: MathJax and KaTeX, and a converter to MathML."""

from __future__ import annotations

import re

_ENVIRONMENT = re.compile(r"(\\begin\{(\w+)\}.*?\\end\{\2\})", re.DOTALL)
_ROW = re.compile(r"\\\\\s*(?:\[[^\]]*\])?")


def known(latex: str) -> str:
    r"""The formula without `\argmax`, which is a command of the document's own.

    Examples
    --------
    >>> from autograd_zoo.zoo.latex import known
    >>> print(known(r"i=\argmax_j x_j"))
    i=\operatorname*{argmax}_j x_j
    """
    return latex.replace(r"\argmax", r"\operatorname*{argmax}")


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
