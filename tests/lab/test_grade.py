"""The labs as they are handed out and solved, and the grader: what it runs, refuses, and ends."""

import json
import re
from pathlib import Path

import pytest

from autograd_zoo.cli import main
from autograd_zoo.lab.grade import Unreadable, cells, grade, refusal, run
from autograd_zoo.lab.questions import LABS

NOTEBOOKS = Path(__file__).parents[2] / "notebooks" / "labs"
STUB = re.compile(r"^def (\w+)\(.*\):\n    return \.\.\.", re.DOTALL)


def handed_out(lab):
    return cells(NOTEBOOKS / f"{lab}.ipynb")


def solution(lab):
    return (NOTEBOOKS / "solutions" / f"{lab}.py").read_text(encoding="utf-8")


def written(path, code):
    cells = [{"cell_type": "code", "source": text.splitlines(keepends=True)} for text in code]
    path.write_text(json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}))
    return path


@pytest.mark.parametrize("lab", LABS)
def test_a_lab_has_no_answer_and_no_error_as_it_is_handed_out(lab):
    code = handed_out(lab)
    assert not refusal(code)
    found = run(lab, code)
    assert found["errors"] == [] and {row["kind"] for row in found["questions"]} == {"unanswered"}
    stubs = [match[1] for text in code if (match := STUB.search(text))]
    assert stubs == [asked.function for asked in LABS[lab].questions]
    told = (NOTEBOOKS / f"{lab}.ipynb").read_text(encoding="utf-8")
    for _, *body in (part.splitlines() for part in re.split(r"^def ", solution(lab), flags=re.MULTILINE)[1:]):
        assert not any(line.strip() in told for line in body if len(line) > 30)


@pytest.mark.parametrize("lab", LABS)
def test_with_its_solutions_all_is_right(lab):
    assert not refusal([solution(lab)])
    found = run(lab, [solution(lab) if STUB.search(text) else text for text in handed_out(lab)])
    assert found["errors"] == [] and all(row["ok"] for row in found["questions"]), found


def test_the_command_grades(tmp_path, capsys):
    path = written(
        tmp_path / "a.ipynb", ["import autograd_zoo as az\naz.lab.begin('linear')", "1 / 0", solution("linear")]
    )
    assert main(["lab", "grade", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["lab"], found["right"], found["of"], found["refused"]) == ("linear", 4, 4, "")
    assert found["errors"] == ["cell 1: ZeroDivisionError: division by zero"]
    path = written(tmp_path / "b.ipynb", ["import autograd_zoo as az\naz.lab.begin('linear')"])
    assert main(["lab", "grade", str(path)]) == 1
    assert "0 of 4 right" in capsys.readouterr().out
    assert main(["lab", "grade", str(tmp_path / "none.ipynb")]) == 2
    assert "cannot read" in capsys.readouterr().err


REFUSED = {
    "import": "from autograd_zoo.closed_form import linear",
    "attribute": "import autograd_zoo as az\nf = az.closed_form.linear.linear_dx",
    "kernels": "from autograd_zoo import kernels",
    "specimens": "import autograd_zoo as az\naz.zoo.BY_NAME",
    "by a name": "import autograd_zoo as az\ngetattr(az, 'closed_form')",
    "importlib": "from importlib import import_module",
    "modules": "import sys\nsys.modules['x']",
    "eval": "eval('1')",
}


@pytest.mark.parametrize("code", REFUSED.values(), ids=REFUSED)
def test_a_submission_that_fetches_answers_is_refused(code, tmp_path):
    path = written(
        tmp_path / "a.ipynb", ["import autograd_zoo as az\naz.lab.begin('linear')", code, solution("linear")]
    )
    found = grade(path)
    assert found["refused"] and found["right"] == 0 and "questions" not in found


RIGHT = "def linear_dx(g, y, x, W, b): return g @ W"
SPOILT = {
    "an interrupt": "raise KeyboardInterrupt",
    "an error that cannot be written": "class E(Exception):\n    def __str__(self): raise ValueError\nraise E",
    "too deep": "x = " + "-" * 20_000 + "1",
    "help of IPython": "az.lab?",
    "an answer that is interrupted": "def linear_dW(g, y, x, W, b): raise KeyboardInterrupt",
}


@pytest.mark.parametrize("cell", SPOILT.values(), ids=SPOILT)
def test_one_cell_spoils_no_other(cell, tmp_path):
    path = written(tmp_path / "a.ipynb", ["import autograd_zoo as az\naz.lab.begin('linear')", cell, RIGHT])
    found = grade(path)
    assert found["right"] == 1 and {row["kind"] for row in found["questions"]} <= {"right", "unanswered", "raises"}


def test_lines_of_ipython_are_left_out_also_within_a_block(tmp_path):
    magic = "for _ in range(1):\n    %time x = 1\n!ls\n" + RIGHT
    assert run("linear", cells(written(tmp_path / "a.ipynb", [magic])))["errors"] == []
    assert cells(written(tmp_path / "b.ipynb", ["x = (5\n% 3)"])) == ["x = (5\n% 3)"]  # an operator


def test_a_submission_that_does_not_end_is_ended(tmp_path):
    path = written(tmp_path / "a.ipynb", ["import autograd_zoo as az\naz.lab.begin('linear')", "while True: pass"])
    assert grade(path, seconds=1.0)["refused"] == "it takes more than 1 s"


def test_what_is_no_lab(tmp_path):
    (tmp_path / "a.ipynb").write_text("[]")
    (tmp_path / "c.ipynb").write_text("[" * 100_000)
    for path, said in (
        (tmp_path / "c.ipynb", "no notebook"),
        (tmp_path / "a.ipynb", "no notebook"),
        (written(tmp_path / "b.ipynb", ["x = 1"]), "begins no lab"),
    ):
        with pytest.raises(Unreadable, match=said):
            grade(path)
