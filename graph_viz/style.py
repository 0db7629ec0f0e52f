"""How things look: the kinds of boxes with their colours and shapes, fonts and text widths."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Theme = Literal["auto", "light", "dark"]

# ---- colours and shapes -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """The look of one kind of box. Colour is never alone: shape and border tell the kinds apart too."""

    word: str  # in the legend
    light: tuple[str, str]  # fill, border
    dark: tuple[str, str]
    radius: float = 0.0
    border: float = 1.0
    dashes: str = ""
    stacked: bool = False  # a second box behind: there is more inside
    outline: Literal["box", "tag", "octagon"] = "box"


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "input": Kind("input", ("#dceefa", "#0063a0"), ("#0f2f47", "#6bb8f0")),
        "state": Kind("state", ("#dceefa", "#0063a0"), ("#0f2f47", "#6bb8f0"), outline="tag"),
        "parameter": Kind("parameter", ("#ddf3ea", "#00795a"), ("#0f3a2d", "#2fb98a"), border=2.2),
        "constant": Kind("constant", ("#f4f4f4", "#8c8c8c"), ("#2a2a2a", "#808080"), dashes="3 2"),
        "op": Kind("operation", ("#ffffff", "#3a3a3a"), ("#22262d", "#d6d6d6"), radius=7.0),
        "output": Kind("output", ("#f6e3f1", "#8e2c78"), ("#3d1f38", "#e08fd0"), radius=7.0, border=2.2),
        "failed": Kind("failed", ("#fdeaea", "#b00020"), ("#3a1216", "#ff8a8a"), border=1.6, outline="octagon"),
        "module": Kind("closed module", ("#fff7e0", "#a07d00"), ("#2c2614", "#efd26a"), radius=3.0, stacked=True),
        "frame": Kind("module", ("#fffcf1", "#c9b25a"), ("#1e1d17", "#7d7040"), radius=9.0),
    }
)

INK: Mapping[str, tuple[str, str]] = MappingProxyType(  # light, dark
    {
        "paper": ("#ffffff", "#15181d"),
        "inside": ("#fffcf1", "#1e1d17"),  # of clusters
        "text": ("#1a1a1a", "#ececec"),
        "muted": ("#5c5c5c", "#a9a9a9"),
        "edge": ("#6a6a6a", "#9b9b9b"),
        "grad": ("#a63a00", "#ff7a3d"),
        "wrong": ("#b00020", "#ff8a8a"),
    }
)

# ---- text -------------------------------------------------------------------------------------------------------

FONTS = "Arial, Helvetica, 'Liberation Sans', 'DejaVu Sans', sans-serif"
SYMBOL = re.compile(
    "[∇ᵀʸ⁰⁴-⁹⁻‖⊙⊗ȳ\u0302\u0304]"
)  # Arial has none of these, and a viewer may set the whole line in any font that has
SYMBOL_FONTS = f"'DejaVu Sans', {FONTS}"
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
NAME, ROW = 12.0, 10.0  # px
LARGEST_ROOT = 100.0  # that is looked for among constants
LONGEST = 32  # characters of a name that are shown; the whole name is in the tooltip

# Advance widths in em, rounded up from the widest font of the stack, so that a box holds its text in every viewer.
_WIDTHS = {
    0.3: "'Iijl",
    0.35: " ,./:;\\|",
    0.4: "()-[]ft",
    0.45: "!r⁰¹²³⁴⁵⁶⁷⁸⁹ᵀʸ",
    0.5: '"*J`',
    0.55: "csz⁻",
    0.6: "?L_kvxy•",
    0.65: "$0123456789FTabdeghnopqu{}",
    0.7: "ABEKPSVXYZ",
    0.75: "CNRU",
    0.8: "&DGHOQ",
    0.85: "#+<=>^w~×−÷∂√∑σ",
    0.9: "M",
    1.05: "%Wm@…—→←",
}
_WIDTH = {c: em for em, characters in _WIDTHS.items() for c in characters}


def width(text: str, size: float, bold: bool = False) -> float:
    """An upper bound of the width of `text` in px, whatever font of the stack a viewer has.

    >>> width("W", 10.0)
    10.5
    """
    return math.fsum(map(_advance, text)) * size + bold * 0.08 * size * len(text)


def wrapped(text: str, room: float, size: float) -> Iterator[str]:
    """`text` in lines no wider than `room`.

    >>> list(wrapped("a picture of a graph", 60.0, 10.0))
    ['a picture', 'of a graph']
    """
    line = ""
    for word in text.split():
        if line and width(f"{line} {word}", size) > room:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    yield line


def _advance(c: str) -> float:
    if (base := c if c in _WIDTH else unicodedata.normalize("NFD", c)[0]) in _WIDTH:
        return _WIDTH[base]
    if unicodedata.combining(c) or unicodedata.category(c) in ("Mn", "Me", "Cf"):
        return 0.0
    if unicodedata.east_asian_width(c) in "WF":
        return 1.4  # an emoji is wider than an ideograph
    return 0.9 if c.isalpha() else 1.1


# Bidirectional overrides would turn the text around them; XML allows neither these two nor control characters.
_NO_TEXT = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, 0xFFFE, 0xFFFF}


def clean(text: object) -> str:
    r"""Somebody's text in one line, without characters that are no text: controls, lone surrogates, bidi overrides.

    >>> clean("a\x00b\nc")
    'ab c'
    """
    line = " ".join(str(text).split())
    if line.isascii() and line.isprintable():
        return line
    return "".join(c for c in line if unicodedata.category(c) not in ("Cc", "Cs") and ord(c) not in _NO_TEXT)


def shorten(text: str, most: int = LONGEST) -> str:
    """`text`, with its middle left out if it is long: paths differ at both ends.

    >>> shorten("encoder.layers.11.attention.W_q", 16)
    'encoder.…ion.W_q'
    """
    return text if len(text) <= most else f"{text[: most // 2]}…{text[len(text) - (most - most // 2 - 1) :]}"


def number(value: float) -> str:
    """A number with four significant digits.

    >>> [number(v) for v in (0.70710678, -6, 1.5e-7, 123456.0, float("inf"))]
    ['0.7071', '−6', '1.5e−7', '1.235e5', '∞']
    """
    digits, e, exponent = f"{value + 0.0:.4g}".partition("e")
    return _signs(digits + (f"e{int(exponent)}" if e else ""))


def rounded(value: float) -> str:
    """A constant with at most six digits, and "…" where it has more: no two that differ look like one number.

    The root of a whole number is written as that, and so is 1 over one.

    >>> [rounded(v) for v in (2.0, 1.0001, 1.00000001, 0.7978845608028654)]
    ['2', '1.0001', '1.00000…', '0.797885…']
    >>> [rounded(v) for v in (3**0.5, 64**-0.5, -(2**0.5), 1 / 8**0.5)]
    ['√3', '0.125', '−√2', '1/√8']
    """
    few = f"{value + 0.0:.6g}"
    if float(few) == value or value != value:
        return number(value) if float(f"{value:.4g}") == value or value != value else _signs(few)
    if root := _root(abs(value)):
        return "−" * (value < 0) + root
    digits, e, exponent = f"{value:#.6g}".partition("e")
    return f"{_signs(digits)}…" + (_signs(f"e{int(exponent)}") if e else "")


def _root(value: float) -> str:
    """A positive number as the root of a whole number, or 1 over one, if it is that; or nothing."""
    if not 1 / LARGEST_ROOT < value < LARGEST_ROOT:
        return ""
    n, m = round(value * value), round(1 / (value * value))
    if math.sqrt(n) == value:
        return f"√{n}"
    return f"1/√{m}" if math.isqrt(m) ** 2 < m and value in (1 / math.sqrt(m), math.sqrt(1 / m)) else ""


def exact(value: float) -> str:
    """A constant with all its digits.

    >>> exact(0.1 + 0.2), exact(-6.0), exact(1e-07)
    ('0.30000000000000004', '−6', '1e−7')
    """
    digits, e, exponent = repr(value + 0.0).partition("e")
    return _signs(digits.removesuffix(".0") + (f"e{int(exponent)}" if e else ""))


def _signs(text: str) -> str:
    return text.replace("inf", "∞").replace("nan", "NaN").replace("-", "−")


def shape(lengths: tuple[int, ...]) -> str:
    """The shape of an array as it is written in a figure: 4×3; 3 for a vector, "scalar" without axes."""
    return "×".join(map(str, lengths)) if lengths else "scalar"
