"""Blocks of convolutional networks: formulas of ours, for the document tells of these blocks in words."""

from .block_dense import *  # noqa: F403  # what its __all__ says
from .block_inception import *  # noqa: F403
from .block_residual import *  # noqa: F403
from .block_separable import *  # noqa: F403
from .block_shuffle import *  # noqa: F403
from .block_unit import *  # noqa: F403
