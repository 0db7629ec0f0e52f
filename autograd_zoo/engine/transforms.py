"""Functions from functions: grad, jacobian, hessian, vjp, jvp, hvp; built on the sweep, nestable in any order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, wraps
from typing import Any

import numpy as np

from .around import Switch
from .mode import MODE, RECORDED, switched
from .rules import label
from .sweep import gradient
from .tensor import Tensor, TensorLike, record

Function = Callable[..., Any]


@cache
def _inside(depth: int) -> Switch:
    """The body records, with this many transforms around it."""
    return switched(recording=True, depth=depth)


def _trace(
    f: Function, xs: Sequence[Any], argnums: tuple[int, ...], kwargs: dict[str, Any]
) -> tuple[Any, list[Any], bool]:
    """Run `f` at fresh aliases of the arguments `argnums`: its result, the aliases, and whether it is nested.

    The aliases are what the derivative is taken by. Without them d/dx [x · d/dy(xy) at y = x] would see the outer x in
    the inner function, and count it twice.
    """
    if wrong := [i for i in argnums if not isinstance(i, int)]:
        raise TypeError(
            f"argnums of {label(f)} are the numbers of positional arguments, one number for jacobian; got {wrong}"
        )
    if wrong := [i for i in argnums if not -len(xs) <= i < len(xs)]:
        raise TypeError(f"argnums {wrong} of {label(f)}: it was called with {len(xs)} positional arguments")
    mode = MODE.get()
    args = list(xs)
    nested = mode.depth > 0 or any(isinstance(args[i], Tensor) for i in argnums)
    with _inside(mode.depth + 1):
        for i in argnums:
            args[i] = record(np.positive, (args[i],)) if isinstance(args[i], Tensor) else Tensor(args[i])
        y = f(*args, **kwargs)
    if not isinstance(y, Tensor):
        raise TypeError(
            f"{label(f)} must return one Tensor, got {label(type(y))}: compute it from its arguments with NumPy's "
            "functions and operators, without .data, .item() or .detach() on the way"
        )
    return y, [args[i] for i in argnums], nested


def _value(y: Tensor, nested: bool) -> Any:
    return y if nested else y.data


def value_and_grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """x ↦ (f(x), ∂f/∂x), both from one run of `f`; see `grad`."""
    several = (argnums,) if isinstance(argnums, int) else tuple(argnums)

    @wraps(f)
    def both(*xs: TensorLike, **kwargs: Any) -> tuple[Any, Any]:
        y, args, nested = _trace(f, xs, several, kwargs)
        if y.size != 1:
            raise ValueError(
                f"grad differentiates a function that returns a single number; {label(f)} returned shape {y.shape}: "
                "take az.jacobian for all its derivatives, az.vjp for a weighted sum of them, or reduce it (np.sum)"
            )
        grads = gradient(y, args, create_graph=nested, allow_unused=True)
        return _value(y, nested), grads[0] if isinstance(argnums, int) else tuple(grads)

    return both


def grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """x ↦ ∂f/∂x for a function `f` of arrays that returns a single number.

    Parameters
    ----------
    f : callable
        written with NumPy's functions and operators
    argnums : int or sequence of ints
        which positional arguments to differentiate by; a sequence gives a tuple of gradients

    Returns
    -------
    callable
        gives an ndarray in the shape of the argument; a Tensor where the argument is a Tensor, or inside another
        transform, so that gradients nest: `grad(grad(f))`

    Raises
    ------
    ValueError
        if f returns more than one element (take `jacobian`)
    TypeError
        if f returns no Tensor, or an argument is not of a floating type

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> az.grad(lambda x: np.sum(x**3))(np.array([1.0, 2.0]))
    array([ 3., 12.])
    >>> az.grad(az.grad(np.tanh))(0.5)
    array(-0.72686198)
    """
    both = value_and_grad(f, argnums)

    @wraps(f)
    def g(*xs: TensorLike, **kwargs: Any) -> Any:
        return both(*xs, **kwargs)[1]

    return g


def jacobian(f: Function, argnums: int = 0) -> Function:
    """x ↦ ∂f/∂x, shape (*f(x).shape, *x.shape): one sweep for each element of f(x).

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> az.jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """

    @wraps(f)
    def rows(*xs: TensorLike, **kwargs: Any) -> Any:
        y, (x,), nested = _trace(f, xs, (argnums,), kwargs)
        units = np.eye(y.size, dtype=y.dtype).reshape(y.size, *y.shape)
        found = [
            gradient(y, [x], unit, create_graph=nested, allow_unused=True, alive=np.equal(unit, 1))[0] for unit in units
        ]
        nothing = np.zeros((0, *x.shape), x.dtype)
        stacked = np.stack(found) if found else Tensor(nothing) if nested else nothing
        return np.reshape(stacked, (*y.shape, *x.shape))

    return rows


def hessian(f: Function, argnums: int = 0) -> Function:
    """x ↦ ∂²f/∂x², shape (*x.shape, *x.shape), for a function that returns a single number.

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> az.hessian(lambda x: np.prod(x))(np.array([2.0, 3.0]))
    array([[0., 1.],
           [1., 0.]])
    """
    return jacobian(grad(f, argnums), argnums)


def vjp(f: Function, *xs: TensorLike) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """f(*xs), and the function g ↦ (gᵀ ∂f/∂x for each x).

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> y, pull = az.vjp(np.multiply, np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    >>> pull(np.array([1.0, 10.0]))
    (array([ 3., 40.]), array([ 1., 20.]))
    """
    y, args, nested = _trace(f, xs, tuple(range(len(xs))), {})

    def pull(g: TensorLike) -> tuple[Any, ...]:
        again = nested or isinstance(g, Tensor)
        return tuple(gradient(y, args, g, create_graph=again, allow_unused=True))

    return _value(y, nested), pull


def jvp(f: Function, xs: Sequence[TensorLike], vs: Sequence[TensorLike]) -> tuple[Any, Any]:
    """f(*xs), and its derivative along the tangents `vs`: Σ ∂f/∂x v, in the shape of f.

    A pullback is linear in its cotangent u, so its own pullback pushes forward: two sweeps, no rule of its own.

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> az.jvp(np.sin, (0.0,), (2.0,))
    (array(0.), array(2.))
    """
    if len(xs) != len(vs):
        raise ValueError(f"jvp needs one tangent for each argument, got {len(vs)} tangents for {len(xs)} arguments")
    y, args, nested = _trace(f, xs, tuple(range(len(xs))), {})
    u = Tensor(np.ones(y.shape, y.dtype))  # any u would do: the sweep is linear in it
    pulled = gradient(y, args, u, create_graph=True, allow_unused=True)
    along = _dot(pulled, args, vs)
    return _value(y, nested), gradient(along, [u], create_graph=nested, allow_unused=True)[0]


def hvp(f: Function, x: TensorLike, v: TensorLike) -> Any:
    """∂²f/∂x² v, in the shape of x, without the Hessian itself: the gradient of ⟨∂f/∂x, v⟩.

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> az.hvp(lambda x: np.sum(x**3), np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([ 6., 12.])
    """
    y, args, nested = _trace(f, (x,), (0,), {})
    pulled = gradient(y, args, create_graph=True, allow_unused=True)
    return gradient(_dot(pulled, args, [v]), args, create_graph=nested, allow_unused=True)[0]


def _dot(gs: Sequence[Tensor], xs: Sequence[Tensor], vs: Sequence[Any]) -> Tensor:
    """Σ ⟨g, v⟩, each v in the shape of its x."""
    total = 0.0
    with RECORDED:
        for g, x, v in zip(gs, xs, vs, strict=True):
            if np.shape(v) != x.shape:
                raise ValueError(f"a tangent has the shape of its argument, {x.shape}; got {np.shape(v)}")
            total = total + (g * v).sum()
    return total  # type: ignore[return-value]  # a Tensor once a term is added, and there is always one
