"""Convolution, its transpose and the separable one: against PyTorch over generated layers, and what does not fit."""

import numpy as np
import pytest
from every import every
from families.support import equals_torch, per_axis
from refused import refused
from table import TABLE
from table.case import closed

import autograd_zoo as az
from autograd_zoo import nn


def normal(*shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape)


def generated(seed, k):
    """Groups, channels for each, kernels, and the geometry of a layer that fits maps of 5 to 7."""
    rng = np.random.default_rng([*np.ravel(seed), k])
    groups, channels = int(rng.integers(1, 4)), int(rng.integers(1, 3))
    kernels = groups * int(rng.integers(1, 3))
    geometry = {
        "stride": per_axis(rng, k, 1, 3),
        "padding": per_axis(rng, k, 0, 2),
        "dilation": per_axis(rng, k, 1, 2),
        "groups": groups,
    }
    x = rng.standard_normal((2, groups * channels, *per_axis(rng, k, 5, 7)))
    return rng, x, channels, kernels, per_axis(rng, k, 1, 3), geometry


PADDINGS = ("same", "valid", "numbers")
MODES = ("zeros", "reflect", "replicate", "circular")


@pytest.mark.parametrize("k", [1, 2, 3])
@every("seed", range(30))
def test_conv_is_pytorchs(k, seed):
    rng, x, channels, kernels, size, geometry = generated(seed, k)
    arrays = [x, rng.standard_normal((kernels, channels, *size)), *([rng.standard_normal(kernels)] if seed % 4 else [])]
    theirs = TABLE[f"conv{k}d"].torch
    form = closed(f"conv{k}d", *arrays, **geometry)
    equals_torch(lambda *a: nn.conv(*a, **geometry), lambda *a: theirs(*a, **geometry), arrays, form)


@pytest.mark.filterwarnings("ignore:Using padding='same'")  # PyTorch's, about an uneven padding
@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("padding", PADDINGS)
@every("mode", MODES)
def test_a_module_with_its_padding_is_pytorchs(mode, padding, bias, k):
    torch = pytest.importorskip("torch")
    seed = [MODES.index(mode), PADDINGS.index(padding), bias]
    rng, x, channels, kernels, size, geometry = generated(seed, k)
    if padding != "numbers":
        geometry["padding"] = padding
    if padding == "same":
        geometry["stride"] = 1
    layer = {"padding_mode": mode, "bias": bias, **geometry}
    ours = getattr(nn, f"Conv{k}d")(x.shape[1], kernels, size, **layer)
    theirs = getattr(torch.nn, f"Conv{k}d")(x.shape[1], kernels, size, **layer, dtype=torch.float64)
    parameters = [rng.standard_normal((kernels, channels, *size)), *([rng.standard_normal(kernels)] if bias else [])]

    def with_parameters(x, W, b=None):
        ours.W, ours.b = W, b
        return ours(x)

    def with_theirs(x, *given):
        names = ("weight", "bias")[: len(given)]
        return torch.func.functional_call(theirs, dict(zip(names, given, strict=True)), (x,))

    equals_torch(with_parameters, with_theirs, [x, *parameters])


@pytest.mark.parametrize("k", [1, 2, 3])
@every("seed", range(20))
def test_conv_transpose_is_pytorchs(k, seed):
    rng, x, _, kernels, size, geometry = generated(seed, k)
    geometry["padding"] = tuple(min(p, 1) for p in geometry["padding"])
    largest = [max(s, d) for s, d in zip(geometry["stride"], geometry["dilation"], strict=True)]
    geometry["output_padding"] = tuple(int(rng.integers(n)) for n in largest)
    W, b = rng.standard_normal((x.shape[1], kernels // geometry["groups"], *size)), rng.standard_normal(kernels)
    theirs = TABLE[f"conv_transpose{k}d"].torch
    form = closed(f"conv_transpose{k}d", x, W, b, **geometry)
    equals_torch(lambda *a: nn.conv_transpose(*a, **geometry), lambda *a: theirs(*a, **geometry), [x, W, b], form)


@pytest.mark.filterwarnings("ignore:Using padding='same'")  # PyTorch's, about an uneven padding
@pytest.mark.parametrize(("size", "dilation"), [(3, 1), (4, 1), ((2, 3), (2, 1)), (3, 2)])
def test_padding_same_keeps_the_size_as_pytorch(size, dilation):
    torch = pytest.importorskip("torch")
    module = nn.Conv2d(2, 3, size, padding="same", dilation=dilation)
    theirs = torch.nn.Conv2d(2, 3, size, padding="same", dilation=dilation, dtype=torch.float64)
    theirs.weight.data, theirs.bias.data = torch.tensor(module.W.data), torch.tensor(module.b.data)
    assert module(normal(1, 2, 7, 6)).shape == (1, 3, 7, 6)
    equals_torch(module, theirs, [normal(1, 2, 7, 6)])


def test_true_convolution_is_numpys():
    x, w = normal(9), normal(4)
    y = nn.conv(x[None, None], w[None, None], true_convolution=True)
    np.testing.assert_allclose(y[0, 0], np.convolve(x, w, mode="valid"), rtol=1e-13)
    y = nn.conv(x[None, None], w[None, None])
    np.testing.assert_allclose(y[0, 0], np.correlate(x, w, mode="valid"), rtol=1e-13)


def test_separable_is_depthwise_then_pointwise():
    module = nn.SeparableConv2d(3, 4, 3, stride=2, padding=1)
    x = normal(2, 3, 6, 5)
    depthwise = nn.conv(x, module.w1.data[:, None], stride=2, padding=1, groups=3)
    expected = np.einsum("sp,npij->nsij", module.w2.data, depthwise) + module.b.data[:, None, None]
    np.testing.assert_allclose(module(x).data, expected, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize(
    ("f", "arrays"),
    [
        (
            lambda x, W, b: nn.conv(x, W, b, stride=2, padding=1, dilation=2),
            (normal(1, 2, 6), normal(2, 2, 2), normal(2)),
        ),
        (lambda x, W: nn.conv(x, W, groups=2), (normal(1, 2, 3, 3), normal(2, 1, 2, 2))),
        (lambda x, W: nn.conv_transpose(x, W, stride=2, padding=1), (normal(1, 2, 3), normal(2, 2, 3))),
        (nn.separable_conv, (normal(1, 2, 3, 3), normal(2, 2, 2), normal(2, 2))),
    ],
    ids=["conv", "grouped", "transpose", "separable"],
)
def test_gradients_of_order_2_are_those_of_differences(f, arrays):
    az.check_gradients(f, *arrays, order=2)


def test_float32_stays_float32():
    module = nn.Conv2d(2, 3, 3, dtype=np.float32)
    y = module(normal(1, 2, 4, 4).astype(np.float32))
    assert y.dtype == np.float32
    assert az.gradient(y.sum(), [module.W])[0].dtype == np.float32


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ({"kernel": 5, "padding": 2}, 28),
        ({"kernel": 5, "padding": 2, "stride": 2}, 14),
        ({"kernel": 3, "dilation": 4}, 20),
    ],
)
def test_output_size_is_what_comes_out(size, expected):
    assert nn.output_size(28, **size) == expected
    layer = {name: n for name, n in size.items() if name != "kernel"}
    assert nn.conv(normal(1, 1, 28), normal(1, 1, size["kernel"]), **layer).shape[-1] == expected


MISUSES = {
    "channels": (
        lambda: nn.Conv2d(3, 4, 3)(normal(1, 2, 5, 5)),
        r"Conv2d: x of shape \(1, 2, 5, 5\) must have 3 channels",
    ),
    "no batch": (
        lambda: nn.Conv2d(3, 4, 3)(normal(3, 5, 5)),
        r"shape \(N, C, H, W\), got \(3, 5, 5\).*x\[None\]",
    ),
    "empty batch": (
        lambda: nn.Conv1d(2, 2, 3)(np.zeros((0, 2, 5))),
        "empty: a batch needs at least one",
    ),
    "integers": (
        lambda: nn.Conv1d(2, 2, 3)(np.ones((1, 2, 5), int)),
        r"must hold floats, got int64.*astype\(float\)",
    ),
    "kernel": (
        lambda: nn.Conv1d(2, 2, 7)(normal(1, 2, 5)),
        r"a kernel of \(7,\).*\(5,\).*smaller kernel, or more padding",
    ),
    "groups": (
        lambda: nn.Conv2d(3, 4, 3, groups=2),
        "groups=2 must divide in_channels=3 and out_channels=4",
    ),
    "groups of W": (
        lambda: nn.conv(normal(1, 4, 5), normal(4, 3, 2), groups=2),
        "W's 3 channels for each group, 6 in all",
    ),
    "stride": (
        lambda: nn.Conv2d(3, 4, 3, stride=0),
        "stride must be an integer of at least 1.*got 0",
    ),
    "axes": (
        lambda: nn.Conv2d(3, 4, (3, 3, 3)),
        r"Conv2d: kernel_size must be .* one for each of 2 axes, got \(3, 3, 3\)",
    ),
    "same": (
        lambda: nn.Conv2d(3, 4, 3, 2, padding="same"),
        "stride 1 only",
    ),
    "padding": (
        lambda: nn.Conv2d(3, 4, 3, padding="full"),
        '"same" or "valid", got \'full\'',
    ),
    "mode": (
        lambda: nn.conv(normal(1, 1, 5), normal(1, 1, 3), padding_mode="mirror"),
        "padding_mode must be one of zeros",
    ),
    "b": (
        lambda: nn.conv(normal(1, 1, 5), normal(2, 1, 3), normal(3)),
        r"b of shape \(3,\) must have one number for each of 2",
    ),
    "output padding": (
        lambda: nn.conv_transpose(normal(1, 1, 5), normal(1, 1, 3), output_padding=1),
        "must be smaller than stride",
    ),
    "w2": (
        lambda: nn.separable_conv(normal(1, 2, 5), normal(2, 3), normal(2, 3)),
        r"w2 of shape \(2, 3\) must be \(M, 2\)",
    ),
}  # fmt: skip


test_misuse_is_told_with_all_numbers = refused(MISUSES)
