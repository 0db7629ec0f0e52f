"""Data to train on: the handwritten digits, one-hot targets, and mini-batches."""

from .batches import batches, one_hot
from .digits import digits

__all__ = ["batches", "digits", "one_hot"]
