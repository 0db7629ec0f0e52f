"""Programs to ONNX files, and ONNX files as modules: `export` and `load`. They need the package onnx (extra "onnx")."""

from .program.onnx import export
from .program.onnx_load import OnnxModel, load

__all__ = ["OnnxModel", "export", "load"]
