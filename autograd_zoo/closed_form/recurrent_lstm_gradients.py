"""The gradients of the LSTM, one function for each: they pick from backpropagation through time, `lstm_backward`.

Each has a rule's signature `(g, y, *inputs)`, with y and the inputs of `lstm` and g = ∂L/∂y. The document's loss looks
at h_t alone, so that the second half of g, ∂L_t/∂C_t, is 0 there. Gradients of parameters are in the parameter's own
layout, where the document prints the transpose.
"""

from autograd_zoo.closed_form.notation import Array
from autograd_zoo.closed_form.recurrent_lstm import lstm_backward

__all__ = [
    "lstm_dC",
    "lstm_dC0",
    "lstm_dG",
    "lstm_dU_f",
    "lstm_dU_g",
    "lstm_dU_i",
    "lstm_dU_o",
    "lstm_dW_f",
    "lstm_dW_g",
    "lstm_dW_i",
    "lstm_dW_o",
    "lstm_db_f",
    "lstm_db_g",
    "lstm_db_i",
    "lstm_db_o",
    "lstm_df",
    "lstm_dh",
    "lstm_dh0",
    "lstm_di",
    "lstm_do",
    "lstm_dx",
]


def lstm_dh(g: Array, y: Array, *inputs: Array) -> Array:
    """∂L/∂h_t = ∂L/∂G_t diag(1 − G_t ⊙ G_t) W_g + Σ_k ∂L/∂k_t diag(k_t ⊙ (1 − k_t)) W_k + ∂L_t/∂h_t, where k is i, f, o

    Shapes: the result at t = 0..T (T + 1, ..., H); at t = T, where no step follows, it is the last term.
    Source: recurrent.lstm.dh, printed with outer products under diag.
    """
    return lstm_backward(g, y, *inputs).h


def lstm_dC(g: Array, y: Array, *inputs: Array) -> Array:
    """∂L/∂C_t = ∂L/∂C_{t+1} ⊙ f_tᵀ + ∂L/∂h_t ⊙ o_{t−1}ᵀ diag(1 − tanh(C_t) ⊙ tanh(C_t)) + ∂L_t/∂C_t

    Shapes: the result at t = 0..T (T + 1, ..., H); no step makes C_0, so the second term is not there.
    Source: recurrent.lstm.dC, printed with o_t and C_{t+1} in the second term, and for a loss without the third.
    """
    return lstm_backward(g, y, *inputs).C


def lstm_dG(g: Array, y: Array, *inputs: Array) -> Array:
    """∂L/∂G_t = ∂L/∂C_{t+1} ⊙ i_tᵀ

    Shapes: the result at t = 0..T−1 (T, ..., H).
    Source: recurrent.lstm.dG, printed without the transpose.
    """
    return lstm_backward(g, y, *inputs).G


def lstm_df(g: Array, y: Array, *inputs: Array) -> Array:
    """∂L/∂f_t = ∂L/∂C_{t+1} ⊙ C_tᵀ

    Shapes: the result at t = 0..T−1 (T, ..., H).
    Source: recurrent.lstm.df, printed without the transpose.
    """
    return lstm_backward(g, y, *inputs).f


def lstm_di(g: Array, y: Array, *inputs: Array) -> Array:
    """∂L/∂i_t = ∂L/∂C_{t+1} ⊙ G_tᵀ

    Shapes: the result at t = 0..T−1 (T, ..., H).
    Source: recurrent.lstm.di, printed without the transpose.
    """
    return lstm_backward(g, y, *inputs).i


def lstm_do(g: Array, y: Array, *inputs: Array) -> Array:
    """∂L/∂o_t = ∂L/∂h_{t+1} ⊙ tanh(C_{t+1})ᵀ

    Shapes: the result at t = 0..T−1 (T, ..., H).
    Source: recurrent.lstm.do, printed without the transpose.
    """
    return lstm_backward(g, y, *inputs).o


def lstm_dx(g: Array, y: Array, *inputs: Array) -> Array:
    """∂L/∂x_t = ∂L/∂G_t diag(1 − G_t ⊙ G_t) U_g + Σ_k ∂L/∂k_t diag(k_t ⊙ (1 − k_t)) U_k, where k is i, f, o

    Shapes: the result as x.
    Source: recurrent.lstm.dx, printed with outer products under diag.
    """
    return lstm_backward(g, y, *inputs).x


def lstm_dh0(g: Array, y: Array, *inputs: Array) -> Array:
    """∂L/∂h_0, which is ∂L/∂h_t at t = 0

    Shapes: the result as h0.
    Source: recurrent.lstm.dh0, ours.
    """
    return lstm_backward(g, y, *inputs).h0


def lstm_dC0(g: Array, y: Array, *inputs: Array) -> Array:
    """∂L/∂C_0, which is ∂L/∂C_t at t = 0

    Shapes: the result as C0.
    Source: recurrent.lstm.dC0, ours.
    """
    return lstm_backward(g, y, *inputs).C0


def lstm_dW_f(g: Array, y: Array, *inputs: Array) -> Array:
    """∂L/∂W_f = (Σ_t h_t ∂L/∂f_t diag(f_t ⊙ (1 − f_t)))ᵀ, summed over the batch

    Shapes: the result (H, H).
    Source: recurrent.lstm.dW_f, printed for one step.
    """
    return lstm_backward(g, y, *inputs).W_f


def lstm_dU_f(g: Array, y: Array, *inputs: Array) -> Array:
    """∂L/∂U_f = (Σ_t x_t ∂L/∂f_t diag(f_t ⊙ (1 − f_t)))ᵀ, summed over the batch

    Shapes: the result (H, D).
    Source: recurrent.lstm.dU_f, printed for one step.
    """
    return lstm_backward(g, y, *inputs).U_f


def lstm_db_f(g: Array, y: Array, *inputs: Array) -> Array:
    """∂L/∂b_f = Σ_t ∂L/∂f_t diag(f_t ⊙ (1 − f_t)), summed over the batch

    Shapes: the result (H,).
    Source: recurrent.lstm.db_f, ours.
    """
    return lstm_backward(g, y, *inputs).b_f


def lstm_dW_i(g: Array, y: Array, *inputs: Array) -> Array:
    """∂L/∂W_i = (Σ_t h_t ∂L/∂i_t diag(i_t ⊙ (1 − i_t)))ᵀ, summed over the batch

    Shapes: the result (H, H).
    Source: recurrent.lstm.dW_i, printed for one step.
    """
    return lstm_backward(g, y, *inputs).W_i


def lstm_dU_i(g: Array, y: Array, *inputs: Array) -> Array:
    """∂L/∂U_i = (Σ_t x_t ∂L/∂i_t diag(i_t ⊙ (1 − i_t)))ᵀ, summed over the batch

    Shapes: the result (H, D).
    Source: recurrent.lstm.dU_i, printed for one step.
    """
    return lstm_backward(g, y, *inputs).U_i


def lstm_db_i(g: Array, y: Array, *inputs: Array) -> Array:
    """∂L/∂b_i = Σ_t ∂L/∂i_t diag(i_t ⊙ (1 − i_t)), summed over the batch

    Shapes: the result (H,).
    Source: recurrent.lstm.db_i, ours.
    """
    return lstm_backward(g, y, *inputs).b_i


def lstm_dW_o(g: Array, y: Array, *inputs: Array) -> Array:
    """∂L/∂W_o = (Σ_t h_t ∂L/∂o_t diag(o_t ⊙ (1 − o_t)))ᵀ, summed over the batch

    Shapes: the result (H, H).
    Source: recurrent.lstm.dW_o, printed for one step.
    """
    return lstm_backward(g, y, *inputs).W_o


def lstm_dU_o(g: Array, y: Array, *inputs: Array) -> Array:
    """∂L/∂U_o = (Σ_t x_t ∂L/∂o_t diag(o_t ⊙ (1 − o_t)))ᵀ, summed over the batch

    Shapes: the result (H, D).
    Source: recurrent.lstm.dU_o, printed for one step.
    """
    return lstm_backward(g, y, *inputs).U_o


def lstm_db_o(g: Array, y: Array, *inputs: Array) -> Array:
    """∂L/∂b_o = Σ_t ∂L/∂o_t diag(o_t ⊙ (1 − o_t)), summed over the batch

    Shapes: the result (H,).
    Source: recurrent.lstm.db_o, ours.
    """
    return lstm_backward(g, y, *inputs).b_o


def lstm_dW_g(g: Array, y: Array, *inputs: Array) -> Array:
    """∂L/∂W_g = (Σ_t h_t ∂L/∂G_t diag(1 − G_t ⊙ G_t))ᵀ, summed over the batch

    Shapes: the result (H, H).
    Source: recurrent.lstm.dW_g, printed for one step.
    """
    return lstm_backward(g, y, *inputs).W_g


def lstm_dU_g(g: Array, y: Array, *inputs: Array) -> Array:
    """∂L/∂U_g = (Σ_t x_t ∂L/∂G_t diag(1 − G_t ⊙ G_t))ᵀ, summed over the batch

    Shapes: the result (H, D).
    Source: recurrent.lstm.dU_g, printed for one step.
    """
    return lstm_backward(g, y, *inputs).U_g


def lstm_db_g(g: Array, y: Array, *inputs: Array) -> Array:
    """∂L/∂b_g = Σ_t ∂L/∂G_t diag(1 − G_t ⊙ G_t), summed over the batch

    Shapes: the result (H,).
    Source: recurrent.lstm.db_g, ours.
    """
    return lstm_backward(g, y, *inputs).b_g
