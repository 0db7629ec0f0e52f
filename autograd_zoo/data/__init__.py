"""Data to train on: digits, English text, sequences to sort; one-hot targets, and mini-batches."""

from .batches import batches, one_hot
from .digits import digits
from .sequences import sequences
from .text import bits, characters, decode, encode, topics

__all__ = ["batches", "bits", "characters", "decode", "digits", "encode", "one_hot", "sequences", "topics"]
