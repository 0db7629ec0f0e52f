"""Depth, width and leaks: a million operations at the default recursion limit, and nothing left behind by anything."""

import gc
import textwrap
import tracemalloc

import numpy as np
import pytest
from engine.support import python
from every import every

import autograd_zoo as az

PROLOGUE = """
import gc, sys, time
import numpy as np, autograd_zoo as az
assert sys.getrecursionlimit() == 1000
"""

PROGRAMS = {
    "a long chain": """
        x = az.Tensor(1.0)
        y = x
        for _ in range(n // 2):
            y = y * 1.0000001 + 1e-9
        y.backward()
        assert abs(x.grad - 1.0000001 ** (n // 2)) < 1e-9
        tape = az.Tape(y)
        text = str(tape)
        assert len(tape) == n + 1 and text.count(chr(10)) == 60 and f"{n - 59:,} nodes more" in text
        assert repr(y) and repr(tape) == f"<Tape of {n + 1:,} nodes>"
        del y, tape
    """,
    "a chain that is deleted without having been swept": """
        y = az.Tensor(1.0)
        for _ in range(100_000):
            y = -y
        del y
    """,
    "a chain given back": """
        x = az.Tensor(1.0)
        y = x
        for _ in range(50_000):
            y = y + 1.0
        y.backward(retain_graph=False)
        assert x.grad == 1.0 and y.inputs == ()
    """,
    "a recorded sweep of a long chain": """
        x = az.Tensor(1.0)
        y = x
        for _ in range(10_000):
            y = y * 1.0001
        (g,) = az.gradient(y * y, [x], create_graph=True)
        g.backward()
        assert abs(x.grad / (2.0 * 1.0001 ** 20_000) - 1.0) < 1e-9
        del g, y
    """,
    "a sum of 50,000 terms": """
        x = az.Tensor(2.0)
        sum(x * k for k in range(50_000)).backward()
        assert x.grad == 1249975000.0
    """,
    "50,000 leaves": """
        xs = [az.Tensor(1.0) for _ in range(50_000)]
        y = xs[0]
        for x in xs[1:]:
            y = y + x
        y.backward()
        assert all(x.grad == 1.0 for x in xs)
    """,
    "10,000 leaves in a stack": """
        xs = [az.Tensor(float(k)) for k in range(10_000)]
        (np.stack(xs) ** 2).sum().backward()
        assert all(x.grad == 2.0 * k for k, x in enumerate(xs))
    """,
    "a thousand doublings": """
        x = az.Tensor(1.0)
        y = x
        for _ in range(1_000):
            y = (y + y) / 2.0
        y.backward()
        assert x.grad == 1.0
        assert len(az.Tape(y)) == 2_001
    """,
}


def test_size_is_no_obstacle():
    """One interpreter runs them all, and an error has the name of its program as its file."""
    programs = {name: textwrap.dedent(program) for name, program in PROGRAMS.items()}
    each = "for name, program in {}.items():\n    exec(compile(program, name, 'exec'))\n    print(name, flush=True)"
    ended = python("n = 100_000\n" + PROLOGUE + each.format(programs)).splitlines()
    assert ended == list(PROGRAMS)


@pytest.mark.slow
def test_a_million_operations_are_no_obstacle():
    python("n = 1_000_000\n" + PROLOGUE + textwrap.dedent(PROGRAMS["a long chain"]), seconds=60)


# ---- leaks ------------------------------------------------------------------------------------------------------


class Net(az.nn.Module):
    def __init__(self, rng):
        self.fc1 = az.nn.Linear(4, 8, rng=rng)
        self.fc2 = az.nn.Linear(8, 2, rng=rng)

    def forward(self, x):
        return self.fc2(np.tanh(self.fc1(x)))


class Fails(Exception):
    pass


def fails(g, y, x):
    raise Fails


@az.primitive
def trapdoor(x):
    return x * 1.0


az.defvjp(trapdoor, fails)
rng = np.random.default_rng(0)
X, NET = rng.normal(size=(5, 4)), Net(rng)
OPTIMIZER = az.optim.Adam(NET.parameters(), lr=1e-3)


def train():
    OPTIMIZER.zero_grad()
    (NET(X) ** 2).mean().backward()
    OPTIMIZER.step()


def attempt(program, error):
    try:
        program()
    except error:
        return
    raise AssertionError("the program was to fail")


LEAKS = {
    "training steps": train,
    "forward passes that are never swept": lambda: NET(X),
    "forward passes without recording": az.no_grad()(lambda: NET(X)),
    "fused training steps": lambda: fused_step(),
    "second derivatives": lambda: az.gradient(
        (az.gradient(NET(X).sum(), [NET.fc1.W], create_graph=True)[0] ** 2).sum(), [NET.fc2.W]
    ),
    "Hessians": lambda: az.hessian(lambda x: np.sum(np.exp(x) * x))(np.ones(3)),
    "Jacobian-vector products": lambda: az.jvp(np.tanh, (np.ones(3),), (np.ones(3),)),
    "tapes given back": lambda: (NET(X) ** 2).sum().backward(retain_graph=False),
    "gradients kept": lambda: (NET(X) ** 2).sum().backward(retain_grads=True),
    "printed tapes": lambda: str(az.Tape(NET(X))),
    "anomaly watches": lambda: watched(),
    "item assignment": lambda: az.Tensor(X).at[0].set(1.0).sum().backward(),
    "shapes that do not fit": lambda: attempt(lambda: NET(X) + np.ones(3), ValueError),
    "modules that do not fit": lambda: attempt(lambda: NET(X.T), ValueError),
    "functions without a rule": lambda: attempt(lambda: np.roots(NET(X)), TypeError),
    "arrays of Tensors": lambda: attempt(lambda: np.asarray(NET(X)), TypeError),
    "rules that raise": lambda: attempt(lambda: trapdoor(NET(X)).sum().backward(), Fails),
    "rules that raise in a recorded sweep": lambda: attempt(
        lambda: az.gradient(trapdoor(NET(X)).sum(), NET.parameters(), create_graph=True), Fails
    ),
    "sweeps refused": lambda: attempt(lambda: NET(X).backward(), ValueError),
}


def fused_step():
    with az.fused():
        train()


def watched():
    with az.detect_anomaly():
        (NET(X) ** 2).sum().backward()


@pytest.fixture
def no_collector():
    gc.collect()
    gc.freeze()  # what was there before, and that is much, is not walked again and again
    gc.disable()
    yield
    gc.enable()
    gc.unfreeze()


@every("name", LEAKS)  # at once, for the collector needs long to walk what was there before
def test_reference_counts_alone_free_everything(name, no_collector):
    program = LEAKS[name]
    for _ in range(10):
        program()
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(300 if name == "training steps" else 60):
        program()
    after = len(gc.get_objects())
    assert after - before < 50
    assert gc.collect() < 50


def test_dropping_the_loss_frees_its_tape_at_once(no_collector):
    def tensors():
        return sum(issubclass(type(o), az.Tensor) for o in gc.get_objects())  # isinstance would run code of others

    before = tensors()
    loss = (NET(X) ** 2).mean()
    assert tensors() - before == len(az.Tape(loss)) - len(NET.parameters())
    del loss
    assert tensors() == before


CHAINS = {  # steps, and how many bytes each of their nodes may have besides its array of 24
    "unary": (lambda y, x: -y, 224),
    "binary": (lambda y, x: y + x, 240),
    "with a constant": (lambda y, x: y * 1.0001, 240),
    "a function": (lambda y, x: np.tanh(y), 224),
}


@pytest.mark.parametrize("name", CHAINS)
def test_a_node_is_small(name):
    step, most = CHAINS[name]
    x = y = az.Tensor(0.5)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(10_000):
            y = step(y, x)
        assert (tracemalloc.get_traced_memory()[0] - before) / 10_000 - 24 < most
    finally:
        tracemalloc.stop()


@pytest.fixture
def collecting():
    """The collector is on, and how it is set comes back."""
    gc.enable()
    yield gc.get_threshold(), gc.get_freeze_count()
    gc.enable()


def test_the_collector_rests_in_a_block_and_is_as_before(collecting):
    runs = []
    gc.callbacks.append(lambda *_: runs.append(1))
    with az.uncollected():
        runs.clear()
        assert not gc.isenabled()
        with az.uncollected():
            graph = [az.Tensor(1.0) for _ in range(10_000)]
        assert not gc.isenabled() and not runs
    gc.callbacks.pop()
    assert gc.isenabled() and (gc.get_threshold(), gc.get_freeze_count()) == collecting
    with pytest.raises(KeyError), az.uncollected():
        raise KeyError
    assert gc.isenabled() and len(graph) == 10_000
    gc.disable()
    with az.uncollected():
        pass
    assert not gc.isenabled()


def test_memory_a_node():
    program = PROLOGUE + textwrap.dedent("""
        import resource
        gc.disable()
        x = az.Tensor(1.0)
        for _ in range(1000):
            y = x * 1.5
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        y = x
        n = 100_000
        for _ in range(n):
            y = y * 1.0000001
        y.backward()
        print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / n)
    """)
    pytest.importorskip("resource")
    assert float(python(program)) < 1024.0
