"""`python -m autograd_zoo` is the command `autograd-zoo`."""

from __future__ import annotations

from . import _start


def run() -> None:
    """Run the command line as this process."""
    from .cli import main, streams  # Ctrl-C that comes while they load ends the process

    _start.run(streams.prepare, main)


if __name__ == "__main__":
    run()
