"""The source code behind a specimen, found by running it: the functions it is composed of, and its closed forms."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from pathlib import Path
from textwrap import dedent
from types import CodeType, FrameType
from typing import Any, NamedTuple

import numpy as np

from ..zoo import FAMILIES, Specimen

ROOT = Path(__file__).parents[1]
MACHINERY = (  # runs with every module: says nothing
    "nn/module.py", "nn/container.py", "nn/hooks.py", "nn/leaves.py", "nn/places.py", "nn/arguments.py",
    "nn/fusion.py", "nn/init.py", "closed_form/parts.py", "closed_form/protocol.py",
)  # fmt: skip
PAPER = re.compile(r"(?:.*(?:\bafter|:) )?(?P<paper>[A-Z][^:]*?\b(?P<year>(?:19|20)\d\d)\b)")


class Piece(NamedTuple):
    """A function or method that ran."""

    file: str
    """Below the package: "nn/activation.py"."""
    name: str
    code: str
    sources: tuple[str, ...]
    """What the docstrings of it and of its class say after "Source:"."""
    helper: bool
    """Whether it only helps: a constructor, a private function, or one that several families use."""


def composed(specimen: Specimen) -> list[Piece]:
    """What the specimen's forward pass runs, functions of `nn` and closed forms, up to where another family begins."""
    inputs = specimen.example()  # drawing them may run modules too
    return _ran(("nn/", "closed_form/"), specimen, lambda: specimen.record(inputs))


def closed(specimen: Specimen) -> list[Piece]:
    """The functions of `closed_form` that give the specimen's value and gradients."""
    arrays, params = specimen.example(), specimen.variants[0]
    y = np.asarray(specimen.run(*arrays, **params))

    def both() -> None:
        specimen.forward(*arrays, **params)
        specimen.pull(np.ones_like(y), y, *arrays, **params)

    return _ran(("closed_form/",), specimen, both)


def papers(pieces: Iterable[Piece]) -> list[str]:
    """The papers that docstrings cite; where one is cited in two ways, the longer."""
    cited: dict[tuple[str, str], str] = {}
    for part in (part for piece in pieces for text in piece.sources for part in text.split(";")):
        if found := PAPER.search(part):
            key = (found["paper"].split()[0], found["year"])
            cited[key] = max(cited.get(key, ""), found["paper"], key=len)
    return sorted(cited.values())


def _ran(folders: tuple[str, ...], specimen: Specimen, run: Callable[[], object]) -> list[Piece]:
    """The functions of some folders that `run` calls, in the order of their first calls."""
    found: dict[tuple[str, str], bool] = {}  # whether it was called by a constructor
    others = set(FAMILIES) - {specimen.family}

    def note(frame: FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        file = _file(code)
        if event != "call" or not file.startswith(folders) or file in MACHINERY or code.co_name == "__getattr__":
            return
        key, built = (file, code.co_qualname.partition(".<locals>")[0]), False
        caller: FrameType | None = frame
        while key not in found and caller is not None:
            if _family(_file(caller.f_code)) in others:
                return
            built |= caller.f_code.co_name == "__init__"
            caller = caller.f_back
        found.setdefault(key, built)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(before)
    home = {file for file, _ in list(found)[:1]}
    return [
        _piece(file, name, helper=built or (_family(file) != specimen.family and file not in home))
        for (file, name), built in found.items()
    ]


@cache
def _file(code: CodeType) -> str:
    """The file of some code below the package's root, or "" if it is not ours."""
    path = Path(code.co_filename)
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""


@cache
def _family(file: str) -> str:
    return Path(file).stem.split("_")[0]


def _piece(file: str, name: str, *, helper: bool) -> Piece:
    """What a function is, by its name in its file."""
    module = import_module("." + file.removesuffix(".py").replace("/", "."), ROOT.name)
    owner, _, last = name.rpartition(".")
    holder = getattr(module, owner) if owner else module
    function = inspect.getattr_static(holder, last)
    function = getattr(function, "fget", function)  # of a property
    documented = [function, holder] if owner else [function]
    private = last.startswith("_") and not owner and not hasattr(function, "__wrapped__")  # a fused one is no helper
    return Piece(
        file=file,
        name=name,
        code=dedent(inspect.getsource(function)).rstrip(),
        sources=tuple(source for each in documented if (source := _source(each))),
        helper=helper or private,
    )


def _source(documented: Any) -> str:
    """What a docstring says after "Source:"."""
    found = re.search(r"Source: (.*?)(\n\n|\Z)", inspect.getdoc(documented) or "", re.DOTALL)
    return " ".join(found[1].split()) if found else ""
