"""Optimizers on the tape: each finds the solution of the normal equations, and a step leaves live tapes alone."""

import numpy as np
import pytest

import autograd_zoo as az
from autograd_zoo import optim

RNG = np.random.default_rng(0)
X, NOISE = RNG.standard_normal((40, 3)), 0.1 * RNG.standard_normal(40)
Y = X @ np.array([1.0, -2.0, 0.5]) + NOISE
SOLUTION = np.linalg.lstsq(X, Y)[0]

CASES = [
    (optim.SGD, {"lr": 0.5}),
    (optim.SGD, {"lr": 0.1, "momentum": 0.9}),
    (optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    (optim.Adam, {"lr": 0.1}),
    (optim.AdamW, {"lr": 0.1, "weight_decay": 0.0}),
    (optim.RMSprop, {"lr": 0.05}),
    (optim.Adagrad, {"lr": 0.5}),
]


@pytest.mark.parametrize(("kind", "hyper"), CASES, ids=lambda case: getattr(case, "__name__", None))
def test_least_squares_are_solved(kind, hyper):
    w = az.Tensor(np.zeros(3))
    opt = kind([w], **hyper)
    schedule = optim.CosineAnnealingLR(opt, T_max=400)
    for _ in range(400):
        opt.zero_grad()
        np.mean((X @ w - Y) ** 2).backward()
        opt.step()
        schedule.step()
    np.testing.assert_allclose(w.data, SOLUTION, atol=1e-4)


def test_a_step_does_not_reach_into_a_tape_that_was_recorded_before():
    w = az.Tensor([1.0, -2.0, 3.0])
    loss = np.sum(w**3)
    optim.SGD([w], lr=0.1).step(az.gradient(loss, [w]))
    np.testing.assert_array_equal(az.gradient(loss, [w])[0], [3.0, 12.0, 27.0])


def test_parameters_of_a_module_in_float32_stay_so():
    layer = az.nn.Linear(3, 2, rng=np.random.default_rng(0), dtype=np.float32)
    opt = optim.AdamW(layer.parameters(), lr=0.1)
    before = layer.state_dict()
    np.sum(layer(X.astype(np.float32)) ** 2).backward()
    opt.step()
    after = layer.state_dict()
    assert {a.dtype for a in after.values()} == {np.dtype(np.float32)}
    assert all(np.abs(after[name] - before[name]).min() > 0.05 for name in before)


def test_weights_of_a_module_come_back_from_a_file(tmp_path):
    layers = [az.nn.Sequential(az.nn.Linear(3, 4), az.nn.Tanh(), az.nn.Linear(4, 2)) for _ in range(2)]
    az.io.save(tmp_path / "weights.npz", layers[0].state_dict())
    layers[1].load_state_dict(az.io.load(tmp_path / "weights.npz"))
    np.testing.assert_array_equal(layers[1](X).data, layers[0](X).data)
