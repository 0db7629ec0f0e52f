r"""Where two formulas differ: their LaTeX read into a tree, and the differing parts marked.

>>> from autograd_zoo.zoo.marks import marked
>>> for side in marked(r"g\odot\vec{b}", r"g\odot\vec{b}^T"):
...     print(side)
g\odot\vec{b}
g\odot\vec{b}^{\textcolor{#d55e00}{\underline{T}}}
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from .latex import known

MARK = r"\textcolor{#d55e00}{\underline{%s}}"  # a colour, and for those who do not see it a line
_TOKEN = re.compile(r"\\(?:Big|left|right)\s*(?:\\[{}|]|.)|\\operatorname\*|\\[A-Za-z]+\*?|\\.|[0-9]+|[A-Za-z]'*|\S")
_OPAQUE = (r"\text", r"\hspace", r"\mathrm", r"\operatorname*")
_ARGUMENTS = {r"\frac": 2, r"\sqrt": 1, r"\vec": 1, r"\mathop": 1} | dict.fromkeys(_OPAQUE, 1)
_GLUE = re.compile(r"\\\\|&|\\[;,!]|\\q?quad|\\hspace|\\left.|\\right.")


@dataclass(frozen=True)
class Node:
    """A piece of a formula: a sign, a command with its arguments, a group, a script, or an environment."""

    head: str
    kids: tuple[tuple[Node, ...], ...] = ()

    def __str__(self) -> str:
        return self.written(tuple(map(written, self.kids)))

    def written(self, kids: tuple[str, ...]) -> str:
        """The LaTeX of this piece, with that of what is inside of it."""
        if self.head.startswith(r"\begin"):
            return f"{self.head}{kids[0]}{self.head.replace('begin', 'end')}"
        return self.head + "".join(f"{{{kid}}}" for kid in kids)


def marked(printed: str, corrected: str) -> tuple[str, str]:
    """Both formulas, the parts of each marked that are not in the other; what is missing in one has no mark there."""
    a, b = (nodes(known(latex)) for latex in (printed, corrected))
    return _beside(a, b), _beside(b, a)


def nodes(latex: str) -> tuple[Node, ...]:
    """The pieces of a formula."""
    tokens = [m[0] for m in _TOKEN.finditer(_hold(latex))]
    found, rest = _row(tokens, 0, None)
    assert rest == len(tokens), latex
    return found


def written(row: tuple[Node, ...]) -> str:
    """The LaTeX of a row of pieces."""
    return _joined([str(node) for node in row])


_SPACE = "\0"  # in words, which the tokens shall keep


def _hold(latex: str) -> str:
    return re.sub(r"\\text\{[^{}]*\}", lambda m: m[0].replace(" ", _SPACE), latex)


def _row(tokens: list[str], k: int, end: str | None) -> tuple[tuple[Node, ...], int]:
    """The pieces from token k up to the one that ends the row."""
    found: list[Node] = []
    while k < len(tokens) and tokens[k] != end:
        if tokens[k] == r"\limits" and found:
            if not found[-1].kids:  # an operator's name has its limits below anyway
                found[-1] = Node(found[-1].head + r"\limits")
            k += 1
        else:
            node, k = _node(tokens, k)
            found.append(node)
    return tuple(found), k


def _node(tokens: list[str], k: int) -> tuple[Node, int]:
    head = tokens[k]
    if head == "{":
        inside, k = _row(tokens, k + 1, "}")
        return Node("", (inside,)), k + 1
    if head == r"\begin":
        close = tokens.index("}", k)
        name = "".join(tokens[k + 2 : close])
        inside, k = _row(tokens, close + 1, r"\end")
        return Node(rf"\begin{{{name}}}", (inside,)), tokens.index("}", k) + 1
    kids = []
    k += 1
    for _ in range(1 if head in ("_", "^") else _ARGUMENTS.get(head, 0)):
        kid, k = _node(tokens, k)
        kids.append(kid.kids[0] if not kid.head else (kid,))
    return Node(head, tuple(kids)), k


def _beside(row: tuple[Node, ...], other: tuple[Node, ...]) -> str:
    """A row, with what is not in the other one marked."""
    parts: list[str] = []
    matcher = SequenceMatcher(None, list(map(_key, row)), list(map(_key, other)), autojunk=False)
    for tag, i, i_end, j, j_end in matcher.get_opcodes():
        here, there = row[i:i_end], other[j:j_end]
        if tag == "equal" or (len(here) == len(there) and all(map(_alike, here, there))):
            parts += [x.written(tuple(map(_beside, x.kids, y.kids))) for x, y in zip(here, there, strict=True)]
        else:
            parts += _runs(here)
    return _joined(parts)


def _key(node: Node) -> str:
    """What makes two pieces the same at first sight: of an environment that it is one."""
    return node.head if node.head.startswith(r"\begin") else str(node)


def _alike(a: Node, b: Node) -> bool:
    """Whether two pieces differ inside of themselves alone."""
    return a.head == b.head and len(a.kids) == len(b.kids) > 0 and a.head not in _OPAQUE


def _runs(row: tuple[Node, ...]) -> Iterator[str]:
    """A row marked: as few marks as possible, none over space, and a script's inside of it."""
    run: list[str] = []
    for node in row:
        glue = bool(_GLUE.match(node.head))
        script = node.head in ("_", "^") and not run
        if not (glue or script or node.head.startswith(r"\begin")):
            run.append(str(node))
            continue
        if run:
            yield MARK % _joined(run)
            run = []
        yield str(node) if glue else node.written(tuple(_joined(list(_runs(kid))) for kid in node.kids))
    if run:
        yield MARK % _joined(run)


def _joined(parts: list[str]) -> str:
    """Pieces one after the other, with a space where a command would swallow what follows."""
    text = ""
    for part in parts:
        text += " " if re.search(r"\\[A-Za-z]+$", text) and re.match("[A-Za-z]", part) else ""
        text += part
    return text.replace(_SPACE, " ")
