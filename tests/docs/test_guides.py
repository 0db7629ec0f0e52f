"""The guides keep their word: their code runs from top to bottom, and prints what they say it prints."""

import doctest
import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
GUIDES = sorted(
    path.relative_to(DOCS).as_posix()
    for path in (*DOCS.glob("*.md"), *DOCS.glob("guides/*.md"))
    if BLOCK.search(path.read_text(encoding="utf-8"))
)
OPTIONAL = re.compile(
    r"^>>> (?:import|from) (scipy|sklearn|optax|opt_einsum|einops|safetensors|matplotlib)\b", re.MULTILINE
)
NEEDS = {"quickstart.md": "sklearn"}
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.fixture
def global_generator():
    state = np.random.get_state()  # noqa: NPY002  (libraries draw from it when they are imported)
    yield
    np.random.set_state(state)  # noqa: NPY002


@pytest.mark.parametrize("guide", GUIDES)
def test_the_code_of_a_guide_runs_and_prints_what_stands_below_it(guide, tmp_path, monkeypatch, global_generator):
    if guide in NEEDS:
        pytest.importorskip(NEEDS[guide])
    monkeypatch.chdir(tmp_path)  # some write files
    text = (DOCS / guide).read_text(encoding="utf-8")
    names = {"__name__": "guide"}
    for block in BLOCK.finditer(text):
        if not all(find_spec(package) for package in OPTIONAL.findall(block[1])):
            continue  # a library that a guide shows, and that is not here
        line = text.count("\n", 0, block.start()) + 1
        if not block[1].startswith(">>>"):
            exec(compile("\n" * line + block[1], guide, "exec"), names)
            continue
        example = doctest.DocTestParser().get_doctest(block[1], names, f"{guide}, line {line}", guide, line)
        said = []
        failed, _ = doctest.DocTestRunner(optionflags=OPTIONS).run(example, out=said.append, clear_globs=False)
        names = example.globs  # a copy was run
        assert not failed, "".join(said)


def test_there_are_guides_with_code():
    assert {"index.md", "quickstart.md", "extend.md"} <= set(GUIDES)


def test_the_files_that_the_guide_names_are_there():
    """In the tables of the part on this repository, from its root or from that of the package."""
    part = (DOCS / "extend.md").read_text(encoding="utf-8").partition("\n## In this repository\n")[2]
    cells = [
        row.split(" | ")[1] for row in part.splitlines() if row.startswith("| ") and not row.startswith("| what |")
    ]
    named = [path for cell in cells for path in re.findall(r"`([\w/]+(?:\.py|\.json|/))`", cell)]
    assert len(named) > 10
    missing = [path for path in named if not any((DOCS.parent / at / path).exists() for at in ("", "autograd_zoo"))]
    assert not missing, f"docs/extend.md: {', '.join(missing)} is not there"
