"""The command line: its grammar, and how it ends; one file for each command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ..engine.text import printable
from . import atlas, checking, drawing, lab, listing, streams, training
from .usage import Parser, UsageError

EPILOG = """\
examples:
  autograd-zoo check                       the whole zoo on a screen; all of it with -v
  autograd-zoo check softmax loss          one module, one family
  autograd-zoo check linear --data digits  on a batch of real handwritten digits
  autograd-zoo check --formula recurrent.simple_rnn.dV -v
                                           one printed formula, its numbers side by side
  autograd-zoo draw softmax -o softmax.svg the graph that softmax records
  autograd-zoo draw resnet50 -o resnet50.svg
                                           a network, see autograd-zoo list --models
  autograd-zoo train digits --model cnn    train a convolutional network, and test it
  autograd-zoo train text --save gru.npz   a recurrent network that writes like Python's help
  autograd-zoo atlas site                  all of it as pages for a browser, in the folder site
  autograd-zoo lab grade SUBMISSION.ipynb  what a student's lab is worth

exit status: 0 all is well, 1 something disagrees, 2 wrong usage or a file error, 130 interrupted
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
    for command in (listing, checking, drawing, training, atlas, lab):
        command.add(commands)
    return root


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    args = argparse.Namespace(status=0)
    try:
        try:
            return _run(argv, args)
        finally:
            sys.stdout.flush()
    except BaseException as error:
        return _ended(error, args.status)


def _ended(error: BaseException, status: int) -> int:
    """Say in one line why the command has ended with `error`; the exit status. What nobody expected is raised again."""
    chain = [error]
    while chain[-1].__context__ is not None:
        chain.append(chain[-1].__context__)
    for stop in chain:
        if isinstance(stop, KeyboardInterrupt):  # also where putting things in order has failed after it
            streams.say("; ".join(["\nautograd-zoo: interrupted", *map(printable, stop.args)]))
            return 130
    if isinstance(error, OSError):  # standard output is full, or its reader has closed it
        streams.silence(sys.stdout)
    if isinstance(error, BrokenPipeError):  # then nobody is left to tell
        return status
    if not isinstance(error, (UsageError, OSError, MemoryError)):
        raise error
    streams.say(f"autograd-zoo: {printable(error) or 'there is not enough memory'}")
    return 2


def _run(argv: Sequence[str] | None, args: argparse.Namespace) -> int:
    _, unknown = parser().parse_known_args(argv, args)
    if unknown:
        args.parser.refuse(unknown)
    if args.version:
        from .. import __version__

        print(f"autograd-zoo {__version__}")
    elif args.command is None:
        parser().print_help()
    else:
        args.status = args.run(args)
    return int(args.status)
