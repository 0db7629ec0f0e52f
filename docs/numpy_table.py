"""Write the table of NumPy's functions of a Tensor: `PYTHONPATH=tests python docs/numpy_table.py`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from autograd_zoo.engine.functions import CONSTANT, HANDLERS
from autograd_zoo.primitives import instead

PAGE = Path(__file__).parent / "numpy.md"
HEAD = """# NumPy's functions of a Tensor

What becomes of each public function of NumPy that is given a Tensor. Of the {total}, **{recorded}** are recorded,
{plain} give plain values, for nothing could flow through them, and {refused} are refused, with what to write instead.
Orders of derivatives were compared with differences; values are NumPy's. Written by `docs/numpy_table.py` with NumPy
{version}, and held true by a test.

| function | a Tensor is | orders | oracles |
| --- | --- | --- | --- |
"""


def cell(text: str) -> str:
    """A text as a cell of the table."""
    return text.replace("|", "\\|")


def row(name: str, function: Any, cases: list[Any]) -> tuple[str, str]:
    """What becomes of a function, in a word, and its line."""
    short = name.removeprefix("numpy.")
    called = {short.rpartition(".")[2], function.__name__}
    mine = [c for c in cases if called.intersection(re.findall(r"[\w.]+", c.name)[:1])]
    if not instead.recorded(function):
        way = instead.function(function).partition(" write ")[2]
        return "refused", f"| `{short}` | refused; write `{cell(way)}` | | |\n"
    if HANDLERS.get(function) is HANDLERS[np.put]:
        return "refused", f"| `{short}` | refused, for it writes; write `t.at[i].set(v)` | | |\n"
    if function in CONSTANT or function in (np.full_like, np.imag, np.shape, np.ndim):
        return "plain", f"| `{short}` | answered plainly | | |\n"
    orders = max((c.orders for c in mine), default=0)
    oracles = ["NumPy", "differences", *(["PyTorch"] if any(c.torch for c in mine) else [])] if mine else ["NumPy"]
    return "recorded", f"| `{short}` | recorded | {f'1 to {orders}' if orders else ''} | {', '.join(oracles)} |\n"


def page(functions: dict[str, Any], cases: Iterable[Any]) -> str:
    """The page."""
    cases = list(cases)
    rows = [row(name, function, cases) for name, function in sorted(functions.items())]
    counts = {kind: sum(k == kind for k, _ in rows) for kind in ("recorded", "plain", "refused")}
    return HEAD.format(total=len(rows), version=np.__version__, **counts) + "".join(line for _, line in rows)


if __name__ == "__main__":
    from primitives.test_numpy_table import DISPATCHED, every_case

    PAGE.write_text(page(DISPATCHED, every_case()), encoding="utf-8")
