"""Recurrent modules: SimpleRNN, LSTM and GRU, one time step and whole sequences, with backpropagation through time."""

from autograd_zoo.closed_form.recurrent_deep import *  # noqa: F403  # what its __all__ says
from autograd_zoo.closed_form.recurrent_gru import *  # noqa: F403
from autograd_zoo.closed_form.recurrent_gru_gradients import *  # noqa: F403
from autograd_zoo.closed_form.recurrent_lstm import *  # noqa: F403
from autograd_zoo.closed_form.recurrent_lstm_gradients import *  # noqa: F403
from autograd_zoo.closed_form.recurrent_rnn import *  # noqa: F403
