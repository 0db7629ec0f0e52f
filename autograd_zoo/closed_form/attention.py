"""Attention, embeddings and positions: formulas of ours, for the document names these modules and prints no formula."""

from typing import TYPE_CHECKING, NoReturn

from . import parts
from .attention_embedding import *  # noqa: F403  # what its __all__ says
from .attention_head import *  # noqa: F403
from .attention_multi_head import *  # noqa: F403
from .attention_transformer import *  # noqa: F403

if not TYPE_CHECKING:  # a type checker is to know that there are no other names

    def __getattr__(name: str) -> NoReturn:
        raise parts.no_name(__name__, globals(), name)
