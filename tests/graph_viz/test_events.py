"""The steps: what is shown after k of them is what NumPy gives for the first k, and a rule is true of its numbers."""

import math
import re

import numpy as np
import pytest
from every import every

import autograd_zoo as az
import graph_viz
from autograd_zoo.engine.rules import RULES, label
from autograd_zoo.primitives import special
from graph_viz.page import events, rules_text
from graph_viz.style import number
from graph_viz.summaries import summary
from graph_viz.trace import history


def found(*ys):
    names = [t.name or f"%{k}" for k, t in enumerate(history(ys))]
    return events.of(list(ys), names)


# By hand, of no rule table: each operation, and what it sends to its first and second argument.
BY_HAND = {
    "add": (np.add, lambda g, y, a, b: (g, g)),
    "multiply": (np.multiply, lambda g, y, a, b: (g * b, g * a)),
    "divide": (np.divide, lambda g, y, a, b: (g / b, -g * a / b**2)),
    "tanh": (np.tanh, lambda g, y, a: (g / np.cosh(a) ** 2,)),
    "exp": (np.exp, lambda g, y, a: (g * np.exp(a),)),
}


def deep():
    """An array reused in several places."""
    x, w = az.Tensor([[0.5, -1.0, 2.0]], name="x"), az.Tensor([[1.5, 0.1, -0.3]], name="w")
    h = np.tanh(x * w + x)
    return h * h / np.exp(w) + x


@pytest.mark.parametrize("make", [lambda: None, deep], ids=["neuron", "arrays"])
def test_after_k_steps_everything_is_as_a_replay_of_k_steps_says(make, neuron):
    """T1. The sum at the end of `deep` is left out of the replay: its gradient is 1 everywhere."""
    y = make()
    y = neuron if y is None else y
    y.backward(np.ones(y.shape), retain_grads=True)
    steps, recorded = found(y)
    nodes = history([y])
    values = {k: t.data for k, t in enumerate(nodes) if t.op is None}
    rank = {id(t): k for k, t in enumerate(nodes)}

    def arguments(k):
        t = nodes[k]
        return [s if x is None else values[rank[id(x)]] for x, s in zip(t.inputs, t.saved, strict=True)]

    grads, sent = {len(nodes) - 1: np.ones(y.shape)}, {}
    for k, step in enumerate(steps):
        if k < recorded:
            values[step.node] = BY_HAND[label(nodes[step.node].op)][0](*arguments(step.node))
            assert step.shown == pytest.approx(summary(values[step.node])) and step.source is None
            continue
        if k > recorded:
            t = nodes[step.source]
            parts = BY_HAND[label(t.op)][1](grads[step.source], values[step.source], *arguments(step.source))
            position = sent.setdefault(step.source, [i for i, x in enumerate(t.inputs) if x is not None]).pop(0)
            assert t.inputs[position] is nodes[step.node]
            part = np.broadcast_to(parts[position], nodes[step.node].shape)
            grads[step.node] = grads.get(step.node, 0.0) + part
            assert step.part == pytest.approx(summary(part))
        assert step.shown == pytest.approx(summary(grads[step.node]))
    assert recorded == sum(t.op is not None for t in nodes)
    assert not any(sent.values())


def test_the_last_step_is_the_gradient_of_the_sweep(y):
    """T2."""
    y.backward(retain_grads=True)
    nodes = history([y])
    last = {step.node: step.shown for step in found(y)[0] if step.source is not None}
    assert last.keys() == {k for k, t in enumerate(nodes) if t.grad is not None}
    for k, shown in last.items():
        assert shown == pytest.approx(summary(nodes[k].grad))


SEEN = np.array([[True, False, True], [False, False, False]])
SINGULAR = {
    "where": (lambda x: np.where(x.data > 0, np.sqrt(x), 0.0).sum(), [0.0, 4.0]),
    "infinite partner": (lambda x: np.where(x.data > 0, x, x * np.inf).sum(), [0.0, 4.0]),
    "norm": (lambda x: np.linalg.norm(x) + x.sum(), [0.0, 0.0]),
    "hypot": (lambda x: np.hypot(x[0], x[1]) * 2.0, [0.0, 0.0]),
    "softmax": (
        lambda x: (az.nn.softmax(np.where(SEEN[0], x, -np.inf)) * np.arange(3.0)).sum(),
        [1.0, np.nan, 2.0],
    ),
    "attention": (
        lambda x: az.nn.scaled_dot_product_attention(x[:2], x, x, SEEN).sum(),
        [[1.0, 2.0], [np.nan, np.inf], [0.5, -1.0]],
    ),
    "masked rows": (
        lambda x: np.where([[True], [False]], np.tanh(x @ az.Tensor([[1.0], [2.0]], name="w")), 0.0).sum(),
        [[1.0, 2.0], [np.nan, np.inf]],
    ),
    "taken, and nan": (lambda x: (np.sqrt(x) ** 2).sum(), [0.0, 4.0]),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("fused", [False, True], ids=["composed", "fused"])
@pytest.mark.parametrize("what", SINGULAR)
def test_at_singular_points_the_steps_add_up_to_the_engine_s_gradients(what, fused):
    """In a drawing too."""
    f, x = SINGULAR[what]
    with az.engine.mode.switched(fused=fused):
        y = f(az.Tensor(x, name="x"))
    y.backward(retain_grads=True)
    nodes = history([y])
    steps = [step for step in found(y)[0] if step.source is not None]
    last = {step.node: step.shown for step in steps}
    for k, t in enumerate(nodes):
        if t.grad is not None:
            np.testing.assert_allclose(last[k], summary(t.grad), rtol=1e-12, atol=1e-15)
            if t.shape == ():
                np.testing.assert_allclose(sum(step.part for step in steps if step.node == k), t.grad)
    drawn = graph_viz.to_networkx(y)
    for k, t in enumerate(nodes):
        np.testing.assert_array_equal(drawn.nodes[k]["grad"], summary(t.grad) if t.grad is not None else None)
    assert any(np.isnan(t.grad).any() for t in nodes if t.op is None) == (what == "taken, and nan")


def test_a_node_that_is_used_twice_gets_both_contributions():
    x = az.Tensor(3.0, name="x")
    steps, recorded = found(x * x)
    assert [(s.part, s.shown) for s in steps[recorded + 1 :]] == [(3.0, 3.0), (3.0, 6.0)]


TEXTS = {
    "x × w = 2 × (−3)": lambda x, w: x * w,
    "x − 1 = 2 − 1": lambda x, w: x - 1.0,
    "tanh(w) = tanh(−3)": lambda x, w: np.tanh(w),
    "concatenate(%1, %2, …, %8)": lambda x, w: np.concatenate([np.reshape(x, 1) for _ in range(8)]),
}


@pytest.mark.parametrize("text", TEXTS)
def test_an_operation_is_told_with_its_numbers(text):
    y = TEXTS[text](az.Tensor(2.0, name="x"), az.Tensor(-3.0, name="w"))
    steps, recorded = found(y)
    assert steps[recorded - 1].text == text


def test_the_steps_change_nothing(loss):
    """T8."""
    loss.backward()
    before = [(t.op, t.order, t.data.tobytes(), None if t.grad is None else t.grad.tobytes()) for t in history([loss])]
    found(loss)
    assert before == [
        (t.op, t.order, t.data.tobytes(), None if t.grad is None else t.grad.tobytes()) for t in history([loss])
    ]


def test_a_sweep_starts_where_it_can(neuron):
    array = az.Tensor([1.0, 2.0]) * 2.0
    assert events.starts([array]) == [] and len(found(array)[0]) == found(array)[1]
    array.backward(np.array([3.0, 4.0]), retain_grads=True)
    assert [s.shown for s in found(array)[0] if s.source is not None] == [(3.0, 4.0), (6.0, 8.0)]
    assert events.starts([neuron, neuron * 2.0][:1]) == [neuron]
    inner = neuron * 2.0
    assert events.starts([neuron, inner]) == [inner]


def test_a_sweep_from_two_results_adds_up():
    x = az.Tensor(2.0, name="x")
    a, b = x * 3.0, x * x
    steps, _ = found(a, b)
    assert [s.shown for s in steps if s.node == 0][-1] == 7.0


# ---- T3: the rule of every primitive -----------------------------------------------------------------------------


OURS = (
    "numpy",
    "autograd_zoo.primitives",
    "autograd_zoo.engine",
)  # modules and tests may bring primitives of their own


SCIPYS = {"psi" if name == "digamma" else name for name in special.UFUNCS}  # which are there once one was met


def test_every_primitive_has_a_rule():
    rows = {label(op): row for op, row in RULES.items() if str(getattr(op, "__module__", OURS[0])).startswith(OURS)}
    newer = {op for op in ("matvec", "vecmat") if not hasattr(np, op)}  # than the NumPy that is installed
    assert rows.keys() - {"freed"} - SCIPYS == rules_text.RULES.keys() - newer - SCIPYS
    for op, texts in rules_text.RULES.items():
        if op not in newer | SCIPYS and isinstance(rows[op].rules, tuple):
            assert len(texts) == len(rows[op].rules), op


SAMPLES = {"arccosh": (1.7,), "log": (2.5,), "floor_divide": (2.5, 0.7), "remainder": (2.5, 0.7), "fmod": (2.5, 0.7)}
PARAMS = {"mean_square": {"axis": ()}}
PYTHON = {"−": "-", "·": "*", "²": "**2", "^": "**", "√": "sqrt", "π": "pi"}
FORMULAS = {
    (op, i)
    for op, texts in rules_text.RULES.items()
    for i, text in enumerate(texts)
    if rules_text.is_formula(text)
    and op not in ("norm", "cast", "det", "einsum", "std", "var", "mean_square", "vecdot", "where", "clip")
    and not re.search("[iψ]", re.sub("[a-z]{2,}", "", text))  # complex, or SciPy's
}


def evaluated(text):
    """The number that a formula with numbers gives."""
    for symbol, python in PYTHON.items():
        text = text.replace(symbol, python)
    names = {name: getattr(np, name) for name in ("exp", "log", "sin", "cos", "sinh", "cosh", "sign", "sqrt", "round")}
    return eval(text, {"__builtins__": {}, "pi": math.pi, **names})


def called(op, arguments):
    """A primitive of numbers, recorded."""
    if op in SCIPYS:
        function = getattr(pytest.importorskip("scipy.special"), op)
    else:
        function = next(f for f in RULES if label(f) == op)
    return function(*arguments, **PARAMS.get(op, {}))


@every(("op", "position"), sorted(FORMULAS))
def test_the_numbers_that_are_shown_give_what_is_shown(op, position):
    """The formula with its numbers, which have four digits, evaluates to the contribution."""
    arity = len(rules_text.RULES[op])
    numbers = SAMPLES.get(op, (0.6, 0.35)[:arity])
    steps, recorded = found(called(op, [az.Tensor(v) for v in numbers]))
    parts = {s.node: s for s in steps[recorded + 1 :]}
    if rules_text.RULES[op][position] == rules_text.NOTHING:
        assert position not in parts or parts[position].part == 0.0
        return
    text = parts[position].text.rpartition(" = ")[2].replace("ȳ", "1")
    assert not re.search("[ȳyxab](?![a-z])", re.sub("[a-z]{3,}", "", text)), text
    assert evaluated(text) == pytest.approx(parts[position].part, rel=2e-3)


A = np.array([[2.0, 0.3, -0.4], [0.3, 1.5, 0.2], [-0.4, 0.2, 1.1]])
G = np.array([[1.0, -2.0, 0.5], [0.2, 0.7, -1.0], [2.0, 0.1, 0.4]])
B = np.array([[0.5, 1.0, -1.5], [2.0, -0.3, 0.8], [0.1, 0.9, 1.2]])
T = np.transpose


# Rules in words, and what they mean: the operation, and each cotangent from ȳ = G (cut to the shape of y), y, and A, B.
def _phi(m):
    return np.tril(m) - np.diag(np.diag(m)) / 2


WORDS = {
    "matmul": (np.matmul, 2, lambda g, y, a, b: (g @ b.T, a.T @ g)),
    "inv": (np.linalg.inv, 1, lambda g, y, x: (-y.T @ g @ y.T,)),
    "solve": (np.linalg.solve, 2, lambda g, y, a, b: (-np.linalg.solve(a.T, g) @ y.T, np.linalg.solve(a.T, g))),
    "det": (np.linalg.det, 1, lambda g, y, x: (g * y * np.linalg.inv(x).T,)),
    "norm": (np.linalg.norm, 1, lambda g, y, x: (g * x / y,)),
    "sum": (np.sum, 1, lambda g, y, x: (np.full(x.shape, g),)),
    "mean": (np.mean, 1, lambda g, y, x: (np.full(x.shape, g / x.size),)),
    "var": (np.var, 1, lambda g, y, x: (g * 2 * (x - x.mean()) / x.size,)),
    "std": (np.std, 1, lambda g, y, x: (g * (x - x.mean()) / (x.size * y),)),
    "max": (np.max, 1, lambda g, y, x: (g * (x == x.max()),)),
    "min": (np.min, 1, lambda g, y, x: (g * (x == x.min()) / (x == x.min()).sum(),)),
    "prod": (np.prod, 1, lambda g, y, x: (g * y / x,)),
    "logsumexp": (az.logsumexp, 1, lambda g, y, x: (g * np.exp(x) / np.exp(x).sum(),)),
    "cumsum": (lambda x: np.cumsum(x, axis=0), 1, lambda g, y, x: (g[::-1].cumsum(0)[::-1],)),
    "cumprod": (lambda x: np.cumprod(x, axis=0), 1, lambda g, y, x: ((g * y)[::-1].cumsum(0)[::-1] / x,)),
    "cholesky": (
        np.linalg.cholesky,
        1,
        lambda g, y, x: (
            sum(T(s, p) for p in ([0, 1], [1, 0])) / 2 for s in [T(np.linalg.inv(y)) @ _phi(y.T @ g) @ np.linalg.inv(y)]
        ),
    ),
    "transpose": (np.transpose, 1, lambda g, y, x: (g.T,)),
    "flip": (np.flip, 1, lambda g, y, x: (g[::-1, ::-1],)),
    "reshape": (lambda x: x.reshape(9), 1, lambda g, y, x: (g.reshape(3, 3),)),
    "tril": (np.tril, 1, lambda g, y, x: (np.tril(g),)),
    "triu": (np.triu, 1, lambda g, y, x: (np.triu(g),)),
    "trace": (np.trace, 1, lambda g, y, x: (g * np.eye(3),)),
    "diagonal": (np.diagonal, 1, lambda g, y, x: (np.diag(g),)),
    "getitem": (lambda x: x[1], 1, lambda g, y, x: (np.stack([0 * g, g, 0 * g]),)),
    "concatenate": (lambda a, b: np.concatenate([a, b]), 2, lambda g, y, a, b: (g[:3], g[3:])),
    "stack": (lambda a, b: np.stack([a, b]), 2, lambda g, y, a, b: (g[0], g[1])),
    "tile": (lambda x: np.tile(x, 2), 1, lambda g, y, x: (g[:, :3] + g[:, 3:],)),
    "pad": (lambda x: np.pad(x, 1), 1, lambda g, y, x: (g[1:-1, 1:-1],)),
    "maximum": (np.maximum, 2, lambda g, y, a, b: (g * (a > b), g * (b > a))),
    "minimum": (np.minimum, 2, lambda g, y, a, b: (g * (a < b), g * (b < a))),
    "where": (lambda a, b: np.where(A > 0, a, b), 2, lambda g, y, a, b: (g * (A > 0), g * (A <= 0))),
    "clip": (lambda x: np.clip(x, 0.0, 1.0), 1, lambda g, y, x: (g * ((x >= 0) & (x <= 1)),)),
}


@pytest.mark.parametrize("op", WORDS)
def test_rules_in_words_are_what_is_shown(op):
    function, arity, rule = WORDS[op]
    arrays = [A, B][:arity]
    tensors = [az.Tensor(array) for array in arrays]
    y = function(*tensors)
    assert label(y.op) == op
    g = np.resize(G, y.shape)
    y.backward(g, retain_grads=True)
    steps, recorded = found(y)
    first = rules_text.rule(op, 0) if op != "where" else rules_text.rule(op, 1)
    parts = [s for s in steps[recorded + 1 :]]
    assert parts[0].text == first
    for step, expected in zip(parts, rule(g, y.data, *arrays), strict=True):
        assert step.part == pytest.approx(summary(expected))


def test_a_primitive_of_ones_own_names_its_rule():
    @az.primitive
    def cube(x):
        return x**3

    az.defvjp(cube, lambda g, y, x: 3.0 * g * x * x)
    steps, _ = found(cube(az.Tensor(2.0)))
    assert (steps[-1].text, steps[-1].part) == ("the rule of cube", 12.0)


def test_numbers_in_a_rule_are_those_of_the_picture(neuron):
    """A number in a rule is written as on its node."""
    neuron.backward(retain_grads=True)
    shown = graph_viz.draw(neuron).svg()
    for step in found(neuron)[0]:
        for text in re.findall("[0-9.e]+", step.text.rpartition(" = ")[2] if "=" in step.text else ""):
            assert f">{text}<" in shown or f">−{text}<" in shown or text in ("1", "2"), step
        assert number(step.shown) in shown or step.node in {0, 1, 2, 3, 4}
