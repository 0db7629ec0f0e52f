"""The README keeps its word: its example prints what stands below it, and its files are there."""

import contextlib
import importlib.util
import io
import re
from pathlib import Path

import pytest

from autograd_zoo.zoo import overview

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_example_prints_the_block_below_it() -> None:
    code, printed = re.search(r"```python\n(.*?)```\s*```\n(.*?)```", README, re.DOTALL).groups()
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "README.md", "exec"), {})
    assert out.getvalue() == printed


def test_the_first_screen_has_exactly_two_commands() -> None:
    first_screen = README.split("## ")[0]
    commands = re.findall(r"```sh\n(.*?)```", first_screen, re.DOTALL)
    assert [command.count("\n") for command in commands] == [1, 1]
    assert commands[0].rstrip().endswith("autograd-zoo check")
    assert commands[1].rstrip().endswith("-m pytest -n auto")


@pytest.mark.parametrize("link", re.findall(r"(?:\]\(|src(?:set)?=\")([^)#\"]+)[)\"]", README))
def test_links_lead_to_files(link: str) -> None:
    assert (ROOT / link).is_file()


def test_the_table_of_the_zoo_is_what_is_computed() -> None:
    assert overview.table() in README, "write it anew: python docs/generated.py"


def test_the_counts_are_what_is_computed() -> None:
    assert f"\n{overview.counts()}.\n" in README.split("## ")[0], "write them anew: python docs/generated.py"


def test_the_course_is_in_the_first_screen_and_commands_run_in_a_checkout() -> None:
    first = README.splitlines()[:14]
    text = " ".join(first)
    assert "start with the course" in text and "notebooks" in text and "run in a checkout" in text


def test_what_a_package_index_shows_has_no_link_to_a_file() -> None:
    pytest.importorskip("hatchling", reason="hatchling is not installed, which builds the package")
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    shown = build.alone(README)
    assert not re.findall(r"\]\((?!https?://)|<picture|<img|src(?:set)?=|<!--", shown)
    assert "And the picture" not in shown and len(shown) > 0.8 * len(README)


INSTALLED = re.compile(r"pip install (?:-\S+ )*[\"']?autograd[-_]zoo")


def test_nobody_is_told_to_install_it_from_an_index_that_does_not_have_it() -> None:
    """In a browser it is there: the site has our wheel (docs/lite.py)."""
    places = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "guides").glob("*.md")]
    places += [path for folder in ("autograd_zoo", "graph_viz", "notebooks") for path in (ROOT / folder).rglob("*.py")]
    told = {path.name: found for path in places if (found := INSTALLED.findall(path.read_text(encoding="utf-8")))}
    assert told == {}
