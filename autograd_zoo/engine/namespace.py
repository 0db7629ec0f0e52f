"""The array API's namespace of a Tensor: NumPy's functions, which record it, and an `asarray` that keeps it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .values import is_tensor


def asarray(obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Any:
    """A Tensor as it is, or in another floating dtype; anything else as an array."""
    if not is_tensor(obj):
        return np.asarray(obj, dtype, device=device, copy=copy)
    t = obj if dtype is None else obj.astype(dtype)
    return t.copy() if copy and t is obj else t


def __getattr__(name: str) -> Any:
    return getattr(np, name)
