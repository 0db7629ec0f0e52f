"""Files to go on from: the state of a training, and the settings that it was started with."""

from __future__ import annotations

import json
import math
import os
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .. import io
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
    text = json.dumps(asdict(settings)).encode()
    io.save(path, {SETTINGS: np.frombuffer(text, np.uint8), **training.state_dict()})


def load(path: str | os.PathLike[str]) -> tuple[Settings, dict[str, Any]]:
    """The settings, and the state for `Training.load_state_dict`, that `save` wrote to `path`.

    Raises
    ------
    WeightsError
        a ValueError, if the file is damaged, or nothing that `save` wrote
    OSError
        if it cannot be opened
    """
    state: dict[str, Any] = dict(io.load(path))
    try:
        found = json.loads(state.pop(SETTINGS).tobytes())
        settings = Settings(**found)
        if not all(fits(getattr(settings, name)) for name, fits in FITS.items()):
            raise TypeError
        return settings, state
    except (KeyError, ValueError, TypeError) as error:
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


def try_saving(path: str | os.PathLike[str], training: Training, settings: Settings) -> None:
    """Write to a file beside `path` and take it away: whatever is wrong comes out before the work, not after."""
    target = Path(path).resolve()
    if target.is_dir():
        raise IsADirectoryError(f"{os.fspath(path)} is a directory; name a file in it")
    trial = target.with_name(f".{secrets.token_hex(8)}{target.suffix}")
    try:
        save(trial, training, settings)
    finally:
        trial.unlink(missing_ok=True)
