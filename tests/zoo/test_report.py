"""The report: what it counts, how it prints, and that its JSON and HTML can be trusted."""

import html.parser
import json
import math
from dataclasses import replace

import pytest

from autograd_zoo import zoo
from autograd_zoo.zoo import Report, Row, document, errata
from autograd_zoo.zoo.report import counted
from autograd_zoo.zoo.verdicts import judged

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
        f"4 modules, {cases:,} comparisons, 0 disagree. 8 printed formulas: 5 exact, "
        "1 exact within a condition, 2 right under a reading, 0 wrong; "
        "1 further entry: 0 exact, 0 exact within a condition, 0 right under a reading, 1 wrong."
    )
    assert bad.summary().startswith("2 modules, 9 comparisons, 2 disagree. 1 printed formula")
    assert zoo.check("add", seeds=[0]).summary().startswith("1 module, ")


def test_formulas_and_claims_are_counted_apart(report):
    claims = [judged(errata.find(f"normalization.batch_norm.claim.{name}")) for name in ("moments", "normal")]
    formulas, further = report.summary().split("; ")
    both = replace(report, judgements=(*report.judgements, *claims)).summary().split("; ")
    assert both == [
        formulas,
        "2 claims in words: 0 exact, 1 exact within a condition, 0 right under a reading, 1 wrong",
        further,
    ]
    alone = replace(report, judgements=(replace(claims[0], verdict="nice"),)).summary()
    assert "0 printed formulas: 0 exact, " in alone
    assert (
        "; 1 claim in words: 0 exact, 0 exact within a condition, 0 right under a reading, 0 wrong, 1 nice; " in alone
    )
    assert [counted(n, "further entry") for n in (0, 1, 2)] == [
        "0 further entries",
        "1 further entry",
        "2 further entries",
    ]
    assert [counted(n, "claim in words") for n in (0, 1, 1000)] == [
        "0 claims in words",
        "1 claim in words",
        "1,000 claims in words",
    ]


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
        said = {"wrong": "repair:", "reading": "right if", "exact within": "exact within:"}[judgement.verdict]
        assert f"{said} {judgement.assumed}" in " ".join(text.split())
        assert f"corrected: {judgement.error_corrected:.0e})" in text


@pytest.mark.parametrize("error", [1e-7, math.inf, math.nan, None])
def test_a_correction_that_does_not_hold_is_a_failure(report, error):
    judgements = (replace(report.errata[0], error_corrected=error), *report.errata[1:])
    wrong = replace(report, judgements=judgements)
    assert report.ok and not wrong.ok
    assert wrong.unmended == judgements[:1]
    assert f"WRONG: {judgements[0].formula.id} as corrected: " in str(wrong)


@pytest.fixture(scope="module")
def large():
    """A report too long for a screen: every module, with three formulas of which one is wrong."""
    quantities = ("y", "dx", "dW", "db")
    rows = tuple(
        replace(ROW, specimen=s.name, family=s.family, quantity=q, against=a, error=1e-15 * k, tolerance=1e-12)
        for k, s in enumerate(zoo.ZOO)
        for q in quantities
        for a in ("closed form", "fused")
    )
    return Report(rows, tuple(judged(errata.find(f"recurrent.simple_rnn.{q}")) for q in ("y", "dh", "dV")))


def test_a_short_report_is_a_screen_by_itself(report, bad):
    for r in (report, bad):
        assert len(str(r).splitlines()) <= 40 and r.screen() == str(r)


def test_the_screen_has_a_line_for_each_family_what_is_wrong_and_what_to_run(large):
    lines = large.screen().splitlines()
    assert len(str(large).splitlines()) > 300 and len(lines) <= 40 and max(map(len, lines)) <= 100
    assert [line.split()[0] for line in lines[3:15]] == list(zoo.FAMILIES)
    for family, modules, cases, closed, *_ in (line.split() for line in lines[3:15]):
        rows = [row for row in large.rows if row.family == family]
        assert int(modules) == len({row.specimen for row in rows})
        assert int(cases.replace(",", "")) == sum(row.cases for row in rows)
        assert closed == f"{max(row.error for row in rows):.0e}"
    wrong = [line.split() for line in lines if line.startswith("  recurrent.simple_rnn.")]
    assert [words[0] for words in wrong] == ["recurrent.simple_rnn.dV"]
    assert (
        wrong[0][1] == str(*document.LINES["recurrent.simple_rnn.dV"]) and wrong[0][2:6] == "shapes do not fit:".split()
    )
    assert large.summary() in " ".join(lines)
    assert {"autograd-zoo check -v", "autograd-zoo check --formulas"} <= {line.split("  ")[0] for line in lines[-3:]}


def test_the_screen_has_wrong_formulas_before_wrong_claims_with_room_for_what_is_amiss(large):
    ids = ("conv.conv.claim.auto_correlation", "recurrent.simple_rnn.dV", "linear.linear.dW.kronecker")
    lines = replace(large, judgements=tuple(judged(errata.find(id)) for id in ids)).screen().splitlines()
    shown = [line.split() for line in lines if line.startswith("  ")]
    assert [words[0] for words in shown] == [ids[1], ids[2], ids[0]]
    assert "2e+01: Auto-correlation is of a signal with itself," in " ".join(shown[2])


@pytest.mark.parametrize("broken", [1, 11, 12, 13, 500])
@pytest.mark.parametrize("copies", [0, 1, 12, 13])
def test_what_is_wrong_never_fills_more_than_the_screen(large, broken, copies):
    rows = tuple(replace(row, error=math.nan) if k < broken else row for k, row in enumerate(large.rows))
    wrong = replace(large, rows=rows, judgements=large.judgements[-1:] * copies)
    lines = wrong.screen().splitlines()
    assert len(lines) <= 40 and max(map(len, lines)) <= 100
    assert sum(line.startswith("WRONG: ") for line in lines) == min(broken, 12)
    assert (f"  and {broken - 12} more" in lines) == (broken > 12)
    shown = sum(line.startswith("  recurrent.simple_rnn.dV ") for line in lines)
    assert shown == min(copies, 12 - min(broken, 12))
    left = f"  and {copies - shown} more: autograd-zoo check --formulas"
    assert (left in lines) == (0 < shown < copies)
    assert "WRONG" in lines[3 + list(zoo.FAMILIES).index("elementwise")]


def test_a_hostile_name_does_not_widen_the_screen(large):
    rows = (*large.rows, replace(ROW, specimen=HOSTILE * 9, family="tanh", error=math.inf))
    lines = replace(large, rows=rows).screen().splitlines()
    assert max(map(len, lines)) <= 100 and any(line.endswith("...") for line in lines)


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
            assert (found["within"], found["repair"]) == (j.within, j.repair)
            assert found["kind"] == document.kind(j.formula)
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
