"""Attention: central differences under every mask, rows that see nothing, far from zero, and PyTorch."""

import math

import numpy as np
import pytest
from differences import slope
from table import closed_forms
from table.case import cotangent

from autograd_zoo import Tensor, closed_form, gradient
from autograd_zoo.closed_form import attention

T, S = 3, 4
FORMS = [f for f in closed_forms("attention") if f.case.specimen not in ("embedding", "positional_encoding")]


def close(actual, expected, tolerance=1e-8):
    assert np.shape(actual) == np.shape(expected)
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("form", FORMS[::4], ids=lambda form: str(form.case))
def test_they_are_pure_expressions_that_a_tape_records(form):
    x, *others = form.case.inputs
    y = form(x, *others)

    for rule in filter(None, form.rules):

        def ruled(x, rule=rule):
            return rule(cotangent(y), y, x, *others, **form.case.call.params)

        tensor = Tensor(x)
        found = ruled(tensor)
        if isinstance(found, Tensor):  # it depends on x
            weights = np.random.default_rng(7).standard_normal(found.shape)
            (dx,) = gradient((found * weights).sum(), [tensor])
            close(dx, slope(lambda x, ruled=ruled, weights=weights: np.sum(weights * ruled(x)), x))


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


def test_the_document_prints_none_of_them():
    rows = [row for row in closed_form.formulas() if row.id.startswith("attention.")]
    assert [row.id for row in rows if row.source == "document"] == ["attention.multi_head_attention.claim.each_module"]
