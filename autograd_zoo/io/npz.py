"""Weights as .npz: a zip archive with one .npy file per tensor, as `np.load` reads it, and a checksum for each."""

from __future__ import annotations

import os
import zipfile
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.lib import format as npy

from .checks import Array, Header, WeightsError, check_headers, check_name, reading

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
SUFFIX = ".npy"


class Member(NamedTuple):
    """A file of the archive, and what its first bytes say."""

    info: zipfile.ZipInfo
    header: Header
    start: int  # of the data
    order: Any  # "F": columns first


def write(file: IO[bytes], arrays: dict[str, Array]) -> None:
    """Write `arrays` into the archive `file`. Equal arrays give equal bytes: no time of day is stored."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(name + SUFFIX), "w", force_zip64=True) as stream:
                npy.write_array(stream, array, allow_pickle=False)


def read(file: IO[bytes], max_bytes: int) -> dict[str, Array]:
    """The arrays in the archive `file`. All headers are read and checked before the data of any."""
    with zipfile.ZipFile(file) as archive:
        _check_end(file, len(archive.infolist()))
        members = [_member(archive, info) for info in archive.infolist()]
        check_headers((m.header for m in members), max_bytes)
        for m in members:
            if m.info.file_size - m.start != m.header.nbytes:
                raise WeightsError(
                    f"tensor {m.header.name!r} of {m.header.dtype}{list(m.header.shape)} takes {m.header.nbytes:,} "
                    f"bytes, but {m.info.file_size - m.start:,} are stored"
                )
        return {m.header.name: _array(archive, m) for m in members}


def _check_end(file: IO[bytes], listed: int) -> None:
    """Compare the number of files with the archive's last record: a wrong length in the directory hides some."""
    file.seek(-22, os.SEEK_END)
    record = file.read()
    announced = int.from_bytes(record[10:12], "little")
    if record[:4] != b"PK\5\6" or announced != min(listed, 0xFFFF):
        raise WeightsError(f"{listed} files are listed, and the end of the archive does not say so: it is damaged")


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    # orig_filename: a NUL would cut what Python calls the filename short
    name = info.orig_filename.removesuffix(SUFFIX)
    check_name(name)
    if name == info.orig_filename or info.compress_type not in METHODS:
        raise WeightsError(f"{info.orig_filename!r} is no .npy file, plain or deflated, as np.savez writes them")
    with reading(f"tensor {name!r}"), archive.open(info) as stream:
        # Later versions are for headers over 64 KiB and for structured dtypes: no weights need them, attacks would.
        if npy.read_magic(stream) != (1, 0):
            raise WeightsError("its .npy format is not version 1.0")
        shape, columns_first, dtype = npy.read_array_header_1_0(stream)
        return Member(info, Header(name, dtype, shape), stream.tell(), "F" if columns_first else "C")


def _array(archive: zipfile.ZipFile, member: Member) -> Array:
    header = member.header
    with reading(f"tensor {header.name!r}"), archive.open(member.info) as stream:
        data = stream.read()  # to the end, where the checksum is compared
        stored = np.ndarray(header.shape, header.dtype, data, offset=member.start, order=member.order)
        return stored.astype(header.dtype.newbyteorder("="), order="C")
