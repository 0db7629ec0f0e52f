"""Rows of what the text says of blocks of convolutions, beside those that stand with their formulas."""

from functools import partial

import numpy as np

from .. import block, conv
from ..formula import Formula
from ..notation import Array
from .block_samples import SAMPLES
from .claims import claim, truth

_unit, _block = (partial(claim, f"Linear modules, Conv-2D, {level}-level design, text") for level in ("unit", "block"))


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
    _unit(
        "block.xception_block.purely",
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
    _block(
        "block.depthwise_separable.further",
        "MobileNet-V120 further reduced computation by using a 3x3 ...",
        r"3^2CH^2+C^2H^2<2CRH^2+3^2R^2H^2\qquad(R=\frac{C}{4})",
        printed=lambda C: truth(True),
        corrected=lambda C: truth(np.less(*_costs(C, C // 4))),
        corrected_latex=r"3^2CH^2+C^2H^2<2CRH^2+3^2R^2H^2\qquad(R=\frac{C}{4},C>144)",
        repairs={"for more than 144 channels": lambda C: truth(C > 144)},
        sample=lambda rng: (int(rng.choice([64, 128])),),
        spread=({"sample": lambda rng: (int(rng.choice([256, 512, 1024])),)},),
        note="Further than the bottleneck of which it is said before: not with 64 or 128 channels.",
    ),
    _block(
        "block.channel_shuffle.pointwise",
        "The ShuffleNets22, 23 extended the concept of grouped ...",
        r"\#\{p:\frac{\partial{y_s}}{\partial{x_p}}\neq0\}=C\text{ for each }s",
        printed=lambda W, groups: np.full(len(W), float(len(W))),
        corrected=lambda W, groups: _reached_groups(groups, True, W),
        **_in_groups(2, 2),
        spread=(_in_groups(2, 4), _in_groups(3, 3)),
        note="Without the shuffle an output sees its own group alone; with as many channels a group as groups, all.",
    ),
)
