"""Colours as attributes of SVG elements, and as CSS where the page around may be dark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from ..style import INK, KINDS

DARK_AROUND = ('[data-jp-theme-light="false"]', ".vscode-dark", 'html[theme="dark"]')  # marks of a notebook
LIGHT_AROUND = ('[data-jp-theme-light="true"]', ".vscode-light")
BACK = "4 2.5"  # dashes of a gradient's lane


@dataclass(frozen=True)
class Ink:
    """Colours as attributes; the class lets CSS replace them. In a page there is but the class, which is shorter."""

    dark: bool = False
    bare: bool = False

    def paint(self, name: str) -> str:
        """Fill with a colour of style.INK."""
        return f'class="gv-{name}"' if self.bare else f'class="gv-{name}" fill="{INK[name][self.dark]}"'

    def line(self, name: str, thickness: float = 1.0, dashes: str = "", key: bool = False) -> str:
        """Draw with a colour of style.INK; in the legend as its `key`."""
        paint = f'class="gv-{name}-line{" gv-key" * key}"' + (
            "" if self.bare else f' fill="none" stroke="{INK[name][self.dark]}"'
        )
        paint += f' stroke-width="{thickness:.2g}"' if thickness != 1.0 else ""
        return paint + (f' stroke-dasharray="{dashes}"' if dashes else "")

    def box(self, kind: str, wrong: bool = False) -> str:
        """Fill and border of a kind of box."""
        k = KINDS[kind]
        fill, border = k.dark if self.dark else k.light
        border, thickness = (INK["wrong"][self.dark], 2.2) if wrong else (border, k.border)
        dashes = f' stroke-dasharray="{k.dashes}"' if k.dashes else ""
        paint = f'class="gv-{kind}{" gv-wrong-line" * wrong}"'
        paint += "" if self.bare else f' fill="{fill}" stroke="{border}"'
        return f"{paint}{dashes}" + (f' stroke-width="{thickness:g}"' if thickness != 1.0 else "")


def css(kinds: Sequence[str], root: str = ".gv-auto", *, theme: str = "auto", around: bool = True) -> str:
    """Colours as custom properties: the reader's scheme decides, and above it the mark of a notebook `around`."""
    light, dark = _properties(kinds, 0), _properties(kinds, 1)
    rules = [f"{root}{{{dark if theme == 'dark' else light}}}"]
    if theme == "auto":
        rules.append(f"@media (prefers-color-scheme:dark){{{root}{{{dark}}}}}")
    if theme == "auto" and around:
        rules += [
            f"{_inside(LIGHT_AROUND, root)}{{{light}}}",
            f"{_inside(DARK_AROUND, root)}{{{dark}}}",
        ]
    rules += [f"{root} .gv-{k}{{fill:var(--gv-{k}-fill);stroke:var(--gv-{k}-line)}}" for k in kinds]
    rules += [f"{root} .gv-{k}{{fill:var(--gv-{k})}}{root} .gv-{k}-line{{stroke:var(--gv-{k})}}" for k in INK]
    return "\n".join(rules)


def _inside(marks: Iterable[str], root: str) -> str:
    return ",".join(f"{mark} {root}" for mark in marks)


def _properties(kinds: Sequence[str], dark: int) -> str:
    boxes = product(kinds, enumerate(("fill", "line")))
    colours = {f"{k}-{part}": (KINDS[k].light, KINDS[k].dark)[dark][i] for k, (i, part) in boxes}
    colours |= {name: both[dark] for name, both in INK.items()}
    return "".join(f"--gv-{name}:{colour};" for name, colour in colours.items())
