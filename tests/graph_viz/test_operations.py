"""The table of operations: it has all of them, and says what is true of them as NumPy computes them."""

import re

import numpy as np
import pytest
from every import every
from table.activation import POINTWISE

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn
from autograd_zoo.engine.rules import RULES, label
from autograd_zoo.engine.sweep import freed
from autograd_zoo.primitives import special
from graph_viz import operations
from graph_viz.operations import OPERATIONS

OURS = ("numpy", "autograd_zoo")
PACKAGE = [op for op in RULES if isinstance(op, np.ufunc) or (getattr(op, "__module__", None) or "").startswith(OURS)]
SCIPYS = {"psi" if name == "digamma" else name for name in special.UFUNCS}  # which are there once one was met
NEWER = {op for op in ("matvec", "vecmat") if not hasattr(np, op)}  # than the NumPy that is installed


def test_every_operation_has_a_row_and_every_row_an_operation():
    """Of a fused module there is a row if it is not written as its name: whether it is elementwise the engine knows."""
    needed = {label(op) for op in PACKAGE if op is not freed and not RULES[op].composed}
    assert needed <= OPERATIONS.keys()
    assert OPERATIONS.keys() - NEWER - SCIPYS <= set(map(label, PACKAGE))
    assert operations.Operation() not in OPERATIONS.values()


def test_an_operation_that_nobody_knows_is_written_as_its_name():
    @az.primitive
    def my_own(x):
        return x * 2.0

    az.defvjp(my_own, lambda g, y, x: g * 2.0)
    text = graph_viz.draw(my_own(az.Tensor([1.0, 2.0], name="x")).named("y"))
    assert "- y = my_own(x), output, 2" in text.describe() and ">my_own<" in text.svg()
    assert operations.of("my_own") == operations.of(None) == operations.Operation()


def arity(op):
    row = RULES[op]
    if label(op) in ("prelu", "dropout"):
        return 2
    return len(row.rules) if isinstance(row.rules, tuple) else 1


def called(op, *arrays):
    more = {"sinc_derivative": {"n": 1}, "i0_derivative": {"n": 1}, "cast": {"dtype": np.float32}, "root": {"p": 2.0}}
    return op(*arrays, **more.get(label(op), {}))


@every("op", [op for op in PACKAGE if operations.elementwise(op) and op is not special.polygamma], ids=label)
def test_what_is_elementwise_computes_each_element_from_the_same_elements(op):
    x = np.array([1.2, 1.5, 1.9, 2.6])
    whole = [x, x[::-1] + 0.3, x + 2.0][: arity(op)]
    if label(op) == "where":
        whole[0] = np.array([True, False, True, False])
    with np.errstate(all="ignore"):
        alone = np.concatenate([called(op, *(a[k : k + 1] for a in whole)) for k in range(4)])
        np.testing.assert_allclose(called(op, *whole), alone, rtol=1e-6)


@every("op", [op for op in PACKAGE if isinstance(op, np.ufunc) and op.nin == 2 and op.signature is None], ids=label)
def test_what_is_commutative_is_so_and_nothing_else(op):
    a, b = np.array([1.5, -2.5, 3.0, 0.25]), np.array([2.0, 0.5, -1.25, 4.0])
    with np.errstate(all="ignore"):
        assert np.array_equal(op(a, b), op(b, a), equal_nan=True) == operations.of(label(op)).commutative


X = np.arange(12.0).reshape(3, 4)
MOVED = {
    "reshape": lambda x: x.reshape(2, 6), "expand_dims": lambda x: np.expand_dims(x, 0),
    "squeeze": lambda x: np.squeeze(x[None]), "swapaxes": lambda x: x.swapaxes(0, 1),
    "moveaxis": lambda x: np.moveaxis(x, 0, 1), "transpose": lambda x: x.T, "flip": np.flip, "rot90": np.rot90,
    "roll": lambda x: np.roll(x, 1), "broadcast_to": lambda x: np.broadcast_to(x, (2, 3, 4)),
    "tile": lambda x: np.tile(x, 2), "repeat": lambda x: x.repeat(2), "getitem": lambda x: x[1:],
    "take": lambda x: np.take(x, [0, 5]), "diagonal": np.diagonal,
    "take_along_axis": lambda x: np.take_along_axis(x, np.array([[0], [1], [2]]), 1),
}  # fmt: skip


def test_what_moves_elements_is_known():
    assert MOVED.keys() == {name for name, row in OPERATIONS.items() if row.role != "computes"}


@every("name", MOVED)
def test_what_moves_elements_changes_none_and_a_shape_that_says_all_is_not_said_twice(name):
    y = MOVED[name](az.Tensor(X, name="x"))
    assert label(y.op) == name and np.isin(y.data, X).all()
    figure = graph_viz.draw(y).figure
    box = next(box for box in figure.view if box.op == name)
    static, rows = box.params, figure.captions[box.key].rows
    silent = operations.of(name).role == "reshapes" or name in ("swapaxes", "transpose", "getitem")
    assert any("=" in row.text for row in rows) == (bool(static) and not silent)


# ---- disagreements that one table has decided ----------------------------------------------------------------------

COLUMN, ROW = np.ones((3, 1)) + 0.5, np.ones((1, 4)) + 0.25
STRETCHED = {
    "add": np.add, "maximum": np.maximum, "hypot": np.hypot, "arctan2": np.arctan2, "fmin": np.fmin, "fmod": np.fmod,
    "logaddexp2": np.logaddexp2, "copysign": np.copysign, "float_power": np.float_power,
}  # fmt: skip


def labels(y):
    return re.findall(r'xlabel="([^"]*)"', graph_viz.draw(y).source)


@every("name", STRETCHED)
def test_a_line_says_that_its_values_are_stretched_whatever_the_operation(name):
    y = STRETCHED[name](az.Tensor(COLUMN, name="a"), az.Tensor(ROW, name="b"))
    assert labels(y) == ["↔ 3×1", "↔ 1×4"]


def test_so_it_does_for_an_operation_of_a_user():
    @az.primitive(broadcasts=True)
    def weighted(a, b):
        return a * b

    az.defvjp(weighted, lambda g, y, a, b: g * b, lambda g, y, a, b: g * a)
    assert labels(weighted(az.Tensor(COLUMN), az.Tensor(ROW))) == ["↔ 3×1", "↔ 1×4"]


@pytest.mark.parametrize(
    "run",
    [
        lambda: az.Tensor(COLUMN) @ az.Tensor(ROW),
        lambda: np.linalg.solve(np.eye(2) + az.Tensor(np.eye(2)), az.Tensor(np.ones((2, 3)))),
        lambda: az.Tensor(np.zeros(4)).at[1:3].set(az.Tensor(np.ones(1))),
        lambda: np.sum(az.Tensor(X), axis=0),
    ],
)
def test_what_is_not_stretched_is_not_called_so(run):
    assert not any("↔" in text for text in labels(run()))


ACTIVATIONS = [row.function for row in POINTWISE.values()]


def chain_of(y):
    drawing = graph_viz.draw(y.sum().named("s"), budget=2)
    return next((list(box.chain) for box in drawing.figure.view if box.chain), None)


@every("f", ACTIVATIONS, ids=lambda f: f.__name__)
def test_every_activation_folds_into_a_chain_when_it_is_fused(f):
    with az.fused():
        y = f(az.Tensor([0.5, -1.0], name="x") * 2.0) * 3.0
    assert chain_of(y) == ["× 2", operations.symbol(f.__name__), "× 3"]


def test_what_a_chain_holds_is_written_with_its_static_arguments():
    x = az.Tensor([0.5, -1.0], name="x")
    with az.fused():
        y = nn.elu(x * 2.0, alpha=0.5) * 3.0
    assert chain_of(y) == ["× 2", "elu(alpha=0.5)", "× 3"]
    assert chain_of(np.round(x * 2.0, 2) * 3.0) == ["× 2", "round(decimals=2)", "× 3"]
    assert chain_of((x * 2.0).astype(np.float32) * 3.0) == ["× 2", "cast(dtype=float32)", "× 3"]


def test_an_operation_of_a_user_is_not_elementwise_by_its_name_alone():
    @az.primitive
    def gelu(x):
        return x + x.sum()

    az.defvjp(gelu, lambda g, y, x: g + g.sum())
    assert not operations.elementwise(gelu) and operations.elementwise(np.tanh)
    assert operations.known(gelu) != operations.known(np.tanh) == operations.of("tanh")
    assert chain_of(gelu(az.Tensor([1.0, 2.0]) * 2.0) * 3.0) is None


def test_the_rule_of_an_operation_of_a_user_is_not_that_of_another_of_its_name():
    from graph_viz.page.events import of

    @az.primitive
    def norm(x):
        return abs(x).sum()

    az.defvjp(norm, lambda g, y, x: g * np.sign(x))
    texts = [[step.text for step in of([f(az.Tensor([3.0, 4.0]))], ["x", "y"])[0]][-1] for f in (norm, np.linalg.norm)]
    assert texts == ["the rule of norm", "ȳ·x / y"]


INFIX = {"remainder": "x mod 2", "fmod": "x fmod 2", "floor_divide": "x // 2", "divide": "x ÷ 2"}


@pytest.mark.parametrize("name", INFIX)
def test_all_divisions_stand_between_their_arguments(name):
    from graph_viz.page.events import of

    y = getattr(np, name)(az.Tensor(5.0, name="x"), 2.0)
    (step, *_), _ = of([y], ["x", "y"])
    assert step.text.partition(" = ")[0] == INFIX[name]
