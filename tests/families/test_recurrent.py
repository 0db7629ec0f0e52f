"""Recurrent cells and sequences: against PyTorch, fused against composed, ends of sequences, time steps on the tape."""

from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
from families.support import Net
from pytorch import oracle, torch
from refused import refused
from table import TABLE
from table.properties import CLOSE

import autograd_zoo as az
from autograd_zoo import nn

MODULES = [nn.SimpleRNN, nn.LSTM, nn.GRU]
CELLS = [nn.SimpleRNNCell, nn.LSTMCell, nn.GRUCell]
D, H = 3, 4


def rng(seed=0):
    return np.random.default_rng(seed)


# ---- sequences against PyTorch ----------------------------------------------------------------------------------


def configuration(seed):
    """Sizes, options and inputs of a run, drawn at random."""
    draw = rng(seed)
    sizes = {name: int(draw.integers(1, 5)) for name in ("T", "N", "D", "H")}
    num_layers, bidirectional, bias = int(draw.integers(1, 4)), bool(draw.integers(2)), bool(draw.integers(2))
    T, N, D, H = sizes.values()
    T += 1
    states = draw.standard_normal((2, num_layers * (1 + bidirectional), N, H)) if draw.integers(2) else None
    options = {"num_layers": num_layers, "bias": bias, "bidirectional": bidirectional}
    options["batch_first"] = bool(draw.integers(2))
    x = draw.standard_normal((N, T, D) if options["batch_first"] else (T, N, D))
    lengths = draw.integers(1, T + 1, N) if draw.integers(2) else None
    return SimpleNamespace(D=D, H=H, options=options, x=x, states=states, lengths=lengths)


def ours_to_theirs(name):
    """Of one of our parameters the names PyTorch gives it, the number of the gate in these, and the sign."""
    _, k, symbol = name.split(".")
    letter, _, gate = symbol.partition("_")
    if symbol == "b_h":
        return int(k), "bias_hh", 2, 1.0
    number = {"": 0, "i": 0, "f": 1, "g": 2, "o": 3, "r": 0, "z": 1, "c": 2}[gate]
    return int(k), {"W": "weight_hh", "U": "weight_ih", "b": "bias_ih"}[letter], number, -1.0 if gate == "z" else 1.0


@oracle
@pytest.mark.parametrize("seed", range(24))
@pytest.mark.parametrize("cls", MODULES, ids=lambda cls: cls.__name__)
def test_a_sequence_is_that_of_pytorch(cls, seed):
    c = configuration(seed)
    is_lstm, batch_first = cls is nn.LSTM, c.options["batch_first"]
    torch.manual_seed(seed)
    their_class = {nn.SimpleRNN: TABLE["deep_simple_rnn"], nn.LSTM: TABLE["deep_lstm"], nn.GRU: TABLE["deep_gru"]}[
        cls
    ].twin
    theirs = their_class(c.D, c.H, **c.options, dtype=torch.float64)
    ours = cls(c.D, c.H, **c.options, **({"reset_after": True} if cls is nn.GRU else {}))
    nn.from_torch(ours, theirs.state_dict())

    given = [] if c.states is None else list(c.states[: 1 + is_lstm])
    x, *states = (az.Tensor(a) for a in (c.x, *given))
    y, last = ours(x, (tuple(states) if is_lstm else states[0]) if states else None, lengths=c.lengths)
    x_torch, *states_torch = (torch.tensor(a, requires_grad=True) for a in (c.x, *given))
    packed = x_torch
    if c.lengths is not None:
        packed = torch.nn.utils.rnn.pack_padded_sequence(
            x_torch, torch.tensor(c.lengths), batch_first=batch_first, enforce_sorted=False
        )
    y_torch, last_torch = theirs(
        packed, (tuple(states_torch) if is_lstm else states_torch[0]) if states_torch else None
    )
    if c.lengths is not None:
        T = c.x.shape[1 if batch_first else 0]
        y_torch, _ = torch.nn.utils.rnn.pad_packed_sequence(y_torch, batch_first=batch_first, total_length=T)

    results = [y, *(last if is_lstm else [last])]
    results_torch = [y_torch, *(last_torch if is_lstm else [last_torch])]
    weights = [rng(i).standard_normal(r.shape) for i, r in enumerate(results)]
    for a, b in zip(results, results_torch, strict=True):
        np.testing.assert_allclose(a.data, b.detach().numpy(), **CLOSE, strict=True)
    parameters = dict(ours.named_parameters())
    total = sum((r * w).sum() for r, w in zip(results, weights, strict=True))
    found = az.gradient(total, [x, *states, *parameters.values()])
    sum((r * torch.tensor(w)).sum() for r, w in zip(results_torch, weights, strict=True)).backward()
    expected = [t.grad.numpy() for t in (x_torch, *states_torch)]
    for name in parameters:
        k, their_name, gate, sign = ours_to_theirs(name)
        layer, reverse = divmod(k, ours.directions)
        grad = getattr(theirs, f"{their_name}_l{layer}{'_reverse' * reverse}").grad.numpy()
        expected.append(sign * grad[gate * c.H : (gate + 1) * c.H])
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, **CLOSE, strict=True)


@oracle
@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("cls", CELLS, ids=lambda cls: cls.__name__)
def test_a_cell_is_that_of_pytorch(cls, seed):
    draw = rng([seed, 1])
    N, D, H = map(int, draw.integers(1, 6, 3))
    is_lstm, options = cls is nn.LSTMCell, {"reset_after": True} if cls is nn.GRUCell else {}
    cell = cls(D, H, seed % 2 == 0, rng=draw, **options)
    theirs = getattr(torch.nn, cls.__name__.removeprefix("Simple"))(D, H, seed % 2 == 0, dtype=torch.float64)
    theirs.load_state_dict({name: torch.tensor(a) for name, a in nn.to_torch(cell).items()})
    inputs = [draw.standard_normal((N, n)) for n in (D, H, *[H] * is_lstm)]
    x, *state = map(az.Tensor, inputs)
    found = cell(x, tuple(state) if is_lstm else state[0])
    x_torch, *state_torch = (torch.tensor(a, requires_grad=True) for a in inputs)
    expected = theirs(x_torch, tuple(state_torch) if is_lstm else state_torch[0])
    pairs = list(zip(found, expected, strict=True)) if is_lstm else [(found, expected)]
    for a, b in pairs:
        np.testing.assert_allclose(a.data, b.detach().numpy(), **CLOSE, strict=True)
    weights = [draw.standard_normal((N, H)) for _ in pairs]
    sum((a * w).sum() for (a, _), w in zip(pairs, weights, strict=True)).backward()
    sum((b * torch.tensor(w)).sum() for (_, b), w in zip(pairs, weights, strict=True)).backward()
    for a, b in zip((x, *state), (x_torch, *state_torch), strict=True):
        np.testing.assert_allclose(a.grad, b.grad.numpy(), **CLOSE, strict=True)
    for p in cell.parameters():
        p.data = p.grad
    gradients = {name: p.grad.numpy() for name, p in theirs.named_parameters()}
    for name, array in nn.to_torch(cell).items():
        if name != "bias_hh":  # the second bias is the first one's, or that of a GRU, which is compared above
            np.testing.assert_allclose(array, gradients[name], **CLOSE, strict=True)


# ---- what a sequence is -----------------------------------------------------------------------------------------

SMALL = [
    (cls, options, lengths)
    for cls in MODULES
    for options, lengths in [
        ({}, None),
        ({"bias": False}, [1, 3]),
        ({"num_layers": 2, "bidirectional": True}, [3, 2]),
        *([({"reset_after": True}, [2, 3])] if cls is nn.GRU else []),
        *([({"output_size": 2, "bidirectional": True}, [0, 3])] if cls is nn.SimpleRNN else []),
    ]
]


def run_with(cls, options, lengths):
    """A function of x and the parameters that runs a module, and values for them."""
    module = cls(2, 2, rng=rng(), **options)
    names = [name for name, _ in module.named_parameters()]

    def run(x, *parameters):
        for name, p in zip(names, parameters, strict=True):
            *path, last = name.split(".")
            setattr(module.cells[int(path[1])] if path else module, last, p)
        y, state = module(x, lengths=lengths)
        return np.concatenate([np.ravel(r) for r in (y, *(state if isinstance(state, tuple) else [state]))])

    return run, [rng(1).standard_normal((3, 2, 2)), *(p.data for p in module.parameters())]


@pytest.mark.parametrize(("cls", "options", "lengths"), SMALL)
def test_gradients_of_a_sequence_are_those_of_differences(cls, options, lengths):
    run, inputs = run_with(cls, options, lengths)
    some = inputs[:2]  # the others are compared with PyTorch's
    az.check_gradients(lambda *xs: run(*xs, *inputs[2:]), *some, order=2, most=2)


@pytest.mark.parametrize(("cls", "options", "lengths"), SMALL)
def test_fused_a_sequence_is_the_composed_one_twice_over(cls, options, lengths):
    run, inputs = run_with(cls, options, lengths)
    g = rng(2).standard_normal(run(*inputs).shape)

    def swept():
        leaves = [az.Tensor(a) for a in inputs]
        y = run(*leaves)
        first = az.gradient(y, leaves, az.Tensor(g), create_graph=True)
        slope = np.sum(np.stack([np.sum(d * d) for d in first]))
        return [y.data, *az.gradient(y, leaves, g), *az.gradient(slope, leaves)], len(az.Tape(y))

    composed, length = swept()
    with az.fused():
        fused, shorter = swept()
    assert shorter < length
    for a, b in zip(fused, composed, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(("cls", "options", "lengths"), SMALL)
def test_arrays_give_the_arrays_that_tensors_hold(cls, options, lengths):
    run, inputs = run_with(cls, options, lengths)
    np.testing.assert_array_equal(run(*inputs), run(*map(az.Tensor, inputs)).data, strict=True)


@pytest.mark.parametrize(("cls", "options", "lengths"), SMALL)
@pytest.mark.parametrize("fused", [False, True])
def test_float32_stays_float32(cls, options, lengths, fused):
    module = cls(2, 2, dtype=np.float32, **options)
    x = az.Tensor(rng().standard_normal((3, 2, 2)).astype(np.float32))
    with az.engine.mode.switched(fused=fused):
        y, _ = module(x, lengths=lengths)
        y.sum().backward()
    assert {y.dtype, x.grad.dtype, *(p.grad.dtype for p in module.parameters())} == {np.dtype(np.float32)}


@pytest.mark.parametrize("cls", MODULES, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("fused", [False, True])
def test_nothing_after_an_end_counts_not_even_nan(cls, fused):
    module, lengths = cls(D, H, 2, bidirectional=True, rng=rng()), np.array([4, 1, 0])
    x = rng(1).standard_normal((4, 3, D))
    after = np.arange(4)[:, None] >= lengths
    results = []
    for filler in (0.0, np.nan, 1e300):
        t = az.Tensor(np.where(after[..., None], filler, x))
        module.zero_grad()
        with az.engine.mode.switched(fused=fused):
            y, last = module(t, lengths=lengths)
            (y.sum() + sum(s.sum() for s in last)).backward()
        results.append([y.data, t.grad, *(p.grad for p in module.parameters())])
        assert not y.data[after].any() and not t.grad[after].any()
    for found in results[1:]:
        for a, b in zip(found, results[0], strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("cls", MODULES, ids=lambda cls: cls.__name__)
def test_a_sequence_of_no_steps_leaves_the_state(cls):
    h = rng(3).standard_normal((1, 2, H))
    _, last = cls(D, H).freeze()(np.ones((3, 2, D)), (h, h) if cls is nn.LSTM else h, lengths=[0, 3])
    last = last[0] if cls is nn.LSTM else last
    np.testing.assert_array_equal(last[0, 0], h[0, 0])
    assert not np.array_equal(last[0, 1], h[0, 1])


@pytest.mark.parametrize("cls", MODULES, ids=lambda cls: cls.__name__)
def test_a_single_sequence_needs_no_batch(cls):
    module, x = cls(D, H, 2, bidirectional=True, rng=rng()).freeze(), rng(1).standard_normal((5, D))
    (y, last), (ys, lasts) = module(x, lengths=3), module(x[:, None], lengths=[3])
    for a, b in zip((y, *last), (ys[:, 0], *lasts), strict=True):
        np.testing.assert_allclose(a, np.reshape(b, np.shape(a)), rtol=1e-13)


@pytest.mark.parametrize("cls", MODULES, ids=lambda cls: cls.__name__)
def test_the_backward_direction_is_the_forward_one_of_the_reversed_sequence(cls):
    both, one = cls(D, H, bidirectional=True, rng=rng()).freeze(), cls(D, H).freeze()
    one.cells[0] = both.cells[1]
    x = rng(1).standard_normal((5, 2, D))
    np.testing.assert_array_equal(both(x)[0][..., H:], one(x[::-1])[0][::-1])


@pytest.mark.parametrize("cls", MODULES, ids=lambda cls: cls.__name__)
def test_dropout_acts_between_layers_while_training(cls):
    module = cls(D, H, 2, dropout=0.5, rng=rng()).freeze()
    first, second = (cls(size, H).freeze() for size in (D, H))
    first.cells[0], second.cells[0] = module.cells
    x = rng(1).standard_normal((5, 2, D))
    y, _ = first(x)
    np.testing.assert_array_equal(module.eval()(x)[0], second(y)[0])
    module.train().dropout.rng = rng(7)
    D_switches = rng(7).random((5, 2, H)) >= 0.5
    np.testing.assert_allclose(module(x)[0], second(2.0 * D_switches * y)[0], rtol=1e-13)


@pytest.mark.parametrize("cls", MODULES, ids=lambda cls: cls.__name__)
def test_without_biases_and_reset_first_there_are_the_parameters_of_the_document(cls):
    wanted = {
        nn.SimpleRNN: "W U",
        nn.LSTM: "W_f U_f W_i U_i W_o U_o W_g U_g",
        nn.GRU: "W_c U_c W_z U_z W_r U_r",
    }[cls].split()
    assert [name for name, _ in cls(D, H, bias=False).cells[0].named_parameters()] == wanted


def test_the_output_map_is_applied_to_every_state():
    module = nn.SimpleRNN(D, H, output_size=2, rng=rng()).freeze()
    o, last = module(np.ones((5, 1, D)))
    V, module.V = module.V, None
    h, _ = module(np.ones((5, 1, D)))
    np.testing.assert_allclose(o, h @ V.T, rtol=1e-14)
    np.testing.assert_array_equal(last[0], h[-1])


# ---- on the tape ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cls", "names"),
    [
        (nn.SimpleRNN, ["h_t", "o_t"]),
        (nn.LSTM, ["f_t", "i_t", "o_t", "G_t", "C_t", "h_t"]),
        (nn.GRU, ["z_t", "r_t", "c_t", "h_t"]),
    ],
)
def test_a_tape_has_the_intermediates_and_a_call_of_the_cell_for_every_step(cls, names):
    module = cls(D, H, **({"output_size": 2} if cls is nn.SimpleRNN else {}))
    y, _ = module(az.Tensor(np.ones((6, 1, D))))
    tape = az.Tape(y)
    counts = Counter(node.name for node in tape if node.name)
    assert counts == {name: 1 if (cls, name) == (nn.SimpleRNN, "o_t") else 6 for name in names}
    calls = {scope for node in tape if node.scope for scope in node.scope.chain() if scope.label is module.cells[0]}
    assert len(calls) == 6
    assert {scope.path() for scope in calls} == {"cells.0"}


@pytest.mark.parametrize("cls", MODULES, ids=lambda cls: cls.__name__)
def test_a_long_sequence_is_swept(cls):
    module = cls(1, 1)
    module(np.ones((400, 1, 1)))[0].sum().backward()
    assert all(np.isfinite(p.grad).all() for p in module.parameters())


def test_a_cell_of_ones_own_is_unrolled():
    x = az.Tensor(np.arange(1.0, 5.0)[:, None])
    states = nn.unroll(lambda x_t, h: 0.5 * h + x_t, x, np.zeros(1))
    assert [h.item() for h in states] == [1.0, 2.5, 4.25, 6.125]
    np.testing.assert_array_equal(az.gradient(states[-1].sum(), [x])[0][:, 0], [0.125, 0.25, 0.5, 1.0])
    alive = np.array([True, True, False, False])[:, None]
    assert [h.item() for h in nn.unroll(lambda x_t, h: h + x_t, x, np.zeros(1), alive, reverse=True)] == [3, 2, 0, 0]


# ---- start, repr and bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", CELLS, ids=lambda cls: cls.__name__)
def test_parameters_start_in_the_interval_of_pytorch_and_fill_it(cls):
    for p in cls(30, 100, rng=rng()).parameters():
        assert np.abs(p.data).max() <= 0.1
        np.testing.assert_allclose(p.data.std(), 0.1 / np.sqrt(3.0), rtol=0.2)


def test_a_seed_gives_the_same_parameters_in_both_dtypes():
    double, single = (nn.LSTM(D, H, rng=rng(), dtype=dtype) for dtype in (None, np.float32))
    for a, b in zip(double.parameters(), single.parameters(), strict=True):
        np.testing.assert_array_equal(a.data.astype(np.float32), b.data, strict=True)


def test_repr_has_the_arguments():
    assert repr(nn.LSTMCell(3, 4, False)) == "LSTMCell(input_size=3, hidden_size=4, bias=False)"
    assert "(cells.1): SimpleRNNCell(input_size=4, hidden_size=4, bias=True)" in repr(nn.SimpleRNN(3, 4, 2))


X, STATE = np.ones((5, 2, D)), np.ones((1, 2, H))
INTEGERS = np.ones((5, 2, D), int)

BAD = [
    (lambda: nn.LSTM(0, 4), ValueError, ["LSTM: input_size must be a positive integer, got 0"]),
    (lambda: nn.GRU(3, 4, 0), ValueError, ["GRU: num_layers must be a positive integer, got 0"]),
    (lambda: nn.GRUCell(3, 2.0), ValueError, ["GRUCell: hidden_size must be a positive integer, got 2.0"]),
    (lambda: nn.SimpleRNN(3, 4, output_size=-1), ValueError, ["SimpleRNN: output_size must be a positive integer"]),
    (lambda: nn.LSTM(3, 4, dropout=1.0), ValueError, ["LSTM: dropout must lie in [0, 1), got 1.0"]),
    (lambda: nn.LSTM(3, 4, rng=0), TypeError, ["rng must be a np.random.Generator or None, got 0"]),
    *[
        (lambda cls=cls, make=make: make(cls), ValueError, texts)
        for cls in MODULES
        for make, texts in [
            (lambda cls: cls(D, H)(np.ones((5, 2, 7))), ["x of shape (5, 2, 7) must be (T, N, D)", "input_size = 3"]),
            (lambda cls: cls(D, H)(np.ones(D)), ["x of shape (3,) must be (T, N, D), or (T, D) for a single sequence"]),
            (
                lambda cls: cls(D, H, batch_first=True)(np.ones((5, D))),
                ["x of shape (5, 3) must be (N, T, D)", "a single sequence needs a batch axis"],
            ),
            (lambda cls: cls(D, H)(np.ones((5, 0, D))), ["x of shape (5, 0, 3) is empty: leave empty batches"]),
            (lambda cls: cls(D, H)(np.ones((0, 2, D))), ["x of shape (0, 2, 3) is empty"]),
            (lambda cls: cls(D, H)(INTEGERS), ["x must hold floats, got int64: write x.astype(float)"]),
            (
                lambda cls: cls(D, H)(X, (STATE[0],) * 2 if cls is nn.LSTM else STATE[0]),
                ["an initial state of shape (2, 4) does not fit: it must be (1, 2, 4)", "layers · directions"],
            ),
            (lambda cls: cls(D, H)(X, lengths=[5, 6]), ["lengths must be integers from 0 to T = 5", "from 5 to 6"]),
            (lambda cls: cls(D, H)(X, lengths=[5]), ["one for each sequence, shape (2,); got int64[1]"]),
            (lambda cls: cls(D, H)(X, lengths=[1.0, 2.0]), ["got float64[2]"]),
            (lambda cls: Net(cls(D, H))(np.ones((5, 2, 7))), ["part: x of shape (5, 2, 7)"]),
        ]
    ],
    *[
        (lambda cls=cls, make=make: make(cls(D, H)), ValueError, texts)
        for cls in CELLS
        for make, texts in [
            (lambda cell: cell(np.ones((2, 7))), ["x of shape (2, 7) does not fit U (4, 3)", "with input_size=7"]),
            (lambda cell: cell(1.0), ["x of shape () does not fit U (4, 3)"]),
            (lambda cell: cell(np.ones((0, D))), ["x of shape (0, 3) is empty: leave empty batches out"]),
            (lambda cell: cell(np.ones((2, D), int)), ["x must hold floats, got int64: write x.astype(float)"]),
            (
                lambda cell: cell(X[0], (STATE[0, :1],) * 2 if isinstance(cell, nn.LSTMCell) else STATE[0, :1]),
                ["h of shape (1, 4) does not fit x (2, 3)", "one state for each sample, shape (2, 4)"],
            ),
        ]
    ],
    *[
        (lambda call=call: call(np.ones((2, H)), np.ones((H, 2))), ValueError, ["weights U (4, 2) and W (2, 4) do not"])
        for call in [
            lambda W, U: nn.simple_rnn_cell(np.ones(2), np.ones(H), W, U),
            lambda W, U: nn.lstm_cell(np.ones(2), np.ones(H), np.ones(H), *(W, U) * 4),
            lambda W, U: nn.gru_cell(np.ones(2), np.ones(H), *(W, U) * 3),
        ]
    ],
    (lambda: nn.LSTMCell(D, H)(X[0], STATE[0]), ValueError, ["LSTMCell: the state of an LSTM is a pair (h, C)"]),
    (lambda: nn.LSTM(D, H)(X, STATE), ValueError, ["LSTM: the state of an LSTM is a pair (h, C)", "got a ndarray"]),
]


test_bad_input_is_refused = refused(BAD)
