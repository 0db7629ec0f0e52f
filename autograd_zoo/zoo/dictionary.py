"""The dictionary of readings, one letter each, and the predicates within which a formula may be exact.

A reading says what the document's notation means, the same wherever it stands; a predicate is computed from the sizes
and the values of a sample. `docs/verdicts.md` explains both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..engine.tensor import Array

READINGS: dict[str, str] = {
    "B": "m counts all numbers of a channel, over the batch and over the positions",
    "C": "a letter on the line beside a letter is its subscript: Wc is W_c",
    "D": "diag keeps the diagonal of a square matrix and zeroes the rest",
    "E": "the element x_i inside a formula for a vector stands for the vector of all elements",
    "F": "a sum whose index is a fraction runs over the letters in it that make the fraction an integer",
    "I": "indices count from 0, up to and without the bound",
    "K": "outside of its sum, the index of a sum stands for its number of terms, if it numbers nothing there",
    "L": "L_t is what of the loss looks at step t itself",
    "O": "⊙ multiplies element by element whether its factors lie or stand",
    "P": "⊙ comes before a matrix product, and a row or column beside a matrix multiplies each of its own",
    "Q": "q is the probability that an element is dropped",
    "S": "an index that the left side lacks is summed over",
    "T": "ᵀ of a map or kernel reverses every axis about index 0: index i becomes −i",
    "Z": "outside of its bounds an array is 0",
}
"""Letter -> what it takes the notation to mean. Which rows need it is computed."""

OTHERWISE: dict[str, str] = {
    "b": "⊙ comes after a matrix product",
    "c": "indices count from 1",
    "d": "diag of a matrix is the column of its diagonal",
    "f": "of several maximal elements the first alone was maximal",
    "k": "q is the probability that an element is kept",
    "p": "ᵀ reverses the last two axes within their bounds",
    "r": "ᵀ reverses every axis within its bounds: index i becomes K − 1 − i",
    "s": "ᵀ swaps the axes",
    "t": "a formula for one step t means the last one",
    "u": "a size that is no integer is rounded up",
    "v": "a size that is no integer is rounded down",
}
"""Readings that were tried and are none of the dictionary's: what they make of the rows is shown beside."""


def _unique_in_windows(x: Array, kernel_size: Any, stride: Any) -> bool:
    p, q = np.broadcast_to(kernel_size, 2)
    u, v = np.broadcast_to(stride, 2)
    windows = sliding_window_view(x, (p, q), axis=(-2, -1))[..., ::u, ::v, :, :]
    return bool(np.all(np.sum(windows == windows.max((-2, -1), keepdims=True), (-2, -1)) == 1))


def _unique(x: Array) -> bool:
    return int(np.sum(x == np.max(x))) == 1


def _divides(size: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any) -> bool:
    return bool(np.all((size + 2 * padding - dilation * (kernel_size - 1) - 1) % stride == 0))


PREDICATES: dict[str, tuple[Callable[..., bool], ...]] = {
    "σ² ≥ 999 ε": (lambda x, eps: bool(np.all(np.var(x, axis=0) >= 999 * eps)),),
    "no element of x is 0": (lambda x: bool(np.all(np.asarray(x) != 0)),),
    "the maximum is unique": (_unique_in_windows, _unique),
    "the stride divides": (_divides,),
    "sizes are even": (lambda size: bool(np.all(np.asarray(size) % 2 == 0)),),
}
"""What is asked of a sample -> how it is computed; the arguments' names say what has to be there for it to be asked."""

_NEEDS = {f: tuple(signature(f).parameters) for forms in PREDICATES.values() for f in forms}


def holding(view: Mapping[str, Any]) -> dict[str, bool]:
    """The predicates that can be asked of a sample, by its arguments' names, and whether they hold for it."""
    found: dict[str, bool] = {}
    for name, forms in PREDICATES.items():
        for f in forms:
            if name not in found and all(n in view for n in _NEEDS[f]):
                found[name] = f(**{n: view[n] for n in _NEEDS[f]})
    return found


def meaning(letters: str) -> str:
    """What letters take the notation to mean, in words.

    >>> from autograd_zoo.zoo.dictionary import meaning
    >>> meaning("Zr")
    'outside of its bounds an array is 0 (Z); ᵀ reverses every axis within its bounds: index i becomes K − 1 − i (r)'
    """
    return "; ".join(f"{(READINGS | OTHERWISE)[letter]} ({letter})" for letter in letters)


def filled(page: str, more: Mapping[str, list[str]] | None = None) -> str:
    """A page of Markdown with the dictionary between its marks, and with more lines between others."""
    words = {
        "dictionary": _table("what the notation means", READINGS),
        "otherwise": _table("what it would mean", OTHERWISE),
        "predicates": [f"- {name}" for name in PREDICATES],
    }
    for mark, lines in (words | dict(more or {})).items():
        text = "\n".join([f"<!-- {mark} -->\n", *lines, "\n<!-- end -->"])
        head, _, rest = page.partition(f"<!-- {mark} -->")
        page = head + text + rest.partition("<!-- end -->")[2]
    return page


def _table(head: str, letters: Mapping[str, str]) -> list[str]:
    rows = (f"| {letter} | {meaning} |" for letter, meaning in letters.items())
    return [f"| letter | {head} |", "| --- | --- |", *rows]
