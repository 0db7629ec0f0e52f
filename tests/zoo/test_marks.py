"""Where a printed formula and the corrected one differ is marked, and nothing else is changed."""

import re

import pytest
from every import every

from autograd_zoo.closed_form import formulas
from autograd_zoo.zoo.latex import known
from autograd_zoo.zoo.marks import marked

MARK = r"\textcolor{#d55e00}{\underline{"
CORRECTED = {row.id: row for row in formulas() if row.corrected_latex}


def unmarked(latex):
    """The formula without marks, and what was marked."""
    parts = []
    while MARK in latex:
        start = latex.rindex(MARK)  # the innermost of them, if they were nested
        depth, end = 2, start + len(MARK)
        while depth:
            depth += {"{": 1, "}": -1}.get(latex[end], 0) * (latex[end - 1] != "\\")
            end += 1
        parts.append(latex[start + len(MARK) : end - 2])
        latex = latex[:start] + parts[-1] + latex[end:]
    return latex, parts[::-1]


def signs(latex):
    """A formula without what groups it, by which two ways to write the same differ."""
    return re.sub(r"[{} ]|\\limits", "", latex)


@every("row", CORRECTED.values(), ids=CORRECTED)
def test_marks_take_nothing_away_and_add_nothing(row):
    sides = marked(row.latex, row.corrected_latex)
    for latex, side in zip((row.latex, row.corrected_latex), sides, strict=True):
        assert signs(unmarked(side)[0]) == signs(known(latex))
        assert side.count("{") - side.count(r"\{") == side.count("}") - side.count(r"\}")
    assert any(MARK in side for side in sides)


CASES = {
    "the same": (r"y=\frac{a}{b}", r"y=\frac{a}{b}", [], []),
    "a transpose": (r"g\odot\vec{b}", r"g\odot\vec{b}^T", [], ["T"]),
    "in a fraction": (r"\frac{1}{m}x", r"\frac{1}{M}x", ["m"], ["M"]),
    "in an index": (r"x_{i+p,j}", r"x_{i+q,j}", ["p"], ["q"]),
    "in one case": (
        r"\begin{cases}g&\text{if }x\\0&\text{else}\end{cases}",
        r"\begin{cases}g&\text{if }x\\1&\text{else}\end{cases}",
        ["0"],
        ["1"],
    ),
    "a sign": ("a+b", "a-b", ["+"], ["-"]),
    "words": (r"y\text{ and }z", r"y\text{ or }z", [r"\text{ and }"], [r"\text{ or }"]),
}


@pytest.mark.parametrize(("printed", "corrected", "here", "there"), CASES.values(), ids=CASES)
def test_the_least_part_that_differs_is_marked(printed, corrected, here, there):
    left, right = marked(printed, corrected)
    assert unmarked(left)[1] == here
    assert unmarked(right)[1] == there
