"""Rows of the recurrent family: SimpleRNN, LSTM and GRU, and layers of them."""

from ..formula import Formula
from . import recurrent_deep, recurrent_gru, recurrent_lstm, recurrent_rnn

FORMULAS: tuple[Formula, ...] = (
    *recurrent_rnn.FORMULAS,
    *recurrent_lstm.FORMULAS,
    *recurrent_gru.FORMULAS,
    *recurrent_deep.FORMULAS,
)
