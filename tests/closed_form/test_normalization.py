"""Normalizations against central differences, their own invariants, hard statistics, and PyTorch."""

import math

import numpy as np
import pytest
from closed_form.cases import case, positive, real
from closed_form.differences import along, awkward, call, difference
from every import every

from autograd_zoo.closed_form import normalization

SHAPES = [(5, 3), (4, 3, 2), (2, 3, 2, 4), (2, 3, 2, 1, 2)]


def per_channel(shape, count=2):
    return [real(shape[1])] * count


CASES = [
    *[case("normalization.batch_norm", real(*s), *per_channel(s), eps=0.1) for s in SHAPES],
    case("normalization.batch_norm", real(5, 3)),
    case("normalization.batch_norm", real(5, 3), real(3)),
    case("normalization.batch_norm", real(1, 3), *per_channel((1, 3)), eps=0.5),
    *[
        case("normalization.batch_norm_inference", real(*s), *per_channel(s, 3), positive(s[1]), eps=0.1)
        for s in SHAPES
    ],
    *[
        case("normalization.layer_norm", real(2, 3, 4), *[real(*lengths)] * 2, axes=axes, eps=0.1)
        for axes, lengths in {
            (-1,): (4,),
            (1,): (3,),
            (1, 2): (3, 4),
            (2, 1): (3, 4),
            (0, -1): (2, 4),
            (0, 1, 2): (2, 3, 4),
        }.items()
    ],
    case("normalization.layer_norm", real(6), real(6), real(6)),
    case("normalization.layer_norm", real(2, 6)),
    *[
        case("normalization.group_norm", real(*s), *per_channel(s), groups=groups, eps=0.1)
        for s in [(3, 6), (2, 6, 2), (2, 6, 2, 2), (1, 6, 2, 1, 2)]
        for groups in (1, 3, 6)
    ],
    case("normalization.group_norm", real(2, 4, 3), groups=2),
    *[case("normalization.instance_norm", real(*s), *per_channel(s), eps=0.1) for s in SHAPES],
    case("normalization.instance_norm", real(2, 3, 4)),
    *[
        case("normalization.rms_norm", real(2, 3, 4), real(*lengths), axes=axes, eps=0.1)
        for axes, lengths in {(-1,): (4,), (0,): (2,), (2, 1): (3, 4)}.items()
    ],
    case("normalization.rms_norm", real(2, 3)),
    *[
        case("normalization.weight_norm", real(2, 3, 4), real(*lengths), axis=axis)
        for axis, lengths in {0: (2,), 1: (3,), -1: (4,), None: ()}.items()
    ],
    case("normalization.weight_norm", real(3), real(3)),
]

each_case = every("case", CASES, ids=lambda case: case.id)


@each_case
def test_gradient_is_the_central_difference(case):
    inputs = case.inputs()
    y, gradients = call(case, inputs)
    assert y.shape == inputs[0].shape
    assert len(gradients) == len(inputs)
    for position, gradient in zip(case.gradients, gradients, strict=True):
        expected = difference(along(case, inputs, position, case.cotangent(y)), inputs[position])
        assert gradient.shape == expected.shape
        np.testing.assert_allclose(gradient, expected, rtol=1e-8, atol=1e-8)


@each_case
def test_float32_stays_float32(case):
    inputs = [x.astype(np.float32) for x in case.inputs()]
    y, gradients = call(case, inputs)
    g = case.cotangent(y).astype(np.float32).astype(np.float64)
    expected = call(case, [x.astype(np.float64) for x in inputs], g)
    for single, double in zip([y, *gradients], [expected[0], *expected[1]], strict=True):
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, double, rtol=3e-6, atol=3e-6)


@each_case
def test_any_memory_layout_will_do_and_inputs_are_only_read(case):
    inputs = case.inputs()
    y, gradients = call(case, inputs)
    other, others = call(case, [awkward(x) for x in inputs])
    for ours, theirs in zip([y, *gradients], [other, *others], strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=1e-13, atol=1e-13)


def batch_loss(x, gamma, beta, g, eps, mu=None, sigma2=None):
    """The document's forward pass for samples (M,) of one channel, with the statistics replaced where given."""
    mu = np.mean(x) if mu is None else mu
    sigma2 = np.mean((x - mu) ** 2) if sigma2 is None else sigma2
    return np.sum(g * (gamma * (x - mu) / np.sqrt(sigma2 + eps) + beta))


@pytest.mark.parametrize("shape", SHAPES)
def test_gradients_of_the_batch_statistics_are_central_differences(shape):
    rng = np.random.default_rng(5)
    x, g = rng.standard_normal((2, *shape))
    gamma, beta = rng.standard_normal((2, shape[1]))
    y = normalization.batch_norm(x, gamma, beta, eps=0.1)
    mu, sigma2 = (f(x, gamma, beta, eps=0.1) for f in (normalization.batch_norm_mu, normalization.batch_norm_sigma2))
    dmu = normalization.batch_norm_dmu(g, y, x, gamma, beta, eps=0.1)
    dsigma2 = normalization.batch_norm_dsigma2(g, y, x, gamma, beta, eps=0.1)
    assert mu.shape == sigma2.shape == dmu.shape == dsigma2.shape == (shape[1],)
    for c in range(shape[1]):
        channel = (x[:, c].ravel(), gamma[c], beta[c], g[:, c].ravel(), 0.1)
        np.testing.assert_allclose([mu[c], sigma2[c]], [np.mean(x[:, c]), np.var(x[:, c])])
        moved_mu = difference(lambda m, channel=channel: batch_loss(*channel, mu=m[0]), mu[c : c + 1])
        moved_sigma2 = difference(
            lambda v, channel=channel, m=mu[c]: batch_loss(*channel, mu=m, sigma2=v[0]), sigma2[c : c + 1]
        )
        np.testing.assert_allclose([dmu[c], dsigma2[c]], [moved_mu[0], moved_sigma2[0]], rtol=1e-8, atol=1e-8)


# What normalizes x, over which axes of (4, 6, 5), and how its result is cut into the groups that it normalizes.
STANDARD = {
    "batch_norm": (normalization.batch_norm, {}, lambda y: y.transpose(1, 0, 2).reshape(6, -1)),
    "layer_norm": (normalization.layer_norm, {"axes": (1, 2)}, lambda y: y.reshape(4, -1)),
    "instance_norm": (normalization.instance_norm, {}, lambda y: y.reshape(24, -1)),
    "group_norm": (normalization.group_norm, {"groups": 3}, lambda y: y.reshape(12, -1)),
}


def by_first(name):
    """The gradient by the first input, x or v."""
    return case(f"normalization.{name}", real()).gradients[0]


@pytest.mark.parametrize("name", STANDARD)
def test_groups_have_mean_0_and_variance_1_and_their_gradients_neither(name):
    forward, params, cut = STANDARD[name]
    rng = np.random.default_rng(6)
    x, g = 3.0 + 5.0 * rng.standard_normal((4, 6, 5)), rng.standard_normal((4, 6, 5))
    y = forward(x, **params, eps=0.0)
    np.testing.assert_allclose(np.mean(cut(y), axis=1), 0.0, atol=1e-13)
    np.testing.assert_allclose(np.var(cut(y), axis=1), 1.0, rtol=1e-13)
    # y does not change where x is shifted or stretched: the gradient has no part along 1 and x.
    dx = by_first(name)(g, y, x, **params, eps=0.0)
    np.testing.assert_allclose(np.sum(cut(dx), axis=1), 0.0, atol=1e-13)
    np.testing.assert_allclose(np.sum(cut(dx) * cut(x), axis=1), 0.0, atol=1e-12)


@pytest.mark.parametrize("name", [*STANDARD, "rms_norm", "weight_norm"])
@pytest.mark.parametrize(
    ("mean", "deviation"), [(2e3, 1.0), (1e5, 1.0), (1e7, 4.0), (-1000.0, 1e-3), (1e30, 1e28), (-1e30, 1e28)]
)
def test_float32_is_exact_to_its_last_bits_far_from_zero(name, mean, deviation):
    rng = np.random.default_rng(7)
    x = (mean + deviation * rng.standard_normal((8, 6, 50))).astype(np.float32)
    g = rng.standard_normal(x.shape).astype(np.float32)
    params = STANDARD[name][1] if name in STANDARD else {"axes": (1, 2)} if name == "rms_norm" else {}
    scale = [np.full(8, 2.0, np.float32)] if name == "weight_norm" else []
    forward, backward = getattr(normalization, name), by_first(name)
    y = forward(x, *scale, **params)
    dx = backward(g, y, x, *scale, **params)
    wide = x.astype(np.float64)
    np.testing.assert_allclose(y, forward(wide, *scale, **params), rtol=1e-6, atol=1e-7)
    expected = backward(g.astype(np.float64), y, wide, *scale, **params)
    np.testing.assert_allclose(dx, expected, rtol=1e-6, atol=2e-7 * np.max(np.abs(expected)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("eps", [0.0, 1e-5])
@pytest.mark.parametrize("name", [*STANDARD, "rms_norm"])
def test_what_has_no_spread_becomes_zero_with_gradient_zero(name, eps, dtype):
    x = np.full((4, 6, 5), 0.0 if name == "rms_norm" else 1e7, dtype)
    params = STANDARD[name][1] if name in STANDARD else {}
    y = getattr(normalization, name)(x, **params, eps=eps)
    np.testing.assert_array_equal(y, np.zeros_like(x))
    dx = by_first(name)(np.ones_like(x), y, x, **params, eps=eps)
    np.testing.assert_allclose(
        dx, np.full(x.shape, 1 / math.sqrt(eps) if name == "rms_norm" and eps else 0.0), rtol=1e-6
    )


def test_weights_without_length_stay_zero():
    v, g = np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([2.0, 10.0])
    w = normalization.weight_norm(v, g)
    np.testing.assert_allclose(w, [[0.0, 0.0], [6.0, 8.0]])
    np.testing.assert_allclose(normalization.weight_norm_dv(np.ones((2, 2)), w, v, g)[0], 0.0)
    np.testing.assert_allclose(normalization.weight_norm_dg(np.ones((2, 2)), w, v, g), [0.0, 1.4])


EMPTY = [
    ("batch_norm", [(0, 3), (3,), (3,)], {}),
    ("batch_norm", [(2, 0, 4), (0,), (0,)], {}),
    ("batch_norm_inference", [(0, 3, 2), (3,), (3,), (3,), (3,)], {}),
    ("layer_norm", [(0, 3), (3,), (3,)], {}),
    ("layer_norm", [(2, 0), (0,), (0,)], {}),
    ("group_norm", [(0, 4, 2), (4,), (4,)], {"groups": 2}),
    ("group_norm", [(2, 4, 0), (4,), (4,)], {"groups": 2}),
    ("instance_norm", [(2, 3, 0), (3,), (3,)], {}),
    ("instance_norm", [(2, 0, 3), (0,), (0,)], {}),
    ("rms_norm", [(2, 0), (0,)], {}),
    ("weight_norm", [(0, 3), (0,)], {}),
    ("weight_norm", [(3, 0), (3,)], {}),
]


@pytest.mark.parametrize(("name", "shapes", "params"), EMPTY, ids=lambda value: str(value))
def test_arrays_without_elements(name, shapes, params):
    empty = case(f"normalization.{name}", *[lambda rng, s=s: np.ones(s) for s in shapes], **params)
    y, gradients = call(empty, empty.inputs())
    assert [y.shape, *(gradient.shape for gradient in gradients)] == [shapes[0], *shapes]


ONES = {s: np.ones(s) for s in [(), (3,), (2, 3), (2, 4, 2), (1,), (2,), (4,)]}
REFUSED = [
    (
        "batch_norm",
        [(3,)],
        {},
        r"batch_norm expects x \(N, C\) or \(N, C, ...\), got shape \(3,\): give it a batch axis",
    ),
    ("batch_norm", [(2, 3), (1,)], {}, r"shape \(1,\) does not fit x \(2, 3\) along axes \(1,\): give it shape \(3,\)"),
    ("batch_norm_inference", [(2, 3), (3,), (3,), (3,), (2,)], {}, r"give it shape \(3,\)"),
    ("batch_norm_inference", [(3,), (3,), (3,), (3,), (3,)], {}, "give it a batch axis"),
    ("layer_norm", [(2, 4, 2), (4,)], {"axes": (1, 2)}, r"does not fit x \(2, 4, 2\) along axes \(1, 2\): .*\(4, 2\)"),
    ("layer_norm", [(2, 3)], {"axes": (2,)}, "axes: axis 2 is out of bounds for array of dimension 2"),
    ("layer_norm", [(2, 3)], {"axes": (1, -1)}, "repeated axis in `axes` argument"),
    (
        "group_norm",
        [(2, 4, 2)],
        {"groups": 3},
        r"divides the channels, got groups=3 for the 4 channels of x \(2, 4, 2\)",
    ),
    ("group_norm", [(2, 4, 2)], {"groups": 0}, "got groups=0"),
    ("instance_norm", [(3,)], {}, r"expects x \(N, C, ...\), got shape \(3,\)"),
    ("rms_norm", [()], {}, "axis -1 is out of bounds for array of dimension 0"),
    ("weight_norm", [(2, 3), (3,)], {}, r"does not fit x \(2, 3\) along axes \(0,\): give it shape \(2,\)"),
    ("weight_norm", [(2, 3), (2,)], {"axis": 2}, "axis 2 is out of bounds for array of dimension 2"),
]


@pytest.mark.parametrize(("name", "shapes", "params", "message"), REFUSED)
def test_what_does_not_fit_is_refused_in_a_sentence(name, shapes, params, message):
    with pytest.raises(ValueError, match=message):
        getattr(normalization, name)(*(ONES[s] for s in shapes), **params)


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch")


def torch_batch_norm(F, x, gamma=None, beta=None, eps=1e-5):
    return F.batch_norm(x, None, None, gamma, beta, training=True, eps=eps)


def torch_layer_norm(F, x, gamma=None, beta=None, axes=(-1,), eps=1e-5):
    return F.layer_norm(x, x.shape[-len(axes) :], gamma, beta, eps)


# The same modules in PyTorch: (torch.nn.functional, *tensors, **params) -> tensor.
TORCH = {
    "batch_norm": torch_batch_norm,
    "batch_norm_inference": lambda F, x, gamma, beta, mu, sigma2, eps: F.batch_norm(
        x, mu, sigma2, gamma, beta, eps=eps
    ),
    "layer_norm": torch_layer_norm,
    "group_norm": lambda F, x, gamma, beta, groups, eps: F.group_norm(x, groups, gamma, beta, eps),
    "instance_norm": lambda F, x, gamma, beta, eps: F.instance_norm(x, weight=gamma, bias=beta, eps=eps),
    "rms_norm": lambda F, x, gamma, axes, eps: F.rms_norm(x, x.shape[-len(axes) :], gamma, eps),
}


def random_case(name, seed):
    """A case of random shape, with the last axes where PyTorch can only normalize those."""
    rng = np.random.default_rng([seed, *map(ord, name)])
    groups, per_group = rng.integers(1, 4, 2)
    shape = (int(rng.integers(2, 6)), int(groups * per_group), *map(int, rng.integers(2, 5, rng.integers(1, 4))))
    axes = tuple(range(int(rng.integers(1, len(shape))), len(shape)))
    parameter = real(*(shape[axis] for axis in axes)) if name in ("layer_norm", "rms_norm") else real(shape[1])
    samplers = {
        "batch_norm_inference": [parameter] * 3 + [positive(shape[1])],
        "rms_norm": [parameter],
    }.get(name, [parameter] * 2)
    params = {"layer_norm": {"axes": axes}, "rms_norm": {"axes": axes}, "group_norm": {"groups": int(groups)}}
    eps = float(rng.choice([1e-5, 1e-3, 0.1]))
    return case(f"normalization.{name}", real(*shape), *samplers, **params.get(name, {}), eps=eps)


@pytest.mark.oracle
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", TORCH)
def test_agrees_with_torch(torch, name, seed):
    generated = random_case(name, seed)
    inputs = generated.inputs(seed)
    y, gradients = call(generated, inputs)
    # PyTorch does not differentiate by running statistics.
    tensors = [torch.tensor(x, requires_grad=i < 3) for i, x in enumerate(inputs)]
    expected = TORCH[name](torch.nn.functional, *tensors, **generated.params)
    expected.backward(torch.tensor(generated.cotangent(y)))
    np.testing.assert_allclose(y, expected.detach().numpy(), rtol=1e-11, atol=1e-12)
    for tensor, gradient in zip(tensors[:3], gradients, strict=False):
        np.testing.assert_allclose(gradient, tensor.grad.numpy(), rtol=1e-10, atol=1e-11)


@pytest.mark.oracle
@pytest.mark.parametrize(("shape", "axis"), [((3, 4), 0), ((3, 4), 1), ((2, 3, 2, 2), 0), ((2, 3, 2), 2)])
def test_weight_norm_agrees_with_torch(torch, shape, axis):
    rng = np.random.default_rng(8)
    v, dw, g = rng.standard_normal(shape), rng.standard_normal(shape), rng.standard_normal(shape[axis])
    w = normalization.weight_norm(v, g, axis=axis)
    v_, g_ = torch.tensor(v, requires_grad=True), torch.tensor(g, requires_grad=True)
    laid = g_.reshape([-1 if i == axis else 1 for i in range(len(shape))])
    expected = torch._weight_norm(v_, laid, axis)  # along the first or the last axis
    expected.backward(torch.tensor(dw))
    np.testing.assert_allclose(w, expected.detach().numpy(), rtol=1e-12)
    np.testing.assert_allclose(normalization.weight_norm_dv(dw, w, v, g, axis=axis), v_.grad.numpy(), rtol=1e-11)
    np.testing.assert_allclose(normalization.weight_norm_dg(dw, w, v, g, axis=axis), g_.grad.numpy(), rtol=1e-11)
