"""The formulas as rows of data, by family: what is printed where, transcribed literally, and what holds."""

from importlib import import_module

from ..formula import Formula

FILES = """
elementwise group activation activation_gated loss loss_elementwise
pooling_printed pooling_ours regularization linear
conv_claims conv_printed conv_separable conv_ours claims_conv
normalization_batch normalization_ours claims_normalization
recurrent_rnn recurrent_lstm recurrent_gru recurrent_deep claims_recurrent
attention_head attention_multi_head attention_embedding attention_transformer claims_modules block
""".split()
"""Of this folder, in the order of the document; each has its rows in `FORMULAS`."""

FORMULAS: tuple[Formula, ...] = tuple(row for file in FILES for row in import_module(f".{file}", __name__).FORMULAS)
"""All rows, in the order of the document."""
