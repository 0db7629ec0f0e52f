"""Recurrent modules against central differences, of their inputs and of everything in between, and against PyTorch."""

import numpy as np
import pytest
from closed_form.cases import case
from closed_form.differences import along, awkward, call, difference
from every import every

from autograd_zoo.closed_form import recurrent

T, D, H, O = 3, 2, 3, 4  # noqa: E741  (the document's letter)


def normal(*shape):
    return lambda rng: 0.7 * rng.standard_normal(shape)


def gated(name, batch, gates, states, biases, length=T, **params):
    weights = [normal(*shape) for shape in [(H, H), (H, D)] * gates + [(H,)] * biases]
    return case(name, normal(length, *batch, D), *[normal(*batch, H)] * states, *weights, **params)


def simple(batch, *shapes, length=T):
    return case(
        "recurrent.simple_rnn", normal(length, *batch, D), *(normal(*s) for s in [(*batch, H), (H, H), (H, D), *shapes])
    )


CASES = [
    simple((2,)),
    simple((), (O, H)),
    simple((2,), (O, H), (H,)),
    simple((2, 2), (1, H), (H,)),
    gated("recurrent.lstm", (2,), 4, 2, 0),
    gated("recurrent.lstm", (), 4, 2, 4),
    gated("recurrent.lstm", (2, 1), 4, 2, 4),
    *[
        gated("recurrent.gru", batch, 3, 1, biases, reset_after=reset_after)
        for batch, biases in [((2,), 0), ((), 3), ((2, 1), 4)]
        for reset_after in (False, True)
    ],
]

# The ids alone do not tell shapes.
each_case = every("case", [pytest.param(c, id=f"{c.id}-{i}") for i, c in enumerate(CASES)])


@each_case
def test_gradient_is_the_central_difference(case):
    inputs = case.inputs()
    y, gradients = call(case, inputs)
    assert len(gradients) == len(inputs)
    for position, gradient in zip(case.gradients, gradients, strict=True):
        expected = difference(along(case, inputs, position, case.cotangent(y)), inputs[position])
        assert gradient.shape == expected.shape
        np.testing.assert_allclose(gradient, expected, rtol=1e-8, atol=1e-9)


def gradients_of(case):
    return getattr(recurrent, f"{case.forward.__name__}_gradients")


@each_case
def test_one_sweep_gives_the_gradients_in_the_order_of_the_inputs(case):
    inputs = case.inputs()
    y, gradients = call(case, inputs)
    swept = gradients_of(case)(case.cotangent(y), y, *inputs, **case.params)
    for gradient, other in zip(gradients, swept, strict=False):
        np.testing.assert_array_equal(gradient, other)


@each_case
def test_float32_stays_float32(case):
    y, gradients = call(case, case.inputs())
    y32, gradients32 = call(case, [x.astype(np.float32) for x in case.inputs()])
    for single, double in zip([y32, *gradients32], [y, *gradients], strict=True):
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, double, rtol=1e-4, atol=1e-5)


@each_case
def test_any_memory_layout_will_do_and_inputs_are_only_read(case):
    inputs = case.inputs()
    y, gradients = call(case, inputs)
    other, others = call(case, [awkward(x) for x in inputs])
    for ours, theirs in zip([y, *gradients], [other, *others], strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=1e-13, atol=1e-14)


# The document's forward passes once more, for one sample and in plain loops, where `perturb` moves a value on its way:
# (name, t) -> what is added to it. They return everything by the same names.


def sigma(v):
    return 1.0 / (1.0 + np.exp(-v))


def reference_simple_rnn(perturb, x, h0, W, U, V, b=0.0, reset_after=None):
    values = {("h", 0): h0 + perturb.get(("h", 0), 0.0)}
    for t in range(len(x)):
        values["h", t + 1] = np.tanh(W @ values["h", t] + U @ x[t] + b) + perturb.get(("h", t + 1), 0.0)
        values["y", t] = V @ values["h", t + 1]
    return values


def reference_lstm(perturb, x, h0, C0, W_f, U_f, W_i, U_i, W_o, U_o, W_g, U_g, *b):
    b_f, b_i, b_o, b_g = b or [0.0] * 4
    values = {("h", 0): h0 + perturb.get(("h", 0), 0.0), ("C", 0): C0 + perturb.get(("C", 0), 0.0)}
    for t in range(len(x)):
        h, C = values["h", t], values["C", t]
        f = values["f", t] = sigma(W_f @ h + U_f @ x[t] + b_f) + perturb.get(("f", t), 0.0)
        i = values["i", t] = sigma(W_i @ h + U_i @ x[t] + b_i) + perturb.get(("i", t), 0.0)
        o = values["o", t] = sigma(W_o @ h + U_o @ x[t] + b_o) + perturb.get(("o", t), 0.0)
        G = values["G", t] = np.tanh(W_g @ h + U_g @ x[t] + b_g) + perturb.get(("G", t), 0.0)
        C = values["C", t + 1] = f * C + i * G + perturb.get(("C", t + 1), 0.0)
        h = values["h", t + 1] = o * np.tanh(C) + perturb.get(("h", t + 1), 0.0)
        values["y", t] = np.stack([h, C])
    return values


def reference_gru(perturb, x, h0, W_c, U_c, W_z, U_z, W_r, U_r, *b, reset_after=False):
    b_c, b_z, b_r, b_h = [*b, 0.0] if len(b) == 3 else b or [0.0] * 4
    values = {("h", 0): h0 + perturb.get(("h", 0), 0.0)}
    for t in range(len(x)):
        h = values["h", t]
        z = values["z", t] = sigma(W_z @ h + U_z @ x[t] + b_z) + perturb.get(("z", t), 0.0)
        r = values["r", t] = sigma(W_r @ h + U_r @ x[t] + b_r) + perturb.get(("r", t), 0.0)
        remembered = r * (W_c @ h + b_h) if reset_after else W_c @ (r * h) + b_h
        c = values["c", t] = np.tanh(remembered + U_c @ x[t] + b_c) + perturb.get(("c", t), 0.0)
        values["y", t] = values["h", t + 1] = (1.0 - z) * h + z * c + perturb.get(("h", t + 1), 0.0)
    return values


RECORDED = [
    (simple((), (O, H), (H,), length=4), reference_simple_rnn, {"h": 5}),
    (gated("recurrent.lstm", (), 4, 2, 0, length=4), reference_lstm, {"h": 5, "C": 5} | dict.fromkeys("fioG", 4)),
    (gated("recurrent.lstm", (), 4, 2, 4, length=4), reference_lstm, {"h": 5, "C": 5} | dict.fromkeys("fioG", 4)),
    *[
        (
            gated("recurrent.gru", (), 3, 1, biases, length=4, reset_after=reset_after),
            reference_gru,
            {"h": 5} | dict.fromkeys("czr", 4),
        )
        for biases in (0, 4)
        for reset_after in (False, True)
    ],
]
each_recorded = every(
    ("case", "reference", "counts"), [pytest.param(*row, id=f"{row[0].id}-{i}") for i, row in enumerate(RECORDED)]
)


def output(values):
    """y as the closed form lays it out: the time after the pair (h, C) of an LSTM."""
    y = np.stack([value for (name, _), value in values.items() if name == "y"])
    return np.moveaxis(y, 0, -2)


@each_recorded
def test_forward_pass_is_that_of_plain_loops(case, reference, counts):
    inputs = case.inputs()
    values = reference({}, *inputs, **case.params)
    np.testing.assert_allclose(case.forward(*inputs, **case.params), output(values), rtol=1e-13, atol=1e-14)
    for name, count in counts.items():
        forward = getattr(recurrent, f"{case.forward.__name__}_{name}", None)
        if forward is not None:
            expected = np.stack([values[name, t] for t in range(count)])
            np.testing.assert_allclose(forward(*inputs, **case.params), expected, rtol=1e-13, atol=1e-14)


@each_recorded
def test_gradients_of_all_that_is_in_between_are_central_differences(case, reference, counts):
    inputs = case.inputs()
    y = case.forward(*inputs, **case.params)
    g = case.cotangent(y)
    for name, count in counts.items():
        gradient = getattr(gradients_of(case)(g, y, *inputs, **case.params), name)
        assert gradient.shape == (count, H)
        for t in range(count):

            def loss(moved, name=name, t=t):
                return np.sum(g * output(reference({(name, t): moved}, *inputs, **case.params)))

            np.testing.assert_allclose(gradient[t], difference(loss, np.zeros(H)), rtol=1e-8, atol=1e-9)


def test_corrected_formulas_hold_at_every_step():
    lstm = gated("recurrent.lstm", (), 4, 2, 0, length=6)
    inputs = lstm.inputs()
    y = lstm.forward(*inputs)
    g = lstm.cotangent(y)
    d, step = recurrent.lstm_gradients(g, y, *inputs), recurrent.lstm_steps(y, *inputs)
    through_h = d.h[1:-1] * step.o[:-1] * (1.0 - np.tanh(step.C[:-1]) ** 2)
    np.testing.assert_allclose(d.C[1:-1], d.C[2:] * step.f[1:] + through_h + g[1, :-1], rtol=1e-12)

    rnn = simple((), (O, H), length=6)
    inputs = rnn.inputs()
    h = recurrent.simple_rnn_h(*inputs)
    g = rnn.cotangent(rnn.forward(*inputs))
    d = recurrent.simple_rnn_gradients(g, None, *inputs)
    before = d.h[1:] * (1.0 - h[1:] ** 2)
    np.testing.assert_allclose(d.W, sum(np.outer(before[t], h[t]) for t in range(6)), rtol=1e-12)
    np.testing.assert_allclose(d.U, sum(np.outer(before[t], inputs[0][t]) for t in range(6)), rtol=1e-12)
    np.testing.assert_allclose(d.V, sum(np.outer(g[t], h[t + 1]) for t in range(6)), rtol=1e-12)


LONG = [
    simple((2,), length=7),
    gated("recurrent.lstm", (2,), 4, 2, 4, length=7),
    gated("recurrent.gru", (2,), 3, 1, 4, length=7),
]


def final(y):
    """The final states: of one kind, or h and C."""
    return [y[-1]] if y.ndim == 3 else [y[0, -1], y[1, -1]]


@pytest.mark.parametrize("case", LONG, ids=lambda case: case.id)
def test_a_sequence_is_its_pieces(case):
    """What the second piece sends back to its initial states is what the first piece lacks of its final gradient."""
    x, *rest = case.inputs()
    states = 2 if case.name.endswith("lstm") else 1
    first, weights = rest[:states], rest[states:]
    y = case.forward(x, *rest)
    g = case.cotangent(y)
    gradients = gradients_of(case)
    whole = gradients(g, y, x, *rest)

    y1 = case.forward(x[:4], *rest)
    y2 = case.forward(x[4:], *final(y1), *weights)
    np.testing.assert_allclose(np.concatenate([y1, y2], axis=-3), y, rtol=1e-13, atol=1e-15)
    g1, g2 = np.copy(g[..., :4, :, :]), g[..., 4:, :, :]
    second = gradients(g2, y2, x[4:], *final(y1), *weights)
    g1[..., -1, :, :] += np.reshape(second[1 : 1 + states], g1[..., -1, :, :].shape)
    piece = gradients(g1, y1, x[:4], *first, *weights)
    np.testing.assert_allclose(np.concatenate([piece.x, second.x]), whole.x, rtol=1e-11, atol=1e-13)
    for i in range(len(rest)):
        later = 0.0 if i < states else second[1 + i]
        if whole[1 + i] is not None:
            np.testing.assert_allclose(piece[1 + i] + later, whole[1 + i], rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("case", LONG, ids=lambda case: case.id)
def test_a_batch_is_its_samples(case):
    x, *rest = case.inputs()
    states = 2 if case.name.endswith("lstm") else 1
    initial, weights = rest[:states], rest[states:]
    y = case.forward(x, *rest)
    samples = [case.forward(x[:, n], *(s[n] for s in initial), *weights) for n in range(2)]
    np.testing.assert_allclose(y, np.stack(samples, axis=-2), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("case", LONG, ids=lambda case: case.id)
@pytest.mark.parametrize(("length", "batch"), [(0, 2), (3, 0), (0, 0)])
def test_no_steps_and_no_samples(case, length, batch):
    x, *rest = case.inputs()
    states = 2 if case.name.endswith("lstm") else 1
    inputs = [x[:length, :batch], *(s[:batch] for s in rest[:states]), *rest[states:]]
    y, gradients = call(case, inputs)
    assert y.shape == ((2,) if states == 2 else ()) + (length, batch, H)
    for gradient, given in zip(gradients, inputs, strict=True):
        np.testing.assert_array_equal(gradient, np.zeros(given.shape))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [1000.0, 1e30])
@pytest.mark.parametrize("case", LONG, ids=lambda case: case.id)
def test_saturated_gates_are_finite_without_warning(case, scale, dtype):
    x, *rest = (value.astype(dtype) for value in case.inputs())
    with np.errstate(all="raise", under="ignore"):
        y, gradients = call(case, [dtype(scale) * x, *rest])
    assert all(np.all(np.isfinite(value)) for value in [y, *gradients])


REFUSED = [
    (
        "simple_rnn",
        [(T, 2, D), (H,), (H, H), (H, D)],
        r"h0 of shape \(3,\) does not fit x \(3, 2, 2\) .* shape \(2, 3\)",
    ),
    (
        "simple_rnn",
        [(D,), (H,), (H, H), (H, D)],
        r"expects a sequence x \(T, ..., D\), got shape \(2,\): add a time axis",
    ),
    ("lstm", [(T, D), (H,), (O,), *[(H, H), (H, D)] * 4], r"C0 of shape \(4,\) does not fit .* shape \(3,\)"),
    ("gru", [(T, 2, D), (1, H), *[(H, H), (H, D)] * 3], r"h0 of shape \(1, 3\) does not fit .* shape \(2, 3\)"),
]


@pytest.mark.parametrize(("name", "shapes", "message"), REFUSED)
def test_states_that_do_not_fit_are_refused_in_a_sentence(name, shapes, message):
    with pytest.raises(ValueError, match=message):
        getattr(recurrent, name)(*map(np.ones, shapes))


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch")


def torch_run(torch, module, parameters, x, states, g):
    """Return PyTorch's output, and the gradients of x, of the states and of the module's parameters."""
    module = module.double()
    with torch.no_grad():
        for name, value in parameters.items():
            getattr(module, f"{name}_l0").copy_(torch.tensor(value))
    x, *states = (torch.tensor(value, requires_grad=True) for value in (x, *states))
    batched = [state[None] for state in states]
    out, last = module(x, tuple(batched) if len(batched) > 1 else batched[0])
    loss = torch.sum(out * torch.tensor(g[0]))
    if len(batched) > 1:
        loss = loss + torch.sum(last[1][0] * torch.tensor(g[1][-1]))
    loss.backward()
    grads = {name: getattr(module, f"{name}_l0").grad.numpy() for name in parameters}
    return out.detach().numpy(), x.grad.numpy(), [state.grad.numpy() for state in states], grads


def lengths(seed):
    rng = np.random.default_rng(seed)
    return rng, *map(int, rng.integers(1, 7, 4))


@pytest.mark.oracle
@pytest.mark.parametrize("seed", range(4))
def test_simple_rnn_agrees_with_torch(torch, seed):
    rng, T, N, D, H = lengths(seed)
    x, h0, W, U, b, g = (rng.standard_normal(s) for s in [(T, N, D), (N, H), (H, H), (H, D), (H,), (T, N, H)])
    parameters = {"weight_hh": W, "weight_ih": U, "bias_ih": b, "bias_hh": 0 * b}
    out, dx, [dh0], grads = torch_run(torch, torch.nn.RNN(D, H), parameters, x, [h0], [g])
    y = recurrent.simple_rnn(x, h0, W, U, None, b)
    ours = recurrent.simple_rnn_gradients(g, y, x, h0, W, U, None, b)
    pairs = [(y, out), (ours.x, dx), (ours.h0, dh0), (ours.W, grads["weight_hh"]), (ours.U, grads["weight_ih"])]
    for actual, expected in [*pairs, (ours.b, grads["bias_ih"])]:
        np.testing.assert_allclose(actual, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.oracle
@pytest.mark.parametrize("seed", range(4))
def test_lstm_agrees_with_torch(torch, seed):
    rng, T, N, D, H = lengths(10 + seed)
    inputs = [rng.standard_normal(s) for s in [(T, N, D), (N, H), (N, H), *[(H, H), (H, D)] * 4, *[(H,)] * 4]]
    x, h0, C0, W_f, U_f, W_i, U_i, W_o, U_o, W_g, U_g, b_f, b_i, b_o, b_g = inputs
    g = rng.standard_normal((2, T, N, H))
    g[1, :-1] = 0.0  # PyTorch returns the last cell state alone
    parameters = {  # PyTorch's gates are i, f, g, o, one below the other
        "weight_hh": np.concatenate([W_i, W_f, W_g, W_o]),
        "weight_ih": np.concatenate([U_i, U_f, U_g, U_o]),
        "bias_ih": np.concatenate([b_i, b_f, b_g, b_o]),
        "bias_hh": np.zeros(4 * H),
    }
    out, dx, [dh0, dC0], grads = torch_run(torch, torch.nn.LSTM(D, H), parameters, x, [h0, C0], g)
    y = recurrent.lstm(*inputs)
    d = recurrent.lstm_gradients(g, y, *inputs)
    pairs = [(y[0], out), (d.x, dx), (d.h0, dh0), (d.C0, dC0)]
    pairs += [(np.concatenate([d.W_i, d.W_f, d.W_g, d.W_o]), grads["weight_hh"])]
    pairs += [(np.concatenate([d.U_i, d.U_f, d.U_g, d.U_o]), grads["weight_ih"])]
    pairs += [(np.concatenate([d.b_i, d.b_f, d.b_g, d.b_o]), grads["bias_hh"])]
    for actual, expected in pairs:
        np.testing.assert_allclose(actual, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.oracle
@pytest.mark.parametrize("seed", range(4))
def test_gru_with_reset_after_agrees_with_torch(torch, seed):
    rng, T, N, D, H = lengths(20 + seed)
    inputs = [rng.standard_normal(s) for s in [(T, N, D), (N, H), *[(H, H), (H, D)] * 3, *[(H,)] * 4]]
    x, h0, W_c, U_c, W_z, U_z, W_r, U_r, b_c, b_z, b_r, b_h = inputs
    g = rng.standard_normal((T, N, H))
    parameters = {  # PyTorch's gates are r, z, n, and its z is 1 − z: the weights of z change sign
        "weight_hh": np.concatenate([W_r, -W_z, W_c]),
        "weight_ih": np.concatenate([U_r, -U_z, U_c]),
        "bias_ih": np.concatenate([b_r, -b_z, b_c]),
        "bias_hh": np.concatenate([0 * b_r, 0 * b_z, b_h]),
    }
    out, dx, [dh0], grads = torch_run(torch, torch.nn.GRU(D, H), parameters, x, [h0], [g])
    y = recurrent.gru(*inputs, reset_after=True)
    d = recurrent.gru_gradients(g, y, *inputs, reset_after=True)
    pairs = [(y, out), (d.x, dx), (d.h0, dh0), (np.concatenate([d.W_r, -d.W_z, d.W_c]), grads["weight_hh"])]
    pairs += [(np.concatenate([d.U_r, -d.U_z, d.U_c]), grads["weight_ih"])]
    pairs += [(np.concatenate([d.b_r, -d.b_z, d.b_c]), grads["bias_ih"]), (d.b_h, grads["bias_hh"][2 * H :])]
    for actual, expected in pairs:
        np.testing.assert_allclose(actual, expected, rtol=1e-10, atol=1e-12)
