"""Modules: what is found inside them, their state, freezing, modes, scopes, copies and how they print."""

import copy
import operator
import pickle
import re
import sys
import textwrap
from contextlib import nullcontext

import numpy as np
import pytest

import autograd_zoo as az
from autograd_zoo import nn
from autograd_zoo.nn import Linear, Module, ModuleList, Parameter, Sequential


class Block(Module):
    """A parameter, a buffer, and plain attributes."""

    def __init__(self, size, rate=0.5):
        self.size, self.rate = size, rate
        self.W = Parameter(np.arange(float(size)))
        self.mean = np.zeros(size)

    def forward(self, x):
        return x * self.W + self.mean


class Tree(Module):
    """Modules and parameters in attributes, lists, tuples and dicts, some of them twice."""

    def __init__(self):
        self.first = Block(2)
        self.blocks = [Block(3), (Block(1), Block(1))]
        self.heads = {"a": Block(2), 0: {"deep": Parameter([7.0])}}
        self.again = self.first
        self.tied = self.first.W
        self._private = Block(4)
        self.scale = Parameter(2.0)

    def forward(self, x):
        return self.again(self.first(x)) * self.scale


NAMES = [
    "tied",
    "scale",
    "heads.0.deep",
    "first.W",
    "blocks.0.W",
    "blocks.1.0.W",
    "blocks.1.1.W",
    "heads.a.W",
]


# ---- what is inside ---------------------------------------------------------------------------------------------


def test_modules_are_found_once_by_the_path_of_the_first_way_to_them():
    tree = Tree()
    assert [path for path, _ in tree.named_modules()] == [
        "",
        "first",
        "blocks.0",
        "blocks.1.0",
        "blocks.1.1",
        "heads.a",
    ]
    assert next(tree.modules()) is tree and len(set(tree.modules())) == 6


def test_parameters_are_found_once_wherever_they_stand():
    tree = Tree()
    named = dict(tree.named_parameters())
    assert set(named) == {"heads.0.deep", "tied", "scale", *NAMES[4:]}
    assert named["tied"] is tree.first.W and "first.W" not in named
    assert [p for _, p in tree.named_parameters()] == tree.parameters()
    assert all(type(p) is Parameter and p.op is None for p in tree.parameters())


def test_a_module_may_know_its_parent_or_itself():
    tree = Tree()
    tree.first.parent = tree
    tree.me = tree
    assert len(list(tree.modules())) == 6
    assert "..." in repr(tree)
    assert set(tree.state_dict()) == set(Tree().state_dict())


def test_depth_is_no_obstacle():
    root = module = Module()
    for _ in range(2_000):
        module.inner = Module()
        module = module.inner
    module.W = Parameter([1.0])
    ((path, parameter),) = root.named_parameters()
    assert path.count("inner.") == 2_000 and parameter is module.W
    assert len(root.state_dict()) == 1 and root.freeze().parameters() == [] and len(root.unfreeze().parameters()) == 1
    nested = Module()
    nested.list = [[[[[Parameter([1.0])]]]]]
    assert [path for path, _ in nested.named_parameters()] == ["list.0.0.0.0.0"]


@pytest.fixture
def deep():
    """Modules inside each other, 2,000 of them, each with a parameter and a buffer, that can be called."""

    class Level(Module):
        def __init__(self, inner):
            self.W, self.mean, self.inner = Parameter([1.0]), np.zeros(1), inner

        def forward(self, x):
            y = self.W * x
            return y if self.inner is None else self.inner(y)

    module = None
    for _ in range(2_000):
        module = Level(module)
    before = sys.getrecursionlimit()
    yield module
    sys.setrecursionlimit(before)


def test_deep_modules_are_walked_without_recursion(deep):
    assert len(list(deep.modules())) == len(list(deep.named_modules())) == len(deep.parameters()) == 2_000
    state = {path: value + 1.0 for path, value in deep.state_dict().items()}
    assert len(state) == 4_000 and len(dict(deep.named_parameters())) == 2_000
    deep.load_state_dict(state).freeze().unfreeze().eval()
    assert {p.item() for p in deep.parameters()} == {2.0} and not any(m.training for m in deep.modules())
    deep.train().zero_grad()
    assert len(repr(deep)) < 3_000 and "Level(...)" in repr(deep)


def test_a_deep_call_is_named_in_a_line_that_can_be_read(deep):
    sys.setrecursionlimit(20_000)
    try:
        y = deep(np.array([2.0]))
    except RecursionError:
        pytest.skip("this Python has a limit of its own on calls inside calls")
    tape = az.Tape(y)
    assert len(tape) == 4_000 and len(str(tape)) < 20_000 and max(map(len, str(tape).splitlines())) < 400
    assert len(set(tape.names().values())) == 4_000  # elided names are told apart
    assert tape[-1].scope.path() == ".".join(["inner"] * 1_999)
    with pytest.raises(ValueError, match=r"in module inner\.inner.*\.\.\..*inner\.inner") as caught:
        deep_error(deep)
    assert len(str(caught.value)) < 500


def deep_error(deep):
    innermost = list(deep.modules())[-1]
    innermost.forward = lambda x: innermost.W @ np.ones((7, 7))
    deep(np.array([2.0]))


# ---- calls ------------------------------------------------------------------------------------------------------


def test_a_call_is_noted_and_passes_arguments_on():
    class Add(Module):
        def forward(self, a, *rest, scale=1.0):
            return (a + sum(rest)) * scale

    x = az.Tensor([1.0])
    y = Add()(x, 2.0, 3.0, scale=10.0)
    assert y.item() == 60.0 and y.scope.path() == "Add"


def test_a_module_without_forward_says_so():
    class Empty(Module):
        pass

    with pytest.raises(NotImplementedError, match=r"Empty must define forward\(self, x\)"):
        Empty()(1.0)


def test_gradients_reach_shared_parameters_from_every_use():
    tree = Tree()
    tree(np.array([1.0, 1.0])).sum().backward()
    np.testing.assert_array_equal(tree.tied.grad, 2.0 * 2.0 * tree.tied.data)
    tree.zero_grad()
    assert all(p.grad is None for p in tree.parameters())


# ---- state ------------------------------------------------------------------------------------------------------


def values(module):
    return {path: array.tolist() for path, array in module.state_dict().items()}


def test_a_state_is_a_copy_of_every_parameter_and_array():
    tree = Tree()
    state = tree.state_dict()
    assert set(state) == {*NAMES, *(name.removesuffix("W") + "mean" for name in NAMES if name.endswith("W"))}
    assert all(type(a) is np.ndarray and a.flags.writeable for a in state.values())
    before = values(tree)
    for array in state.values():
        array[...] = 777.0
    assert values(tree) == before


def changed(state):
    return {path: array + 1.0 for path, array in state.items()}


def lists_only():
    tree = Tree()
    tree.blocks = [Block(3), [Block(1), Block(1)]]
    return tree


def test_a_state_makes_the_round_trip_into_another_module():
    one, other = lists_only(), lists_only()
    state = changed(one.state_dict())
    optimizer = az.optim.SGD(other.parameters(), lr=0.1)
    assert other.load_state_dict(state) is other
    assert values(other) == {path: array.tolist() for path, array in state.items()}
    state["first.mean"][...] = 777.0
    assert other.first.mean.tolist() == [1.0, 1.0]
    assert [id(p) for p in other.parameters()] == [id(p) for p in optimizer.params]


def test_a_state_comes_in_the_dtype_of_the_module():
    block = Block(2)
    block.load_state_dict({"W": np.array([1, 2]), "mean": np.array([0.5, 0.25], np.float32)})
    assert (block.W.dtype, block.mean.dtype) == (np.float64, np.float64)
    assert block.W.tolist() == [1.0, 2.0]


BAD_STATES = {
    "a missing key": (
        lambda s: s.pop("W"),
        ValueError,
        r"does not belong to this Block: missing \['W'\], unknown \[\]",
    ),
    "an unknown key": (lambda s: s.update(V=1.0), ValueError, r"missing \[\], unknown \['V'\]; nothing was loaded"),
    "another shape": (
        lambda s: s.update(mean=np.ones(3)),
        ValueError,
        r"mean is float64\[2\], the state has float64\[3\]",
    ),
    "one that would broadcast": (lambda s: s.update(mean=np.ones(1)), ValueError, r"mean is .* float64\[1\]; nothing"),
    "complex numbers": (lambda s: s.update(mean=np.ones(2) * 1j), ValueError, "the state has complex128"),
    "objects": (lambda s: s.update(mean=np.array([None, None])), ValueError, "the state has object"),
    "text": (lambda s: s.update(mean=np.array(["a", "b"])), ValueError, "the state has <U1"),
    "a Tensor": (lambda s: s.update(mean=az.Tensor([1.0, 2.0])), TypeError, r"t\.data"),
}


@pytest.mark.parametrize("name", BAD_STATES)
def test_a_state_that_does_not_fit_changes_nothing(name):
    spoil, error, message = BAD_STATES[name]
    block = Block(2)
    state = changed(block.state_dict())
    spoil(state)
    before = values(block)
    with pytest.raises(error, match=message):
        block.load_state_dict(state)
    assert values(block) == before


NO_STATES = [
    (None, "got NoneType; nothing was loaded"),
    ("weights.npz", "got str; nothing was loaded"),
    ([("W", np.ones(2)), ("mean", np.ones(2))], "got list; nothing"),
    (zip("ab", (1.0, 2.0), strict=True), "got zip; nothing"),
    ({0: np.ones(2), "W": np.ones(2)}, "got the name 0; nothing"),
    ({"W": [[1.0], [2.0, 3.0]], "mean": np.ones(2)}, "^W: setting an array element"),
    ({"W": np.ones(2), "mean": np.ma.masked_array([1.0, 2.0], [0, 1])}, "^mean: a Tensor has no mask"),
    ({"W": az.Tensor([1.0, 2.0]), "mean": np.ones(2)}, "^W: making an array of it"),
]


@pytest.mark.parametrize(("state", "message"), NO_STATES, ids=[message for _, message in NO_STATES])
def test_what_is_no_state_is_told_by_its_kind_or_its_path(state, message):
    block = Block(2)
    before = values(block)
    optimizer = az.optim.SGD([block.W], lr=0.1)
    for load in (block.load_state_dict, optimizer.load_state_dict, az.optim.StepLR(optimizer, 1).load_state_dict):
        if load == block.load_state_dict or "nothing" in message:
            with pytest.raises((TypeError, ValueError), match=message):
                load(state)
    assert values(block) == before and optimizer.lr == 0.1


SAME_PATHS = {
    "a key with a dot": (
        lambda m: setattr(m, "heads", {"a.b": Parameter([1.0]), "a": {"b": Parameter([2.0])}}),
        r"Module\.heads\['a\.b'\] and Module\.heads\['a'\]\['b'\] have one path, 'heads\.a\.b'",
    ),
    "a number and its text": (
        lambda m: setattr(m, "heads", {0: np.zeros(2), "0": Parameter([2.0])}),
        r"Module\.heads\[0\] and Module\.heads\['0'\] have one path, 'heads\.0'",
    ),
    "in modules": (
        lambda m: setattr(m, "parts", {1: Block(1), "1": Block(1)}),
        r"Module\.parts\[1\]\.W and Module\.parts\['1'\]\.W have one path, 'parts\.1\.W'",
    ),
}


@pytest.mark.parametrize("name", SAME_PATHS)
def test_two_values_of_one_path_are_refused_and_both_named(name):
    build, message = SAME_PATHS[name]
    module = Module()
    build(module)
    for act in (module.state_dict, lambda: module.load_state_dict({})):
        with pytest.raises(ValueError, match=message):
            act()


def test_one_value_that_has_a_path_twice_is_not_lost():
    module = Module()
    module.heads = {0: (W := Parameter([1.0])), "0": W}
    assert list(module.load_state_dict({"heads.0": [5.0]}).state_dict()) == ["heads.0"] and W.item() == 5.0


def shared():
    """Two blocks with one buffer and one parameter."""
    a, b = Block(2), Block(2)
    a.mean, a.W = b.mean, b.W
    return Sequential(a, b)


@pytest.mark.parametrize("act", [lambda m: m, lambda m: m.freeze(), lambda m: m.freeze().unfreeze()])
def test_what_two_modules_share_stays_shared(act):
    model = act(shared())
    for twin in (copy.deepcopy(model), model.load_state_dict(changed(model.state_dict()))):
        assert twin[0].mean is twin[1].mean and twin[0].W is twin[1].W
    assert model[0].mean.tolist() == [1.0, 1.0]
    twin = shared().load_state_dict(model.state_dict())
    assert twin[0].mean is twin[1].mean and twin[1].mean.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("key", ["mean", "W"])
def test_a_state_with_two_values_for_what_is_shared_is_refused(key):
    model = shared()
    state, before = changed(model.state_dict()), values(model)
    state[f"1.{key}"] = state[f"1.{key}"] + 1.0
    with pytest.raises(ValueError, match=rf"0\.{key} and 1\.{key} are one array.*nothing was loaded"):
        model.load_state_dict(state)
    assert values(model) == before


class Tower(Module):
    def __init__(self):
        self.blocks = nn.ModuleList([nn.Sequential(Block(2), nn.ModuleDict({"a": Block(1)})), Block(3)])
        self.scales = nn.ParameterList([[1.0], [2.0]])
        self.plain = [Block(1)]


def test_paths_are_as_one_writes_them_and_former_ones_are_read():
    model = Tower()
    former = {
        "scales.0": "scales.elements.0",
        "scales.1": "scales.elements.1",
        "blocks.0.0.W": "blocks.layers.0.layers.0.W",
        "blocks.0.1.a.W": "blocks.layers.0.layers.1.layers.a.W",
        "blocks.1.W": "blocks.layers.1.W",
        "plain.0.W": "plain.0.W",
    }
    former |= {new.replace("W", "mean"): old.replace("W", "mean") for new, old in former.items() if "W" in new}
    state = changed(model.state_dict())
    assert state.keys() == former.keys()
    assert model.blocks[0][1]["a"].W is dict(model.named_parameters())["blocks.0.1.a.W"]
    other = Tower().load_state_dict({former[path]: value for path, value in state.items()})
    assert values(other) == values(Tower().load_state_dict(state))
    with pytest.raises(ValueError, match=r"unknown \['blocks\.layers\.9\.W'\]"):
        model.load_state_dict(state | {"blocks.layers.9.W": np.ones(1)})
    with pytest.raises(ValueError, match=r"unknown \['scales\.elements\.0'\]"):
        model.load_state_dict(state | {"scales.elements.0": np.ones(1)})


def test_former_paths_of_a_module_in_two_places_are_read():
    shared = nn.Linear(2, 2)
    model = nn.Sequential(nn.Sequential(shared), nn.ModuleList([shared, nn.Sequential(shared)]))
    state = changed(model.state_dict())
    assert list(state) == ["0.0.W", "0.0.b"]
    model.load_state_dict({path.replace("0.0", "layers.0.layers.0"): value for path, value in state.items()})
    assert values(model) == {path: value.tolist() for path, value in state.items()}


def test_a_state_that_overflows_on_the_way_changes_nothing():
    block = Block(2)
    block.W = Parameter(np.ones(2, np.float32))
    before = values(block)
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        block.load_state_dict({"W": np.array([1e300, 1.0]), "mean": np.ones(2)})
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        block.load_state_dict({"mean": np.ones(2), "W": np.array([1.0, 1e300])})
    assert values(block) == before


def test_thawing_refuses_two_arrays_for_one_parameter():
    model = shared().freeze()
    model[0].W = model[0].W + 1.0
    with pytest.raises(ValueError, match="one parameter was frozen where W and another place have different arrays"):
        model.unfreeze()
    model[1].W = model[0].W
    assert model.unfreeze()[0].W is model[1].W and model[0].W.tolist() == [1.0, 2.0]


def test_what_stands_in_a_tuple_cannot_be_replaced_and_nothing_else_is():
    module = Block(2)
    module.buffers = (np.zeros(2),)
    before = values(module)
    with pytest.raises(TypeError, match=r"Block\.buffers\.0 stands in a tuple.*use a list; nothing was changed"):
        module.load_state_dict(changed(module.state_dict()))
    assert values(module) == before
    module.buffers = (Parameter([1.0]),)
    with pytest.raises(TypeError, match=r"Block\.buffers\.0 stands in a tuple"):
        module.freeze()
    assert len(module.parameters()) == 2


def test_parameters_in_a_tuple_are_loaded_for_they_stay_the_same_objects():
    module = Module()
    module.pair = (Parameter([1.0]), Parameter([2.0]))
    module.load_state_dict({"pair.0": [5.0], "pair.1": [6.0]})
    assert [p.item() for p in module.pair] == [5.0, 6.0]


# ---- freezing ---------------------------------------------------------------------------------------------------


def test_frozen_parameters_are_constants_and_come_back_as_the_same_objects():
    tree = lists_only()
    x = az.Tensor([1.0, 2.0])
    parameters, state, expected = tree.parameters(), values(tree), tree(x).data
    assert tree.freeze() is tree
    assert tree.parameters() == [] and values(tree) == state
    y = tree(x)
    np.testing.assert_array_equal(y.data, expected)
    assert set(az.Tape(y)).isdisjoint(parameters)
    tree.freeze()  # twice is once
    assert tree.unfreeze() is tree
    assert all(p is q for p, q in zip(tree.parameters(), parameters, strict=True))
    assert tree.tied is tree.first.W is tree.again.W
    assert values(tree) == state
    tree.unfreeze()


def test_a_part_can_be_frozen():
    model = Sequential(Linear(2, 3), Linear(3, 1))
    model[0].freeze()
    assert [name for name, _ in model.named_parameters()] == ["1.W", "1.b"]
    model(np.ones((4, 2))).sum().backward()
    model.unfreeze()
    assert len(model.parameters()) == 4 and model[0].W.grad is None and model[1].W.grad is not None


def test_a_frozen_parameter_cannot_be_written_to_but_loaded_and_thawed():
    block = Block(2).freeze()
    with pytest.raises(ValueError, match="read-only"):
        block.W[0] = 777.0
    block.load_state_dict({"W": [5.0, 6.0], "mean": [0.0, 0.0]})
    block.unfreeze()
    assert type(block.W) is Parameter and block.W.tolist() == [5.0, 6.0]


def test_a_freeze_between_forward_pass_and_sweep_changes_no_gradient():
    block = Block(2)
    y = block(np.array([3.0, 4.0])).sum()
    W = block.W
    block.freeze()
    y.backward()
    np.testing.assert_array_equal(W.grad, [3.0, 4.0])


def test_thawing_is_all_or_nothing():
    tree = lists_only().freeze()
    tree.blocks[0].W = np.ones(99)
    with pytest.raises(ValueError, match=r"shape \(3,\) was frozen where an array of shape \(99,\) stands now"):
        tree.unfreeze()
    assert tree.parameters() == []
    tree.blocks[0].W = np.ones(3)
    assert len(tree.unfreeze().parameters()) == len(lists_only().parameters())


# ---- updates by hand --------------------------------------------------------------------------------------------

IN_PLACE = {
    "+": operator.iadd,
    "-": operator.isub,
    "*": operator.imul,
    "/": operator.itruediv,
    "%": operator.imod,
    "**": operator.ipow,
    "@": operator.imatmul,
}


@pytest.mark.parametrize("symbol", IN_PLACE)
@pytest.mark.parametrize("recording", [True, False])
def test_a_parameter_is_not_assigned_in_place(symbol, recording):
    model = Linear(2, 2, rng=np.random.default_rng(0))
    before = model.W.data.copy()
    text = (
        rf"^p {re.escape(symbol)}= .* write p\.data = p\.data {re.escape(symbol)} \.\.\., .* az\.optim\.SGD\(.*y = p "
    )
    with az.no_grad() if not recording else nullcontext(), pytest.raises(TypeError, match=text):
        for p in model.parameters():
            p = IN_PLACE[symbol](p, np.ones((2, 2)))
    assert type(model.W) is Parameter and np.array_equal(model.W.data, before)
    with pytest.raises(TypeError, match=text):
        exec(f"model.W {symbol}= 2.0", {"model": model})


@pytest.mark.parametrize("symbol", ["+", "-", "*", "/", "%", "**"])
@pytest.mark.parametrize(
    "make",
    [
        lambda p: p * 1.0,
        lambda p: p.detach(),
        lambda p: az.Tensor(p.data),
        lambda p: np.positive(p),
        lambda p: p[:],
        lambda p: p.at[0].set(3.0),
    ],
)
def test_what_is_computed_from_a_parameter_may_be_assigned_in_place(symbol, make):
    p = Parameter([2.0, 3.0])
    y = kept = make(p)
    y = IN_PLACE[symbol](y, 2.0)
    assert type(y) is az.Tensor and y is not kept
    np.testing.assert_array_equal(y.data, eval(f"a {symbol} 2.0", {"a": kept.data}))
    np.testing.assert_array_equal(p.data, [2.0, 3.0])


def test_a_parameter_computes_as_any_tensor_and_the_lines_of_the_message_work():
    model = Linear(2, 1, rng=np.random.default_rng(0))
    total = az.grad(lambda w: 0.0 + sum([w, 1.0 - w, w * w]).sum())(model.W)
    np.testing.assert_allclose(total.data, 2.0 * model.W.data)
    model(np.ones((3, 2))).sum().backward()
    before, g = model.W.data.copy(), model.W.grad
    for p in model.parameters():
        p.data = p.data - 0.1 * p.grad
    np.testing.assert_array_equal(model.W.data, before - 0.1 * g)
    az.optim.SGD(model.parameters(), lr=0.1).step()
    np.testing.assert_array_equal(model.W.data, before - 0.1 * g - 0.1 * g)
    twin = pickle.loads(pickle.dumps(model.W))
    assert type(twin) is type(copy.deepcopy(twin)) is Parameter and np.array_equal(twin.data, model.W.data)


class Holder:
    def __init__(self, p):
        self.p = p


@pytest.mark.parametrize("symbol", IN_PLACE)
@pytest.mark.parametrize("kind", [Parameter, az.Tensor])
def test_the_data_of_a_leaf_is_not_assigned_in_place(symbol, kind):
    p = kind([[1.0, 2.0], [3.0, 4.0]])
    names = {"p": p, "h": Holder(p), "ps": [p], "v": np.ones((2, 2))}
    for target in ("p", "h.p", "ps[0]", "(lambda: p)()"):
        code = compile(f"{target}.data {symbol}= v", "a step by hand", "exec")
        for _ in range(30):  # also where Python has specialized its instructions
            with pytest.raises(ValueError, match=r"^p\.data -= .* write p\.data = p\.data - .*az\.optim\.SGD"):
                exec(code, names)
    np.testing.assert_array_equal(p.data, [[1.0, 2.0], [3.0, 4.0]])


def test_the_data_of_a_leaf_is_read_in_any_other_line():
    p = Parameter([1.0, 2.0])
    for k in range(1, 31):
        x = y = p.data
        z = (q := p).data if 0 < p.data[0] <= k + 1 and p in {p} else None
        a, b = p.data, next(map(operator.attrgetter("data"), [q]))
        with nullcontext(p) as r:
            p.data, _ = r.data + 1.0, {**{"k": p.data}}
        total = k
        total += p.data[0]
        match p:
            case Parameter(data=data):
                assert data is not x is y and z is not a is not b
    np.testing.assert_array_equal(p.data, [31.0, 32.0])
    assert total == 61.0


WRITES = {
    "[...] =": lambda p: operator.setitem(p.data, ..., 1.0),
    "[0] +=": lambda p: exec("p.data[0] += 1.0", {"p": p}),
    "out=": lambda p: np.subtract(p.data, 1.0, out=p.data),
    "another name": lambda p: operator.isub(p.data, 1.0),
    "a result": lambda p: exec("y.data += 1.0", {"y": p * 1.0}),
}


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("kind", [Parameter, az.Tensor])
def test_a_write_into_the_data_of_a_leaf_is_numpys_error(write, kind):
    p = kind([1.0, 2.0])
    with pytest.raises(ValueError, match="is read-only"):
        WRITES[write](p)
    np.testing.assert_array_equal(p.data, [1.0, 2.0])


# ---- training and evaluation ------------------------------------------------------------------------------------


def test_the_training_mode_reaches_everything_inside():
    tree = Tree()
    assert all(m.training for m in tree.modules())
    assert tree.eval() is tree and not any(m.training for m in tree.modules())
    tree.first.train()
    assert [m.training for m in tree.modules()] == [False, True, False, False, False, False]
    assert tree.train() is tree and all(m.training for m in tree.modules())
    assert Tree().training


# ---- copies -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("frozen", [False, True])
def test_a_deep_copy_is_a_module_of_its_own(frozen):
    tree = lists_only()
    if frozen:
        tree.freeze()
    twin = copy.deepcopy(tree)
    assert values(twin) == values(tree)
    twin.unfreeze(), tree.unfreeze()
    assert set(twin.parameters()).isdisjoint(tree.parameters())
    assert twin.tied is twin.first.W is twin.again.W
    before = values(tree)
    for p in twin.parameters():
        p.data = p.data + 1.0
    assert values(tree) == before != values(twin)


def test_a_module_that_holds_a_result_is_not_copied():
    block = Block(2)
    block.last = block(np.ones(2))
    with pytest.raises(TypeError, match=r"only leaves are copied"):
        copy.deepcopy(block)


# ---- printing ---------------------------------------------------------------------------------------------------


def test_a_module_prints_its_arguments_and_what_is_inside():
    assert repr(Block(2)) == repr(Block(2).eval()) == "Block(size=2, rate=0.5)"
    assert repr(Sequential(Block(1), np.tanh, Sequential(Block(3)))) == textwrap.dedent("""\
        Sequential(
          (0): Block(size=1, rate=0.5)
          (2): Sequential(
            (0): Block(size=3, rate=0.5)
          )
        )""")


def test_a_module_that_is_met_again_is_not_printed_again():
    level = Sequential(Block(1))
    for _ in range(40):  # two to the power of 40 lines, if each were printed wherever it is met
        level = Sequential(level, level)
    assert repr(level).count("\n") < 200


def test_a_representation_of_ones_own_is_indented():
    class Own(Module):
        def __repr__(self):
            return "<own\n  lines>"

    assert repr(Sequential(Own())) == "Sequential(\n  (0): <own\n    lines>\n)"


# ---- containers -------------------------------------------------------------------------------------------------


def test_sequential_applies_its_layers_in_turn():
    rng = np.random.default_rng(0)
    model = Sequential(Linear(2, 3, rng=rng), np.tanh, Linear(3, 1, rng=rng))
    x = rng.normal(size=(4, 2))
    expected = np.tanh(x @ model[0].W.data.T + model[0].b.data) @ model[2].W.data.T + model[2].b.data
    np.testing.assert_allclose(model(x).data, expected, rtol=1e-14)
    assert len(model) == 3 and model[1] is np.tanh
    with pytest.raises(TypeError, match="Sequential takes modules or functions, got 3"):
        Sequential(Linear(2, 3), 3)
    with pytest.raises(TypeError, match=r"got <class .*Tanh'>: write Tanh\(...\), which makes a module"):
        Sequential(Linear(2, 3), az.nn.Tanh)


def test_a_module_list_is_a_list_whose_parameters_are_found():
    class Stack(Module):
        def __init__(self):
            self.layers = ModuleList(Block(2) for _ in range(2))

        def forward(self, x):
            for layer in self.layers:
                x = layer(x)
            return x

    stack = Stack()
    stack.layers.append(Block(2))
    assert len(stack.layers) == 3 and stack.layers[-1].size == 2
    assert [name for name, _ in stack.named_parameters()] == [f"layers.{i}.W" for i in range(3)]
    assert stack(np.ones(2)).tolist() == [0.0, 1.0]
    with pytest.raises(NotImplementedError, match="ModuleList must define forward"):
        stack.layers(np.ones(2))
