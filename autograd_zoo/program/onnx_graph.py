"""An ONNX graph that is written by computing: a namespace with the array API's functions, which write nodes.

A value carries the array that it has at the recorded inputs, for its shape and dtype.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .onnx_composed import Composed
from .traced import RecordError

SIMPLE = {  # the array API's name -> ONNX's operator, and NumPy's function where its name is another
    **{name: name.capitalize() for name in "exp log sqrt tanh sin cos tan sinh cosh sign floor ceil abs".split()},
    **{name: name.capitalize() for name in "reciprocal round asin acos atan asinh acosh atanh equal less".split()},
    "greater": "Greater",
    "add": "Add", "subtract": "Sub", "multiply": "Mul", "divide": "Div", "pow": "Pow", "matmul": "MatMul",
    "negative": "Neg", "positive": "Identity", "less_equal": "LessOrEqual", "greater_equal": "GreaterOrEqual",
    "logical_not": "Not", "logical_and": "And", "logical_or": "Or", "logical_xor": "Xor", "bitwise_and": "And",
    "bitwise_or": "Or", "bitwise_invert": "Not", "isnan": "IsNaN", "isinf": "IsInf", "maximum": "Max", "minimum": "Min",
}  # fmt: skip
WHOLE = {  # the operators that integers have instead
    **{"bitwise_and": "BitwiseAnd", "bitwise_or": "BitwiseOr", "bitwise_invert": "BitwiseNot"},
    **dict.fromkeys(("floor", "ceil", "round"), "Identity"),
}
FLOATS = ("isnan", "isinf")  # which have no operators of integers
ORDERS = ("less", "less_equal", "greater", "greater_equal")  # which have none of truths
OPSET = 21  # the version of the operators, unless one needs a later one
DTYPES = ("bool", "int64", "float64", "float32", "float16")  # as `xp.int64`
FIRST, LAST = -(2**63) + 1, 2**63 - 1  # the ends of an axis, as Slice knows them


def _operator(name: str, reflected: bool = False) -> Callable[[Any, Any], Any]:
    """An operator of `Node` that writes the node of a function of its graph."""

    def apply(self: Any, other: Any) -> Any:
        f = getattr(self.graph, name)
        other = other if isinstance(other, Node) else self.graph.asarray(np.asarray(other, self.dtype))
        return f(other, self) if reflected else f(self, other)

    return apply


class Node:
    """A value of the graph: its name there, and the array that it has at the recorded inputs."""

    __hash__ = object.__hash__

    def __init__(self, graph: Graph, name: str, array: Any) -> None:
        self.graph, self.name, self.array = graph, name, np.asarray(array)

    shape = property(lambda self: self.array.shape)
    ndim = property(lambda self: self.array.ndim)
    dtype = property(lambda self: self.array.dtype)

    def __getitem__(self, index: Any) -> Any:
        return self.graph.sliced(self, index)

    def __neg__(self) -> Any:
        return self.graph.negative(self)

    __add__, __radd__ = _operator("add"), _operator("add", True)
    __sub__, __rsub__ = _operator("subtract"), _operator("subtract", True)
    __mul__, __rmul__ = _operator("multiply"), _operator("multiply", True)
    __truediv__, __rtruediv__ = _operator("divide"), _operator("divide", True)
    __and__, __or__ = _operator("bitwise_and"), _operator("bitwise_or")
    __lt__, __gt__, __eq__ = _operator("less"), _operator("greater"), _operator("equal")
    __le__, __ge__ = _operator("less_equal"), _operator("greater_equal")


class Graph(Composed):
    """The namespace: functions by the array API's names, which write nodes."""

    def __init__(self, sharing: bool = True) -> None:
        import onnx

        self.onnx: Any = onnx
        self.nodes: list[Any] = []
        self.sharing = sharing
        self.constants: dict[Any, Node] = {}
        self.initializers: list[Any] = []
        self.scope = ""
        self.version = OPSET

    # ---- nodes ---------------------------------------------------------------------------------------------------

    def asarray(self, a: Any, dtype: Any = None) -> Any:
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

    def emit(
        self,
        operator: str,
        inputs: Sequence[Any],
        array: Any,
        outputs: int = 1,
        second: bool = False,
        **attributes: Any,
    ) -> Any:
        """A node of `operator`, whose first output, or second one, has the value `array`."""
        names = [f"v{len(self.nodes)}" + (f"_{k}" if k else "") for k in range(outputs)]
        given = ["" if x is None else self.asarray(x).name for x in inputs]
        name = f"{self.scope}/{operator}_{len(self.nodes)}".removeprefix("/")  # viewers group by what is before "/"
        node = self.onnx.helper.make_node(operator, given, names, name=name, **attributes)
        if self.scope:
            entry = node.metadata_props.add()
            entry.key, entry.value = "scope", self.scope
        self.nodes.append(node)
        return Node(self, names[1 if second else 0], array)

    def __getattr__(self, name: str) -> Any:
        if name in DTYPES:
            return np.dtype(name)
        if name not in SIMPLE:
            raise AttributeError(name)
        self.__dict__[name] = f = self.simple(name)  # the same one each time: rows compare them
        return f

    def simple(self, name: str) -> Any:
        """A function that is one operator."""
        f = getattr(np, name)

        def function(*xs: Any) -> Any:
            nodes = self.promoted(*xs)
            operator = SIMPLE[name]
            if name == "matmul" and min(x.ndim for x in nodes) == 0:
                raise RecordError("a matrix product of numbers has no operator")
            with np.errstate(all="ignore"):
                y = f(*(x.array for x in nodes))
            if nodes[0].dtype.kind in "iu":
                operator = WHOLE.get(name, operator)
            if nodes[0].dtype.kind != "f" and name in FLOATS:
                nodes = [self.astype(x, self.float64) for x in nodes]
            if nodes[0].dtype.kind == "b" and name in ORDERS:
                nodes = [self.astype(x, self.int64) for x in nodes]
            return self.emit(operator, nodes, y)

        return function

    # ---- dtypes --------------------------------------------------------------------------------------------------

    def astype(self, x: Any, dtype: Any) -> Any:
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

    def result_type(self, *xs: Node) -> Any:
        return np.result_type(*(x.dtype for x in xs))

    def where(self, c: Any, a: Any, b: Any) -> Any:
        c, (a, b) = self.asarray(c), self.promoted(a, b)
        if a.dtype == bool:  # ONNX Runtime chooses among numbers
            return self.logical_or(self.logical_and(c, a), self.logical_and(self.logical_not(c), b))
        return self.emit("Where", [c, a, b], np.where(c.array, a.array, b.array))

    # ---- constants -----------------------------------------------------------------------------------------------

    def zeros_like(self, x: Any) -> Any:
        return self.asarray(np.zeros((), x.dtype))

    def ones_like(self, x: Any) -> Any:
        return self.asarray(np.ones((), x.dtype))

    def zeros(self, shape: Any, dtype: Any) -> Any:
        return self.asarray(np.zeros(shape, dtype))

    def full(self, shape: Any, value: float, dtype: Any) -> Any:
        return self.asarray(np.full(shape, value, dtype))

    # ---- over axes -----------------------------------------------------------------------------------------------

    def _over(self, operator: str, f: Any, x: Node, axis: Any, keepdims: bool) -> Any:
        axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        if not axes:
            return x
        return self.emit(
            operator, [x, np.array(axes, np.int64)], f(x.array, axis=axes, keepdims=keepdims), keepdims=int(keepdims)
        )

    def sum(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self._over("ReduceSum", np.sum, x, axis, keepdims)

    def mean(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self._over("ReduceMean", np.mean, x, axis, keepdims)

    def max(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self._over("ReduceMax", np.max, x, axis, keepdims)

    def min(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self._over("ReduceMin", np.min, x, axis, keepdims)

    def any(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self.astype(self.max(self.astype(x, self.int64), axis, keepdims), self.bool)

    def all(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self.astype(self.min(self.astype(x, self.int64), axis, keepdims), self.bool)

    def argmax(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self._arg("ArgMax", np.argmax, x, axis, keepdims)

    def argmin(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self._arg("ArgMin", np.argmin, x, axis, keepdims)

    def _arg(self, operator: str, f: Any, x: Node, axis: Any, keepdims: bool) -> Any:
        x, axis = (self.reshape(x, (-1,)), 0) if axis is None else (x, axis)
        return self.emit(operator, [x], f(x.array, axis=axis, keepdims=keepdims), axis=axis, keepdims=int(keepdims))

    def cumulative_sum(self, x: Any, axis: int) -> Any:
        return self.emit("CumSum", [x, np.array(axis, np.int64)], np.cumsum(x.array, axis))

    def prod(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self._over("ReduceProd", np.prod, x, axis, keepdims)

    def argsort(self, x: Any, axis: int = -1, stable: bool = True) -> Any:
        """The smallest first; of equals the one that comes first, as TopK has it."""
        n = np.array([x.shape[axis]], np.int64)
        order = np.argsort(x.array, axis=axis, stable=True)
        given = [x, n]
        return self.emit("TopK", given, order, outputs=2, second=True, axis=axis, largest=0, sorted=1)

    def einsum(self, equation: str, *xs: Any) -> Any:
        nodes = self.promoted(*xs)
        return self.emit("Einsum", nodes, np.einsum(equation, *(x.array for x in nodes)), equation=equation)

    # ---- shapes and places ---------------------------------------------------------------------------------------

    def reshape(self, x: Any, shape: Any) -> Any:
        y = np.reshape(x.array, shape)
        return x if y.shape == x.shape else self.emit("Reshape", [x, np.array(y.shape, np.int64)], y)

    def broadcast_to(self, x: Any, shape: Any) -> Any:
        y = np.broadcast_to(x.array, shape)
        return x if y.shape == x.shape else self.emit("Expand", [x, np.array(y.shape, np.int64)], y)

    def permute_dims(self, x: Any, axes: Any) -> Any:
        return self.emit("Transpose", [x], np.transpose(x.array, axes), perm=[int(a) for a in axes])

    def moveaxis(self, x: Any, source: Any, destination: Any) -> Any:
        order = np.moveaxis(np.empty(range(1, x.ndim + 1), bool), source, destination).shape
        return self.permute_dims(x, [n - 1 for n in order])

    def concat(self, xs: Sequence[Node], axis: int = 0) -> Any:
        xs = [self.asarray(x) for x in xs]
        return self.emit("Concat", xs, np.concatenate([x.array for x in xs], axis), axis=axis)

    def stack(self, xs: Sequence[Node], axis: int = 0) -> Any:
        axis %= xs[0].ndim + 1
        return self.concat([self.expanded(x, (axis,)) for x in xs], axis)

    def expanded(self, x: Any, axes: tuple[int, ...]) -> Any:
        """x with axes of length 1."""
        return self.emit("Unsqueeze", [x, np.array(axes, np.int64)], np.expand_dims(x.array, axes))

    def take(self, x: Any, indices: Any, axis: int) -> Any:
        i = self.asarray(indices)
        return self.emit("Gather", [x, i], np.take(x.array, i.array, axis), axis=axis)

    def flip(self, x: Any, axis: Any = None) -> Any:
        axes = range(x.ndim) if axis is None else np.atleast_1d(axis)
        index = [slice(None)] * x.ndim
        for a in axes:
            index[a] = slice(None, None, -1)
        return self.sliced(x, tuple(index))

    def sliced(self, x: Any, index: Any) -> Any:
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
