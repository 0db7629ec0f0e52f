"""The errata page and the formulas one by one."""

from pathlib import Path

import numpy as np

from autograd_zoo import closed_form
from autograd_zoo.cli import main
from autograd_zoo.zoo import errata

PAGE = Path(__file__).parents[2] / "docs" / "errata.md"


def test_the_page_is_what_is_computed():
    assert PAGE.read_text(encoding="utf-8") == errata.page(), "write it anew: python docs/generated.py"


def test_every_formula_has_a_line():
    rows = [row for row in closed_form.formulas() if row.source == "document"]
    lines = list(errata.lines(rows))
    assert [line.split()[0] for line in lines] == [row.id for row in rows]
    assert {line.split()[2] for line in lines} == {"exact", "reading", "wrong"}


def test_the_numbers_of_a_wrong_formula_differ_and_of_an_exact_one_agree():
    printed, corrected, differences = errata.numbers(errata.find("activation.softmax.dx"))
    np.testing.assert_allclose(printed, corrected, rtol=1e-12)
    np.testing.assert_allclose(differences, corrected, rtol=1e-9)
    printed, corrected, _ = errata.numbers(errata.find("normalization.batch_norm.dx"))
    assert np.max(np.abs(printed - corrected)) > 0.1
    printed, corrected, differences = errata.numbers(errata.find("recurrent.simple_rnn.dV"))
    assert printed.shape != corrected.shape == differences.shape
    assert errata.numbers(errata.find("activation.softmax.y"))[2] is None
    assert "shapes do not fit" in errata.numbers(errata.find("elementwise.multiply.da"))[0]


def test_one_formula_is_told_with_its_numbers(capsys):
    assert main(["check", "--formula", "activation.tanh.dx", "-v"]) == 0
    out = capsys.readouterr().out
    for part in ("reading", "printed", "as corrected, against differences", "right if", "as it should be", "by diff"):
        assert part in out
    assert main(["check", "--formula", "normalization.batch_norm.dx", "-v"]) == 0
    assert "wrong" in (out := capsys.readouterr().out) and "fails if" in out
    assert main(["check", "--formula", "recurrent.gru.c", "-v"]) == 0
    assert "as corrected, against the closed form" in (out := capsys.readouterr().out) and "by diff" not in out


def test_the_page_has_both_errors_of_each_formula():
    text = PAGE.read_text(encoding="utf-8")
    assert text.count("error as printed: ") == text.count(", as corrected: ") == text.count("\n## ")
    assert "corrected: none" not in text and "corrected: not finite" not in text


def test_an_unknown_formula_is_one_line_with_the_nearest(capsys):
    assert main(["check", "--formula", "activation.softmax.dxx"]) == 2
    assert "did you mean activation.softmax.dx?" in capsys.readouterr().err


def test_the_formulas_of_a_family_are_listed(capsys):
    assert main(["check", "linear", "--formulas"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith("linear.linear.") for line in lines)
    assert any("dW.kronecker" in line and "wrong" in line and "corrected" in line for line in lines)
