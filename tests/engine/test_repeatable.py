"""The same bits whatever the number of BLAS threads, wherever BLAS has no part in the result."""

import numpy as np
import pytest
from engine.support import python

import autograd_zoo as az

PROGRAM = """
import hashlib, sys
import numpy as np, autograd_zoo as az
from autograd_zoo import nn, optim
rng = np.random.default_rng(0)
x, images, labels = rng.normal(size=(300, 400)), rng.normal(size=(4, 6, 40, 50)), rng.integers(0, 400, 300)

def say(name, *arrays):
    print(name, hashlib.sha256(b"".join(np.ascontiguousarray(a).tobytes() for a in arrays)).hexdigest())

def swept(name, f, x=x):
    t = az.Tensor(x)
    y = f(t)
    assert not {node.op.__name__ for node in az.Tape(y) if node.op} & set(sys.argv[1:]), name
    say(name, y.data, *az.gradient(y, [t], np.ones(y.shape)))

for f in (np.sum, np.mean, np.std, np.var, np.max, np.prod, np.cumsum, np.exp, np.tanh, np.sin, np.arctan, np.cbrt,
          nn.softmax, nn.log_softmax, nn.relu, nn.gelu, nn.sigmoid, nn.layer_norm, nn.rms_norm, nn.batch_norm,
          az.logsumexp, np.trace):
    swept(f.__name__, f)
for axis in (0, 1):
    swept(f"norm {axis}", lambda t: np.linalg.norm(t, axis=axis))
    swept(f"sum {axis}", lambda t: np.sum(t, axis=axis))
swept("outer", lambda t: np.outer(t[0], t[1]))
swept("average", lambda t: np.average(t, weights=np.abs(x)))
swept("cross entropy", lambda t: nn.softmax_cross_entropy(t, labels))
swept("squared error", lambda t: nn.squared_error(t, 2 * x))
swept("group norm", lambda t: nn.group_norm(t, groups=3), images)
swept("instance norm", nn.instance_norm, images)
swept("max pool", lambda t: nn.max_pool(t, kernel_size=(2, 2)), images)
swept("avg pool", lambda t: nn.avg_pool(t, kernel_size=(2, 2)), images)
swept("weight norm", lambda t: nn.weight_norm(t, np.ones(4)), images)
with az.fused():
    say("fused", *(az.gradient(f(t := az.Tensor(x)).sum(), [t])[0] for f in (nn.layer_norm, nn.softmax, nn.gelu)))
for kind in (optim.SGD, optim.Adam, optim.AdamW, optim.RMSprop, optim.Adagrad):
    p = az.Tensor(x)
    p.grad = 0.5 * x
    norm = optim.clip_grad_norm([p], 1.0)
    kind([p], lr=0.1).step()
    say(kind.__name__, norm, p.data)
"""
BLAS = ("matmul", "dot", "vecdot", "tensordot", "einsum", "inner")


def test_bits_do_not_depend_on_the_number_of_blas_threads():
    program = f"import sys; sys.argv[1:] = {BLAS}\n{PROGRAM}"
    one, two = (
        python(program, OPENBLAS_NUM_THREADS=n, OMP_NUM_THREADS=n, MKL_NUM_THREADS=n, VECLIB_MAXIMUM_THREADS=n)
        for n in "12"
    )
    assert one.splitlines() == two.splitlines() and len(one.splitlines()) > 35


@pytest.mark.parametrize("f", [np.tanh, lambda t: t @ t.T, lambda t: np.linalg.norm(t) * t, az.nn.softmax])
def test_the_same_run_gives_the_same_bits(f):
    x = np.random.default_rng(0).normal(size=(60, 50))

    def run():
        t = az.Tensor(x)
        y = f(t)
        return y.data.tobytes(), az.gradient(y, [t], np.ones(y.shape))[0].tobytes()

    assert run() == run()
