"""Saving and loading: which format a path means, and that a file is either the old one or the new one."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from ..engine.text import printable
from . import npz, safetensors
from .checks import Array, WeightsError, as_arrays, reading
from .replacing import beside

FORMATS = {".npz": npz, ".safetensors": safetensors}


def save(path: str | os.PathLike[str], state_dict: Mapping[str, Any]) -> None:
    """Write arrays to `path`; a file that is there is replaced at the very end, or stays as it is.

    The new file has the mode of the old one. A symbolic link stays, and what it leads to is replaced. What a process
    that was killed while it saved to `path` has left beside it is removed.

    Parameters
    ----------
    path : str or path
        ending in .npz or .safetensors
    state_dict : dict from str to array or number
        such as `module.state_dict()`

    Raises
    ------
    WeightsError
        for names and dtypes that `load` would refuse, and other endings of `path`
    OSError
        if `path` cannot be written, or is no file: a directory, a pipe, a device

    Examples
    --------
    >>> import numpy as np, tempfile, autograd_zoo as az
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     az.io.save(folder + "/weights.npz", {"layers.0.W": np.eye(2)})
    ...     az.io.load(folder + "/weights.npz")
    {'layers.0.W': array([[1., 0.],
           [0., 1.]])}
    """
    with written(path, state_dict) as finish:
        finish()


@contextmanager
def written(path: str | os.PathLike[str], state_dict: Mapping[str, Any]) -> Iterator[Callable[[], None]]:
    """Do all that `save` does but its last step, which is the call of what is yielded; without it nothing is left."""
    shown, write = printable(os.fspath(path)), _format(path).write
    try:
        arrays = as_arrays(state_dict)
        with beside(path) as (file, finish):
            write(file, arrays)
            yield finish
    except WeightsError as error:
        raise WeightsError(f"nothing was written to {shown}: {error}") from error.__cause__


def load(path: str | os.PathLike[str], *, max_bytes: int | None = None) -> dict[str, Array]:
    """Read the arrays that `save`, `np.savez` or another library wrote to `path`: all of them, or an error.

    Nothing in the file is ever run, and nothing is allocated or inflated before sizes and headers have been checked.
    Beside the arrays themselves no memory is taken but for what is read at once, 1 MiB.

    Parameters
    ----------
    path : str or path
        ending in .npz or .safetensors
    max_bytes : int, optional
        refuse files whose arrays take more memory. By default 1 GiB, and no more than 16 MiB and 100 times the bytes
        of the file: data that were compressed better than that are no weights

    Returns
    -------
    dict from str to ndarray
        in the order of the file, each array writable, contiguous and in this machine's byte order

    Raises
    ------
    WeightsError
        a ValueError, if the file is damaged, too large, or holds anything else than arrays of numbers
    TypeError
        if `max_bytes` is no number
    OSError
        if it cannot be opened or read
    MemoryError
        if there is no room for the arrays

    Notes
    -----
    What `save` wrote has a SHA-256 of all names, types, shapes and data, and whatever changes one of them is noticed.
    An .npz of others has a CRC-32 for the data of each array: damage is noticed but for a chance of 2⁻³², and a name
    that was changed in both of its places is not. A .safetensors of others has none: no change of its data is noticed.
    """
    if max_bytes is not None and not isinstance(max_bytes, (int, float, np.integer)):
        raise TypeError(f"max_bytes must be a number of bytes, or None for the default, got {max_bytes!r}")
    read = _format(path).read
    shown = printable(os.fspath(path))
    with open(path, "rb", opener=_without_waiting) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise WeightsError(f"{shown} is a pipe, a socket or a device; save what comes from it as a file first")
        with reading(shown):
            arrays: dict[str, Array] = read(file, max_bytes)
            return arrays


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # a pipe that nobody writes into would be waited for


def _format(path: str | os.PathLike[str]) -> ModuleType:
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        raise WeightsError(
            f"{printable(os.fspath(path))}: the ending must be {' or '.join(FORMATS)}, and tells the format; "
            f"got {suffix!r}"
        )
    return FORMATS[suffix]
