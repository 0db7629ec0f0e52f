"""The Tensor as a value: what it takes, what NumPy's operators and methods make of it, how it prints and is copied."""

import copy
import operator
import pickle
import sys
import threading

import numpy as np
import pytest
from differences import slope
from engine.support import value
from every import every
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import autograd_zoo as az
from autograd_zoo.engine.tensor import node

# ---- what it takes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "dtype", "shape"),
    [
        (2.0, "float64", ()),
        ([1.0, 2.0], "float64", (2,)),
        (((1.0, 2.0),), "float64", (1, 2)),
        (np.float32(2.0), "float32", ()),
        (np.zeros((2, 0), np.float16), "float16", (2, 0)),
        (np.array([1.0, 2.0], ">f4"), "float32", (2,)),
    ],
    ids=repr,
)
def test_a_leaf_keeps_values_dtype_and_shape(data, dtype, shape):
    x = az.Tensor(data)
    assert (x.dtype, x.shape, x.ndim, x.size) == (np.dtype(dtype), shape, len(shape), np.size(data))
    assert x.dtype.isnative and type(x.data) is np.ndarray
    np.testing.assert_array_equal(x.data, data)


def test_a_leaf_has_no_history_and_a_result_has():
    x = az.Tensor([1.0, 2.0], name="x")
    y = x * 3.0
    assert (x.op, x.inputs, x.saved, x.params, x.name) == (None, (), (), {}, "x")
    assert y.op is np.multiply
    assert y.inputs[0] is x and y.inputs[1] is None and y.saved[1] == 3.0
    assert y.params == {} and y.order > x.order and y.scope is None


# ---- operators --------------------------------------------------------------------------------------------------

BINARY = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "truediv": operator.truediv,
    "pow": operator.pow,
    "mod": operator.mod,
    "matmul": operator.matmul,
    "ufunc": np.arctan2,
}
KINDS = {
    "Tensor": az.Tensor,
    "ndarray": np.array,
    "list": np.ndarray.tolist,
    "read-only": lambda a: np.broadcast_to(a, a.shape),
}
A, B = np.array([[1.3, 2.6], [3.2, 0.7]]), np.array([[2.2, 0.9], [0.45, 1.7]])


@pytest.mark.parametrize("kind", KINDS)
@every("name", BINARY)
@pytest.mark.parametrize("reflected", [False, True], ids=["t∘c", "c∘t"])
def test_an_operator_computes_what_numpy_does_and_its_gradient_is_the_slope(name, kind, reflected):
    op, other = BINARY[name], KINDS[kind](B)
    weights = np.array([[1.0, -2.0], [0.5, 3.0]])
    f = (lambda a, b: op(b, a)) if reflected else op
    t = az.Tensor(A)
    y = f(t, other)
    np.testing.assert_array_equal(y.data, f(A, B))
    (y * weights).sum().backward()
    np.testing.assert_allclose(t.grad, slope(lambda a: np.sum(f(a, B) * weights), A), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("number", [2, 2.5, True, np.float64(1.5), np.float32(1.5), np.int8(3)], ids=repr)
@pytest.mark.parametrize("name", ["add", "sub", "mul", "truediv", "pow", "mod"])
def test_numbers_on_either_side(name, number):
    op, x = BINARY[name], np.array([1.3, 2.6])
    for f in (lambda a: op(a, number), lambda a: op(number, a)):
        t = az.Tensor(x)
        y = f(t)
        np.testing.assert_allclose(y.data, f(x), rtol=1e-15)
        y.sum().backward()
        digits = 1e-7 if isinstance(number, np.float32) else 1e-8  # a rule may work in the constant's precision
        np.testing.assert_allclose(t.grad, slope(lambda a, f=f: np.sum(f(a)), x), rtol=digits, atol=digits)


@pytest.mark.parametrize(
    "f",
    [lambda t: -t, lambda t: +t, abs, lambda t: t.T, lambda t: t.mT, lambda t: t[1:], lambda t: t[..., 0]],
    ids=["-t", "+t", "abs", "T", "mT", "[1:]", "[..., 0]"],
)
def test_unary_operators(f):
    t = az.Tensor(A)
    np.testing.assert_array_equal(f(t).data, f(A))
    f(t).sum().backward()
    np.testing.assert_allclose(t.grad, slope(lambda a: np.sum(f(a)), A), rtol=1e-9, atol=1e-10)


METHODS = {
    "sum": lambda a: a.sum(axis=0),
    "mean": lambda a: a.mean(axis=-1, keepdims=True),
    "var": lambda a: a.var(axis=0, ddof=1),
    "std": lambda a: a.std(),
    "prod": lambda a: a.prod(axis=1),
    "max": lambda a: a.max(axis=1),
    "min": lambda a: a.min(),
    "cumsum": lambda a: a.cumsum(axis=0),
    "cumprod": lambda a: a.cumprod(axis=1),
    "reshape": lambda a: a.reshape(3, 1, 2),
    "reshape tuple": lambda a: a.reshape((3, -1)),
    "ravel": lambda a: a.ravel(),
    "flatten": lambda a: a.flatten(),
    "transpose": lambda a: a.transpose(1, 0),
    "swapaxes": lambda a: a.swapaxes(0, 1),
    "squeeze": lambda a: a[None].squeeze(0),
    "repeat": lambda a: a.repeat(2, axis=1),
    "take": lambda a: a.take([0, 0, 1], axis=0),
    "diagonal": lambda a: a.diagonal(),
    "trace": lambda a: a.trace(),
    "clip": lambda a: a.clip(1.0, 2.0),
    "dot": lambda a: a.dot([1.0, 2.0, 3.0]),
    "copy": lambda a: a.copy(),
}


@pytest.mark.parametrize("name", METHODS)
def test_a_method_is_numpys(name):
    a = np.array([[1.3, 2.6, 0.4], [3.2, 0.7, 1.9]])
    f, t = METHODS[name], az.Tensor(a)
    y = f(t)
    np.testing.assert_allclose(y.data, f(a), rtol=1e-15)
    weights = np.linspace(0.5, 1.5, y.size).reshape(y.shape)
    (y * weights).sum().backward()
    np.testing.assert_allclose(t.grad, slope(lambda x: np.sum(f(x) * weights), a), rtol=1e-8, atol=1e-9)


def test_the_indices_of_extremes_are_plain():
    t = az.Tensor([[3.0, 1.0], [2.0, 4.0]])
    assert t.argmax() == 3 and not isinstance(t.argmax(), az.Tensor)
    np.testing.assert_array_equal(t.argmin(axis=0), [1, 0])
    np.testing.assert_array_equal(t.argsort(), [[1, 0], [0, 1]])


# ---- broadcasting and dtype -------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(hnp.mutually_broadcastable_shapes(num_shapes=2, min_side=0, max_side=3, max_dims=4), st.sampled_from([0, 1]))
def test_the_gradient_of_a_broadcast_operand_is_that_of_the_explicit_broadcast(shapes, which):
    rng = np.random.default_rng(0)
    arrays = [rng.uniform(1.0, 2.0, shape) for shape in shapes.input_shapes]
    for f in (np.add, np.subtract, np.multiply, np.divide, np.power):
        narrow = [az.Tensor(a) for a in arrays]
        wide = [az.Tensor(np.broadcast_to(a, shapes.result_shape)) for a in arrays]
        for operands in (narrow, wide):
            f(*operands).backward(np.ones(shapes.result_shape))
        x, full = narrow[which], wide[which].grad
        lead = full.ndim - x.ndim
        stretched = tuple(i for i in range(full.ndim) if i < lead or x.shape[i - lead] == 1)
        assert x.grad.shape == x.shape and x.grad.dtype == x.dtype
        np.testing.assert_allclose(x.grad, full.sum(axis=stretched).reshape(x.shape), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize(
    "f",
    [
        lambda t: t * 2 + 1,
        lambda t: 1.5 - t / 3,
        lambda t: t**2 + 2**t,
        lambda t: (t > 0) * t,
        lambda t: t @ np.eye(3, dtype=np.float16),
        lambda t: np.exp(t).sum() / t.size,
        lambda t: np.where(t > 0, t, 0.0).mean(),
        lambda t: t.at[0].set(1.0),
        lambda t: np.float64(2.0) * 1.0 * t.sum() * 1 if t.dtype == np.float64 else t.sum() * float(np.float64(2.0)),
    ],
)
def test_small_floats_stay_what_they_are_forward_and_backward(f, dtype):
    t = az.Tensor(np.array([0.5, -1.0, 2.0], dtype))
    y = f(t)
    assert y.dtype == dtype
    y.backward(np.ones(y.shape))
    assert t.grad.dtype == dtype


def test_where_dtypes_meet_each_gradient_comes_back_in_its_own():
    single, double = az.Tensor(np.ones(2, np.float32)), az.Tensor(np.ones(2))
    y = (single * double).astype(np.float32) + single
    assert y.dtype == np.float32
    y.sum().backward()
    assert (single.grad.dtype, double.grad.dtype) == (np.float32, np.float64)


LAYOUTS = {
    "Fortran": lambda a: np.asfortranarray(a),
    "transposed": lambda a: a.T.copy().T,
    "negative strides": lambda a: a[::-1, ::-1].copy()[::-1, ::-1],
    "strided": lambda a: np.repeat(np.repeat(a, 2, 0), 2, 1)[::2, ::2],
    "zero strides": lambda a: np.broadcast_to(a[:1], a.shape),
    "read-only": lambda a: np.broadcast_to(a, a.shape),
    "unaligned": lambda a: np.frombuffer(b"\0" + a.tobytes(), np.uint8)[1:].view(float).reshape(a.shape),
    "empty": lambda a: a[:0],
    "0-d": lambda a: a[0, 0, ...],
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_memory_layout_makes_no_difference(layout):
    a = LAYOUTS[layout](np.arange(12.0).reshape(3, 4) + 1.0)
    plain = np.array(a, order="C")
    results = []
    for array in (a, plain):
        x, c = az.Tensor(array), array
        (np.sin(x) * c + x / c - c**x * 1e-9).sum().backward()
        results.append(x.grad)
    np.testing.assert_array_equal(a, plain)
    np.testing.assert_array_equal(*results)


# ---- comparison, truth, iteration, printing ---------------------------------------------------------------------


def test_comparisons_are_plain_masks_and_tensors_are_hashed_by_identity():
    a, b = az.Tensor([1.0, 2.0]), az.Tensor([1.0, 3.0])
    for op in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne):
        for other in (b, b.data, [1.0, 3.0], 1.0):
            mask = op(a, other)
            assert type(mask) is np.ndarray and mask.dtype == bool
            np.testing.assert_array_equal(mask, op(a.data, value(other)))
    assert len({a, b, a}) == 2 and {a: 1}[a] == 1
    with pytest.raises(ValueError, match="ambiguous"):
        assert b in [a, b]


def test_iteration_length_and_truth_are_numpys():
    t = az.Tensor([[1.0, 2.0], [3.0, 4.0]])
    rows = list(t)
    assert len(t) == 2 and [r.tolist() for r in rows] == [[1.0, 2.0], [3.0, 4.0]]
    sum(rows[0] * rows[1]).backward()
    np.testing.assert_array_equal(t.grad, [[3.0, 4.0], [1.0, 2.0]])
    first, second = t
    assert (first[0] < second[0]) and not az.Tensor(0.0)
    with pytest.raises(TypeError, match="len"):
        len(az.Tensor(1.0))
    with pytest.raises(ValueError, match="ambiguous"):
        bool(t)


@pytest.mark.parametrize(
    ("t", "text"),
    [
        (lambda: az.Tensor(2.0), "Tensor(2.)"),
        (lambda: az.Tensor([1.0, 2.0], name="x"), "Tensor([1., 2.], name='x')"),
        (lambda: az.Tensor(np.ones(1, np.float32)), "Tensor([1.], dtype=float32)"),
        (lambda: az.Tensor([3.0]) * 2.0, "Tensor([6.], op=multiply)"),
        (lambda: (az.Tensor([3.0]) * 2.0).named("f_t"), "Tensor([6.], op=multiply, name='f_t')"),
        (lambda: az.nn.Parameter([1.0]), "Parameter([1.])"),
    ],
)
def test_repr(t, text):
    assert repr(t()) == text


def test_numbers_out():
    t = az.Tensor(1.0) / 3.0
    assert t.item() == 1.0 / 3.0 and type(t.item()) is float
    assert f"{t:.3f}" == "0.333" and f"{t}" == repr(t)
    assert az.Tensor([[1.0]]).item() == 1.0
    with pytest.raises(ValueError):
        az.Tensor([1.0, 2.0]).item()


# ---- names, detach, copies --------------------------------------------------------------------------------------


def test_naming_returns_the_node_itself():
    y = az.Tensor(1.0) * 2.0
    assert y.named("h") is y and y.name == "h"


def test_gradients_stop_at_detach():
    x = az.Tensor([2.0, 3.0])
    y = x * (x * x).detach()
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, [4.0, 9.0])


def test_a_leaf_can_be_copied_and_the_copy_is_its_own():
    p = az.nn.Parameter([1.0, 2.0], name="w")
    for twin in (copy.copy(p), copy.deepcopy(p)):
        assert type(twin) is az.nn.Parameter and twin.name == "w" and twin is not p
        twin.data = twin.data * 2.0
        np.testing.assert_array_equal(p.data, [1.0, 2.0])
    shared = copy.deepcopy([p, p])
    assert shared[0] is shared[1]
    rebuild, arguments, *_ = p.__reduce_ex__(4)
    np.testing.assert_array_equal(rebuild(*arguments).data, p.data)


@pytest.mark.parametrize("kind", [az.Tensor, az.nn.Parameter])
@pytest.mark.parametrize("data", [3.0, [1.0, 2.0], np.zeros((0, 2)), np.ones((2, 2), np.float32)], ids=repr)
@every(
    "make",
    [copy.copy, copy.deepcopy, *(lambda t, p=p: pickle.loads(pickle.dumps(t, p)) for p in range(6))],
    ids=["copy", "deepcopy", *(f"pickle {p}" for p in range(6))],
)
def test_a_copy_of_a_leaf_has_its_gradient_for_its_own(make, data, kind):
    leaf = kind(data, name="w")
    assert make(leaf).grad is None
    (leaf * 2.0).sum().backward()
    (leaf * 3.0).sum().backward()
    twin = make(leaf)
    assert type(twin) is kind and twin.name == "w" and twin.grad.dtype == leaf.dtype
    np.testing.assert_array_equal(twin.grad, np.full(leaf.shape, 5.0))
    twin.grad[...] = 7.0
    np.testing.assert_array_equal(leaf.grad, np.full(leaf.shape, 5.0))
    (twin * 2.0).sum().backward()
    np.testing.assert_array_equal(twin.grad, np.full(leaf.shape, 9.0))


class Older:
    """What is pickled as leaves were before they kept their gradients."""

    def __reduce__(self):
        return az.nn.Parameter, (np.array([1.0, 2.0]), "w")


def test_older_pickles_are_read():
    leaf = pickle.loads(pickle.dumps(Older()))
    assert type(leaf) is az.nn.Parameter and leaf.tolist() == [1.0, 2.0] and leaf.name == "w" and leaf.grad is None


def test_reading_a_gradient_loses_none_that_another_thread_adds():
    w, stop = az.Tensor(1.0), threading.Event()

    def read():
        while not stop.is_set():
            w.grad  # noqa: B018  (of shape (), it is kept as an array from the first reading on)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(2_000):
            (w * 2.0).backward()
    finally:
        stop.set()
        reader.join()
        sys.setswitchinterval(before)
    assert w.grad == 4_000.0


def test_a_result_is_not_copied_for_the_copy_would_lose_its_tape():
    y = az.Tensor([1.0]) * 2.0
    for make in (copy.copy, copy.deepcopy, lambda t: t.__reduce_ex__(4)):
        with pytest.raises(TypeError, match=r"only leaves .* multiply made this Tensor.*t\.detach\(\)"):
            make(y)
    assert copy.deepcopy(y.detach()).data == y.data
    with az.no_grad():
        assert copy.deepcopy(az.Tensor([1.0]) * 2.0).data == y.data


def test_a_node_made_by_hand_is_like_one_recorded():
    x = az.Tensor([2.0])
    y = node(np.array([4.0]), np.square, (x,), {}, (x.data,))
    y.backward()
    np.testing.assert_array_equal(x.grad, [4.0])
