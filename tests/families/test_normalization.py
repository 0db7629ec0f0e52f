"""Normalizations against PyTorch over generated configurations, and against what their statistics should be."""

import contextlib
import copy
import math
import threading
from dataclasses import replace

import numpy as np
import pytest
from every import every
from families.support import Net
from pytorch import torch
from refused import refused
from table.case import away, cotangent
from table.normalization import BATCH, INSTANCE, affine

import autograd_zoo as az
from autograd_zoo import closed_form, nn, zoo
from autograd_zoo.zoo.check import compare

# ---- modules and their state, against PyTorch's ------------------------------------------------------------------


def configuration(seed, k, momenta):
    """A shape of k-dimensional maps, and arguments of a module with running statistics, drawn at random."""
    rng = np.random.default_rng([seed, k])
    positions = () if k == 1 and seed < 3 and None in momenta else rng.integers(2, 4, k)  # BatchNorm1d: (N, C) too
    arguments = {
        "eps": float(rng.choice([1e-5, 1e-3, 0.1])),
        "momentum": momenta[rng.integers(len(momenta))],
        "affine": bool(rng.integers(2)),
        "track_running_stats": bool(rng.integers(4)),
    }
    return tuple(map(int, (*rng.integers(2, 5, 2), *positions))), arguments


# Ten for each class. PyTorch's InstanceNorm ignores a momentum of None.
RUNNING = [
    pytest.param(modules[k + 2], *configuration(seed, k, momenta), id=f"{modules[k + 2].__name__}-{seed}")
    for modules, momenta in ((BATCH, [0.1, 0.0, 1.0, 0.37, None]), (INSTANCE, [0.1, 0.0, 1.0, 0.37]))
    for k in (1, 2, 3)
    for seed in range(10)
]


def transplant(ours, theirs):
    """Give both modules the same parameters."""
    rng = np.random.default_rng(3)
    for name, other in (("gamma", "weight"), ("beta", "bias")):
        parameter = getattr(ours, name)
        if parameter is not None:
            parameter.data = rng.standard_normal(parameter.shape)
            getattr(theirs, other).data = torch.tensor(parameter.data)


@pytest.mark.oracle
@every(("cls", "shape", "arguments"), RUNNING)
def test_training_and_evaluation_are_those_of_pytorch(quiet_torch, cls, shape, arguments):
    ours = cls(shape[1], **arguments)
    theirs = getattr(quiet_torch.nn, cls.__name__)(shape[1], **arguments, dtype=torch.float64)
    transplant(ours, theirs)
    rng = np.random.default_rng(4)
    for training in (True, True, False, True, False):
        ours.train(training)
        theirs.train(training)
        x = rng.normal(1.0, 3.0, shape)
        a, b = az.Tensor(x), torch.tensor(x, requires_grad=True)
        y, z = ours(a), theirs(b)
        np.testing.assert_allclose(y.data, z.detach().numpy(), rtol=1e-10, atol=1e-10)
        grads = az.gradient(y, [a, *ours.parameters()], cotangent(y))
        expected = torch.autograd.grad(z, [b, *theirs.parameters()], torch.tensor(cotangent(y)))
        for mine, other in zip(grads, expected, strict=True):
            np.testing.assert_allclose(mine, other.numpy(), rtol=1e-10, atol=1e-10)
        if arguments["track_running_stats"]:
            np.testing.assert_allclose(ours.running_mean, theirs.running_mean.numpy(), rtol=1e-10)
            np.testing.assert_allclose(ours.running_var, theirs.running_var.numpy(), rtol=1e-10)
        else:
            assert ours.running_mean is ours.running_var is ours.num_batches_tracked is None


def test_without_momentum_the_running_statistics_are_plain_averages():
    batches = np.random.default_rng(0).standard_normal((5, 4, 3))
    norm = nn.BatchNorm1d(3, momentum=None)
    for x in batches:
        norm(x)
    assert norm.num_batches_tracked == 5
    np.testing.assert_allclose(norm.running_mean, batches.mean(axis=(0, 1)), rtol=1e-12)
    np.testing.assert_allclose(norm.running_var, batches.var(axis=1, ddof=1).mean(axis=0), rtol=1e-12)


def test_running_statistics_are_state_and_bound_anew():
    norm = nn.BatchNorm2d(2)
    before = norm.running_mean, norm.running_var, norm.num_batches_tracked
    copies = copy.deepcopy(before)
    norm(away((2, 2, 3, 3)))
    for old, was, new in zip(
        before, copies, (norm.running_mean, norm.running_var, norm.num_batches_tracked), strict=True
    ):
        np.testing.assert_array_equal(old, was)
        assert new is not old and isinstance(new, np.ndarray)
    state = norm.state_dict()
    assert list(state) == ["gamma", "beta", "running_mean", "running_var", "num_batches_tracked"]
    other = nn.BatchNorm2d(2).load_state_dict(state).eval()
    x = away((1, 2, 2, 2), 7)
    np.testing.assert_array_equal(other(x).data, norm.eval()(x).data)
    assert [name for name, _ in norm.named_parameters()] == ["gamma", "beta"]


@pytest.mark.parametrize("bad", [np.ones((2, 3)), np.ones((1, 2)), np.ones((2, 2), int), np.ones((2, 2, 2, 2))])
def test_a_call_that_fails_leaves_the_state_as_it_was(bad):
    norm = nn.BatchNorm1d(2)
    before = norm.state_dict()
    with pytest.raises(ValueError):
        norm(bad)
    for a, b in zip(before.values(), norm.state_dict().values(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("size", [1e3, 1e160, 1e300])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_statistics_move_all_or_none_where_overflow_raises(size, dtype):
    norm = nn.BatchNorm1d(2, dtype=None if dtype is np.float16 else dtype)
    before = norm.state_dict()
    with np.errstate(over="ignore"):
        x = np.array([[size, 1.0], [-size, 2.0]]).astype(dtype)
    with np.errstate(over="raise", invalid="raise"):
        try:
            norm(az.Tensor(x))
        except FloatingPointError:
            moved = [name for name, a in norm.state_dict().items() if a.tobytes() != before[name].tobytes()]
            assert not moved
        else:
            assert norm.num_batches_tracked == 1 and norm.running_mean is not before["running_mean"]


def test_sweeps_do_not_move_the_running_statistics():
    with az.fused():
        norm, x = nn.BatchNorm1d(3), az.Tensor(away((4, 3)))
        y = norm(x)
        seen = norm.running_mean
        (dx,) = az.gradient(y, [x], cotangent(y), create_graph=True)
        az.gradient((dx * dx).sum(), [x])
    assert norm.running_mean is seen and norm.num_batches_tracked == 1


# ---- statistics --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(5, 3), (4, 2, 3), (2, 3, 2, 2), (2, 2, 1, 2, 3)])
def test_gradients_of_the_batch_statistics_are_the_printed_ones(shape):
    x, gamma, beta = map(az.Tensor, (away(shape), *affine(shape[1:2])))
    y = BATCH[len(shape)](shape[1], eps=0.01)(x)
    named = nn.batch_norm(x, gamma, beta, eps=0.01)
    for node in (y, named):
        assert [t.name for t in az.Tape(node) if t.name in ("μ_B", "σ²_B")] == ["μ_B", "σ²_B"]
    mu, sigma2 = (next(t for t in az.Tape(named) if t.name == name) for name in ("μ_B", "σ²_B"))
    found = az.gradient(named, [mu, sigma2], cotangent(named))
    inputs = (cotangent(named), named.data, x.data, gamma.data, beta.data)
    for node, grad, symbol in zip((mu, sigma2), found, ("mu", "sigma2"), strict=True):
        value, slope = (getattr(closed_form.normalization, f"batch_norm_{d}{symbol}") for d in ("", "d"))
        np.testing.assert_allclose(node.data.ravel(), value(*inputs[2:], eps=0.01), rtol=1e-13)
        np.testing.assert_allclose(grad.ravel(), slope(*inputs, eps=0.01), rtol=1e-10)


def test_a_wrong_gradient_of_an_intermediate_is_caught():
    sigma2 = closed_form.normalization.batch_norm_dsigma2
    wrong = {
        "μ_B": closed_form.normalization.batch_norm_dmu,
        "σ²_B": lambda *args, **params: (1.0 + 1e-9) * sigma2(*args, **params),
        "no node's name": sigma2,
    }
    specimen = replace(zoo.BY_NAME["batch_norm"], intermediates=wrong, shapes=((5, 3),), smooth=False)
    errors = {case.quantity: case.error for case in compare(specimen, seed=0) if case.quantity[1:] in wrong}
    assert errors["dμ_B"] < 1e-12 < errors["dσ²_B"] < 1e-8
    assert errors["dno node's name"] == math.inf


CENTRED = {
    "batch": (nn.batch_norm, (0, 2, 3)),
    "instance": (nn.instance_norm, (2, 3)),
    "group": (lambda x: nn.group_norm(np.reshape(x, (4, 6, 5, 5)), groups=1), (1, 2, 3)),
    "layer": (lambda x: nn.layer_norm(x, axes=(1, 2, 3)), (1, 2, 3)),
}


@pytest.mark.parametrize(("f", "axes"), CENTRED.values(), ids=CENTRED)
@pytest.mark.parametrize("fused", [False, True])
def test_float32_far_from_zero_keeps_its_digits(f, axes, fused):
    rng = np.random.default_rng(0)
    x = (1e7 + rng.standard_normal((4, 6, 5, 5))).astype(np.float32)
    exact = x.astype(np.float64) - 1e7
    exact = (exact - exact.mean(axes, keepdims=True)) / np.sqrt(exact.var(axes, keepdims=True) + 1e-5)
    t = az.Tensor(x)
    with az.fused() if fused else contextlib.nullcontext():
        y = f(t)
    g = rng.standard_normal(x.shape)
    (dx,) = az.gradient(y, [t], g.astype(np.float32))
    (expected,) = az.gradient(f(w := az.Tensor(x.astype(np.float64) - 1e7)), [w], g)
    assert y.dtype == dx.dtype == np.float32
    assert np.abs(y.data - exact).max() < 1e-5
    assert np.abs(dx - expected).max() < 1e-5


def test_float32_far_from_zero_keeps_its_digits_in_evaluation():
    rng = np.random.default_rng(0)
    norm = nn.BatchNorm1d(3, momentum=None, dtype=np.float32)
    x = (1e7 + rng.standard_normal((50, 3))).astype(np.float32)
    norm(x)
    exact = x.astype(np.float64) - 1e7
    exact = (exact - exact.mean(axis=0)) / np.sqrt(exact.var(axis=0, ddof=1) + 1e-5)
    y = norm.eval()(x)
    assert y.dtype == np.float32
    assert np.abs(y.data - exact).max() < 1e-5


FLAT = {
    "batch": lambda x: nn.batch_norm(x, eps=0.0),
    "inference": lambda x: nn.batch_norm_inference(x, None, None, np.full(4, 3.0), np.zeros(4), eps=0.0),
    "instance": lambda x: nn.instance_norm(x[:, :, None] * np.ones(3), eps=0.0)[:, :, 0],
    "group": lambda x: nn.group_norm(x, groups=2, eps=0.0),
    "layer": lambda x: nn.layer_norm(x, eps=0.0),
    "rms": lambda x: nn.rms_norm(x - 3.0, eps=0.0),
    "weight": lambda x: nn.weight_norm(x - 3.0, np.ones(4)),
}


@pytest.mark.parametrize("f", FLAT.values(), ids=FLAT)
@pytest.mark.parametrize("fused", [False, True])
def test_what_has_no_spread_becomes_0_with_gradient_0_without_an_epsilon(f, fused):
    x = az.Tensor(np.full((4, 4), 3.0))
    with az.fused() if fused else contextlib.nullcontext():
        y = f(x)
    np.testing.assert_array_equal(y.data, np.zeros((4, 4)))
    (dx,) = az.gradient(y, [x], away((4, 4)), create_graph=True)
    np.testing.assert_array_equal(dx.data, np.zeros((4, 4)))
    np.testing.assert_array_equal(az.gradient(dx.sum(), [x], allow_unused=True)[0], np.zeros((4, 4)))


@pytest.mark.parametrize("level", [0.1, 3e5, 1e13, -1e30])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("fused", [False, True])
def test_equal_elements_of_any_size_deviate_from_nothing(level, dtype, fused):
    x = az.Tensor(np.full((7, 3, 7, 7), level, dtype))
    g = away(x.shape).astype(dtype)
    for f in (nn.batch_norm, nn.instance_norm, nn.layer_norm, lambda x: nn.group_norm(x, groups=3)):
        with az.fused() if fused else contextlib.nullcontext():
            y = f(x)
        np.testing.assert_array_equal(y.data, np.zeros_like(x.data), strict=True)
        (dx,) = az.gradient(y, [x], g)
        assert np.isfinite(dx).all() and np.abs(dx).max() < 2 * 1e5**0.5 * np.abs(g).max()


@pytest.mark.parametrize("level", [1e10, -3e12])
@pytest.mark.parametrize("fused", [False, True])
def test_far_from_zero_the_gradient_is_that_near_zero(level, fused):
    near, g = np.round(1e3 * away((6, 2, 5))), away((6, 2, 5), 1)  # whole numbers: far out they keep all digits
    for f in (nn.batch_norm, nn.instance_norm, nn.layer_norm, lambda x: nn.group_norm(x, groups=1)):
        found = []
        for x in map(az.Tensor, (near, level + near)):
            with az.fused() if fused else contextlib.nullcontext():
                found.append(az.gradient(f(x), [x], g)[0])
        np.testing.assert_allclose(found[1], found[0], rtol=1e-9, atol=1e-9)


def test_the_axes_of_a_layer_may_stand_anywhere_in_any_order():
    x, gamma = away((2, 3, 4)), away((2, 4), 1)
    expected = nn.layer_norm(np.moveaxis(x, 1, 0), gamma, axes=(1, 2))
    for axes in ((0, 2), (2, 0), (-1, 0), [0, -1]):
        np.testing.assert_allclose(nn.layer_norm(x, gamma, axes=axes), np.moveaxis(expected, 0, 1), rtol=1e-14)


def test_lists_are_arrays():
    x = [[1.0, 2.0], [3.0, 5.0]]
    for f in (nn.batch_norm, nn.layer_norm, nn.rms_norm, nn.BatchNorm1d(2), nn.LayerNorm(2)):
        np.testing.assert_array_equal(az.engine.tensor.raw(f(x)), az.engine.tensor.raw(f(np.array(x))))


def test_rms_norm_s_default_epsilon_is_that_of_the_dtype():
    for dtype in (np.float32, np.float64):
        x = np.full(4, 1e-4, dtype)
        expected = 1e-4 / math.sqrt(1e-8 + np.finfo(dtype).eps)
        np.testing.assert_allclose(nn.RMSNorm(4, dtype=dtype)(x).data, np.full(4, expected), rtol=1e-6)


# ---- weight normalization around modules -------------------------------------------------------------------------

WRAPPED = {
    "linear": (lambda: nn.Linear(3, 4, rng=np.random.default_rng(0)), "W", away((5, 3))),
    "inside": (
        lambda: nn.Sequential(nn.Tanh(), nn.Linear(3, 4, rng=np.random.default_rng(0))), "1.W", away((5, 3)),
    ),
    "a vector": (lambda: nn.Linear(3, 4, rng=np.random.default_rng(0)), "b", away((5, 3))),
}  # fmt: skip


@pytest.mark.oracle
@pytest.mark.parametrize("axis", [0, 1, None])
@pytest.mark.parametrize("k", [0, 1, 2, 3])
def test_a_wrapped_module_is_pytorch_s(quiet_torch, k, axis):
    rng = np.random.default_rng([k, 0 if axis is None else axis + 1])
    name, size = (f"Conv{k}d", (3,)) if k else ("Linear", ())
    ours = nn.WeightNorm(getattr(nn, name)(4, 3, *size), axis=axis)
    theirs = quiet_torch.nn.utils.parametrizations.weight_norm(
        getattr(quiet_torch.nn, name)(4, 3, *size, dtype=torch.float64), dim=axis
    )
    g, v = theirs.parametrizations.weight.original0, theirs.parametrizations.weight.original1
    ours.v.data, ours.g.data = rng.standard_normal(v.shape), rng.uniform(0.5, 2.0, ours.g.shape)
    v.data, g.data = torch.tensor(ours.v.data), torch.tensor(ours.g.data).reshape(g.shape)
    theirs.bias.data = torch.tensor(ours.module.b.data)
    x = rng.standard_normal((2, 4, *[5] * k))
    a, b = az.Tensor(x), torch.tensor(x, requires_grad=True)
    y, z = ours(a), theirs(b)
    np.testing.assert_allclose(y.data, z.detach().numpy(), rtol=1e-10, atol=1e-10)
    found = az.gradient(y, [a, ours.v, ours.g, ours.module.b], cotangent(y))
    expected = torch.autograd.grad(z, [b, v, g, theirs.bias], torch.tensor(cotangent(y)))
    for mine, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine, other.numpy().reshape(mine.shape), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("axis", [0, -1, None])
@pytest.mark.parametrize(("build", "name", "x"), WRAPPED.values(), ids=WRAPPED)
def test_a_wrapped_module_computes_what_it_did_and_learns_length_and_direction(build, name, x, axis):
    plain = build()
    wrapped = nn.WeightNorm(build(), name, axis)
    W = dict(plain.named_parameters())[name]
    np.testing.assert_allclose(wrapped(x).data, plain(x).data, rtol=1e-14, atol=1e-15)
    others = [f"module.{path}" for path, _ in plain.named_parameters() if path != name]
    assert [path for path, _ in wrapped.named_parameters()] == ["v", "g", *others]
    y, z = wrapped(x), plain(x)
    (dW,) = az.gradient(z, [W], cotangent(z))
    dv, dg = az.gradient(y, [wrapped.v, wrapped.g], cotangent(y))
    closed = closed_form.normalization
    for grad, slope in ((dv, closed.weight_norm_dv), (dg, closed.weight_norm_dg)):
        expected = slope(dW, W.data, wrapped.v.data, wrapped.g.data, axis=axis)
        np.testing.assert_allclose(grad, expected, rtol=1e-10, atol=1e-10)
    wrapped.g.data = 2.0 * wrapped.g.data
    wrapped.v.data = 7.0 * wrapped.v.data
    w = next(t for t in az.Tape(wrapped(x)) if t.name == name[-1])
    np.testing.assert_allclose(w.data, 2.0 * W.data, rtol=1e-14)


def test_a_wrapped_module_is_copied_stored_and_drawn_as_others_are():
    wrapped = nn.WeightNorm(nn.Linear(3, 2, rng=np.random.default_rng(0)))
    x = away((4, 3))
    y = wrapped(az.Tensor(x))
    np.testing.assert_array_equal(copy.deepcopy(wrapped)(x).data, y.data)
    other = nn.WeightNorm(nn.Linear(3, 2)).load_state_dict(wrapped.state_dict())
    np.testing.assert_array_equal(other(x).data, y.data)
    assert y.scope.path() == "module"
    np.testing.assert_array_equal(wrapped.freeze()(x), y.data)


def test_a_wrapped_module_that_fails_is_as_it_was():
    wrapped = nn.WeightNorm(nn.Linear(3, 2))
    with pytest.raises(ValueError, match=r"module: linear: x of shape \(4,\)"):
        wrapped(np.ones(4))
    assert wrapped.module.W is None
    assert wrapped(np.ones(3)).shape == (2,)


def test_threads_may_share_a_wrapped_module():
    wrapped, x = nn.WeightNorm(nn.Linear(8, 8)), away((4, 8))
    expected, wrong = wrapped(x).data, []

    def call():
        for _ in range(50):
            if not np.array_equal(wrapped(x).data, expected):
                wrong.append(threading.get_ident())

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# ---- arguments ---------------------------------------------------------------------------------------------------

REPRS = [
    (nn.BatchNorm1d(3), "BatchNorm1d(3, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)"),
    (nn.InstanceNorm2d(3), "InstanceNorm2d(3, eps=1e-05, momentum=0.1, affine=False, track_running_stats=False)"),
    (nn.GroupNorm(2, 4), "GroupNorm(2, 4, eps=1e-05, affine=True)"),
    (nn.LayerNorm(4), "LayerNorm((4,), eps=1e-05, elementwise_affine=True)"),
    (nn.RMSNorm((2, 3), elementwise_affine=False), "RMSNorm((2, 3), eps=None, elementwise_affine=False)"),
]


@pytest.mark.parametrize(("module", "text"), REPRS, ids=[text.partition("(")[0] for _, text in REPRS])
def test_repr_has_the_arguments(module, text):
    assert repr(module) == text


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_parameters_start_as_the_identity(dtype):
    for module in (nn.BatchNorm2d(3, dtype=dtype), nn.LayerNorm(3, dtype=dtype), nn.GroupNorm(1, 3, dtype=dtype)):
        np.testing.assert_array_equal(module.gamma.data, np.ones(3, dtype), strict=True)
        np.testing.assert_array_equal(module.beta.data, np.zeros(3, dtype), strict=True)


X, I = np.ones((2, 3)), np.ones((2, 3), int)  # noqa: E741  (integers)
BAD = [
    (lambda: nn.batch_norm(np.ones(3)), ["batch_norm: x must have shape (N, C) or (N, C, ...), got (3,)", "x[None]"]),
    (lambda: nn.batch_norm(np.ones((0, 3))), ["batch_norm: x of shape (0, 3) is empty"]),
    (lambda: nn.batch_norm(I), ["batch_norm: x must hold floats, got int64: write x.astype(float)"]),
    (lambda: nn.batch_norm(X, np.ones(2)), ["gamma of shape (2,) does not fit x (2, 3): it must have shape (3,)"]),
    (lambda: nn.batch_norm(X, None, np.ones((1, 3))), ["beta of shape (1, 3) does not fit", "must have shape (3,)"]),
    (lambda: nn.batch_norm(X, eps=-1.0), ["batch_norm: eps must not be negative, got -1.0"]),
    (
        lambda: nn.batch_norm_inference(X, None, None, np.ones(2), np.ones(3)),
        ["batch_norm_inference: mu of shape (2,) does not fit x (2, 3)"],
    ),
    (lambda: nn.batch_norm_inference(X, None, None, np.ones(3), None), ["sigma2 must hold floats, got object"]),
    (lambda: nn.batch_norm_inference(X, None, None, np.ones(3), -np.ones(3)), ["sigma2 has a negative element"]),
    (lambda: nn.instance_norm(X), ["instance_norm: x of shape (2, 3) has no positions"]),
    (lambda: nn.instance_norm(np.ones((0, 3, 2))), ["instance_norm: x of shape (0, 3, 2) is empty"]),
    (lambda: nn.group_norm(X, groups=2), ["groups=2 must divide the 3 channels of x (2, 3)"]),
    (lambda: nn.group_norm(X, groups=0), ["group_norm: groups must be a positive integer, got 0"]),
    (lambda: nn.layer_norm(1.0), ["layer_norm: axes=-1 must name axes of x ()"]),
    (lambda: nn.layer_norm(X, axes=2), ["axes=2 must name axes of x (2, 3), each once"]),
    (lambda: nn.layer_norm(X, axes=(1, -1)), ["axes=(1, -1) must name axes of x (2, 3), each once"]),
    (lambda: nn.layer_norm(X, axes=()), ["axes=() must name axes"]),
    (lambda: nn.layer_norm(I), ["layer_norm: x must hold floats, got int64: write x.astype(float)"]),
    (lambda: nn.layer_norm(X, np.ones(2)), ["layer_norm: gamma of shape (2,) does not fit x (2, 3)", "shape (3,)"]),
    (lambda: nn.layer_norm(np.ones((2, 0))), ["x of shape (2, 0) is empty along axes (1,)"]),
    (lambda: nn.rms_norm(X, np.ones((2, 3))), ["rms_norm: gamma of shape (2, 3) does not fit x (2, 3)"]),
    (lambda: nn.weight_norm(X, np.ones(3)), ["weight_norm: g of shape (3,) must have shape (2,)"]),
    (lambda: nn.weight_norm(X, np.ones(3), axis=2), ["v of shape (2, 3) has no axis 2; None takes one norm"]),
    (lambda: nn.weight_norm(I, np.ones(2)), ["weight_norm: v must hold floats, got int64"]),
    (lambda: Net(nn.BatchNorm1d(4))(X), ["part: x of shape (2, 3) must have shape (N, C) or (N, C, L)", "C = 4"]),
    (lambda: nn.BatchNorm2d(3)(np.ones((2, 3, 4))), ["BatchNorm2d: x of shape (2, 3, 4)", "(N, C, H, W)"]),
    (lambda: nn.BatchNorm3d(3)(X), ["must have shape (N, C, D, H, W), with C = 3 channels"]),
    (lambda: Net(nn.BatchNorm1d(3))(I), ["part: x must hold floats, got int64: write x.astype(float)"]),
    (lambda: nn.BatchNorm1d(3)(np.ones((0, 3))), ["x of shape (0, 3) is empty"]),
    (lambda: nn.BatchNorm1d(3)(X[:1]), ["x of shape (1, 3) has one number for each mean", ".eval()"]),
    (lambda: nn.InstanceNorm2d(3)(np.ones((2, 3, 1, 1))), ["one number for each mean"]),
    (lambda: nn.InstanceNorm1d(3)(X), ["InstanceNorm1d: x of shape (2, 3) must have shape (N, C, L)"]),
    (lambda: nn.GroupNorm(1, 4)(X), ["GroupNorm: x of shape (2, 3) must have shape (N, C)", "C = 4 channels"]),
    (lambda: Net(nn.LayerNorm(4))(X), ["part: x of shape (2, 3) must end in normalized_shape=(4,)"]),
    (lambda: nn.LayerNorm((2, 3))(X[0]), ["x of shape (3,) must end in normalized_shape=(2, 3)"]),
    (lambda: nn.BatchNorm1d(0), ["BatchNorm1d: num_features must be a positive integer, got 0"]),
    (lambda: nn.BatchNorm1d(3, momentum=1.5), ["momentum must lie in [0, 1], or be None", "got 1.5"]),
    (lambda: nn.GroupNorm(3, 4), ["GroupNorm: num_groups=3 must divide num_channels=4"]),
    (lambda: nn.LayerNorm(()), ["LayerNorm: normalized_shape must have a length for each axis"]),
    (lambda: nn.LayerNorm((3, 2.0)), ["LayerNorm: normalized_shape must be a positive integer, got 2.0"]),
    (lambda: nn.WeightNorm(nn.Linear(2, 3), "V"), ["Linear has no parameter 'V'; it has W, b"]),
    (lambda: nn.WeightNorm(nn.ReLU()), ["ReLU has no parameter 'W'; it has none"]),
    (lambda: nn.WeightNorm(nn.Linear(2, 3), "W", 2), ["W of shape (3, 2) has no axis 2"]),
]


test_bad_input_is_refused = refused(BAD)


def test_what_is_no_module_is_not_wrapped():
    with pytest.raises(TypeError, match="WeightNorm takes a module, got 3"):
        nn.WeightNorm(3)
