"""The course: what its chapters must have, and that `notebooks/execute.py` tells a stored drawing that is stale."""

import importlib.util
import re
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from every import every

import autograd_zoo as az
import graph_viz

if missing := [name for name in ("jupytext", "nbclient", "nbformat") if find_spec(name) is None]:  # imported when used
    pytest.skip(f"what executes notebooks is not installed: {missing}", allow_module_level=True)

EXECUTE = Path(__file__).parents[1] / "notebooks" / "execute.py"
SCRIPT = """# %%
x = 1  # the first

# %%
y = 2  # the second

# %% [markdown]
# The end.
"""


@pytest.mark.parametrize(
    "script",
    [*sorted(EXECUTE.parent.glob("[0-9]*.py")), *sorted(EXECUTE.parent.glob("labs/*.ipynb"))],
    ids=lambda path: path.stem,
)
def test_what_is_read_is_made_of_the_script_as_it_is(execute, script):
    """A notebook has the cells of its script, and a lab those of its questions."""
    import nbformat

    stored = nbformat.read(script.with_suffix(".ipynb"), 4)
    same = execute.sources(stored) == execute.sources(execute.made(script))
    assert same, f"run `python notebooks/execute.py {script.stem} --write`"


CHAPTERS = sorted(EXECUTE.parent.glob("[0-9][0-9]_*.py"))


@every("script", CHAPTERS, ids=lambda script: script.stem)
def test_a_chapter_says_how_long_it_takes(script):
    minutes = loaded("minutes")
    assert minutes.said(script) == minutes.minutes(script), minutes.counted(script)


@every("script", CHAPTERS, ids=lambda script: script.stem)
def test_a_chapter_begins_with_the_glossary_and_ends_with_references(script):
    first, *_, last = loaded("minutes").jupytext.read(script).cells
    assert "[glossary](../docs/glossary.md)" in first.source
    assert last.source.startswith("## References\n") and last.source.count("](https://") >= 3


@every("script", CHAPTERS, ids=lambda script: script.stem)
def test_what_a_chapter_shows_is_held_by_asserts(script):
    """The check's report has an assert in its cell, and of others there are many."""
    cells = [cell.source for cell in loaded("minutes").jupytext.read(script).cells if cell.cell_type == "code"]
    shown = [code for code in cells if "az.zoo.check(" in code]
    assert all("\nassert " in code for code in shown), shown
    assert sum(code.count("assert ") for code in cells) >= 8


def test_the_glossary_is_sorted_and_names_chapters():
    text = (EXECUTE.parents[1] / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")][2:]
    words = [re.sub(r"[^a-z]", "", word.lower()) for word, _, _ in rows]
    assert words == sorted(words) and len(set(words)) == len(words) > 60
    assert all(re.fullmatch(r"(0\d|1[0-6])(, (0\d|1[0-6]))*", chapters) for _, _, chapters in rows)


def test_each_question_of_a_teacher_is_answered_in_a_section_that_there_is():
    text = (EXECUTE.parents[1] / "docs" / "teaching.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")][2:]
    scripts = {script.stem[:2]: script.read_text(encoding="utf-8").splitlines() for script in CHAPTERS}
    assert sorted(chapter for _, chapter, _ in rows) == sorted([*scripts, *scripts])  # two a chapter
    named = [(chapter, section) for _, chapter, sections in rows for section in sections.split("; ")]
    missing = [where for where in named if not {f"# ## {where[1]}", f"# ### {where[1]}"} & {*scripts[where[0]]}]
    assert not missing
    unproven = [where for where in named if "\nassert " not in section(scripts[where[0]], where[1])]
    assert not unproven, "what a section answers is held by an assert in it"


def section(lines, title):
    """The part of a chapter under a title, up to the next one of its rank or above."""
    begin = next(k for k, line in enumerate(lines) if line in (f"# ## {title}", f"# ### {title}"))
    rank = lines[begin].split(" ")[1]
    above = [f"# {'#' * n} " for n in range(2, len(rank) + 1)]
    end = next((k for k in range(begin + 1, len(lines)) if lines[k].startswith(tuple(above))), len(lines))
    return "\n".join(lines[begin:end])


TERMS = {
    "00": ["local gradient", "upstream gradient", "finite differences", "reverse-mode automatic differentiation"],
    "01": ["upstream gradient", "reverse-mode automatic differentiation", "topological order"],
    "02": ["vector-Jacobian product", "Jacobian", "cotangent"],
    "05": ["likelihood", "log-sum-exp trick"],
    "07": ["overfitting", "regularization"],
    "08": ["upstream gradient", "local gradient", "vector-Jacobian product"],
    "09": ["upstream gradient", "local gradient", "receptive field"],
    "10": ["upstream gradient"],
    "11": ["backpropagation through time", "upstream gradient"],
    "12": ["causal", "embedding", "temperature"],
    "13": ["bottleneck"],
    "14": ["Hessian-vector product", "forward mode", "overfitting"],
    "15": ["vector-Jacobian product"],
    "16": ["data-parallel training", "all-reduce"],
}


@every(("chapter", "terms"), TERMS.items(), ids=lambda chapter, terms: chapter)
def test_a_term_of_the_field_is_set_off_where_it_is_introduced_and_stands_in_the_glossary(chapter, terms):
    (script,) = EXECUTE.parent.glob(f"{chapter}_*.py")
    text = re.sub(r"\s+#?\s*", " ", script.read_text(encoding="utf-8"))
    glossary = (EXECUTE.parents[1] / "docs" / "glossary.md").read_text(encoding="utf-8").lower()
    for term in terms:
        assert f"*{term}*" in text, term
        assert term.split()[-1].lower() in glossary, term


def loaded(name):
    """A script of the folder of the notebooks, as a module."""
    spec = importlib.util.spec_from_file_location(name, EXECUTE.parent / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def execute(monkeypatch):
    """The script as a module, in which a kernel shows what `shown` holds for each cell of code."""
    spec = importlib.util.spec_from_file_location("execute", EXECUTE)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)

    class Kernel:
        def __init__(self, notebook, **options):
            self.cells = [cell for cell in notebook.cells if cell.cell_type == "code"]

        def execute(self):
            for cell, pictures in zip(self.cells, module.shown, strict=True):
                shown = [(*picture, {})[:2] for picture in pictures]
                cell.outputs = [module.nbformat.v4.new_output("display_data", data, metadata=m) for data, m in shown]

    monkeypatch.setattr(module, "NotebookClient", Kernel)
    return module


def drawn(n):
    """A drawing of n operations."""
    y = az.Tensor(1.0, name="x")
    for _ in range(n):
        y = y * 2.0
    return graph_viz.draw(y)._repr_mimebundle_()


def plot(n):
    """What matplotlib shows."""
    return ({"image/svg+xml": f"<svg><!-- a plot of matplotlib {n} --></svg>"},)


# what was shown when the outputs were stored, what is shown now, and the cells that are told
CASES = {
    "the same": ([[drawn(1)], [drawn(2), drawn(3)]], [[drawn(1)], [drawn(2), drawn(3)]], []),
    "another": ([[drawn(1)], [drawn(2)]], [[drawn(1)], [drawn(3)]], ["y = 2  # the second"]),
    "one of two": ([[drawn(1), drawn(2)], []], [[drawn(1), drawn(3)], []], ["x = 1  # the first"]),
    "one more": ([[], []], [[drawn(1)], []], ["x = 1  # the first"]),
    "one less": ([[drawn(1)], [drawn(1)]], [[], []], ["x = 1  # the first", "y = 2  # the second"]),
    "another plot": ([[plot(1)], []], [[plot(2)], []], []),
}


@pytest.mark.parametrize(("stored", "now", "told"), CASES.values(), ids=CASES)
def test_a_drawing_that_is_not_what_the_code_draws_now_is_told(execute, stored, now, told, tmp_path):
    script = tmp_path / "00_name.py"
    script.write_text(SCRIPT)
    execute.shown = stored
    written = list(execute.problems(script, write=True))
    execute.shown = now
    found = [text for text in execute.problems(script, write=False) if text not in written]
    assert len(found) == len(told)
    assert all("not what the code draws now: run with --write" in text for text in found)
    assert all(repr(cell) in text for cell, text in zip(told, found, strict=True))


def test_where_the_pair_differs_only_that_is_told(execute, tmp_path):
    script = tmp_path / "00_name.py"
    script.write_text(SCRIPT)
    execute.shown = [[drawn(1)], []]
    written = list(execute.problems(script, write=True))
    script.write_text(SCRIPT.replace("x = 1", "x = 3"))
    execute.shown = [[drawn(2)], []]
    found = [text for text in execute.problems(script, write=False) if text not in written]
    assert found == ["its .ipynb differs: run with --write"]
