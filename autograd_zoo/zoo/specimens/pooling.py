"""Specimens of the pooling family."""

from __future__ import annotations

from typing import Any

from ... import nn
from ..specimen import Specimen
from .inputs import distinct, numbers

MAPS = ((2, 3, 9), (1, 2, 6, 7), (2, 1, 5, 5), (1, 1, 4, 5, 4), (3, 1, 6))


def _pooling(maximum: bool) -> Any:
    """Call the pooling module that has as many dimensions as x has spatial axes; the window is as wide in each."""
    classes = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d) if maximum else (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)
    return lambda x, kernel_size, **params: classes[x.ndim - 3](kernel_size, **params)(x)


def _per_dimension(name: str, doc: str, variants: tuple[dict[str, Any], ...], **more: Any) -> tuple[Specimen, ...]:
    """One specimen a number of dimensions: the closed forms take one kernel length for each of them."""
    return tuple(
        Specimen(
            name=f"{name}{k}d",
            family="pooling",
            form=name,
            run=_pooling(name == "max_pool"),
            shapes=tuple(shape for shape in MAPS + EXTRA if len(shape) == k + 2),
            variants=tuple(v | {"kernel_size": (v["kernel_size"],) * k} for v in variants),
            doc=doc,
            **more,
        )
        for k in (1, 2, 3)
    )


EXTRA = (
    *((1, 1, 7), (2, 2, 8), (4, 1, 9)),
    *((1, 3, 6, 6), (2, 2, 7, 5), (1, 1, 8, 6)),
    *((2, 1, 4, 4, 4), (1, 2, 5, 4, 4), (1, 1, 6, 4, 5), (2, 2, 4, 4, 5)),
)
WINDOWS: tuple[dict[str, Any], ...] = (
    {"kernel_size": 2},
    {"kernel_size": 3, "stride": 1, "padding": 1},
    {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
)

SPECIMENS = (
    *_per_dimension(
        "max_pool",
        "y = max of each window",
        (*WINDOWS, {"kernel_size": 2, "stride": 1, "dilation": 2}),
        domain=distinct,
        smooth=False,
    ),
    *_per_dimension(
        "avg_pool",
        "y = mean of each window",
        (*WINDOWS, {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False}),
        domain=numbers,
    ),
    Specimen(
        name="global_avg_pool",
        family="pooling",
        run=nn.global_avg_pool,
        domain=numbers,
        shapes=((2, 3, 4, 5), (1, 2, 3, 3), (3, 1, 2, 6), (1, 1, 1, 1), (2, 2, 5, 2)),
        variants=({}, {"keepdims": True}),
        doc="y = mean of each channel",
    ),
)
