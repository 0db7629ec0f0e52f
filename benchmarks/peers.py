"""What a step costs, forward and all gradients, in ours and in its peers: ratios to PyTorch eager, in float32.

    python benchmarks/peers.py                      all workloads, about 6 minutes
    python benchmarks/peers.py --quick              the rows of the table without the slow peers, under 2 minutes
    python benchmarks/peers.py --only gelu lstm     these alone
    python benchmarks/peers.py --memory --scaling   peak memory of a step, and cost against size, instead
    python benchmarks/peers.py --json FILE --plot FILE.svg
    python benchmarks/peers.py --publish [--fast]   all of it, in about 8 minutes, into a JSON and docs/performance.md

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
import sys
import time
from importlib.util import find_spec
from typing import Any

from contests import environment


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    say = parser.add_argument
    say("--only", nargs="+", metavar="NAME", help="workloads of these names, or that contain them")
    say("--who", nargs="+", metavar="NAME", help="contenders of these names, beside PyTorch")
    say("--quick", action="store_true", help="fewer and shorter rounds")
    say("--rounds", type=int, help="7, or 3 if quick")
    say("--patience", type=float, help="seconds to wait for a quiet machine in all")
    say("--threads", type=int, default=environment.cores(), help="of every engine; all cores by default")
    say("--cpu", action="store_true", help="CPU time of one thread, for a busy machine")
    say(
        "--allocator", choices=("keep", "default"), default="keep", help="one that gives no memory back, or as it comes"
    )
    say("--fast", action="store_true", help="with compiled kernels, and their targets; else numba is not there")
    say("--memory", action="store_true", help="peak memory of a step over imports, in fresh processes")
    say("--scaling", action="store_true", help="cost against size, and the exponents that fit")
    say("--json", metavar="FILE", help="write what was measured")
    say("--plot", metavar="FILE.svg", help="draw it (needs matplotlib)")
    say("--publish", action="store_true", help="measure everything, and write it into the documentation")
    say("--list", action="store_true", help="print the names of the workloads")
    asked = parser.parse_args(given)
    asked.threads = 1 if asked.cpu else asked.threads
    return asked


def chosen(asked: list[str] | None, every: list[str], rows: list[str]) -> list[str]:
    """The workloads whose names were given, or else those that contain what was given."""
    if asked is None:
        return [*rows, *(name for name in every if name not in rows)]
    found: list[str] = []
    for word in asked:
        matches = [word] if word in every else [name for name in every if word in name]
        if not matches:
            sys.exit(f"no workload is called {word!r}; there are {', '.join(every)}")
        found += [name for name in matches if name not in found]
    return found


def compare(asked: argparse.Namespace) -> list[dict[str, Any]]:
    """Measure the workloads, and print a row of each."""
    from contests import report, targets, timing
    from contests.engines import NAMES
    from contests.workloads import WORKLOADS, full

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
    clock, kernels = "CPU" if asked.cpu else "wall-clock", "with compiled kernels" if asked.fast else "NumPy alone"
    print(f"rounds: {pace.rounds}, of {clock} time\nours: {kernels}\n\n{report.heading()}")
    patience, rows = timing.Patience(pace.patience, len(names)), []
    for name in names:
        w = full(name)
        measured = timing.measure(w, who, pace, patience)
        rows.append(report.row(name, w, measured))
        print(report.line(rows[-1], asked.fast), flush=True)
        for contender, note in measured.notes.items():
            if note.startswith(("wrong", "fails")):
                print(f"    {contender} {note}")
        del w, measured
        gc.collect()
    print("", report.rounds(rows), *report.summary(rows), *report.judged(rows, asked.fast), sep="\n")
    return rows


def main() -> None:
    asked = arguments()
    keep = environment.prepare(asked.threads, asked.allocator == "keep", asked.fast)
    from contests import memory, page, plot, scaling
    from contests.engines import torch
    from contests.workloads import WORKLOADS

    from autograd_zoo.kernels import threads

    if asked.list:
        print("\n".join(WORKLOADS))
        return
    if not torch:
        sys.exit("PyTorch is not installed (group 'bench')")
    torch.set_num_threads(asked.threads)
    threads.CORES = min(threads.CORES, asked.threads)
    start = time.perf_counter()
    results: dict[str, Any] = {"machine": environment.description(asked.threads, keep), "fast": asked.fast}
    for key, value in results["machine"].items():
        print(f"{key}: {value}")
    gc.collect()
    gc.freeze()  # the libraries' own objects, which no collection of a graph needs to walk
    alone = (asked.memory or asked.scaling) and not asked.only
    results["rows"] = [] if alone else compare(asked)
    if asked.memory or asked.publish:
        results["memory"] = list(memory.measured(asked.threads, asked.fast))
        print("", *map(memory.line, results["memory"]), sep="\n")
    if asked.scaling or asked.publish:
        results["scaling"] = []
        for found in scaling.measured(time.process_time if asked.cpu else time.perf_counter):
            results["scaling"].append(found)
            print("", *scaling.lines(found), sep="\n", flush=True)
    print(f"\n{time.perf_counter() - start:.0f} s")
    drawn = asked.plot or (str(page.plot(asked.fast)) if asked.publish and find_spec("matplotlib") else None)
    if drawn:
        plot.draw(results, drawn)
    results["plot"] = drawn is not None
    written = asked.json or (page.results(asked.fast) if asked.publish else None)
    if written:
        with open(written, "w", encoding="utf-8") as out:
            out.write(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    if asked.publish:
        page.write()


if __name__ == "__main__":
    main()
