"""Specimens: each row of the zoo has its closed forms, its formulas and its verdicts, and passes its check."""

import inspect
import json
import re
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest
from every import every

from autograd_zoo import Tape, closed_form, zoo
from autograd_zoo.zoo.report import Report
from autograd_zoo.zoo.verdicts import EXPECTED, judged, record

each_specimen = every("specimen", zoo.ZOO, ids=lambda s: s.name, by=lambda s: s.family)
ROWS = {row.id: row for row in closed_form.formulas()}
each_row = every("row", ROWS.values(), ids=ROWS)


@each_specimen
def test_it_has_a_closed_form_for_its_value_and_for_every_input(specimen):
    forms = [specimen.forward, *specimen.gradients.values()]
    assert all(inspect.getmodule(form).__name__.startswith("autograd_zoo.closed_form.") for form in forms)
    assert list(specimen.gradients) in (["gradients"], list(specimen.inputs))


@each_specimen
def test_its_samples_are_many_of_float64_and_differ_by_seed(specimen):
    assert specimen.doc and len(specimen.shapes) >= 2
    for shape in specimen.shapes:
        first, again = (specimen.sample(np.random.default_rng(0), shape) for _ in range(2))
        assert len(first) >= len(specimen.inputs)
        assert all(x.dtype == np.float64 for x in first[: len(specimen.inputs)])
        assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    drawn = (specimen.domain(np.random.default_rng(seed), specimen.shapes[1]) for seed in (0, 1))
    assert not np.array_equal(*drawn)


@each_specimen
def test_what_it_records_is_what_it_computes_of_leaves_with_the_names_of_its_inputs(specimen):
    inputs = specimen.example()
    for params in specimen.variants[:2]:
        y, leaves = specimen.record(inputs, params)
        np.testing.assert_array_equal(y.data, specimen.run(*inputs, **params))
        assert list(leaves) == [t.name for t in leaves.values()] == list(specimen.inputs) and y.name
        assert all(np.array_equal(t.data, x) for t, x in zip(leaves.values(), inputs, strict=False))
        assert {*leaves.values()} <= {*Tape(y)}
    np.testing.assert_array_equal(specimen.record().y.data, specimen.record(inputs, specimen.variants[0]).y.data)


@each_specimen
def test_its_check_is_passed(specimen):
    small = replace(specimen, shapes=specimen.shapes[1:2], variants=specimen.variants[:1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(zoo.BY_NAME, specimen.name, small)
        report = zoo.check(specimen.name, seeds=[0])
    assert report.ok, "\n".join(report.problems())
    assert max(map(len, str(report).splitlines())) <= 100
    rows = report.rows
    assert {row.quantity for row in rows} >= {"y", *(f"d{name}" for name in specimen.inputs)}
    smooth = {"order 2", "order 2, fused"} if specimen.smooth else set()
    compared = {row.against for row in rows if not row.against.startswith(("kernel", "compiled"))}
    assert compared == {"closed form", "fused", "differences"} | smooth


@pytest.mark.parametrize(
    ("name", "module", "wanted"),
    [("basic_block", "block", "what enters a ReLU is away from 0"), ("xception_block", "block_mobile", "one maximum")],
)
def test_a_sample_that_cannot_be_away_from_kinks_is_refused(monkeypatch, name, module, wanted):
    for place in ("block", "block_mobile"):
        monkeypatch.setattr(f"autograd_zoo.zoo.specimens.{place}.TRIES", 3)
    monkeypatch.setattr(f"autograd_zoo.zoo.specimens.{module}.MARGIN", np.inf)
    monkeypatch.setattr("autograd_zoo.zoo.specimens.block.MARGIN", np.inf if module == "block" else -np.inf)
    specimen = zoo.BY_NAME[name]
    with pytest.raises(RuntimeError, match=f"{name}: in 3 tries no parameters .*{wanted}.*other seeds or data"):
        specimen.sample(np.random.default_rng(0), specimen.shapes[0])


def test_names_are_unique_and_families_are_the_zoo_s():
    assert len(zoo.BY_NAME) == len(zoo.ZOO)
    assert set(zoo.FAMILIES) == {specimen.family for specimen in zoo.ZOO}


def test_every_formula_is_of_a_specimen():
    assert ROWS.keys() == {row.id for specimen in zoo.ZOO for row in specimen.rows}


def test_the_record_is_written_as_it_is_shipped(tmp_path, monkeypatch):
    rows = closed_form.formulas()[:12]
    monkeypatch.setattr("autograd_zoo.zoo.verdicts.formulas", lambda: rows)
    record(str(tmp_path / "verdicts.json"))
    text = (tmp_path / "verdicts.json").read_text(encoding="utf-8")
    assert json.loads(text) == {row.id: EXPECTED[row.id] for row in rows}
    shipped = files("autograd_zoo.zoo").joinpath("verdicts.json").read_text(encoding="utf-8")
    assert shipped.startswith(text.removesuffix("\n}\n")) and shipped.endswith("\n}\n")


@each_row
def test_latex_is_balanced(row):
    for latex in (row.latex, row.corrected_latex or ""):
        depth = 0
        for brace in re.findall(r"(?<!\\)[{}]", latex):
            depth += 1 if brace == "{" else -1
            assert depth >= 0
        assert depth == 0
        begun = re.findall(r"\\begin\{(\w+)\}", latex)
        assert sorted(begun) == sorted(re.findall(r"\\end\{(\w+)\}", latex))
        assert latex.count(r"\left") - latex.count(r"\leftarrow") == latex.count(r"\right") - latex.count(
            r"\rightarrow"
        )


def test_the_errata_are_the_document_s_formulas_that_do_not_hold_as_printed():
    document = {row.id: judged(row) for row in ROWS.values() if row.source == "document"}
    report = Report(rows=(), judgements=tuple(document.values()))
    assert {j.formula.id for j in report.errata} == {i for i in document if EXPECTED[i] != "exact"}
    assert all(j.reading or j.within or j.verdict == "wrong" for j in report.errata)
    assert all(j.formula.corrected_latex for j in report.errata)
    assert not any(j.error_printed <= 1e-9 for j in report.errata)  # it may be nan
