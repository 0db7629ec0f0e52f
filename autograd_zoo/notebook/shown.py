"""Formulas as mathematics, source code, the look of plots."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from textwrap import dedent, wrap
from typing import Any

from ..zoo import errata, find
from ..zoo.dictionary import meaning
from ..zoo.document import kind
from ..zoo.entries import entry, stated
from ..zoo.judge import Judgement
from ..zoo.latex import known, lines
from ..zoo.marks import marked
from ..zoo.numbers import told
from ..zoo.verdicts import judged

# Okabe and Ito's colours, which everybody can tell apart; black comes last, for what is drawn above others.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#000000")


class Markdown:
    """A text that a notebook shows as Markdown, with its mathematics; elsewhere it prints as it is."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return self.text


def formulas(*names: str, source: str = "document", claims: bool = True) -> Markdown:
    """The formulas of specimens or families as mathematics, with their verdicts; what does not hold beside what does.

    The parts in which a printed formula and a corrected one differ are marked.
    Names are such as "softmax" or "conv", and `source` says whose formulas: those of the "document", or "ours". What
    the document claims in words is left out with `claims=False`; a formula that was judged twice stands here once.
    Raises: KeyError for an unknown name, with the nearest known one.

    >>> from autograd_zoo.notebook import formulas
    >>> print(str(formulas("tanh")).splitlines()[0])
    **activation.tanh.y** (Parameter-free modules, table row Tanh, forward-pass; line 50): exact
    """
    rows = dict.fromkeys(row for s in find(names) for row in s.rows if row.source == source)
    shown = [row for row in rows if kind(row) != "further" and (claims or row.quantity != "claim")]
    return Markdown("\n\n".join(_beside(judged(row)) for row in shown))


def explained(id: str, *, sample: bool = False) -> Markdown:
    """One formula of the document: as printed and as it should read, what was tried, and with `sample` some numbers.

    Raises: KeyError for an unknown id, with the nearest known one.

    >>> from autograd_zoo.notebook import explained
    >>> print(str(explained("loss.squared_error.dx")).splitlines()[0])
    **loss.squared_error.dx** (Parameter-free modules, table row Squared Error, backward-pass; line 52): exact
    """
    j = judged(errata.find(id))
    e = entry(j)
    parts = [_beside(j)]
    tried = [f"| {t.kind}: {t.says} | {stated(t.error)} |" for t in e.tried]
    parts += ["\n".join(["| what was tried | error |", "| --- | --- |", *tried])] if tried else []
    letters = "".join(dict.fromkeys("".join(t.letters for t in e.tried if t.edits)))
    parts += [f"({letters}: {meaning(letters)}.)"] if letters else []
    parts += [e.note] if e.note else []
    lines = "\n".join(line for text in told(j) for line in wrap(text, 120, subsequent_indent="    ")) if sample else ""
    return Markdown("\n\n".join([*parts, *([f"```text\n{lines}\n```"] if sample else [])]))


LONG = 48  # signs of a formula that leave no room for another beside it


def _beside(j: Judgement) -> str:
    """A formula with its verdict, and beside it the corrected one."""
    e = entry(j)
    right = f": {j.assumed}" if j.reading or j.within else ""
    head = f"**{e.id}** ({e.place}{f'; {e.at}' if e.lines else ''}): {e.verdict}{right}"
    if e.verdict == "exact" or not e.corrected:
        return f"{head}\n\n{displayed(e.latex)}"
    sides = [f"${_inline(latex)}$" for latex in marked(e.latex, e.corrected)]
    errors = [f"error: {stated(error)}" for error in (e.error_printed, e.error_corrected)]
    names = ("as printed", "as it should read")
    if max(len(re.sub(r"\\[A-Za-z]+|[{}]", "", latex)) for latex in (e.latex, e.corrected)) < LONG:
        rows = [names, ("---", "---"), sides, errors]
    else:
        rows = [("", "formula", ""), ("---", "---", "---"), *zip(names, sides, errors, strict=True)]
    return f"{head}\n\n" + "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def _inline(latex: str) -> str:
    """A formula as large as on a line of its own, in a cell of a table: which a bar would end."""
    text = displayed(latex).removeprefix("$$").removesuffix("$$")
    return rf"\displaystyle {text}".replace("|", r"\mid ")


def displayed(latex: str) -> str:
    r"""A formula made fit for MathJax and KaTeX, which do not know `\argmax`, nor lines outside an environment.

    Examples
    --------
    >>> from autograd_zoo.notebook import displayed
    >>> print(displayed(r"i=\argmax_j x_j\\k=i"))
    $$\begin{gathered}i=\operatorname*{argmax}_j x_j\\k=i\end{gathered}$$
    """
    several = len(lines(latex)) > 1
    return rf"$$\begin{{gathered}}{known(latex)}\end{{gathered}}$$" if several else f"$${known(latex)}$$"


def source(f: Callable[..., Any]) -> Markdown:
    """The source code of a function or class.

    Examples
    --------
    >>> from autograd_zoo import closed_form
    >>> from autograd_zoo.notebook import source
    >>> source(closed_form.activation.softmax_dx)
    ```python
    @gradient_of(softmax, ...)
    def softmax_dx(g: Array, y: Array, x: Array, *, axis: int = -1) -> Array:
    ...
    """
    return Markdown(f"```python\n{dedent(inspect.getsource(f)).rstrip()}\n```")


def plots() -> None:
    """Set matplotlib's look: colours that everybody can tell apart on white paper, which is legible on a dark page too.

    Raises
    ------
    ImportError
        if matplotlib is not installed, which the extra `notebooks` brings
    """
    from cycler import cycler
    from matplotlib import pyplot as plt

    plt.rcParams.update(
        {
            "axes.prop_cycle": cycler(color=COLOURS),
            "axes.grid": True,
            "axes.spines.right": False,
            "axes.spines.top": False,
            "figure.constrained_layout.use": True,
            "figure.dpi": 96,
            "figure.facecolor": "white",
            "figure.figsize": (6.4, 3.2),
            "grid.alpha": 0.3,
            "image.cmap": "cividis",
            "svg.hashsalt": "autograd_zoo",
        }
    )
