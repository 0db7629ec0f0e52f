"""Weights from torchvision's state dicts: most networks have its names, and the rest is a table of prefixes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np

from .. import nn
from ..engine.values import unmasked
from .inception import Inception
from .mobile import MobileNet

M = TypeVar("M", bound=nn.Module)

NAMES: dict[type[nn.Module], dict[str, str]] = {
    Inception: {"Conv2d_*": "stem.Conv2d_*"},
    MobileNet: {
        "features.1.conv.0.0": "features.1.conv2",
        "features.1.conv.0.1": "features.1.bn2",
        "features.1.conv.1": "features.1.conv3",
        "features.1.conv.2": "features.1.bn3",
        "features.*.conv.0.0": "features.*.conv1",
        "features.*.conv.0.1": "features.*.bn1",
        "features.*.conv.1.0": "features.*.conv2",
        "features.*.conv.1.1": "features.*.bn2",
        "features.*.conv.2": "features.*.conv3",
        "features.*.conv.3": "features.*.bn3",
    },
}
"""What names begin with in torchvision, and in `nn.to_torch`; * is a part of a name. The first that fits counts."""


def from_torchvision(model: M, state: Mapping[str, Any]) -> M:
    """W = state["conv1.weight"], and so on: load the state of torchvision's model of the same name, or nothing of it

    Shapes: those of torchvision, whose 1 × 1 convolutions may be linear layers here; the values are PyTorch's tensors,
    or arrays. Returns the model.
    Raises: ValueError naming missing, unknown or misshapen entries; TypeError for what is no state.
    Source: the names of torchvision's modules.

    >>> import numpy as np, autograd_zoo as az
    >>> first, second = (az.models.shufflenet_v2(np.random.default_rng(seed)) for seed in (0, 1))
    >>> state = az.nn.to_torch(first)  # here, as in most networks, the names are torchvision's
    >>> bool(np.all(az.models.from_torchvision(second, state).fc.W.data == first.fc.W.data))
    True
    """
    if not isinstance(state, Mapping):
        raise TypeError(f"the state must be a dict of arrays or tensors, got a {type(state).__name__}: .state_dict()?")
    rules = NAMES.get(type(model), {})
    linear = {name for name, array in nn.to_torch(model).items() if array.ndim == 2}
    renamed = {_renamed(name, rules): value for name, value in state.items()}
    return nn.from_torch(model, {name: _flat(value) if name in linear else value for name, value in renamed.items()})


def _renamed(name: str, rules: Mapping[str, str]) -> str:
    for theirs, ours in rules.items():
        pattern = re.escape(theirs).replace(r"\*", r"([^.]*)")
        if found := re.match(rf"{pattern}(?=\.|$)", name):
            return ours.replace("*", found[1] if found.groups() else "") + name[found.end() :]
    return name


def _flat(value: Any) -> Any:
    """A kernel (M, C, 1, 1) as a matrix (M, C)."""
    array = np.asarray(value.detach().cpu() if hasattr(value, "cpu") else unmasked(value))
    return array[:, :, 0, 0] if array.ndim == 4 and array.shape[2:] == (1, 1) else array
