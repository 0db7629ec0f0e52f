"""Damaged and hostile files: what is loaded is right, or the documented error is raised; memory has a bound."""

import io as streams
import json
import struct
import tempfile
import tracemalloc
import warnings
import zipfile
import zlib
from functools import cache
from pathlib import Path

import numpy as np

import autograd_zoo as az
from autograd_zoo import io, nn, train

STATES = [
    {"layers.0.W": np.arange(6.0).reshape(2, 3), "b": np.arange(3, dtype=np.float32), "n": np.array(7)},
    {"mask": np.array([True, False]), "e": np.zeros((0, 2)), "∂": np.array([1.5], np.float16), "i": np.int64([-1])},
    {},
]
WORDS = (
    "descr fortran_order shape True False None '<f8' '|O' '>i2' '|b1' (2,3) (0,) (-1,) (1e9,) (99999999999,) () ( { [ "
    "__metadata__ dtype data_offsets F64 F32 BOOL BF16 [0,48] [0,0] [48,0] [-1,47] 18446744073709551616 1e400 NaN null "
    "true autograd_zoo.sha256 format \\u0000 \\ud800 .npy ../x"
).split()
LIMIT = 2**20


@cache
def written(which, how):
    """The bytes of a good file: of ours, of NumPy's, or of another library."""
    state, buffer = STATES[which], streams.BytesIO()
    if how in (".npz", ".safetensors"):
        with tempfile.TemporaryDirectory() as folder:
            io.save(f"{folder}/w{how}", state)
            return Path(folder, f"w{how}").read_bytes()
    if how == "foreign.safetensors":
        data = written(which, ".safetensors")
        length = int.from_bytes(data[:8], "little")
        text = json.loads(data[8 : 8 + length])
        text["__metadata__"] = {"format": "np"}
        plain = json.dumps(text).encode()
        return len(plain).to_bytes(8, "little") + plain + data[8 + length :]
    (np.savez if how == "savez.npz" else np.savez_compressed)(buffer, **state)
    return buffer.getvalue()


HOW = (".npz", ".safetensors", "savez.npz", "deflated.npz", "foreign.safetensors")


def mutated(rng, data, most=6):
    """The bytes after some changes: flips, other bytes, words, numbers, and pieces removed, repeated or moved."""
    data = bytearray(data)
    for _ in range(rng.randint(1, most)):
        at, other, n = rng.randint(0, len(data)), rng.randint(0, len(data)), rng.randint(1, 40)
        match rng.randrange(9):
            case 0 | 1 if at < len(data):
                data[at] ^= 1 << rng.randrange(8)
            case 2 if at < len(data):
                data[at] = rng.choice(b"\0\1\x7f\x80\xff \n\"'{}[]()0129") if rng.random() < 0.7 else rng.randrange(256)
            case 3:
                data[at : at + n] = data[other : other + n]
            case 4:
                data[at:at] = data[other : other + n]
            case 5:
                del data[at : at + n]
            case 6:
                word = rng.choice(WORDS).encode()
                data[at : at + rng.choice((0, len(word)))] = word
            case 7:
                number = rng.choice((0, 1, 127, 2**15, 2**31 - 1, 2**32 - 1, 2**63, 2**64 - 1, len(data)))
                width = rng.choice((2, 4, 8))
                data[at : at + width] = (number % 256**width).to_bytes(width, "little")
            case 8:
                del data[at if rng.random() < 0.5 else len(data) - n :]
    return bytes(data)


def rebuilt(rng, data, how):
    """A file in which a part was changed and all sums and lengths were put right again, as an attacker would."""
    if how.endswith("safetensors"):
        length = int.from_bytes(data[:8], "little")
        text = mutated(rng, data[8 : 8 + length], 3)
        return len(text).to_bytes(8, "little") + text + data[8 + length :]
    buffer = streams.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that come twice
        _rebuild(rng, data, buffer)
    return buffer.getvalue()


def _rebuild(rng, data, buffer):
    with zipfile.ZipFile(streams.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for info in old.infolist():
            content = old.read(info)
            for _ in range(rng.choice((1, 1, 1, 0, 2))):
                changed = mutated(rng, content, 3) if rng.random() < 0.5 else content
                name = info.filename if rng.random() < 0.8 else rng.choice(WORDS).replace("\\ud800", "") + ".npy"
                new.writestr(zipfile.ZipInfo(name), changed, rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))


def bomb(rng):
    """Much that was compressed to little, declared or not."""
    n = rng.choice((2**18, 2**21, 2**22))
    shape = rng.choice((n // 8, n, 2, 2**40))
    text = f"{{'descr': '<f8', 'fortran_order': {rng.random() < 0.5}, 'shape': ({shape},)}}\n".encode()
    member = b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text + bytes(n)
    buffer = streams.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for k in range(rng.randint(1, 3)):
            archive.writestr(f"w{k}.npy", member)
    return buffer.getvalue()


def same(a, b):
    return list(a) == list(b) and all(
        a[k].dtype == b[k].dtype and a[k].shape == b[k].shape and a[k].tobytes() == b[k].tobytes() for k in a
    )


def loader(rng, folder):
    """`az.io.load` of any bytes: the arrays, or WeightsError; of a file of ours the very arrays that were saved."""
    which, how, kind = rng.randrange(len(STATES)), rng.choice(HOW), rng.random()
    good = written(which, how)
    data = bomb(rng) if kind > 0.99 else rebuilt(rng, good, how) if kind > 0.6 else mutated(rng, good)
    path = Path(folder, f"w.{'npz' if kind > 0.99 else how.rpartition('.')[2]}")
    path.write_bytes(data)
    measured = rng.random() > 0.95
    if measured:
        tracemalloc.start()
    try:
        loaded = io.load(path, max_bytes=LIMIT)
    except io.WeightsError as error:
        assert str(path) in str(error) and "\n" not in str(error)[:200].replace(str(path), "")
        return
    finally:
        if measured:
            most = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert most < LIMIT + 2**22 + 60 * len(data), f"{most:,} bytes for a file of {len(data):,}"
    assert sum(a.nbytes for a in loaded.values()) <= LIMIT
    assert all(a.dtype.isnative and a.flags.c_contiguous and a.flags.writeable for a in loaded.values())
    if how in (".npz", ".safetensors") and kind <= 0.6:
        assert same(loaded, STATES[which]), f"{how}: {loaded}"
    io.save(path, loaded)
    assert same(io.load(path), loaded)


ALPHABET = "aW0._ -∂é名🎲\"'<&>{}[]()%\\/:*\x00\x1b\n\u202e\ud800\u00a0\ufeff"
KINDS = "b1 i1 >i2 i4 i8 u1 u4 >u8 f2 f4 >f4 f8 >f8 c8 U3 O M8[s] longdouble".split()


def anything(rng):
    """A value that somebody may want to save."""
    shape = tuple(rng.choice((0, 1, 2, 3)) for _ in range(rng.randrange(4)))
    dtype = np.dtype(rng.choice(KINDS))
    array = np.zeros(shape, dtype)
    if dtype.kind in "biuf" and array.size:
        array[...] = np.frombuffer(rng.randbytes(array.nbytes), dtype).reshape(shape) if dtype.kind != "b" else True
    match rng.randrange(8):
        case 0:
            return np.asfortranarray(array)
        case 1:
            return array[..., ::-1] if array.ndim else array
        case 2:
            return array.T
        case 3:
            return rng.choice((1, 2.5, True, None, "x", [1.0], 10**30, az.Tensor(1.0), np.ma.masked_array([1.0])))
    return array


def saver(rng, folder):
    """What `az.io.save` accepts is loaded as it was; what it refuses leaves no file."""
    path = Path(folder, rng.choice(("s.npz", "s.safetensors")))
    path.unlink(missing_ok=True)
    names = ["".join(rng.choices(ALPHABET, k=rng.choice((0, 1, 3, 20, 600)))) for _ in range(rng.randrange(4))]
    names += ["__metadata__"] * (rng.random() < 0.1)
    state = {name: anything(rng) for name in names}
    try:
        with np.errstate(all="ignore"):
            io.save(path, state)
    except (io.WeightsError, TypeError) as error:
        assert not path.exists() and str(error).isprintable()
        return
    expected = {name: np.asarray(value) for name, value in state.items()}
    expected = {name: a.astype(a.dtype.newbyteorder("="), order="C") for name, a in expected.items()}
    assert same(io.load(path), expected)


@cache
def trained():
    """A small training that has made two steps, its settings, and its state."""
    rng = np.random.default_rng(0)
    model = nn.Sequential(nn.Linear(2, 3, rng=rng), nn.BatchNorm1d(3), nn.Linear(3, 2, rng=rng))
    training = train.Training(model, rng, lr=0.01, warmup=3)
    X, y = np.arange(8.0).reshape(4, 2), np.array([0, 1, 1, 0])
    training.epoch(train.classified(model, [(X, y), (X, y)]))
    return training, train.Settings("sort", "transformer", 0, None, 4, 0.01, "numbers"), training.state_dict()


def odd(rng, value):
    """Another value in the place of one of a checkpoint."""
    value = np.asarray(value)
    match rng.randrange(9):
        case 0:
            return value.astype(rng.choice(("f2", "f4", "f8", "i8", "u1", "b1", "u8")), casting="unsafe")
        case 1:
            return value[None]
        case 2:
            return np.array(rng.choice((np.nan, np.inf, -np.inf, -1, 0, 2**63 - 1, 1e300, True)))
        case 3:
            return np.zeros(0)
        case 4:
            return value.ravel()[:1].reshape(()) if value.size else value
        case 5:
            return np.frombuffer(mutated(rng, value.tobytes() or b"x", 3), np.uint8)
        case 6:
            return np.array([2**64 - 1] * 6, np.uint64)
        case 7:
            return -value if value.dtype.kind == "f" else value
        case _:
            raw = bytearray(value.tobytes())
            if raw:
                raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
            return np.frombuffer(bytes(raw), value.dtype).reshape(value.shape) if value.dtype.kind != "b" else value


def checkpoint(rng, folder):
    """`train.load` and `load_state_dict` of any state: all of it, or ValueError and nothing."""
    training, settings, before = trained()
    path = Path(folder, rng.choice(("run.npz", "run.safetensors")))
    train.save(path, training, settings)
    state = dict(io.load(path))
    for _ in range(rng.randint(1, 3)):
        name = rng.choice(sorted(state)) if state else "settings"
        match rng.randrange(6):
            case 0:
                state.pop(name, None)
            case 1:
                state[name + rng.choice(("x", ".0", " "))] = state.pop(name, np.ones(1))
            case 2:
                text = json.dumps({"task": 3, "steps": -1, "lr": "x", "seed": True} | {rng.choice(WORDS): 1})
                state["settings"] = np.frombuffer(text.encode(), np.uint8)
            case 3 if "settings" in state:
                state["settings"] = np.frombuffer(mutated(rng, state["settings"].tobytes(), 2), np.uint8)
            case _:
                with np.errstate(all="ignore"):
                    state[name] = odd(rng, state.get(name, 0))
    if rng.random() < 0.02:
        path.write_bytes(mutated(rng, path.read_bytes()))
    else:
        io.save(path, state)
    try:
        _, found = train.load(path)
        with np.errstate(all="ignore"):
            training.load_state_dict(found)
    except ValueError as error:
        assert str(error).replace("\n", " ").isprintable()
        assert same(arrays(training.state_dict()), arrays(before)), "half of a state was loaded"
    else:
        training.load_state_dict(before)


def arrays(state):
    return {name: np.asarray(value) for name, value in state.items()}


def spelled(rng, folder):
    """Sums that are right by chance must not be needed: the tests of this file can fail."""
    data = bytearray(written(0, "savez.npz"))
    at = data.index(np.arange(6.0).tobytes())
    data[at + rng.randrange(48)] ^= 1 << rng.randrange(8)
    path = Path(folder, "flip.npz")
    path.write_bytes(data)
    try:
        io.load(path)
    except io.WeightsError:
        pass
    else:
        raise AssertionError(f"a flipped bit of {zlib.crc32(data):08x} was not noticed")


TARGETS = (loader, saver, checkpoint, spelled)
