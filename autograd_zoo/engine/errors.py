"""What is said when something goes wrong: what was expected, what came, where, and what to do."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from .mode import MODE, Scope
from .names import Names
from .rules import label
from .text import elided, printable

if TYPE_CHECKING:
    from .tensor import Cotangent, Tensor

LEAVES_TAPE = (
    "{what} would take a Tensor off the tape without a word, and its gradient would be lost. What keeps it: "
    "np.stack([t, u]) for np.array([t, u]), np.full(n, t, like=t) for np.full(n, t), np.exp(t) for math.exp(t), "
    "a @ t for a.dot(t), round(t, 2); for out[i] = t "
    "np.stack of a list, or out = out.at[i].set(t) where out = az.Tensor(np.zeros(n)). What reads the value: t.data "
    "(a read-only array, for plots and other libraries), t.item() (a number), f'{{t:.3f}}'"
)
AS_ARRAY = "making an array of it (np.array([t, u]), np.asarray(t), a.dot(t), out[i] = t)"
ASSIGNMENT = (
    "a Tensor is a node of the tape and is never changed: instead of t[i] = v write t = t.at[i].set(v), "
    "which is recorded and differentiated (also .add .multiply .min .max)"
)
SCIPY = {  # functions of scipy.special that are no ufuncs
    "logsumexp": "az.logsumexp(t)",
    "softmax": "az.nn.softmax(t)",
    "log_softmax": "az.nn.log_softmax(t)",
}
COMPLEX_END = (
    "gradients begin at real numbers, and this result is complex: {y!r}; take np.abs(z) ** 2, np.real(z) or np.imag(z)"
)
NOT_SHARED = "nobody may change the elements of a Tensor, so they are copied and never shared: leave copy=False out"
NO_LENGTH = (
    "a Tensor of shape () has no length, and cannot be walked through; t[None] has one axis. Another library, as in "
    "torch.as_tensor(t), would lose the gradient: t.data is the array for it, t.item() the number"
)
NOT_SINGLE = (
    "t.item() is the value of a single element, and this Tensor has shape {shape}; write t.data, t.tolist(), or "
    "t[i].item()"
)
COPIED = (
    "only leaves are copied or stored: {op} made this Tensor, and a copy would lose its tape; use t.data for its "
    "array, t.detach() for a leaf with its values"
)
RESULT = "only a leaf can be given new data; {t!r} is the result of {op}"
NEW_DATA = "new data must have the shape and dtype of the old, {old}; got {new}: convert it, or make a new Tensor"
NEW_GRAD = "a gradient has the shape and dtype of its Tensor, {old}; got {new}"
NO_TENSOR = (
    "gradient(y, xs): {what} must be a Tensor, got {got}; an array is a constant: wrap it as Tensor(x) before the "
    "computation"
)
NO_LIST = "gradient(y, xs) takes a list of Tensors and returns a list; write gradient(y, [x]), not {xs!r}"
NO_PATH = (
    "no path leads from y back to x number {k}, {x!r}: y was not computed from this very object{why}; pass "
    "allow_unused=True to get zeros"
)
NOTHING_BEHIND = (
    "nothing was recorded behind {y!r}: it is a leaf, or was made under no_grad(); call backward() on a result"
)
FREED_TAPE = (
    "this tape was freed by an earlier backward(retain_graph=False), so it cannot be swept again; leave "
    "retain_graph=True (the default) there, or record the forward pass anew"
)
NO_COTANGENT = (
    "the gradient of a Tensor of shape {shape} needs a cotangent: reduce it to one number first (y.sum().backward(), "
    "y.mean()), or pass g, an array of shape {shape}, for g · ∂y/∂x"
)
WRONG_COTANGENT = "the cotangent g must be a real array in the shape of y, {shape}; got {got}"
MISSHAPEN = (
    "the rule of {op} returned a gradient of shape {got} for an input of shape {shape}; a gradient has the shape of "
    "what it belongs to"
)
MISTYPED = (
    "the rule of {op} returned a gradient of {got} for an input of {dtype}: a gradient is real and keeps its digits; "
    "in rules write Python numbers, and no dtype"
)
UNRULED = "{op} has no rule yet: call az.defvjp({op}, rule for each input) first"
WRONG_MASK = "alive must be bools in the shape of y, {shape}; got {got}"
ONE_CALL = {
    "reduce": "write the reduction itself: np.sum for add, np.prod for multiply, np.max for maximum",
    "accumulate": "write np.cumsum for add, np.cumprod for multiply",
    "outer": "write ufunc(a[:, None], b[None, :])",
    "at": "write t.at[i].add(v)",
    "reduceat": "sum slices of the Tensor",
}
KEYWORDS = {  # of a ufunc
    "where": "np.where(mask, a, b)",
    "dtype": "a floating one, or compute with t.data",
    "axis": "np.moveaxis(a, 0, -1), which brings that axis to the end",
    "axes": "np.moveaxis(a, 0, -1), which brings those axes to the end",
}

ARITHMETIC = (FloatingPointError, OverflowError, ZeroDivisionError)
# The kinds that an explained error keeps, the first that fits; LinAlgError is a ValueError too.
KINDS = (np.linalg.LinAlgError, ValueError, TypeError, IndexError, *ARITHMETIC, MemoryError, RuntimeWarning)


@dataclass(frozen=True, eq=False)
class Operation:
    """What an error ended, as its `operation`: what was to be recorded, of which arguments, in which module call."""

    op: Any  # a function, a module's class, or a name
    arguments: tuple[Any, ...]
    scope: Scope | None

    def __reduce__(self) -> Any:  # errors are sent between processes, and a tape cannot be
        return Operation, (label(self.op), (), None)


def carry(error: Exception, op: Any, arguments: Iterable[Any], scope: Scope | None = None) -> Exception:
    """`error`, which carries the operation that it ended, the innermost one; what draws a failed pass reads it."""
    found = Operation(op, tuple(arguments), scope or MODE.get().scope)
    error.__dict__.setdefault("operation", found)  # a class of errors may refuse attributes
    return error


def pulling(error: Exception, node: Tensor) -> Exception:
    """`error`, which carries that it came as a gradient was pulled back through `node`."""
    return carry(error, f"∇{label(node.op)}", [node], node.scope)


def note(error: Exception, node: Tensor) -> None:
    """Let an error say where in the sweep it came."""
    pulling(error, node)
    what = repr(node)
    if "\n" in what:  # its numbers would bury the error
        what = f"a Tensor {typed(node)}" + (f" named {node.name!r}" if node.name else "")
    error.add_note(f"(in the sweep, pulling a gradient back through {label(node.op)}, {what})")


def typed(x: Cotangent) -> str:
    """The dtype and shape of an array or Tensor: `float64[2, 3]`."""
    return f"{x.dtype}{list(x.shape)}"


def as_array(frame: Any) -> str:
    """What makes an array of a Tensor: one of SciPy's functions that `frame` is in, or one of the usual."""
    while "scipy" in frame.f_code.co_filename and frame.f_back is not None:
        if name := SCIPY.get(frame.f_code.co_name):
            return f"scipy.special.{frame.f_code.co_name}(t), instead of {name},"
        frame = frame.f_back
    return AS_ARRAY


def refuse_conversion(frame: Any) -> None:
    """Raise if `frame`, which asks for a Tensor's values by `__dlpack__`, does so for `torch.as_tensor` or its like.

    These call PyTorch's `from_dlpack` of themselves. What they were called by can only be told from the names it uses.
    """
    while frame.f_code.co_name == "from_dlpack" and frame.f_back is not None:
        frame = frame.f_back
    names = frame.f_code.co_names
    if "from_dlpack" not in names and (name := next((n for n in ("as_tensor", "tensor", "asarray") if n in names), "")):
        raise TypeError(LEAVES_TAPE.format(what=f"torch.{name}(t)"))


def refuse_ufunc(ufunc: np.ufunc, method: str, kwargs: dict[str, Any]) -> NoReturn:
    """Raise for a way of calling a ufunc that the tape does not record."""
    name = ufunc.__name__
    if method != "__call__":
        raise TypeError(f"np.{name}.{method} of a Tensor is not recorded on the tape; {ONE_CALL.get(method, '')}")
    if "out" in kwargs:
        raise TypeError(
            f"np.{name}(..., out=) of a Tensor, or an operator like a += t on an array a, would leave the tape: an "
            "array cannot hold a Tensor's history. Write the result as a new value: c = a + t"
        )
    given = ", ".join(f"{k}=" for k in kwargs)
    instead = [f"for {k}= write {KEYWORDS[k]}" for k in kwargs if k in KEYWORDS] or ["leave it out"]
    raise TypeError(f"np.{name} of a Tensor is recorded without {given}; {', '.join(instead)}")


# What to write instead of a function without a rule, or of a name that others give a Tensor; "" if that is unknown.
# Filled by the primitives, which know NumPy's functions.
INSTEAD: dict[str, Callable[[Any], str]] = {"function": lambda function: "", "attribute": lambda name: ""}


def no_rule(op: Callable[..., Any]) -> TypeError:
    """The error for a NumPy function that has no rule, with what comes nearest to it and has one."""
    near = INSTEAD["function"](op)
    hint = f"the nearest that can: {near}" if near else "print az.primitives.names() for those that can"
    return TypeError(
        f"{label(op)} has no rule, so a Tensor cannot go through it; {hint}. "
        "Or compose it of other operations, give it a rule (az.primitive, az.defvjp), or pass t.data to leave the tape"
    )


def spoken(code: str) -> str:
    """An expression with its remark in brackets."""
    code, _, remark = code.partition("  # ")
    return f"{code} ({remark})" if remark else code


class Elsewhere:
    """A name that others give a Tensor: not there, and asking for it says what to write.

    (A `__getattr__` would say so too, but with one in its class Python looks every attribute up the slow way.)
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, t: Any, owner: type) -> Any:
        if t is not None and self.name in getattr(t, "__dict__", ()):  # a user's subclass may have it
            return t.__dict__[self.name]
        raise no_name(owner if t is None else t, self.name, INSTEAD["attribute"](self.name))

    def __set__(self, t: Any, value: Any) -> None:
        if not hasattr(t, "__dict__"):
            raise no_name(t, self.name, INSTEAD["attribute"](self.name))
        t.__dict__[self.name] = value


def is_elsewhere(cls: type, name: str) -> bool:
    """Whether a class has `name` only to say that it does not."""
    return isinstance(next((vars(c)[name] for c in cls.__mro__ if name in vars(c)), None), Elsewhere)


def no_name(owner: Any, name: str, instead: str) -> AttributeError:
    """The error for an attribute that does not exist here; Python adds what is spelled alike."""
    kinds = {ModuleType: "module", type: "type object"}
    kind = next((words for k, words in kinds.items() if isinstance(owner, k)), "")
    what = f"{kind} {owner.__name__!r}" if kind else f"{type(owner).__name__!r} object"
    hint = f": write {instead}" if instead else ""
    return AttributeError(f"{what} has no attribute {name!r}{hint}", name=name, obj=owner)


# NumPy warns of the line that called it, which is one of tensor.py here, and the same one for all of a user's lines. So
# its warnings become errors there, and are given anew from the user's line: nothing is paid where nothing is warned of.
# (A filter that the user puts in front of this one, "always" for all warnings, has its way: it shows that line.)
warnings.filterwarnings("error", category=RuntimeWarning, module=r"autograd_zoo\.engine\.tensor$")
INSIDE = tuple(
    os.path.join(path, "") for path in (os.path.dirname(os.path.dirname(__file__)), os.path.dirname(np.__file__))
)


def warned(error: Exception, op: Any, compute: Callable[..., Any], saved: Sequence[Any], params: dict[str, Any]) -> Any:
    """The value after all, and the warning from the user's line, if NumPy only warned; None if it is an error."""
    if not (isinstance(error, RuntimeWarning) and isinstance(op, np.ufunc)):
        return None
    with np.errstate(all="ignore"):
        data = compute(*saved, **params)
    try:
        warnings.warn_explicit(error.args[0], RuntimeWarning, *_users_line())
    except RuntimeWarning:  # so the user's filters want it
        return None
    return data


def _users_line() -> tuple[str, int, str | None, dict[Any, Any]]:
    """File, line, module, and the warnings given there, of the innermost frame outside this package and NumPy."""
    frame: Any = sys._getframe(2)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(INSIDE):
        frame = frame.f_back
    registry = frame.f_globals.setdefault("__warningregistry__", {})
    return frame.f_code.co_filename, frame.f_lineno, frame.f_globals.get("__name__"), registry


def explain(error: Exception, op: Any, inputs: Sequence[Any], params: dict[str, Any]) -> Exception:
    """The same error, with the operation, all shapes, the axis that clashes, the module path and the parameter.

    One that a user's own operation raised, or of a kind that is none of NumPy's, is raised as it is, with a note.
    """
    scope = MODE.get().scope
    shapes = [None if x is None else x.shape if hasattr(x, "shape") else np.shape(x) for x in inputs]
    clash = _clash(op, [s for s in shapes if s is not None]) if isinstance(op, np.ufunc) else ""
    lines = [f"{label(op)} of shapes {' and '.join(map(str, shapes))}{_keywords(params)}"]
    if scope is not None:
        paths = Names([scope]).parameters
        named = [f"{label(x.name)} {s}" for x, s in zip(inputs, shapes, strict=True) if getattr(x, "name", None)]
        named += [f"{elided(label(paths[id(x)]))} {x.shape}" for x in inputs if id(x) in paths]
        path = elided(scope.path())
        about = [
            *([f"in module {path}"] if path else []),
            *([f"with {', '.join(dict.fromkeys(named))}"] if named else []),
        ]
        lines += [", ".join(about)] if about else []
    kind = next((kind for kind in KINDS if isinstance(error, kind)), None)
    home = "numpy" if isinstance(op, np.ufunc) else (getattr(op, "__module__", None) or "").partition(".")[0]
    if kind is None or home not in ("autograd_zoo", "numpy"):
        error.add_note(f"(in {'; '.join(lines)})")
        raise carry(error, op, inputs)
    lines[0] += f": {clash or printable(error)}"
    return carry(kind("; ".join(lines)), op, inputs)


def _keywords(params: dict[str, Any]) -> str:
    return "".join(f", {label(k)}={v!r}" for k, v in params.items())


def _clash(op: Any, shapes: list[tuple[int, ...]]) -> str:
    """The axes of two shapes that do not fit together, and the usual remedy."""
    if len(shapes) != 2:
        return ""
    a, b = shapes
    if op is np.matmul:
        if not a or not b:
            return "a matrix product needs at least one axis on each side: multiply by a number with *"
        inner = b[-2] if len(b) > 1 else b[0]
        if a[-1] != inner:
            fits = len(b) > 1 and a[-1] == b[-1]
            hint = "; the transpose of the second fits: a @ b.T" if fits else ""
            return (
                f"the last axis of the first ({a[-1]}) must equal axis {max(-2, -len(b))} of the second ({inner}){hint}"
            )
        a, b = a[:-2], b[:-2]
    for axis in range(1, min(len(a), len(b)) + 1):
        if a[-axis] != b[-axis] and 1 not in (a[-axis], b[-axis]):
            return (
                f"axis {-axis} has sizes {a[-axis]} and {b[-axis]}; shapes are compared from the last axis, where "
                "sizes must be equal or 1: reshape one, or add an axis with x[:, None]"
            )
    return ""
