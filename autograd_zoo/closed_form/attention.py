"""Attention, embeddings and positions: formulas of ours, for the document names these modules and prints no formula."""

from autograd_zoo.closed_form.attention_embedding import *  # noqa: F403  # what its __all__ says
from autograd_zoo.closed_form.attention_head import *  # noqa: F403
from autograd_zoo.closed_form.attention_multi_head import *  # noqa: F403
from autograd_zoo.closed_form.attention_transformer import *  # noqa: F403
