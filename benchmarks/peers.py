"""What a step costs, forward and all gradients, in ours and in its peers: ratios to PyTorch eager, in float32.

    python benchmarks/peers.py                      all workloads, under 15 minutes
    python benchmarks/peers.py --quick              the rows of the table without the slow peers, under 2 minutes
    python benchmarks/peers.py --only gelu lstm     these alone
    python benchmarks/peers.py --json FILE --plot FILE.svg
    python benchmarks/peers.py --list

Contenders are PyTorch, ours composed and fused, MyGrad, HIPS autograd and micrograd where they are installed, and a
step written by hand in NumPy without a tape: the floor, which writes over its own arrays, and the same with fresh
results. Every contender's values and gradients are compared with PyTorch's first; one that is wrong is not timed. Then
they run in turn, in one process. A ratio is the median over rounds; below 1 says that it costs less than PyTorch.

On a busy machine two threads wait for each other, and no ratio of wall-clock times means anything: `--cpu` gives each
engine one thread, and compares the time that the processor gave to it.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import time
from importlib.util import find_spec
from typing import Any

from contests import environment


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="workloads of these names, or that contain them")
    parser.add_argument("--who", nargs="+", metavar="NAME", help="contenders of these names, beside PyTorch")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--rounds", type=int, help="7, or 3 if quick")
    parser.add_argument("--patience", type=float, help="seconds to wait for a quiet machine in all")
    parser.add_argument(
        "--threads", type=int, default=environment.cores(), help="of every engine; all cores by default"
    )
    parser.add_argument(
        "--keep", action="store_true", help="an allocator that keeps its memory: no page faults for all"
    )
    parser.add_argument("--fast", action=argparse.BooleanOptionalAction, help="targets of the compiled kernels, or not")
    parser.add_argument("--cpu", action="store_true", help="CPU time of one thread, for a busy machine")
    parser.add_argument("--json", metavar="FILE", help="write what was measured")
    parser.add_argument("--plot", metavar="FILE.svg", help="draw it (needs matplotlib)")
    parser.add_argument("--list", action="store_true", help="print the names of the workloads")
    return parser.parse_args(given)


def chosen(asked: list[str] | None, every: list[str], rows: list[str]) -> list[str]:
    """The workloads whose names were given, or else those that contain what was given."""
    if asked is None:
        return [*rows, *(name for name in every if name not in rows)]
    found = []
    for word in asked:
        matches = [word] if word in every else [name for name in every if word in name]
        if not matches:
            sys.exit(f"no workload is called {word!r}; there are {', '.join(every)}")
        found += [name for name in matches if name not in found]
    return found


def main() -> None:
    asked = arguments()
    asked.threads = 1 if asked.cpu else asked.threads
    environment.prepare(asked.threads, asked.keep)
    from contests import report, targets, timing
    from contests.engines import NAMES, torch
    from contests.workloads import WORKLOADS, full

    from autograd_zoo.kernels import threads

    if asked.list:
        print("\n".join(WORKLOADS))
        return
    if not torch:
        sys.exit("PyTorch is not installed (group 'bench')")
    torch.set_num_threads(asked.threads)
    threads.CORES = min(threads.CORES, asked.threads)
    names = chosen(asked.only, list(WORKLOADS), list(targets.ROWS))
    who = tuple(asked.who or NAMES)
    if asked.quick and asked.only is None:
        names, who = list(targets.ROWS), tuple(asked.who or NAMES[:5])
    pace = timing.QUICK if asked.quick else timing.FULL
    pace = pace._replace(
        rounds=asked.rounds or pace.rounds,
        patience=0.0 if asked.cpu else pace.patience if asked.patience is None else asked.patience,
        clock=time.process_time if asked.cpu else time.perf_counter,
    )
    fast = find_spec("numba") is not None if asked.fast is None else asked.fast
    machine = environment.description(asked.threads, asked.keep)
    for key, value in machine.items():
        print(f"{key}: {value}")
    clock, kernels = "CPU" if asked.cpu else "wall-clock", "with compiled kernels" if fast else "NumPy alone"
    print(f"rounds: {pace.rounds}, of {clock} time\ntargets: {kernels}\n\n{report.heading()}")
    gc.collect()
    gc.freeze()  # the libraries' own objects, which no collection of a graph needs to walk
    patience, rows, start = timing.Patience(pace.patience, len(names)), [], time.perf_counter()
    for name in names:
        w = full(name)
        measured = timing.measure(w, who, pace, patience)
        rows.append(report.row(name, w, measured))
        print(report.line(rows[-1], fast), flush=True)
        for contender, note in measured.notes.items():
            if note.startswith(("wrong", "fails")):
                print(f"    {contender} {note}")
        del w, measured
        gc.collect()
    print()
    for line in [*report.summary(rows, fast), *report.judged(rows, fast)]:
        print(line)
    print(f"{time.perf_counter() - start:.0f} s")
    finished: dict[str, Any] = {"machine": machine, "fast": fast, "rows": rows}
    if asked.json:
        with open(asked.json, "w", encoding="utf-8") as out:
            out.write(json.dumps(finished, indent=1, ensure_ascii=False) + os.linesep)


if __name__ == "__main__":
    main()
