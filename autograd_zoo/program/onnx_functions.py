"""Module calls as functions of an ONNX model: a viewer shows the modules, and what is inside when one is opened."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

Frames = Mapping[str, Sequence[tuple[str, str]]]  # of each scope: (kind, path) from the outermost one down
DOMAIN = "autograd_zoo"
NUMBERED = re.compile(r"[xcv]\d+")  # names that are given here
SMALL = 64  # numbers of a constant that each function has for itself; a larger one is handed in, if others need it too


class Row(NamedTuple):
    """A node of the flat graph, with its number and the frames that it stands in."""

    number: int
    node: Any
    frames: Sequence[tuple[str, str]]
    backward: bool


class Folded:
    """Nodes in which each run of a module's nodes is one, which calls a function.

    Attributes
    ----------
    nodes : list of NodeProto
    functions : list of FunctionProto; equal ones are one
    left : list of TensorProto, the constants that are not inside a function
    """

    def __init__(
        self,
        onnx: Any,
        nodes: Sequence[Any],
        constants: Sequence[Any],
        parameters: Collection[str],
        frames: Frames,
        version: int,
    ) -> None:
        self.onnx, self.parameters, self.version = onnx, parameters, version
        self.constants = {c.name: c for c in constants}
        self.users: dict[str, list[int]] = {}  # of each value, the nodes
        for k, node in enumerate(nodes):
            for name in node.input:
                self.users.setdefault(name, []).append(k)
        self.made: dict[bytes, Any] = {}
        self.calls: dict[str, int] = {}
        self.nodes = self.fold([row(k, node, frames) for k, node in enumerate(nodes)], 0)
        self.functions = list(self.made.values())
        used = {name for node in self.nodes for name in node.input}
        self.left = [c for c in constants if c.name in used]

    def fold(self, rows: Sequence[Row], depth: int) -> list[Any]:
        """The nodes of `rows`, which stand in one frame down to `depth`."""
        found: list[Any] = []
        for frame, run in groupby(rows, key=lambda row: row.frames[depth] if len(row.frames) > depth else None):
            inside = list(run)
            found += [row.node for row in inside] if frame is None else [self.call(frame, inside, depth)]
        return found

    def call(self, frame: tuple[str, str], rows: Sequence[Row], depth: int) -> Any:
        """The node that calls the function of `rows`."""
        numbers = {row.number for row in rows}
        body = self.fold(rows, depth + 1)
        made = {name for node in body for name in node.output if name}
        wanted = dict.fromkeys(name for node in body for name in node.input if name and name not in made)
        own = [n for n in wanted if n in self.constants and self.inside(n, numbers)]
        inputs = [name for name in wanted if name not in own]
        outputs = [n for n in dict.fromkeys(n for node in body for n in node.output) if self.outside(n, numbers)]
        kind, path = frame
        backward = "_backward" if any(row.backward for row in rows) else ""
        function = self.function(kind + backward, path, body, own, inputs, outputs)
        self.calls[path] = again = self.calls.get(path, 0) + 1
        name = path if again == 1 else f"{path} {again}"  # no two nodes have one name
        return self.onnx.helper.make_node(function.name, inputs, outputs, name=name, domain=DOMAIN)

    def inside(self, name: str, numbers: set[int]) -> bool:
        """Whether a constant stands inside the function of some nodes."""
        size = 1
        for n in self.constants[name].dims:
            size *= n
        return size <= SMALL or numbers.issuperset(self.users[name])

    def outside(self, name: str, numbers: set[int]) -> bool:
        """Whether a value is used elsewhere, or is a result."""
        return bool(name) and not numbers.issuperset(self.users.get(name, [-1]))

    def function(
        self, kind: str, path: str, body: list[Any], own: list[str], inputs: list[str], outputs: list[str]
    ) -> Any:
        """The function of a body, with names of its own: one that is already there, if it is the same."""
        helper, names = self.onnx.helper, dict[str, str]()
        for name in inputs:  # a parameter is called by its path in the module, such as "norm1.gamma"
            short = name.removeprefix(f"{path}.")
            own_name = name in self.parameters and not NUMBERED.fullmatch(short) and short not in names.values()
            names[name] = short if own_name else f"x{len(names)}"
        for name in own:
            names[name] = f"c{len(names)}"
        for node in body:
            for name in node.output:
                names.setdefault(name, f"v{len(names)}")
        nodes = [helper.make_node("Constant", [], [names[n]], value=self.unnamed(n)) for n in own]
        for node in body:
            copy = self.onnx.NodeProto()
            copy.CopyFrom(node)
            del copy.metadata_props[:]
            copy.name = node.name.rpartition(".")[2] if node.domain else ""
            copy.input[:] = [names[n] if n else "" for n in node.input]
            copy.output[:] = [names[n] if n else "" for n in node.output]
            nodes.append(copy)
        opsets = [helper.make_opsetid("", self.version), helper.make_opsetid(DOMAIN, 1)]
        given, results = [names[n] for n in inputs], [names[n] for n in outputs]
        function = helper.make_function(DOMAIN, kind, given, results, nodes, opsets)
        key = function.SerializeToString()
        if key not in self.made:
            alike = sum(f.name.partition(" ")[0] == kind for f in self.made.values())
            if alike:
                function.name = f"{kind} {alike + 1}"
            self.made[key] = function
        return self.made[key]

    def unnamed(self, name: str) -> Any:
        """The constant of a name, without it."""
        tensor = self.onnx.TensorProto()
        tensor.CopyFrom(self.constants[name])
        tensor.name = ""
        return tensor


def row(number: int, node: Any, frames: Frames) -> Row:
    """A node with its frames; those of a backward pass, "∇tanh", are no modules."""
    (scope,) = [p.value for p in node.metadata_props if p.key == "scope"] or [""]
    chain = frames.get(scope, ())
    modules = [frame for frame in chain if not frame[0].startswith("∇")]
    return Row(number, node, modules, len(modules) < len(chain))
