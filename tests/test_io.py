"""Files of weights: what comes back is what was saved, and a hostile or damaged file gives one kind of error."""

import io as streams
import json
import os
import re
import stat
import struct
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
from fuzz.files import same
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import autograd_zoo as az
from autograd_zoo import io
from autograd_zoo.io.checks import DTYPES

STATE = {
    "encoder.layers.0.W": np.arange(6.0).reshape(2, 3),
    "encoder.layers.0.b": np.array([0.5, -0.0, np.inf], np.float32),
    "norm.running_var": np.array(2.0),
    "empty": np.zeros((0, 4), np.float16),
    "steps": np.array(7),
    "mask": np.array([True, False]),
    "file": np.array([1], np.uint8),  # np.savez cannot store this name
    "∂L/∂x".replace("/", "∕"): np.ones(1),
}


def test_what_comes_back_is_what_was_saved(suffix, tmp_path):
    io.save(tmp_path / f"w{suffix}", STATE)
    loaded = io.load(tmp_path / f"w{suffix}")
    assert same(loaded, STATE)
    assert all(a.flags.writeable and a.flags.c_contiguous and a.flags.owndata for a in loaded.values())


@settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_characters="/\\")).filter(lambda s: s.isprintable() and s),
        st.sampled_from(sorted(DTYPES)).flatmap(
            lambda d: hnp.arrays(np.dtype(d), hnp.array_shapes(min_dims=0, min_side=0))
        ),
        max_size=3,
    )
)
def test_any_arrays_of_numbers_come_back(tmp_path_factory, state):
    path = tmp_path_factory.mktemp("io") / "w.npz"
    io.save(path, state)
    assert same(io.load(path), state)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12.0).reshape(3, 4).T,
        np.arange(12.0)[::-2],
        np.broadcast_to(np.float32(3), (2, 3)),
        np.arange(3, dtype=">f8"),
        np.asfortranarray(np.ones((2, 3))),
        3,
        2.5,
        True,
        [1.0, 2.0],
    ],
    ids=lambda a: str(getattr(a, "strides", a)),
)
def test_arrays_of_every_layout_and_numbers_are_stored_by_value(array, suffix, tmp_path):
    io.save(tmp_path / f"w{suffix}", {"a": array})
    loaded = io.load(tmp_path / f"w{suffix}")["a"]
    assert np.array_equal(loaded, array) and loaded.dtype == np.asarray(array).dtype.newbyteorder("=")


def test_numpy_reads_our_archives_and_we_read_numpys(tmp_path):
    state = {name: a for name, a in STATE.items() if name != "file"}
    io.save(tmp_path / "ours.npz", state)
    with np.load(tmp_path / "ours.npz", allow_pickle=False) as archive:
        assert same(dict(archive), state)
    for write in (np.savez, np.savez_compressed):
        write(tmp_path / "theirs.npz", **state, fortran=np.asfortranarray(np.arange(6.0).reshape(2, 3)))
        assert same(io.load(tmp_path / "theirs.npz"), state | {"fortran": np.arange(6.0).reshape(2, 3)})


@pytest.mark.oracle
def test_pytorch_reads_our_safetensors(tmp_path):
    torch = pytest.importorskip("torch")
    theirs = pytest.importorskip("safetensors.torch")
    io.save(tmp_path / "w.safetensors", STATE)
    assert torch.equal(theirs.load_file(tmp_path / "w.safetensors")["steps"], torch.tensor(7))


def test_equal_arrays_give_equal_bytes(suffix, tmp_path):
    for name in "ab":
        io.save(tmp_path / f"{name}{suffix}", STATE)
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


@pytest.mark.parametrize(
    ("state", "error", "text"),
    [
        ({"../x": np.ones(1)}, io.WeightsError, "nothing was written to {path}: the name '../x' has a slash"),
        ({"a\x00b": np.ones(1)}, io.WeightsError, r"the name 'a\x00b' has a slash, a control character"),
        ({"a\x1b[31m": np.ones(1)}, io.WeightsError, "a control character"),
        ({"\ud800": np.ones(1)}, io.WeightsError, "cannot be printed"),
        ({"": np.ones(1)}, io.WeightsError, "a text of 1 to 500 characters, got ''"),
        ({3: np.ones(1)}, io.WeightsError, "a text of 1 to 500 characters, got '3'"),
        ({"x": np.array([{}])}, io.WeightsError, "tensor 'x' has dtype object"),
        ({"x": np.array(["a"])}, io.WeightsError, "tensor 'x' has dtype <U1"),
        ({"x": np.zeros(2, [("a", "f8")])}, io.WeightsError, "tensor 'x' has dtype [('a', '<f8')]"),
        ({"x": np.array([1j])}, io.WeightsError, "tensor 'x' has dtype complex128"),
        ({"x": np.array(["2026"], "M8[Y]")}, io.WeightsError, "tensor 'x' has dtype datetime64[Y]"),
        ([np.ones(1)], TypeError, "save expects a dict from names to arrays, got list; pass module.state_dict()"),
        ({"W": az.Tensor([1.0])}, TypeError, ".data"),
    ],
)
def test_what_could_not_be_loaded_is_not_saved(state, error, text, tmp_path):
    path = tmp_path / "w.npz"
    path.write_bytes(b"old")
    with pytest.raises(error, match=re.escape(text.format(path=path))):
        io.save(path, state)
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["w.npz"]


@pytest.mark.parametrize("name", ["w", "w.npy", "w.pt", "w.npz.bak"])
def test_the_ending_tells_the_format(name, tmp_path):
    for call in (lambda p: io.save(p, {}), io.load):
        with pytest.raises(io.WeightsError, match=r"the ending must be \.npz or \.safetensors"):
            call(tmp_path / name)


def test_a_file_that_is_not_there_is_an_ordinary_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        io.load(tmp_path / "none.npz")
    with pytest.raises(FileNotFoundError):
        io.save(tmp_path / "none" / "w.npz", STATE)


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_an_interrupted_save_leaves_the_old_file(moment, suffix, tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    path = tmp_path / f"w{suffix}"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, moment, interrupt)
    with pytest.raises(KeyboardInterrupt):
        io.save(path, STATE)
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == [path.name]


@pytest.mark.skipif(os.name != "posix", reason="modes and links of POSIX")
def test_a_saved_file_has_the_usual_mode_and_a_link_stays_a_link(tmp_path):
    target, link = tmp_path / "target.npz", tmp_path / "link.npz"
    link.symlink_to(target)
    old = os.umask(0o027)
    try:
        io.save(link, STATE)
    finally:
        os.umask(old)
    assert link.is_symlink() and stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_file_of_the_other_library_and_ours_are_one_format(tmp_path):
    library = pytest.importorskip("safetensors.numpy")
    state = {name: np.asarray(a) for name, a in STATE.items()}
    io.save(tmp_path / "ours.safetensors", state)
    library.save_file(state, tmp_path / "theirs.safetensors")
    for file in ("ours", "theirs"):
        for load in (library.load_file, io.load):
            assert same(dict(sorted(load(tmp_path / f"{file}.safetensors").items())), dict(sorted(state.items())))


# ---- hostile archives ----


def npy(header, data=b"", version=(1, 0)):
    """The bytes of a .npy file with any header."""
    text = header if isinstance(header, bytes) else header.encode()
    return b"\x93NUMPY" + bytes(version) + struct.pack("<H" if version == (1, 0) else "<I", len(text)) + text + data


def header(descr="'<f8'", shape="(2,)", order="False"):
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}}}\n"


def archive(members, method=zipfile.ZIP_STORED):
    """The bytes of a zip archive with these (name, bytes)."""
    buffer = streams.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that come twice
        with zipfile.ZipFile(buffer, "w", method) as file:
            for name, data in members:
                file.writestr(zipfile.ZipInfo(name), data, compress_type=method)
    return buffer.getvalue()


GOOD = npy(header(), bytes(16))
ARCHIVES = [
    ([("../W.npy", GOOD)], "the name '../W' has a slash"),
    ([("/etc/W.npy", GOOD)], "the name '/etc/W' has a slash"),
    ([("a\\W.npy", GOOD)], "has a slash"),
    ([("W\x07.npy", GOOD)], "a control character"),
    ([("x" * 501 + ".npy", GOOD)], "a text of 1 to 500 characters"),
    ([(".npy", GOOD)], "a text of 1 to 500 characters"),
    ([("W.txt", GOOD)], "'W.txt' is no .npy file"),
    ([("W", GOOD)], "'W' is no .npy file"),
    ([("W.npy", GOOD), ("W.npy", GOOD)], "tensor 'W' is there twice"),
    ([("W.npy", b"")], "tensor 'W' is damaged"),
    ([("W.npy", b"PK\x03\x04")], "tensor 'W' is damaged"),
    ([("W.npy", npy(header(), version=(2, 0)))], "tensor 'W': its .npy format is not version 1.0"),
    ([("W.npy", npy(header("'|O'"), bytes(16)))], "tensor 'W' has dtype object"),
    ([("W.npy", npy(header("[('a', '<f8')]"), bytes(16)))], "tensor 'W' has dtype [('a', '<f8')]"),
    ([("W.npy", npy(header("'<U4'"), bytes(16)))], "tensor 'W' has dtype <U4"),
    ([("W.npy", npy(header("'<c16'"), bytes(32)))], "tensor 'W' has dtype complex128"),
    ([("W.npy", npy(header("__import__('os').getcwd()")))], "tensor 'W' is damaged"),
    (
        [("W.npy", npy(header(shape="(1" + "0" * 12 + ",)")))],
        "the data take 8,000,000,000,000 bytes, more than max_bytes=",
    ),
    ([("W.npy", npy(header(shape="(-2,)"), bytes(16)))], "shape (-2,), with a negative length"),
    ([("W.npy", npy(header(shape="(2.0,)"), bytes(16)))], "tensor 'W' is damaged"),
    ([("W.npy", npy(header(), bytes(15)))], "tensor 'W' of float64[2] takes 16 bytes, but 15 are stored"),
    ([("W.npy", npy(header(), bytes(17)))], "takes 16 bytes, but 17 are stored"),
    ([("W.npy", npy("{" * 9000))], "tensor 'W' is damaged"),
    ([("W.npy", npy(b"\xff" * 50))], "tensor 'W' is damaged"),
    ([("A.npy", npy(header(shape="(1000000,)"))), ("B.npy", npy(header(shape="(1500000,)")))], "up to tensor 'B'"),
]


@pytest.mark.parametrize(("members", "text"), ARCHIVES, ids=[text[:40] for _, text in ARCHIVES])
def test_hostile_archives_are_refused(members, text, tmp_path):
    path = tmp_path / "w.npz"
    path.write_bytes(archive(members))
    with pytest.raises(io.WeightsError, match=re.escape(f"{path}: ")) as caught:
        io.load(path)
    assert text in str(caught.value)


def test_other_ways_of_compression_and_encryption_are_refused(tmp_path):
    path = tmp_path / "w.npz"
    path.write_bytes(archive([("W.npy", GOOD)], zipfile.ZIP_LZMA))
    with pytest.raises(io.WeightsError, match="plain or deflated"):
        io.load(path)
    data = bytearray(archive([("W.npy", GOOD)]))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    path.write_bytes(data)
    with pytest.raises(io.WeightsError, match="encrypted"):
        io.load(path)


BOMBS = r"""
import re, resource, sys
import autograd_zoo.io as io
used = int(re.search(r"VmData:\s+(\d+)", open("/proc/self/status").read())[1]) << 10
resource.setrlimit(resource.RLIMIT_DATA, (used + (50 << 20),) * 2)
try:
    io.load(sys.argv[1], max_bytes=None if sys.argv[2] == "default" else int(sys.argv[2]))
except io.WeightsError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits the memory of a process")
@pytest.mark.parametrize(
    ("member", "max_bytes", "text"),
    [
        (npy(header(shape="(12500000,)"), bytes(100_000_000)), "default", "more than max_bytes=26,"),
        (npy(header(shape="(300000000,)"), bytes(100_000_000)), "1000000000", "more than max_bytes=1,000,000,000;"),
        (npy(header(shape="(2,)"), bytes(100_000_000)), "1000000000", "takes 16 bytes, but 100,000,000 are stored"),
        (npy(b" " * 100_000_000, version=(2, 0)), "1000000000", "not version 1.0"),
    ],
    ids=["ratio", "data", "more-than-declared", "header"],
)
def test_a_small_file_cannot_ask_for_much_memory(member, max_bytes, text, tmp_path):
    path = tmp_path / "w.npz"
    path.write_bytes(archive([("W.npy", member)], zipfile.ZIP_DEFLATED))
    assert path.stat().st_size < 200_000
    command = [sys.executable, "-c", BOMBS, path, max_bytes]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert text in done.stdout


def test_max_bytes_can_be_set(suffix, tmp_path):
    path = tmp_path / f"w{suffix}"
    io.save(path, {"a": np.zeros(8), "b": np.zeros(8)})
    assert len(io.load(path, max_bytes=128)) == 2
    with pytest.raises(io.WeightsError, match="up to tensor 'b' the data take 128 bytes, more than max_bytes=127"):
        io.load(path, max_bytes=127)


def safetensor(entries, data=b""):
    text = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
    return struct.pack("<Q", len(text)) + text + data


def entry(dtype="F64", shape=(2,), offsets=(0, 16)):
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


ONE = json.dumps(entry())
SAFETENSORS = [
    (b"", "the header claims 0 bytes; the file has 0"),
    (b"\xff" * 8, "the header claims 18,446,744,073,709,551,615 bytes; the file has 8"),
    (struct.pack("<Q", 1 << 40) + b"{}", "the header claims 1,099,511,627,776 bytes"),
    (safetensor(b"{"), "is damaged"),
    (safetensor(b"[" * 100_000), "is damaged"),
    (safetensor(b"[]"), "is damaged"),
    (safetensor({"../W": entry()}, bytes(16)), "the name '../W' has a slash"),
    (safetensor(f'{{"W": {ONE}, "W": {ONE}}}'.encode(), bytes(16)), "tensor 'W' is there twice"),
    (safetensor({"W": entry("BF16", (8,))}, bytes(16)), "tensor 'W': NumPy has no type BF16"),
    (safetensor({"W": {}}, bytes(16)), "tensor 'W' is damaged"),
    (safetensor({"W": 3}, bytes(16)), "tensor 'W' is damaged"),
    (safetensor({"W": entry(shape=(-2,))}, bytes(16)), "with a negative length"),
    (safetensor({"W": entry(shape=(10**12,))}, bytes(16)), "more than max_bytes"),
    (safetensor({"W": entry(shape=(3,))}, bytes(16)), "the header describes 24 bytes of data, but 16 are stored"),
    (safetensor({"W": entry(offsets=(8, 24))}, bytes(16)), "is damaged"),
    (safetensor({"W": entry(), "b": entry()}, bytes(32)), "is damaged"),
]


@pytest.mark.parametrize(("data", "text"), SAFETENSORS, ids=[text[:40] for _, text in SAFETENSORS])
def test_hostile_safetensors_are_refused(data, text, tmp_path):
    path = tmp_path / "w.safetensors"
    path.write_bytes(data)
    with pytest.raises(io.WeightsError, match=re.escape(str(path))) as caught:
        io.load(path)
    assert text in str(caught.value)


def test_safetensors_of_others_have_no_checksum_and_load(tmp_path):
    library = pytest.importorskip("safetensors.numpy")
    library.save_file({"W": np.ones(2)}, tmp_path / "w.safetensors")
    assert io.load(tmp_path / "w.safetensors")["W"].tolist() == [1.0, 1.0]


# ---- damage ----


def outcome(path: Path, data: bytes):
    """What loading these bytes gives: arrays, or the one error."""
    path.write_bytes(data)
    try:
        return io.load(path)
    except io.WeightsError as error:
        assert str(path) in str(error)
        return None


def test_no_flipped_bit_goes_unnoticed(suffix, tmp_path):
    path = tmp_path / f"w{suffix}"
    state = {"W": np.arange(3.0), "layers.0.b": np.ones((2, 1), np.float32)}
    io.save(path, state)
    data = path.read_bytes()
    for position in range(len(data)):
        flipped = bytearray(data)
        flipped[position] ^= 1 << position % 8
        loaded = outcome(path, bytes(flipped))
        assert loaded is None or same(loaded, state), f"byte {position}"


def test_a_file_cut_short_is_refused(suffix, tmp_path):
    path = tmp_path / f"w{suffix}"
    io.save(path, STATE)
    data = path.read_bytes()
    assert all(outcome(path, data[:length]) is None for length in range(0, len(data), 7))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_damage_of_any_kind_gives_arrays_or_the_one_error(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("io")
    io.save(folder / "good.npz", STATE)
    good = (folder / "good.npz").read_bytes()
    at = data.draw(st.integers(0, len(good)))
    outcome(
        folder / "bad.npz", good[:at] + data.draw(st.binary(max_size=40)) + good[at + data.draw(st.integers(0, 40)) :]
    )


def test_no_pickle_in_the_package():
    package = Path(az.__file__).parent
    found = [
        f.name
        for f in package.rglob("*.py")
        if re.search(r"^\s*(import|from) (pickle|dill|joblib)", f.read_text("utf8"), re.M)
    ]
    assert not found
