"""The watcher behind `detect_anomaly`: it stops at the first value or gradient that is not finite, with its line."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from typing import Any

import numpy as np

from .mode import switched
from .rules import label
from .text import elided

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
    return switched(anomaly=Watcher())


class Watcher:
    """Remembers where each node was recorded, and stops at what is not finite."""

    def __init__(self, lines: dict[int, str] | None = None, stops: bool = True) -> None:
        self.lines = {} if lines is None else lines
        self.stops = stops

    def within_a_sweep(self) -> Watcher:
        """The watcher of what rules record on their way: a branch that was not taken may be infinite there."""
        return Watcher(self.lines, stops=False)

    def recorded(self, t: Any) -> None:
        """Check the value of a node that was just made."""
        self.lines[t.order] = _user_line()
        if self.stops and t.op is not None:
            _require_finite(t._array, f"{label(t.op)} gave", self._where(t))

    def pulled(self, node: Any, x: Any, g: Any) -> None:
        """Check the gradient of `x`, to which the rule of `node` has just added a part."""
        if self.stops:
            g = getattr(g, "_array", g)
            _require_finite(g, f"the rule of {label(node.op)} gave the gradient", self._where(node))

    def _where(self, t: Any) -> str:
        shapes = ", ".join(str(np.shape(s)) for s in t.saved)
        module = f" in module {elided(t.scope.path())}" if t.scope is not None else ""
        line = self.lines.get(t.order, "a line outside detect_anomaly(): put the forward pass inside it too")
        return f"(shapes {shapes}){module}, recorded at {line}"


def _require_finite(value: Any, what: str, where: str) -> None:
    finite = np.isfinite(value)
    if not np.all(finite):
        index = tuple(int(i) for i in np.argwhere(~np.asarray(finite))[0])
        raise FloatingPointError(f"{what} {np.asarray(value)[index]} at index {index} {where}")


def _user_line() -> str:
    """`file:line` of the user's innermost frame: outside this package, NumPy, and wrappers such as `contextlib`'s."""
    frame: Any = sys._getframe(1)
    while frame.f_back is not None and _nobody(frame.f_code.co_filename):
        frame = frame.f_back
    return f"{label(frame.f_code.co_filename)}:{frame.f_lineno}"


def _nobody(file: str) -> bool:
    return file.startswith(_OTHERS) or file in _WRAPPERS
