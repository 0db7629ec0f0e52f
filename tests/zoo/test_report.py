"""The report: what it counts, how it prints, and that its JSON and HTML can be trusted."""

import html.parser
import json
import math
from dataclasses import replace

import pytest

from autograd_zoo import zoo
from autograd_zoo.zoo import Report, Row

ROW = Row("tanh", "activation", "dx", "closed form", 1e-16, 1e-12, 3)
HOSTILE = "<script>alert('&')</script>"


@pytest.fixture(scope="module")
def report():
    return zoo.check("multiply", "max", "tanh", "softmax", seeds=[0])


@pytest.fixture(scope="module")
def bad(report):
    """A report with a row that is wrong, one that is not a number, and hostile names."""
    rows = (ROW, replace(ROW, error=0.5), replace(ROW, specimen=HOSTILE, error=math.inf))
    judgement = replace(
        report.errata[0],
        verdict="wrong",
        reading=None,
        within=None,
        repair=HOSTILE,
        error_printed=math.inf,
        error_corrected=math.nan,
    )
    return Report(rows=rows, judgements=(judgement,))


def test_a_row_is_ok_up_to_its_tolerance():
    assert ROW.ok and replace(ROW, error=1e-12).ok
    assert not replace(ROW, error=1.1e-12).ok
    assert not replace(ROW, error=math.inf).ok and not replace(ROW, error=math.nan).ok


def test_the_summary_counts(report, bad):
    cases = sum(row.cases for row in report.rows)
    assert report.summary() == (
        f"4 modules, {cases:,} comparisons, 0 disagree. 9 printed formulas: 5 exact, "
        "1 exact within a range, 2 right under a reading, 1 wrong."
    )
    assert bad.summary().startswith("2 modules, 9 comparisons, 2 disagree. 1 printed formula")
    assert zoo.check("add", seeds=[0]).summary().startswith("1 module, ")


def test_the_text_fits_100_columns(report, bad):
    for text in (str(report), str(bad)):
        assert max(map(len, text.splitlines())) <= 100
        assert not any(line != line.rstrip() for line in text.splitlines())


def test_the_table_has_a_line_for_each_quantity(report):
    lines = list(report.table())
    assert [line[0] for line in lines if line[0]] == ["multiply", "max", "tanh", "softmax"]
    assert [line[1] for line in lines[:3]] == ["y", "∂L/∂a", "∂L/∂b"]
    assert {line[-1] for line in lines} == {"ok"}


def test_what_is_wrong_stands_in_the_table_and_below_it(bad):
    assert [line[-1] for line in bad.table()] == ["WRONG", "WRONG"]
    text = str(bad)
    assert "WRONG: tanh dx, tape against closed form: 5.0e-01 (allowed 1e-12)" in text
    assert "tape against closed form: inf" in " ".join(text.split())
    assert "shapes do not fit" in text


def test_errata_are_printed_with_their_number_and_their_reading(report):
    text = str(report)
    assert "Printed formulas that do not hold as they stand" in text
    for judgement in report.errata:
        assert judgement.formula.id in text
        assert f"{'repair:' if judgement.verdict == 'wrong' else 'right if'} {judgement.assumed}" in " ".join(
            text.split()
        )
        assert f"corrected: {judgement.error_corrected:.0e})" in text


@pytest.mark.parametrize("error", [1e-7, math.inf, math.nan, None])
def test_a_correction_that_does_not_hold_is_a_failure(report, error):
    judgements = (replace(report.errata[0], error_corrected=error), *report.errata[1:])
    wrong = replace(report, judgements=judgements)
    assert report.ok and not wrong.ok
    assert wrong.unmended == judgements[:1]
    assert f"WRONG: {judgements[0].formula.id} as corrected: " in str(wrong)


def test_without_errata_nothing_is_said_of_them():
    assert "do not hold" not in str(zoo.check("add", seeds=[0]))


def refuse(constant):
    raise AssertionError(f"{constant} is not JSON")


def test_json_is_strict_and_complete(report, bad):
    for r in (report, bad):
        whole = json.loads(r.to_json(), parse_constant=refuse)
        assert whole["ok"] == r.ok
        assert len(whole["rows"]) == len(r.rows) and len(whole["formulas"]) == len(r.judgements)
        for found, row in zip(whole["rows"], r.rows, strict=True):
            assert found == vars(row) | {"ok": row.ok, "error": row.error if math.isfinite(row.error) else None}
        for found, j in zip(whole["formulas"], r.judgements, strict=True):
            assert found["id"] == j.formula.id and found["verdict"] == j.verdict and found["reading"] == j.reading
            assert found["latex"] == j.formula.latex and found["corrected_latex"] == j.formula.corrected_latex
            for name in ("error_printed", "error_corrected"):
                error = getattr(j, name)
                assert found[name] == (error if error is not None and math.isfinite(error) else None)


class Tags(html.parser.HTMLParser):
    """Collects the tags, and demands that they nest."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.text = [], set(), ""

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_html_shows_names_and_runs_nothing(bad):
    parser = Tags()
    parser.feed(bad._repr_html_())
    assert parser.open == []
    assert parser.seen == {"table", "thead", "tbody", "tr", "th", "td", "p", "br"}
    assert HOSTILE in parser.text and "2 disagree" in parser.text
