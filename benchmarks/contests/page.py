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
RESULTS = ROOT / "benchmarks" / "results.json"
PLOT = ROOT / "docs" / "_static" / "performance.svg"
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- the comparison, by docs/generated.py -->\n", "<!-- end -->"
COLUMNS = ("composed", "fused", "floor", "floor, fresh", "MyGrad", "HIPS autograd")
NOTHING = "No full run has been committed yet: `python benchmarks/peers.py --publish` makes one.\n"


def table(results: dict[str, Any]) -> Iterator[str]:
    """The rows in Markdown; a row that misses its target says so."""
    yield "| workload | PyTorch | " + " | ".join(COLUMNS) + " | target of fused |"
    yield "| --- " * (len(COLUMNS) + 3) + "|"
    for r in results["rows"]:
        cells = [f"{r['ratios'][who]:.2f}" if who in r["ratios"] else "–" for who in COLUMNS]
        verdict = report.verdict(r, results["fast"]).replace("MISSED", "**missed**")
        yield f"| {r['title']} | {r['times']['PyTorch']:.3g} {r['unit']} | {' | '.join(cells)} | {verdict} |"


def numbers(results: dict[str, Any]) -> str:
    """The generated part of the page."""
    machine, rows, fast = results["machine"], results["rows"], results["fast"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    load = max((r["load"] for r in rows), default=0.0)
    lines = [
        f"Measured on {machine['date']} on {machine['cores']} cores of {machine['processor']}, {machine['threads']} "
        f"threads; {machine['BLAS of NumPy']}; the allocator {machine['allocator']}; Python {machine['Python']}, "
        f"{versions}. "
        f"Other programs used at most {load:.2f} cores while a row was timed. "
        f"Targets are those {'with the compiled kernels' if fast else 'of NumPy alone'}.",
        "",
        *([f"![ratios to PyTorch eager](_static/{PLOT.name})", ""] if results.get("plot") else []),
        *table(results),
        "",
        *(f"- {line}" for line in report.summary(rows, fast)),
        *(f"- {line}" for found in results.get("memory", ()) for line in [of_memory(found)]),
        *(f"- {line.strip()}" for found in results.get("scaling", ()) for line in of_scaling(found)),
        "",
        *(f"{'- ' if line.startswith(' ') else ''}{line.strip()}" for line in report.judged(rows, fast)),
    ]
    return "\n".join(lines) + "\n"


def filled(text: str) -> str:
    """The page with the numbers of the committed run, or the word that there is none."""
    content = numbers(json.loads(RESULTS.read_text(encoding="utf-8"))) if RESULTS.exists() else NOTHING
    return re.sub(f"(?<={re.escape(BEGIN)}).*?(?={re.escape(END)})", lambda _: content, text, count=1, flags=re.DOTALL)


def write() -> None:
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
