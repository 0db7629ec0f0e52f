"""Rows on checkers of gradients: wrong rules that they must catch, and right programs that they must pass."""

from __future__ import annotations

import importlib
import itertools
from typing import Any

import numpy as np
from cases import REFUSED, Case

WORDS = (
    "`az.check_gradients`, `torch.autograd.gradcheck` (and `gradgradcheck`), `jax.test_util.check_grads`, "
    "`autograd.test_util.check_grads`, each with its defaults, in float64. Oracle: the rule is wrong by construction, "
    "so that an error is right, above all one that says what is wrong; or it is right, so that any error is a false "
    "alarm."
)
X = np.array([0.6, -1.3, 0.4, 2.1])


def check(L: Any, f: Any, *xs: Any, order: int = 1) -> Any:
    """Whether the library's own checker passes f at xs; it raises if not."""
    if L.name == "autograd_zoo":
        L.az.check_gradients(f, *xs, order=order)
    elif L.name == "PyTorch":
        ts = tuple(L.torch.tensor(np.asarray(x), requires_grad=True) for x in xs)
        L.torch.autograd.gradcheck(f, ts)
        if order > 1:
            L.torch.autograd.gradgradcheck(f, ts)
    elif L.name == "JAX":
        importlib.import_module("jax.test_util").check_grads(f, tuple(map(L.jnp.asarray, xs)), order, modes=["rev"])
    else:
        np.random.seed(0)  # noqa: NPY002 from which it draws directions
        importlib.import_module("autograd.test_util").check_grads(f, modes=["rev"], order=order)(*xs)
    return True


def checkers(program: Any) -> Any:
    return dict.fromkeys(("autograd_zoo", "PyTorch", "JAX", "HIPS autograd"), program)


def wrong(what: str, names: tuple[str, ...], forward: Any, rule: Any, x: Any = X, inside: Any = None) -> Case:
    """A rule that is wrong, checked alone or as the operation `op` inside of a program `inside(L, op, x)`."""

    def program(L: Any) -> Any:
        op = L.primitive(lambda x: forward(L.np, x), lambda g, y, x: rule(L.np, g, y, x))
        return check(L, op if inside is None else lambda x: inside(L, op, x), x)

    return caught(what, names, program)


def caught(what: str, names: tuple[str, ...], program: Any, without: str = "") -> Case:
    """A program that is wrong, or that cannot be checked."""
    programs = {name: p for name, p in checkers(program).items() if name != without}
    return Case(what, REFUSED, "wrong by construction", programs, names)


def layers(L: Any, op: Any, x: Any) -> Any:
    """Ten sigmoid layers behind an operation."""
    h = op(x)
    for _ in range(10):
        h = 1.0 / (1.0 + L.np.exp(-h))
    return h


def log_cosh(np: Any, x: Any) -> Any:
    return np.log(np.cosh(x))


MATRIX = np.array([[2.0, -1.0, 0.3], [0.5, 1.5, -0.7], [1.2, 0.1, 0.8]])


def times_matrix(L: Any) -> Any:
    """An operation x ↦ x M whose rule forgets to transpose M."""
    M = L.array(MATRIX)
    return L.primitive(lambda x: L.np.matmul(x, M), lambda g, y, x: L.np.matmul(g, M))


def bias(L: Any) -> Any:
    """An operation b ↦ X + b whose rule averages over the batch, where it is to be summed."""
    batch = L.array(np.arange(12.0).reshape(4, 3))
    mean = L.torch.mean if L.name == "PyTorch" else L.np.mean
    return L.primitive(lambda b: batch + b, lambda g, y, b: mean(g, 0))


def dropped(L: Any, x: Any) -> Any:
    """Four elements of tanh(x), others at each call."""
    return L.np.tanh(x) * L.array(np.roll([1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0], next(calls))[: len(x)])


calls = itertools.count()


def outside(L: Any, x: Any) -> Any:
    """x + x², of which the square leaves the tape."""
    raw = {"autograd_zoo": lambda: x.data, "PyTorch": lambda: x.detach(), "JAX": lambda: L.jax.lax.stop_gradient(x)}
    return x + raw[L.name]() ** 2


WRONG = [
    wrong("a ReLU whose rule forgets the mask", ("mask",), lambda np, x: np.maximum(x, x * 0.0), lambda np, g, y, x: g),
    wrong("a wrong sign", ("sign is wrong",), lambda np, x: np.sin(x), lambda np, g, y, x: -g * np.cos(x)),
    wrong(
        "a wrong sign where f is 1000 and its gradient 1e-5",
        ("sign is wrong",),
        lambda np, x: 1e3 + 1e-5 * np.sum(np.sin(x)),
        lambda np, g, y, x: -g * 1e-5 * np.cos(x),
    ),
    wrong("a factor 2", ("2 times",), lambda np, x: np.exp(x), lambda np, g, y, x: 2.0 * g * y),
    wrong(
        "a factor 1 + 1e-6 in cosh",
        ("times",),
        lambda np, x: np.cosh(x),
        lambda np, g, y, x: (1 + 1e-6) * g * np.sinh(x),
    ),
    wrong(
        "a factor 1 + 1e-6 in log cosh",
        ("times",),
        log_cosh,
        lambda np, g, y, x: (1 + 1e-6) * g * np.tanh(x),
    ),
    wrong(
        "a missing term: x³ with 3 x², without x sin x",
        ("term is missing",),
        lambda np, x: x**3 + np.sin(x),
        lambda np, g, y, x: 3.0 * g * x**2,
    ),
    wrong(
        "a layer twice too large before ten sigmoid layers",
        ("2 times",),
        lambda np, x: x * 0.5,
        lambda np, g, y, x: g,
        inside=layers,
    ),
    wrong(
        "one small gradient beside a large one, wrong",
        ("sign is wrong",),
        lambda np, x: x * x,
        lambda np, g, y, x: 2.0 * g * np.abs(x),
        np.array([1e6, -1e-3]),
    ),
    wrong(
        "a rule that ignores its cotangent",
        ("does not use",),
        lambda np, x: np.sin(x),
        lambda np, g, y, x: np.cos(x),
    ),
    wrong(
        "elements in reverse",
        ("backwards", "flipped", "reverse"),
        lambda np, x: x**2,
        lambda np, g, y, x: np.flip(2.0 * g * x, (0,)),
    ),
    wrong(
        "only the first element has a gradient",
        ("is 0 in",),
        lambda np, x: np.tanh(x),
        lambda np, g, y, x: g * (1.0 - y * y) * (x == x[0]),
    ),
    caught(
        "a matrix that is not transposed", ("exchanged", "transpose"), lambda L: check(L, times_matrix(L), MATRIX[:2])
    ),
    caught("a mean over the batch where a sum is due", ("batch", "averaged"), lambda L: check(L, bias(L), X[:3])),
    caught(
        "a value that leaves the tape",
        ("term is missing",),
        lambda L: check(L, lambda x: outside(L, x), X),
        without="HIPS autograd",
    ),
    caught("a random function: drop-out", ("random",), lambda L: check(L, lambda x: dropped(L, x), np.full(6, 0.3))),
    wrong(
        "a kink, where differences mean nothing: ReLU at 0",
        ("kink",),
        lambda np, x: np.maximum(x, x * 0.0),
        lambda np, g, y, x: g * (x > 0),
        np.array([1.0, 0.0]),
    ),
    caught("right at order 1, wrong at order 2", ("recorded", "order 2"), lambda L: check(L, cubed(L), X, order=2)),
]


def cubed(L: Any) -> Any:
    """x³ with a rule 3 x² g, of which x² is no function of x for the second derivative."""

    def still(x: Any) -> Any:
        if L.name == "PyTorch":
            return x.detach()
        if L.name == "JAX":
            return L.jax.lax.stop_gradient(x)
        if L.name == "autograd_zoo":
            return x.data if isinstance(x, L.az.Tensor) else x
        while L.name == "HIPS autograd" and hasattr(x, "_value"):
            x = x._value
        return x

    return L.primitive(lambda x: x**3, lambda g, y, x: 3.0 * g * still(x) ** 2)


def right(what: str, f: Any, x: Any = X, without: str = "") -> Case:
    """A right program: no checker may complain, at orders 1 and 2."""

    def program(L: Any) -> Any:
        try:
            return check(L, lambda x: f(L, x), x, order=2)
        except (AssertionError, ValueError, RuntimeError, TypeError):
            return "false alarm"

    programs = {name: p for name, p in checkers(program).items() if name != without}
    return Case(what, True, "right by construction", programs)


def naive(L: Any, x: Any) -> Any:
    """A ReLU whose rule is written as NumPy code is, with assignments."""

    def rule(g: Any, y: Any, x: Any) -> Any:
        dx = g.clone() if L.name == "PyTorch" else np.array(g, copy=True)
        dx[x <= 0] = 0
        return dx

    return L.primitive(lambda x: L.np.maximum(x, x * 0.0), rule)(x)


RIGHT = [
    right("x², values near 1e8", lambda L, x: x * x, X * 1e8),
    right("x², values near 1e-8", lambda L, x: x * x, X * 1e-8),
    right("exp(30 sin x)", lambda L, x: L.np.exp(30.0 * L.np.sin(x))),
    right("tanh(x) in float32", lambda L, x: L.np.tanh(x), X.astype(np.float32)),
    right("1 / x at 1e-5", lambda L, x: 1.0 / x, np.array([1e-5, -2e-5])),
    right("sum of (1e8, 1e-8) x", lambda L, x: L.np.sum(x * L.array([1e8, 1e-8])), np.array([1.0, 2.0])),
    right("log x at 1e-6", lambda L, x: L.np.log(x), np.array([1e-6, 1.0])),
    right("cos x at 0, whose gradient is 0", lambda L, x: L.np.cos(x), np.array([0.0, 1.0])),
    right("a right rule that assigns to elements, checked as by default", naive, np.array([1.0, -2.0, 0.5]), "JAX"),
]


def report(L: Any) -> Any:
    op = L.primitive(lambda x: np.exp(x), lambda g, y, x: 3.0 * g * y)
    found = L.az.check_gradients(op, X, order=1, report=True)
    return [(f.kind, f.index) for f in found.findings] == [("factor", (0,))]


DATA = [
    Case(
        "the diagnosis as data: factor, and the first wrong index",
        True,
        "wrong by construction",
        {"autograd_zoo": report},
    ),
]
ROWS = WRONG + RIGHT + DATA
