"""What `az.record` and a replay say of what does not fit, and how a program reads."""

from dataclasses import replace

import numpy as np
import pytest
from every import every
from program.cases import engine
from refused import refused

import autograd_zoo as az
from autograd_zoo import nn

X = np.array([[1.0, 2.0, 3.0], [-4.0, 5.0, 6.0]])


def model():
    return nn.Sequential(nn.Linear(3, 4, rng=np.random.default_rng(0)), nn.ReLU())


def recorded():
    layers = model()
    return az.record(lambda x, labels: nn.softmax_cross_entropy(layers(x), labels), X, np.array([0, 3]), grad=True)


def test_a_program_reads_like_a_tape():
    program = az.record(lambda x, m: np.where(x > 0, x * m, 0.0).named("kept").sum(), X[0], np.array([1, 0, 1]))
    assert str(program).splitlines() == [
        "x: float64[3]",
        "m: int64[3], given",
        "%2: bool[3] = np.greater(x, 0)",
        "%3: float64[3] = np.multiply(x, m)",
        "kept: float64[3] = np.where(%2, %3, 0.0)",
        "%5: float64[] = np.sum(kept)",
        "return y=%5",
    ]
    assert repr(program) == "<Program of 4 instructions: 1 leaves, 1 given, 1 results>"
    assert program.operations() == ["np.greater", "np.multiply", "np.sum", "np.where"]


def test_a_long_program_is_shown_short():
    def f(x):
        for _ in range(100):
            x = x * 2.0
        return x

    lines = str(az.record(f, 1.0)).splitlines()
    assert len(lines) == 61 and "lines more" in lines[30]


def test_leaves_have_the_names_of_parameters_and_arguments():
    program = recorded()
    assert [x.name for x in program.leaves] == ["x", "0.W", "0.b"]
    assert [x.name for x in program.given] == ["labels"]
    assert list(program.outputs) == ["y", "grad.x", "grad.0.W", "grad.0.b"]
    assert recorded().leaves[1].shape == (4, 3)


def test_names_are_as_asked():
    program = az.record(lambda a, b: a * b, 2.0, 3.0, names=["left", "right"])
    assert [x.name for x in program.leaves] == ["left", "right"]


def test_trees_of_examples_and_results():
    def f(state, options):
        h, (c, _) = state
        return {"h": h * options["scale"], "both": (c + h, c)}

    program = az.record(f, [np.ones(2), (np.zeros(2), None)], {"scale": np.array(2.0), "note": "text"})
    assert [x.name for x in program.leaves] == ["state[0]", "state[1][0]", "options.scale"]
    assert list(program.outputs) == ["h", "both[0]", "both[1]"]
    h, total, c = program.replay()(np.array([1.0, 2.0]), np.array([5.0, 6.0]), np.array(3.0))
    np.testing.assert_array_equal(h, [3.0, 6.0])
    np.testing.assert_array_equal(total, [6.0, 8.0])
    np.testing.assert_array_equal(c, [5.0, 6.0])


def test_numbers_and_lists_of_them_are_leaves_or_given():
    program = az.record(lambda x, s, i: x[i] * s, [1.0, 2.0, 3.0], 2.0, [2, 0])
    assert [x.name for x in program.leaves] == ["x", "s"] and [x.name for x in program.given] == ["i"]
    found = program.replay()(np.array([4.0, 5.0, 6.0]), np.float64(10.0), i=np.array([1, 1]))[0]
    np.testing.assert_array_equal(found, [50.0, 50.0])


def test_one_leaf_of_an_empty_program_and_one_that_is_not_used():
    program = az.record(lambda x, y: x, 1.0, 2.0, grad=True)
    assert program.replay()(np.float64(5.0), np.float64(7.0)) == (5.0, 1.0, 0.0)


SAID_BY_RECORD = {
    "no function": (lambda: az.record(3, X), TypeError, "takes a function and its examples"),
    "nothing": (lambda: az.record(lambda x: None, X), TypeError, "returns Tensors or arrays, got nothing"),
    "a text": (lambda: az.record(lambda x: "text", X), TypeError, "returns Tensors and arrays; y is a str"),
    "names": (lambda: az.record(lambda x: x, X, names=["a", "b"]), ValueError, "one name for each of 1 examples"),
    "one name twice": (
        lambda: az.record(lambda x, y: x, X, X, names=["a", "a"]), ValueError, "all different",
    ),
    "complex": (lambda: az.record(lambda x: x, X * 1j), TypeError, "must hold real numbers, got complex128"),
    "no gradient": (lambda: az.record(lambda x: np.argmax(x), X, grad=True), TypeError, "a result that is a Tensor"),
    "f's own error": (lambda: az.record(lambda x: x @ x, X), ValueError, "matmul"),
}  # fmt: skip


test_what_record_says = refused(SAID_BY_RECORD)


def test_a_recording_within_a_recording_is_refused():
    with pytest.raises(az.RecordError, match="belongs to a recording that is still running"):
        az.record(lambda x: az.record(lambda y: y * 2.0, x.data * 1.0).replay()(x.data)[0], X)


REPLAYS = {
    "too few": (lambda f, a: f(a[0]), r"takes 3 leaves, x, 0.W, 0.b; got 1"),
    "too many": (lambda f, a: f(*a, a[0]), "takes 3 leaves.*got 4"),
    "a shape": (lambda f, a: f(a[0], a[1].T, a[2]), r"0.W was recorded as float64\[4, 3\], got float64\[3, 4\]"),
    "a dtype": (lambda f, a: f(a[0].astype(np.float32), *a[1:]), r"x was recorded as float64.*got float32"),
    "a name": (lambda f, a: f(*a, label=np.zeros(2)), "nothing is given by the name 'label'; names are labels"),
    "given, a shape": (
        lambda f, a: f(*a, labels=np.zeros(3, int)),
        r"labels was recorded as int64\[2\], got int64\[3\]",
    ),
    "given, a dtype": (lambda f, a: f(*a, labels=np.zeros(2)), r"labels was recorded as int64\[2\], got float64\[2\]"),
    "a list": (lambda f, a: f([[1.0]], *a[1:]), r"x was recorded as float64\[2, 3\], got"),
    "labels out of range": (lambda f, a: f(*a, labels=np.array([0, 9])), "does not hold for these inputs"),
}


@every(("call", "words"), REPLAYS.values(), ids=REPLAYS)
@pytest.mark.parametrize("name", ["numpy", "array_api_strict", pytest.param("torch", marks=pytest.mark.oracle)])
def test_what_a_replay_says(call, words, name):
    xp, convert = engine(name)
    program = recorded()

    def f(*leaves, **given):
        return program.replay(xp)(
            *(convert(a) if isinstance(a, np.ndarray) else a for a in leaves),
            **{k: convert(a) for k, a in given.items()},
        )

    with pytest.raises(az.RecordError, match=words):
        call(f, [x.value for x in program.leaves])


@pytest.mark.oracle
def test_jax_in_32_bit_is_told_what_to_set(jax):
    program = az.record(lambda x: x * 2.0, X)
    before = jax.config.jax_enable_x64
    try:
        jax.config.update("jax_enable_x64", False)
        with pytest.raises(az.RecordError, match=r"got float32.*jax.config.update\('jax_enable_x64', True\)"):
            program.replay(jax.numpy)(X)
    finally:
        jax.config.update("jax_enable_x64", before)


@az.primitive
def cube(x):
    return x**3


az.defvjp(cube, lambda g, y, x: 3.0 * g * x * x)


def test_an_operation_without_a_row_names_rows():
    strict = pytest.importorskip("array_api_strict")
    program = az.record(lambda x: cube(x).sum(), X, grad=True)
    name = next(op for op in program.operations() if op.endswith(":cube"))
    with pytest.raises(az.RecordError, match=f"array_api_strict has no row for {name} .*pass rows="):
        program.replay(strict)
    value, slope = program.replay(strict, rows={name: lambda x: x * x * x})(strict.asarray(X))
    assert float(value) == np.sum(X**3)
    np.testing.assert_allclose(np.asarray(slope), 3.0 * X**2)
    assert program.replay()(X)[0] == np.sum(X**3)  # NumPy has the function itself


def test_an_operation_that_numpy_does_not_know_is_told_too():
    program = az.record(lambda x: cube(x).sum(), X)
    first, *others = program.instructions
    program = replace(program, instructions=(replace(first, op="elsewhere:cube"), *others), functions={})
    with pytest.raises(az.RecordError, match="numpy has no row for"):
        program.replay()
    assert program.replay(rows={program.instructions[0].op: lambda x: x**3})(X)[0] == np.sum(X**3)


def test_an_argument_that_a_row_does_not_take_is_told_before_anything_runs():
    strict = pytest.importorskip("array_api_strict")
    program = az.record(lambda x: np.sum(x, where=x > 0.0), X)
    with pytest.raises(az.RecordError, match=r"array_api_strict has no row for np\.sum with where= .*pass rows="):
        program.replay(strict)


WIDER = {  # functions that are composed of others, at other inputs: what they check is checked there again
    "median": np.median,
    "quantiles": lambda x: np.quantile(x, [0.2, 0.7], axis=1),
    "the largest but nan": lambda x: np.nanmax(np.where(x > 0.2, x, np.nan), axis=0),
    "geometric steps": lambda x: np.geomspace(np.exp(x[0]), 5.0, 4),
    "interpolation": lambda x: np.interp([0.5, 1.2], [0.0, 1.0, 2.0], x[0]),
    "convolution": lambda x: np.convolve(x[0], x[1]),
    "singular vectors": lambda x: np.abs(np.linalg.svd(x, full_matrices=False)[0]),
    "triangles": lambda x: np.linalg.qr(x.T)[1] ** 2,
    "a spectrum": lambda x: np.abs(np.fft.rfft(x)) ** 2,
    "a complex result": lambda x: np.fft.ifft2(x),
}


@pytest.mark.parametrize("name", WIDER)
def test_what_is_composed_is_recorded_too(name):
    f, (x, other) = WIDER[name], np.random.default_rng(0).uniform(0.5, 2.0, (2, 2, 3))
    np.testing.assert_allclose(az.record(f, x).replay()(other)[0], f(az.Tensor(other)).data, rtol=1e-12)


def test_complex_examples_are_refused():
    with pytest.raises(TypeError, match="must hold real numbers, got complex128"):
        az.record(lambda x, z: np.sum(np.real(np.fft.fft(x) * z)), X, np.ones(3, complex))


def test_ufuncs_of_scipy_have_their_name():
    special = pytest.importorskip("scipy.special")
    program = az.record(lambda x: np.sum(special.expit(x)), X, grad=True)
    assert "scipy.special.expit" in program.operations()
    np.testing.assert_allclose(program.replay()(X)[0], np.sum(special.expit(X)))


def test_rows_come_first():
    program = az.record(lambda x: np.tanh(x), X)
    assert np.array_equal(program.replay(rows={"np.tanh": lambda x: x * 0.0})(X)[0], X * 0.0)


def test_f_that_refuses_other_inputs_is_warned_of():
    def f(x):
        if not np.array_equal(x._array, X):
            raise ValueError("only this")
        return x * 2.0

    with pytest.warns(RuntimeWarning, match="was not checked at other inputs, for f refuses them: only this"):
        az.record(f, X)


def test_a_singular_point_is_recorded_as_calculus_and_its_branch():
    x = np.array([0.0, 4.0, -1.0])
    with np.errstate(all="ignore"):
        program = az.record(lambda x: np.where(x > 0, np.sqrt(x), 0.0).sum(), x, grad=True)
        value, slope = program.replay()(np.array([9.0, -1.0, 0.0]))
        assert value == 3.0
        np.testing.assert_array_equal(slope, [1 / 6, np.nan, np.nan])  # 0 · ∞, as in other engines
        np.testing.assert_array_equal(program.replay()(np.array([9.0, 1.0, 4.0]))[1], [1 / 6, 0.5, 0.25])


def test_a_sequence_is_one_call_or_step_after_step():
    """The same numbers; step after step it is in the calls of the cells, as a tape has it."""
    x, gru = np.random.default_rng(1).normal(size=(3, 2, 2)), nn.GRU(2, 2, rng=np.random.default_rng(0))
    whole, stepwise = (az.record(lambda x: gru(x)[1], x, stepwise=way) for way in (False, True))
    assert "nn.gru" in {call.op for call in whole.calls} and "nn.gru" not in {call.op for call in stepwise.calls}
    assert {i.scope for i in whole.instructions} == {"GRU"} and "cells.0" in {i.scope for i in stepwise.instructions}
    values = [program.replay()(*(leaf.value for leaf in program.leaves))[0] for program in (whole, stepwise)]
    assert np.allclose(*values, 1e-12, 1e-12)


def test_what_attention_drops_is_given():
    """In its weights too, as what a layer drops of its elements is."""
    x = np.random.default_rng(1).normal(size=(1, 3, 4))
    layer = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.3, rng=np.random.default_rng(0))
    program = az.record(layer, x)
    assert [v.name for v in program.given] == ["self_attn.D", "dropout1.D", "dropout.D", "dropout2.D"]
    values = [leaf.value for leaf in program.leaves]
    nothing = {v.name: np.zeros(v.shape) for v in program.given if "self" in v.name}
    assert not np.allclose(program.replay()(*values)[0], program.replay()(*values, **nothing)[0])
