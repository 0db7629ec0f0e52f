"""Leaving the tape is never silent: every public function of NumPy records a Tensor, answers plainly, or refuses it."""

from __future__ import annotations

import types
from importlib import import_module
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest
from every import every

from autograd_zoo.engine.functions import CONSTANT
from autograd_zoo.engine.tensor import Tensor

# What is not called: settings, reports, files, and questions about types, functions or texts.
SETTINGS = "test show_config show_runtime info get_include getbufsize setbufsize geterr seterr geterrcall seterrcall"
PRINTING = "get_printoptions set_printoptions printoptions base_repr binary_repr typename"
FILES = "fromfile fromregex genfromtxt load loadtxt save savetxt savez savez_compressed"
TYPES = "datetime_data isdtype issubdtype mintypecode promote_types"
NOT_CALLED = frozenset(" ".join([SETTINGS, PRINTING, FILES, TYPES]).split())

MODULES = (np, np.linalg, np.fft)
FUNCTIONS = {
    f"{module.__name__}.{name}": getattr(module, name)
    for module in MODULES
    for name in dir(module)
    if not (name.startswith("_") or name in NOT_CALLED or isinstance(getattr(module, name), (type, types.ModuleType)))
    and callable(getattr(module, name))
}
DISPATCHED = {name: f for name, f in FUNCTIONS.items() if type(f) in (np.ufunc, type(np.sum))}
OTHERS = {name: f for name, f in FUNCTIONS.items() if name not in DISPATCHED}
# What may give plain values, besides those in CONSTANT: questions, and functions with a mask for their first argument,
# or a dtype or a tolerance for their second.
QUESTIONS = {np.isscalar, np.iterable, np.bmat, np.from_dlpack}  # the last asks for the values
PLAIN = QUESTIONS | {
    np.imag,
    np.setdiff1d,
    np.where,
    np.full_like,
    np.shape,
    np.ndim,
    np.compress,
    np.extract,
    np.real_if_close,
    getattr(np, "astype", None),
}
FIRST = {
    "f(t)": lambda f, t: f(t),
    "f(t, t)": lambda f, t: f(t, t),
    "f(t, t, t)": lambda f, t: f(t, t, t),
    "f(t, array)": lambda f, t: f(t, np.eye(3)),
    "f(t, 1)": lambda f, t: f(t, 1),
    "f(t, 1, 0)": lambda f, t: f(t, 1, 0),
    "f(t, 0, t)": lambda f, t: f(t, 0, t),
    "f(t, indices)": lambda f, t: f(t, np.array([[0, 1]])),
    "f(t, shape)": lambda f, t: f(t, (3, 3)),
    "f([t, t])": lambda f, t: f([t, t]),
    "f(row)": lambda f, t: f(t[0]),
    "f(row, row)": lambda f, t: f(t[0], t[0]),
    "f(cube, 1)": lambda f, t: f(t[:, :, None], 1),
    "f(number)": lambda f, t: f(t[0, 0]),
}
LATER = {
    "f(array, t)": lambda f, t: f(np.eye(3), t),
    "f(array, t, t)": lambda f, t: f(np.eye(3), t, t),
}
UNUSUAL = {
    np.bincount: lambda f, t: f([0, 1, 1], t[0]),
    np.choose: lambda f, t: f(np.array([0, 1, 1]), [t, t]),
    np.apply_over_axes: lambda f, t: f(np.sum, t, [0]),
    np.interp: lambda f, t: f(t, [0.0, 1.0], [2.0, 3.0]),
    np.piecewise: lambda f, t: f(t, [t < 1], [1.0, np.exp]),
    np.put_along_axis: lambda f, t: f(t, np.array([[0]]), 1.0, 0),
}
SENTENCES = (
    *("has no rule", "off the tape", "is not recorded", "is recorded without", "is never changed"),
    *("must be integers, slices or a mask, got a Tensor", "a recorded operation returns floats"),
)  # fmt: skip


def tensor():
    return Tensor([[2.0, 0.5, 0.1], [0.5, 3.0, 0.2], [0.1, 0.2, 1.0]])


def parts(value):
    return [p for v in value for p in parts(v)] if isinstance(value, (tuple, list)) else [value]


def outcomes(f, calls):
    """What comes of the calls of f with a Tensor: recorded, plain, refused in our words, or the name of an error."""
    for spelling, call in calls.items():
        t = tensor()
        try:
            with np.errstate(all="ignore"):
                found = parts(call(f, t))
        except Exception as error:
            yield "refused" if any(s in str(error) for s in SENTENCES) else type(error).__name__
            continue
        tensors = [x for x in found if isinstance(x, Tensor)]
        if tensors:
            assert all(x.op is not None or x is t for x in tensors), f"{spelling} gave a new leaf"
            yield "recorded"
        else:
            assert f in CONSTANT or f in PLAIN, f"{spelling} gave {found} without a word"
            assert not any(isinstance(x, np.ndarray) and x.dtype.kind == "O" for x in found), f"{spelling}: {found}"
            yield "plain"


@pytest.mark.filterwarnings("ignore")
@every("f", DISPATCHED.values(), ids=DISPATCHED)
def test_what_numpy_dispatches_is_recorded_plain_or_refused(f):
    calls = {"unusual": UNUSUAL[f]} if f in UNUSUAL else FIRST | LATER
    assert {"recorded", "plain", "refused"} & set(outcomes(f, calls))


@pytest.mark.filterwarnings("ignore")
@every("f", OTHERS.values(), ids=OTHERS)
def test_what_numpy_does_not_dispatch_raises_or_calls_what_it_does(f):
    found = set(outcomes(f, FIRST))
    assert f in QUESTIONS or "plain" not in found


@every("ufunc", [f for f in FUNCTIONS.values() if isinstance(f, np.ufunc)], ids=lambda f: f.__name__)
def test_ufunc_methods_are_refused(ufunc):
    t, a = Tensor([[2.0, 0.5], [1.0, 3.0]]), np.ones((2, 2))
    calls = [
        lambda: ufunc.reduce(t),
        lambda: ufunc.accumulate(t),
        lambda: ufunc.reduceat(t, [0, 1]),
        lambda: ufunc.outer(t, a),
        lambda: ufunc.at(a, 0, t),
        lambda: ufunc(*[t] * ufunc.nin, out=(a,) * ufunc.nout),
        lambda: ufunc(*[t] * ufunc.nin, where=a > 0),
    ]
    for call in calls:
        with pytest.raises((TypeError, ValueError, RuntimeError)):  # NumPy's own where it has no such method
            call()
    np.testing.assert_array_equal(a, np.ones((2, 2)))


WAYS_OUT = {
    "np.asarray(t)": lambda t, a: np.asarray(t),
    "np.array([t, t])": lambda t, a: np.array([t, t]),
    "np.array(t, dtype)": lambda t, a: np.array(t, dtype=float),
    "np.array(t, object)": lambda t, a: np.array(t, dtype=object),
    "a[0] = t": lambda t, a: a.__setitem__(0, t[0]),
    "a += t": lambda t, a: a.__iadd__(t),
    "a.fill(t)": lambda t, a: a.fill(t[0, 0]),
    "float(t)": lambda t, a: float(t[0, 0]),
    "a.dot(t)": lambda t, a: a.dot(t, out=a),
    "np.copyto": lambda t, a: np.copyto(a, t),
    "np.save": lambda t, a: np.save("unused", t),
    "np.fromiter": lambda t, a: np.fromiter(t[0], float),
    "np.vectorize": lambda t, a: np.vectorize(abs)(t),
    "np.apply_along_axis": lambda t, a: np.apply_along_axis(np.sum, 0, t),
    "np.nditer": lambda t, a: np.nditer(t),
    "np.einsum into": lambda t, a: np.einsum("ij->ij", t, out=a),
}


@pytest.mark.parametrize("leave", WAYS_OUT.values(), ids=WAYS_OUT)
def test_ways_out_are_shut(leave):
    t, a = Tensor([[2.0, 0.5], [1.0, 3.0]]), np.ones((2, 2))
    with pytest.raises((TypeError, ValueError)):
        leave(t, a)
    np.testing.assert_array_equal(a, np.ones((2, 2)))


def every_case():
    """The cases of all rooms of primitives, which the page tells of."""
    rooms = "calculus decomposition elementwise fourier indexing linalg reduction shape special statistics windows"
    return [case for room in rooms.split() for case in import_module(f"primitives.test_{room}").CASES]


def test_the_page_of_numpys_functions_is_true():
    path = Path(__file__).parents[2] / "docs" / "numpy_table.py"
    spec = spec_from_file_location("numpy_table", path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    written = module.PAGE.read_text(encoding="utf-8")
    if f"NumPy\n{np.__version__}," not in written:
        pytest.skip("the page tells of another NumPy")
    texts = [text.replace(", PyTorch", "") for text in (module.page(DISPATCHED, every_case()), written)]
    if find_spec("scipy") is None:
        texts = [text.partition(module.SPECIAL.splitlines()[1])[0] for text in texts]
    assert texts[0] == texts[1], "run PYTHONPATH=tests python docs/numpy_table.py"
