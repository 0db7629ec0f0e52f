"""The command `train`: tasks and their models, progress, and files to go on from."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from ..engine.text import printable
from .usage import UsageError, above_zero, bar, positive, seed

if TYPE_CHECKING:
    from ..train import Epoch, Settings, Task, Training


class Offer(NamedTuple):
    """What the command line says of a task, and the settings that it starts with."""

    help: str
    models: dict[str, str]
    """What each one is; the first is the default."""
    epochs: int
    lr: float
    batch_size: int
    epoch: str = "a pass over all batches"
    batch: str = "in a batch"
    seed: str = "the parameters and the batches"


SEQUENCES = Offer(
    help="read 8 of 10 symbols, then write them",
    models={"transformer": "one layer of 4 heads"},
    epochs=10,
    lr=3e-3,
    batch_size=64,
    epoch="100 batches",
)
OFFERS = {
    "digits": Offer(
        help="tell handwritten digits apart: 1,797 images of 8 × 8 pixels (needs the extra 'data')",
        models={
            "mlp": "64 → 64 → 10 with ReLU",
            "cnn": "three convolutions with Batch Normalization",
            "vgg": "four",
            "resnet": "seven, in residual blocks",
        },
        epochs=20,
        lr=1e-2,
        batch_size=16,
        seed="the split, the parameters and the order",
    ),
    "text": Offer(
        help="predict the next character of the help that comes with Python, and write some",
        models={"gru": "128 units", "lstm": "128 units", "gpt": "two layers of 4 heads"},
        epochs=4,
        lr=1e-2,
        batch_size=32,
        epoch="a pass over the text, 64 characters a batch",
        batch="places of the text that are read side by side",
        seed="the parameters and the sample",
    ),
    "sort": SEQUENCES._replace(help="read 8 of 10 symbols, then write them in order"),
    "copy": SEQUENCES._replace(help="read 8 of 10 symbols, then write them again"),
}
KEEPING = (
    "--save keeps parameters, buffers, the optimizer's memory and the state of the generator, and after an "
    "interruption has the last complete epoch. --resume goes on from there with the file's settings, to the bit as if "
    "training had never stopped; --epochs counts all epochs, those before too."
)


def add(commands: Any) -> None:
    """Add the grammar of this command."""
    train = commands.add_parser(
        "train", help="train a model on real data", description="Train a model, and test it on data it has not seen."
    )
    train.set_defaults(parser=train)
    tasks = train.add_subparsers(dest="task", metavar="task", required=True)
    for name, offer in OFFERS.items():
        one = tasks.add_parser(name, help=offer.help, description=f"Learn to {offer.help}.", epilog=KEEPING)
        one.set_defaults(run=run, parser=one)
        models = "; ".join(f"{model}: {what}" for model, what in offer.models.items())
        one.add_argument("--model", choices=offer.models, help=f"{models} (default {next(iter(offer.models))})")
        one.add_argument(
            "--epochs",
            type=positive,
            default=offer.epochs,
            metavar="N",
            help=f"how many; one is {offer.epoch} (default {offer.epochs})",
        )
        one.add_argument("--steps", type=positive, metavar="N", help="end each epoch after N batches")
        one.add_argument(
            "--batch-size", type=positive, metavar="N", help=f"how many {offer.batch} (default {offer.batch_size})"
        )
        one.add_argument("--lr", type=above_zero, metavar="RATE", help=f"the learning rate (default {offer.lr:g})")
        one.add_argument("--seed", type=seed, metavar="S", help=f"of {offer.seed} (default 0)")
        one.add_argument(
            "--save",
            type=_weights,
            metavar="FILE",
            help="after each epoch write what --resume needs: .npz or .safetensors",
        )
        one.add_argument("--resume", type=_weights, metavar="FILE", help="go on from a file that --save wrote")
        if name == "text":
            one.add_argument("--prompt", default="The ", metavar="TEXT", help="what the sample begins with")
            one.add_argument(
                "--temperature",
                type=above_zero,
                default=0.7,
                metavar="T",
                help="of the sample: 1 as the model believes, lower for what is more likely (default 0.7)",
            )


def _weights(text: str) -> str:
    """The path of a file in one of the formats of `az.io`."""
    if not text.lower().endswith((".npz", ".safetensors")):
        raise argparse.ArgumentTypeError(f"expected a file that ends in .npz or .safetensors, got {text!r}")
    return text


def run(args: argparse.Namespace) -> int:
    """Train, and report."""
    from .. import train

    chosen, state = _resumed(args) if args.resume else (_chosen(args), None)
    sample = {"prompt": args.prompt, "temperature": args.temperature} if args.task == "text" else {}
    with _usage("cannot train"):
        task = train.TASKS[chosen.task](seed=chosen.seed, batch_size=chosen.batch_size, steps=chosen.steps, **sample)
        training = task.start(chosen.model, chosen.seed, chosen.lr)
    if state is not None:
        with _usage(f"cannot go on from {args.resume}"):
            train.expect_same_data(chosen, task.data)
            training.load_state_dict(state)
    chosen = replace(chosen, data=task.data)
    if args.save:
        with _usage(f"cannot write {args.save}"):
            train.try_saving(args.save, training, chosen)
    size = sum(p.size for p in training.model.parameters())
    print(f"{chosen.model}: {size:,} parameters; {task.describe()}", flush=True)
    if args.resume:
        left = max(0, args.epochs - training.epochs)
        done = "1 epoch is" if training.epochs == 1 else f"{training.epochs} epochs are"
        print(f"{printable(args.resume)}: {done} done, {left or 'none'} of {args.epochs} left")
    first = training.epochs
    try:
        for epoch in _epochs(args, task, training, chosen):
            print(f"epoch {epoch.number:>3}  {task.row(epoch, training.model)}", flush=True)
    except KeyboardInterrupt:
        if args.save and training.epochs > first:
            raise KeyboardInterrupt(f"go on with --resume {args.save}") from None
        raise
    for line in task.judge(training.model):
        print(line)
    return 0


def _epochs(args: argparse.Namespace, task: Task, training: Training, settings: Settings) -> Iterator[Epoch]:
    """The epochs that are left, each saved before it is reported."""
    from .. import train

    progress = bar("epoch", "batch", plain=False)
    while training.epochs < args.epochs:
        try:
            epoch = training.epoch(task.losses(training.model, progress(task.batches(training.rng))))
        except train.Diverged as error:
            raise UsageError(str(error)) from error
        if args.save:
            with _usage(f"cannot write {args.save}"):
                train.save(args.save, training, settings)
        yield epoch


def _chosen(args: argparse.Namespace) -> Settings:
    """The settings of a new training."""
    from ..train import Settings

    offer = OFFERS[args.task]
    return Settings(
        task=args.task,
        model=args.model or next(iter(offer.models)),
        seed=args.seed or 0,
        steps=args.steps,
        batch_size=args.batch_size or offer.batch_size,
        lr=args.lr or offer.lr,
    )


def _resumed(args: argparse.Namespace) -> tuple[Settings, dict[str, Any]]:
    """The settings and the state in a file; refused if they are another model's, or another seed's."""
    from .. import train

    with _usage(f"cannot go on from {args.resume}"):
        stored, state = train.load(args.resume)
    known = stored.task == args.task and stored.model in OFFERS[args.task].models
    if not known or args.model not in (None, stored.model):
        raise UsageError(
            f"{args.resume} holds {stored.model} for the task {stored.task}, and cannot go on as "
            f"{args.model or 'a model'} for {args.task}; write: train {stored.task} --model {stored.model}"
        )
    if args.seed not in (None, stored.seed):
        raise UsageError(f"{args.resume} was started with --seed {stored.seed}, and cannot go on with {args.seed}")
    given = {name: getattr(args, name) for name in ("steps", "batch_size", "lr") if getattr(args, name) is not None}
    return replace(stored, **given), state


@contextmanager
def _usage(what: str) -> Iterator[None]:
    """Turn what goes wrong with a file or an argument into one line that begins with `what`."""
    try:
        yield
    except (OSError, ValueError, ImportError) as error:
        raise UsageError(f"{what}: {getattr(error, 'strerror', None) or error}") from error
