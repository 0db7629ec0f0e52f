"""Who is told of every node and every contribution of a sweep; and the one behind `detect_anomaly`, with its line."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from .errors import carry, pulling
from .graph import unchanged
from .mode import switched
from .rules import label
from .text import elided

if TYPE_CHECKING:
    from .tensor import Tensor

# Whose lines are nobody's: this package's, NumPy's, and those of wrappers around a function.
_OTHERS = tuple(
    os.path.join(os.path.dirname(os.path.abspath(file)), "") for file in (os.path.dirname(__file__), np.__file__)
)
_WRAPPERS = (contextlib.__file__, functools.__file__)


def detect_anomaly() -> Any:
    """In the body, raise at the first operation whose value or gradient is not finite.

    Of a gradient counts what reaches the result: in a branch that was not taken it is 0, however singular that is. The
    line is the user's own: the innermost one outside this package and NumPy.

    Raises
    ------
    FloatingPointError
        naming the operation, its shapes, its module, and the line that recorded it

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> with np.errstate(divide="ignore"), az.detect_anomaly():  # doctest: +ELLIPSIS
    ...     np.log(az.Tensor([1.0, 0.0]))
    Traceback (most recent call last):
    FloatingPointError: log gave -inf at index (1,) ...
    """
    return switched(observer=Watcher())


class Observer(Protocol):
    """Who is told, in the body of `switched(observer=...)`, what is recorded and what a sweep, a careful one, does."""

    def recorded(self, t: Any) -> None:
        """A node was just made."""

    def pulled(self, node: Any, i: int, part: Any, g: Any) -> None:
        """The rule of `node` sent `part` to its argument `i`, whose cotangent is `g` by now: both are the sweep's."""

    def within_a_sweep(self) -> Observer | None:
        """Who is told of what rules do on their way."""


class Watcher:
    """Remembers where each node was recorded, and stops at what is not finite."""

    def __init__(self, lines: dict[int, str] | None = None, stops: bool = True) -> None:
        self.lines = {} if lines is None else lines
        self.stops = stops

    def within_a_sweep(self) -> Watcher:
        """The watcher of what rules record on their way: a branch that was not taken may be infinite there."""
        return Watcher(self.lines, stops=False)

    def recorded(self, t: Tensor) -> None:
        """Check the value of a node that was just made."""
        self.lines[t.order] = _user_line()
        if self.stops and t.op is not None:
            if error := _not_finite(t._array, f"{label(t.op)} gave", self._where(t)):
                raise carry(error, t.op, unchanged(t), t.scope)

    def pulled(self, node: Tensor, i: int, part: object, g: object) -> None:
        """Check a gradient to which the rule of `node` has just added a part."""
        if self.stops:
            g = getattr(g, "_array", g)
            if error := _not_finite(g, f"the rule of {label(node.op)} gave the gradient", self._where(node)):
                raise pulling(error, node)

    def _where(self, t: Tensor) -> str:
        shapes = ", ".join(str(np.shape(s)) for s in t.saved)
        module = f" in module {elided(path)}" if t.scope is not None and (path := t.scope.path()) else ""
        line = self.lines.get(t.order, "a line outside detect_anomaly(): put the forward pass inside it too")
        return f"(shapes {shapes}){module}, recorded at {line}"


def _not_finite(value: Any, what: str, where: str) -> FloatingPointError | None:
    finite = np.isfinite(value)
    if np.all(finite):
        return None
    index = tuple(int(i) for i in np.argwhere(~np.asarray(finite))[0])
    return FloatingPointError(f"{what} {np.asarray(value)[index]} at index {index} {where}")


def _user_line() -> str:
    """`file:line` of the user's innermost frame: outside this package, NumPy, and wrappers such as `contextlib`'s."""
    frame: Any = sys._getframe(1)
    while frame.f_back is not None and _nobody(frame.f_code.co_filename):
        frame = frame.f_back
    return f"{label(frame.f_code.co_filename)}:{frame.f_lineno}"


def _nobody(file: str) -> bool:
    return file.startswith(_OTHERS) or file in _WRAPPERS
