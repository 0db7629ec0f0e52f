"""Rows on odd arguments that NumPy takes, on warnings, and on the anomaly mode."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from cases import REFUSED, Case, process

X = np.array([1.0, 2.0])


def variable(L: Any, x: Any) -> Any:
    """A variable outside of any function."""
    if L.name == "PyTorch":
        return L.torch.tensor(x, requires_grad=True)
    return {"autograd_zoo": lambda: L.az.Tensor(x), "MyGrad": lambda: L.mg.tensor(x), "JAX": lambda: L.array(x)}[
        L.name
    ]()


def odd(when: str, right: Any, f: Callable[[Any, Any], Any], x: Any = X, names: tuple[str, ...] = ()) -> Case:
    """The gradient of an odd call that NumPy takes."""
    return Case(
        when,
        right,
        "by hand",
        dict.fromkeys(("autograd_zoo", "JAX", "MyGrad", "HIPS autograd"), lambda L: L.grad(lambda t: f(L.np, t), x)),
        names,
    )


WHICH = np.array([0, 1])
ODD = [
    odd("`np.diff(t, n=0, prepend=t)`", (1.0, 1.0), lambda np, t: np.sum(np.diff(t, n=0, prepend=t))),
    odd("`np.transpose(t, 0)`", 2.0 * X, lambda np, t: np.sum(np.transpose(t, 0) ** 2)),
    odd("`np.roll(t, True)`, times (1, 3)", (3.0, 1.0), lambda np, t: np.sum(np.roll(t, True) * (2.0 * X - 1.0))),
    odd("`np.repeat(t, 2.0)`", (2.0, 2.0), lambda np, t: np.sum(np.repeat(t, 2.0))),
    odd("`np.pad(t, {0: 1})`", (1.0, 1.0), lambda np, t: np.sum(np.pad(t, {0: 1}, "constant"))),
    odd("`np.pad` of a number", 1.0, lambda np, t: np.sum(np.pad(t, 1, "constant")), 2.0),
    odd("`np.linalg.vector_norm(t, axis=())`", (1.0, 1.0), lambda np, t: np.sum(np.linalg.vector_norm(t, axis=()))),
    odd(
        "`np.linalg.multi_dot` with no rows",
        ((0.0,), (0.0,)),
        lambda np, t: np.sum(np.linalg.multi_dot([X[:0, None] * X, t])),
        X[:, None],
    ),
    odd("`np.choose` with a Tensor last", (0.0, 1.0), lambda np, t: np.sum(np.choose(WHICH, [X * 0.0, t]))),
    odd("`np.arctan2(t, ∞)` at 1", 0.0, lambda np, t: np.arctan2(t, math.inf), 1.0),
    odd("`np.average(t, returned=True)[0]`", (0.5, 0.5), lambda np, t: np.average(t, returned=True)[0]),
    odd(
        "`np.sum(a, initial=t)`",
        1.0,
        lambda np, t: np.sum(X, initial=t),
        2.0,
        ("np.stack",),
    ),
]


LOG = """
import json, sys, warnings
shown = []
warnings.showwarning = lambda message, category, filename, *_: shown.append(filename)
if sys.argv[1] == "autograd_zoo":
    import numpy as np, autograd_zoo as az
    variable = az.Tensor(-1.0)
elif sys.argv[1] == "MyGrad":
    import mygrad as np
    variable = np.tensor(-1.0)
else:
    import autograd, autograd.numpy as np
    variable = -1.0
user = "autograd.grad(lambda t: np.log(t))(variable)" if sys.argv[1] == "HIPS autograd" else "np.log(variable)"
exec(compile(user, "user.py", "exec"))
print(json.dumps("user.py" in shown))
"""


def warned(L: Any) -> Any:
    """Whether NumPy's warning about log(-1) names the user's file, with Python's own filters."""
    return process(LOG, L.name)


WARNED = [
    Case(
        "the warning about log(−1) points to the user's line",
        True,
        "the line of the call",
        dict.fromkeys(("autograd_zoo", "MyGrad", "HIPS autograd"), warned),
    ),
    Case(
        "a nan in a gradient, in the anomaly mode: the user's line",
        REFUSED,
        "the gradient is nan",
        {
            "autograd_zoo": lambda L: anomaly(L, L.az.detect_anomaly()),
            "PyTorch": lambda L: anomaly(L, L.torch.autograd.set_detect_anomaly(True)),
        },
        ("the_line_of_the_user", "odd.py:"),
    ),
]


def anomaly(L: Any, mode: Any) -> Any:
    """√x² at 0, whose gradient is nan; what is told as a warning counts too."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            with mode:
                x = variable(L, 0.0)
                the_line_of_the_user = L.np.sqrt(x) ** 2
                the_line_of_the_user.backward()
        except Exception as error:
            error.add_note(" ".join(str(w.message) for w in told))
            raise
    return x.grad


ROWS = ODD + WARNED
