"""The judge: each typical mistake gets its diagnosis, none is called right, and closed forms are."""

import functools
from importlib import import_module

import numpy as np
import pytest
from every import every

import autograd_zoo as az
from autograd_zoo.closed_form.parts import Part
from autograd_zoo.engine.rules import RULES
from autograd_zoo.lab.paths import PATHS
from autograd_zoo.lab.questions import FOLDER, HINTS, LABS

FAMILIES = az.zoo.FAMILIES


def mistakes(family):
    return import_module(f"lab.mistakes.{family}").MISTAKES


def test_typical_mistakes_get_their_diagnosis(capsys):
    exact, count, missed = 0, 0, []
    for family in FAMILIES:
        rows = mistakes(family)
        assert len(rows) >= 15, family
        for k, (name, by, function, kind) in enumerate(rows):
            verdict = az.lab.judge(name, function, by=by)
            assert not verdict.ok, (family, k, verdict)
            assert verdict.kind in az.lab.KINDS and verdict.findings[0].text
            count, exact = count + 1, exact + (verdict.kind == kind)
            if verdict.kind != kind:
                missed.append(
                    f"{family} {k}, {name} by {by}: {kind} expected, {verdict.kind}: {verdict.findings[0].text}"
                )
    with capsys.disabled():
        print(
            f"\n{exact} of {count} typical mistakes get the diagnosis they should, {exact / count:.1%}",
            *missed,
            sep="\n",
        )
    assert exact >= 0.9 * count


def test_none_of_the_mistakes_is_told_a_right_number():
    """No text holds a number of the right gradient; findings hold nan."""
    verdict = az.lab.judge("multiply", lambda g, y, a, b: g * a)
    assert np.isnan([verdict.findings[0].found, verdict.findings[0].expected]).all() and not verdict.comparisons


SLOW = "deep_ inception dense_block shuffle bottleneck projected inverted xception decoder".split()
SOME = [s for s in az.zoo.ZOO if not any(word in s.name for word in SLOW)]


def called(args, params):
    """A call by the bytes of its arguments."""
    return (*(x.tobytes() if isinstance(x, np.ndarray) else x for x in args), *params.items())


@every(
    "specimen",
    [pytest.param(s, id=s.name, marks=[pytest.mark.slow] * (s.family == "block")) for s in SOME],
    by=lambda s: s.family,
)
def test_closed_forms_are_right_by_their_first_and_last_input(specimen):
    forms = specimen.gradients
    for by in {specimen.inputs[0], specimen.inputs[-1]}:
        form, found = forms[by] if by in forms else Part(forms["gradients"], by), {}

        @functools.wraps(form)
        def closed(*args, form=form, found=found, **params):
            exact = form(*args, **params)
            if isinstance(exact, np.ndarray):  # and not on a tape
                found[called(args, params)] = exact
            return exact

        @functools.wraps(form)
        def wrong(*args, form=form, found=found, **params):
            return -(exact if (exact := found.get(called(args, params))) is not None else form(*args, **params))

        assert az.lab.judge(specimen.name, closed, by=by).ok
        assert az.lab.judge(specimen.name, wrong, by=by).kind == "sign"


@every(("name", "variant"), [(n, k) for n in PATHS for k in range(len(az.zoo.BY_NAME[n].variants))])
def test_with_no_path_cut_a_pass_is_the_specimen(name, variant):
    specimen, (run, names) = az.zoo.BY_NAME[name], PATHS[name]
    params = specimen.variants[variant]
    for shape in specimen.shapes[:4]:
        inputs = specimen.sample(np.random.default_rng(1), shape)
        expected = np.asarray(specimen.run(*inputs, **params))
        for cut in ("", *names):
            np.testing.assert_allclose(np.asarray(run(cut, *inputs, **params)), expected, rtol=1e-9, atol=1e-9)


# Outside of the table: what was tried when the judge was done.
FRESH = {
    "only the factor": ("gelu", None, lambda g, y, x: g * 0.5 * (1 + np.tanh(0.8 * x)), "term"),
    "elu without its 1": ("elu", None, lambda g, y, x: g * np.where(x > 0, 1, np.exp(x) - 1), "term"),
    "the maps not summed": ("conv2d", "b", lambda g, y, x, W, b: g.sum(0), "batch sum"),
    "another row's sum": ("softmax", None, lambda g, y, x: y * (g - (g * y).sum(0)), "term"),
    "leaves the tape": ("tanh", None, lambda g, y, x: g * (1 - np.asarray(getattr(y, "data", y)) ** 2), "order 2"),
    "a stub": ("tanh", None, lambda g, y, x: ..., "unanswered"),
    "a string": ("tanh", None, lambda g, y, x: "g", "no numbers"),
    "the tape itself": ("tanh", None, lambda g, y, x: az.gradient(np.tanh(az.Tensor(x)), [az.Tensor(x)])[0], "raises"),
    "statistics held": (
        "instance_norm",
        None,
        lambda g, y, x, gamma, beta: (
            g
            * gamma.reshape(1, -1, *[1] * (x.ndim - 2))
            / np.sqrt(x.var(tuple(range(2, x.ndim)), keepdims=True) + 1e-5)
        ),
        "path",
    ),
}


@pytest.mark.parametrize(("name", "by", "function", "kind"), FRESH.values(), ids=FRESH)
def test_other_mistakes(name, by, function, kind):
    assert az.lab.judge(name, function, by=by).kind == kind


def test_several_gradients_at_once():
    both = az.lab.judge("multiply", lambda g, y, a, b: {"a": g * a, "b": g * a}, by=["a", "b"])
    assert not both.ok and both.kind == "other input" and "multiply by b: right" in str(both)
    assert az.lab.score().right == 1


def test_what_does_not_vary_is_said():
    verdict = az.lab.judge("huber", lambda g, y, x, t: g * np.clip(x - t, -1, 1) / x.size)
    assert verdict.ok and "does not take it" in verdict.notes[0]


def test_a_sum_over_all_samples_is_told_as_that_and_not_as_a_mask():
    text = az.lab.judge("softmax", lambda g, y, x: y * (g - np.sum(g * y))).findings[0].text
    assert "one sample gets into the gradient of another" in text and "mask" not in text


def test_what_is_no_function_is_told_by_its_type():
    assert "of type int" in az.lab.judge("softmax", 3).findings[0].text


def test_names_that_are_not_there():
    with pytest.raises(KeyError, match="did you mean 'softmax'"):
        az.lab.judge("sofmax", lambda: 0)
    with pytest.raises(ValueError, match="its inputs are x, W, b"):
        az.lab.judge("linear", lambda: 0, by="V")
    with pytest.raises(ValueError, match="no input ''"):
        az.lab.judge("linear", lambda: 0, by="")
    for name, by in ((3, None), ("linear", 3), ("linear", [3])):
        with pytest.raises(TypeError, match="got "):
            az.lab.judge(name, lambda: 0, by=by)
    assert az.lab.judge("normalization.batch_norm.dx", 3).kind == "signature"
    with pytest.raises(KeyError, match="no lab"):
        az.lab.begin("lab")
    assert set(az.lab.names()) == set(az.zoo.BY_NAME)


def test_hints_come_after_an_attempt_one_at_a_time():
    assert "First an attempt" in az.lab.hint("softmax")
    az.lab.judge("softmax", lambda g, y, x: ...)  # no attempt
    assert "First an attempt" in az.lab.hint("softmax")
    az.lab.judge("softmax", lambda g, y, x: g)
    assert [az.lab.hint("softmax")[:11] for _ in range(4)] == [
        "Hint 1 of 3",
        "Hint 2 of 3",
        "Hint 3 of 3",
        "Hint 3 of 3",
    ]
    assert "softmax by x  not yet, attempts: 1, hints: 3" in str(az.lab.score())


def test_every_file_of_questions_is_a_lab():
    assert sorted(LABS) == sorted(path.stem for path in FOLDER.glob("*.toml"))
    assert list(LABS)[:-1] == list(dict.fromkeys(specimen.family for specimen in az.zoo.ZOO))


def test_every_question_can_be_judged_and_has_a_hint():
    for lab in LABS:
        az.lab.begin(lab)
        assert {*HINTS} >= {question for question, _ in az.lab.score().rows}


@pytest.mark.parametrize("id", az.lab.names(misprints=True))
def test_the_misprint_hunt(id):
    row = az.zoo.errata.find(id)
    assert str(az.lab.hunt(id)).startswith(id)
    assert not az.lab.judge(id, row.printed).ok
    assert az.lab.judge(id, row.corrected).ok
    assert az.lab.judge(id, lambda *given, **params: -row.corrected(*given, **params)).kind == "sign"
    assert az.lab.judge(id, lambda *given, **params: 2 * row.corrected(*given, **params)).kind == "factor"


@pytest.mark.parametrize("function", [lambda g, y, x: g * (1 - y * y), lambda g, y, x: g, lambda g, y, x: 1 / 0])
def test_a_judged_function_is_no_operation_afterwards(function):
    az.lab.judge("tanh", lambda g, y, x: -g)
    before = set(RULES)
    az.lab.judge("tanh", function)
    assert set(RULES) == before
