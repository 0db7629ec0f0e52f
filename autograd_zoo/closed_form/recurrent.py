"""Recurrent modules: SimpleRNN, LSTM and GRU, one time step and whole sequences, with backpropagation through time."""

from typing import TYPE_CHECKING, NoReturn

from . import parts
from .recurrent_deep import *  # noqa: F403  # what its __all__ says
from .recurrent_gru import *  # noqa: F403
from .recurrent_lstm import *  # noqa: F403
from .recurrent_rnn import *  # noqa: F403

if not TYPE_CHECKING:  # a type checker is to know that there are no other names

    def __getattr__(name: str) -> NoReturn:
        raise parts.no_name(__name__, globals(), name)
