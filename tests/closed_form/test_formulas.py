"""The rows are complete and consistent, their verdicts are computed, and the judge catches wrong formulas."""

import dataclasses
import inspect
import itertools
import math
import re
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from closed_form.readings import VERDICTS
from every import every

from autograd_zoo import closed_form
from autograd_zoo.closed_form import error, formulas
from autograd_zoo.closed_form import rows as all_rows
from autograd_zoo.closed_form.formula import arguments, by_differences
from autograd_zoo.closed_form.parts import Part, sharing
from autograd_zoo.closed_form.rows.build import rows
from autograd_zoo.closed_form.rows.samples import vectors
from autograd_zoo.zoo.dictionary import OTHERWISE, PREDICATES, READINGS
from autograd_zoo.zoo.entries import document, readings
from autograd_zoo.zoo.judge import judge
from autograd_zoo.zoo.verdicts import EXPECTED, judged

FAMILIES = """elementwise group activation loss pooling regularization linear conv normalization recurrent
attention block""".split()
ROWS = {row.id: row for row in formulas()}


@pytest.fixture(scope="module", autouse=True)
def samples_are_shared():
    with sharing():
        yield


each_row = every("row", ROWS.values(), ids=ROWS, by=lambda row: row.id.split(".")[0])
PRINTED_GRADIENTS = [row for row in ROWS.values() if row.forward is not None and row.source == "document"]


@each_row
def test_verdict(row):
    expected = VERDICTS.get(row.id, "exact")
    j = judged(row)
    assert str(j) == expected
    verdict = j.verdict
    assert EXPECTED.get(row.id) == str(j), (
        f"verdicts.json has {EXPECTED.get(row.id)} for {row.id}: run `python docs/generated.py`"
    )

    # What needs a correction has one that holds, and says why.
    assert (j.error_corrected is None) == (verdict == "exact")
    assert j.error_corrected is None or j.error_corrected < 1e-9
    assert (j.repair is not None) == (verdict == "wrong")
    assert all(len(a) <= len(b) for a, b in itertools.pairwise(_in_dictionary(row)))
    assert (row.mended is not None) == (verdict != "exact")
    assert (row.corrected_latex is not None) == (verdict != "exact")
    assert row.note or row.corrected_latex is None


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 110))
def test_a_verdict_is_the_same_with_each_seed_alone(seed):
    found = {row.id: str(judge(row, [seed])) for row in ROWS.values() if row.source == "document"}
    assert found == {id: VERDICTS.get(id, "exact") for id in found}


def _in_dictionary(row):
    return [letters for letters in row.readings if set(letters) <= set(READINGS)]


@each_row
def test_each_letter_of_a_reading_is_needed(row):
    reading = judged(row).reading if row.readings else None
    if reading and len(reading) > 1:
        assert {reading.replace(letter, "") for letter in reading} <= set(row.readings)
    assert all(set(letters) <= set(READINGS) | set(OTHERWISE) for letters in row.readings)


@pytest.mark.parametrize(("id", "letters"), [("recurrent.gru.dh", "DLP"), ("recurrent.gru.dr", "CDP")])
def test_one_precedence_holds_in_the_forward_and_in_the_backward_pass(id, letters):
    [error] = [trial.error for trial in judged(ROWS[id]).trials if trial.name == letters]
    assert error < 1e-14
    assert judged(ROWS["recurrent.gru.c"]).reading == "P"


def test_every_letter_is_used_and_every_predicate_parts_some_row():
    found = [judged(row) for row in ROWS.values() if row.source == "document"]
    assert {letter for j in found for letter in j.reading or ""} == set(READINGS)
    assert {j.within for j in found if j.within} == set(PREDICATES)
    tried = {
        letter for row in ROWS.values() for name in [*row.readings, *row.repairs] for letter in name.partition(":")[0]
    }
    assert set(OTHERWISE) <= tried


def test_without_a_letter_each_formula_that_has_it_fails():
    for reading in readings(document()):
        assert reading.rows and not any(error < 0.05 for _, error in reading.rows), reading.letter


@each_row
def test_row_is_consistent(row):
    family, specimen, quantity, *_ = row.id.split(".")
    assert (specimen, quantity) == (row.specimen, row.quantity)
    assert (row.forward is not None) == quantity.startswith("d")
    forms = vars(getattr(closed_form, family))
    if row.forward is not None and f"{specimen}_{quantity}" not in forms:
        assert row.corrected == Part(forms[f"{specimen}_gradients"], quantity[1:])
    elif quantity != "claim":
        assert row.corrected is forms[specimen if quantity == "y" else f"{specimen}_{quantity}"]
    assert row.place.startswith("Not printed") == (row.source == "ours")
    assert row.latex.count("{") == row.latex.count("}")


@every("row", PRINTED_GRADIENTS, ids=lambda row: row.id, by=lambda row: row.id.split(".")[0])
def test_a_closed_form_of_a_gradient_is_what_differences_give(row):
    assert error(row, row.corrected, np.random.default_rng(7), by_differences(row)) < 1e-8


@pytest.mark.parametrize("mend", [lambda dV: 2.0 * dV, lambda dV: -dV, lambda dV: (1 + 1e-6) * dV, lambda dV: dV.T])
def test_a_correction_that_does_not_hold_is_noticed(mend):
    row = ROWS["recurrent.simple_rnn.dV"]
    mended = dataclasses.replace(row, mended=lambda *arguments: mend(row.mended(*arguments)))
    assert judge(mended).error_corrected > 1e-7


def test_without_a_correction_there_is_no_error_of_it():
    assert judge(row_that_prints(lambda x: 2 * x)).error_corrected is None


def test_differences_know_nothing_of_the_gradient():
    row = ROWS["activation.tanh.dx"]
    given = arguments(row, np.random.default_rng(0))
    wrong = dataclasses.replace(row, corrected=lambda g, y, x: np.full_like(x, np.nan))
    np.testing.assert_allclose(by_differences(wrong)(*given), given[0] * (1 - given[1] ** 2), rtol=1e-9)
    forward = ROWS["activation.tanh.y"]
    assert by_differences(forward) is forward.corrected


def test_ids_are_unique_and_in_the_order_of_the_document():
    assert len(ROWS) == len(formulas())
    order = list(dict.fromkeys(row.id.split(".")[0] for row in formulas()))
    assert order == [family for family in FAMILIES if family in order]


@pytest.mark.parametrize("path", sorted(Path(all_rows.__file__).parent.glob("[a-z]*.py")), ids=lambda path: path.stem)
def test_a_file_of_rows_can_be_read_at_once_and_none_is_forgotten(path):
    assert path.read_text(encoding="utf-8").count("\n") <= 250
    file = import_module(f"{all_rows.__name__}.{path.stem}")
    assert {row.id for row in getattr(file, "FORMULAS", ())} <= ROWS.keys()


def test_every_closed_form_has_a_row():
    public = {
        value
        for family in {row.id.partition(".")[0] for row in formulas()}
        for name, value in vars(getattr(closed_form, family)).items()
        if inspect.isfunction(value)
        and not name.startswith("_")
        and f".closed_form.{family}" in value.__module__
        # What forms and kernels share has no source, and these compute many formulas at once.
        and ("Source:" in (value.__doc__ or "") or re.search(r"_d[A-Za-z]\w*$", name))
        and not name.endswith(("_cell", "_steps", "_gradients"))
    }
    assert public <= {row.corrected for row in formulas()}


MISSING = {
    "gradient": ("activation", "tanh", "da", r"closed_form/activation.py has no tanh_da.* `def tanh_da\(g, y, x\):`"),
    "forward": ("loss", "focal", "y", r"closed_form/loss.py has no focal, .* `def focal\(x\):`"),
    "intermediate": ("recurrent", "gru", "q", r"closed_form/recurrent_gru.py has no gru_q, .* `def gru_q\(x, h0, W_c"),
    "field": ("recurrent", "gru", "dq", r"closed_form/recurrent_gru.py has no gru_dq, .* `q: Array` in GRUGradients"),
}


@pytest.mark.parametrize(("family", "specimen", "quantity", "message"), MISSING.values(), ids=MISSING)
def test_a_row_without_a_closed_form_says_which_line_to_write(family, specimen, quantity, message):
    with pytest.raises(AttributeError, match=message):
        rows(f"{family}.{specimen}", "Not printed", vectors(1))[quantity]("y", lambda *_: 0.0)


def test_what_the_rows_of_a_specimen_share_is_said_once_and_may_be_said_anew_in_one():
    row = rows("recurrent.gru", "Recurrent modules, GRU", vectors(1), note="all", reset_after=True)
    dz = row["dz.second"](r"∂L/∂{\frac{a_{b_{c}}}{d}}+∂L/∂x", lambda *_: 0.0, note="one", place="Not printed; GRU")
    assert (dz.id, dz.quantity, dz.source) == ("recurrent.gru.dz.second", "dz", "ours")
    assert (dz.place, dz.note, row.y("y", lambda *_: 0.0).note) == ("Not printed; GRU", "one", "all")
    assert dz.latex == r"\frac{\partial{L}}{\partial{\frac{a_{b_{c}}}{d}}}+∂L/∂x"
    assert dz.corrected == Part(closed_form.recurrent.gru_gradients, "z")
    assert (dz.forward, dz.params) == (closed_form.recurrent.gru, {"reset_after": True})
    assert row.y("y", lambda *_: 0.0).place == "Recurrent modules, GRU, forward-pass"


MUTANTS = {
    "factor": lambda value: 2.0 * value,
    "small factor": lambda value: (1 + 1e-6) * value,
    "sign": lambda value: -value,
    "missing term": lambda value: np.zeros_like(value),
    "extra axis": lambda value: value[..., np.newaxis],
    "not a number": lambda value: value + np.nan,
}


@every(
    ("row", "mutate"),
    [
        pytest.param(row, mutate, id=f"{row.id}-{name}")
        for row in ROWS.values()
        for name, mutate in MUTANTS.items()
        # The smallest is tried on every gradient, the others, which are caught more easily, on what is printed.
        if row.forward is not None and (name == "small factor" or row.source == "document")
    ],
    by=lambda row, mutate: row.id.split(".")[0],
)
def test_the_judge_catches_a_wrong_gradient(row, mutate):
    def mutant(*arguments, **params):
        return mutate(np.asarray(row.corrected(*arguments, **params)))

    wrong = dataclasses.replace(row, printed=mutant, readings={"D": mutant}, repairs={}, mended=None, spread=())
    judgement = judge(wrong, range(2))
    assert judgement.verdict == "wrong"
    assert judgement.reading is None
    assert [name for name, _ in judgement.failed_readings] == ["D"]


def row_that_prints(printed):
    return dataclasses.replace(ROWS["activation.tanh.y"], printed=printed, corrected=lambda x: x)


def test_shapes_that_do_not_fit_have_an_infinite_error_and_what_is_infinite_none():
    row = row_that_prints(lambda x: x)
    assert error(row, lambda x: x @ np.ones(2), np.random.default_rng(0)) == math.inf
    assert error(row, lambda x: x[:1], np.random.default_rng(0)) == math.inf
    assert math.isnan(error(row, lambda x: x / 0.0, np.random.default_rng(0)))


def test_a_bug_in_a_transcription_is_not_a_verdict():
    with pytest.raises(TypeError):
        judge(row_that_prints(lambda: None))
