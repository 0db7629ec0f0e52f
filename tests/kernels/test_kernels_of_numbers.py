"""Activations, softmax, losses and drop-out: kernels against their closed forms in float64, on odd inputs too."""

import numpy as np
import pytest
from every import every

import autograd_zoo as az
from autograd_zoo import nn
from autograd_zoo.closed_form import activation, loss, regularization
from autograd_zoo.closed_form.special import erf
from autograd_zoo.engine.values import Kept
from autograd_zoo.kernels import TWINS, twins

rng = np.random.default_rng(0)
EDGES = [
    0.0,
    -0.0,
    1e-30,
    -1e-30,
    6.0,
    -6.0,
    50.0,
    -50.0,
    88.5,
    -104.0,
    1e3,
    -1e3,
    1e30,
    -1e30,
    np.inf,
    -np.inf,
    np.nan,
]
WIDE = 3.0 * rng.normal(size=(300, 70))
INPUTS = {
    "many": 2.0 * rng.normal(size=(700, 401)),  # in several blocks of memory
    "wide": WIDE,
    "every second": WIDE[::2, ::2],
    "backwards": WIDE[::-1, ::-1],
    "transposed": WIDE.T,
    "far from 0": WIDE + 1e4,
    "far below 0": WIDE - 1e6,
    "one row": WIDE[:1],
    "one column": WIDE[:, :1],
    "vector": WIDE[0],
    "cube": WIDE.reshape(10, 30, 70),
    "equal": np.broadcast_to(-0.7, (4, 50)),
    "edges": np.array(EDGES),
    "edges in rows": np.concatenate([np.array(EDGES)[:, None], rng.normal(size=(len(EDGES), 3))], axis=1),
    "empty": np.zeros((0, 3)),
    "no columns": np.zeros((3, 0)),
    "number": np.array(0.3),
}
PARAMS = {
    "leaky_relu": [{}, {"negative_slope": 0.0}, {"negative_slope": 2.0}, {"negative_slope": -0.5}],
    "elu": [{}, {"alpha": 0.5}, {"alpha": -0.5}],
    "gelu": [{}, {"approximate": "tanh"}],
    "softmax": [{}, {"axis": 0}, {"axis": -2}],
    "log_softmax": [{}, {"axis": 0}, {"axis": -2}],
}
NAMES = "relu relu6 leaky_relu elu selu sigmoid silu softplus tanh gelu softmax log_softmax".split()
ACTIVATIONS = [(name, params) for name in NAMES for params in PARAMS.get(name, [{}])]
REDUCTIONS = ["mean", "sum", "none"]


def computed(form, *inputs, **params):
    """What the kernel gives, and what it keeps for those of gradients."""
    y = TWINS[form](*inputs, **params)
    return y if isinstance(y, Kept) else Kept(y, None)


def pulled(rule, kept, *args, **params):
    """What the kernel of a gradient gives."""
    rule = TWINS.get(rule, rule)
    return rule(*args, **params, **({"kept": kept} if "kept" in getattr(rule, "extra", ()) else {}))


def close(found, expected, dtype):
    """Found is the expected float64 within rounding of a dtype, nan and infinite at the same places."""
    assert found.dtype == dtype and np.shape(found) == np.shape(expected)
    tolerance = {"rtol": 2e-6, "atol": 5e-6} if dtype == np.float32 else {"rtol": 1e-13, "atol": 3e-14}
    np.testing.assert_allclose(found, expected.astype(dtype), **tolerance)


def own(found, *others):
    """The memory of what was found is nobody else's."""
    assert not any(np.shares_memory(found, other) for other in others if other is not None)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@every(("name", "params"), ACTIVATIONS, ids=lambda name, params: f"{name} {params}")
def test_an_activation_is_its_closed_form(name, params, dtype, always):
    form, rule = getattr(activation, name), getattr(activation, f"{name}_dx")
    for numbers in INPUTS.values():
        if numbers.ndim < 2 and "axis" in params:
            continue
        x = numbers.astype(dtype, order="K")
        x = np.flip(np.flip(x).copy()) if numbers.flags.c_contiguous is False else x
        g = np.cos(np.arange(x.size)).reshape(x.shape).astype(dtype)
        before = x.copy(), g.copy()
        y, kept = computed(form, x, **params)
        expected = form(x.astype(float), **params)
        close(y, expected, dtype)
        dx = pulled(rule, kept, g, y, x, **params)
        right = rule(g.astype(float), expected, x.astype(float), **params)
        known = ~np.isnan(expected)  # a nan is left to the composed form
        close(dx[known], right[known], dtype)
        own(y, x), own(dx, g, y, x, kept)
        for now, then in zip((x, g), before, strict=True):
            np.testing.assert_array_equal(now, then)


def test_the_gradient_of_a_sum_is_one_number_everywhere(always):
    x = rng.normal(size=(40, 50)).astype(np.float32)
    g = np.broadcast_to(np.float32(0.5), x.shape)
    for name, params in ACTIVATIONS:
        form, rule = getattr(activation, name), getattr(activation, f"{name}_dx")
        y, kept = computed(form, x, **params)
        found = [pulled(rule, kept, upstream, y, x, **params) for upstream in (g, g.copy())]
        np.testing.assert_allclose(*found, rtol=1e-6, atol=1e-6)


def test_gelu_is_exact_in_its_tails(always):
    """Of float64 the last bits, where the closed form itself has rounding of 1 + erf."""
    x = np.linspace(-40.0, 40.0, 20_001)
    y, slope = computed(activation.gelu, x)
    np.testing.assert_allclose(y, 0.5 * x * (1.0 + erf(x / np.sqrt(2.0))), rtol=1e-15, atol=1e-15)
    np.testing.assert_allclose(slope, np.gradient(y, x), atol=5e-6)


LOSSES = {
    loss.softmax_cross_entropy: [loss.softmax_cross_entropy_dx, loss.softmax_cross_entropy_dp],
    loss.squared_error: [loss.squared_error_dx, loss.squared_error_dt],
    loss.cross_entropy: [loss.cross_entropy_dx, loss.cross_entropy_dp],
}


def samples(form, shape):
    """Predictions and targets for a loss."""
    scores, other = rng.normal(size=(2, *shape))
    shares = activation.softmax(other)
    return {
        loss.softmax_cross_entropy: [(scores, shares), (1e3 * scores, 2.0 * shares), (scores, masked(shares))],
        loss.squared_error: [(scores, other)],
        loss.cross_entropy: [(activation.softmax(scores), shares), (masked(shares), masked(shares))],
    }[form]


def masked(shares):
    """A probability of 0 in each row."""
    return np.where(np.arange(shares.shape[-1]) == 0, 0.0, shares)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("form", LOSSES, ids=lambda form: form.__name__)
def test_a_loss_is_its_closed_form(form, dtype, reduction, always):
    for shape in [(600, 300), (4, 5, 6), (7,), (3, 1), (0, 4)]:
        for exact in samples(form, shape):
            x, p = (a.astype(dtype) for a in exact)
            y, kept = computed(form, x, p, reduction=reduction)
            wide = [a.astype(float) for a in (x, p)]
            expected = form(*wide, reduction=reduction)
            np.testing.assert_allclose(y, expected, rtol=1e-5 if dtype == np.float32 else 1e-12)
            g = np.cos(np.arange(y.size)).reshape(y.shape).astype(dtype)[()]
            for rule in LOSSES[form]:
                found = pulled(rule, kept, g, y, x, p, reduction=reduction)
                close(found, rule(g.astype(float), expected, *wide, reduction=reduction), dtype)
                own(found, x, p, kept if isinstance(kept, np.ndarray) else None)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("scale", [1.0, 1e3])
def test_labels_are_targets_with_a_single_one(reduction, scale, always):
    """By the kernel and by the closed form: what one-hot targets give, also where a class is masked by −∞."""
    x = scale * rng.normal(size=(40, 7))
    x[:, 2] = -np.inf
    labels = rng.integers(3, 7, 40)
    targets = np.eye(7)[labels]
    form, rule = loss.softmax_cross_entropy, loss.softmax_cross_entropy_dx
    expected = form(x, targets, reduction=reduction)
    g = np.cos(np.arange(expected.size)).reshape(expected.shape)[()]
    dx = rule(g, expected, x, targets, reduction=reduction)
    np.testing.assert_allclose(form(x, labels, reduction=reduction), expected, rtol=1e-13)
    np.testing.assert_allclose(rule(g, expected, x, labels, reduction=reduction), dx, rtol=1e-13)
    for p in (labels, targets):
        y, kept = computed(form, x, p, reduction=reduction)
        np.testing.assert_allclose(y, expected, rtol=1e-13)
        np.testing.assert_allclose(pulled(rule, kept, g, y, x, p, reduction=reduction), dx, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("shift", [0.0, 1e2, 1e4, 1e6, -1e8])
@pytest.mark.parametrize("kind", ["labels", "targets"])
def test_what_is_added_to_all_scores_costs_no_digit(shift, kind, always):
    x = (rng.normal(size=(40, 67)) + shift).astype(np.float32)
    labels = rng.integers(67, size=40)
    p = labels if kind == "labels" else np.eye(67, dtype=np.float32)[labels]
    form, rule = loss.softmax_cross_entropy, loss.softmax_cross_entropy_dx
    g, wide = np.cos(np.arange(40.0)).astype(np.float32), x.astype(float)
    y, kept = computed(form, x, p, reduction="none")
    expected = form(wide, p, reduction="none")
    close(y, expected, np.float32)
    found = pulled(rule, kept, g, y, x, p, reduction="none")
    close(found, rule(g.astype(float), expected, wide, p, reduction="none"), np.float32)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dropout_is_its_closed_form(dtype, always):
    x, g = rng.normal(size=(2, 30, 40)).astype(dtype)
    for D in ((x > 0).astype(dtype), (x > 0).astype(float), (x[0] > 0).astype(dtype)):
        y = TWINS[regularization.dropout](x, D, q=0.2)
        np.testing.assert_allclose(y, regularization.dropout(x, D, q=0.2), rtol=1e-6)
        dx = TWINS[regularization.dropout_dx](g, y, x, D, q=0.2)
        np.testing.assert_allclose(dx, regularization.dropout_dx(g, y, x, D, q=0.2), rtol=1e-6)


LONG_ROWS = rng.normal(size=(90, 60)).astype(np.float32)
ODD = [np.nan, np.inf, -np.inf, 1e3, -1e3]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("compiled", [False, True])
@every(("name", "params"), [(name, p) for name, p in ACTIVATIONS if "axis" not in p], ids=lambda name, params: name)
def test_what_is_odd_has_the_gradient_of_the_composed_form(name, params, compiled):
    """By kernels that tell where there is a NaN, and by those after which somebody has to look."""
    for odd in ODD:
        if name == "gelu" and odd == np.inf:  # the kernel has the limit, 1; composed it is ∞ · 0
            continue
        x = LONG_ROWS.copy()
        x[3::7, 5] = odd
        g = np.cos(np.arange(x.size, dtype=x.dtype)).reshape(x.shape)
        t = az.Tensor(x)
        with np.errstate(all="ignore"):
            (expected,) = az.gradient(getattr(nn, name)(t, **params), [t], g)
            with az.fused(), twins.all_by(compiled=compiled):
                (found,) = az.gradient(getattr(nn, name)(t, **params), [t], g)
        np.testing.assert_allclose(found, expected, rtol=2e-5, atol=5e-6, err_msg=f"{odd}")
