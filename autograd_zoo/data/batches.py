"""Mini-batches and one-hot targets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_zoo.engine.values import array, truth, unmasked

Array = npt.NDArray[Any]


def one_hot(y: npt.ArrayLike, classes: int, *, dtype: npt.DTypeLike = np.float64) -> Array:
    """Rows of the identity matrix: 1 in the column of the label, 0 elsewhere.

    Shapes: y (...) of whole numbers, the result (..., classes).

    Raises
    ------
    TypeError
        if the labels are not whole numbers
    ValueError
        if a label is not in 0 ... classes - 1

    Examples
    --------
    >>> one_hot([2, 0], classes=3)
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    labels = labels_within(y, classes)
    return np.equal(labels[..., None], np.arange(classes)).astype(dtype)


def labels_within(y: npt.ArrayLike, classes: int) -> Array:
    """The labels y as an array, if they are whole numbers in 0 ... classes - 1."""
    labels: Array = array(unmasked(y))
    if labels.dtype.kind not in "iu" and labels.size:
        raise TypeError(f"labels must be whole numbers, got {labels.dtype}; convert them with y.astype(int)")
    if labels.size and truth(np.any((labels < 0) | (labels >= classes))):
        wrong = labels.min() if labels.min() < 0 else labels.max()
        raise ValueError(f"labels must lie in 0 ... {classes - 1} for classes={classes}, got {wrong}")
    return labels


def batches(
    X: Array,
    y: Array,
    batch_size: int,
    *,
    rng: np.random.Generator | None = None,
    shuffle: bool = True,
    drop_last: bool = False,
) -> Iterator[tuple[Array, Array]]:
    """One pass over the examples in mini-batches (X[k], y[k]), in a new order drawn from `rng`.

    Parameters
    ----------
    X, y : ndarray
        N examples and N targets, along the first axis
    batch_size : int
    rng : Generator
    shuffle : bool
        False keeps the order of the examples
    drop_last : bool
        leave out a last batch that is smaller than the others

    Yields
    ------
    X, y : ndarrays
        copies of `batch_size` rows each; the last ones may have fewer

    Raises
    ------
    ValueError, TypeError
        at the call, not at the first batch

    Examples
    --------
    >>> import numpy as np
    >>> X, y = np.arange(10.0).reshape(5, 2), np.arange(5)
    >>> for xk, yk in batches(X, y, 2, shuffle=False):
    ...     print(xk.shape, yk)
    (2, 2) [0 1]
    (2, 2) [2 3]
    (1, 2) [4]
    """
    X, y = np.asarray(unmasked(X)), np.asarray(unmasked(y))
    if X.ndim == 0 or y.ndim == 0 or len(X) != len(y):
        raise ValueError(f"X and y must have one row for each example, got shapes {X.shape} and {y.shape}")
    if isinstance(batch_size, bool) or not hasattr(batch_size, "__index__") or batch_size < 1:
        raise ValueError(f"batch_size must be a whole number of at least 1, got {batch_size!r}")
    if rng is not None and not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a np.random.Generator or None, got {rng!r}; write rng=np.random.default_rng(0)")
    order = (rng or np.random.default_rng()).permutation(len(X)) if shuffle else np.arange(len(X))
    stop = len(X) - len(X) % batch_size if drop_last else len(X)
    parts = (order[k : k + batch_size] for k in range(0, stop, batch_size))
    return ((X[part], y[part]) for part in parts)
