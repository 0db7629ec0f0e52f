"""Weights in files: a dict of arrays to and from .npz or .safetensors, without pickle, safe with strangers' files."""

from .checks import MAX_BYTES, WeightsError
from .files import load, save

__all__ = ["MAX_BYTES", "WeightsError", "load", "save"]
