"""Damage to files, and files of strangers."""

from __future__ import annotations

import io
import os
import random
import zipfile
from typing import Any

import numpy as np


def flip(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def several(data: bytes, rng: random.Random) -> bytes:
    for _ in range(rng.randint(1, 4)):
        at, n = rng.randrange(len(data)), rng.randint(1, 20)
        data = rng.choice([flip(data, rng), data[:at] + data[at + n :], data[:at] + data[:n] + data[at:]])
    return data


def cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data))]


def bomb(path: str) -> None:
    """Zeros, 48 MB of them, well compressed."""
    np.savez_compressed(path, W=np.zeros(6_000_000))


def asking(path: str) -> None:
    """An archive whose header asks for more memory than there is."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("W.npy", header.getvalue() + bytes(80))


class Code:
    """What runs something when it is loaded."""

    def __reduce__(self) -> Any:
        return (os.getcwd, ())
