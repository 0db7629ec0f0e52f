"""Convolutions: adjoints, central differences, what the notes of the rows say, refusals, and PyTorch."""

import numpy as np
import pytest
from every import every
from refused import refused
from table import closed_forms
from table.case import cotangent

from autograd_zoo.closed_form import conv

each_form = every("form", closed_forms("conv"), ids=lambda form: str(form.case))


@each_form
def test_gradients_of_parameters_are_sums_over_the_batch(form):
    x, *parameters = form.case.inputs
    batch = np.stack([x, 2.0 * x, -x])
    y, (dx, *sums) = form.swept([batch, *parameters])
    singles = [form.swept([sample, *parameters], g_i) for sample, g_i in zip(batch, cotangent(y), strict=True)]
    np.testing.assert_allclose(y, [y_i for y_i, _ in singles], rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(dx, [gradients[0] for _, gradients in singles], rtol=1e-13, atol=1e-13)
    for position, total in enumerate(sums, start=1):
        np.testing.assert_allclose(total, sum(gradients[position] for _, gradients in singles), rtol=1e-12, atol=1e-12)


@each_form
def test_an_empty_batch_has_gradient_zero(form):
    x, *parameters = form.case.inputs
    y, (dx, *others) = form.swept([np.zeros((0, *x.shape)), *parameters])
    assert (len(y), dx.shape) == (0, (0, *x.shape))
    for gradient, parameter in zip(others, parameters, strict=True):
        np.testing.assert_array_equal(gradient, np.zeros(parameter.shape), strict=True)


@pytest.mark.parametrize("mode", ["valid", "full"])
def test_numpy_has_both_operations_in_one_dimension(mode):
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal(7), rng.standard_normal(3)
    padding = 0 if mode == "valid" else 2
    for function, true_convolution in ((np.convolve, True), (np.correlate, False)):
        y = conv.conv(x[None], w[None, None], padding=padding, true_convolution=true_convolution)
        np.testing.assert_allclose(y[0], function(x, w, mode), rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_rotating_within_bounds_is_right_if_indices_count_from_the_centre(k):
    """The remark in the notes of the printed rows: kernels and maps of odd size, as many zeros before as after."""
    rng = np.random.default_rng(k)
    n, r, axes = 5, 1, tuple(range(-k, 0))
    x, w, g = rng.standard_normal((n,) * k), rng.standard_normal((2 * r + 1,) * k), rng.standard_normal((n,) * k)
    same = {"padding": r, "true_convolution": True}
    dx = conv.conv_dx(g[None], None, x[None], w[None, None], **same)[0]
    np.testing.assert_allclose(dx, conv.conv(g[None], np.flip(w, axes)[None, None], **same)[0], atol=1e-13)
    dw = conv.conv_dW(g[None], None, x[None], w[None, None], **same)[0, 0]
    centred = conv.conv(g[None], np.flip(x, axes)[None, None], padding=n // 2, true_convolution=True)[0]
    middle = slice(n // 2 - r, n // 2 + r + 1)
    np.testing.assert_allclose(dw, centred[(middle,) * k], atol=1e-13)


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_output_size_counts_windows(stride):
    for size, kernel_size, padding, dilation in np.ndindex(9, 4, 3, 3):
        n, layer = size + 10, {"stride": stride, "padding": padding, "dilation": dilation + 1}
        expected = conv.conv(np.ones((1, n)), np.ones((1, 1, kernel_size + 1)), **layer).shape[1]
        assert conv.output_size(n, kernel_size + 1, **layer) == expected


@pytest.mark.parametrize("k", [1, 2, 3])
def test_a_transposed_convolution_undoes_the_size_of_a_convolution(k):
    W = np.ones((1, 1, *[3] * k))
    for n in range(3, 9):
        for stride in (1, 2, 3):
            layer = {"stride": stride, "padding": 1}
            small = conv.conv(np.ones((1, *[n] * k)), W, **layer)
            lost = (n + 2 - 3) % stride
            assert conv.conv_transpose(small, W, **layer, output_padding=lost).shape == (1, *[n] * k)


def test_a_map_convolved_with_a_unit_pulse_is_itself():
    x = np.random.default_rng(0).standard_normal((2, 3, 4, 5))
    np.testing.assert_array_equal(conv.conv(x, np.eye(3)[..., None, None]), x)
    np.testing.assert_array_equal(conv.separable_conv(x, np.ones((3, 1, 1)), np.eye(3)), x)


@pytest.mark.parametrize("scale", [1e-30, 1000.0, 1e30])
def test_scales(scale):
    x, W = np.full((1, 4), scale), np.ones((1, 1, 2))
    np.testing.assert_allclose(conv.conv(x, W), np.full((1, 3), 2 * scale))


X, W = (2, 4, 5, 5), (6, 4, 3, 3)
REFUSED = [
    ("conv", [(2, 3, 5, 5), W], {}, r"x needs 4 channels, and then 2 axes; got x \(2, 3, 5, 5\), W \(6, 4, 3, 3\)"),
    ("conv", [(5, 5), W], {}, "x needs 4 channels"),
    ("conv", [X, W], {"groups": 2}, "x needs 8 channels"),
    ("conv", [(2, 16, 5, 5), W], {"groups": 4}, "the 6 kernels of W do not make 4 groups of one size"),
    ("conv", [X, W], {"groups": 0}, "do not make 0 groups"),
    ("conv", [X, W, (4,)], {}, r"b needs the shape \(6,\); got .*, b \(4,\), groups=1"),
    ("conv", [X, W], {"dilation": 3}, r"spans \(7, 7\) elements, but the axes have \(5, 5\): pad"),
    (
        "conv",
        [X, W],
        {"stride": (1, 0)},
        r"stride must be .* at least 1, or one for each of 2 axes; got \(1, 0\)",
    ),
    ("conv", [X, W], {"padding": (1, 2, 3)}, r"padding expects .* for each of 2 axes, got \(1, 2, 3\)"),
    (
        "conv",
        [X, W],
        {"padding": ((0, -1), 0)},
        r"padding before and after must be .* of at least 0, .* got \(0, -1\)",
    ),
    ("conv_transpose", [X, W], {}, "x needs 6 channels"),
    ("conv_transpose", [(6, 5, 5), W, (6,)], {}, r"b needs the shape \(4,\)"),
    ("conv_transpose", [(6, 5, 5), W], {"output_padding": 1}, r"less than stride \(1, 1\) or dilation \(1, 1\), got 1"),
    ("conv_transpose", [(6, 1, 1), W], {"padding": 2}, r"nothing is left of the result, size \(-1, -1\)"),
    ("separable_conv", [X, (3, 2, 2), (6, 3)], {}, "x needs 3 channels"),
    ("separable_conv", [X, (4, 2, 2), (6, 3)], {}, "x needs 3 channels"),
]


test_what_does_not_fit_is_refused_in_a_sentence = refused(
    (lambda name=name, shapes=shapes, params=params: getattr(conv, name)(*map(np.ones, shapes), **params), message)
    for name, shapes, params, message in REFUSED
)
