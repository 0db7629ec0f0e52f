"""What a drawing shows: boxes, edges, clusters. Folding makes a `View`; picture, DOT and words read it.

A box stands for one thing, by its `kind`: "input", "parameter", "op", "output", "constant", "state" (what a time step
takes from the one before), "failed" (the operation that ended a pass), or "module", a group that is collapsed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .scopes import Path
from .style import clean, shorten
from .summaries import Summary

Shape = tuple[int, ...]

# ---- what a box stands for: a node of the tape (its number), a collapsed group (its path), or one of these ----------


@dataclass(frozen=True)
class Port:
    """A state of a rolled module: where it enters from the time step before."""

    scope: Path
    number: int


@dataclass(frozen=True)
class ConstantOf:
    """The constant that is an argument of a node."""

    user: int | Port
    position: int


@dataclass(frozen=True)
class Copy:
    """A further copy of a parameter, in another scope that uses it."""

    node: int
    scope: Path


Key = int | Path | Port | ConstantOf | Copy
Line = tuple[int, int, int]  # an edge of the tape: a node, one that uses it, and as which argument

# ---- boxes ----------------------------------------------------------------------------------------------------------


class Constant(NamedTuple):
    """An argument that is no Tensor."""

    shape: Shape
    value: Summary | str
    text: str = ""  # all that is known of it, in words
    what: str = ""  # it is, as far as is known: "one-hot", "row maximum"
    name: str = ""  # if it has one,
    given: bool = False  # ... and whether that makes it an input

    @property
    def single(self) -> Summary | str:
        """The value, as one number where all elements are equal."""
        value = self.value
        return value[0] if isinstance(value, tuple) and value[0] == value[1] else value

    @classmethod
    def of(cls, traced: Mapping[str, Any]) -> Constant:
        """A constant as `trace` describes it."""
        return cls(**{name: traced[name] for name in cls._fields if name in traced})


class Parameter(NamedTuple):
    """A parameter as a row of a collapsed module: its name there, its shape, the length of its gradient."""

    name: str
    shape: Shape
    norm: float | None
    node: int  # of the tape
    shared: bool = False  # whether something outside of the module uses it too


class Exit(NamedTuple):
    """A result of a collapsed group: its name, its shape, and its nodes on the tape, one for each time step."""

    name: str | None
    shape: Shape
    nodes: tuple[int, ...]


@dataclass(frozen=True)
class Content:
    """What a collapsed group holds, and how often it runs."""

    operations: int
    parameters: tuple[Parameter, ...] = ()
    output: bool = False  # whether a result that is drawn is in it
    exits: tuple[Exit, ...] = ()  # what is used outside
    times: int = 0  # calls of the same module, where they are told together,
    runs: int = 1  # ... and how many these are in all steps that are drawn as one
    more: int = 0  # modules like the one before
    gist: tuple[str, ...] = ()  # the operations that matter, where they have one named result

    @property
    def result(self) -> Exit | None:
        """What the group is there for, if that is one thing: its shape, value and gradient are the box's."""
        return self.exits[0] if len(self.exits) == 1 else None


@dataclass(frozen=True)
class Box:
    """What a drawing shows as one."""

    key: Key
    kind: str  # one of style.KINDS
    op: str | None = None  # the operation; of a module its class
    label: str | None = None  # what it is called where it stands,
    name: str | None = None  # ... and anywhere
    shape: Shape | None = None
    value: Summary | str = None
    grad: Summary = None
    norm: float | None = None  # the length of the gradient
    clusters: tuple[Path, ...] = ()  # around it, outermost first
    members: tuple[int, ...] = ()  # the nodes of the tape that it stands for
    arity: int = 0
    params: Mapping[str, str] = field(default_factory=dict)  # static arguments
    constants: Mapping[int, Constant] = field(default_factory=dict)  # arguments that are part of its text
    operand: str = ""  # the name of its only Tensor, where it stands
    idiom: str | None = None  # what the operation with its constants is known as
    broadcasts: bool = False  # whether its arguments are broadcast against each other
    chain: tuple[str, ...] = ()  # the operations, where they are several in a row,
    told: tuple[str, ...] = ()  # ... the same in words, with all of the constants,
    first: str | None = None  # ... and the first of them, which takes arguments without names
    steps: int = 0  # how many time steps are drawn as this one,
    alone: bool = False  # ... and whether no cluster around it says so
    copied: bool = False  # whether what it shows is shown elsewhere too
    constant: str = ""  # all that is known of a constant, in words,
    what: str = ""  # ... and what it is
    initial: Constant | None = None  # where a state begins
    message: str = ""  # what was said as it failed
    content: Content | None = None  # of a collapsed group

    @classmethod
    def of(cls, key: Key, node: Mapping[str, Any], **more: Any) -> Box:
        """The box of one node of a graph or a draft, with more that is known of it."""
        known = {name: node[name] for name in _TRACED if name in node}
        known["label"] = node.get("label") or node["name"]
        if node.get("initial"):
            known["initial"] = Constant.of(node["initial"])
        return cls(key, **{**known, **more})

    @property
    def node(self) -> int | None:
        """The node of the tape whose value it shows, if it is one."""
        return self.key if isinstance(self.key, int) else self.key.node if isinstance(self.key, Copy) else None

    @property
    def is_output(self) -> bool:
        """Whether a result that is drawn is this box, or in it."""
        return self.kind == "output" or (self.content is not None and self.content.output)

    @property
    def fixed(self) -> bool:
        """Whether it is no Tensor, but a constant, or what was drawn at random: no gradient goes there."""
        return isinstance(self.key, ConstantOf)

    @property
    def shares(self) -> bool:
        """Whether it, or a parameter that is a row of it, is used elsewhere too."""
        return self.copied or (self.content is not None and any(row.shared for row in self.content.parameters))

    @property
    def unordered(self) -> bool:
        """Whether its arguments have no positions of their own."""
        return self.kind in ("module", "state")


_TRACED = frozenset("kind op name shape value grad norm arity params idiom broadcasts steps message".split())

# ---- what is between and around them --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Edge:
    """From what is used to what uses it."""

    tail: Key
    head: Key
    position: int  # of the argument
    shape: Shape
    count: int = 1  # how many edges of the tape it stands for
    state: bool = False  # from one time step to the next: these alone close cycles
    initial: bool = False  # before the first time step
    tape: tuple[Line, ...] = ()  # the edges of the tape


@dataclass(frozen=True)
class Cluster:
    """A module call, or a group, whose content is shown."""

    path: Path
    name: str
    module: str = ""  # its class, where that says more
    made: str | None = None  # None for a module call; how another group was found
    steps: int = 0  # how many time steps are drawn as one,
    times: int = 0  # ... or calls of the same module

    @property
    def title(self) -> tuple[str, str]:
        """Its name; its class and how often it runs."""
        often = [f"{self.steps} steps"] if self.steps and not self.made else []
        often += [f"× {self.times}"] if self.times else []
        return shorten(clean(self.name)), " · ".join(filter(None, [shorten(clean(self.module)), *often]))


@dataclass(frozen=True)
class View:
    """A folded graph. It is acyclic, but for edges from one time step to the next."""

    boxes: Mapping[Key, Box]  # in order of creation
    edges: tuple[Edge, ...]  # by their tails, in the order of the boxes
    entering: Mapping[Key, list[Edge]]  # those into each box, in the order of what it is made from
    clusters: Mapping[Path, Cluster]
    notes: tuple[str, ...] = ()  # what could not be folded, and why
    collapsed: frozenset[Path] = frozenset()
    groups: tuple[Path, ...] = ()  # all that can be collapsed, outer ones before inner ones

    def __iter__(self) -> Iterator[Box]:
        return iter(self.boxes.values())

    def __len__(self) -> int:
        return len(self.boxes)
