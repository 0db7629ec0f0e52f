"""Recurrent sequences and attention: kernels against their closed forms, and whole modules, fused against composed."""

from itertools import product

import numpy as np
import pytest
from every import every

import autograd_zoo as az
from autograd_zoo import nn
from autograd_zoo.closed_form import attention_head, recurrent
from autograd_zoo.engine.values import Kept
from autograd_zoo.kernels import TWINS, attention

D, H, O = 3, 5, 2  # noqa: E741  (the document's letter)
KINDS = {  # numbers of states, gates and biases
    "simple_rnn": (1, 1, [0, 1]),
    "lstm": (2, 4, [0, 4]),
    "gru": (1, 3, [0, 3, 4]),
}
OPTIONS = {"simple_rnn": [{}, {"V": True}], "lstm": [{}], "gru": [{}, {"reset_after": True}]}
SEQUENCES = [
    (name, biases, T, batch, params)
    for name, (_, _, some) in KINDS.items()
    for biases, T, batch in product(some, [1, 4], [(), (3,), (2, 2)])
    for params in (
        [{}, {"reset_after": True}] if name == "gru" else [{}, {"V": True}] if name == "simple_rnn" else [{}]
    )
]
TOLERANCE = {np.float32: {"rtol": 2e-4, "atol": 2e-5}, np.float64: {"rtol": 1e-10, "atol": 1e-11}}


def normal(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def inputs_of(name, biases, T, batch, params):
    """The inputs of a closed form, and its parameters."""
    states, gates, _ = KINDS[name]
    shapes = [(T, *batch, D), *[(*batch, H)] * states, *[(H, H), (H, D)] * gates]
    found = [normal(*shape, seed=i) for i, shape in enumerate(shapes)]
    if name == "simple_rnn":
        found.append(normal(O, H) if params.get("V") else None)
    found += [normal(H, seed=i) for i in range(biases)]
    return found, {key: value for key, value in params.items() if key != "V"}


def compared(form, rule, inputs, params, dtype, wanted):
    """Assert that the kernels give what the closed forms do, in memory of their own, and change no input."""
    given = [a if a is None or a.dtype == bool else a.astype(dtype) for a in inputs]
    before = [None if a is None else a.copy() for a in given]
    found = TWINS[form](*given, **params)
    expected = form(*inputs, **params)
    assert isinstance(found, Kept) and found.y.dtype == dtype
    np.testing.assert_allclose(found.y, expected, **TOLERANCE[dtype])
    g = normal(*expected.shape, seed=9)
    right = rule(g, expected, *inputs, **params)
    upstream = g.astype(dtype)[::-1][::-1]
    pulled = TWINS[rule](upstream, found.y, *given, **params, kept=found.kept, wanted=wanted)
    results = [found.y]
    for i in range(len(inputs)):
        if i not in wanted or right[i] is None:
            continue
        assert pulled[i].dtype == dtype, right._fields[i]
        np.testing.assert_allclose(pulled[i], right[i], **TOLERANCE[dtype], err_msg=right._fields[i])
        results.append(pulled[i])
    for a, then in zip(given, before, strict=True):
        np.testing.assert_array_equal(a, then)
        assert a is None or not any(np.shares_memory(a, result) for result in results)
    assert not any(np.shares_memory(found.y, a) for a in results[1:])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@every(("name", "biases", "T", "batch", "params"), SEQUENCES, by=lambda name, *_: name)
def test_a_sequence_is_its_closed_form(name, biases, T, batch, params, dtype, always):
    inputs, params = inputs_of(name, biases, T, batch, params)
    form, rule = getattr(recurrent, name), getattr(recurrent, f"{name}_gradients")
    for wanted in [range(len(inputs)), range(1, len(inputs), 2)]:
        compared(form, rule, inputs, params, dtype, wanted)


@every("name", KINDS)
def test_inputs_of_two_dtypes_and_of_no_steps_are_left_to_the_form(name, always):
    form = getattr(recurrent, name)
    inputs, _ = inputs_of(name, 0, 4, (3,), {})
    mixed = [inputs[0].astype(np.float32), *inputs[1:]]
    np.testing.assert_array_equal(TWINS[form](*mixed), form(*mixed), strict=True)
    none = [inputs[0][:0], *inputs[1:]]
    np.testing.assert_array_equal(TWINS[form](*none).y, form(*none), strict=True)


MASKS = {
    "none": lambda scores: None,
    "some keys": lambda scores: normal(*scores[-2:]) > -0.5,
    "no keys for some": lambda scores: np.arange(scores[-2])[:, None] % 2 == np.zeros(scores[-1]),
    "own": lambda scores: normal(*scores) > -0.5,
    "added": lambda scores: normal(*scores[-2:]),
    "added and hidden": lambda scores: np.where(normal(scores[-1]) > -0.5, 0.3, -np.inf),
    "one for all": lambda scores: normal(*(1 for _ in scores)),
}
ATTENTION = list(product(MASKS, [False, True], [0.0, 0.3], [(), (3,), (2, 3), (1, 3), (2, 1, 2)], [1.0, 1e3]))


def heads(*shape, seed, apart):
    """Vectors, or with `apart` a view of them as several heads see them."""
    if not apart or len(shape) < 4:
        return normal(*shape, seed=seed)
    *batch, heads, length, n = shape
    return np.swapaxes(normal(*batch, length, heads, n, seed=seed), -2, -3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("block", [4, 1 << 17])
@every(("mask", "causal", "q", "batch", "size"), ATTENTION, by=lambda mask, *_: mask)
def test_attention_is_its_closed_form(mask, causal, q, batch, size, dtype, block, always, monkeypatch):
    monkeypatch.setattr(attention, "BLOCK", block)
    if dtype == np.float32 and size > 1:
        return  # a rounding of the scores is one of the weights' exponents
    T, S, d, e = 4, 5, 3, 2
    switches = (normal(*batch, T, S) > -0.5).astype(dtype) if q else None
    Q, K, V = (heads(*batch, *shape, seed=i, apart=block == 4) for i, shape in enumerate([(T, d), (S, d), (S, e)]))
    inputs = [size * Q, K, V, MASKS[mask]((*batch, T, S)), switches]
    form, rule = attention_head.scaled_dot_product_attention, attention_head.scaled_dot_product_attention_gradients
    compared(form, rule, inputs, {"causal": causal, "q": q}, dtype, wanted=range(4))


# ---- modules ----------------------------------------------------------------------------------------------------

LENGTHS = [None, [4, 1, 3], [0, 4, 2]]
MODULES = [
    (cls, options, lengths)
    for cls in (nn.SimpleRNN, nn.LSTM, nn.GRU)
    for options in (
        {},
        {"num_layers": 2, "bidirectional": True},
        {"bias": False, "batch_first": True},
        *([{"reset_after": True, "num_layers": 2}] if cls is nn.GRU else []),
        *([{"output_size": 2}] if cls is nn.SimpleRNN else []),
    )
    for lengths in LENGTHS
]


def pulled_back(module, x, state, lengths, used):
    """Results of a module, and the gradients of a loss that looks at some of them."""
    leaves = [az.Tensor(a) for a in (x, *state)]
    given = None if not state else tuple(leaves[1:]) if len(state) > 1 else leaves[1]
    y, last = module(leaves[0], given, lengths=lengths)
    results = [y, *(last if isinstance(last, tuple) else [last])]
    loss = sum(((i + 1.0) * np.sin(r)).sum() for i, r in enumerate(results) if used[i])
    return [r.data for r in results] + az.gradient(loss, [*leaves, *module.parameters()], allow_unused=True)


@pytest.mark.parametrize("given", [False, True])
@every(("cls", "options", "lengths"), MODULES, by=lambda cls, *_: cls.__name__)
def test_a_fused_module_is_the_composed_one(cls, options, lengths, given, always):
    T, N = 4, 3
    module = cls(D, H, rng=np.random.default_rng(0), **options)
    cells, kinds = len(module.cells), 2 if cls is nn.LSTM else 1
    x = normal(N, T, D) if options.get("batch_first") else normal(T, N, D)
    state = [normal(cells, N, H, seed=i) for i in range(kinds)] if given else []
    for used in product([True, False], repeat=kinds + 1):
        if any(used):
            composed = pulled_back(module, x, state, lengths, used)
            with az.fused():
                fused = pulled_back(module, x, state, lengths, used)
            for a, b in zip(fused, composed, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12, strict=True)


def test_dropout_between_fused_layers_draws_what_it_draws_between_steps(always):
    x = normal(4, 3, D)
    found = []
    for fused in (False, True):
        module = nn.GRU(D, H, 2, dropout=0.5, rng=np.random.default_rng(0))
        with az.engine.mode.switched(fused=fused):
            found.append(module(az.Tensor(x))[0].data)
    np.testing.assert_allclose(*found, rtol=1e-12)


def test_a_cell_of_ones_own_is_called_for_every_step_when_fused_too(always):
    class Cell(nn.SimpleRNNCell):
        def forward(self, x, h=None):
            return super().forward(2.0 * x, h)

    module = nn.SimpleRNN(D, H, rng=np.random.default_rng(0))
    module.cells[0] = Cell(D, H, rng=np.random.default_rng(0))
    x = az.Tensor(normal(4, 3, D))
    with az.fused():
        own = module(x)[0]
        module.cells[0] = nn.SimpleRNNCell(D, H, rng=np.random.default_rng(0))
        doubled = module(az.Tensor(2.0 * x.data))[0]
    np.testing.assert_allclose(own.data, doubled.data, rtol=1e-12)


def test_a_fused_sequence_is_one_node_for_each_layer():
    module = nn.LSTM(D, H, 2)
    with az.fused():
        y, _ = module(az.Tensor(normal(6, 2, D)))
    names = [az.engine.rules.label(node.op) for node in az.Tape(y) if node.op is not None]
    assert names.count("lstm") == 2 and len(names) < 8


@every("options", [{}, {"activation": "gelu"}, {"norm_first": True}, {"bias": False}])
def test_a_fused_encoder_layer_is_the_composed_one(options, always):
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, rng=np.random.default_rng(0), **options)
    x, padded = normal(3, 5, 8), np.arange(5) >= np.array([5, 2, 4])[:, None]

    def pulled(causal):
        t = az.Tensor(x)
        y = layer(t, src_key_padding_mask=padded, causal=causal)
        return [y.data, *az.gradient(np.sum(np.sin(y)), [t, *layer.parameters()])]

    for causal in (False, True):
        composed = pulled(causal)
        with az.fused():
            fused = pulled(causal)
        for a, b in zip(fused, composed, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-10, strict=True)
