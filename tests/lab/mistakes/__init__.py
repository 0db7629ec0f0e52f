"""Typical mistakes, a file a family: (specimen, input or None for the first, what was written, its diagnosis)."""

import numpy as np


def sigma(x):
    """1/(1 + exp(−x))."""
    return 1 / (1 + np.exp(-x))
