"""Nothing is half there: what a specimen or a rule lacks is named, with the file and the line that mends it."""

from __future__ import annotations

import importlib
import inspect
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from every import every
from primitives.derivatives import OURS, arguments, calls, home, room
from pytorch import oracle
from table import FILES, TABLE
from table.activation import POINTWISE
from table.case import Row, tensor

import autograd_zoo as az
from autograd_zoo import closed_form, zoo
from autograd_zoo.atlas.story import TOPICS
from autograd_zoo.engine.rules import RULES, label
from autograd_zoo.primitives.portable import PORTABLE
from autograd_zoo.program.engines import engine_of
from autograd_zoo.program.lacking import ANYWHERE
from autograd_zoo.program.names import name_of
from autograd_zoo.program.portable import Rows, formed
from autograd_zoo.program.table import listed
from autograd_zoo.zoo.verdicts import EXPECTED
from graph_viz import operations

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


# ---- a module -----------------------------------------------------------------------------------------------------


def test_every_closed_form_has_a_specimen():
    """Or it is of a cell, of which the specimen is the recurrence."""
    known = {(s.family, s.form or s.name) for s in zoo.ZOO}
    spoken = {(row.id.partition(".")[0], row.specimen) for row in closed_form.formulas()}
    for family in zoo.FAMILIES:
        defined = {name for name, f in vars(getattr(closed_form, family)).items() if inspect.isfunction(f)}
        with_gradient = {re.sub("_(d[^_]+|gradients)$", "", name) for name in defined} & defined
        spoken |= {
            (family, name)
            for name in with_gradient - {"gru_cell", "lstm_cell"}
            if any(other.startswith(f"{name}_d") or other == f"{name}_gradients" for other in defined)
        }
    lacking(
        [
            f'autograd_zoo/zoo/specimens/{family}.py: add `Specimen(name="{name}", ...),` to SPECIMENS'
            for family, name in sorted(spoken - known)
        ]
    )


def test_every_specimen_has_a_formula_for_its_value_and_for_every_input():
    found = []
    for s in zoo.ZOO:
        have = {row.quantity for row in s.rows}
        for quantity in ["y", *(f"d{name}" for name in s.inputs)]:
            if quantity not in have:
                row = f'rows("{s.family}.{s.form or s.name}", ...).{quantity}(r"its LaTeX", lambda ...: ...),'
                found.append(f"the rows of autograd_zoo/closed_form/rows/{s.family}*.py: add `{row}` to FORMULAS")
    lacking(found)


def fused(row: Row, n: int = 1) -> set[Any]:
    """What a function of `n` Tensors is recorded as inside `az.fused()`, where that is one operation."""
    ops = set()
    for given in row.calls:
        if "function" in given.of:
            with az.fused():
                y = row.function(*map(tensor, given.inputs[:n]), *given.inputs[n:], **given.params)
            found = [node.op for node in az.Tape(y) if node.op is not None]
            ops |= set(found[: len(found) == 1])
    return ops


def test_every_function_with_closed_forms_has_a_fused_form():
    found = []
    for s in zoo.ZOO:
        row, form = TABLE.get(s.name), s.form or s.name
        if row and row.function and row.fuses and not fused(row, len(s.inputs)):
            closed = ", ".join(f"cf.{form}_d{x}" for x in s.inputs)
            found.append(f"autograd_zoo/nn/{s.family}.py: write `{form} = fused_by({closed})(cf.{form})`")
    lacking(found)


def test_every_activation_that_sees_one_number_at_a_time_is_known_as_elementwise():
    line = "{0} = _pointwise(cf.{0}_dx)(cf.{0})"
    lacking(
        [
            f"autograd_zoo/nn/activation.py: write `{line.format(name)}`, for it may stand in a chain of a drawing"
            for name, row in POINTWISE.items()
            if any(RULES[op].reach != "each" for op in fused(row))
        ]
    )


def test_every_specimen_has_a_topic():
    row = '"{0}": {{"title": "{0}: what is special about it", "text": "What it does. What it is for."}},'
    names = [s.name for s in zoo.ZOO]
    lacking(
        [f"autograd_zoo/atlas/topics.json: add `{row.format(n)}`" for n in names if n not in TOPICS]
        + [
            f"autograd_zoo/atlas/topics.json: `{n}` is no specimen: add it, or remove this"
            for n in TOPICS
            if n not in names
        ]
    )


def test_every_formula_has_a_verdict_on_record():
    found = sorted(EXPECTED.keys() ^ {row.id for s in zoo.ZOO for row in s.rows})
    lacking([f"of {', '.join(found)}: run `python docs/generated.py`"] if found else [])


COURSE = {"elementwise": "03_elementwise_group", "group": "03_elementwise_group", "activation": "04_activation"}
COURSE |= {"loss": "05_loss", "regularization": "07_regularization", "linear": "08_linear"}


def test_the_chapters_of_the_course_name_every_module_of_the_families_of_functions():
    found = []
    for s in zoo.ZOO:
        if chapter := COURSE.get(s.family):
            script = Path(__file__).parents[1] / "notebooks" / f"{chapter}.py"
            said = re.sub(r"[\W_]", "", script.read_text(encoding="utf-8")).lower()
            if s.name.replace("_", "") not in said:
                then = f"python notebooks/execute.py {chapter} --write"
                found.append(f"notebooks/{chapter}.py: mention {s.name}, then run `{then}`")
    lacking(found)


def test_every_specimen_has_a_row():
    row = '"{0}": Row(function=nn.{0}, torch=..., calls=[...]),'
    lacking([f"{file_of(s.family)}: add `{row.format(s.name)}` to ROWS" for s in zoo.ZOO if s.name not in TABLE])


@oracle
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


# ---- a primitive --------------------------------------------------------------------------------------------------


def test_every_primitive_has_a_derivative_case_of_order_2():
    found = []
    for op in OURS:
        orders = max((case.orders for case, _ in calls().get(op, ())), default=0)
        if orders < 2:
            inputs = ", ".join(["REAL", "OTHER"][: getattr(op, "nin", 1)]) if "elementwise" in home(op) else "X"
            found.append(f'{home(op)}: add `Case("{label(op)}", {called(op)}, ({inputs},)),` to CASES')
    lacking(found)


def alone(op, given: Any, params: Any) -> bool:
    """Whether an operation gives for each number of an array what it gives for the whole."""
    with np.errstate(all="ignore"):
        whole, parts = op(given, **params), [op(x, **params) for x in given.reshape(-1, 1)]
    return np.shape(whole) == given.shape and np.allclose(whole.ravel(), np.ravel(parts), rtol=1e-12, equal_nan=True)


def test_every_primitive_that_sees_one_number_at_a_time_is_known_as_elementwise():
    found = []
    for op in OURS:
        tried = [(arguments(node), node.params) for _, node in calls().get(op, ())]
        if not operations.elementwise(op) and all(len(xs) == 1 and np.size(xs[0]) > 1 for xs, _ in tried):
            try:
                every_one = all(alone(op, *xs, params) for xs, params in tried)
            except (ValueError, TypeError, IndexError):  # of arrays with other axes alone
                continue
            if tried and every_one:
                line = f'defvjp({called(op)}, ..., reach="each")'
                found.append(
                    f"{room(op).replace('.', '/')}.py: write `{line}`, for it may stand in a chain of a drawing"
                )
    lacking(found)


def test_every_primitive_has_a_caption():
    path, name = CAPTIONS
    table = getattr(importlib.import_module(path.removesuffix(".py").replace("/", ".")), name)
    row = 'Operation(("what goes back to x",))'
    lacking([f'{path}: add `"{label(op)}": {row},` to {name}' for op in OURS if label(op) not in table])


def test_every_primitive_can_be_computed_by_other_libraries():
    """Or the table of what they lack says why not."""
    rows, names, found = Rows(np, np.asarray), listed(), []
    for op in OURS:
        name = name_of(op)
        if name in names and name not in ANYWHERE and rows(name) is None:
            write = f"defportable({called(op)}, lambda xp, x: ...)"
            why = f"or say in autograd_zoo/program/lacking.py why they have no {name}"
            found.append(
                f"{room(op).replace('.', '/')}.py: write `{write}` below its defvjp, of functions in xp, {why}"
            )
    stale = PORTABLE.keys() - set(map(label, OURS))
    lacking(found + [f"portable.py: remove `{name}`, which is no primitive" for name in stale])


MATH = {"special.erf": math.erf, "special.erfc": math.erfc, "special.gammaln": math.lgamma}


def shared(name: str) -> Any:
    """A function that array libraries share and NumPy lacks: Python's for numbers, or else SciPy's."""
    if name in MATH:
        return np.vectorize(MATH[name], otypes=[float])
    return getattr(importlib.import_module("scipy.special"), name.removeprefix("special."))


@every("op", [op for op in OURS if label(op) in PORTABLE], ids=label)
def test_a_portable_form_has_the_value_of_the_primitive(op):
    form = PORTABLE[label(op)]
    for case, node in calls().get(op, ()):
        given, params = arguments(node), node.params
        with np.errstate(all="ignore"):
            found = shared(form)(*given) if isinstance(form, str) else form(np, *given, **params)
        np.testing.assert_allclose(
            found, node.data, rtol=1e-11, atol=1e-12, err_msg=f"{label(op)}, as in {case}: mend its portable form"
        )


def test_a_portable_form_that_serves_as_the_row_of_all_engines_is_of_what_they_share():
    xp = pytest.importorskip("array_api_strict")
    rows, found = engine_of(xp).rows, []
    for op in OURS:
        row, form = rows(name_of(op)), formed(name_of(op))
        if form is None or getattr(row, "func", None) is not form:
            continue  # it has a row of its own, or a reason why there is none
        for case, node in calls().get(op, ()):
            try:
                y = row(*map(xp.asarray, arguments(node)), **node.params)
                np.testing.assert_allclose(np.asarray(y), node.data, rtol=1e-11, atol=1e-12)
            except (AttributeError, IndexError, TypeError, AssertionError) as error:
                found.append(f"{label(op)}, as in {case}: mend its `defportable`, for in the array API {error}")
    lacking(found)
