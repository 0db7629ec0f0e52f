"""Rows of the attention family: one head, several heads, embeddings and positions, layers of a Transformer."""

from ..formula import Formula
from . import attention_embedding, attention_head, attention_multi_head, attention_transformer

FORMULAS: tuple[Formula, ...] = (
    *attention_head.FORMULAS,
    *attention_multi_head.FORMULAS,
    *attention_embedding.FORMULAS,
    *attention_transformer.FORMULAS,
)
