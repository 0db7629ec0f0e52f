"""Weights to and from PyTorch: every module that exists there, what is composed of them, and states that do not fit."""

import inspect
import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from every import every
from pytorch import oracle, torch

import autograd_zoo as az
from autograd_zoo import nn
from autograd_zoo.nn.exchange import LAYOUT

CLOSE = {"rtol": 1e-6, "atol": 1e-6}
C, E, N, T, S = 4, 8, 3, 5, 6


def floats(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).standard_normal(shape).astype(np.float32)


@dataclass(frozen=True)
class Pair:
    """A module of ours and the one of PyTorch, by the same arguments, and what both are called with."""

    name: str
    args: tuple[Any, ...]
    inputs: tuple[np.ndarray, ...]
    options: dict[str, Any] = field(default_factory=dict)
    own: dict[str, Any] = field(default_factory=dict)
    there: dict[str, Any] = field(default_factory=dict)
    other: str = ""
    typed: bool = True  # ours takes a dtype

    def __str__(self):
        options = (f"{key}={value}" for key, value in (self.options | self.own | self.there).items())
        return "-".join([self.name, *options])

    def ours(self):
        dtype = {"dtype": np.float32} if self.typed else {}
        return getattr(nn, self.name)(*self.args, **self.options, **self.own, **dtype)

    def theirs(self):
        return getattr(torch.nn, self.other or self.name)(*self.args, **self.options, **self.there)


def maps(k):
    return floats(N, C, *(5, 6, 7)[:k])


SEQUENCE, MEMORY = floats(N, T, E), floats(N, S, E, seed=1)
RECURRENT = [("SimpleRNN", "RNN", {}), ("LSTM", "", {}), ("GRU", "", {"reset_after": True})]
TRANSFORMER = [("TransformerEncoderLayer", (SEQUENCE,)), ("TransformerDecoderLayer", (SEQUENCE, MEMORY))]
BATCH_FIRST = {"batch_first": True}
PAIRS = [
    *[Pair("Linear", (E, 3), (SEQUENCE,), {"bias": bias}) for bias in (True, False)],
    Pair("Embedding", (7, E), (np.arange(7).reshape(1, 7),)),
    Pair("Embedding", (7, E), (np.arange(7).reshape(1, 7),), {"padding_idx": 2}),
    Pair("PReLU", (), (maps(2),)),
    Pair("PReLU", (C,), (maps(2),)),
    *[
        Pair(f"{kind}{k}d", (C, 6, 3), (maps(k),), options)
        for kind in ("Conv", "ConvTranspose")
        for k in (1, 2, 3)
        for options in ({}, {"groups": 2, "bias": False, "stride": 2, "padding": 1})
    ],
    Pair("Conv2d", (C, 6, 3), (maps(2),), {"padding": "same", "padding_mode": "reflect"}),
    *[
        Pair(f"BatchNorm{k}d", (C,), (maps(k),), options)
        for k in (1, 2, 3)
        for options in ({}, {"momentum": None}, {"affine": False, "track_running_stats": False})
    ],
    *[
        Pair(f"InstanceNorm{k}d", (C,), (maps(k),), options)
        for k in (1, 2, 3)
        for options in ({}, {"affine": True, "track_running_stats": True})
    ],
    *[Pair("GroupNorm", (2, C), (maps(2),), {"affine": affine}) for affine in (True, False)],
    *[
        Pair("LayerNorm", ((T, E),), (SEQUENCE,), options)
        for options in ({}, {"bias": False}, {"elementwise_affine": False})
    ],
    *[Pair("RMSNorm", (E,), (SEQUENCE,), {"elementwise_affine": affine}) for affine in (True, False)],
    *[
        Pair(name, (E, 3), (SEQUENCE,), options, own, {}, other)
        for name, other, own in RECURRENT
        for options in ({}, {"num_layers": 2, "bidirectional": True, "batch_first": True}, {"bias": False})
    ],
    *[
        Pair(f"{name}Cell", (E, 3), (floats(N, E),), {"bias": bias}, own, {}, f"{other or name}Cell")
        for name, other, own in RECURRENT
        for bias in (True, False)
    ],
    *[
        Pair("MultiHeadAttention", (E, 2), inputs, options, {}, BATCH_FIRST, "MultiheadAttention")
        for inputs, options in [
            ((SEQUENCE, MEMORY, MEMORY), {}),
            ((SEQUENCE, MEMORY, MEMORY), {"bias": False}),
            ((SEQUENCE, floats(N, S, 3), floats(N, S, 5)), {"kdim": 3, "vdim": 5}),
            ((SEQUENCE, floats(N, S, 3), floats(N, S, E)), {"kdim": 3}),
        ]
    ],
    *[
        Pair(name, (E, 2, 10, 0.0), inputs, options, {}, BATCH_FIRST)
        for name, inputs in TRANSFORMER
        for options in ({}, {"norm_first": True, "bias": False, "activation": "gelu"})
    ],
    *[
        Pair(name, args, (maps(2),), options, typed=False)
        for name, args, options in [
            *[(name, (), {}) for name in ("ReLU", "LeakyReLU", "ELU", "SELU", "GELU", "Sigmoid", "Tanh", "Softplus")],
            ("Softmax", (-1,), {}),
            ("LogSoftmax", (-1,), {}),
            ("Dropout", (0.0,), {}),
        ]
    ],
    *[Pair(f"{kind}Pool{k}d", (2,), (maps(k),), typed=False) for kind in ("Max", "Avg") for k in (1, 2, 3)],
]


def randomized(arrays):
    """Other numbers of the same shapes, as large as parameters are; a variance is positive."""
    rng = np.random.default_rng(7)
    return {
        name: np.asarray(5)
        if array.dtype.kind == "i"
        else (np.abs(x) + 0.1 if "running_var" in name else x).astype(array.dtype)
        for name, array in sorted(arrays.items())
        for x in [np.asarray(rng.standard_normal(array.shape) / np.sqrt(array[:1].size if array.ndim else 1))]
    }


def tensors(arrays):
    return {name: torch.tensor(array) for name, array in arrays.items()}


def flat(results):
    if isinstance(results, (tuple, list)):
        return [a for result in results for a in flat(result)]
    if results is None:
        return []
    return [results.data if isinstance(results, az.Tensor) else np.asarray(results)]


@pytest.fixture(scope="module", autouse=True)
def quiet_torch():
    """PyTorch's first calls change the filters of warnings, and some of its modules warn of their own arguments."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="torch")
        yield


def compute_the_same(ours, theirs, *inputs, first=False):
    """In evaluation and in training ours and theirs give the same, and are left with the same statistics."""
    for mode in (False, True):
        ours.train(mode), theirs.train(mode)
        found = flat(ours(*inputs))
        with torch.no_grad():
            expected = flat(theirs(*map(torch.tensor, inputs)))
        if first:
            found, expected = found[:1], expected[:1]
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a, b, **CLOSE)
    state = nn.to_torch(ours)
    for name, tensor in theirs.named_buffers():
        if "num_batches_tracked" not in name or "BatchNorm" in repr(ours):  # PyTorch's InstanceNorm does not count
            np.testing.assert_allclose(state[name], tensor, **CLOSE, err_msg=name)


def compute_the_same_after_each_exchange(ours, theirs, x):
    nn.from_torch(ours, theirs.state_dict())
    compute_the_same(ours, theirs, x)
    ours.load_state_dict(randomized(ours.state_dict()))
    theirs.load_state_dict(tensors(nn.to_torch(ours)))
    compute_the_same(ours, theirs, x)


# ---- every module -----------------------------------------------------------------------------------------------


@oracle
@pytest.mark.parametrize("direction", ["to", "from"])
@every("pair", PAIRS, ids=str)
def test_a_module_computes_the_same_with_the_weights_of_the_other(pair, direction):
    ours, theirs = pair.ours(), pair.theirs()
    if direction == "to":
        ours.load_state_dict(randomized(ours.state_dict()))
        theirs.load_state_dict(tensors(nn.to_torch(ours)))
    else:
        state = randomized({name: t.numpy() for name, t in theirs.state_dict().items()})
        if "padding_idx" in pair.options:
            state["weight"][pair.options["padding_idx"]] = 0.0
        theirs.load_state_dict(tensors(state))
        assert nn.from_torch(ours, theirs.state_dict()) is ours
    compute_the_same(ours, theirs, *pair.inputs, first=pair.name == "MultiHeadAttention")


@every("pair", [pair for pair in PAIRS if "padding_idx" not in pair.options], ids=str)
def test_there_and_back_is_nothing(pair):
    a, b = pair.ours(), pair.ours()
    a.load_state_dict(randomized(a.state_dict()))
    nn.from_torch(b, nn.to_torch(a))
    for (name, x), y in zip(a.state_dict().items(), b.state_dict().values(), strict=True):
        np.testing.assert_array_equal(x, y, strict=True, err_msg=name)


def makes_parameters(cls):
    ours = [c for c in cls.__mro__ if issubclass(c, nn.Module) and c is not nn.Module]
    return any("Parameter(" in inspect.getsource(c) for c in ours)


def test_no_module_is_left_out():
    """What has no counterpart in PyTorch, and is not composed of others, keeps its names."""
    classes = {name: c for name, c in vars(nn).items() if inspect.isclass(c) and issubclass(c, nn.Module)}
    own = {name: c for name, c in classes.items() if makes_parameters(c)}
    tested = {pair.name for pair in PAIRS} | {"SeparableConv2d", "WeightNorm"}  # below
    without = {"WeightNorm", "SimpleRNN"}  # whose V is no part of the exchange
    theirs = set(map(str.lower, dir(torch.nn))) if torch else set()
    found = []
    for name, c in own.items():
        there = name in tested or name.lower() in theirs
        if there and name not in tested:
            found.append(f'tests/nn/test_exchange.py: add `Pair("{name}", (), (maps(2),)),` to PAIRS')
        if there and name not in without and {*LAYOUT}.isdisjoint(c.__mro__):
            row = f'`{name}: {{"weight": "W"}},`'
            found.append(f"autograd_zoo/nn/exchange.py: add {row} to LAYOUT, PyTorch's names before ours")
    assert not found, "\n".join(found)


# ---- what has another form there --------------------------------------------------------------------------------


@oracle
@pytest.mark.parametrize("bias", [True, False])
def test_a_separable_convolution_is_two_of_pytorch(bias):
    ours = nn.SeparableConv2d(C, 6, 3, padding=1, bias=bias, dtype=np.float32)
    theirs = torch.nn.Sequential(
        torch.nn.Conv2d(C, C, 3, padding=1, groups=C, bias=False), torch.nn.Conv2d(C, 6, 1, bias=bias)
    )
    compute_the_same_after_each_exchange(ours, theirs, maps(2))


@oracle
@pytest.mark.parametrize("axis", [0, 1, None])
@pytest.mark.parametrize(("ours", "theirs", "x"), [("Linear", "Linear", SEQUENCE), ("Conv2d", "Conv2d", maps(2))])
def test_weight_normalization_is_the_parametrization_of_pytorch(ours, theirs, x, axis):
    args = {"Linear": (E, 3), "Conv2d": (C, 6, 3)}[ours]
    ours = nn.WeightNorm(getattr(nn, ours)(*args, dtype=np.float32), axis=axis)
    theirs = torch.nn.utils.parametrizations.weight_norm(getattr(torch.nn, theirs)(*args), dim=axis)
    compute_the_same_after_each_exchange(ours, theirs, x)


@oracle
@pytest.mark.parametrize("k", [1, 2, 3])
def test_a_true_convolution_has_its_kernels_rotated_there(k):
    ours = getattr(nn, f"Conv{k}d")(C, 6, 3, true_convolution=True, dtype=np.float32)
    theirs = getattr(torch.nn, f"Conv{k}d")(C, 6, 3)
    theirs.load_state_dict(tensors(nn.to_torch(ours)))
    compute_the_same(ours, theirs, maps(k))
    wrapped = torch.nn.utils.parametrizations.weight_norm(theirs)
    compute_the_same(nn.from_torch(nn.WeightNorm(ours), wrapped.state_dict()), wrapped, maps(k))


def test_the_output_map_of_a_simple_rnn_stays_here():
    module = nn.SimpleRNN(2, 3, output_size=4)
    V = module.V.data
    state = nn.to_torch(module)
    assert set(state) == {"weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"}
    nn.from_torch(module, {name: np.zeros_like(a) for name, a in state.items()})
    np.testing.assert_array_equal(module.V.data, V)
    assert not module.cells[0].W.data.any()


# ---- composed modules -------------------------------------------------------------------------------------------


def residual(module, sequential, conv, norm, relu, prelu):
    """A block, its attributes named as torchvision names them, for either library."""

    class Residual(module):
        def __init__(self):
            super().__init__()
            self.conv1, self.bn1 = conv(C, 6, 3, padding=1, bias=False), norm(6)
            self.act = prelu(6)
            self.downsample = sequential(conv(C, 6, 1), norm(6))

        def forward(self, x):
            return relu(self.act(self.bn1(self.conv1(x))) + self.downsample(x))

    return Residual()


class Net(nn.Module):
    """A module of one's own: nested ones, a list, a buffer, a parameter, and one that stands in two places."""

    def __init__(self):
        parts = nn.Module, nn.Sequential, nn.Conv2d, nn.BatchNorm2d, nn.relu, nn.PReLU
        self.blocks = nn.ModuleList([residual(*parts)])
        self.scale = nn.Parameter(np.ones((6, 1, 1)))
        self.shift = np.zeros(())
        self.heads = [nn.Sequential(nn.WeightNorm(nn.Linear(7, 7)), nn.ReLU(), nn.Linear(7, 2))]
        self.again = self.heads[0][0]

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.heads[0](self.again(x * self.scale + self.shift))


def their_net():
    class Theirs(torch.nn.Module):
        def __init__(self):
            super().__init__()
            t, wrap = torch.nn, torch.nn.utils.parametrizations.weight_norm
            parts = t.Module, t.Sequential, t.Conv2d, t.BatchNorm2d, torch.relu, t.PReLU
            self.blocks = t.ModuleList([residual(*parts)])
            self.scale = t.Parameter(torch.ones(6, 1, 1))
            self.register_buffer("shift", torch.zeros(()))
            self.heads = t.ModuleList([t.Sequential(wrap(t.Linear(7, 7)), t.ReLU(), t.Linear(7, 2))])
            self.again = self.heads[0][0]

        forward = Net.forward

    return Theirs()


@oracle
def test_a_composed_module_has_the_names_of_the_same_one_there():
    ours, theirs, x = Net(), their_net(), floats(N, C, 6, 7)
    compute_the_same_after_each_exchange(ours, theirs, x)
    frozen = nn.to_torch(ours.freeze())
    assert frozen.keys() == theirs.state_dict().keys()
    compute_the_same(nn.from_torch(ours, theirs.state_dict()), theirs, x)


def test_what_pytorch_does_not_know_keeps_its_names():
    assert set(nn.to_torch(nn.AdditiveAttention(2, 3, 4))) == {"W", "U", "v"}
    assert nn.to_torch(nn.Sequential(nn.ReLU(), np.tanh, nn.Dropout())) == {}


def test_a_state_is_a_copy():
    layer = nn.Linear(2, 2)
    before = layer.W.data.copy()
    nn.to_torch(layer)["weight"][:] = 7.0
    np.testing.assert_array_equal(layer.W.data, before)


@oracle
def test_parameters_that_require_gradients_are_taken_too():
    theirs = torch.nn.Linear(2, 3)
    ours = nn.from_torch(nn.Linear(2, 3), dict(theirs.named_parameters()))
    np.testing.assert_array_equal(ours.W.data, theirs.weight.detach().numpy())


# ---- what is refused --------------------------------------------------------------------------------------------


def stacked():
    return nn.Sequential(nn.LSTM(2, 4), nn.Linear(4, 3))


@pytest.mark.parametrize(
    ("change", "error", "texts"),
    [
        (lambda state: state.pop("0.bias_hh_l0"), ValueError, ["missing ['0.bias_hh_l0'], unknown []"]),
        (
            lambda state: state.update({"0.weight_hr_l0": np.ones(2)}),
            ValueError,
            ["missing [], unknown ['0.weight_hr_l0']"],
        ),
        (
            lambda state: state.update({"1.weight": np.ones((4, 3))}),
            ValueError,
            ["1.weight must have shape (3, 4), got (4, 3)"],
        ),
        (lambda state: state.update({"1.weight": np.ones((3, 4), complex)}), ValueError, ["1.W is float64"]),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change, error, texts):
    module = stacked()
    before, state = module.state_dict(), nn.to_torch(stacked())
    change(state)
    with pytest.raises(error) as caught:
        nn.from_torch(module, state)
    assert all(text in str(caught.value) for text in [*texts, "nothing was loaded"]), caught.value
    for name, array in module.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_padding_is_zero_there_too():
    module = nn.Embedding(3, 2, 1)
    module.W.data = np.ones((3, 2))
    state = nn.to_torch(module)
    np.testing.assert_array_equal(state["weight"], [[1.0, 1.0], [0.0, 0.0], [1.0, 1.0]])
    with pytest.raises(ValueError, match="weight has numbers where W must have zeros, in the row of padding_idx"):
        nn.from_torch(module, {"weight": np.ones((3, 2))})


def test_two_names_of_one_parameter_may_not_differ():
    first, second = nn.Linear(2, 2), nn.Linear(2, 2)
    second.W = first.W
    module = nn.Sequential(first, second)
    state, before = nn.to_torch(module), first.W.data
    state["1.weight"] = state["1.weight"] + 1.0
    with pytest.raises(ValueError, match=r"0\.W and 1\.W are one array here, and two that differ"):
        nn.from_torch(module, state)
    np.testing.assert_array_equal(first.W.data, before)
    state["0.weight"] = state["1.weight"]
    np.testing.assert_array_equal(nn.from_torch(module, state)[0].W.data, before + 1.0)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: nn.to_torch(nn.GRU(2, 3)), ValueError, "build it with reset_after=True"),
        (lambda: nn.to_torch(nn.WeightNorm(nn.LSTMCell(2, 3), "W_f")), ValueError, "no place for g and v of W_f"),
        (lambda: nn.to_torch(half_biased()), ValueError, "b_q, b_k, b_v in one, in_proj_bias"),
        (lambda: nn.from_torch(nn.Linear(2, 2), nn.Linear(2, 2)), TypeError, "got a Linear: .state_dict()?"),
    ],
)
def test_what_pytorch_cannot_have_is_refused_in_a_sentence(call, error, text):
    with pytest.raises(error) as caught:
        call()
    assert text in str(caught.value)


def half_biased():
    module = nn.MultiHeadAttention(4, 2)
    module.b_k = None
    return module
