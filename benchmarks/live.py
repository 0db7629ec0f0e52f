"""How long a live drawing takes from a number that is changed to the picture, in Chromium.

    python benchmarks/live.py

For graphs of more and more boxes: milliseconds to compute values and gradients, to write them into the picture, and
until the next frame is painted; medians of forty changes.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright

import graph_viz

BROWSERS = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
CHANGES = 40

SCRIPT = """
async (changes) => {
  const page = document.querySelector("[data-graph-viz]").graphVizPage, times = [];
  const frame = () => new Promise((done) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = done;
    port2.postMessage(0);
  }));
  for (let k = 0; k < changes; k++) {
    page.machine.V[page.data.live.leaves[0].number][0] = Math.sin(k);
    const start = performance.now();
    page.compute();
    const computed = performance.now();
    page.render();
    const written = performance.now();
    await frame();
    times.push([computed - start, written - computed, performance.now() - start]);
  }
  return [page.view.marks.length, times];
}
"""


def chain(n: int) -> Any:
    """A function of n operations, with numbers all along."""

    def f(x: Any, w: Any) -> Any:
        for k in range(n // 2):
            x = np.tanh(x * w) if k % 2 else x + w * w
        return x

    return f


def main() -> None:
    """Print a line for each size."""
    found = next((path for path in BROWSERS if Path(path).exists()), None)
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1280, "height": 900})
        print(f"{'boxes':>6}{'compute ms':>12}{'write ms':>10}{'all ms':>8}")
        for n in (12, 50, 200, 400):
            graph_viz.live(chain(n), 0.5, 0.7, budget=None).save(Path(folder, "page.html"))
            tab.goto(Path(folder, "page.html").as_uri())
            tab.locator('[data-graph-viz][data-ready="yes"]').wait_for()
            boxes, times = tab.evaluate(SCRIPT, CHANGES)
            computed, written, whole = (median(row[k] for row in times) for k in range(3))
            print(f"{boxes:>6}{computed:>12.1f}{written:>10.1f}{whole:>8.1f}")
        browser.close()


if __name__ == "__main__":
    main()
