"""The comparison as a picture: a line a row, a mark a contender, on a scale of ratios to PyTorch."""

from __future__ import annotations

from typing import Any

from . import targets

MARKS = {  # contender: marker, colour
    "MyGrad": ("s", "#b0b0b0"),
    "HIPS autograd": ("D", "#b0b0b0"),
    "composed": ("o", "#4c78a8"),
    "floor, fresh": ("|", "#222222"),
    "fused": ("o", "#d1495b"),
}


def draw(results: dict[str, Any], path: str) -> None:
    """Write the picture to a file, of the kind that its name ends in."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams |= {"svg.hashsalt": "peers", "svg.fonttype": "none", "font.size": 9}
    from matplotlib import pyplot as plt

    rows = [r for r in results["rows"] if r["name"] in targets.ROWS][::-1]
    figure, axes = plt.subplots(figsize=(8, 0.8 + 0.27 * len(rows)), layout="constrained")
    axes.axvline(1, color="#888888", linewidth=1)
    for name, (marker, colour) in MARKS.items():
        points = [(r["ratios"][name], k) for k, r in enumerate(rows) if name in r["ratios"]]
        if points:
            axes.scatter(*zip(*points, strict=True), marker=marker, color=colour, s=28, label=name, zorder=3)
    bars = [getattr(targets.ROWS[r["name"]], "fast" if results["fast"] else "alone") for r in rows]
    axes.scatter(
        bars, range(len(rows)), marker="<", facecolors="none", edgecolors="#2e8b57", s=28, label="target of fused"
    )
    axes.set_yticks(range(len(rows)), [r["title"] for r in rows])
    axes.set_xscale("log")
    axes.set_xlabel("time of a step as a part of PyTorch's; left is faster")
    axes.grid(axis="x", color="#eeeeee", which="both")
    axes.legend(loc="lower center", bbox_to_anchor=(0.3, 1.0), ncols=3, frameon=False)
    figure.savefig(path, metadata={"Date": None} if path.endswith(".svg") else None)
    plt.close(figure)
