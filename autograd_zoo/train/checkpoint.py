"""Files to go on from: the state of a training, and the settings that it was started with."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .. import io
from ..io.files import written
from .loop import Training

SETTINGS = "settings"


@dataclass(frozen=True)
class Settings:
    """What a training was started with."""

    task: str
    model: str
    seed: int
    steps: int | None
    batch_size: int
    lr: float
    data: str = ""
    """Which data the task had."""


def save(path: str | os.PathLike[str], training: Training, settings: Settings) -> None:
    """Write the state and the settings to `path`, .npz or .safetensors; a file there is replaced at the very end."""
    io.save(path, _arrays(training, settings))


def try_saving(path: str | os.PathLike[str], training: Training, settings: Settings) -> None:
    """Do all that `save` does but the last step: whatever is wrong comes out before the work, not after."""
    if os.path.isdir(path):
        raise IsADirectoryError(f"{os.fspath(path)} is a directory; name a file in it")
    with written(path, _arrays(training, settings)):
        pass


def _arrays(training: Training, settings: Settings) -> dict[str, Any]:
    text = json.dumps(asdict(settings)).encode()
    return {SETTINGS: np.frombuffer(text, np.uint8), **training.state_dict()}


def load(path: str | os.PathLike[str], *, max_bytes: int | None = None) -> tuple[Settings, dict[str, Any]]:
    """The settings, and the state for `Training.load_state_dict`, that `save` wrote to `path`; see `az.io.load`.

    Raises
    ------
    WeightsError
        a ValueError, if the file is damaged, or nothing that `save` wrote
    OSError
        if it cannot be opened
    """
    state: dict[str, Any] = dict(io.load(path, max_bytes=max_bytes))
    try:
        found = json.loads(state.pop(SETTINGS).tobytes())
        settings = Settings(**found)
        if not all(fits(getattr(settings, name)) for name, fits in FITS.items()):
            raise TypeError
        return settings, state
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise io.WeightsError(
            "there are no settings of a training in it; weights alone are read by az.io.load"
        ) from error


FITS: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("task", "model", "data"), lambda value: isinstance(value, str)),
    "seed": lambda value: type(value) is int and value >= 0,
    "steps": lambda value: value is None or (type(value) is int and value > 0),
    "batch_size": lambda value: type(value) is int and value > 0,
    "lr": lambda value: isinstance(value, float) and 0.0 < value < math.inf,
}


def expect_same_data(settings: Settings, data: str) -> None:
    """Raise unless a training with these settings had the same `data`: what was held out must not have been seen."""
    if settings.data != data:
        raise ValueError(f"it was trained on other data, {settings.data}; here they are {data}")
