"""The command `draw`: the graph that a module records."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from ..engine.text import printable
from .usage import UsageError, find, whole


def add(commands: Any) -> None:
    """Add the grammar of this command."""
    one = commands.add_parser(
        "draw",
        help="draw the graph of a module or a network",
        description="Draw what a module, or a network, records on a sample input.",
    )
    one.add_argument("name", help="a module of the zoo, or a network, see list --models")
    one.add_argument(
        "-o", "--output", required=True, metavar="FILE", help="where to: .svg .png .pdf .html .tex .mmd .dot .json"
    )
    which = one.add_mutually_exclusive_group()
    which.add_argument("--depth", type=whole, metavar="N", help="levels of modules that are open, 0 1 2 ...")
    which.add_argument("--open", action="append", metavar="MODULE", help="a module that is open; all others are closed")
    one.add_argument("--gradients", action="store_true", help="sweep the sum of the result, and show each gradient")
    one.add_argument("--theme", choices=["auto", "light", "dark"], default="auto", help="colours; default auto")
    one.add_argument(
        "--engine",
        choices=["own", "pygraphviz", "dot", "auto"],
        default="own",
        help="what places the boxes; default own, auto takes Graphviz where there is one",
    )
    one.set_defaults(run=run, parser=one)


def run(args: argparse.Namespace) -> int:
    """Write the drawing."""
    import graph_viz

    y, doc = _recorded(args.name)
    if args.gradients:
        import numpy as np

        y.backward(np.ones_like(y.data), retain_grads=True)
    shown = True if args.gradients else None  # None: where all are scalars
    _expect_modules(args.name, args.open or (), graph_viz.to_networkx(y).graph["scopes"])
    try:
        drawing = graph_viz.draw(
            y, values=shown, gradients=shown, depth=args.depth, open=args.open, theme=args.theme, engine=args.engine
        )
        drawing.save(args.output)
    except OSError as error:
        raise UsageError(f"cannot draw to {args.output}: {error.strerror or error}") from error
    except (ValueError, RuntimeError, ImportError) as error:
        raise UsageError(f"cannot draw to {args.output}: {error}") from error
    print(f"{printable(args.output)}: {doc}")
    return 0


def _expect_modules(name: str, wanted: Sequence[str], scopes: dict[tuple[str, ...], dict[str, Any]]) -> None:
    """Raise unless there is a module of every name that is wanted."""
    known = {about["name"]: None for about in scopes.values()}
    called = {*known, *(about["path"] for about in scopes.values()), *map(".".join, scopes)}
    for word in wanted:
        if word not in called:
            there = f"there are {', '.join(known)}" if known else "it is no module of modules"
            raise UsageError(f"argument --open: {name} has no {word!r}; {there}")


def _recorded(name: str) -> tuple[Any, str]:
    """What a module or a network records for its sample inputs, and what it is in a line."""
    from ..models import NETWORKS

    if name in NETWORKS:
        import numpy as np

        from .. import Tensor

        network, rng = NETWORKS[name], np.random.default_rng(0)
        model, inputs = network.build(rng).train(network.training), network.sample(rng)
        y = model(*(x if network.tokens else Tensor(x, name="x") for x in inputs))
        return y[0] if isinstance(y, tuple) else y, network.doc
    if name not in {s.name for s in find([name], NETWORKS)}:
        raise UsageError(f"{name} is a family: name one of its modules, see autograd-zoo list")
    (specimen,) = find([name])
    return specimen.record()[0], specimen.doc
