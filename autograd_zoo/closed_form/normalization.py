"""Normalization: Batch Normalization as the document prints it, then the modules that it cites."""

from autograd_zoo.closed_form.normalization_batch import *  # noqa: F403  # what its __all__ says
from autograd_zoo.closed_form.normalization_group import *  # noqa: F403
from autograd_zoo.closed_form.normalization_layer import *  # noqa: F403
from autograd_zoo.closed_form.normalization_weight import *  # noqa: F403
