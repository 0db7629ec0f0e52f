"""The pages that are made of the package: its functions and classes, the zoo, the command line, the notebooks."""

import argparse
import contextlib
import inspect
import io
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple
from unittest import mock

from autograd_zoo import cli, closed_form, nn, primitives, zoo
from autograd_zoo.zoo.verdicts import HEAD, cells

FAMILY = {
    "transformer": "attention",
    "transformer_whole": "attention",
    "spatial": "conv",
    "module": "",
    "container": "",
    "leaves": "",
    "places": "",
    "hooks": "",
    "summary": "",
    "exchange": "",
    "fusion": "",
    "init": "",
}
"""The families of the files of nn/ whose name does not begin with it; "" is what all families stand on."""
PARTS = {
    "optim": "Optimizers",
    "data": "Data",
    "io": "Weights in files",
    "models": "Models",
    "train": "Training",
}


class Part(NamedTuple):
    """Names of a module that are shown together, below what the file `about` says of itself."""

    module: str
    names: Sequence[str]
    about: str


class Page(NamedTuple):
    """A page of the reference, and those below it."""

    path: str
    title: str
    parts: Sequence[Part] = ()
    intro: str = ""
    below: Sequence["Page"] = ()


def contents() -> Page:
    """The whole reference."""
    return Page(
        "index",
        "API reference",
        intro="The public functions and classes, by part and family. What stands here is what ``help()`` says.",
        below=[
            Page("tensor", "Tensors and the tape", [
                _part("autograd_zoo", "Tensor Tape", "autograd_zoo.engine.tensor"),
                _part("autograd_zoo.engine.at", "At"),
            ]),
            Page("transforms", "Gradients and other transforms", [
                _part("autograd_zoo", "gradient grad value_and_grad jacobian hessian vjp jvp hvp",
                      "autograd_zoo.engine.transforms"),
            ]),
            Page("check", "Modes and checks", [
                _part("autograd_zoo", "check_gradients GradientError", "autograd_zoo.engine.check"),
                _part("autograd_zoo.engine.check", "Diagnosis Finding Comparison OrderWarning"),
                _part("autograd_zoo", "no_grad fused detect_anomaly uncollected scope", "autograd_zoo.engine.mode"),
                _part("autograd_zoo", "checkpoint", "autograd_zoo.nn.checkpoint"),
            ]),
            Page("primitives", "Primitives", [
                _part("autograd_zoo", "primitive defvjp erf logsumexp windows overlap_add", "autograd_zoo.primitives"),
            ], f"A Tensor can go through these functions: {', '.join(f'``{name}``' for name in primitives.names())}."),
            Page("program", "Programs", [
                _part("autograd_zoo", "record given Program RecordError", "autograd_zoo.program.recording"),
                _part("autograd_zoo.program", "Input Instruction Ref ProgramError", "autograd_zoo.program.data"),
                _part("autograd_zoo.onnx", "export load OnnxModel"),
            ]),
            _modules(),
            _closed_forms(),
            Page("zoo", "The zoo and its checks", [
                _part("autograd_zoo.zoo", "check find judge Specimen Report Row Judgement"),
                _part("autograd_zoo.zoo.errata", "find explain sample lines"),
            ]),
            Page("lab", "Labs", [_exported("autograd_zoo.lab")]),
            Page("graph_viz", "Drawing", [_part("graph_viz", "draw Drawing live Live to_networkx")]),
            *(Page(name, title, [_exported(f"autograd_zoo.{name}")]) for name, title in PARTS.items()),
            Page("notebook", "For notebooks", [_exported("autograd_zoo.notebook")]),
        ],
    )  # fmt: skip


def _modules() -> Page:
    """A page for each family of nn, below what all families stand on."""
    exported = [(name, getattr(nn, name)) for name in nn.__all__ if callable(getattr(nn, name))]

    def parts(family: str) -> list[Part]:
        return list(_by_file(((n, o) for n, o in exported if _family(o.__module__) == family), "autograd_zoo.nn"))

    shared = [*parts(""), _part("autograd_zoo.nn.fusion", "fused_by"), _public("autograd_zoo.nn.init")]
    below = [Page(f"nn_{family}", family.capitalize(), parts(family)) for family in zoo.FAMILIES]
    return Page("nn", "Modules", shared, below=below)


def _closed_forms() -> Page:
    """A page for each family of closed forms, below formulas and verdicts."""

    def parts(family: str) -> list[Part]:
        module = getattr(closed_form, family)
        own = ((n, o) for n, o in _code(module) if _family(o.__module__) == family)
        return list(_by_file(own, module.__name__))

    shared = [_exported("autograd_zoo.closed_form")]
    shared += [_public(f"autograd_zoo.closed_form.{file}") for file in ("special", "equations", "operations")]
    below = [Page(f"closed_form_{family}", family.capitalize(), parts(family)) for family in zoo.FAMILIES]
    return Page("closed_form", "Closed forms", shared, below=below)


def _part(module: str, names: str, about: str = "") -> Part:
    return Part(module, names.split(), about or module)


def _exported(name: str) -> Part:
    """The functions and classes that a module offers in its __all__."""
    module = import_module(name)
    return Part(name, [n for n in module.__all__ if callable(getattr(module, n))], name)


def _public(name: str) -> Part:
    """The functions and classes that a file defines, in its own order, without the private ones."""
    return Part(name, [n for n, o in _code(import_module(name)) if o.__module__ == name], name)


def _code(module: ModuleType) -> Iterator[tuple[str, Any]]:
    for name, value in vars(module).items():
        if not name.startswith("_") and (inspect.isfunction(value) or inspect.isclass(value)):
            yield name, value


def _family(file: str) -> str:
    stem = file.rpartition(".")[2]
    return FAMILY.get(stem, stem.partition("_")[0])


def _by_file(names: Iterable[tuple[str, Any]], module: str) -> Iterator[Part]:
    """The names of a module, a part for each file that defines some of them, in the order of the file."""
    files: dict[str, list[tuple[int, str]]] = {}
    for name, value in names:
        line = inspect.getsourcelines(inspect.unwrap(value))[1]
        files.setdefault(value.__module__, []).append((line, name))
    for file, found in sorted(files.items(), key=lambda item: (len(item[0]), item[0])):  # the family's own file first
        yield Part(module, [name for _, name in sorted(found)], file)


def texts(page: Page) -> Iterator[tuple[str, str]]:
    """The files of a page and of those below it: name and text."""
    yield f"{page.path}.rst", restructured(page)
    for one in page.below:
        yield from texts(one)


def restructured(page: Page) -> str:
    """The page as reStructuredText: what each file says of itself, tables of names, then every name in full."""
    lines = [page.title, "=" * len(page.title), "", page.intro, ""]
    if page.below:
        lines += [".. toctree::", "   :maxdepth: 1", "", *(f"   {one.path}" for one in page.below), ""]
    for part in page.parts:
        lines += [f".. automodule:: {part.about}", "   :no-index:", "", f".. currentmodule:: {part.module}", ""]
        lines += [".. autosummary::", "", *(f"   {name}" for name in part.names), ""]
    for part in page.parts:
        lines += [f".. currentmodule:: {part.module}", ""]
        for name in part.names:
            lines += [*_directive(name, getattr(import_module(part.module), name)), ""]
    return "\n".join(lines)


def _directive(name: str, value: Any) -> list[str]:
    if not inspect.isclass(value):
        return [f".. autofunction:: {name}"]
    members = [] if issubclass(value, BaseException) else ["   :members:"]
    members += ["   :exclude-members: shape, dtype"] if name == "Input" else []  # or a Tensor's would not be found
    return [f".. autoclass:: {name}", *members, *(["   :inherited-members:"] if name == "Tensor" else [])]


def specimens() -> str:
    """The zoo by family, and how many of the printed formulas of each specimen hold."""
    parts = []
    for family in zoo.FAMILIES:
        head = f"| specimen | what it computes | {' | '.join(HEAD)} |\n| --- | --- | {'--- | ' * len(HEAD)}".rstrip()
        lines = [_specimen(s) for s in zoo.ZOO if s.family == family]
        links = f"[Modules](api/nn_{family}.rst), [closed forms](api/closed_form_{family}.rst)"
        parts += [f"## {family.capitalize()}", links, "\n".join([head, *lines])]
    return "\n\n".join(parts) + "\n"


def _specimen(specimen: zoo.Specimen) -> str:
    doc = re.sub(r"[|*_]", r"\\\g<0>", specimen.doc)
    return f"| {specimen.name} | {doc} | {' | '.join(cells(specimen.rows))} |"


def commands() -> str:
    """What each command says of itself."""
    return "\n\n".join(f"### {name}\n\n```text\n{_help(parser)}\n```" for name, parser in _parsers(cli.parser())) + "\n"


def _parsers(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """A parser and those of its commands, by how they are called."""
    yield parser.prog, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _parsers(command)


def _help(parser: argparse.ArgumentParser) -> str:
    with mock.patch.dict(os.environ, {"COLUMNS": "90"}), contextlib.redirect_stdout(io.StringIO()) as out:
        parser.print_help()
    return out.getvalue().strip()


def write(docs: Path) -> None:
    """Write api/, all of which is made, and bring the notebooks here, where Sphinx looks for sources."""
    made = {**dict(texts(contents())), "specimens.inc": specimens(), "commands.inc": commands()}
    _bring(docs / "api", made)
    notebooks = (docs.parent / "notebooks").glob("*.ipynb")
    texts_of = {path.name: path.read_text(encoding="utf-8").replace("](../docs/", "](../") for path in notebooks}
    _bring(docs / "notebooks", texts_of)


def _bring(folder: Path, files: dict[str, str]) -> None:
    """Let the folder hold these files and no others; one that is as it should be stays, and Sphinx does not read it."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        if path.name not in files:
            path.unlink()
    for name, text in files.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
