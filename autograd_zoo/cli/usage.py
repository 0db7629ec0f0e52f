"""What the commands share: errors of usage, kinds of arguments, progress, and files that are replaced at the end."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from io import TextIOWrapper
from typing import Any, NoReturn, TextIO

from .streams import say


class UsageError(Exception):
    """Something the user can mend; printed as one line, exit status 2."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are `UsageError`s that say what may have been meant."""

    def error(self, message: str) -> NoReturn:
        """Raise a `UsageError`."""
        choice = re.search(r"invalid choice: '(.*)' \(choose from (.*)\)", message)
        hint = _nearest(choice[1], re.findall(r"[\w-]+", choice[2])) if choice else ""
        raise UsageError(f"{message}{hint} (see {self.prog} --help)")

    def _print_message(self, message: str, file: Any = None) -> None:
        """Print help; argparse would be silent about a stream that is full."""
        print(message, end="", file=file or sys.stdout)

    def refuse(self, unknown: Sequence[str]) -> NoReturn:
        """Raise for arguments that this command does not take."""
        options = re.findall(r"--[\w-]+", self.format_usage())
        raise self.error(f"unrecognized arguments: {' '.join(unknown)}{_nearest(unknown[0], options)}")


def _nearest(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def positive(text: str) -> int:
    """A whole number of at least 1."""
    return _integer(text, 1)


def whole(text: str) -> int:
    """A whole number of at least 0."""
    return _integer(text, 0)


seed = whole


def _integer(text: str, least: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least {least}, got {text!r}")
    return number


def above_zero(text: str) -> float:
    """A finite number above 0."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0.0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return number


def bar(what: str, unit: str, plain: bool = True) -> Callable[[Iterable[Any]], Iterable[Any]]:
    """A progress bar on a terminal; elsewhere, with `plain`, a line at the start."""
    if sys.stderr.isatty():
        from tqdm import tqdm

        return lambda items: tqdm(items, desc=what, unit=unit, leave=False)
    if plain:
        say(f"{what} ...")
    return iter


def find(names: Sequence[str], others: Iterable[str] = ()) -> list[Any]:
    """The specimens of these names and families; `others` are names that may have been meant too."""
    from ..zoo import find

    try:
        return find(names)
    except KeyError as error:
        meant = error.args[0]
        for name in names:
            hint = _nearest(name, list(others))
            meant = f"{name} is neither a module of the zoo nor a network{hint}" if hint else meant
        raise UsageError(meant) from error


def columns() -> int:
    """How wide lines of text are: what COLUMNS or the terminal says, from 40 on, and at most 100, as in a file."""
    return max(40, min(100, shutil.get_terminal_size((100, 24)).columns))


@contextmanager
def replacing(path: str) -> Iterator[TextIO]:
    """A file to write into, which takes the place of that at `path` when the body has ended well."""
    from ..io.replacing import beside

    try:
        if os.path.exists(path) and not os.path.isfile(path):  # a device is written to, never replaced
            with open(path, "w", encoding="utf-8") as file:
                yield file
            return
        with beside(path) as (raw, finish):
            file = TextIOWrapper(raw, encoding="utf-8")
            yield file
            file.detach()
            finish()
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
