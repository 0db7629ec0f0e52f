"""The command `check`: tape, closed forms and differences compared, and the formulas judged."""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from typing import Any

from .usage import UsageError, bar, columns, find, positive, replacing


def add(commands: Any) -> None:
    """Add the grammar of this command."""
    one = commands.add_parser(
        "check",
        help="compare tape, closed forms and differences",
        description="Compare each module's tape with the document's closed forms, with differences, with its fused "
        "form and with the kernels of that, in float64, and judge the printed formulas. A module's error is the "
        "largest difference, relative to the largest number compared with. What does not fit on a screen is summed "
        "up; -v prints all of it.",
    )
    one.add_argument("names", nargs="*", default=[], help="modules or families; all of them by default")
    one.add_argument(
        "--data", choices=["digits"], help="check on a batch of real handwritten digits instead of drawn numbers"
    )
    one.add_argument(
        "--seeds", type=positive, default=3, metavar="N", help="how many samples of each shape (default 3)"
    )
    one.add_argument("--json", metavar="FILE", help="also write the report as JSON (- for standard output, alone)")
    one.add_argument("--formulas", action="store_true", help="judge the formulas, and list every one with its verdict")
    one.add_argument(
        "--formula", metavar="ID", action="append", help="judge one formula, and say what came of it; may be repeated"
    )
    one.add_argument(
        "-v", "--verbose", action="store_true", help="print every quantity of every module; with --formula, numbers"
    )
    one.set_defaults(run=run, parser=one)


def run(args: argparse.Namespace) -> int:
    """Print the report; 1 if something disagrees."""
    from ..zoo import check

    if args.formulas or args.formula:
        return _formulas(args)
    specimens = find(args.names)
    batch = _digits()[:32] if args.data else None
    with replacing(args.json) if args.json not in (None, "-") else nullcontext() as file:
        report = check(
            *(s.name for s in specimens), seeds=range(args.seeds), data=batch, progress=bar("checking", "module")
        )
        if file is not None:
            file.write(report.to_json() + "\n")
    args.status = 0 if report.ok else 1  # also if the reader of what is printed has gone
    if args.json == "-":
        print(report.to_json())
    else:
        print((report.text if args.verbose else report.screen)(columns()))
    return int(args.status)


def _formulas(args: argparse.Namespace) -> int:
    from ..zoo import errata

    alone = {"names": args.formula and args.names, "--formulas": args.formula and args.formulas}
    without = {"--json": args.json is not None, "--data": args.data}
    for name, given in (alone | without).items():
        if given:
            raise UsageError(f"{'--formula' if args.formula else '--formulas'} takes no {name}")
    try:
        rows = [*map(errata.find, args.formula or ())] or [row for s in find(args.names) for row in s.rows]
    except KeyError as error:
        raise UsageError(error.args[0]) from error
    unique = dict.fromkeys(rows)
    told = (line for row in unique for line in errata.explain(row, args.verbose, columns()))
    for line in told if args.formula else errata.lines(unique):
        print(line)
    return 0


def _digits() -> Any:
    from .. import data

    try:
        return data.digits("train")[0]
    except ImportError as error:
        raise UsageError(str(error)) from error
