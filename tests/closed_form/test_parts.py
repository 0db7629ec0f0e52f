"""All gradients of a module under one name: parts of them are rules, and one sweep of a sample serves them all."""

import inspect
import sys
from contextlib import contextmanager

import numpy as np
import pytest

from autograd_zoo import closed_form, zoo
from autograd_zoo.closed_form import formulas, recurrent
from autograd_zoo.closed_form.formula import cases
from autograd_zoo.closed_form.parts import MOST, Part, shared, sharing
from autograd_zoo.zoo.judge import judge

CELLS = {"lstm": recurrent.LSTMGradients, "gru": recurrent.GRUGradients, "simple_rnn": recurrent.SimpleRNNGradients}
each_cell = pytest.mark.parametrize(("name", "record"), CELLS.items(), ids=CELLS)


def counted():
    calls = []

    @shared
    def f(*arguments, **params):
        calls.append((arguments, params))
        return len(calls)

    return f, calls


X = np.arange(6.0).reshape(2, 3)
OTHERS = {
    "numbers": ((X + 1e-15 * (X > 2), None), {}),
    "sign of zero": ((np.where(X == 0, -0.0, X), None), {}),
    "shape": ((X.reshape(3, 2), None), {}),
    "dtype": ((X.view(np.int64), None), {}),
    "none": ((X, X), {}),
    "fewer": ((X,), {}),
    "params": ((X, None), {"axis": 1}),
    "array in params": ((X, None), {"axis": X}),
}


@pytest.mark.parametrize(("arguments", "params"), OTHERS.values(), ids=OTHERS)
def test_what_is_shared_is_computed_once_for_the_same_arguments_and_anew_for_others(arguments, params):
    f, calls = counted()
    with sharing():
        assert f(X, None) == f(np.asfortranarray(X), None) == 1
        with sharing():  # it is the one around it
            assert f(*arguments, **params) == f(*arguments, **params) == 2
        assert f(X.copy(), None) == 1
    assert len(calls) == 2


def test_nothing_is_kept_outside_and_not_much_inside():
    f, calls = counted()
    assert (f(X), f(X)) == (1, 2)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), sharing():
            f(X)
            1 / 0  # noqa: B018
    assert len(calls) == 4
    with sharing():
        assert [f(i) for i in range(MOST + 1)] == list(range(5, 6 + MOST))
        assert f(1) == 6
        assert f(0) == 6 + MOST  # the oldest is forgotten


@each_cell
def test_every_gradient_has_a_row_and_inputs_come_first(name, record):
    joint = getattr(recurrent, f"{name}_gradients")
    assert {Part(joint, field) for field in record._fields} <= {row.corrected for row in formulas()}
    inputs = tuple(inspect.signature(getattr(recurrent, name)).parameters)
    inputs = tuple(field for field in inputs if field != "reset_after")
    assert record._fields[: len(inputs)] == inputs


@contextmanager
def sweeps_of(name):
    """A list that gets the number of steps of each backpropagation through time, but for those of the fused module."""
    code, found = getattr(recurrent, f"{name}_gradients").__code__, []

    def note(frame, event, _):
        if event == "call" and frame.f_code is code and frame.f_back.f_code.co_name != "choose":
            found.append(len(frame.f_locals["x"]))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(before)


@each_cell
def test_a_check_sweeps_a_sample_once(name, record):
    specimen = zoo.BY_NAME[name]
    zoo.check(name, seeds=[0])  # now all formulas are judged
    with sweeps_of(name) as steps:
        zoo.check(name, seeds=[0, 1])
    samples = 2 * len(specimen.shapes) * len(specimen.variants)
    assert len([T for T in steps if T > 1]) == samples  # of one step are the fused cells


@each_cell
def test_all_rows_of_a_sample_share_a_sweep(name, record):
    rows = [row for row in zoo.BY_NAME[name].rows if row.forward is not None]
    samples = len({(case.sample, str(case.params)) for row in rows for case in cases(row)})
    with sweeps_of(name) as steps, sharing():
        for row in rows:
            judge(row, range(3))
    assert len(steps) == 3 * samples < 3 * len(rows)


OLD = {
    "attention.multi_head_attention_dW_q": r"multi_head_attention_gradients\(g, y, \*inputs\).W_q, one of all",
    "attention.scaled_dot_product_attention_dQ": r"scaled_dot_product_attention_gradients\(g, y, \*inputs\).Q",
    "attention.additive_attention_dv": r"additive_attention_gradients\(g, y, \*inputs\).v, one of all",
    "normalization.layer_norm_dgamma": r"layer_norm_gradients\(g, y, \*inputs\).gamma, one of all",
    "normalization.batch_norm_inference_dmu": r"batch_norm_inference_gradients\(g, y, \*inputs\).mu, one of all",
    "normalization.rms_norm_dmu": None,
    "normalization.instance_norm_dx": r"instance_norm_gradients\(g, y, \*inputs\).x, one of all",
    "recurrent.lstm_dW_f": r"lstm_gradients\(g, y, \*inputs\).W_f, one of all",
    "recurrent.lstm_dh": r"lstm_gradients\(g, y, \*inputs\).h, one of all",
    "recurrent.gru_dh0": r"gru_gradients\(g, y, \*inputs\).h0, one of all",
    "recurrent.simple_rnn_dV": r"simple_rnn_gradients\(g, y, \*inputs\).V, one of all",
    "recurrent.lstm_backward": "lstm_gradients, which gives all",
    "recurrent.gru_backward": "gru_gradients, which gives all",
    "recurrent.simple_rnn_backward": "simple_rnn_gradients, which gives all",
    "recurrent.lstm_cell_backward": "lstm_cell_gradients, which gives all",
    "recurrent.gru_cell_backward": "gru_cell_gradients, which gives all",
    "attention.additive_attention_backward": "additive_attention_gradients, which gives all",
    "attention.multi_head_attention_backward": "multi_head_attention_gradients, which gives all",
    "attention.scaled_dot_product_attention_backward": "scaled_dot_product_attention_gradients, which gives all",
    "attention.multi_head_attention_dQK": None,
    "recurrent.lstm_dW_x": None,
    "recurrent.lstm_d": None,
    "recurrent.dlstm_backward": None,
    "recurrent.__path__": None,
}


@pytest.mark.parametrize(("name", "new"), OLD.items(), ids=OLD)
def test_an_old_name_says_what_to_write_and_another_nothing(name, new):
    family, _, name = name.partition(".")
    module = getattr(closed_form, family)
    with pytest.raises(AttributeError, match=f"{family}' has no attribute '{name}'{f': write {new}' if new else '$'}"):
        getattr(module, name)
    assert not hasattr(module, name)
