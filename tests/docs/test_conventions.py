"""The page of conventions keeps its word: its tables are read, and every line of them is computed anew."""

import inspect
import re
from pathlib import Path

import numpy as np
import pytest

import autograd_zoo as az
from autograd_zoo import nn, optim

try:
    import torch
except ImportError:
    torch = None
try:
    import jax
    from jax import lax
    from jax import numpy as jnp
except ImportError:
    jax = None

PAGE = (Path(__file__).parents[2] / "docs" / "conventions.md").read_text(encoding="utf-8")
MARKS = {
    "PyTorch": [pytest.mark.oracle, pytest.mark.skipif(torch is None, reason="needs PyTorch")],
    "JAX": [pytest.mark.oracle, pytest.mark.skipif(jax is None, reason="needs JAX")],
}


def needs_torch(test):
    for mark in MARKS["PyTorch"]:
        test = mark(test)
    return test


def each(lines, libraries):
    """The pairs of a line and a library of which it says something."""
    pairs = [(line, library) for line in lines for library in libraries(line)]
    return [pytest.param(*pair, marks=MARKS.get(pair[1], []), id="-".join(pair)) for pair in pairs]


def table(head):
    """The table whose first column is called `head`: first cell -> column -> cell."""
    lines = re.search(rf"^\| {head} \|.*\n(?:\|.*\n)+", PAGE, re.MULTILINE)[0].splitlines()
    columns, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: dict(zip(columns[1:], row[1:], strict=True)) for row in rows}


def numbers(cell):
    return [float(x) for x in cell.split(",")]


def pool(x):
    return nn.max_pool(x[None, None], kernel_size=(2,))


def jax_pool(x):
    return lax.reduce_window(x, -jnp.inf, lax.max, (2,), (2,), "VALID")


# Of each line of the tables: the point, and what is computed there, in ours, in PyTorch and in JAX.
GRADIENTS = {
    "`max` of (3, 1, 3)": ((3, 1, 3), np.max, lambda x: x.max(), lambda x: jnp.max(x)),
    "`max` of (3, 1, 3) along an axis": (
        (3, 1, 3),
        lambda x: np.max(x, axis=0),
        lambda x: x.max(dim=0).values,
        lambda x: jnp.max(x, axis=0),
    ),
    "`maximum(x, 2)` at x = 2": (
        (2,),
        lambda x: np.maximum(x, 2.0),
        lambda x: torch.maximum(x, torch.tensor(2.0)),
        lambda x: jnp.maximum(x, 2.0),
    ),
    "max pooling of (1, 1)": (
        (1, 1),
        pool,
        lambda x: torch.nn.functional.max_pool1d(x[None], 2),
        jax_pool,
    ),
    "`relu` at 0": ((0,), nn.relu, lambda x: torch.relu(x), lambda x: jax.nn.relu(x)),
    "`leaky_relu` at 0": (
        (0,),
        nn.leaky_relu,
        lambda x: torch.nn.functional.leaky_relu(x),
        lambda x: jax.nn.leaky_relu(x),
    ),
    "`abs` at 0": ((0,), np.abs, lambda x: x.abs(), lambda x: jnp.abs(x)),
    "`norm` of (0, 0)": ((0, 0), np.linalg.norm, lambda x: x.norm(), lambda x: jnp.linalg.norm(x)),
    "`std` of (1, 1)": ((1, 1), np.std, lambda x: x.std(unbiased=False), lambda x: jnp.std(x)),
    "`clip(x, -1, 1)` at −1 and 1": (
        (-1, 1),
        lambda x: np.clip(x, -1.0, 1.0),
        lambda x: x.clip(-1.0, 1.0),
        lambda x: jnp.clip(x, -1.0, 1.0),
    ),
    "`x ** 0.0` at 0": ((0,), lambda x: x**0.0, lambda x: x**0.0, lambda x: x**0.0),
    "`where(x > 0, sqrt(x), 0)` at 0": (
        (0,),
        lambda x: np.where(x > 0, np.sqrt(x), 0.0),
        lambda x: torch.where(x > 0, torch.sqrt(x), 0.0),
        lambda x: jnp.where(x > 0, jnp.sqrt(x), 0.0),
    ),
}
DIFFERENTIATED = {
    "autograd_zoo": lambda fs, x: az.grad(lambda x: np.sum(fs[0](x)))(x),
    "PyTorch": lambda fs, x: torch.func.grad(lambda x: fs[1](x).sum())(torch.tensor(x)).numpy(),
    "JAX": lambda fs, x: jax.grad(lambda x: jnp.sum(fs[2](x)))(jnp.array(x)),
}
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
    assert table("gradient of").keys() == GRADIENTS.keys()
    assert {line: {c for c, cell in row.items() if cell} for line, row in table("value of").items()} == {
        line: set(row) for line, row in VALUES.items()
    }


@pytest.mark.parametrize(("line", "library"), each(GRADIENTS, lambda line: DIFFERENTIATED))
def test_gradients_at_ties_and_kinks(line, library):
    x, *functions = GRADIENTS[line]
    found = DIFFERENTIATED[library](functions, np.array(x, float))
    np.testing.assert_allclose(found, numbers(table("gradient of")[line][library]), atol=1e-12)


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


@needs_torch
@pytest.mark.parametrize("module", ["Linear", "Conv2d", "ConvTranspose2d"])
def test_layouts_of_weights(module):
    row = next(row for line, row in table("what").items() if line.endswith(f" {module}"))
    assert row["here"] == row["PyTorch"]
    assert getattr(nn, module)(*ARGUMENTS[module]).W.shape == tuple(theirs(module).weight.shape)


@needs_torch
def test_arguments_of_the_same_name_have_the_same_default_but_for_two():
    both = [(n, getattr(nn, n), getattr(torch.nn, n)) for n in nn.__all__ if n[0].isupper() and hasattr(torch.nn, n)]
    both += [
        (n, getattr(optim, n), getattr(torch.optim, n, None) or getattr(torch.optim.lr_scheduler, n, None))
        for n in optim.__all__
    ]
    differ = set()
    for name, own, other in both:
        if name in ("Module", "ModuleList", "Parameter", "Optimizer") or other is None:  # what others are made of
            continue
        ours, there = inspect.signature(own).parameters, inspect.signature(other).parameters
        for key in ours.keys() & there.keys() - {"activation"}:  # a name here, the function of that name there
            if ours[key].default != there[key].default:
                differ.add(f"{name}({key})")
    assert differ == set(re.findall(r"`(\w+\(\w+\))`", PAGE[PAGE.index("## Names") : PAGE.index("## Layouts")]))


@needs_torch
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
