"""What is written into a mark: its title and its rows, and with them its size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from . import operations
from .style import KINDS, LONGEST, NAME, ROW, SUPERSCRIPT, clean, number, shape, shorten, width
from .trace import Constant, Summary

PAD_X, PAD_Y, NAME_LINE, ROW_LINE, GAP = 8.0, 5.0, 17.0, 13.0, 8.0  # px
NARROWEST, NUMBER = 34.0, width("−0.0000", ROW)  # px: a box, a number
SAID, CHAIN = 60, 48  # characters of an error, and of a chain, that are shown
ROWS = 12  # parameters of a closed module that are shown
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
        return _module(mark, label, gradients)
    if kind == "state":
        rows = [Row("", shape(mark["shape"]))] if shapes else []
        return Caption(label, (*rows, *_initial(mark["initial"])))
    if kind == "failed":
        return Caption(short(mark["op"]), (Row("", shorten(clean(mark["message"]), SAID), "wrong"),))
    if kind == "constant":
        return Caption(span(mark["value"])) if scalar else Caption(shape(mark["shape"]), _numbers(mark, values, False))
    silent = "chain" in mark or is_transpose(mark) or (shapes and operations.of(mark["op"]).role == "reshapes")
    static = "" if silent else _begun(static_arguments(mark))
    rows = [Row("", static)] if static else []
    rows += [Row("", shape(mark["shape"]))] if shapes else []
    rows += [Row("", f"{mark['steps']} steps")] if mark.get("alone") else []
    rows += _numbers(mark, values, gradients)
    if mark["op"] is None:
        return Caption(label or KINDS[kind].word, tuple(rows))
    title = shorten(" → ".join(listed(mark["chain"])), CHAIN) if "chain" in mark else short(expression(mark))
    return Caption(title, tuple(rows), before=f"{label} = " if label else "")


def _module(mark: dict[str, Any], label: str, gradients: bool) -> Caption:
    """The text of a closed module: its parameters, what it does, and how often."""
    known = [] if "more" in mark else mark["parameters"][:ROWS]
    rows = [Row(short(name), _parameter(lengths, norm, gradients), "text") for name, lengths, norm in known]
    rest = len(mark["parameters"]) - len(known)
    rows += [Row("", f"{'and ' * bool(known)}{counted(rest, 'parameter')}")] * bool(rest)
    often = mark.get("steps") or mark.get("times") or 1
    gist = clean(" ".join(mark.get("gist", ())))
    rows.append(Row("", gist or counted(mark["operations"] // often, "operation")))
    rows += [Row("", f"{mark['steps']} steps")] if "steps" in mark and mark["op"] else []
    title = f"{label} × {mark['times']}" if "times" in mark else label
    before = f"{short(mark['result'])} = " if mark["result"] and mark["result"] != label else ""
    after = "" if "more" in mark or mark["op"] == label else short(mark["op"])
    return Caption(title, tuple(rows), before, after)


def _parameter(lengths: tuple[int, ...], norm: float | None, gradients: bool) -> str:
    """What is said of a parameter in a row: its shape, and how long its gradient is."""
    return f"{shape(lengths)}  ‖∂‖ {number(norm)}" if gradients and norm is not None else shape(lengths)


def _initial(constant: Constant | None) -> list[Row]:
    """The row of a state that begins with a constant."""
    if constant is None:
        return []
    value = constant["value"]
    return [Row("t = 0", span(value[0] if isinstance(value, tuple) and value[0] == value[1] else value))]


def listed(texts: Sequence[str]) -> list[str]:
    """The operations of a chain, repeated ones counted.

    >>> listed(["+", "× 2", "× 2", "× 2"])
    ['+', '× 2 (3 times)']
    """
    runs = [(text, len(list(run))) for text, run in groupby(texts)]
    return [text if n < 3 else f"{text} ({n:,} times)" for text, n in runs for _ in range(n if n < 3 else 1)]


def _numbers(mark: dict[str, Any], values: bool, gradients: bool) -> tuple[Row, ...]:
    """The rows of the value and the gradient of a mark."""
    shown = [("value", mark["value"], "text")] * values + [("grad", mark["grad"], "grad")] * gradients
    return tuple(Row(word, span(x), tone if finite(x) else "wrong") for word, x, tone in shown)


def short(text: str | None) -> str:
    """Somebody's text as it is shown."""
    return shorten(clean(text or ""))


def _begun(text: str) -> str:
    """Static arguments in a box: as many as there is room for, from the first one on."""
    text = clean(text)
    end = text.rfind(", ", 0, LONGEST) if len(text) > LONGEST else -1
    return shorten(text) if end < 0 else f"{text[:end]}, …"


def is_transpose(mark: dict[str, Any]) -> bool:
    """Whether an operation exchanges the last two axes."""
    axes = {mark["params"].get("axis1"), mark["params"].get("axis2")} if mark["op"] == "swapaxes" else set()
    return axes == {"-1", "-2"} or (axes == {"0", "1"} and len(mark["shape"]) == 2)


def static_arguments(mark: dict[str, Any]) -> str:
    """The static arguments of an operation, without those that only say that something is not asked for."""
    return ", ".join(f"{key}={value}" for key, value in mark["params"].items() if value not in ("None", "False"))


def span(value: Summary | str) -> str:
    """A value as text: a number, "least … greatest", or a dash where there is none."""
    if value is None:
        return NOTHING
    if not isinstance(value, tuple):
        return value if isinstance(value, str) else number(value)
    return number(value[0]) if math.isnan(value[0]) else f"{number(value[0])} … {number(value[1])}"


def finite(value: Summary | str) -> bool:
    """Whether there is no NaN and no infinity in a value (or no value)."""
    numbers = value if isinstance(value, tuple) else (value,)
    return all(x is None or isinstance(x, str) or math.isfinite(x) for x in numbers)


def expression(mark: dict[str, Any]) -> str:
    """An operation as its symbol, with the constants that are part of its text: "× 2", "1 −", "x²"."""
    op: str = mark.get("idiom") or mark["op"]
    row, constants = operations.of(op), mark["constants"]
    symbol = operations.symbol("transpose" if is_transpose(mark) else op)
    texts = {i: span(c["value"]) if c["shape"] == () else f"[{shape(c['shape'])}]" for i, c in constants.items()}
    if not texts:
        return symbol
    if row.infix and len(texts) == 1:
        ((i, text),) = texts.items()
        last = i == 1 or (row.commutative and constants[i]["shape"] != ())
        return f"{symbol} {text}" if last else f"{text} {symbol}"
    if symbol == "xʸ" and len(texts) == 1:
        exponent = texts.get(1, "")
        if exponent.removeprefix("−").isdecimal():
            return "x" + exponent.replace("−", "-").translate(SUPERSCRIPT)
        return f"x ^ {exponent}" if exponent else f"{texts[0]} ^ x"
    return f"{symbol}({', '.join(texts.get(i, '·') for i in range(mark['arity']))})"


def counted(n: int, word: str) -> str:
    """`n` things: "1 node", "2 nodes"."""
    return f"{n:,} {word}{'' if n == 1 else 's'}"
