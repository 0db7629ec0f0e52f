"""The operation that an error carries: what was asked for, of what, in which call; for drawings of what went wrong."""

import copy
import pickle
from dataclasses import dataclass

import numpy as np
import pytest

import autograd_zoo as az
from autograd_zoo.engine.rules import label


def anomaly(x):
    with az.detect_anomaly(), np.errstate(divide="ignore"):
        return np.log(x * 0.0)


def singular(x):
    with az.detect_anomaly():
        y = np.sqrt(x * 0.0).sum()
        with np.errstate(divide="ignore", invalid="ignore"):
            y.backward()


@az.primitive
def unruled(x):
    return x * 2.0


@az.primitive
def doubled(x, *, by=1.0):
    return x * 2.0


az.defvjp(doubled, lambda g, y, x, by=1.0: np.ones((9, 9)))


class Refuses(az.nn.Module):
    def forward(self, x):
        raise KeyError("nothing to do with NumPy")


ENDED = {  # how it fails, of x with shape (2, 3); the operation, and how many of its arguments are Tensors
    "an operator": (lambda x: x + np.ones(5), np.add, 1),
    "an operator of Tensors": (lambda x: x @ x, np.matmul, 2),
    "a constant": (lambda x: x + np.array([1j]), np.add, 1),
    "a ufunc": (lambda x: np.hypot(x, np.ones(5)), np.hypot, 1),
    "a way of calling": (lambda x: np.add.reduce(x), np.add, 1),
    "no rule": (lambda x: np.spacing(x), np.spacing, 1),
    "a function": (lambda x: np.sum(x, axis=7), np.sum, 1),
    "an argument": (lambda x: np.ptp(x, out=np.zeros(())), np.ptp, 1),
    "a function without a rule": (lambda x: np.roots(x), np.roots, 1),
    "composed of others": (lambda x: np.hsplit(x, [1, 1, "a"]), np.split, 1),
    "a list": (lambda x: np.vstack([x, x[:, :2]]), "concatenate", 2),
    "an index": (lambda x: x[5], "getitem", 1),
    "a method": (lambda x: x.reshape(7), "reshape", 1),
    "a module": (lambda x: Refuses()(x), Refuses, 1),
    "a module inside": (lambda x: az.nn.Sequential(az.nn.Linear(4, 2))(x), "linear", 3),
    "a user's operation": (lambda x: unruled(x), unruled, 1),
    "its argument": (lambda x: doubled(x, by=x), doubled, 2),
    "a check of a function": (lambda x: az.nn.linear(x, np.ones((2, 9))), "linear", 1),
    "an anomaly": (anomaly, np.log, 1),
    "a gradient that is not finite": (singular, "∇sqrt", 1),
    "a rule": (lambda x: doubled(x).sum().backward(), "∇doubled", 1),
}


def ended(run):
    with pytest.raises(Exception) as caught:
        run(az.Tensor(np.ones((2, 3)), name="x"))
    return caught.value


@pytest.mark.parametrize("name", ENDED)
def test_an_error_carries_the_operation_that_it_ended(name):
    run, op, tensors = ENDED[name]
    found = ended(run).operation
    assert found.op is op or label(found.op) == op
    given = [x for a in found.arguments for x in (a if isinstance(a, (list, tuple)) else [a])]
    assert sum(isinstance(x, az.Tensor) for x in given) == tensors
    assert any(t.name == "x" for x in given if isinstance(x, az.Tensor) for t in az.Tape(x))


def test_it_carries_the_call_too_and_the_innermost_operation_is_kept():
    net = az.nn.Sequential(az.nn.Sequential(az.nn.Linear(4, 2)))
    found = ended(net).operation
    assert found.scope.path() == "0.0" and label(found.op) == "linear"
    assert ended(lambda x: Refuses()(x * 2.0)).operation.scope.path() == "Refuses"


@pytest.mark.parametrize("name", ENDED)
@pytest.mark.parametrize("send", [lambda e: pickle.loads(pickle.dumps(e)), copy.deepcopy, copy.copy])
def test_such_an_error_can_be_sent_to_another_process(name, send):
    error = ended(ENDED[name][0])
    sent = send(error)
    assert type(sent) is type(error) and sent.args == error.args
    assert label(sent.operation.op) == label(error.operation.op)


def test_an_error_of_a_user_is_left_as_it_is():
    @dataclass(frozen=True)
    class Frozen(Exception):
        operation: str

    class Fails(az.nn.Module):
        def forward(self, x):
            raise Frozen("the user's own")

    assert ended(Fails()).operation == "the user's own"
    assert vars(ended(Refuses())).keys() == {"operation"} and ended(Refuses()).args == ("nothing to do with NumPy",)


def test_an_error_without_an_operation_carries_none_and_interrupts_pass():
    class Interrupted(az.nn.Module):
        def forward(self, x):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        Interrupted()(az.Tensor(1.0))
    assert not hasattr(caught.value, "operation")
    assert not hasattr(ended(lambda x: int("a")), "operation")
