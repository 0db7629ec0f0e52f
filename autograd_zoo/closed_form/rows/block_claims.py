"""Rows of what the text says of blocks, where numbers can decide it."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import activation, block, conv, normalization
from ..equations import written_out
from ..formula import Formula
from ..notation import Array
from ..operations import convolution
from .block_samples import GROUPS, SAMPLES, C, arrays
from .chain import gradient_latex, gradients, jacobian
from .claims import claim, claims
from .samples import away_from_zero

_unit, _block, _groups = (
    claims(f"Linear modules, Conv-2D, text on {subject}")
    for subject in ("unit-level design", "block-level design", "groups")
)


def _multiplications(n: int, C: int, M: int, K: int, groups: int = 1) -> int:
    """How many numbers of the matrix of a convolution with kernels of K × K, which gives n × n, are not 0."""
    x, W = np.ones((1, C, n + K - 1, n + K - 1)), np.ones((M, C // groups, K, K))
    return int(np.count_nonzero(jacobian(convolution(groups=groups, padding=0), 0, (x, W))))


def fewer(stack: Callable[..., Any], single: Callable[..., Any]) -> Callable[..., Array]:
    """What gives 1 if the layers (C, M, K) of `stack` multiply less than those of `single`, else 0."""

    def compared(n: int, *channels: int) -> Array:
        cost, limit = (sum(_multiplications(n, *layer) for layer in of(*channels)) for of in (stack, single))
        return np.array(float(cost < limit))

    return compared


def _narrow(count: int) -> Callable[[np.random.Generator], tuple[Any, ...]]:
    """What draws a size, `count` numbers of channels, and one at most half as large as each of these."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        R = int(rng.integers(1, 3))
        return int(rng.integers(2, 4)), *(int(n) for n in rng.integers(2 * R, 6, count)), R

    return draw


def _of_groups(rng: np.random.Generator) -> tuple[Any, ...]:
    """Draw a size, channels that come in and go out, the size of a kernel, and the groups."""
    G = int(rng.integers(2, 4))
    C, M = (G * int(n) for n in rng.integers(1, 3, 2))
    return int(rng.integers(2, 4)), C, M, int(rng.integers(1, 4)), G


def _all_before(x: Array, *parameters: Array) -> Array:
    """Let each layer see the joined maps of all layers before it, and join all."""
    maps = [x]
    for i in range(0, len(parameters), 6):
        gamma_1, beta_1, W_1, gamma_2, beta_2, W_2 = parameters[i : i + 6]
        z = conv.conv(activation.relu(normalization.batch_norm(np.concatenate(maps, axis=1), gamma_1, beta_1)), W_1)
        maps.append(conv.conv(activation.relu(normalization.batch_norm(z, gamma_2, beta_2)), W_2, padding=1))
    return np.concatenate(maps, axis=1)


def _within_groups(x: Array, *parameters: Array, groups: int) -> Array:
    """Apply a bottleneck block without groups, whose 3 × 3 kernels are 0 from one group of channels to another."""
    W_1, gamma_1, beta_1, W_2, *others = parameters
    R, r, *K = W_2.shape
    full = np.zeros((R, R, *K))
    for s in range(R):
        start = s // (R // groups) * r
        full[s, start : start + r] = W_2[s]
    return block.bottleneck(x, W_1, gamma_1, beta_1, full, *others)


def _doubled(x: Array, *parameters: Array) -> Array:
    """What the block adds to x when the last γ and β are doubled."""
    *others, gamma_3, beta_3 = parameters
    return block.inverted_residual(*(x, *others, 2 * gamma_3, 2 * beta_3)) - x


DESIGN: tuple[Formula, ...] = (
    _unit["block.inception_block.efficient"](
        "Inception, factorized 3x3/1x1 convolutional filters, computationally more efficient",
        r"CRH^2+3^2RMH^2<3^2CMH^2",
        holds=fewer(lambda C, M, R: ((C, R, 1), (R, M, 3)), lambda C, M, R: ((C, M, 3),)),
        sample=_narrow(2),
        note="For channels that are at least halved in between, from C to R to M.",
    ),
    _block["block.bottleneck.reduced"](
        "a channel-wise bottleneck before the expensive 3x3 convolutional filters reduces computation complexity",
        r"CRH^2+3^2R^2H^2+RCH^2<3^2C^2H^2",
        holds=fewer(lambda C, R: ((C, R, 1), (R, R, 3), (R, C, 1)), lambda C, R: ((C, C, 3),)),
        sample=_narrow(1),
        note="For channels that are at least halved in between; it holds up to R = 0.89 C.",
    ),
    _groups["block.bottleneck.groups"](
        "grouped convolution could reduce computational complexity",
        r"\frac{K^2CMH^2}{G}",
        printed=lambda n, C, M, K, G: np.array(K**2 * C * M * n**2 / G),
        corrected=lambda n, C, M, K, G: np.array(float(_multiplications(n, C, M, K, G))),
        sample=_of_groups,
    ),
    _block["block.bottleneck.resnext"](
        "ResNeXt is a modification of the bottleneck block",
        r"y_G(W_2)=y_1(W_2')\\w'_{s,p}=w_{s,p}\text{ if }s,p\text{ are in one group, else }0",
        printed=_within_groups,
        corrected=block.bottleneck,
        sample=SAMPLES["bottleneck"],
        params={"groups": GROUPS},
    ),
    _block["block.dense_block.all_pairs"](
        "DenseNet, the skip connection is extended to connecting all pairs of layers in a dense block",
        r"x_l=H_l([x_0,x_1,\dots,x_{l-1}])",
        printed=_all_before,
        corrected=block.dense_block,
        sample=SAMPLES["dense_block"],
        note="With x_0 = x, and y of all x_l side by side.",
    ),
)

MOBILE: tuple[Formula, ...] = (
    _unit["block.xception_block.factorized"](
        "Xception pushed the factorization into extreme",
        r"w_{s,p,i',j'}=w_{s,p}^2\cdot{w_{p,i',j'}^1}",
        printed=lambda x, v, w: conv.conv(x, w[..., None, None] * v),
        corrected=conv.separable_conv,
        sample=arrays(C, (C, 3, 3), (3, C)),
    ),
    _block["block.depthwise_separable.reduced"](
        "MobileNet-V1 reduced computation by using a 3x3 depthwise filter",
        r"3^2CH^2+CMH^2<3^2CMH^2",
        holds=fewer(lambda C, M: ((C, C, 3, C), (C, M, 1)), lambda C, M: ((C, M, 3),)),
        sample=lambda rng: tuple(int(k) for k in rng.integers([2, 2, 2], [4, 5, 6])),
        note=(
            "Compared with an ordinary filter: the quotient is 1/M + 1/9, less than 1 from two output channels on. "
            "Whether further than by a bottleneck has an entry of its own."
        ),
    ),
    _block["block.inverted_residual.linearized"](
        "MobileNet-V2, a linearized version of the bottleneck block, the last-layer activation is removed",
        r"y(2\gamma_3,2\beta_3)-x=2(y(\gamma_3,\beta_3)-x)",
        printed=lambda x, *parameters: 2 * (block.inverted_residual(x, *parameters) - x),
        corrected=_doubled,
        sample=SAMPLES["inverted_residual"],
        note="With an activation at the end, what is added to x would not be doubled where that is not linear.",
    ),
)


def _backwards(rng: np.random.Generator) -> tuple[Array, ...]:
    """Draw the inputs of a shuffle unit, with g and y before them."""
    inputs = SAMPLES["shuffle_unit"](rng)
    y = block.shuffle_unit(*inputs, groups=GROUPS)
    return away_from_zero(rng, *y.shape), y, *inputs


_SHUFFLE_UNIT = written_out(block.shuffle_unit, _backwards(np.random.default_rng(0))[2:], {"groups": GROUPS})

WITHOUT_EFFECT = claim(
    "Not printed; Linear modules, Conv-2D, text on block-level design",
    "block.shuffle_unit.dbeta_2",
    "ShuffleNets",
    rf"{gradient_latex(_SHUFFLE_UNIT, 'beta_2')}=0",
    printed=lambda g, y, *inputs, **_: gradients(_SHUFFLE_UNIT, g, inputs)["beta_2"],
    corrected=lambda g, y, *inputs, **_: np.zeros_like(inputs[-1]),
    sample=_backwards,
    params={"groups": GROUPS},
    note="A shift between two convolutions without an activation is taken away by the normalization that follows.",
)
