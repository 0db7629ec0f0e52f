"""The exercises of the course: silent before an attempt, the answer is accepted, and a wrong one gets a sentence."""

import re
from pathlib import Path

import numpy as np
import pytest
from every import every

import autograd_zoo as az
from autograd_zoo.lab.exercise import CHAPTERS, exercises, find

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
SCRIPTS = {path.stem[:2]: path.read_text(encoding="utf-8") for path in sorted(NOTEBOOKS.glob("[0-9][0-9]_*.py"))}
ASKED = re.compile(r'^(answer_\w+) = \.\.\.\naz\.lab\.exercise\("([^"]+)", \1(.*)\)$', re.MULTILINE)
GIVEN = {}  # what a chapter hands to an exercise beside the answer, for those where `right` depends on it


def names():
    return [f"{chapter}-{k}" for chapter in CHAPTERS for k in range(1, len(exercises(chapter)) + 1)]


@pytest.fixture(autouse=True)
def _a_new_score():
    az.lab.forget()
    yield
    az.lab.forget()


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
    for other in ("no idea", None, object(), {}, np.ones((7, 7, 7)), np.nan, [np.nan] * 3, lambda *_: None):
        verdict = az.lab.exercise(name, other, **given)
        assert not verdict.ok and verdict.findings[0].text, other


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
