"""What is written into a box: its title and its rows, and with them its size."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from . import operations
from .letters import held, letters, operand
from .style import KINDS, LONGEST, NAME, ROW, SUPERSCRIPT, clean, number, rounded, shape, shorten, width
from .summaries import Summary
from .view import Box, Constant, Content

PAD_X, PAD_Y, NAME_LINE, ROW_LINE, GAP = 8.0, 5.0, 17.0, 13.0, 8.0  # px
NARROWEST, NUMBER = 34.0, width("−0.0000", ROW)  # px: a box, a number
SAID, CHAIN = 60, 48  # characters of an error, and of a chain, that are shown
INDEX = 14  # characters of an index in a title
LONGEST_PERIOD = 3  # operations that a chain repeats
ROWS = 12  # parameters of a closed module that are shown
SHAPES = 3  # of its results
SHARED = "• "  # before a parameter that something else uses too
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
    """The text of a box: its title, what stands before and after it, and the rows below."""

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
    def lines(self) -> list[str]:
        """All its text, from top to bottom."""
        title = f"{self.before}{self.title} {self.after}".rstrip()
        return [title, *(f"{row.word} {row.text}".strip() for row in self.rows)]

    @property
    def height(self) -> float:
        """The height of a box that holds all lines."""
        return 2 * PAD_Y + NAME_LINE + ROW_LINE * len(self.rows)


def caption(box: Box, *, shapes: bool, values: bool, gradients: bool) -> Caption:
    """What to write into a box of a view."""
    label = short(box.label)
    kind, lengths = box.kind, box.shape or ()
    if box.content is not None:
        return _module(box, box.content, label, shapes=shapes, values=values, gradients=gradients)
    if kind == "state":
        rows = [Row("", shape(lengths))] if shapes else []
        return Caption(label, (*rows, *_initial(box.initial)))
    if kind == "failed":
        return Caption(short(box.op), (Row("", shorten(clean(box.message), SAID), "wrong"),))
    if box.fixed:
        title = label or ((box.what or "constant") if lengths else plain(box.value))  # no shape: it reads as a number
        known = [Row("", shape(lengths))] * bool(lengths) + [Row("", box.what)] * bool(box.what and title != box.what)
        known += [Row("", plain(box.value))] * bool(label and not lengths)
        return Caption(title, (*known, *(_numbers(box, values, False) if lengths else ())))
    silent = box.chain or is_transpose(box) or shown_index(box) or (shapes and operations.of(box.op).role == "reshapes")
    static = "" if silent else _begun(static_arguments(box))
    rows = [Row("", static)] if static else []
    rows += [Row("", shape(lengths))] if shapes else []
    rows += [Row("", f"{box.steps} steps")] if box.alone else []
    rows += _numbers(box, values, gradients)
    if box.op is None:
        return Caption(label or KINDS[kind].word, tuple(rows))
    title = shorten(" → ".join(listed(box.chain)), CHAIN) if box.chain else short(expression(box))
    return Caption(title, tuple(rows), before=f"{label} = " if label else "")


def _module(box: Box, content: Content, label: str, *, shapes: bool, values: bool, gradients: bool) -> Caption:
    """The text of a collapsed module: its parameters, what it does, how often, and what comes out."""
    known = () if content.more else content.parameters[:ROWS]
    rows = [Row(SHARED * p.shared + short(p.name), _parameter(p.shape, p.norm, gradients), "text") for p in known]
    rest = len(content.parameters) - len(known)
    if rest:
        rows.append(Row("", f"and {counted(rest, 'parameter')}" if known else counted(rest, "parameter")))
    often = box.steps or content.runs
    gist = clean(" ".join(content.gist))
    number_of = counted(content.operations // often, "operation")
    rows += [] if label.startswith(number_of) else [Row("", gist or number_of)]
    rows += [Row("", f"{box.steps} steps")] if box.steps and box.op else []
    title = f"{label} × {content.times}" if content.times else label
    rows += [Row("", results(content))] if shapes and content.exits else []
    rows += _numbers(box, values, gradients) if content.result else []
    result = content.result.name if content.result else None
    before = f"{short(result)} = " if result and result != label else ""
    after = "" if content.more or box.op == label else short(box.op)
    return Caption(title, tuple(rows), before, after)


def results(content: Content) -> str:
    """The shapes of what comes out of a collapsed group, each once."""
    shapes = dict.fromkeys(shape(each.shape) for each in content.exits)
    return ", ".join(list(shapes)[:SHAPES] + ["…"] * (len(shapes) > SHAPES))


def _parameter(lengths: tuple[int, ...], norm: float | None, gradients: bool) -> str:
    """What is said of a parameter in a row: its shape, and how long its gradient is."""
    return f"{shape(lengths)}  ‖∂‖ {number(norm)}" if gradients and norm is not None else shape(lengths)


def _initial(constant: Constant | None) -> list[Row]:
    """The row of a state that begins with a constant."""
    return [] if constant is None else [Row("t = 0", span(constant.single))]


def listed(texts: Sequence[str]) -> list[str]:
    """The operations of a chain, repeated ones counted.

    >>> listed(["+", "× 2", "× 2", "× 2"])
    ['+', '× 2 (3 times)']
    >>> listed(["× 2", "tanh"] * 50)
    ['(× 2 → tanh) 50 times']
    """
    found: list[str] = []
    k = 0
    while k < len(texts):
        n, period = max((_times(texts, k, period), -period) for period in range(1, LONGEST_PERIOD + 1))
        once = list(texts[k : k - period])
        again = f"{once[0]} ({n:,} times)" if period == -1 else f"({' → '.join(once)}) {n:,} times"
        found += [again] if n > 2 else once
        k += -period * (n if n > 2 else 1)
    return found


def _times(texts: Sequence[str], start: int, period: int) -> int:
    """How often the next `period` texts come one after the other; 1 if that is no more than twice."""
    n = 1
    while texts[start : start + period] == texts[start + n * period : start + (n + 1) * period]:
        n += 1
    return n if n > 2 and len(texts) >= start + period else 1


def _numbers(box: Box, values: bool, gradients: bool) -> tuple[Row, ...]:
    """The rows of the value and the gradient of a box."""
    shown = [("value", box.value, "text")] * values + [("grad", box.grad, "grad")] * gradients
    return tuple(Row(word, span(x), tone if finite(x) else "wrong") for word, x, tone in shown)


def short(text: str | None) -> str:
    """Somebody's text as it is shown."""
    return shorten(letters(clean(text or "")))


def _begun(text: str) -> str:
    """Static arguments in a box: as many as there is room for, from the first one on."""
    text = clean(text)
    end = text.rfind(", ", 0, LONGEST) if len(text) > LONGEST else -1
    return shorten(text) if end < 0 else f"{text[:end]}, …"


def is_transpose(box: Box) -> bool:
    """Whether an operation exchanges the last two axes."""
    axes = {box.params.get("axis1"), box.params.get("axis2")} if box.op == "swapaxes" else set()
    return axes == {"-1", "-2"} or (axes == {"0", "1"} and len(box.shape or ()) == 2)


def shown_index(box: Box) -> str:
    """The index of what is read at one, where there is room for it in the title; or nothing."""
    index = box.params.get("index", "") if box.op == "getitem" else ""
    index = index[1:-1] if index.startswith("(") and index.endswith(")") else index
    return index if len(index) <= INDEX else ""


def static_arguments(box: Box) -> str:
    """The static arguments of an operation, without those that only say that something is not asked for."""
    written = ((key, value) for key, value in box.params.items() if key == "index" or value not in ("None", "False"))
    return ", ".join(f"{key}={value}" for key, value in written)


def span(value: Summary | str) -> str:
    """A value as text: a number, "least … greatest", or a dash where there is none."""
    if value is None:
        return NOTHING
    if not isinstance(value, tuple):
        return value if isinstance(value, str) else number(value)
    return number(value[0]) if math.isnan(value[0]) else f"{number(value[0])} … {number(value[1])}"


def plain(value: Summary | str) -> str:
    """A constant as it is written in a box: with "…" where it has more digits."""
    return rounded(value) if isinstance(value, float) else span(value)


def finite(value: Summary | str) -> bool:
    """Whether there is no NaN and no infinity in a value (or no value)."""
    numbers = value if isinstance(value, tuple) else (value,)
    return all(x is None or isinstance(x, str) or math.isfinite(x) for x in numbers)


def expression(box: Box, named: Mapping[int, str] = MappingProxyType({}), *, all: bool = False) -> str:
    """An operation as its symbol, with constants that are part of its text: "× 2", "1 −", "z²"; and with names.

    Of constants a box shows what there is room for, or `all`. What stands before ᵀ or a power is the name of the
    operand, or (·) where it has none.
    """
    op = box.idiom or box.op or ""
    row, constants = operations.of(op), box.constants
    symbol = operations.symbol("transpose" if is_transpose(box) else op)
    short = {i: _briefly(c) if c.shape else c.name or plain(c.value) for i, c in constants.items()}
    texts = {**({i: c.text or short[i] for i, c in constants.items()} if all else short), **named}
    if index := shown_index(box):
        return f"{held(box.operand)}[{index}]"
    if not texts:
        return operand(symbol, box.operand)
    if symbol == "^" and len(texts) == 1:
        exponent = texts.get(1, "")
        if exponent.removeprefix("−").isdecimal():
            return held(box.operand) + exponent.replace("−", "-").translate(SUPERSCRIPT)
        return f"{held(box.operand)} ^ {exponent}" if exponent else f"{texts[0]} ^ {held(box.operand)}"
    if row.infix and len(texts) == 1:
        ((i, text),) = texts.items()
        return f"{symbol} {text}" if i == 1 else f"{text} {symbol}"
    if row.infix and len(texts) == 2:
        return f"{texts[0]} {symbol} {texts[1]}"
    return f"{symbol}({', '.join(texts.get(i, '·') for i in range(box.arity))})"


def _briefly(c: Constant) -> str:
    """A constant of several elements in the text of its operation: its name, or its shape and what it is."""
    return c.name or f"[{f'{shape(c.shape)} {c.what}'.strip()}]"


def counted(n: int, word: str) -> str:
    """`n` things: "1 node", "2 nodes"."""
    return f"{n:,} {word}{'' if n == 1 else 's'}"
