"""What the sweep adds to in place, and makes together: large arrays that a rule gave and nobody else holds."""

import numpy as np
import pytest

import autograd_zoo as az
from autograd_zoo.primitives.together import ROWS

N = 130  # N² elements are many: what comes first to an input may be added to

FANS = {  # h reaches them on several ways, along which rules return g itself, views of it, or what is saved
    "products": lambda h: h * 2.0 + h * 3.0 + h * h,
    "aliases": lambda h: np.positive(h) + (h + np.positive(h)) + (np.positive(h) + h),
    "one alias": lambda h: np.positive(h * 2.0) * 3.0 + np.positive(h) * h,
    "transposes": lambda h: (h * 2.0).T + h.T.T * h + np.swapaxes(h, 0, 1) * 3.0,
    "views that overlap": lambda h: np.concatenate([h[1:], h[:-1]]).reshape(2, -1, N).sum(0)[0] * h + h,
    "saved values": lambda h: np.sum(h * h) + h * h.T + h @ h,
    "rows": lambda h: h * h[0] + h[1] * h + h[[0, 0]].sum() + h[-1],
    "mean squares": lambda h: az.nn.layer_norm(h, eps=1e-5) + h * 2.0 + az.nn.batch_norm(h, eps=1e-5) * h,
    "kernels": lambda h: np.tanh(h) + az.nn.sigmoid(h) * h + az.nn.relu(h),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("retain_grads", [False, True])
@pytest.mark.parametrize("of", ["leaf", "result"])
@pytest.mark.parametrize("name", FANS)
def test_large_sums_that_grow_in_place_touch_nothing_else(name, of, retain_grads, dtype):
    """Against a recorded sweep, in which every sum is a new node; and what the tape holds stays as it was."""
    x = az.Tensor(np.random.default_rng(1).normal(size=(N, N)).astype(dtype))
    y = np.sum(FANS[name](x if of == "leaf" else x * 1.0) * np.arange(N, dtype=dtype))
    tape = [np.array(s) for t in az.Tape(y) for s in (t.data, *t.saved) if s is not None]
    (expected,) = az.gradient(y, [x], create_graph=True)
    tolerance = 1e-12 if dtype is np.float64 else 2e-4
    for _ in range(2):
        x.grad = None
        y.backward(retain_grads=retain_grads)
        np.testing.assert_allclose(x.grad, expected.data, rtol=tolerance, atol=tolerance * np.abs(expected.data).max())
    assert all(map(np.array_equal, tape, [s for t in az.Tape(y) for s in (t.data, *t.saved) if s is not None]))
    handed_out = [t.grad for t in az.Tape(y) if t.grad is not None]
    assert not any(np.shares_memory(a, b) for k, a in enumerate(handed_out) for b in handed_out[:k])
    assert not any(np.shares_memory(a, t.data) for a in handed_out for t in az.Tape(y))


@pytest.mark.parametrize("of", ["leaf", "result"])
def test_a_gradient_that_a_kernel_found_finite_is_looked_at_again_once_more_came_to_it(of):
    x = az.Tensor(np.full((N, N), 4.0))
    x.data = np.where(np.eye(N, dtype=bool), 0.0, x.data)
    h = x if of == "leaf" else x * 1.0
    root = np.sum(np.where(h > 0, np.sqrt(h), 0.0))  # its slope is infinite at 0, where it was not taken
    (root + np.sum(np.tanh(h))).backward()
    expected = np.where(x.data > 0, 0.25 + 1.0 - np.tanh(4.0) ** 2, 1.0)
    np.testing.assert_allclose(x.grad, expected, rtol=1e-12)


STEPS = {  # W meets all steps of a sequence
    "few": (lambda x_t, W: az.nn.linear(x_t, W), 5, 32),
    "so many that they are made in parts": (lambda x_t, W: az.nn.linear(x_t, W), ROWS // 60 + 3, 60),
    "and elsewhere": (lambda x_t, W: az.nn.linear(x_t, W) + np.sum(W * W) + x_t @ np.swapaxes(W * 2.0, 0, 1), 4, 3),
    "as the same Wᵀ": (lambda x_t, W: (lambda U: x_t @ U + x_t @ (U * 3.0) + x_t @ U)(W.swapaxes(0, 1)), 3, 7),
    "of a batch of sequences": (lambda x_t, W: az.nn.linear(x_t[np.newaxis], W), 3, 4),
    "of single samples": (lambda x_t, W: az.nn.linear(x_t[0], W), 3, 2),
    "an axis swapped with itself": (lambda x_t, W: np.concatenate([x_t, x_t], 1) @ np.swapaxes(W, 1, -1), 3, 2),
}


@pytest.mark.parametrize("name", STEPS)
def test_what_a_weight_gets_from_all_steps_is_their_sum(name):
    f, T, batch = STEPS[name]
    rng = np.random.default_rng(2)
    x, W = az.Tensor(rng.normal(size=(T, batch, N))), az.Tensor(rng.normal(size=(2 * N, N)))
    y = sum([np.sum(np.sin(f(x[t], W))) for t in range(T)])
    expected = [g.data for g in az.gradient(y, [x, W], create_graph=True)]
    y.backward()
    transposed = [t for t in az.Tape(y) if t.op is np.swapaxes and t.inputs[0] is W]
    found = az.gradient(y, [x, W, *transposed])  # with what lies between, nothing waits
    for g, e in zip([x.grad, W.grad, *found[:2]], [*expected, *expected], strict=True):
        np.testing.assert_allclose(g, e, rtol=1e-11, atol=1e-11 * np.abs(e).max())
    assert type(W.grad) is np.ndarray


PARTS = {  # three numbers of many
    "joined": lambda x: np.concatenate([x, np.ones(N * N)]),
    "padded": lambda x: np.pad(x, (0, N * N)),
    "set": lambda x: az.Tensor(np.ones(N * N)).at[:3].set(x),
    "read": lambda x: np.concatenate([x, np.ones(N * N)])[::-1].reshape(-1),
}


@pytest.mark.parametrize("name", PARTS)
def test_the_gradient_of_a_part_does_not_keep_that_of_the_whole(name):
    x = az.Tensor([1.0, 2.0, 3.0])
    (found,) = az.gradient(np.sum(np.exp(PARTS[name](x))), [x])
    np.testing.assert_allclose(found, np.exp(x.data), rtol=1e-14)
    assert found.base is None or found.base.nbytes <= 2 * found.nbytes
