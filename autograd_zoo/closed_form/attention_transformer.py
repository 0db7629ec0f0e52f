"""The layers of a Transformer: attention and two linear layers, each added to what went in.

A layer is a list of equations. It gives the value, and all gradients at once: `transformer_encoder_layer_gradients(g,
y, *inputs, **params)` with g = ∂L/∂y, in the order of the inputs. The biases of keys come last and have none: it is 0,
for a softmax does not see them. LN is Layer Normalization: of the sum, or, with `norm_first`, of what goes into each
part. `activation` is the name of a function of the activation family that has no other argument.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from . import normalization
from .attention_head import masked_softmax, softmax_dS, transposed
from .attention_multi_head import cut, joined
from .equations import Equations, Gradients, Terms, evaluated, gradients, operation
from .notation import Array
from .operations import ADD, AFFINE, act

__all__ = [
    "transformer_decoder_layer",
    "transformer_decoder_layer_gradients",
    "transformer_encoder_layer",
    "transformer_encoder_layer_gradients",
]

Part = Callable[[str, str], Terms]
"""From the names of what comes out and of what goes in, the equations of attention, or of two linear layers."""

OF_SELF = ("W_q", "W_k", "W_v", "W_o", "b_q", "b_v", "b_o", "gamma_1", "beta_1")
OF_MEMORY = ("C_q", "C_k", "C_v", "C_o", "c_q", "c_v", "c_o", "gamma_2", "beta_2")
OF_FEED_FORWARD = ("W_1", "b_1", "W_2", "b_2")
ENCODER = ("x", *OF_SELF, *OF_FEED_FORWARD, "gamma_2", "beta_2", "b_k")
DECODER = ("x", "m", *OF_SELF, *OF_MEMORY, *OF_FEED_FORWARD, "gamma_3", "beta_3", "b_k", "c_k")


# ---- scores, weights and what they mix, of all heads ------------------------------------------------------------


def scores(q: Array, k: Array, *, num_heads: int) -> Array:
    """Sᵢⱼ = qᵢᵀkⱼ/√d in each head, (..., num_heads, T, S)."""
    q, k = cut(q, num_heads), cut(k, num_heads)
    return q @ transposed(k) / math.sqrt(q.shape[-1])


def scores_gradients(g: Array, y: Array, q: Array, k: Array, *, num_heads: int) -> Gradients:
    """∂L/∂qᵢ = Σⱼ ∂L/∂Sᵢⱼ kⱼᵀ/√d and ∂L/∂kⱼ = Σᵢ ∂L/∂Sᵢⱼ qᵢᵀ/√d."""
    q, k = cut(q, num_heads), cut(k, num_heads)
    g = g / math.sqrt(q.shape[-1])
    return joined(g @ k), joined(transposed(g) @ q)


def weights(S: Array, *, causal: bool) -> Array:
    """Aᵢⱼ = exp(Sᵢⱼ)/Σⱼ' exp(Sᵢⱼ'), with `causal` over j' ≤ i."""
    return masked_softmax(S, causal=causal)


def weights_dS(g: Array, y: Array, S: Array, *, causal: bool) -> Array:
    """∂L/∂Sᵢⱼ = sᵢⱼ − Aᵢⱼ Σⱼ' sᵢⱼ', where sᵢⱼ = Aᵢⱼ ∂L/∂Aᵢⱼ."""
    return softmax_dS(y, g)


def mixed(A: Array, v: Array) -> Array:
    """oᵢ = Σⱼ Aᵢⱼ vⱼ, what the heads give side by side."""
    return joined(A @ cut(v, A.shape[-3]))


def mixed_gradients(g: Array, y: Array, A: Array, v: Array) -> Gradients:
    """∂L/∂Aᵢⱼ = ∂L/∂oᵢ vⱼ and ∂L/∂vⱼ = Σᵢ Aᵢⱼ ∂L/∂oᵢ."""
    g, v = cut(g, A.shape[-3]), cut(v, A.shape[-3])
    return g @ transposed(v), joined(transposed(A) @ g)


MIX = operation("{0}{1}", mixed)
KEYS = AFFINE._replace(constants=1)


# ---- layers ----------------------------------------------------------------------------------------------------


def _attend(W: str, b: str, memory: str | None, between: str, num_heads: int, causal: bool, f: str, x: str) -> Terms:
    """f, attention from x to the memory, or to x itself; what is `between` them has names with this end."""
    q, k, v, S, A, o = (letter + between for letter in "qkvSAo")
    m = memory or x
    return {
        q: AFFINE(x, f"{W}_q", f"{b}_q"),
        k: KEYS(m, f"{W}_k", f"{b}_k"),
        v: AFFINE(m, f"{W}_v", f"{b}_v"),
        S: operation(r"\frac{{{0}{{{1}}}^T}}{{\sqrt{{d}}}}", scores, num_heads=num_heads)(q, k),
        A: operation("softmax({0})", weights, causal=causal)(S),
        o: MIX(A, v),
        f: AFFINE(o, f"{W}_o", f"{b}_o"),
    }


def _feed_forward(activation: str, f: str, x: str) -> Terms:
    """f, two linear layers of x with an activation in between."""
    return {"u": AFFINE(x, "W_1", "b_1"), "a": act(activation)("u"), f: AFFINE("a", "W_2", "b_2")}


def _layer(parts: Sequence[Part], order: Sequence[str], norm_first: bool = False, eps: float = 1e-5) -> Equations:
    """The equations of these parts, each added to what went in, and normalized."""
    norm = operation("LN_{{{1},{2}}}({0})", normalization.layer_norm, eps=eps)
    terms, x = Terms(), "x"
    for i, part in enumerate(parts, start=1):
        f, n, s, z = f"f_{i}", f"n_{i}", f"s_{i}", f"z_{i}" if i < len(parts) else "y"
        gamma_beta = f"gamma_{i}", f"beta_{i}"
        if norm_first:
            terms |= {n: norm(x, *gamma_beta), **part(f, n), z: ADD(x, f)}
        else:
            terms |= {**part(f, x), s: ADD(x, f), z: norm(s, *gamma_beta)}
        x = z
    return Equations(terms, order)


@evaluated
def transformer_encoder_layer(
    *inputs: Array, num_heads: int, causal: bool = False, activation: str = "relu", **norm: Any
) -> Equations:
    """y = LN₂(z + W₂ a + b₂), a = f(W₁ z + b₁), z = LN₁(x + o), o multi-head attention of x to itself

    With `norm_first` y = z + W₂ a + b₂, a = f(W₁ LN₂(z) + b₁), z = x + o, o multi-head attention of LN₁(x) to itself;
    `eps` is 1e-5. The inputs are x, W_q, W_k, W_v, W_o, b_q, b_v, b_o, gamma_1, beta_1, W_1, b_1, W_2, b_2, gamma_2,
    beta_2, b_k.
    Shapes: x and the result (..., T, E), W_q, W_k, W_v and W_o (E, E), W_1 (F, E), W_2 (E, F), b_1 (F,), others (E,).
    Source: attention.transformer_encoder_layer.y, ours, after Vaswani et al. 2017 and Xiong et al. 2020.
    """
    attend = partial(_attend, "W", "b", None, "", num_heads, causal)
    return _layer([attend, partial(_feed_forward, activation)], ENCODER, **norm)


def transformer_encoder_layer_gradients(g: Array, y: Array, *inputs: Array, **params: Any) -> Gradients:
    """∂L/∂z = ∂L/∂s + ∂L/∂a ∂a/∂z for the sum s = z + W₂ a + b₂ of each part, and so back to ∂L/∂x

    Shapes: g and y as x, the inputs those of `transformer_encoder_layer`, the results as they, without b_k.
    Source: attention.transformer_encoder_layer.dx and its like, ours.
    """
    return gradients(transformer_encoder_layer, g, *inputs, **params)


@evaluated
def transformer_decoder_layer(
    *inputs: Array, num_heads: int, causal: bool = False, activation: str = "relu", **norm: Any
) -> Equations:
    """y = LN₃(r + W₂ a + b₂), a = f(W₁ r + b₁), r = LN₂(z + p), z = LN₁(x + o)

    o is multi-head attention of x to itself, p that of z to m, with parameters C and c for W and b. With `norm_first`
    what goes into each part is normalized instead, as in `transformer_encoder_layer`; `causal` concerns o alone. The
    inputs are x, m, W_q, W_k, W_v, W_o, b_q, b_v, b_o, gamma_1, beta_1, C_q, C_k, C_v, C_o, c_q, c_v, c_o, gamma_2,
    beta_2, W_1, b_1, W_2, b_2, gamma_3, beta_3, b_k, c_k.
    Shapes: x and the result (..., T, E), m (..., S, E), the parameters as in `transformer_encoder_layer`.
    Source: attention.transformer_decoder_layer.y, ours, after Vaswani et al. 2017.
    """
    attend = partial(_attend, "W", "b", None, "", num_heads, causal)
    recall = partial(_attend, "C", "c", "m", "_m", num_heads, False)
    return _layer([attend, recall, partial(_feed_forward, activation)], DECODER, **norm)


def transformer_decoder_layer_gradients(g: Array, y: Array, *inputs: Array, **params: Any) -> Gradients:
    """∂L/∂x as in `transformer_encoder_layer_gradients`, and ∂L/∂m, which is that of the keys and of the values

    Shapes: g and y as x, the inputs those of `transformer_decoder_layer`, the results as they, without b_k and c_k.
    Source: attention.transformer_decoder_layer.dx and its like, ours.
    """
    return gradients(transformer_decoder_layer, g, *inputs, **params)
