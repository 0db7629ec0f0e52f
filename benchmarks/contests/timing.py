"""Contenders on the same work, in one process: compared with PyTorch first, then timed A B C A B C ..., in rounds.

A round gives each contender a block of calls, after a while in which it runs untimed, so that the threads of the last
one have gone to sleep: those of OpenBLAS look for work for a tenth of a second after their last, and keep a core busy
with it, and PyTorch's do for a while. A block that other programs disturbed is timed again while patience lasts. What
is quoted is the median over rounds of the ratio of two contenders of the same round.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .engines import Contender, Step, Workload, contenders
from .environment import blas_threads, busy

Clock = Callable[[], float]
CALM = 0.15  # cores that others may use while a block is timed
SLOW, SLOWEST = 1.0, 5.0  # seconds of a first call, from which on a contender has two rounds alone, and one
LEAST = 3  # rounds of a workload whose time is over


class Pace(NamedTuple):
    """How long is measured, and by what: rounds, seconds of a block and before it, and to wait for others in all.

    No round begins once a workload has had its `share` of seconds, but for the first `LEAST`.
    """

    rounds: int
    block: float
    settle: float
    patience: float
    share: float
    clock: Clock = time.perf_counter


AWAKE = 0.12  # seconds in which a thread of BLAS without work still keeps a core busy, and a little
FULL = Pace(rounds=7, block=0.06, settle=AWAKE, patience=60.0, share=6.0)
QUICK = Pace(rounds=3, block=0.04, settle=AWAKE, patience=15.0, share=6.0)


class Patience:
    """Seconds that may go by in waiting for a quiet machine: a share for each workload, and what the others left."""

    def __init__(self, seconds: float, workloads: int) -> None:
        self.share, self.left = seconds / max(1, workloads), 0.0

    def next(self) -> None:
        """Begin with another workload."""
        self.left += self.share

    def wait(self) -> bool:
        """Wait for a quiet moment; False when there is no patience left."""
        while self.left > 0:
            start, before = time.perf_counter(), busy()
            time.sleep(0.2)
            now = busy()
            self.left -= time.perf_counter() - start
            if before is None or now is None or now - before < 0.2 * CALM:
                return True
        return False


class Measured(NamedTuple):
    """Seconds a step by contender and round, cores that others used meanwhile, and why somebody was not timed."""

    times: dict[str, list[float]]
    loads: list[float]
    notes: dict[str, str]

    def ratio(self, a: str, b: str) -> float | None:
        """The median over rounds of time(a) / time(b)."""
        pairs = list(zip(self.times.get(a, ()), self.times.get(b, ()), strict=False))
        return statistics.median(x / y for x, y in pairs) if pairs else None


def error(found: list[Any], wanted: list[Any]) -> float:
    """The largest error of any result, as a part of the largest magnitude in that result."""
    worst = 0.0
    for f, w in zip(found, wanted, strict=True):
        f, w = np.asarray(f, np.float64), np.asarray(w, np.float64)
        if f.shape != w.shape:
            raise ValueError(f"a result has shape {f.shape}, PyTorch's {w.shape}")
        if w.size:
            difference = float(np.max(np.abs(f - w))) / (float(np.max(np.abs(w))) + 1e-30)
            worst = max(worst, difference if difference == difference else np.inf)
    return worst


def verified(
    w: Workload, entries: dict[str, Contender | str]
) -> tuple[dict[str, Contender], dict[str, float], dict[str, str]]:
    """The contenders that agree with PyTorch, the seconds of a call, and what there is to say of the others.

    Each is called twice, unless it is slow: what a second step writes over must not be needed.
    """
    seconds: dict[str, float] = {}
    good, notes = {}, {name: entry for name, entry in entries.items() if isinstance(entry, str)}
    reference = entries["PyTorch"]
    assert isinstance(reference, Contender)
    wanted = [[np.array(w) for w in reference.read(reference.step())] for _ in range(2)]
    for name, entry in entries.items():
        if isinstance(entry, str):
            continue
        if entry is reference:
            good[name] = entry
            continue
        try:
            with blas_threads(entry.one):
                worst = 0.0
                for results in wanted:
                    start = time.perf_counter()
                    found = entry.step()
                    seconds[name] = time.perf_counter() - start
                    worst = max(worst, error(entry.read(found), results))
                    if seconds[name] > SLOW:
                        break
        except Exception as failure:
            notes[name] = f"fails: {type(failure).__name__}: {str(failure)[:100]}"
            continue
        if worst < w.tolerance:
            good[name] = entry
        else:
            notes[name] = f"wrong: its error is {worst:.1e} of the largest element"
    return good, seconds, notes


def _calls(f: Step, seconds: float, clock: Clock = time.perf_counter) -> float:
    """Median seconds of a call, over the calls that fill this time."""
    times, end = [], time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        start = clock()
        f()
        times.append(clock() - start)
    return statistics.median(times)


def _load(before: float | None, seconds: float) -> float:
    now = busy()
    return 0.0 if now is None or before is None else max(0.0, (now - before) / seconds)


def block(f: Step, pace: Pace, patience: Patience, slow: bool = False) -> tuple[float, float]:
    """Seconds of a call, and the load by others that it was timed under."""
    while True:
        before, start = busy(), time.perf_counter()
        if not slow:
            _calls(f, pace.settle)
        took = _calls(f, pace.block, pace.clock)
        load = _load(before, time.perf_counter() - start)
        if load < CALM or not patience.wait():
            return took, load


def measure(w: Workload, names: tuple[str, ...], pace: Pace, patience: Patience) -> Measured:
    """Verify the contenders and time those that are right."""
    good, seconds, notes = verified(w, contenders(w, names))
    found = Measured({name: [] for name in good}, [], notes)
    patience.next()
    end = time.perf_counter() + pace.share
    for turn in range(pace.rounds):
        if turn >= LEAST and time.perf_counter() > end:
            break
        for name, contender in good.items():
            a_call = seconds.get(name, 0.0)
            slow = a_call > SLOW
            if slow and turn > (a_call < SLOWEST):
                continue
            with blas_threads(contender.one):
                took, load = block(contender.step, pace, patience, slow)
            found.times[name].append(took)
            found.loads.append(load)
    return found
