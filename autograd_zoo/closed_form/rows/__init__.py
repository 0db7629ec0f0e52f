"""The formulas as rows of data, by family: what is printed where, transcribed literally, and what holds."""

from ..formula import Formula
from . import (
    activation,
    attention_embedding,
    attention_head,
    attention_multi_head,
    attention_transformer,
    block,
    conv,
    elementwise,
    group,
    linear,
    loss,
    normalization_batch,
    normalization_ours,
    pooling_ours,
    pooling_printed,
    recurrent_deep,
    recurrent_gru,
    recurrent_lstm,
    recurrent_rnn,
    regularization,
)

_IN_ORDER = (
    elementwise,
    group,
    activation,
    loss,
    pooling_printed,
    pooling_ours,
    regularization,
    linear,
    conv,
    normalization_batch,
    normalization_ours,
    recurrent_rnn,
    recurrent_lstm,
    recurrent_gru,
    recurrent_deep,
    attention_head,
    attention_multi_head,
    attention_embedding,
    attention_transformer,
    block,
)
FORMULAS: tuple[Formula, ...] = tuple(row for part in _IN_ORDER for row in part.FORMULAS)
"""All rows, in the order of the document."""
