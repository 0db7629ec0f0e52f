"""Containers by name and number, Identity, Flatten, hooks, and the table of a module."""

from __future__ import annotations

import copy
import inspect
import pickle

import numpy as np
import pytest
from every import every
from pytorch import oracle, torch

import autograd_zoo as az
from autograd_zoo import nn
from autograd_zoo.nn.elsewhere import CLASSES


class Heads(nn.Module):
    def __init__(self):
        self.heads = nn.ModuleDict({"a": nn.Linear(3, 2), "b": nn.Linear(3, 1, bias=False)})
        self.scales = nn.ParameterList([[2.0], nn.Parameter([3.0, 4.0])])

    def forward(self, x):
        return np.sum(self.heads["a"](x) * self.scales[1]) + np.sum(self.heads["b"](x)) * self.scales[0][0]


def test_parameters_in_containers_have_paths_a_state_and_gradients():
    model, other = Heads(), Heads()
    names = [name for name, _ in model.named_parameters()]
    assert names == [
        *("heads.a.W", "heads.a.b", "heads.b.W"),
        *("scales.0", "scales.1"),
    ]
    other.load_state_dict(model.state_dict())
    x = np.ones((4, 3))
    assert other(x).item() == model(x).item()
    az.check_gradients(lambda w: _with(model, w)(x), model.scales[1].data)


def _with(model, w):
    model = copy.copy(model)
    model.scales = nn.ParameterList(model.scales)
    model.scales.elements[1] = w
    return model


def test_a_module_dict_is_a_dict():
    a, b = nn.Tanh(), nn.ReLU()
    modules = nn.ModuleDict([("a", a)])
    modules["b"] = b
    assert list(modules) == list(modules.keys()) == ["a", "b"] and list(modules.values()) == [a, b]
    assert "a" in modules and "c" not in modules and len(modules) == 2 and dict(modules.items()) == {"a": a, "b": b}
    modules.update({"a": b})
    del modules["b"]
    assert modules["a"] is b and len(modules) == 1
    assert pickle.loads(pickle.dumps(modules)).keys() == modules.keys()


@pytest.mark.parametrize(
    ("name", "module", "error"),
    [
        ("a.b", nn.Tanh(), "without a dot"),
        ("", nn.Tanh(), "text"),
        (1, nn.Tanh(), "text"),
        ("a", np.tanh, "holds modules"),
    ],
)
def test_what_a_module_dict_refuses(name, module, error):
    with pytest.raises((TypeError, ValueError), match=error):
        nn.ModuleDict({name: module})


def test_a_parameter_list_is_a_list():
    p = nn.Parameter([1.0])
    values = nn.ParameterList([p]).append([2.0]).extend(np.eye(2))
    assert values[0] is p and len(values) == 4 and [v.shape for v in values] == [(1,), (1,), (2,), (2,)]
    values[1] = np.zeros(5)
    assert isinstance(values[1], nn.Parameter) and repr(values) == "ParameterList((1,), (5,), (2,), (2,))"


@oracle
def test_containers_go_to_pytorch_and_back():
    model = Heads()
    theirs = torch.nn.Module()
    theirs.heads = torch.nn.ModuleDict({"a": torch.nn.Linear(3, 2), "b": torch.nn.Linear(3, 1, bias=False)})
    theirs.scales = torch.nn.ParameterList([torch.zeros(1), torch.zeros(2)])
    state = nn.to_torch(model)
    theirs.double().load_state_dict({name: torch.from_numpy(array) for name, array in state.items()})
    back = nn.from_torch(Heads(), theirs.state_dict())
    assert all(np.array_equal(a, b) for a, b in zip(back.parameters(), model.parameters(), strict=True))


def test_identity_gives_what_it_is_given():
    x = az.Tensor([1.0])
    assert nn.Identity()(x) is x and nn.Identity(54, any=3)(x) is x


@pytest.mark.parametrize(
    ("shape", "axes", "expected"),
    [
        ((2, 3, 4), (), (2, 12)),
        ((2, 3), (), (2, 3)),
        ((2, 3, 4, 5), (0,), (120,)),
        ((2, 3, 4, 5), (1, 2), (2, 12, 5)),
        ((2, 3, 4, 5), (-3, -2), (2, 12, 5)),
        ((), (0,), (1,)),
        ((0, 3, 2), (), (0, 6)),
    ],
)
def test_flatten(shape, axes, expected):
    x = np.arange(np.prod(shape)).reshape(shape) + 0.5
    y = nn.Flatten(*axes)(az.Tensor(x))
    assert y.shape == expected
    np.testing.assert_array_equal(y.data.ravel(), x.ravel())
    np.testing.assert_array_equal(az.gradient(np.sum(y * y), [y.inputs[0]])[0] if y.op else 2 * x, 2 * x)
    if torch is not None:
        assert tuple(torch.nn.Flatten(*axes)(torch.zeros(shape)).shape) == expected


@pytest.mark.parametrize(("shape", "axes"), [((3,), ()), ((2, 3), (1, 2)), ((2, 3, 4), (2, 1)), ((2, 3), (-3, -1))])
def test_flatten_says_which_axes_are_not_there(shape, axes):
    with pytest.raises(ValueError, match="to flatten"):
        nn.Flatten(*axes)(np.zeros(shape))


# ---- hooks --------------------------------------------------------------------------------------------------------


def test_a_hook_sees_what_goes_in_and_comes_out_and_may_change_it():
    layer, seen = nn.Linear(3, 2), []
    first = layer.register_forward_hook(lambda module, args, y: seen.append((module, args, y)))
    x = az.Tensor(np.ones(3))
    plain = layer(x)
    ((module, args, y),) = seen
    assert module is layer and args == (x,) and y is plain
    second = layer.register_forward_hook(lambda module, args, y: y * 2.0)
    third = layer.register_forward_hook(lambda module, args, y: y + 1.0)
    np.testing.assert_allclose(layer(x).data, 2.0 * plain.data + 1.0)
    second.remove()
    second.remove()
    np.testing.assert_allclose(layer(x).data, plain.data + 1.0)
    for handle in (first, third):
        handle.remove()
    assert len(seen) == 3 and layer(x).op is plain.op


def test_a_hook_registered_twice_is_called_twice_and_removed_once():
    layer, seen = nn.Tanh(), []
    handles = [layer.register_forward_hook(lambda *_, h=seen.append: h(1)) for _ in range(2)]
    layer(np.ones(1))
    handles[0].remove()
    layer(np.ones(1))
    assert len(seen) == 3


def test_hooks_are_of_one_module_and_no_part_of_its_state():
    one, other = nn.Linear(1, 1), nn.Linear(1, 1)
    with one.register_forward_hook(lambda *_: pytest.fail("called")):
        other(np.ones(1))
        assert one.state_dict().keys() == other.state_dict().keys() and repr(one) == repr(other)
    one(np.ones(1))


def test_what_a_hook_does_is_recorded():
    layer = nn.Linear(2, 1)
    x = az.Tensor([1.0, 2.0])
    with layer.register_forward_hook(lambda m, args, y: y * y):
        found = az.gradient(layer(x).sum(), [x])[0]
    y = layer(x)
    np.testing.assert_allclose(found, 2.0 * y.item() * layer.W.data[0])


# ---- the table ----------------------------------------------------------------------------------------------------

COUNTED = {
    "Linear": (lambda: nn.Linear(3, 4), (2, 5, 3), 16, 2 * 5 * 3 * 4),
    "Conv2d": (lambda: nn.Conv2d(4, 6, 3, padding=1), (2, 4, 5, 5), 6 * 4 * 9 + 6, 2 * 6 * 25 * 4 * 9),
    "grouped": (lambda: nn.Conv2d(4, 6, 3, groups=2), (1, 4, 5, 5), 6 * 2 * 9 + 6, 6 * 9 * 2 * 9),
    "depthwise": (lambda: nn.Conv1d(4, 4, 3, groups=4, bias=False), (1, 4, 5), 12, 4 * 3 * 3),
    "ConvTranspose2d": (lambda: nn.ConvTranspose2d(2, 3, 2, bias=False), (1, 2, 3, 3), 24, 2 * 9 * 3 * 4),
    "BatchNorm1d": (lambda: nn.BatchNorm1d(3), (4, 3), 6, 0),
    "GRU": (lambda: nn.GRU(3, 4, bias=False), (5, 2, 3), 3 * 4 * 7, 5 * 2 * 3 * 4 * 7),
}


@pytest.mark.parametrize("name", COUNTED)
def test_parameters_and_multiplications_are_those_one_counts_by_hand(name):
    make, shape, parameters, multiplications = COUNTED[name]
    found = make().summary(np.zeros(shape))
    assert (found.parameters, found.multiplications) == (parameters, multiplications)


def test_attention_counts_its_four_projections_and_two_products():
    N, S, E = 2, 5, 6
    x = np.zeros((N, S, E))
    found = nn.MultiHeadAttention(E, 3).summary(x, x, x)
    assert found.multiplications == N * (4 * S * E * E + 2 * S * S * E)


def test_the_table_of_a_network_adds_up_and_changes_nothing():
    model = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Dropout(0.5), nn.Flatten(), nn.Linear(18, 3)
    )
    model.layers[1].training = False
    before = model.state_dict()
    table = model.summary(np.ones((4, 1, 5, 5)))
    assert [row.path for row in table.rows] == ["", *(f"{k}" for k in range(6))]
    assert [row.output for row in table.rows][1:] == [*["(4, 2, 3, 3)"] * 4, "(4, 18)", "(4, 3)"]
    assert table.parameters == sum(row.parameters for row in table.rows[1:]) == 20 + 4 + 57
    assert table.multiplications == sum(row.multiplications for row in table.rows[1:]) == 4 * (2 * 9 * 9 + 54)
    after = model.state_dict()
    assert all(np.array_equal(before[key], after[key]) for key in before)
    assert model.training and model.layers[0].training and not model.layers[1].training
    assert not any(m._forward_hooks for m in model.modules())


def test_a_network_takes_the_multiplications_that_are_published():
    model = az.models.resnet18(np.random.default_rng(0))
    found = model.summary(np.zeros((1, 3, 224, 224)), depth=0)
    assert round(found.multiplications / 1e9, 3) == 1.814  # torchvision's ResNet18_Weights.IMAGENET1K_V1.meta["_ops"]


def test_depth_leaves_out_what_is_further_inside():
    block = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Linear(2, 3), nn.Tanh()))
    x = np.zeros((1, 2))
    assert [row.path for row in block.summary(x, depth=1).rows] == ["", "0", "1"]
    assert block.summary(x, depth=0).multiplications == block.summary(x).multiplications == 10
    assert len(str(block.summary(x, depth=0)).splitlines()) == 3


def test_a_module_that_is_called_twice_counts_twice_and_has_its_parameters_once():
    layer = nn.Linear(2, 2)
    table = nn.Sequential(layer, layer).summary(np.zeros((1, 2)))
    assert (table.parameters, table.multiplications, len(table.rows)) == (6, 8, 2)


def test_a_frozen_model_of_words_has_a_table_too():
    model = nn.Sequential(nn.Embedding(7, 4), nn.Linear(4, 2)).freeze()
    table = model.summary(np.array([[1, 2, 3]]))
    assert table.parameters == 0 and table.rows[1].output == "(1, 3, 4)"


def test_a_summary_that_fails_leaves_no_hook_and_the_mode():
    model = nn.Sequential(nn.Linear(2, 2))
    with pytest.raises(ValueError):
        model.summary(np.zeros((1, 3)))
    assert model.training and not any(m._forward_hooks for m in model.modules())


# ---- PyTorch's names ----------------------------------------------------------------------------------------------

ABSENT = """AdaptiveLogSoftmaxWithLoss CTCLoss FractionalMaxPool2d FractionalMaxPool3d MaxUnpool1d MaxUnpool2d
    MaxUnpool3d MultiLabelMarginLoss MultiMarginLoss PixelShuffle PixelUnshuffle affine_grid
    grid_sample ctc_loss conv_tbc fractional_max_pool2d fractional_max_pool3d fractional_max_pool2d_with_indices
    fractional_max_pool3d_with_indices max_unpool1d max_unpool2d max_unpool3d multi_margin_loss
    multilabel_margin_loss native_channel_shuffle pdist pixel_shuffle pixel_unshuffle grouped_mm scaled_grouped_mm
    scaled_mm""".split()
RELATED = ("EmbeddingBag", "SyncBatchNorm", "LinearCrossEntropyLoss")
"""What an answer leads away from, to a module of other arguments."""
NO_FUNCTIONS = """Callable DType Optional ScalingType SwizzleType Tensor assert_int_or_pair boolean_dispatch
    handle_torch_function has_torch_function has_torch_function_unary has_torch_function_variadic""".split()


@oracle
@pytest.mark.parametrize("module", ["nn", "nn.functional"])
def test_every_name_of_pytorch_is_there_or_has_an_answer_or_is_known_to_be_absent(module):
    if module == "nn":
        names = [
            n for n in dir(torch.nn) if isinstance(c := getattr(torch.nn, n), type) and issubclass(c, torch.nn.Module)
        ]
    else:
        functional = torch.nn.functional
        names = [
            n for n in dir(functional) if callable(getattr(functional, n)) and n[0] != "_" and n not in NO_FUNCTIONS
        ]
    assert len(names) > 100
    silent = []
    for name in names:
        if name not in nn.__all__ and name not in ABSENT:
            with pytest.raises(AttributeError) as caught:
                getattr(nn, name)
            silent += [] if ": write " in str(caught.value) else [name]
    assert not silent


@oracle
@every("name", [n for n in nn.__all__ if isinstance(getattr(nn, n), type) and n not in ("Module", "Parameter")])
def test_every_argument_of_pytorchs_module_is_there_or_has_an_answer(name):
    called = [n for n, ours in CLASSES.items() if ours.partition("  #")[0] == f"nn.{name}"]
    theirs = [cls for cls in (getattr(torch.nn, n, None) for n in (name, *called)) if cls is not None]
    own = inspect.signature(getattr(nn, name)).parameters
    for cls in (cls for cls in theirs if cls.__name__ not in RELATED):
        for key in inspect.signature(cls).parameters.keys() - own.keys() - {"args", "kwargs"}:
            with pytest.raises(TypeError, match=f"{name} has no argument '{key}': (write|leave it out)|takes no arg"):
                getattr(nn, name)(**{key: 1})


class Mine(nn.Conv2d): ...


def inside(x):
    raise TypeError("Inside.forward() is the function's own affair")


class Inside(nn.Module):
    def forward(self, x):
        return inside(x)


@every(
    ("name", "call", "said"),
    [
        ("a function", lambda: nn.CELU()(1.0, 2.0), "CELU.forward() takes 2 positional arguments but 3 were given"),
        ("a loss", lambda: nn.NLL()(1.0), "NLL.forward() missing 1 required positional argument: 'p'"),
        ("a layer", lambda: nn.Conv2d(1, 1, 1)(a=1), "Conv2d.forward() got an unexpected keyword argument 'a'"),
        ("a user's", lambda: Mine(1, 1, 1)(), "Mine.forward() missing 1 required positional argument: 'x'"),
        ("in another", lambda: nn.Sequential(nn.L1())(1.0), "L1.forward() missing 1 required positional argument: 't'"),
        ("from inside", lambda: Inside()(1.0), "Inside.forward() is the function's own affair"),
    ],
)
def test_a_call_with_other_arguments_is_refused_in_the_name_of_the_class_that_was_called(name, call, said):
    with pytest.raises(TypeError) as error:
        call()
    assert str(error.value) == said


def test_other_arguments_are_refused_by_python():
    with pytest.raises(TypeError, match="unexpected keyword argument 'color'"):
        nn.Linear(1, 1, color="red")


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("softmax", "softmax: got an unexpected keyword argument 'dim': write axis"),
        ("glu", "glu: got an unexpected keyword argument 'dim': write axis"),
        ("kl_div", "kl_div: missing a required argument: 'p'"),
    ],
)
def test_a_function_refuses_arguments_in_its_own_name(name, error):
    with pytest.raises(TypeError, match=f"^{error}$"):
        getattr(nn, name)(np.ones(4), dim=0)
