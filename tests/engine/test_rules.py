"""The table of rules, and the door for one's own primitives: how a call is read, and what is refused."""

import numpy as np
import pytest
from refused import refused

import autograd_zoo as az
from autograd_zoo.engine.rules import RULES, label
from autograd_zoo.engine.values import frozen


def blend(a, b=2.0, *, weight=0.5, mode="lin"):
    """weight · a + (1 − weight) · b"""
    return weight * a + (1.0 - weight) * b


BLEND = az.primitive(blend)
az.defvjp(
    BLEND,
    lambda g, y, a, b, weight=0.5: g * weight,
    lambda g, y, a, b, weight=0.5: g * (1.0 - weight),
)
T, U = az.Tensor(3.0), az.Tensor(5.0)

CALLS = {  # the call, and (value, ∂/∂T, ∂/∂U)
    "by position": (lambda: BLEND(T, U), (4.0, 0.5, 0.5)),
    "by name": (lambda: BLEND(b=U, a=T), (4.0, 0.5, 0.5)),
    "mixed": (lambda: BLEND(T, b=U, weight=0.25), (4.5, 0.25, 0.75)),
    "a default input": (lambda: BLEND(T), (2.5, 0.5, 0.0)),
    "a default input and a parameter": (lambda: BLEND(T, weight=0.25), (2.25, 0.25, 0.0)),
    "a constant first": (lambda: BLEND(1.0, U), (3.0, 0.0, 0.5)),
    "the second alone": (lambda: BLEND(b=U, a=1.0, weight=0.25), (4.0, 0.0, 0.75)),
    "a parameter at its default": (lambda: BLEND(T, U, weight=0.5, mode="lin"), (4.0, 0.5, 0.5)),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_call_is_read_by_the_signature(call):
    program, (value, by_t, by_u) = CALLS[call]
    y = program()
    assert y.item() == value
    assert [g.item() for g in az.gradient(y, [T, U], allow_unused=True)] == [by_t, by_u]


WRONG_CALLS = {
    "an unknown name": (lambda: BLEND(T, size=1.0), "unexpected keyword argument 'size'"),
    "too many by position": (lambda: BLEND(T, U, 0.25), "too many positional arguments"),
    "an input twice": (lambda: BLEND(T, a=U), "multiple values for argument 'a'"),
    "an input missing": (lambda: BLEND(b=U), "missing a required argument: 'a'"),
    "a parameter that no rule knows": (lambda: BLEND(T, mode="log"), "blend: the argument mode= is not recorded"),
    "a Tensor for a parameter": (
        lambda: BLEND(T, weight=U),
        r"weight= has no rule and cannot be a Tensor.*t\.item\(\)",
    ),
    "a Tensor for a parameter alone": (lambda: BLEND(1.0, weight=U), "weight= has no rule"),
}


test_a_wrong_call_is_refused = refused({name: (call, TypeError, text) for name, (call, text) in WRONG_CALLS.items()})


def test_without_tensors_a_primitive_is_its_function():
    assert BLEND(1.0, 3.0) == 2.0 and type(BLEND(np.ones(2))) is np.ndarray
    assert (BLEND.__name__, BLEND.__doc__) == ("blend", blend.__doc__)
    with pytest.raises(TypeError, match="size"):
        BLEND(1.0, size=2.0)


def test_parameters_are_recorded_by_name_and_defaults_left_out():
    y = BLEND(T, U, weight=0.25)
    assert y.op is BLEND and y.params == {"weight": 0.25}
    assert BLEND(T, U).params == {}


def test_only_a_tensor_is_one():
    class Album:  # has what a node of the tape has
        saved, op, inputs, data, shape = (), None, (), np.ones(2), (2,)

    album = Album()

    @az.primitive
    def shown(x, album=None):
        return x + len(album.data)

    az.defvjp(shown, lambda g, y, x, album=None: g)
    assert shown(T, album).params == {"album": album}
    with pytest.raises(TypeError, match="must be a Tensor, got Album"):
        az.gradient(album, [T])
    with pytest.raises(TypeError, match=r"album= has no rule and cannot be a Tensor; .*album=t\.data"):
        shown(T, T)


def test_what_an_operation_returns_must_be_floats():
    @az.primitive
    def total(x, kind=None):
        return kind(np.sum(x))

    az.defvjp(total, lambda g, y, x, kind=None: g)
    for kind in (np.int64, np.complex128, float, int, str, list):
        with pytest.raises(
            TypeError,
            match=rf"^total must return one array of floats, .*; got (a )?{kind.__name__}|iterable",
        ):
            total(T, kind=kind)
    assert total(T, kind=np.float32).dtype == np.float32


def test_an_error_in_an_operation_keeps_its_kind_and_names_the_operation():
    @az.primitive
    def fails(x, error=None):
        raise error("the reason")

    az.defvjp(fails, lambda g, y, x, error=None: g)
    for error in (ValueError, TypeError, IndexError, MemoryError, FloatingPointError, np.linalg.LinAlgError):
        with pytest.raises(error, match=r"^the reason\n\(in fails of shapes \(\), error=") as caught:
            fails(T, error=error)
        assert type(caught.value) is error
    with pytest.raises(KeyboardInterrupt):
        fails(T, error=KeyboardInterrupt)


def test_a_numpy_error_state_stays_what_it_is():
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError, match=r"divide .*: .*by zero"):
        T / az.Tensor(0.0)
    with pytest.raises(RuntimeWarning, match=r"log of shapes \(\): divide by zero"):  # warnings are errors here
        np.log(az.Tensor(0.0))


@pytest.mark.parametrize(
    ("arguments", "keywords"),
    [
        ((), {}),
        ((lambda g, y, x: g,), {"joint": lambda g, y, x: (g,)}),
        ((), {"joint": lambda g, y, x: (g,), "nth": lambda i, g, y, x: g}),
        (("no rule",), {}),
        ((), {"nth": 3}),
    ],
)
def test_defvjp_takes_one_kind_of_rule(arguments, keywords):
    before = RULES[np.exp]
    with pytest.raises(
        TypeError, match=r"defvjp\(exp, \.\.\.\) takes one rule per input, or nth=, or joint=, each of them"
    ):
        az.defvjp(np.exp, *arguments, **keywords)
    assert RULES[np.exp] is before


def test_rules_may_be_written_anew():
    op = az.primitive(lambda x: x * 1.0)
    for factor in (2.0, 3.0):
        az.defvjp(op, lambda g, y, x, factor=factor: g * factor)
        assert az.grad(op)(1.0) == factor


def test_frozen_values_are_nobodys():
    array = np.array([1.0])
    nested = frozen([1, [2.0, array], "axis", None, slice(1)])
    array[0] = 2.0
    assert nested == (1, (2.0, np.array([1.0])), "axis", None, slice(1))


def test_labels():
    assert [label(op) for op in (np.add, np.sum, BLEND, "∇tanh")] == ["add", "sum", "blend", "∇tanh"]
