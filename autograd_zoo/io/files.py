"""Saving and loading: which format a path means, and that a file is either the old one or the new one."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from . import npz, safetensors
from .checks import MAX_BYTES, Array, WeightsError, as_arrays, reading

FORMATS = {".npz": npz, ".safetensors": safetensors}


def save(path: str | os.PathLike[str], state_dict: Mapping[str, Any]) -> None:
    """Write arrays to `path`; a file that is there is replaced at the very end, or stays as it is.

    Parameters
    ----------
    path : str or path
        ending in .npz, or in .safetensors (which needs the extra `weights`)
    state_dict : dict from str to array or number
        such as `module.state_dict()`

    Raises
    ------
    WeightsError
        for names and dtypes that `load` would refuse, and other endings of `path`
    ImportError
        if the extra `weights` is needed and missing

    Examples
    --------
    >>> import numpy as np, tempfile, autograd_zoo as az
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     az.io.save(folder + "/weights.npz", {"layers.0.W": np.eye(2)})
    ...     az.io.load(folder + "/weights.npz")
    {'layers.0.W': array([[1., 0.],
           [0., 1.]])}
    """
    write = _format(path).write
    try:
        arrays = as_arrays(state_dict)
    except WeightsError as error:
        raise WeightsError(f"nothing was written to {os.fspath(path)}: {error}") from error.__cause__
    target = Path(path).resolve()  # through a symbolic link, which would be replaced by a file otherwise
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        with open(temporary, "xb") as file:
            write(file, arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def load(path: str | os.PathLike[str], *, max_bytes: int = MAX_BYTES) -> dict[str, Array]:
    """Read the arrays that `save`, `np.savez` or another library wrote to `path`: all of them, or an error.

    Nothing in the file is ever run, and nothing is allocated before the headers have been checked.

    Parameters
    ----------
    path : str or path
        ending in .npz, or in .safetensors (which needs the extra `weights`)
    max_bytes : int
        refuse files whose arrays take more memory; 1 GiB

    Returns
    -------
    dict from str to ndarray
        in the order of the file, each array writable, contiguous and in this machine's byte order

    Raises
    ------
    WeightsError
        a ValueError, if the file is damaged, too large, or holds anything else than arrays of numbers
    OSError
        if it cannot be opened
    """
    read = _format(path).read
    with open(path, "rb") as file, reading(os.fspath(path)):
        arrays: dict[str, Array] = read(file, max_bytes)
        return arrays


def _format(path: str | os.PathLike[str]) -> ModuleType:
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        raise WeightsError(
            f"{os.fspath(path)}: the ending must be {' or '.join(FORMATS)}, and tells the format; got {suffix!r}"
        )
    return FORMATS[suffix]
