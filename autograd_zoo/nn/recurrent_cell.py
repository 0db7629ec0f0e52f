"""Recurrent cells: the parameters of one time step of SimpleRNN, LSTM and GRU. Their formulas stand in `recurrent`."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..engine.tensor import Array
from .init import generator, uniform
from .module import Module, Parameter, require
from .recurrent import gru_cell, lstm_cell, rectified_rnn_cell, simple_rnn_cell

Draw = Callable[..., Array]


class Cell(Module):
    """What the cells share: sizes, and parameters that start uniform in ±1/√H, as PyTorch's do.

    Parameters
    ----------
    input_size, hidden_size : int
        D and H, the lengths of x_t and h_t
    bias : bool
        without biases the formulas are the document's
    rng : numpy.random.Generator, optional
        draws the parameters, uniform in ±1/√H as PyTorch does
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        rng: np.random.Generator | None = None,
        dtype: Any = None,
    ) -> None:
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bool(bias)
        bound = 1.0 / math.sqrt(self.hidden_size)
        self._start(partial(uniform, low=-bound, high=bound, rng=generator(rng), dtype=dtype))

    def _start(self, draw: Draw) -> None:
        """Assign the parameters."""
        raise NotImplementedError

    def _matrices(self, draw: Draw) -> tuple[Parameter, Parameter]:
        """W (H, H) and U (H, D)."""
        H, D = self.hidden_size, self.input_size
        return Parameter(draw((H, H))), Parameter(draw((H, D)))

    def _bias(self, draw: Draw) -> Parameter | None:
        """(H,), or None in a cell without biases."""
        return Parameter(draw(self.hidden_size)) if self.bias else None

    def zero_state(self, x: Any) -> Any:
        """The state before the first step, 0 for each sample of x (..., D)."""
        return np.zeros((*np.shape(x)[:-1], self.hidden_size), getattr(x, "dtype", np.float64))


class SimpleRNNCell(Cell):
    """h_{t+1} = tanh(W h_t + U x_t + b), one step of a `SimpleRNN`; see `simple_rnn_cell`.

    Parameters
    ----------
    nonlinearity : "tanh" or "relu"
        max{0, ·} in the place of tanh

    Attributes
    ----------
    W, U : Parameters, shapes (H, H), (H, D)
    b : Parameter, shape (H,), or None

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> cell = az.nn.SimpleRNNCell(3, 4, rng=np.random.default_rng(0))
    >>> h = cell(np.ones((5, 3)))
    >>> cell(np.ones((5, 3)), h).shape
    (5, 4)
    """

    nonlinearity: str = "tanh"

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        nonlinearity: str = "tanh",
        rng: np.random.Generator | None = None,
        dtype: Any = None,
    ) -> None:
        if nonlinearity != "tanh":
            self.nonlinearity = nonlinearity
        super().__init__(input_size, hidden_size, bias, rng=rng, dtype=dtype)

    def _start(self, draw: Draw) -> None:
        self.W, self.U = self._matrices(draw)
        self.b = self._bias(draw)

    def forward(self, x: Any, h: Any = None) -> Any:
        """The next state, of x (..., D) and the state h (..., H), which is 0 if not given."""
        step = simple_rnn_cell if self.nonlinearity == "tanh" else rectified_rnn_cell
        return step(x, self.zero_state(x) if h is None else h, self.W, self.U, self.b)


class LSTMCell(Cell):
    """C_{t+1} = f_t ⊙ C_t + i_t ⊙ G_t and h_{t+1} = o_t ⊙ tanh(C_{t+1}), one step of an `LSTM`; see `lstm_cell`.

    Parameters
    ----------
    input_size, hidden_size : int
        D and H, the lengths of x_t, and of h_t and C_t

    Attributes
    ----------
    W_f, W_i, W_o, W_g : Parameters, shape (H, H)
    U_f, U_i, U_o, U_g : Parameters, shape (H, D)
    b_f, b_i, b_o, b_g : Parameters, shape (H,), or None

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> cell = az.nn.LSTMCell(3, 4, rng=np.random.default_rng(0))
    >>> h, C = cell(np.ones((5, 3)))
    >>> h, C = cell(np.ones((5, 3)), (h, C))
    >>> h.shape, C.shape
    ((5, 4), (5, 4))
    """

    def _start(self, draw: Draw) -> None:
        self.W_f, self.U_f = self._matrices(draw)
        self.W_i, self.U_i = self._matrices(draw)
        self.W_o, self.U_o = self._matrices(draw)
        self.W_g, self.U_g = self._matrices(draw)
        self.b_f, self.b_i, self.b_o, self.b_g = (self._bias(draw) for _ in range(4))

    def zero_state(self, x: Any) -> Any:
        """The pair (h, C) before the first step, 0 for each sample of x (..., D)."""
        return super().zero_state(x), super().zero_state(x)

    def forward(self, x: Any, state: Any = None) -> tuple[Any, Any]:
        """The next state (h, C), of x (..., D) and the state (h, C), each (..., H), which is 0 if not given."""
        h, C = pair(self.zero_state(x) if state is None else state)
        return lstm_cell(x, h, C, *self.weights())

    def weights(self) -> tuple[Any, ...]:
        """The parameters, in the order of `lstm_cell`."""
        matrices = self.W_f, self.U_f, self.W_i, self.U_i, self.W_o, self.U_o, self.W_g, self.U_g
        return *matrices, self.b_f, self.b_i, self.b_o, self.b_g


class GRUCell(Cell):
    """h_{t+1} = (1 − z_t) ⊙ h_t + z_t ⊙ c_t, one step of a `GRU`; see `gru_cell`.

    Parameters
    ----------
    reset_after : bool
        reset W_c h_t + b_h, as PyTorch does, instead of h_t; see also `from_torch`

    Attributes
    ----------
    W_c, W_z, W_r : Parameters, shape (H, H)
    U_c, U_z, U_r : Parameters, shape (H, D)
    b_c, b_z, b_r : Parameters, shape (H,), or None
    b_h : Parameter, shape (H,), or None; only `reset_after` has one: elsewhere it would only be added to b_c

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> cell = az.nn.GRUCell(3, 4, rng=np.random.default_rng(0))
    >>> cell(np.ones((5, 3))).shape
    (5, 4)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        reset_after: bool = False,
        rng: np.random.Generator | None = None,
        dtype: Any = None,
    ) -> None:
        self.reset_after = bool(reset_after)
        super().__init__(input_size, hidden_size, bias, rng=rng, dtype=dtype)

    def _start(self, draw: Draw) -> None:
        self.W_c, self.U_c = self._matrices(draw)
        self.W_z, self.U_z = self._matrices(draw)
        self.W_r, self.U_r = self._matrices(draw)
        self.b_c, self.b_z, self.b_r = (self._bias(draw) for _ in range(3))
        self.b_h = self._bias(draw) if self.reset_after else None

    def forward(self, x: Any, h: Any = None) -> Any:
        """The next state, of x (..., D) and the state h (..., H), which is 0 if not given."""
        h = self.zero_state(x) if h is None else h
        return gru_cell(x, h, *self.weights(), reset_after=self.reset_after)

    def weights(self) -> tuple[Any, ...]:
        """The parameters, in the order of `gru_cell`."""
        matrices = self.W_c, self.U_c, self.W_z, self.U_z, self.W_r, self.U_r
        return *matrices, self.b_c, self.b_z, self.b_r, self.b_h


def pair(state: Any) -> Any:
    """The state of an LSTM, (h, C); anything else is refused."""
    require(
        isinstance(state, (tuple, list)) and len(state) == 2,
        f"the state of an LSTM is a pair (h, C) of arrays, got a {type(state).__name__}; write (h, C)",
    )
    return tuple(state)
