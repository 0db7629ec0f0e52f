"""Rows on files: what strangers send, damage, full disks, names."""

from __future__ import annotations

import os
import random
import shutil
import stat
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import terminals
from cases import REFUSED, Case, process
from hostile import Code, asking, bomb, cut, flip, several

WORDS = (
    "Saving and loading is `az.io` (in both of its formats), `torch.save` and `torch.load`, `numpy.savez` and "
    "`numpy.load`, `safetensors.numpy`, each with its defaults. Oracle: what is loaded is what was saved, or an error; "
    "a hostile file is an error, within eight seconds. The command line is ours alone."
)
STATE = {"W": np.arange(6.0).reshape(2, 3), "b": np.arange(3, dtype=np.float32), "n": np.array(7)}
ENDINGS = {
    "autograd_zoo": (".npz", ".safetensors"),
    "PyTorch": (".pt",),
    "NumPy": (".npz",),
    "safetensors": (".safetensors",),
}
ALL = tuple(ENDINGS)
ZIPS = ("autograd_zoo", "PyTorch", "NumPy")


def save(L: Any, path: str, state: Any) -> None:
    if L.name == "autograd_zoo":
        L.az.io.save(path, state)
    elif L.name == "PyTorch":
        L.torch.save({k: L.torch.tensor(v) for k, v in state.items()}, path)
    elif L.name == "NumPy":
        np.savez(path, **state)
    else:
        L.safetensors.save_file(state, path)


def load(L: Any, path: str) -> Any:
    if L.name == "autograd_zoo":
        return L.az.io.load(path)
    if L.name == "PyTorch":
        return {k: v.numpy() for k, v in L.torch.load(path).items()}
    if L.name == "NumPy":
        with np.load(path) as archive:
            return dict(archive)
    return L.safetensors.load_file(path)


def same(a: Any, b: Any) -> bool:
    return a.keys() == b.keys() and all(
        np.array_equal(a[k], b[k]) and a[k].dtype.newbyteorder("=") == b[k].dtype.newbyteorder("=") for k in a
    )


def everywhere(
    what: str, right: Any, source: str, do: Callable[[Any, str], Any], libraries: Any = ALL, **more: Any
) -> Case:
    """A row whose program gets a path in an empty folder, with each ending that the library has."""

    def program(L: Any) -> Any:
        found = True
        for ending in ENDINGS[L.name]:
            folder = tempfile.mkdtemp()
            try:
                found = do(L, os.path.join(folder, f"w{ending}"))
            finally:
                shutil.rmtree(folder)
            if found is not True:
                break
        return found

    return Case(what, right, source, dict.fromkeys(libraries, program), **more)


def comes_back(state: Any) -> Callable[[Any, str], Any]:
    def do(L: Any, path: str) -> bool:
        save(L, path, state)
        return same(load(L, path), state)

    return do


def changed(change: Callable[[bytes, random.Random], bytes], times: int) -> Callable[[Any, str], Any]:
    """Whether a file that was changed is an error, or loads as it was, some hundred times."""

    def do(L: Any, path: str) -> bool:
        save(L, path, STATE)
        data, rng = Path(path).read_bytes(), random.Random(0)
        for _ in range(times):
            Path(path).write_bytes(change(data, rng))
            try:
                found = load(L, path)
            except Exception:
                continue
            if not same(found, STATE):
                return False
        return True

    return do


def without_directory(L: Any, path: str) -> Any:
    """An archive whose list of members is empty."""
    save(L, path, STATE)
    data = Path(path).read_bytes()
    start = data.index(b"PK\1\2")
    Path(path).write_bytes(data[:start] + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 0, 0, 0, start, 0))
    return load(L, path)


def strangers(write: Callable[[str], None]) -> Callable[[Any, str], Any]:
    def do(L: Any, path: str) -> Any:
        write(path)
        return load(L, path)

    return do


def code(L: Any, path: str) -> Any:
    if L.name == "PyTorch":
        L.torch.save({"W": Code()}, path)
    else:
        np.savez(path, W=np.array([Code()], object))
    return load(L, path)


def mode_kept(L: Any, path: str) -> bool:
    save(L, path, STATE)
    os.chmod(path, 0o600)
    save(L, path, STATE)
    return stat.S_IMODE(os.stat(path).st_mode) == 0o600


ELSEWHERE = """
import json, os, resource, signal, sys
import numpy as np
sys.path[:0] = [sys.argv[3]]
import files, libraries
name, path, what = sys.argv[1], sys.argv[2], sys.argv[4]
L = libraries.LIBRARIES[name]()
if what == "load":
    resource.setrlimit(resource.RLIMIT_AS, (1 << 35, 1 << 35))
    files.load(L, path)
else:
    if what == "killed":
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    files.save(L, path, {"W": np.ones(100_000)})
print(json.dumps(1))
"""


def elsewhere(L: Any, path: str, what: str) -> Any:
    return process(ELSEWHERE, L.name, path, str(Path(__file__).parent), what, seconds=8.0)


def no_file(make: Callable[[str], Any]) -> Callable[[Any, str], Any]:
    def do(L: Any, path: str) -> Any:
        make(path)
        return elsewhere(L, path, "load")

    return do


def old_stays(what: str) -> Callable[[Any, str], Any]:
    """Whether the old file is whole after a save that failed or was killed, and nothing is beside it after the next."""

    def do(L: Any, path: str) -> Any:
        save(L, path, STATE)
        try:
            elsewhere(L, path, what)
        except Exception:
            pass
        else:
            return "it could be saved"
        try:
            whole = same(load(L, path), STATE)
        except Exception:
            whole = False
        save(L, path, STATE)
        return (
            True if whole and os.listdir(os.path.dirname(path)) == [os.path.basename(path)] else "the old file is lost"
        )

    return do


def no_room(L: Any) -> Any:
    """Whether a MemoryError, while a file is read, is one."""
    path, empty = os.path.join(tempfile.mkdtemp(), "w.npz"), np.empty

    def full(*_: Any, **__: Any) -> Any:
        raise MemoryError

    save(L, path, STATE)
    try:
        np.empty = full
        L.az.io.load(path)
    except MemoryError:
        return True
    finally:
        np.empty = empty
        shutil.rmtree(os.path.dirname(path))
    return False


ROWS = [
    everywhere(
        "an .npz of 47 kB that unpacks to 48 MB",
        REFUSED,
        "hostile",
        strangers(bomb),
        ("autograd_zoo", "NumPy"),
        names=("max_bytes",),
    ),
    everywhere("an .npz whose header asks for 7 TiB", REFUSED, "hostile", strangers(asking), ("autograd_zoo", "NumPy")),
    everywhere("a file with code to run", REFUSED, "hostile", code, ZIPS),
    everywhere(
        "loading a pipe that nobody writes into", REFUSED, "no file", no_file(os.mkfifo), names=("pipe",), slow=True
    ),
    everywhere(
        "loading /dev/zero",
        REFUSED,
        "no file",
        no_file(lambda path: os.symlink("/dev/zero", path)),
        names=("pipe",),
        slow=True,
    ),
    everywhere("one bit flipped, 100 times", True, "noticed, or the same", changed(flip, 100)),
    everywhere("one to four changes, 100 times", True, "noticed, or the same", changed(several, 100)),
    everywhere("a file that is cut off, 30 times", True, "noticed, or the same", changed(cut, 30)),
    everywhere(
        "an archive whose list of members is empty", REFUSED, "damaged", without_directory, ZIPS, names=("damaged",)
    ),
    everywhere(
        "an array called `__metadata__`",
        True,
        "it comes back",
        comes_back({"__metadata__": np.ones(2)}),
        names=("rename",),
    ),
    everywhere("an array called `file`", True, "it comes back", comes_back({"file": np.ones(2)})),
    everywhere(
        "a big-endian array",
        True,
        "it comes back",
        comes_back({"W": np.arange(3, dtype=">f8")}),
        ("autograd_zoo", "NumPy", "safetensors"),
    ),
    everywhere("a transposed view", True, "it comes back", comes_back({"W": np.arange(6.0).reshape(2, 3).T})),
    everywhere(
        "a masked array",
        REFUSED,
        "the mask would be lost",
        comes_back({"W": np.ma.masked_array([1.0, 2.0], [False, True])}),
        ("autograd_zoo", "NumPy", "safetensors"),
        names=("filled",),
    ),
    everywhere("the mode 0600 of a file that is replaced", True, "it stays", mode_kept),
    everywhere("a full disk while a file is replaced", True, "the old one stays", old_stays("full"), slow=True),
    everywhere("a process killed while it replaces a file", True, "the old one stays", old_stays("killed"), slow=True),
    Case("no memory while a file is read: a MemoryError", True, "no damage", {"autograd_zoo": no_room}),
    *terminals.ROWS,
]
