"""Operations of one's own: a function of arrays that the tape records."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, overload

from . import guard
from .errors import UNRULED, carry
from .rules import RULES, label
from .tensor import Tensor, record
from .values import TRACE


@overload
def primitive(function: Callable[..., Any], *, broadcasts: bool = False) -> Callable[..., Any]: ...
@overload
def primitive(*, broadcasts: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]: ...
def primitive(function: Any = None, *, broadcasts: bool = False) -> Any:
    """Make `function`, written for arrays, an operation that the tape records; give it its rules with `defvjp`.

    Its leading parameters, as many as it has rules, are differentiated; the others are static. Where it is recorded it
    gets read-only copies of its arrays, and returns one array of floats, which is copied too; what it raises passes,
    with a note. Called without Tensors it is `function` itself.

    Parameters
    ----------
    function : callable
        of arrays; left out where the decorator is written with arguments
    broadcasts : bool
        `function` goes element by element, and broadcasts its inputs against each other as a ufunc does: the sweep sums
        cotangents back, and knows that no element depends on another

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> @az.primitive
    ... def scaled_square(x, *, scale=1.0):
    ...     return scale * x * x
    >>> az.defvjp(scaled_square, lambda g, y, x, scale=1.0: g * (2.0 * scale) * x)
    >>> az.grad(lambda x: scaled_square(x, scale=3.0).sum())(np.array([1.0, 2.0]))
    array([ 6., 12.])
    """
    if function is None:
        return partial(primitive, broadcasts=broadcasts)
    recorded, known = guard.forward(function), guard.own(function)

    @wraps(recorded)
    def op(*args: Any, **kwargs: Any) -> Any:
        if any(isinstance(x, Tensor) for x in args) or any(isinstance(x, Tensor) for x in kwargs.values()):
            try:
                if op not in RULES:
                    raise TypeError(UNRULED.format(op=label(op)))
                y = record(recorded, *RULES[op].bind(args, kwargs))
            except Exception as error:
                carry(error, op, [*args, *kwargs.values()])
                raise
            y.op = y.op and op
            return y
        trace = TRACE.get()
        return trace.called_on(op, function, args, kwargs) if known and trace else function(*args, **kwargs)

    op.broadcasts = broadcasts  # type: ignore[attr-defined]  # what `defvjp` assumes
    return op
