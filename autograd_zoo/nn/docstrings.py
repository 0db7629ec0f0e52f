r"""What the docstrings of modules say alike, said once: of arguments that a base class describes, or that all have.

>>> from autograd_zoo.nn import Transition
>>> print(Transition.__doc__.partition("channels of x and y\n")[2].partition("\n\n")[0])
activation : a function or its name ("relu", "gelu", "tanh" ...)
    f
rng : numpy.random.Generator, optional
    draws the parameters
dtype : float64 (default) or float32
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from inspect import Parameter, cleandoc, signature
from typing import Any

import numpy as np

ENTRY = re.compile(r"\n(?=\S)")

COMMON: dict[str, Callable[[Any], str]] = {
    "activation": lambda default: 'a function or its name ("relu", "gelu", "tanh" ...)\n    f',
    "affine": lambda default: "bool\n    without it there are neither γ nor β",
    "eps": lambda default: "float\n    ε",
    "rng": lambda default: (
        f"numpy.random.Generator{'' if default is Parameter.empty else ', optional'}\n    draws the parameters"
    ),
    "dtype": lambda default: (
        "float32 (default) or float64" if default is np.float32 else "float64 (default) or float32"
    ),
}
"""What arguments are, by their names, where a docstring does not say it otherwise; of their defaults."""

OF_DEFAULTS = {f"{name} : {said(d)}" for name, said in COMMON.items() for d in (Parameter.empty, None, np.float32)}
"""All that may be: where a base class has it, it is said anew, of the defaults of the class itself."""


def complete(cls: type, like: type | None = None) -> None:
    """Let the docstring of a class describe all arguments of its constructor, in the order of its signature.

    What it does not say itself is said as in the nearest base class that does, as in the class that it is `like`, or
    as in `COMMON`; where nobody describes arguments, nothing is added. Attributes are those of the bases too.
    """
    if not cls.__doc__:  # as with Python -OO
        return
    described = _entries((*cls.__mro__, *(like.__mro__ if like else ())), "Parameters")
    if described and (arguments := signature(cls).parameters):
        common = [f"{name} : {COMMON[name](a.default)}" for name, a in arguments.items() if name in COMMON]
        own = [entry for entry in described if entry not in OF_DEFAULTS]
        found = {name: entry for entry in reversed([*own, *common]) for name in _names(entry)}
        entries = dict.fromkeys(found[name] for name in arguments if name in found)
        cls.__doc__ = _with(cls.__doc__, "Parameters", entries)
    if attributes := _entries(cls.__mro__, "Attributes"):
        cls.__doc__ = _with(cls.__doc__, "Attributes", attributes)


def _entries(classes: Iterable[type], title: str) -> list[str]:
    """The descriptions in the sections of this title, first those of the first class, each name once."""
    entries, known = list[str](), set[str]()
    for cls in classes:
        text = vars(cls).get("__doc__") or ""
        if f"{title}\n" in text and (found := _section(title).search(cleandoc(text))):
            new = [entry for entry in ENTRY.split(found[1].rstrip()) if known.isdisjoint(_names(entry))]
            entries += new
            known.update(name for entry in new for name in _names(entry))
    return entries


def _names(entry: str) -> list[str]:
    return [name.strip(" *") for name in entry.partition(" : ")[0].split(",")]


def _section(title: str) -> re.Pattern[str]:
    return re.compile(rf"^{title}\n-+\n((?:.+\n?)+)", re.MULTILINE)


def _with(docstring: str, title: str, entries: Iterable[str]) -> str:
    """The docstring with these entries in the section of this title, wherever it stands, or before "Examples"."""
    text, section = cleandoc(docstring), "\n".join([title, "-" * len(title), *entries, ""])
    if _section(title).search(text):
        return _section(title).sub(lambda _: section, text)
    later = r"^(?=Attributes\n---|Examples\n---)" if title == "Parameters" else r"^(?=Examples\n---)"
    return re.sub(rf"{later}|\Z", lambda _: f"{section}\n", f"{text}\n\n", count=1, flags=re.MULTILINE).rstrip()
