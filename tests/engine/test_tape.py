"""The tape as something to look at: names from attribute paths, scopes, constants, parameters, and what is elided."""

import copy
import textwrap

import numpy as np
import pytest

import autograd_zoo as az
from autograd_zoo import nn


def lines(text):
    return textwrap.dedent(text).strip()


def test_a_tape_prints_like_a_program():
    x, w = az.Tensor([[1.0, 2.0]], name="x"), az.Tensor(np.ones((2, 3), np.float32))
    y = np.tanh((x @ w) * 2.0 + np.array([1.0, 2.0, 3.0])).named("h")
    loss = (y[..., 1:] ** 2).sum(axis=1, keepdims=True).mean()
    assert str(az.Tape(loss)) == lines("""
        x: float64[1,2]
        %1: float32[2,3]
        %2: float64[1,3] = matmul(x, %1)
        %3: float64[1,3] = multiply(%2, 2.0)
        %4: float64[1,3] = add(%3, float64[3])
        h: float64[1,3] = tanh(%4)
        %6: float64[1,2] = getitem(h, index=(..., 1:))
        %7: float64[1,2] = power(%6, 2)
        %8: float64[1,1] = sum(%7, axis=1, keepdims=True)
        %9: float64[] = mean(%8)
    """)


@pytest.mark.parametrize(
    ("f", "text"),
    [
        (lambda t: t[::2], "index=::2"),
        (lambda t: t[1:3], "index=1:3"),
        (lambda t: t[[0, 2]], "index=int64[2]"),
        (lambda t: t[None, 1], "index=(None, 1)"),
        (lambda t: t[t > 0], "index=bool[4]"),
        (lambda t: t.reshape(2, 2), "(2, 2)"),
        (lambda t: t.at[0].set(1.0), "put(x, 1.0, index=0, how=set)"),
        (lambda t: np.where([True, False, True, True], t, 0.0), "where(bool[4], x, 0.0)"),
        (lambda t: t * np.array(2.0), "multiply(x, 2.0)"),
        (lambda t: t.astype(np.float32), "float32[4] = cast(x, dtype=float32)"),
        (lambda t: np.concatenate([t, [1.0]]), "x, float64[1]"),
    ],
)
def test_parameters_and_constants_are_shown_in_a_few_characters(f, text):
    assert text in str(az.Tape(f(az.Tensor([1.0, 2.0, 3.0, 4.0], name="x"))))


@pytest.mark.parametrize(
    "make",
    [
        lambda t: np.concatenate([t] * 5_000),
        lambda t: t[(np.newaxis,) * 50 + (0,)],
        lambda t: t.reshape((1,) * 60 + (4,)),
        lambda t: np.einsum("i->i" + " " * 5_000, t),
        lambda t: (t * 2.0).named("h" * 5_000) + 1.0,
        lambda t: az.Tensor(t.data, name="a" * 3_000 + "b" * 3_000) * az.Tensor(t.data, name="a" * 3_000 + "b" * 2_999),
    ],
)
def test_a_line_stays_short_whatever_stands_in_it(make):
    x = az.Tensor([1.0, 2.0, 3.0, 4.0], name="x")
    tape = az.Tape(make(x))
    assert max(map(len, str(tape).splitlines())) < 500
    assert len(set(tape.names().values())) == len(tape)


class Cell(az.nn.Module):
    def __init__(self):
        self.W, self.U = az.nn.Parameter(np.eye(2)), az.nn.Parameter(np.eye(2))

    def forward(self, x, h):
        return np.tanh(x @ self.W + h @ self.U)


class Net(az.nn.Module):
    def __init__(self):
        self.cell = Cell()
        self.heads = [az.nn.Linear(2, 1, bias=False), az.nn.Linear(2, 1)]
        self.heads[1].W = self.heads[0].W

    def forward(self, xs):
        h = np.zeros((1, 2))
        for x in xs:
            h = self.cell(x, h)
        return self.heads[0](h) + self.heads[1](h)


def test_parameters_are_called_by_their_path_and_shared_ones_once():
    tape = az.Tape(Net()(np.ones((3, 1, 2))))
    names = list(tape.names().values())
    assert [n for n in names if not n.startswith("%")] == ["cell.W", "cell.U", "heads.0.W", "heads.1.b"]
    assert len(set(names)) == len(names)
    text = str(tape)
    assert text.count("heads.0.W: ") == 1 and "heads.1.W" not in text
    assert "= tanh(%" in text and text.count("    cell\n") == 3 * 4 and "    heads.1" in text


def test_every_call_of_a_cell_is_a_scope_of_one_module():
    net = Net()
    tape = az.Tape(net(np.ones((3, 1, 2))))
    calls = dict.fromkeys(t.scope for t in tape if t.scope is not None and t.scope.label is net.cell)
    assert len(calls) == 3
    assert {call.path() for call in calls} == {"cell"} and {call.parent.label for call in calls} == {net}


def test_nodes_of_one_name_are_told_apart():
    a, b = az.Tensor(1.0, name="x"), az.Tensor(2.0, name="x")
    assert str(az.Tape(a + b)) == lines("""
        x: float64[]
        x%1: float64[]
        %2: float64[] = add(x, x%1)
    """)


def test_a_second_derivative_shows_its_scopes():
    x = az.Tensor(2.0, name="x")
    (g,) = az.gradient(np.tanh(x), [x], create_graph=True)
    assert str(az.Tape(g)).endswith("    ∇tanh") and "    ∇tanh" in str(az.Tape(g))


def test_the_middle_of_a_long_tape_is_left_out():
    y = x = az.Tensor(1.0, name="x")
    for _ in range(99):
        y = y + x
    text = str(az.Tape(y)).split("\n")
    assert len(text) == 61 and text[30] == "... 40 nodes more ..."
    assert text[0] == "x: float64[]" and text[-1] == "%99: float64[] = add(%98, x)"
    assert list(az.Tape(y).lines())[50] == "%50: float64[] = add(%49, x)"
    assert list(az.Tape(y).lines(2, 4)) == ["%2: float64[] = add(%1, x)", "%3: float64[] = add(%2, x)"]


def test_length_iteration_and_indexing():
    x = az.Tensor(1.0)
    y = x * x
    z = np.exp(y)
    tape = az.Tape(z)
    assert len(tape) == 3 and list(tape) == [x, y, z] and tape[-1] is z and tape[:2] == [x, y]
    assert [t.order for t in tape] == sorted(t.order for t in tape)
    assert repr(tape) == "<Tape of 3 nodes>" and tape.ys == (z,)


def test_several_results_share_a_tape():
    x = az.Tensor(1.0)
    y, z = x * 2.0, x * 3.0
    assert list(az.Tape(z, y)) == [x, y, z]
    assert list(az.Tape(x)) == [x]


FOLDED = {  # what is computed by fused modules and checkpoints
    "one node": lambda x, layer: layer(x),
    "nodes that meet": lambda x, layer: nn.relu(layer(x)) * nn.softmax(x @ layer.W),
    "a checkpoint of fused nodes": lambda x, layer: az.checkpoint(lambda h: nn.tanh(layer(h)) * x, x + 1.0),
    "a checkpoint in a checkpoint": lambda x, layer: az.checkpoint(lambda h: az.checkpoint(layer, h) * h, x),
    "a node and what was before": lambda x, layer: nn.gelu(np.exp(x)) + np.exp(x),
    "attention": lambda x, layer: nn.scaled_dot_product_attention(x[None], x[None] * 2.0, x[None]),
    "the input itself": lambda x, layer: az.checkpoint(np.positive, x),
}


@pytest.mark.parametrize("name", FOLDED)
def test_a_tape_is_unfolded_into_operations_of_equal_values_and_gradients(name):
    x = az.Tensor(np.random.default_rng(0).normal(size=(3, 3)), name="x")
    layer = nn.Linear(3, 3, rng=np.random.default_rng(1))
    with az.fused():
        y = np.sum(FOLDED[name](x, layer) ** 2).named("y")
    y.backward()
    before = str(az.Tape(y))
    leaves = [t for t in az.Tape(y) if t.op is None]
    tape = az.Tape(y, unfold=True)
    assert str(az.Tape(y)) == before and not az.Tape(y).instead
    names = {getattr(t.op, "__name__", "") for t in tape}
    assert not names & {"checkpoint", "linear", "relu", "softmax", "gelu", "scaled_dot_product_attention"}
    (z,) = tape.ys
    assert z is tape.instead[y] and z.name == "y" and [t for t in tape if t.op is None] == leaves
    np.testing.assert_allclose(z.data, y.data, rtol=1e-14)
    assert all(u.order < t.order for t in tape for u in t.inputs if u is not None)
    for g, found in zip((t.grad for t in leaves), az.gradient(z, leaves), strict=True):
        np.testing.assert_allclose(found, g, rtol=1e-12)


def test_unfolding_keeps_names_scopes_and_gradients_and_records_whatever_the_mode():
    model, x = nn.Sequential(nn.Linear(2, 2, rng=np.random.default_rng(0)), nn.ReLU()), az.Tensor(np.ones((1, 2)))
    with az.fused():
        h = model(x).named("h")
    y = (h * 2.0).sum()
    y.backward(retain_grads=True)
    with az.no_grad(), az.detect_anomaly():
        tape = az.Tape(y, h, unfold=True)
    lines = str(tape).splitlines()
    assert any(line.startswith("h: ") for line in lines)
    assert sum(line.endswith("    0") for line in lines) == 3
    np.testing.assert_array_equal(tape.ys[1].grad, h.grad)
    assert tape.ys[1] is tape.instead[h]
    plain = az.Tape(x * 2.0, unfold=True)
    assert plain.instead == {} and len(plain) == 2


def test_what_was_recorded_is_unfolded_and_not_what_a_leaf_holds_now():
    x = az.Tensor([1.0, -2.0])
    with az.fused():
        y = nn.tanh(nn.relu(x))
    x.data = [5.0, 6.0]
    np.testing.assert_array_equal(az.Tape(y, unfold=True).ys[0].data, y.data)
    with pytest.raises(RuntimeError, match="was given new data after checkpoint"):
        h = az.checkpoint(np.tanh, x)
        x.data = [7.0, 8.0]
        az.Tape(h, unfold=True)


def test_making_a_tape_changes_nothing():
    net = Net()
    y = net(np.ones((2, 1, 2))).sum()
    y.backward()
    before = [(p.grad.tobytes(), p.name) for p in net.parameters()]
    str(az.Tape(y))
    assert [(p.grad.tobytes(), p.name) for p in net.parameters()] == before
    y.backward()
    assert all(
        np.array_equal(p.grad, 2.0 * np.frombuffer(b).reshape(p.shape))
        for p, (b, _) in zip(net.parameters(), before, strict=True)
    )


@pytest.mark.parametrize("ys", [(), (1.0,), (np.ones(2),), (az.Tensor(1.0), None), ([az.Tensor(1.0)],)])
def test_only_tensors_have_a_tape(ys):
    with pytest.raises(TypeError, match=r"Tape\(y\) takes the Tensors whose history is wanted, got"):
        az.Tape(*ys)


def test_the_tape_becomes_a_networkx_graph_elsewhere_and_says_where():
    tape = az.Tape(az.Tensor(1.0) * 2.0)
    with pytest.raises(AttributeError, match=r"'Tape' object has no attribute 'to_networkx': write graph_viz\.to_netw"):
        tape.to_networkx()
    with pytest.raises(AttributeError, match=r"'Tape' object has no attribute 'node'\Z"):
        tape.node  # noqa: B018
    assert not hasattr(tape, "to_networkx") and copy.copy(tape).nodes == tape.nodes
