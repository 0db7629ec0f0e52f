"""Rows on expressions that would leave the tape, on names of other libraries, and on odd arguments."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import odd
from cases import REFUSED, Case
from odd import X, variable

WORDS = (
    "Oracle: the gradient of what the expression computes, by hand; or an error, one that says what keeps the gradient "
    "above all. A library whose functions are not NumPy's own runs the row in its own words."
)
TAPED = ("autograd_zoo", "PyTorch", "JAX", "MyGrad", "HIPS autograd")


def leaves(
    when: str,
    right: Any,
    f: Callable[[Any, Any], Any],
    x: Any,
    names: tuple[str, ...],
    libraries: Any = TAPED,
    slow: bool = False,
) -> Case:
    """The gradient of f(L, x) + 0 · Σ x, so that what has left the tape is seen as a wrong gradient."""

    def program(L: Any) -> Any:
        return L.grad(lambda t: f(L, t) + 0.0 * L.np.sum(t), x)

    return Case(when, right, "by hand", dict.fromkeys(libraries, program), names, slow=slow)


def assigned(L: Any, t: Any) -> Any:
    out = np.zeros(2)
    out[0] = t[0] * 3.0
    return L.np.sum(t * L.array(out))


def arrays(L: Any, t: Any) -> Any:
    """An array made of parts, by the function of the library that makes arrays."""
    make = {"autograd_zoo": lambda: np.array, "PyTorch": lambda: L.torch.tensor, "MyGrad": lambda: L.mg.tensor}
    return L.np.sum(make.get(L.name, lambda: L.np.array)()([t[0] * 2.0, t[1] * 3.0]) * t)


def by_torch(L: Any, t: Any) -> Any:
    torch = importlib.import_module("torch")
    return float(torch.as_tensor(t).sum()) * L.np.sum(t)


OFF = [
    leaves("`t * math.exp(t)` at 1", 2.0 * math.e, lambda L, t: t * math.exp(t), 1.0, ("np.exp(t)",)),
    leaves("`t * float(t)` at 3", 6.0, lambda L, t: t * float(t), 3.0, ("np.exp(t)", "t.item()")),
    leaves('`float("%.3f" % t) * t` at 3', 6.0, lambda L, t: float("%.3f" % t) * t, 3.0, ("t.item()",)),  # noqa: UP031
    leaves("`np.asarray(t) * t`", 2.0 * X, lambda L, t: L.np.sum(L.array(np.asarray(t)) * t), X, ("t.data",)),
    leaves("`np.array([t[0] * 2, t[1] * 3]) * t`", (4.0, 12.0), arrays, X, ("np.stack",)),
    leaves("`np.ones(2).dot(t) * t[0]`", (4.0, 1.0), lambda L, t: np.ones(2).dot(t) * t[0], X, ("a @ t",)),
    leaves("`out[0] = t[0] * 3` in an array of NumPy", (6.0, 0.0), assigned, X, ("np.stack", ".at[")),
    leaves(
        "`torch.as_tensor(t)`, used as a number",
        (6.0, 6.0),
        by_torch,
        X,
        ("t.data",),
        ("autograd_zoo", "JAX", "MyGrad", "HIPS autograd"),
        slow=True,
    ),
    leaves(
        "`t * np.median(t)` at (1, 2, 4)",
        (2.0, 9.0, 2.0),
        lambda L, t: L.np.sum(t * L.np.median(t)),
        np.array([1.0, 2.0, 4.0]),
        ("np.sort",),
    ),
    leaves("`t * round(t, 1)` at 1.234", 1.2, lambda L, t: t * round(t, 1), 1.234, ()),
    Case(
        '`f"{t:.3f}"` shows the number',
        True,
        "its value",
        dict.fromkeys(("autograd_zoo", "PyTorch", "JAX", "MyGrad"), lambda L: f"{variable(L, 2.5):.3f}" == "2.500"),
        ("item",),
    ),
    leaves(
        "`np.convolve(t, (1, 2))`",
        (3.0, 3.0),
        lambda L, t: L.np.sum(L.np.convolve(t, np.array([1.0, 2.0]))),
        X,
        ("nn.conv",),
        ("autograd_zoo", "JAX", "MyGrad", "HIPS autograd"),
    ),
    leaves(
        "`np.gradient(t)`, summed",
        (-1.5, 0.5, -0.5, 1.5),
        lambda L, t: L.np.sum(L.np.gradient(t)),
        np.array([1.0, 2.0, 4.0, 7.0]),
        ("np.diff",),
        ("autograd_zoo", "JAX", "MyGrad", "HIPS autograd"),
    ),
]


def says(when: str, program: Any, *names: str) -> Case:
    """An error of ours that names what to write."""
    return Case(when, REFUSED, "there is no such thing", {"autograd_zoo": program}, names)


def hessians(f: Any) -> Any:
    return dict.fromkeys(("autograd_zoo", "PyTorch", "JAX", "HIPS autograd"), f)


def jacobian(L: Any) -> Any:
    if L.name == "PyTorch":
        return L.torch.autograd.functional.jacobian(L.np.sin, L.array(1.0))
    return {
        "autograd_zoo": lambda: L.az.jacobian,
        "JAX": lambda: L.jax.jacobian,
        "HIPS autograd": lambda: L.autograd.jacobian,
    }[L.name]()(L.np.sin)(1.0)


def scores(L: Any) -> Any:
    """The loss of scores that are taken for probabilities."""
    x, p = np.array([[-0.3, 0.2, 1.1]]), np.array([[1.0, 0.0, 0.0]])
    if L.name == "PyTorch":
        return L.torch.nn.functional.nll_loss(L.torch.tensor(x), L.torch.tensor([2]))
    return L.az.nn.cross_entropy(L.az.Tensor(x), p).data


def targets(p: Any) -> Any:
    """Programs: the cross-entropy with targets that are no probabilities."""

    def program(L: Any) -> Any:
        x = np.array([[-0.3, 0.2, 1.1]])
        if L.name == "PyTorch":
            return L.torch.nn.functional.cross_entropy(L.torch.tensor(x), L.torch.tensor([p]))
        return L.az.nn.softmax_cross_entropy(x, np.array([p]))

    return dict.fromkeys(("autograd_zoo", "PyTorch"), program)


NAMES = [
    Case("the Hessian of x³ at 1", 6.0, "by hand", hessians(lambda L: L.hessian(lambda x: x**3, 1.0))),
    Case("the Jacobian of sin at 1", math.cos(1.0), "by hand", hessians(jacobian)),
    Case(
        "`grad` of a function that returns two numbers",
        REFUSED,
        "no gradient",
        dict.fromkeys(("autograd_zoo", "PyTorch", "JAX", "HIPS autograd"), lambda L: L.grad(L.np.sin, X)),
        ("jacobian",),
    ),
    Case(
        "a loss of probabilities, given scores",
        REFUSED,
        "no probabilities",
        dict.fromkeys(("autograd_zoo", "PyTorch"), scores),
        ("softmax_cross_entropy",),
    ),
    Case("targets that sum to 2", REFUSED, "no probabilities", targets([1.0, 1.0, 0.0]), ("sum to 1",)),
    Case("a target of −1", REFUSED, "no probabilities", targets([2.0, -1.0, 0.0]), ("from 0 to 1",)),
    says("`t.exp()`", lambda L: L.az.Tensor(X).exp(), "np.exp(t)"),
    says("`t.relu()`", lambda L: L.az.Tensor(X).relu(), "nn.relu"),
    says("`np.bmat([[t, t]])`", lambda L: np.bmat([[L.az.Tensor(X)] * 2]), "np.stack"),
    says("`np.testing.assert_allclose(t, t)`", lambda L: np.testing.assert_allclose(L.az.Tensor(X), X), "t.data"),
    says("`nn.MSELoss`", lambda L: L.az.nn.MSELoss, "nn.SquaredError"),
    says("`nn.Unflatten`", lambda L: L.az.nn.Unflatten, "reshape"),
    says("`nn.Dropout(2.0)`", lambda L: L.az.nn.Dropout(2.0), "Dropout: q"),
    says("`nn.Linear(2.5, 1)`", lambda L: L.az.nn.Linear(2.5, 1), "Linear: in_features"),
]


ROWS = OFF + NAMES + odd.ROWS
