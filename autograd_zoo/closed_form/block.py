"""Blocks of convolutional networks: formulas of ours, for the document tells of these blocks in words."""

from autograd_zoo.closed_form.block_dense import *  # noqa: F403  # what its __all__ says
from autograd_zoo.closed_form.block_inception import *  # noqa: F403
from autograd_zoo.closed_form.block_residual import *  # noqa: F403
from autograd_zoo.closed_form.block_separable import *  # noqa: F403
from autograd_zoo.closed_form.block_shuffle import *  # noqa: F403
from autograd_zoo.closed_form.block_unit import *  # noqa: F403
