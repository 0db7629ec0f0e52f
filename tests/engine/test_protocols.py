"""What other libraries may ask of a Tensor: the array API's namespace, and its values by DLPack."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from every import every

from autograd_zoo import Tensor, gradient

with suppress(ImportError):  # here, for the import changes NumPy's random state, which a test may not
    import jax.numpy  # noqa: F401

X = np.arange(6.0).reshape(2, 3) + 0.5


@pytest.mark.filterwarnings("ignore")
@every("library", ["numpy", "torch", "jax.numpy"])
def test_values_go_to_other_libraries_as_a_copy(library: str) -> None:
    there = pytest.importorskip(library)
    for x in (X, X.T, X[::-1, ::2], np.array(2.5), np.zeros((0, 3)), np.float32(X)):
        t = Tensor(x)
        found = there.from_dlpack(t * 1.0)
        np.testing.assert_allclose(np.asarray(found), x, rtol=1e-7)
        if library == "torch" and x.size:
            there.from_dlpack(t).fill_(9.0)
            np.testing.assert_array_equal(t.data, x)  # what is theirs is not ours


def test_nothing_is_shared_and_pytorch_takes_no_value_of_itself() -> None:
    t = Tensor(X)
    with pytest.raises(BufferError, match="copied and never shared"):
        t.__dlpack__(copy=False)
    assert t.__dlpack_device__() == X.__dlpack_device__()
    torch = pytest.importorskip("torch")
    for convert in (lambda t: torch.as_tensor(t), lambda t: torch.tensor(t), lambda t: torch.asarray(t)):
        with pytest.raises(TypeError, match=r"torch\.(as_tensor|tensor|asarray)\(t\) would take a Tensor off.*t\.data"):
            convert(t)


def test_the_namespace_is_numpys_and_keeps_tensors() -> None:
    t = Tensor(X)
    xp = t.__array_namespace__(api_version="2022.12")
    assert xp.asarray(t) is t and xp.asarray(t, copy=True) is not t
    assert xp.asarray(t, dtype=xp.float32).dtype == np.float32 and type(xp.asarray([1.0])) is np.ndarray
    y = xp.sum(xp.permute_dims(t, (1, 0)) * xp.asarray(t).mT)
    np.testing.assert_allclose(gradient(y, [t])[0], 2.0 * X)
    assert t.device == "cpu" and t.to_device("cpu") is t
    with pytest.raises(ValueError, match="in the memory of the CPU"):
        t.to_device("cuda")
    with pytest.raises(ValueError, match="1999"):
        t.__array_namespace__(api_version="1999.01")


@pytest.mark.oracle
def test_array_api_compat_knows_tensors() -> None:
    compat = pytest.importorskip("array_api_compat")
    t = Tensor(X)
    assert compat.is_array_api_obj(t) and compat.device(t) == "cpu" and compat.size(t) == 6
    xp = compat.array_namespace(t)
    np.testing.assert_allclose(gradient(xp.mean(xp.concat([t, t])), [t])[0], np.full((2, 3), 1 / 6))


PATTERNS = {  # a call, and its gradient by an array of ones in the shape of the result
    "rearrange": (lambda e, t: e.rearrange(t, "a (b c) -> (c a) b", c=3), np.ones((2, 3))),
    "mean": (lambda e, t: e.reduce(t, "a b -> a", "mean"), np.full((2, 3), 1 / 3)),
    "sum": (lambda e, t: e.reduce(t, "a b -> b", "sum"), np.ones((2, 3))),
    "max": (lambda e, t: e.reduce(t, "a b -> a 1", "max"), np.array([[0.0, 0, 1], [0, 0, 1]])),
    "min": (lambda e, t: e.reduce(t, "a b -> ", "min"), np.array([[1.0, 0, 0], [0, 0, 0]])),
    "prod": (lambda e, t: e.reduce(t, "a b -> b", "prod"), X[::-1]),
    "repeat": (lambda e, t: e.repeat(t, "a b -> a b c", c=4), np.full((2, 3), 4.0)),
}


@pytest.mark.oracle
@every("name", PATTERNS)
def test_einops_goes_through_with_gradients(name: str) -> None:
    einops = pytest.importorskip("einops.array_api")
    f, expected = PATTERNS[name]
    t = Tensor(X)
    y = f(einops, t)
    assert isinstance(y, Tensor)
    np.testing.assert_allclose(gradient(y, [t], np.ones(y.shape))[0], expected, rtol=1e-14)
