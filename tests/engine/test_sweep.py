"""The sweep: backward() and gradient() against dual numbers; sharing, seeds, accumulation, and what is swept."""

import textwrap
import tracemalloc
from functools import reduce

import numpy as np
import pytest
from engine.support import python
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_zoo as az

# ---- a model that is slow and simple: forward mode on dual numbers -----------------------------------------------


class Dual:
    """A number and its partial derivatives by every input."""

    def __init__(self, value, slopes):
        self.value, self.slopes = value, slopes

    def __add__(self, other):
        return Dual(self.value + other.value, self.slopes + other.slopes)

    def __sub__(self, other):
        return Dual(self.value - other.value, self.slopes - other.slopes)

    def __mul__(self, other):
        return Dual(self.value * other.value, self.slopes * other.value + self.value * other.slopes)

    def __truediv__(self, other):
        quotient = self.value / other.value
        return Dual(quotient, (self.slopes - quotient * other.slopes) / other.value)

    def __neg__(self):
        return Dual(-self.value, -self.slopes)

    def tanh(self):
        y = np.tanh(self.value)
        return Dual(y, (1.0 - y * y) * self.slopes)


STEPS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / (b * b + (b - b).__class__(*ONE[type(b)])),
    "neg": lambda a, b: -a,
    "tanh": lambda a, b: a.tanh() if isinstance(a, Dual) else np.tanh(a),
    "sweep": lambda a, b: a,
}
LEAVES = 3
ONE = {Dual: (1.0, np.zeros(LEAVES)), az.Tensor: (1.0,)}
programs = st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 40), st.integers(0, 40)), max_size=40)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(-2.0, 2.0), min_size=LEAVES, max_size=LEAVES), programs)
def test_a_random_graph_with_sweeps_in_any_order_agrees_with_dual_numbers(numbers, program):
    tensors = [az.Tensor(x) for x in numbers]
    duals = [Dual(x, e) for x, e in zip(numbers, np.eye(LEAVES), strict=True)]
    leaves = tensors[:]
    expected = np.zeros(LEAVES)
    for name, i, j in [*program, ("*", -1, -1), ("sweep", -1, 0)]:
        i, j = (k % len(tensors) for k in (i, j))
        if name == "sweep":
            if tensors[i].op is not None:
                tensors[i].backward()
                expected = expected + duals[i].slopes
            continue
        tensors.append(STEPS[name](tensors[i], tensors[j]))
        duals.append(STEPS[name](duals[i], duals[j]))
        assert tensors[-1].item() == pytest.approx(duals[-1].value, rel=1e-12, abs=1e-12)
    got = [0.0 if x.grad is None else x.grad for x in leaves]
    scale = max(1.0, np.abs(expected).max())
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-9 * scale)
    found = az.gradient(tensors[-1], leaves, allow_unused=True)
    np.testing.assert_allclose(found, duals[-1].slopes, rtol=1e-9, atol=1e-9 * max(1.0, np.abs(duals[-1].slopes).max()))


# ---- sharing ----------------------------------------------------------------------------------------------------

SHARED = {  # name: (f, ∂f/∂x at x = 3)
    "x + x": (lambda x: x + x, 2.0),
    "x · x": (lambda x: x * x, 6.0),
    "x − x": (lambda x: x - x, 0.0),
    "x / x": (lambda x: x / x, 0.0),
    "diamond": (lambda x: (lambda h: (h + 1.0) * (h - 1.0))(x * x), 4 * 27.0),
    "an inner result that is used again": (
        lambda x: (lambda a: (lambda b: a * b + a)(a + x))(x * x),
        4 * 27 + 3 * 9 + 6.0,
    ),
    "the newer operand first": (lambda x: (lambda a: (a * 2.0) + a)(x * 5.0), 15.0),
    "through a list": (lambda x: sum([x, x * 2.0, x * x]), 9.0),
}


@pytest.mark.parametrize("name", SHARED)
def test_what_is_used_twice_counts_twice(name):
    f, expected = SHARED[name]
    x = az.Tensor(3.0)
    f(x).backward()
    assert x.grad == pytest.approx(expected, rel=1e-15)


# ---- sums that grow in place ------------------------------------------------------------------------------------

FANS = {  # h reaches them on several ways, along which rules return g itself, or views of it and of what is saved
    "the same cotangent": lambda h: h + h + h + h + h,
    "aliases": lambda h: np.positive(h) + (h + np.positive(h)) + (np.positive(h) + h),
    "transposes": lambda h: h + h.T + h.T.T + h + np.swapaxes(h, 0, 1),
    "views": lambda h: h + h.reshape(9).reshape(3, 3) + h[::-1] + h[:, ::-1] + np.flip(h) + h,
    "broadcast cotangents": lambda h: h.sum() + h.sum(0) + h.sum(1) + h.sum(0, keepdims=True) + h + h,
    "saved values as cotangents": lambda h: np.sum(h * h) + h * h + h * 2.0 + h * h.T + h @ h,
    "rows": lambda h: h[0] * h[1] + h[2] + h[0] + h[-1] * h[:, 0] + h[np.newaxis, 1, ::2, ...].sum(),
    "rows that meet whole arrays": lambda h: h * h[0] + h + h[1:][0] + h + h[[0, 0, 1]] + h[h.data > 0.5].sum(),
    "elements": lambda h: sum([h[i, j] * h[j, i] for i in range(3) for j in range(3)]) + h,
    "two that share": lambda h: (lambda a, b: a + b + a * b + a + b + a.T)(h + 1.0, h + h),
}


@pytest.mark.parametrize("how", ["leaf", "result"])
@pytest.mark.parametrize("name", FANS)
def test_sums_that_grow_in_place_touch_nothing_else(name, how):
    """Against a recorded sweep, in which every sum is a new node; and what the tape holds stays as it was."""
    x = az.Tensor(np.random.default_rng(1).normal(size=(3, 3)))
    h = x if how == "leaf" else x * 1.0
    y = np.sum(FANS[name](h) * np.arange(3.0))
    tape = [np.array(s) for t in az.Tape(y) for s in (t.data, *t.saved)]
    (expected,) = az.gradient(y, [x], create_graph=True)
    for _ in range(2):
        x.grad = None
        y.backward(retain_grads=True)
        np.testing.assert_allclose(x.grad, expected.data, rtol=1e-13, atol=1e-13)
    assert all(map(np.array_equal, tape, [s for t in az.Tape(y) for s in (t.data, *t.saved)]))
    handed_out = [t.grad for t in az.Tape(y)]
    assert not any(np.shares_memory(a, b) for k, a in enumerate(handed_out) for b in handed_out[:k])


def peak(action):
    """The most memory that was held during `action()` beyond what was held before."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


N = 100_000  # elements
LEAN = {  # how many arrays of N elements a sweep may hold at once
    "a chain": (lambda x: reduce(lambda h, _: np.tanh(h), range(30), x), 5.0),
    "a sum of many": (lambda x: reduce(lambda s, _: s + x, range(30), x), 4.0),
    "slices": (lambda x: np.stack([x[i : i + 10] * 2.0 for i in range(0, 1000, 10)]), 4.0),
}


@pytest.mark.parametrize("name", LEAN)
def test_a_sweep_holds_few_cotangents_at_a_time(name):
    f, most = LEAN[name]
    f(az.Tensor(np.ones(N))).sum().backward()  # loads what is used for the first time
    y = f(az.Tensor(np.ones(N))).sum()
    assert peak(lambda: y.backward(retain_graph=False)) < most * 8 * N


def test_two_sweeps_are_equal_to_the_bit():
    rng = np.random.default_rng(0)
    x, w = az.Tensor(rng.normal(size=(7, 5))), az.Tensor(rng.normal(size=(5, 5)))
    y = x
    for _ in range(6):
        y = np.tanh(y @ w) + x * y
    first, second = (az.gradient(y.sum(), [x, w]) for _ in range(2))
    assert [a.tobytes() for a in first] == [b.tobytes() for b in second]


def test_the_hash_seed_makes_no_difference():
    program = textwrap.dedent("""
        import numpy as np, autograd_zoo as az
        xs = [az.Tensor(v) for v in np.random.default_rng(0).normal(size=50)]
        y = xs[0]
        for k in range(400):
            y = np.tanh(y * xs[k % 50] + xs[(7 * k) % 50] / 3.0)
        y.backward()
        print(*(x.grad.tobytes().hex() for x in xs))
    """)
    assert len({python(program, PYTHONHASHSEED=seed) for seed in ("1", "2")}) == 1


# ---- backward() -------------------------------------------------------------------------------------------------


def test_gradients_add_up_until_they_are_cleared():
    x = az.Tensor([1.0, 2.0])
    y = (x * x).sum()
    y.backward()
    y.backward()
    np.testing.assert_array_equal(x.grad, [4.0, 8.0])
    x.grad = None
    (x * 3.0).sum().backward()
    np.testing.assert_array_equal(x.grad, [3.0, 3.0])


def test_a_gradient_can_be_assigned_and_written_to_and_sweeps_add_to_that():
    for x in (az.Tensor([2.0]), az.Tensor(2.0)):
        x.grad = np.full(x.shape, 10.0)
        (x * x).sum().backward()
        assert x.grad == 14.0 and x.grad.shape == x.shape
        x.grad[...] = 1.0
        (x * x).sum().backward()
        assert x.grad == 5.0


def test_intermediate_gradients_are_kept_on_request():
    x = az.Tensor([1.0, 2.0])
    h = x * x
    y = (h * h).sum()
    y.backward()
    assert h.grad is None and y.grad is None
    y.backward(retain_grads=True)
    np.testing.assert_array_equal(h.grad, 2 * h.data)
    assert y.grad == 1.0
    np.testing.assert_array_equal(x.grad, 2 * 4 * x.data**3)


def test_a_tape_given_back_is_freed_and_says_so():
    x = az.Tensor([1.0, 2.0])
    h = x * x
    y, z = (h * 2.0).sum(), (h * 3.0).sum()
    y.backward(retain_graph=False)
    np.testing.assert_array_equal(x.grad, 4 * x.data)
    assert y.inputs == () == y.saved
    for result in (y, z):  # z shares h
        with pytest.raises(
            RuntimeError, match=r"freed by an earlier backward\(retain_graph=False\).*retain_graph=True"
        ):
            result.backward()
    np.testing.assert_array_equal(x.grad, 4 * x.data)


@pytest.mark.parametrize("g", [[1.0, 10.0], (1, 10), np.array([1, 10]), np.array([1.0, 10.0], np.float32)], ids=repr)
def test_the_cotangent_is_any_real_array_in_the_shape_of_the_result(g):
    x = az.Tensor([2.0, 3.0])
    (x * x).backward(g)
    np.testing.assert_array_equal(x.grad, [4.0, 60.0])
    assert x.grad.dtype == np.float64


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_a_single_element_needs_no_cotangent(shape):
    x = az.Tensor(np.full(shape, 3.0))
    (x * x).backward()
    np.testing.assert_array_equal(x.grad, np.full(shape, 6.0))


def test_the_cotangent_may_be_a_tensor():
    x, g = az.Tensor([2.0, 3.0]), az.Tensor([1.0, 10.0])
    (x * x).backward(g)
    np.testing.assert_array_equal(x.grad, [4.0, 60.0])
    assert g.grad is None


# ---- gradient() -------------------------------------------------------------------------------------------------


def test_gradient_by_leaves_results_and_the_same_thing_twice():
    x = az.Tensor([1.0, 2.0])
    h = x * x
    y = (h * x).sum()
    by_x, by_h, by_y, again = az.gradient(y, [x, h, y, x])
    np.testing.assert_array_equal(by_x, 3 * x.data**2)
    np.testing.assert_array_equal(by_h, x.data)
    assert by_y == 1.0 and by_y.shape == ()
    np.testing.assert_array_equal(again, by_x)
    assert again is not by_x and x.grad is None


def test_gradient_of_a_leaf_by_itself_is_the_cotangent():
    x = az.Tensor([1.0, 2.0])
    (g,) = az.gradient(x, [x], [3.0, 4.0])
    np.testing.assert_array_equal(g, [3.0, 4.0])
    single = az.Tensor(np.ones(2, np.float32))
    for seed in ([3, 4], np.array([3.0, 4.0]), az.Tensor([3.0, 4.0])):
        (g,) = az.gradient(single, [single], seed)
        assert g.dtype == np.float32 and g.tolist() == [3.0, 4.0]


def test_only_what_lies_between_is_swept():
    def refuse(g, y, x):
        raise AssertionError("no rule is needed here")

    @az.primitive
    def closed_door(x):
        return x * 1.0

    az.defvjp(closed_door, refuse)
    a, b = az.Tensor([1.0]), az.Tensor([2.0])
    y = closed_door(a) * b
    np.testing.assert_array_equal(az.gradient(y, [b])[0], [1.0])
    with pytest.raises(AssertionError, match="no rule is needed"):
        az.gradient(y, [a])


@pytest.mark.parametrize("create_graph", [False, True])
def test_what_is_not_used_has_gradient_zero_where_that_is_allowed(create_graph):
    a, b = az.Tensor([1.0, 2.0]), az.Tensor(np.ones((2, 2), np.float32))
    found = az.gradient((a * a).sum(), [a, b], allow_unused=True, create_graph=create_graph)
    assert all(isinstance(g, az.Tensor if create_graph else np.ndarray) for g in found)
    assert [(g.shape, g.dtype) for g in found] == [(x.shape, x.dtype) for x in (a, b)]
    assert not np.any(found[1] != 0)


def test_a_rule_that_ignores_its_cotangent_still_gives_a_tensor_with_create_graph():
    @az.primitive
    def step(x):
        return np.sign(x)

    az.defvjp(step, lambda g, y, x: np.zeros_like(x))
    x = az.Tensor([1.0, -2.0])
    (g,) = az.gradient(step(x).sum(), [x], create_graph=True)
    assert isinstance(g, az.Tensor) and not np.any(g != 0)


def test_an_array_that_a_rule_sends_is_added_to_in_no_recorded_sweep():
    """x gets an array first, and Tensors at an index after it."""

    @az.primitive
    def double(x):
        return 2.0 * x

    az.defvjp(double, lambda g, y, x: np.full(x.shape, 2.0))
    x = az.Tensor([1.0, 2.0, 3.0])
    y = (x[1:] * x[1:]).sum() + x[0] + double(x).sum()
    for create_graph in (False, True):
        (found,) = az.gradient(y, [x], create_graph=create_graph)
        np.testing.assert_array_equal(getattr(found, "data", found), [3.0, 6.0, 8.0])


def test_a_rule_that_is_none_sends_nothing_back():
    @az.primitive
    def first(a, b):
        return a * 1.0

    az.defvjp(first, lambda g, y, a, b: g, None)
    a, b = az.Tensor([1.0]), az.Tensor([2.0])
    found = az.gradient(first(a, b), [a, b])
    assert [g.item() for g in found] == [1.0, 0.0]
    first(a, b).backward()
    assert a.grad == 1.0 and b.grad is None


def test_joint_and_nth_rules_get_all_inputs_and_serve_those_that_are_tensors():
    calls = []

    @az.primitive
    def product(*xs, scale=1.0):
        return scale * np.prod(np.stack(xs), axis=0)

    def nth(i, g, y, *xs, scale=1.0):
        calls.append(i)
        return g * y / xs[i]

    az.defvjp(product, nth=nth)
    a, b = az.Tensor([2.0]), az.Tensor([5.0])
    product(a, [3.0], b, scale=2.0).backward()
    assert (a.grad, b.grad, calls) == (30.0, 12.0, [0, 2])


@pytest.mark.parametrize("shape", [(), (1,), (3,)], ids=str)
@pytest.mark.parametrize("uses", range(1, 7))
def test_every_use_counts_whatever_the_shape(uses, shape):
    """Contributions to a 0-d gradient may be arrays or numbers, of which only arrays are added to in place."""
    x = az.Tensor(np.full(shape, 2.0))
    factors = [1.5**k for k in range(uses)]
    for times in (lambda f: x * f, lambda f: np.einsum("...,...->...", x, np.full(shape, f))):
        (found,) = az.gradient(sum(times(f).sum() for f in factors), [x])
        np.testing.assert_allclose(found, np.full(shape, sum(factors)))


@pytest.mark.parametrize("second", [np.float64, np.float32, float], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("op", [np.add, np.subtract, np.multiply, np.divide], ids=lambda op: op.__name__)
def test_numbers_get_what_arrays_of_one_element_get(op, second):
    """A number's step is written apart; types that differ, and constants on either side, take the way of arrays."""

    def found(of):
        a, b = az.Tensor(of(np.float64(1.5))), second(0.75)
        b = b if second is float else az.Tensor(of(b))
        leaves = [x for x in (a, b) if isinstance(x, az.Tensor)]
        y = op(a, b) * op(b, a) + a * a
        return [(g.dtype, float(g.sum())) for g in az.gradient(y, leaves, np.ones(y.shape))]

    assert found(np.asarray) == found(lambda x: np.full(1, x))


@pytest.mark.parametrize("product", [np.vecdot, np.matmul, np.inner], ids=lambda op: op.__name__)
def test_a_product_of_vectors_is_a_number_but_what_they_get_has_their_own_dtypes(product):
    a, b = az.Tensor(np.float32([1.0, 2.0])), az.Tensor([3.0, 5.0])
    y = product(a, b) + product(b, a)
    for g, x, other in zip(az.gradient(y, [a, b]), (a, b), (b, a), strict=True):
        assert g.dtype == x.dtype
        np.testing.assert_array_equal(g, 2 * other.data)
