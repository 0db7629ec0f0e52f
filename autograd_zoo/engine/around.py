"""Around a block, and around a function: a value of a context variable that Ctrl-C cannot leave behind.

A decorated generator or coroutine stops in the middle; the code that goes on meanwhile is somebody else's, and does not
see the value.
"""

from __future__ import annotations

import gc
import inspect
import types
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import AbstractContextManager
from contextvars import ContextVar, copy_context
from functools import partial, wraps
from io import IOBase
from itertools import repeat
from operator import attrgetter, getitem, not_
from typing import Any, TypeVar

import numpy as np

F = TypeVar("F", bound=Callable[..., Any])
Manager = AbstractContextManager[Any, None]


class Switch(IOBase):
    """In the body, or in each step of the decorated function, `var` holds `value.but(changes)` in place of its value.

    Python looks for Ctrl-C when a function written in Python is entered, and after a call: were `__exit__` one, the
    value could stay. That of IOBase is compiled, and calls `close`, which is compiled too: an iterator of iterators
    whose next element is `not var.set(var.get().without[changes])`, that is, False. It has no state, so that one object
    serves any number of blocks inside each other, threads and generators that take turns.
    """

    closed = True  # nothing is left to do for IOBase when this object goes

    def __init__(self, var: ContextVar[Any], changes: tuple[Any, ...]) -> None:
        self.var, self.changes = var, changes
        values = map(getitem, map(attrgetter("without"), iter(var.get, None)), repeat(changes))
        self.close = map(not_, map(var.set, values)).__next__  # type: ignore[method-assign, assignment]

    def __enter__(self) -> None:  # type: ignore[override]
        value = self.var.get()
        changed = value.but(self.changes)
        try:
            self.var.set(changed)
        except BaseException:  # Ctrl-C after it was set: neither the body nor `__exit__` will run
            self.var.set(value)
            raise

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Decorate a plain function, a generator function or an async one."""
        return around(self, function)


class uncollected(IOBase):
    """In the body the collector of cycles rests, which else walks a graph that grows again and again, in vain.

    A tape has no cycles: `del loss` frees it at once, collector or not. Afterwards the collector is on if it was on
    before; thresholds and what is frozen stay as they are. Cycles of other objects that are dropped in the body wait
    for its end. Each block makes its own.

    >>> import autograd_zoo as az
    >>> with az.uncollected():
    ...     y = sum((az.Tensor(float(k)) ** 2 for k in range(1000)), 0.0)
    ...     y.backward(retain_graph=False)
    """

    closed = True  # `__exit__` is that of IOBase, as in `Switch`
    close: Any = bool  # does nothing

    def __enter__(self) -> None:  # type: ignore[override]
        if gc.isenabled():
            self.close = gc.enable
            try:
                gc.disable()
            except BaseException:  # Ctrl-C after it
                gc.enable()
                raise


def quiet(function: F) -> F:
    """`function`, whose values may be infinite or nan without NumPy's warnings or errors.

    It runs in a context of its own, with which NumPy's error state goes, however it ends.
    """
    ignoring = np.errstate(all="ignore")(function)

    @wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        return copy_context().run(ignoring, *args, **kwargs)

    return run  # type: ignore[return-value]  # the same signature


def around(manager: Manager, function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, a plain one, a generator function or an async one, each of whose steps runs inside `manager`."""
    if isinstance(function, (staticmethod, classmethod)):
        return type(function)(around(manager, function.__func__))
    if not callable(function) or inspect.isclass(function):
        raise TypeError(f"a function is decorated, or a method, got {function!r}; decorate the methods of a class")

    @wraps(function)
    def plain(*args: Any, **kwargs: Any) -> Any:
        with manager:
            return function(*args, **kwargs)

    @wraps(function)
    def generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        return (yield from _steps(manager, function(*args, **kwargs)))

    @wraps(function)
    async def coroutine(*args: Any, **kwargs: Any) -> Any:
        return await _await(manager, function(*args, **kwargs))

    @wraps(function)
    async def generating(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        inner = function(*args, **kwargs)
        step, value = inner.asend, None
        while True:
            try:
                out = await _await(manager, step(value))
            except StopAsyncIteration:
                return
            try:
                step, value = inner.asend, (yield out)
            except GeneratorExit:
                await _await(manager, inner.aclose())
                raise
            except BaseException as error:
                step, value = inner.athrow, error

    kinds: dict[Callable[..., Any], Callable[[Any], bool]] = {
        generator: inspect.isgeneratorfunction,
        coroutine: inspect.iscoroutinefunction,
        generating: inspect.isasyncgenfunction,
    }
    code = function
    while isinstance(code, partial):
        code = code.func
    if not inspect.isroutine(code):  # an object: how it runs its `__call__` says
        code = type(code).__call__
    return next((wrapper for wrapper, fits in kinds.items() if fits(code)), plain)


def _steps(manager: Manager, inner: Any) -> Generator[Any, Any, Any]:
    """Yield what the generator `inner` yields, which runs inside `manager`, and takes what is sent and thrown."""
    step, value = inner.send, None
    while True:
        try:
            with manager:
                out = step(value)
        except StopIteration as end:
            return end.value
        try:
            step, value = inner.send, (yield out)
        except GeneratorExit:
            with manager:
                inner.close()
            raise
        except BaseException as error:
            step, value = inner.throw, error


@types.coroutine
def _await(manager: Manager, awaitable: Any) -> Generator[Any, Any, Any]:
    """Await, inside `manager`."""
    return (yield from _steps(manager, awaitable.__await__()))
