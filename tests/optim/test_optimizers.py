"""Optimizers against recurrences written out for one number, against PyTorch, and with bad input."""

import math
import re

import numpy as np
import pytest

import autograd_zoo as az
from autograd_zoo import io, optim

STEPS = 20


def sgd(p, gradients, lr, momentum=0.0, nesterov=False, weight_decay=0.0):
    velocity = 0.0
    for g in gradients:
        g = g + weight_decay * p
        velocity = momentum * velocity + g
        p -= lr * (g + momentum * velocity if nesterov else velocity)
        yield p


def adam(p, gradients, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
    m = v = 0.0
    for t, g in enumerate(gradients, start=1):
        if decoupled:
            p *= 1 - lr * weight_decay
        else:
            g = g + weight_decay * p
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        m_hat, v_hat = m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)
        p -= lr * m_hat / (math.sqrt(v_hat) + eps)
        yield p


def adamw(p, gradients, weight_decay=1e-2, **hyper):
    return adam(p, gradients, weight_decay=weight_decay, decoupled=True, **hyper)


def rmsprop(p, gradients, lr=1e-2, alpha=0.99, eps=1e-8, momentum=0.0, weight_decay=0.0):
    v = velocity = 0.0
    for g in gradients:
        g = g + weight_decay * p
        v = alpha * v + (1 - alpha) * g**2
        velocity = momentum * velocity + g / (math.sqrt(v) + eps)
        p -= lr * velocity
        yield p


def adagrad(p, gradients, lr=1e-2, eps=1e-10, weight_decay=0.0):
    total = 0.0
    for g in gradients:
        g = g + weight_decay * p
        total += g**2
        p -= lr * g / (math.sqrt(total) + eps)
        yield p


CASES = [
    pytest.param(kind, recurrence, hyper, id=f"{kind.__name__}-{'-'.join(hyper) or 'default'}")
    for kind, recurrence, settings in [
        (optim.SGD, sgd, [{"lr": 0.1}, {"lr": 0.1, "weight_decay": 0.3}, {"lr": 0.1, "momentum": 0.9}]),
        (optim.SGD, sgd, [{"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}]),
        (optim.Adam, adam, [{}, {"lr": 0.1, "betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.1}]),
        (optim.AdamW, adamw, [{}, {"lr": 0.1, "betas": (0.5, 0.7), "eps": 1e-3, "weight_decay": 0.5}]),
        (optim.RMSprop, rmsprop, [{}, {"lr": 0.1, "alpha": 0.5, "eps": 1e-3, "momentum": 0.9, "weight_decay": 0.1}]),
        (optim.Adagrad, adagrad, [{}, {"lr": 0.1, "eps": 1e-3, "weight_decay": 0.1}]),
    ]
    for hyper in settings
]


def problem(dtype=np.float64, shapes=((3, 2), (2,), ()), seed=0):
    """Parameters, and for each step a list with one gradient for each parameter."""
    rng = np.random.default_rng(seed)
    starts = [rng.standard_normal(shape).astype(dtype) for shape in shapes]
    gradients = [[np.asarray(rng.standard_normal(shape).astype(dtype)) for shape in shapes] for _ in range(STEPS)]
    return [az.Tensor(start) for start in starts], gradients


@pytest.mark.parametrize(("kind", "recurrence", "hyper"), CASES)
def test_steps_follow_the_recurrence(kind, recurrence, hyper):
    params, gradients = problem()
    wanted = [
        np.array(
            [list(recurrence(start, [g[k].flat[i] for g in gradients], **hyper)) for i, start in enumerate(p.data.flat)]
        )
        for k, p in enumerate(params)
    ]
    opt = kind(params, **hyper)
    for t, grads in enumerate(gradients):
        opt.step(grads)
        for p, want in zip(params, wanted, strict=True):
            np.testing.assert_allclose(p.data.ravel(), want[:, t], rtol=1e-12, atol=1e-14)


@pytest.mark.oracle
@pytest.mark.parametrize(("kind", "recurrence", "hyper"), CASES)
def test_steps_are_those_of_pytorch(kind, recurrence, hyper):
    torch = pytest.importorskip("torch")
    params, gradients = problem()
    theirs = [torch.tensor(p.data.copy(), requires_grad=True) for p in params]
    opt, reference = kind(params, **hyper), getattr(torch.optim, kind.__name__)(theirs, **hyper)
    for grads in gradients:
        opt.step(grads)
        for p, g in zip(theirs, grads, strict=True):
            p.grad = torch.tensor(g)
        reference.step()
        for p, want in zip(params, theirs, strict=True):
            np.testing.assert_allclose(p.data, want.detach().numpy(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("kind", "recurrence", "hyper"), CASES)
def test_a_large_parameter_moves_as_its_parts_do(kind, recurrence, hyper, dtype):
    """What is large enough for a kernel, and rows that are too small for it; a compiled one may fuse two roundings."""
    (whole,), gradients = problem(dtype, shapes=((70, 100),))
    parts = [az.Tensor(row) for row in whole.data]
    of_whole, of_parts = kind([whole], **hyper), kind(parts, **hyper)
    for (g,) in gradients:
        of_whole.step([g])
        of_parts.step(list(g))
    expected, close = np.stack([part.data for part in parts]), 100 * np.finfo(dtype).eps
    np.testing.assert_allclose(whole.data, expected, rtol=close, atol=close, strict=True)


@pytest.mark.parametrize(("kind", "recurrence", "hyper"), CASES)
def test_float32_stays_float32_and_no_array_is_written_into(kind, recurrence, hyper):
    params, gradients = problem(np.float32)
    opt = kind(params, **{name: np.float64(v) if type(v) is float else v for name, v in hyper.items()})
    for grads in gradients[:3]:
        held = [*(p.data for p in params), *grads, *(a for s in opt.state for a in s.values())]
        copies = [np.array(a) for a in held]
        opt.step(grads)
        assert all(np.array_equal(a, b) for a, b in zip(held, copies, strict=True))
    assert {p.dtype for p in params} == {np.dtype(np.float32)}
    assert {a.dtype for s in opt.state for a in s.values() if not isinstance(a, int)} <= {np.dtype(np.float32)}


def test_step_uses_grad_and_zero_grad_forgets_it():
    w = az.Tensor([1.0, -2.0])
    opt = optim.SGD([w], lr=0.5)
    (w * w).backward(np.ones(2))
    opt.step()
    assert w.data.tolist() == [0.0, 0.0]
    opt.zero_grad()
    assert w.grad is None


def test_gradients_of_a_recorded_sweep_may_be_passed():
    w = az.Tensor([1.0, -2.0])
    optim.SGD([w], lr=0.5).step(az.gradient(w * w, [w], np.ones(2), create_graph=True))
    assert w.data.tolist() == [0.0, 0.0]


def test_a_parameter_without_gradient_stays_with_its_state():
    params, gradients = problem()
    opt = optim.Adam(params, lr=0.1)
    opt.step(gradients[0])
    before, memory = params[1].data, opt.state[1]
    opt.step([gradients[1][0], None, gradients[1][2]])
    assert np.shares_memory(params[1].data, before) and opt.state[1] is memory
    assert opt.state[0]["step"] == 2


def test_lr_can_be_set():
    w = az.Tensor([1.0])
    opt = optim.SGD([w], lr=1.0)
    opt.lr = 0.25
    opt.step([np.array([2.0])])
    assert w.data.tolist() == [0.5]
    with pytest.raises(ValueError, match=r"lr must lie in \[0, inf\), got -1"):
        opt.lr = -1
    assert opt.lr == 0.25


def test_repr_shows_the_settings():
    assert repr(optim.SGD([az.Tensor([1.0])], lr=0.1)) == (
        "SGD(1 parameters, lr=0.1, momentum=0.0, nesterov=False, weight_decay=0.0)"
    )


W = az.Tensor([1.0], name="W")
BAD_ARGUMENTS = [
    (optim.SGD, [], {"lr": 0.1}, ValueError, "params is empty"),
    (optim.SGD, "W", {"lr": 0.1}, TypeError, "params must be a list of Tensors, got str"),
    (optim.SGD, W, {"lr": 0.1}, TypeError, "[w, b] for single Tensors"),
    (optim.SGD, None, {"lr": 0.1}, TypeError, "got NoneType"),
    (optim.SGD, [np.ones(2)], {"lr": 0.1}, TypeError, "params[0] must be a Tensor, got ndarray"),
    (optim.SGD, [{"params": [W]}, W], {"lr": 0.1}, TypeError, "not both"),
    (optim.SGD, [{"lr": 0.2}], {"lr": 0.1}, ValueError, "group 0 has no 'params'"),
    (optim.SGD, [{"params": [W], "eps": 0.2}], {"lr": 0.1}, ValueError, "group 0 sets eps; known are lr, momentum"),
    (optim.SGD, [{"params": [W], "lr": -0.2}], {"lr": 0.1}, ValueError, "lr must lie in"),
    (optim.SGD, [{"params": [W], "lr": 0.2}], {"lr": 0.0}, ValueError, "must not be 0"),
    (optim.SGD, [{"params": [W]}, {"params": [W]}], {"lr": 0.1}, ValueError, "would move it twice"),
    (optim.SGD, [W, W * 2.0], {"lr": 0.1}, ValueError, "params[1] is the result of an operation, not a leaf"),
    (optim.SGD, [az.Tensor([2.0]), W, W], {"lr": 0.1}, ValueError, "params[2] (W) is also params[1]"),
    (optim.SGD, [W], {"lr": -0.1}, ValueError, "lr must lie in [0, inf), got -0.1"),
    (optim.SGD, [W], {"lr": math.nan}, ValueError, "lr must lie in [0, inf), got nan"),
    (optim.SGD, [W], {"lr": "fast"}, TypeError, "lr must be a number, got 'fast' of type str"),
    (optim.SGD, [W], {"lr": True}, TypeError, "lr must be a number, got True of type bool"),
    (optim.SGD, [W], {"lr": 0.1, "momentum": -1}, ValueError, "momentum must lie in"),
    (optim.SGD, [W], {"lr": 0.1, "nesterov": True}, ValueError, "pass momentum=0.9"),
    (optim.Adam, [W], {"betas": (0.9, 1.0)}, ValueError, "betas must lie in [0, 1), got 1.0"),
    (optim.Adam, [W], {"betas": 0.9}, TypeError, "betas must be a pair of numbers such as (0.9, 0.999), got 0.9"),
    (optim.Adam, [W], {"eps": -1e-8}, ValueError, "eps must lie in"),
    (optim.AdamW, [W], {"weight_decay": -1}, ValueError, "weight_decay must lie in"),
    (optim.RMSprop, [W], {"alpha": 1.5}, ValueError, "alpha must lie in [0, 1), got 1.5"),
]


@pytest.mark.parametrize(("kind", "params", "hyper", "error", "text"), BAD_ARGUMENTS)
def test_bad_arguments_are_refused(kind, params, hyper, error, text):
    with pytest.raises(error, match=re.escape(text)):
        kind(params, **hyper)


G = np.ones((3, 2)), np.ones(2), np.ones(())
BAD_STEPS = [
    (None, RuntimeError, "no parameter has a gradient: call loss.backward()"),
    (G[:2], ValueError, "one gradient for each of 3 parameters, got 2"),
    (G[0], ValueError, "got a single array"),
    ((*G[:2], np.ones(3)), ValueError, "the gradient of params[2] must have its shape (), got (3,)"),
    ((*G[:2], np.ones((), complex)), TypeError, "must be an array of float64, got complex128"),
    ((*G[:2], "g"), TypeError, "must be an array of float64"),
]


@pytest.mark.parametrize(("grads", "error", "text"), BAD_STEPS)
def test_a_bad_step_moves_nothing(grads, error, text):
    params, gradients = problem()
    opt = optim.Adam(params)
    opt.step(gradients[0])
    before, memory = [p.data.tobytes() for p in params], opt.state
    with pytest.raises(error, match=re.escape(text)):
        opt.step(grads)
    assert [p.data.tobytes() for p in params] == before
    assert opt.state is memory


def test_an_update_rule_that_changes_the_shape_moves_nothing():
    params = [az.Tensor([1.0]), az.Tensor([1.0, 2.0])]
    opt = optim.Optimizer(params, lambda p, g, state, lr: (p[:1] - lr * g[:1], state), lr=1.0)
    with pytest.raises(ValueError, match=r"the shape and dtype of params\[1\], float64\[2\]; it returned float64\[1\]"):
        opt.step([np.ones(1), np.ones(2)])
    assert params[0].data.tolist() == [1.0]


class Interrupted(az.Tensor):
    """A leaf whose first new value meets a Ctrl-C."""

    __slots__ = ("pressed",)

    def __setattr__(self, name, value):
        if name == "_array" and hasattr(self, "_array") and not hasattr(self, "pressed"):
            self.pressed = True
            raise KeyboardInterrupt
        super().__setattr__(name, value)


def test_ctrl_c_between_two_parameters_takes_the_step_back():
    params = [az.Tensor([1.0]), Interrupted([2.0])]
    opt = optim.SGD(params, lr=1.0, momentum=0.9)
    with pytest.raises(KeyboardInterrupt):
        opt.step([np.ones(1), np.ones(1)])
    assert [p.item() for p in params] == [1.0, 2.0] and opt.state == [{}, {}]
    opt.step([np.ones(1), np.ones(1)])
    assert [p.item() for p in params] == [0.0, 1.0]


@pytest.mark.parametrize(("kind", "recurrence", "hyper"), CASES)
def test_training_goes_on_from_a_file_as_if_it_had_not_stopped(kind, recurrence, hyper, tmp_path):
    params, gradients = problem()
    opt = kind(params, **hyper)
    for grads in gradients[:5]:
        opt.step(grads)
    io.save(tmp_path / "opt.npz", opt.state_dict())
    again = [az.Tensor(p.data) for p in params]
    resumed = kind(again, **{**hyper, "lr": 0.7})
    resumed.load_state_dict(io.load(tmp_path / "opt.npz"))
    assert resumed.hyper == opt.hyper
    for grads in gradients[5:]:
        opt.step(grads)
        resumed.step(grads)
    assert [p.data.tobytes() for p in again] == [p.data.tobytes() for p in params]


@pytest.mark.parametrize(("kind", "recurrence", "hyper"), CASES)
def test_a_step_that_overflows_moves_nothing(kind, recurrence, hyper):
    params = [az.Tensor([1.0, 2.0]), az.Tensor([3.0])]
    opt = kind(params, **{**hyper, "lr": 1e300})
    opt.step([np.ones(2), np.ones(1)])
    before, memory = [p.data.tobytes() for p in params], repr(opt.state)
    grads = [np.ones(2), np.array([1e300])]  # the last parameter alone
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        opt.step(grads)
    assert [p.data.tobytes() for p in params] == before and repr(opt.state) == memory
    assert grads[1].tolist() == [1e300]


def test_an_update_rule_cannot_change_what_it_is_given():
    def in_place(p, g, state, lr):
        g += 1.0
        return p - lr * g, state

    def memory_in_place(p, g, state, lr):
        m = state.get("m", np.zeros(2))
        m *= 0.9
        return p - lr * g, {"m": m + g}

    w = az.Tensor([1.0, 2.0])
    w.grad = [1.0, 1.0]
    opt = optim.Optimizer([w], in_place, lr=1.0)
    with pytest.raises(ValueError, match="read-only"):
        opt.step()
    assert w.grad.tolist() == [1.0, 1.0] and w.tolist() == [1.0, 2.0]
    opt = optim.Optimizer([w], memory_in_place, lr=1.0)
    opt.step()
    with pytest.raises(ValueError, match="read-only"):
        opt.step()
    assert opt.state[0]["m"].tolist() == [1.0, 1.0] and w.tolist() == [0.0, 1.0]


def test_state_dict_holds_copies():
    params, gradients = problem()
    opt = optim.Adam(params)
    opt.step(gradients[0])
    saved = opt.state_dict()
    before = opt.state[0]["exp_avg"].copy()
    saved["state.0.exp_avg"][...] = 7.0
    opt.load_state_dict({**saved, "state.0.exp_avg": before})
    before[...] = 7.0
    assert not (opt.state[0]["exp_avg"] == 7.0).any()


BAD_STATES = [
    (lambda d: {}, "expected the settings hyper.betas, hyper.eps, hyper.lr, hyper.weight_decay, parameters; got none"),
    (lambda d: d | {"hyper.momentum": 0.9}, "this is no state_dict of Adam"),
    (lambda d: d | {"parameters": 2}, "taken with 2 parameters, but the optimizer has 3"),
    (lambda d: d | {"hyper.lr": -1.0}, "lr must lie in"),
    (
        lambda d: d | {"state.1.exp_avg": np.ones(3)},
        "state.1.exp_avg, which belongs to params[1], must be float64[2], got",
    ),
    (lambda d: d | {"state.1.step": 1.5}, "must be int64[], got float64[]"),
    (lambda d: {k: v for k, v in d.items() if k != "state.2.exp_avg"}, "must be float64[], got nothing"),
    (lambda d: d | {"state.1.step": -3}, "state.1.step, which belongs to params[1], must be at least 0, got -3"),
    (lambda d: d | {"state.3.step": 1}, "entries that no parameter asks for: state.3.step"),
]


@pytest.mark.parametrize(("change", "text"), BAD_STATES)
def test_a_bad_state_dict_changes_nothing(change, text):
    params, gradients = problem()
    opt = optim.Adam(params)
    opt.step(gradients[0])
    hyper, memory = dict(opt.hyper), opt.state
    with pytest.raises(ValueError, match=re.escape(text)):
        opt.load_state_dict(change(opt.state_dict()))
    assert opt.hyper == hyper and opt.state is memory
