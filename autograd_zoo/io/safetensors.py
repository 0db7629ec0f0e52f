"""Weights as .safetensors, for exchange with other libraries: a header in JSON, then the data; the checksum is ours."""

from __future__ import annotations

import json
import os
from collections import Counter
from difflib import get_close_matches
from itertools import islice
from typing import IO, Any, NamedTuple

import numpy as np

from ..engine.text import printable
from . import checks
from .checks import Array, Header, WeightsError

METADATA = "__metadata__"
MAX_HEADER = 10**7
MARKS = 16  # keys of the metadata among which ours are looked for
KINDS = {dict: "a JSON object", list: "a JSON array", int: "a whole number", str: "a text"}
NAMES = {code: "BOOL" if code == "b1" else f"{code[0].upper()}{8 * int(code[1])}" for code in checks.DTYPES}
DTYPES = {name: code for code, name in NAMES.items()}


class Entry(NamedTuple):
    """What the header says about one tensor, and where its data begin and end."""

    header: Header
    start: int
    end: int


def write(file: IO[bytes], arrays: dict[str, Array]) -> None:
    """Write `arrays`, and their checksum as metadata: the format has none, and a flipped bit would go unnoticed."""
    if METADATA in arrays:
        raise WeightsError(f"no tensor of a .safetensors file can be called {METADATA!r}; rename it, or save as .npz")
    ordered = sorted(arrays.values(), key=lambda a: -a.itemsize)  # each begins at a multiple of its elements' size
    ends = np.cumsum([0, *(a.nbytes for a in ordered)]).tolist()
    places = {id(a): list(place) for a, *place in zip(ordered, ends, ends[1:], strict=False)}
    total = checks.checksum(checks.headers(arrays))
    for a in ordered:
        total.update(checks.data(a))
    entries = {
        name: {"dtype": NAMES[a.dtype.str[1:]], "shape": a.shape, "data_offsets": places[id(a)]}
        for name, a in arrays.items()
    }
    described = {METADATA: _marks(total.hexdigest()), **entries}
    text = json.dumps(described, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    file.write(len(text).to_bytes(8, "little") + text)
    for a in ordered:
        file.write(checks.data(a).data)


def read(file: IO[bytes], max_bytes: int | None) -> dict[str, Array]:
    """The arrays in `file`. The header is read and checked before the data."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    length = int.from_bytes(file.read(8), "little")
    if length > min(size - 8, MAX_HEADER):
        raise WeightsError(f"the header claims {length:,} bytes; the file has {size:,}, and {MAX_HEADER:,} are allowed")
    described = json.loads(file.read(length), object_pairs_hook=_unique)
    metadata = _is(dict, described, "the header").pop(METADATA, {})
    _is(dict, metadata, METADATA)
    entries = [_entry(name, about) for name, about in described.items()]
    checks.check_headers(entry.header for entry in entries)
    checks.check_total(((entry.header.name, entry.header.nbytes) for entry in entries), size, max_bytes)
    ordered = sorted(entries, key=lambda entry: (entry.start, entry.end))
    _check_places(ordered, size - 8 - length)
    total = checks.checksum(entry.header for entry in entries)
    found = {entry.header.name: checks.array(entry.header, file.read, total) for entry in ordered}
    # A key that is nearly one of ours is ours, damaged. We write them first; to compare thousands would take minutes.
    ours = get_close_matches(checks.CHECKSUM, islice(metadata, MARKS), n=1, cutoff=0.6)
    if ours and not _marks(total.hexdigest()).items() <= metadata.items():
        raise WeightsError("the data or their names have changed since they were saved: the checksum differs")
    return {name: found[name] for name in described}


def _marks(digest: str) -> dict[str, str]:
    """The checksum as metadata: in pieces, so that damage to one is noticed and never takes the mark of all away."""
    return {f"{checks.CHECKSUM}.{k}": digest[k : k + 16] for k in range(0, 64, 16)}


def _entry(name: str, about: dict[str, Any]) -> Entry:
    with checks.reading(f"tensor {name!r}"):
        if about["dtype"] not in DTYPES:
            raise WeightsError(f"NumPy has no type {printable(str(about['dtype'])[:40])}; save it as F32 first")
        dtype = np.dtype("<" + DTYPES[about["dtype"]])
        shape, (start, end) = _is(list, about["shape"], "shape"), _is(list, about["data_offsets"], "data_offsets")
        return Entry(Header(name, dtype, tuple(shape)), _is(int, start, "data_offsets"), _is(int, end, "data_offsets"))


def _is(kind: type, value: Any, what: str) -> Any:
    """`value`, if it is of the kind that the format says."""
    if type(value) is not kind:
        raise TypeError(f"{what} must be {KINDS[kind]}, got {KINDS.get(type(value), type(value).__name__)}")
    return value


def _check_places(ordered: list[Entry], stored: int) -> None:
    """Raise unless the tensors fill the file, one behind the other."""
    total = sum(entry.header.nbytes for entry in ordered)
    if total != stored:
        raise WeightsError(f"the header describes {total:,} bytes of data, but {stored:,} are stored")
    end = 0
    for header, *place in ordered:
        if place != [end, end + header.nbytes]:
            raise WeightsError(
                f"tensor {header.name!r} must have the data_offsets {[end, end + header.nbytes]}, where the one before "
                f"it ends, got {place}: it is damaged"
            )
        end += header.nbytes


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object as a dict, refused if a key comes twice: readers differ in which one they take."""
    found = dict(pairs)
    if len(found) < len(pairs):
        [(twice, _)] = Counter(key for key, _ in pairs).most_common(1)
        raise WeightsError(f"tensor {twice[:80]!r} is there twice")
    return found
