"""The command `atlas`: the zoo as a static site."""

from __future__ import annotations

import argparse
from typing import Any

from ..engine.text import printable
from .usage import UsageError, bar, find, positive


def add(commands: Any) -> None:
    """Add the grammar of this command."""
    one = commands.add_parser(
        "atlas",
        help="write the zoo as a site that needs no network",
        description="Check the zoo, and write it as pages to be opened in a browser: formulas, graphs, code, numbers, "
        "the errata and the course. Needs the extra 'atlas'.",
    )
    one.add_argument("directory", metavar="DIR", help="a new or empty folder, or one with an atlas, which is replaced")
    one.add_argument("names", nargs="*", default=[], help="modules or families; all of them by default")
    one.add_argument(
        "--seeds", type=positive, default=1, metavar="N", help="how many samples of each shape to check (default 1)"
    )
    one.add_argument(
        "--notebooks", metavar="DIR", help="the notebooks of the course; by default those of the repository"
    )
    one.add_argument("--guides", metavar="DIR", help="pages that Sphinx wrote, to become a part of the site")
    one.add_argument("--lite", metavar="DIR", help="notebooks for the browser, as docs/lite.py wrote them")
    one.add_argument(
        "--repository", metavar="URL", help="the project on GitHub, for Colab and Binder; by default what is configured"
    )
    one.set_defaults(run=run, parser=one)


def run(args: argparse.Namespace) -> int:
    """Write the site, and say where."""
    find(args.names)
    try:
        from .. import atlas

        given = {"seeds": args.seeds, "notebooks": args.notebooks, "guides": args.guides, "lite": args.lite}
        given["repository"] = args.repository
        left_out = atlas.write(args.directory, *args.names, **given, progress=bar)
    except (OSError, ValueError, ImportError) as error:
        reason = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.strerror else error
        raise UsageError(f"no atlas was written: {reason}") from error
    for sentence in left_out:
        print(printable(sentence))
    print(f"open {printable(args.directory)}/index.html")
    return 0
