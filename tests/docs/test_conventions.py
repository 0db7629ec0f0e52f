"""The page of conventions keeps its word: its tables are read, and every line of them is computed anew."""

import inspect
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from every import every
from pytorch import ORACLE, oracle, torch

import autograd_zoo as az
from autograd_zoo import nn, optim

try:
    import jax
    from jax import lax
    from jax import numpy as jnp
except ImportError:
    jax = None

PAGE = (Path(__file__).parents[2] / "docs" / "conventions.md").read_text(encoding="utf-8")
MARKS = {
    "PyTorch": ORACLE,
    "JAX": [pytest.mark.oracle, pytest.mark.skipif(jax is None, reason="needs JAX")],
}


def each(lines, libraries, slow=""):
    """The pairs of a line and a library of which it says something; with one of them that takes its time."""
    pairs = [(line, library) for line in lines for library in libraries(line)]
    marks = {**MARKS, slow: [*MARKS.get(slow, []), pytest.mark.slow]}
    return [pytest.param(*pair, marks=marks.get(pair[1], []), id="-".join(pair)) for pair in pairs]


def table(head):
    """The table whose first column is called `head`: first cell -> column -> cell."""
    lines = re.search(rf"^\| {head} \|.*\n(?:\|.*\n)+", PAGE, re.MULTILINE)[0].splitlines()
    columns, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: dict(zip(columns[1:], row[1:], strict=True)) for row in rows}


def numbers(cell):
    return [] if cell.strip() == "–" else [float(x) for x in cell.split(",")]


# What a line of the table of singular points writes, in ours, in PyTorch and in JAX: NumPy's names, and those of `nn`.
OURS = {
    **vars(np),
    **vars(nn),
    "norm": np.linalg.norm,
    "logsumexp": az.logsumexp,
    "max_pool": lambda x, k: nn.max_pool(x[None, None], kernel_size=(k,)),
    "cross_entropy": lambda x: nn.softmax_cross_entropy(x, 0),
    "squared_error": lambda x: nn.squared_error(x, np.zeros(x.shape)),
}


def pytorch():
    """PyTorch's functions by NumPy's names."""
    f, tensors = torch.nn.functional, lambda g: lambda *xs: g(*map(torch.as_tensor, xs))
    return {
        **{key: getattr(f, key) for key in ("relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "softplus")},
        **{key: tensors(getattr(torch, key)) for key in "maximum minimum fmax hypot arctan2 logaddexp".split()},
        **{key: getattr(torch, key) for key in
           "abs arccos arccosh arcsin arctanh cumprod cumsum exp floor log log10 log1p log2 mean min nan_to_num prod "
           "remainder round sigmoid sign sinc sqrt sum where".split()},
        "max": lambda x, axis=None: x.max() if axis is None else x.max(dim=axis).values,
        "std": lambda x: x.std(unbiased=False),
        "var": lambda x: x.var(unbiased=False),
        "norm": torch.linalg.norm,
        "clip": lambda x, low, high: x.clip(*(torch.tensor(b, dtype=x.dtype) for b in (low, high))),
        "sort": lambda x: x.sort().values,
        "softmax": lambda x: x.softmax(-1),
        "logsumexp": lambda x: x.logsumexp(-1),
        "max_pool": lambda x, k: f.max_pool1d(x[None], k),
        "cross_entropy": lambda x: f.cross_entropy(x, torch.tensor(0)),
        "squared_error": lambda x: f.mse_loss(x, torch.zeros_like(x), reduction="sum"),
    }  # fmt: skip


def of_jax():
    """JAX's functions by NumPy's names."""
    return {
        **vars(jnp),
        **vars(jax.nn),
        "norm": jnp.linalg.norm,
        "max_pool": lambda x, k: lax.reduce_window(x, -jnp.inf, lax.max, (k,), (k,), "VALID"),
        "cross_entropy": lambda x: -jax.nn.log_softmax(x)[0],
        "squared_error": lambda x: jnp.sum(x**2),
    }


LIBRARIES = {
    "autograd_zoo": (lambda: OURS, np.array, np.asarray, lambda f: az.grad(f)),
    "PyTorch": (pytorch, lambda x: torch.tensor(x), lambda t: t.numpy(force=True), lambda f: torch.func.grad(f)),
    "JAX": (cache(of_jax), lambda x: jnp.array(x), np.asarray, lambda f: jax.grad(f)),
}


def at_once(f, x, along):
    """JAX's f(x), the gradient of its sum, and that of this gradient's product with `along`."""

    def weighted(x):
        (_, value), slope = jax.value_and_grad(lambda x: ((y := f(x)).sum(), y), has_aux=True)(x)
        return (slope * along).sum(), (value, slope)

    curvature, (value, slope) = jax.grad(weighted, has_aux=True)(x)
    return value, slope, curvature


def at_a_point(line, library):
    """The value that a line tells of, its sum's gradient, and that of g₁ + 2 g₂ + …; None if the library raises."""
    expression, _, point = line[1:].partition("` at ")
    x = np.array(eval(point.replace("−", "-"), {"nan": np.nan, "inf": np.inf}), float)
    names, leaf, array, grad = LIBRARIES[library]
    f = eval(f"lambda x: {expression}", {**names(), "nan": np.nan, "inf": np.inf})
    along = leaf(1.0 + np.arange(x.size).reshape(x.shape))
    first = grad(lambda x: f(x).sum())
    second = grad(lambda x: (first(x) * along).sum())
    try:
        if library == "JAX":  # which takes its time: once for all three, and to compile would take longer still
            with jax.disable_jit():
                return [np.ravel(array(a)) for a in at_once(f, leaf(x), along)]
        return [np.ravel(array(of(leaf(x)))) for of in (f, first, second)]
    except (ValueError, TypeError, RuntimeError, IndexError):
        return None


LINE, KERNEL = np.arange(4.0), np.array([1.0, 0.0])
SCORES, CLASSES = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0, 1])
VALUES = {
    "`var` of (1, 3)": {
        "autograd_zoo": lambda: az.Tensor([1.0, 3.0]).var().item(),
        "PyTorch": lambda: torch.tensor([1.0, 3.0]).var(),
        "JAX": lambda: jnp.array([1.0, 3.0]).var(),
        "NumPy": lambda: np.var([1.0, 3.0]),
    },
    "`std` of (1, 3)": {
        "autograd_zoo": lambda: az.Tensor([1.0, 3.0]).std().item(),
        "PyTorch": lambda: torch.tensor([1.0, 3.0]).std(),
        "JAX": lambda: jnp.array([1.0, 3.0]).std(),
        "NumPy": lambda: np.std([1.0, 3.0]),
    },
    "`gelu` of 1": {
        "autograd_zoo": lambda: nn.gelu(1.0),
        "PyTorch": lambda: torch.nn.functional.gelu(torch.tensor(1.0)),
        "JAX": lambda: jax.nn.gelu(1.0),
    },
    "convolution of (0, 1, 2, 3) with the kernel (1, 0)": {
        "autograd_zoo": lambda: nn.conv(LINE[None, None], KERNEL[None, None])[0, 0],
        "PyTorch": lambda: torch.conv1d(*(torch.tensor(a)[None, None] for a in (LINE, KERNEL)))[0, 0],
        "JAX": lambda: lax.conv(*(jnp.array(a)[None, None] for a in (LINE, KERNEL)), (1,), "VALID")[0, 0],
        "NumPy": lambda: np.convolve(LINE, KERNEL, "valid"),
    },
    "squared error of ((1, 2), (3, 4)) and 0": {
        "autograd_zoo": lambda: nn.squared_error(SCORES, np.zeros((2, 2))),
        "PyTorch": lambda: torch.nn.functional.mse_loss(torch.tensor(SCORES), torch.zeros(2, 2)),
    },
    "cross-entropy of the scores (1, 2) and (3, 4), classes 0 and 1": {
        "autograd_zoo": lambda: nn.softmax_cross_entropy(SCORES, CLASSES),
        "PyTorch": lambda: torch.nn.functional.cross_entropy(torch.tensor(SCORES), torch.tensor(CLASSES)),
    },
}


def test_every_line_is_computed_here():
    assert {line: {c for c, cell in row.items() if cell} for line, row in table("value of").items()} == {
        line: set(row) for line, row in VALUES.items()
    }


SINGULAR = {line: row for line, row in table("at a singular point").items() if line.startswith("`")}


def test_every_singular_point_has_our_numbers():
    assert len(SINGULAR) > 90 and all(row["autograd_zoo"] for row in SINGULAR.values())
    assert sum(not cell for row in SINGULAR.values() for cell in row.values()) <= 1  # PyTorch has no cbrt


@pytest.mark.filterwarnings("ignore")
@every(
    ("line", "library"),
    each(SINGULAR, lambda line: [c for c, cell in SINGULAR[line].items() if cell], slow="JAX"),
    by=lambda line, library: library,
)
def test_singular_points(line, library):
    found, cell = at_a_point(line, library), SINGULAR[line][library]
    assert (found is None) == (cell == "error")
    for numbers_found, written in zip(found or [], cell.split(";") if found else [], strict=True):
        np.testing.assert_allclose(numbers_found, numbers(written), rtol=1e-4, atol=1e-12)


@pytest.mark.parametrize(("line", "library"), each(VALUES, VALUES.get))
def test_values(line, library):
    found = np.ravel(np.asarray(VALUES[line][library]()))
    np.testing.assert_allclose(found, numbers(table("value of")[line][library]), atol=5e-5)


# Constructor arguments of the modules of the tables; PyTorch calls one of them otherwise.
ARGUMENTS = {"Linear": (3, 2), "Conv2d": (4, 6, 3), "Embedding": (5, 2), "PReLU": (), "BatchNorm2d": (3,),
             "GroupNorm": (1, 3), "LayerNorm": (3,), "SimpleRNNCell": (3, 2), "LSTMCell": (3, 2),
             "MultiHeadAttention": (4, 2), "ConvTranspose2d": (4, 6, 3)}  # fmt: skip
OTHER = {"SimpleRNNCell": "RNNCell", "MultiHeadAttention": "MultiheadAttention"}
NAMED = [(module, row) for line, row in table("module").items() for module in line.split(", ")]


def theirs(module):
    return getattr(torch.nn, OTHER.get(module, module))(*ARGUMENTS[module])


@pytest.mark.parametrize(("module", "row"), NAMED, ids=[module for module, _ in NAMED])
def test_names_of_parameters(module, row):
    ours = [name for name, _ in getattr(nn, module)(*ARGUMENTS[module]).named_parameters()]
    assert sorted(ours) == sorted(row["autograd_zoo"].split(", "))
    if torch is not None:
        assert [name for name, _ in theirs(module).named_parameters()] == row["PyTorch"].split(", ")


@oracle
@pytest.mark.parametrize("module", ["Linear", "Conv2d", "ConvTranspose2d"])
def test_layouts_of_weights(module):
    row = next(row for line, row in table("what").items() if line.endswith(f" {module}"))
    assert row["here"] == row["PyTorch"]
    assert getattr(nn, module)(*ARGUMENTS[module]).W.shape == tuple(theirs(module).weight.shape)


@oracle
def test_arguments_of_the_same_name_have_the_same_default_but_for_two():
    both = [(n, getattr(nn, n), getattr(torch.nn, n)) for n in nn.__all__ if n[0].isupper() and hasattr(torch.nn, n)]
    both += [
        (n, getattr(optim, n), getattr(torch.optim, n, None) or getattr(torch.optim.lr_scheduler, n, None))
        for n in optim.__all__
    ]
    differ = set()
    for name, own, other in both:
        if (
            name in ("Module", "ModuleList", "ModuleDict", "ParameterList", "Parameter", "Optimizer") or other is None
        ):  # what others are made of
            continue
        ours, there = inspect.signature(own).parameters, inspect.signature(other).parameters
        for key in ours.keys() & there.keys() - {"activation"}:  # a name here, the function of that name there
            if ours[key].default != there[key].default:
                differ.add(f"{name}({key})")
    assert differ == set(re.findall(r"`(\w+\(\w+\))`", PAGE[PAGE.index("## Names") : PAGE.index("## Layouts")]))


@oracle
def test_what_a_mask_means():
    rng = np.random.default_rng(0)
    x, seen = rng.normal(size=(1, 3, 4)), np.array([[True, False, False]] * 3)
    ours = nn.scaled_dot_product_attention(x, x, x, seen)
    t = torch.tensor(x)
    function = torch.nn.functional.scaled_dot_product_attention(t, t, t, torch.tensor(seen))
    np.testing.assert_allclose(ours, function, rtol=1e-12)
    module = torch.nn.MultiheadAttention(4, 2, batch_first=True, dtype=torch.float64)
    _, weights = module(t, t, t, attn_mask=torch.tensor(~seen))
    np.testing.assert_allclose(weights.detach()[0], seen.astype(float), atol=1e-12)
    _, weights = module(t, t, t, attn_mask=torch.ones(3, 3, dtype=torch.bool))
    assert torch.isnan(weights).all()
    assert not np.any(nn.scaled_dot_product_attention(x, x, x, np.zeros((3, 3), bool)))


def test_gradients_add_up_and_a_tape_can_be_swept_again():
    x = az.Tensor([1.0, 2.0])
    y = (x * x).sum()
    y.backward()
    y.backward()
    assert x.grad.tolist() == [4.0, 8.0]
    assert isinstance(x > 1.0, np.ndarray)
    assert not az.grad(lambda x: np.sum(np.sign(x)))([0.5, 2.0]).any()
