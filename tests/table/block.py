"""Rows of the block family: the same blocks composed of PyTorch's modules, with the names of torchvision."""

from __future__ import annotations

from functools import partial

from pytorch import F, torch

from autograd_zoo import nn

from .case import Row, away, call

T = torch.nn if torch else type("T", (), {"Module": object})

FUNCTIONS = {"tanh": torch and torch.tanh, **{f: getattr(F, f, None) for f in ("relu", "gelu", "leaky_relu", "relu6")}}


class Function(T.Module):
    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, x):
        return self.f(x)


def conv_norm(i, o, size=1, stride=1, groups=1):
    return T.Conv2d(i, o, size, stride, size // 2, groups=groups, bias=False), T.BatchNorm2d(o)


class Unit(T.Module):
    def __init__(self, i, o, size=3, stride=1, groups=1, dilation=1, f=None, eps=1e-5):
        super().__init__()
        size = (size, size) if isinstance(size, int) else size
        around = tuple(dilation * (k - 1) // 2 for k in size)
        self.conv = T.Conv2d(i, o, size, stride, around, dilation, groups, bias=False)
        self.bn = T.BatchNorm2d(o, eps=eps)
        self.f = f

    def forward(self, x):
        return self.f(self.bn(self.conv(x)))


class Squeeze(T.Module):
    def __init__(self, channels, squeezed, f):
        super().__init__()
        self.fc1, self.fc2, self.f = T.Linear(channels, squeezed), T.Linear(squeezed, channels), f

    def forward(self, x):
        return torch.sigmoid(self.fc2(self.f(self.fc1(x.mean((2, 3))))))[..., None, None] * x


class Residual(T.Module):
    """Convolutions of (channels in, out, and as need be size, stride, groups), each with its norm, and a shortcut."""

    def __init__(self, *layers, f):
        super().__init__()
        self.count, self.f = len(layers), f
        for k, layer in enumerate(layers, 1):
            conv, norm = conv_norm(*layer)
            setattr(self, f"conv{k}", conv)
            setattr(self, f"bn{k}", norm)
        i, o, stride = layers[0][0], layers[-1][1], max((layer[3] for layer in layers if len(layer) > 3), default=1)
        projected = stride != 1 or i != o
        self.downsample = T.Sequential(*conv_norm(i, o, 1, stride)) if projected else T.Identity()

    def forward(self, x):
        u = x
        for k in range(1, self.count + 1):
            u = getattr(self, f"bn{k}")(getattr(self, f"conv{k}")(u))
            u = self.f(u if k < self.count else u + self.downsample(x))
        return u


class DenseLayer(T.Module):
    def __init__(self, i, growth, bn_size, f):
        super().__init__()
        self.norm1, self.conv1 = T.BatchNorm2d(i), T.Conv2d(i, bn_size * growth, 1, bias=False)
        self.norm2 = T.BatchNorm2d(bn_size * growth)
        self.conv2 = T.Conv2d(bn_size * growth, growth, 3, 1, 1, bias=False)
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
    """A depthwise and a pointwise convolution whose kernels are parameters of one module."""

    def __init__(self, i, o):
        super().__init__()
        self.w1, self.w2 = T.Parameter(torch.zeros(i, 1, 3, 3)), T.Parameter(torch.zeros(o, i, 1, 1))

    def forward(self, x):
        return F.conv2d(F.conv2d(x, self.w1, padding=1, groups=len(self.w1)), self.w2)


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
        y = F.channel_shuffle(self.f(self.bn1(self.conv1(x))), self.groups)
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
        return F.channel_shuffle(torch.cat([x1, self.branch2(x2)], 1), 2)


# ---- a block and its twin, of sizes that are drawn ---------------------------------------------------------------


def unit(n, f):
    groups, size, stride, dilation = n(1, 2), (n(1, 3), n(1, 3)), n(1, 2), n(1, 2)
    i, o = groups * n(1, 3), groups * n(1, 3)
    ours = nn.Conv2dNormActivation(i, o, size, stride, groups=groups, activation=f, dilation=dilation)
    return ours, Unit(i, o, size, stride, groups, dilation, FUNCTIONS[f]), i


def squeeze(n, f):
    C, R = n(1, 5), n(1, 4)
    return nn.SqueezeExcitation(C, R, f), Squeeze(C, R, FUNCTIONS[f]), C


def basic_block(n, f, projected):
    C, stride = n(1, 4), n(1, 3) if projected else 1
    M = C + n(1, 3) if projected else C
    theirs = Residual((C, M, 3, stride), (M, M, 3), f=FUNCTIONS[f])
    return nn.BasicBlock(C, M, stride, activation=f), theirs, C


def bottleneck(n, f, projected=False, groups=None):
    planes, stride, base_width = n(1, 2), n(1, 2) if projected else 1, 64 * n(1, 2)
    groups = groups or n(2, 3)
    C, width = 3 if projected else 4 * planes, planes * base_width // 64 * groups
    ours = nn.Bottleneck(C, planes, stride, groups=groups, base_width=base_width, activation=f)
    layers = (C, width), (width, width, 3, stride, groups), (width, 4 * planes)
    return ours, Residual(*layers, f=FUNCTIONS[f]), C


def dense_block(n, f):
    L, C, bn_size, growth = n(1, 4), n(1, 4), n(1, 3), n(1, 3)
    return nn.DenseBlock(L, C, bn_size, growth, activation=f), DenseBlock(L, C, bn_size, growth, FUNCTIONS[f]), C


def transition(n, f):
    C, M = n(1, 4), n(1, 4)
    return nn.Transition(C, M, f), Transition(C, M, FUNCTIONS[f]), C


def inception(n, f, *kinds):
    C, *widths = (n(1, 3) for _ in range(7))
    kind = kinds[n(0, len(kinds) - 1)]
    return nn.InceptionBlock(C, *widths, kind, f), Inception(C, *widths, kind, FUNCTIONS[f]), C


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
    sizes = C, M, reps, strides, *switches
    return nn.XceptionBlock(*sizes, f), Xception(*sizes, FUNCTIONS[f]), C


def shuffle_unit(n, f):
    groups, stride = n(1, 3), n(1, 2)
    C, inside = groups * n(1, 2), groups * n(1, 2)
    sizes = C, C if stride == 1 else C + groups * n(1, 2), groups, stride, inside
    return nn.ShuffleUnit(*sizes, f), Shuffle(*sizes, FUNCTIONS[f]), C


def shuffle_unit_v2(n, f, stride):
    M = 2 * n(1, 3)
    C = M if stride == 1 else n(1, 4)
    return nn.ShuffleUnitV2(C, M, stride, f), ShuffleV2(C, M, stride, FUNCTIONS[f]), C


ROWS = {
    "conv_norm_activation": Row(twin=Unit, draw=unit),
    "squeeze_excitation": Row(twin=Squeeze, draw=squeeze),
    "inception_block": Row(twin=Inception, draw=lambda n, f: inception(n, f, "none", "3x3")),
    "inception_block_asymmetric": Row(twin=Inception, draw=lambda n, f: inception(n, f, "asymmetric")),
    "basic_block": Row(twin=Residual, draw=partial(basic_block, projected=False)),
    "basic_block_projected": Row(twin=Residual, draw=partial(basic_block, projected=True)),
    "bottleneck": Row(twin=Residual, draw=partial(bottleneck, groups=1)),
    "bottleneck_projected": Row(twin=Residual, draw=partial(bottleneck, projected=True, groups=1)),
    "bottleneck_grouped": Row(twin=Residual, draw=bottleneck),
    "dense_block": Row(twin=DenseBlock, draw=dense_block),
    "transition": Row(twin=Transition, draw=transition),
    "xception_block": Row(twin=Xception, draw=xception_block),
    "depthwise_separable": Row(twin=Separable, draw=depthwise_separable),
    "inverted_residual": Row(twin=Inverted, draw=inverted_residual),
    "channel_shuffle": Row(
        function=nn.channel_shuffle,
        torch=lambda x, groups: F.channel_shuffle(x, groups),
        calls=[call(away((2, C, 3, 2)), groups=groups) for C, groups in [(6, 1), (6, 2), (6, 3), (6, 6), (12, 4)]],
        orders=2,
        fuses=False,
    ),
    "shuffle_unit": Row(twin=Shuffle, draw=shuffle_unit),
    "shuffle_unit_v2": Row(twin=ShuffleV2, draw=partial(shuffle_unit_v2, stride=1)),
    "shuffle_unit_v2_down": Row(twin=ShuffleV2, draw=partial(shuffle_unit_v2, stride=2)),
}
DRAWN = {name: row.draw for name, row in ROWS.items() if row.draw}
