"""Blocks: against the same composition in PyTorch over generated configurations, and what does not fit."""

from contextlib import nullcontext

import numpy as np
import pytest
from every import every

import autograd_zoo as az
from autograd_zoo import nn

torch = pytest.importorskip("torch")
T, F = torch.nn, torch.nn.functional


# ---- the blocks in PyTorch, with torchvision's names ------------------------------------------------------------


class Unit(T.Module):
    def __init__(self, i, o, size=3, stride=1, groups=1, dilation=1, f=F.relu, eps=1e-5):
        super().__init__()
        size = (size, size) if isinstance(size, int) else size
        around = tuple(dilation * (k - 1) // 2 for k in size)
        self.conv = T.Conv2d(i, o, size, stride, around, dilation, groups, bias=False)
        self.bn = T.BatchNorm2d(o, eps=eps)
        self.f = f

    def forward(self, x):
        return self.f(self.bn(self.conv(x)))


class Squeeze(T.Module):
    def __init__(self, channels, squeezed, f=F.relu):
        super().__init__()
        self.fc1, self.fc2, self.f = T.Linear(channels, squeezed), T.Linear(squeezed, channels), f

    def forward(self, x):
        return torch.sigmoid(self.fc2(self.f(self.fc1(x.mean((2, 3))))))[..., None, None] * x


class Residual(T.Module):
    """Convolutions of (channels in, out, size, stride, groups), each with its norm, and a shortcut."""

    def __init__(self, *layers, f=F.relu):
        super().__init__()
        self.count, self.f = len(layers), f
        for k, (i, o, size, stride, groups) in enumerate(layers, 1):
            setattr(self, f"conv{k}", T.Conv2d(i, o, size, stride, size // 2, groups=groups, bias=False))
            setattr(self, f"bn{k}", T.BatchNorm2d(o))
        i, o, stride = layers[0][0], layers[-1][1], max(layer[3] for layer in layers)
        projected = stride != 1 or i != o
        self.downsample = (
            T.Sequential(T.Conv2d(i, o, 1, stride, bias=False), T.BatchNorm2d(o)) if projected else T.Identity()
        )

    def forward(self, x):
        u = x
        for k in range(1, self.count + 1):
            u = getattr(self, f"bn{k}")(getattr(self, f"conv{k}")(u))
            u = self.f(u if k < self.count else u + self.downsample(x))
        return u


def basic(i, planes, stride, f):
    return Residual((i, planes, 3, stride, 1), (planes, planes, 3, 1, 1), f=f)


def bottleneck(i, planes, stride, groups, base_width, f):
    width = planes * base_width // 64 * groups
    return Residual((i, width, 1, 1, 1), (width, width, 3, stride, groups), (width, 4 * planes, 1, 1, 1), f=f)


class DenseLayer(T.Module):
    def __init__(self, i, growth, bn_size, f):
        super().__init__()
        self.norm1, self.conv1 = T.BatchNorm2d(i), T.Conv2d(i, bn_size * growth, 1, bias=False)
        self.norm2, self.conv2 = (
            T.BatchNorm2d(bn_size * growth),
            T.Conv2d(bn_size * growth, growth, 3, 1, 1, bias=False),
        )
        self.f = f

    def forward(self, x):
        return self.conv2(self.f(self.norm2(self.conv1(self.f(self.norm1(x))))))


class DenseBlock(T.Module):
    def __init__(self, layers, i, bn_size, growth, f):
        super().__init__()
        for k in range(layers):
            setattr(self, f"denselayer{k + 1}", DenseLayer(i + k * growth, growth, bn_size, f))

    def forward(self, x):
        seen = [x]
        for layer in self.children():
            seen.append(layer(torch.cat(seen, 1)))
        return torch.cat(seen, 1)


class Transition(T.Module):
    def __init__(self, i, o, f):
        super().__init__()
        self.norm, self.conv, self.pool, self.f = T.BatchNorm2d(i), T.Conv2d(i, o, 1, bias=False), T.AvgPool2d(2, 2), f

    def forward(self, x):
        return self.pool(self.conv(self.f(self.norm(x))))


class Inception(T.Module):
    def __init__(self, i, a, b1, b, c1, c, d, kind, f):
        super().__init__()
        threes = {"asymmetric": [(1, 3), (3, 1)]}.get(kind, [3])
        fives = {"none": [5], "3x3": [3, 3], "asymmetric": [(1, 5), (5, 1)]}[kind]

        def path(reduced, out, sizes):
            channels = [reduced] + [out] * len(sizes)
            units = (
                Unit(*pair, size=s, f=f, eps=1e-3) for *pair, s in zip(channels, channels[1:], sizes, strict=False)
            )
            return T.Sequential(Unit(i, reduced, 1, f=f, eps=1e-3), *units)

        self.branch1 = Unit(i, a, 1, f=f, eps=1e-3)
        self.branch2, self.branch3 = path(b1, b, threes), path(c1, c, fives)
        self.branch4 = T.Sequential(T.MaxPool2d(3, 1, 1), Unit(i, d, 1, f=f, eps=1e-3))

    def forward(self, x):
        return torch.cat([branch(x) for branch in (self.branch1, self.branch2, self.branch3, self.branch4)], 1)


# ---- configurations ---------------------------------------------------------------------------------------------

FUNCTIONS = {"relu": F.relu, "tanh": torch.tanh, "gelu": F.gelu, "leaky_relu": F.leaky_relu}


def drawn(rng):
    """A function that draws integers from low to high, and an activation."""
    return (lambda low, high: int(rng.integers(low, high + 1))), str(rng.choice(list(FUNCTIONS)))


def unit(rng):
    n, f = drawn(rng)
    groups, size, stride, dilation = n(1, 2), (n(1, 3), n(1, 3)), n(1, 2), n(1, 2)
    i, o = groups * n(1, 3), groups * n(1, 3)
    ours = nn.Conv2dNormActivation(i, o, size, stride, groups=groups, activation=f, dilation=dilation)
    return ours, Unit(i, o, size, stride, groups, dilation, FUNCTIONS[f]), i


def squeeze(rng):
    n, f = drawn(rng)
    C, R = n(1, 5), n(1, 4)
    return nn.SqueezeExcitation(C, R, f), Squeeze(C, R, FUNCTIONS[f]), C


def basic_block(rng):
    n, f = drawn(rng)
    C, M, stride = n(1, 4), n(1, 4), n(1, 3)
    return nn.BasicBlock(C, M, stride, activation=f), basic(C, M, stride, FUNCTIONS[f]), C


def bottleneck_block(rng):
    n, f = drawn(rng)
    planes, stride, groups, base_width = n(1, 2), n(1, 2), n(1, 3), 64 * n(1, 2)
    C = int(rng.choice([3, 4 * planes]))
    ours = nn.Bottleneck(C, planes, stride, groups=groups, base_width=base_width, activation=f)
    return ours, bottleneck(C, planes, stride, groups, base_width, FUNCTIONS[f]), C


def dense_block(rng):
    n, f = drawn(rng)
    L, C, bn_size, growth = n(1, 4), n(1, 4), n(1, 3), n(1, 3)
    return nn.DenseBlock(L, C, bn_size, growth, activation=f), DenseBlock(L, C, bn_size, growth, FUNCTIONS[f]), C


def transition(rng):
    n, f = drawn(rng)
    C, M = n(1, 4), n(1, 4)
    return nn.Transition(C, M, f), Transition(C, M, FUNCTIONS[f]), C


def inception(rng):
    n, f = drawn(rng)
    C, *widths = (n(1, 3) for _ in range(7))
    kind = str(rng.choice(["none", "3x3", "asymmetric"]))
    return nn.InceptionBlock(C, *widths, kind, f), Inception(C, *widths, kind, FUNCTIONS[f]), C


BLOCKS = {
    build.__name__: build
    for build in (unit, squeeze, basic_block, bottleneck_block, dense_block, transition, inception)
}


def generated(kind, seed):
    """Ours and PyTorch's, with the same parameters drawn at random, and maps of 4 to 6."""
    rng = np.random.default_rng([list(BLOCKS).index(kind), seed])
    ours, theirs, channels = BLOCKS[kind](rng)
    theirs.double()
    pairs = list(zip(ours.parameters(), theirs.parameters(), strict=True))
    for p, q in pairs:
        p.data = rng.standard_normal(p.shape)
        q.data = torch.tensor(p.data)
    x = rng.standard_normal((3, channels, int(rng.integers(4, 7)), int(rng.integers(4, 7))))
    return rng, ours, theirs, x


def close(a, b):
    np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10, strict=True)


def compare(rng, ours, theirs, x):
    """The value, and the gradients of x and of all parameters."""
    x_theirs = torch.tensor(x, requires_grad=True)
    expected = theirs(x_theirs)
    g = rng.standard_normal(expected.shape)
    gradients = torch.autograd.grad(expected, [x_theirs, *theirs.parameters()], torch.tensor(g))
    leaf = az.Tensor(x)
    y = ours(leaf)
    close(y.data, expected.detach().numpy())
    for a, b in zip(az.gradient(y, [leaf, *ours.parameters()], g), gradients, strict=True):
        close(a, b.numpy())


each_block = pytest.mark.parametrize("kind", BLOCKS)


@every("seed", range(12))
@each_block
def test_it_is_pytorchs_while_training_and_in_evaluation(kind, seed):
    rng, ours, theirs, x = generated(kind, seed)
    compare(rng, ours, theirs, x)
    statistics = [v for v in ours.state_dict().items() if "running" in v[0]]
    expected = [v.numpy() for name, v in theirs.state_dict().items() if "running" in name]
    for (_, a), b in zip(statistics, expected, strict=True):
        close(a, b)
    compare(rng, ours.eval(), theirs.eval(), rng.standard_normal(x.shape))


@each_block
def test_parameters_have_torchvision_s_names(kind):
    _, ours, theirs, _ = generated(kind, 1)
    names = [name.replace("layers.", "").rpartition(".")[0] for name, _ in ours.named_parameters()]
    assert names == [name.rpartition(".")[0] for name, _ in theirs.named_parameters()]


@each_block
def test_fused_is_composed_at_orders_1_and_2(kind):
    _, ours, _, x = generated(kind, 2)

    def both():
        leaf = az.Tensor(x)
        y = ours(leaf)
        first = az.gradient((y * y).sum(), [leaf, *ours.parameters()], create_graph=True)
        total = first[0].sum()
        for d in first[1:]:
            total = total + (d * d).sum()
        return y.data, *(d.data for d in first), *az.gradient(total, [leaf, *ours.parameters()], allow_unused=True)

    composed = both()
    with az.fused():
        fused = both()
    for a, b in zip(fused, composed, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-8 * np.abs(b).max())


SMALL = {
    "unit": lambda **more: nn.Conv2dNormActivation(4, 3, stride=2, **more),
    "squeeze": lambda **more: nn.SqueezeExcitation(4, 2, **more),
    "basic": lambda **more: nn.BasicBlock(4, 3, 2, **more),
    "bottleneck": lambda **more: nn.Bottleneck(4, 1, groups=2, **more),
    "dense": lambda **more: nn.DenseBlock(2, 4, 2, 2, 0.3, **more),
    "transition": lambda **more: nn.Transition(4, 2, **more),
    "inception": lambda **more: nn.InceptionBlock(4, 1, 2, 3, 1, 2, 2, **more),
}


@pytest.mark.parametrize("kind", SMALL)
def test_arrays_are_enough_and_float32_stays_float32(kind):
    x = np.random.default_rng(0).standard_normal((3, 4, 5, 4))
    double, single = (SMALL[kind](rng=np.random.default_rng(1), dtype=dtype) for dtype in (np.float64, np.float32))
    leaf = az.Tensor(x.astype(np.float32))
    for recording in (nullcontext, az.fused):
        with recording():
            y = single(leaf)
        assert {d.dtype for d in (y, *az.gradient(y.sum(), [leaf, *single.parameters()]))} == {np.dtype(np.float32)}
    expected = double(az.Tensor(x)).data
    if kind != "dense":  # which drops out
        np.testing.assert_allclose(single(leaf).data, expected, rtol=1e-3, atol=1e-4)
    expected = double.eval()(az.Tensor(x)).data
    array = double.freeze()(x)
    assert isinstance(array, np.ndarray)
    np.testing.assert_allclose(array, expected, rtol=1e-12, atol=1e-12)


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
    "channels": (lambda: nn.BasicBlock(3, 3)(X), r"BasicBlock: x of shape \(2, 4, 4, 4\) must have 3 channels"),
    "rank": (lambda: nn.Bottleneck(4, 1)(X[0]), r"shape \(N, C, H, W\), got \(4, 4, 4\).*x\[None\]"),
    "empty": (lambda: nn.DenseBlock(1, 4)(X[:0]), "DenseBlock: .*empty: a batch needs at least one"),
    "integers": (lambda: nn.SqueezeExcitation(4, 2)(X.astype(int)), r"got int64.*astype\(float\)"),
    "inside": (lambda: nn.Sequential(nn.BasicBlock(4, 2))(X[:, :3]), "layers.0: x of shape"),
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


@pytest.mark.parametrize("misuse", BAD)
def test_misuse_is_told_with_all_numbers(misuse):
    call, text = BAD[misuse]
    with pytest.raises(ValueError, match=text):
        call()
