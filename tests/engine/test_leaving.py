"""Leaving the tape: what raises names first what keeps the gradient, then what reads the value; and both work."""

import cmath
import math
import statistics

import numpy as np
import pytest

import autograd_zoo as az

KEEPS = ["What keeps it: np.stack([t, u])", "np.exp(t)", "a @ t", "round(t, 2)", "out.at[i].set(t)"]
READS = ["What reads the value: t.data", "t.item()", "f'{t:.3f}'"]


def number():
    return az.Tensor(1.5)


def vector():
    return az.Tensor([1.5, 2.5])


def into(array, index, value):
    array[index] = value


def drawn(x):
    """What matplotlib's plot does to its arguments."""
    for attribute in ("to_numpy", "values"):
        if hasattr(x, attribute):
            return getattr(x, attribute)
    return np.atleast_1d(np.asarray(x, float))


LEAVES = {
    "np.array of Tensors": lambda: np.array([vector(), vector()]),
    "np.array of numbers and Tensors": lambda: np.array([[0.0, number()], [number(), 0.0]]),
    "np.asarray": lambda: np.asarray(vector(), np.float32),
    "ndarray.dot": lambda: np.eye(2).dot(vector()),
    "a row of an array": lambda: into(np.zeros((2, 2)), 0, vector()),
    "a mask of an array": lambda: into(np.zeros(2), np.array([True, True]), vector()),
    "plot": lambda: drawn(vector()),
    "plot of what was detached": lambda: drawn(vector().detach()),
    "assert_allclose": lambda: np.testing.assert_allclose(vector(), [1.5, 2.5]),
    "assert_array_equal": lambda: np.testing.assert_array_equal([1.5, 2.5], vector()),
    "a generator's mean": lambda: np.random.default_rng(0).normal(vector()),
    "float": lambda: float(number()),
    "complex": lambda: complex(number()),
    "int": lambda: int(number()),
    "range": lambda: range(number()),
    "an index of a list": lambda: [1, 2][number()],
    "math.exp": lambda: math.exp(number()),
    "math.hypot": lambda: math.hypot(number(), 1.0),
    "math.floor": lambda: math.floor(number()),
    "math.isclose": lambda: math.isclose(number(), 1.5),
    "cmath.exp": lambda: cmath.exp(number()),
    "math.fsum": lambda: math.fsum(vector()),
    "a percent sign": lambda: "%.3f" % number(),  # noqa: UP031
    "statistics": lambda: statistics.fmean([number(), 1.0]),
}


@pytest.mark.parametrize("leave", LEAVES.values(), ids=LEAVES)
def test_what_leaves_the_tape_names_what_keeps_the_gradient_and_then_what_reads_the_value(leave):
    with pytest.raises(TypeError, match="would take a Tensor off the tape without a word") as caught:
        leave()
    said = str(caught.value)
    places = [said.find(part) for part in (*KEEPS, *READS)]
    assert -1 not in places
    assert places == sorted(places)
    assert "detach" not in said


OUT = np.zeros((2, 2))
WORDS_OF_ITS_OWN = {  # a Tensor can be indexed, so NumPy takes it for a sequence
    "an element": lambda: into(OUT, (0, 1), number()),
    "an element of a vector": lambda: into(OUT[0], -1, number()),
    "fromiter": lambda: np.fromiter(vector(), float),
    "sum of an array from a Tensor": lambda: np.sum(OUT, initial=number()),
    "prod of an array from a Tensor": lambda: np.prod(OUT, initial=number()),
}


@pytest.mark.parametrize("leave", WORDS_OF_ITS_OWN.values(), ids=WORDS_OF_ITS_OWN)
def test_where_numpy_has_words_of_its_own_ours_are_the_cause(leave):
    with pytest.raises(ValueError, match="setting an array element") as caught:
        leave()
    assert all(part in str(caught.value.__cause__) for part in (*KEEPS, *READS))
    np.testing.assert_array_equal(OUT, np.zeros((2, 2)))


@pytest.mark.oracle
def test_other_libraries_are_given_the_data():
    torch = pytest.importorskip("torch")
    for convert, t in ((torch.as_tensor, vector()), (torch.tensor, number()), (torch.tensor, [number(), number()])):
        with pytest.raises(TypeError, match=r"torch\.(as_)?tensor\(t\).*t\.data"):
            convert(t)
    assert torch.tensor(vector().data).tolist() == [1.5, 2.5]


# What the messages name: it keeps the gradient ...

KEPT = {
    "np.stack": (lambda t: np.stack([t, 2.0 * t]).sum(), 3.0),
    "np.exp": (lambda t: np.exp(t).sum(), math.exp(1.5)),
    "a @ t": (lambda t: (np.array([[2.0]]) @ t[None]).sum(), 2.0),
    "at": (lambda t: (az.Tensor(np.zeros(3)).at[1].set(t) * [5.0, 7.0, 9.0]).sum(), 7.0),
    "round": (lambda t: round(t, 1) * t, 1.5),
    "round to an integer": (lambda t: round(t) * t, 2.0),
    "round of tens": (lambda t: round(t, -1) + t, 1.0),
}


@pytest.mark.parametrize(("f", "slope"), KEPT.values(), ids=KEPT)
def test_what_is_said_to_keep_the_gradient_keeps_it(f, slope):
    assert az.grad(f)(1.5) == pytest.approx(slope, rel=1e-15)


# ... or reads the value.

READ = {
    "data": (lambda t: float(t.data), 1.5),
    "item": (lambda t: math.exp(t.item()), math.exp(1.5)),
    "an f-string": (lambda t: f"{t:.3f}|{t:>6.1f}|{t:e}", "1.500|   1.5|1.500000e+00"),
    "format": (lambda t: format(t, ".2f") + "{:.1f}".format(t), "1.501.5"),  # noqa: UP032
    "a bare f-string": (lambda t: f"{t}", "Tensor(1.5)"),
    "bool": (lambda t: bool(t), True),
    "a comparison": (lambda t: bool(t > 1.0), True),
}


@pytest.mark.parametrize(("read", "wanted"), READ.values(), ids=READ)
def test_what_is_said_to_read_the_value_reads_it(read, wanted):
    assert read(number()) == wanted


@pytest.mark.parametrize("digits", [None, 0, 1, 2, -1, np.int64(1)])
@pytest.mark.parametrize("values", [1.567, [1.25, -2.35], [[25.0], [-35.0]], []])
def test_round_is_numpys_and_a_tensor(values, digits):
    t = az.Tensor(np.array(values, float))
    y = round(t, digits) if digits is not None else round(t)
    assert isinstance(y, az.Tensor)
    np.testing.assert_array_equal(y.data, np.round(t.data, digits or 0), strict=True)
    np.testing.assert_array_equal(az.gradient(y, [t], np.ones(y.shape))[0], np.zeros(t.shape))
