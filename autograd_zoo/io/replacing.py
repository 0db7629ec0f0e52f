"""Files that are either the old one or the new one: written beside their place, and moved there once they are whole."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO

try:
    import fcntl
except ImportError:  # Windows, where a file that is open cannot be removed
    fcntl = None  # type: ignore[assignment]

ENDING = ".part"


@contextmanager
def beside(path: str | os.PathLike[str]) -> Iterator[tuple[IO[bytes], Callable[[], None]]]:
    """A file to write into, and the function that puts it in the place of `path`; without that call nothing is left.

    A symbolic link stays one, and what it leads to is replaced. A file that is replaced passes its mode on. What
    processes that were killed have left here of this file is removed: files of our own kind of name that no process
    holds locked.
    """
    target = os.path.realpath(path)
    mode = _mode(target)
    folder, name = os.path.split(target)
    # The name of the target may be as long as names can be.
    prefix = os.path.join(folder, f".autograd-zoo.{zlib.crc32(os.fsencode(name)):08x}.")
    _remove_leftovers(folder, prefix)
    made: list[str] = []  # noted before they are there: Ctrl-C may come at any place

    def finish() -> None:
        file.flush()
        os.fsync(file.fileno())
        if mode is not None:
            os.chmod(made[-1], mode)  # the umask took its part when the file was made
        if fcntl is None:
            file.close()
        os.replace(made[-1], target)

    try:
        try:
            file = _create(prefix, 0o666 if mode is None else mode, made)
        except OSError as error:  # no such folder, or none to write in
            error.filename = os.fspath(path)  # what was asked for, and not a name that nobody knows
            raise
        with file:
            yield file, finish
    finally:
        for partial in made:
            with suppress(FileNotFoundError, NotADirectoryError):
                os.unlink(partial)


def _mode(target: str) -> int | None:
    """The permissions of the file that is to be replaced; None if there is none, an error if it is no file."""
    try:
        found = os.stat(target).st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(found):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), target)
    if not stat.S_ISREG(found):
        raise OSError(errno.EINVAL, "a pipe, a socket or a device is no file that could be replaced", target)
    return stat.S_IMODE(found)


def _create(prefix: str, mode: int, made: list[str]) -> IO[bytes]:
    """A new file, locked as long as it is open, whose path is the last of `made`."""
    while True:
        path = f"{prefix}{secrets.token_hex(8)}{ENDING}"
        made.append(path)
        file = open(path, "xb", opener=lambda path, flags: os.open(path, flags, mode))
        try:
            if _lock(file) is not False and os.path.exists(path):  # nobody took it for a leftover
                return file
        except BaseException:
            file.close()
            raise
        file.close()


def _lock(file: IO[bytes]) -> bool | None:
    """Lock a file until it is closed; False if another process has it, None where there are no locks."""
    if fcntl is None:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return None
    return True


def _remove_leftovers(folder: str, prefix: str) -> None:
    """Remove the files of this prefix that nobody writes any more; those of which that is not sure stay."""
    try:
        with os.scandir(folder) as entries:
            found = [entry.path for entry in entries if entry.is_file(follow_symlinks=False)]
    except OSError:  # no such folder: that will be said when the file is made
        return
    for path in found:
        if path.startswith(prefix) and path.endswith(ENDING):
            with suppress(OSError):
                if fcntl is None:
                    os.unlink(path)
                    continue
                with open(path, "r+b") as file:
                    if _lock(file):
                        os.unlink(path)
