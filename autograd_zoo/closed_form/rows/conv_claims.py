"""Rows of the text around the convolutions: the output size, and what is said that numbers can decide."""

from typing import Any

import numpy as np

from .. import conv, linear
from ..formula import Formula
from ..notation import Array
from .claims import claims
from .maps import indices, table
from .samples import Sample, away_from_zero


def _sizes(rng: np.random.Generator) -> tuple[Array, ...]:
    """Draw the sizes of three maps, and a kernel, stride, padding and dilation; not all sizes suit the stride."""
    kernel, stride = rng.integers(2, 6), rng.integers(2, 4)
    padding, dilation = rng.integers(0, 3), rng.integers(1, 3)
    return dilation * kernel + rng.integers(0, 9) + np.arange(3), kernel, stride, padding, dilation


def _maps(rng: np.random.Generator) -> tuple[Array, ...]:
    """Draw square maps x and kernels W."""
    C, M, n, K = rng.integers([2, 2, 4, 2], [4, 4, 7, 4])
    return away_from_zero(rng, C, n, n), away_from_zero(rng, M, C, K, K)


def depthwise(rng: np.random.Generator) -> tuple[Array, ...]:
    """Draw square maps x, and a kernel for each channel."""
    C, n, K = rng.integers([2, 4, 2], [4, 7, 4])
    return away_from_zero(rng, C, n, n), away_from_zero(rng, C, 1, K, K)


def _one_size(remainder: int) -> Sample:
    """A sampler of one size, a kernel, stride, padding and dilation, so that the stride leaves a remainder."""

    def sample(rng: np.random.Generator) -> tuple[Array, ...]:
        kernel, stride, padding, dilation, steps = rng.integers([1, 2, 0, 1, 2], [6, 4, 3, 3, 6])
        size = steps * stride + remainder + dilation * (kernel - 1) + 1 - 2 * padding
        return size, kernel, stride, padding, dilation

    return sample


def _of_parity(odd: int) -> Sample:
    return lambda rng: (2 * rng.integers(3, 9, 3) + odd,)


def _side(x: Array, kernel_size: int, **layer: Any) -> int:
    """The height of what a layer makes of maps n high and wide, by making it."""
    n = int(x)
    return int(conv.conv(np.ones((1, n, n)), np.ones((1, 1, kernel_size, kernel_size)), **layer).shape[1])


def matrix(x: Array, W: Array, apart: float = 0.0) -> Array:
    """The matrix with each weight of the kernels once for each position; or, all `apart`, with weights of its own."""
    (M, C, K, _), (_, n, _) = W.shape, x.shape
    m = n - K + 1
    full = np.zeros((M, m, m, C, n, n))
    for i, j in indices((m, m)):
        full[:, i, j, :, i : i + K, j : j + K] = W + apart * (3.0 + i + m * j)
    return full


def _fully_connected(x: Array, W: Array) -> Array:
    full = matrix(x, W)
    return linear.linear(x.ravel(), full.reshape(-1, x.size)).reshape(full.shape[:3])


def correlation(x: Array, W: Array) -> Array:
    """Σ x_{p,i+i',j+j'} w_{s,p,i',j'}."""
    (M, C, K, _), (_, n, _) = W.shape, x.shape
    return table(
        lambda s, i, j: sum(x[p, i + i_, j + j_] * W[s, p, i_, j_] for p in range(C) for i_, j_ in indices((K, K))),
        *(M, n - K + 1, n - K + 1),
    )


def channel_by_channel(x: Array, W: Array) -> Array:
    """The same of each channel with its own kernel."""
    return np.concatenate([correlation(x[p : p + 1], W[p : p + 1]) for p in range(len(x))])


def _rotated(maps: Array) -> Array:
    return np.flip(maps, (-1, -2))


_conv = claims("Linear modules, Conv-2D, text", sample=_maps)


def _output_size(axis: int, name: str, letter: str) -> Formula:
    """The row of one of the two printed formulas for the output size."""
    numerator = rf"{letter}_{{in}}+2*padding[{axis}]-dilation[{axis}]*(kernel\_size[{axis}]-1)-1"
    return _conv[f"conv.conv.{name}"](
        f"{name} of the output feature map",
        rf"{letter}_{{out}}=\frac{{{numerator}}}{{stride[{axis}]}}+1",
        printed=lambda n, K, U, P, D: np.array((n + 2 * P - D * (K - 1) - 1) / U + 1),
        corrected=conv.output_size,
        corrected_latex=rf"{letter}_{{out}}=\lfloor\frac{{{numerator}}}{{stride[{axis}]}}\rfloor+1",
        readings={
            "u": lambda n, K, U, P, D: np.ceil((n + 2 * P - D * (K - 1) - 1) / U) + 1,
            "v": lambda n, K, U, P, D: np.floor((n + 2 * P - D * (K - 1) - 1) / U) + 1,
        },
        sample=_one_size(0),
        spread=({"sample": _one_size(1)},),
        note="Where the stride does not divide the numerator it is no integer: some elements are left out.",
    )


FORMULAS: tuple[Formula, ...] = (
    _conv["conv.conv.fully_connected"](
        "a FC layer with weight sharing",
        r"vec(Y)=W'vec(X)\\W'\text{: each }w_{s,p,i',j'}\text{ once for each position}",
        printed=_fully_connected,
        corrected=conv.conv,
    ),
    _conv["conv.conv.depthwise"](
        "with groups=channels it became depthwise",
        r"y_{p,i,j}=x_{p,i,j}*w_{p,i',j'}",
        printed=channel_by_channel,
        corrected=lambda x, W: conv.conv(x, W, groups=len(x)),
        sample=depthwise,
        note="With one kernel for each channel. PyTorch calls it depthwise with several, too.",
    ),
    _output_size(0, "height", "H"),
    _output_size(1, "width", "W"),
    _conv["conv.conv.preserves"](
        "kernel size 5, padding=2 and dilation=1 preserve the dimensions",
        r"H_{out}=H_{in}",
        printed=lambda n, *_: n,
        corrected=lambda n, *_: np.array([_side(size, 5, padding=2) for size in n]),
        sample=_sizes,
    ),
    _conv["conv.conv.halves"](
        "with stride=2 it exactly halves the feature maps",
        r"H_{out}=\frac{H_{in}}{2}",
        printed=lambda size: size / 2,
        corrected=lambda size: np.array([_side(n, 5, padding=2, stride=2) for n in size]),
        corrected_latex=r"H_{out}=\lceil\frac{H_{in}}{2}\rceil",
        readings={"u": lambda size: np.ceil(size / 2), "v": lambda size: np.floor(size / 2)},
        mended=lambda size: np.ceil(size / 2),
        sample=_of_parity(0),
        spread=({"sample": _of_parity(1)},),
        note="Of an odd size it gives the half rounded up, which is not exactly the half.",
    ),
    _conv["conv.conv.auto_correlation"](
        "the operation is in fact auto-correlation",
        r"y_{s,i,j}=\sum\limits_{p}^C\sum\limits_{i'}^K\sum\limits_{j'}^Kx_{p,i+i',j+j'}\cdot{x_{p,i',j'}}",
        printed=lambda x, W: correlation(x, np.broadcast_to(x[:, : W.shape[2], : W.shape[3]], W.shape)),
        corrected=conv.conv,
        corrected_latex=(
            r"y_{s,i,j}=\sum\limits_{p}^C\sum\limits_{i'}^K\sum\limits_{j'}^Kx_{p,i+i',j+j'}\cdot{w_{s,p,i',j'}}"
        ),
        repairs={"auto → cross": correlation},
        note=(
            "Auto-correlation is of a signal with itself, and has no kernel. Modules compute the cross-correlation; "
            "the forward pass printed below subtracts the indices, and is a convolution."
        ),
    ),
    _conv["conv.conv.transposed_first"](
        "auto-correlation became the true convolution if the input feature maps are transposed first",
        r"y_{s,i,j}=\sum\limits_{p}^C\sum\limits_{i'}^K\sum\limits_{j'}^Kx_{p,i+i',j+j'}^T\cdot{w_{s,p,i',j'}}",
        printed=lambda x, W: correlation(np.swapaxes(x, -1, -2), W),
        corrected=lambda x, W: conv.conv(x, W, true_convolution=True),
        corrected_latex=(
            r"y_{s,i,j}=\sum\limits_{p}^C\sum\limits_{i'}^K\sum\limits_{j'}^Kx_{p,i+i',j+j'}"
            r"\cdot{w_{s,p,i',j'}^T}\\w^T\text{: rotate }180^o"
        ),
        readings={"r": lambda x, W: correlation(_rotated(x), W)},
        repairs={"r: input feature maps → kernels": lambda x, W: correlation(x, _rotated(W))},
        note=(
            "With rotated inputs the true convolution comes out rotated, and would have to be rotated back. It is the "
            "kernels that one has to rotate."
        ),
    ),
)
