"""What `detect_anomaly` names: the operation, the module's path and the user's own line; and what it leaves alone."""

import contextlib
import functools
import re
import threading

import numpy as np
import pytest

import autograd_zoo as az
from autograd_zoo import Tensor, gradient, nn
from autograd_zoo.engine.mode import switched

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def wrapped(f):
    """A decorator of a user, by which NumPy's and Python's wrappers come between."""

    @functools.wraps(f)
    def call(*args):
        return f(*args)

    return call


class Inner(nn.Module):
    def forward(self, x):
        return np.sqrt(x)  # INNER


class Outer(nn.Module):
    def __init__(self):
        self.parts = nn.ModuleList([nn.ReLU(), Inner()])

    def forward(self, x):
        return self.parts[1](self.parts[0](x))


def in_a_thread(f):
    """The result of f, or the error that it raises, from another thread."""
    found = []

    def run():
        try:
            with az.detect_anomaly():
                found.append(f())
        except FloatingPointError as error:
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(found[0], Exception):
        raise found[0]


def here(x):
    return np.linalg.norm(x) * x[0]  # HESSIAN


@contextlib.contextmanager
def block():
    yield np.sqrt(Tensor([1.0, 0.0]))  # BLOCK


ZERO = np.array([1.0, 0.0])
# what is done; the words of the error, and the mark of the line that it names
VALUES = {
    "mean": (lambda: np.mean(Tensor([1.0, np.inf])), "mean gave inf at index ()"),
    "method": (lambda: Tensor([1.0, np.inf]).mean(), "mean gave inf at index ()"),
    "norm": (lambda: np.linalg.norm(Tensor([1.0, np.inf])), "norm gave inf"),
    "average": (lambda: np.average(Tensor([1.0, np.inf])), "mean gave inf"),
    "stack": (lambda: np.stack([Tensor([1.0, np.nan]), ZERO]), "gave nan"),
    "kron": (lambda: np.kron(Tensor([1.0, np.nan]), ZERO), "gave nan"),
    "vectorize": (lambda: np.vectorize(lambda i: np.log(Tensor(float(i))).item())([1, 0]), "log gave -inf"),
    "operator": (lambda: Tensor([1.0, 0.0]) / 0.0, "divide gave inf at index (0,)"),
    "own module": (lambda: nn.Linear(2, 1)(Tensor([np.nan, 1.0])), "in module Linear"),
    "module of a user": (lambda: Outer()(Tensor([1.0, np.nan])), "in module parts.0,"),
    "iteration": (lambda: list(Tensor([np.nan])), "getitem gave nan at index ()"),
}


def line_of(error):
    """The text of the line that an error names."""
    file, number = re.search(r"recorded at (.*):(\d+)$", str(error)).groups()
    assert file == __file__
    with open(file, encoding="utf-8") as lines:
        return lines.readlines()[int(number) - 1]


@pytest.mark.parametrize("what", VALUES)
def test_a_value_is_named_with_the_line_of_the_user(what):
    make, words = VALUES[what]
    with az.detect_anomaly(), pytest.raises(FloatingPointError, match=re.escape(words)) as caught:
        wrapped(make)()
    if what == "module of a user":
        assert line_of(caught.value).endswith("self.parts[1](self.parts[0](x))\n")
    else:
        assert f'"{what}": (lambda' in line_of(caught.value)


def swept(y, x, orders=1):
    """The last of some derivatives of the sum of y."""
    for k in range(orders):
        (g,) = gradient(np.sum(y), [x], create_graph=k + 1 < orders)
        y = g
    return y


def of_module(orders):
    x = Tensor(ZERO)
    return swept(Outer().parts[1](x), x, orders)


def log_of_zero():
    x = Tensor(ZERO)
    with az.no_grad():
        value = np.log1p(x)
    y = np.cbrt(x) * value  # SINGULAR
    return swept(y, x)


def many(transform):
    return lambda: transform(lambda x: np.cbrt(np.mean(x)))(np.zeros(2))  # TRANSFORM


def from_a_wrapper():
    with block() as y:
        swept(y, y.inputs[0])


GRADIENTS = {
    "first": (lambda: of_module(1), "the rule of sqrt gave the gradient inf at index (1,)", "Inner", "# INNER"),
    "recorded": (lambda: of_module(2), "the rule of sqrt gave the gradient inf at index (1,)", "Inner", "# INNER"),
    "product": (log_of_zero, "the rule of cbrt gave the gradient nan at index (1,)", "", "# SINGULAR"),
    "grad": (many(az.grad), "the rule of cbrt gave the gradient inf at index ()", "", "# TRANSFORM"),
    "jacobian": (many(az.jacobian), "the rule of cbrt gave the gradient inf", "", "# TRANSFORM"),
    "hessian": (many(az.hessian), "the rule of cbrt gave the gradient inf at index ()", "", "# TRANSFORM"),
    "hessian alone": (lambda: az.hessian(here)(np.zeros(2)), "gave the gradient nan", "∇norm", "az.hessian(here)"),
    "a context manager": (from_a_wrapper, "the rule of sqrt gave the gradient inf", "", "# BLOCK"),
}


@pytest.mark.parametrize("threaded", [False, True], ids=["here", "in a thread"])
@pytest.mark.parametrize("what", GRADIENTS)
def test_a_gradient_is_named_with_the_line_of_the_user(what, threaded):
    make, words, module, mark = GRADIENTS[what]
    with pytest.raises(FloatingPointError, match=re.escape(words)) as caught:
        if threaded:
            in_a_thread(make)
        else:
            with az.detect_anomaly():
                make()
    assert (f" in module {module}" in str(caught.value)) == bool(module)
    assert mark in line_of(caught.value)


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_fused_operation_is_named_and_not_what_it_is_composed_of(create_graph):
    x = Tensor([0.5, 1.0])
    with az.detect_anomaly(), az.fused():
        y = nn.sigmoid(x)  # FUSED
        with pytest.raises(FloatingPointError, match="the rule of sigmoid gave the gradient inf") as caught:
            gradient(y, [x], [1.0, np.inf], create_graph=create_graph)
    assert line_of(caught.value).endswith("# FUSED\n")


def test_what_a_recorded_sweep_made_of_a_fused_operation_has_the_line_of_that_sweep():
    x = Tensor([0.5, 1.0])
    with az.detect_anomaly(), az.fused():
        (g,) = gradient(np.sum(nn.sigmoid(x)), [x], create_graph=True)  # SWEEP
        with pytest.raises(FloatingPointError, match=r"inf .* in module ∇sigmoid") as caught:
            gradient(g, [x], [1.0, np.inf])
    assert line_of(caught.value).endswith("# SWEEP\n")


DEAD = {
    "sqrt": lambda x: np.where(x.data > 0, np.sqrt(x), 0.0),
    "cbrt, index": lambda x: np.cbrt(x)[x.data > 0],
    "norm": lambda x: np.where(x.data > 0, np.linalg.norm(x[:, None], axis=1) ** 0.5, x),
    "sigmoid of it": lambda x: nn.sigmoid(np.where(x.data > 0, np.sqrt(x), 0.0)),
    "at.set": lambda x: np.sqrt(x).at[x.data <= 0].set(0.0),
}


@pytest.mark.parametrize("mode", [contextlib.nullcontext, az.fused], ids=["composed", "fused"])
@pytest.mark.parametrize("orders", [1, 2, 3])
@pytest.mark.parametrize("what", DEAD)
def test_what_was_not_taken_is_not_reported(what, orders, mode):
    x = Tensor([0.0, 4.0])
    with az.detect_anomaly(), mode():
        found = swept(DEAD[what](x), x, orders)
    with mode():
        np.testing.assert_allclose(found, swept(DEAD[what](x), x, orders))
    assert np.isfinite(found).all() and np.any(found)


def test_a_sum_of_gradients_that_overflows_is_reported():
    x = Tensor([1.0])
    big = np.finfo(float).max
    y = x * big + x * big  # the value overflows too: outside the watch
    with az.detect_anomaly(), pytest.raises(FloatingPointError, match="the rule of multiply gave the gradient inf"):
        gradient(y, [x], [1.0])


class Told:
    """An observer that keeps what it is told."""

    def __init__(self):
        self.made, self.sent = [], []

    def recorded(self, t):
        self.made.append(t)

    def pulled(self, node, i, part, g):
        self.sent.append((node, i, part, g))

    def within_a_sweep(self):
        return None


def rows():
    """A leaf that is used in several places, with a branch that is not taken and singular there."""
    x = Tensor([[0.0, 4.0], [1.0, 9.0]])
    return x, (np.where(x.data > 0, np.sqrt(x), 0.0) @ x + nn.sigmoid(x)).sum()


@pytest.mark.parametrize("mode", [contextlib.nullcontext, az.fused], ids=["composed", "fused"])
def test_an_observer_is_told_every_node_and_every_contribution_of_a_sweep(mode):
    told = Told()
    with switched(observer=told), mode():
        x, y = rows()
    assert {id(t) for t in told.made if t.op} == {id(t) for t in az.Tape(y) if t.op} and not told.sent
    made = len(told.made)
    with switched(observer=told):
        y.backward(retain_grads=True)
    assert len(told.made) == made  # what a fused node is composed of is nobody's
    orders = [node.order for node, *_ in told.sent]
    assert orders == sorted(orders, reverse=True) and told.sent[0][0] is y
    for t in az.Tape(y):
        parts = [part for node, i, part, _ in told.sent if node.inputs[i] is t]
        assert len(parts) == sum(x is t for node in az.Tape(y) for x in node.inputs if node.op)
        if t is not y:
            np.testing.assert_allclose(sum(parts), t.grad)
            np.testing.assert_array_equal([g for node, i, _, g in told.sent if node.inputs[i] is t][-1], t.grad)
    before = len(told.sent)
    y.backward()
    assert len(told.sent) == before and np.isfinite(x.grad).all()
