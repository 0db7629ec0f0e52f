"""The primitives: NumPy's functions and some of our own, with their rules. Importing this fills the engine's tables."""

import numpy as np

from ..engine.functions import CONSTANT, HANDLERS
from ..engine.rules import RULES, label
from . import (
    attributes,
    building,
    calculus,
    constant,
    contraction,
    decomposition,
    elementwise,
    fourier,
    indexing,
    instead,
    level,
    linalg,
    products,
    reduction,
    shape,
    special,
    statistics,
    windows,
)

__all__ = [
    "attributes",
    "building",
    "calculus",
    "constant",
    "contraction",
    "decomposition",
    "elementwise",
    "fourier",
    "indexing",
    "instead",
    "level",
    "linalg",
    "names",
    "products",
    "reduction",
    "shape",
    "special",
    "statistics",
    "windows",
]

attributes.install()

OURS = {elementwise.erf, reduction.logsumexp, windows.windows, windows.overlap_add}


def names() -> list[str]:
    """The names of the functions that can take a Tensor, NumPy's and ours, sorted.

    >>> from autograd_zoo import primitives
    >>> {"add", "einsum", "logsumexp", "argmax"} <= set(primitives.names())
    True
    """
    refuses = HANDLERS[np.put]  # stands in for all functions that write into an array
    ours = {
        f
        for f in (*RULES, *HANDLERS, *CONSTANT)
        if f in OURS or isinstance(f, np.ufunc) or f.__module__.startswith("numpy")
    }
    return sorted({label(f) for f in ours if HANDLERS.get(f) is not refuses})
