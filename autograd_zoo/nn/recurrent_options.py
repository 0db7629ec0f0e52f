"""An LSTM whose output is projected."""

from __future__ import annotations

from typing import Any

import numpy as np

from .activation import sigmoid
from .linear import linear
from .module import Parameter, named, require
from .recurrent_cell import Draw, LSTMCell, pair


class ProjectedLSTMCell(LSTMCell):
    """C_{t+1} = f_t ⊙ C_t + i_t ⊙ G_t and h_{t+1} = W_p (o_t ⊙ tanh(C_{t+1})), one step of an `LSTM` with `proj_size`.

    The gates are those of `LSTMCell`, of the shorter h.

    Source: Sak et al., Long Short-Term Memory Based Recurrent Neural Network Architectures for Large Vocabulary Speech
    Recognition, 2014.

    Parameters
    ----------
    input_size, hidden_size : int
        D and H, the lengths of x_t and C_t
    proj_size : int
        P, the length of h_t
    bias : bool
        without it there are no b_f, b_i, b_o, b_g

    Attributes
    ----------
    W_f, W_i, W_o, W_g : Parameters, shape (H, P)
    U_f, U_i, U_o, U_g : Parameters, shape (H, D)
    b_f, b_i, b_o, b_g : Parameters, shape (H,), or None
    W_p : Parameter, shape (P, H)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        proj_size: int,
        rng: np.random.Generator | None = None,
        dtype: Any = None,
    ) -> None:
        if proj_size >= hidden_size:  # as PyTorch has it: it is to be shorter
            raise ValueError(f"LSTM: proj_size={proj_size} must be smaller than hidden_size={hidden_size}")
        self.proj_size = proj_size
        super().__init__(input_size, hidden_size, bias, rng=rng, dtype=dtype)

    def _matrices(self, draw: Draw) -> tuple[Parameter, Parameter]:
        H, D, P = self.hidden_size, self.input_size, self.proj_size
        return Parameter(draw((H, P))), Parameter(draw((H, D)))

    def _start(self, draw: Draw) -> None:
        super()._start(draw)
        self.W_p = Parameter(draw((self.proj_size, self.hidden_size)))

    def zero_state(self, x: Any) -> Any:
        """The pair (h, C) before the first step, 0 for each sample of x (..., D)."""
        _, C = super().zero_state(x)
        return C[..., : self.proj_size], C  # which is not longer

    def forward(self, x: Any, state: Any = None) -> tuple[Any, Any]:
        """The next state (h, C), of x (..., D) and the state (h, C), which is 0 if not given."""
        h, C = pair(self.zero_state(x) if state is None else state)
        for name, part, n in (("h", h, self.proj_size), ("C", C, self.hidden_size)):
            wanted = (*np.shape(x)[:-1], n)
            require(np.shape(part) == wanted, f"{name} of shape {np.shape(part)} must have shape {wanted}")
        f = named(sigmoid(linear(h, self.W_f) + linear(x, self.U_f, self.b_f)), "f_t")
        i = named(sigmoid(linear(h, self.W_i) + linear(x, self.U_i, self.b_i)), "i_t")
        o = named(sigmoid(linear(h, self.W_o) + linear(x, self.U_o, self.b_o)), "o_t")
        G = named(np.tanh(linear(h, self.W_g) + linear(x, self.U_g, self.b_g)), "G_t")
        C = named(f * C + i * G, "C_t")
        return named(linear(o * np.tanh(C), self.W_p), "h_t"), C
