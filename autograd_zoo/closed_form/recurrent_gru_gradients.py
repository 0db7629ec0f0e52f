"""The gradients of the GRU, one function for each: they pick from backpropagation through time, `gru_backward`.

Each has a rule's signature `(g, y, *inputs, **params)`, with y and the inputs of `gru` and g = ∂L/∂y. The formulas are
those of the document's cell; for `reset_after` see `gru_cell_backward`. Gradients of parameters are in the parameter's
own layout, where the document prints the transpose.
"""

from autograd_zoo.closed_form.notation import Array
from autograd_zoo.closed_form.recurrent_gru import gru_backward

__all__ = [
    "gru_dU_c",
    "gru_dU_r",
    "gru_dU_z",
    "gru_dW_c",
    "gru_dW_r",
    "gru_dW_z",
    "gru_db_c",
    "gru_db_h",
    "gru_db_r",
    "gru_db_z",
    "gru_dc",
    "gru_dh",
    "gru_dh0",
    "gru_dr",
    "gru_dx",
    "gru_dz",
]


def gru_dh(g: Array, y: Array, *inputs: Array, reset_after: bool = False) -> Array:
    """∂L/∂h_t = Σ_k ∂L/∂k_t diag(k_t ⊙ (1 − k_t)) W_k + (∂L/∂c_t diag(1 − c_t ⊙ c_t) W_c) ⊙ r_tᵀ

    + ∂L/∂h_{t+1} ⊙ (1 − z_t)ᵀ + ∂L_t/∂h_t, where k is z, r

    Shapes: the result at t = 0..T (T + 1, ..., H); at t = T, where no step follows, it is the last term.
    Source: recurrent.gru.dh, printed with outer products under diag.
    """
    return gru_backward(g, y, *inputs, reset_after=reset_after).h


def gru_dc(g: Array, y: Array, *inputs: Array, reset_after: bool = False) -> Array:
    """∂L/∂c_t = ∂L/∂h_{t+1} ⊙ z_tᵀ

    Shapes: the result at t = 0..T−1 (T, ..., H).
    Source: recurrent.gru.dc, printed without the transpose.
    """
    return gru_backward(g, y, *inputs, reset_after=reset_after).c


def gru_dz(g: Array, y: Array, *inputs: Array, reset_after: bool = False) -> Array:
    """∂L/∂z_t = ∂L/∂h_{t+1} ⊙ (c_t − h_t)ᵀ

    Shapes: the result at t = 0..T−1 (T, ..., H).
    Source: recurrent.gru.dz.
    """
    return gru_backward(g, y, *inputs, reset_after=reset_after).z


def gru_dr(g: Array, y: Array, *inputs: Array, reset_after: bool = False) -> Array:
    """∂L/∂r_t = (∂L/∂c_t diag(1 − c_t ⊙ c_t) W_c) ⊙ h_tᵀ

    Shapes: the result at t = 0..T−1 (T, ..., H).
    Source: recurrent.gru.dr, printed with the outer product under diag.
    """
    return gru_backward(g, y, *inputs, reset_after=reset_after).r


def gru_dx(g: Array, y: Array, *inputs: Array, reset_after: bool = False) -> Array:
    """∂L/∂x_t = Σ_k ∂L/∂k_t diag(k_t ⊙ (1 − k_t)) U_k + ∂L/∂c_t diag(1 − c_t ⊙ c_t) U_c, where k is z, r

    Shapes: the result as x.
    Source: recurrent.gru.dx, printed with outer products under diag.
    """
    return gru_backward(g, y, *inputs, reset_after=reset_after).x


def gru_dh0(g: Array, y: Array, *inputs: Array, reset_after: bool = False) -> Array:
    """∂L/∂h_0, which is ∂L/∂h_t at t = 0

    Shapes: the result as h0.
    Source: recurrent.gru.dh0, ours.
    """
    return gru_backward(g, y, *inputs, reset_after=reset_after).h0


def gru_dW_c(g: Array, y: Array, *inputs: Array, reset_after: bool = False) -> Array:
    """∂L/∂W_c = (Σ_t (r_t ⊙ h_t) ∂L/∂c_t diag(1 − c_t ⊙ c_t))ᵀ, summed over the batch

    Shapes: the result (H, H).
    Source: recurrent.gru.dW_c, printed for one step.
    """
    return gru_backward(g, y, *inputs, reset_after=reset_after).W_c


def gru_dU_c(g: Array, y: Array, *inputs: Array, reset_after: bool = False) -> Array:
    """∂L/∂U_c = (Σ_t x_t ∂L/∂c_t diag(1 − c_t ⊙ c_t))ᵀ, summed over the batch

    Shapes: the result (H, D).
    Source: recurrent.gru.dU_c, printed for one step.
    """
    return gru_backward(g, y, *inputs, reset_after=reset_after).U_c


def gru_db_c(g: Array, y: Array, *inputs: Array, reset_after: bool = False) -> Array:
    """∂L/∂b_c = Σ_t ∂L/∂c_t diag(1 − c_t ⊙ c_t), summed over the batch

    Shapes: the result (H,).
    Source: recurrent.gru.db_c, ours.
    """
    return gru_backward(g, y, *inputs, reset_after=reset_after).b_c


def gru_dW_z(g: Array, y: Array, *inputs: Array, reset_after: bool = False) -> Array:
    """∂L/∂W_z = (Σ_t h_t ∂L/∂z_t diag(z_t ⊙ (1 − z_t)))ᵀ, summed over the batch

    Shapes: the result (H, H).
    Source: recurrent.gru.dW_z, printed for one step.
    """
    return gru_backward(g, y, *inputs, reset_after=reset_after).W_z


def gru_dU_z(g: Array, y: Array, *inputs: Array, reset_after: bool = False) -> Array:
    """∂L/∂U_z = (Σ_t x_t ∂L/∂z_t diag(z_t ⊙ (1 − z_t)))ᵀ, summed over the batch

    Shapes: the result (H, D).
    Source: recurrent.gru.dU_z, printed for one step.
    """
    return gru_backward(g, y, *inputs, reset_after=reset_after).U_z


def gru_db_z(g: Array, y: Array, *inputs: Array, reset_after: bool = False) -> Array:
    """∂L/∂b_z = Σ_t ∂L/∂z_t diag(z_t ⊙ (1 − z_t)), summed over the batch

    Shapes: the result (H,).
    Source: recurrent.gru.db_z, ours.
    """
    return gru_backward(g, y, *inputs, reset_after=reset_after).b_z


def gru_dW_r(g: Array, y: Array, *inputs: Array, reset_after: bool = False) -> Array:
    """∂L/∂W_r = (Σ_t h_t ∂L/∂r_t diag(r_t ⊙ (1 − r_t)))ᵀ, summed over the batch

    Shapes: the result (H, H).
    Source: recurrent.gru.dW_r, printed for one step.
    """
    return gru_backward(g, y, *inputs, reset_after=reset_after).W_r


def gru_dU_r(g: Array, y: Array, *inputs: Array, reset_after: bool = False) -> Array:
    """∂L/∂U_r = (Σ_t x_t ∂L/∂r_t diag(r_t ⊙ (1 − r_t)))ᵀ, summed over the batch

    Shapes: the result (H, D).
    Source: recurrent.gru.dU_r, printed for one step.
    """
    return gru_backward(g, y, *inputs, reset_after=reset_after).U_r


def gru_db_r(g: Array, y: Array, *inputs: Array, reset_after: bool = False) -> Array:
    """∂L/∂b_r = Σ_t ∂L/∂r_t diag(r_t ⊙ (1 − r_t)), summed over the batch

    Shapes: the result (H,).
    Source: recurrent.gru.db_r, ours.
    """
    return gru_backward(g, y, *inputs, reset_after=reset_after).b_r


def gru_db_h(g: Array, y: Array, *inputs: Array, reset_after: bool = False) -> Array:
    """∂L/∂b_h = Σ_t ∂L/∂c_t diag(1 − c_t ⊙ c_t), times diag(r_t) for `reset_after`, summed over the batch

    Shapes: the result (H,).
    Source: recurrent.gru.db_h, ours.
    """
    return gru_backward(g, y, *inputs, reset_after=reset_after).b_h
