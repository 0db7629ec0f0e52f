"""Rows on what reaches a terminal: names with control characters, and the command line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from typing import Any

import numpy as np
from cases import Case

ESCAPE = "\x1b[31mred"


def plain(text: str) -> bool:
    """Whether a text is without control characters."""
    return not any(ord(c) < 32 and c != "\n" for c in text)


def module_name(L: Any) -> bool:
    """The repr of a model one of whose parts has such a name."""
    nn = L.az.nn if L.name == "autograd_zoo" else L.torch.nn
    model = nn.Module()
    setattr(model, ESCAPE, nn.Linear(1, 1))
    return plain(repr(model))


def missing(L: Any) -> bool:
    """The error about a state that has such a name."""
    nn = L.az.nn if L.name == "autograd_zoo" else L.torch.nn
    model = nn.Linear(1, 1)
    try:
        model.load_state_dict({**model.state_dict(), ESCAPE: model.state_dict()[next(iter(model.state_dict()))]})
    except Exception as error:
        return plain(str(error))
    return False


def damaged(L: Any) -> bool:
    """The error about a damaged file that has such a name."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, ESCAPE + {"PyTorch": ".pt", "safetensors": ".safetensors"}.get(L.name, ".npz"))
        with open(path, "wb") as file:
            file.write(b"PK\3\4 damaged")
        load = {
            "autograd_zoo": lambda: L.az.io.load(path),
            "PyTorch": lambda: L.torch.load(path),
            "NumPy": lambda: np.load(path),
            "safetensors": lambda: L.safetensors.load_file(path),
        }
        try:
            load[L.name]()
        except Exception as error:
            return plain(str(error))
    return False


def tape(L: Any) -> bool:
    """A tape one of whose leaves has such a name."""
    y = L.az.Tensor([1.0], name=ESCAPE) * 2.0
    return plain(str(L.az.Tape(y)))


def long_line(L: Any) -> bool:
    """A tape one of whose leaves has a name of 700,000 characters."""
    y = L.az.Tensor([1.0], name="x" * 700_000) * 2.0
    return max(map(len, str(L.az.Tape(y)).splitlines())) < 1_000


def command(*args: str, shell: str = "", **environment: str) -> Any:
    """The exit status of `autograd-zoo ...`, and whether it printed a traceback."""
    line = [sys.executable, "-m", "autograd_zoo", *args]
    if shell:
        line = ["sh", "-c", f'"$@" {shell}', "sh", *line]
    done = subprocess.run(line, capture_output=True, env={**os.environ, **environment}, check=False)
    return (done.returncode, b"Traceback" in done.stderr)


def interrupted(_: Any) -> Any:
    """Ctrl-C after 20, 40, ... ms."""
    found = set()
    for k in range(1, 7):
        running = subprocess.Popen(
            [sys.executable, "-m", "autograd_zoo", "check"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        time.sleep(0.2 + 0.05 * k)
        running.send_signal(signal.SIGINT)
        _, error = running.communicate()
        found.add((running.returncode, b"Traceback" in error))
    return found == {(130, False)}


def ours(when: str, program: Any, slow: bool = True) -> Case:
    return Case(when, True, "as documented", {"autograd_zoo": program}, slow=slow)


BOTH = ("autograd_zoo", "PyTorch")
ROWS = [
    Case("an escape sequence in a module's name: its repr", True, "none is raw", dict.fromkeys(BOTH, module_name)),
    Case("... in a name of a state: the error", True, "none is raw", dict.fromkeys(BOTH, missing)),
    Case(
        "... in the name of a damaged file: the error",
        True,
        "none is raw",
        dict.fromkeys((*BOTH, "NumPy", "safetensors"), damaged),
    ),
    ours("... in the name of a leaf: the tape", tape, slow=False),
    ours("a leaf's name of 700,000 characters: the lines of the tape are short", long_line, slow=False),
    ours(
        "`list` where the output is ASCII",
        lambda _: command("list", PYTHONIOENCODING="ascii") == (0, False),
        slow=False,
    ),
    ours("`list` where the output is cp1252", lambda _: command("list", PYTHONIOENCODING="cp1252") == (0, False)),
    ours("`list` where stdout is closed", lambda _: command("list", shell=">&-") == (0, False)),
    ours("`list` into a pipe that nobody reads", lambda _: command("list", shell="| true") == (0, False)),
    ours("`--help` where the terminal has no width", lambda _: command("--help", COLUMNS="0") == (0, False)),
    ours("a command that does not exist: exit status 2", lambda _: command("chekc") == (2, False)),
    ours("Ctrl-C in `check`, six times: 130, no traceback", interrupted),
]
