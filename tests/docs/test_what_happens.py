"""The page of what happens when: our column, run anew, is as printed, and has nothing silent and nothing wrong."""

import importlib.util
import sys
from pathlib import Path

import pytest
from every import every

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "what_happens.md").read_text(encoding="utf-8")


def script():
    spec = importlib.util.spec_from_file_location("what_happens", DOCS / "what_happens" / "__main__.py")
    module = importlib.util.module_from_spec(spec)
    path = list(sys.path)
    spec.loader.exec_module(module)
    sys.path[:] = path
    return module


TABLE = script()
OURS = TABLE.LIBRARIES["autograd_zoo"]()
CASES = [case for _, _, rows in TABLE.SECTIONS for case in rows]


def printed():
    rows = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| ")]
    return {cells[0].removeprefix("| "): cells[2].removesuffix(" |") for cells in rows if len(cells) > 3}


@every("case", CASES, ids=lambda case: case.when)
def test_nothing_of_ours_is_silent_or_wrong_and_the_page_says_so(case):
    said = printed()[case.when.replace("|", "\\|")]
    assert said in TABLE.FINE
    if case.slow:
        return
    try:
        assert TABLE.outcome(case, OURS) == said
    except ModuleNotFoundError as missing:
        pytest.skip(f"{missing.name} is not installed")


def test_rows_are_told_apart_and_all_are_printed():
    names = [case.when.replace("|", "\\|") for case in CASES]
    assert len(set(names)) == len(names)
    assert set(names) == printed().keys() - {"when", "---"}
    assert sum(not case.slow for case in CASES if case.program("autograd_zoo")) >= 120
