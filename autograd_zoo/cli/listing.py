"""The command `list`: the modules of the zoo, or the networks."""

from __future__ import annotations

import argparse
from typing import Any

DESCRIPTION = "List the zoo by family: each module, how many formulas the document prints for it, and what it computes."


def add(commands: Any) -> None:
    """Add the grammar of this command."""
    one = commands.add_parser("list", help="the modules of the zoo, by family", description=DESCRIPTION)
    one.add_argument("--models", action="store_true", help="the networks, and how many parameters each has")
    one.set_defaults(run=run, parser=one)


def run(args: argparse.Namespace) -> int:
    """Print the zoo, or the networks."""
    if args.models:
        from ..models import NETWORKS

        wide = max(map(len, NETWORKS))
        for name, network in NETWORKS.items():
            print(f"{name:<{wide}}  {network.parameters:>11,} parameters  {network.doc}")
        return 0
    from ..zoo import FAMILIES, ZOO

    width = max(len(specimen.name) for specimen in ZOO)
    for family in FAMILIES:
        print(family)
        for specimen in (s for s in ZOO if s.family == family):
            printed = sum(row.source == "document" for row in specimen.rows)
            print(f"  {specimen.name:<{width}}  {printed or 'none':>4} printed  {specimen.doc}")
    return 0
