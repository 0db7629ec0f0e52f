"""Rows of the blocks of convolutional networks: the formulas are ours, for the document has them in words."""

from functools import partial

import numpy as np

from .. import block, conv
from ..formula import Formula
from ..notation import Array
from . import literal
from .block_claims import DESIGN, MOBILE, WITHOUT_EFFECT
from .block_samples import GROUPS, SAMPLES, maps
from .build import rows
from .chain import chain
from .claims import claims, truth

_CONV = "Not printed; Linear modules, Conv-2D, text"
_UNIT, _BLOCK = f"{_CONV} on unit-level design", f"{_CONV} on block-level design"


def _rows(
    specimen: str, place: str, suffix: str = "", only: tuple[str, ...] = (), note: str = "", **params: object
) -> tuple[Formula, ...]:
    """The rows of a block: y, and the gradient by each input, or by some `only`."""
    sample = SAMPLES.get(specimen + suffix, SAMPLES[specimen])
    return chain("block", specimen, sample, place, note, suffix, only, **params)


_inception = partial(
    _rows,
    "inception_block",
    f"{_CONV}: complex cells with multiple parallel data paths",
    note="The index ij means path i, and its j-th convolution with the normalization after it.",
)
_residual = partial(_rows, place=f"{_CONV}: block-level design")
_identity = partial(
    _residual, suffix=".identity", only=("x",), note="The gradients by the parameters are as with a projection."
)
_dense = partial(_rows, place=f"{_CONV}: DenseNet")
_shuffle_unit = partial(_rows, "shuffle_unit", f"{_BLOCK}: ShuffleNets", groups=GROUPS)
_split = f"{_BLOCK}: ShuffleNets, channel splitting"

_shuffle = rows(
    "block.channel_shuffle",
    f"{_BLOCK}: ShuffleNets, a channel shuffling operation",
    lambda rng: (maps(rng, GROUPS * int(rng.integers(2, 5)), size=1),),
    note="Of G groups that follow each other, each gives its first channel, then each its second: a permutation.",
    groups=GROUPS,
)
_CHANNEL_SHUFFLE: tuple[Formula, ...] = (
    _shuffle.y(
        r"y_{Gi+j}=x_{\frac{C}{G}j+i}\\G\text{: groups, }j\text{: a group, }i\text{: a channel of it}",
        literal.channel_shuffle,
    ),
    _shuffle.dx(r"∂L/∂{x_{\frac{C}{G}j+i}}=∂L/∂{y_{Gi+j}}", literal.channel_unshuffle),
)

# ---- what the text says -----------------------------------------------------------------------------------------


_unit, _block = (claims(f"Linear modules, Conv-2D, {level}-level design, text") for level in ("unit", "block"))


def _costs(C: int, R: int) -> tuple[int, int]:
    """How often a depthwise separable layer, and a bottleneck of R channels, multiply for each position."""
    return 9 * C + C * C, C * R + 9 * R * R + R * C


def _reached_groups(groups: int, shuffled: bool, W: Array) -> Array:
    """How many input channels each output channel depends on, after two pointwise convolutions in groups."""
    C = len(W)
    h = conv.conv(np.eye(C)[..., None, None], W, groups=groups)
    y = conv.conv(block.channel_shuffle(h, groups=groups) if shuffled else h, W, groups=groups)
    return np.count_nonzero(y[:, :, 0, 0], axis=0).astype(float)


def _in_groups(groups: int, per_group: int) -> dict[str, object]:
    return {
        "sample": lambda rng: (rng.uniform(0.5, 1.0, (groups * per_group, per_group, 1, 1)),),
        "params": {"groups": groups},
    }


FORMULAS: tuple[Formula, ...] = (
    *DESIGN,
    *_rows(
        "conv_norm_activation",
        "Not printed; beside the Inception family, which popularized batch normalization layers",
        stride=2,
        groups=2,
    ),
    *_rows("squeeze_excitation", "Not printed; Linear modules, FC, text: the squeeze and excitation operations"),
    *_inception(lengths=(1, 2, 3, 1)),
    *_inception(".asymmetric", ("x", "W_23", "gamma_23", "beta_23"), lengths=(1, 3, 3, 1)),
    *_residual("basic_block", stride=2),
    *_identity("basic_block"),
    *_residual("bottleneck", stride=2, groups=GROUPS),
    *_identity("bottleneck"),
    *_dense(
        "dense_block", note="The index ij means layer i, and its j-th convolution with the normalization before it."
    ),
    *_dense("transition"),
    *MOBILE,
    *_rows("xception_block", f"{_UNIT}: Xception", strides=2),
    *_rows("depthwise_separable", f"{_BLOCK}: MobileNet-V1", stride=2),
    *_rows("inverted_residual", f"{_BLOCK}: MobileNet-V2"),
    *_rows("inverted_residual", f"{_BLOCK}: MobileNet-V2", ".stride_2", ("x", "W_2"), stride=2),
    *_CHANNEL_SHUFFLE,
    WITHOUT_EFFECT,
    *_shuffle_unit(),
    *_shuffle_unit(".stride_2", ("x", "W_2"), stride=2),
    *_rows("shuffle_unit_v2", _split),
    *_rows("shuffle_unit_v2_down", _split),
    _unit["block.xception_block.purely"](
        "its primary contribution was that it pushed the ...",
        r"\#\text{convolutions that are not separable}=0",
        printed=lambda *_: np.zeros(()),
        corrected=lambda *inputs: np.array(float(sum(np.ndim(W) == 4 for W in inputs[1:]))),
        corrected_latex=(
            r"\#\text{convolutions that are not separable}=1"
            r"\text{ in a block with a projection on the skip connection}"
        ),
        repairs={"purely → but for a projection on the skip connection": lambda *_: np.ones(())},
        sample=SAMPLES["xception_block"],
        note=(
            "In a block with a projection on the skip connection that is an ordinary 1 × 1 convolution; without one "
            "there is none."
        ),
    ),
    _block["block.depthwise_separable.further"](
        "MobileNet-V120 further reduced computation by using a 3x3 ...",
        r"3^2CH^2+C^2H^2<2CRH^2+3^2R^2H^2\qquad(R=\frac{C}{4})",
        holds=lambda C: truth(np.less(*_costs(C, C // 4))),
        corrected_latex=r"3^2CH^2+C^2H^2<2CRH^2+3^2R^2H^2\qquad(R=\frac{C}{4},C>144)",
        repairs={"for more than 144 channels": lambda C: truth(C > 144)},
        sample=lambda rng: (int(rng.choice([64, 128])),),
        spread=({"sample": lambda rng: (int(rng.choice([256, 512, 1024])),)},),
        note="Further than the bottleneck of which it is said before: not with 64 or 128 channels.",
    ),
    _block["block.channel_shuffle.pointwise"](
        "The ShuffleNets22, 23 extended the concept of grouped ...",
        r"\#\{p:\frac{\partial{y_s}}{\partial{x_p}}\neq0\}=C\text{ for each }s",
        printed=lambda W, groups: np.full(len(W), float(len(W))),
        corrected=lambda W, groups: _reached_groups(groups, True, W),
        **_in_groups(2, 2),
        spread=(_in_groups(2, 4), _in_groups(3, 3)),
        note="Without the shuffle an output sees its own group alone; with as many channels a group as groups, all.",
    ),
)
