"""What the exercises of chapter 12 compute with: attention."""

from typing import Any

import numpy as np

from ... import nn
from ...engine.transforms import grad

A, VALUES = np.array([0.5, 0.3, 0.2]), np.array([1.0, 2.0, 6.0])


def seen() -> Any:
    """What each query gets of the values that it may see."""
    values = np.array([[2.0], [4.0], [9.0]])
    return nn.scaled_dot_product_attention(0 * values, values, values, causal=True)[:, 0]


def by_scores() -> Any:
    """The gradient by the scores, from the tape."""
    return grad(lambda S: np.sum(nn.softmax(S) * VALUES))(np.log(A))
