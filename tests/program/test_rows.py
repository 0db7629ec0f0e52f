"""Rows beside NumPy's functions: each gives what NumPy gives, for every engine."""

from functools import cache
from importlib import import_module

import numpy as np
import pytest
from every import every
from program.cases import engine

import autograd_zoo as az
from autograd_zoo.program.engines import engine_of
from autograd_zoo.program.expressed import EXPRESSED
from autograd_zoo.program.lacking import WHY
from autograd_zoo.program.table import listed

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
PLAIN = {  # functions of plain values: masks, indices, counts
    "close": lambda x: x * np.isclose(x.data, x.data.T) * np.allclose(x.data, x.data.T, atol=9.0),
    "equal": lambda x: (
        x * np.array_equal(x.data, x.data.T) + np.array_equiv(x.data[0], x.data) + np.array_equal(x[0].data, x.data)
    ),
    "infinite": lambda x: x * (np.isposinf(x.data / 0.0) + 2.0 * np.isneginf(x.data / 0.0)),
    "real": lambda x: x * np.isreal(x.data) + np.iscomplex(x.data),
    "isin": lambda x: x * np.isin(x.data, [0.5, 3.0]) + np.isin(x.data, x.data[0], invert=True),
    "search": lambda x: (
        x * (np.searchsorted([-1.0, 0.5, 2.0], x.data) + np.searchsorted([-1.0, 0.5, 2.0], x.data, side="right"))
    ),
    "digitize": lambda x: (
        x * (np.digitize(x.data, [-1.0, 0.5, 2.0]) + np.digitize(x.data, [2.0, 0.5, -1.0], right=True))
    ),
    "signbit": lambda x: x * np.signbit(x.data * 0.0) + np.signbit(x.data),
    "like": lambda x: x * np.ones_like(x.data) + np.zeros_like(x.data) + 0.0 * np.empty_like(x.data, dtype=int),
    "indices from": lambda x: (
        x[np.tril_indices_from(x)].sum() + x[np.triu_indices_from(x, k=1)] + x[np.diag_indices_from(x)]
    ),
    "arg of what is no nan": lambda x: x * (np.nanargmax(x.data, axis=1) + np.nanargmin(x.data)),
    "lexsort": lambda x: x * np.lexsort((x.data[0], np.round(x.data[1]))),
    "rank": lambda x: x * np.linalg.matrix_rank(x.data),
}
CALLS |= PLAIN
CALLS |= {
    "angles": lambda x: np.deg2rad(x) + np.radians(x) + np.rad2deg(x) + np.degrees(x) + np.arctan2(x, x.T),
    "powers": lambda x: np.cbrt(x) + np.exp2(x) + np.float_power(np.fabs(x), 1.5) + np.logaddexp2(x, x.T),
    "the better of two": lambda x: np.fmax(x, np.where(x > 1, np.nan, 0.5)) + np.fmin(x, x.T) + np.heaviside(x, 0.5),
    "rests": lambda x: np.fmod(x, 0.7) + np.remainder(x, -0.7) + np.trunc(x) + x * np.floor_divide(x.data, 0.7),
    "signs": lambda x: np.copysign(x, x.T) + np.sinc(x.data),
    "rounded": lambda x: x * np.round(x, 1) + np.around(x * 30.0, -1) + np.round(x),
    "numbers for nan": lambda x: np.nan_to_num(np.where(x > 1, np.inf, x), posinf=3.0) + np.nan_to_num(x),
    "traces": lambda x: np.trace(x) + np.trace(x, 1) + np.diagflat(x[0])[0] + np.diagflat(x[0], -1).sum(),
    "products": lambda x: np.tensordot(x, x, 1) + np.tensordot(x, x, ([0], [1])) + np.tensordot(x[0], x[1], 0),
    "vectors": lambda x: np.matvec(x, x[0]) + np.vecmat(x[0], x) + np.vecdot(x, x.T),
    "einsum": lambda x: np.einsum("ij,kj->ik", x, x) * np.einsum("ii", x) + np.einsum("...i,i->...", x, x[0]),
    "decompositions": lambda x: np.linalg.eigvalsh(x @ x.T) + np.linalg.svdvals(x) + np.linalg.pinv(x)[0],
    "vectors of decompositions": lambda x: np.abs(np.linalg.eigh(x @ x.T)[1]) + np.abs(np.linalg.svd(x)[0]),
    "triangles of decompositions": lambda x: np.linalg.qr(x)[1] ** 2 + np.linalg.slogdet(x)[1],
    "a series": lambda x: np.sinc(x),
    "trigonometry": lambda x: np.tan(x) + np.arcsin(x / 6.0) + np.arccos(x / 6.0) + np.arcsinh(x * 40.0),
    "areas": lambda x: np.arccosh(np.abs(x) + 1.25) + np.arctanh(x / 6.0) + np.arctan(x * 40.0) + np.arctan(x / 40.0),
    "steps": lambda x: np.cumprod(x, axis=1),
    "powers of norms": lambda x: np.linalg.norm(x, ord=3, axis=1) + x ** x.data.argmax(axis=0),
    "a power": lambda x: np.abs(x) ** np.abs(x.T),
    "spectra": lambda x: np.real(np.fft.fft(x)) + np.imag(np.fft.ifft(x)) + np.abs(np.fft.rfft(x[0])).sum(),
    "angles of spectra": lambda x: np.angle(np.fft.fft(x)) + np.real(np.conjugate(np.fft.fft(x)) * np.fft.fft(x)),
    "places": lambda x: x.at[0].set(x[1] * 2).at[1, ORDER].add(x[0]).at[[0, 0], 1].multiply(3.0).at[2].max(x[0]),
    "computed places": lambda x: (
        x.at[np.argmax(x, axis=0), np.arange(3)].set(1.0).at[np.argmin(x[0])].add(x[1]).at[np.argmax(x[1])].min(0.25)
    ),
}


ENGINES = [
    "array_api_strict",
    pytest.param("torch", marks=pytest.mark.oracle),
    pytest.param("jax.numpy", marks=[pytest.mark.oracle, pytest.mark.slow]),
    "onnx",
]
WITHOUT = {  # what an engine refuses, with the words of it
    "array_api_strict": {"a series": "a series of NumPy's or SciPy's"},
    "torch": {"a series": "a series of NumPy's or SciPy's"},
    "onnx": {
        "matrices": "no operator that takes a matrix apart",
        "decompositions": "no operator that takes a matrix apart",
        "vectors of decompositions": "no operator that takes a matrix apart",
        "triangles of decompositions": "no operator that takes a matrix apart",
        "rank": "no operator that takes a matrix apart",
        "a series": "a series of NumPy's or SciPy's",
        "spectra": "no complex numbers",
        "angles of spectra": "no complex numbers",
    },
}


def elsewhere(program, name, leaf, given):
    """The results of a program of one leaf by another engine."""
    if name == "onnx":
        from program.test_onnx import run

        return run(az.onnx.export(program, operators="composed"), program, [leaf], given)
    xp, convert = engine(name)
    return program.replay(xp)(convert(leaf), **{key: convert(a) for key, a in given.items()})


OTHER = X[::-1].T * 1.25 + 0.125


@cache
def recorded(call):
    """The program of a call, what is given to it, and what it gives at OTHER, by NumPy."""
    with np.errstate(all="ignore"):
        program = az.record(CALLS[call], X, grad=True)
        g = {"g": np.random.default_rng(0).standard_normal(program.given[0].shape)} if program.given else {}
        g = {key: a.astype(program.given[0].dtype) for key, a in g.items()}
        return program, g, program.replay()(OTHER, **g)


@every("call", CALLS)
def test_a_replay_at_another_input_is_the_call_itself(call):
    _, _, found = recorded(call)
    with np.errstate(all="ignore"):
        own = CALLS[call](az.Tensor(OTHER))
    np.testing.assert_allclose(found[0], own.data, rtol=1e-12)


@pytest.fixture
def installed(name, request):
    """An engine that is installed here."""
    if name == "jax.numpy":
        request.getfixturevalue("jax")
    pytest.importorskip(name.partition(".")[0])


@pytest.mark.parametrize("name", ENGINES)
@every("call", CALLS)
def test_a_row_gives_what_numpy_gives(call, name, installed):
    program, g, wanted = recorded(call)
    if call in WITHOUT.get(name, {}):
        with pytest.raises(az.RecordError, match=WITHOUT[name][call]):
            elsewhere(program, name, OTHER, g)
        return
    with np.errstate(all="ignore"):
        found = elsewhere(program, name, OTHER, g)
    for a, b in zip(found, wanted, strict=True):
        a = np.asarray(a)
        assert a.dtype == np.asarray(b).dtype
        tolerance = 1e-5 if a.dtype == np.float32 else 1e-11
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def test_every_expression_is_tried():
    tried = {op for call in CALLS for op in recorded(call)[0].operations()}
    assert not EXPRESSED.keys() - tried


@pytest.mark.parametrize(
    "name",
    [
        "array_api_strict",
        pytest.param("torch", marks=pytest.mark.oracle),
        pytest.param("jax.numpy", marks=pytest.mark.oracle),
        "onnx",
    ],
)
def test_each_operation_has_a_row_or_a_reason(name, installed):
    if name == "onnx":
        from autograd_zoo.program.onnx_graph import Graph
        from autograd_zoo.program.onnx_write import OnnxRows

        graph = Graph()
        rows = OnnxRows(graph, graph.asarray)
    else:
        rows = engine_of(import_module(name)).rows
    why = WHY.get(name.partition(".")[0], WHY["array API"])
    found = []
    for op in listed():
        if rows(op) is not None and op in why:
            found.append(f"autograd_zoo/program/lacking.py: remove `{op}`, which has a row for {name}")
        if rows(op) is None and op not in why:
            form = f"write `defportable({op.removeprefix('az.')}, lambda xp, x: ...)` below its rule"
            found.append(f'for {name} {form}, or add `"{op}": ...,` with the reason to autograd_zoo/program/lacking.py')
    assert not found, "\n".join(found)
