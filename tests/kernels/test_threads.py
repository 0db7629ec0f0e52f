"""One thread and two give the same, and neither BLAS nor numba gets threads beside them."""

import os
import subprocess
import sys

import numpy as np
import pytest
from every import every

from autograd_zoo.closed_form import activation, conv, linear, loss, normalization, pooling, regularization
from autograd_zoo.engine.values import Kept
from autograd_zoo.kernels import TWINS, threads, twins

rng = np.random.default_rng(5)
ROWS, MAPS = rng.normal(size=(33, 47)), rng.normal(size=(5, 6, 9, 8))
GAMMA, CHANNELS, SHARES = rng.normal(size=47), rng.normal(size=6), activation.softmax(rng.normal(size=(33, 47)))
NAMES = "relu elu tanh silu gelu softmax log_softmax".split()
CALLS = [
    *[(getattr(activation, name), [getattr(activation, f"{name}_dx")], [ROWS], {}) for name in NAMES],
    (loss.softmax_cross_entropy, [loss.softmax_cross_entropy_dx], [ROWS, SHARES], {}),
    (loss.softmax_cross_entropy, [loss.softmax_cross_entropy_dx], [ROWS, np.arange(33)], {}),
    (normalization.layer_norm, [normalization.layer_norm_gradients], [ROWS, GAMMA, GAMMA], {}),
    (normalization.batch_norm, [normalization.batch_norm_gradients], [MAPS, CHANNELS, CHANNELS], {}),
    (pooling.max_pool, [pooling.max_pool_dx], [MAPS], {"kernel_size": (2, 2)}),
    (pooling.max_pool, [pooling.max_pool_dx], [MAPS], {"kernel_size": (3, 2)}),
    (pooling.avg_pool, [pooling.avg_pool_dx], [MAPS], {"kernel_size": (2, 2)}),
    (regularization.dropout, [regularization.dropout_dx], [ROWS, (ROWS > 0) * 1.0], {"q": 0.3}),
    (
        conv.conv,
        [conv.conv_dx, conv.conv_dW],
        [MAPS, rng.normal(size=(6, 1, 3, 3)), CHANNELS],
        {"padding": 1, "groups": 6},
    ),
    (conv.conv, [conv.conv_dx, conv.conv_dW], [MAPS, rng.normal(size=(5, 6, 3, 3)), GAMMA[:5]], {"padding": 1}),
]


def computed(form, rules, inputs, params):
    """The value and the gradients by the kernels."""
    y = TWINS[form](*inputs, **params)
    y, kept = y if isinstance(y, Kept) else (y, None)
    g = np.cos(np.arange(np.size(y), dtype=y.dtype)).reshape(np.shape(y))[()]
    found = [y]
    for rule in rules:
        extra = {"kept": kept} if "kept" in TWINS[rule].extra else {}
        dx = TWINS[rule](g, y, *inputs, **params, **extra)
        found += [dx] if isinstance(dx, np.ndarray) else list(dx)
    return found


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@every(("form", "rules", "inputs", "params"), CALLS, ids=lambda form, *_: form.__name__)
def test_one_thread_and_two_give_the_same(monkeypatch, form, rules, inputs, params, dtype, always):
    given = [x.astype(dtype) if x.dtype.kind == "f" else x for x in inputs]
    with monkeypatch.context() as patch:
        patch.setattr(threads, "CORES", 2)
        two = computed(form, rules, given, params)
        patch.setattr(threads, "CORES", 1)
        one = computed(form, rules, given, params)
    tolerance = 1e-5 if dtype == np.float32 else 1e-12
    for a, b in zip(two, one, strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


IMPORTED = """
import sys, numpy as np, autograd_zoo as az
assert "numba" not in sys.modules
with az.fused():
    az.nn.tanh(az.Tensor(np.ones(10)))
assert "numba" not in sys.modules
with az.fused():
    az.nn.tanh(az.Tensor(np.ones((100, 100), np.float32)))
print("numba" in sys.modules)
"""


@pytest.mark.parametrize("asked", ["0", "1"])
def test_numba_is_imported_when_a_kernel_is_first_wanted_and_may_be_switched_off(asked):
    pytest.importorskip("numba", reason="numba, the extra 'fast', is not installed")
    environment = {**os.environ, "AUTOGRAD_ZOO_COMPILED": asked}
    told = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True, env=environment)
    assert told.stdout.split() == [str(asked == "1")]


def test_the_second_thread_is_kept_off_the_core_of_its_caller(monkeypatch):
    cores, told = iter([0, 0, 1, 0]), []
    monkeypatch.setattr(threads, "_core", lambda: next(cores))
    monkeypatch.setattr(threads.os, "sched_getaffinity", lambda thread: {0, 1, 2}, raising=False)
    monkeypatch.setattr(threads.os, "sched_setaffinity", lambda thread, of: told.append(of), raising=False)
    second = threads.Second("autograd_zoo-kernel-test")
    assert [second.submit(pow, 2, k).result() for k in range(4)] == [1, 2, 4, 8]
    assert told == [{1, 2}, {0, 2}, {1, 2}]


def test_a_system_that_does_not_let_threads_be_placed_is_no_error(monkeypatch):
    def refused(*_):
        raise PermissionError

    monkeypatch.setattr(threads.os, "sched_setaffinity", refused, raising=False)
    assert threads.Second("autograd_zoo-kernel-test").submit(pow, 2, 3).result() == 8


@every(("samples", "taken"), [(2048, True), (16, False), (0, False)])
def test_the_largest_of_the_arrays_tells_whether_a_kernel_does_it(samples, taken, monkeypatch):
    """The product of a small cotangent and many samples is long: its form would wake threads of BLAS."""
    g, x, W = rng.normal(size=(samples, 1)), rng.normal(size=(samples, 8)), rng.normal(size=(1, 8))
    done = []
    kernel = twins.KERNELS[linear.linear_dW]
    monkeypatch.setitem(twins.KERNELS, linear.linear_dW, lambda *args: done.append(args) or kernel(*args))
    dW = TWINS[linear.linear_dW](g, g, x, W)
    np.testing.assert_allclose(dW, linear.linear_dW(g, g, x, W), rtol=1e-12, atol=1e-12)
    assert bool(done) == taken
