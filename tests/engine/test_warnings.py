"""NumPy's warnings name the user's line and not the engine's, each line once, and obey the user's filters."""

import re

import numpy as np
import pytest
from engine.support import python

import autograd_zoo as az

PROGRAM = """
import contextlib, io, warnings
warnings.resetwarnings()
import numpy as np, autograd_zoo as az
t, z = az.Tensor([-1.0]), az.Tensor(0.0)
lines = {lines}
said = io.StringIO()
with contextlib.redirect_stderr(said), {around}:
    for _ in range(2):
        for i, line in enumerate(lines):
            exec(compile("\\n" * (10 * i) + line, "user.py", "exec"))
print(said.getvalue())
"""
LINES = {  # a line, and what NumPy says of it
    "np.log(t)": "invalid value encountered in log",
    "np.sqrt(t) + 1.0": "invalid value encountered in sqrt",
    "t / 0.0": "divide by zero encountered in divide",
    "1.0 / z": "divide by zero encountered in",
    "z ** -1.0": "divide by zero encountered in",
    "t % 0.0": "invalid value encountered in remainder",
    "t * 1e300 * 1e300": "overflow encountered in multiply",
    "np.exp(-1e3 * t)": "overflow encountered in exp",
    "az.grad(np.log)(0.0)": "divide by zero encountered in log",
    "(lambda x: np.arcsin(x))(2.0 - t)": "invalid value encountered in arcsin",
}


def said(around="contextlib.nullcontext()"):
    """What the lines, each run twice, print to stderr under Python's own filters."""
    return python(PROGRAM.format(lines=list(LINES), around=around))


def test_a_warning_names_the_users_line_and_each_line_once():
    found = re.findall(r"^(.*?):(\d+): RuntimeWarning: (.*)$", said(), re.MULTILINE)
    assert [(file, int(line)) for file, line, _ in found] == [("user.py", 10 * i + 1) for i in range(len(LINES))]
    assert all(text.startswith(words) for (_, _, text), words in zip(found, LINES.values(), strict=True))


@pytest.mark.parametrize("around", ["np.errstate(all='ignore')", "warnings.catch_warnings(action='ignore')"])
def test_what_is_to_be_ignored_is_ignored(around):
    assert not said(around).strip()


def test_the_value_is_what_it_would_be_and_the_gradient_too():
    x = az.Tensor([-1.0, 0.0, 4.0])
    with pytest.warns(RuntimeWarning, match="encountered in log"):
        y = np.log(x)
    np.testing.assert_array_equal(y.data, [np.nan, -np.inf, np.log(4.0)])
    with np.errstate(all="ignore"):
        silent = np.log(x)
    for a, b in zip(az.gradient(y, [x], np.ones(3)), az.gradient(silent, [x], np.ones(3)), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("f", [np.log, lambda x: x / 0.0], ids=["a function", "an operator"])
def test_a_warning_that_is_an_error_is_explained(f):
    with pytest.raises(
        RuntimeWarning, match=r"(log|divide) of shapes \(1,\).*: (invalid value|divide by zero) encountered"
    ):
        f(az.Tensor([-1.0]))


def test_a_primitive_of_the_users_is_not_computed_twice():
    runs = []

    @az.primitive
    def noisy(x):
        runs.append(x)
        return np.log(x)

    az.defvjp(noisy, lambda g, y, x: g / x)
    with pytest.raises(RuntimeWarning, match="noisy of shapes"):
        noisy(az.Tensor([-1.0]))
    assert len(runs) == 1
