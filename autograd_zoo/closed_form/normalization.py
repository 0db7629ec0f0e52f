"""Normalization: Batch Normalization as the document prints it, then the modules that it cites."""

from .normalization_batch import *  # noqa: F403  # what its __all__ says
from .normalization_group import *  # noqa: F403
from .normalization_layer import *  # noqa: F403
from .normalization_weight import *  # noqa: F403
