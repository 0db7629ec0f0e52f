"""What convolution and pooling share: one number for each spatial axis, padding, and the size of what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..closed_form.sliding import per_axis
from .applied import Applied
from .module import require

Lengths = int | Sequence[int]
Padding = int | str | Sequence[int] | Sequence[tuple[int, int]]

AXES = {1: "L", 2: "H, W", 3: "D, H, W"}
MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}  # PyTorch's names: NumPy's


class OfMaps(Applied):
    """What modules for maps (N, C, *S) of one, two and three dimensions share.

    The class for a number of `dimensions` has the docstring of its base, with its axes in the place of *S, and *K.
    """

    dimensions: int

    def __init_subclass__(cls, dimensions: int | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if dimensions is not None:
            cls.dimensions, text = dimensions, cls.__doc__ or cls.__base__.__doc__ or ""
            cls.__doc__ = text.replace("*S", AXES[dimensions]).replace("*K", ", ".join("K" * dimensions))


def output_size(size: int, kernel: int, stride: int = 1, padding: int | tuple[int, int] = 0, dilation: int = 1) -> int:
    """H_out = ⌊(H_in + 2 padding − dilation (kernel − 1) − 1) / stride⌋ + 1, along one axis

    The document prints the quotient without the floor, which is right where the stride divides.
    Shapes: whole numbers; `padding` is on both sides, or (before, after).
    Source: conv.conv.claim.height and conv.conv.claim.width.

    >>> output_size(28, 5, padding=2), output_size(28, 5, stride=2, padding=2)
    (28, 14)
    """
    before, after = (padding, padding) if isinstance(padding, int) else padding
    return (size + before + after - dilation * (kernel - 1) - 1) // stride + 1


def spread(value: Any, k: int, name: str, least: int = 1) -> tuple[int, ...]:
    """One integer for each of k axes, as for windows; an error names the running module too."""
    try:
        return per_axis(value, k, name, least)
    except ValueError as misfit:
        require(False, str(misfit))
        raise


def pairs(
    padding: Padding, size: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> tuple[tuple[int, int], ...]:
    """How much to pad before and after each axis: from numbers, pairs, "valid" (nothing) or "same" (keeps the size)."""
    k = len(size)
    if padding == "valid":
        return ((0, 0),) * k
    if padding == "same":
        require(set(stride) == {1}, f'padding="same" keeps the size at stride 1 only, got stride {tuple(stride)}')
        spans = [d * (s - 1) for s, d in zip(size, dilation, strict=True)]
        return tuple((span // 2, span - span // 2) for span in spans)
    if isinstance(padding, Sequence) and not isinstance(padding, str) and all(isinstance(p, Sequence) for p in padding):
        flat = [spread(p, 2, "padding of an axis, before and after", 0) for p in padding]
        require(len(flat) == k, f"padding must have one pair for each of {k} axes; got {padding!r}")
        return tuple((before, after) for before, after in flat)
    require(not isinstance(padding, str), f'padding must be integers, pairs, "same" or "valid"; got {padding!r}')
    return tuple((p, p) for p in spread(padding, k, "padding", 0))


def images(x: Any, k: int, channels: int | None = None) -> None:
    """Require a batch of k-dimensional maps, (N, C, *S), of floats."""
    shape = np.shape(x)
    if len(shape) != k + 2:
        layout = f"(N, C, {AXES.get(k, '...')})"
        hint = " (a single map needs a batch axis: x[None])" if len(shape) == k + 1 else ""
        require(False, f"x must have shape {layout}, got {shape}{hint}")
    require(
        channels is None or shape[1] == channels,
        f"x of shape {shape} must have {channels} channels in axis 1, not {shape[1]}: move the channels there, or "
        f"take a module for {shape[1]} of them",
    )
    require(all(shape), f"x of shape {shape} is empty: a batch needs at least one map of at least one number")
    kind = getattr(x, "dtype", np.dtype(float)).kind
    require(kind == "f", f"x must hold floats, got {getattr(x, 'dtype', None)}: write x.astype(float)")


def padded(x: Any, around: Sequence[tuple[int, int]], mode: str = "zeros", value: float = 0.0) -> Any:
    """x with its last axes padded."""
    if not any(map(any, around)):
        return x
    widths = ((0, 0),) * (np.ndim(x) - len(around)) + tuple(around)
    if mode == "zeros":
        return np.pad(x, widths, constant_values=value)
    return np.pad(x, widths, mode=MODES[mode])  # type: ignore[call-overload]  # one of NumPy's names
