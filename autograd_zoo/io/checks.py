"""What a file of weights may contain: names, types and sizes, checked before anything is allocated."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from ..engine.values import unmasked

Array = np.ndarray[Any, np.dtype[Any]]

MAX_BYTES = 2**30  # 1 GiB: far more than the weights of any module of the zoo
MAX_NAME = 500
DTYPES = frozenset("b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8".split())


class WeightsError(ValueError):
    """A file of weights cannot be read or written; the message names the file and the tensor."""


class Header(NamedTuple):
    """What a file says about one tensor before its data are read."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]

    @property
    def nbytes(self) -> int:
        """The bytes that the data take."""
        return math.prod(self.shape) * self.dtype.itemsize  # Python's integers: no overflow


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn whatever goes wrong in the body into a WeightsError that begins with `what`.

    Every error: damaged bytes make zipfile, zlib, ast, json and NumPy raise a dozen kinds, and no list of them is sure.
    """
    try:
        yield
    except ImportError:  # a library is missing: not the file's fault
        raise
    except WeightsError as error:
        raise WeightsError(f"{what}: {error}") from error.__cause__
    except Exception as error:
        raise WeightsError(f"{what} is damaged or no such file: {error or type(error).__name__}") from error


def check_name(name: Any) -> None:
    """Raise unless `name` is what a module calls a parameter: printable text that is no path of a file."""
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME:
        raise WeightsError(f"a tensor's name must be a text of 1 to {MAX_NAME} characters, got {str(name)[:40]!r}")
    if not name.isprintable() or "/" in name or "\\" in name:
        raise WeightsError(
            f"the name {name[:80]!r} has a slash, a control character or another that cannot be printed; "
            "names are paths of attributes, such as encoder.layers.0.W"
        )


def check_dtype(name: str, dtype: np.dtype[Any]) -> None:
    """Raise unless `dtype` is that of real numbers or truth values, in a size that every machine has."""
    if dtype.str[1:] not in DTYPES:
        raise WeightsError(
            f"tensor {name!r} has dtype {dtype}, and weights are float16 to float64, integers or bool; convert it first"
        )


def check_headers(headers: Iterable[Header], max_bytes: int) -> int:
    """The bytes of all data; raise if more than `max_bytes`, for odd or double names, and for dtypes of no numbers."""
    total, seen = 0, set[str]()
    for header in headers:
        check_name(header.name)
        check_dtype(header.name, header.dtype)
        if header.name in seen:
            raise WeightsError(f"tensor {header.name!r} is there twice")
        seen.add(header.name)
        if any(n < 0 for n in header.shape):
            raise WeightsError(f"tensor {header.name!r} has the shape {header.shape}, with a negative length")
        total += header.nbytes
        if total > max_bytes:
            raise WeightsError(
                f"up to tensor {header.name!r} the data take {total:,} bytes, more than max_bytes={max_bytes:,}; "
                "pass a larger max_bytes= if you trust the file"
            )
    return total


def as_arrays(state_dict: Mapping[str, Any]) -> dict[str, Array]:
    """The values as contiguous little-endian arrays, checked as they will be when the file is read."""
    if not isinstance(state_dict, Mapping):
        raise TypeError(
            f"save expects a dict from names to arrays, got {type(state_dict).__name__}; pass module.state_dict()"
        )
    arrays = {name: np.asarray(unmasked(value)) for name, value in state_dict.items()}
    check_headers(
        (Header(name, a.dtype, a.shape) for name, a in arrays.items()), sum(a.nbytes for a in arrays.values())
    )
    return {name: np.asarray(a, a.dtype.newbyteorder("<"), order="C") for name, a in arrays.items()}
