"""The peak of resident memory of a step over what was there before it, in a process of its own.

Before is after the imports and a step of tiny size, which loads what is loaded late. The workload's own arrays count.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import environment

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
WORKLOADS = ("cnn", "encoder")
CONTENDERS = ("PyTorch", "composed", "fused", "floor, fresh")
STEPS = 3


def _status(field: str) -> float:
    """A field of this process's status, in MB."""
    lines = STATUS.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


def peak(name: str, who: str, threads: int, fast: bool) -> float:
    """MB over imports at the peak of steps, in this process."""
    environment.prepare(threads, fast=fast)
    from .engines import Contender, contenders, torch
    from .workloads import full, tiny

    if who == "PyTorch":
        torch.set_num_threads(threads)

    def run(make: Any, steps: int) -> None:
        contender = contenders(make(name), (who,))[who]
        assert isinstance(contender, Contender)
        with environment.blas_threads(contender.one):
            for _ in range(steps):
                contender.step()

    run(tiny, 1)
    CLEAR.write_text("5", encoding="ascii")  # the peak from here on
    before = _status("VmRSS")
    run(full, STEPS)
    return _status("VmHWM") - before


def measured(threads: int, fast: bool) -> Iterator[dict[str, Any]]:
    """The peaks of the workloads, each contender in a fresh process."""
    if not CLEAR.exists():
        return
    for name in WORKLOADS:
        peaks = {}
        for who in CONTENDERS:
            command = [sys.executable, "-m", "contests.memory", name, who, str(threads), str(fast)]
            done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True)
            peaks[who] = json.loads(done.stdout)
        yield {"name": name, "peaks": peaks}


def line(found: dict[str, Any]) -> str:
    peaks = ", ".join(f"{who} {mb:.0f}" for who, mb in found["peaks"].items())
    missed = found["peaks"]["fused"] > found["peaks"]["PyTorch"]
    return f"peak MB over imports, {found['name']}: {peaks}; fused at most PyTorch's: {'MISSED' if missed else 'holds'}"


if __name__ == "__main__":
    print(json.dumps(peak(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4] == "True")))
