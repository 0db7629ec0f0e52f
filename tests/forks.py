"""The command line in many children of one process: what they print where, and how they end. POSIX alone.

Each case is a dict: "args"; "encoding", such as "ascii:strict"; "closed" and "full", the numbers of streams that are
so; "gone", the numbers of streams whose reader has gone; "environment"; "interrupt", the number of calls of Python
functions after which SIGINT comes; "cold": begin before the package has been imported.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

SERVER = r"""
import gc, json, os, signal, sys

cases = json.load(open(sys.argv[1]))


def open_streams(case, folder):
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if number in case.get("gone", ()):
            read, write = os.pipe()
            os.close(read)
        else:
            place = os.devnull if not number else "/dev/full" if number in case.get("full", ()) else f"{folder}/{name}"
            write = os.open(place, os.O_RDWR | os.O_CREAT)
        os.dup2(write, number)
        os.close(write)
    encoding, _, errors = case.get("encoding", "utf-8").partition(":")
    sys.stdout = open(1, "w", encoding=encoding, errors=errors or None, closefd=False)
    sys.stderr = open(2, "w", encoding=encoding, errors="backslashreplace", closefd=False, buffering=1)
    sys.__stdout__, sys.__stderr__ = sys.stdout, sys.stderr
    for number in case.get("closed", ()):
        os.close(number)
        name = ("stdin", "stdout", "stderr")[number]
        setattr(sys, name, None)
        setattr(sys, f"__{name}__", None)


def run(case, folder):
    os.chdir(folder)
    open_streams(case, folder)
    sys.argv = ["autograd-zoo", *case["args"]]
    for name, value in case.get("environment", {}).items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
    left = case.get("interrupt")
    if left is not None:

        def count(frame, event, argument):
            nonlocal left
            if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:  # from our first line on
                left -= event == "call"
                if left < 0:
                    sys.setprofile(None)
                    os.kill(os.getpid(), signal.SIGINT)

        sys.setprofile(count)
    if case.get("cold"):
        import autograd_zoo
    import autograd_zoo._start as start
    from autograd_zoo.__main__ import run

    if not case.get("cold"):
        signal.signal(signal.SIGINT, start.leave)
    try:
        run()
    except SystemExit as end:
        if case.keys() & {"closed", "full", "gone", "interrupt"}:  # how Python itself ends is part of the matter
            raise
        sys.stdout.flush()
        os._exit(end.code)


def wait(children):
    for child, folder in children:
        _, status = os.waitpid(child, 0)
        with open(f"{folder}.status", "w") as file:
            file.write(str(os.waitstatus_to_exitcode(status)))


def serve(chosen):
    for k, case in chosen:
        folder = f"{sys.argv[2]}/{k}"
        child = os.fork()
        if not child:
            run(case, folder)
        wait([(child, folder)])


serve([(k, case) for k, case in enumerate(cases) if case.get("cold")])
if not all(case.get("cold") for case in cases):
    import autograd_zoo.train, autograd_zoo.zoo.errata, graph_viz, networkx, graphviz, tqdm  # what the children share

    autograd_zoo.closed_form.formulas()

    gc.freeze()

    serve([(k, case) for k, case in enumerate(cases) if not case.get("cold")])
"""


def outcomes(cases, folder, timeout=300):
    """For each case its exit status, the bytes on standard output, those on standard error, and its folder."""
    for k in range(len(cases)):
        (folder / str(k)).mkdir()
    (folder / "cases.json").write_text(json.dumps(cases))
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    subprocess.run(
        [sys.executable, "-c", SERVER, folder / "cases.json", folder], env=environment, timeout=timeout, check=True
    )
    found = []
    for k in range(len(cases)):
        place = folder / str(k)
        printed = [(place / name).read_bytes() if (place / name).exists() else b"" for name in ("stdout", "stderr")]
        for name in ("stdout", "stderr"):
            (place / name).unlink(missing_ok=True)
        found.append((int((folder / f"{k}.status").read_text()), *printed, place))
    return found
