"""Rows of the conv and pooling families."""

from __future__ import annotations

from pytorch import F

from autograd_zoo import nn

from .case import Row, away, call, drawn

UNEVEN = {"stride": (2, 1), "padding": ((1, 2), (0, 1)), "dilation": (1, 2)}
CLOSED = "closed"  # what PyTorch does not know: another padding after than before, kernels that are rotated
EITHER = "closed torch"  # and what nn does not: maps without a batch


def torch_separable(x, w1, w2, b=None, **geometry):
    y = F.conv2d(x, w1[:, None], groups=len(w1), **geometry)
    return F.conv2d(y, w2[:, :, None, None], b)


def torch_of_each_size(name):
    """PyTorch's function for the number of axes that W has; what it calls convolution does not rotate the kernel."""

    def run(x, W, b=None, true_convolution=False, **layer):
        W = W.flip([*range(2, W.ndim)]) if true_convolution else W
        return getattr(F, f"{name}{W.ndim - 2}d")(x, W, b, **layer)

    return run


def torch_pool(name):
    """PyTorch's function for the number of axes of the window."""
    return lambda x, **window: getattr(F, f"{name}{len(window['kernel_size'])}d")(x, **window)


def conv(*calls):
    return Row(function=nn.conv, torch=torch_of_each_size("conv"), calls=calls, orders=2, large=0.0)


def conv_transpose(*calls):
    return Row(function=nn.conv_transpose, torch=torch_of_each_size("conv_transpose"), calls=calls, orders=2, large=0.0)


WINDOWS = {
    1: [
        {"kernel_size": (2,)},
        {"kernel_size": (3,), "stride": 2, "padding": 1},
        {"kernel_size": (3,), "stride": 1, "padding": 1, "ceil_mode": True},
    ],
    2: [{"kernel_size": (2, 3), "stride": (3, 2), "padding": (1, 0), "ceil_mode": True}],
    3: [{"kernel_size": (1, 2, 2), "stride": (1, 2, 1), "padding": (0, 1, 1)}],
}
MAPS = {1: (2, 3, 5), 2: (2, 3, 4, 5), 3: (1, 2, 3, 4, 5)}


def pools(k, *others):
    """A call with each window of k axes, and others."""
    return [*[call(away(MAPS[k]), of="function closed torch", **window) for window in WINDOWS[k]], *others]


def max_pool(k, *others):
    return Row(function=nn.max_pool, torch=torch_pool("max_pool"), calls=pools(k, *others), orders=2, large=0.0)


def avg_pool(k, *others):
    return Row(function=nn.avg_pool, torch=torch_pool("avg_pool"), calls=pools(k, *others), orders=2, large=0.0)


ROWS = {
    "conv1d": conv(
        call(*drawn((3, 4), (2, 3, 2), (2,)), of=EITHER),
        call(*drawn((2, 3, 7), (2, 3, 3), (2,)), stride=2, padding=2, dilation=2),
    ),
    "conv2d": conv(call(*drawn((2, 3, 4, 3), (2, 3, 2, 2), (2,)))),
    "conv3d": conv(
        call(*drawn((2, 3, 3, 4), (2, 2, 1, 2, 3)), padding=(0, 1, 1), stride=(2, 1, 1), of=EITHER),
        call(*drawn((1, 2, 3, 3, 2), (2, 2, 2, 1, 2), (2,)), padding=1),
    ),
    "grouped_conv": conv(
        call(*drawn((2, 4, 5, 4), (2, 2, 3, 2), (2,)), groups=2, of=CLOSED, **UNEVEN),
        call(*drawn((1, 4, 3, 3), (2, 2, 2, 2), (2,)), groups=2),
    ),
    "depthwise_conv": conv(call(*drawn((1, 3, 3, 3), (3, 1, 2, 2), (3,)), groups=3)),
    "true_convolution": conv(
        call(*drawn((2, 3, 5), (4, 3, 2)), stride=2, padding=2, dilation=2, true_convolution=True, of=EITHER),
        call(*drawn((2, 3, 4, 3), (6, 1, 2, 2), (6,)), groups=3, true_convolution=True, of=CLOSED, **UNEVEN),
        call(*drawn((1, 2, 3, 4), (2, 2, 2, 2), (2,)), true_convolution=True),
    ),
    "conv_transpose1d": conv_transpose(
        call(*drawn((3, 4), (3, 2, 2), (2,)), of=EITHER),
        call(*drawn((2, 4, 3), (4, 1, 3), (2,)), groups=2, stride=3, padding=1, output_padding=2),
    ),
    "conv_transpose2d": conv_transpose(
        call(*drawn((2, 2, 3, 3), (2, 3, 3, 2)), output_padding=(1, 1), of=CLOSED, **UNEVEN),
        call(*drawn((1, 2, 3, 2), (2, 2, 2, 2), (2,)), stride=2),
    ),
    "conv_transpose3d": conv_transpose(
        call(*drawn((2, 2, 2, 3), (2, 1, 2, 1, 2), (1,)), stride=(1, 2, 1), of=EITHER),
        call(*drawn((1, 2, 2, 2, 3), (2, 1, 2, 1, 2), (1,)), stride=(1, 2, 1)),
    ),
    "separable_conv": Row(
        function=nn.separable_conv,
        torch=torch_separable,
        calls=[
            call(*drawn((3, 4), (3, 2), (2, 3), (2,)), of=CLOSED),
            call(*drawn((2, 3, 5, 4), (3, 3, 2), (2, 3), (2,)), of=CLOSED, **UNEVEN),
            call(*drawn((2, 2, 4, 3), (2, 2, 2), (3, 2)), true_convolution=True, padding=1, of=CLOSED),
            call(*drawn((2, 3, 3, 3), (2, 2, 1, 2), (1, 2)), stride=2, of=CLOSED),
            call(*drawn((1, 2, 4, 3), (2, 2, 2), (3, 2), (3,)), stride=2, padding=1),
        ],
        orders=2,
        large=0.0,
    ),
    "max_pool1d": max_pool(1),
    "max_pool2d": max_pool(
        2, call(away((2, 5, 6)), kernel_size=(2, 3), stride=1, padding=(0, 1), dilation=(3, 2), of=CLOSED)
    ),
    "max_pool3d": max_pool(3),
    "avg_pool1d": avg_pool(1),
    "avg_pool2d": avg_pool(
        2, call(away((5, 6)), kernel_size=(2, 3), padding=1, ceil_mode=True, count_include_pad=False, of=CLOSED)
    ),
    "avg_pool3d": avg_pool(3),
    "global_avg_pool": Row(
        function=nn.global_avg_pool,
        torch=lambda x, keepdims=False, axis=(-2, -1): x.mean(axis, keepdims),
        calls=[
            call(away((2, 3, 4, 5)), of="function closed torch"),
            call(away((2, 3, 4, 5)), axis=(-1,), keepdims=True, of=EITHER),
            call(away((2, 3, 4, 5)), axis=(-3, -2, -1), of=EITHER),
        ],
        orders=2,
    ),
}
