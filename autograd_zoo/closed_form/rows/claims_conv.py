"""Rows of what the text says of convolutions and of blocks of them, beside those that stand with their formulas."""

import numpy as np

from .. import conv
from ..formula import Formula
from ..notation import Array
from .claims import claim, claims, second_alone, truth
from .conv_claims import matrix
from .samples import away_from_zero


def _maps(rng: np.random.Generator) -> tuple[Array, ...]:
    C, M, n, K, P = rng.integers([2, 2, 5, 2, 1], [4, 4, 9, 4, 3])
    return away_from_zero(rng, C, n, n), away_from_zero(rng, M, C, K, K), P


def _sharing_saves(x: Array, W: Array, P: int) -> Array:
    """Whether the layer with shared weights has fewer products, and fewer weights, than that without."""
    shared, own = matrix(x, W), matrix(x, W, apart=1.0)
    return truth(*(count(shared) < count(own) for count in (np.count_nonzero, lambda W: len(np.unique(W[W != 0])))))


def _reach(W: Array, dilation: int) -> tuple[int, int]:
    """How far apart the first and last inputs of one output are, and how many inputs it has."""
    n = dilation * (len(W) - 1) + 1
    reached = [conv.conv(x[None], W[None, None], dilation=dilation).item() != 0 for x in np.eye(n + 2)[:, 1:-1][1:-1]]
    found = np.flatnonzero(reached)
    return int(found[-1] - found[0] + 1), len(found)


def _residuals(W: Array) -> Array:
    """The share of the squared weights that one separable kernel w²_{s,p} w¹_{p,i,j}, and K² of them, miss."""
    singular = np.linalg.svd(np.swapaxes(W, 0, 1).reshape(W.shape[1], len(W), -1), compute_uv=False)
    return np.array([np.sum(singular[:, n:] ** 2) / np.sum(singular**2) for n in (1, W[0, 0].size)])


def _missed(W: Array) -> Array:
    """The same by the largest eigenvalue for each channel, of what its kernels have in common."""
    kernels = np.swapaxes(W, 0, 1).reshape(W.shape[1], len(W), -1)
    reached = sum(np.linalg.eigvalsh(kernel @ kernel.T)[-1] for kernel in kernels)
    return np.array([1 - reached / np.sum(W**2), 0.0])


_conv = claims("Linear modules, Conv-2D, text", sample=_maps)
FORMULAS: tuple[Formula, ...] = (
    _conv["conv.conv.sharing"](
        "Convolutional layers could be viewed as a FC layer with ...",
        r"\#\text{products with sharing}<\#\text{products without}",
        holds=_sharing_saves,
        corrected_latex=(
            r"\#\text{products with sharing}=\#\text{products without}"
            r"\qquad\#\text{weights with sharing}<\#\text{weights without}"
        ),
        repairs=second_alone("computation → weights"),
        note=(
            "Sharing saves weights and no multiplication: each position has its products with or without. That a "
            "position sees few inputs is what saves those."
        ),
    ),
    _conv["conv.conv.stride"](
        "controls the striding of the convolutional operation over a ...",
        r"y_{s,i,j}^{(U)}=y_{s,Ui,Uj}^{(1)}",
        printed=lambda x, W, P: conv.conv(x, W)[:, ::P, ::P],
        corrected=lambda x, W, P: conv.conv(x, W, stride=int(P)),
    ),
    _conv["conv.conv.padding"](
        "specifies the additional pixels padded on the edges of the ...",
        r"y(x,P)=y(pad_P(x),0)",
        printed=lambda x, W, P: conv.conv(np.pad(x, [(0, 0), (P, P), (P, P)]), W),
        corrected=lambda x, W, P: conv.conv(x, W, padding=int(P)),
    ),
    _conv["conv.conv.dilation"](
        "dilated convolution increases the receptive field of the ...",
        r"K'=D(K-1)+1\text{ inputs apart, of which }K\text{ count}",
        printed=lambda W: np.array([[dilation * (len(W) - 1) + 1, len(W)] for dilation in (1, 2, 4)]),
        corrected=lambda W: np.array([_reach(W, dilation) for dilation in (1, 2, 4)]),
        sample=lambda rng: (away_from_zero(rng, 3),),
        spread=({"sample": lambda rng: (away_from_zero(rng, 2),)}, {"sample": lambda rng: (away_from_zero(rng, 5),)}),
        note="With three taps the span is 3, 5 and 9 at a dilation of 1, 2 and 4.",
    ),
    claim(
        "Linear modules, SeparableConv-2D, text",
        "conv.separable_conv.breaks",
        "Separable convolutions break a standard convolution into ...",
        r"w_{s,p,i',j'}=w_{s,p}^2\cdot{w_{p,i',j'}^1}",
        printed=lambda W: np.zeros(2),
        corrected=_residuals,
        corrected_latex=r"w_{s,p,i',j'}=\sum\limits_{k}^{K^2}w_{s,p,k}^2\cdot{w_{p,i',j',k}^1}",
        repairs={"a standard convolution → what of one is in reach": _missed},
        sample=lambda rng: (rng.standard_normal((8, int(rng.integers(2, 5)), 3, 3)),),
        spread=({"sample": lambda rng: (rng.standard_normal((4, 2, 2, 2)),)},),
        note=(
            "Of a random kernel with 8 outputs and 3 × 3 taps, 63 % of the squares are out of the reach of one "
            "separable convolution; a sum of K² of them reaches all."
        ),
    ),
)
