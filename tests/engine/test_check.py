"""The checker is checked: every wrong rule must be caught, and named for what it is; right ones must pass."""

import re

import numpy as np
import pytest
from engine.check_table import op as operation
from engine.check_table import raw

import autograd_zoo as az
from autograd_zoo.engine.check import differences


class Clock:
    """A rule that is right up to its last digit, and another one at each call."""

    def __init__(self):
        self.ticks = 0

    def __call__(self, g, y, x):
        self.ticks += 1
        return g * 2.0 * x * (1.0 + 2.3e-16 * self.ticks)


def spoils_its_input(g, y, x):
    result = g * 2.0 * x
    x += 1e-9
    return result


V = np.array([0.3, -1.2, 0.8, 2.0])
M = np.array([[0.3, -1.2, 0.5], [0.8, 2.0, -0.7], [1.4, -0.4, 0.9]])
C = np.array([[2.0, 0.5, 1.0], [-1.0, 3.0, 0.2], [0.7, -0.6, 1.5]])

square = lambda x: x * x  # noqa: E731
cube_slope = operation(lambda x: 3.0 * x * x, lambda g, y, x: g * 6.0 * raw(x))

MUTANTS = {  # name: (operation, inputs, order at which it is caught, what the message says)
    "factor": (operation(square, lambda g, y, x: g * x), [V], 1, r"factor is wrong: the tape is 0\.5 times"),
    "sign": (operation(square, lambda g, y, x: -2.0 * g * x), [V], 1, "sign is wrong"),
    "sign of one input": (
        operation(lambda a, b: a - b, lambda g, y, a, b: g, lambda g, y, a, b: g),
        [V, V + 1.0],
        1,
        r"argument 1, .*sign is wrong",
    ),
    "sum for mean": (
        operation(lambda x: np.mean(x), lambda g, y, x: np.broadcast_to(g, x.shape)),
        [V],
        1,
        r"the tape is 4 times .*a sum for a mean\?",
    ),
    "transposed": (operation(lambda x: x @ C, lambda g, y, x: C @ np.swapaxes(g, 0, 1)), [M], 1, "transposed"),
    "transposed factor": (operation(lambda x: x @ C, lambda g, y, x: g @ C), [M], 1, "A factor is transposed"),
    "missing term": (
        operation(lambda x: x * np.sin(x), lambda g, y, x: g * np.sin(x)),
        [V],
        1,
        "A term is missing, or too many",
    ),
    "one term too many": (
        operation(lambda x: np.sin(x), lambda g, y, x: g * (np.cos(x) + 1e-5 * x)),
        [V],
        1,
        "A term is missing, or too many",
    ),
    "wrong in one element only": (
        operation(square, lambda g, y, x: g * 2.0 * x * np.array([1.0, 1.0, 1.0, 1.001])),
        [V],
        1,
        r"index \(3,\)",
    ),
    "wrong axis": (
        operation(lambda x: np.sum(x, axis=0), lambda g, y, x: np.broadcast_to(np.expand_dims(g, 1), x.shape)),
        [M],
        1,
        "transposed",
    ),
    "wrong shift": (
        operation(lambda x: np.roll(x, 1), lambda g, y, x: np.roll(g, 1)),
        [V],
        1,
        "right numbers stand in the wrong places",
    ),
    "flipped": (operation(lambda x: np.flip(x) * 1.0, lambda g, y, x: g), [V], 1, "flipped"),
    "cotangents mixed up": (
        operation(lambda x: x * 3.0, lambda g, y, x: np.broadcast_to(np.mean(g) * 3.0, x.shape)),
        [V],
        1,
        "A term is missing",
    ),
    "cotangent taken in memory order": (
        operation(lambda x: x * 3.0, lambda g, y, x: 3.0 * np.reshape(raw(g).ravel(order="K"), x.shape)),
        [M],
        1,
        "transposed",
    ),
    "cotangent forgotten": (operation(square, lambda g, y, x: 2.0 * x), [V], 1, "does not use its cotangent g"),
    "zero": (operation(square, lambda g, y, x: g * 0.0), [V], 1, "gradient is zero: was the value computed outside"),
    "not a number": (
        operation(square, np.errstate(all="ignore")(lambda g, y, x: g * 2.0 * x * x / x)),
        [np.array([1.0, 0.0])],
        1,
        r"not finite: az\.detect_anomaly",
    ),
    "mean for the sum of what was broadcast": (
        operation(lambda a: a * np.ones((5, 1)), lambda g, y, a: np.mean(g, axis=0)),
        [V],
        1,
        r"factor is wrong: the tape is 0\.2 times",
    ),
    "tiny values, wrong factor": (operation(lambda x: 1e-5 * x * x, lambda g, y, x: g * 1e-5 * x), [V], 1, "factor"),
    "right at order 1 only, by its input": (
        operation(square, lambda g, y, x: g * 2.0 * raw(x)),
        [V],
        2,
        "written with something that is not recorded",
    ),
    "right at order 1 only, by its output": (
        operation(lambda x: np.tanh(x), lambda g, y, x: g * (1.0 - raw(y) ** 2)),
        [V],
        2,
        "written with something that is not recorded",
    ),
    "right at order 1 only, by its cotangent": (
        operation(lambda x: np.sin(x), lambda g, y, x: raw(g) * np.cos(x)),
        [V],
        2,
        "written with something that is not recorded",
    ),
    "right at order 2 only": (
        operation(lambda x: x * x * x, lambda g, y, x: g * cube_slope(x)),
        [V],
        3,
        "not recorded",
    ),
    "another result at every call": (operation(square, Clock()), [V], 1, "two sweeps of one tape gave different"),
}

BROKEN = {  # name: (operation, inputs, the engine's own error, what it says)
    "the sum over broadcast axes is dropped": (
        operation(lambda a: a * np.ones((5, 1)), lambda g, y, a: g),
        [V],
        ValueError,
        r"returned a gradient of shape \(5, 4\) for an input of shape \(4,\)",
    ),
    "the sum over broadcast axes is dropped, of length 1": (
        operation(lambda a, b: a * b, lambda g, y, a, b: g * b, lambda g, y, a, b: g * a),
        [V, V[:1]],
        ValueError,
        r"shape \(4,\) for an input of shape \(1,\)",
    ),
    "a shape that no broadcasting explains": (
        operation(lambda a, b: a * b, lambda g, y, a, b: g[:2], lambda g, y, a, b: g * a, broadcasts=True),
        [V, V],
        ValueError,
        r"shape \(2,\) for an input of shape \(4,\)",
    ),
    "an axis too few": (operation(lambda x: x * 1.0, lambda g, y, x: g[0]), [M], ValueError, r"\(3,\) .* \(3, 3\)"),
    "float32": (
        operation(square, lambda g, y, x: (g * 2.0 * x).astype(np.float32)),
        [V],
        TypeError,
        "gradient of float32 for an input of float64",
    ),
    "complex": (
        operation(square, lambda g, y, x: g * (2.0 + 0j) * x),
        [V],
        TypeError,
        "got ndarray complex128",
    ),
    "an input is changed": (
        operation(square, spoils_its_input),
        [V],
        ValueError,
        "input 0 writes into x, at",
    ),
    "an error": (operation(square, lambda g, y, x: g / None), [V], TypeError, "unsupported operand"),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_wrong_rule_is_caught_and_named(mutant):
    op, inputs, order, message = MUTANTS[mutant]
    with pytest.raises(az.GradientError, match=f"(?s)^order {order}, argument.*{message}" if order > 1 else message):
        az.check_gradients(op, *inputs, order=max(order, 2))
    if order > 1:
        az.check_gradients(op, *inputs, order=order - 1)


@pytest.mark.parametrize("mutant", BROKEN)
def test_a_broken_rule_is_refused_by_the_sweep_which_names_it(mutant):
    op, inputs, error, message = BROKEN[mutant]
    with pytest.raises(error, match=message) as caught:
        az.check_gradients(op, *inputs)
    assert "<lambda>" in f"{caught.value} {getattr(caught.value, '__notes__', '')}"


RIGHT = {
    "sum": (np.sum, [M]),
    "several arguments": (lambda a, b, c: np.tanh(a @ b) * c, [M, C, np.array(0.7)]),
    "no axes": (lambda a: a**3, [1.5]),
    "no elements": (lambda a: a * a, [np.zeros((0, 3))]),
    "no dependence": (lambda a, b: a * a, [V, V]),
    "linear": (lambda a: 3.0 * a, [V]),
    "constant in pieces": (np.sign, [V]),
    "large values": (lambda a: 1e6 + np.sin(a), [V]),
    "small values": (lambda a: 1e-9 * np.sin(a), [V]),
    "large arguments": (np.log, [1e4 * np.abs(V)]),
    "a Tensor as argument": (np.exp, [az.Tensor(V)]),
    "any layout": (np.sin, [np.broadcast_to(M[0], M.shape), M.T, M[::-1, ::2]][1:2]),
    "a number": (np.cos, [0.5]),
    "a list": (np.cos, [[0.5, 1.0]]),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_rule_passes_at_three_orders(name):
    f, xs = RIGHT[name]
    rows = az.check_gradients(f, *xs, order=3)
    assert [(row.order, row.argument) for row in rows] == [(k, i) for k in (1, 2, 3) for i in range(len(xs))]
    assert all(row.error <= 1e-7 for row in rows)


def test_the_report_names_the_worst_element_and_both_numbers():
    op = operation(lambda x: x * 1.0, lambda g, y, x: g * np.array([[1.0, 1.0], [1.0, 4.0]]))
    with pytest.raises(az.GradientError, match=r"^order 1, argument 0, index \(1, 1\): the tape says") as caught:
        az.check_gradients(op, np.ones((2, 2)))
    tape, expected = map(float, re.search(r"tape says (\S+), differences say (\S+),", str(caught.value)).groups())
    assert tape == pytest.approx(4.0 * expected)


def test_a_large_argument_is_sampled():
    calls = []

    def f(x):
        calls.append(x)
        return (x * x).sum()

    az.check_gradients(f, np.linspace(1.0, 2.0, 5000), order=1, most=7)
    assert len(calls) < 40


def test_a_check_can_be_repeated_and_leaves_its_arguments_alone():
    x = V.copy()
    rows = [az.check_gradients(np.sin, x), az.check_gradients(np.sin, x)]
    assert rows[0] == rows[1]
    np.testing.assert_array_equal(x, V)
    other = az.check_gradients(np.sin, x, rng=np.random.default_rng(7))
    assert other[0].tape != rows[0][0].tape


def test_a_check_records_whatever_the_mode():
    with az.no_grad():
        assert len(az.check_gradients(np.sin, V)) == 2


@pytest.mark.parametrize("x", [np.array([1, 2]), 3, np.array([True]), 1j, "x", None, [[1.0], [None]]])
def test_anything_but_floats_is_refused(x):
    with pytest.raises(
        TypeError, match=r"argument 1 must be an array of floats, got .*: write np\.asarray\(x, float\)"
    ):
        az.check_gradients(np.add, np.ones(2), x)


def test_a_rule_that_changes_its_argument_is_not_passed():
    with pytest.raises((az.GradientError, ValueError), match=r"two sweeps of one tape|read-only|wrote into"):
        az.check_gradients(operation(square, spoils_its_input), V)


def test_a_function_that_leaves_the_tape_is_refused():
    with pytest.raises(TypeError, match="must return a Tensor, got ndarray"):
        az.check_gradients(lambda x: x.data * 2.0, V)
    with pytest.raises(az.GradientError, match="gradient is zero: was the value computed outside the tape"):
        az.check_gradients(lambda x: x.detach() * 2.0, V)
    with pytest.raises(ValueError, match="order must be 1 or more, got 0"):
        az.check_gradients(np.sin, V, order=0)


def test_the_differences_themselves():
    x = np.array([0.3, 1.0, 2.5, -4.0])
    for f, df in (
        (np.sin, np.cos),
        (np.exp, np.exp),
        (lambda x: x**4, lambda x: 4.0 * x**3),
        (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    ):
        np.testing.assert_allclose(differences(lambda z, f=f: float(f(z).sum()), x), df(x), rtol=1e-9, atol=1e-10)
