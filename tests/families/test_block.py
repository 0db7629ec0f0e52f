"""Blocks: against the same composition in PyTorch over generated configurations, and what does not fit."""

import numpy as np
import pytest
from every import every
from families.support import close, wrong_maps
from refused import refused
from table.block import DRAWN, FUNCTIONS

import autograd_zoo as az
from autograd_zoo import nn

torch = pytest.importorskip("torch")
each_block = pytest.mark.parametrize("kind", DRAWN)


def generated(kind, seed):
    """Ours and PyTorch's, with the same parameters drawn at random, and maps of 4 to 6."""
    rng = np.random.default_rng([list(DRAWN).index(kind), seed])
    f = list(FUNCTIONS)[seed % len(FUNCTIONS)]
    ours, theirs, channels = DRAWN[kind](lambda low, high: int(rng.integers(low, high + 1)), f)
    theirs.double()
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        p.data = rng.standard_normal(p.shape)
        q.data = torch.tensor(p.data).reshape(q.shape)
    return rng, ours, theirs, rng.standard_normal((3, channels, *(int(size) for size in rng.integers(4, 7, 2))))


def compare(rng, ours, theirs, x):
    """The value, and the gradients of x and of all parameters."""
    x_theirs = torch.tensor(x, requires_grad=True)
    expected = theirs(x_theirs)
    g = rng.standard_normal(expected.shape)
    gradients = torch.autograd.grad(expected, [x_theirs, *theirs.parameters()], torch.tensor(g))
    leaves = [az.Tensor(x), *ours.parameters()]
    y = ours(leaves[0])
    close(y.data, expected)
    for p, a, b in zip(leaves, az.gradient(y, leaves, g), gradients, strict=True):
        close(a, b.reshape(p.shape))


@pytest.mark.oracle
@every("seed", range(10))
@each_block
def test_it_is_pytorchs_while_training_and_in_evaluation(kind, seed):
    rng, ours, theirs, x = generated(kind, seed)
    compare(rng, ours, theirs, x)
    statistics = [v for name, v in ours.state_dict().items() if "running" in name]
    expected = [v for name, v in theirs.state_dict().items() if "running" in name]
    for a, b in zip(statistics, expected, strict=True):
        close(a, b)
    compare(rng, ours.eval(), theirs.eval(), rng.standard_normal(x.shape))


@each_block
def test_the_places_of_parameters_are_those_of_the_usual_implementations(kind):
    for seed in range(4):
        _, ours, theirs, _ = generated(kind, seed)
        places = [name.replace("layers.", "").rpartition(".")[0] for name, _ in ours.named_parameters()]
        assert places == [name.rpartition(".")[0] for name, _ in theirs.named_parameters()]


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


SMALL = {
    "unit": lambda **more: nn.Conv2dNormActivation(4, 3, stride=2, **more),
    "squeeze": lambda **more: nn.SqueezeExcitation(4, 2, **more),
    "basic": lambda **more: nn.BasicBlock(4, 3, 2, **more),
    "bottleneck": lambda **more: nn.Bottleneck(4, 1, groups=2, **more),
    "dense": lambda **more: nn.DenseBlock(2, 4, 2, 2, 0.3, **more).eval(),  # which drops out while it is trained
    "transition": lambda **more: nn.Transition(4, 2, **more),
    "inception": lambda **more: nn.InceptionBlock(4, 1, 2, 3, 1, 2, 2, **more),
    "depthwise_separable": lambda **more: nn.DepthwiseSeparable(4, 3, 2, **more),
    "inverted_residual": lambda **more: nn.InvertedResidual(4, 4, **more),
    "xception_block": lambda **more: nn.XceptionBlock(4, 3, 2, 2, **more),
    "shuffle_unit": lambda **more: nn.ShuffleUnit(4, 8, 2, 2, **more),
    "shuffle_unit_v2": lambda **more: nn.ShuffleUnitV2(4, 4, **more),
}


@pytest.mark.parametrize("kind", SMALL)
def test_float32_stays_float32_and_a_seed_draws_the_same_block(kind):
    double, single = (SMALL[kind](rng=np.random.default_rng(0), dtype=dtype) for dtype in (np.float64, np.float32))
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


def test_second_derivatives_are_those_of_differences():
    rng = np.random.default_rng(0)
    block = nn.BasicBlock(1, 2, activation="tanh", rng=rng)
    squeeze = nn.SqueezeExcitation(2, 2, "tanh", rng=rng)
    az.check_gradients(lambda x: squeeze(block(x)), rng.standard_normal((2, 1, 2, 3)), order=2)


# ---- what is true of the blocks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("block", [nn.BasicBlock(3, 3), nn.Bottleneck(8, 2)])
def test_a_residual_of_zero_leaves_what_is_positive(block):
    last = block.bn2 if isinstance(block, nn.BasicBlock) else block.bn3
    last.gamma.data = np.zeros(last.num_features)
    x = np.random.default_rng(0).uniform(0.1, 1.0, (2, last.num_features, 4, 4))
    np.testing.assert_array_equal(block(x).data, x)


def test_a_downsample_of_one_s_own_is_the_shortcut():
    block = nn.BasicBlock(2, 2, 2, nn.AvgPool2d(2))
    block.bn2.gamma.data = np.zeros(2)
    x = np.random.default_rng(0).uniform(0.1, 1.0, (2, 2, 4, 6))
    np.testing.assert_array_equal(block(x).data, nn.avg_pool(x, kernel_size=(2, 2)))


@pytest.mark.parametrize(
    ("block", "count"),
    [
        (nn.BasicBlock(64, 64), 73_984),
        (nn.BasicBlock(64, 128, 2), 230_144),
        (nn.Bottleneck(256, 64), 70_400),
        (nn.Bottleneck(64, 64), 75_008),
        (nn.Bottleneck(256, 64, groups=32, base_width=4), 71_168),
        (nn.Bottleneck(256, 64, base_width=128), 214_016),
        (nn.DenseBlock(6, 64), 335_040),
        (nn.Transition(256, 128), 33_280),
        (nn.InceptionBlock(192, 64, 96, 128, 16, 32, 32, "none"), 164_064),
        (nn.DepthwiseSeparable(32, 64), 32 * 9 + 32 * 64 + 2 * (32 + 64)),
        (nn.InvertedResidual(16, 24, 2), 5_136),  # torchvision's mobilenet_v2, features.2
        (nn.InvertedResidual(32, 16, 1, 1), 896),  # features.1
        (nn.ShuffleUnitV2(116, 116), 2 * 58 * 58 + 9 * 58 + 3 * 2 * 58),  # stages 2.1 of 1x
    ],
)
def test_it_has_as_many_parameters_as_published_networks_have(block, count):
    assert sum(p.size for p in block.parameters()) == count


def test_a_dense_layer_drops_out_while_training():
    block = nn.DenseBlock(2, 3, 2, 2, drop_rate=0.5, rng=np.random.default_rng(0))
    x = np.random.default_rng(1).standard_normal((2, 3, 4, 4))
    assert not np.allclose(block(x).data, block(x).data)
    block.eval()
    np.testing.assert_array_equal(block(x).data, block(x).data)


def test_an_activation_may_be_a_module_with_parameters():
    block = nn.BasicBlock(2, 2, activation=nn.PReLU())
    assert "activation.a" in dict(block.named_parameters())


def test_a_stack_of_blocks_learns_its_seed():
    states = [nn.Bottleneck(4, 2, rng=np.random.default_rng(5)).state_dict() for _ in range(2)]
    assert all(np.array_equal(states[0][name], states[1][name]) for name in states[0])


# ---- what is refused --------------------------------------------------------------------------------------------

X = np.ones((2, 4, 4, 4))
BAD = {
    **wrong_maps(
        nn.BasicBlock(4, 4), nn.Bottleneck(4, 1), nn.DenseBlock(1, 4), nn.SqueezeExcitation(4, 2), nn.Transition(4, 2)
    ),
    "inside": (lambda: nn.Sequential(nn.BasicBlock(4, 2))(X[:, :3]), "0: x of shape"),
    "stride": (lambda: nn.BasicBlock(4, 4, 0), "BasicBlock: stride must be a positive integer, got 0"),
    "planes": (lambda: nn.Bottleneck(4, 1.5), "Bottleneck: planes must be a positive integer, got 1.5"),
    "narrow": (
        lambda: nn.Bottleneck(4, 2, base_width=16),
        "planes=2 and base_width=16,  must be a positive integer, got 0",
    ),
    "groups": (
        lambda: nn.Conv2dNormActivation(4, 3, groups=2),
        "groups=2 must divide in_channels=4 and out_channels=3",
    ),
    "activation": (
        lambda: nn.Transition(4, 2, "swish"),
        "Transition: activation must be a function, or one of relu, .*; got 'swish'",
    ),
    "growth": (lambda: nn.DenseBlock(2, 4, growth_rate=0), "DenseBlock: growth_rate must be a positive integer, got 0"),
    "layers": (lambda: nn.DenseBlock(0, 4), "num_layers must be a positive integer, got 0"),
    "drop": (lambda: nn.DenseBlock(1, 4, drop_rate=1.0), r"must lie in \[0, 1\), got 1.0"),
    "squeeze": (lambda: nn.SqueezeExcitation(4, 0), "squeeze_channels must be a positive integer, got 0"),
    "one row": (lambda: nn.Transition(4, 2)(X[:, :, :1]), r"does not fit into maps of size \(1, 4\)"),
    "factorization": (
        lambda: nn.InceptionBlock(4, 1, 1, 1, 1, 1, 1, "1xn"),
        "factorization must be one of none, 3x3, asymmetric; got '1xn'",
    ),
    "one number": (
        lambda: nn.Conv2dNormActivation(4, 2)(X[:1, :, :1, :1]),
        r"bn: x of shape \(1, 2, 1, 1\) has one number for each mean",
    ),
}  # fmt: skip


test_misuse_is_told_with_all_numbers = refused(BAD)
