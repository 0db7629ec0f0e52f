"""The handwritten digits: 1,797 images of 8 × 8 pixels, which scikit-learn carries in its package."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def digits(
    split: Literal["train", "test"] | None = None,
    *,
    images: bool = False,
    test_fraction: float = 0.2,
    seed: int = 0,
    dtype: npt.DTypeLike = np.float64,
) -> tuple[Array, Array]:
    """The handwritten digits 0 to 9 and their labels.

    Parameters
    ----------
    split : "train", "test" or None
        one of two disjoint parts, in each of which every digit has its share, or all
    images : bool
        images (N, 1, 8, 8) for convolutions, instead of rows
    test_fraction : float
        the share of the test part
    seed : int
        another seed, other parts
    dtype : dtype
        of the pixels

    Returns
    -------
    X : ndarray, (N, 64)
        pixels between 0 and 1
    y : ndarray of int64, (N,)

    Raises
    ------
    ImportError
        if the extra `data` is missing
    ValueError
        for another split, or a fraction that is not between 0 and 1

    Notes
    -----
    Source: Alpaydin and Kaynak, "Optical recognition of handwritten digits", UCI repository, 1998: its test set.

    Examples
    --------
    >>> import autograd_zoo as az
    >>> X, y = az.data.digits("train")
    >>> X.shape, y[:5]
    ((1438, 64), array([0, 1, 2, 3, 4]))
    """
    if split not in ("train", "test", None):
        raise ValueError(f"split must be 'train', 'test' or None for all, got {split!r}")
    if not 0 < test_fraction < 1:
        raise ValueError(f"test_fraction must lie between 0 and 1, got {test_fraction!r}")
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise ImportError(
            "the digits come with scikit-learn, which is not installed: pip install scikit-learn"
        ) from error
    X, y = load_digits(return_X_y=True)
    if split:
        chosen = _in_test(y, test_fraction, seed) == (split == "test")
        X, y = X[chosen], y[chosen]
    X = (X / 16.0).astype(dtype)  # pixels count to 16
    return X.reshape(-1, 1, 8, 8) if images else X, y.astype(np.int64)


def _in_test(y: Array, fraction: float, seed: int) -> Array:
    """Which examples belong to the test part: of each class its share, drawn by `seed`."""
    rng = np.random.default_rng(seed)
    in_test = np.zeros(len(y), bool)
    for label in np.unique(y):
        members = np.flatnonzero(y == label)
        in_test[rng.permutation(members)[: math.floor(fraction * len(members) + 0.5)]] = True
    return in_test
