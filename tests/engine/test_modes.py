"""The switches: no_grad, fused, detect_anomaly and scopes, for one thread and context alone, and always put back."""

import asyncio
import contextvars
import inspect
import os
import re
import sys
import threading
from functools import partial

import numpy as np
import pytest
from engine.support import python

import autograd_zoo as az
from autograd_zoo.engine.mode import MODE, Scope, switched

# ---- no_grad ----------------------------------------------------------------------------------------------------


def test_nothing_is_recorded_under_no_grad():
    x = az.Tensor([1.0, 2.0])
    with az.no_grad():
        y = np.exp(x * x)[0]
        assert y.op is None and y.inputs == () == y.saved
    assert (x * x).op is not None
    np.testing.assert_allclose(y.data, np.exp(1.0))


def test_no_grad_decorates_functions_and_nests():
    @az.no_grad()
    def evaluate(x):
        with az.no_grad():
            x * 2.0
        return x * 2.0

    x = az.Tensor(1.0)
    assert evaluate(x).op is None and evaluate(x).op is None
    assert (x * 2.0).op is np.multiply


def test_a_transform_records_even_under_no_grad():
    with az.no_grad():
        assert az.grad(lambda x: x * x)(3.0) == 6.0
        np.testing.assert_array_equal(
            az.hessian(lambda x: np.sum(x**3))(np.array([1.0, 2.0])), [[6.0, 0.0], [0.0, 12.0]]
        )


@pytest.mark.parametrize("manager", [az.no_grad, az.fused, az.detect_anomaly])
def test_a_mode_ends_with_its_block_also_by_an_error(manager):
    before = MODE.get()
    with pytest.raises(KeyboardInterrupt), manager():
        assert MODE.get() is not before
        raise KeyboardInterrupt
    assert MODE.get() is before


# ---- one value per thread and context ---------------------------------------------------------------------------


class Doubler(az.nn.Module):
    def forward(self, x):
        return x + x


def spoil(entered, leave):
    """Stand in every mode at once until `leave` is set."""
    with az.no_grad(), az.fused(), az.detect_anomaly(), switched(scope=Scope("elsewhere")):
        entered.set()
        leave.wait(10)


def test_modes_and_scopes_of_one_thread_are_not_those_of_another():
    entered, leave = threading.Event(), threading.Event()
    thread = threading.Thread(target=spoil, args=(entered, leave))
    thread.start()
    try:
        assert entered.wait(10)
        mode = MODE.get()
        y = Doubler()(az.Tensor(1.0))
        assert (mode.recording, mode.fused, mode.observer, mode.scope) == (True, False, None, None)
        assert y.op is np.add and y.scope.path() == "Doubler"
    finally:
        leave.set()
        thread.join()


def test_a_new_thread_starts_with_the_default_and_a_copied_context_does_not():
    seen = {}

    def look(name):
        seen[name] = MODE.get().recording

    with az.no_grad():
        for name, target in (("new", look), ("copied", contextvars.copy_context().run)):
            arguments = (name,) if target is look else (look, name)
            thread = threading.Thread(target=target, args=arguments)
            thread.start()
            thread.join()
    assert seen == {"new": True, "copied": False}


def test_tasks_do_not_disturb_each_other():
    async def evaluate(x):
        with az.no_grad():
            await asyncio.sleep(0)
            y = x * 2.0
            await asyncio.sleep(0)
        return y.op

    async def train(x):
        ops = []
        for _ in range(4):
            ops.append((x * 2.0).op)
            await asyncio.sleep(0)
        return ops

    async def both():
        x = az.Tensor(1.0)
        return await asyncio.gather(evaluate(x), train(x), evaluate(x))

    assert asyncio.run(both()) == [None, [np.multiply] * 4, None]


@pytest.fixture
def hasty_threads():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def in_threads(count, work):
    """Run `work(k)` in `count` threads at once, and raise what they raise."""
    errors = []

    def guarded(k):
        try:
            work(k)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(k,)) for k in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@pytest.mark.usefixtures("hasty_threads")
def test_sweeps_of_many_threads_into_one_leaf_add_up_exactly():
    x, w = az.Tensor([1.0, 2.0, 3.0]), az.Tensor(2.0)

    def work(k):
        for _ in range(60):
            (x * w * float(k)).sum().backward()

    in_threads(8, work)
    np.testing.assert_array_equal(x.grad, [60 * 2.0 * 28] * 3)
    assert w.grad == 60 * 6.0 * 28


@pytest.mark.usefixtures("hasty_threads")
def test_one_tape_can_be_swept_by_many_threads():
    x = az.Tensor(np.linspace(0.1, 1.0, 5))
    y = (np.exp(x) * x).sum()
    (expected,) = az.gradient(y, [x])
    (curvature,) = az.gradient(az.gradient(y, [x], create_graph=True)[0].sum(), [x])

    def work(k):
        for _ in range(20):
            np.testing.assert_array_equal(az.gradient(y, [x])[0], expected)
            (g,) = az.gradient(y, [x], create_graph=True)
            np.testing.assert_array_equal(az.gradient(g.sum(), [x])[0], curvature)

    in_threads(6, work)


@pytest.mark.usefixtures("hasty_threads")
def test_graphs_of_many_threads_are_independent():
    def work(k):
        for n in range(30):
            x = az.Tensor(float(k + 1))
            y = x
            for _ in range(10):
                y = y * x
            with az.no_grad():
                assert (x * x).op is None
            y.backward()
            assert x.grad == pytest.approx(11.0 * (k + 1.0) ** 10, rel=1e-14), n

    in_threads(6, work)


# ---- scopes -----------------------------------------------------------------------------------------------------


def test_a_module_call_is_the_scope_of_what_it_records_and_ends_with_it():
    class Outer(az.nn.Module):
        def __init__(self):
            self.inner = Doubler()

        def forward(self, x):
            return np.tanh(self.inner(x)) + self.inner(x)

    x = az.Tensor(1.0)
    y = Outer()(x)
    assert [t.scope.path() for t in az.Tape(y) if t.op is not None] == ["inner", "Outer", "inner", "Outer"]
    calls = {id(t.scope) for t in az.Tape(y) if t.op is np.add and t.scope.path() == "inner"}
    assert len(calls) == 2  # two calls of one module
    assert (y * 1.0).scope is None and x.scope is None


def test_a_scope_ends_when_forward_raises():
    class Fails(az.nn.Module):
        def forward(self, x):
            raise StopIteration

    with pytest.raises(StopIteration):
        Fails()(1.0)
    assert MODE.get().scope is None


# ---- detect_anomaly ---------------------------------------------------------------------------------------------


@np.errstate(all="ignore")
def test_the_first_value_that_is_not_finite_is_named_with_its_line():
    x = az.Tensor([[1.0, 2.0], [0.0, 4.0]])
    with az.detect_anomaly(), pytest.raises(FloatingPointError) as caught:
        y = np.exp(x) * 2.0
        np.log(x * 3.0)  # the line
        np.sqrt(y)
    assert re.fullmatch(
        r"log gave -inf at index \(1, 0\) \(shapes \(2, 2\)\), recorded at .*test_modes\.py:(\d+)", str(caught.value)
    )
    line = int(str(caught.value).rsplit(":", 1)[1])
    with open(__file__, encoding="utf-8") as file:
        assert file.readlines()[line - 1].endswith("# the line\n")


@np.errstate(all="ignore")
def test_the_first_gradient_that_is_not_finite_is_named_with_its_line_and_module():
    class Root(az.nn.Module):
        def forward(self, x):
            return np.sqrt(x)  # the line

    x = az.Tensor([4.0, 0.0])
    with az.detect_anomaly():
        y = Root()(x).sum() + (x * x).sum()
        with pytest.raises(FloatingPointError) as caught:
            y.backward()
    assert re.search(
        r"the rule of sqrt gave the gradient inf at index \(1,\) \(shapes \(2,\)\) in module Root, recorded at .*:\d+",
        str(caught.value),
    )
    assert x.grad is None


@np.errstate(all="ignore")
def test_a_tape_from_outside_the_watch_is_watched_too():
    x = az.Tensor(0.0)
    y = np.sqrt(x)
    with az.detect_anomaly(), pytest.raises(FloatingPointError, match=r"sqrt .*put the forward pass inside it too"):
        y.backward()


def test_a_watch_changes_no_result():
    x = az.Tensor([0.5, 1.5])
    f = lambda: az.gradient(np.sum(np.tanh(x) ** 3 / x), [x])[0]  # noqa: E731
    expected = f()
    with az.detect_anomaly():
        np.testing.assert_array_equal(f(), expected)
        np.testing.assert_allclose(az.grad(az.grad(np.tanh))(0.5), -0.72686198, rtol=1e-8)


# ---- fused ------------------------------------------------------------------------------------------------------


def test_fused_records_a_module_as_one_node_and_its_second_derivative_composed():
    x = np.array([0.5, -1.0, 2.0])
    f = lambda x: np.sum(az.nn.gelu(x) * np.arange(3.0))  # noqa: E731
    composed = f(az.Tensor(x))
    with az.fused():
        single = f(az.Tensor(x))
        curvature = az.hessian(f)(x)
    ops = [t.op.__name__ for t in az.Tape(single) if t.op is not None]
    assert ops == ["gelu", "multiply", "sum"] and len(az.Tape(composed)) > len(az.Tape(single))
    np.testing.assert_allclose(curvature, az.hessian(f)(x), atol=1e-14)


# ---- decorators, and blocks that do not end in the order in which they began ---------------------------------------


def recording():
    return MODE.get().recording


@pytest.mark.parametrize("decorate", [az.no_grad, az.no_grad()], ids=["@no_grad", "@no_grad()"])
def test_a_decorated_generator_switches_for_its_own_code_alone(decorate):
    @decorate
    def generator(n):
        """Say whether it records, and what it was sent."""
        got = None
        try:
            for _ in range(n):
                got = yield recording(), got
        except KeyError as error:
            yield recording(), error
        finally:
            seen.append(recording())
        return recording()

    def delegate():
        result.append((yield from generator(2)))

    seen, result = [], []
    steps = generator(3)
    assert generator.__doc__.startswith("Say") and recording()
    assert next(steps) == (False, None) and recording()
    assert steps.send("a") == (False, "a") and recording()
    error = KeyError()
    assert steps.throw(error) == (False, error) and recording()
    steps.close()
    assert seen == [False] and recording()
    assert list(delegate()) == [(False, None)] * 2 and result == [False] and recording()
    with pytest.raises(KeyError):
        generator(1).throw(KeyError)
    assert recording()


def test_a_decorated_coroutine_switches_for_its_own_code_alone():
    class Pause:
        def __await__(self):
            return (yield "pause")

    @az.no_grad
    async def coroutine():
        return recording(), await Pause(), recording()

    @az.fused()
    @az.no_grad
    async def generating():
        for k in range(2):
            yield k, recording(), MODE.get().fused, await Pause()

    steps = coroutine().__await__()
    assert next(steps) == "pause" and recording()
    with pytest.raises(StopIteration) as end:
        steps.send("go on")
    assert end.value.value == (False, "go on", False) and recording()

    async def collect():
        return [found async for found in generating()]

    steps = collect().__await__()
    assert next(steps) == "pause" and recording() and not MODE.get().fused
    assert steps.send(1) == "pause" and recording() and not MODE.get().fused
    with pytest.raises(StopIteration) as end:
        steps.send(2)
    assert end.value.value == [(0, False, True, 1), (1, False, True, 2)] and recording()


def test_a_decorated_async_generator_is_closed_inside():
    closed = []

    @az.no_grad
    async def generating():
        try:
            yield 1
            yield 2
        finally:
            closed.append(recording())

    async def first():
        numbers = generating()
        async for _ in numbers:
            break
        await numbers.aclose()
        return recording()

    assert asyncio.run(first()) and closed == [False]


def test_methods_are_decorated_and_classes_are_not():
    class Net(az.nn.Module):
        @az.no_grad
        def evaluate(self, x):
            return self, x * x

    net = Net()
    assert net.evaluate(az.Tensor(1.0))[0] is net and net.evaluate(az.Tensor(1.0))[1].op is None
    for wrong in (Net, 3):
        with pytest.raises(TypeError, match="a function is decorated, or a method, got"):
            az.no_grad()(wrong)


def taken(result):
    """What a function of any kind returns or yields."""
    if inspect.isawaitable(result):
        return asyncio.run(result)
    if inspect.isasyncgen(result):

        async def all_of_it():
            return [x async for x in result]

        return asyncio.run(all_of_it())[0]
    return next(result) if inspect.isgenerator(result) else result


def of_each_kind():
    def plain(*args):
        return recording()

    def generator(*args):
        yield recording()

    async def coroutine(*args):
        return recording()

    async def generating(*args):
        yield recording()

    return plain, generator, coroutine, generating


WAYS = {
    "a static method": lambda f: type("C", (), {"f": az.no_grad()(staticmethod(f))}).f,
    "a static method, of an object": lambda f: type("C", (), {"f": az.no_grad()(staticmethod(f))})().f,
    "a class method": lambda f: type("C", (), {"f": az.no_grad()(classmethod(f))})().f,
    "an object that is called": lambda f: az.no_grad()(type("C", (), {"__call__": f})()),
    "a part of an object": lambda f: az.no_grad()(partial(partial(type("C", (), {"__call__": f})()), 1)),
    "a method of an object": lambda f: az.no_grad()(type("C", (), {"f": f})().f),
    "an object whose call is static": lambda f: az.no_grad()(type("C", (), {"__call__": staticmethod(f)})()),
}


@pytest.mark.parametrize("function", of_each_kind(), ids=lambda f: f.__name__)
@pytest.mark.parametrize("way", WAYS)
def test_whatever_is_called_is_decorated(way, function):
    assert taken(function()) is True
    assert taken(WAYS[way](function)()) is False
    assert recording()


def test_one_object_serves_any_number_of_blocks():
    quiet = az.no_grad()
    before = MODE.get()
    with quiet:
        with quiet, az.fused(), quiet:
            assert not recording() and MODE.get().fused
        assert not recording() and not MODE.get().fused
        with pytest.raises(ZeroDivisionError), quiet:
            1 / 0  # noqa: B018
        assert not recording()
    assert MODE.get() is before
    with quiet:
        assert not recording()
    in_threads(4, lambda k: [quiet.__enter__(), recording() and 1 / 0, quiet.__exit__(None, None, None)])
    assert MODE.get() is before


SWITCHES = {"no_grad": (az.no_grad, "recording", False), "fused": (az.fused, "fused", True)}


@pytest.mark.parametrize("order", ["aabb", "abab", "abba", "abcbca", "abcacb", "abcabc"])
@pytest.mark.parametrize("kinds", [("no_grad",) * 3, ("no_grad", "fused", "no_grad"), ("fused", "no_grad", "fused")])
def test_generators_that_take_turns_end_each_its_own_block(kinds, order):
    def generator(kind):
        manager, name, value = SWITCHES[kind]
        with manager():
            yield
            assert getattr(MODE.get(), name) is value  # whoever ended meanwhile

    before = MODE.get()
    running = {name: generator(kind) for name, kind in zip("abc", kinds, strict=True)}
    open_blocks = []
    for name in order:
        next(running[name], None)
        (open_blocks.remove if name in open_blocks else open_blocks.append)(name)
        inside = [SWITCHES[kinds["abc".index(other)]] for other in open_blocks]
        assert recording() is all(value for _, switch, value in inside if switch == "recording")
        assert MODE.get().fused is any(switch == "fused" for _, switch, _ in inside)
    assert MODE.get() is before


def test_a_block_that_ends_after_what_was_around_it_changes_nothing():
    def generator():
        with az.no_grad():
            yield

    class Starts(az.nn.Module):
        def forward(self, x):
            self.running = generator()
            next(self.running)
            return x

    before = MODE.get()
    module = Starts()
    module(1.0)
    assert MODE.get() is before
    with az.fused():
        next(module.running, None)
        assert MODE.get().fused
    assert MODE.get() is before


# ---- fork ---------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_while_other_threads_sweep_leaves_a_child_that_sweeps():
    program = """
import os, signal, sys, threading, warnings
import numpy as np, autograd_zoo as az
warnings.simplefilter("ignore")  # of forks of a process with threads, which is what this is about
sys.setswitchinterval(1e-6)
layer = az.nn.WeightNorm(az.nn.Linear(3, 3, rng=np.random.default_rng(0)))
x, stop = az.Tensor(np.ones((2, 3))), threading.Event()
def work():
    while not stop.is_set():
        layer(x).sum().backward()
threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads: thread.start()
good = 0
for _ in range(20):
    child = os.fork()
    if not child:
        signal.alarm(10)  # ends a child that hangs
        before = 0.0 if x.grad is None else x.grad.copy()
        layer(x).sum().backward()
        os._exit(0 if (x.grad - before != 0).any() else 1)
    good += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
stop.set()
for thread in threads: thread.join()
print(good)
"""
    assert python(program) == "20\n"
