"""Rows of the text around the convolutions: the output size, and what is said that numbers can decide."""

from typing import Any

import numpy as np

from .. import conv, linear
from ..formula import Formula
from ..notation import Array
from .maps import indices, table
from .samples import away_from_zero


def _sizes(rng: np.random.Generator) -> tuple[Array, ...]:
    """Draw the sizes of three maps, and a kernel, stride, padding and dilation; not all sizes suit the stride."""
    kernel, stride = rng.integers(2, 6), rng.integers(2, 4)
    padding, dilation = rng.integers(0, 3), rng.integers(1, 3)
    return dilation * kernel + rng.integers(0, 9) + np.arange(3), kernel, stride, padding, dilation


def _maps(rng: np.random.Generator) -> tuple[Array, ...]:
    """Draw square maps x and kernels W."""
    C, M, n, K = rng.integers([2, 2, 4, 2], [4, 4, 7, 4])
    return away_from_zero(rng, C, n, n), away_from_zero(rng, M, C, K, K)


def _depthwise(rng: np.random.Generator) -> tuple[Array, ...]:
    C, n, K = rng.integers([2, 4, 2], [4, 7, 4])
    return away_from_zero(rng, C, n, n), away_from_zero(rng, C, 1, K, K)


def _separable(rng: np.random.Generator) -> tuple[Array, ...]:
    x, W = _depthwise(rng)
    return x, W[:, 0], away_from_zero(rng, int(rng.integers(2, 5)), len(W))


def _side(x: Array, kernel_size: int, **layer: Any) -> int:
    """The height of what a layer makes of maps n high and wide, by making it."""
    n = int(x)
    return int(conv.conv(np.ones((1, n, n)), np.ones((1, 1, kernel_size, kernel_size)), **layer).shape[1])


def _fully_connected(x: Array, W: Array) -> Array:
    """Apply a matrix in which each weight of the kernels occurs once for each position, and all else is zero."""
    (M, C, K, _), (_, n, _) = W.shape, x.shape
    m = n - K + 1
    matrix = np.zeros((M, m, m, C, n, n))
    for i, j in indices((m, m)):
        matrix[:, i, j, :, i : i + K, j : j + K] = W
    return linear.linear(x.ravel(), matrix.reshape(M * m * m, C * n * n)).reshape(M, m, m)


def _auto_correlation(x: Array, W: Array) -> Array:
    (M, C, K, _), (_, n, _) = W.shape, x.shape
    return table(
        lambda s, i, j: sum(x[p, i + i_, j + j_] * W[s, p, i_, j_] for p in range(C) for i_, j_ in indices((K, K))),
        *(M, n - K + 1, n - K + 1),
    )


def _channel_by_channel(x: Array, W: Array) -> Array:
    return np.concatenate([_auto_correlation(x[p : p + 1], W[p : p + 1]) for p in range(len(x))])


def _rotated(maps: Array) -> Array:
    return np.flip(maps, (-1, -2))


def _claim(name: str, claim: str, **more: Any) -> Formula:
    return Formula(
        id=f"conv.conv.claim.{name}",
        specimen="conv",
        quantity="claim",
        place=f"Linear modules, Conv-2D, text: {claim}",
        source="document",
        **more,
    )


def _output_size(axis: int, name: str, letter: str) -> Formula:
    """The row of one of the two printed formulas for the output size."""
    numerator = rf"{letter}_{{in}}+2*padding[{axis}]-dilation[{axis}]*(kernel\_size[{axis}]-1)-1"
    return _claim(
        name,
        f"{name} of the output feature map",
        latex=rf"{letter}_{{out}}=\frac{{{numerator}}}{{stride[{axis}]}}+1",
        printed=lambda n, K, U, P, D: (n + 2 * P - D * (K - 1) - 1) / U + 1,
        corrected=conv.output_size,
        corrected_latex=rf"{letter}_{{out}}=\lfloor\frac{{{numerator}}}{{stride[{axis}]}}\rfloor+1",
        readings={
            "sizes are whole numbers, and the fraction is rounded up": lambda n, K, U, P, D: (
                np.ceil((n + 2 * P - D * (K - 1) - 1) / U) + 1
            ),
            "sizes are whole numbers, and the fraction is rounded down": lambda n, K, U, P, D: (
                np.floor((n + 2 * P - D * (K - 1) - 1) / U) + 1
            ),
        },
        sample=_sizes,
        note="Right where the stride divides the numerator. Elsewhere it is no integer: some elements are left out.",
    )


CONV: tuple[Formula, ...] = (
    _claim(
        "fully_connected",
        "a FC layer with weight sharing",
        latex=r"vec(Y)=W'vec(X)\\W'\text{: each }w_{s,p,i',j'}\text{ once for each position}",
        printed=_fully_connected,
        corrected=conv.conv,
        sample=_maps,
    ),
    _claim(
        "depthwise",
        "with groups=channels it became depthwise",
        latex=r"y_{p,i,j}=x_{p,i,j}*w_{p,i',j'}",
        printed=_channel_by_channel,
        corrected=lambda x, W: conv.conv(x, W, groups=len(x)),
        sample=_depthwise,
        note="With one kernel for each channel. PyTorch calls it depthwise with several, too.",
    ),
    _output_size(0, "height", "H"),
    _output_size(1, "width", "W"),
    _claim(
        "preserves",
        "kernel size 5, padding=2 and dilation=1 preserve the dimensions",
        latex=r"H_{out}=H_{in}",
        printed=lambda n, *_: n,
        corrected=lambda n, *_: np.array([_side(size, 5, padding=2) for size in n]),
        sample=_sizes,
    ),
    _claim(
        "halves",
        "with stride=2 it exactly halves the feature maps",
        latex=r"H_{out}=\frac{H_{in}}{2}",
        printed=lambda n, *_: n / 2,
        corrected=lambda n, *_: np.array([_side(size, 5, padding=2, stride=2) for size in n]),
        corrected_latex=r"H_{out}=\lceil\frac{H_{in}}{2}\rceil",
        readings={
            "sizes are whole numbers, and half of an odd one is rounded down": lambda n, *_: n // 2,
            "sizes are whole numbers, and half of an odd one is rounded up": lambda n, *_: np.ceil(n / 2),
        },
        sample=_sizes,
        note="Exactly half for even sizes only.",
    ),
    _claim(
        "auto_correlation",
        "the operation is in fact auto-correlation",
        latex=r"y_{s,i,j}=\sum\limits_{p}^C\sum\limits_{i'}^K\sum\limits_{j'}^Kx_{p,i+i',j+j'}\cdot{w_{s,p,i',j'}}",
        printed=_auto_correlation,
        corrected=conv.conv,
        sample=_maps,
        note="So it is in modules, but not in the forward pass printed below, where the indices are subtracted.",
    ),
    _claim(
        "transposed_first",
        "auto-correlation became the true convolution if the input feature maps are transposed first",
        latex=r"y_{s,i,j}=\sum\limits_{p}^C\sum\limits_{i'}^K\sum\limits_{j'}^Kx_{p,i+i',j+j'}^T\cdot{w_{s,p,i',j'}}",
        printed=lambda x, W: _auto_correlation(np.swapaxes(x, -1, -2), W),
        corrected=lambda x, W: conv.conv(x, W, true_convolution=True),
        corrected_latex=(
            r"y_{s,i,j}=\sum\limits_{p}^C\sum\limits_{i'}^K\sum\limits_{j'}^Kx_{p,i+i',j+j'}"
            r"\cdot{w_{s,p,i',j'}^T}\\w^T\text{: rotate }180^o"
        ),
        readings={
            "transposed means rotated by 180°": lambda x, W: _auto_correlation(_rotated(x), W),
        },
        mended=lambda x, W: _auto_correlation(x, _rotated(W)),
        sample=_maps,
        note=(
            "With rotated inputs the true convolution comes out rotated, and would have to be rotated back. It is the "
            "kernels that one has to rotate."
        ),
    ),
)

SEPARABLE_CONV: tuple[Formula, ...] = (
    Formula(
        id="conv.separable_conv.claim.stack",
        specimen="separable_conv",
        quantity="claim",
        place="Linear modules, SeparableConv-2D, text: a stack of a layer with groups=channels and a 1x1 layer",
        latex=r"o=convdw1(x)\\y=conv2(o)",
        printed=lambda x, w1, w2: _auto_correlation(
            _channel_by_channel(x, w1[:, np.newaxis]), w2[..., np.newaxis, np.newaxis]
        ),
        corrected=conv.separable_conv,
        sample=_separable,
        source="document",
    ),
)
