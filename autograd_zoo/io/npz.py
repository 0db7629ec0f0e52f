"""Weights as .npz: a zip archive with one .npy file per tensor, as `np.load` reads it, and a checksum for each."""

from __future__ import annotations

import os
import struct
import zipfile
from operator import attrgetter
from typing import IO, NamedTuple

from numpy.lib import format as npy

from . import checks
from .checks import Array, Header, WeightsError

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
SUFFIX = ".npy"
HEADER = 10 + 0xFFFF  # the most bytes of a header, which are all that is inflated before the data are known to be few
DESCRIBED, DESCRIPTOR = 8, 24  # the flag of a file that was written into a pipe, and the most bytes that follow it then


class Member(NamedTuple):
    """A file of the archive, and what its first bytes say."""

    info: zipfile.ZipInfo
    header: Header
    start: int  # of the data
    columns_first: bool


def write(file: IO[bytes], arrays: dict[str, Array]) -> None:
    """Write `arrays` into the archive `file`. Equal arrays give equal bytes: no time of day is stored.

    The format's own checksums are of 32 bits, and of each file's data alone; the archive's comment has that of all.
    """
    total = checks.checksum(checks.headers(arrays))
    archive = zipfile.ZipFile(file, "w")  # not closed after an error, which closing might hide: nobody reads half of it
    try:
        for name, a in arrays.items():
            with archive.open(zipfile.ZipInfo(name + SUFFIX), "w", force_zip64=True) as stream:
                npy.write_array(stream, a, allow_pickle=False)
            total.update(checks.data(a))
        archive.comment = _comment(total.hexdigest())
        archive.close()
    except BaseException:
        archive.fp = None
        raise


def read(file: IO[bytes], max_bytes: int | None) -> dict[str, Array]:
    """The arrays in the archive `file`. All sizes and headers are read and checked before the data of any."""
    size = file.seek(0, os.SEEK_END)
    with zipfile.ZipFile(file) as archive:
        _check_directory(file, archive)
        named = [(_name(info), info) for info in archive.infolist()]
        least = ((name, max(0, info.file_size - HEADER)) for name, info in named)
        checks.check_total(least, size, max_bytes, "at least ")
        members = [_member(archive, name, info) for name, info in named]
        checks.check_headers(m.header for m in members)
        checks.check_total(((m.header.name, m.header.nbytes) for m in members), size, max_bytes)
        for m in members:
            if m.info.file_size - m.start != m.header.nbytes:
                raise WeightsError(
                    f"tensor {m.header.name!r} of {m.header.dtype}{list(m.header.shape)} takes {m.header.nbytes:,} "
                    f"bytes, but {m.info.file_size - m.start:,} are stored"
                )
        total = checks.checksum(m.header for m in members)
        arrays = {}
        for m in members:
            with checks.reading(f"tensor {m.header.name!r}"), archive.open(m.info) as stream:
                stream.read(m.start)
                arrays[m.header.name] = checks.array(m.header, stream.read, total, columns_first=m.columns_first)
                stream.read()  # the end, where its checksum is compared
        if archive.comment not in (b"", _comment(total.hexdigest())):
            raise WeightsError("the data or their names have changed since they were saved: the checksum differs")
        return arrays


def _comment(digest: str) -> bytes:
    return f"{checks.CHECKSUM}: {digest}".encode()


def _check_directory(file: IO[bytes], archive: zipfile.ZipFile) -> None:
    """Raise unless the files that are listed are all there is, from the first byte to the last: damage hides some."""
    file.seek(-22 - len(archive.comment), os.SEEK_END)
    record = file.read(22)
    listed = len(archive.infolist())
    if record[:4] != b"PK\5\6" or int.from_bytes(record[10:12], "little") != min(listed, 0xFFFF):
        raise WeightsError(f"{listed} files are listed, and the end of the archive does not say so: it is damaged")
    end = slack = 0
    for info in sorted(archive.infolist(), key=attrgetter("header_offset")):
        _check_place(end, info.header_offset, slack)
        file.seek(info.header_offset + 26)
        end = info.header_offset + 30 + sum(struct.unpack("<HH", file.read(4))) + info.compress_size
        slack = DESCRIPTOR if info.flag_bits & DESCRIBED else 0
    _check_place(end, archive.start_dir, slack)


def _check_place(end: int, start: int, slack: int) -> None:
    if not end <= start <= end + slack:
        raise WeightsError(f"the archive's list of files says nothing right of the bytes from {end:,}: it is damaged")


def _name(info: zipfile.ZipInfo) -> str:
    name = info.orig_filename.removesuffix(SUFFIX)  # a NUL would cut what Python calls the filename short
    checks.check_name(name)
    if name == info.orig_filename or info.compress_type not in METHODS:
        raise WeightsError(f"{info.orig_filename!r} is no .npy file, plain or deflated, as np.savez writes them")
    return name


def _member(archive: zipfile.ZipFile, name: str, info: zipfile.ZipInfo) -> Member:
    with checks.reading(f"tensor {name!r}"), archive.open(info) as stream:
        # Later versions are for headers over 64 KiB and for structured dtypes: no weights need them, attacks would.
        if npy.read_magic(stream) != (1, 0):
            raise WeightsError("its .npy format is not version 1.0")
        try:
            shape, columns_first, dtype = npy.read_array_header_1_0(stream)
        except MemoryError as error:  # Python's parser, of what is nested too deeply: the header is of a few bytes
            raise WeightsError("its header is nested too deeply") from error
        return Member(info, Header(name, dtype, shape), stream.tell(), columns_first)
