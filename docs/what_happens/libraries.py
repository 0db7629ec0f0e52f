"""The libraries that are compared, each behind the same few words: arrays, NumPy's functions, derivatives, rules."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any

import numpy


class CannotSay(Exception):
    """The library has no word for what the program does."""


class Words:
    """A namespace that says what it has not."""

    def __init__(self, namespace: Any) -> None:
        self._namespace = namespace

    def __getattr__(self, name: str) -> Any:
        if not hasattr(self._namespace, name):
            raise CannotSay(name)
        found = getattr(self._namespace, name)
        return Words(found) if type(found).__name__ == "module" else found


class Library:
    """What a program of the table may ask of a library. Arrays are float64 unless said otherwise."""

    name: str
    package: str
    functions: str | None = None
    """The module whose functions go by NumPy's names."""

    @property
    def np(self) -> Any:
        """The functions that go by NumPy's names."""
        if self.functions is None:
            raise CannotSay("functions")
        return Words(importlib.import_module(self.functions))

    def array(self, x: Any, dtype: str = "float64") -> Any:
        """A constant."""
        return numpy.array(x, dtype)

    def grads(self, f: Callable[..., Any], *xs: Any) -> Sequence[Any]:
        """∂f/∂x for each x, of a function that returns a number."""
        raise CannotSay("gradients")

    def grad(self, f: Callable[..., Any], *xs: Any) -> Any:
        """∂f/∂x for the first x."""
        return self.grads(f, *xs)[0]

    def value(self, f: Callable[..., Any], x: Any) -> Any:
        """f at a variable x, as numbers."""
        return f(self.array(x, numpy.asarray(x).dtype.name))

    def hessian(self, f: Callable[..., Any], x: Any) -> Any:
        """∂²f/∂x²."""
        raise CannotSay("hessian")

    def primitive(self, forward: Callable[..., Any], backward: Callable[..., Any]) -> Callable[..., Any]:
        """An operation with a rule `backward(g, y, x)` of the user's own."""
        raise CannotSay("primitive")

    def fresh(self) -> None:
        """Put the library's modes in order, whatever a program has left of them."""

    @property
    def version(self) -> str:
        """What is installed."""
        return version(self.package)


class Ours(Library):
    """autograd_zoo."""

    name, package = "autograd_zoo", "autograd_zoo"

    def __init__(self) -> None:
        self.az = importlib.import_module("autograd_zoo")

    @property
    def np(self) -> Any:
        return numpy

    def grads(self, f: Callable[..., Any], *xs: Any) -> Sequence[Any]:
        return self.az.grad(f, range(len(xs)))(*map(numpy.asarray, xs))

    def value(self, f: Callable[..., Any], x: Any) -> Any:
        return f(self.az.Tensor(x)).data

    def hessian(self, f: Callable[..., Any], x: Any) -> Any:
        return self.az.hessian(f)(numpy.asarray(x))

    def primitive(self, forward: Callable[..., Any], backward: Callable[..., Any]) -> Callable[..., Any]:
        op = self.az.primitive(forward)
        self.az.defvjp(op, backward)
        return op


class PyTorch(Library):
    """torch, eager, in float64 where nothing else is said."""

    name, package, functions = "PyTorch", "torch", "torch"

    def __init__(self) -> None:
        self.torch = importlib.import_module("torch")

    def fresh(self) -> None:
        self.torch.set_grad_enabled(True)

    def array(self, x: Any, dtype: str = "float64") -> Any:
        return self.torch.tensor(x, dtype=getattr(self.torch, dtype))

    def grads(self, f: Callable[..., Any], *xs: Any) -> Sequence[Any]:
        ts = [self.torch.tensor(numpy.asarray(x), requires_grad=True) for x in xs]
        found = self.torch.autograd.grad(f(*ts), ts, allow_unused=True)
        return [numpy.zeros(t.shape) if g is None else g.numpy() for g, t in zip(found, ts, strict=True)]

    def hessian(self, f: Callable[..., Any], x: Any) -> Any:
        return self.torch.autograd.functional.hessian(f, self.torch.tensor(numpy.asarray(x))).numpy()

    def primitive(self, forward: Callable[..., Any], backward: Callable[..., Any]) -> Callable[..., Any]:
        class Operation(self.torch.autograd.Function):  # type: ignore[name-defined,misc]
            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                y = forward(x)
                ctx.save_for_backward(x, y)
                return y

            @staticmethod
            def backward(ctx: Any, g: Any) -> Any:
                x, y = ctx.saved_tensors
                return backward(g, y, x)

        return Operation.apply  # type: ignore[no-any-return]


class Jax(Library):
    """jax.numpy with float64 switched on."""

    name, package, functions = "JAX", "jax", "jax.numpy"

    def __init__(self) -> None:
        self.jax = importlib.import_module("jax")
        self.jax.config.update("jax_enable_x64", True)
        self.jnp = importlib.import_module("jax.numpy")

    def array(self, x: Any, dtype: str = "float64") -> Any:
        return self.jnp.array(x, dtype)

    def grads(self, f: Callable[..., Any], *xs: Any) -> Sequence[Any]:
        return self.jax.grad(f, tuple(range(len(xs))))(*map(self.jnp.asarray, xs))  # type: ignore[no-any-return]

    def hessian(self, f: Callable[..., Any], x: Any) -> Any:
        return self.jax.hessian(f)(self.jnp.asarray(x))

    def primitive(self, forward: Callable[..., Any], backward: Callable[..., Any]) -> Callable[..., Any]:
        op = self.jax.custom_vjp(forward)
        op.defvjp(lambda x: (forward(x), x), lambda x, g: (backward(g, forward(x), x),))
        return op  # type: ignore[no-any-return]


class Hips(Library):
    """autograd.numpy."""

    name, package, functions = "HIPS autograd", "autograd", "autograd.numpy"

    def __init__(self) -> None:
        self.autograd = importlib.import_module("autograd")

    def grads(self, f: Callable[..., Any], *xs: Any) -> Sequence[Any]:
        return [self.autograd.grad(f, i)(*map(numpy.asarray, xs)) for i in range(len(xs))]

    def hessian(self, f: Callable[..., Any], x: Any) -> Any:
        return self.autograd.hessian(f)(numpy.asarray(x))

    def primitive(self, forward: Callable[..., Any], backward: Callable[..., Any]) -> Callable[..., Any]:
        extend = importlib.import_module("autograd.extend")
        op = extend.primitive(forward)
        extend.defvjp(op, lambda y, x: lambda g: backward(g, y, x))
        return op  # type: ignore[no-any-return]


class MyGrad(Library):
    """mygrad."""

    name, package, functions = "MyGrad", "mygrad", "mygrad"

    def __init__(self) -> None:
        self.mg = importlib.import_module("mygrad")

    def fresh(self) -> None:
        importlib.import_module("mygrad._utils.graph_tracking").TRACK_GRAPH = True  # type: ignore[attr-defined]

    def value(self, f: Callable[..., Any], x: Any) -> Any:
        return f(self.mg.tensor(numpy.asarray(x))).data

    def grads(self, f: Callable[..., Any], *xs: Any) -> Sequence[Any]:
        ts = [self.mg.tensor(numpy.asarray(x)) for x in xs]
        f(*ts).backward()
        return [numpy.zeros(t.shape) if t.grad is None else t.grad for t in ts]

    def primitive(self, forward: Callable[..., Any], backward: Callable[..., Any]) -> Callable[..., Any]:
        class Own(importlib.import_module("mygrad.operation_base").Operation):  # type: ignore[misc]
            def __call__(self, x: Any) -> Any:
                self.variables = (x,)
                self.y = forward(x.data)
                return self.y

            def backward_var(self, grad: Any, index: int, **_: Any) -> Any:
                return backward(grad, self.y, self.variables[index].data)

        return lambda x: self.mg.Tensor._op(Own, x)


class Micrograd(Library):
    """micrograd: numbers alone."""

    name, package = "micrograd", "micrograd"

    def __init__(self) -> None:
        self.engine = importlib.import_module("micrograd.engine")

    @property
    def np(self) -> Any:
        return Words(object())

    def grads(self, f: Callable[..., Any], *xs: Any) -> Sequence[Any]:
        if any(numpy.ndim(x) for x in xs):
            raise CannotSay("arrays")
        values = [self.engine.Value(float(x)) for x in xs]
        f(*values).backward()
        return [v.grad for v in values]


class NumPy(Library):
    """numpy: files alone."""

    name, package = "NumPy", "numpy"


class Safetensors(Library):
    """safetensors.numpy: files alone."""

    name, package = "safetensors", "safetensors"

    def __init__(self) -> None:
        self.safetensors = importlib.import_module("safetensors.numpy")


LIBRARIES: dict[str, type[Library]] = {
    kind.name: kind for kind in (Ours, PyTorch, Jax, MyGrad, Hips, Micrograd, NumPy, Safetensors)
}
