"""Training: one loop for every model, tasks with real data for it, and files to go on from."""

from collections.abc import Callable
from functools import partial

from .checkpoint import Settings, expect_same_data, load, save, try_saving
from .digits import Digits
from .loop import Batch, Diverged, Epoch, Training, accuracy, classified, evaluation, train
from .sequences import Sequences
from .task import Task
from .text import Text, sample

TASKS: dict[str, Callable[..., Task]] = {
    "digits": Digits,
    "text": Text,
    "sort": partial(Sequences, "sort"),
    "copy": partial(Sequences, "copy"),
}
"""By the names that the command line has for them."""

__all__ = [
    "TASKS",
    "Batch",
    "Digits",
    "Diverged",
    "Epoch",
    "Sequences",
    "Settings",
    "Task",
    "Text",
    "Training",
    "accuracy",
    "classified",
    "evaluation",
    "expect_same_data",
    "load",
    "sample",
    "save",
    "train",
    "try_saving",
]
