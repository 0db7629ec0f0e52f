"""Rows on what rules return and raise, and on updates of parameters by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
from cases import REFUSED, Case

V = np.array([1.0, -2.0, 0.5])


def returning(what: str, value: Any, names: tuple[str, ...], without: tuple[str, ...] = ()) -> Case:
    """A rule of y = 2 x that returns something else than a gradient."""

    def program(L: Any) -> Any:
        return L.grad(lambda x: L.np.sum(L.primitive(lambda x: x * 2.0, lambda g, y, x: value(L, g))(x)), V)

    libraries = ("autograd_zoo", "PyTorch", "JAX", "MyGrad", "HIPS autograd")
    return Case(
        f"a rule that returns {what}",
        REFUSED,
        "no gradient",
        {n: program for n in libraries if n not in without},
        names,
    )


def joint(value: Any) -> Any:
    """Programs with a product of two whose one rule returns `value(da, db)`."""

    def ours(L: Any) -> Any:
        op = L.az.primitive(lambda a, b: a * b)
        L.az.defvjp(op, joint=lambda g, y, a, b: value(g * b, g * a))
        return L.grad(lambda x: L.np.sum(op(x, x + 1.0)), V)

    def torch(L: Any) -> Any:
        class Product(L.torch.autograd.Function):  # type: ignore[name-defined,misc]
            @staticmethod
            def forward(ctx: Any, a: Any, b: Any) -> Any:
                ctx.save_for_backward(a, b)
                return a * b

            @staticmethod
            def backward(ctx: Any, g: Any) -> Any:
                a, b = ctx.saved_tensors
                return value(g * b, g * a)

        return L.grad(lambda x: L.np.sum(Product.apply(x, x + 1.0)), V)

    def jax(L: Any) -> Any:
        op = L.jax.custom_vjp(lambda a, b: a * b)
        op.defvjp(lambda a, b: (a * b, (a, b)), lambda ab, g: value(g * ab[1], g * ab[0]))
        return L.grad(lambda x: L.np.sum(op(x, x + 1.0)), V)

    return {"autograd_zoo": ours, "PyTorch": torch, "JAX": jax}


RETURNS = [
    returning("None: a forgotten `return`", lambda L, g: None, ("return` missing",), without=("PyTorch", "JAX")),
    returning("one number for three", lambda L, g: L.np.sum(g), ("shape",)),
    returning("too many axes", lambda L, g: g[None], ("shape",)),
    returning("a list", lambda L, g: [2.0, 2.0, 2.0], ("list",)),
    returning("complex numbers", lambda L, g: g * 2j, ("complex",)),
    Case(
        "a rule for two inputs that returns a dict",
        REFUSED,
        "no gradient",
        joint(lambda a, b: {"a": a, "b": b}),
        ("tuple of", "dict"),
    ),
    Case("... too few gradients", REFUSED, "no gradient", joint(lambda a, b: (a,)), ("tuple of", "expected 2")),
    Case("... too many", REFUSED, "no gradient", joint(lambda a, b: (a, b, a)), ("tuple of", "expected 2")),
]


class OwnError(Exception):
    """An error of the user's own."""


def raising(place: str, error: type[Exception]) -> Case:
    """Whether what a user's function raises arrives as what it is."""

    def fails(*_: Any) -> Any:
        raise error("the user's own words")

    def program(L: Any) -> Any:
        op = L.primitive(fails, fails) if place == "an operation" else L.primitive(lambda x: x * 2.0, fails)
        try:
            L.grad(lambda x: L.np.sum(op(x)), V)
        except Exception as came:
            return True if type(came) is error else f"{type(came).__name__}"
        return False

    return Case(f"{error.__name__} in {place} keeps its type", True, "the type raised", program)


RAISES = [raising(place, error) for place in ("an operation", "a rule") for error in (KeyError, RuntimeError, OwnError)]


def stepped(step: Any) -> Any:
    """Programs in which a parameter 3.0 has gradient 2.0, and step(p) should make it 2.8; what it is then."""

    def ours(L: Any) -> Any:
        layer = L.az.nn.Linear(1, 1, bias=False)
        layer.load_state_dict({"W": np.array([[3.0]])})
        (layer(np.array([[2.0]]))).sum().backward()
        step(list(layer.parameters()), lambda p: p.grad)
        return layer.W.data[0, 0]

    def torch(L: Any) -> Any:
        p = L.torch.nn.Parameter(L.torch.tensor(3.0))
        (p * 2.0).backward()
        step([p], lambda p: p.grad)
        return p.detach()

    def mygrad(L: Any) -> Any:
        p = L.mg.tensor(3.0)
        (p * 2.0).backward()
        step([p], lambda p: p.grad)
        return p.data

    def micrograd(L: Any) -> Any:
        p = L.engine.Value(3.0)
        (p * 2.0).backward()
        step([p], lambda p: p.grad)
        return p.data

    def pure(L: Any) -> Any:
        ps = [L.array(3.0) if L.name == "JAX" else np.array([3.0])]
        step(ps, lambda p: L.grad(lambda x: L.np.sum(x * 2.0), np.asarray(p)))
        return np.ravel(ps[0])[0]

    found = {"autograd_zoo": ours, "PyTorch": torch, "MyGrad": mygrad, "micrograd": micrograd}
    return found | {"JAX": pure, "HIPS autograd": pure}


def names_only(ps: Any, grad: Any) -> None:
    for p in ps:
        p -= 0.1 * grad(p)


def data(ps: Any, grad: Any) -> None:
    for p in ps:
        p.data -= 0.1 * grad(p)


def remembered(L: Any) -> Any:
    """∂/∂x of y = x², y += 3 x."""

    def f(x: Any) -> Any:
        y = x * x
        y += 3.0 * x
        return y

    return L.grad(f, 2.0)


IN_WORDS = ("p.data = p.data -",)
UPDATES = [
    Case("`for p in parameters: p -= lr * p.grad`", 2.8, "p − lr g", stepped(names_only), IN_WORDS),
    Case(
        "`p.data -= lr * p.grad`",
        2.8,
        "p − lr g",
        {name: f for name, f in stepped(data).items() if name not in ("JAX", "HIPS autograd")},
        IN_WORDS,
    ),
    Case("`y = x * x; y += 3 * x`, recorded", 7.0, "algebra", remembered),
]
ROWS = RETURNS + RAISES + UPDATES
