"""Attention with one head and with several: masks, drop-out, PyTorch, and what is said of inputs that do not fit."""

import contextlib
import math

import numpy as np
import pytest
from every import every
from families.support import close, equals_torch
from pytorch import oracle, torch
from refused import refused
from table import CASES
from table.attention import ALLOWED, NEVER, SEQUENCES, torch_additive
from table.case import away, closed, cotangent, is_float, swept
from table.properties import swept_twice

import autograd_zoo as az
from autograd_zoo import nn

NAMES = ("scaled_dot_product_attention", "additive_attention", "multi_head_attention")
FORMS = [f for case in CASES for f in case.forms if case.specimen in NAMES and f.kind == "function"]


@pytest.mark.parametrize("scale", [1e3, 1e30])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@every("form", FORMS, ids=lambda form: str(form.case))
def test_scores_far_from_zero(form, dtype, scale):
    x, *others = form.case.inputs
    inputs = [np.copysign(scale, x).astype(dtype), *(y.astype(dtype) if is_float(y) else y for y in others)]
    value, grads = form.swept([x.astype(float) if is_float(x) else x for x in inputs])
    for recording in (contextlib.nullcontext, az.fused):
        with recording(), np.errstate(all="raise", under="ignore"):
            found, back = form.swept(inputs)
        for a, b in zip([found, *back], [value, *grads], strict=True):
            if b is not None:
                assert a.dtype == dtype
                assert np.isfinite(a).all()
                np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4 * np.abs(b).max() + 1e-3)


# ---- against PyTorch's modules ----------------------------------------------------------------------------------


def generated(seed):
    """A module of ours and the same one of PyTorch, sequences, and masks for each of them."""
    rng = np.random.default_rng(seed)
    N, T, S, H, d = map(int, rng.integers([1, 1, 2, 1, 1], [4, 6, 6, 4, 4]))
    E, bias, own = H * d, bool(rng.random() < 0.7), seed % 3 == 0
    kdim, vdim = (E, E) if own else map(int, rng.integers(1, 6, 2))
    ours = nn.MultiHeadAttention(E, H, bias=bias, kdim=kdim, vdim=vdim, rng=rng)
    theirs = torch.nn.MultiheadAttention(E, H, bias=bias, kdim=kdim, vdim=vdim, batch_first=True)
    S = T if own else S
    for b in ("b_q", "b_k", "b_v", "b_o"):
        if bias:
            setattr(ours, b, nn.Parameter(rng.standard_normal(E)))
    Q = rng.standard_normal((N, T, E))
    sequences = [Q] if own else [Q, rng.standard_normal((N, S, kdim)), rng.standard_normal((N, S, vdim))]
    allowed = rng.random((N, H, T, S)) < 0.7
    allowed[..., 0] = True
    added = np.where(allowed, rng.standard_normal(allowed.shape), NEVER)
    padded = np.arange(S) > rng.integers(0, S, (N, 1))
    kind = ("none", "causal", "two axes", "three axes", "four axes")[seed % 5]
    masks = {
        "none": ({}, {}),
        "causal": ({"causal": True}, {"attn_mask": np.where(np.tri(T, S) > 0, 0.0, NEVER)}),
        "two axes": ({"attn_mask": added[0, 0]}, {"attn_mask": added[0, 0]}),
        "three axes": (
            {"attn_mask": added[:, 0]},
            {"attn_mask": np.broadcast_to(added[:, :1], added.shape).reshape(N * H, T, S)},
        ),
        "four axes": ({"attn_mask": added}, {"attn_mask": added.reshape(N * H, T, S)}),
    }[kind]
    if seed % 2:
        for m in masks:
            m["key_padding_mask"] = padded
    return ours, theirs, sequences, masks


def pairs(ours, theirs):
    """The parameters of ours beside those of PyTorch, of which some are rows of one matrix."""
    if theirs.in_proj_weight is not None:
        weights = {f"W_{x}": (theirs.in_proj_weight, k) for k, x in enumerate("qkv")}
    else:
        weights = {f"W_{x}": (getattr(theirs, f"{x}_proj_weight"), 0) for x in "qkv"}
    weights["W_o"] = (theirs.out_proj.weight, 0)
    if ours.b_q is not None:
        weights |= {f"b_{x}": (theirs.in_proj_bias, k) for k, x in enumerate("qkv")}
        weights["b_o"] = (theirs.out_proj.bias, 0)
    for name, (whole, k) in weights.items():
        own = getattr(ours, name)
        yield own, whole, slice(k * len(own), (k + 1) * len(own))


def copy(ours, theirs):
    with torch.no_grad():
        for own, whole, rows in pairs(ours, theirs):
            whole[rows] = torch.tensor(np.array(own.data))


@oracle
@pytest.mark.parametrize("seed", range(30))
def test_agrees_with_the_module_of_pytorch(quiet_torch, seed):
    ours, theirs, sequences, (own_masks, masks) = generated(seed)
    copy(ours, theirs)
    leaves = [az.Tensor(x) for x in sequences]
    tensors = [torch.tensor(x, requires_grad=True) for x in sequences]
    three = tensors * 3 if len(tensors) == 1 else tensors
    masks = {name: torch.tensor(mask) for name, mask in masks.items()}
    if masks.keys() >= {"attn_mask", "key_padding_mask"}:  # PyTorch wants both of one type
        padded = masks["key_padding_mask"]
        masks["key_padding_mask"] = torch.zeros(padded.shape).masked_fill(padded, NEVER)
    y = ours(*leaves, **own_masks)
    y_theirs, weights = theirs(*three, **masks, average_attn_weights=False)
    close(y.data, y_theirs)
    close(ours.weights(*sequences[:2], **own_masks).data, weights)
    g = cotangent(y)
    y.backward(g)
    y_theirs.backward(torch.tensor(g))
    for leaf, tensor in zip(leaves, tensors, strict=True):
        close(leaf.grad, tensor.grad)
    for parameter, whole, rows in pairs(ours, theirs):
        close(parameter.grad, whole.grad[rows])


@oracle
@pytest.mark.parametrize("seed", range(24))
def test_agrees_with_the_function_of_pytorch(quiet_torch, seed):
    rng = np.random.default_rng([seed, 1])
    T, S, d, e = map(int, rng.integers(1, 6, 4))
    batch = tuple(map(int, rng.integers(1, 4, rng.integers(0, 3))))
    inputs = [rng.standard_normal((*batch, *ends)) for ends in ((T, d), (S, d), (S, e))]
    allowed = rng.random((*batch[seed % 2 :], T, S)) < 0.7
    allowed[..., 0] = True
    added = np.where(allowed, rng.standard_normal(allowed.shape), NEVER)
    mask, causal = [(None, False), (None, True), (allowed, False), (added, False)][seed % 4]
    given = [] if mask is None else [mask]
    equals_torch(
        lambda *xs: nn.scaled_dot_product_attention(*xs, mask, causal=causal),
        lambda *xs: torch.nn.functional.scaled_dot_product_attention(*xs, *map(torch.tensor, given), is_causal=causal),
        inputs,
        closed("scaled_dot_product_attention", *inputs, *given, causal=causal),
    )


@oracle
@pytest.mark.parametrize("seed", range(24))
def test_additive_attention_agrees_with_a_composition_of_pytorch(quiet_torch, seed):
    rng = np.random.default_rng([seed, 2])
    T, S, m, n, h, e = map(int, rng.integers(1, 6, 6))
    batch = tuple(map(int, rng.integers(1, 4, rng.integers(0, 3))))
    module = nn.AdditiveAttention(m, n, h, rng=rng)
    inputs = [rng.standard_normal((*batch, *ends)) for ends in ((T, m), (S, n), (S, e))]
    allowed = rng.random((*batch[seed % 2 :], T, S)) < 0.7
    allowed[..., 0] = True
    added = np.where(allowed, rng.standard_normal(allowed.shape), NEVER)
    given, causal = [([], False), ([], True), ([allowed], False), ([added], False), ([added], True)][seed % 5]
    arrays = [*inputs, *(p.data for p in module.parameters())]

    def ours(Q, K, V, *parameters):
        module.W, module.U, module.v = parameters
        return module(Q, K, V, *given, causal=causal)

    equals_torch(
        ours,
        lambda *xs: torch_additive(*xs, *map(torch.tensor, given), causal=causal),
        arrays,
        closed("additive_attention", *arrays, *given, causal=causal),
    )


# ---- fused --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["added", "causal"])
@pytest.mark.parametrize("shape", [(2, 3, 4), (3, 4), (1, 4), (4,), (2, 1, 1)])
def test_fused_a_mask_and_switches_on_the_tape_have_gradients_too(shape, name):
    mask = np.where(np.arange(math.prod(shape)).reshape(shape) % 5 == 3, NEVER, away(shape, 9))
    D = (away((2, 3, 4), 7) > -1.0).astype(float)
    causal = {"causal": name == "causal"}

    def scaled(Q, K, V, mask, D):
        return nn.scaled_dot_product_attention(Q, K, V, mask, D, q=0.25, **causal)

    def additive(Q, K, V, W, U, v, mask):
        return nn.additive_attention(Q, K, V, W, U, v, mask, **causal)

    for form, inputs in (
        (scaled, [*map(away, SEQUENCES, range(3)), mask, D]),
        (additive, [*map(away, [(2, 3, 4), (2, 4, 3), (2, 4, 2), (5, 4), (5, 3), (5,)], range(6)), mask]),
    ):
        value, grads = swept(form, inputs)
        with az.fused():
            assert len(az.Tape(form(*map(az.Tensor, inputs)))) == len(inputs) + 1
            fused_value, fused_grads = swept(form, inputs)
        for a, b in zip([fused_value, *fused_grads], [value, *grads], strict=True):
            close(a, b, 1e-12)


# ---- masks ------------------------------------------------------------------------------------------------------


def attentions(seed=0):
    """Attention as a function of queries, keys, values and a mask that broadcasts to (2, 3, 4)."""
    rng = np.random.default_rng(seed)
    additive, heads = nn.AdditiveAttention(4, 4, 5, rng=rng), nn.MultiHeadAttention(4, 2, rng=rng)

    def several(Q, K, V, mask=None, causal=False):
        added = None if mask is None else np.where(mask, 0.0, NEVER) if mask.dtype == bool else mask
        return heads(Q, K, V, attn_mask=added, causal=causal)

    return {"scaled": nn.ScaledDotProductAttention(), "additive": additive, "several heads": several}


KINDS = list(attentions())


def array(y):
    return y.data if isinstance(y, az.Tensor) else y


SEQUENCE = [away((2, 3, 4)), away((2, 4, 4), 1), away((2, 4, 4), 2)]


@pytest.mark.parametrize("added", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_query_that_may_see_no_key_has_no_weights_and_no_gradient(kind, added):
    allowed = np.ones((2, 3, 4), bool)
    allowed[0, 1] = allowed[1] = False
    attend = attentions()[kind]
    mask = np.where(allowed, 0.0, NEVER) if added else allowed
    form = lambda *xs: attend(*xs, mask)  # noqa: E731  (a form, as the properties take it)
    value, grads = swept(form, SEQUENCE)
    np.testing.assert_array_equal(value[~allowed.any(-1)], 0.0)
    for x in grads:
        np.testing.assert_array_equal(x[1], 0.0)
        assert np.isfinite(x).all()
        assert np.any(x[0])
    np.testing.assert_array_equal(grads[0][0, 1], 0.0)
    with az.fused():
        fused_value, fused_grads = swept(form, SEQUENCE)
    for a, b in zip([fused_value, *fused_grads], [value, *grads], strict=True):
        close(a, b, 1e-12)
    for second in swept_twice(form, SEQUENCE):
        assert np.isfinite(second).all()
    az.check_gradients(form, *SEQUENCE, order=2, most=3)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_depends_on_what_may_not_be_seen(kind):
    attend = attentions()[kind]
    mask = np.array([True, False, True, False])[None, None]
    expected = attend(*SEQUENCE, mask)
    others = [SEQUENCE[0], *(np.where(mask[0, 0, :, None], x, 100.0 * x) for x in SEQUENCE[1:])]
    np.testing.assert_array_equal(array(attend(*others, mask)), array(expected))
    seen = attend(SEQUENCE[0], *(x[:, [0, 2]] for x in SEQUENCE[1:]))
    close(array(seen), array(expected), 1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_causal_attention_sees_no_later_key(kind):
    attend = attentions()[kind]
    x = away((1, 5, 4))
    whole = array(attend(x, x, x, causal=True))
    for T in range(1, 6):
        close(array(attend(x[:, :T], x[:, :T], x[:, :T], causal=True)), whole[:, :T], 1e-13)
    mask = np.tri(5, dtype=bool)
    np.testing.assert_array_equal(array(attend(x, x, x, mask)), whole)


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_keys_does_not_matter_and_that_of_queries_is_kept(kind):
    attend, order = attentions()[kind], [2, 0, 3, 1]
    Q, K, V = SEQUENCE
    expected = array(attend(Q, K, V))
    close(array(attend(Q[:, ::-1], K[:, order], V[:, order])), expected[:, ::-1], 1e-13)


def test_padding_and_an_added_mask_go_together():
    rng = np.random.default_rng(3)
    attention = nn.MultiHeadAttention(4, 2, rng=rng)
    x, added = rng.standard_normal((2, 5, 4)), rng.standard_normal((5, 5))
    padded = np.arange(5) >= [[3], [5]]
    y = attention(x, key_padding_mask=padded, attn_mask=added, causal=True).data
    close(y[:1, :3], attention(x[:1, :3], attn_mask=added[:3, :3], causal=True).data, 1e-13)
    close(y[1:], attention(x[1:], attn_mask=added, causal=True).data, 1e-13)
    A = attention.weights(x, key_padding_mask=padded, attn_mask=added).data
    assert A.shape == (2, 2, 5, 5)
    np.testing.assert_array_equal(A[0, :, :, 3:], 0.0)
    close(A.sum(-1), np.ones((2, 2, 5)), 1e-14)


@pytest.mark.parametrize("fused", [False, True])
def test_a_mask_that_is_learned_has_a_gradient(fused):
    bias = away((1, 2, 3, 4), 5)
    attention = nn.MultiHeadAttention(4, 2, rng=np.random.default_rng(0))
    form = lambda *xs: attention(*xs[:3], attn_mask=xs[3])  # noqa: E731
    az.check_gradients(form, *SEQUENCE, bias, order=2, most=3)
    if fused:
        _, expected = swept(form, [*SEQUENCE, bias])
        with az.fused():
            _, found = swept(form, [*SEQUENCE, bias])
        for a, b in zip(found, expected, strict=True):
            close(a, b, 1e-12)


def test_a_mask_keeps_float32():
    Q, K, V = (x.astype(np.float32) for x in SEQUENCE)
    for mask in (ALLOWED, np.where(ALLOWED, 0.5, NEVER)):
        form = lambda *xs, mask=mask: nn.scaled_dot_product_attention(*xs, mask)  # noqa: E731
        for recording in (contextlib.nullcontext, az.fused):
            with recording():
                value, grads = swept(form, [Q, K, V])
            assert {x.dtype for x in (form(Q, K, V), value, *grads)} == {np.dtype(np.float32)}


# ---- modules ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["scaled", "several heads"])
def test_drop_out_of_weights(kind):
    x = np.random.default_rng(0).standard_normal((2, 8, 4))

    def build(seed=1, dropout=0.25):
        if kind == "scaled":
            return nn.ScaledDotProductAttention(dropout, rng=np.random.default_rng(seed))
        return nn.MultiHeadAttention(4, 2, dropout, rng=np.random.default_rng(seed))

    def run(module):
        return array(module(x, x, x))

    module = build()
    first = run(module)
    np.testing.assert_array_equal(run(build()), first)
    assert not np.allclose(run(module), first)
    full = run(build(dropout=0.0))
    np.testing.assert_array_equal(run(module.eval()), full)
    module.train()
    mean = np.mean([run(module) for _ in range(300)], axis=0)
    np.testing.assert_allclose(mean, full, atol=0.2)


def test_the_switches_are_an_input_of_the_tape():
    x, D = az.Tensor(SEQUENCE[0]), np.random.default_rng(0).integers(0, 2, (2, 3, 3)).astype(float)
    A = nn.scaled_dot_product_attention(x.data, x.data, np.broadcast_to(np.eye(3), (2, 3, 3)))
    y = nn.scaled_dot_product_attention(x, x, x, None, D, q=0.5)
    close(y.data, (2.0 * D * A) @ x.data, 1e-14)
    with az.fused():
        fused = nn.scaled_dot_product_attention(x, x, x, None, D, q=0.5)
    np.testing.assert_array_equal(fused.saved[4], D)
    close(*(az.gradient(t, [x], np.ones(y.shape))[0] for t in (fused, y)), 1e-13)


def test_intermediates_have_their_names():
    attention = nn.MultiHeadAttention(4, 2, rng=np.random.default_rng(0))
    names = set(az.Tape(attention(az.Tensor(SEQUENCE[0], name="x"), causal=True)).names().values())
    assert {"x", "S", "A", "o", "W_q", "W_k", "W_v", "W_o", "b_q", "b_k", "b_v", "b_o"} <= names
    additive = nn.AdditiveAttention(4, 4, 5)
    assert {"h", "S", "A", "W", "U", "v"} <= set(az.Tape(additive(*SEQUENCE)).names().values())


def test_parameters_start_as_those_of_pytorch():
    attention = nn.MultiHeadAttention(64, 4, kdim=32, rng=np.random.default_rng(0))
    for p, (rows, columns) in zip(attention.parameters(), [(64, 64), (64, 32), (64, 64), (64, 64)], strict=False):
        assert p.shape == (rows, columns)
        assert np.abs(p.data).max() <= math.sqrt(6.0 / (rows + columns))
    assert not any(np.any(b.data) for b in (attention.b_q, attention.b_k, attention.b_v, attention.b_o))
    names = [name for name, _ in attention.named_parameters()]
    assert names == ["W_q", "W_k", "W_v", "W_o", "b_q", "b_k", "b_v", "b_o"]
    assert [name for name, _ in nn.MultiHeadAttention(4, 1, bias=False).named_parameters()] == names[:4]
    single = nn.MultiHeadAttention(64, 4, kdim=32, rng=np.random.default_rng(0), dtype=np.float32)
    np.testing.assert_array_equal(single.W_v.data, attention.W_v.data.astype(np.float32), strict=True)


def test_repr_has_the_arguments():
    assert repr(nn.MultiHeadAttention(4, 2, 0.5)) == (
        "MultiHeadAttention(embed_dim=4, num_heads=2, kdim=4, vdim=4, dropout=0.5)"
    )
    assert repr(nn.AdditiveAttention(3, 4, 5)) == "AdditiveAttention(query_dim=3, key_dim=4, hidden_dim=5)"
    assert repr(nn.ScaledDotProductAttention()) == "ScaledDotProductAttention(dropout=0.0)"


# ---- what is refused --------------------------------------------------------------------------------------------


def ones(*shape, dtype=float):
    return np.ones(shape, dtype)


ATTENTION = nn.MultiHeadAttention(4, 2)
PADDED = "key_padding_mask is"
BAD = [
    (
        lambda: nn.scaled_dot_product_attention(ones(3, 4), ones(5, 3), ones(5, 4)),
        ["Q (3, 4)", "K (5, 3)", "nn.Linear"],
    ),
    (
        lambda: nn.scaled_dot_product_attention(ones(3, 4), ones(5, 4), ones(6, 4)),
        ["Q (3, 4), K (5, 4), V (6, 4)", "each key has its value", "axis -2"],
    ),
    (
        lambda: nn.scaled_dot_product_attention(ones(2, 3, 4), ones(5, 4), ones(5, 4)),
        ["Q (2, 3, 4), K (5, 4), V (5, 4)", "axes before the last two must be equal", "np.broadcast_to"],
    ),
    (lambda: nn.scaled_dot_product_attention(ones(4), ones(5, 4), ones(5, 4)), ["Q (4,)", "(..., length, features)"]),
    (
        lambda: nn.scaled_dot_product_attention(ones(0, 3, 4), ones(0, 5, 4), ones(0, 5, 4)),
        ["Q (0, 3, 4)", "nothing to attend to", "leave empty batches out"],
    ),
    (lambda: nn.scaled_dot_product_attention(ones(3, 4), ones(0, 4), ones(0, 4)), ["K (0, 4)", "nothing to attend to"]),
    (
        lambda: nn.scaled_dot_product_attention(ones(3, 4), ones(5, 4, dtype=int), ones(5, 4)),
        ["K must hold floats, got int64", "K.astype(float)"],
    ),
    (
        lambda: nn.scaled_dot_product_attention(*[ones(3, 4)] * 3, np.ones((3, 5), bool)),
        ["mask of shape (3, 5) does not broadcast to the scores (3, 3)", "a row for each query"],
    ),
    (
        lambda: nn.scaled_dot_product_attention(*[ones(3, 4)] * 3, ones(2, 3, 3)),
        ["mask of shape (2, 3, 3) does not broadcast to the scores (3, 3)"],
    ),
    (
        lambda: nn.scaled_dot_product_attention(*[ones(3, 4)] * 3, ones(3, 3, dtype=int)),
        ["mask holds int64", "mask.astype(bool)"],
    ),
    (
        lambda: nn.scaled_dot_product_attention(*[ones(3, 4)] * 3, None, ones(3, 3), q=1.0),
        ["drop-out probability q must lie in [0, 1), got 1.0"],
    ),
    (
        lambda: nn.additive_attention(*[ones(3, 4)] * 3, ones(5, 4), ones(5, 3), ones(5)),
        ["Q (3, 4), K (3, 4), W (5, 4), U (5, 3), v (5,)", "W must be (h, m), U (h, n), v (h,)"],
    ),
    (
        lambda: nn.Sequential(nn.AdditiveAttention(4, 4, 5)).layers[0](ones(3, 2), ones(3, 4), ones(3, 4)),
        ["AdditiveAttention: ", "Q (3, 2)", "W (5, 4)"],
    ),
    (
        lambda: nn.multi_head_attention(*[ones(3, 4)] * 3, *[ones(6, 4)] * 3, ones(6, 6), num_heads=4),
        ["4 heads do not divide the 6 rows of W (6, 4)"],
    ),
    (
        lambda: nn.multi_head_attention(*[ones(3, 4)] * 3, *[ones(6, 3)] * 3, ones(6, 6), num_heads=2),
        ["x of shape (3, 4) does not fit W (6, 3)"],
    ),
    (
        lambda: ATTENTION(ones(3, 4)),
        ["MultiHeadAttention: Q has shape (3, 4), and must be (N, T, 4)", "a single sequence is Q[None]"],
    ),
    (
        lambda: ATTENTION(ones(1, 3, 4), ones(1, 3, 5)),
        ["K has shape (1, 3, 5), and must be (N, S, 4)", "the arguments kdim and vdim"],
    ),
    (lambda: ATTENTION(ones(2, 3, 4), ones(1, 3, 4)), ["Q (2, 3, 4), K (1, 3, 4), V (1, 3, 4)", "must be equal"]),
    (lambda: ATTENTION(ones(2, 3, 4, dtype=int)), ["Q must hold floats, got int64: write Q.astype(float)"]),
    (lambda: ATTENTION(ones(0, 3, 4)), ["leave empty batches out"]),
    (
        lambda: ATTENTION(ones(2, 3, 4), attn_mask=np.ones((3, 3), bool)),
        ["attn_mask holds bool", "opposite", "np.where(allowed, 0.0, -np.inf)"],
    ),
    (
        lambda: ATTENTION(ones(2, 3, 4), attn_mask=ones(4, 3, 3)),
        ["attn_mask of shape (4, 3, 3) does not fit the scores (2, 2, 3, 3)", "PyTorch's (N · num_heads, T, S)"],
    ),
    (lambda: ATTENTION(ones(2, 3, 4), attn_mask=ones(3)), ["attn_mask of shape (3,) does not fit"]),
    (lambda: ATTENTION(ones(2, 3, 4), key_padding_mask=ones(2, 3)), [f"{PADDED} float64[2, 3]", "bool[2, 3]"]),
    (lambda: ATTENTION(ones(2, 3, 4), key_padding_mask=np.ones((3, 2), bool)), [f"{PADDED} bool[3, 2]", "bool[2, 3]"]),
    (lambda: nn.MultiHeadAttention(4, 3), ["MultiHeadAttention: num_heads=3 must divide embed_dim=4"]),
    (lambda: nn.MultiHeadAttention(0, 3), ["embed_dim must be a positive integer, got 0"]),
    (lambda: nn.MultiHeadAttention(4, 2.0), ["num_heads must be a positive integer, got 2.0"]),
    (lambda: nn.MultiHeadAttention(4, 2, 1.0), ["MultiHeadAttention: dropout must lie in [0, 1), got 1.0"]),
    (lambda: nn.MultiHeadAttention(4, 2, vdim=-1), ["vdim must be a positive integer, got -1"]),
    (lambda: nn.AdditiveAttention(4, 0, 2), ["AdditiveAttention: key_dim must be a positive integer, got 0"]),
]


test_what_does_not_fit_is_refused_in_a_sentence = refused(BAD)


@pytest.mark.parametrize("fused", [False, True])
def test_the_path_of_the_module_is_named(fused):
    class Net(nn.Module):
        def __init__(self):
            self.encoder = nn.ModuleList([nn.MultiHeadAttention(4, 2)])

        def forward(self, x):
            return self.encoder[0](x)

    with az.fused() if fused else az.no_grad(), pytest.raises(ValueError, match=r"^encoder\.0: Q has"):
        Net()(az.Tensor(ones(1, 2, 3)))
