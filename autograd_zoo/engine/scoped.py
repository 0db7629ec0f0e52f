"""Names for what plain code records, where no module gives them."""

from __future__ import annotations

from .around import Switch
from .mode import switched


def scope(name: str) -> Switch:
    """Give what the body (or the decorated function) records a place of its own, as a module call has one.

    Drawings frame it, close it, and roll calls that do the same into one; printed tapes and errors name it.

    >>> import numpy as np, autograd_zoo as az
    >>> W, h = az.Tensor(np.eye(2), name="W"), az.Tensor([1.0, 2.0], name="h")
    >>> for _ in range(3):
    ...     with az.scope("step"):
    ...         h = np.tanh(W @ h)
    >>> h.scope.path()
    'step'
    """
    if not isinstance(name, str) or not name.strip() or name.startswith("∇"):
        raise TypeError(f'scope("step") takes a name, which does not begin with ∇; got {name!r}')
    return switched(within=name)
