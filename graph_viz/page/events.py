"""What happens, step by step: the recording of a tape, then the sweep over it, one contribution at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import operations
from ..captions import span
from ..style import clean, shape
from ..summaries import Summary, operation, summary
from ..trace import history
from . import rules_text
from .heat import Heat, heat

if TYPE_CHECKING:
    from autograd_zoo import Tensor

MANY = 6  # arguments that are listed; of more the first two and the last
WARM = 2_000  # nodes: of a larger tape the gradients of leaves alone have heat-maps
SWEPT = "the sweep starts here"
Place = tuple[int, int]  # of a constant: the node that takes it, and as which argument


@dataclass(frozen=True)
class Event:
    """One step. What is true after k steps is what the first k events have told."""

    node: int  # on the tape: whose value is computed, or whose gradient grows
    text: str  # the operation or the rule, with its numbers
    shown: Summary  # the value, or the gradient so far (a summary as in `trace`)
    source: int | None = None  # of the sweep: from which node something came,
    part: Summary = None  # ... and how much,
    position: int = -1  # ... as which of that node's arguments
    heat: Heat | None = None  # of the gradient so far, if it is an array


def recording(nodes: Sequence[Tensor], names: Sequence[str], named: Mapping[Place, str]) -> Iterator[Event]:
    """The operations in the order in which they were recorded; `named` are constants that have a name."""
    rank = {id(t): k for k, t in enumerate(nodes)}
    for k, t in enumerate(nodes):
        if t.op is not None:
            given = zip(t.inputs, t.saved, strict=True)
            words = [
                (named.get((k, i)) or constant(s)) if x is None else names[rank[id(x)]]
                for i, (x, s) in enumerate(given)
            ]
            yield Event(k, _computed(t, words), summary(t.data))


def sweeping(nodes: Sequence[Tensor], ys: Sequence[Tensor]) -> list[Event]:
    """The contributions in the order of a sweep from `ys`, newest node first: each to one argument of one operation.

    They are what the engine's careful sweep tells, so that a branch that was not taken sends 0 here too.
    """
    from autograd_zoo.engine.careful import careful
    from autograd_zoo.engine.mode import switched

    told = Contributions({id(t): k for k, t in enumerate(nodes)}, {y: seed(y) for y in ys})
    recorded = [t for t in reversed(nodes) if t.op is not None]
    with np.errstate(all="ignore"), switched(observer=told):
        careful(recorded, told.gradients, dict.fromkeys(ys), set(), None, False)
    return told.events


class Contributions:
    """An observer of a sweep, which notes each contribution as an event."""

    def __init__(self, rank: Mapping[int, int], seeds: Mapping[Tensor, Any]) -> None:
        self.rank, self.gradients = rank, dict(seeds)
        starts = [(rank[id(y)], g, summary(g)) for y, g in seeds.items()]
        self.events = [Event(k, SWEPT, shown, k, shown, heat=heat(g)) for k, g, shown in starts]

    def recorded(self, t: Tensor) -> None:
        """Nothing is shown of it."""

    def pulled(self, node: Tensor, i: int, part: Any, g: Any) -> None:
        """Note what the rule of `node` sent to its argument `i`; its own gradient is complete by then."""
        x: Any = node.inputs[i]  # a Tensor: nothing goes to a constant
        text = _rule(node, i, self.gradients[node])
        self.gradients[x] = g
        warm = heat(g) if x.op is None or len(self.rank) <= WARM else None
        self.events.append(Event(self.rank[id(x)], text, summary(g), self.rank[id(node)], summary(part), i, warm))

    def within_a_sweep(self) -> None:
        """Rules are not looked into."""


def seed(y: Tensor) -> Any:
    """What a sweep from `y` starts with: the gradient that it has, else 1; None where a sweep has no one start."""
    if y.grad is not None:
        return y.grad[()]
    return np.ones(y.shape, y.dtype)[()] if y.size == 1 else None


def starts(ys: Sequence[Tensor]) -> list[Tensor]:
    """Those of `ys` at which a sweep can start: they have a seed, and no other of them depends on them."""
    inner = {id(x) for t in history(ys) for x in t.inputs if x is not None}
    return [y for y in ys if id(y) not in inner and seed(y) is not None]


def of(
    ys: Sequence[Tensor], names: Sequence[str], named: Mapping[Place, str] | None = None, *, sweep: bool = True
) -> tuple[list[Event], int]:
    """All events behind the results `ys`, and how many of them are the recording."""
    nodes = history(ys)
    recorded = list(recording(nodes, names, named or {}))
    return recorded + (sweeping(nodes, starts(ys)) if sweep else []), len(recorded)


def _computed(t: Tensor, words: list[str]) -> str:
    """The operation of node `t` with its arguments, and with numbers if all are numbers."""
    op = clean(operation(t.op))
    symbol = operations.symbol(op) if operations.of(op).infix and len(words) == 2 else ""
    words[2:-1] = ["…"] if len(words) > MANY else words[2:-1]

    def written(arguments: Sequence[str]) -> str:
        return f" {symbol} ".join(arguments) if symbol else f"{op}({', '.join(arguments)})"

    text = written(words)
    if len(words) > 2 or any(np.ndim(s) for s in t.saved):
        return text
    numbers = [constant(s) for s in t.saved]
    if symbol:
        numbers = [f"({n})" if n.startswith("−") else n for n in numbers]
    return f"{text} = {written(numbers)}"


def _rule(t: Tensor, i: int, g: Any) -> str:
    """The rule of node `t` for its argument `i`, with numbers if all are numbers."""
    text = clean(rules_text.told(operations.known(t.op).rule, operation(t.op), i))
    if t.op is np.power and t.inputs[1] is None:
        text = rules_text.whole(text, t.saved[1])
    arguments = dict(zip(rules_text.variables(len(t.inputs)), t.saved, strict=False))
    numbers = {"ȳ": g, "y": t.data, **arguments}
    if text == "ȳ" or not rules_text.is_formula(text) or any(np.ndim(n) for n in numbers.values()):
        return text
    with_numbers = rules_text.filled(text, {name: span(summary(n)) for name, n in numbers.items()})
    return text if with_numbers == text else f"{text} = {with_numbers}"


def constant(value: Any) -> str:
    """An argument that is no Tensor."""
    array = np.asarray(value)
    number = array.size == 1 and array.dtype.kind in "fiub"
    return span(summary(array)) if number else f"[{shape(array.shape)}]"
