"""Draw four models with us and with others: `python docs/peers.py` writes docs/gallery/peers/ and its page.

It wants torch, torchview, torchviz, torchlens, and Graphviz' `dot`. Each draws at its best for a reader: folded.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gallery

HERE = Path(__file__).parent / "gallery" / "peers"
LIMIT = 60.0  # seconds that Graphviz may take
SHOWN = 900  # px: pictures are stored no wider, and no higher than twice that
ABOUT = re.compile(r'<svg width="(\d+)pt" height="(\d+)pt"')


def models() -> dict[str, tuple[Any, Any]]:
    """The four models in PyTorch, and their inputs; ours are plates of the gallery."""
    import torch
    from torch import nn

    class Loss(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))

        def forward(self, x: Any) -> Any:
            return nn.functional.cross_entropy(self.model(x), torch.arange(32) % 10)

    class Recurrent(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell = nn.LSTMCell(8, 16)

        def forward(self, x: Any) -> Any:
            h = c = torch.zeros(4, 16)
            outputs = []
            for x_t in x:
                h, c = self.cell(x_t, (h, c))
                outputs.append(h)
            return (torch.stack(outputs) ** 2).mean()

    class Bottleneck(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.bn1 = nn.Conv2d(16, 8, 1, bias=False), nn.BatchNorm2d(8)
            self.conv2, self.bn2 = nn.Conv2d(8, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8)
            self.conv3, self.bn3 = nn.Conv2d(8, 32, 1, bias=False), nn.BatchNorm2d(32)
            self.downsample = nn.Sequential(nn.Conv2d(16, 32, 1, stride=2, bias=False), nn.BatchNorm2d(32))

        def forward(self, x: Any) -> Any:
            y = torch.relu(self.bn1(self.conv1(x)))
            y = torch.relu(self.bn2(self.conv2(y)))
            return torch.relu(self.bn3(self.conv3(y)) + self.downsample(x))

    torch.manual_seed(0)
    encoder = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
    return {
        "mlp": (Loss(), torch.randn(32, 64)),
        "lstm": (Recurrent(), torch.randn(37, 4, 8)),
        "bottleneck": (Bottleneck(), torch.randn(2, 16, 8, 8)),
        "transformer_layer": (encoder, torch.randn(2, 5, 8)),
    }


def by_torchview(model: Any, x: Any, folder: Path) -> str:
    """DOT."""
    from torchview import draw_graph

    return str(draw_graph(model, input_data=x, expand_nested=True, roll=True, device="cpu").visual_graph.source)


def by_torchviz(model: Any, x: Any, folder: Path) -> str:
    """DOT."""
    from torchviz import make_dot

    return str(make_dot(model(x), params=dict(model.named_parameters())).source)


def by_torchlens(model: Any, x: Any, folder: Path) -> str:
    """DOT."""
    import torchlens

    options = {"collapse": "auto", "vis_mode": "rolled", "direction": "topdown", "vis_save_only": True}
    drawn = torchlens.trace(model, x).draw(**options, vis_outpath=str(folder / "graph"), vis_fileformat="dot")
    found = next(folder.glob("graph*"), None)
    return found.read_text(encoding="utf-8") if found else str(drawn)


@dataclass(frozen=True)
class Peer:
    """Another library that draws graphs."""

    call: str  # as a reader would write it
    source: Callable[[Any, Any, Path], str]


PEERS = {
    "torchview": Peer("draw_graph(model, input_data=x, expand_nested=True, roll=True)", by_torchview),
    "torchviz": Peer("make_dot(model(x), params=dict(model.named_parameters()))", by_torchviz),
    "torchlens": Peer('trace(model, x).draw(collapse="auto", vis_mode="rolled", direction="topdown")', by_torchlens),
}


def rendered(source: str, stem: str) -> str:
    """Store the picture that Graphviz makes of DOT, and say how large it is."""
    dot = ["dot", "-Tsvg"]
    try:
        done = subprocess.run(dot, input=source.encode(), capture_output=True, timeout=LIMIT, check=True)
    except subprocess.TimeoutExpired:
        return f"{source.count('->'):,} edges, for which Graphviz finds no layout in {LIMIT:.0f} s"
    svg = done.stdout.decode()
    found = ABOUT.search(svg)
    assert found is not None
    width, height = (round(int(points) * 4 / 3) for points in found.groups())
    boxes = len(re.findall(r'class="node"', svg))
    dpi = 96.0 * min(1.0, SHOWN / width, 2 * SHOWN / height)
    pixels = ["dot", "-Tpng", f"-Gdpi={dpi:.1f}"]
    png = subprocess.run(pixels, input=source.encode(), capture_output=True, timeout=LIMIT, check=True).stdout
    (HERE / f"{stem}.png").write_bytes(png)
    return f"{boxes} boxes, {width:,} × {height:,} px"


def ours(name: str) -> str:
    """How large our picture is."""
    found = gallery.draw(name).layout
    return f"{len(found.boxes)} boxes, {round(found.width):,} × {round(found.height):,} px"


HEAD = """\
# Beside other libraries

The same four models, drawn by us and by three libraries for PyTorch, each at its best for a reader. Made by
`python docs/peers.py`, with {versions}. What is **bold** is where another is better. Larger pictures are shown smaller
than they are.
"""

# Point by point: ours, and then the peers in their order.
POINTS = {
    "draws": (
        "what was recorded, forward and backward",
        "modules and functions of a forward pass",
        "the nodes of the backward pass",
        "every operation of a forward pass; the backward pass in a picture of its own",
    ),
    "values and gradients": ("on each box; gradients in a lane beside", "no", "no", "statistics, if asked for"),
    "shapes": ("of each result", "**of inputs and outputs, side by side**", "of parameters", "of each result"),
    "memory": ("no", "no", "no", "**of each result, and in all**"),
    "parameters": ("names and shapes", "no", "names and shapes", "names and shapes, **counted in all**"),
    "static arguments": (
        "on operations; not on a closed module",
        "no",
        "no",
        "**stride, padding, eps, also of modules**",
    ),
    "modules": (
        "frames; by budget, depth, pattern, or a function that decides",
        "frames; by depth",
        "none",
        "frames; by depth or a schedule",
    ),
    "37 steps in a loop": (
        "one step, with its states and their beginnings",
        "one module; **fewest boxes**, two states on one edge",
        "all of them",
        "one module, its inputs unrolled",
    ),
    "a shortcut": (
        "runs around, or beside the rows",
        "**straight down, one branch beside the other**",
        "as the engine places it",
        "**straight down, one branch beside the other**",
    ),
    "what backward keeps": ("no", "no", "**saved tensors, if asked for**", "no"),
    "models": ("what is recorded here", "**any of PyTorch**", "**any of PyTorch**", "**any of PyTorch, and others**"),
    "needs": ("nothing", "Graphviz", "Graphviz", "Graphviz"),
    "files": (
        "SVG, PNG, PDF, a page, TikZ, Mermaid, DOT, JSON",
        "**all of Graphviz'**",
        "**all of Graphviz'**",
        "**all of Graphviz'**",
    ),
    "to act on": ("a page that steps through the sweep", "no", "no", "**a log of every tensor, to compute with**"),
}
NOTE = """\
Ours are plates of the [gallery](../README.md), which are modules of this package. In PyTorch the LSTM is a loop over an
`LSTMCell`, since an `nn.LSTM` is a single operation there.
"""


def page(sizes: dict[str, dict[str, str]], versions: str) -> str:
    """The page, as Markdown."""
    rows = [("", "ours", *PEERS), ("---",) * (len(PEERS) + 2), *((point, *said) for point, said in POINTS.items())]
    parts = [HEAD.format(versions=versions), *(f"| {' | '.join(row)} |" for row in rows)]
    parts += ["", NOTE, "What was called:\n"]
    parts += [f"- {name}: `{peer.call}`" for name, peer in PEERS.items()]
    for name, found in sizes.items():
        parts.append(f"\n## {gallery.PLATES[name].title}\n")
        parts.append(f"Ours: {found['ours']}.\n\n![{gallery.PLATES[name].title}, by us](../{name}-light.svg)\n")
        for peer in PEERS:
            picture = f"{name}-{peer}.png"
            shown = f"\n\n![{gallery.PLATES[name].title}, by {peer}]({picture})" if (HERE / picture).exists() else ""
            parts.append(f"{peer}: {found[peer]}.{shown}\n")
    return "\n".join(parts)


def main() -> None:
    """Draw all, and write the page."""
    from importlib.metadata import version

    HERE.mkdir(parents=True, exist_ok=True)
    sizes: dict[str, dict[str, str]] = {}
    for name, (model, x) in models().items():
        sizes[name] = {"ours": ours(name)}
        for peer, how in PEERS.items():
            with tempfile.TemporaryDirectory() as folder:
                sizes[name][peer] = rendered(how.source(model, x, Path(folder)), f"{name}-{peer}")
            print(name, peer, sizes[name][peer], flush=True)
    versions = ", ".join(f"{name} {version(name)}" for name in ("torch", *PEERS))
    (HERE / "README.md").write_text(page(sizes, versions), encoding="utf-8")


if __name__ == "__main__":
    main()
