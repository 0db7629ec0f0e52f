"""The known hazards of autodiff on NumPy, one row each: the right value, or an error that says what to do.

An id names the list that a row comes from: `numpy` for what NumPy's protocols do to an array-like, `peers` for programs
that went wrong in other libraries, `state` and `values` for their faults by kind.
"""

import copy
import math
import threading

import numpy as np
import pytest
from every import every
from refused import refused

import autograd_zoo as az

OFF_TAPE = r"off the tape without a word.*What keeps it: np\.stack.*np\.exp.*\.at\[i\]\.set.*t\.data.*t\.item\(\)"
NO_RULE = r"has no rule.*az\.defvjp.*t\.data"
IN_PLACE = r"would leave the tape.*c = a \+ t"


def t(*values):
    """A new leaf."""
    return az.Tensor(np.array(values or (1.0, 2.0)))


def scalar():
    return az.Tensor(1.5)


def into(array, index, value):
    array[index] = value


def add_to(array, value):
    array += value


# ---- refused ----------------------------------------------------------------------------------------------------

REFUSED = {
    # what would turn a Tensor into an array, and its later derivatives into nothing
    "numpy-1 asarray": (lambda: np.asarray(t()), TypeError, OFF_TAPE),
    "numpy-1 asanyarray with dtype": (lambda: np.asanyarray(t(), dtype=np.float32), TypeError, OFF_TAPE),
    "numpy-1 array of Tensors": (lambda: np.array([t(), t()]), TypeError, OFF_TAPE),
    "numpy-1 a slice of an array": (lambda: into(np.zeros(2), slice(None), t()), TypeError, OFF_TAPE),
    "numpy-1 full": (lambda: np.full(3, scalar()), TypeError, r"np\.full\(n, t, like=t\)"),
    "numpy-1 a list of Tensors as an operand": (lambda: np.add([t(), t()], 1.0), TypeError, OFF_TAPE),
    "numpy-1 a leaf of Tensors": (lambda: az.Tensor([t(), t()]), TypeError, OFF_TAPE),
    "numpy-1 vectorize": (lambda: np.vectorize(lambda a: a)(t()), TypeError, OFF_TAPE),
    "numpy-1 an index of an array": (lambda: np.zeros(3)[t()], TypeError, OFF_TAPE),
    "numpy-1 masked array on the left": (lambda: np.ma.array([1.0, 2.0], mask=[0, 1]) * t(), TypeError, OFF_TAPE),
    "numpy-2 float": (lambda: float(scalar()), TypeError, OFF_TAPE),
    "numpy-2 int": (lambda: int(scalar()), TypeError, OFF_TAPE),
    "numpy-2 complex": (lambda: complex(scalar()), TypeError, OFF_TAPE),
    "numpy-2 range": (lambda: range(scalar()), TypeError, OFF_TAPE),
    "numpy-2 a place in an array": (lambda: into(np.zeros(2), 0, scalar()), ValueError, "setting an array element"),
    "numpy-3 out=": (lambda: np.add(t(), 1.0, out=np.zeros(2)), TypeError, IN_PLACE),
    "numpy-3 ndarray += Tensor": (lambda: add_to(np.zeros(2), t()), TypeError, IN_PLACE),
    "numpy-3 where=": (lambda: np.add(t(), 1.0, where=[True, False]), TypeError, r"np\.where\(mask, a, b\)"),
    "numpy-3 at": (lambda: np.add.at(np.zeros(2), [0, 1], t()), TypeError, r"t\.at\[i\]\.add\(v\)"),
    "numpy-3 reduce": (lambda: np.add.reduce(t()), TypeError, r"np\.add\.reduce .* np\.sum for add"),
    "numpy-3 accumulate": (lambda: np.multiply.accumulate(t()), TypeError, "np.cumprod for multiply"),
    "numpy-3 outer": (lambda: np.multiply.outer(t(), t()), TypeError, r"ufunc\(a\[:, None\], b\[None, :\]\)"),
    "numpy-3 reduceat": (lambda: np.add.reduceat(t(), [0, 1]), TypeError, "not recorded"),
    "numpy-3 sum(out=)": (lambda: np.sum(t(), out=np.zeros(())), TypeError, "out="),
    "numpy-3 ptp(out=)": (lambda: np.ptp(t(), out=np.zeros(())), TypeError, "out= .*Compose the result"),
    "numpy-4 a function without a rule": (lambda: np.histogram(t(), 50), TypeError, NO_RULE),
    "numpy-4 one with a body of its own": (lambda: np.apply_along_axis(lambda a: a, 0, t()), TypeError, NO_RULE),
    "numpy-4 a ufunc of the user's": (lambda: np.frompyfunc(lambda a: a, 1, 1)(t()), TypeError, NO_RULE),
    "numpy-6 in a list": (lambda: t() in [t(), t()], ValueError, "ambiguous"),
    "numpy-8 math": (lambda: math.exp(scalar()), TypeError, OFF_TAPE),
    "numpy-8 math.fsum": (lambda: math.fsum(t()), TypeError, OFF_TAPE),
    "numpy-8 full": (lambda: np.full(2, scalar()), TypeError, OFF_TAPE),
    "numpy-8 arange": (lambda: np.arange(scalar()), TypeError, OFF_TAPE),
    "numpy-8 as_strided": (lambda: np.lib.stride_tricks.as_strided(t()), TypeError, OFF_TAPE),
    "numpy-8 a random generator": (lambda: np.random.default_rng(0).normal(t()), TypeError, OFF_TAPE),
    "numpy-8 ndarray.dot": (lambda: np.ones(2).dot(t()), TypeError, OFF_TAPE),
    "numpy-8 float64(t)": (lambda: np.float64(scalar()), TypeError, OFF_TAPE),
    "numpy-8 memoryview": (lambda: memoryview(t()), TypeError, "bytes-like"),
    "numpy-8 DLPack shared": (lambda: t().__dlpack__(copy=False), BufferError, "never shared"),
    # programs that went wrong elsewhere
    "peers integer leaf": (
        lambda: az.Tensor([1, 2]),
        TypeError,
        r"floats, got int64: write Tensor\(np\.asarray\(x, float\)\)",
    ),
    "peers integer number": (lambda: az.Tensor(3), TypeError, r"write Tensor\(3\.0\)"),
    "peers no seed for a vector": (
        lambda: (t() * 2.0).backward(),
        ValueError,
        r"shape \(2,\).*y\.sum\(\)\.backward\(\).*pass g",
    ),
    "peers seed of the wrong shape": (lambda: (t() * 2.0).backward(np.ones((3, 2))), ValueError, r"shape of y, \(2,\)"),
    "peers seed that would broadcast": (lambda: (t() * 2.0).backward(1.0), ValueError, r"shape of y, \(2,\)"),
    "peers copy of a graph": (lambda: copy.deepcopy(t() * 2.0), TypeError, "only leaves are copied"),
    "state in-place on a value that the sweep needs": (lambda: into(t(), 0, 1.0), TypeError, r"t\.at\[i\]\.set\(v\)"),
    "state in-place under no_grad": (az.no_grad()(lambda: into(t(), 0, 1.0)), TypeError, r"t\.at\[i\]\.set\(v\)"),
    "values a masked constant": (lambda: t() * np.ma.array([1.0, 2.0], mask=[0, 1]), TypeError, "no mask"),
}


test_refused_with_a_sentence = refused(REFUSED)


# ---- right ------------------------------------------------------------------------------------------------------

x32 = np.array([1.0, 2.0], np.float32)
both = lambda f, *xs: [np.asarray(g).tolist() for g in az.grad(f, range(len(xs)))(*xs)]  # noqa: E731
one = lambda f, *x: az.grad(f)(np.array(x)).tolist()  # noqa: E731

RIGHT = {
    "numpy-5 comparisons are masks": (lambda: np.where(t(-1.0, 2.0) > 0, 1.0, 0.0).tolist(), [0.0, 1.0]),
    "numpy-5 argmax is an index": (lambda: np.zeros(5)[np.argmax(t())], 0.0),
    "numpy-5 shape, ndim and size": (lambda: (np.shape(t()), np.ndim(t()), np.size(t())), ((2,), 1, 2)),
    "numpy-5 zeros_like is plain": (lambda: type(np.zeros_like(t())), np.ndarray),
    "numpy-5 allclose": (lambda: np.allclose(t(), [1.0, 2.0]), True),
    "numpy-6 sets and dicts": (lambda: len({t(), t()}), 2),
    "numpy-7 amax": (lambda: one(np.amax, 1.0, 2.0), [0.0, 1.0]),
    "numpy-7 amin": (lambda: one(np.amin, 1.0, 2.0), [1.0, 0.0]),
    "numpy-7 around": (lambda: one(lambda x: np.around(x).sum() + x.sum(), 1.4), [1.0]),
    "numpy-7 abs": (lambda: one(lambda x: np.abs(x).sum(), -1.4), [-1.0]),
    "numpy-7 true_divide": (lambda: one(lambda x: np.true_divide(x, 2.0).sum(), 1.0), [0.5]),
    "numpy-8 Python's sum": (lambda: one(lambda x: sum(x), 1.0, 2.0), [1.0, 1.0]),
    "numpy-8 Python's max": (lambda: one(lambda x: max(x), 1.0, 2.0), [0.0, 1.0]),
    "numpy-8 stack": (lambda: one(lambda x: np.stack([x, x * 2.0]).sum(), 1.0), [3.0]),
    "numpy-8 ndarray on the left": (lambda: one(lambda x: (np.ones((2, 2)) @ x).sum(), 1.0, 1.0), [2.0, 2.0]),
    "numpy-9 float32": (lambda: (az.Tensor(x32) * math.sqrt(2.0) + 1).dtype.name, "float32"),
    "numpy-10 rules of plain numbers": (lambda: one(lambda x: np.hypot(x, 4.0).sum(), 3.0), [0.6]),
    "numpy-11 a constant exponent costs no logarithm": (lambda: one(lambda x: (x**3).sum(), -2.0, 0.0), [12.0, 0.0]),
    "numpy-12 both ways to the same node": (lambda: (t() * 2.0).op is np.multiply(t(), 2.0).op, True),
    "peers ndarray * Tensor": (lambda: one(lambda x: np.sum(np.array([3.0, 4.0]) * x), 1.0, 1.0), [3.0, 4.0]),
    "peers norm of a zero vector": (lambda: one(np.linalg.norm, 0.0, 0.0), [0.0, 0.0]),
    "peers np.concatenate": (lambda: one(lambda x: (np.concatenate([x, x]) ** 2).sum(), 3.0), [12.0]),
    "values where(x > 0, sqrt(x), 0)": (
        lambda: one(lambda x: np.where(x > 0, np.sqrt(np.abs(x)), 0.0).sum(), -1.0, 0.0, 4.0),
        [0.0, 0.0, 0.25],
    ),
    "values where(x > 0, log(x), 0)": (
        lambda: one(np.errstate(all="ignore")(lambda x: np.where(x > 0, np.log(x), 0.0).sum()), -1.0, 0.0, 4.0),
        [0.0, 0.0, 0.25],
    ),
    "values where(x != 0, 1 / x, 0)": (
        lambda: one(np.errstate(all="ignore")(lambda x: np.where(x != 0, 1.0 / x, 0.0).sum()), 0.0, 2.0),
        [0.0, -0.25],
    ),
    "values std of a constant": (lambda: one(np.std, 2.0, 2.0, 2.0), [0.0, 0.0, 0.0]),
    "values product with one zero": (lambda: one(np.prod, 2.0, 0.0, 3.0), [0.0, 6.0, 0.0]),
    "values product with two zeros": (lambda: one(np.prod, 0.0, 0.0, 3.0), [0.0, 0.0, 0.0]),
    "values max of ties": (lambda: one(np.max, 1.0, 3.0, 3.0), [0.0, 0.5, 0.5]),
    "values maximum(a, a)": (lambda: one(lambda a: np.maximum(a, a).sum(), 1.0), [1.0]),
    "values maximum of ties": (lambda: both(np.maximum, 1.0, 1.0), [0.5, 0.5]),
    "values relu at 0": (lambda: one(lambda x: az.nn.relu(x).sum(), 0.0), [0.0]),
    "values abs at 0": (lambda: one(lambda x: np.abs(x).sum(), 0.0), [0.0]),
    "values clip at its bounds": (lambda: one(lambda x: np.clip(x, 1.0, 2.0).sum(), 1.0, 2.0, 2.5), [1.0, 1.0, 0.0]),
    "values 0 ** 0": (lambda: both(lambda a, b: a**b, 0.0, 0.0), [0.0, 0.0]),
    "values log_softmax at (1000, 0)": (
        lambda: az.jacobian(az.nn.log_softmax)(np.array([1000.0, 0.0])).tolist(),
        [[0.0, 0.0], [-1.0, 1.0]],
    ),
    "values log(-1)": (np.errstate(all="ignore")(lambda: math.isfinite(az.grad(np.log)(-1.0))), False),
    "values float32 variance of 1e8 + (0, 8, 16, 24)": (
        lambda: az.Tensor(np.float32(1e8) + np.array([0, 8, 16, 24], np.float32)).var().item(),
        80.0,
    ),
    "values float32 * 2.0 + 1": (lambda: (az.Tensor(x32) * 2.0 + 1).dtype.name, "float32"),
    "values negative strides": (
        lambda: (lambda x: ((x * np.arange(3.0)[::-1]).sum().backward(), x.grad.tolist())[1])(
            az.Tensor(np.ones(3)[::-1])
        ),
        [2.0, 1.0, 0.0],
    ),
    "values float16 mean over many": (
        lambda: (lambda x: (x.mean().backward(), float(x.grad[0]) > 0)[1])(az.Tensor(np.ones(70_000, np.float16))),
        True,
    ),
}


@every("case", RIGHT)
def test_right(case):
    program, expected = RIGHT[case]
    assert program() == expected


def test_state_a_tape_can_be_swept_twice():
    x = az.Tensor(2.0)
    y = x * x * x
    y.backward()
    x.grad = None
    y.backward()
    assert x.grad == 12.0


def test_state_sweeps_of_many_threads_into_one_leaf_are_all_counted():
    x = az.Tensor(np.zeros(3))
    threads = [threading.Thread(target=lambda: [(x * 1.0).sum().backward() for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_array_equal(x.grad, [200.0] * 3)


@pytest.mark.parametrize("magnitude", [1000.0, 1e30])
@pytest.mark.parametrize(
    "f", [np.tanh, az.nn.sigmoid, az.nn.softplus, az.nn.log_softmax, az.nn.softmax, az.primitives.reduction.logsumexp]
)
def test_values_and_gradients_stay_finite_at_large_arguments(f, magnitude):
    x = az.Tensor([magnitude, -magnitude, 0.0])
    y = f(x)
    y.sum().backward()
    assert np.isfinite(y.data).all() and np.isfinite(x.grad).all()
