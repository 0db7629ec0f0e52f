"""The rule decides alone: what the judge makes of rows whose verdicts are known beforehand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autograd_zoo.closed_form import Formula
from autograd_zoo.zoo import judge
from autograd_zoo.zoo.dictionary import OTHERWISE, PREDICATES, READINGS, filled, holding

PAGE = Path(__file__).parents[2] / "docs" / "verdicts.md"


def row(printed, *, readings=None, repairs=None, spread=(), corrected=lambda x: x, **more):
    return Formula(
        id="none.none.y",
        specimen="none",
        quantity="y",
        place="nowhere",
        latex="y",
        printed=printed,
        corrected=corrected,
        readings=readings or {},
        repairs=repairs or {},
        sample=lambda rng: (rng.standard_normal(3),),
        spread=spread,
        source="ours",
        **more,
    )


TIED = {"sample": lambda rng: (np.repeat(rng.standard_normal(), 2),)}
WITH_ZEROS = {"sample": lambda rng: (np.zeros(3),)}
ALONE = {"sample": lambda rng: (rng.standard_normal(1),)}


def doubled(x):
    return 2 * x


RULE = {
    "exact": (row(lambda x: x, spread=(TIED, WITH_ZEROS)), "exact"),
    "one size fails": (row(lambda x: x * (len(x) > 1), spread=(ALONE,)), "wrong"),
    "a predicate parts": (
        row(lambda x: x * (x[0] != x[-1]), spread=(TIED,)),
        "exact within: the maximum is unique",
    ),
    "a predicate parts, but not all that hold": (
        row(lambda x: x * (len(x) == 1), spread=(TIED, ALONE)),
        "wrong",
    ),
    "within comes before a reading": (
        row(lambda x: x * (x[0] != x[-1]), spread=(TIED,), readings={"D": lambda x: x}),
        "exact within: the maximum is unique",
    ),
    "a reading": (row(doubled, readings={"D": lambda x: 3 * x, "O": lambda x: x}), "reading: O"),
    "fewer letters first": (row(doubled, readings={"D": lambda x: x, "DO": lambda x: x}), "reading: D"),
    "a reading that fails for one case": (
        row(doubled, readings={"D": lambda x: x * (len(x) > 1)}, spread=(ALONE,)),
        "wrong",
    ),
    "no letter of the dictionary": (row(doubled, readings={"b": lambda x: x, "Db": lambda x: x}), "wrong"),
    "a repair is no reading, however small": (row(doubled, repairs={"2 is dropped": lambda x: x}), "wrong"),
}


@pytest.mark.parametrize(("formula", "verdict"), RULE.values(), ids=RULE)
def test_the_rule(formula, verdict):
    assert str(judge(formula)) == verdict
    assert str(judge(formula, range(100, 103))) == verdict


def test_all_that_was_tried_is_told_with_its_error_on_every_sample():
    formula = row(doubled, readings={"D": lambda x: 3 * x}, repairs={"2 is dropped": lambda x: x}, spread=(ALONE,))
    found = judge(formula, iter([1, 2]))
    assert [(t.kind, t.name, len(t.errors)) for t in found.trials] == [
        ("printed", "", 4),
        ("reading", "D", 4),
        ("repair", "2 is dropped", 4),
    ]
    assert found.repair == "2 is dropped"
    [(name, size)] = found.failed_readings
    assert name == "D" and size > found.error_printed > 0.1


def test_an_error_that_is_not_finite_is_none_that_holds():
    found = judge(row(lambda x: x * np.where(x == 0, np.nan, 1), spread=(WITH_ZEROS,), repairs={"a": lambda x: x}))
    assert str(found) == "exact within: no element of x is 0" and np.isnan(found.error_printed)


def test_no_seed_is_refused():
    with pytest.raises(ValueError, match="judge expects at least one seed, got none: pass"):
        judge(row(doubled), [])


def test_the_letters_are_single_and_of_two_cases():
    assert all(len(c) == 1 and c.isupper() for c in READINGS)
    assert all(len(c) == 1 and c.islower() for c in OTHERWISE)


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        ({"x": np.array([1.0, 2.0])}, {"the maximum is unique": True, "no element of x is 0": True}),
        ({"x": np.array([2.0, 2.0])}, {"the maximum is unique": False}),
        ({"x": np.zeros(2)}, {"no element of x is 0": False}),
        (
            {"x": np.array([[1.0, 1.0, 0.0, 2.0]]), "kernel_size": (1, 2), "stride": 2},
            {"the maximum is unique": False},
        ),
        ({"x": np.eye(4), "kernel_size": 3, "stride": 1}, {"the maximum is unique": False}),
        ({"size": np.array([4, 6])}, {"sizes are even": True}),
        (
            {"size": np.array([6]), "kernel_size": 5, "stride": 2, "padding": 2, "dilation": 1},
            {"sizes are even": True, "the stride divides": False},
        ),
        ({"n": 3}, {}),
    ],
)
def test_predicates_are_computed_from_what_is_there(view, expected):
    found = holding(view)
    assert set(found) <= set(PREDICATES)
    assert {name: found[name] for name in expected} == expected


def test_a_case_of_the_spread_has_its_own_parameters():
    formula = row(lambda x, k: k * x, corrected=lambda x, k: 2 * x, params={"k": 2})
    assert str(judge(formula)) == "exact"
    assert str(judge(replace(formula, spread=({"params": {"k": 3}},)))) == "wrong"


def test_the_page_has_the_dictionary_as_it_is():
    text = PAGE.read_text(encoding="utf-8")
    assert text == filled(text), "write it anew: python docs/generated.py"
    assert all(f"| {c} | {meaning} |" in text for c, meaning in (READINGS | OTHERWISE).items())
