"""Attention: central differences under every mask, rows that see nothing, far from zero, and PyTorch."""

import inspect
import math
import re
import warnings

import numpy as np
import pytest
from closed_form.cases import case, real
from closed_form.differences import along, awkward, call, difference
from every import every

from autograd_zoo import Tensor, closed_form, gradient
from autograd_zoo.closed_form import attention
from autograd_zoo.closed_form.parts import Part

try:
    import torch
except ImportError:
    torch = None


def given(value):
    return lambda rng: np.array(value)


BATCH, T, S = (2,), 3, 4
ALLOWED = np.random.default_rng(0).random((*BATCH, T, S)) < 0.7
ALLOWED[0, 1] = False  # a query that may see no key
ADDED = np.where(ALLOWED, np.random.default_rng(1).standard_normal(ALLOWED.shape), -math.inf)
DROPPED = (np.random.default_rng(2).random(ALLOWED.shape) < 0.7).astype(float)
MASKS = {
    "none": ([], {}),
    "causal": ([], {"causal": True}),
    "booleans": ([given(ALLOWED)], {}),
    "booleans for all": ([given(ALLOWED[1])], {}),
    "added": ([given(ADDED)], {}),
    "added, causal": ([given(ADDED)], {"causal": True}),
}
HEADS = [real(4, 6), real(4, 5), real(6, 3), real(5, 6)]
BIASES = [real(4), real(4), real(6), real(5)]

CASES = [
    *[
        case("attention.scaled_dot_product_attention", real(2, T, 3), real(2, S, 3), real(2, S, 5), *mask, **params)
        for mask, params in MASKS.values()
    ],
    case("attention.scaled_dot_product_attention", real(T, 3), real(S, 3), real(S, 1)),
    case("attention.scaled_dot_product_attention", real(1, 1, 2, 1), real(1, 1, 1, 1), real(1, 1, 1, 2)),
    case(
        "attention.scaled_dot_product_attention",
        *[real(2, T, 3), real(2, S, 3), real(2, S, 5), given(ALLOWED), given(DROPPED)],
        causal=True,
        q=0.3,
    ),
    *[
        case(
            "attention.additive_attention",
            *[real(2, T, 3), real(2, S, 2), real(2, S, 5), real(4, 3), real(4, 2), real(4), *mask],
            **params,
        )
        for mask, params in MASKS.values()
    ],
    case("attention.additive_attention", real(T, 3), real(S, 2), real(S, 5), real(6, 3), real(6, 2), real(6)),
    *[
        case(
            "attention.multi_head_attention",
            *[real(2, T, 6), real(2, S, 5), real(2, S, 3), *[real(4, n) for n in (6, 5, 3)], real(5, 4)],
            *[real(n) for n in (4, 4, 4, 5)],
            *[lambda rng, m=m: m(rng)[..., None, :, :] for m in mask],
            num_heads=num_heads,
            **params,
        )
        for (mask, params), num_heads in zip(MASKS.values(), [1, 2, 4, 2, 2, 4], strict=True)
    ],
    case("attention.multi_head_attention", real(T, 4), *[real(S, 4)] * 2, *[real(4, 4)] * 4, num_heads=2),
    case("attention.multi_head_self_attention", real(2, T, 4), *[real(4, 4)] * 4, num_heads=2, causal=True),
    case("attention.embedding", real(5, 3), given([[1, 0, 1], [4, 1, 1]])),
    case("attention.embedding", real(5, 3), given([[1, 0, 1], [4, 1, 1]]), padding_idx=1),
    case("attention.embedding", real(5, 3), given(2)),
    case("attention.positional_encoding", real(2, 4, 5)),
]
each_case = every("case", CASES, ids=lambda case: case.id)


def close(actual, expected, tolerance=1e-8):
    assert np.shape(actual) == np.shape(expected)
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)


@each_case
def test_gradient_is_the_central_difference(case):
    inputs = case.inputs()
    y, gradients = call(case, inputs)
    for position, found in zip(case.gradients, gradients, strict=True):
        close(found, difference(along(case, inputs, position, case.cotangent(y)), inputs[position]))


def test_every_gradient_has_a_case():
    called = {gradient for case in CASES for gradient in case.gradients.values()}
    alone = {f for name, f in vars(attention).items() if re.fullmatch(r".+_d[Wx]", name)}
    records = ("additive_attention", "scaled_dot_product_attention", "multi_head_attention")
    joint = [getattr(attention, f"{name}_gradients") for name in records]
    fields = {Part(f, name) for f in joint for name in inspect.signature(f).return_annotation._fields}
    assert called == alone | {part for part in fields if part.name not in ("mask", "D")}


@each_case
def test_float32_stays_float32(case):
    inputs = [x.astype(np.float32) if x.dtype == float else x for x in case.inputs()]
    y, gradients = call(case, inputs)
    g = case.cotangent(y).astype(np.float32).astype(np.float64)
    y64, gradients64 = call(case, [x.astype(np.float64) if x.dtype == np.float32 else x for x in inputs], g)
    for single, double in zip([y, *gradients], [y64, *gradients64], strict=True):
        assert single.dtype == np.float32
        close(single, double, 1e-5)


@each_case
def test_any_memory_layout_will_do_and_inputs_are_only_read(case):
    inputs = case.inputs()
    y, gradients = call(case, inputs)
    other, others = call(case, [awkward(x) for x in inputs])
    for ours, theirs in zip([y, *gradients], [other, *others], strict=True):
        close(theirs, ours, 1e-13)


@pytest.mark.parametrize("case", [c for c in CASES if "embed" not in c.name][::4], ids=lambda case: case.id)
def test_they_are_pure_expressions_that_a_tape_records(case):
    x, *others = case.inputs()
    y = case.forward(x, *others, **case.params)
    for rule in case.gradients.values():
        tensor = Tensor(x)
        found = rule(case.cotangent(y), y, tensor, *others, **case.params)
        if isinstance(found, Tensor):  # it depends on x
            weights = case.cotangent(found, seed=7)
            (dx,) = gradient((found * weights).sum(), [tensor])

            def moved(x, rule=rule, weights=weights):
                return np.sum(weights * rule(case.cotangent(y), y, x, *others, **case.params))

            close(dx, difference(moved, x))


def test_a_query_that_may_see_no_key_gives_zero_and_takes_no_gradient():
    rng = np.random.default_rng(3)
    Q, K, V, g = (rng.standard_normal(shape) for shape in [(T, 3), (S, 3), (S, 5), (T, 5)])
    for mask in (np.zeros((T, S), bool), np.full((T, S), -math.inf)):
        y = attention.scaled_dot_product_attention(Q, K, V, mask)
        np.testing.assert_array_equal(y, np.zeros((T, 5)))
        for dx in attention.scaled_dot_product_attention_gradients(g, y, Q, K, V, mask)[:3]:
            np.testing.assert_array_equal(dx, 0.0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [1e3, 1e30])
def test_scores_far_from_zero(scale, dtype):
    Q, V = np.array([[scale, 0.0], [-scale, 0.0]], dtype), np.array([[1.0], [2.0], [4.0]], dtype)
    K = np.array([[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0]], dtype)
    g = np.ones((2, 1), dtype)
    y = attention.scaled_dot_product_attention(Q, K, V)
    np.testing.assert_array_equal(y, np.array([[1.5], [4.0]], dtype))
    for dx in attention.scaled_dot_product_attention_gradients(g, y, Q, K, V)[:3]:
        assert np.isfinite(dx).all()


@pytest.mark.parametrize("added", [0.0, 3.0, -1e30])
def test_the_same_number_added_to_all_scores_changes_nothing(added):
    rng = np.random.default_rng(4)
    Q, K, V = (np.round(rng.standard_normal(shape), 1) for shape in [(T, 4), (S, 4), (S, 5)])
    expected = attention.scaled_dot_product_attention(Q, K, V)
    mask = np.full((T, S), added)
    close(
        attention.scaled_dot_product_attention(Q, K, V, mask), expected if added > -1 else np.mean(V, 0) + 0 * expected
    )


def test_heads_are_attentions_of_their_own():
    rng = np.random.default_rng(5)
    x, *parameters = (rng.standard_normal(shape) for shape in [(2, T, 6), *[(6, 6)] * 4, *[(6,)] * 4])
    W_q, W_k, W_v, W_o, b_q, b_k, b_v, b_o = parameters
    heads = [
        attention.scaled_dot_product_attention(x @ W_q[h].T + b_q[h], x @ W_k[h].T + b_k[h], x @ W_v[h].T + b_v[h])
        for h in (slice(0, 2), slice(2, 4), slice(4, 6))
    ]
    expected = np.concatenate(heads, axis=-1) @ W_o.T + b_o
    close(attention.multi_head_self_attention(x, *parameters, num_heads=3), expected, 1e-13)


def test_positions_are_distinct_and_their_products_depend_on_the_distance_alone():
    P = attention.positional_encoding_P(np.zeros((50, 16)))
    products = P @ P.T
    for distance in range(50):
        np.testing.assert_allclose(np.diagonal(products, distance), products[0, distance], rtol=1e-12)
    assert np.all(products[~np.eye(50, dtype=bool)] < 7.9)


# ---- PyTorch ----------------------------------------------------------------------------------------------------


def torch_scaled(Q, K, V, mask=None, causal=False):
    return torch.nn.functional.scaled_dot_product_attention(Q, K, V, mask, is_causal=causal)


def torch_additive(Q, K, V, W, U, v, mask=None, causal=False):
    scores = torch.tanh((Q @ W.T)[..., :, None, :] + (K @ U.T)[..., None, :, :]) @ v
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf) if mask.dtype == torch.bool else scores + mask
    if causal:
        scores = scores.masked_fill(~torch.ones(scores.shape[-2:], dtype=torch.bool).tril(), -math.inf)
    return torch.softmax(scores, -1) @ V


def generated(seed):
    """Shapes, a mask of which each query sees a key, and whether the attention is causal."""
    rng = np.random.default_rng(seed)
    T, S, m, n, e, h = map(int, rng.integers(1, 6, 6))
    batch = tuple(map(int, rng.integers(1, 4, rng.integers(0, 3))))
    kind = ["none", "causal", "booleans", "added"][seed % 4]
    allowed = rng.random((*batch, T, S)) < 0.6
    allowed[..., 0] = True
    mask = {"booleans": [allowed], "added": [np.where(allowed, rng.standard_normal(allowed.shape), -math.inf)]}
    return rng, batch, (T, S, m, n, e, h), mask.get(kind, []), {"causal": kind == "causal"}


@pytest.mark.oracle
@pytest.mark.skipif(torch is None, reason="PyTorch is not installed")
@pytest.mark.parametrize("seed", range(16))
@pytest.mark.parametrize("name", ["scaled_dot_product_attention", "additive_attention"])
def test_agrees_with_torch(name, seed):
    rng, batch, (T, S, m, n, e, h), mask, params = generated(seed)
    additive = name == "additive_attention"
    shapes = [(*batch, T, m), (*batch, S, n if additive else m), (*batch, S, e)]
    inputs = [rng.standard_normal(s) for s in shapes + [(h, m), (h, n), (h,)] * additive]
    y = getattr(attention, name)(*inputs, *mask, **params)
    g = rng.standard_normal(y.shape)
    tensors = [torch.tensor(x, requires_grad=True) for x in inputs]
    with warnings.catch_warnings():  # the first call changes the filters
        theirs = (torch_additive if additive else torch_scaled)(*tensors, *map(torch.tensor, mask), **params)
        theirs.backward(torch.tensor(g))
    close(y, theirs.detach().numpy(), 1e-11)
    found = getattr(attention, f"{name}_gradients")(g, y, *inputs, *mask, **params)
    for x, tensor in zip("QKVWUv", tensors, strict=False):
        close(getattr(found, x), tensor.grad.numpy(), 1e-10)


def test_the_document_prints_none_of_them():
    rows = [row for row in closed_form.formulas() if row.id.startswith("attention.")]
    assert [row.id for row in rows if row.source == "document"] == ["attention.multi_head_attention.claim.each_module"]
