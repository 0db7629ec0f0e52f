"""Rows on sweeps in threads and forks, deep and wide."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from cases import Case, process
from leaves import ADDING, ARRAYS, leaf
from leaves import ROWS as LEAVES


def in_a_thread(block: Any, see: Any) -> Any:
    """What `see()` says here while another thread is inside `block`."""
    inside, seen = threading.Event(), threading.Event()

    def other() -> None:
        with block:
            inside.set()
            seen.wait(10)

    thread = threading.Thread(target=other)
    thread.start()
    inside.wait(10)
    try:
        return see()
    finally:
        seen.set()
        thread.join()


def into_one_leaf(L: Any) -> Any:
    """The gradient of a leaf into which four threads sweep 200 times each."""
    x = leaf(L, 1.0)

    def sweeps(_: int) -> None:
        for _ in range(200):
            (x * 2.0).backward()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(sweeps, range(4)))
    return x.grad


FORK = """
import json, os, sys, threading, time, warnings
warnings.simplefilter("ignore")
if sys.argv[1] == "PyTorch":
    import torch
    make = lambda: torch.ones(10, requires_grad=True)
elif sys.argv[1] == "MyGrad":
    import mygrad
    make = lambda: mygrad.tensor([1.0] * 10)
else:
    import autograd_zoo
    make = lambda: autograd_zoo.Tensor([1.0] * 10)
x, over = make(), False

def sweep(x):
    y = x
    for _ in range(20):
        y = y * 1.01
    y.sum().backward()

def sweeps():
    while not over:
        sweep(make())

sweep(x)
threading.Thread(target=sweeps, daemon=True).start()
ended = 0
for _ in range(10):
    time.sleep(0.002)
    child = os.fork()
    if not child:
        sweep(make())
        os._exit(0)
    for _ in range(300):
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            ended += status == 0
            break
        time.sleep(0.01)
    else:
        os.kill(child, 9)
        os.waitpid(child, 0)
over = True
print(json.dumps(ended))
sys.stdout.flush()
os._exit(0)
"""
THREADS = [
    Case(
        "four threads sweep into one leaf, 200 times each", 1600.0, "4 · 200 · 2", dict.fromkeys(ADDING, into_one_leaf)
    ),
    Case(
        "ten forks while another thread sweeps: children that can sweep",
        10.0,
        "all",
        dict.fromkeys(ARRAYS, lambda L: process(FORK, L.name)),
    ),
]
BITS = """
import hashlib, json, sys
import numpy as np
x = np.random.default_rng(0).normal(size=(400, 3000)).astype(np.float32)
if sys.argv[1] == "PyTorch":
    import torch
    torch.set_num_threads(int(sys.argv[2]))
    x = torch.tensor(x, requires_grad=True)
    y = torch.logsumexp(x, 1).sum() + x.var() + (x * x).mean() + torch.tanh(x).sum()
    y.backward()
    found = x.grad.numpy().tobytes() + y.detach().numpy().tobytes()
else:
    import autograd_zoo as az
    x = az.Tensor(x)
    y = az.logsumexp(x, axis=1).sum() + x.var() + (x * x).mean() + np.tanh(x).sum()
    y.backward()
    found = x.grad.tobytes() + y.data.tobytes()
print(json.dumps(hashlib.sha256(found).hexdigest()))
"""


def threads_of_blas(L: Any) -> bool:
    """Whether one thread and two give the same bits, where no product of matrices is asked for."""
    one, two = (
        process(f"import os; os.environ.update(OPENBLAS_NUM_THREADS='{n}', OMP_NUM_THREADS='{n}')" + BITS, L.name, n)
        for n in "12"
    )
    return bool(one == two)


# ---- size -----------------------------------------------------------------------------------------------------------


def chain(L: Any) -> Any:
    """The gradient of a chain of 20,000 multiplications."""

    def f(x: Any) -> Any:
        for _ in range(20_000):
            x = x * 1.0001
        return x

    return L.grad(f, 1.0)


BY_JAX = """
import json, jax
jax.config.update("jax_enable_x64", True)
xs = [jax.numpy.array([float(k % 7 + 1)]) for k in range(20_000)]
print(json.dumps(jax.grad(lambda xs: jax.numpy.sum(jax.numpy.concatenate(xs) ** 2))(xs)[-1].tolist()))
"""


def joined(L: Any) -> Any:
    """The gradient of the last of 20,000 leaves that are joined to one vector."""
    xs = [np.array([float(k % 7 + 1)]) for k in range(20_000)]
    if L.name == "JAX":
        return process(BY_JAX, seconds=60.0)  # while it compiles it does not listen
    if L.name == "HIPS autograd":
        return L.autograd.grad(lambda xs: L.np.sum(L.np.concatenate(xs) ** 2))(xs)[-1]
    return L.grads(lambda *xs: L.np.sum(L.np.concatenate(xs) ** 2), *xs)[-1]


def nested(L: Any) -> Any:
    """Whether a module 2,000 deep counts its parameters, and prints."""
    nn = L.az.nn if L.name == "autograd_zoo" else L.torch.nn
    model = nn.Linear(1, 1)
    for _ in range(2_000):
        model = nn.Sequential(model)
    return len(list(model.parameters())) == 2 and len(list(model.modules())) == 2_001 and bool(repr(model))


def doubled(L: Any) -> Any:
    """The gradient of x added to itself 60 times, where paths double each time."""

    def f(x: Any) -> Any:
        for _ in range(60):
            x = (x + x) * 0.5
        return x

    return L.grad(f, 3.0)


SIZE = [
    Case("a chain of 20,000 operations", 1.0001**20_000, "algebra", chain),
    Case("(x + x) / 2, sixty times", 1.0, "algebra", doubled),
    Case("20,000 leaves, joined to one vector", (2.0 * (19_999 % 7 + 1),), "algebra", joined, seconds=65.0),
    Case(
        "modules 2,000 deep: parameters, repr", True, "they answer", dict.fromkeys(("autograd_zoo", "PyTorch"), nested)
    ),
    Case(
        "one thread of BLAS or two: the same bits of sums and elementwise functions",
        True,
        "the same bits",
        dict.fromkeys(("autograd_zoo", "PyTorch"), threads_of_blas),
        slow=True,
    ),
]
ROWS = THREADS + SIZE + LEAVES
