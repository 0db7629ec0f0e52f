"""What Python and other libraries ask of a Tensor: numbers, texts, copies. Nothing leaves the tape without a word."""

from __future__ import annotations

import sys
from typing import Any, NoReturn

import numpy as np

from . import errors
from .rules import label
from .values import raw


class Outside:
    """Values and texts of a Tensor for the world outside of the tape, and refusals where a gradient would be lost."""

    __slots__ = ()

    _array: Any
    op: Any
    name: Any
    grad: Any
    shape: Any

    def item(self) -> float:
        """The value of a Tensor of one element, as a Python float."""
        if self._array.size != 1:
            raise ValueError(errors.NOT_SINGLE.format(shape=self.shape))
        return float(raw(self).item())

    def tolist(self) -> Any:
        """The values as nested lists of Python floats."""
        return raw(self).tolist()

    def __len__(self) -> int:
        if not self._array.ndim:
            raise TypeError(errors.NO_LENGTH)
        return len(self._array)

    def __bool__(self) -> bool:
        return bool(raw(self))

    def __array__(self, dtype: object = None, copy: object = None) -> NoReturn:
        raise TypeError(errors.LEAVES_TAPE.format(what=errors.as_array(sys._getframe(1))))

    def __dlpack__(self, *, copy: bool | None = None, **asked: Any) -> Any:
        """The values, without their history, for `from_dlpack` of another library: always a copy."""
        errors.refuse_conversion(sys._getframe(1))
        if copy is False:
            raise BufferError(errors.NOT_SHARED)
        return np.array(self._array).__dlpack__(**asked)

    def __float__(self) -> NoReturn:
        raise TypeError(errors.LEAVES_TAPE.format(what="float(t), math.exp(t), '%.3f' % t or a[0] = t"))

    def __int__(self) -> NoReturn:
        raise TypeError(errors.LEAVES_TAPE.format(what="int(t), or t as an index or a length,"))

    __index__ = __int__
    __complex__ = __float__

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else str(self)

    def __repr__(self) -> str:
        value = repr(np.asarray(self._array)).removeprefix("array(").removesuffix(")")
        made = "" if self.op is None else f", op={label(self.op)}"
        return f"{label(type(self))}({value}{made}" + (f", name={self.name!r})" if self.name else ")")

    def __dir__(self) -> list[str]:
        return [name for name in object.__dir__(self) if not errors.is_elsewhere(type(self), name)]

    def __reduce__(self) -> Any:
        if self.op is not None:
            raise TypeError(errors.COPIED.format(op=label(self.op)))
        return type(self), (np.asarray(self._array), self.name), {"grad": self.grad}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.grad = state["grad"]
