"""Integers and truths in programs: other engines promote and name them in other ways than NumPy."""

import numpy as np
import pytest

import autograd_zoo as az

WHOLE = {
    "i // 2": lambda i: i // 2,
    "i // -2": lambda i: i // -2,
    "i / 2": lambda i: i / 2,
    "i & 3": lambda i: (i & 3) | 4,
    "~i": lambda i: ~i,
    "mean": np.mean,
    "floor": lambda i: np.floor(i) + np.rint(i),
    "isnan": np.isnan,
    "sqrt": lambda i: np.sqrt(np.abs(i)),
    "expm1": np.expm1,
    "log1p": lambda i: np.log1p(i * i),
    "hypot": lambda i: np.hypot(i, 2),
    "arctan2": lambda i: np.arctan2(i, 2),
    "logaddexp": lambda i: np.logaddexp(i, 2),
    "einsum": lambda i: np.einsum("i,j", i, i),
    "mean of truths": lambda i: np.mean(i > 2),
    "argmax of truths": lambda i: np.argmax(i > 2),
    "argsort of truths": lambda i: np.argsort(i > 2, stable=True),
    "cumsum of truths": lambda i: np.cumsum(i > 2),
    "cumprod of truths": lambda i: np.cumprod(i < 4),
    "prod of truths": lambda i: np.prod(i > -9),
    "pairs of truths": lambda i: np.maximum((i > 2) + (i < 5), (i > 2) * (i < 5)),
    "orders of truths": lambda i: (i > 2) < (i < 5),
}
RECORDED, OTHER = np.array([0, 2, 7]), np.array([-5, 3, -7])


def by_onnx(program, i):
    pytest.importorskip("onnx")
    ort = pytest.importorskip("onnxruntime")
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    model = az.onnx.export(program).SerializeToString()
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"]).run(None, {"i": i})[0]


def by_torch(program, i):
    torch = pytest.importorskip("torch")
    return program.replay(torch)(i=torch.from_numpy(i.copy()))[0].numpy()


def by_jax(program, i):
    jax = pytest.importorskip("jax")
    return np.asarray(program.replay(jax.numpy)(i=jax.numpy.asarray(i))[0])


ENGINES = {"onnx": by_onnx, "torch": by_torch, "jax": by_jax}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", WHOLE)
def test_integers_are_promoted_as_by_numpy_in_every_engine(name, engine, request):
    program = az.record(WHOLE[name], RECORDED, names=("i",))
    if engine == "jax":
        request.getfixturevalue("jax")
    for i in (RECORDED, OTHER):
        wanted, found = np.asarray(WHOLE[name](i)), ENGINES[engine](program, i)
        assert (found.dtype, found.shape) == (wanted.dtype, wanted.shape)
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)


def test_a_network_s_accuracy_as_onnx():
    ort = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    rng = np.random.default_rng(0)
    labels, scores = rng.integers(0, 3, size=8), rng.normal(size=(8, 3))
    program = az.record(lambda x, labels: np.mean(np.argmax(x, axis=1) == labels), rng.normal(size=(8, 3)), labels)
    session = ort.InferenceSession(az.onnx.export(program).SerializeToString(), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"x": scores, "labels": labels})
    assert found == np.mean(scores.argmax(axis=1) == labels)


@pytest.mark.parametrize("dtype", [np.float64, float, "float64", np.dtype("float64")])
def test_a_mean_in_another_dtype_is_saved_and_written(dtype, tmp_path):
    ort = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    x = np.linspace(0.0, 1.0, 5, dtype=np.float32) ** 2
    program = az.record(lambda x: np.mean(x.data, dtype=dtype), x)
    program.save(tmp_path / "mean.npz")
    wanted = np.mean(x, dtype=dtype)
    session = ort.InferenceSession(az.onnx.export(program).SerializeToString(), providers=["CPUExecutionProvider"])
    for found in (az.Program.load(tmp_path / "mean.npz").replay()(x)[0], session.run(None, {"x": x})[0]):
        assert (found.dtype, found) == (np.float64, pytest.approx(wanted, rel=1e-12))


def test_pytorch_takes_from_the_end():
    torch = pytest.importorskip("torch")
    program = az.record(lambda x, i: np.take(x, i, axis=0), np.arange(3.0), np.array([0, 1]))
    (found,) = program.replay(torch)(torch.arange(3, dtype=torch.float64), i=torch.tensor([-1, 0]))
    assert found.tolist() == [2.0, 0.0]


def test_an_array_at_places_that_are_given_is_refused_with_what_works():
    with pytest.raises(TypeError, match=r"for a\[v\] write az\.Tensor\(a\)\[v\]"):
        az.record(lambda i: np.eye(3)[i], np.array([0, 1]))
    program = az.record(lambda i: az.Tensor(np.eye(3))[i], np.array([0, 1]))
    assert np.array_equal(program.replay()(i=np.array([2, 2]))[0], np.eye(3)[[2, 2]])
