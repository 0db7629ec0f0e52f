"""Weights as .safetensors, for exchange with other libraries: a header in JSON, then the data; the checksum is ours."""

from __future__ import annotations

import hashlib
import json
import os
from typing import IO, Any

import numpy as np

from .checks import Array, Header, WeightsError, check_headers, reading

CHECKSUM = "autograd_zoo.sha256"  # the format has none: a flipped bit of the data would go unnoticed
MAX_HEADER = 10**7
DTYPES = dict(
    BOOL="b1",
    I8="i1",
    I16="i2",
    I32="i4",
    I64="i8",
    U8="u1",
    U16="u2",
    U32="u4",
    U64="u8",
    F16="f2",
    F32="f4",
    F64="f8",
)


def write(file: IO[bytes], arrays: dict[str, Array]) -> None:
    """Write `arrays`, and their checksum as metadata."""
    file.write(_library().save(arrays, metadata={CHECKSUM: _checksum(arrays)}))


def read(file: IO[bytes], max_bytes: int) -> dict[str, Array]:
    """The arrays in `file`. The header is read and checked before the data."""
    library = _library()
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    start = file.read(8)
    length = int.from_bytes(start, "little")
    if length > min(size - 8, MAX_HEADER):
        raise WeightsError(f"the header claims {length:,} bytes; the file has {size:,}, and {MAX_HEADER:,} are allowed")
    text = file.read(length)
    header = json.loads(text, object_pairs_hook=_unique)
    metadata = header.pop("__metadata__", {})
    total = check_headers([_header(name, entry) for name, entry in header.items()], max_bytes)
    if 8 + length + total != size:
        raise WeightsError(f"the header describes {total:,} bytes of data, but {size - 8 - length:,} are stored")
    found = library.load(start + text + file.read())
    arrays = {name: np.array(found[name]) for name in header}  # the library's own order is that of a hash
    if CHECKSUM in metadata and metadata[CHECKSUM] != _checksum(arrays):
        raise WeightsError("the data or their names have changed since they were saved: the checksum differs")
    return arrays


def _header(name: str, entry: dict[str, Any]) -> Header:
    with reading(f"tensor {name!r}"):
        if entry["dtype"] not in DTYPES:
            raise WeightsError(f"NumPy has no type {entry['dtype']}; save it as F32 first")
        return Header(name, np.dtype(DTYPES[entry["dtype"]]), tuple(entry["shape"]))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object as a dict, refused if a key comes twice: readers differ in which one they take."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key in found if sum(key == k for k, _ in pairs) > 1)
        raise WeightsError(f"tensor {twice!r} is there twice")
    return found


def _checksum(arrays: dict[str, Array]) -> str:
    """One sum over names, types, shapes and data, in the order of the names."""
    total = hashlib.sha256()
    for name, a in sorted(arrays.items()):
        total.update(f"{name!r} {a.dtype.str} {a.shape} ".encode())
        total.update(a.tobytes())
    return total.hexdigest()


def _library() -> Any:
    try:
        import safetensors.numpy
    except ImportError as error:
        raise ImportError(
            'files ending in .safetensors need the package safetensors: pip install "autograd-zoo[weights]"; '
            "files ending in .npz need nothing more"
        ) from error
    return safetensors.numpy
