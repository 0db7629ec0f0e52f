"""What is written into a mark: its title and its rows, and with them its size."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from .style import INFIX, KINDS, NAME, ROW, SUPERSCRIPT, SYMBOLS, clean, number, shape, shorten, width

PAD_X, PAD_Y, NAME_LINE, ROW_LINE, GAP = 8.0, 5.0, 17.0, 13.0, 8.0  # px
NARROWEST, NUMBER = 34.0, width("−0.0000", ROW)  # px: a box, a number
NOTHING = "—"  # a gradient that is not there yet is not 0


@dataclass(frozen=True)
class Row:
    """A line below the title: a word on the left and a number on the right, or one text in the middle."""

    word: str
    text: str
    tone: str = "muted"  # a colour of style.INK

    @property
    def width(self) -> float:
        """The room for both; all short numbers take the same, so that most boxes of a picture are equally wide."""
        return width(self.word, ROW) + GAP + max(NUMBER, width(self.text, ROW)) if self.word else width(self.text, ROW)


@dataclass(frozen=True)
class Caption:
    """The text of a mark: its title, what stands before and after it, and the rows below."""

    title: str
    rows: tuple[Row, ...] = ()
    before: str = ""
    after: str = ""

    @property
    def width(self) -> float:
        """The width of a box that holds the widest line."""
        title = width(self.before, NAME) + width(self.title, NAME, bold=True)
        title += GAP + width(self.after, NAME) if self.after else 0.0
        return max(NARROWEST, math.ceil(2 * PAD_X + max([title, *(row.width for row in self.rows)])))

    @property
    def height(self) -> float:
        """The height of a box that holds all lines."""
        return 2 * PAD_Y + NAME_LINE + ROW_LINE * len(self.rows)


def caption(mark: dict[str, Any], *, shapes: bool, values: bool, gradients: bool) -> Caption:
    """What to write into a mark of a folded graph."""
    label = short(mark["label"])
    kind, scalar = mark["kind"], mark.get("shape") == ()
    if kind == "module":
        rows = [Row(short(name), shape(lengths), "text") for name, lengths in mark["parameters"]]
        return Caption(label, (*rows, Row("", counted(mark["operations"], "operation"))), after=short(mark["op"]))
    if kind == "constant":
        return Caption(span(mark["value"])) if scalar else Caption(shape(mark["shape"]), _numbers(mark, values, False))
    static = static_arguments(mark)
    rows = [Row("", short(static))] if static else []
    rows += [Row("", shape(mark["shape"]))] if shapes else []
    rows += _numbers(mark, values, gradients)
    if mark["op"] is None:
        return Caption(label or KINDS[kind].word, tuple(rows))
    return Caption(short(expression(mark)), tuple(rows), before=f"{label} = " if label else "")


def _numbers(mark: dict[str, Any], values: bool, gradients: bool) -> tuple[Row, ...]:
    """The rows of the value and the gradient of a mark."""
    shown = [("value", mark["value"], "text")] * values + [("grad", mark["grad"], "grad")] * gradients
    return tuple(Row(word, span(x), tone if finite(x) else "wrong") for word, x, tone in shown)


def short(text: str | None) -> str:
    """Somebody's text as it is shown."""
    return shorten(clean(text or ""))


def static_arguments(mark: dict[str, Any]) -> str:
    """The static arguments of an operation, without those that only say that something is not asked for."""
    return ", ".join(f"{key}={value}" for key, value in mark["params"].items() if value not in ("None", "False"))


def span(value: Any) -> str:
    """A value as text: a number, "least … greatest", or a dash where there is none."""
    if value is None:
        return NOTHING
    if not isinstance(value, tuple):
        return value if isinstance(value, str) else number(value)
    return number(value[0]) if math.isnan(value[0]) else f"{number(value[0])} … {number(value[1])}"


def finite(value: Any) -> bool:
    """Whether there is no NaN and no infinity in a value (or no value)."""
    numbers = value if isinstance(value, tuple) else (value,)
    return all(x is None or isinstance(x, str) or math.isfinite(x) for x in numbers)


def expression(mark: dict[str, Any]) -> str:
    """An operation as its symbol, with the constants that are part of its text: "× 2", "1 −", "x²"."""
    op: str = mark["op"]
    constants, symbol = mark["constants"], SYMBOLS.get(op, op)
    texts = {i: span(c["value"]) if c["shape"] == () else f"[{shape(c['shape'])}]" for i, c in constants.items()}
    if not texts:
        return symbol
    if op in INFIX and len(texts) == 1:
        return f"{symbol} {texts[1]}" if 1 in texts else f"{texts[0]} {symbol}"
    if op == "power" and len(texts) == 1:
        exponent = texts.get(1, "")
        if exponent.removeprefix("−").isdecimal():
            return "x" + exponent.replace("−", "-").translate(SUPERSCRIPT)
        return f"x ^ {exponent}" if exponent else f"{texts[0]} ^ x"
    return f"{symbol}({', '.join(texts.get(i, '·') for i in range(mark['arity']))})"


def counted(n: int, word: str) -> str:
    """`n` things: "1 node", "2 nodes"."""
    return f"{n:,} {word}{'' if n == 1 else 's'}"
