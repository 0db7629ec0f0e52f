"""Execute the course: `python notebooks/execute.py` checks every notebook, with `--write` it stores new outputs.

A notebook is a pair: NAME.py, a script in cells (py:percent) that is edited and reviewed, and NAME.ipynb with outputs,
which is read. The check executes each script anew and fails where a cell raises or writes to stderr (a warning), where
the pair differs or a stored drawing is not what is drawn now, where an exercise says something before it is answered,
and where its answer, which `autograd_zoo/lab/chapters` keeps and which is run after the last cell, is not called right.

A lab, labs/NAME.ipynb, has no script: `autograd_zoo/lab/labs/NAME.toml` says what is asked, and its cells are made of
that. It is executed twice: as it is handed out, where nothing may be right, and with the functions of
labs/solutions/NAME.py put into its cells, where all must be.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

HERE = Path(__file__).parent
LABS = HERE / "labs"
SECONDS = 90.0  # that a notebook may take
QUIET = ["--IPKernelApp.log_level=40"]  # a kernel warns of its own connection, once a notebook
EXERCISES = 3
ASKED = re.compile(r"^(answer_\w+) = \.\.\.$(.*^az\.lab\.exercise\(\s*\"([^\"]+)\")", re.MULTILINE | re.DOTALL)


def main() -> int:
    """Execute the notebooks named, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="such as 03_elementwise; all by default")
    parser.add_argument("--write", action="store_true", help="store the outputs in NAME.ipynb")
    parser.add_argument("--jobs", type=int, default=2, help="notebooks at a time (default 2)")
    args = parser.parse_args()
    os.environ["SOURCE_DATE_EPOCH"] = (
        "0"  # matplotlib's pictures tell when they were drawn: they shall be the same each time
    )
    threads = max(1, (os.cpu_count() or 1) // args.jobs)  # a notebook has its share of the cores
    os.environ.setdefault("OPENBLAS_NUM_THREADS", str(threads))
    scripts = [script_of(name) for name in args.names] or [*sorted(HERE.glob("[0-9][0-9]_*.py")), *labs()]
    with ThreadPoolExecutor(args.jobs) as pool:
        found = list(pool.map(lambda script: list(problems(script, args.write)), scripts))
    for script, each in zip(scripts, found, strict=True):
        print(f"{script.stem}: {'; '.join(each) or 'ok'}", flush=True)
    return int(any(found))


def script_of(name: str) -> Path:
    """The script of a notebook; or a lab, "labs/activation", which is a notebook alone."""
    path = Path(name)
    return LABS / f"{path.stem}.ipynb" if path.parent.name == "labs" else HERE / f"{path.stem}.py"


def labs() -> list[Path]:
    """The labs that there are."""
    from autograd_zoo.lab.questions import NAMES

    return [LABS / f"{name}.ipynb" for name in NAMES]


def made(script: Path) -> nbformat.NotebookNode:
    """The notebook that a script, or the file of a lab's questions, says."""
    if script.parent.name != "labs":
        return jupytext.read(script)
    from autograd_zoo.lab.handout import cells

    new = {"markdown": nbformat.v4.new_markdown_cell, "code": nbformat.v4.new_code_cell}
    return nbformat.v4.new_notebook(cells=[new[kind](source) for kind, source in cells(script.stem)])


def problems(script: Path, write: bool) -> Iterator[str]:
    """Execute one notebook, and say what is wrong with it."""
    notebook = made(script)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for k, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{k}"
    stored = script.with_suffix(".ipynb")
    before = nbformat.read(stored, 4) if stored.is_file() else None
    if not write:
        if before is None:
            yield "it has no .ipynb: run with --write"
        elif sources(before) != sources(notebook):
            yield "its .ipynb differs: run with --write"
            before = None
    count = len(notebook.cells)
    asked = [cell for cell in notebook.cells if cell.cell_type == "code" and ASKED.search(cell.source)]
    notebook.cells += [nbformat.v4.new_code_cell(answered(cell.source)) for cell in asked]
    try:
        where = {"metadata": {"path": str(script.parent)}}
        NotebookClient(
            notebook, timeout=SECONDS, coalesce_streams=True, resources=where, extra_arguments=QUIET
        ).execute()
    except CellExecutionError as error:
        yield f"{error.ename}: {error.evalue} (in the cell that begins {last_run(notebook)!r})"
        return
    except TimeoutError:
        yield f"a cell takes more than {SECONDS:.0f} s"
        return
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    yield from (f"stderr: {out.text}" for cell in code for out in cell.outputs if out.get("name") == "stderr")
    if script.parent.name == "labs":
        yield from lab_problems(script, notebook, where)
    elif len(asked) < EXERCISES:
        yield f"it has {len(asked)} exercises, not {EXERCISES}"
    yield from (f"an exercise says something before it is answered: {said(cell)}" for cell in asked if cell.outputs)
    results = map(said, notebook.cells[count:])
    yield from (f"an answer is not right: {text}" for text in results if ": right." not in text)
    if not write and before is not None:
        yield from stale(before, notebook)
    if write:
        notebook.cells = notebook.cells[:count]
        for cell in code:
            cell.metadata.pop("execution", None)  # when it ran
        nbformat.write(notebook, stored)


STUB = re.compile(r"^def (\w+)\(.*\):\n    return \.\.\.", re.DOTALL)
SCORE = re.compile(r"(\d+) of (\d+) right")


def lab_problems(script: Path, notebook: nbformat.NotebookNode, where: dict[str, dict[str, str]]) -> Iterator[str]:
    """What is wrong with a lab: an answer as it is handed out, or a solution that is not right."""
    if (right := score(notebook))[0] != 0:
        yield f"as it is handed out, {right[0]} of {right[1]} is right"
    solved = with_solutions(notebook, (LABS / "solutions" / f"{script.stem}.py").read_text(encoding="utf-8"))
    try:
        NotebookClient(solved, timeout=SECONDS, coalesce_streams=True, resources=where, extra_arguments=QUIET).execute()
    except CellExecutionError as error:
        yield f"with solutions, {error.ename}: {error.evalue}"
        return
    right = score(solved)
    if right[0] != right[1]:
        yield f"with solutions, only {right[0]} of {right[1]} is right"


def with_solutions(notebook: nbformat.NotebookNode, solutions: str) -> nbformat.NotebookNode:
    """A lab with its solutions in the cells of the functions that it asks for."""
    solved = nbformat.from_dict(notebook)
    solved.cells = [nbformat.from_dict(cell) for cell in notebook.cells]
    for cell in solved.cells:
        if cell.cell_type == "code" and STUB.search(cell.source):
            cell.source = solutions
    return solved


def score(notebook: nbformat.NotebookNode) -> tuple[int, int]:
    """How many answers of a lab are right, of how many, by its last output."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    found = SCORE.search(str(code[-1].outputs))
    return (int(found[1]), int(found[2])) if found else (-1, 0)


def last_run(notebook: nbformat.NotebookNode) -> str:
    """The first line of the cell that was run last."""
    ran = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.execution_count]
    return str(ran[-1].source).partition("\n")[0] if ran else ""


def stale(before: nbformat.NotebookNode, notebook: nbformat.NotebookNode) -> Iterator[str]:
    """The cells whose stored drawings are not what the code draws now. (A plot of matplotlib hangs on its version.)"""
    for old, new in zip(before.cells, notebook.cells, strict=False):
        if drawings(old) != drawings(new):
            first = new.source.partition("\n")[0]
            yield f"a drawing is not what the code draws now: run with --write (in the cell that begins {first!r})"


def drawings(cell: nbformat.NotebookNode) -> list[str]:
    """The check sums of the pictures by graph_viz among the outputs of a cell."""
    found = (out.get("metadata", {}).get("graph_viz") for out in cell.get("outputs", ()))
    return [about["svg"] for about in found if about]


def sources(notebook: nbformat.NotebookNode) -> list[tuple[str, str]]:
    """What a notebook says, without outputs."""
    return [(cell.cell_type, cell.source) for cell in notebook.cells]


def answered(source: str) -> str:
    """A cell with an exercise, in which the answer stands that is kept for it."""
    from autograd_zoo.lab.exercise import find

    return ASKED.sub(lambda found: f"{find(found[3]).code}\n{found[1]} = answer{found[2]}", source)


def said(cell: nbformat.NotebookNode) -> str:
    """What a cell shows, as text."""
    return " ".join(out.get("text", "") or out.get("data", {}).get("text/plain", "") for out in cell.outputs).strip()


if __name__ == "__main__":
    sys.exit(main())
