"""The table of kernels, by the closed forms whose twins they are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, wraps
from typing import Any, NamedTuple

import numpy as np

from .memory import done

Form = Callable[..., Any]
TWINS: dict[Form, Form] = {}
KERNELS: dict[Form, Form] = {}  # in NumPy, for any size: what the twins choose from
FEW = 1 << 12  # elements: of fewer the calls cost more than the memory


class Asked(NamedTuple):
    """That kernels are to do small arrays too, whether compiled ones are, and what has been done by them."""

    compiled: bool
    used: set[Form | str]


ASKED: ContextVar[Asked | None] = ContextVar("autograd_zoo.kernels.asked", default=None)


@contextmanager
def all_by(*, compiled: bool) -> Iterator[set[Form | str]]:
    """A block in which kernels do arrays of any size: compiled ones where there are some, or those in NumPy alone.

    Yields the set of closed forms in whose place they stood, and the names of parts of kernels that were compiled.

    >>> import numpy as np
    >>> from autograd_zoo import closed_form, kernels
    >>> with all_by(compiled=False) as used:
    ...     y = kernels.TWINS[closed_form.activation.tanh](np.zeros(3))
    >>> [form.__name__ for form in used]
    ['tanh']
    """
    used: set[Form | str] = set()
    token = ASKED.set(Asked(compiled, used))
    try:
        yield used
    finally:
        ASKED.reset(token)


@cache
def compiled() -> Mapping[Any, Form]:
    """The compiled twins by their closed forms, or by names of parts of kernels.

    There are none without numba, or where AUTOGRAD_ZOO_COMPILED=0 asks for none. numba is imported here, when a kernel
    is first wanted.
    """
    if os.environ.get("AUTOGRAD_ZOO_COMPILED") == "0":
        return {}
    try:
        import numba  # noqa: F401
    except ImportError:  # or one that does not know this NumPy
        return {}
    from .compiled import COMPILED

    return COMPILED


def by_compiled(form: Form | str, *args: Any, **params: Any) -> Any:
    """What the compiled twin of a form, or of a part of a kernel, gives; None if there is none, or it declines."""
    asked = ASKED.get()
    twin = compiled().get(form) if asked is None or asked.compiled else None
    found = None if twin is None else twin(*args, **params)
    if asked and found is not None:
        asked.used.add(form)
    return found


def quickest(form: Form, *args: Any, **params: Any) -> Any:
    """What the compiled twin of `form` gives, or else its kernel in NumPy."""
    found = by_compiled(form, *args, **params)
    if found is not None:
        return found
    asked = ASKED.get()
    if asked and not asked.compiled:
        asked.used.add(form)
    try:
        return KERNELS[form](*args, **params)
    finally:
        done()


def tells_nan(rule: Any, y: Any) -> bool:
    """Whether what a gradient's kernel gives is NaN where y is NaN, so that nobody need look for one in y."""
    if y.size < FEW or y.dtype.char not in "fd":
        return False
    asked = ASKED.get()
    by = [rule, compiled().get(getattr(rule, "form", None)) if asked is None or asked.compiled else None]
    return any([getattr(twin, "nan", False) for twin in by])


def quick(form: Form, kernel: Form | None = None) -> Form:
    """A pure rule of a primitive, or the closed form of a gradient as one: for large arrays by its kernel."""
    kernel = kernel or TWINS[form]

    @wraps(form)
    def rule(g: Any, y: Any, *inputs: Any, **params: Any) -> Any:
        if type(g) is np.ndarray and g.size >= FEW and g.dtype.char in "fd" and inputs[0].dtype == g.dtype:
            return kernel(g, y, *inputs, **params)
        return form(g, y, *inputs, **params)

    return rule


def twin_of(form: Form, *, nan: bool = False, sooner: int = 1) -> Callable[[Form], Form]:
    """Make the decorated function the kernel of `form`, and let the form do what is not float32 or float64, or small.

    The largest of the arrays tells: the product of a small cotangent and many samples is long too, and its form would
    wake threads of BLAS. A gradient that is to use what the forward pass kept has a keyword argument `kept`, which is
    None where the form computed the forward pass: that tells then. One that gives the gradients of all inputs may have
    `wanted`, the numbers of those that are asked for. With `nan` nobody has to look for NaN in the result: a gradient
    is NaN where that is, by the form too, or asks nothing that a NaN leaves open.
    Kernels whose forms take many steps pay `sooner`, at so many times fewer elements.
    """

    def register(kernel: Form) -> Form:
        extra = {"kept", "wanted"}.intersection(kernel.__kwdefaults__ or {})
        KERNELS[form] = kernel

        @wraps(kernel)
        def choose(x: Any, *args: Any, **params: Any) -> Any:
            few = min(FEW, 1) if ASKED.get() else FEW // sooner
            large = x.size >= few or (x.size >= min(few, 1) and any([getattr(a, "size", 0) >= few for a in args]))
            large = large and x.dtype.char in "fd"
            if params.get("kept") is not None if "kept" in extra else large:
                return quickest(form, x, *args, **params)
            return form(x, *args, **{name: value for name, value in params.items() if name not in extra})

        choose.extra, choose.form, choose.nan = extra, form, nan  # type: ignore[attr-defined]
        TWINS[form] = choose
        return choose

    return register
