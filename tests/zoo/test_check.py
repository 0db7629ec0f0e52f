"""The check catches what is wrong: closed forms, rules, fused rules, and verdicts; and it says which."""

import inspect
import sys
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from every import every

import autograd_zoo as az
from autograd_zoo import closed_form, zoo
from autograd_zoo.cli import main
from autograd_zoo.engine.rules import RULES, Primitive
from autograd_zoo.engine.tensor import Tensor
from autograd_zoo.engine.values import raw
from autograd_zoo.kernels import twins
from autograd_zoo.zoo.check import TOLERANCE, compare, error
from autograd_zoo.zoo.verdicts import EXPECTED

pytestmark = pytest.mark.usefixtures("wide_terminal")
KERNELS = {against for against in TOLERANCE if against.startswith(("kernel", "compiled"))}


def failed(report):
    return {(row.quantity, row.against) for row in report.failures}


def quick(*names):
    return zoo.check(*names, seeds=[0])


def test_all_is_well():
    assert quick("tanh", "linear").ok
    assert main(["check", "tanh", "--seeds", "1"]) == 0


MUTANTS = {
    "factor": lambda form: lambda *args, **params: 2.0 * form(*args, **params),
    "small factor": lambda form: lambda *args, **params: (1.0 + 1e-9) * form(*args, **params),
    "sign": lambda form: lambda *args, **params: -form(*args, **params),
    "missing term": lambda form: lambda *args, **params: np.zeros_like(form(*args, **params)),
    "order": lambda form: lambda *args, **params: np.flip(form(*args, **params)),
    "transpose": lambda form: lambda *args, **params: np.transpose(form(*args, **params)),
    "not a number": lambda form: lambda *args, **params: form(*args, **params) + np.nan,
}


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_a_wrong_closed_form_is_caught(monkeypatch, mutant):
    monkeypatch.setattr(closed_form.linear, "linear_dW", mutant(closed_form.linear.linear_dW))
    report = quick("linear")
    assert not report.ok
    assert failed(report) == {("dW", "closed form")}


@pytest.mark.parametrize(("name", "quantity"), [("linear", "y"), ("linear_dW", "dW")])
def test_a_wrong_closed_form_makes_the_command_fail(monkeypatch, capsys, name, quantity):
    monkeypatch.setattr(closed_form.linear, name, MUTANTS["sign"](getattr(closed_form.linear, name)))
    assert main(["check", "linear", "--seeds", "1"]) == 1
    assert f"WRONG: linear {quantity}, tape against closed form" in capsys.readouterr().out


@cache
def sampled(specimen):
    """Data for the first input of a specimen, and the others, which for some take longer to draw than to check."""
    x = specimen.domain(np.random.default_rng(0), specimen.shapes[1])
    return x, specimen.sample(np.random.default_rng(0), specimen.shapes[1], x)[1:]


@every("specimen", zoo.ZOO, ids=lambda s: s.name, by=lambda specimen: specimen.family)
def test_no_closed_form_of_a_gradient_may_be_a_little_off(specimen):
    one = replace(specimen, variants=specimen.variants[:1], smooth=False)

    def off(exact):  # that of V is None where a fused cell, which has none, asks for all
        return None if exact is None else exact + 1e-9 * (1.0 + np.abs(exact))

    def nearly(form):
        def nearly(*args, **params):
            exact = form(*args, **params)
            return exact._replace(**{x: off(getattr(exact, x)) for x in one.inputs}) if joint else off(exact)

        return nearly

    joint = "gradients" in one.gradients
    x, others = sampled(specimen)  # x is given as data, for which no differences are taken
    one = replace(one, others=lambda rng, x: others)
    with pytest.MonkeyPatch.context() as patch:
        for form in one.gradients.values():
            patch.setattr(one.formulas, form.__name__, nearly(form))
        # some kernels call the closed form
        patch.setattr(sys.modules[compare.__module__], "_by_kernels", lambda *sample: ())
        cases = list(compare(one, seed=0, data=x))
    wrong = {(c.quantity, c.against) for c in cases if not c.error <= TOLERANCE[c.against]}
    assert {(f"d{name}", "closed form") for name in one.inputs} <= wrong
    assert {against for _, against in wrong} <= {"closed form", "fused"}


@pytest.mark.parametrize("returned", [lambda all: list(all), lambda all: closed_form.recurrent.GRUGates(*all[:3])])
def test_all_gradients_at_once_have_to_have_their_names(monkeypatch, returned):
    gradients = closed_form.recurrent.gru_gradients
    monkeypatch.setattr(closed_form.recurrent, "gru_gradients", nearly := lambda *args: returned(gradients(*args)))
    nearly.__name__ = "gru_gradients"
    with pytest.raises(TypeError, match=r"gru_gradients must return a NamedTuple .* x, h0, W_c, .* x is missing"):
        quick("gru")


def runs(code, call):
    """Whether `call` runs the code."""
    seen = set()
    sys.setprofile(lambda frame, event, argument: seen.add(frame.f_code))
    try:
        call()
    finally:
        sys.setprofile(None)
    return code in seen


@every("specimen", zoo.ZOO, ids=lambda s: s.name, by=lambda specimen: specimen.family)
def test_a_module_is_not_compared_with_itself_and_with_nothing_less(specimen):
    x, others = sampled(specimen)
    inputs, count = (specimen.accept(x), *others), len(specimen.inputs)
    given = [*map(Tensor, inputs[:count]), *inputs[count:]]
    form, params = inspect.unwrap(specimen.forward), specimen.variants[0]
    assert specimen.is_closed_form == runs(form.__code__, lambda: specimen.run(*given, **params))
    one = replace(specimen, variants=specimen.variants[:1], smooth=False, others=lambda rng, x: others)
    with pytest.MonkeyPatch.context() as patch:  # kernels are compared with the tape
        patch.setattr(sys.modules[compare.__module__], "_by_kernels", lambda *sample: ())
        compared = {(c.quantity, c.against) for c in compare(one, seed=0, data=x)}
    assert (("y", "closed form") in compared) != specimen.is_closed_form


@every("specimen", [s for s in zoo.ZOO if s.is_closed_form], ids=lambda s: s.name)
def test_what_is_not_compared_with_itself_is_judged_by_a_transcription(specimen):
    """And PyTorch is the witness of the modules, in tests/families."""
    forward = inspect.unwrap(specimen.forward)
    judged = [row for row in specimen.rows if inspect.unwrap(row.corrected) is forward]
    assert judged and all(inspect.unwrap(row.printed) is not forward for row in judged)


def test_the_report_says_where_nothing_is_compared():
    report = quick("tanh", "gru")
    assert report.closed == ("tanh",)
    assert next(line for line in report.table() if line[1] == "y")[2] == "the same"
    assert "the same: the module's forward pass is the closed form itself" in str(report)
    assert "the same" not in str(quick("gru"))


def doubled(form):
    """A kernel that gives twice what the closed form does."""
    return lambda *args, **params: 2.0 * form(*args, **params)


FIRST = {"closed form", "differences", "fused"}
RULES_OF_TANH = {
    "factor": (lambda g, y, x: 2.0 * g * (1.0 - y * y), FIRST),
    "sign": (lambda g, y, x: -g * (1.0 - y * y), FIRST),
    "missing term": (lambda g, y, x: g * (1.0 - y), FIRST),
    "order": (lambda g, y, x: np.flip(g * (1.0 - y * y)), FIRST),
    "not a number": (lambda g, y, x: g * (1.0 - y * y) * np.nan, FIRST),
    "right at order 1 only": (lambda g, y, x: g * (1.0 - raw(y) * raw(y)), {"order 2"}),
}


@pytest.mark.parametrize(("rule", "expected"), RULES_OF_TANH.values(), ids=RULES_OF_TANH)
def test_a_wrong_rule_is_caught(monkeypatch, rule, expected):
    monkeypatch.setitem(RULES, np.tanh, Primitive(np.tanh, (rule,), None, True))
    report = quick("tanh")
    assert expected <= {against for quantity, against in failed(report) if quantity == "dx"}
    assert ("y", "closed form") not in failed(report)
    assert main(["check", "tanh", "--seeds", "1"]) == 1


def fused_row():
    with az.fused():
        return RULES[az.nn.tanh(az.Tensor([1.0])).op]


def multiplied(monkeypatch, factor):
    """The fused tanh has a gradient that is `factor(g)` times its own."""
    row = fused_row()
    found = row.cotangents
    monkeypatch.setattr(
        row, "cotangents", lambda n, w, args: [(x, factor(args[0]) * dx) for x, dx in found(n, w, args)]
    )


def test_a_wrong_fused_rule_is_caught(monkeypatch):
    multiplied(monkeypatch, lambda g: 2.0)
    assert failed(quick("tanh")) >= {("dx", "fused")}


def test_a_fused_rule_that_is_wrong_at_order_2_only_is_caught(monkeypatch):
    multiplied(monkeypatch, lambda g: 2.0 if isinstance(g, Tensor) else 1.0)
    assert failed(quick("tanh")) == {("dx", "order 2, fused")}


@pytest.mark.parametrize(("name", "quantity"), [("tanh", "y"), ("tanh_dx", "dx")])
def test_a_wrong_kernel_is_caught(monkeypatch, capsys, name, quantity):
    form = getattr(closed_form.activation, name)
    monkeypatch.setitem(twins.KERNELS, form, doubled(form))
    found = failed(quick("tanh"))
    assert found >= {(quantity, "kernel"), (quantity, "kernel, float32")}
    assert {against for _, against in found} <= KERNELS  # a compiled kernel may leave it to that in NumPy
    assert main(["check", "tanh", "--seeds", "1"]) == 1
    assert f"WRONG: tanh {quantity}, tape against kernel: " in capsys.readouterr().out


@pytest.mark.skipif(not twins.compiled(), reason="numba is not installed, or switched off: nothing is compiled")
@pytest.mark.parametrize(("name", "quantity"), [("sigmoid", "y"), ("sigmoid_dx", "dx")])
def test_a_wrong_compiled_kernel_is_caught(monkeypatch, capsys, name, quantity):
    form = getattr(closed_form.activation, name)
    monkeypatch.setitem(twins.compiled(), form, doubled(form))
    found = failed(quick("sigmoid"))
    assert (quantity, "compiled, float32") in found
    assert {against for _, against in found} <= {"compiled", "compiled, float32"}
    assert main(["check", "sigmoid", "--seeds", "1"]) == 1
    assert f"WRONG: sigmoid {quantity}, tape against compiled, float32: " in capsys.readouterr().out


def test_every_module_whose_forms_have_kernels_is_compared_with_them():
    for specimen in zoo.ZOO:
        forms = {specimen.forward, *specimen.gradients.values()}
        if forms & twins.TWINS.keys():
            one = replace(specimen, shapes=specimen.shapes[1:2], variants=specimen.variants[:1], smooth=False)
            assert "kernel" in {c.against for c in compare(one, seed=0, steps=False)}, specimen.name


@pytest.mark.parametrize("verdict", ["exact", "wrong", "reading", "reading: E", None])
def test_a_changed_verdict_is_reported(monkeypatch, capsys, verdict):
    if verdict is None:
        monkeypatch.delitem(EXPECTED, "activation.tanh.dx")
    else:
        monkeypatch.setitem(EXPECTED, "activation.tanh.dx", verdict)
    report = quick("tanh")
    assert not report.ok and not report.failures
    assert [j.formula.id for j in report.changed] == ["activation.tanh.dx"]
    assert main(["check", "tanh", "--seeds", "1"]) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert f"CHANGED: activation.tanh.dx is reading: D, on record as {verdict or 'nothing'}" in out
    assert "; 1 verdict changed." in out


def test_specimens_are_found_by_name_and_family_each_once():
    assert [s.name for s in zoo.find(["tanh", "tanh", "relu"])] == ["tanh", "relu"]
    assert {s.family for s in zoo.find(["loss"])} == {"loss"}
    assert zoo.find() == list(zoo.ZOO)
    activations = [s.name for s in zoo.ZOO if s.family == "activation"]
    assert [s.name for s in zoo.find(["sigmoid", "activation"])] == [
        "sigmoid",
        *(n for n in activations if n != "sigmoid"),
    ]


UNKNOWN = [
    ("sofmax", "the zoo has no 'sofmax': did you mean softmax?"),
    ("activations", "the zoo has no 'activations': did you mean activation?"),
    ("xyzzy", "the zoo has no 'xyzzy': the families are elementwise, group, "),
]


@pytest.mark.parametrize(("name", "text"), UNKNOWN)
def test_an_unknown_name_is_refused_with_the_nearest_one(name, text):
    with pytest.raises(KeyError) as caught:
        zoo.check("tanh", name)
    assert text in caught.value.args[0]


def test_no_seed_is_refused():
    with pytest.raises(ValueError, match="at least one seed: with none, nothing is compared"):
        zoo.check("tanh", seeds=[])


def test_seeds_may_be_an_iterator_and_count_but_for_differences():
    one, two = (zoo.check("add", seeds=iter(seeds)) for seeds in ([3], [3, 4]))
    factor = {row.against: b.cases / row.cases for row, b in zip(one.rows, two.rows, strict=True)}
    assert factor == {"closed form": 2, "fused": 2, "differences": 1, "order 2": 1, "order 2, fused": 1}


def test_progress_wraps_the_specimens():
    seen = []

    def progress(specimens):
        for specimen in specimens:
            seen.append(specimen.name)
            yield specimen

    zoo.check("add", "multiply", seeds=[0], progress=progress)
    assert seen == ["add", "multiply"]


FAMILIES = ("elementwise", "group", "activation", "loss", "regularization", "linear")


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
def test_real_data_with_its_zeros_and_ties_is_checked_without_differences(dtype):
    pixels = np.random.default_rng(0).integers(0, 17, (6, 9)).astype(dtype)
    report = zoo.check(*FAMILIES, data=pixels, seeds=[0])
    assert report.ok, "\n".join(report.problems())
    assert {row.against for row in report.rows} - KERNELS == {"closed form", "fused"}
    assert "comparisons on real data, 0 disagree" in report.summary()


def test_a_check_leaves_the_data_as_it_was():
    pixels = np.arange(12.0).reshape(3, 4)
    pixels.flags.writeable = False
    zoo.check("softmax", "cross_entropy", data=pixels, seeds=[0])


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([1.0, 2.0], [1.0, 2.0], 0.0),
        ([1.0, 2.5], [1.0, 2.0], 0.25),
        ([0.0, 0.5], [0.0, 0.0], 0.5),
        ([], [], 0.0),
        ([[1.0]], [1.0], np.inf),
        ([np.nan], [np.nan], np.inf),
        ([np.inf], [np.inf], np.inf),
    ],
)
def test_the_error_is_relative_to_the_largest_number(a, b, expected):
    assert error(np.array(a), np.array(b)) == expected
