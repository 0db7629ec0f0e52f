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
from collections.abc import Callable, Iterator
from inspect import Parameter, cleandoc, signature
from typing import Any

import numpy as np

SECTION = re.compile(r"^Parameters\n-+\n((?:.+\n?)+)", re.MULTILINE)
PLACE = re.compile(r"^(?=\w+\n-+$)|\Z", re.MULTILINE)  # of a section that is not there yet

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


def complete(cls: type) -> None:
    """Let the docstring of a class describe all arguments of its constructor, in the order of its signature.

    What it does not say itself is said as in the nearest base class that does, or as in `COMMON`. Where neither the
    class nor a base describes arguments, nothing is added.
    """
    described, arguments = list(_described(cls)), signature(cls).parameters
    if not (described and arguments and cls.__doc__):
        return
    common = (f"{name} : {COMMON[name](a.default)}" for name, a in arguments.items() if name in COMMON)
    order, known, entries = list(arguments), set[str](), list[tuple[int, str]]()
    for entry in (*described, *common):
        names = [name.strip(" *") for name in entry.partition(" : ")[0].split(",")]
        places = [order.index(name) for name in names if name in arguments]
        if places and known.isdisjoint(names):
            entries.append((min(places), entry))
            known.update(names)
    section = "\n".join(["Parameters", "----------", *(entry for _, entry in sorted(entries))])
    text = cleandoc(cls.__doc__)
    if SECTION.search(text):
        cls.__doc__ = SECTION.sub(lambda _: f"{section}\n", text)
    else:
        cls.__doc__ = PLACE.sub(lambda _: f"{section}\n\n", f"{text}\n\n", count=1).rstrip()


def _described(cls: type) -> Iterator[str]:
    """The descriptions of arguments, first those of the class, then those of its bases."""
    for base in cls.__mro__:
        if found := SECTION.search(cleandoc(vars(base).get("__doc__") or "")):
            yield from re.split(r"\n(?=\S)", found[1].rstrip())
