"""What closed forms promise besides the properties of the table: pure NumPy, stable limits, and sentences."""

import inspect

import numpy as np
import pytest
from every import every
from table import TABLE, closed_forms
from table.activation import EXTREMES, POINTWISE
from table.case import cotangent

from autograd_zoo import closed_form, zoo
from autograd_zoo.engine.functions import HANDLERS
from autograd_zoo.engine.rules import RULES

PURE = closed_forms("elementwise", "group", "activation", "loss", "regularization", "linear")


def function(name):
    family, _, attribute = name.partition(".")
    return getattr(getattr(closed_form, family), attribute)


def test_every_gradient_by_an_input_has_a_case():
    called = {rule for form in closed_forms(*zoo.FAMILIES) for rule in form.rules}
    missing = [
        row.id
        for s in zoo.ZOO
        if inspect.unwrap(s.forward) is s.forward  # the others are written as equations, which have tests of their own
        for row in s.rows
        if row.quantity[1:] in inspect.signature(s.forward).parameters and row.corrected not in called
    ]
    assert not missing


class Traced(np.lib.mixins.NDArrayOperatorsMixin):
    """An array that NumPy can only reach by its protocols, and with the functions that the tape knows."""

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
        return getattr(self, func.__name__) if func in (np.shape, np.ndim) else self.apply(func, args, kwargs)

    @classmethod
    def apply(cls, func, args, kwargs):
        def plain(arg):
            return [plain(part) for part in arg] if isinstance(arg, list) else arg.data if isinstance(arg, cls) else arg

        result = func(*map(plain, args), **kwargs)
        if getattr(result, "dtype", None) == np.dtype(bool):
            return result
        assert func in RULES or func in HANDLERS, f"the tape has no rule for {func.__name__}: write another function"
        return [cls(part) for part in result] if isinstance(result, list) else cls(result)


@every("form", PURE, ids=lambda form: str(form.case))
def test_only_numpy_functions_that_dispatch_are_used(form):
    inputs = [Traced(x) for x in form.case.inputs]
    y, gradients = form.swept(inputs, Traced(cotangent(form.sample[0])))
    for ours, theirs in zip([form.sample[0], *form.sample[1]], [y, *gradients], strict=True):
        if ours is not None:
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


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("name", "params"),
    [*[(name, {}) for name in POINTWISE], ("gelu", {"approximate": "tanh"})],
    ids=[*POINTWISE, "gelu-tanh"],
)
def test_activations_reach_their_limits(name, params, dtype):
    x = np.array(EXTREMES, dtype)
    value, slope = TABLE[name].limits
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
