"""How long the chapters take to read: `python notebooks/minutes.py` prints what is said in each, and what was counted.

A minute is 200 words of text, or four displayed formulas, or six lines of code. The sum is rounded up to five minutes,
and does not count the exercises. (A formula within a line is a word.)
"""

from __future__ import annotations

import math
import re
from pathlib import Path

import jupytext

HERE = Path(__file__).parent
SAID = re.compile(r"(\d+)\s+minutes")
DISPLAYED = re.compile(r"\$\$.*?\$\$", re.DOTALL)
INLINE = re.compile(r"\$[^$]+\$")
WORD = re.compile(r"[^\W_][\w’'-]*")


def counted(script: Path) -> dict[str, int]:
    """The words, formulas and lines of code of a chapter, up to its exercises."""
    text, code = "", 0
    for cell in jupytext.read(script).cells:
        if cell.cell_type == "markdown":
            before, exercises, _ = cell.source.partition("## Exercises")
            text += f"{before}\n\n"
            if exercises:
                break
        else:
            code += sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in cell.source.splitlines())
    displayed, text = len(DISPLAYED.findall(text)), DISPLAYED.sub(" ", text)
    text = INLINE.sub(" formula ", re.sub(r"\]\([^)]*\)", "]", text))
    return {"words": len(WORD.findall(text)), "displayed": displayed, "code": code}


def minutes(script: Path) -> int:
    """The minutes that a chapter takes."""
    n = counted(script)
    return 5 * math.ceil((n["words"] / 200 + n["displayed"] / 4 + n["code"] / 6) / 5)


def said(script: Path) -> int | None:
    """The minutes that its first cell says that it takes."""
    found = SAID.search(jupytext.read(script).cells[0].source)
    return int(found[1]) if found else None


if __name__ == "__main__":
    for path in sorted(HERE.glob("[0-9][0-9]_*.py")):
        print(f"{path.stem:<22} says {said(path)}, takes {minutes(path)}  {counted(path)}")
