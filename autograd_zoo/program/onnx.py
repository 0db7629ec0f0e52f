"""Programs as ONNX: the portable rows are run under a namespace whose functions write nodes instead of computing.

`operators="named"` puts ONNX's own operators (Conv, Relu, LayerNormalization) where a module's function has one, see
`onnx_named`; "composed" writes what was recorded. A value carries the array that it has at the recorded inputs, for its
shape and dtype.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..closed_form import special
from .onnx_named import named
from .portable import Rows
from .program import Call, Instruction, Program, Ref, refs
from .traced import RecordError

OPSET, IR = 21, 10
SIMPLE = {  # the array API's name -> ONNX's operator, and NumPy's function where its name is another
    **{name: name.capitalize() for name in "exp log sqrt tanh sin cos tan sinh cosh sign floor ceil abs reciprocal".split()},
    **{name: name.capitalize() for name in "round asin acos atan asinh acosh atanh equal less greater".split()},
    "add": "Add", "subtract": "Sub", "multiply": "Mul", "divide": "Div", "pow": "Pow", "matmul": "MatMul",
    "negative": "Neg", "positive": "Identity", "less_equal": "LessOrEqual", "greater_equal": "GreaterOrEqual",
    "logical_not": "Not", "logical_and": "And", "logical_or": "Or", "logical_xor": "Xor", "bitwise_and": "And",
    "bitwise_or": "Or", "bitwise_invert": "Not", "isnan": "IsNaN", "isinf": "IsInf", "maximum": "Max", "minimum": "Min",
}  # fmt: skip
FIRST, LAST = -(2**63) + 1, 2**63 - 1  # the ends of an axis, as Slice knows them


class Node:
    """A value of the graph: its name there, and the array that it has at the recorded inputs."""

    def __init__(self, graph: Graph, name: str, array: Any) -> None:
        self.graph, self.name, self.array = graph, name, np.asarray(array)

    shape = property(lambda self: self.array.shape)
    ndim = property(lambda self: self.array.ndim)
    dtype = property(lambda self: self.array.dtype)

    def __getitem__(self, index: Any) -> Node:
        return self.graph.sliced(self, index)


def _operator(name: str, reflected: bool = False) -> Callable[[Node, Any], Node]:
    def apply(self: Node, other: Any) -> Node:
        f = getattr(self.graph, name)
        other = other if isinstance(other, Node) else self.graph.asarray(np.asarray(other, self.dtype))
        return f(other, self) if reflected else f(self, other)

    return apply


for _word, _name in {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "and": "bitwise_and", "or": "bitwise_or",
    "lt": "less", "gt": "greater", "le": "less_equal", "ge": "greater_equal", "eq": "equal",
}.items():  # fmt: skip
    setattr(Node, f"__{_word}__", _operator(_name))
    setattr(Node, f"__r{_word}__", _operator(_name, reflected=True))
Node.__neg__ = lambda self: self.graph.negative(self)  # type: ignore[attr-defined]
Node.__hash__ = object.__hash__  # type: ignore[method-assign]


class Graph:
    """The namespace: functions by the array API's names, which write nodes."""

    int64, float64, float32, float16, bool = map(np.dtype, ("int64", "float64", "float32", "float16", "bool"))

    def __init__(self, sharing: bool = True) -> None:
        import onnx

        self.onnx, self.nodes, self.sharing = onnx, [], sharing
        self.constants: dict[Any, Node] = {}
        self.initializers: list[Any] = []
        self.scope = ""

    # ---- nodes ---------------------------------------------------------------------------------------------------

    def asarray(self, a: Any, dtype: Any = None) -> Node:
        """A constant; equal ones are one."""
        if isinstance(a, Node):
            return a
        a = np.asarray(a, dtype)
        key = (a.dtype.str, a.shape, a.tobytes()) if self.sharing else len(self.constants)
        if key not in self.constants:
            name = f"constant_{len(self.constants)}"
            self.initializers.append(self.onnx.numpy_helper.from_array(np.array(a), name))
            self.constants[key] = Node(self, name, a)
        return self.constants[key]

    def emit(self, operator: str, inputs: Sequence[Any], array: Any, outputs: int = 1, **attributes: Any) -> Node:
        """A node of `operator`, whose first output has the value `array`."""
        names = [f"v{len(self.nodes)}" + (f"_{k}" if k else "") for k in range(outputs)]
        given = ["" if x is None else self.asarray(x).name for x in inputs]
        node = self.onnx.helper.make_node(operator, given, names, name=f"{operator}_{len(self.nodes)}", **attributes)
        if self.scope:
            entry = node.metadata_props.add()
            entry.key, entry.value = "scope", self.scope
        self.nodes.append(node)
        return Node(self, names[0], array)

    def __getattr__(self, name: str) -> Any:
        if name not in SIMPLE:
            raise AttributeError(name)
        f = getattr(np, {"isinf": "isinf"}.get(name, name))

        def function(*xs: Any) -> Node:
            nodes = self.promoted(*xs)
            operator = SIMPLE[name]
            if name == "matmul" and min(x.ndim for x in nodes) == 0:
                raise RecordError("a matrix product of numbers has no operator")
            with np.errstate(all="ignore"):
                return self.emit(operator, nodes, f(*(x.array for x in nodes)))

        return function

    # ---- dtypes --------------------------------------------------------------------------------------------------

    def astype(self, x: Node, dtype: Any) -> Node:
        if x.dtype == dtype:
            return x
        to = self.onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        return self.emit("Cast", [x], x.array.astype(dtype), to=to)

    @staticmethod
    def isdtype(dtype: Any, kind: str) -> Any:
        return dtype.kind == {"bool": "b", "real floating": "f"}[kind]

    def promoted(self, *xs: Any) -> list[Node]:
        """Values in one dtype: ONNX does not promote float32 beside float64."""
        nodes = [self.asarray(x) for x in xs]
        dtype = np.result_type(*(x.dtype for x in nodes))
        return [self.astype(x, dtype) for x in nodes]

    # ---- composed of others --------------------------------------------------------------------------------------

    def square(self, x: Node) -> Node:
        return self.multiply(x, x)

    def not_equal(self, a: Any, b: Any) -> Node:
        return self.logical_not(self.equal(a, b))

    def isfinite(self, x: Node) -> Node:
        return self.logical_not(self.logical_or(self.isnan(x), self.isinf(x)))

    def expm1(self, x: Node) -> Node:
        """exp(x) − 1 = tanh(x/2) (exp(x) + 1), which keeps the digits of a small x."""
        e = self.tanh(x * 0.5) * (self.exp(x) + 1.0)
        return self.where(x > 40.0, self.exp(x), e)

    def log1p(self, x: Node) -> Node:
        """log(1 + x) = x log(u)/(u − 1) with u = 1 + x, which keeps the digits of a small x; x where u is 1."""
        u = x + 1.0
        one = self.equal(u, self.ones_like(u))
        far = self.where(self.isfinite(u), x * (self.log(u) / self.where(one, self.ones_like(u), u - 1.0)), self.log(u))
        return self.where(one, x, far)

    def logaddexp(self, a: Any, b: Any) -> Node:
        a, b = self.asarray(a), self.asarray(b)
        m, d = self.maximum(a, b), self.abs(a - b)
        y = m + self.log1p(self.exp(-d))
        return self.where(self.equal(a, b), m + float(np.log(2.0)), y)

    def hypot(self, a: Any, b: Any) -> Node:
        return self.sqrt(self.square(self.asarray(a)) + self.square(self.asarray(b)))

    def log2(self, x: Node) -> Node:
        return self.log(x) * float(1 / np.log(2.0))

    def log10(self, x: Node) -> Node:
        return self.log(x) * float(1 / np.log(10.0))

    def where(self, c: Any, a: Any, b: Any) -> Node:
        c, (a, b) = self.asarray(c), self.promoted(a, b)
        return self.emit("Where", [c, a, b], np.where(c.array, a.array, b.array))

    # ---- constants -----------------------------------------------------------------------------------------------

    def zeros_like(self, x: Node) -> Node:
        return self.asarray(np.zeros((), x.dtype)) if x.ndim else self.asarray(np.zeros((), x.dtype))

    def ones_like(self, x: Node) -> Node:
        return self.asarray(np.ones((), x.dtype))

    def zeros(self, shape: Any, dtype: Any) -> Node:
        return self.asarray(np.zeros(shape, dtype))

    def full(self, shape: Any, value: float, dtype: Any) -> Node:
        return self.asarray(np.full(shape, value, dtype))

    # ---- over axes -----------------------------------------------------------------------------------------------

    def _over(self, operator: str, f: Any, x: Node, axis: Any, keepdims: bool) -> Node:
        axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        if not axes:
            return x
        return self.emit(
            operator, [x, np.array(axes, np.int64)], f(x.array, axis=axes, keepdims=keepdims), keepdims=int(keepdims)
        )

    def sum(self, x: Node, axis: Any = None, keepdims: bool = False) -> Node:
        return self._over("ReduceSum", np.sum, x, axis, keepdims)

    def mean(self, x: Node, axis: Any = None, keepdims: bool = False) -> Node:
        return self._over("ReduceMean", np.mean, x, axis, keepdims)

    def max(self, x: Node, axis: Any = None, keepdims: bool = False) -> Node:
        return self._over("ReduceMax", np.max, x, axis, keepdims)

    def min(self, x: Node, axis: Any = None, keepdims: bool = False) -> Node:
        return self._over("ReduceMin", np.min, x, axis, keepdims)

    def any(self, x: Node, axis: Any = None, keepdims: bool = False) -> Node:
        return self.astype(self.max(self.astype(x, self.int64), axis, keepdims), self.bool)

    def all(self, x: Node, axis: Any = None, keepdims: bool = False) -> Node:
        return self.astype(self.min(self.astype(x, self.int64), axis, keepdims), self.bool)

    def argmax(self, x: Node, axis: Any = None, keepdims: bool = False) -> Node:
        return self._arg("ArgMax", np.argmax, x, axis, keepdims)

    def argmin(self, x: Node, axis: Any = None, keepdims: bool = False) -> Node:
        return self._arg("ArgMin", np.argmin, x, axis, keepdims)

    def _arg(self, operator: str, f: Any, x: Node, axis: Any, keepdims: bool) -> Node:
        x, axis = (self.reshape(x, (-1,)), 0) if axis is None else (x, axis)
        return self.emit(operator, [x], f(x.array, axis=axis, keepdims=keepdims), axis=axis, keepdims=int(keepdims))

    def cumulative_sum(self, x: Node, axis: int) -> Node:
        return self.emit("CumSum", [x, np.array(axis, np.int64)], np.cumsum(x.array, axis))

    # ---- shapes and places ---------------------------------------------------------------------------------------

    def reshape(self, x: Node, shape: Any) -> Node:
        y = np.reshape(x.array, shape)
        return x if y.shape == x.shape else self.emit("Reshape", [x, np.array(y.shape, np.int64)], y)

    def broadcast_to(self, x: Node, shape: Any) -> Node:
        y = np.broadcast_to(x.array, shape)
        return x if y.shape == x.shape else self.emit("Expand", [x, np.array(y.shape, np.int64)], y)

    def permute_dims(self, x: Node, axes: Any) -> Node:
        return self.emit("Transpose", [x], np.transpose(x.array, axes), perm=[int(a) for a in axes])

    def moveaxis(self, x: Node, source: Any, destination: Any) -> Node:
        order = np.moveaxis(np.empty(range(1, x.ndim + 1), bool), source, destination).shape
        return self.permute_dims(x, [n - 1 for n in order])

    def concat(self, xs: Sequence[Node], axis: int = 0) -> Node:
        xs = [self.asarray(x) for x in xs]
        return self.emit("Concat", xs, np.concatenate([x.array for x in xs], axis), axis=axis)

    def stack(self, xs: Sequence[Node], axis: int = 0) -> Node:
        axis %= xs[0].ndim + 1
        return self.concat([self.expanded(x, (axis,)) for x in xs], axis)

    def expanded(self, x: Node, axes: tuple[int, ...]) -> Node:
        """x with axes of length 1."""
        return self.emit("Unsqueeze", [x, np.array(axes, np.int64)], np.expand_dims(x.array, axes))

    def take(self, x: Node, indices: Any, axis: int) -> Node:
        i = self.asarray(indices)
        return self.emit("Gather", [x, i], np.take(x.array, i.array, axis), axis=axis)

    def flip(self, x: Node, axis: Any = None) -> Node:
        axes = range(x.ndim) if axis is None else np.atleast_1d(axis)
        index = [slice(None)] * x.ndim
        for a in axes:
            index[a] = slice(None, None, -1)
        return self.sliced(x, tuple(index))

    def sliced(self, x: Node, index: Any) -> Node:
        """x at integers, slices, new axes and `...`."""
        parts = index if isinstance(index, tuple) else (index,)
        named = sum(p is not None and p is not ... for p in parts)
        k = next((k for k, p in enumerate(parts) if p is ...), len(parts))
        full = [*parts[:k], *[slice(None)] * (x.ndim - named), *parts[k + 1 :]]
        cuts, dropped, added, axis, out = [], [], [], 0, 0
        for p in full:
            if p is None:
                added.append(out)
                out += 1
                continue
            if isinstance(p, slice):
                start, stop, step = p.indices(x.shape[axis])
                if (start, stop, step) != (0, x.shape[axis], 1):
                    cuts.append((start, FIRST if stop < 0 else stop, axis, step))
                out += 1
            else:
                at = int(p) % x.shape[axis]
                cuts.append((at, at + 1, axis, 1))
                dropped.append(axis)
            axis += 1
        y = x
        if cuts:
            whole: list[Any] = [slice(None)] * x.ndim
            for start, stop, a, step in cuts:
                whole[a] = slice(start, None if stop == FIRST else stop, step)
            columns = [np.array(column, np.int64) for column in zip(*cuts, strict=True)]
            y = self.emit("Slice", [x, *columns], x.array[tuple(whole)])
        if dropped:
            y = self.emit("Squeeze", [y, np.array(dropped, np.int64)], np.squeeze(y.array, tuple(dropped)))
        return self.expanded(y, tuple(added)) if added else y


class OnnxRows(Rows):
    """The portable rows, for the namespace of a graph."""

    def erf(self, x: Node) -> Node:
        """ONNX Runtime computes it in float32; in float64 the package's own series is written."""
        if x.dtype == np.float64:
            return special.erf(x, self.xp)
        return self.xp.emit("Erf", [x], special.erf(x.array))

    def mean(self, x: Node, axis: Any = None, keepdims: bool = False, *, axes: Any = None) -> Node:
        if axes is not None:
            axis, keepdims = axes, True
        return self.xp.mean(x, axis=axis, keepdims=keepdims)


def export(
    program: Program,
    path: str | os.PathLike[str] | None = None,
    *,
    operators: Literal["named", "composed"] = "named",
    batch: str | None = None,
    name: str = "program",
) -> Any:
    """`program` as an ONNX model, whose inputs are its leaves and what is given, and whose outputs are its results.

    Parameters
    ----------
    program : Program
    path : path, optional
        where to write it too
    operators : "named" or "composed"
    batch : str, optional
        a name for the length of the first axis of the first example (and of those of the same length), which is then
        free. The function is recorded again at other lengths, and the numbers that depend on it are written as such
    name : str
        of the graph

    Returns
    -------
    onnx.ModelProto

    Raises
    ------
    RecordError
        for an operation that has no row
    ImportError
        without the package onnx, which the extra "onnx" brings
    """
    if batch is None:
        model = assembled(written(program, operators), name, {})
    else:
        from .onnx_batch import symbolic

        model = symbolic(program, operators, name, batch)
    if path is not None:
        import onnx

        onnx.save(model, path)
    return model


@dataclass
class Written:
    """The nodes of a program, with its inputs and results."""

    graph: Graph
    inputs: list[tuple[str, Any]]
    outputs: list[tuple[str, Any]]


def written(program: Program, operators: str, sharing: bool = True) -> Written:
    """The nodes of a program."""
    graph = Graph(sharing)
    rows = OnnxRows(graph, graph.asarray)
    names = program.names()
    inputs = [(names[x.number], np.asarray(x.value)) for x in (*program.leaves, *program.given)]
    known: dict[int, Any] = {
        x.number: Node(graph, label, array)
        for x, (label, array) in zip((*program.leaves, *program.given), inputs, strict=True)
    }

    def value(v: Any) -> Any:
        if isinstance(v, Ref):
            return known[v.number]
        if isinstance(v, tuple):
            return tuple(map(value, v))
        return slice(*map(value, (v.start, v.stop, v.step))) if isinstance(v, slice) else v

    def argument(v: Any) -> Any:
        return graph.asarray(v) if isinstance(v, (np.ndarray, np.generic)) else value(v)

    own = named(graph) if operators == "named" else {}
    calls = {c.number: c for c in program.calls if c.op in own}
    scopes = {i.number: i.scope for i in program.instructions}
    for i in needed(program, calls):
        graph.scope = scopes.get(i.number, "")
        row = own[i.op] if isinstance(i, Call) else rows(i.op)
        if row is None:
            raise RecordError(f"ONNX has no row for {i.op}" + (f" ({i.line})" if isinstance(i, Instruction) else ""))
        known[i.number] = row(*map(argument, i.args), **{key: value(v) for key, v in i.params.items()})
    graph.scope = ""
    outputs = []
    for label, number in program.outputs.items():
        node = graph.asarray(known[number])
        graph.emit("Identity", [node], node.array)
        graph.nodes[-1].output[0] = f"{label}" if label not in dict(inputs) else f"{label}.next"
        outputs.append((graph.nodes[-1].output[0], node.array))
    return Written(graph, inputs, outputs)


def assembled(found: Written, name: str, free: Mapping[str, Mapping[int, str]]) -> Any:
    """The model of written nodes; `free` names the axes of inputs and results that have no fixed length."""
    helper = found.graph.onnx.helper

    def described(label: str, array: Any) -> Any:
        lengths = [free.get(label, {}).get(k, n) for k, n in enumerate(array.shape)]
        return helper.make_tensor_value_info(label, helper.np_dtype_to_tensor_dtype(array.dtype), lengths)

    graph = helper.make_graph(
        found.graph.nodes,
        name,
        [described(*x) for x in found.inputs],
        [described(*x) for x in found.outputs],
        found.graph.initializers,
    )
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="autograd_zoo", ir_version=IR
    )


def needed(program: Program, calls: Mapping[int, Call]) -> list[Instruction | Call]:
    """The instructions that the results need, in order; a call in the place of those that spell it out."""
    wanted = set(program.outputs.values())
    found: list[Instruction | Call] = []
    for i in reversed(program.instructions):
        if i.number in wanted:
            i = calls.get(i.number, i)
            found.append(i)
            wanted.update(n for v in (*i.args, *i.params.values()) for n in refs(v))
    return found[::-1]
