"""The command `lab`: what labs there are, and what a submission is worth."""

from __future__ import annotations

import argparse
import json
from typing import Any

from .usage import UsageError, above_zero


def add(commands: Any) -> None:
    """Add the grammar of this command."""
    one = commands.add_parser(
        "lab",
        help="grade a submitted lab",
        description="Run the cells of a lab's notebook in a process of its own, and judge the gradients written in it. "
        "A submission that imports the closed forms is refused. Exit status 1: not all is right.",
    )
    one.add_argument("what", metavar="grade", choices=["grade"], help="grade a submission")
    one.add_argument("notebook", metavar="SUBMISSION.ipynb", help="the notebook")
    one.add_argument("--json", action="store_true", help="print the grades as JSON")
    one.add_argument("--seconds", type=above_zero, default=60.0, metavar="S", help="time limit (default 60)")
    one.set_defaults(run=run, parser=one)


def run(args: argparse.Namespace) -> int:
    """Print the grades; 1 unless all is right."""
    from ..lab.grade import Unreadable, grade

    try:
        found = grade(args.notebook, args.seconds)
    except Unreadable as error:
        raise UsageError(str(error)) from error
    except OSError as error:
        raise UsageError(f"cannot read {args.notebook}: {error.strerror}") from error
    args.status = 0 if found["right"] == found["of"] else 1
    if args.json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
        return int(args.status)
    for row in found.get("questions", ()):
        print(f"{row['question']:<40} {'right' if row['ok'] else row['kind']}")
    for said in found.get("errors", ()):
        print(f"error in {said}")
    print(f"refused: {found['refused']}" if found["refused"] else f"{found['right']} of {found['of']} right")
    return int(args.status)
