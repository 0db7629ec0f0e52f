"""The formulas one by one, the errata's page, and the errata as data."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autograd_zoo import closed_form
from autograd_zoo.cli import main
from autograd_zoo.zoo import document, entries, errata, facts, numbers, overview
from autograd_zoo.zoo.dictionary import OTHERWISE, READINGS
from autograd_zoo.zoo.latex import portable
from autograd_zoo.zoo.page import page, prose
from autograd_zoo.zoo.verdicts import EXPECTED, recorded

DOCS = Path(__file__).parents[2] / "docs"
ROWS = [row for row in closed_form.formulas() if row.source == "document"]


@pytest.fixture(scope="module")
def found():
    return entries.document()


@pytest.fixture(scope="module")
def text():
    return DOCS.joinpath("errata.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def data():
    return json.loads(DOCS.joinpath("errata.json").read_text(encoding="utf-8"))


def test_the_page_and_the_data_are_what_is_computed(found, text):
    assert text == page(found), "write it anew: python docs/generated.py"
    assert DOCS.joinpath("errata.json").read_text(encoding="utf-8") == entries.published(found), (
        "python docs/generated.py"
    )


def test_the_data_is_as_the_schema_says(data):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(DOCS.joinpath("errata.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert not list(validator.iter_errors(data))
    for name, value in {"verdict": "nice", "error_printed": 0.0, "lines": [], "kind": "", "corrected": None}.items():
        wrong = next(e for e in data["entries"] if e["verdict"] == "wrong")
        assert validator.is_valid(data | {"entries": [wrong]})
        assert not validator.is_valid(data | {"entries": [wrong | {name: value}]}), name


def test_the_data_has_every_formula_and_claim_with_its_verdict_and_line(data):
    assert [e["id"] for e in data["entries"]] == [row.id for row in ROWS]
    for e, row in zip(data["entries"], ROWS, strict=True):
        assert e["verdict"] == recorded(row.id) and tuple(e["lines"]) == document.LINES[row.id]
        assert (e["kind"] == "claim") == (row.id in document.QUOTES)
        assert e["printed"] == document.QUOTES.get(row.id, row.latex)
        by = e["within"] or e["reading"]
        assert EXPECTED[row.id] == (f"{e['verdict']}: {by}" if by else e["verdict"])
        assert [t["letters"] for t in e["tried"] if t["holds"] and t["letters"] == e["reading"]] == [
            e["reading"]
        ] * bool(e["reading"])
        assert any(t["holds"] and t["kind"] == "repair" for t in e["tried"]) or e["verdict"] != "wrong"
        assert (e["repair"] is not None) == (e["verdict"] == "wrong")
    for kind, counts in data["counts"].items():
        found = [e["verdict"] for e in data["entries"] if e["kind"] == kind]
        assert counts == {verdict: found.count(verdict) for verdict in counts} and sum(counts.values()) == len(found)
    letters = {r["letter"]: r["says"] for r in data["readings"]}
    assert letters == READINGS and len(letters) == len(data["readings"])
    assert {entry["letter"]: entry["says"] for entry in data["otherwise"]} == OTHERWISE
    rows = [(row["id"], r["letter"]) for r in data["readings"] for row in r["rows"]]
    assert sorted(rows) == sorted((e["id"], letter) for e in data["entries"] for letter in e["reading"] or "")
    assert {letter for e in data["entries"] for t in e["tried"] for letter in t["letters"]} <= {*READINGS, *OTHERWISE}
    assert [fact["printed"] for fact in data["facts"]] == [fact.printed for fact in facts.rows()]


def test_what_is_wrong_comes_first_then_the_readings_then_all_of_it(found, text):
    heads = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert heads == [
        "The document",
        "What is wrong",
        "The dictionary of readings",
        "One by one",
        "What holds as printed",
        "Facts, apart from the formulas",
    ]
    parts = dict(zip(heads, re.split(r"^## .*$", text, flags=re.MULTILINE)[1:], strict=True))
    for verdict, part, pattern in (
        ("wrong", "What is wrong", r"\| \[([^]]*)\]\(#"),
        ("reading", "The dictionary of readings", r"\[([^]]*)\]\(#"),
        ("exact", "What holds as printed", r"\| `([^`]*)` \|"),
    ):
        ids = [id.replace("\\", "") for id in re.findall(pattern, parts[part])]
        assert set(ids) == {e.id for e in found if e.verdict == verdict}, part
        assert len(ids) == sum(len(e.reading or "-") for e in found if e.verdict == verdict), part
    assert re.findall(r"^### (.*)$", parts["One by one"], re.MULTILINE) == [e.id for e in found if e.verdict != "exact"]


def slug(heading):
    """The anchor that GitHub makes of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_links_within_the_page_lead_to_its_headings(text):
    anchors = [slug(heading) for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)]
    assert len(set(anchors)) == len(anchors)
    links = re.findall(r"\]\(#([^)]*)\)", text)
    assert set(links) <= set(anchors) and len(links) > 100
    assert all((DOCS / name).is_file() for name in re.findall(r"\]\(([^)#]+)[)#]", text))


def test_the_page_identifies_the_copy_and_says_what_it_lacks(text):
    assert f"`{document.COPY.sha256}`" in text and f"{document.COPY.bytes:,} bytes, {document.COPY.lines} lines" in text
    assert "| author, address, date | not in the copy |" in text


def test_an_entry_has_its_quotation_line_correction_evidence_and_command(found, text):
    sections = re.split(r"^##+ ", text, flags=re.MULTILINE)
    for e in found:
        if e.verdict == "exact":
            continue
        section = next(s for s in sections if s.startswith(f"{e.id}\n"))
        quoted = "\n".join(line.removeprefix("> ") for line in section.splitlines() if line.startswith("> "))
        assert quoted == (f"“{prose(e.printed)}”" if e.kind == "claim" else f"```math\n{portable(e.latex)}\n```")
        at = document.LINES[e.id]
        assert f"in {'line' if len(at) == 1 else 'lines'} {', '.join(map(str, at))}:" in section
        assert section.count("(rejected: not of the dictionary)") == sum(
            t.kind == "reading" and any(c in OTHERWISE for c in t.letters) for t in e.tried
        )
        assert portable(e.corrected) in section and f"`{e.command}`" in section
        assert section.count("\n| ") == 4 + len(e.tried)  # head, rule, as printed, corrected
        assert f"| as printed | {entries.stated(e.error_printed)} |" in section
        assert ("What was judged is:" in section) == (e.kind == "claim")
    assert "corrected, against differences | none" not in text


def test_a_new_verdict_and_a_repair_are_shown_without_more(found):
    e = next(e for e in found if e.verdict == "wrong" and e.kind == "formula" and e.tried)
    tried = (replace(e.tried[0], kind="repair", letters="", edits="t is t + 1", error=0.0),)
    new = replace(e, verdict="exact within", within="the stride divides", tried=tried)
    shown = page([new])
    assert "**exact within**: the stride divides." in shown and "| repair: t is t + 1 | " in shown
    assert "1 exact within" in shown and "## The dictionary of readings" in shown
    one = json.loads(entries.published([new]))
    assert one["counts"]["formula"]["exact within"] == 1 and one["entries"][0]["tried"][0]["kind"] == "repair"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("h_{t+1} * [a](b) <b> | $x$", r"h\_{t+1} \* \[a\](b) \<b\> \| \$x\$"),
        ("see `a_b|c`, a_b", r"see `a_b|c`, a\_b"),
    ],
)
def test_prose_is_shown_as_it_is(text, shown):
    assert prose(text) == shown


@pytest.mark.parametrize(
    ("error", "said"),
    [(0.0, "below 1e-09"), (2e-9, "2e-09"), (12.0, "1e+01"), (np.inf, "shapes do not fit"), (np.nan, "not finite")],
)
def test_an_error_is_stated_the_same_on_every_machine(error, said):
    assert entries.stated(error) == said


def test_every_formula_has_a_line():
    lines = list(errata.lines(ROWS))
    assert [line.split()[0] for line in lines] == [row.id for row in ROWS]
    assert {line.split()[2] for line in lines} == {"exact", "reading", "wrong"}


def result(id, seed=None):
    return errata.sample(errata.find(id), seed).results


def test_the_numbers_of_a_wrong_formula_differ_and_of_an_exact_one_agree():
    exact = result("activation.softmax.dx", 0)
    np.testing.assert_allclose(exact["as printed"], exact["right"], rtol=1e-12)
    np.testing.assert_allclose(exact["by differences"], exact["right"], rtol=1e-9)
    wrong = result("normalization.batch_norm.dx")
    assert np.max(np.abs(wrong["as printed"] - wrong["right"])) > 0.1
    np.testing.assert_allclose(wrong["corrected"], wrong["right"], rtol=1e-12)
    other = result("recurrent.simple_rnn.dV")
    assert other["as printed"].shape != other["right"].shape == other["by differences"].shape
    assert "by differences" not in result("activation.softmax.y")
    assert "shapes do not fit" in result("elementwise.multiply.da")["as printed"]


def test_a_sample_names_what_the_formula_is_given_and_can_be_computed_again():
    sample = errata.sample(errata.find("recurrent.simple_rnn.dV"))
    assert list(sample.given) == ["g", "y", "x", "h0", "W", "U", "V"]
    h, y, x, g = [sample.given["h0"]], sample.given["y"], sample.given["x"], sample.given["g"]
    for x_t in x:  # h_{t+1} = tanh(W h_t + U x_t), o_t = V h_t
        h.append(np.tanh(sample.given["W"] @ h[-1] + sample.given["U"] @ x_t))
    outs = h[-len(y) :] if len(h) > len(y) else h
    np.testing.assert_allclose([sample.given["V"] @ h_t for h_t in outs], y, rtol=1e-12)
    np.testing.assert_allclose(
        sum(np.outer(g_t, h_t) for g_t, h_t in zip(g, outs, strict=True)), sample.results["right"]
    )
    assert list(errata.sample(errata.find("recurrent.gru.c")).given)[:2] == ["x", "h0"]


def test_a_sample_of_the_spread_can_be_computed_again_and_differences_are_no_evidence_at_a_kink():
    row = errata.find("group.max.dx")
    shown = errata.sample(row)
    assert shown.case > 0 and np.sum(shown.given["x"] == np.max(shown.given["x"])) > 1
    assert "by differences" not in shown.results and "by differences" in errata.sample(row, 0).results
    again = errata.sample(row, shown.seed, shown.case)
    assert all(np.array_equal(again.results[name], value) for name, value in shown.results.items())
    with pytest.raises(IndexError):
        errata.sample(row, 0, 99)


def test_the_sample_shown_is_one_on_which_the_formula_fails():
    for id in ("conv.conv.claim.halves", "pooling.max_pool.dx", "normalization.batch_norm.dx"):
        found = result(id)
        assert not np.allclose(found["as printed"], found["right"])


@pytest.mark.parametrize(
    "row",
    [pytest.param(row, id=row.id) for row in ROWS if EXPECTED.get(row.id) != "exact" or row.id in document.QUOTES],
)
def test_one_formula_is_told_within_100_columns_with_an_index_on_every_number(row, capsys):
    assert main(["check", "--formula", row.id, "-v"]) == 0
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert max(map(len, lines)) <= 100 and not any(line != line.rstrip() for line in lines)
    sample = errata.sample(row)
    assert f"default_rng({sample.seed})" in out and f'sample(find("{row.id}"), {sample.seed}' in out
    for name, array in sample.given.items():
        assert re.search(rf"^    {re.escape(name)}\b.*: .*number", out, re.MULTILINE), name
        for index in list(np.ndindex(array.shape))[: numbers.SHOWN]:
            cell = f"[{','.join(map(str, index))}] " if index else ""
            assert f"{cell}{array[index]:.12g}" in out
    for reading in row.readings:
        assert f"reading {reading}: " in out and f"({reading[-1]})" in out
    assert "gufunc" not in out and "broadcast" not in out


def test_one_formula_is_told_with_what_came_of_it(capsys):
    assert main(["check", "--formula", "activation.tanh.dx"]) == 0
    out = capsys.readouterr().out
    for part in ("reading", "printed", "as corrected, against differences", "right if", "(line 50 of the document)"):
        assert part in out
    assert "default_rng" not in out and document.COPY.sha256 in out and "found by   Tanh … " in out
    assert main(["check", "--formula", "normalization.batch_norm.dx"]) == 0
    assert "wrong" in (out := capsys.readouterr().out) and "fails if" in out and "repair     m → M" in out
    assert main(["check", "--formula", "recurrent.gru.c", "-v"]) == 0
    assert "as corrected, against the closed form" in (out := capsys.readouterr().out) and "by diff" not in out
    assert main(["check", "--formula", "conv.conv.claim.halves"]) == 0
    assert f"“{document.QUOTES['conv.conv.claim.halves']}”" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        pytest.param((2, 3), (4, 2), "the columns on the left are 3, the rows on the right 4", id="a product"),
        pytest.param((3,), (4,), "the columns on the left are 3, the rows on the right 4", id="of vectors"),
    ],
)
def test_shapes_that_do_not_fit_are_told_in_our_words(left, right, said):
    for product in (np.matmul, np.dot):
        with pytest.raises(ValueError) as error:
            product(np.ones(left), np.ones(right))
        assert numbers.refused(str(error.value)) == f"shapes do not fit: in a product {said}"
    with pytest.raises(ValueError) as error:
        np.ones((2, 3)) + np.ones((2, 4))
    assert numbers.refused(str(error.value)) == "shapes do not fit: element by element, (2,3) meets (2,4)"
    with pytest.raises(ValueError) as error:
        np.ones(6).reshape(4, 2)
    assert numbers.refused(str(error.value)) == "shapes do not fit: 6 numbers are no array of shape (4,2)"
    assert numbers.refused("⊙ needs equal shapes") == "shapes do not fit: ⊙ needs equal shapes"


@pytest.mark.parametrize(
    ("id", "said"),
    [
        ("activation.softmax.dxx", "did you mean activation.softmax.dx?"),
        ("recurrent.simple_rnn.du", "did you mean recurrent.simple_rnn.dU?"),
        ("RECURRENT.GRU.DW_C", "did you mean recurrent.gru.dW_c?"),
        ("activation.tanh", "behind activation.tanh. goes one of y, dx"),
        ("", "no formula is called '': autograd-zoo check --formulas lists them"),
    ],
)
def test_an_unknown_formula_is_one_line_with_what_may_have_been_meant(id, said, capsys):
    assert main(["check", "--formula", id]) == 2
    out, err = capsys.readouterr()
    assert said in err and err.count("\n") == 1 and not out


def test_several_formulas_are_judged_one_after_the_other(capsys):
    ids = ["recurrent.simple_rnn.dV", "activation.tanh.dx"]
    assert main(["check", *(word for id in [*ids, ids[0]] for word in ("--formula", id))]) == 0
    heads = [line.split(":")[0] for line in capsys.readouterr().out.splitlines() if line[0] != " "]
    assert heads == ids


def test_each_printed_formula_is_counted_once(found, data, text):
    further = [e for e in found if e.kind == "further"]
    assert [e.id for e in further] == ["group.max.dx.ties", "recurrent.gru.claim.brackets"]
    printed = [(e.latex, e.lines) for e in found if e.kind == "formula"]
    assert len(set(printed)) == len(printed) and all((e.latex, e.lines) in printed for e in further)
    n = sum(data["counts"]["formula"].values())
    assert n == len(printed) and sum(data["counts"]["further"].values()) == 2
    assert f"{n} printed formulas: " in text and " 2 further entries: " in text
    for shown in (text, overview.counts()):
        assert f"{n} printed formulas: " in shown and "2 further entries: " in shown
    assert sum(map(int, re.findall(r"\d+", overview.table().splitlines()[-1].split("modules |")[1])[:4])) == n


def test_the_formulas_of_a_family_are_listed(capsys):
    assert main(["check", "linear", "--formulas"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith("linear.linear.") for line in lines)
    assert any("dW.kronecker" in line and "wrong" in line and "corrected" in line for line in lines)
