"""What a file of weights may contain: names, types and sizes, checked before anything is allocated or inflated."""

from __future__ import annotations

import errno
import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from ..engine.text import printable
from ..engine.values import named_array

Array = np.ndarray[Any, np.dtype[Any]]

MAX_BYTES = 2**30  # 1 GiB: far more than the weights of any module of the zoo
MAX_RATIO, SMALL = 100, 2**24  # weights hardly shrink when they are compressed; below 16 MiB it does not matter
MAX_NAME, MAX_AXES, MAX_LENGTH = 500, 64, 2**63 - 1
CHUNK = 2**20  # bytes that are read at once: what is not in the array yet
DTYPES = frozenset("b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8".split())
CHECKSUM = "autograd_zoo.sha256"


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
    """Turn whatever is wrong with the bytes that the body reads into a WeightsError that begins with `what`.

    Every error: damaged bytes make zipfile, zlib, ast, json and NumPy raise a dozen kinds, and no list of them is sure.
    """
    try:
        yield
    except MemoryError:  # not the file's fault
        raise
    except WeightsError as error:
        raise WeightsError(f"{what}: {error}") from error.__cause__
    except Exception as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):  # a disk that fails, a lost share
            raise
        why = printable(str(error)) or type(error).__name__  # which may repeat what stands in the file
        raise WeightsError(f"{what} is damaged or no such file: {why}") from error


def check_name(name: Any) -> None:
    """Raise unless `name` is what a module calls a parameter: printable text that is no path of a file."""
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME:
        raise WeightsError(f"a tensor's name must be a text of 1 to {MAX_NAME} characters, got {str(name)[:40]!r}")
    if not name.isprintable() or "/" in name or "\\" in name:
        raise WeightsError(
            f"the name {name[:80]!r} has a slash, a control character or another that cannot be printed; "
            "names are paths of attributes, such as encoder.blocks.0.W"
        )


def check_header(header: Header) -> None:
    """Raise for an odd name, a dtype of no real numbers that every machine has, and lengths that are none."""
    name, dtype, shape = header
    check_name(name)
    if dtype.str[1:] not in DTYPES:
        raise WeightsError(
            f"tensor {name!r} has dtype {dtype}, and weights are float16 to float64, integers or bool; convert it first"
        )
    if len(shape) > MAX_AXES:
        raise WeightsError(f"tensor {name!r} has {len(shape):,} axes; NumPy has at most {MAX_AXES}")
    if not all(type(n) is int and n <= MAX_LENGTH for n in shape):
        raise WeightsError(f"tensor {name!r} has a length in its shape that is no number of elements")
    if any(n < 0 for n in shape):
        raise WeightsError(f"tensor {name!r} has the shape {shape}, with a negative length")


def check_headers(headers: Iterable[Header]) -> None:
    """Raise for headers that do not pass `check_header`, and for double names."""
    seen = set[str]()
    for header in headers:
        check_header(header)
        if header.name in seen:
            raise WeightsError(f"tensor {header.name!r} is there twice")
        seen.add(header.name)


def check_total(sizes: Iterable[tuple[str, int]], size: int, max_bytes: int | None, about: str = "") -> None:
    """Raise if tensors of these names and bytes are more than `max_bytes`, or than a file of `size` bytes may hold."""
    default = min(MAX_BYTES, SMALL + MAX_RATIO * size)
    most = default if max_bytes is None else max_bytes
    why = f", the default for a file of {size:,} bytes" if max_bytes is None else ""
    total = 0
    for name, nbytes in sizes:
        total += nbytes
        if total > most:
            raise WeightsError(
                f"up to tensor {name!r} the data take {about}{total:,} bytes, more than max_bytes={most:,}{why}; "
                "pass a larger max_bytes= if you trust the file"
            )


def as_arrays(state_dict: Mapping[str, Any]) -> dict[str, Array]:
    """The values as contiguous little-endian arrays, checked as they will be when the file is read."""
    if not isinstance(state_dict, Mapping):
        raise TypeError(
            f"save expects a dict from names to arrays, got {type(state_dict).__name__}; pass module.state_dict()"
        )
    arrays = {name: named_array(name, value) for name, value in state_dict.items()}
    check_headers(headers(arrays))
    return {name: np.asarray(a, a.dtype.newbyteorder("<"), order="C") for name, a in arrays.items()}


def headers(arrays: Mapping[str, Array]) -> list[Header]:
    """What a file will say about these arrays."""
    return [Header(name, a.dtype, a.shape) for name, a in arrays.items()]


def data(array: Array) -> Array:
    """The bytes of a contiguous array, without a copy."""
    return array.reshape(-1).view(np.uint8)


def checksum(headers: Iterable[Header]) -> Any:
    """A SHA-256 that has taken in names, types and shapes in their order, and is to be updated with all data."""
    return hashlib.sha256(json.dumps([(name, dtype.str, shape) for name, dtype, shape in headers]).encode())


def array(header: Header, read: Callable[[int], bytes], total: Any, *, columns_first: bool = False) -> Array:
    """The array whose data `read(n)` gives, the next n bytes at a time, so that they are never in memory twice.

    Every byte is taken into the checksum `total`.
    """
    found = np.empty(header.shape, header.dtype.newbyteorder("="))
    places: Any = found.T.flat if columns_first else found.reshape(-1)
    step = CHUNK // header.dtype.itemsize
    for start in range(0, found.size, step):
        n = min(step, found.size - start)
        chunk = read(n * header.dtype.itemsize)
        if len(chunk) < n * header.dtype.itemsize:
            raise WeightsError("the data end too early")
        total.update(chunk)
        values = np.frombuffer(chunk, header.dtype)
        if header.dtype.kind == "b" and values.view(np.uint8).max() > 1:
            raise WeightsError("a truth value is stored as 0 or 1, and another number is there")
        places[start : start + n] = values
    return found
