"""Options of recurrent modules and attention: what they must not change, and what they refuse."""

from __future__ import annotations

import contextlib
import math

import numpy as np
import pytest
from refused import refused

import autograd_zoo as az
from autograd_zoo import nn
from autograd_zoo.nn.attention_grouped import rotary_positions

RNG = np.random.default_rng
CLOSE = {"rtol": 1e-12, "atol": 1e-12}
EITHER = pytest.mark.parametrize("recording", [contextlib.nullcontext, az.fused], ids=["composed", "fused"])


def numbers(*shape, seed=0, dtype=float):
    return RNG(seed).standard_normal(shape).astype(dtype)


# ---- recurrent ----------------------------------------------------------------------------------------------------

SEQUENCES = {
    "relu": lambda **o: nn.SimpleRNN(3, 4, 2, bidirectional=True, nonlinearity="relu", rng=RNG(0), **o),
    "proj_size": lambda **o: nn.LSTM(3, 4, 2, bidirectional=True, proj_size=2, rng=RNG(0), **o),
}


@EITHER
@pytest.mark.parametrize("name", SEQUENCES)
def test_each_sequence_runs_to_its_end_as_if_alone(name, recording):
    module, x, lengths = SEQUENCES[name](), numbers(5, 4, 3), [5, 2, 0, 3]
    with recording():
        y, states = module(az.Tensor(x), lengths=lengths)
        for k, n in enumerate(lengths):
            assert not y.data[n:, k].any()
            if n:
                alone, last = module(x[:n, [k]])
                np.testing.assert_allclose(y.data[:n, k], alone.data[:, 0], **CLOSE)
                pairs = zip(states, last, strict=True) if name == "proj_size" else [(states, last)]
                for found, expected in pairs:
                    np.testing.assert_allclose(found.data[:, k], expected.data[:, 0], **CLOSE)


@EITHER
@pytest.mark.parametrize("name", SEQUENCES)
def test_float32_stays_float32(name, recording):
    module = SEQUENCES[name](dtype=np.float32)
    with recording():
        y, _ = module(az.Tensor(numbers(5, 4, 3, dtype=np.float32)))
        y.sum().backward()
    assert y.dtype == np.float32 and {p.grad.dtype for p in module.parameters()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("name", ["proj_size"])
def test_a_cell_with_a_projection_is_a_step_of_its_module(name):
    lstm = nn.LSTM(3, 4, proj_size=2, rng=RNG(0))
    x = numbers(2, 5, 3)
    y, (h, C) = lstm(x)
    state = lstm.cells[0](x[1], lstm.cells[0](x[0]))
    np.testing.assert_allclose(state[0].data, y.data[1], **CLOSE)
    np.testing.assert_allclose((state[0].data, h.data[0]), (y.data[1], y.data[1]), **CLOSE)
    np.testing.assert_allclose(state[1].data, C.data[0], **CLOSE)


# ---- attention to more keys ---------------------------------------------------------------------------------------


def test_with_nothing_to_attend_to_a_query_may_see_no_key():
    module = nn.MultiHeadAttention(4, 2, add_zero_attn=True, rng=RNG(0))
    module.b_o.data = numbers(4)
    x = numbers(1, 3, 4)
    y = module(x, attn_mask=np.full((3, 3), -math.inf))
    np.testing.assert_allclose(y.data, np.broadcast_to(module.b_o.data, y.shape), **CLOSE)


def test_weights_tell_of_the_keys_that_are_added():
    module = nn.MultiHeadAttention(4, 2, add_bias_kv=True, add_zero_attn=True, rng=RNG(0))
    A = module.weights(numbers(2, 3, 4), causal=True).data
    assert A.shape == (2, 2, 3, 5)
    np.testing.assert_allclose(A.sum(-1), 1.0, **CLOSE)
    assert not np.triu(A[..., :3], 1).any() and A[..., 3:].all()


OF_FLOAT32 = {
    "extended": lambda **o: nn.MultiHeadAttention(4, 2, add_bias_kv=True, add_zero_attn=True, **o),
    "grouped": lambda **o: nn.GroupedQueryAttention(4, 2, 1, rotary=nn.RotaryPositions(), **o),
    "lengths": lambda **o: nn.MultiHeadAttention(4, 2, kdim=4, vdim=4, **o),
    "encoder": lambda **o: nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8, **o), 2),
}


@EITHER
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("name", OF_FLOAT32)
def test_attention_keeps_float32(name, masked, recording):
    module = OF_FLOAT32[name](rng=RNG(0), dtype=np.float32)
    x = az.Tensor(numbers(2, 3, 4, dtype=np.float32))
    mask = np.where(RNG(1).random((3, 3)) < 0.5, np.float32(-1.0), np.float32(0.0)) if masked else None
    with recording():
        y = module(x, **{"mask" if name == "encoder" else "attn_mask": mask})
        y.sum().backward()
    assert y.dtype == x.grad.dtype == np.float32


# ---- groups of queries, positions ---------------------------------------------------------------------------------


def _alike(groups, **options):
    grouped = nn.GroupedQueryAttention(6, 3, groups, rng=RNG(0), **options)
    whole = nn.MultiHeadAttention(6, 3, rng=RNG(0))
    state = {name: numbers(*value.shape, seed=k) for k, (name, value) in enumerate(grouped.state_dict().items())}
    grouped.load_state_dict(state)
    for name in ("W_k", "W_v", "b_k", "b_v"):  # each head of a group has the group's
        state[name] = np.repeat(state[name].reshape(groups, 2, -1), 3 // groups, axis=0).reshape(6, -1)
    state |= {name: state[name].ravel() for name in ("b_k", "b_v")}
    return grouped, whole.load_state_dict(state)


@EITHER
@pytest.mark.parametrize("groups", [1, 3])
@pytest.mark.parametrize("causal", [False, True])
def test_groups_are_heads_with_the_same_keys_and_values(groups, causal, recording):
    grouped, whole = _alike(groups)
    Q, K = numbers(2, 4, 6), numbers(2, 5, 6, seed=1)
    padded = np.arange(5) >= np.array([[5], [3]])
    with recording():
        found = grouped(Q, K, key_padding_mask=padded, causal=causal)
        expected = whole(Q, K, key_padding_mask=padded, causal=causal)
    np.testing.assert_allclose(found.data, expected.data, **CLOSE)


def test_weights_are_dropped_while_it_trains():
    module = nn.GroupedQueryAttention(4, 2, 1, dropout=0.5, rng=RNG(0))
    x = numbers(2, 3, 4)
    assert not np.array_equal(module(x).data, module(x).data)
    module.eval()
    np.testing.assert_array_equal(module(x).data, module(x).data)


def test_turned_vectors_see_how_far_apart_they_are_and_not_where():
    q, k = numbers(2, 5, 6)
    near, far = (rotary_positions(q, t) @ rotary_positions(k, t).T for t in (np.arange(5), np.arange(5) + 7.5))
    np.testing.assert_allclose(near, far, **CLOSE)
    np.testing.assert_allclose(np.linalg.norm(rotary_positions(q), axis=-1), np.linalg.norm(q, axis=-1), **CLOSE)


def test_positions_of_each_sequence():
    x, t = numbers(2, 3, 4), np.array([[0, 1, 2], [4, 5, 6]])
    found = nn.RotaryPositions()(x, t)
    for k in range(2):
        np.testing.assert_allclose(found[k], rotary_positions(x[k], t[k]), **CLOSE)


# ---- the Transformer ----------------------------------------------------------------------------------------------


def test_layers_are_copies_with_parameters_of_their_own():
    first = nn.TransformerEncoderLayer(4, 2, 8, rng=RNG(0))
    stack = nn.TransformerEncoder(first, 3)
    assert stack.layers[0] is first and len({id(p) for p in stack.parameters()}) == 3 * len(list(first.parameters()))
    for layer in stack.layers[1:]:
        for a, b in zip(layer.parameters(), first.parameters(), strict=True):
            np.testing.assert_array_equal(a.data, b.data)
        assert layer.self_attn.rng is first.self_attn.rng


def test_a_function_may_be_a_layer_and_a_norm():
    stack = nn.TransformerEncoder(lambda x, *masks, causal: 2.0 * x, 3, norm=np.negative)
    np.testing.assert_array_equal(stack(np.ones((1, 2, 3))), np.full((1, 2, 3), -8.0))


def test_a_causal_decoder_does_not_look_ahead():
    model = nn.Transformer(4, 2, 1, 2, 8, rng=RNG(0)).eval()
    src, tgt = numbers(2, 3, 4), az.Tensor(numbers(2, 5, 4, seed=1))
    y = model(src, tgt, causal=True)
    (g,) = az.gradient(np.sum(y[:, 2, 0]), [tgt])  # of a whole vector the norm would let nothing through
    assert not g[:, 3:].any() and g[:, :3].any()


# ---- what is refused ----------------------------------------------------------------------------------------------

X = numbers(2, 3, 4)
REFUSED = {
    "proj_size": (lambda: nn.LSTM(3, 4, proj_size=4), "proj_size=4 must be smaller than hidden_size=4"),
    "projected state": (lambda: nn.LSTM(4, 5, proj_size=2)(X, (X, X)), r"it must be \(1, 3, 2\)"),
    "cell's state": (lambda: nn.LSTM(4, 5, proj_size=2).cells[0](X[0], (X[0], X[0])), r"h of shape \(3, 4\) must have"),
    "rectified": (lambda: nn.SimpleRNNCell(4, 5, nonlinearity="relu")(X[0], X[0]), "rectified_rnn_cell: h of shape"),
    "groups": (lambda: nn.GroupedQueryAttention(6, 3, 2), "num_groups=2 must divide num_heads=3"),
    "heads": (lambda: nn.GroupedQueryAttention(5, 3, 1), "and this embed_dim=5"),
    "odd heads": (lambda: nn.GroupedQueryAttention(9, 3, 1, rotary=nn.RotaryPositions()), "3 numbers, an odd one"),
    "keys": (lambda: nn.GroupedQueryAttention(4, 2, 1)(X, X[:, :, :2]), r"K has shape \(2, 3, 2\)"),
    "values": (lambda: nn.GroupedQueryAttention(4, 2, 1)(X, X, X[:, :2]), "the same length S"),
    "batches": (lambda: nn.GroupedQueryAttention(4, 2, 1)(X, X[:1]), "must have the same N"),
    "odd": (lambda: rotary_positions(X[..., :3]), "even E"),
    "positions": (lambda: rotary_positions(X, np.arange(4)), r"they must be numbers, \(3,\)"),
    "words": (lambda: rotary_positions(X, ["a", "b", "c"]), "they must be numbers"),
    "base": (lambda: rotary_positions(X, base=0), "base must be larger than 0"),
    "integers": (lambda: rotary_positions(np.ones((1, 2), int)), "must hold floats"),
    "norm": (
        lambda: nn.TransformerDecoder(nn.TransformerDecoderLayer(4, 2), 1, 5),
        "norm must be a module or function",
    ),
    "lengths": (lambda: nn.Transformer(4, 2, 1, 1, 8)(X, X[:, :, :2]), r"Q has shape \(2, 3, 2\)"),
}


test_what_does_not_fit_is_refused_in_words = refused(REFUSED)


def test_a_hook_is_a_function_and_a_parameter_list_has_several():
    with pytest.raises(TypeError, match="a hook is a function"):
        nn.Tanh().register_forward_hook(3)
    with pytest.raises(TypeError, match="several values"):
        nn.ParameterList(3)


# ---- losses -------------------------------------------------------------------------------------------------------

LABELS = np.array([0, 2, 1])
WEIGHTED = {
    "softmax_cross_entropy": lambda x, w: nn.softmax_cross_entropy(x, LABELS, weight=w, label_smoothing=0.1),
    "softmax_cross_entropy, ignored": lambda x, w: nn.SoftmaxCrossEntropy(weight=w, ignore_index=2)(x, LABELS),
    "nll": lambda x, w: nn.NLL(weight=w)(nn.log_softmax(x), LABELS),
    "bce": lambda x, w: nn.BCE(weight=w)(nn.sigmoid(x), np.zeros((3, 3), np.float32)),
    "bce_with_logits": lambda x, w: nn.BCEWithLogits(weight=w, pos_weight=w)(x, np.ones((3, 3), np.float32)),
}


@EITHER
@pytest.mark.parametrize("weight", [[1.0, 2.0, 3.0], np.array([1.0, 2.0, 3.0])], ids=["list", "float64"])
@pytest.mark.parametrize("name", WEIGHTED)
def test_weights_leave_a_loss_in_float32(name, weight, recording):
    x = az.Tensor(numbers(3, 3, dtype=np.float32))
    with recording():
        loss = WEIGHTED[name](x, weight)
        loss.backward()
    assert loss.dtype == x.grad.dtype == np.float32
    np.testing.assert_allclose(loss.data, WEIGHTED[name](numbers(3, 3), weight), rtol=1e-6)
