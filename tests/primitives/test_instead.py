"""What the errors name instead: by meaning, never a function that refuses, and with the value that was asked for."""

import copy
import inspect
import pickle
import re
from functools import reduce

import numpy as np
import pytest
from every import every
from primitives.test_numpy_table import DISPATCHED, UNUSUAL

import autograd_zoo as az
from autograd_zoo import nn, optim
from autograd_zoo.nn import elsewhere
from autograd_zoo.primitives import attributes, instead
from autograd_zoo.primitives.attributes import ATTRIBUTES
from autograd_zoo.primitives.instead import CALLS, function_of

SYMMETRIC = np.array([[2.0, 0.5, 0.1], [0.5, 3.0, 0.2], [0.1, 0.2, 1.0]])
ARRAYS = {
    "t": np.array([0.3, 1.7, 0.9, 2.2, 1.1]),
    "u": np.array([1.3, 0.7, 2.9, 2.2, 0.4]),
    "A": SYMMETRIC,
    "B": np.array([[1.0, 0.2, 0.1], [0.3, 1.5, 0.7], [2.0, 0.1, 0.4], [0.6, 0.9, 2.1], [1.1, 0.3, 0.8]]),
    "b": np.array([1.0, 2.0, -1.0]),
}
SPECIAL = {  # other values of t where these have no meaning
    "nan": np.array([0.3, np.nan, 0.9, 2.2, 1.1]),
    "emath.a": np.array([0.3, -0.7, 0.9, 0.2, 0.0]),
    "unwrap": np.array([0.3, 7.0, 0.2, -6.0, 0.1]),
    "trim": np.array([0.0, 0.3, 0.0, 1.1, 0.0]),
    "angle": np.array([0.3, -0.7, 0.9, -2.2, 1.1]),
}
PLAIN = {
    "np": np,
    "az": az,
    "nn": nn,
    "optim": optim,
    "reduce": reduce,
    "a": np.array([0.1, 0.5, 1.0, 1.5, 2.0]),
    "k": np.array([0, 2, 1, 2, 0]),
    "xp": np.array([0.0, 1.0, 2.0, 3.0]),
    "fp": np.array([1.0, 0.0, 3.0, 2.0]),
}
HERE = {call: code for call, code in CALLS.items() if function_of(call) is not None}
INTEGERS = ("of integers", "of dates", "of bits")  # NumPy itself refuses floats there


def arrays(call):
    special = [t for word, t in SPECIAL.items() if f".{word}" in call]
    return ARRAYS | ({"t": special[0]} if special else {})


def tensors(call=""):
    return {name: az.Tensor(x) for name, x in arrays(call).items()}


def flat(value):
    """The numbers of a result as one vector; a complex one as its real and its imaginary part."""
    if isinstance(value, (tuple, list)):
        return np.concatenate([flat(v) for v in value])
    x = value.data if isinstance(value, az.Tensor) else np.asarray(value)
    return np.concatenate([x.real.ravel(), x.imag.ravel()]) if x.dtype.kind == "c" else np.ravel(x)


def refuses(f):
    """Whether no way of calling f records a Tensor."""
    return not instead.recorded(f) and f not in UNUSUAL


def test_every_function_of_numpy_that_refuses_has_a_way_out():
    scimath = {f"emath.{name}": getattr(np.emath, name) for name in np.lib.scimath.__all__}
    refused = {name for name, f in {**DISPATCHED, **scimath}.items() if refuses(f)}
    covered = {name for name, f in {**DISPATCHED, **scimath}.items() if f in instead.calls()}
    assert refused == covered  # neither is one forgotten, nor one kept that has a rule by now


@pytest.mark.filterwarnings("ignore:.*deprecated:DeprecationWarning")  # NumPy's older names
@every("call", HERE)
def test_a_refused_call_names_what_has_its_value(call):
    code = HERE[call]
    with pytest.raises(TypeError, match="has no rule") as caught:
        eval(call, PLAIN | tensors(call))
    assert f"for {call} write {code.partition('  # ')[0]}" in str(caught.value)
    found = eval(code, PLAIN | tensors(call))
    if code.endswith(INTEGERS):
        return
    wanted = flat(eval(call, PLAIN | arrays(call)))
    if call == "np.linalg.qr(B)":
        found, wanted = np.abs(flat(found)), np.abs(wanted)
    found = flat(found)
    if found.dtype.kind in "US":
        assert list(found) == list(wanted)
    else:
        if call.startswith(("np.emath", "np.linalg.eig")) or call == "np.sort_complex(t)":
            wanted = wanted[: found.size]  # where the values are complex, they are real
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)


@every("call", HERE)
def test_a_way_out_names_no_function_that_refuses(call):
    code = HERE[call].partition("  # ")[0]
    for name in re.findall(r"np\.[\w.]+(?=\()", code):
        assert function_of(name) is not None, name
        plain = re.search(rf"{re.escape(name)}\([^()]*(\.data|np\.eye)", code)  # of plain values it works
        assert plain or function_of(name) not in instead.calls(), name


GRADIENTS = {  # the ways out of which a gradient is often wanted, against differences
    "np.median(t)": "t",
    "np.quantile(t, 0.3)": "t",
    "np.gradient(t)": "t",
    "np.interp(t, xp, fp)": "t",
    "np.convolve(t, u)": "t",
    "np.cov(A)": "A",
    "np.corrcoef(A)": "A",
    "np.i0(t)": "t",
    "np.bincount(k, t)": "t",
    "np.block([A, A])": "A",
    "np.insert(t, 1, 0.5)": "t",
    "np.poly(t)": "t",
    "np.fft.fft(t)": "t",
    "np.linalg.eig(A)[0]": "A",
    "np.linalg.svdvals(A)": "A",
    "np.linalg.pinv(B)": "B",
    "np.frexp(t)": "t",
}


@pytest.mark.parametrize("call", [call for call in GRADIENTS if call in HERE])
def test_a_way_out_has_the_gradient_of_what_it_stands_for(call):
    by = GRADIENTS[call]
    x = az.Tensor(ARRAYS[by])
    y = eval(HERE[call], PLAIN | tensors() | {by: x})
    parts = [p for p in (y if isinstance(y, tuple) else (y,)) if isinstance(p, az.Tensor)]
    weights = np.cos(np.arange(sum(p.size for p in parts)))
    loss = (np.concatenate([p.ravel() for p in parts]) * weights).sum()

    def numpys(value):
        return flat(eval(call, PLAIN | ARRAYS | {by: value}))[: weights.size] @ weights

    found, h = az.gradient(loss, [x])[0], 1e-5
    for i in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[i] = h
        np.testing.assert_allclose(found[i], (numpys(x.data + e) - numpys(x.data - e)) / (2 * h), rtol=1e-5, atol=1e-7)


# ---- names -------------------------------------------------------------------------------------------------------


@every("name", ATTRIBUTES)
def test_what_is_named_instead_of_an_attribute_works(name):
    t = az.Tensor(ARRAYS["t"])
    with pytest.raises(AttributeError, match=f"'Tensor' object has no attribute {name!r}: write ") as caught:
        getattr(t, name)
    code = ATTRIBUTES[name].partition("  # ")[0]
    assert code in str(caught.value)
    assert caught.value.name == name
    assert caught.value.obj is t
    with np.errstate(invalid="ignore"):
        eval(code, PLAIN | tensors())


def test_every_attribute_of_an_array_is_there_or_has_a_way_out():
    t = az.Tensor(SYMMETRIC)
    there = [n for n in dir(np.ndarray) if hasattr(np.ones((1, 1)), n)]  # not what NumPy 2 took away
    missing = [n for n in there if not n.startswith("_") and not hasattr(t, n)]
    without = [n for n in missing if not attributes.attribute(n)]
    assert {"view", "nbytes", "partition"} <= set(missing)
    assert not without


def signed(name):
    """Whether NumPy's function says what it takes; the compiled ones do since NumPy 2.4."""
    try:
        return isinstance(getattr(np, name, None), np.ufunc) or bool(inspect.signature(getattr(np, name)))
    except ValueError:
        return False


def numpys_functions():
    """The names of a Tensor that are those of NumPy's functions, of which each Tensor says how they are called."""
    ours = (n for n in attributes.names() if instead.recorded(getattr(np, n, None)) and not hasattr(az.Tensor, n))
    return sorted(filter(signed, ours))


@pytest.mark.parametrize("name", numpys_functions())
def test_numpys_function_is_named_with_all_that_it_needs(name):
    code = attributes.attribute(name)
    with pytest.raises(AttributeError, match=re.escape(f"has no attribute {name!r}: write {code}")):
        getattr(az.Tensor(ARRAYS["t"]), name)
    with np.errstate(all="ignore"):
        for t in (ARRAYS["t"], SYMMETRIC, ARRAYS["t"][:3]):  # a vector, a matrix, or what a cross product takes
            names = tensors() | {"t": az.Tensor(t), "u": az.Tensor(t)}
            try:
                eval(code.partition(" (")[0] if name in ATTRIBUTES else code, PLAIN | names)
            except (ValueError, IndexError, np.linalg.LinAlgError):  # of another number of axes
                continue
            return
    raise AssertionError(code)


NUMPYS = {
    "exp": "np.exp(t)",
    "log": "np.log(t)",
    "tanh": "np.tanh(t)",
    "logaddexp": "np.logaddexp(t, u)",
    "maximum": "np.maximum(t, u)",
    **({"concatenate": "np.concatenate(t)"} if signed("concatenate") else {}),
    "inv": "np.linalg.inv(t)",
    "slogdet": "np.linalg.slogdet(t)",
    "median": "np.median(t)",
    "histogram": "np.histogram(t.data) (counts are constant)",
    "exp_": "the new value np.exp(t)",
    "clamp_": "the new value np.clip(t, 0.0, 1.0)",
    "fft2": None,
}


@every("name", NUMPYS)
def test_a_function_of_numpy_that_is_no_method_is_named_as_a_function(name):
    wanted = "" if NUMPYS[name] is None else f": write {NUMPYS[name]}"
    with pytest.raises(AttributeError, match=re.escape(f"'Tensor' object has no attribute {name!r}{wanted}")):
        getattr(az.Tensor(SYMMETRIC), name)


ELSEWHERE = [
    *[(az, name, code) for name, code in az.ELSEWHERE.items()],
    *[(optim, name, code) for name, code in optim.ELSEWHERE.items()],
    *[(nn, name, code) for name, code in (elsewhere.CLASSES | elsewhere.FUNCTIONS).items() if name not in nn.__all__],
]


@every(
    ("module", "name", "code"),
    ELSEWHERE,
    ids=lambda module, name, code: name,
    by=lambda module, name, code: module.__name__,
)
def test_what_is_named_instead_of_another_librarys_name_works(module, name, code):
    with pytest.raises(AttributeError, match=re.escape(f"module {module.__name__!r} has no attribute {name!r}: write")):
        getattr(module, name)
    assert not hasattr(module, name)
    x, t = az.Tensor([[0.2, 0.3, 0.4, 0.1]]), np.array([[1.0, 0.0, 0.0, 0.0]])
    shared = {"p": np.full((1, 4), 0.25), "y": np.full((1, 4), 0.25) * x, "V": np.ones((2, 4, 4))}
    for part in code.partition("  # ")[0].split("import numpy as np"):
        if part and name == "Bilinear":
            eval(part, PLAIN | shared | {"x": x[0], "t": t[0]})
        elif part:
            found = eval(part, PLAIN | tensors() | shared | {"x": x} | ({"t": t} if module is nn else {}))
            if isinstance(found, nn.Sequential):
                assert isinstance(found(x), az.Tensor)


COMMON = {  # what people type first
    nn: "MSELoss CrossEntropyLoss BCELoss NLLLoss Flatten Identity functional RNN MultiheadAttention SiLU ModuleDict",
    optim: "Adamax NAdam LBFGS lr_scheduler ReduceLROnPlateau ExponentialLR",
    az: "tensor array zeros randn Variable exp tanh relu softmax manual_seed save load float32 numpy backward stack",
}


@pytest.mark.parametrize("module", COMMON, ids=lambda m: m.__name__)
def test_what_people_type_first_is_there_or_has_an_answer(module):
    for name in set(COMMON[module].split()) - set(module.__all__):
        with pytest.raises(AttributeError, match=": write "):
            getattr(module, name)


@pytest.mark.parametrize("module", [az, nn, optim], ids=lambda m: m.__name__)
@pytest.mark.parametrize("name", ["__wrapped__", "_private", "no_such_thing"])
def test_an_unknown_name_is_pythons_plain_error(module, name):
    with pytest.raises(AttributeError, match=rf"^module '{module.__name__}' has no attribute '{name}'$"):
        getattr(module, name)


PROTOCOLS = [
    "__array_interface__",
    "__array_struct__",
    "__deepcopy__",
    "__cuda_array_interface__",
    "_repr_html_",
    "__length_hint__",
]


@every("name", [*PROTOCOLS, "shpae", "no_such_thing"])
@pytest.mark.parametrize("t", [az.Tensor([1.0]), nn.Parameter([1.0]), az.Tensor([1.0]) * 2.0], ids=["leaf", "p", "y"])
def test_what_is_not_there_is_plainly_not_there(t, name):
    assert not hasattr(t, name)
    assert getattr(t, name, None) is None
    with pytest.raises(AttributeError, match=f"^'{type(t).__name__}' object has no attribute '{name}'$"):
        getattr(t, name)


@every("name", ["exp", "numpy", "median", "requires_grad", "add_"])
@pytest.mark.parametrize("t", [az.Tensor([1.0]), nn.Parameter([1.0]), az.Tensor([1.0]) * 2.0], ids=["leaf", "p", "y"])
def test_a_name_of_others_is_not_there_either(t, name):
    assert not hasattr(t, name)
    assert not hasattr(type(t), name)
    assert getattr(t, name, 3) == 3
    assert name not in dir(t)
    assert {"shape", "sum", "at", "__add__"} <= set(dir(t))
    with pytest.raises(
        AttributeError, match=f"^'{type(t).__name__}' object has no attribute '{name}': write "
    ) as caught:
        setattr(t, name, True)
    assert caught.value.name == name


def test_a_subclass_of_the_users_may_have_names_of_others():
    class Labelled(az.Tensor):
        device = "here"

        def exp(self):
            return np.exp(self)

        def __init__(self, data, values):
            super().__init__(data)
            self.values = values

    t = Labelled([1.0, 2.0], "metres")
    assert (t.values, t.device) == ("metres", "here")
    np.testing.assert_array_equal(t.exp().data, np.exp([1.0, 2.0]))
    with pytest.raises(AttributeError, match=r"'Labelled' object has no attribute 'relu': write az\.nn\.relu\(t\)"):
        t.relu()


def test_every_attribute_of_a_tensor_is_looked_up_the_quick_way():
    assert not any("__getattr__" in vars(c) or "__getattribute__" in vars(c) for c in az.Tensor.__mro__[:-1])


def test_copies_and_pickles_are_what_they_were():
    for t in (az.Tensor([1.0, 2.0], name="x"), nn.Parameter([1.0, 2.0])):
        for again in (pickle.loads(pickle.dumps(t)), copy.deepcopy(t), copy.copy(t)):
            assert type(again) is type(t)
            assert again.name == t.name
            np.testing.assert_array_equal(again.data, t.data)
