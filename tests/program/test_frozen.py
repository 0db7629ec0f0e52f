"""No value is frozen silently: what depends on the inputs is refused in a sentence, or right at other inputs."""

import copy

import numpy as np
import pytest
from every import every
from program.frozen import LABELS, REFUSED, RIGHT, Accumulates, Caches, Remembers

import autograd_zoo as az

X = np.array([0.5, -1.5, 2.0])
OTHERS = [np.array([-1.0, 3.0, 0.25]), np.array([-2.0, -0.5, -3.0]), np.array([4.0, 7.0, 5.0])]


@pytest.fixture
def global_generator():
    state = np.random.get_state()  # noqa: NPY002
    yield
    np.random.set_state(state)  # noqa: NPY002


@every(("name", "f"), REFUSED.items(), ids=lambda name, f: name)
def test_it_is_refused_in_a_sentence(name, f, global_generator):
    f(az.Tensor(X))  # outside a recording it works
    with pytest.raises(az.RecordError) as caught:
        az.record(f, X)
    said = str(caught.value)
    assert "az.given(" in said and len(said) > 60, said


@every(("name", "f"), RIGHT.items(), ids=lambda name, f: name)
def test_it_is_right_at_other_inputs(name, f):
    program = az.record(f, X)
    for x in OTHERS:
        wanted = copy.deepcopy(f)(az.Tensor(x))
        found = program.replay()(x)
        for a, b in zip(found, wanted if isinstance(wanted, tuple) else (wanted,), strict=True):
            np.testing.assert_allclose(a, getattr(b, "data", b), rtol=1e-12)


DIFFERENTIABLE = [
    name
    for name in RIGHT
    if name not in ("a gradient", "a gradient inside", "a gradient of a ReLU inside", "a Hessian", "mask out")
]  # the others are more than one result, or would need a derivative more


@every("name", DIFFERENTIABLE)
def test_so_are_its_gradients(name):
    f = RIGHT[name]
    program = az.record(f, X, grad=True)
    for x in OTHERS:
        t = az.Tensor(x)
        y = copy.deepcopy(f)(t)
        (wanted,) = az.gradient(y, [t], np.ones(y.shape), allow_unused=True)
        np.testing.assert_allclose(program.replay()(x)[-1], wanted, rtol=1e-12, err_msg=name)


def test_the_error_names_the_line_and_what_became_another():
    def f(x):
        y = x * 2.0
        return y * (3.0 if x._array[0] > 0.52 else 1.0)  # behind the back of the recording

    with pytest.raises(az.RecordError, match=r"the first that differs is %2 = np\.multiply, recorded at .*:\d+"):
        az.record(f, X)


def test_the_backstop_sees_a_branch_at_other_inputs_of_a_parameter_too():
    w = az.Tensor(np.array([1.0, 2.0]), name="w")
    with pytest.raises(az.RecordError, match="at other inputs"):
        az.record(lambda x: x * w * float(w._array[0]), np.ones(2))
    np.testing.assert_array_equal(w.data, [1.0, 2.0])


def test_labels_that_are_closed_over_are_a_constant_and_given_ones_an_input():
    closed = az.record(RIGHT["labels closed over, a constant"], X)
    given = az.record(RIGHT["labels given"], X)
    assert closed.given == () and [x.name for x in given.given] == ["labels"]
    np.testing.assert_array_equal(given.replay()(X, labels=np.array([0, 1, 2]))[0], X * np.arange(3.0))
    np.testing.assert_array_equal(given.replay()(X)[0], X[LABELS] * np.arange(3.0))


def test_what_a_module_keeps_comes_in_and_goes_out():
    module = Remembers()
    program = az.record(module, X)
    assert [x.name for x in program.given] == ["n"] and list(program.outputs) == ["y", "n"]
    assert module.n == 1.0
    y, n = program.replay()(X, n=np.array(5.0))
    assert n == 6.0
    np.testing.assert_array_equal(y, X * 6.0)


def test_a_state_that_begins_with_nothing_is_refused_and_a_cache_stays_empty():
    with pytest.raises(az.RecordError, match="called a second time"):
        az.record(Accumulates(), X)
    module = Caches()
    az.record(module, X)
    assert module.seen == {} and module.last is None


def test_a_guard_that_the_library_reads_is_checked_at_every_replay():
    table = az.nn.Embedding(4, 2, rng=np.random.default_rng(0))
    program = az.record(lambda i: table(i), np.array([0, 3]))
    assert program.guards
    with pytest.raises(az.RecordError, match="does not hold for these inputs"):
        program.replay()(table.W.data, i=np.array([0, 7]))


@pytest.mark.oracle
def test_a_guard_that_cannot_be_read_makes_the_results_nan(jax):
    table = az.nn.Embedding(4, 2, rng=np.random.default_rng(0))
    program = az.record(lambda i: table(i).sum(), np.array([0, 3]), grad=True)
    f = jax.jit(program.replay(jax.numpy))
    y, g = f(table.W.data, i=np.array([0, 1]))
    np.testing.assert_allclose(y, table.W.data[:2].sum())
    np.testing.assert_array_equal(g, [[1.0, 1.0], [1.0, 1.0], [0.0, 0.0], [0.0, 0.0]])
    own = jax.grad(lambda W: f(W, i=np.array([0, 1]))[0])(table.W.data)
    np.testing.assert_array_equal(own, g)
    assert np.isnan(f(table.W.data, i=np.array([0, 7]))[0])
    program = az.record(lambda i: table(i).argmax(), np.array([0, 3]))
    with pytest.warns(RuntimeWarning, match="no result holds floats that could be nan: check them before the call"):
        jax.jit(program.replay(jax.numpy))(table.W.data, i=np.array([0, 1]))


def test_parameters_behind_a_plain_result_are_leaves():
    model = az.nn.Linear(3, 2, rng=np.random.default_rng(0))
    program = az.record(lambda x: model(x).argmax(), X)
    assert [x.name for x in program.leaves] == ["x", "W", "b"]
    W, b = np.zeros((2, 3)), np.array([1.0, 2.0])
    assert [int(program.replay()(X, W, c)[0]) for c in (b, b[::-1])] == [1, 0]


def test_nothing_of_a_recording_stays_when_it_fails():
    from autograd_zoo.engine.values import TRACE

    model = az.nn.Sequential(az.nn.Linear(3, 4, rng=np.random.default_rng(0)), az.nn.BatchNorm1d(4))
    rng = np.random.default_rng(1)
    before = {name: np.array(a) for name, a in model.state_dict().items()}
    drawn = rng.bit_generator.state

    def f(x):
        y = model(az.nn.Dropout(0.5, rng=rng)(x))
        return y * float(y.data.sum())

    with pytest.raises(az.RecordError):
        az.record(f, np.ones((5, 3)))
    assert TRACE.get() is None
    assert all(np.array_equal(before[name], a) for name, a in model.state_dict().items())
    assert rng.bit_generator.state == drawn
