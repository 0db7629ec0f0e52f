"""Normalization: Batch Normalization as the document prints it, then the modules that it cites."""

from typing import TYPE_CHECKING, NoReturn

from . import parts
from .normalization_batch import *  # noqa: F403  # what its __all__ says
from .normalization_group import *  # noqa: F403
from .normalization_layer import *  # noqa: F403
from .normalization_weight import *  # noqa: F403

if not TYPE_CHECKING:  # a type checker is to know that there are no other names

    def __getattr__(name: str) -> NoReturn:
        raise parts.no_name(__name__, globals(), name)
