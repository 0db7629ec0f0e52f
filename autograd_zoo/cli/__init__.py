"""The command line: its grammar, and how it ends; one file for each command."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from . import atlas, checking, drawing, listing, training
from .usage import Parser, UsageError

EPILOG = """\
examples:
  autograd-zoo check                       the whole zoo, then the errata
  autograd-zoo check softmax loss          one module, one family
  autograd-zoo check linear --data digits  on a batch of real handwritten digits
  autograd-zoo check --formula recurrent.simple_rnn.dV -v
                                           one printed formula, its numbers side by side
  autograd-zoo draw softmax -o softmax.svg the graph that softmax records
  autograd-zoo train digits --model cnn    train a convolutional network, and test it
  autograd-zoo train text --save gru.npz   a recurrent network that writes like Python's help
  autograd-zoo atlas site                  all of it as pages for a browser, in the folder site

exit status: 0 all is well, 1 something disagrees, 2 wrong usage, 130 interrupted
"""


def parser() -> argparse.ArgumentParser:
    """The grammar of the command line."""
    root = Parser(
        prog="autograd-zoo",
        description="Deep-learning modules whose gradients are computed three times:\n"
        "by a tape, by the closed forms of a reference document, and by differences.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    root.add_argument("--version", action="store_true", help="print the version and exit")
    root.set_defaults(parser=root)
    commands = root.add_subparsers(dest="command", metavar="command")
    for command in (listing, checking, drawing, training, atlas):
        command.add(commands)
    return root


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    try:
        args, unknown = parser().parse_known_args(argv)
        if unknown:
            args.parser.refuse(unknown)
        if args.version:
            from .. import __version__

            print(f"autograd-zoo {__version__}")
            return 0
        if args.command is None:
            parser().print_help()
            return 0
        status: int = args.run(args)
        sys.stdout.flush()
        return status
    except UsageError as error:
        print(f"autograd-zoo: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as stop:
        print("\nautograd-zoo: interrupted", *stop.args, sep="; ", file=sys.stderr)
        return 130
    except OSError as error:  # standard output is full, or its reader has closed it: then nobody is left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            return 0
        print(f"autograd-zoo: {error}", file=sys.stderr)
        return 2
