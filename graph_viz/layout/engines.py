"""Graphviz in processes of its own, within a time limit: pygraphviz in a worker that is kept, or an executable."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

POLL = 0.2  # s: a wait of this length at most, so that Ctrl-C is heard on every system
EXECUTABLES = ("graphviz-pure", "dot")  # the first that is found; the former brings its own Graphviz
WORKER = Path(__file__).with_name("worker.py")
HIDDEN = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # no console window pops up


class Absent(Exception):
    """The engine is not installed."""


class Failed(Exception):
    """The engine was asked, and gave no layout."""


def ask(engine: str, dot: str, limit: float) -> str:
    """The answer of an engine, "pygraphviz" or "dot", to a graph in DOT: Graphviz's JSON without drawing operations.

    Raises
    ------
    Absent, Failed
        each with a sentence
    """
    try:
        return _pygraphviz(dot, limit) if engine == "pygraphviz" else _executable(dot, limit)
    except (TimeoutError, subprocess.TimeoutExpired):
        raise Failed(f"it took longer than {limit:.3g} s") from None
    except OSError as error:  # in a browser's Python no process can be started
        raise Failed(f"its process could not be started ({error})") from error


# ---- an executable ------------------------------------------------------------------------------------------------


def _executable(dot: str, limit: float) -> str:
    beside = os.path.dirname(sys.executable or "")  # where a virtual environment has it, also when that is not active
    found = [shutil.which(name, path=path) for name in EXECUTABLES for path in (None, beside)]
    program = next(filter(None, found), None)
    if program is None:
        raise Absent("there is no executable `dot` on the PATH; install Graphviz from graphviz.org")
    done = subprocess.run(
        [program, "-Kdot", "-Tjson0"], input=dot.encode(), capture_output=True, timeout=limit, creationflags=HIDDEN
    )
    if done.returncode:
        told = done.stderr.decode(errors="replace").strip()
        raise Failed(f"it ended with code {done.returncode}" + (f": {told.splitlines()[-1]}" if told else ""))
    return done.stdout.decode(errors="replace")


# ---- pygraphviz in a worker ---------------------------------------------------------------------------------------


def _pygraphviz(dot: str, limit: float) -> str:
    global _kept
    if find_spec("pygraphviz") is None or not sys.executable:
        raise Absent("pygraphviz is not installed: pip install pygraphviz")
    if not _lock.acquire(timeout=limit):
        raise TimeoutError
    try:
        if _kept is not None and not _kept.alive:
            _kept.end()
            _kept = None
        worker, _kept = _kept or Worker(), None
        answer = worker.ask({"dot": dot, "limit": limit}, limit)
        _kept = worker
    finally:
        _lock.release()
    if "error" in answer:
        raise Failed(answer["error"])
    return answer["layout"]


class Worker:
    """The process of `worker.py`, which is asked one question at a time."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", str(WORKER)],  # -P: the modules beside it are no modules of the library's
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            creationflags=HIDDEN,
        )

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process.poll() is None

    def ask(self, request: dict[str, Any], limit: float) -> dict[str, str]:
        """One line for one line. Whatever goes wrong, the process is ended."""
        end = time.monotonic() + limit
        answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        try:
            threading.Thread(target=self._exchange, args=(json.dumps(request), answers), daemon=True).start()
            while True:
                with contextlib.suppress(queue.Empty):
                    line = answers.get(timeout=max(0.0, min(POLL, end - time.monotonic())))
                    break
                if time.monotonic() >= end:
                    raise TimeoutError
            if not line:
                raise Failed(f"its process ended with code {self.process.wait(1.0)}")
            answer: dict[str, str] = json.loads(line)
            if not isinstance(answer, dict) or not answer.keys() & {"layout", "error"}:
                raise ValueError(line[:80])
        except ValueError as error:
            self.end()
            raise Failed(f"its process answered with something else ({error})") from error
        except BaseException:  # Ctrl-C, too
            self.end()
            raise
        return answer

    def _exchange(self, request: str, answers: queue.SimpleQueue[str]) -> None:
        """Write and read in a thread: both may block, and only a thread can be left alone in that on every system."""
        process = self.process
        answer = ""
        with contextlib.suppress(OSError, ValueError):
            if process.stdin and process.stdout:
                process.stdin.write(request + "\n")
                process.stdin.flush()
                answer = process.stdout.readline()
        answers.put(answer)

    def end(self) -> None:
        """End the process, and leave nothing of it."""
        self.process.kill()
        self.process.wait()
        self.close()

    def close(self) -> None:
        """Close the pipes to the process, which ends it if it waits."""
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError, ValueError):  # a line that was not sent
                if pipe:
                    pipe.close()


_lock = threading.Lock()
_kept: Worker | None = None


@atexit.register
def end_worker() -> None:
    """End the worker that is kept."""
    global _kept
    worker, _kept = _kept, None
    if worker is not None:
        worker.end()


def _forget() -> None:
    """In a forked process: the worker is the other one's."""
    global _lock, _kept
    if _kept is not None:
        _kept.close()
        _kept.process.returncode = 0  # it is not ours to wait for
    _lock, _kept = threading.Lock(), None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
