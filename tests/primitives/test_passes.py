"""Rules that take fewer passes over large arrays give what the plain ones do, also where that is nan or infinite."""

import numpy as np
import pytest
from every import every

import autograd_zoo as az
from autograd_zoo.engine.rules import MANY, RULES

rng = np.random.default_rng(3)
MAPS, CHANNELS, FEATURES = (8, 4, 32, 32), (4, 1, 1), (32,)
ODD = {"as they come": [], "nan": [np.nan], "infinite": [np.inf, 1.0], "zero": [0.0], "tiny": [1e-30]}


def numbers(shape, odd, dtype):
    """Numbers away from 0, the first of them odd."""
    x = (rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape)).astype(dtype)
    x.reshape(-1)[: len(odd)] = odd
    return x


def fitted(g, shape):
    """What a sweep makes of a cotangent: summed over the axes along which a shape was stretched."""
    if g.shape == shape:
        return g
    lead = g.ndim - len(shape)
    return g.sum(axis=(*range(lead), *(lead + i for i, n in enumerate(shape) if n == 1))).reshape(shape)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("odd", ODD.values(), ids=list(ODD))
@every(("op", "first", "second"), [
    (op, *shapes)
    for op in (np.add, np.multiply, np.divide)
    for shapes in [(MAPS, CHANNELS), (CHANNELS, MAPS), (MAPS, FEATURES), (MAPS, (1, 4, 1, 1)), (MAPS, MAPS)]
], ids=lambda op, first, second: f"{op.__name__} {first} {second}")  # fmt: skip
def test_rules_for_large_arrays_give_what_the_others_do(op, first, second, odd, dtype):
    a, b, g = numbers(first, odd, dtype), numbers(second, odd, dtype), numbers(MAPS, odd, dtype)
    assert g.size >= MANY
    with np.errstate(all="ignore"):
        y, row = op(a, b), RULES[op]
        for x, plain, large in zip((a, b), row.rules, row.large, strict=True):
            wanted, found = fitted(plain(g, y, a, b), x.shape), fitted(large(g, y, a, b), x.shape)
            assert found.dtype == dtype
            np.testing.assert_allclose(found, wanted, rtol=1e-3 if dtype == np.float32 else 1e-9, atol=1e-3)


def test_a_leaf_gets_an_array_of_its_own_whether_or_not_more_is_added():
    g, x, z = np.ones(3), az.Tensor([1.0, 2.0, 3.0]), az.Tensor([4.0, 5.0, 6.0])
    dx, dz = az.gradient(+x + z + x, [x, z], g)
    dx[:], dz[:] = -1.0, -2.0
    assert g.tolist() == [1.0, 1.0, 1.0] and dx.tolist() == [-1.0] * 3 and dz.tolist() == [-2.0] * 3


def test_the_gradient_of_a_transposed_weight_is_read_row_by_row():
    x, W = rng.normal(size=(5, 3)), rng.normal(size=(4, 3))
    dW = RULES[np.matmul].rules[1](np.ones((5, 4)), None, x, W.T)
    np.testing.assert_allclose(dW, x.T @ np.ones((5, 4)))
    assert (
        dW.T.flags.c_contiguous and RULES[np.matmul].rules[1](np.ones((5, 4)), None, x, W.T.copy()).flags.c_contiguous
    )
