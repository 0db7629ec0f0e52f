"""What pages weigh, and how fast they open, toggle and step, in Chromium, beside a bare repaint of as many boxes.

    python benchmarks/page.py [name ...]

Sizes are in thousands of bytes, times in milliseconds. A toggle is timed from the call until the next frame is painted;
the bare repaint is that of as many rectangles, texts and paths, made anew. An order is flipped where two boxes of a row
that were there before a group opened stand the other way round behind it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn
from graph_viz.page import steps

BROWSERS = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
TOGGLES = 40  # groups that are opened or closed, of each page

SCRIPT = """
async ([most, whole]) => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = done;
    port2.postMessage(0);
  }));
  const root = document.querySelector("[data-graph-viz]"), page = root.graphVizPage, times = [], boxes = [];
  const timed = async (act) => {
    const start = performance.now();
    act();
    await frame();
    return performance.now() - start;
  };
  const places = () => new Map(page.view.marks.map((mark, k) => [mark.key, page.picture.layout.boxes[k]]));
  const across = page.view.direction === "TB" ? 0 : 1, along = 1 - across;
  let flips = 0, seed = 1;
  const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
  if (whole) page.reopen(new Set(page.mode.prepared.parent.keys()));
  for (let k = 0; k < most; k++) {
    const { parent } = page.mode.prepared, open = page.mode.open;
    const there = [...parent.keys()].filter((g) => parent[g] < 0 || open.has(parent[g]));
    if (!there.length) break;
    const g = there[random(there.length)], before = places(), opens = !open.has(g);
    times.push(await timed(() => page.open(g, opens)));
    boxes.push(page.view.marks.length);
    const now = places(), stay = [...before].filter(([key]) => now.has(key));
    for (const [i, [a, p]] of stay.entries()) for (const [b, q] of stay.slice(i + 1)) {
      if (Math.abs(p[along] - q[along]) > 1 || Math.abs(now.get(a)[along] - now.get(b)[along]) > 1) continue;
      flips += opens && (p[across] - q[across]) * (now.get(a)[across] - now.get(b)[across]) < 0;
    }
  }
  const keys = [];
  page.openAll();
  const press = () => document.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
  if (page.total) for (let k = 0; k < 60; k++) keys.push(await timed(press));
  const bare = [];
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const n = Math.max(...boxes, page.view.marks.length);
  page.stage.replaceChildren(svg);
  for (let k = 0; k < 9; k++) bare.push(await timed(() => {
    const made = document.createDocumentFragment(), add = (tag, about, said) => {
      const e = document.createElementNS(svg.namespaceURI, tag);
      for (const name in about) e.setAttribute(name, about[name]);
      e.textContent = said;
      made.append(e);
    };
    for (let i = 0; i < n; i++) {
      const x = 90 * (i % 20), y = 50 * Math.floor(i / 20) + k;
      add("rect", { x, y, width: 80, height: 40 }, "");
      for (const j of [1, 2, 3]) add("text", { x, y: y + 12 * j }, `text ${i + j + k}`);
      for (const j of [0, 1, 2, 3]) add("path", { d: `M${x} ${y}C${x} ${y + j} 9 ${y} 9 ${y}`, fill: "none" }, "");
    }
    svg.replaceChildren(made);
  }));
  return { times, keys, bare, flips, boxes: n };
}
"""


def lstm() -> az.Tensor:
    rng = np.random.default_rng(0)
    return (nn.LSTM(3, 4, rng=rng)(az.Tensor(rng.normal(size=(12, 2, 3)), name="x"))[0] ** 2).mean().named("loss")


def gpt() -> az.Tensor:
    from autograd_zoo import models

    rng = np.random.default_rng(0)
    model = models.gpt(rng, 11, block_size=8, n_embd=8, n_layer=6, n_head=2)
    return nn.softmax_cross_entropy(model(np.arange(8)[None]), np.arange(8)[None]).named("loss")


class Block(nn.Module):
    """Two convolutions and what skips them."""

    def __init__(self, a: int, b: int, rng: np.random.Generator) -> None:
        self.conv1, self.bn1 = nn.Conv2d(a, b, 3, padding=1, rng=rng), nn.BatchNorm2d(b)
        self.conv2, self.bn2 = nn.Conv2d(b, b, 3, padding=1, rng=rng), nn.BatchNorm2d(b)
        self.skip = nn.Conv2d(a, b, 1, rng=rng) if a != b else nn.Identity()

    def forward(self, x: az.Tensor) -> az.Tensor:
        h = self.bn2(self.conv2(nn.relu(self.bn1(self.conv1(x)))))
        return nn.relu(h + self.skip(x))


def resnet() -> az.Tensor:
    rng = np.random.default_rng(0)
    widths = [2, 2, 2, 3, 3, 4, 4, 5, 5]
    blocks = [Block(a, b, rng) for a, b in pairwise(widths)]
    return nn.Sequential(*blocks)(az.Tensor(rng.normal(size=(2, 2, 4, 4)), name="x")).mean().named("loss")


def encoder() -> az.Tensor:
    rng = np.random.default_rng(0)
    layers = [nn.TransformerEncoderLayer(8, 2, 16, rng=rng) for _ in range(6)]
    return nn.Sequential(*layers)(az.Tensor(rng.normal(size=(2, 5, 8)), name="x")).mean().named("loss")


def recurrent(steps: int = 316) -> az.Tensor:
    """A character RNN by hand: six operations a step."""
    rng = np.random.default_rng(0)
    sizes = {"A": (4, 4), "B": (4, 3), "b": 4, "h": 4}
    a, b, c, h = (az.Tensor(0.4 * rng.normal(size=size), name=name) for name, size in sizes.items())
    x = az.Tensor(rng.normal(size=(steps, 3)), name="x")
    for t in range(steps):
        h = np.tanh(a @ h + b @ x[t] + c)
    return (h * h).sum().named("loss")


GRAPHS: dict[str, Callable[[], az.Tensor]] = {
    "LSTM": lstm,
    "GPT": gpt,
    "ResNet-18": resnet,
    "encoder": encoder,
    "RNN": recurrent,
    "GPT, all open": gpt,
    "20,000 operations": lambda: recurrent(3_333),
}


def size(y: az.Tensor, most: int) -> tuple[str, float]:
    """The page of a graph with steps through up to so many events (0: and no heat-maps), and how long it took, in s."""
    start, known = time.perf_counter(), (steps.MOST, steps.WARMEST)
    steps.MOST, steps.WARMEST = most, known[1] if most else 0
    try:
        return graph_viz.draw(y).html(), time.perf_counter() - start
    finally:
        steps.MOST, steps.WARMEST = known


def opened(tab: Page, path: Path, whole: bool) -> tuple[float, dict[str, Any]]:
    """How long a page takes until it is ready, and what its toggles and keys take, from where the `whole` is open."""
    tab.goto(path.as_uri())
    tab.wait_for_selector('[data-ready="yes"]')
    ready = tab.evaluate("performance.getEntriesByName('graph-viz')[0]?.startTime ?? performance.now()")
    return ready, tab.evaluate(SCRIPT, [TOGGLES, whole])


COLUMNS = (
    ("nodes", 7, "of the tape"),
    ("bare", 6, "KB without steps and heat-maps"),
    ("whole", 6, "KB with them"),
    ("made", 6, "s in Python"),
    ("ready", 6, "until it is drawn"),
    ("boxes", 6, "of the largest view"),
    ("toggle", 7, "median"),
    ("95 %", 6, "of the toggles"),
    ("most", 6, "of the toggles"),
    ("key", 6, "median"),
    ("most", 6, "of the keys"),
    ("bare", 6, "a repaint of as many boxes"),
    ("flips", 6, "of two boxes of a row"),
)


def main(names: list[str]) -> None:
    found = next((path for path in BROWSERS if Path(path).exists()), None)
    print(" " * 18 + "".join(f"{name:>{wide}}" for name, wide, _ in COLUMNS))
    with sync_playwright() as playwright, TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        for name in names or GRAPHS:
            y = GRAPHS[name]()
            y.backward(retain_grads=True)
            bare, _ = size(y, 0)
            text, seconds = size(y, steps.MOST)
            path = Path(folder) / "page.html"
            path.write_text(text, encoding="utf-8")
            tab = browser.new_page(viewport={"width": 1200, "height": 800})
            ready, told = opened(tab, path, name.endswith("all open"))
            tab.close()
            times, keys = (np.array(told[word] or [0.0]) for word in ("times", "keys"))
            row = [len(list(az.Tape(y))), *(len(page.encode()) / 1e3 for page in (bare, text)), seconds, ready]
            row += [told["boxes"], np.median(times), np.quantile(times, 0.95), times.max(), np.median(keys), keys.max()]
            row += [np.median(told["bare"]), told["flips"]]
            cells = (f"{x:>{wide}.{word == 'made':d}f}" for x, (word, wide, _) in zip(row, COLUMNS, strict=True))
            print(f"{name:<18}{''.join(cells)}")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
