"""The blocks of Xception, MobileNet and ShuffleNet against PyTorch, compound scaling, and what does not fit."""

import math

import numpy as np
import pytest
from every import every
from families.blocks import FUNCTIONS, alike, close, compare, compare_statistics, torch

import autograd_zoo as az
from autograd_zoo import nn

T = torch.nn


# ---- the blocks in PyTorch, with the names of torchvision and of the usual implementations ----------------------


def conv_norm(i, o, size=1, stride=1, groups=1):
    return T.Conv2d(i, o, size, stride, size // 2, groups=groups, bias=False), T.BatchNorm2d(o)


class Function(T.Module):
    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, x):
        return self.f(x)


class Separable(T.Module):
    def __init__(self, C, M, stride, size, f):
        super().__init__()
        self.conv1, self.bn1 = conv_norm(C, C, size, stride, C)
        self.conv2, self.bn2 = conv_norm(C, M)
        self.f = f

    def forward(self, x):
        return self.f(self.bn2(self.conv2(self.f(self.bn1(self.conv1(x))))))


class Inverted(T.Module):
    def __init__(self, C, M, stride, ratio, f):
        super().__init__()
        self.expands, self.added, self.f = ratio > 1, stride == 1 and C == M, f
        if self.expands:
            self.conv1, self.bn1 = conv_norm(C, C * ratio)
        self.conv2, self.bn2 = conv_norm(C * ratio, C * ratio, 3, stride, C * ratio)
        self.conv3, self.bn3 = conv_norm(C * ratio, M)

    def forward(self, x):
        y = self.f(self.bn1(self.conv1(x))) if self.expands else x
        y = self.bn3(self.conv3(self.f(self.bn2(self.conv2(y)))))
        return x + y if self.added else y


class SeparableConv(T.Module):
    def __init__(self, i, o):
        super().__init__()
        self.conv1 = T.Conv2d(i, i, 3, 1, 1, groups=i, bias=False)
        self.pointwise = T.Conv2d(i, o, 1, bias=False)

    def forward(self, x):
        return self.pointwise(self.conv1(x))


class Xception(T.Module):
    def __init__(self, C, M, reps, strides, start_with_relu, grow_first, f):
        super().__init__()
        inside = M if grow_first else C
        channels = [C] + [inside] * (reps - 1) + [M]
        rep = []
        for k in range(reps):
            rep += [Function(f), SeparableConv(channels[k], channels[k + 1]), T.BatchNorm2d(channels[k + 1])]
        rep = rep if start_with_relu else rep[1:]
        self.rep = T.Sequential(*rep, *([T.MaxPool2d(3, strides, 1)] if strides != 1 else []))
        self.skips = C != M or strides != 1
        if self.skips:
            self.skip, self.skipbn = conv_norm(C, M, 1, strides)

    def forward(self, x):
        return self.rep(x) + (self.skipbn(self.skip(x)) if self.skips else x)


class Shuffle(T.Module):
    def __init__(self, C, M, groups, stride, inside, f):
        super().__init__()
        self.groups, self.f = groups, f
        self.pool = T.AvgPool2d(3, 2, 1) if stride == 2 else None
        self.conv1, self.bn1 = conv_norm(C, inside, groups=groups)
        self.conv2, self.bn2 = conv_norm(inside, inside, 3, stride, inside)
        self.conv3, self.bn3 = conv_norm(inside, M - C if self.pool else M, groups=groups)

    def forward(self, x):
        y = T.functional.channel_shuffle(self.f(self.bn1(self.conv1(x))), self.groups)
        y = self.bn3(self.conv3(self.bn2(self.conv2(y))))
        return self.f(torch.cat([self.pool(x), y], 1) if self.pool else x + y)


class ShuffleV2(T.Module):
    def __init__(self, C, M, stride, f):
        super().__init__()
        half = M // 2
        self.branch1 = None
        if stride == 2:
            self.branch1 = T.Sequential(*conv_norm(C, C, 3, 2, C), *conv_norm(C, half), Function(f))
        first = conv_norm(C if stride == 2 else half, half)
        depthwise = conv_norm(half, half, 3, stride, half)
        self.branch2 = T.Sequential(*first, Function(f), *depthwise, *conv_norm(half, half), Function(f))

    def forward(self, x):
        x1, x2 = (self.branch1(x), x) if self.branch1 else x.chunk(2, dim=1)
        return T.functional.channel_shuffle(torch.cat([x1, self.branch2(x2)], 1), 2)


# ---- configurations ---------------------------------------------------------------------------------------------


def depthwise_separable(n, f):
    C, M, stride, size = n(1, 4), n(1, 4), n(1, 2), 2 * n(0, 2) + 1
    return nn.DepthwiseSeparable(C, M, stride, size, f), Separable(C, M, stride, size, FUNCTIONS[f]), C


def inverted_residual(n, f):
    C, stride, ratio = n(1, 4), n(1, 2), n(1, 3)
    M = C if n(0, 1) else n(1, 4)
    return nn.InvertedResidual(C, M, stride, ratio, f), Inverted(C, M, stride, ratio, FUNCTIONS[f]), C


def xception_block(n, f):
    C, reps, strides, *switches = n(1, 4), n(1, 3), n(1, 2), bool(n(0, 1)), bool(n(0, 1))
    M = C if n(0, 1) else n(1, 4)
    return (
        nn.XceptionBlock(C, M, reps, strides, *switches, f),
        Xception(C, M, reps, strides, *switches, FUNCTIONS[f]),
        C,
    )


def shuffle_unit(n, f):
    groups, stride = n(1, 3), n(1, 2)
    C, inside = groups * n(1, 2), groups * n(1, 2)
    M = C if stride == 1 else C + groups * n(1, 2)
    return nn.ShuffleUnit(C, M, groups, stride, inside, f), Shuffle(C, M, groups, stride, inside, FUNCTIONS[f]), C


def shuffle_unit_v2(n, f):
    stride = n(1, 2)
    M = 2 * n(1, 3)
    C = M if stride == 1 else n(1, 4)
    return nn.ShuffleUnitV2(C, M, stride, f), ShuffleV2(C, M, stride, FUNCTIONS[f]), C


BLOCKS = {
    build.__name__: build
    for build in (depthwise_separable, inverted_residual, xception_block, shuffle_unit, shuffle_unit_v2)
}
each_block = pytest.mark.parametrize("kind", BLOCKS)


def generated(kind, seed):
    """Ours and PyTorch's, with the same parameters drawn at random, and maps of 4 to 6."""
    rng = np.random.default_rng([list(BLOCKS).index(kind), seed])
    f = list(FUNCTIONS)[seed % len(FUNCTIONS)]
    ours, theirs, channels = BLOCKS[kind](lambda low, high: int(rng.integers(low, high + 1)), f)
    alike(rng, ours, theirs)
    return rng, ours, theirs, rng.standard_normal((3, channels, *(int(size) for size in rng.integers(4, 7, 2))))


@pytest.mark.oracle
@every("seed", range(16))
@each_block
def test_it_is_pytorchs_while_training_and_in_evaluation(kind, seed):
    rng, ours, theirs, x = generated(kind, seed)
    compare(rng, ours, theirs, x)
    compare_statistics(ours, theirs)
    compare(rng, ours.eval(), theirs.eval(), rng.standard_normal(x.shape))


@each_block
def test_the_places_of_parameters_are_those_of_the_usual_implementations(kind):
    for seed in range(4):
        _, ours, theirs, _ = generated(kind, seed)
        places = [name.replace("layers.", "").rpartition(".")[0] for name, _ in ours.named_parameters()]
        expected = [name.rpartition(".")[0] for name, _ in theirs.named_parameters()]
        assert places == [name.replace(".conv1", "").replace(".pointwise", "") for name in expected]


@each_block
def test_fused_is_composed_at_orders_1_and_2(kind):
    _, ours, _, x = generated(kind, 2)

    def both():
        leaves = [az.Tensor(x), *ours.parameters()]
        y = ours(leaves[0])
        first = az.gradient((y * y).sum(), leaves, create_graph=True)
        total = first[0].sum()
        for d in first[1:]:
            total = total + (d * d).sum()
        return y.data, *(d.data for d in first), *az.gradient(total, leaves, allow_unused=True)

    composed = both()
    with az.fused():
        fused = both()
    for a, b in zip(fused, composed, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-8 * max(1.0, np.abs(b).max()))


@each_block
def test_arrays_give_the_array_that_tensors_hold(kind):
    for seed in range(4):
        _, ours, _, x = generated(kind, seed)
        expected = ours.eval()(az.Tensor(x)).data
        found = ours.freeze()(x)
        assert isinstance(found, np.ndarray)
        np.testing.assert_array_equal(found, expected, strict=True)


BUILDS = {
    "depthwise_separable": lambda **more: nn.DepthwiseSeparable(4, 3, 2, **more),
    "inverted_residual": lambda **more: nn.InvertedResidual(4, 4, **more),
    "xception_block": lambda **more: nn.XceptionBlock(4, 3, 2, 2, **more),
    "shuffle_unit": lambda **more: nn.ShuffleUnit(4, 8, 2, 2, **more),
    "shuffle_unit_v2": lambda **more: nn.ShuffleUnitV2(4, 4, **more),
}


@each_block
def test_float32_stays_float32_and_a_seed_draws_the_same_block(kind):
    double, single = (BUILDS[kind](rng=np.random.default_rng(0), dtype=dtype) for dtype in (np.float64, np.float32))
    for p, q in zip(double.parameters(), single.parameters(), strict=True):
        np.testing.assert_array_equal(p.data.astype(np.float32), q.data)
    x = np.random.default_rng(1).standard_normal((2, 4, 6, 6))
    for fused in (False, True):
        with az.engine.mode.switched(fused=fused):
            leaves = [az.Tensor(x.astype(np.float32)), *single.parameters()]
            y = single(leaves[0])
            gradients = az.gradient(y.sum(), leaves)
        assert {array.dtype for array in (y, *gradients)} == {np.dtype(np.float32)}
        np.testing.assert_allclose(y.data, double(x).data, rtol=1e-4, atol=1e-4)


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


@pytest.mark.parametrize(("C", "groups"), [(6, 1), (6, 2), (6, 3), (6, 6), (12, 4)])
def test_channel_shuffle_is_pytorchs_and_is_undone_by_the_other_number_of_groups(C, groups):
    x = np.random.default_rng(0).standard_normal((2, C, 3, 2))
    y = nn.channel_shuffle(x, groups=groups)
    np.testing.assert_array_equal(y, T.functional.channel_shuffle(torch.tensor(x), groups).numpy())
    np.testing.assert_array_equal(nn.channel_shuffle(y, groups=C // groups), x)
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


@pytest.mark.parametrize(
    ("block", "count"),
    [
        (nn.DepthwiseSeparable(32, 64), 32 * 9 + 32 * 64 + 2 * (32 + 64)),
        (nn.InvertedResidual(16, 24, 2), 5_136),  # torchvision's mobilenet_v2, features.2
        (nn.InvertedResidual(32, 16, 1, 1), 896),  # features.1
        (nn.ShuffleUnitV2(116, 116), 2 * 58 * 58 + 9 * 58 + 3 * 2 * 58),  # stages 2.1 of 1x
    ],
)
def test_it_has_as_many_parameters_as_in_the_published_networks(block, count):
    assert sum(p.size for p in block.parameters()) == count


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
    "channels": (lambda: nn.DepthwiseSeparable(3, 4)(X), r"DepthwiseSeparable: x of shape .* must have 3 channels"),
    "rank": (lambda: nn.InvertedResidual(4, 4)(X[0]), r"shape \(N, C, H, W\), got \(4, 4, 4\).*x\[None\]"),
    "empty": (lambda: nn.XceptionBlock(4, 4)(X[:0]), "XceptionBlock: .*empty: a batch needs at least one"),
    "integers": (lambda: nn.ShuffleUnitV2(4, 4)(X.astype(int)), r"ShuffleUnitV2: .*got int64.*astype\(float\)"),
    "inside": (lambda: nn.Sequential(nn.ShuffleUnit(6, 6, 1))(X), "layers.0: x of shape .* must have 6 channels"),
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


@pytest.mark.parametrize("misuse", MISUSES)
def test_misuse_is_told_with_all_numbers(misuse):
    call, text = MISUSES[misuse]
    with pytest.raises(ValueError, match=text):
        call()
