"""The layers of a Transformer, as plain NumPy functions: attention and two linear layers, each added to what went in.

A layer's gradients share most of their work, so one function gives them all: `transformer_encoder_layer_gradients(g, y,
*inputs, **params)` with g = ∂L/∂y, in the order of the inputs. The biases of keys come last and have none: it is 0, for
a softmax does not see them. LN is Layer Normalization: of the sum, or, with `norm_first`, of what goes into each part.
`activation` is the name of a function of the activation family that has no other argument.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autograd_zoo.closed_form import activation as activations
from autograd_zoo.closed_form import linear, normalization
from autograd_zoo.closed_form.attention_multi_head import multi_head_attention, multi_head_attention_backward
from autograd_zoo.closed_form.notation import Array

__all__ = [
    "transformer_decoder_layer",
    "transformer_decoder_layer_gradients",
    "transformer_encoder_layer",
    "transformer_encoder_layer_gradients",
]

Gradients = tuple[Array, ...]


# ---- the parts of a layer --------------------------------------------------------------------------------------


class _Part(NamedTuple):
    """f, its gradients by x and by its parameters, (∂L/∂f, x) -> (∂L/∂x, ...), and γ and β of its normalization."""

    f: Callable[[Array], Array]
    gradients: Callable[[Array, Array], Gradients]
    gamma: Array
    beta: Array


def _attention(m: Array | None, parameters: Sequence[Array], b_k: Array, **params: Any) -> _Part:
    """Return attention to m, or to x itself without m; the gradient by m comes after that by x."""
    W_q, W_k, W_v, W_o, b_q, b_v, b_o, gamma, beta = parameters

    def inputs(x: Array) -> tuple[Array, ...]:
        keys = x if m is None else m
        return x, keys, keys, W_q, W_k, W_v, W_o, b_q, b_k, b_v, b_o

    def gradients(df: Array, x: Array) -> Gradients:
        dQ, dK, dV, *of_parameters = multi_head_attention_backward(df, df, *inputs(x), **params)
        dm = dK + dV
        return (dQ + dm, *of_parameters) if m is None else (dQ, dm, *of_parameters)

    return _Part(lambda x: multi_head_attention(*inputs(x), **params), gradients, gamma, beta)


def _feed_forward(parameters: Sequence[Array], activation: str) -> _Part:
    """Return W₂ a + b₂ with a = activation(u) and u = W₁ x + b₁, for each vector x."""
    W_1, b_1, W_2, b_2, gamma, beta = parameters
    act, act_du = getattr(activations, activation), getattr(activations, f"{activation}_dx")

    def gradients(df: Array, x: Array) -> Gradients:
        u = linear.linear(x, W_1, b_1)
        a = act(u)
        da, dW_2, db_2 = _linear_gradients(df, a, W_2)
        dx, dW_1, db_1 = _linear_gradients(act_du(da, a, u), x, W_1)
        return dx, dW_1, db_1, dW_2, db_2

    return _Part(lambda x: linear.linear(act(linear.linear(x, W_1, b_1)), W_2, b_2), gradients, gamma, beta)


def _linear_gradients(du: Array, x: Array, W: Array) -> Gradients:
    """Return the gradients by x, W and b for u = Wx + b."""
    rules = (linear.linear_dx, linear.linear_dW, linear.linear_db)
    return tuple(rule(du, du, x, W) for rule in rules)


def _norm_gradients(dn: Array, s: Array, gamma: Array, beta: Array, eps: float) -> Gradients:
    """Return the gradients by s, γ and β for n = LN(s)."""
    rules = (normalization.layer_norm_dx, normalization.layer_norm_dgamma, normalization.layer_norm_dbeta)
    return tuple(rule(dn, dn, s, gamma, beta, eps=eps) for rule in rules)


# ---- parts in sequence -----------------------------------------------------------------------------------------


def _states(x: Array, parts: Sequence[_Part], norm_first: bool, eps: float) -> list[Array]:
    """Return what goes into each part, and what comes out of the last: z = LN(x + f(x)), or z = x + f(LN(x))."""
    states = [x]
    for f, _, gamma, beta in parts:
        if norm_first:
            x = x + f(normalization.layer_norm(x, gamma, beta, eps=eps))
        else:
            x = normalization.layer_norm(x + f(x), gamma, beta, eps=eps)
        states.append(x)
    return states


def _sweep(
    dz: Array, x: Array, parts: Sequence[_Part], norm_first: bool, eps: float
) -> tuple[Array, list[list[Array]]]:
    """Return ∂L/∂x, and for each part the gradients by whatever else it has, then by γ and β."""
    found: list[list[Array]] = []
    states = _states(x, parts[:-1], norm_first, eps)
    for (f, gradients, gamma, beta), state in zip(reversed(parts), reversed(states), strict=True):
        if norm_first:
            n = normalization.layer_norm(state, gamma, beta, eps=eps)
            dn, *others = gradients(dz, n)
            dx, *of_norm = _norm_gradients(dn, state, gamma, beta, eps)
            dz = dz + dx
        else:
            ds, *of_norm = _norm_gradients(dz, state + f(state), gamma, beta, eps)
            dx, *others = gradients(ds, state)
            dz = ds + dx
        found.insert(0, [*others, *of_norm])
    return dz, found


# ---- layers ----------------------------------------------------------------------------------------------------


def _encoder(inputs: Sequence[Array], activation: str, **params: Any) -> list[_Part]:
    _, *parameters, b_k = inputs
    return [_attention(None, parameters[:9], b_k, **params), _feed_forward(parameters[9:], activation)]


def _decoder(inputs: Sequence[Array], activation: str, causal: bool, **params: Any) -> list[_Part]:
    _, m, *parameters, b_k, c_k = inputs
    return [
        _attention(None, parameters[:9], b_k, causal=causal, **params),
        _attention(m, parameters[9:18], c_k, **params),
        _feed_forward(parameters[18:], activation),
    ]


def transformer_encoder_layer(
    x: Array,
    W_q: Array,
    W_k: Array,
    W_v: Array,
    W_o: Array,
    b_q: Array,
    b_v: Array,
    b_o: Array,
    gamma_1: Array,
    beta_1: Array,
    W_1: Array,
    b_1: Array,
    W_2: Array,
    b_2: Array,
    gamma_2: Array,
    beta_2: Array,
    b_k: Array,
    *,
    num_heads: int,
    causal: bool = False,
    activation: str = "relu",
    norm_first: bool = False,
    eps: float = 1e-5,
) -> Array:
    """y = LN₂(z + W₂ a + b₂), a = f(W₁ z + b₁), z = LN₁(x + o), o multi-head attention of x to itself

    With `norm_first` y = z + W₂ a + b₂, a = f(W₁ LN₂(z) + b₁), z = x + o, o multi-head attention of LN₁(x) to itself.
    Shapes: x and the result (..., T, E), W_q, W_k, W_v and W_o (E, E), W_1 (F, E), W_2 (E, F), b_1 (F,), others (E,).
    Source: attention.transformer_encoder_layer.y, ours, after Vaswani et al. 2017 and Xiong et al. 2020.
    """
    inputs = (x, W_q, W_k, W_v, W_o, b_q, b_v, b_o, gamma_1, beta_1, W_1, b_1, W_2, b_2, gamma_2, beta_2, b_k)
    parts = _encoder(inputs, activation, num_heads=num_heads, causal=causal)
    return _states(x, parts, norm_first, eps)[-1]


def transformer_encoder_layer_gradients(
    g: Array,
    y: Array,
    *inputs: Array,
    num_heads: int,
    causal: bool = False,
    activation: str = "relu",
    norm_first: bool = False,
    eps: float = 1e-5,
) -> Gradients:
    """∂L/∂z = ∂L/∂s + ∂L/∂a ∂a/∂z for the sum s = z + W₂ a + b₂ of each part, and so back to ∂L/∂x

    Shapes: g and y as x, the inputs those of `transformer_encoder_layer`, the results as they, without b_k.
    Source: attention.transformer_encoder_layer.dx and its like, ours.
    """
    parts = _encoder(inputs, activation, num_heads=num_heads, causal=causal)
    dx, found = _sweep(g, inputs[0], parts, norm_first, eps)
    return dx, *found[0], *found[1]


def transformer_decoder_layer(
    x: Array,
    m: Array,
    W_q: Array,
    W_k: Array,
    W_v: Array,
    W_o: Array,
    b_q: Array,
    b_v: Array,
    b_o: Array,
    gamma_1: Array,
    beta_1: Array,
    C_q: Array,
    C_k: Array,
    C_v: Array,
    C_o: Array,
    c_q: Array,
    c_v: Array,
    c_o: Array,
    gamma_2: Array,
    beta_2: Array,
    W_1: Array,
    b_1: Array,
    W_2: Array,
    b_2: Array,
    gamma_3: Array,
    beta_3: Array,
    b_k: Array,
    c_k: Array,
    *,
    num_heads: int,
    causal: bool = False,
    activation: str = "relu",
    norm_first: bool = False,
    eps: float = 1e-5,
) -> Array:
    """y = LN₃(r + W₂ a + b₂), a = f(W₁ r + b₁), r = LN₂(z + p), z = LN₁(x + o)

    o is multi-head attention of x to itself, p that of z to m, with parameters C and c for W and b. With `norm_first`
    what goes into each part is normalized instead, as in `transformer_encoder_layer`; `causal` concerns o alone.
    Shapes: x and the result (..., T, E), m (..., S, E), the parameters as in `transformer_encoder_layer`.
    Source: attention.transformer_decoder_layer.y, ours, after Vaswani et al. 2017.
    """
    of_self = (W_q, W_k, W_v, W_o, b_q, b_v, b_o, gamma_1, beta_1)
    of_memory = (C_q, C_k, C_v, C_o, c_q, c_v, c_o, gamma_2, beta_2)
    inputs = (x, m, *of_self, *of_memory, W_1, b_1, W_2, b_2, gamma_3, beta_3, b_k, c_k)
    parts = _decoder(inputs, activation, causal, num_heads=num_heads)
    return _states(x, parts, norm_first, eps)[-1]


def transformer_decoder_layer_gradients(
    g: Array,
    y: Array,
    *inputs: Array,
    num_heads: int,
    causal: bool = False,
    activation: str = "relu",
    norm_first: bool = False,
    eps: float = 1e-5,
) -> Gradients:
    """∂L/∂x as in `transformer_encoder_layer_gradients`, and ∂L/∂m, which is that of the keys and of the values

    Shapes: g and y as x, the inputs those of `transformer_decoder_layer`, the results as they, without b_k and c_k.
    Source: attention.transformer_decoder_layer.dx and its like, ours.
    """
    parts = _decoder(inputs, activation, causal, num_heads=num_heads)
    dx, (of_self, (dm, *of_memory), of_feed_forward) = _sweep(g, inputs[0], parts, norm_first, eps)
    return dx, dm, *of_self, *of_memory, *of_feed_forward
