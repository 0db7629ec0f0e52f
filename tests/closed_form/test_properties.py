"""What every closed form promises: right gradients, dtype, any layout, no side effect, no warning, pure NumPy."""

import inspect

import numpy as np
import pytest
from closed_form.cases import CASES, POINTWISE, function
from every import every

from autograd_zoo import closed_form

each_case = every("case", CASES, ids=lambda case: case.id)


def call(case, inputs):
    """Return the forward pass and the gradients for one cotangent."""
    y = case.forward(*inputs, **case.params)
    g = case.cotangent(y).astype(np.asarray(y).dtype)
    return y, [gradient(g, y, *inputs, **case.params) for gradient in case.gradients.values()]


def difference(f, x, h=3e-4):
    """Gradient of a scalar f at x by central differences with Richardson's step: the error is of order h⁴."""
    gradient = np.empty(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = h
        near, far = f(x + step) - f(x - step), f(x + 2 * step) - f(x - 2 * step)
        gradient[index] = (8.0 * near - far) / (12.0 * h)
    return gradient


@each_case
def test_gradient_is_the_central_difference(case):
    inputs = case.inputs()
    y, gradients = call(case, inputs)
    g = case.cotangent(y)
    for position, gradient in zip(case.gradients, gradients, strict=True):

        def total(x, position=position):
            moved = [*inputs[:position], x, *inputs[position + 1 :]]
            return np.sum(g * case.forward(*moved, **case.params))

        expected = difference(total, inputs[position])
        assert np.shape(gradient) == expected.shape
        np.testing.assert_allclose(gradient, expected, rtol=1e-9, atol=1e-9)


def test_every_gradient_has_a_case():
    called = {gradient for case in CASES for gradient in case.gradients.values()}
    families = {case.name.partition(".")[0] for case in CASES}
    assert called == {
        row.corrected
        for row in closed_form.formulas()
        if row.forward is not None and row.id.partition(".")[0] in families
    }


@each_case
def test_float32_stays_float32(case):
    inputs = case.inputs()
    y, gradients = call(case, inputs)
    y32, gradients32 = call(case, [x.astype(np.float32) for x in inputs])
    for single, double in zip([y32, *gradients32], [y, *gradients], strict=True):
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, double, rtol=1e-4, atol=1e-5)


@each_case
def test_any_memory_layout_will_do_and_inputs_are_only_read(case):
    inputs = case.inputs()
    awkward = [np.flip(np.array(np.flip(x), order="F"))[...] for x in inputs]
    for x in awkward:
        x.flags.writeable = False
    y, gradients = call(case, inputs)
    other, others = call(case, awkward)
    for ours, theirs in zip([y, *gradients], [other, *others], strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=1e-14, atol=1e-14)


class Traced(np.lib.mixins.NDArrayOperatorsMixin):
    """An array that NumPy can only reach by its protocols, and with the functions that a tape is sure to know."""

    allowed = frozenset(
        """where sum max matmul swapaxes reshape broadcast_to expand_dims exp log logaddexp expm1 maximum minimum tanh
        clip power absolute add subtract multiply divide negative peak logsumexp erf""".split()
    )

    def __init__(self, data):
        self.data = np.asarray(data)
        self.shape, self.dtype, self.size, self.ndim = (
            self.data.shape,
            self.data.dtype,
            self.data.size,
            self.data.ndim,
        )

    def __array__(self, dtype=None, copy=None):
        raise TypeError("left the tape")

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        assert method == "__call__"
        return self.apply(ufunc, inputs, kwargs)

    def __array_function__(self, func, types, args, kwargs):
        return self.shape if func is np.shape else self.apply(func, args, kwargs)

    @classmethod
    def apply(cls, func, args, kwargs):
        result = func(*(arg.data if isinstance(arg, cls) else arg for arg in args), **kwargs)
        if result.dtype == bool:
            return result
        assert func.__name__ in cls.allowed
        return cls(result)


@each_case
def test_only_numpy_functions_that_dispatch_are_used(case):
    inputs = case.inputs()
    y, gradients = call(case, inputs)
    traced = [Traced(x) for x in inputs]
    traced_y = case.forward(*traced, **case.params)
    g = Traced(case.cotangent(y))
    traced_gradients = [gradient(g, traced_y, *traced, **case.params) for gradient in case.gradients.values()]
    for ours, theirs in zip([y, *gradients], [traced_y, *traced_gradients], strict=True):
        np.testing.assert_array_equal(theirs.data, ours)


# Forward passes whose samples do not see each other: what they share, and their parameters.
BATCHED = [
    *[(f"activation.{name}", (), {}) for name in [*POINTWISE, "softmax", "log_softmax"]],
    ("activation.gelu", (), {"approximate": "tanh"}),
    *[(f"loss.{name}", (), {"reduction": "none"}) for name in ("cross_entropy", "softmax_cross_entropy")],
    ("loss.squared_error", (), {"reduction": "none"}),
    ("linear.linear", ("W", "b"), {}),
]


@pytest.mark.parametrize(("name", "shared", "params"), BATCHED, ids=lambda value: str(value))
def test_a_batch_is_its_samples(name, shared, params):
    rng = np.random.default_rng(3)
    forward = function(name)
    given = {"W": rng.standard_normal((2, 4)), "b": rng.standard_normal(2)} if shared else {}
    free = [
        key
        for key, parameter in inspect.signature(forward).parameters.items()
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD and key not in shared
    ]
    batch = {key: rng.uniform(0.1, 1.0, (5, 4)) for key in free}
    samples = [forward(**{key: x[i] for key, x in batch.items()}, **given, **params) for i in range(5)]
    np.testing.assert_allclose(forward(**batch, **given, **params), np.stack(samples), rtol=1e-14)


def test_reductions_are_sums_and_means_of_the_samples_losses():
    rng = np.random.default_rng(4)
    x, t = rng.standard_normal((2, 3, 4)), rng.standard_normal((2, 3, 4))
    losses = closed_form.loss.squared_error(x, t, reduction="none")
    assert losses.shape == (2, 3)
    np.testing.assert_allclose(closed_form.loss.squared_error(x, t), np.mean(losses))
    np.testing.assert_allclose(closed_form.loss.squared_error(x, t, reduction="sum"), np.sum(losses))


EXTREMES = [-1e30, -1000.0, -50.0, -1e-30, 0.0, 1e-30, 50.0, 1000.0, 1e30]
E50 = 1.928749847963918e-22  # exp(-50)
A, B = closed_form.activation.SELU_LAMBDA, closed_form.activation.SELU_LAMBDA * closed_form.activation.SELU_ALPHA

# Values at EXTREMES, and derivatives there, typed in: the limits that a stable form reaches without overflow.
LIMITS = {
    "relu": ([0, 0, 0, 0, 0, 1e-30, 50, 1000, 1e30], [0, 0, 0, 0, 0, 1, 1, 1, 1]),
    "relu6": ([0, 0, 0, 0, 0, 1e-30, 6, 6, 6], [0, 0, 0, 0, 0, 1, 0, 0, 0]),
    "leaky_relu": (
        [-1e28, -10, -0.5, -1e-32, 0, 1e-30, 50, 1000, 1e30],
        [0.01, 0.01, 0.01, 0.01, 0.01, 1, 1, 1, 1],
    ),
    "elu": ([-1, -1, -1, -1e-30, 0, 1e-30, 50, 1000, 1e30], [0, 0, 0, 1, 1, 1, 1, 1, 1]),
    "selu": ([-B, -B, -B, -B * 1e-30, 0, A * 1e-30, 50 * A, 1000 * A, 1e30 * A], [0, 0, 0, B, B, A, A, A, A]),
    "sigmoid": ([0, 0, E50, 0.5, 0.5, 0.5, 1, 1, 1], [0, 0, E50, 0.25, 0.25, 0.25, 0, 0, 0]),
    "softplus": ([0, 0, E50, *[np.log(2)] * 3, 50, 1000, 1e30], [0, 0, E50, 0.5, 0.5, 0.5, 1, 1, 1]),
    "tanh": ([-1, -1, -1, -1e-30, 0, 1e-30, 1, 1, 1], [0, 0, 0, 1, 1, 1, 0, 0, 0]),
    "gelu": ([0, 0, 0, -5e-31, 0, 5e-31, 50, 1000, 1e30], [0, 0, 0, 0.5, 0.5, 0.5, 1, 1, 1]),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("name", "params"),
    [*[(name, {}) for name in LIMITS], ("gelu", {"approximate": "tanh"})],
    ids=[*LIMITS, "gelu-tanh"],
)
def test_activations_reach_their_limits(name, params, dtype):
    x = np.array(EXTREMES, dtype)
    value, slope = LIMITS[name]
    with np.errstate(all="raise", under="ignore"):
        y = function(f"activation.{name}")(x, **params)
        gradient = function(f"activation.{name}_dx")(np.ones_like(x), y, x, **params)
    rtol = 1e-6 if dtype == np.float32 else 1e-15
    np.testing.assert_allclose(y, np.array(value, dtype), rtol=rtol, atol=0)
    np.testing.assert_allclose(gradient, np.array(slope, dtype), rtol=rtol, atol=1e-7 if dtype == np.float32 else 1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [1000.0, 1e30])
def test_softmax_and_its_cross_entropy_are_stable(scale, dtype):
    x = np.array([[scale, scale, -scale], [-scale, 0.0, -scale]], dtype)
    p = np.array([[0.5, 0.5, 0.0], [0.0, 1.0, 0.0]], dtype)
    one = np.ones((), dtype)
    with np.errstate(all="raise", under="ignore"):
        np.testing.assert_array_equal(closed_form.activation.softmax(x), p)
        y = closed_form.activation.log_softmax(x)
        half = np.log(dtype(0.5))
        np.testing.assert_allclose(y, [[half, half, half - 2 * scale], [-scale, 0.0, -scale]], rtol=1e-6)
        np.testing.assert_array_equal(closed_form.activation.log_softmax_dx(p, y, x), np.zeros((2, 3)))
        np.testing.assert_allclose(
            closed_form.loss.softmax_cross_entropy(x, p, reduction="sum"), np.log(2.0), rtol=1e-6
        )
        np.testing.assert_array_equal(closed_form.loss.softmax_cross_entropy_dx(one, None, x, p), np.zeros((2, 3)))


def test_cross_entropy_of_an_impossible_event_is_nothing():
    x, p = np.array([0.0, 0.25, 0.75]), np.array([0.0, 0.0, 1.0])
    y = closed_form.loss.cross_entropy(x, p)
    np.testing.assert_allclose(y, -np.log(0.75))
    np.testing.assert_allclose(closed_form.loss.cross_entropy_dx(1.0, y, x, p), [0.0, 0.0, -4.0 / 3.0])
    np.testing.assert_allclose(closed_form.loss.cross_entropy_dp(1.0, y, x, p), [0.0, -np.log(0.25), -np.log(0.75)])


# On a tie the elements share the gradient; among NaNs the maximum is NaN, and they are the maximal elements.
TIES = [
    ([1.0, 3.0, 3.0], [0.0, 0.5, 0.5]),
    ([2.0, 2.0, 2.0, 2.0], [0.25, 0.25, 0.25, 0.25]),
    ([-np.inf, -np.inf], [0.5, 0.5]),
    ([np.nan, 5.0, np.nan], [0.5, 0.0, 0.5]),
]


@pytest.mark.parametrize(("x", "expected"), TIES)
def test_ties_in_max_share_the_gradient(x, expected):
    x = np.array(x)
    np.testing.assert_array_equal(closed_form.group.max_dx(np.array(1.0), closed_form.group.max(x), x), expected)


@pytest.mark.parametrize("name", [*POINTWISE, "softmax", "log_softmax"])
def test_nan_is_not_hidden(name):
    with np.errstate(invalid="ignore"):  # np.logaddexp warns, which the module keeps to itself
        assert np.isnan(function(f"activation.{name}")(np.array([np.nan, 1.0]))[0])


# Function, shapes of the inputs, shape of the output: arrays without axes, and without elements.
EDGES = [
    *[(f"activation.{name}", [s], s) for name in [*POINTWISE, "softmax", "log_softmax"] for s in [(), (0,), (3, 0)]],
    *[(f"elementwise.{name}", [s, s], s) for name in ("add", "multiply") for s in [(), (0,), (3, 0)]],
    *[("group.sum", [s], ()) for s in [(), (0,), (3, 0)]],
    ("group.max", [()], ()),
    *[("activation.prelu", [s, ()], s) for s in [(), (0,), (3, 0)]],
    ("activation.prelu", [(0, 3), (3,)], (0, 3)),
    ("regularization.dropout", [(), ()], ()),
    *[(f"loss.{name}", [s, s], ()) for name in ("softmax_cross_entropy", "squared_error") for s in [(), (0,), (0, 3)]],
    *[("linear.linear", [(n, i), (o, i), (o,)], (n, o)) for n, i, o in [(0, 2, 3), (4, 0, 3), (4, 2, 0), (0, 0, 0)]],
]


@pytest.mark.parametrize(("name", "shapes", "shape"), EDGES, ids=lambda value: str(value))
def test_arrays_without_axes_or_elements(name, shapes, shape):
    inputs = [np.ones(s) for s in shapes]
    forward = function(name)
    y = forward(*inputs)
    assert np.shape(y) == shape
    for key, x in zip(inspect.signature(forward).parameters, inputs, strict=False):
        if hasattr(inspect.getmodule(forward), f"{forward.__name__}_d{key}"):
            assert np.shape(function(f"{name}_d{key}")(np.ones(shape), y, *inputs)) == x.shape


@pytest.mark.parametrize("reduction", ["sum", "mean", "none"])
@pytest.mark.parametrize("name", ["cross_entropy", "softmax_cross_entropy", "squared_error"])
def test_an_empty_batch_has_no_loss(name, reduction):
    x = np.ones((0, 3))
    y = function(f"loss.{name}")(x, x, reduction=reduction)
    assert np.shape(y) == ((0,) if reduction == "none" else ())
    assert np.sum(y) == 0.0
    assert function(f"loss.{name}_dx")(y, y, x, x, reduction=reduction).shape == (0, 3)


REFUSED = [
    ("loss.squared_error", (1.0, 1.0), {"reduction": "avg"}, "reduction must be 'mean', 'sum' or 'none', got 'avg'"),
    ("activation.gelu", (1.0,), {"approximate": "erf"}, "approximate must be 'none' or 'tanh', got 'erf'"),
    ("regularization.dropout", (1.0, 1.0), {"q": 1.0}, r"must lie in \[0, 1\), got 1.0"),
    ("regularization.dropout", (1.0, 1.0), {"q": float("nan")}, r"must lie in \[0, 1\), got nan"),
]


@pytest.mark.parametrize(("name", "inputs", "params", "message"), REFUSED)
def test_bad_parameters_are_refused_in_a_sentence(name, inputs, params, message):
    with pytest.raises(ValueError, match=message):
        function(name)(*map(np.asarray, inputs), **params)


# The same modules in PyTorch: (torch, *tensors, **params) -> tensor.
TORCH = {
    "group.sum": lambda torch, x, axis, keepdims: torch.sum(x, dim=axis, keepdim=keepdims),
    "group.max": lambda torch, x, axis, keepdims: torch.amax(
        x, dim=tuple(range(x.ndim)) if axis is None else axis, keepdim=keepdims
    ),
    "activation.relu": lambda torch, x: torch.nn.functional.relu(x),
    "activation.relu6": lambda torch, x: torch.nn.functional.relu6(x),
    "activation.leaky_relu": lambda torch, x, **params: torch.nn.functional.leaky_relu(x, **params),
    "activation.elu": lambda torch, x, **params: torch.nn.functional.elu(x, **params),
    "activation.selu": lambda torch, x: torch.nn.functional.selu(x),
    "activation.sigmoid": lambda torch, x: torch.sigmoid(x),
    "activation.softmax": lambda torch, x, axis: torch.softmax(x, axis),
    "activation.softplus": lambda torch, x: torch.nn.functional.softplus(x),
    "activation.tanh": lambda torch, x: torch.tanh(x),
    "activation.gelu": lambda torch, x, **params: torch.nn.functional.gelu(x, **params),
    "activation.log_softmax": lambda torch, x, axis: torch.log_softmax(x, axis),
    "activation.prelu": lambda torch, x, a, axis=1: (
        torch.nn.functional.prelu(x.movedim(axis, 1) if x.ndim > 1 else x[None], a.reshape(-1))
        .movedim(1, axis)
        .reshape(x.shape)
    ),
    "loss.softmax_cross_entropy": lambda torch, x, p, reduction: torch.nn.functional.cross_entropy(
        x.reshape(-1, x.shape[-1]), p.reshape(-1, x.shape[-1]), reduction=reduction
    ).reshape(x.shape[:-1] if reduction == "none" else ()),
    "loss.squared_error": lambda torch, x, t, reduction: {
        "sum": torch.sum,
        "mean": torch.mean,
        "none": lambda losses: losses,
    }[reduction](torch.nn.functional.mse_loss(x, t, reduction="none").sum(-1)),
    "linear.linear": lambda torch, x, W, b=None: torch.nn.functional.linear(x, W, b),
}


@pytest.mark.oracle
@pytest.mark.parametrize("case", [case for case in CASES if case.name in TORCH], ids=lambda case: case.id)
def test_agrees_with_torch(case):
    torch = pytest.importorskip("torch")
    inputs = case.inputs()
    y, gradients = call(case, inputs)
    tensors = [torch.tensor(x, requires_grad=True) for x in inputs]
    expected = TORCH[case.name](torch, *tensors, **case.params)
    expected.backward(torch.tensor(case.cotangent(y)))
    np.testing.assert_allclose(y, expected.detach().numpy(), rtol=1e-12, atol=1e-14)
    for position, gradient in zip(case.gradients, gradients, strict=True):
        np.testing.assert_allclose(gradient, tensors[position].grad.numpy(), rtol=1e-12, atol=1e-14)
