"""The README keeps its word: its example prints what stands below it, and its files are there."""

import contextlib
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
