"""The exercises of the course: silent before an attempt, the answer is accepted, and a wrong one gets a sentence."""

import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from every import every

import autograd_zoo as az
from autograd_zoo.lab.chapters import chapter_02
from autograd_zoo.lab.exercise import CHAPTERS, exercises, find

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
SCRIPTS = {path.stem[:2]: path.read_text(encoding="utf-8") for path in sorted(NOTEBOOKS.glob("[0-9][0-9]_*.py"))}
ASKED = re.compile(r'^(answer_\w+) = \.\.\.\naz\.lab\.exercise\("([^"]+)", \1(.*)\)$', re.MULTILINE)
GIVEN = {}  # what a chapter hands to an exercise beside the answer, for those where `right` depends on it


def slopes(f, at, g=None):
    """The tape's gradient of f at a point, by its only input."""
    x = az.Tensor(at)
    return az.gradient(f(x), [x], g)[0]


def windows(kind, at, g):
    """The tape's gradient of a pooling by three with stride 1."""
    return slopes(lambda x: kind(3, stride=1)(x), [[at]], [[g]])[0, 0]


def seen_by_four():
    """How many pixels one output of four poolings depends on."""
    four = az.nn.Sequential(*(az.nn.AvgPool1d(3, stride=2) for _ in range(4)))
    return np.count_nonzero(slopes(lambda x: four(x)[0, 0, 0], np.zeros((1, 1, 65))))


def average(w):
    """The mean of the neuron's loss over the two ways to throw a switch."""
    return sum((w * az.nn.dropout(np.ones(1), np.array([d]), q=0.5)[0] - 3) ** 2 for d in (0.0, 1.0)) / 2


Y = np.array([0.1, 0.7, 3.0])
TRUTH = {  # the same by the engine
    "00-1": lambda: slopes(lambda w: (np.tanh(w * find("00-1").right - 0.7) - 1) ** 2, 0.3),
    "00-2": lambda: slopes(lambda w: (1 / (1 + np.exp(-(w * 2.0 - 0.7))) - 1) ** 2, 0.3),
    "00-3": lambda: [slopes(lambda u: u * 3.0, 3.0), slopes(lambda u: 3.0 * u, 3.0)],
    "01-2": lambda: [
        float(slopes(f, at, g))
        for f, at, g in (
            (lambda a: a / 4.0, 3.0, 0.7),
            (lambda a: a / -2.0, 5.0, -1.3),
            (lambda b: 3.0 / b, 4.0, 0.7),
            (lambda b: 5.0 / b, -2.0, -1.3),
        )
    ],
    "01-3": lambda: sum(2.0**k for k in range(31)),
    "02-1": lambda: slopes(lambda a: np.sum(chapter_02.W * (a + np.zeros(4))), np.zeros((3, 1))),
    "02-2": lambda: slopes(lambda x: x @ np.array([[1.0, 4.0], [0.0, 3.0]]) @ x, [2.0, -1.0]),
    "02-3": lambda: slopes(lambda P: np.einsum("bij,bjk->bik", P, chapter_02.Q), np.ones((2, 3, 4)), chapter_02.G),
    "03-1": lambda: slopes(lambda b: np.array([3.0, 4.0, 5.0]) * b, [2.0, 0.0, -1.0], [1.0, -1.0, 2.0]),
    "03-2": lambda: slopes(lambda x: np.max(x) - np.min(x), [1.0, 5.0, 2.0, 5.0]),
    "03-3": lambda: slopes(lambda x: np.sum(x) * np.max(x), [1.0, 4.0, 2.0]),
    "04-1": lambda: np.prod(slopes(lambda x: az.nn.sigmoid(x).sum(), np.zeros(5))),
    "04-2": lambda: slopes(lambda x: az.nn.softplus(x).sum(), np.log(np.expm1(Y))),
    "04-3": lambda: slopes(lambda x: np.log(az.nn.softmax(x)[0]), np.log([0.2, 0.3, 0.5])),
    "05-1": lambda: az.nn.cross_entropy(np.full(1000, 1 / 1000), np.eye(1000)[0]),
    "05-2": lambda: slopes(lambda x: az.nn.softmax_cross_entropy(x, 2), [2.0, 0.0, -1.0]),
    "05-3": lambda: az.nn.softmax(np.log([0.9, 0.05, 0.05])),
    "06-1": lambda: windows(az.nn.MaxPool1d, [1.0, 5.0, 2.0, 5.0, 3.0], [1.0, 10.0, 100.0]),
    "06-2": lambda: windows(az.nn.AvgPool1d, [1.0, 5.0, 2.0, 5.0, 3.0], [3.0, 3.0, 3.0]),
    "06-3": seen_by_four,
    "07-1": lambda: slopes(lambda x: az.nn.dropout(x, np.array([1.0, 0.0, 1.0]), q=0.25), np.ones(3), [3.0, 6.0, 9.0]),
    "07-2": lambda: 1 - 1 / float(az.nn.dropout(az.nn.dropout(1.0, 1.0, q=0.2), 1.0, q=0.5)),
    "07-3": lambda: next(w for w in np.arange(0, 4, 0.125) if abs(slopes(average, w)) < 1e-12),
}


def names():
    return [f"{chapter}-{k}" for chapter in CHAPTERS for k in range(1, len(exercises(chapter)) + 1)]


@every("name", names(), ids=str)
def test_an_exercise_says_nothing_before_an_attempt_and_reveals_its_answer_after_one(name):
    az.lab.forget()
    assert az.lab.exercise(name, ...) is None
    assert az.lab.answer(name).startswith("First an attempt")
    assert not az.lab.score().rows
    az.lab.exercise(name, "no idea", **GIVEN.get(name, {}))
    assert find(name).code in az.lab.answer(name)


@every("name", names(), ids=str)
def test_at_least_two_mistakes_get_a_sentence_of_their_own_which_does_not_tell_the_answer(name):
    asked, given = find(name), GIVEN.get(name, {})
    assert len(asked.mistakes) >= 2
    for mistake, sentence in asked.mistakes:
        verdict = az.lab.exercise(name, mistake, **given)
        assert not verdict.ok
        assert verdict.findings[0].text == sentence, f"{mistake}: {verdict}"
    answers = {line.partition("= ")[2] for line in asked.code.splitlines()}
    for text in (asked.hint, *(sentence for _, sentence in asked.mistakes)):
        assert len(text) >= 18 and text[-1] in ".?", text
        assert not any(len(answer) > 3 and answer in text for answer in answers), text


@every("name", names(), ids=str)
def test_what_is_not_asked_for_is_refused(name):
    given = GIVEN.get(name, {})
    for other in (
        "no idea",
        None,
        object(),
        {},
        np.ones((7, 7, 7)),
        np.nan,
        np.ma.masked,
        [np.nan] * 3,
        lambda *_: None,
    ):
        verdict = az.lab.exercise(name, other, **given)
        assert not verdict.ok and verdict.findings[0].text, other


@every("name", TRUTH, ids=str)
def test_the_right_answer_is_what_the_engine_says(name):
    right, truth = (np.asarray(value, float) for value in (find(name).right, TRUTH[name]()))
    assert right.shape == truth.shape
    assert np.allclose(right, truth, rtol=1e-12, atol=1e-12)


@every("chapter", CHAPTERS, ids=str)
def test_a_chapter_asks_its_exercises_one_a_cell_in_their_order(chapter):
    count = len(exercises(chapter))
    assert count >= 3
    assert [name for _, name, _ in ASKED.findall(SCRIPTS[chapter])] == [f"{chapter}-{k + 1}" for k in range(count)]
    assert "<details>" not in SCRIPTS[chapter]


@pytest.mark.parametrize("name", ["00-0", "00-9", "99-1", "softmax", ""])
def test_an_exercise_that_there_is_not_is_told(name):
    with pytest.raises(KeyError, match="there is no exercise"):
        az.lab.exercise(name, 1.0)
    with pytest.raises(KeyError, match="there is no exercise"):
        az.lab.exercise(3, 1.0)


FORMS = {
    "a Tensor": lambda a: az.Tensor(np.array(a)),
    "Tensors": lambda a: [az.Tensor(v) for v in a] if isinstance(a, list) else az.Tensor(a),
    "fractions": lambda a: [Fraction(v) for v in a] if isinstance(a, list) else Fraction(a),
    "decimals": lambda a: tuple(Decimal(str(v)) for v in a) if isinstance(a, list) else Decimal(str(a)),
    "float32": lambda a: np.array(a, np.float32),
    "objects": lambda a: np.array(a, object),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_right_numbers_are_right_in_any_form(form):
    right = {"03-2": [-1.0, 0.5, 0.0, 0.5], "06-3": 31.0, "09-3": [27.0, 3.0, 1.0, 9.0], "16-1": 2.9}
    for name, numbers in right.items():
        assert az.lab.exercise(name, FORMS[form](numbers)).ok, name
    assert az.lab.exercise("13-1", FORMS[form]([1.1**20, 0.1**20])).ok


@pytest.mark.parametrize("other", [np.array([1, 3, 9, 27]) + 0j, ["1", "3", "9", "27"], [np.inf] * 4, [True] * 4])
@pytest.mark.filterwarnings("error")
def test_what_could_be_read_as_numbers_is_no_list_of_dilations(other):
    verdict = az.lab.exercise("09-3", other)
    assert not verdict.ok and "asked for" in str(verdict)


def test_scores_may_be_large():
    assert az.lab.exercise("05-3", np.log([0.9, 0.05, 0.05]) + 1000.0).ok


def test_a_function_that_writes_into_what_it_is_given_leaves_the_exercise_as_it_was():
    def clears(g, y, x, beta=None):
        g[:] = y[:] = x[:] = 0.0
        return g

    def leaves(*_):
        raise SystemExit(3)

    for name, right in {
        "15-1": lambda g, y, x: g * (1 - np.abs(y)) ** 2,
        "15-3": lambda g, y, x, beta: g * (beta * y + az.nn.sigmoid(beta * x) * (1 - beta * y)),
    }.items():
        assert not az.lab.exercise(name, clears).ok
        assert "SystemExit: 3" in str(az.lab.exercise(name, leaves))
        assert az.lab.exercise(name, lambda *given, right=right: az.Tensor(right(*given))).ok
