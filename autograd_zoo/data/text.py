"""English text that comes with Python itself, as numbers, and how well counts of characters predict it."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def topics() -> str:
    """What `help("topics")` has to read, one text of about 370,000 characters: each paragraph once, topics by name.

    Topics quote each other at length. A paragraph that came again could stand in the training part as well as in the
    held-out one, and would be known by heart there.

    Raises
    ------
    ImportError
        if this Python comes without its documentation

    Notes
    -----
    Source: "The Python Language Reference" and "The Python Standard Library", as `pydoc_data.topics` has them; the text
    changes a little from one version of Python to the next.

    Examples
    --------
    >>> import autograd_zoo as az
    >>> az.data.topics()[:22]
    'The "assert" statement'
    """
    try:
        from pydoc_data.topics import topics as pages
    except ImportError as error:
        raise ImportError(
            "this Python comes without pydoc_data, a part of its standard library: install all of it"
        ) from error
    paragraphs = (part.strip("\n") for name in sorted(pages) for part in pages[name].split("\n\n"))
    return "\n\n".join(dict.fromkeys(part for part in paragraphs if part.strip())) + "\n"


def characters(
    split: Literal["train", "test"] | None = None, *, test_fraction: float = 0.1
) -> tuple[npt.NDArray[np.int64], str]:
    """The text of `topics` as numbers, and its alphabet: character k is `alphabet[k]`.

    Parameters
    ----------
    split : "train", "test" or None
        the beginning, the end, or all
    test_fraction : float
        the share of the end

    Raises
    ------
    ImportError
        if this Python comes without its documentation
    ValueError
        for another split, or a fraction that is not between 0 and 1

    Examples
    --------
    >>> import autograd_zoo as az
    >>> x, alphabet = az.data.characters("train")
    >>> az.data.decode(x[:22], alphabet)
    'The "assert" statement'
    """
    if split not in ("train", "test", None):
        raise ValueError(f"split must be 'train', 'test' or None for all, got {split!r}")
    if not 0 < test_fraction < 1:
        raise ValueError(f"test_fraction must lie between 0 and 1, got {test_fraction!r}")
    text = topics()
    alphabet = "".join(sorted(set(text)))
    x = encode(text, alphabet)
    cut = round((1 - test_fraction) * len(x))
    return {"train": x[:cut], "test": x[cut:], None: x}[split], alphabet


def encode(text: str, alphabet: str) -> npt.NDArray[np.int64]:
    """The place of each character in the alphabet.

    Raises
    ------
    ValueError
        for a character that is not in it

    Examples
    --------
    >>> encode("abba", "abc")
    array([0, 1, 1, 0])
    """
    place = {character: k for k, character in enumerate(alphabet)}
    unknown = sorted(set(text) - place.keys())
    if unknown:
        raise ValueError(f"the alphabet of {len(alphabet)} characters has no {unknown[0]!r}; leave it out")
    return np.array([place[character] for character in text], dtype=np.int64)


def decode(x: npt.ArrayLike, alphabet: str) -> str:
    """The text that `encode` made x of.

    Examples
    --------
    >>> decode([0, 1, 1, 0], "abc")
    'abba'
    """
    return "".join(alphabet[k] for k in np.asarray(x).tolist())


def bits(
    x: Array, symbols: int, *, after: int = 0, counted: Array | None = None, smoothing: float | None = None
) -> float:
    """Bits that a table of counts spends on one character of x: − mean log₂ (n + α) / (Σ n + α K)

    n counts the character in its context, which is nothing, or the one character before it.

    Parameters
    ----------
    x : ndarray of integers
        the text to be predicted
    symbols : int
        K, the size of the alphabet
    after : 0 or 1
        0 for single characters (unigrams), 1 for a character after another (bigrams)
    counted : ndarray of integers, optional
        the text that is counted. If it is x itself, as by default, the result is the entropy of the counts: no table
        of this kind can do better on x, since it has seen what it predicts.
    smoothing : float, optional
        α; 0 if x itself is counted, else 0.1, without which a pair that was never counted would take ∞ bits

    Examples
    --------
    >>> x = encode("abab" * 8, "ab")
    >>> bits(x, 2), round(abs(bits(x, 2, after=1)), 6)
    (1.0, 0.0)
    """
    if after not in (0, 1):
        raise ValueError(f"after must be 0 for single characters or 1 for pairs, got {after!r}")
    alpha = (0.0 if counted is None else 0.1) if smoothing is None else smoothing
    source = x if counted is None else counted
    context, character = source[: len(source) - after] * after, source[after:]
    n = np.bincount(context * symbols + character, minlength=symbols * symbols).reshape(symbols, symbols)
    context, character = x[: len(x) - after] * after, x[after:]
    seen, total = n[context, character], n.sum(axis=1)[context]
    return float(-np.mean(np.log2((seen + alpha) / (total + alpha * symbols))))
