"""Grading a submitted lab: its cells run in a process of their own, with a time limit, and its functions are judged.

What runs there is a stranger's program: the limit ends it, and nothing more is promised. A submission that imports the
closed forms, or looks for them by name, is refused before it runs.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from .questions import LABS

SECONDS = 60.0
ANSWERS = ("closed_form", "kernels", "zoo")  # rooms of the package, where answers are
WAYS = (
    "__import__",
    "import_module",
    "importlib",
    "exec",
    "eval",
    "modules",
    "__subclasses__",
    "globals",
    "subprocess",
)


MAGIC = re.compile(r"^([^\S\n]*)(?:[%!].*|[\w.]*\?+[^\S\n]*)$", re.MULTILINE)  # a line that is IPython's own


class Unreadable(Exception):
    """A file that is no notebook of a lab."""


def cells(path: str | Path) -> list[str]:
    """The code cells of a notebook, without lines that are IPython's own.

    Raises: Unreadable for what is no notebook.
    """
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))["cells"]
        code = ["".join(cell["source"]) for cell in found if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Unreadable(f"{path} is no notebook (nbformat 4)") from error
    return [text if _parsed(text).body else MAGIC.sub(r"\1pass", text) for text in code]


def lab_of(code: list[str]) -> str:
    """The lab that a submission is of: what it gives `az.lab.begin`."""
    for tree in map(_parsed, code):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "begin":
                given = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
                if given in LABS:
                    return str(given)
    raise Unreadable("it begins no lab: a lab's first cell has az.lab.begin(...) in it")


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])  # what cannot be parsed cannot run either


def refusal(code: list[str]) -> str:
    """Why a submission is refused, or nothing: it imports the closed forms, or could fetch them by a name."""
    for tree in map(_parsed, code):
        for node in ast.walk(tree):
            for name in _names(node):
                for part in name.split("."):
                    if part in ANSWERS:
                        return f"it uses {part}, where the answers are"
                    if part in WAYS:
                        return f"it uses {part}, by which the answers could be fetched"
    return ""


def _names(node: ast.AST) -> list[str]:
    """The names that a piece of code uses: of modules, variables, attributes, and strings that are names."""
    match node:
        case ast.Import():
            return [alias.name for alias in node.names]
        case ast.ImportFrom():
            return [node.module or "", *(alias.name for alias in node.names)]
        case ast.Name():
            return [node.id]
        case ast.Attribute():
            return [node.attr]
        case ast.Constant(value=str(text)) if text.replace(".", "").isidentifier():
            return [text]
    return []


def grade(path: str | Path, seconds: float = SECONDS) -> dict[str, Any]:
    """What a submission is worth: its lab, what was refused, and for each question whether the answer is right.

    Raises: Unreadable for what is no notebook of a lab; OSError for a file that cannot be read.
    """
    code = cells(path)
    lab = lab_of(code)
    result: dict[str, Any] = {"lab": lab, "refused": refusal(code), "right": 0, "of": len(LABS[lab].questions)}
    if result["refused"]:
        return result
    with tempfile.TemporaryDirectory() as folder:
        task, out = Path(folder, "cells.json"), Path(folder, "result.json")
        task.write_text(json.dumps({"lab": lab, "cells": code}), encoding="utf-8")
        command = [sys.executable, "-m", __name__, str(task), str(out)]
        with subprocess.Popen(
            command, cwd=folder, env=_paths(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=os.name == "posix",
        ) as process:  # fmt: skip
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                _end(process)
                return result | {"refused": f"it takes more than {seconds:g} s"}
            except BaseException:
                _end(process)
                raise
        if not out.is_file():
            return result | {"refused": f"its process ended with status {process.returncode}, and judged nothing"}
        answers: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return result | answers | {"right": sum(answer["ok"] for answer in answers["questions"])}


def _paths() -> dict[str, str]:
    """The environment, in which this package is found from any folder."""
    here = str(Path(__file__).resolve().parents[2])
    return {**os.environ, "PYTHONPATH": os.pathsep.join([here, os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)}


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process, and what it started."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def run(lab: str, code: list[str]) -> dict[str, Any]:
    """Run the cells one after the other, going on where one raises, and judge the functions."""
    from .judging import judge

    space: dict[str, Any] = {"__name__": "submission"}
    errors = []
    for k, text in enumerate(code):
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(text, f"<cell {k}>", "exec"), space)
        except BaseException as error:  # whatever a stranger's cell raises, the next one runs
            errors.append(f"cell {k}: {_said(error)}")
    questions = []
    for asked in LABS[lab].questions:
        row = {"question": asked.name, "function": asked.function, "ok": False, "kind": "unanswered"}
        if callable(space.get(asked.function)):
            try:
                verdict = judge(asked.of, space[asked.function], asked.by or None)
                row |= {"ok": verdict.ok, "kind": verdict.kind, "text": " ".join(f.text for f in verdict.findings)}
            except BaseException as error:
                row |= {"kind": "raises", "text": f"Your function raises {_said(error)}"}
        questions.append(row)
    return {"questions": questions, "errors": errors}


def _said(error: BaseException) -> str:
    """An error in a line, also one that cannot be written."""
    with contextlib.suppress(Exception):
        return f"{type(error).__name__}: {error}"
    return type(error).__name__


if __name__ == "__main__":
    given, written = map(Path, sys.argv[1:])
    submitted = json.loads(given.read_text(encoding="utf-8"))
    written.write_text(json.dumps(run(submitted["lab"], submitted["cells"])), encoding="utf-8")
