"""Rows beside NumPy's functions: each gives what NumPy gives, for every engine."""

import numpy as np
import pytest
from program.cases import engine

import autograd_zoo as az

X = np.array([[0.5, -1.5, 2.0], [3.0, 0.25, -0.75], [1.0, 4.0, -2.0]])
POSITIVE = X @ X.T + 3.0 * np.eye(3)
ORDER = np.array([2, 0, 1])
CALLS = {
    **{name: getattr(np, name) for name in "exp tanh sin cos expm1 floor ceil sign square arctan sinh cosh".split()},
    **{name: getattr(np, name) for name in "absolute negative positive".split()},
    "add": lambda x: x + np.array([1, 2, 3]) + 1,
    "bool": lambda x: x * (x > 0) + ((x > 0) & ~(x > 1) | (x < -1)),
    "power": lambda x: np.abs(x) ** 1.5 + x**2 + 2.0**x,
    "maximum": lambda x: np.maximum(x, 0.0) + np.minimum(x, x.T),
    "logaddexp": lambda x: np.logaddexp(x, x.T) + np.hypot(x, 2.0) + np.arctan2(x, 2.0),
    "clip": lambda x: np.clip(x, -1.0, None) + np.clip(x, -1.0, 1.0),
    "sum": lambda x: np.sum(x, axis=0) + x.sum(axis=(0, 1)) + x.sum(),
    "mean": lambda x: np.mean(x, axis=-1) + x.mean(),
    "var": lambda x: np.var(x, axis=0) + np.std(x, axis=1, ddof=1) + np.var(x.data, axis=0, ddof=1),
    "prod": lambda x: np.prod(x, axis=1) * np.prod(x.data, axis=0),
    "max": lambda x: np.max(x, axis=0) - np.min(x, axis=1) + x.max(),
    "any": lambda x: x * np.any(x > 1, axis=0) * np.all(x > -3, axis=1, keepdims=True),
    "count": lambda x: x * np.count_nonzero(x > 0, axis=0) * np.sum(x > 0),
    "argmax": lambda x: x * (np.argmax(x, axis=0) + np.argmin(x, axis=1)),
    "argsort": lambda x: np.take_along_axis(x, np.argsort(x, axis=1), axis=1) * np.arange(3.0),
    "sort": lambda x: np.sort(x, axis=0),
    "cumsum": lambda x: np.cumsum(x, axis=1) * np.cumsum(x)[4],
    "logsumexp": lambda x: az.logsumexp(x, axis=1) + az.erf(x),
    "matmul": lambda x: x @ x.T @ np.arange(3.0) + np.dot(x, x)[0],
    "reshape": lambda x: np.reshape(x, (1, 9))[0, ::2] * np.ravel(x, order="F")[:5],
    "transpose": lambda x: np.swapaxes(x[None], 0, 2)[:, :, 0] + np.moveaxis(x[None], 0, -1)[..., 0],
    "join": lambda x: np.concatenate([x, x.T], axis=1) + np.stack([x, -x], axis=0).reshape(3, 6),
    "split": lambda x: np.split(x, 3)[1] + np.expand_dims(x[0], 0) * np.squeeze(x[None, :1]),
    "broadcast": lambda x: np.broadcast_to(x[0], (2, 3)) * np.flip(x, axis=0)[:2],
    "pad": lambda x: np.pad(x, ((1, 0), (0, 2)))[1:, :3] + np.pad(x, 1, mode="reflect")[:3, :3],
    "moved": lambda x: np.roll(x, 1, axis=0) + np.tile(x[:1], (3, 1)) + np.repeat(x[:, :1], 3, axis=1),
    "diagonal": lambda x: np.diagonal(x) + np.rot90(x)[0],
    "triangles": lambda x: np.tril(x) + np.triu(x, 1) * 2.0,
    "index": lambda x: x[ORDER] + x[:, ORDER] * x[[0, 1, 2], ORDER] + x[..., None, 0] + x[-1, ::-1],
    "computed index": lambda x: x[np.argmax(x, axis=0), np.arange(3)] * x[np.argmax(x[:, 0])],
    "take": lambda x: np.take(x, ORDER, axis=1) + np.take(x, [0, 4, 8]),
    "take at computed places": lambda x: np.take(x, np.argmax(x, axis=0), axis=1),
    "at": lambda x: x.at[0].set(1.0) + x.at[1, ORDER].add(x[0]),
    "norm": lambda x: np.linalg.norm(x, axis=1) + np.linalg.norm(x),
    "matrices": lambda x: np.linalg.inv(x + 9.0 * np.eye(3)) + np.linalg.det(x) * np.linalg.solve(x, np.eye(3)),
    "windows": lambda x: az.windows(x, (2, 2)).sum(axis=(2, 3)),
    "where": lambda x: np.where(x > 0, x, 0.0) + np.where([True, False, True], x, x.T),
    "float32": lambda x: x.astype(np.float32).sum() + (x * 2).astype(np.float32)[0] * np.float32(2),
    "isnan": lambda x: np.where(np.isnan(x) | np.isinf(x) | ~np.isfinite(x), 0.0, x),
}
KNOWN_TO_NUMPY_ALONE = {"at"}


@pytest.mark.parametrize(
    "name",
    [
        "array_api_strict",
        pytest.param("torch", marks=pytest.mark.oracle),
        pytest.param("jax.numpy", marks=[pytest.mark.oracle, pytest.mark.slow]),
    ],
)
@pytest.mark.parametrize("call", CALLS)
def test_a_row_gives_what_numpy_gives(call, name, request):
    if name == "jax.numpy":
        request.getfixturevalue("jax")
    xp, convert = engine(name)
    program = az.record(CALLS[call], X, grad=True)
    other = X[::-1].T * 1.25 + 0.125
    g = {"g": np.random.default_rng(0).standard_normal(program.given[0].shape)} if program.given else {}
    g = {key: a.astype(program.given[0].dtype) for key, a in g.items()}
    wanted = program.replay()(other, **g)
    own = CALLS[call](az.Tensor(other))
    np.testing.assert_allclose(wanted[0], own.data, rtol=1e-12)
    try:
        f = program.replay(xp)
    except az.RecordError as error:
        assert call in KNOWN_TO_NUMPY_ALONE and "has no row for az.put" in str(error)
        return
    found = f(convert(other), **{key: convert(a) for key, a in g.items()})
    for a, b in zip(found, wanted, strict=True):
        a = np.asarray(a)
        assert a.dtype == np.asarray(b).dtype
        tolerance = 1e-5 if a.dtype == np.float32 else 1e-11
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)
