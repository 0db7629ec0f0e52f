"""Embeddings, positions, and the layers of a Transformer, against PyTorch and against what they should be."""

import contextlib
import math

import numpy as np
import pytest
from families.support import close
from pytorch import oracle, torch
from refused import refused
from table import TABLE
from table.attention import NEVER
from table.case import away, cotangent, swept
from table.properties import swept_twice

import autograd_zoo as az
from autograd_zoo import nn

# ---- embeddings -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("padding_idx", [None, 0, 3])
@pytest.mark.parametrize("indices", [2, [1, 3, 1, 1], [[0, 3], [3, 1]], np.zeros((2, 0), int), np.uint8([3, 0])])
def test_an_embedding_is_a_row_and_its_gradient_goes_there(indices, padding_idx):
    W = away((4, 3))
    y, (dW,) = swept(lambda W: nn.embedding(W, indices, padding_idx=padding_idx), [W])
    g, expected = cotangent(y), np.zeros_like(W)
    for place in np.ndindex(np.shape(indices)):
        i = np.asarray(indices)[place]
        if i == padding_idx:
            np.testing.assert_array_equal(y[place], 0.0)
        else:
            np.testing.assert_array_equal(y[place], W[i])
            expected[i] += g[place]
    assert y.shape == (*np.shape(indices), 3)
    close(dW, expected, 1e-14)
    np.testing.assert_array_equal(nn.embedding(W, indices, padding_idx=padding_idx), y)


@oracle
@pytest.mark.parametrize("seed", range(20))
def test_an_embedding_agrees_with_pytorch(quiet_torch, seed):
    rng = np.random.default_rng(seed)
    number, length = map(int, rng.integers(2, 8, 2))
    padding_idx = int(rng.integers(number)) if seed % 2 else None
    i = rng.integers(0, number, rng.integers(1, 5, rng.integers(1, 4)))
    ours = nn.Embedding(number, length, padding_idx, rng=rng)
    theirs = torch.nn.Embedding(number, length, padding_idx)
    with torch.no_grad():
        theirs.weight.copy_(torch.tensor(np.array(ours.W.data)))
    y, y_theirs = ours(i), theirs(torch.tensor(i))
    close(y.data, y_theirs.detach())
    y.backward(cotangent(y))
    y_theirs.backward(torch.tensor(cotangent(y)))
    close(ours.W.grad, theirs.weight.grad)


def test_an_embedding_starts_normal_with_padding_zero():
    module = nn.Embedding(500, 20, 7, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(module.W.data[7], 0.0)
    np.testing.assert_allclose(module.W.data.std(), 1.0, rtol=0.05)
    assert nn.Embedding(3, 2, dtype=np.float32)([1]).dtype == np.float32
    assert repr(nn.Embedding(3, 2, 1)) == "Embedding(num_embeddings=3, embedding_dim=2, padding_idx=1)"


# ---- positions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("T", "E"), [(1, 1), (5, 4), (4, 5), (30, 2), (3, 64)])
def test_positions_are_those_of_the_closed_form(T, E):
    P = nn.sinusoidal_positions(T, E)
    x = away((2, T, E))
    close(P, az.closed_form.attention.positional_encoding_P(x), 1e-12)
    close(nn.positional_encoding(x), x + P, 0)
    assert nn.positional_encoding(x.astype(np.float32)).dtype == np.float32


def test_positional_encoding_drops_out_while_training():
    module = nn.PositionalEncoding(0.5, rng=np.random.default_rng(0))
    x = np.zeros((2, 5, 4))
    y = module(x)
    expected = nn.sinusoidal_positions(5, 4)
    assert np.all((y == 0) | (y == 2.0 * expected))
    assert 0.2 < np.mean(y[expected + x != 0] == 0) < 0.8
    np.testing.assert_array_equal(module.eval()(x), expected + x)


# ---- layers -----------------------------------------------------------------------------------------------------


def copy(ours, theirs):
    """Give the layer of PyTorch the parameters of ours, and return pairs of a parameter and where it stands there."""
    pairs = []
    for name in ("self_attn", "multihead_attn"):
        if hasattr(ours, name):
            a, b = getattr(ours, name), getattr(theirs, name)
            E = a.embed_dim
            for k, x in enumerate("qkv"):
                pairs += [(getattr(a, f"W_{x}"), b.in_proj_weight, slice(k * E, (k + 1) * E))]
                pairs += [(getattr(a, f"b_{x}"), b.in_proj_bias, slice(k * E, (k + 1) * E))]
            pairs += [(a.W_o, b.out_proj.weight, ...), (a.b_o, b.out_proj.bias, ...)]
    for name, (W, b) in {"linear": ("W", "b"), "norm": ("gamma", "beta")}.items():
        for k in (1, 2, 3):
            if hasattr(ours, f"{name}{k}"):
                own, other = getattr(ours, f"{name}{k}"), getattr(theirs, f"{name}{k}")
                pairs += [(getattr(own, W), other.weight, ...), (getattr(own, b), other.bias, ...)]
    pairs = [pair for pair in pairs if pair[0] is not None]
    with torch.no_grad():
        for own, whole, rows in pairs:
            whole[rows] = torch.tensor(np.array(own.data))
    return pairs


TWINS = {
    "TransformerEncoderLayer": TABLE["transformer_encoder_layer"].twin,
    "TransformerDecoderLayer": TABLE["transformer_decoder_layer"].twin,
}


def generated(cls, seed):
    """A layer with random parameters, the same one of PyTorch, and what both are called with."""
    rng = np.random.default_rng([seed, len(cls)])
    N, T, S, H, d, F = map(int, rng.integers([1, 2, 2, 1, 2, 1], [4, 6, 6, 4, 4, 9]))
    options = {
        "activation": ["relu", "gelu"][seed % 2],
        "norm_first": bool(seed // 2 % 2),
        "bias": seed % 5 != 4,
        "layer_norm_eps": float(rng.choice([1e-5, 1e-2])),
    }
    ours = getattr(nn, cls)(H * d, H, F, 0.0, **options, rng=rng)
    for p in ours.parameters():
        p.data = rng.standard_normal(p.shape) / math.sqrt(p.shape[-1])
    theirs = TWINS[cls](H * d, H, F, 0.0, **options, batch_first=True)
    sequences = [rng.standard_normal((N, length, H * d)) for length in (T, S)]
    return ours, theirs, sequences, rng


@oracle
@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("cls", TWINS)
def test_a_layer_agrees_with_pytorch(quiet_torch, cls, seed):
    ours, theirs, (x, memory), rng = generated(cls, seed)
    pairs = copy(ours, theirs)
    assert len(pairs) == len(ours.parameters())
    (N, T, _), S = x.shape, memory.shape[1]
    own, masks = {}, {}
    first = "src" if "Encoder" in cls else "tgt"
    never = np.where(np.tri(T) > 0, 0.0, NEVER)
    if seed % 3 == 1:
        own, masks = {"causal": True}, {f"{first}_mask": never}
    elif seed % 3 == 2:
        own = masks = {f"{first}_mask": never + rng.standard_normal((T, T))}
    if seed % 4 >= 2:
        padded = {f"{first}_key_padding_mask": np.arange(T) > rng.integers(0, T, (N, 1))}
        if first == "tgt":
            padded["memory_key_padding_mask"] = np.arange(S) > rng.integers(0, S, (N, 1))
            padded["memory_mask"] = np.where(rng.random((T, S)) < 0.3, -1e3, rng.standard_normal((T, S)))
        own, masks = own | padded, masks | padded

    def of_torch(mask):
        mask = torch.tensor(mask)  # all of one type
        return torch.zeros(mask.shape).masked_fill(mask, NEVER) if mask.dtype == torch.bool else mask

    sequences = [x] if first == "src" else [x, memory]
    leaves, tensors = [az.Tensor(x) for x in sequences], [torch.tensor(x, requires_grad=True) for x in sequences]
    y = ours(*leaves, **own)
    y_theirs = theirs(*tensors, **{name: of_torch(mask) for name, mask in masks.items()})
    close(y.data, y_theirs.detach())
    y.backward(cotangent(y))
    y_theirs.backward(torch.tensor(cotangent(y)))
    for leaf, tensor in zip(leaves, tensors, strict=True):
        close(leaf.grad, tensor.grad)
    for parameter, whole, rows in pairs:
        close(parameter.grad, whole.grad[rows])


def layers(**options):
    rng = np.random.default_rng(0)
    encoder = nn.TransformerEncoderLayer(4, 2, 6, **{"dropout": 0.0, "activation": "gelu", **options}, rng=rng)
    decoder = nn.TransformerDecoderLayer(4, 2, 6, **{"dropout": 0.0, "activation": "gelu", **options}, rng=rng)
    x, memory = away((2, 3, 4)), away((2, 5, 4), 1)
    return {
        "encoder": (lambda x, **masks: encoder(x, causal=True), [x], encoder),
        "decoder": (lambda x, memory: decoder(x, memory, causal=True), [x, memory], decoder),
    }


KINDS = ["encoder", "decoder"]


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_is_its_closed_form(kind, activation, norm_first, causal):
    specimen = az.zoo.find([f"transformer_{kind}_layer"])[0]
    inputs = specimen.sample(np.random.default_rng(0), (2, 3, 4))
    params = {"num_heads": 2, "activation": activation, "norm_first": norm_first, "causal": causal}
    y, grads = swept(lambda *xs: specimen.run(*xs, **params), inputs)
    close(y, specimen.forward(*inputs, **params), 1e-12)
    pulled = specimen.pull(cotangent(y), y, *inputs, **params)
    for found, expected in zip(grads, pulled.values(), strict=False):
        close(found, expected, 1e-12)
    assert len(grads) - len(pulled) == 1 + (kind == "decoder")
    for of_key_biases in grads[len(pulled) :]:
        np.testing.assert_allclose(of_key_biases, 0.0, atol=1e-14)


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_is_differentiable_and_fuses(kind, norm_first):
    form, inputs, _ = layers(norm_first=norm_first)[kind]
    az.check_gradients(form, *inputs, order=2, most=3, tolerance=1e-6)
    value, grads = swept(form, inputs)
    second = swept_twice(form, inputs)
    composed = len(az.Tape(form(*inputs)))
    with az.fused():
        fused_value, fused_grads = swept(form, inputs)
        fused_second = swept_twice(form, inputs)
        assert len(az.Tape(form(*inputs))) < composed
    for a, b in zip([fused_value, *fused_grads, *fused_second], [value, *grads, *second], strict=True):
        close(a, b, 1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_of_arrays_and_of_float32(kind):
    form, inputs, layer = layers()[kind]
    expected = form(*inputs).data
    layer.freeze()
    y = form(*inputs)
    assert isinstance(y, np.ndarray)
    close(y, expected, 1e-12)
    form, _, layer = layers(dtype=np.float32)[kind]
    for recording in (contextlib.nullcontext, az.fused):
        with recording():
            single, grads = swept(form, [x.astype(np.float32) for x in inputs])
        assert {x.dtype for x in (single, *grads)} == {np.dtype(np.float32)}
        np.testing.assert_allclose(single, expected, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_drops_out_while_training(kind):
    form, inputs, layer = layers(dropout=0.5)[kind]
    assert not np.allclose(form(*inputs).data, form(*inputs).data)
    layer.eval()
    without, _, other = layers()[kind]
    other.load_state_dict(layer.state_dict())
    np.testing.assert_array_equal(form(*inputs).data, without(*inputs).data)
    assert f"(dropout{2 if kind == 'encoder' else 3}): Dropout(q=0.5)" in repr(layer)


def test_a_layer_takes_a_function_as_activation():
    layer = nn.TransformerEncoderLayer(4, 2, 6, activation=np.tanh)
    assert layer(np.ones((1, 2, 4))).shape == (1, 2, 4)
    module = nn.TransformerEncoderLayer(4, 2, 6, activation=nn.PReLU())
    assert "activation.a" in dict(module.named_parameters())


def test_parameters_have_the_names_of_pytorch():
    names = [name for name, _ in nn.TransformerDecoderLayer(4, 2, 6).named_parameters()]
    attention = [f"{kind}_{x}" for kind in "Wb" for x in "qkvo"]
    assert set(names) == {
        *(f"{part}.{name}" for part in ("self_attn", "multihead_attn") for name in attention),
        *(f"linear{k}.{name}" for k in (1, 2) for name in "Wb"),
        *(f"norm{k}.{name}" for k in (1, 2, 3) for name in ("gamma", "beta")),
    }


# ---- what is refused --------------------------------------------------------------------------------------------

EMBEDDING = nn.Embedding(4, 3)
BAD = [
    (lambda: EMBEDDING([0, 4, -1]), ["Embedding: ", "2 indices lie outside 0..3, the rows of W (4, 3)", "first is 4"]),
    (lambda: EMBEDDING([0.0, 1.0]), ["indices i must be integers, got float64", "i.astype(int)"]),
    (lambda: EMBEDDING(az.Tensor([1.0])), ["indices i must be integers, got float64", "i.astype(int)"]),
    (lambda: EMBEDDING([True]), ["got bool"]),
    (lambda: nn.embedding(np.ones(3), [0]), ["W has shape (3,)", "(num_embeddings, E)"]),
    (lambda: nn.Embedding(4, 3, 4), ["padding_idx must lie in 0..3, got 4"]),
    (lambda: nn.Embedding(4, 3, -1), ["padding_idx must lie in 0..3, got -1"]),
    (lambda: nn.Embedding(0, 3), ["Embedding: num_embeddings must be a positive integer, got 0"]),
    (lambda: nn.Embedding(4, 0.5), ["Embedding: embedding_dim must be a positive integer, got 0.5"]),
    (lambda: nn.sinusoidal_positions(0, 2), ["sinusoidal_positions: T must be a positive integer, got 0"]),
    (lambda: nn.positional_encoding(np.ones(3)), ["x of shape (3,) must be (..., T, E)"]),
    (lambda: nn.PositionalEncoding(1.5), ["PositionalEncoding: dropout must lie in [0, 1), got 1.5"]),
    (
        lambda: nn.TransformerEncoderLayer(4, 2, activation="tanh"),
        ["TransformerEncoderLayer: activation must be 'relu' or 'gelu', or a function; got 'tanh'"],
    ),
    (lambda: nn.TransformerDecoderLayer(4, 3), ["num_heads=3 must divide embed_dim=4"]),
    (
        lambda: nn.TransformerEncoderLayer(4, 2, 6)(np.ones((1, 2, 3))),
        ["self_attn: Q has shape (1, 2, 3), and must be (N, T, 4)"],
    ),
    (
        lambda: nn.TransformerDecoderLayer(4, 2, 6)(np.ones((1, 2, 4)), np.ones((1, 2, 3))),
        ["multihead_attn: K has shape (1, 2, 3), and must be (N, S, 4)"],
    ),
]


test_what_does_not_fit_is_refused_in_a_sentence = refused(BAD)
