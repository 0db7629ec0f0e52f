"""Complex numbers between a real beginning and a real end: leaves are real, and so is what is swept from.

The cotangent of a complex z is ∂L/∂Re z − i ∂L/∂Im z, with which the rule of a function that is analytic reads as that
of a real one: g f′(z). (It is the conjugate of what PyTorch calls the gradient of z.) Where a real input went into a
complex result, the real part comes back. What is recorded of complex numbers stands in `COMPLEX`, and nothing else is.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from .functions import COMPLEX, KINDS
from .tensor import Tensor
from .values import Admitted, raw

QUESTIONS = {  # which are answered plainly
    *(np.equal, np.not_equal, np.isnan, np.isfinite, np.isinf, np.iscomplexobj, np.isrealobj, np.iscomplex, np.isreal),
    *(np.shape, np.ndim, np.size, np.result_type, np.zeros_like, np.ones_like, np.allclose, np.isclose),
    *(np.array_equal, np.array_repr, np.array_str, np.array2string),
}


def admitted(x: Any, dtype: Any) -> Any:
    """A complex constant, marked as one that may enter, a number of Python in a `dtype`; anything else as it is."""
    if type(x) is complex:
        x = np.asarray(x, dtype)
    return np.asarray(x).view(Admitted) if isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind == "c" else x


def refuse(function: Any) -> NoReturn:
    """Raise for what has no meaning, or no rule, for complex numbers."""
    raise TypeError(
        f"{function.__name__} is not recorded of complex Tensors, which stand only between a real beginning and a real "
        "end: take np.real(z), np.imag(z), np.abs(z) or np.angle(z) first, or z.data to leave the tape"
    )


def _operator(ufunc: np.ufunc) -> tuple[Callable[..., Any], Callable[..., Any]]:
    return lambda a, b: ufunc(a, admitted(b, a.dtype)), lambda b, a: ufunc(admitted(a, b.dtype), b)


class ComplexTensor(Tensor):
    """A result of complex numbers. Nobody makes one: `np.fft.fft(t)` does, or `t.astype(complex)`."""

    __slots__ = ()
    __hash__ = object.__hash__

    __add__, __radd__ = _operator(np.add)
    __sub__, __rsub__ = _operator(np.subtract)
    __mul__, __rmul__ = _operator(np.multiply)
    __truediv__, __rtruediv__ = _operator(np.true_divide)
    __pow__, __rpow__ = _operator(np.power)
    __matmul__, __rmatmul__ = _operator(np.matmul)

    def __neg__(self) -> Tensor:
        return np.negative(self)  # type: ignore[return-value]  # which is dispatched

    def __lt__(self, other: object) -> NoReturn:
        raise TypeError("complex numbers have no order: compare np.abs(z), np.real(z) or np.imag(z)")

    __le__ = __gt__ = __ge__ = __lt__

    def __eq__(self, other: object) -> Any:
        return operator.eq(self._array, raw(other))

    def __ne__(self, other: object) -> Any:
        return operator.ne(self._array, raw(other))

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: object, **kwargs: object) -> Any:
        if ufunc not in COMPLEX and ufunc not in QUESTIONS:
            refuse(ufunc)
        return super().__array_ufunc__(ufunc, method, *(admitted(x, self.dtype) for x in inputs), **kwargs)

    def __array_function__(self, function: Any, types: object, args: Any, kwargs: Any) -> Any:
        if function not in COMPLEX and function not in QUESTIONS:
            refuse(function)
        args = tuple([admitted(y, self.dtype) for y in x] if type(x) is list else admitted(x, self.dtype) for x in args)
        return super().__array_function__(function, types, args, kwargs)

    def astype(self, dtype: Any) -> Tensor:
        """The values in another complex dtype."""
        if np.dtype(dtype).kind != "c":
            raise TypeError(f"as {np.dtype(dtype)} a complex Tensor would lose its imaginary part: take np.real(z)")
        return super().astype(dtype)

    def item(self) -> Any:
        """The value of a Tensor of one element, as a Python complex."""
        return self._array.item()


KINDS["c"] = ComplexTensor
