"""The command line: list, check, draw and train."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from difflib import get_close_matches
from typing import Any, NoReturn, TextIO

EPILOG = """\
examples:
  autograd-zoo check                       the whole zoo, then the errata
  autograd-zoo check softmax loss          one module, one family
  autograd-zoo check linear --data digits  on a batch of real handwritten digits
  autograd-zoo check --formula recurrent.simple_rnn.dV -v
                                           one printed formula, its numbers side by side
  autograd-zoo draw softmax -o softmax.svg the graph that softmax records
  autograd-zoo train digits --epochs 5     train a multi-layer perceptron, and test it

exit status: 0 all is well, 1 something disagrees, 2 wrong usage, 130 interrupted
"""


LIST = "List the zoo by family: each module, how many formulas the document prints for it, and what it computes."


class UsageError(Exception):
    """Something the user can mend; printed as one line, exit status 2."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        choice = re.search(r"invalid choice: '(.*)' \(choose from (.*)\)", message)
        hint = _nearest(choice[1], re.findall(r"[\w-]+", choice[2])) if choice else ""
        raise UsageError(f"{message}{hint} (see {self.prog} --help)")

    def refuse(self, unknown: Sequence[str]) -> NoReturn:
        """Raise for arguments that this command does not take."""
        options = re.findall(r"--[\w-]+", self.format_usage())
        raise self.error(f"unrecognized arguments: {' '.join(unknown)}{_nearest(unknown[0], options)}")


def _nearest(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def parser() -> argparse.ArgumentParser:
    """The grammar of the command line."""
    root = _Parser(
        prog="autograd-zoo",
        description="Deep-learning modules whose gradients are computed three times:\n"
        "by a tape, by the closed forms of a reference document, and by differences.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    root.add_argument("--version", action="store_true", help="print the version and exit")
    root.set_defaults(parser=root)
    commands = root.add_subparsers(dest="command", metavar="command")

    one = commands.add_parser("list", help="the modules of the zoo, by family", description=LIST)
    one.set_defaults(run=_list, parser=one)

    one = commands.add_parser(
        "check",
        help="compare tape, closed forms and differences",
        description="Compare each module's tape with the document's closed forms, with differences, and with its fused "
        "form, in float64; then list the printed formulas that do not hold. The numbers are relative errors.",
    )
    one.add_argument("names", nargs="*", help="modules or families; all of them by default")
    one.add_argument(
        "--data", choices=["digits"], help="check on a batch of real handwritten digits instead of drawn numbers"
    )
    one.add_argument(
        "--seeds", type=_positive, default=3, metavar="N", help="how many samples of each shape (default 3)"
    )
    one.add_argument("--json", metavar="FILE", help="also write the report as JSON (- for standard output, alone)")
    one.add_argument("--formulas", action="store_true", help="judge the formulas, and list every one with its verdict")
    one.add_argument("--formula", metavar="ID", help="judge one formula, and say what came of it")
    one.add_argument("-v", "--verbose", action="store_true", help="with --formula: show the numbers side by side")
    one.set_defaults(run=_check, parser=one)

    one = commands.add_parser(
        "draw", help="draw the graph of a module", description="Draw what a module records on a sample input."
    )
    one.add_argument("name", help="a module of the zoo")
    one.add_argument("-o", "--output", required=True, metavar="FILE", help="where to: .svg .png .html .dot")
    one.set_defaults(run=_draw, parser=one)

    one = commands.add_parser(
        "train",
        help="train a model on real data",
        description="Train a classifier, and test it on data it has not seen.",
    )
    one.add_argument(
        "dataset", choices=["digits"], help="1,797 handwritten digits of 8 × 8 pixels (needs the extra 'data')"
    )
    one.add_argument("--model", default="mlp", choices=["mlp"], help="mlp: 64 → 64 → 10 with ReLU (default)")
    one.add_argument(
        "--epochs", type=_positive, default=20, metavar="N", help="passes over the training data (default 20)"
    )
    one.add_argument(
        "--seed", type=_seed, default=0, metavar="S", help="of the split, the parameters and the order (default 0)"
    )
    one.set_defaults(run=_train, parser=one)
    return root


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    try:
        args, unknown = parser().parse_known_args(argv)
        if unknown:
            args.parser.refuse(unknown)
        if args.version:
            from . import __version__

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
    except KeyboardInterrupt:
        print("\nautograd-zoo: interrupted", file=sys.stderr)
        return 130
    except OSError as error:  # standard output is full, or its reader has closed it: then nobody is left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            return 0
        print(f"autograd-zoo: {error}", file=sys.stderr)
        return 2


def _positive(text: str) -> int:
    return _integer(text, 1)


def _seed(text: str) -> int:
    return _integer(text, 0)


def _integer(text: str, least: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least {least}, got {text!r}")
    return number


def _bar(what: str, unit: str, plain: bool = True) -> Callable[[Iterable[Any]], Iterable[Any]]:
    """A progress bar on a terminal; elsewhere, with `plain`, a line at the start."""
    if sys.stderr.isatty():
        from tqdm import tqdm

        return lambda items: tqdm(items, desc=what, unit=unit, leave=False)
    if plain:
        print(f"{what} ...", file=sys.stderr)
    return iter


def _digits(seed: int = 0) -> Any:
    from . import data

    try:
        return data.digits("train", seed=seed), data.digits("test", seed=seed)
    except ImportError as error:
        raise UsageError(str(error)) from error


def _find(names: Sequence[str]) -> list[Any]:
    from .zoo import find

    try:
        return find(names)
    except KeyError as error:
        raise UsageError(error.args[0]) from error


def _list(args: argparse.Namespace) -> int:
    from .zoo import FAMILIES, ZOO

    width = max(len(specimen.name) for specimen in ZOO)
    for family in FAMILIES:
        print(family)
        for specimen in (s for s in ZOO if s.family == family):
            printed = sum(row.source == "document" for row in specimen.rows)
            print(f"  {specimen.name:<{width}}  {printed or 'none':>4} printed  {specimen.doc}")
    return 0


def _formulas(args: argparse.Namespace) -> int:
    from .zoo import errata

    try:
        rows = [errata.find(args.formula)] if args.formula else [row for s in _find(args.names) for row in s.rows]
    except KeyError as error:
        raise UsageError(error.args[0]) from error
    for line in errata.explain(rows[0], args.verbose) if args.formula else errata.lines(dict.fromkeys(rows)):
        print(line)
    return 0


def _check(args: argparse.Namespace) -> int:
    from .zoo import check

    if args.formulas or args.formula:
        return _formulas(args)
    specimens = _find(args.names)
    batch = _digits()[0][0][:32] if args.data else None
    with _replacing(args.json) if args.json not in (None, "-") else nullcontext() as file:
        report = check(
            *(s.name for s in specimens), seeds=range(args.seeds), data=batch, progress=_bar("checking", "module")
        )
        if file is not None:
            file.write(report.to_json() + "\n")
    print(report.to_json() if args.json == "-" else report)
    return 0 if report.ok else 1


def _draw(args: argparse.Namespace) -> int:
    import numpy as np

    import graph_viz

    from .engine.tensor import Tensor

    if args.name not in {s.name for s in _find([args.name])}:
        raise UsageError(f"{args.name} is a family: name one of its modules, see autograd-zoo list")
    (specimen,) = _find([args.name])
    arrays = specimen.sample(np.random.default_rng(0), specimen.shapes[:2][-1])
    named = [Tensor(x, name=name) for name, x in zip(specimen.inputs, arrays, strict=False)]
    y = specimen.run(*named, *arrays[len(named) :], **specimen.variants[0]).named("y")
    try:
        graph_viz.draw(y).save(args.output)
    except (OSError, ValueError, ImportError) as error:
        raise UsageError(f"cannot draw to {args.output}: {error}") from error
    print(f"{args.output}: {specimen.doc}")
    return 0


def _train(args: argparse.Namespace) -> int:
    import numpy as np

    from . import train

    (X, y), (X_test, y_test) = _digits(args.seed)
    rng = np.random.default_rng(args.seed)
    model = train.MODELS[args.model](rng)
    size = sum(p.size for p in model.parameters())
    print(f"{args.model}: {size:,} parameters; {len(y):,} digits to train on, {len(y_test)} to test on")
    for epoch in train.train(model, X, y, epochs=args.epochs, rng=rng, progress=_bar("epoch", "batch", plain=False)):
        print(f"epoch {epoch.number:>3}  loss {epoch.loss:.4f}  accuracy {epoch.accuracy:6.2%}", flush=True)
    print(f"test accuracy {train.accuracy(model, X_test, y_test):.2%}")
    return 0


@contextmanager
def _replacing(path: str) -> Iterator[TextIO]:
    """A file to write into, which takes the place of that at `path` when the body has ended well."""
    target = os.path.realpath(path)
    device = os.path.exists(target) and not os.path.isfile(target)  # to be written to, never replaced
    partial = target if device else f"{target}.{os.getpid()}.part"
    try:
        with open(partial, "w", encoding="utf-8") as file:
            yield file
        if not device:
            os.replace(partial, target)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
    finally:
        if not device and os.path.exists(partial):
            os.unlink(partial)


if __name__ == "__main__":
    sys.exit(main())
