"""Every operation has one name, and the page that lists them is what is generated."""

import inspect
from pathlib import Path

import numpy as np
import pytest

import autograd_zoo as az
from autograd_zoo.engine.functions import CONSTANT
from autograd_zoo.engine.rules import RULES
from autograd_zoo.program import table
from autograd_zoo.program.engines import engine_of
from autograd_zoo.program.names import OURS, name_of, numpy_function, operations
from autograd_zoo.program.traced import ACTING

DOCS = Path(__file__).parents[2] / "docs"


def test_no_two_operations_have_one_name():
    every = {op for op in {*OURS, *RULES, *CONSTANT} if ":" not in name_of(op)}  # without those of other tests
    assert len({name_of(op) for op in every}) == len(every) == sum(":" not in name for name in operations())
    assert all(operations()[name_of(op)] is op for op in every)


@pytest.mark.parametrize(
    ("op", "name"),
    [
        (np.tanh, "np.tanh"), (az.nn.tanh, "nn.tanh"), (np.linalg.inv, "np.linalg.inv"), (az.windows, "az.windows"),
        (np.abs, "np.absolute"), (az.primitives.reduction.mean, "az.mean"),
        (az.primitives.level.level, "az.level"), (np.mean, "np.mean"),
    ],
)  # fmt: skip
def test_names_tell_spaces_apart(op, name):
    assert name_of(op) == name


def test_an_operation_of_a_user_has_its_module_before_it():
    def cube(x):
        return x**3

    assert name_of(cube) == f"{__name__}:cube"


def test_numpy_s_functions_that_act_are_no_operations():
    assert all(numpy_function(f"np.{name}") is None for name in ACTING)
    assert numpy_function("np.fft.fft") is np.fft.fft and numpy_function("np.__doc__") is None


def signed():
    """Whether this NumPy says what its compiled functions take."""
    try:
        return bool(inspect.signature(np.ceil))
    except ValueError:
        return False


@pytest.mark.skipif(not signed(), reason="this NumPy does not say what its compiled functions take")
def test_the_page_is_what_is_generated():
    page = "\n".join(line for line in table.page().splitlines() if "`mine:" not in line)
    assert page.strip() == (DOCS / "operations.md").read_text(encoding="utf-8").strip(), "python docs/generated.py"


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("array_api_strict", 3),
        pytest.param("jax.numpy", 4, marks=pytest.mark.oracle),
        pytest.param("torch", 5, marks=pytest.mark.oracle),
    ],
)
def test_an_engine_has_the_rows_that_the_page_says(name, column, request):
    if name == "jax.numpy":
        request.getfixturevalue("jax")
    pytest.importorskip(name.partition(".")[0])
    from importlib import import_module

    engine = engine_of(import_module(name))
    for line in table.rows():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        assert (engine.rows(cells[0].strip("`")) is not None) == (cells[column] != "—"), line
