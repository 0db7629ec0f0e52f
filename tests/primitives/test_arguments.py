"""Odd but valid arguments: what is recorded can be swept, and has NumPy's value and the differences' gradient."""

from itertools import product

import numpy as np
import pytest
from differences import directional
from every import every

import autograd_zoo as az

ARRAYS = {
    "number": np.array(1.57),
    "vector": np.array([0.53, 1.57, 2.41]),
    "matrix": np.array([[0.4, 0.6, 1.14], [1.54, 1.74, 1.86]]),
}
INTEGERS = [
    0,
    1,
    -1,
    np.int64(1),
    np.uint8(1),
    np.int8(-1),
    True,
    np.True_,
    np.array(1),
    np.array([1]),
    1.0,
    np.float64(1),
]
SEVERAL = [(0,), [0], (0, 1), [0, 1], np.array([0, 1]), np.array([0, 1], np.uint8), (True, False), (1, 0), (0, 0)]
ODD = [*INTEGERS, *SEVERAL, (np.int64(0),), (-1,), (1.0, 0.0), (), [], ((0, 1),), None, "1", 1.5, -2]
FEW = [0, 1, np.True_, np.uint8(1), (0,), [0, 1], None, 1.0]
ONE = [
    *(np.expand_dims, np.transpose, np.roll, np.repeat, np.tril, np.triu, np.diagflat, np.diagonal, np.trace, np.diff),
    *(np.rot90, np.take, np.tile, np.broadcast_to, np.reshape, np.split, np.array_split, np.hsplit, np.diag, np.pad),
    *(np.rollaxis, np.power, np.flip, np.squeeze, az.windows),
]
ALONG = [
    *(np.sum, np.mean, np.var, np.std, np.prod, np.max, np.min, np.amax, np.cumsum, np.cumprod, np.ptp, np.average),
    *(np.sort, np.linalg.norm, np.linalg.vector_norm, az.logsumexp, np.flip, np.squeeze),
]
TWO = [
    *(np.swapaxes, np.moveaxis, np.roll, np.repeat, np.take, np.diff, np.rot90, np.diagonal, np.trace, np.rollaxis),
    *(np.average, np.split),
]
OPTIONS = [
    *product((np.sum, np.mean, np.var, np.std, np.prod, np.max, az.logsumexp), ("keepdims",)),
    *product((np.var, np.std), ("ddof", "correction")),
    *product((np.nan_to_num,), ("nan", "posinf")),
    *product((np.rot90,), ("axes",)),
    *product((np.average,), ("weights",)),
]


def label(f):
    return f.__name__


def calls():
    """The function that a call tests, how it is written, and the call as a function of the array."""
    for f, a in product(ONE, ODD):
        yield f, f"x, {a!r}", lambda x, f=f, a=a: f(x, a)
    for f, a in product(ALONG, ODD):
        yield f, f"x, axis={a!r}", lambda x, f=f, a=a: f(x, axis=a)
    for f, a, b in product(TWO, FEW, FEW):
        yield f, f"x, {a!r}, {b!r}", lambda x, f=f, a=a, b=b: f(x, a, b)
    for (f, name), a in product(OPTIONS, ODD):
        yield f, f"x, {name}={a!r}", lambda x, f=f, name=name, a=a: f(x, **{name: a})
    for f, a in product((np.concatenate, np.stack), ODD):
        yield f, f"[x, x], {a!r}", lambda x, f=f, a=a: f([x, x], a)
    for a in ODD:
        yield np.tensordot, f"x, x, {a!r}", lambda x, a=a: np.tensordot(x, x, a)
        yield np.pad, f"x, {a!r}, 'wrap'", lambda x, a=a: np.pad(x, a, "wrap")
        yield np.pad, f"x, 1, constant_values={a!r}", lambda x, a=a: np.pad(x, 1, constant_values=a)


BY_FUNCTION = {}
for f, text, call in calls():
    BY_FUNCTION.setdefault(f, []).append((text, call))


def joined(y):
    """The parts of a result as one vector."""
    if isinstance(y, (tuple, list)):
        return np.concatenate([joined(part) for part in y])
    return np.ravel(y)


def outcome(f, x):
    """The value, or None where the call is refused."""
    try:
        return joined(f(x))
    except (TypeError, ValueError, IndexError, ZeroDivisionError, AttributeError, OverflowError):
        return None


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("f", BY_FUNCTION, ids=label)
def test_what_is_recorded_can_be_swept(f):
    recorded = 0
    for (text, call), (name, array) in product(BY_FUNCTION[f], ARRAYS.items()):
        x = az.Tensor(array)
        y, wanted = outcome(call, x), outcome(call, array.copy())
        if not isinstance(y, az.Tensor):
            continue
        recorded += 1
        weights = np.cos(np.arange(y.size))
        found = az.gradient((y * weights).sum(), [x])[0]  # whatever was accepted
        if wanted is None or not np.isfinite(y.data).all():
            continue  # a list for a tuple, say
        np.testing.assert_allclose(y.data, wanted, rtol=1e-12, err_msg=f"{text} of a {name}")
        direction, size = np.sin(1.0 + np.arange(array.size)).reshape(array.shape), np.abs(joined(wanted) @ weights)
        expected = directional(lambda x, call=call: joined(call(np.asarray(x))), [array], [direction], 1e-6) @ weights
        np.testing.assert_allclose(
            np.sum(found * direction), expected, rtol=1e-5, atol=1e-8 * (size + 1.0), err_msg=f"{text} of a {name}"
        )
    assert recorded


V, M = ARRAYS["vector"], ARRAYS["matrix"]
EMPTY = np.zeros((0, 2))
ACCEPTED = {  # a call, and the array that it is taken of; NumPy's value is the truth
    "diff of order 0 with an edge": (lambda x: np.diff(x, n=0, prepend=1.0, append=x), V),
    "choose with a Tensor last": (lambda x: np.choose([0, 1, 0], [np.ones(3), x]), V),
    "choose among one": (lambda x: np.choose([0, 0, 0], [x]), V),
    "choose among one, broadcast": (lambda x: np.choose([[0], [0]], [x]), V),
    "choose clipped": (lambda x: np.choose([-4, 1, 7], [x, 2.0 * x], mode="clip"), V),
    "choose wrapped": (lambda x: np.choose([-4, 1, 7], [x, 2.0 * x], mode="wrap"), V),
    "choose by truth values": (lambda x: np.choose([True, False, True], [x, 2.0 * x]), V),
    "multi_dot with no rows": (lambda x: np.linalg.multi_dot([x, np.ones((3, 0)), EMPTY]), M),
    "multi_dot of nothing": (lambda x: np.linalg.multi_dot([x, np.ones((3, 2)), np.ones((2, 0))]), M),
    "multi_dot ending with a vector": (lambda x: np.linalg.multi_dot([x, np.ones((3, 2)), np.ones(2)]), M),
    "vector_norm over no axes": (lambda x: np.linalg.vector_norm(x, axis=()), M),
    "vector_norm over no axes, kept": (lambda x: np.linalg.vector_norm(x, axis=(), keepdims=True), M),
    "norm along a truth value": (lambda x: np.linalg.norm(x, axis=np.True_), M),
    "pad by a dict": (lambda x: np.pad(x, {-1: (1, 2)}), M),
    "pad by a dict of numbers": (lambda x: np.pad(x, {0: 1, 1: (0, 2)}, mode="edge"), M),
    "pad of a number": (lambda x: np.pad(x, 3), np.array(1.5)),
    "transpose by a number": (lambda x: np.transpose(x, 0), V),
    "roll by a truth value": (lambda x: np.roll(x, True), V),
    "roll by an unsigned number": (lambda x: np.roll(x, np.uint8(1)), V),
    "roll by part of a step": (lambda x: np.roll(x, -1.5), V),
    "repeat by a float": (lambda x: np.repeat(x, 2.0), V),
    "repeat by a truth value": (lambda x: np.repeat(x, True), V),
    "repeat of a number along an axis": (lambda x: np.repeat(x, 2, axis=0), np.array(1.5)),
    "take from a number along an axis": (lambda x: np.take(x, [0, 0], axis=0), np.array(1.5)),
    "take nothing": (lambda x: np.take(x, ()), V),
    "take by floats": (lambda x: np.take(x, [2.0, 0.0]), V),
    "tile by a truth value": (lambda x: np.tile(x, True), V),
    "split into a float": (lambda x: np.split(x, 3.0)[1], V),
    "diagflat off by a truth value": (lambda x: np.diagflat(x, np.True_), V),
    "rot90 by a small integer": (lambda x: np.rot90(x, np.int8(1)), M),
    "tensordot over a counted axis": (lambda x: np.tensordot(x, np.ones((3, 2)), np.array(1)), M),
    "average along axes in an array": (lambda x: np.average(x, axis=np.array([0, 1])), M),
    "sum from a number": (lambda x: np.sum(x, initial=1.0), M),
    "sum where nothing is": (lambda x: np.sum(x, where=False), M),
    "max from zero": (lambda x: np.max(x, initial=False), M),
    "mean in a dtype by place": (lambda x: np.mean(x, 0, x.dtype), M),
    "sum everywhere": (lambda x: np.sum(x, 0, where=True), M),
    "mean with all its arguments by place": (lambda x: np.mean(x, 0, None, None, True), M),
    "var with all its arguments by place": (lambda x: np.var(x, -1, None, None, 1, True), M),
    "ptp with all its arguments by place": (lambda x: np.ptp(x, 0, None, True), M),
    "concatenate by the usual casting": (lambda x: np.concatenate([x, x], casting="_".join(["same", "kind"])), M),
    "sort along a truth value": (lambda x: np.sort(x, axis=True), M),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@every("name", ACCEPTED)
def test_what_numpy_accepts_is_recorded_with_its_value_shape_and_dtype(name, dtype):
    f, array = ACCEPTED[name]
    array = array.astype(dtype)
    try:
        wanted = f(array)
    except (TypeError, Warning) as refusal:
        pytest.skip(f"this NumPy does not: {refusal}")
    x = az.Tensor(array)
    y = f(x)
    np.testing.assert_allclose(y.data, wanted, rtol=1e-6 if dtype == np.float32 else 1e-14, strict=True)
    g = np.cos(np.arange(y.size)).reshape(y.shape)
    pulled = az.gradient(y, [x], g)[0]
    direction = np.sin(1.0 + np.arange(array.size)).reshape(array.shape)
    wide = array.astype(float)
    expected = np.sum(directional(f, [wide], [direction], 1e-6) * g)
    np.testing.assert_allclose(np.sum(pulled * direction), expected, rtol=1e-5, atol=1e-6)


REFUSED = {  # at once, when it is called
    "roll by nothing": (lambda x: np.roll(x, None), TypeError, "NoneType"),
    "rot90 by part of a turn": (lambda x: np.rot90(x, 1.5), TypeError, "an integer is needed, got 1.5"),
    "tile by part of a copy": (lambda x: np.tile(x, 1.5), TypeError, "an integer is needed, got"),
    "var with several ddof": (lambda x: np.var(x, ddof=[0]), TypeError, r"ddof= must be a number, got \(0,\)"),
    "std with an array": (lambda x: np.std(x, correction=np.zeros(1)), TypeError, "correction= must be a number"),
    "repeat along no axis": (lambda x: np.repeat(x, 2, axis=()), TypeError, "repeat"),
    "concatenate along no axis": (lambda x: np.concatenate([x, x], ()), TypeError, "concatenate"),
    "matrix_power of no square": (lambda x: np.linalg.matrix_power(x, 0), np.linalg.LinAlgError, r"square.*\(2, 3\)"),
    "norm of several orders": (lambda x: np.linalg.norm(x, (2,), 0), ValueError, r"or a number p, got \(2,\)"),
    "choose out of range": (
        lambda x: np.choose([0, 5], [x[0, :2], x[1, :2]]),
        ValueError,
        "from 0 to 1, or any with mode",
    ),
    "choose in no mode": (lambda x: np.choose([0, 1], [x[0, :2], x[1, :2]], mode="no"), ValueError, "mode='no'"),
    "sum from a Tensor": (lambda x: np.sum(x, initial=x[0, 0]), TypeError, "initial= has no rule"),
    "clip where nothing is": (lambda x: np.clip(x, 0.0, 1.0, where=False), TypeError, "where= is not recorded"),
    "mean in integers": (lambda x: np.mean(x, 0, int), TypeError, "an array or NumPy number of floats, got int64"),
    "ptp into an array by place": (lambda x: np.ptp(x, 0, np.zeros(3)), TypeError, "out= is not recorded"),
    "mean with one argument too many": (lambda x: np.mean(x, 0, None, None, True, 1), TypeError, "positional arg"),
    "var with both names": (lambda x: np.var(x, ddof=1, correction=1), ValueError, "two names of one number"),
    "blocks as a matrix": (lambda x: np.bmat([[x, x]]), TypeError, "off the tape without a word"),
}


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("name", REFUSED)
def test_what_makes_no_sense_is_refused_when_it_is_called(name):
    f, error, text = REFUSED[name]
    with pytest.raises(error, match=text):
        f(az.Tensor(M))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("weights", [None, [1, 2], [1.0, 2.0], np.array([1, 2], np.float32)], ids=str)
@pytest.mark.parametrize("keepdims", [False, True])
def test_the_sum_of_weights_has_numpys_dtype_and_shape(dtype, weights, keepdims):
    array = M.astype(dtype)
    for axis in (0, (0,), None) if weights is None else (0,):
        found = np.average(az.Tensor(array), axis, weights, returned=True, keepdims=keepdims)
        wanted = np.average(array, axis, weights, returned=True, keepdims=keepdims)
        for a, b in zip(found, wanted, strict=True):
            np.testing.assert_allclose(getattr(a, "data", a), b, rtol=2e-3 if dtype == np.float16 else 1e-6)
            assert a.dtype == b.dtype


FAR = [np.inf, -np.inf, 1e200, -1e200, 3e-200]


@pytest.mark.parametrize("b", FAR)
@pytest.mark.parametrize("a", [0.5, -0.5, 2.0, 1e10])
@pytest.mark.parametrize("swapped", [False, True])
def test_the_angle_of_a_point_far_away_does_not_move(a, b, swapped):
    """∂/∂a and ∂/∂b are b/(a² + b²) and −a/(a² + b²): 0 where either is infinite, and no overflow on the way."""
    x = np.array([b, a] if swapped else [a, b])
    found = az.grad(lambda x: np.arctan2(x[0], x[1]))(x)
    m = np.abs(x).max()
    unit = x / m if np.isfinite(m) else np.where(np.isinf(x), np.sign(x), 0.0)
    np.testing.assert_allclose(found, np.array([unit[1], -unit[0]]) / (unit @ unit) / m, rtol=1e-14)
    if np.abs(x).max() > 1e100:  # nearer than that a second derivative is not 0
        np.testing.assert_array_equal(np.abs(az.hessian(lambda x: np.arctan2(x[0], x[1]))(x)), np.zeros((2, 2)))
