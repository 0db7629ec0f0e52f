"""Nothing is half there: what a specimen or a rule lacks is named, with the file and the line that mends it."""

from __future__ import annotations

import importlib
import inspect
import math

import numpy as np
import pytest
from every import every
from primitives.derivatives import OURS, arguments, calls, home
from table import FILES, TABLE
from table.case import torch

from autograd_zoo import zoo
from autograd_zoo.engine.rules import label
from autograd_zoo.primitives.portable import PORTABLE, portable

CAPTIONS = ("graph_viz/operations.py", "OPERATIONS")  # the table of what a drawing says of an operation


HOMES = {zoo.BY_NAME[name].family: file.__name__ for file in FILES for name in file.ROWS if name in zoo.BY_NAME}


def file_of(family: str) -> str:
    """The file of the table in which the rows of a family stand."""
    return f"tests/table/{HOMES.get(family, family).rpartition('.')[2]}.py"


def called(op) -> str:
    """How a primitive is written."""
    return f"np.{label(op)}" if getattr(np, label(op), None) is op else label(op)


def lacking(found: list[str]) -> None:
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def test_every_specimen_has_a_row():
    row = '"{0}": Row(function=nn.{0}, torch=..., calls=[...]),'
    lacking([f"{file_of(s.family)}: add `{row.format(s.name)}` to ROWS" for s in zoo.ZOO if s.name not in TABLE])


@pytest.mark.oracle
@pytest.mark.skipif(torch is None, reason="PyTorch is not installed")
def test_every_specimen_has_its_counterpart_in_pytorch():
    lacking(
        [
            f"{file_of(s.family)}: add `torch=...`, a function, or `twin=...`, a module, to the Row of {s.name}"
            for s in zoo.ZOO
            if s.name in TABLE and TABLE[s.name].torch is TABLE[s.name].twin is None
        ]
    )


def test_every_specimen_with_functions_of_its_own_is_called_in_every_form():
    """What is composed of other specimens has a twin, and is drawn with it."""
    found = []
    for s in zoo.ZOO:
        row = TABLE.get(s.name)
        if row is None or inspect.unwrap(s.forward) is not s.forward:
            continue
        kinds = " ".join(given.of for given in row.calls)
        for kind in ("closed", "torch", *(["function"] if row.function else [])):
            if kind not in kinds:
                found.append(f"{file_of(s.family)}: {s.name} has no `call(..., of=...)` of its {kind} form")
    lacking(found)


def test_every_primitive_has_a_derivative_case_of_order_2():
    found = []
    for op in OURS:
        orders = max((case.orders for case, _ in calls().get(op, ())), default=0)
        if orders < 2:
            inputs = ", ".join(["REAL", "OTHER"][: getattr(op, "nin", 1)]) if "elementwise" in home(op) else "X"
            found.append(f'{home(op)}: add `Case("{label(op)}", {called(op)}, ({inputs},)),` to CASES')
    lacking(found)


def test_every_primitive_has_a_caption():
    path, name = CAPTIONS
    table = getattr(importlib.import_module(path.removesuffix(".py").replace("/", ".")), name)
    row = 'Operation(("what goes back to x",))'
    lacking([f'{path}: add `"{label(op)}": {row},` to {name}' for op in OURS if label(op) not in table])


def test_every_primitive_has_a_portable_name():
    path, found = "autograd_zoo/primitives/portable.py", []
    for op in OURS:
        try:
            portable(op)
        except KeyError:
            found.append(f'{path}: add `"{label(op)}": lambda xp, x: ...,` to PORTABLE, of NumPy\'s functions in xp')
    stale = PORTABLE.keys() - set(map(label, OURS))
    lacking(found + [f"{path}: remove `{name}` from PORTABLE, which is no primitive" for name in stale])


ERF = {"special.erf": np.vectorize(math.erf, otypes=[float])}


@every("op", [op for op in OURS if label(op) in PORTABLE and PORTABLE[label(op)] is portable(op)], ids=label)
def test_a_portable_form_has_the_value_of_the_primitive(op):
    form = portable(op)
    for case, node in calls()[op]:
        given, params = arguments(node), node.params
        with np.errstate(all="ignore"):
            found = ERF[form](*given) if isinstance(form, str) else form(np, *given, **params)
        np.testing.assert_allclose(
            found, node.data, rtol=1e-11, atol=1e-12, err_msg=f"{label(op)}, as in {case}: mend its row in portable.py"
        )
