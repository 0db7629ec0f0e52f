"""Loading from strangers, pipes and full memory; and that no change of what a file of ours says goes unnoticed."""

import errno
import io as streams
import json
import os
import random
import re
import socket
import struct
import subprocess
import sys
import tracemalloc
import zipfile

import numpy as np
import pytest
from fuzz.files import mutated, same

from autograd_zoo import io, train
from autograd_zoo.io import safetensors
from autograd_zoo.io.checks import MAX_RATIO, SMALL

# ---- memory ---------------------------------------------------------------------------------------------------------

LARGE = np.tile(np.arange(2.0**11), (2**10, 1))  # 16 MiB
LAYOUTS = {
    "rows first": LARGE,
    "columns first": np.asfortranarray(LARGE),
    "big-endian": LARGE.astype(">f8"),
    "both": np.asfortranarray(LARGE.astype(">f8")),
}


def peak(path):
    tracemalloc.start()
    try:
        loaded = io.load(path)
        return loaded, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed], ids=["stored", "deflated"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_array_of_an_archive_is_in_memory_twice(layout, write, tmp_path):
    write(tmp_path / "w.npz", W=LAYOUTS[layout])
    loaded, most = peak(tmp_path / "w.npz")
    assert np.array_equal(loaded["W"], LARGE) and loaded["W"].flags.c_contiguous and loaded["W"].dtype.isnative
    assert most < 1.4 * LARGE.nbytes


def test_nor_is_one_of_ours(suffix, tmp_path):
    io.save(tmp_path / f"w{suffix}", {"W": LARGE})
    loaded, most = peak(tmp_path / f"w{suffix}")
    assert same(loaded, {"W": LARGE}) and most < 1.4 * LARGE.nbytes


def test_saving_makes_no_copy_either(suffix, tmp_path):
    tracemalloc.start()
    try:
        io.save(tmp_path / f"w{suffix}", {"W": LARGE})
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < (0.4 if suffix == ".safetensors" else 1.1) * LARGE.nbytes  # NumPy's own writer takes 16 MiB at once


def test_how_far_a_file_may_be_compressed_is_limited_and_said(tmp_path):
    path = tmp_path / "w.npz"
    np.savez_compressed(path, small=np.zeros(SMALL // 8))
    assert not io.load(path)["small"].any()  # below the bound, however small the file is
    np.savez_compressed(path, W=np.zeros(6_000_000))
    most = SMALL + MAX_RATIO * path.stat().st_size
    text = f"data take at least 47,9.* bytes, more than max_bytes={most:,}, the default .*; pass a larger max_bytes="
    with pytest.raises(io.WeightsError, match=text):
        io.load(path)
    assert io.load(path, max_bytes=48_000_000)["W"].shape == (6_000_000,)
    with pytest.raises(io.WeightsError, match="more than max_bytes=47,000,000; pass a larger"):
        io.load(path, max_bytes=47_000_000)


@pytest.mark.parametrize("limit", ["10", [10], b"1", np.zeros(2)], ids=repr)
def test_a_limit_that_is_no_number_is_the_callers_fault_and_no_damage(limit, suffix, tmp_path):
    io.save(tmp_path / f"w{suffix}", {"W": np.ones(2)})
    with pytest.raises(TypeError, match="max_bytes must be a number of bytes"):
        io.load(tmp_path / f"w{suffix}", max_bytes=limit)
    assert len(io.load(tmp_path / f"w{suffix}", max_bytes=np.int64(16))["W"]) == 2


def test_the_limit_of_a_training_can_be_raised_too(tmp_path):
    np.savez_compressed(tmp_path / "w.npz", W=np.zeros(6_000_000))
    with pytest.raises(io.WeightsError, match="more than max_bytes="):
        train.load(tmp_path / "w.npz")
    with pytest.raises(io.WeightsError, match="no settings of a training"):
        train.load(tmp_path / "w.npz", max_bytes=10**9)


def test_no_room_is_no_damage(suffix, tmp_path, monkeypatch):
    def full(*args, **kwargs):
        raise MemoryError("no room")

    io.save(tmp_path / f"w{suffix}", {"W": np.ones(3)})
    monkeypatch.setattr(np, "empty", full)
    with pytest.raises(MemoryError, match="no room"):
        io.load(tmp_path / f"w{suffix}")


def test_a_disk_that_fails_is_no_damage(suffix, tmp_path, monkeypatch):
    def failing(*args, **kwargs):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    io.save(tmp_path / f"w{suffix}", {"W": np.ones(3)})
    monkeypatch.setattr(np, "frombuffer", failing)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        io.load(tmp_path / f"w{suffix}")


# ---- what is no file ------------------------------------------------------------------------------------------------


def pipe(path):
    os.mkfifo(path)


def device(path):
    os.symlink("/dev/zero", path)


def listening(path):
    with socket.socket(socket.AF_UNIX) as server:
        os.chdir(path.parent)  # the name of a socket is short
        server.bind(path.name)


OTHERS = [(pipe, io.WeightsError), (device, io.WeightsError), (listening, OSError), (os.mkdir, OSError)]


@pytest.mark.skipif(os.name != "posix", reason="files of POSIX")
@pytest.mark.parametrize(("make", "error"), OTHERS, ids=[make.__name__ for make, _ in OTHERS])
def test_what_is_no_file_is_neither_read_nor_replaced(make, error, suffix, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f"w{suffix}"
    make(path)
    with pytest.raises(error, match=path.name):
        io.load(path)
    before = os.stat(path).st_mode
    with pytest.raises(OSError, match=path.name if make is not device else "/dev/zero"):
        io.save(path, {"W": np.ones(1)})
    assert os.stat(path).st_mode == before and os.listdir(tmp_path) == [path.name]


# ---- what is saved is loaded ----------------------------------------------------------------------------------------

ODD_NAMES = [
    "__metadata__",
    "a b",
    "a.npy",
    ".npy",
    "..",
    "-",
    "x" * 500,
    "∂" * 500,
    "'\"<&>",
    "%s{0}$HOME",
    "名前",
    "🎲",
]
ODD_NAMES += ["autograd_zoo.sha256", "CON", "a:b", "*?", "é", "e\u0301"]
ODD_ARRAYS = [
    np.array(2.5),
    np.zeros((0, 3)),
    np.zeros((3, 0, 2), np.float16),
    np.float16([1.5, np.inf, np.nan, -0.0, 6e-8]),
    np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    np.arange(24).reshape(2, 3, 4).transpose(2, 0, 1)[::-1],
    np.arange(4, dtype=">i2"),
    np.array([True, False]),
    np.uint64([2**64 - 1]),
    np.ones((1,) * 30, np.int8),
]


@pytest.mark.parametrize("name", ODD_NAMES, ids=ascii)
def test_an_odd_name_is_loaded_or_refused_by_save(name, suffix, tmp_path):
    state = {"a": np.ones(1), name: np.arange(3.0)}
    path = tmp_path / f"w{suffix}"
    if (name, suffix) == ("__metadata__", ".safetensors"):  # which has another meaning there
        with pytest.raises(io.WeightsError, match=r"can be called '__metadata__'; rename it, or save as \.npz"):
            io.save(path, state)
        assert os.listdir(tmp_path) == []
    else:
        io.save(path, state)
        assert same(io.load(path), state)


def test_odd_arrays_are_loaded_in_their_order(suffix, tmp_path):
    path = tmp_path / f"w{suffix}"
    state = {f"a{k}": a for k, a in enumerate(ODD_ARRAYS)}
    io.save(path, state)
    assert same(
        io.load(path),
        {name: np.ascontiguousarray(a.astype(a.dtype.newbyteorder("="))).reshape(a.shape) for name, a in state.items()},
    )
    io.save(path, {})
    assert io.load(path) == {}


def test_a_masked_array_has_no_place_in_a_file(suffix, tmp_path):
    with pytest.raises(TypeError, match="filled"):
        io.save(tmp_path / f"w{suffix}", {"W": np.ma.masked_array([1.0, 2.0], [True, False])})
    assert os.listdir(tmp_path) == []


# ---- archives with a damaged list of files --------------------------------------------------------------------------

STATE = {
    "W": np.arange(6.0).reshape(2, 3),
    "b": np.arange(3, dtype=np.float32),
    "n": np.array(7),
    "e": np.zeros((0, 2)),
}


def theirs():
    """An archive without our checksum."""
    buffer = streams.BytesIO()
    np.savez(buffer, **STATE)
    return buffer.getvalue()


def end(count, size, start):
    return b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, size, start, 0)


def without_directory(data):
    return data[: data.index(b"PK\1\2")] + end(0, 0, data.index(b"PK\1\2"))


def without_anything_that_is_listed(data):
    return data[: data.index(b"PK\1\2")] + end(0, 0, 0)


def without_the_last(data):
    first, last = data.index(b"PK\1\2"), data.rindex(b"PK\1\2")
    return data[:last] + end(len(STATE) - 1, last - first, first)


def without_the_first(data):
    first = data.index(b"PK\1\2")
    second = data.index(b"PK\1\2", first + 4)
    rest = data[second : data.rindex(b"PK\5\6")]
    return data[:first] + rest + end(len(STATE) - 1, len(rest), first)


def with_more_before(data):
    return b"#!/bin/sh\n" + data


def with_one_listed_twice(data):
    first = data.index(b"PK\1\2")
    second = data.index(b"PK\1\2", first + 4)
    stop = data.rindex(b"PK\5\6")
    return data[:stop] + data[first:second] + end(len(STATE) + 1, stop - first + second - first, first)


HIDING = [
    without_directory,
    without_anything_that_is_listed,
    without_the_last,
    without_the_first,
    with_more_before,
    with_one_listed_twice,
]


@pytest.mark.parametrize("damage", HIDING, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("whose", ["ours", "theirs"])
def test_an_archive_that_hides_something_is_damaged(damage, whose, tmp_path):
    path = tmp_path / "w.npz"
    io.save(path, STATE)
    data = damage(theirs() if whose == "theirs" else path.read_bytes())
    path.write_bytes(data)
    with pytest.raises(io.WeightsError, match=r"w\.npz.*damaged"):
        io.load(path)


def test_an_archive_that_was_written_into_a_pipe_is_read(tmp_path):
    class Pipe(streams.RawIOBase):
        def __init__(self):
            self.data = b""

        def writable(self):
            return True

        def write(self, data):
            self.data += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w") as archive:
        for name, array in STATE.items():
            buffer = streams.BytesIO()
            np.save(buffer, array)
            archive.writestr(f"{name}.npy", buffer.getvalue())
    (tmp_path / "w.npz").write_bytes(pipe.data)
    assert same(io.load(tmp_path / "w.npz"), STATE)


# ---- safetensors whose header is odd --------------------------------------------------------------------------------


def safetensor(described, data=bytes(16)):
    text = described if isinstance(described, bytes) else json.dumps(described).encode()
    return struct.pack("<Q", len(text)) + text + data


ENTRY = {"dtype": "F64", "shape": [2], "data_offsets": [0, 16]}
HEADERS = [
    ({"W": ENTRY | {"shape": [10**4000] * 64}}, "no number of elements"),
    ({"W": ENTRY | {"shape": [1] * 65}}, "65 axes"),
    ({"W": ENTRY | {"shape": [2.0]}}, "no number of elements"),
    ({"W": ENTRY | {"shape": [True]}}, "no number of elements"),
    ({"W": ENTRY | {"shape": "2"}}, "shape must be a JSON array, got a text"),
    ({"W": ENTRY | {"shape": {}, "data_offsets": [0, 8]}}, "shape must be a JSON array, got a JSON object"),
    ({"W": ENTRY | {"data_offsets": [0.0, 16.0]}}, "data_offsets must be a whole number, got float"),
    ({"W": ENTRY | {"data_offsets": [False, 16]}}, "data_offsets must be a whole number, got bool"),
    ({"W": ENTRY | {"dtype": "F\x1b[2J"}}, r"no type F\x1b[2J"),
    (b'{"W": \x1b[2J}', "damaged"),
    ({"W": ENTRY | {"data_offsets": [16, 0]}}, "must have the data_offsets [0, 16]"),
    ({"W": ENTRY | {"data_offsets": [0]}}, "damaged"),
    ({"W": ENTRY | {"dtype": ["F64"]}}, "damaged"),
    ({"W": ENTRY, "v": ENTRY | {"shape": [0], "data_offsets": [8, 8]}}, "must have the data_offsets"),
    ({"W": ENTRY, "__metadata__": 3}, "damaged"),
    ({"W": ENTRY, "__metadata__": "autograd"}, "__metadata__ must be a JSON object, got a text"),
    ({"W": ENTRY, "__metadata__": ["a"]}, "__metadata__ must be a JSON object, got a JSON array"),
    (json.dumps(["W"]).encode(), "the header must be a JSON object, got a JSON array"),
    ({"W": {"dtype": "BOOL", "shape": [16], "data_offsets": [0, 16]}}, None),
    (b'{"W":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},"__metadata__":{"a":"b","a":"c"}}', "there twice"),
]


@pytest.mark.parametrize(("described", "text"), HEADERS, ids=lambda value: str(value)[:60])
def test_odd_headers_are_refused(described, text, tmp_path):
    path = tmp_path / "w.safetensors"
    path.write_bytes(safetensor(described))
    if text is None:
        assert len(io.load(path)) == 1
        return
    with pytest.raises(io.WeightsError) as caught:
        io.load(path)
    assert text in str(caught.value) and "\x1b" not in str(caught.value)


def test_a_long_header_is_read_once(tmp_path, monkeypatch):
    """Many names, of which the last comes twice, or many keys of metadata, are not compared each with each."""
    compared = 0

    class Key(str):
        __hash__ = str.__hash__

        def __eq__(self, other):
            nonlocal compared
            compared += 1
            return str.__eq__(self, other)

    names = [Key(f"w{i}") for i in range(2000)]
    with pytest.raises(io.WeightsError, match="tensor 'w1999' is there twice"):
        safetensors._unique([*((name, 0) for name in names), (Key("w1999"), 0)])
    assert compared < 4 * len(names)
    looked = []
    monkeypatch.setattr(safetensors, "get_close_matches", lambda word, keys, **_: looked.extend(keys))
    metadata = {f"autograd_zoo.shx{i}": "" for i in range(2000)}
    (tmp_path / "w.safetensors").write_bytes(safetensor({"__metadata__": metadata, "W": ENTRY}))
    io.load(tmp_path / "w.safetensors")
    assert 4 <= len(looked) < 100


@pytest.mark.parametrize("header", ["-" * 9000 + "1", "~" * 9500 + "0", "not " * 2400 + "1"], ids=lambda h: h[:4])
def test_a_deep_header_is_damage_and_no_lack_of_memory(header, tmp_path):
    with zipfile.ZipFile(tmp_path / "w.npz", "w") as archive:
        archive.writestr("W.npy", b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header.encode() + bytes(8))
    with pytest.raises(io.WeightsError, match="tensor 'W'"):
        io.load(tmp_path / "w.npz")


def test_a_truth_value_that_is_none_is_refused(tmp_path):
    path = tmp_path / "w.safetensors"
    path.write_bytes(safetensor({"W": {"dtype": "BOOL", "shape": [16], "data_offsets": [0, 16]}}, b"\1" * 15 + b"\2"))
    with pytest.raises(io.WeightsError, match="truth value"):
        io.load(path)


FOREIGN = [None, {}, {"format": "pt"}, {"modelspec.hash_sha256": "0" * 64, "sshs_model_hash": "f" * 64}]


@pytest.mark.parametrize("metadata", FOREIGN, ids=str)
def test_metadata_of_others_is_no_checksum(metadata, tmp_path):
    path = tmp_path / "w.safetensors"
    path.write_bytes(safetensor({"W": ENTRY} if metadata is None else {"__metadata__": metadata, "W": ENTRY}))
    assert io.load(path)["W"].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    "mark", ["autograd_zoo.sha255", "autograd_zoo.sha", "Autograd.zoo,sha256", "utograd_zoo.sha256"]
)
def test_a_damaged_mark_of_ours_is_no_mark_of_others(mark, tmp_path):
    path = tmp_path / "w.safetensors"
    path.write_bytes(safetensor({"__metadata__": {mark: "0" * 64}, "W": ENTRY}))
    with pytest.raises(io.WeightsError, match="checksum differs"):
        io.load(path)


# ---- damage ---------------------------------------------------------------------------------------------------------


def test_no_damage_changes_what_is_loaded(suffix, tmp_path):
    path = tmp_path / f"w{suffix}"
    io.save(path, STATE)
    good, rng = path.read_bytes(), random.Random(0)
    for _ in range(200):
        path.write_bytes(mutated(rng, good))
        try:
            loaded = io.load(path)
        except io.WeightsError as error:
            assert str(path) in str(error)
        else:
            assert same(loaded, STATE)


def test_a_name_that_is_changed_everywhere_is_noticed(suffix, tmp_path):
    path = tmp_path / f"w{suffix}"
    io.save(path, {"layer.W": np.ones(2), "layer.b": np.ones(2)})
    path.write_bytes(path.read_bytes().replace(b"layer.W", b"layer.V"))
    with pytest.raises(io.WeightsError, match="checksum differs"):
        io.load(path)


def test_damage_to_a_mark_of_ours_does_not_make_a_file_that_of_others(tmp_path):
    """Each of the four pieces of the checksum may be overwritten whole, and the data too."""
    path = tmp_path / "w.safetensors"
    io.save(path, {"W": np.ones(2)})
    good = path.read_bytes()
    for at in re.finditer(rb"autograd_zoo\.sha256\.\d+", good):
        data = bytearray(good)
        data[at.start() : at.end()] = b"x" * (at.end() - at.start())
        data[-1] ^= 1
        path.write_bytes(data)
        with pytest.raises(io.WeightsError, match="checksum differs"):
            io.load(path)


def test_exchanged_tensors_are_noticed(tmp_path):
    path = tmp_path / "w.safetensors"
    io.save(path, {"W": np.ones(1), "v": np.zeros(1)})
    data = path.read_bytes()
    path.write_bytes(
        data.replace(b"[0,8]", b"[8,@]").replace(b"[8,16]", b"[0,8] ").replace(b"[8,@]", b"[8,16]")[: len(data)]
    )
    with pytest.raises(io.WeightsError):
        io.load(path)


def test_a_name_with_control_characters_is_escaped_in_messages(suffix, tmp_path):
    path = tmp_path / f"\x1b[31mw\n{suffix}"
    try:
        path.write_bytes(b"damage")
    except OSError:
        pytest.skip("no such file names here")
    for call in (lambda: io.load(path), lambda: io.save(path, {"\x00": np.ones(1)})):
        with pytest.raises(io.WeightsError) as caught:
            call()
        assert "\\x1b[31mw\\n" in str(caught.value) and str(caught.value).isprintable()


def test_loading_a_pipe_in_a_process_ends_at_once(tmp_path):
    """As a user would meet it: nothing writes into the pipe."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("no named pipes here")
    os.mkfifo(tmp_path / "w.npz")
    code = "import sys, autograd_zoo.io as io\ntry: io.load(sys.argv[1])\nexcept io.WeightsError as e: print(e)"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "w.npz")], capture_output=True, text=True, timeout=60, check=True
    )
    assert "is a pipe, a socket or a device" in done.stdout
