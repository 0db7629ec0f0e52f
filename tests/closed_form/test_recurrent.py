"""Recurrent modules against central differences, of their inputs and of everything in between, and against PyTorch."""

import numpy as np
import pytest
from differences import slope
from every import every
from table import closed_forms
from table.case import closed, cotangent

from autograd_zoo.closed_form import recurrent

T, D, H, O = 3, 2, 3, 4  # noqa: E741  (the document's letter)


def normal(*shapes):
    rng = np.random.default_rng(0)
    return [0.7 * rng.standard_normal(shape) for shape in shapes]


def gated(name, batch, gates, states, biases, length=T, **params):
    shapes = [(length, *batch, D), *[(*batch, H)] * states, *[(H, H), (H, D)] * gates, *[(H,)] * biases]
    return closed(name, *normal(*shapes), **params)


def simple(batch, *shapes, length=T):
    return closed("simple_rnn", *normal((length, *batch, D), (*batch, H), (H, H), (H, D), *shapes))


def all_gradients(form, inputs=None, g=None):
    """y, a cotangent, and the gradients at once, of the inputs and of everything in between."""
    inputs = form.case.inputs if inputs is None else inputs
    y = form(*inputs)
    g = cotangent(y) if g is None else g
    return y, g, form.joint(g, y, *inputs, **form.case.call.params)


@every(
    "form",
    [f for f in closed_forms("recurrent") if f.case.specimen in ("simple_rnn", "lstm", "gru")],
    ids=lambda f: str(f.case),
)
def test_one_sweep_gives_the_gradients_in_the_order_of_the_inputs(form):
    _, gradients = form.sample
    assert len(gradients) == len(form.case.inputs)
    for gradient, other in zip(gradients, all_gradients(form)[2], strict=False):
        np.testing.assert_array_equal(gradient, other)


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
    (gated("lstm", (), 4, 2, 0, length=4), reference_lstm, {"h": 5, "C": 5} | dict.fromkeys("fioG", 4)),
    (gated("lstm", (), 4, 2, 4, length=4), reference_lstm, {"h": 5, "C": 5} | dict.fromkeys("fioG", 4)),
    *[
        (
            gated("gru", (), 3, 1, biases, length=4, reset_after=reset_after),
            reference_gru,
            {"h": 5} | dict.fromkeys("czr", 4),
        )
        for biases in (0, 4)
        for reset_after in (False, True)
    ],
]
each_recorded = every(
    ("form", "reference", "counts"), [pytest.param(*row, id=f"{row[0].case}-{i}") for i, row in enumerate(RECORDED)]
)


def output(values):
    """y as the closed form lays it out: the time after the pair (h, C) of an LSTM."""
    y = np.stack([value for (name, _), value in values.items() if name == "y"])
    return np.moveaxis(y, 0, -2)


@each_recorded
def test_forward_pass_is_that_of_plain_loops(form, reference, counts):
    inputs, params = form.case.inputs, form.case.call.params
    values = reference({}, *inputs, **params)
    np.testing.assert_allclose(form(*inputs), output(values), rtol=1e-13, atol=1e-14)
    for name, count in counts.items():
        forward = getattr(recurrent, f"{form.case.specimen}_{name}", None)
        if forward is not None:
            expected = np.stack([values[name, t] for t in range(count)])
            np.testing.assert_allclose(forward(*inputs, **params), expected, rtol=1e-13, atol=1e-14)


@each_recorded
def test_gradients_of_all_that_is_in_between_are_central_differences(form, reference, counts):
    inputs, params = form.case.inputs, form.case.call.params
    _, g, gradients = all_gradients(form)
    for name, count in counts.items():
        gradient = getattr(gradients, name)
        assert gradient.shape == (count, H)
        for t in range(count):

            def loss(moved, name=name, t=t):
                return np.sum(g * output(reference({(name, t): moved}, *inputs, **params)))

            np.testing.assert_allclose(gradient[t], slope(loss, np.zeros(H)), rtol=1e-8, atol=1e-9)


def test_corrected_formulas_hold_at_every_step():
    lstm = gated("lstm", (), 4, 2, 0, length=6)
    y, g, d = all_gradients(lstm)
    step = recurrent.lstm_steps(y, *lstm.case.inputs)
    through_h = d.h[1:-1] * step.o[:-1] * (1.0 - np.tanh(step.C[:-1]) ** 2)
    np.testing.assert_allclose(d.C[1:-1], d.C[2:] * step.f[1:] + through_h + g[1, :-1], rtol=1e-12)

    rnn = simple((), (O, H), length=6)
    inputs = rnn.case.inputs
    h = recurrent.simple_rnn_h(*inputs)
    _, g, d = all_gradients(rnn)
    before = d.h[1:] * (1.0 - h[1:] ** 2)
    np.testing.assert_allclose(d.W, sum(np.outer(before[t], h[t]) for t in range(6)), rtol=1e-12)
    np.testing.assert_allclose(d.U, sum(np.outer(before[t], inputs[0][t]) for t in range(6)), rtol=1e-12)
    np.testing.assert_allclose(d.V, sum(np.outer(g[t], h[t + 1]) for t in range(6)), rtol=1e-12)


LONG = [
    simple((2,), length=7),
    gated("lstm", (2,), 4, 2, 4, length=7),
    gated("gru", (2,), 3, 1, 4, length=7),
]


def final(y):
    """The final states: of one kind, or h and C."""
    return [y[-1]] if y.ndim == 3 else [y[0, -1], y[1, -1]]


each_long = pytest.mark.parametrize("form", LONG, ids=lambda form: str(form.case))


def parted(form):
    """The inputs of a form: x, the initial states, and the parameters."""
    x, *rest = form.case.inputs
    states = 2 if form.case.specimen == "lstm" else 1
    return x, rest[:states], rest[states:]


@each_long
def test_a_sequence_is_its_pieces(form):
    """What the second piece sends back to its initial states is what the first piece lacks of its final gradient."""
    x, first, weights = parted(form)
    states = len(first)
    y, g, whole = all_gradients(form)

    y1 = form(x[:4], *first, *weights)
    y2, _, second = all_gradients(form, [x[4:], *final(y1), *weights], g[..., 4:, :, :])
    np.testing.assert_allclose(np.concatenate([y1, y2], axis=-3), y, rtol=1e-13, atol=1e-15)
    g1 = np.copy(g[..., :4, :, :])
    g1[..., -1, :, :] += np.reshape(second[1 : 1 + states], g1[..., -1, :, :].shape)
    _, _, piece = all_gradients(form, [x[:4], *first, *weights], g1)
    np.testing.assert_allclose(np.concatenate([piece.x, second.x]), whole.x, rtol=1e-11, atol=1e-13)
    for i in range(1, 1 + states + len(weights)):
        later = 0.0 if i <= states else second[i]
        if whole[i] is not None:
            np.testing.assert_allclose(piece[i] + later, whole[i], rtol=1e-11, atol=1e-13)


@each_long
def test_a_batch_is_its_samples(form):
    x, initial, weights = parted(form)
    samples = [form(x[:, n], *(s[n] for s in initial), *weights) for n in range(2)]
    np.testing.assert_allclose(form(*form.case.inputs), np.stack(samples, axis=-2), rtol=1e-13, atol=1e-15)


@each_long
@pytest.mark.parametrize(("length", "batch"), [(0, 2), (3, 0), (0, 0)])
def test_no_steps_and_no_samples(form, length, batch):
    x, initial, weights = parted(form)
    inputs = [x[:length, :batch], *(s[:batch] for s in initial), *weights]
    y, gradients = form.swept(inputs)
    assert y.shape == ((2,) if len(initial) == 2 else ()) + (length, batch, H)
    for gradient, given in zip(gradients, inputs, strict=True):
        np.testing.assert_array_equal(gradient, np.zeros(given.shape))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [1000.0, 1e30])
@each_long
def test_saturated_gates_are_finite_without_warning(form, scale, dtype):
    x, *rest = (value.astype(dtype) for value in form.case.inputs)
    with np.errstate(all="raise", under="ignore"):
        y, gradients = form.swept([dtype(scale) * x, *rest])
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
