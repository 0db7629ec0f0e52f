"""Rows of the blocks of convolutional networks: the formulas are ours, for the document has them in words."""

from functools import partial

from ..formula import Formula
from . import literal
from .block_claims import DESIGN, MOBILE, WITHOUT_EFFECT
from .block_samples import GROUPS, SAMPLES, maps
from .build import rows
from .chain import chain

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
    "block",
    "channel_shuffle",
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
)
