"""The blocks of Xception, MobileNet and ShuffleNet against PyTorch, compound scaling, and what does not fit."""

import math

import numpy as np
import pytest
from families.support import close, wrong_maps
from refused import refused
from table.block import FUNCTIONS

import autograd_zoo as az
from autograd_zoo import nn

# ---- the closed forms, with other activations than the zoo is checked with --------------------------------------

VARIANTS = [
    *[("depthwise_separable", {"stride": s, "activation": f}) for s in (1, 2) for f in FUNCTIONS],
    *[("inverted_residual", {"stride": s, "activation": f}) for s in (1, 2) for f in FUNCTIONS],
    *[("xception_block", {"strides": s, "activation": f}) for s in (1, 2) for f in FUNCTIONS],
    *[("shuffle_unit", {"stride": s, "activation": f, "groups": g}) for s in (1, 2) for f in FUNCTIONS for g in (1, 2)],
    *[(name, {"activation": f}) for name in ("shuffle_unit_v2", "shuffle_unit_v2_down") for f in FUNCTIONS],
]


@pytest.mark.parametrize(
    ("name", "params"), VARIANTS, ids=lambda v: v if isinstance(v, str) else "-".join(map(str, v.values()))
)
def test_the_closed_form_is_the_tape_s_with_each_activation(name, params):
    specimen, rng = az.zoo.BY_NAME[name], np.random.default_rng(3)
    inputs = specimen.sample(rng, specimen.shapes[0])
    if params.get("groups") == 1:
        inputs = (*inputs[:1], *(np.tile(W, (1, 2, 1, 1)) if W.shape[1:] == (2, 1, 1) else W for W in inputs[1:]))
    count = len(specimen.inputs)
    leaves = [az.Tensor(x) for x in inputs[:count]]
    y = specimen.run(*leaves, *inputs[count:], **params)
    close(y.data, specimen.forward(*inputs, **params))
    g = rng.standard_normal(y.shape)
    closed = specimen.pull(g, y.data, *inputs, **params)
    for a, b in zip(az.gradient(y, leaves, g), closed.values(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9 * np.abs(b).max())


# ---- what is true of the blocks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("groups", [1, 2, 3, 6])
def test_channel_shuffle_is_undone_by_the_other_number_of_groups(groups):
    x = np.random.default_rng(0).standard_normal((2, 6, 3, 2))
    y = nn.channel_shuffle(x, groups=groups)
    np.testing.assert_array_equal(nn.channel_shuffle(y, groups=6 // groups), x)
    np.testing.assert_array_equal(nn.ChannelShuffle(groups)(x), y)


def test_shuffled_groups_see_each_other():
    first, second = (nn.Conv2d(4, 4, 1, groups=2, bias=False) for _ in range(2))
    x = az.Tensor(np.ones((1, 4, 1, 1)))

    def seen(between):
        y = second(between(first(x)))[0, 0, 0, 0]
        return az.gradient(y, [x])[0].ravel() != 0

    assert seen(lambda a: a).tolist() == [True, True, False, False]
    assert seen(nn.ChannelShuffle(2)).all()


def test_a_unit_of_shufflenet_v2_lets_half_of_the_channels_through():
    x = np.random.default_rng(0).standard_normal((2, 6, 4, 4))
    np.testing.assert_array_equal(nn.ShuffleUnitV2(6, 6)(x).data[:, ::2], x[:, :3])


@pytest.mark.parametrize(("ratio", "stride", "oup", "added"), [(6, 1, 4, True), (6, 2, 4, False), (6, 1, 5, False)])
def test_an_inverted_residual_adds_x_where_it_has_the_shape(ratio, stride, oup, added):
    block = nn.InvertedResidual(4, oup, stride, ratio)
    block.bn3.gamma.data = np.zeros(oup)
    x = np.random.default_rng(0).standard_normal((2, 4, 4, 4))
    np.testing.assert_array_equal(block(x).data, x if added else np.zeros(block(x).shape))


# ---- compound scaling -------------------------------------------------------------------------------------------

# Tan and Le's networks: width, depth, side of the images; channels of the stem, the seven stages and the head; layers.
EFFICIENTNETS = {
    "B0": (1.0, 1.0, 224, [32, 16, 24, 40, 80, 112, 192, 320, 1280], [1, 2, 2, 3, 3, 4, 1]),
    "B1": (1.0, 1.1, 240, [32, 16, 24, 40, 80, 112, 192, 320, 1280], [2, 3, 3, 4, 4, 5, 2]),
    "B2": (1.1, 1.2, 260, [32, 16, 24, 48, 88, 120, 208, 352, 1408], [2, 3, 3, 4, 4, 5, 2]),
    "B3": (1.2, 1.4, 300, [40, 24, 32, 48, 96, 136, 232, 384, 1536], [2, 3, 3, 5, 5, 6, 2]),
    "B4": (1.4, 1.8, 380, [48, 24, 32, 56, 112, 160, 272, 448, 1792], [2, 4, 4, 6, 6, 8, 2]),
    "B5": (1.6, 2.2, 456, [48, 24, 40, 64, 128, 176, 304, 512, 2048], [3, 5, 5, 7, 7, 9, 3]),
    "B6": (1.8, 2.6, 528, [56, 32, 40, 72, 144, 200, 344, 576, 2304], [3, 6, 6, 8, 8, 11, 3]),
    "B7": (2.0, 3.1, 600, [64, 32, 48, 80, 160, 224, 384, 640, 2560], [4, 7, 7, 10, 10, 13, 4]),
}


@pytest.mark.parametrize("name", EFFICIENTNETS)
def test_published_channels_and_layers_are_those_of_the_rounding(name):
    width, depth, _, channels, layers = EFFICIENTNETS[name]
    assert [nn.scaled_channels(c, width) for c in EFFICIENTNETS["B0"][3]] == channels
    assert [nn.scaled_layers(n, depth) for n in EFFICIENTNETS["B0"][4]] == layers


@pytest.mark.parametrize("name", EFFICIENTNETS)
def test_published_factors_lie_near_the_rule(name):
    width, depth, side, *_ = EFFICIENTNETS[name]
    published = np.log([depth, width, side / 224])

    def distance(phi):
        return np.abs(published - np.log(nn.compound_scaling(phi))).max()

    assert min(map(distance, np.arange(0, 8, 0.1))) < math.log(1.08)


def test_each_step_of_phi_doubles_the_operations():
    for phi in (0, 1, 2.5):
        d, w, r = nn.compound_scaling(phi)
        assert d * w**2 * r**2 == pytest.approx((1.2 * 1.1**2 * 1.15**2) ** phi)
    assert nn.compound_scaling(0) == (1.0, 1.0, 1.0)
    assert nn.compound_scaling(3, alpha=2.0, beta=1.0, gamma=1.0) == (8.0, 1.0, 1.0)


def test_channels_never_lose_more_than_a_tenth():
    for channels in range(1, 200):
        for width in (0.25, 0.5, 0.75, 1.0, 1.4):
            scaled = nn.scaled_channels(channels, width)
            assert scaled % 8 == 0 and scaled >= 0.9 * channels * width
    assert nn.scaled_layers(10, 1.1) == 11


# ---- what is refused --------------------------------------------------------------------------------------------

X = np.ones((2, 4, 4, 4))
MISUSES = {
    **wrong_maps(
        nn.DepthwiseSeparable(4, 4), nn.InvertedResidual(4, 4), nn.XceptionBlock(4, 4), nn.ShuffleUnitV2(4, 4)
    ),
    "inside": (lambda: nn.Sequential(nn.ShuffleUnit(6, 6, 1))(X), "0: x of shape .* must have 6 channels"),
    "stride 0": (lambda: nn.DepthwiseSeparable(4, 4, 0), "stride must be a positive integer, got 0"),
    "stride 3": (lambda: nn.InvertedResidual(4, 4, 3), "InvertedResidual: stride must be 1 or 2, got 3"),
    "strides": (lambda: nn.XceptionBlock(4, 4, strides=3), "XceptionBlock: stride must be 1 or 2, got 3"),
    "stride of shuffle": (lambda: nn.ShuffleUnit(6, 6, stride=1.5), "must be a positive integer, got 1.5"),
    "stride of v2": (lambda: nn.ShuffleUnitV2(4, 4, 4), "ShuffleUnitV2: stride must be 1 or 2, got 4"),
    "out": (lambda: nn.DepthwiseSeparable(4, 0), "DepthwiseSeparable: out_channels must be a positive integer, got 0"),
    "even kernel": (lambda: nn.DepthwiseSeparable(4, 4, kernel_size=2), "must be odd, to be centred; got 2"),
    "expand": (lambda: nn.InvertedResidual(4, 4, expand_ratio=0), "expand_ratio must be a positive integer, got 0"),
    "reps": (lambda: nn.XceptionBlock(4, 4, reps=0), "reps must be a positive integer, got 0"),
    "activation": (
        lambda: nn.XceptionBlock(4, 4, activation="swish"),
        "XceptionBlock: activation must be a function, or one of relu, .*; got 'swish'",
    ),
    "groups": (
        lambda: nn.ShuffleUnit(4, 8, groups=3, stride=2),
        "groups=3 must divide in_channels=4, mid_channels=2 and the 4 channels of conv3",
    ),
    "stride 1 keeps": (lambda: nn.ShuffleUnit(6, 12), "out_channels=12 must be in_channels=6; with stride=2"),
    "stride 2 adds": (lambda: nn.ShuffleUnit(6, 6, stride=2), "out_channels=6 must be more than in_channels=6"),
    "odd": (lambda: nn.ShuffleUnitV2(5, 5), "oup=5 must be even: each branch makes half"),
    "v2 keeps": (lambda: nn.ShuffleUnitV2(4, 6), "oup=6 must be inp=4; with stride=2 it can differ"),
    "shuffle": (lambda: nn.channel_shuffle(X, groups=3), r"x of shape \(2, 4, 4, 4\).*that groups=3 divides"),
    "shuffle of a vector": (lambda: nn.channel_shuffle(X[0, 0, 0], groups=2), r"must be \(N, C, ...\)"),
    "no groups": (lambda: nn.ChannelShuffle(0), "ChannelShuffle: groups must be a positive integer, got 0"),
    "alpha": (lambda: nn.compound_scaling(1, alpha=0.9), "alpha must be at least 1, .*; got 0.9"),
    "growth": (lambda: nn.compound_scaling(1, 1.5, 1.5, 1.5), r"must be about 2, .*make 7.59"),
    "nan": (lambda: nn.compound_scaling(1, gamma=math.nan), "gamma must be at least 1"),
    "width": (lambda: nn.scaled_channels(8, 0.0), "scaled_channels: width must be a positive number, got 0.0"),
    "divisor": (lambda: nn.scaled_channels(8, 1.0, 0), "scaled_channels: divisor must be a positive integer, got 0"),
    "depth": (lambda: nn.scaled_layers(2, -1.0), "scaled_layers: depth must be a positive number, got -1.0"),
}  # fmt: skip


test_misuse_is_told_with_all_numbers = refused(MISUSES)
