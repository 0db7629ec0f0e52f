"""Writing the site: the check, the pages in a folder beside the one asked for, and last that folder in its place."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..zoo import check, find
from . import launch
from .beside import Beside
from .guides import Guides
from .notebooks import Notebook, read
from .pages import MANIFEST, Pages
from .sources import ROOT

Bar = Callable[[str, str], Callable[[Iterable[Any]], Iterable[Any]]]
NEEDED = ("brotli", "fontTools", "jinja2", "latex2mathml", "mistune", "pygments")


def write(
    directory: str | os.PathLike[str],
    *names: str,
    seeds: int = 1,
    notebooks: str | os.PathLike[str] | None = None,
    guides: str | os.PathLike[str] | None = None,
    lite: str | os.PathLike[str] | None = None,
    repository: str | None = None,
    progress: Bar = lambda what, unit: iter,
) -> list[str]:
    """Write the zoo as a static site, which needs no network; open its index.html.

    The site is written beside `directory` and takes its place at the end. An atlas that is there is replaced.

    Parameters
    ----------
    directory : path
        a new or empty folder, or one with an atlas
    *names : str
        modules and families; all of them by default
    seeds : int
        how many samples of each shape the check draws
    notebooks : path, optional
        a folder of notebooks (.ipynb) with their outputs; by default that beside the package, if there is one
    guides : path, optional
        the folder that Sphinx wrote (`python -m sphinx -b html docs docs/_build/html`): guides and reference become a
        part of the site, its links to the course and the errata lead there, and one search finds all
    lite : path, optional
        the folder that `docs/lite.py` wrote: notebooks that run in the browser, linked from the front page
    repository : str, optional
        the address of the project on GitHub: pages of chapters then have links that open them in Colab and on Binder.
        By default what is configured (`launch.configured`), which is nothing in a fresh checkout; "" for no links
    progress : callable
        makes a progress bar of what is done and what is counted: `progress("checking", "module")(items)`

    Returns
    -------
    list of str
        what was left out, and why

    Raises
    ------
    KeyError
        for an unknown name
    ImportError
        if the extra `atlas` is not installed
    FileExistsError
        if there is something in the folder that is not of an atlas
    ValueError
        if there is no notebook in the folder given, or one that cannot be read, or a folder that is not what it
        should be; or a repository that is not on GitHub
    """
    target = Path(directory).resolve()
    address = launch.configured(ROOT.parent) if repository is None else repository
    _installed()
    _ours(target)
    specimens = find(names)
    course, left_out = _course(notebooks, guides=bool(guides))
    beside = Beside(
        guides=Guides(Path(guides)) if guides else None,
        lite=_lite(Path(lite)) if lite else None,
        repository=launch.repository(address) if address else "",
    )
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        part.mkdir()  # at once: whether it can be is not to be found out after minutes
        report = check(*(s.name for s in specimens), seeds=range(seeds), progress=progress("checking", "module"))
        Pages(part, specimens, report, seeds, course, beside).write(progress("drawing and writing", "page"))
        _replace(target, part)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return left_out


def _installed() -> None:
    for name in NEEDED:
        if find_spec(name) is None:
            raise ImportError(f"the atlas needs {name}, which is not installed, of the extra atlas: {_installing()}")


def _installing() -> str:
    """The command for what is missing, by its own name: the extra can be named in a checkout alone."""
    packages = {"fontTools": "fonttools[woff]"}
    missing = [packages.get(name, name) for name in NEEDED if find_spec(name) is None]
    return f"pip install {' '.join(f'{name!r}' if '[' in name else name for name in missing)}"


def _ours(target: Path) -> None:
    """Raise unless the folder is new, empty, or all its files are of an atlas."""
    if not target.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {target.parent} to write the atlas into: make it first")
    if target.exists() and not target.is_dir():
        raise FileExistsError(f"{target} is a file: name a new folder for the atlas")
    there = {p.relative_to(target).as_posix() for p in target.rglob("*") if not p.is_dir() or p.is_symlink()}
    written = set((target / MANIFEST).read_text("utf-8").split("\n")) if MANIFEST in there else set()
    if others := sorted(there - written - {MANIFEST}):
        raise FileExistsError(
            f"{target} has files that are not of an atlas, such as {others[0]}: name a new folder, or move them"
        )


def _replace(target: Path, part: Path) -> None:
    """Put the new folder in the place of what is there."""
    old = part.with_suffix(".old")
    try:
        if target.exists():
            os.replace(target, old)
        os.replace(part, target)
    except BaseException:
        with suppress(OSError):
            os.replace(old, target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _lite(folder: Path) -> Path:
    if not (folder / "jupyter-lite.json").is_file():
        raise ValueError(f"{folder} has no site of JupyterLite: python docs/lite.py {folder}")
    return folder


def _course(folder: str | os.PathLike[str] | None, *, guides: bool) -> tuple[list[Notebook], list[str]]:
    """The notebooks, and their glossary if it is there; and a sentence if there are none."""
    beside = ROOT.parent / "notebooks"
    where = Path(folder or beside)
    paths = sorted(where.glob("*.ipynb"))
    if folder is not None and not paths:
        raise ValueError(f"there is no notebook (.ipynb) in {folder}")
    missing = f"no pages of notebooks: there are none in {beside}; name their folder with --notebooks"
    words = [path for path in [where.parent / "docs" / "glossary.md"] if paths and path.is_file()]
    return [read(path, guides=guides) for path in paths + words], [] if paths else [missing]
