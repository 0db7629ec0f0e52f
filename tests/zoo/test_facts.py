"""The facts: consistent with each other, and with a copy of the document where one is at hand."""

import re

from printed import COPY, with_a_copy

from autograd_zoo.zoo import facts


def lines():
    return COPY.read_text(encoding="utf-8").splitlines()


def test_what_points_nowhere_and_what_is_never_cited_follow_from_the_lists():
    rows = {fact.printed: fact for fact in facts.rows()}
    assert [p for p in rows if p.startswith("superscript")] == [f"superscript {n}" for n in (35, 36, 37, 38, 39)]
    assert rows["references 5, 6, 31, 32, 33"].found == "cited nowhere"
    assert all(fact.source and fact.found and fact.printed != fact.found for fact in facts.rows())


@with_a_copy
def test_the_words_are_the_document_s():
    text = lines()
    for fact in facts.rows():
        if fact.quoted:
            for words in re.split(r", (?=modulescite)", fact.printed):
                assert any(words in text[n - 1] for n in fact.lines), fact


@with_a_copy
def test_the_superscripts_and_references_are_the_document_s():
    text = lines()
    for number, where in facts.CITED.items():
        assert all(re.search(rf"(?<!\d){number}(?!\d)|V[12]{number}", text[n - 1]) for n in where), number
    start = text.index("References")
    assert [m[1] for n in text[start:] if (m := re.match(r"\s*(\d+)\. ", n))] == [
        str(n) for n in range(1, facts.REFERENCES + 1)
    ]
