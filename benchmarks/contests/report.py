"""What is printed of a run, and what it comes to: rows, geometric means, and the bars that are held or missed."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator, Mapping
from typing import Any

from . import targets
from .engines import NAMES, Workload
from .timing import Measured

Row = dict[str, Any]
WIDTH = 50
COLUMNS = NAMES[1:]
OURS = ("composed", "fused")


def row(name: str, w: Workload, m: Measured) -> Row:
    """What is kept of a workload: times are in its unit, ratios to PyTorch and to the floors."""
    factor, unit = w.unit
    ratios = {who: m.ratio(who, "PyTorch") for who in m.times}
    return {
        "name": name,
        "title": re.sub(r"\([^)]*\)", lambda shape: shape[0].replace(" ", ""), w.title),
        "unit": unit,
        "times": {who: statistics.median(t) * factor for who, t in m.times.items()},
        "fastest": {who: min(t) * factor for who, t in m.times.items()},
        "ratios": ratios,
        "spread": {who: _spread(m, who) for who in m.times},
        "tax": m.ratio("fused", "floor, fresh"),
        "tree": m.ratio("composed", "micrograd"),
        "rounds": max(map(len, m.times.values())),
        "load": statistics.mean(m.loads) if m.loads else 0.0,
        "worst load": max(m.loads, default=0.0),
        "notes": m.notes,
    }


def _spread(m: Measured, who: str) -> list[float]:
    """The smallest and the largest ratio of a round."""
    found = [a / b for a, b in zip(m.times[who], m.times["PyTorch"], strict=False)]
    return [min(found), max(found)]


def heading() -> str:
    names = "".join(f"{who:>15}" for who in COLUMNS)
    return f"{'ratios to PyTorch eager, lower is better':<{WIDTH}}{'PyTorch':>12}{names}   target of fused"


def line(r: Row, fast: bool) -> str:
    """A row as text, with its target, and whether that is missed."""
    cells = "".join(f"{_number(r['ratios'].get(who), r['notes'].get(who)):>15}" for who in COLUMNS)
    time = f"{r['times']['PyTorch']:.2f} {r['unit']}"
    load = f"   (other load {r['load']:.1f} cores)" if r["load"] > 0.1 else ""
    return f"{r['title'][:WIDTH]:<{WIDTH}}{time:>12}{cells}   {verdict(r, fast)}{load}"


def _number(ratio: float | None, note: str | None) -> str:
    if ratio is not None:
        return f"{ratio:.2f}" if ratio < 100 else f"{ratio:.0f}"
    return "–" if note is None else note.split(":")[0] if note.startswith(("wrong", "fails")) else "–"


def verdict(r: Row, fast: bool) -> str:
    """The target, and whether the row reaches it."""
    if r["name"] not in targets.ROWS:
        return ""
    target, reached = wanted(r["name"], fast), fused(r)
    if reached is None:
        return f"{target:g}, not measured"
    return f"{target:g}, {'reached' if reached <= target else 'MISSED'}"


def wanted(name: str, fast: bool) -> float:
    target = targets.ROWS[name]
    return target.fast if fast else target.alone


def fused(r: Row) -> float | None:
    found: float | None = r["ratios"].get("fused")
    return found


def mean(rows: list[Row], who: str) -> tuple[float | None, int]:
    """The geometric mean of a contender over the rows of the table that it has, and their number."""
    found = [r["ratios"][who] for r in rows if r["name"] in targets.ROWS and who in r["ratios"]]
    return (statistics.geometric_mean(found), len(found)) if found else (None, 0)


def summary(rows: list[Row]) -> Iterator[str]:
    """The geometric means, each beside ours over the same rows."""
    for who in COLUMNS:
        found, count = mean(rows, who)
        if found is None:
            continue
        same = [r for r in rows if who in r["ratios"]]
        beside = [f"{ours} {m:.2f}" for ours in OURS if who not in OURS and (m := mean(same, ours)[0])]
        over = "all 24 rows" if count == len(targets.ROWS) else f"{count} of {len(targets.ROWS)} rows"
        yield f"geometric mean over {over}: {who} {found:.2f}" + (f" ({', '.join(beside)})" if beside else "")


def rounds(rows: list[Row]) -> str:
    """How many rounds the medians are of, and which rows have fewer, since they are slow."""
    most = max((r["rounds"] for r in rows), default=0)
    fewer = ", ".join(f"{r['rounds']} {r['title']}" for r in rows if r["rounds"] < most)
    return f"medians of {most} rounds" + (f"; of fewer, as a round takes long: {fewer}" if fewer else "")


def bars(rows: list[Row], fast: bool) -> Iterator[tuple[str, float, float]]:
    """What a run is judged by: what is measured, its value, and what it is not to exceed."""
    named: Mapping[str, Row] = {r["name"]: r for r in rows}
    table = [r for r in rows if r["name"] in targets.ROWS and fused(r) is not None]
    if len(table) == len(targets.ROWS):
        pick = 1 if fast else 0
        yield "fused, geometric mean", mean(rows, "fused")[0] or 0.0, targets.MEAN[pick] or 0.0
        yield "composed, geometric mean", mean(rows, "composed")[0] or 0.0, targets.COMPOSED_MEAN
        slowest = max(table, key=lambda r: fused(r) or 0.0)
        yield f"fused, slowest row ({slowest['name']})", fused(slowest) or 0.0, targets.WORST[pick] or 0.0
    for r in table:
        yield f"{r['name']}, fused", fused(r) or 0.0, wanted(r["name"], fast)
    for r in table:
        by_hand = targets.ROWS[r["name"]].by_hand
        if by_hand and "floor" in r["ratios"]:
            yield f"{r['name']}, the floor, as the best by hand", r["ratios"]["floor"], targets.BY_HAND * by_hand
    for name, bar in targets.COMPOSED.items():
        if name in named and "composed" in named[name]["ratios"]:
            yield f"{name}, composed", named[name]["ratios"]["composed"], bar
    for r in rows:
        for peer in ("MyGrad", "HIPS autograd"):
            if peer in r["ratios"] and "composed" in r["ratios"]:
                yield f"{r['name']}, composed, as a part of {peer}", r["ratios"]["composed"] / r["ratios"][peer], 1.0
        yield from _tax(r, fast)
        if r["tree"] is not None:
            yield f"{r['name']}, as a part of micrograd", r["tree"], targets.TREE


def _tax(r: Row, fast: bool) -> Iterator[tuple[str, float, float]]:
    """Of a row that takes a millisecond, fused against the floor; the row's target holds where it is looser."""
    floor = r["ratios"].get("floor, fresh")
    if fast or r["tax"] is None or r["unit"] != "ms" or r["times"]["floor, fresh"] < 1e3 * targets.FROM:
        return
    looser = wanted(r["name"], fast) / floor if r["name"] in targets.ROWS else 0.0
    yield f"{r['name']}, fused, as a part of the floor with fresh results", r["tax"], max(targets.TAX, looser)


def judged(rows: list[Row], fast: bool) -> Iterator[str]:
    """The bars that are missed, and how many hold."""
    found = list(bars(rows, fast))
    missed = [(what, value, bar) for what, value, bar in found if value > bar]
    yield f"{len(found) - len(missed)} of {len(found)} bars hold"
    for what, value, bar in missed:
        yield f"  MISSED {what}: {value:.2f}, to be at most {bar:.2f}"
