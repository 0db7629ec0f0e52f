"""The table of modules is true, and what it says was drawn are arguments."""

from __future__ import annotations

import inspect
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from every import every
from pairs import ROWS
from pytorch import oracle
from table import TABLE

from autograd_zoo import nn


@every("name", ROWS)
def test_what_is_varied_are_arguments_of_the_constructor(name):
    assert set(ROWS[name].varied.split()) <= inspect.signature(getattr(nn, name)).parameters.keys()


@oracle
def test_the_page_of_modules_is_true():
    path = Path(__file__).parents[2] / "docs" / "modules_table.py"
    spec = spec_from_file_location("modules_table", path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    found = module.page(TABLE, ROWS)
    assert found == module.PAGE.read_text(encoding="utf-8"), "run PYTHONPATH=tests python docs/modules_table.py"
