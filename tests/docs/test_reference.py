"""The pages that are made of the package: every public name is on one of them, and docstrings become what is meant."""

import importlib.util
import inspect
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

import autograd_zoo as az

DOCS = Path(__file__).parents[2] / "docs"


def load(name):
    spec = importlib.util.spec_from_file_location(f"docs_{name}", DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


docstrings, reference = load("docstrings"), load("reference")
PARTS = "data io lab models nn optim train zoo".split()


def pages(page):
    yield page
    for one in page.below:
        yield from pages(one)


def test_every_public_function_and_class_is_on_one_page():
    shown = Counter(
        f"{part.module}.{name}" for page in pages(reference.contents()) for part in page.parts for name in part.names
    )
    offered = {f"autograd_zoo.{name}" for name in az.__all__ if callable(getattr(az, name))}
    for module in map(
        import_module, [f"autograd_zoo.{part}" for part in PARTS] + ["autograd_zoo.closed_form", "graph_viz"]
    ):
        offered |= {f"{module.__name__}.{name}" for name in module.__all__ if callable(getattr(module, name))}
    assert offered - shown.keys() == set()
    assert [name for name, count in shown.items() if count > 1] == []


def test_closed_forms_of_all_specimens_are_shown():
    shown = {name for page in pages(reference.contents()) for part in page.parts for name in part.names}
    for specimen in az.zoo.ZOO:
        assert {specimen.forward.__name__, *(f.__name__ for f in specimen.gradients.values())} <= shown, specimen.name


def test_every_specimen_has_a_line():
    lines = [line.split("|")[1].strip() for line in reference.specimens().splitlines() if line.startswith("| ")]
    assert [line for line in lines if line not in ("specimen", "---")] == [specimen.name for specimen in az.zoo.ZOO]


def test_files_that_nobody_wants_any_more_are_removed(tmp_path):
    reference._bring(tmp_path / "api", {"old.rst": "old", "same.rst": "same"})
    before = (tmp_path / "api" / "same.rst").stat().st_mtime_ns
    reference._bring(tmp_path / "api", {"same.rst": "same", "new.rst": "new"})
    assert sorted(path.name for path in (tmp_path / "api").iterdir()) == ["new.rst", "same.rst"]
    assert (tmp_path / "api" / "same.rst").stat().st_mtime_ns == before


CASES = {
    "y = x\n\nShapes: x (N, *S).\nRaises: ValueError for y_ that\n    is |x|.\nSource: a.b.dx, ours.": (
        "y = x\n\n:Shapes: x (N, \\*S).\n:raises ValueError: for y\\_ that is \\|x\\|.\n:Source: a.b.dx, ours.\n\n"
    ),
    "Shapes: y as x. Source: f.m.dx and f.m.dy.": ":Shapes: y as x.\n:Source: :ref:`f.m.dx <f.m.dx>` and f.m.dy.\n",
    "y\n\nParameters\n----------\nx : int\n\nNotes\n-----\nSource: A, 1999.": (
        "y\n\n:Source: A, 1999.\n\nParameters\n----------\nx : int\n"
    ),
    "y\n\nParameters\n----------\nx : int\n\nShapes: x (N,)": (
        "y\n\n:Shapes: x (N,)\n\nParameters\n----------\nx : int\n"
    ),
    "`x ** y` of *args, a *word*\n\n>>> 2 * 3 | 1\n7\n\n*more": (
        "``x ** y`` of \\*args, a *word*\n\n>>> 2 * 3 | 1\n7\n\n\\*more"
    ),
}


@pytest.mark.parametrize("docstring", CASES)
def test_docstrings_become_restructured_text(docstring):
    found = docstrings.restructured(docstring, {"f.m.dx"})
    assert found.split() == CASES[docstring].split()
    assert [line for line in found.splitlines() if line] == [line for line in CASES[docstring].splitlines() if line]


def test_nothing_of_a_docstring_is_lost():
    for page in pages(reference.contents()):
        for part in page.parts:
            for name in part.names:
                doc = inspect.getdoc(getattr(import_module(part.module), name)) or ""
                made = docstrings.restructured(doc).replace("\\", "").replace(":raises ", "Raises: ")
                letters = Counter(doc.replace("\\", "").replace("Notes\n-----\n", "")) - Counter(made)
                assert sum(n for c, n in letters.items() if not c.isspace()) == 0, name


def test_links_to_errata_lead_to_errata():
    ids = list(docstrings.errata_ids((DOCS / "errata.md").read_text(encoding="utf-8")))
    assert len(ids) == len({id.lower() for id in ids}) > 0  # labels do not tell capitals apart
    assert set(ids) == {row.id for row in az.closed_form.formulas()} & set(ids)
