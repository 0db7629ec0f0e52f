"""Attention, embeddings and positions: formulas of ours, for the document names these modules and prints no formula."""

from typing import TYPE_CHECKING, NoReturn

from autograd_zoo.closed_form import parts
from autograd_zoo.closed_form.attention_embedding import *  # noqa: F403  # what its __all__ says
from autograd_zoo.closed_form.attention_head import *  # noqa: F403
from autograd_zoo.closed_form.attention_multi_head import *  # noqa: F403
from autograd_zoo.closed_form.attention_transformer import *  # noqa: F403

if not TYPE_CHECKING:  # a type checker is to know that there are no other names

    def __getattr__(name: str) -> NoReturn:
        raise parts.no_name(__name__, globals(), name)
