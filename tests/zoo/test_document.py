"""Where the document prints what: found in a copy where one is at hand, and complete everywhere."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from printed import COPY, with_a_copy

from autograd_zoo import closed_form
from autograd_zoo.zoo import document

ROOT = Path(__file__).parents[2]
RECORD = Path(document.__file__).with_name("document.json")
ROWS = [row for row in closed_form.formulas() if row.source == "document"]


def formula(latex):
    return replace(ROWS[0], latex=latex)


@with_a_copy
def test_the_copy_has_every_formula_and_quotation_where_the_record_says(tmp_path):
    document.record(COPY, tmp_path / "document.json")
    assert (tmp_path / "document.json").read_text(encoding="utf-8") == RECORD.read_text(encoding="utf-8")
    assert document.identified(COPY.read_bytes()) == document.COPY


def test_the_citation_names_the_copy_and_the_files():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"[0-9a-f]{64}", citation) == [document.COPY.sha256]
    files = re.findall(r"docs/[\w.]+\w", citation)
    assert {"docs/errata.json", "docs/errata.schema.json"} <= set(files)
    assert all((ROOT / file).is_file() for file in files)


def test_every_row_of_the_document_has_its_lines_and_no_other():
    anew = "find them anew: autograd_zoo.zoo.document.record(copy, path)"
    assert list(document.LINES) == [row.id for row in ROWS], anew
    for id, lines in document.LINES.items():
        assert lines and list(lines) == sorted(set(lines)) and 1 <= lines[0] and lines[-1] <= document.COPY.lines, id


def test_a_quotation_is_short_and_what_has_none_prints_its_formula():
    assert set(document.QUOTES) == {row.id for row in ROWS if row.quantity == "claim" and document.claimed(row)}
    for id, quote in document.QUOTES.items():
        assert 3 <= len(quote.split()) <= document.WORDS, id
        assert all(part == part.strip() and part for part in quote.split(document.GAP)), id
    assert re.fullmatch("[0-9a-f]{64}", document.COPY.sha256)


PRINTED = (
    "Title",
    r"\(a = b\) \(c &= d \hspace{20pt} e=f\)",
    r"\[x=y=z\\ u=v\]",
    "It is  said that BN15 works; then more, and said that again.",
)


@pytest.mark.parametrize(
    ("latex", "lines"),
    [
        pytest.param("a=b", (2,), id="white space"),
        pytest.param("c=d", (2,), id="an alignment mark"),
        pytest.param("x=y", (3,), id="the head of a chain"),
        pytest.param("x=z", (3,), id="its two ends"),
        pytest.param(r"e=f", (2,), id="behind a space"),
    ],
)
def test_a_formula_is_found_on_its_line(latex, lines):
    assert document.located(formula(latex), PRINTED) == lines


@pytest.mark.parametrize(
    ("latex", "quote"),
    [
        pytest.param("a=c", None, id="not printed"),
        pytest.param("y=v", None, id="not over the end of a row"),
        pytest.param("z=x", None, id="not backwards"),
        pytest.param("a=b", "said that LN15 works", id="another word"),
        pytest.param("a=b", "then more … BN15 works … then", id="a part that comes only before"),
        pytest.param("a=b", "said that BN works", id="without its reference"),
    ],
)
def test_what_is_not_printed_is_not_found(latex, quote):
    with pytest.raises(ValueError, match="the document does not print"):
        document.located(formula(latex), PRINTED, quote)


def test_a_quotation_is_found_in_its_parts():
    assert document.located(formula(""), PRINTED, "It is said that BN15 … and said") == (4,)
    assert document.located(formula(""), PRINTED, r"Title … u=v\] … then more") == (1, 3, 4)


def test_a_copy_is_identified_by_what_is_in_it():
    found = document.identified("Zoo\n\nä\n".encode())
    assert (found.title, found.bytes, found.lines) == ("Zoo", 8, 3)
    assert found.sha256 != document.identified(b"Zoo\n\na\n").sha256


@pytest.mark.parametrize(
    ("latex", "before", "marked"),
    [
        pytest.param("a=b", "Title", "a = b", id="the line above, where there are no words"),
        pytest.param("c=d", "Title …", r"c &= d", id="behind another formula"),
        pytest.param("x=z", r"\(a = b\) \(c &= d \hspace{20pt} e=f\)", "x=y=z", id="a chain"),
        pytest.param("p=q", "… in so many words that not all of them have room", "p=q", id="many words"),
        pytest.param("r=" + "s" * 90, "Long", "r=" + "s" * 46 + " … " + "s" * 21, id="a long formula"),
    ],
)
def test_an_excerpt_is_what_one_searches_for(latex, before, marked):
    more = (r"It says so, in so many words that not all of them have room \(p=q\)", rf"Long \[r={'s' * 90}\]")
    assert document.excerpt(formula(latex), (*PRINTED, *more)) == (before, marked)


def test_each_formula_of_the_document_has_an_excerpt():
    assert set(document.EXCERPTS) == {row.id for row in ROWS if not document.claimed(row)}
    for id, (before, marked) in document.EXCERPTS.items():
        assert before and len(before) <= document.LEAD + 4 and 0 < len(marked) <= document.MARKED, id
