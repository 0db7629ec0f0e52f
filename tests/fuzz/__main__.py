"""Fuzz the loaders and the drawings for a while: python tests/fuzz [SECONDS] [--seed N] [TARGET ...].

Each trial is drawn by a generator of its own, "SEED-TARGET-NUMBER", so that one can be repeated: --trial gives its
generator. With --guided (and atheris installed) the choices of one target are led by what code they reach.
"""

import argparse
import itertools
import random
import sys
import tempfile
import time
import traceback

import drawings
import files

TARGETS = {target.__name__: target for target in (*files.TARGETS, *drawings.TARGETS)}


class Choices(random.Random):
    """A generator whose choices are read from bytes; zeros where they end."""

    def __init__(self, data):
        self.data, self.at = data, 0
        super().__init__()

    def getrandbits(self, k):
        n = (k + 7) // 8
        piece = self.data[self.at : self.at + n].ljust(n, b"\0")
        self.at += n
        return int.from_bytes(piece, "little") >> (8 * n - k)

    def random(self):
        return self.getrandbits(53) / 2**53


def guided(target, seconds):
    import atheris

    for module in ("autograd_zoo.io", "autograd_zoo.train.checkpoint", "graph_viz"):
        for name, loaded in list(sys.modules.items()):
            if name.startswith(module):
                for key, value in list(vars(loaded).items()):
                    if callable(value) and getattr(value, "__module__", None) == name and hasattr(value, "__code__"):
                        setattr(loaded, key, atheris.instrument_func(value))
    with tempfile.TemporaryDirectory() as folder:
        atheris.Setup(
            [sys.argv[0], f"-max_total_time={seconds:g}", "-max_len=4096", "-len_control=0"],
            lambda data: target(Choices(data), folder),
        )
        atheris.Fuzz()


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("seconds", type=float, nargs="?", default=60.0)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; all by default")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**6)
    parser.add_argument("--trial", help="run this one alone, such as 7-loader-1234")
    parser.add_argument("--guided", action="store_true")
    args = parser.parse_args()
    if args.trial:
        with tempfile.TemporaryDirectory() as folder:
            TARGETS[args.trial.split("-")[1]](random.Random(args.trial), folder)
        return 0
    chosen = [TARGETS[name] for name in args.targets] or list(TARGETS.values())
    if args.guided:
        return guided(chosen[0], args.seconds)
    end, trials, failures = time.monotonic() + args.seconds, dict.fromkeys(TARGETS, 0), 0
    for target in itertools.cycle(chosen):
        until = min(end, time.monotonic() + 0.5)
        while time.monotonic() < until and failures < 10:
            trial = f"{args.seed}-{target.__name__}-{trials[target.__name__]}"
            trials[target.__name__] += 1
            try:
                with tempfile.TemporaryDirectory() as folder:
                    target(random.Random(trial), folder)
            except Exception:
                failures += 1
                traceback.print_exc(chain=False)
                print(f"repeat it by: python tests/fuzz --trial {trial}\n", file=sys.stderr)
        if time.monotonic() >= end or failures == 10:
            break
    counts = ", ".join(f"{n:,} times {name}" for name, n in trials.items() if n)
    print(f"seed {args.seed}: {counts}; {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
