"""What a composed operation is known as, where its numbers prove it: `where(x <= 0, 0, x)` is a ReLU."""

from __future__ import annotations

from typing import Any

import numpy as np


def idiom(op: str, inputs: tuple[Any, ...], saved: tuple[Any, ...]) -> str | None:
    """The name of what an operation computes from its arguments, of which `inputs` has those that are Tensors.

    >>> x = np.array([-1.0, 2.0])
    >>> idiom("where", (None, None, "x"), (x <= 0, 0.0, x)), idiom("where", (None, None, "x"), (x > 0, 0.0, x))
    ('relu', None)
    """
    if op != "where" or len(saved) != 3 or inputs[0] is not None or inputs[1] is not None or inputs[2] is None:
        return None
    condition, other, x = saved
    is_relu = np.shape(other) == () and other == 0 and np.array_equal(condition, np.less_equal(x, 0))
    return "relu" if is_relu else None
