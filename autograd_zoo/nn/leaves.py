"""Parameters: leaves that are changed by optimizers, and not in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from ..engine.tensor import Tensor


def _in_place(symbol: str) -> Callable[[Parameter, Any], NoReturn]:
    def refuse(self: Parameter, other: Any) -> NoReturn:
        raise TypeError(
            f"p {symbol}= ... would name a new Tensor p and leave the parameter as it is. To change it write "
            f"p.data = p.data {symbol} ..., or let an optimizer: az.optim.SGD(model.parameters(), lr=0.1).step(); to "
            f"compute with it write y = p {symbol} ..."
        )

    return refuse


class Parameter(Tensor):
    """A leaf that a module owns and an optimizer changes; `p -= ...`, which could change nothing, is an error."""

    __slots__ = ()

    __iadd__, __isub__, __imul__, __itruediv__ = map(_in_place, "+-*/")
    __imod__, __ipow__, __imatmul__ = map(_in_place, ("%", "**", "@"))
