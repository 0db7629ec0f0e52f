"""Write the table of NumPy's functions of a Tensor: `PYTHONPATH=tests python docs/numpy_table.py`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from autograd_zoo.engine import errors
from autograd_zoo.engine.functions import CONSTANT, HANDLERS
from autograd_zoo.primitives import instead
from autograd_zoo.primitives.special import UFUNCS

PAGE = Path(__file__).parent / "numpy.md"
HEAD = """# NumPy's functions of a Tensor

What becomes of each public function of NumPy that is given a Tensor. Of the {total}, **{recorded}** are recorded,
{plain} give plain values, for nothing could flow through them, and {refused} are refused, with what to write instead.
Orders of derivatives were compared with differences; values are NumPy's. Written by `docs/numpy_table.py` with NumPy
{version}, and held true by a test.

{columns}"""
SPECIAL = """
## Functions of `scipy.special`

With the extra `special` (SciPy) these take a Tensor too; values are SciPy's.

{columns}"""
COLUMNS = "| function | a Tensor is | orders | oracles |\n| --- | --- | --- | --- |\n"


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
    return "recorded", recorded(short, mine, "NumPy")


def recorded(name: str, cases: list[Any], library: str) -> str:
    """The line of a function that is recorded, which these cases are of."""
    orders = f"1 to {max(c.orders for c in cases)}" if cases else ""
    oracles = [library, *(["differences"] if cases else []), *(["PyTorch"] if any(c.torch for c in cases) else [])]
    return f"| `{name}` | recorded | {orders} | {', '.join(oracles)} |\n"


def special(cases: list[Any]) -> str:
    """What becomes of SciPy's special functions of a Tensor."""
    lines = {name: recorded(name, [c for c in cases if c.name == name], "SciPy") for name in UFUNCS}
    lines |= {name: f"| `{name}` | refused; write `{way}` | | |\n" for name, way in errors.SCIPY.items()}
    return SPECIAL.format(columns=COLUMNS) + "".join(line for _, line in sorted(lines.items()))


def page(functions: dict[str, Any], cases: Iterable[Any]) -> str:
    """The page."""
    cases = list(cases)
    rows = [row(name, function, cases) for name, function in sorted(functions.items())]
    counts = {kind: sum(k == kind for k, _ in rows) for kind in ("recorded", "plain", "refused")}
    return (
        HEAD.format(total=len(rows), version=np.__version__, columns=COLUMNS, **counts)
        + "".join(line for _, line in rows)
        + special(cases)
    )


if __name__ == "__main__":
    from primitives.test_numpy_table import DISPATCHED, every_case

    PAGE.write_text(page(DISPATCHED, every_case()), encoding="utf-8")
