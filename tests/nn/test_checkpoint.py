"""az.checkpoint: what it computes is what the plain computation does, at every order, and it keeps little of it."""

import tracemalloc

import numpy as np
import pytest

import autograd_zoo as az
from autograd_zoo import nn

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 3))
CAPTURED = az.Tensor(RNG.normal(size=(4, 3)), name="captured")


def net():
    rng = np.random.default_rng(1)
    return nn.Sequential(nn.Linear(3, 3, rng=rng), nn.Tanh(), nn.Linear(3, 3, rng=rng))


class Between:
    """A function that uses a result from before, of which it was given nothing."""

    def __call__(self, run, x, w):
        h = x * w
        return run(lambda a: np.tanh(a * h) + h, x + 1.0) + h * x


PROGRAMS = {  # functions of `run`, which is az.checkpoint or a plain call, and of the Tensors x and w
    "elementwise": lambda run, x, w: run(lambda a, b: np.tanh(a) * b + a, x, w),
    "one of two": lambda run, x, w: run(lambda a: np.exp(-a * a), x * w) * w,
    "a chain": lambda run, x, w: run(np.tanh, run(lambda a: a * w, run(np.sin, x))),
    "nested": lambda run, x, w: run(lambda a: run(lambda b: np.tanh(b * w), a * a) * run(np.sin, a), x),
    "a closed-over result": Between(),
    "a closed-over leaf": lambda run, x, w: run(lambda a: a * CAPTURED + CAPTURED * CAPTURED, x) * w,
    "a constant": lambda run, x, w: run(lambda a, c, k: (a * c) ** k, x, X, 2) * w,
    "the same twice": lambda run, x, w: run(lambda a, b: a * b + b, x, x) + w,
    "what it was given": lambda run, x, w: run(lambda a: a, x) * w,
    "an alias": lambda run, x, w: run(np.positive, x) * w,
    "matrices": lambda run, x, w: run(lambda a, b: np.exp(a.T @ b).sum(0), x, w),
    "only a part of it is used": lambda run, x, w: run(lambda a, b: a * a, x, w) + w,
    "slices": lambda run, x, w: run(lambda a: a[0] * a[1] + a[2:].sum(0), x) * w,
    "a singular point that is not taken": lambda run, x, w: run(lambda a: np.where(a > 9.0, np.log(a - a), a * w), x),
}


def plainly(f, *xs):
    return f(*xs)


def leaves():
    return az.Tensor(X, name="x"), az.Tensor(X[::-1] * 0.5, name="w")


@pytest.mark.parametrize("fused", [False, True], ids=["composed", "fused"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_values_and_gradients_are_those_of_the_plain_computation(name, fused):
    program, found = PROGRAMS[name], []
    for run in (plainly, az.checkpoint):
        x, w = leaves()
        CAPTURED.grad = None
        with np.errstate(all="ignore"), az.fused() if fused else az.uncollected():
            y = program(run, x, w)
        y.sum().backward()
        y.sum().backward(retain_graph=False)
        found.append([y.data, x.grad, w.grad, CAPTURED.grad])
    for a, b in zip(*found, strict=True):
        assert (a is None) == (b is None)
        assert a is None or np.allclose(a, b, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("name", PROGRAMS)
def test_so_are_derivatives_of_derivatives(name):
    program, found = PROGRAMS[name], []
    for run in (plainly, az.checkpoint):
        with np.errstate(all="ignore"):
            f = lambda x, run=run: program(run, x, az.Tensor(X[::-1] * 0.5)).sum()  # noqa: E731
            gx, gw = az.gradient(program(run, *(xw := leaves())).sum(), xw, create_graph=True, allow_unused=True)
            third = az.gradient(np.sum(gx * gx) + np.sum(np.sin(gw) * X), xw, allow_unused=True)
            found.append([gx.data, gw.data, *third, az.hessian(f)(X), *az.jvp(f, (X,), (X[::-1],))])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", ["elementwise", "nested", "a closed-over result"])
def test_one_input_alone_can_be_asked_for(name):
    x, w = leaves()
    (expected,) = az.gradient(PROGRAMS[name](plainly, x, w).sum(), [w])
    (found,) = az.gradient(PROGRAMS[name](az.checkpoint, x, w).sum(), [w])
    np.testing.assert_allclose(found, expected, rtol=1e-13)


def test_an_anomaly_inside_is_found():
    x = az.Tensor([1.0, 0.0], name="x")
    with az.detect_anomaly():
        y = az.checkpoint(lambda x: np.sqrt(x) * x, x).sum()
        with pytest.raises(FloatingPointError, match=r"the rule of (sqrt|checkpoint) gave the gradient"):
            y.backward()


def test_the_checker_agrees():
    az.check_gradients(lambda a, b: az.checkpoint(lambda a, b: np.tanh(a * b) @ b.T, a, b).sum(), X, X + 1.0)


# ---- modules ----------------------------------------------------------------------------------------------------


class Blocks(nn.Module):
    """Layers with whatever draws or keeps statistics, each of them a checkpoint, or not."""

    def __init__(self, run, **kind):
        rng = np.random.default_rng(5)
        self._run = run
        self.first = nn.Linear(6, 8, rng=rng)
        self.layers = [
            nn.Sequential(nn.Linear(8, 8, rng=rng), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3, rng=rng))
            for _ in range(2)
        ]
        self.encoder = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.2, rng=rng)
        self.rng = rng

    def forward(self, x):
        h = self.first(x)
        for layer in self.layers:
            h = self._run(layer, h)
        return self._run(lambda h: self._run(self.encoder, h[None])[0], h)


@pytest.mark.parametrize("fused", [False, True], ids=["composed", "fused"])
def test_modules_draw_the_same_again_and_their_statistics_move_once(fused):
    found = []
    for run in (plainly, az.checkpoint):
        model, x = Blocks(run), np.random.default_rng(6).normal(size=(5, 6))
        for _ in range(2):
            with az.fused() if fused else az.uncollected():
                loss = np.mean(model(x) ** 2)
            loss.backward()
        state = model.state_dict()
        found.append([loss.data, *(p.grad for p in model.parameters()), *state.values(), model.rng.random(3)])
    assert len(found[0]) > 30
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-11, atol=1e-13)


def test_an_exception_in_the_repetition_leaves_generators_and_modes_as_they_were():
    drop, calls = nn.Dropout(0.5, rng=np.random.default_rng(0)), []

    def f(x):
        calls.append(1)
        y = drop(x)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return y * y

    x = az.Tensor(X)
    y = az.checkpoint(f, x).sum()
    before = drop.rng.bit_generator.state
    with pytest.raises(KeyboardInterrupt):
        y.backward()
    assert drop.rng.bit_generator.state == before and x.grad is None
    y.backward()
    assert drop.rng.bit_generator.state == before and x.grad is not None
    assert (x * x).op is np.multiply


# ---- what it keeps ----------------------------------------------------------------------------------------------


def held(action):
    """What `action()` returns, the bytes that are held then, and the most that were."""
    tracemalloc.start()
    try:
        result = action()
        return result, *tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()


def test_it_keeps_its_inputs_and_nothing_of_its_way():
    n, x = 50_000, az.Tensor(np.linspace(0.1, 1.0, 50_000))

    def block(h):
        for _ in range(10):
            h = np.tanh(h)
        return h

    def program(run):
        h = x
        for _ in range(10):
            h = run(block, h)
        return h.sum()

    program(az.checkpoint).backward()  # what is imported on first use is not what a checkpoint keeps
    x.grad = None
    stored, all_of_it, _ = held(lambda: program(plainly))
    y, few, most = held(lambda: program(az.checkpoint))
    assert all_of_it > 99 * 8 * n and few < 11 * 8 * n and most < 22 * 8 * n
    _, _, most = held(lambda: y.backward(retain_graph=False))
    assert most < 16 * 8 * n
    checkpointed, x.grad = x.grad, None
    stored.backward()
    np.testing.assert_allclose(checkpointed, x.grad, rtol=1e-14)


def test_under_no_grad_it_is_the_function():
    with az.no_grad():
        assert az.checkpoint(np.tanh, az.Tensor(1.0)).op is None
    assert az.checkpoint(np.tanh, 1.0) == np.tanh(1.0)


def test_a_program_that_is_recorded_has_its_way():
    program = az.record(lambda x: az.checkpoint(lambda a: np.tanh(a) * a, x).sum(), X)
    np.testing.assert_allclose(program.replay()(X * 2.0), np.sum(np.tanh(X * 2.0) * X * 2.0))


# ---- how it looks -----------------------------------------------------------------------------------------------


def test_on_a_tape_and_in_a_drawing_it_is_one_box():
    import graph_viz

    def block(x):
        return np.tanh(x) * x

    y = az.checkpoint(block, az.Tensor(2.0, name="x")).named("y")
    assert str(az.Tape(y)) == "x: float64[]\ny: float64[] = checkpoint(x, f=block)"
    assert "y = checkpoint(x, f=block)" in graph_viz.draw(y).describe().replace("; ", ", ")


# ---- words ------------------------------------------------------------------------------------------------------


def counted():
    calls = []

    def f(x):
        calls.append(1)
        return x * float(len(calls))

    return f


def other_shape():
    calls = []

    def f(x):
        calls.append(1)
        return x[len(calls) :]

    return f


def other_tensors():
    calls, others = [], [az.Tensor(1.0) for _ in range(9)]

    def f(x):
        calls.append(1)
        return x * others[len(calls) - 1]

    return f


WRONG = {  # what is checkpointed, and what the error says
    "another value": (counted, "must compute the same"),
    "another shape": (other_shape, "must compute the same"),
    "other Tensors": (other_tensors, "used other Tensors"),
    "random numbers": (lambda: lambda x: x * np.random.default_rng().random(), "draw random numbers outside"),
}


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("name", WRONG)
def test_what_computes_something_else_is_refused(name, order):
    make, words = WRONG[name]
    x = az.Tensor([1.0, 2.0, 3.0])
    y = az.checkpoint(make(), x).sum()
    with pytest.raises(RuntimeError, match=words):
        az.gradient(y, [x], create_graph=order == 2)
    with pytest.raises(RuntimeError, match=words):
        y.backward()
    assert x.grad is None


def test_new_data_between_the_passes_is_refused():
    layer = net()
    y = az.checkpoint(layer, X).sum()
    layer[0].W.data = layer[0].W.data * 2.0
    with pytest.raises(RuntimeError, match="was given new data after checkpoint"):
        y.backward()


@pytest.mark.parametrize("f", [lambda x: (x, x), lambda x: x.data, lambda x: None], ids=["two", "an array", "nothing"])
def test_one_tensor_is_returned(f):
    with pytest.raises(TypeError, match="must return one Tensor"):
        az.checkpoint(f, az.Tensor(1.0))
