"""What `docs/performance.md` says in numbers, from the JSON of a full run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import report
from .memory import line as of_memory
from .scaling import lines as of_scaling

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks"
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- the comparison, by docs/generated.py -->\n", "<!-- end -->"
COLUMNS = ("composed", "fused", "floor", "floor, fresh", "MyGrad", "HIPS autograd")
NOTHING = "No full run has been committed yet: `python benchmarks/peers.py --publish` makes one.\n"


def results(fast: bool) -> Path:
    """Where a run is committed."""
    return RESULTS / f"results{'-fast' if fast else ''}.json"


def plot(fast: bool) -> Path:
    """Its picture."""
    return ROOT / "docs" / "_static" / f"performance{'-fast' if fast else ''}.svg"


def table(run: dict[str, Any]) -> Iterator[str]:
    """The rows in Markdown; a row that misses its target says so."""
    yield "| workload | PyTorch | " + " | ".join(COLUMNS) + " | target of fused |"
    yield "| --- " * (len(COLUMNS) + 3) + "|"
    for r in run["rows"]:
        cells = [f"{r['ratios'][who]:.2f}" if who in r["ratios"] else "–" for who in COLUMNS]
        verdict = report.verdict(r, run["fast"]).replace("MISSED", "**missed**")
        yield f"| {r['title']} | {r['times']['PyTorch']:.3g} {r['unit']} | {' | '.join(cells)} | {verdict} |"


def numbers(run: dict[str, Any]) -> str:
    """The generated part of the page."""
    machine, rows, fast = run["machine"], run["rows"], run["fast"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    load = max((r["load"] for r in rows), default=0.0)
    lines = [
        f"## {'With compiled kernels' if fast else 'With NumPy alone'}",
        "",
        f"Measured on {machine['date']} on {machine['cores']} cores of {machine['processor']}, {machine['threads']} "
        f"threads; {machine['BLAS of NumPy']}; the allocator {machine['allocator']}; Python {machine['Python']}, "
        f"{versions}. "
        f"Other programs used at most {load:.2f} cores while a row was timed.",
        "",
        *([f"![ratios to PyTorch eager](_static/{plot(fast).name})", ""] if run.get("plot") else []),
        *table(run),
        "",
        f"- {report.rounds(rows)}",
        *(f"- {line}" for line in report.summary(rows)),
        *(f"- {line}" for found in run.get("memory", ()) for line in [of_memory(found)]),
        *(f"- {line.strip()}" for found in run.get("scaling", ()) for line in of_scaling(found)),
        "",
        *(f"{'- ' if line.startswith(' ') else ''}{line.strip()}" for line in report.judged(rows, fast)),
    ]
    return "\n".join(lines) + "\n"


def filled(text: str) -> str:
    """The page with the numbers of the committed runs, or the word that there is none."""
    committed = [path for path in map(results, (False, True)) if path.exists()]
    content = "\n".join(numbers(json.loads(path.read_text(encoding="utf-8"))) for path in committed) or NOTHING
    return re.sub(f"(?<={re.escape(BEGIN)}).*?(?={re.escape(END)})", lambda _: content, text, count=1, flags=re.DOTALL)


def write() -> None:
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
