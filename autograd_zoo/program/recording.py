"""Recording: a function is run once with its plain values traced, and what it computed is written as a program."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from operator import attrgetter
from typing import Any

import numpy as np

from ..engine import values
from ..engine.anomaly import Watcher
from ..engine.mode import switched
from ..engine.sweep import gradient
from ..engine.tensor import Tensor
from .arguments import Arguments, results_of
from .compare import check, require_same
from .program import Program
from .state import State
from .trace import Trace
from .traced import RecordError, Value
from .write import behind, leaf_names, written

COTANGENT = "g"  # the given array by which a result of several elements is pulled back


def record(
    f: Callable[..., Any],
    *examples: Any,
    grad: bool = False,
    names: Sequence[str] | None = None,
    stepwise: bool = False,
) -> Program:
    """Run `f` once and write down what it computes, as data that runs anywhere.

    Parameters
    ----------
    f : callable
        a function of Tensors; a module, or a function that calls some: their parameters become leaves too
    examples : arrays of floats, Tensors; arrays of integers or bools; nested tuples, lists and dicts of such
        what f is called with. Floats are leaves, other arrays are given inputs (labels, indices, masks, lengths), a
        list of numbers is an array; a Python integer, a bool, a string and None stay what they are, part of the
        program, which is for these shapes and dtypes
    grad : bool
        also compute the gradients by all leaves: of f's result if it has one element, else with a given cotangent "g"
    names : strings, optional
        what the examples are called; by default as the parameters of f
    stepwise : bool
        write a recurrent module over a sequence down as a tape has it, a call of its cell for each step; else it is one
        call, which ONNX has an operator for

    Returns
    -------
    Program
        whose leaves are the float examples, then the parameters by their paths; what modules keep (running
        statistics) and draw (the switches of a dropout) is given, and what they would keep next is among the results

    Raises
    ------
    RecordError
        where a value would silently become a constant: `if`, `float`, `.item()`, `np.asarray` of something computed
        from the inputs. As a backstop f is run at other inputs, and compared with the program there

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> program = az.record(lambda x: az.nn.relu(x).sum(), [1.0, -2.0])
    >>> program.replay()(np.array([-1.0, 3.0]))
    (np.float64(3.0),)
    """
    if not callable(f):
        raise TypeError(f"record takes a function and its examples, got {f!r}; write az.record(f, x)")
    arguments, state, lines = Arguments(f, examples, names), State(), Watcher(stops=False)
    with state.restored(state):
        plain = results_of(f(*arguments.call(lambda name, x: Tensor(x, name), lambda name, x: x)))
    if state.filled():  # by a cache, which changes nothing, or else it is refused
        with state.restored(state):
            again = results_of(f(*arguments.call(lambda name, x: Tensor(x, name), lambda name, x: x)))
        require_same(plain, again)
        state.emptied()
    leaves: list[Tensor] = []
    inputs: list[Value] = []

    def leaf(name: str, x: Any) -> Tensor:
        leaves.append(Tensor(x, name))
        return leaves[-1]

    def plain_input(name: str, x: Any) -> Value:
        inputs.append(Value(x, name=name))
        return inputs[-1]

    called = arguments.call(leaf, plain_input)
    with state.restored(Trace(stepwise)) as trace:
        held = state.traced()
        own = len(leaves)
        with switched(observer=lines), sentences():
            results = results_of(f(*called))
        require_same(plain, results)
        outputs = [t for t in results.values() if isinstance(t, Tensor)]
        results |= state.moved()
        leaves += parameters([*results.values(), *(v for v, _ in trace.guards)], leaves, trace)
        if grad:
            found = gradients(outputs, leaves, trace)
            if twice := sorted(found.keys() & results.keys()):
                raise TypeError(f"a result is called {twice[0]!r}, as a gradient is: give it another name")
            results |= found
    kept: list[Tensor | Value] = [*leaves[own:], *held]
    program = written(leaves, [*inputs, *held, *trace.inputs], kept, results, trace, lines.lines)
    state.emptied()
    check(program, f, arguments, leaves, state, grad)

    def resized(n: int, alone: bool) -> Program:
        called = [name for name, _ in arguments.trees]
        return record(f, *arguments.resized(n, alone), grad=grad, names=called, stepwise=stepwise)

    return replace(program, again=resized)


def given(array: Any, name: str) -> Any:
    """`array`, which a program that is being recorded takes as an input by this name: labels, masks, random numbers.

    Outside a recording it is the array itself.

    >>> import numpy as np, autograd_zoo as az
    >>> labels = np.array([1, 0])
    >>> program = az.record(lambda x: x[np.arange(2), az.given(labels, "labels")].sum(), [[1.0, 2.0], [3.0, 4.0]])
    >>> [x.name for x in program.given]
    ['labels']
    """
    return values.given(array, name)


@contextmanager
def sentences() -> Iterator[None]:
    """Let a traced value that came where only plain arrays can be be an error that says so: f works without."""
    try:
        yield
    except RecordError:
        raise
    except Exception as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, RecordError):
            cause = cause.__cause__ or cause.__context__
        raise RecordError(
            str(cause)
            if cause is not None
            else f"f works with plain arrays, but not while it is recorded, where values that depend on its inputs "
            f"(x > 0, x.data, np.argmax(x)) are no arrays, but know how they were computed: {type(error).__name__}: "
            f"{error}; compute with NumPy's functions, or let the value be an input: az.given(array, name)"
        ) from error


def parameters(results: list[Any], known: list[Tensor], trace: Trace) -> list[Tensor]:
    """The other leaves behind `results`, in the order of the modules' parameters, then as they were made.

    Those that f makes on its way, as `Tensor(2.0)`, are constants of the program.
    """
    nodes = behind([y for y in results if isinstance(y, (Tensor, Value))], set(), trace)
    found = {t for t in nodes if isinstance(t, Tensor) and t.op is None and t.order < trace.order}
    owned = [p for module in trace.modules for p in module.parameters() if p in found]
    others = sorted(found, key=attrgetter("order"))
    return list(dict.fromkeys([*known, *owned, *others]))[len(known) :]


def gradients(outputs: list[Tensor], leaves: list[Tensor], trace: Trace) -> dict[str, Tensor]:
    """The gradients of the first result by the leaves, recorded."""
    if not outputs:
        raise TypeError("grad=True needs a result that is a Tensor")
    y, g = outputs[0], None
    if y.size != 1:
        g = Tensor(np.ones(y.shape, y.dtype))
        trace.leaves[g] = trace.given(np.ones(y.shape, y.dtype), COTANGENT)
    found = gradient(y, leaves, g, create_graph=True, allow_unused=True)
    return dict(zip(map("grad.{}".format, leaf_names(leaves, trace)), found, strict=True))
