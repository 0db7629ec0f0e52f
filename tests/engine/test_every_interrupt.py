"""All or nothing, at every place where Ctrl-C can come; a sample of the places unless the slow tests are asked for."""

import asyncio
import gc
import itertools
import signal

import numpy as np
import pytest
from engine.interrupts import Interrupter, places
from engine.support import python

import autograd_zoo as az
from autograd_zoo import nn, optim, train
from autograd_zoo.engine.mode import MODE

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")  # as it was interrupted before
SAMPLE = 6  # places of each case that are tried by default


def bits(*values):
    """Values as something that is equal only to the same bits."""
    return [
        None if v is None else v.tobytes() if hasattr(v, "tobytes") else repr(v)
        for v in (x.data if isinstance(x, az.Tensor) else x for x in values)
    ]


# ---- modes ------------------------------------------------------------------------------------------------------


def block(manager):
    def case():
        x = az.Tensor([1.0, 2.0])

        def action():
            with manager():
                x * x

        return action, lambda: None

    return case


def resting():
    gc.enable()
    case, _ = block(az.uncollected)()
    return case, gc.isenabled


def one_object_twice():
    quiet, x = az.no_grad(), az.Tensor(1.0)

    def action():
        with quiet, az.fused(), quiet:
            x * x
        with quiet:
            x + x

    return action, lambda: None


def decorated(kind):
    x = az.Tensor([1.0, 2.0])

    @az.no_grad
    def plain():
        return x * x

    @az.no_grad()
    def generator():
        yield x * x
        yield from (x + x, x - x)

    @az.no_grad
    async def coroutine():
        return x * x

    @az.no_grad
    async def generating():
        yield x * x
        yield x + x

    def drive(awaitable):
        steps = awaitable.__await__()
        try:
            while True:
                next(steps)
        except StopIteration:
            return

    async def collect():
        return [y async for y in generating()]

    action = {
        "plain": plain,
        "generator": lambda: list(generator()),
        "coroutine": lambda: drive(coroutine()),
        "async generator": lambda: drive(collect()),
    }[kind]
    return lambda: (action, lambda: None)


def transform(f):
    return lambda: (f, lambda: None)


class Net(nn.Module):
    def __init__(self):
        self.norm, self.W = nn.BatchNorm1d(2), nn.Parameter([[1.0, -2.0], [0.5, 3.0]])

    def forward(self, x):
        return np.tanh(self.norm(x @ self.W))


X = np.array([[1.0, 2.0], [3.0, 5.0], [-1.0, 0.0]])


def call(make, x=X):
    def case():
        module = make()
        return lambda: module(x), lambda: bits(*module.state_dict().values())

    return case


# ---- gradients --------------------------------------------------------------------------------------------------


def backward(**options):
    def case():
        a, b, c = az.Tensor([1.0, 2.0]), az.Tensor(3.0), az.Tensor([0.5, 0.25])
        a.grad = [10.0, 20.0]
        h = a * b
        y = (np.sin(h) * c + a).sum()

        def state():
            tape = [y.op, h.op, len(h.inputs), len(y.saved)]
            return [*bits(a.grad, b.grad, c.grad, h.grad), *tape]

        return lambda: y.backward(**options), state

    return case


def checkpointed():
    x, drop = az.Tensor([0.5, 1.5]), nn.Dropout(0.5, rng=np.random.default_rng(0))
    y = az.checkpoint(lambda x: np.tanh(drop(x)) * x, x).sum()
    return lambda: y.backward(retain_graph=False), lambda: [bits(x.grad), y.op, drop.rng.bit_generator.state]


def differentiable():
    x = az.Tensor([0.5, 1.5])
    y = np.sum(np.tanh(x) ** 3)
    return lambda: az.gradient(az.gradient(y, [x], create_graph=True)[0].sum(), [x]), lambda: bits(x.grad)


# ---- parameters -------------------------------------------------------------------------------------------------


def leaves():
    params = [az.Tensor([1.0, 2.0]), az.Tensor(3.0), az.Tensor([[4.0]])]
    for k, p in enumerate(params):
        p.grad = np.full(p.shape, k + 1.0)
    return params


def memory(opt):
    return [bits(*state.values()) for state in opt.state], dict(opt.hyper)


def step(kind, **hyper):
    def case():
        opt = kind(leaves(), **hyper)
        opt.step()
        return opt.step, lambda: [bits(*opt.params), memory(opt)]

    return case


def of_optimizer(act):
    def case():
        params = leaves()
        opt = optim.Adam(params, lr=0.5)
        schedule = optim.StepLR(opt, 2)
        opt.step()
        stored = opt.state_dict()
        opt.step()
        opt.lr = 0.125
        state = lambda: [bits(*params, *(p.grad for p in params)), memory(opt), schedule.state_dict()]  # noqa: E731
        return lambda: act(opt, schedule, stored), state

    return case


def tree():
    module = nn.Sequential(nn.Linear(2, 3, rng=np.random.default_rng(0)), nn.BatchNorm1d(3))
    module.shared = module[1]
    module.tied = module[0].W
    return module


def of_module(act, prepare=lambda module: None):
    def case():
        module = tree()
        prepare(module)
        params = module.parameters()
        for p in params:
            p.grad = np.ones(p.shape)
        stored = {path: value + 1 for path, value in module.state_dict().items()}

        def state():
            inside = [{k: v for k, v in vars(m).items() if k not in ("layers", "rng")} for m in module.modules()]
            kinds = [{k: type(v).__name__ if hasattr(v, "dtype") else str(v) for k, v in d.items()} for d in inside]
            return [bits(*module.state_dict().values(), *(p.grad for p in params)), kinds, module.tied is module[0].W]

        return lambda: act(module, stored), state

    return case


def training():
    one = train.Training(tree(), np.random.default_rng(1), lr=0.1)
    one.optimizer.step([np.ones(p.shape) for p in one.optimizer.params])
    one.schedule.step()
    one.rng.random(3)
    one.epochs = 7
    stored = one.state_dict()
    other = train.Training(tree(), np.random.default_rng(2), lr=0.1)

    def state():
        return {k: bits(v) for k, v in other.state_dict().items()}

    return lambda: other.load_state_dict(stored), state


def evaluated():
    module = tree()
    module[1].eval()

    def action():
        with train.loop.evaluation(module):
            module(X)

    return action, lambda: [m.training for m in module.modules()]


CASES = {
    "no_grad": block(az.no_grad),
    "fused": block(az.fused),
    "detect_anomaly": block(az.detect_anomaly),
    "uncollected": resting,
    "one object, twice": one_object_twice,
    **{f"decorated {kind}": decorated(kind) for kind in ("plain", "generator", "coroutine", "async generator")},
    "grad": transform(lambda: az.grad(np.tanh)(0.5)),
    "grad of grad": transform(lambda: az.grad(az.grad(lambda x: x * x * x))(0.5)),
    "jacobian": transform(lambda: az.jacobian(lambda x: x * x)(np.array([1.0, 2.0]))),
    "vjp": transform(lambda: az.vjp(lambda x: x * x, 3.0)[1](1.0)),
    "jvp": transform(lambda: az.jvp(lambda x: x * x, (3.0,), (1.0,))),
    "hvp": transform(lambda: az.hvp(lambda x: np.sum(x * x), np.ones(2), np.ones(2))),
    "create_graph": differentiable,
    "module": call(lambda: nn.Sequential(nn.Sequential(np.tanh), nn.Softmax())),
    "batch norm": call(Net),
    "fused module": lambda: (lambda: az.fused(nn.softmax)(az.Tensor(X)).sum().backward(), lambda: None),
    "weight norm": call(lambda: nn.WeightNorm(nn.Linear(2, 2, rng=np.random.default_rng(0)))),
    "backward": backward(),
    "backward, retain_grads": backward(retain_grads=True),
    "backward, tape given back": backward(retain_graph=False),
    "backward through a checkpoint": checkpointed,
    "SGD.step": step(optim.SGD, lr=0.5, momentum=0.9),
    "Adam.step": step(optim.Adam),
    "Optimizer.zero_grad": of_optimizer(lambda opt, schedule, stored: opt.zero_grad()),
    "Optimizer.load_state_dict": of_optimizer(lambda opt, schedule, stored: opt.load_state_dict(stored)),
    "clip_grad_norm": of_optimizer(lambda opt, schedule, stored: optim.clip_grad_norm(opt.params, 1.0)),
    "Scheduler.step": of_optimizer(lambda opt, schedule, stored: schedule.step()),
    "Scheduler.load_state_dict": of_optimizer(
        lambda opt, schedule, stored: schedule.load_state_dict({"t": 5, "base_lr": 0.25})
    ),
    "Module.load_state_dict": of_module(lambda module, stored: module.load_state_dict(stored)),
    "Module.freeze": of_module(lambda module, stored: module.freeze()),
    "Module.unfreeze": of_module(lambda module, stored: module.unfreeze(), lambda module: module.freeze()),
    "Module.eval": of_module(lambda module, stored: module.eval()),
    "Module.train": of_module(lambda module, stored: module.train(), lambda module: module[1].eval()),
    "Module.zero_grad": of_module(lambda module, stored: module.zero_grad()),
    "Training.load_state_dict": lambda: training(),
    "evaluation": evaluated,
}


ALL_TOO = {"batch norm"}  # its statistics have moved when the last operations of the forward pass are interrupted


def interrupt(case, k, all_too=False):
    """Interrupt a case at its k-th place, and require that nothing has changed, or all; then try again."""
    mode, errors = MODE.get(), np.geterr()
    action, state = case()
    old = state()
    interrupter = Interrupter(k)
    interrupted = interrupter.run(action)
    left, left_errors, found = MODE.get(), np.geterr(), state()
    MODE.set(mode)
    np.seterr(**errors)
    assert left is mode and left_errors == errors, f"the mode stays, interrupted at {interrupter.where}"
    again, whole = case()
    again()
    new = whole()
    assert found == old or (found == new and (all_too or not interrupted)), f"half, interrupted at {interrupter.where}"
    if interrupted and found == old:
        action()
        assert state() == new, f"not as if nothing had been, interrupted at {interrupter.where}"


@pytest.mark.parametrize("name", CASES)
def test_an_interrupt_leaves_all_or_nothing(name):
    case = CASES[name]
    case()[0]()
    count = places(case()[0])
    assert count > 5
    for k in sorted({1 + round(i * (count - 1) / (SAMPLE - 1)) for i in range(SAMPLE)}):
        interrupt(case, k, name in ALL_TOO)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_an_interrupt_anywhere_leaves_all_or_nothing(name):
    case = CASES[name]
    case()[0]()
    for k in range(1, places(case()[0]) + 1):
        interrupt(case, k, name in ALL_TOO)


@pytest.fixture(autouse=True)
def no_collector():
    """JAX has its say at each collection, where an interrupt would be lost."""
    gc.disable()
    yield
    gc.enable()


def test_the_places_are_found():
    """What would fail is noticed: a mode that is put back by a function written in Python."""

    def careless():
        class Manager:
            def __enter__(self):
                self.token = MODE.set(MODE.get().but(()))

            def __exit__(self, *_):
                MODE.reset(self.token)

        def action():
            with Manager():
                pass

        return action, lambda: None

    def fails(k):
        try:
            interrupt(careless, k)
        except AssertionError:
            return True
        return False

    assert [fails(k) for k in itertools.takewhile(lambda k: k <= places(careless()[0]), itertools.count(1))].count(
        True
    ) >= 2


def test_asyncio_runs_what_is_decorated():
    @az.no_grad
    async def evaluate(x):
        await asyncio.sleep(0)
        return x * x

    assert asyncio.run(evaluate(az.Tensor(1.0))).op is None


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs POSIX signals")
def test_real_signals_leave_no_mode_behind():
    program = """
import random, signal
import numpy as np, autograd_zoo as az
from autograd_zoo.engine.mode import MODE
x, module, draw = az.Tensor([1.0, 2.0]), az.nn.Sequential(np.tanh), random.Random(0)

def interrupt(*_):
    raise KeyboardInterrupt

def forever():
    while True:
        with az.no_grad(), az.fused():
            module(x)
        with az.detect_anomaly():
            x * x
        az.grad(np.tanh)(0.5)

signal.signal(signal.SIGALRM, interrupt)
mode, errors, left = MODE.get(), np.geterr(), 0
for _ in range(10_000):
    try:
        signal.setitimer(signal.ITIMER_REAL, draw.uniform(2e-5, 4e-4))
        forever()
    except KeyboardInterrupt:
        left += MODE.get() is not mode or np.geterr() != errors
        MODE.set(mode)
        np.seterr(**errors)
print(left)
"""
    assert python(program) == "0\n"
