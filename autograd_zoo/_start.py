"""The command as a process. This is loaded before all else: from here on Ctrl-C ends it without a traceback."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # of `typing`, which takes milliseconds to load, as `signal` does: Ctrl-C would be too early
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
    from typing import Any, NoReturn
else:
    try:
        import _signal as signal
    except ImportError:  # another Python has it under its public name
        import signal

INTERRUPTED = 130


def is_command() -> bool:
    """Whether this process was started as `autograd-zoo` or as `python -m autograd_zoo`."""
    program = sys.argv[0] if sys.argv else ""
    if program == "-m":  # as long as Python looks for the module
        return not {"autograd_zoo", "-mautograd_zoo"}.isdisjoint(sys.orig_argv)
    return os.path.basename(program).split(".")[0] in ("autograd-zoo", "autograd-zoo-script")


def leave(*_: Any) -> NoReturn:
    """End the process, at once and in one line. No exception is raised, which an import might take for its failure."""
    try:
        os.write(2, b"\nautograd-zoo: interrupted\n")
    finally:
        os._exit(INTERRUPTED)


def interrupt(number: int, frame: Any) -> None:
    """Raise KeyboardInterrupt, so that files are put in order; a second Ctrl-C, or one while a module loads, leaves."""
    signal.signal(signal.SIGINT, leave)
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            leave()
        frame = frame.f_back
    raise KeyboardInterrupt


def unraisable(found: Any) -> None:
    """Leave if the exception that nobody can catch (it was raised in a destructor, say) comes of Ctrl-C."""
    if issubclass(found.exc_type, KeyboardInterrupt):
        leave()
    if signal.getsignal(signal.SIGINT) is leave:  # what follows from it needs no words
        return
    sys.__unraisablehook__(found)


def run(prepare: Callable[[], None], main: Callable[[], int]) -> NoReturn:
    """Run a command line as this process, once `prepare` has made its streams ready."""
    try:
        prepare()
        sys.unraisablehook = unraisable
        if signal.getsignal(signal.SIGINT) is leave:  # it may be ignored, as in the background of a shell
            signal.signal(signal.SIGINT, interrupt)
        status: Any
        try:
            status = main()
        except SystemExit as end:
            status = end.code
        if signal.getsignal(signal.SIGINT) is leave:  # whoever caught the exception, the user wanted it to end
            status = INTERRUPTED
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # all has been said, and nothing but the end of Python is left
    except KeyboardInterrupt:
        leave()
    sys.exit(status)


if is_command() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, leave)
