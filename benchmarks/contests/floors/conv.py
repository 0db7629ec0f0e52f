"""Floors of convolutions."""

from __future__ import annotations

from typing import Any

from .memory import Array


def choose(x: Array, W: Array, g: Array, options: dict[str, int]) -> dict[str, Any]:
    return {}
