"""Recurrent modules over sequences (T, N, D): SimpleRNN, LSTM and GRU, with layers, directions and lengths.

Each layer calls its cell once for each step, so a tape shows T calls of one module; fused, it is one node. Parameters
are named as in the document; `exchange` converts them to and from PyTorch's.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .init import uniform
from .linear import linear
from .module import Parameter, named
from .recurrent_cell import GRUCell, LSTMCell, SimpleRNNCell, pair
from .recurrent_layers import Recurrent
from .recurrent_options import ProjectedLSTMCell


class SimpleRNN(Recurrent, like=SimpleRNNCell):
    """o_t = V h_t, where h_{t+1} = tanh(W h_t + U x_t + b), over sequences; see `simple_rnn_cell`.

    It returns o and the last states, as PyTorch's RNN, which has no V, returns h and the last states.

    Parameters
    ----------
    output_size : int, optional
        O, the length of o_t; without it there is no V, and o_t is h_t

    Attributes
    ----------
    cells : list of SimpleRNNCell
        one for each layer, or two in a bidirectional module: forward, then backward
    V : Parameter, shape (O, H), or (O, 2H) in a bidirectional module, or None

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> rnn = az.nn.SimpleRNN(3, 4, output_size=2, rng=np.random.default_rng(0))
    >>> o, h = rnn(np.ones((6, 5, 3)), lengths=[6, 2, 3, 4, 1])
    >>> o.shape, h.shape
    ((6, 5, 2), (1, 5, 4))
    """

    cell = SimpleRNNCell

    def __init__(
        self, input_size: int, hidden_size: int,
        num_layers: int = 1, bias: bool = True, batch_first: bool = False, dropout: float = 0.0,
        bidirectional: bool = False,
        *, nonlinearity: str = "tanh", output_size: int | None = None,
        rng: np.random.Generator | None = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        sizes = (input_size, hidden_size, num_layers)
        super().__init__(
            *sizes, bias, batch_first, dropout, bidirectional, rng=rng, dtype=dtype, nonlinearity=nonlinearity
        )
        self.V = None
        if output_size is not None:
            shape = output_size, self.directions * self.hidden_size
            bound = 1.0 / math.sqrt(shape[1])
            self.V = Parameter(uniform(shape, low=-bound, high=bound, rng=self.dropout.rng, dtype=dtype))

    def forward(self, x: Any, h0: Any = None, *, lengths: Any = None) -> tuple[Any, Any]:
        """Run over x (T, N, D) from the states h0 (layers · directions, N, H), which are 0 if not given.

        Returns (o, h): o_1..o_T (T, N, O), and the last states h, in the shape of h0. With `lengths`, integers (N,),
        each sequence ends after so many steps: its states stay what they are, and its outputs are 0.
        """
        h, last = self._run(x, h0, lengths)
        return (h if self.V is None else named(linear(h, self.V), "o_t")), last


class LSTM(Recurrent, like=LSTMCell):
    """C_{t+1} = f_t ⊙ C_t + i_t ⊙ G_t and h_{t+1} = o_t ⊙ tanh(C_{t+1}), over sequences; see `lstm_cell`.

    Parameters
    ----------
    proj_size : int
        P, the length of h_t, which is then W_p (o_t ⊙ tanh(C_{t+1})); 0 for H, without a W_p

    Attributes
    ----------
    cells : list of LSTMCell, or of ProjectedLSTMCell
        one for each layer, or two in a bidirectional module: forward, then backward

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> lstm = az.nn.LSTM(3, 4, num_layers=2, bidirectional=True, rng=np.random.default_rng(0))
    >>> y, (h, C) = lstm(np.ones((6, 5, 3)))
    >>> y.shape, h.shape, C.shape
    ((6, 5, 8), (4, 5, 4), (4, 5, 4))
    """

    cell = LSTMCell
    proj_size: int = 0

    def __init__(
        self, input_size: int, hidden_size: int,
        num_layers: int = 1, bias: bool = True, batch_first: bool = False, dropout: float = 0.0,
        bidirectional: bool = False, proj_size: int = 0,
        *, rng: np.random.Generator | None = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        if proj_size:
            self.proj_size = proj_size
        sizes = (input_size, hidden_size, num_layers)
        options: dict[str, Any] = {"cell": ProjectedLSTMCell, "proj_size": proj_size} if proj_size else {}
        super().__init__(*sizes, bias, batch_first, dropout, bidirectional, rng=rng, dtype=dtype, **options)

    @property
    def _widths(self) -> Any:
        return self.proj_size or self.hidden_size, self.hidden_size

    def forward(self, x: Any, state: Any = None, *, lengths: Any = None) -> tuple[Any, tuple[Any, Any]]:
        """Run over x (T, N, D) from the states (h, C), each (layers · directions, N, H), which are 0 if not given.

        Returns (y, (h, C)): h_1..h_T of the last layer (T, N, H), and the last states, in the shapes of the first. With
        `lengths`, integers (N,), each sequence ends after so many steps: its states stay what they are, and y is 0.
        """
        return self._run(x, None if state is None else pair(state), lengths)


class GRU(Recurrent, like=GRUCell):
    """h_{t+1} = (1 − z_t) ⊙ h_t + z_t ⊙ c_t, over sequences; see `gru_cell`.

    Attributes
    ----------
    cells : list of GRUCell
        one for each layer, or two in a bidirectional module: forward, then backward

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> gru = az.nn.GRU(3, 4, batch_first=True, rng=np.random.default_rng(0))
    >>> y, h = gru(np.ones((5, 6, 3)))
    >>> y.shape, h.shape
    ((5, 6, 4), (1, 5, 4))
    """

    cell = GRUCell

    def __init__(
        self, input_size: int, hidden_size: int,
        num_layers: int = 1, bias: bool = True, batch_first: bool = False, dropout: float = 0.0,
        bidirectional: bool = False,
        *, reset_after: bool = False, rng: np.random.Generator | None = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        sizes = (input_size, hidden_size, num_layers)
        super().__init__(
            *sizes, bias, batch_first, dropout, bidirectional, rng=rng, dtype=dtype, reset_after=reset_after
        )

    def forward(self, x: Any, h0: Any = None, *, lengths: Any = None) -> tuple[Any, Any]:
        """Run over x (T, N, D) from the states h0 (layers · directions, N, H), which are 0 if not given.

        Returns (y, h): h_1..h_T of the last layer (T, N, H), and the last states, in the shape of h0. With `lengths`,
        integers (N,), each sequence ends after so many steps: its states stay what they are, and y is 0.
        """
        return self._run(x, h0, lengths)
