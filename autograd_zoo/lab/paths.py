"""Forward passes with one path cut: what a gradient lacks that forgets this path.

Each is composed anew, of the specimen's inputs: `held(t)` is a value that no gradient goes back through.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..primitives.elementwise import erf
from ..primitives.reduction import logsumexp
from ..zoo import BY_NAME

Pass = Callable[..., Any]


def held(t: Any) -> Any:
    """A value as a constant."""
    return t.detach() if hasattr(t, "detach") else t


def at(cut: str, name: str, t: Any) -> Any:
    """The value t, held if it is what is cut."""
    return held(t) if cut == name else t


def _softmax(cut: str, x: Any, *, axis: int = -1) -> Any:
    e = np.exp(x - np.max(held(x), axis=axis, keepdims=True))
    return at(cut, "the numerator", e) / at(cut, "the sum below the bar", np.sum(e, axis=axis, keepdims=True))


def _log_softmax(cut: str, x: Any, *, axis: int = -1) -> Any:
    return at(cut, "x itself", x) - at(cut, "the logarithm of the sum", logsumexp(x, axis=axis, keepdims=True))


def _product(f: Pass, name: str) -> Pass:
    """x times f(x)."""
    return lambda cut, x, **params: at(cut, "the factor x", x) * at(cut, name, f(x))


def _sigmoid(x: Any) -> Any:
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def _reduced(cut: str, each: Any, reduction: str) -> Any:
    return each if reduction == "none" else np.sum(each) if reduction == "sum" else np.mean(each)


def _cross_entropy(cut: str, x: Any, p: Any, *, reduction: str = "mean") -> Any:
    lse = at(cut, "the logarithm of the sum", logsumexp(x, axis=-1, keepdims=True))
    return _reduced(cut, np.sum(p * (lse - at(cut, "the score x of the target", x)), axis=-1), reduction)


def _bce(cut: str, x: Any, t: Any, *, reduction: str = "mean") -> Any:
    softplus = -np.log(_sigmoid(-x))
    return _reduced(cut, at(cut, "log(1 + exp(x))", softplus) - t * at(cut, "the product t · x", x), reduction)


def _normalized(cut: str, x: Any, axes: tuple[int, ...], eps: float) -> Any:
    mu = at(cut, "the mean", np.mean(x, axis=axes, keepdims=True))
    variance = at(cut, "the variance", np.mean((x - mu) ** 2, axis=axes, keepdims=True))
    return (at(cut, "x itself", x) - mu) / np.sqrt(variance + eps)


def _laid(v: Any, x: Any) -> Any:
    """One number a channel, along axis 1 of x."""
    return np.reshape(v, (1, -1) + (1,) * (x.ndim - 2))


def _by_channel(axes: Callable[[int], tuple[int, ...]]) -> Pass:
    def run(cut: str, x: Any, gamma: Any, beta: Any, *, eps: float = 1e-5) -> Any:
        return _laid(gamma, x) * _normalized(cut, x, axes(x.ndim), eps) + _laid(beta, x)

    return run


def _layer_norm(cut: str, x: Any, gamma: Any, beta: Any, *, eps: float = 1e-5) -> Any:
    return gamma * _normalized(cut, x, (-1,), eps) + beta


def _rms_norm(cut: str, x: Any, gamma: Any, *, eps: float = 1e-5) -> Any:
    root = np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + eps)
    return gamma * at(cut, "x itself", x) / at(cut, "the root of the mean square", root)


def _simple_rnn(cut: str, x: Any, h: Any, W: Any, U: Any, V: Any, b: Any) -> Any:
    out = []
    for t in range(len(x)):
        before = at(cut, "the state of the step before", h) if t else h
        h = np.tanh(before @ W.T + x[t] @ U.T + b)
        out.append(h @ V.T)
    return np.stack(out)


def _lstm(cut: str, x: Any, h: Any, C: Any, *parameters: Any) -> Any:
    (W_f, U_f, W_i, U_i, W_o, U_o, W_g, U_g), biases = parameters[:8], parameters[8:]
    hs, Cs = [], []
    for t in range(len(x)):
        h, C = (at(cut, "the h of the step before", h), at(cut, "the C of the step before", C)) if t else (h, C)
        pairs = ((W_f, U_f), (W_i, U_i), (W_o, U_o), (W_g, U_g))
        f, i, o, G = (h @ W.T + x[t] @ U.T + b for (W, U), b in zip(pairs, biases, strict=True))
        f, i, o = (_sigmoid(a) for a in (f, i, o))
        f, i, o = at(cut, "the gate f", f), at(cut, "the gate i", i), at(cut, "the gate o", o)
        C = f * C + i * at(cut, "the gate G", np.tanh(G))
        h = o * np.tanh(at(cut, "C in h = o tanh(C)", C))
        hs.append(h)
        Cs.append(C)
    return np.stack([np.stack(hs), np.stack(Cs)])


def _attention(cut: str, Q: Any, K: Any, V: Any, mask: Any, D: Any, *, causal: bool = False, q: float = 0.0) -> Any:
    allowed = mask & np.tri(*mask.shape[-2:], dtype=np.bool) if causal else mask
    S = Q @ np.swapaxes(K, -1, -2) / np.sqrt(K.shape[-1])
    e = np.where(allowed, np.exp(S), 0.0)
    A = at(cut, "the numerator of the softmax", e)
    A = A / at(cut, "the sum below the softmax's bar", np.sum(e, axis=-1, keepdims=True))
    return (A * D / (1.0 - q)) @ V


def _self_attention(cut: str, x: Any, *parameters: Any, **params: Any) -> Any:
    given = (at(cut, f"the {name}", x) for name in ("queries", "keys", "values"))
    return BY_NAME["multi_head_attention"].run(*given, *parameters, **params)


def _affine(x: Any, W: Any, b: Any) -> Any:
    return x @ W.T + b


def _squeeze(cut: str, x: Any, W_1: Any, b_1: Any, W_2: Any, b_2: Any, *, activation: str = "relu") -> Any:
    f: Pass = np.tanh if activation == "tanh" else lambda u: np.maximum(u, 0.0)
    s = _sigmoid(_affine(f(_affine(np.mean(x, axis=(-2, -1)), W_1, b_1)), W_2, b_2))
    return at(cut, "the scale s", s)[..., None, None] * at(cut, "x itself, which s scales", x)


def _gelu(u: Any) -> Any:
    return u * 0.5 * (1.0 + erf(u / np.sqrt(2.0)))


def _gelu_paths(cut: str, x: Any, *, approximate: str = "none") -> Any:
    if approximate == "tanh":
        share = 0.5 * (1.0 + np.tanh(np.sqrt(2.0 / np.pi) * (x + 0.044715 * x**3)))
    else:
        share = 0.5 * (1.0 + erf(x / np.sqrt(2.0)))
    return at(cut, "the factor x", x) * at(cut, "Φ(x)", share)


def _encoder(cut: str, x: Any, *given: Any, num_heads: int, causal: bool, norm_first: bool = False, **_: Any) -> Any:
    (*W, b_q, b_v, b_o), (gamma_1, beta_1, W_1, b_1, W_2, b_2, gamma_2, beta_2), b_k = given[:7], given[7:15], given[15]
    heads = (*W, b_q, b_k, b_v, b_o)
    first = partial(_layer_norm, "", gamma=gamma_1, beta=beta_1)
    second = partial(_layer_norm, "", gamma=gamma_2, beta=beta_2)

    def attend(u: Any) -> Any:
        found = BY_NAME["multi_head_self_attention"].run(u, *heads, num_heads=num_heads, causal=causal)
        return at(cut, "the attention", found)

    def feed(u: Any) -> Any:
        return at(cut, "the feed-forward part", _affine(_gelu(_affine(u, W_1, b_1)), W_2, b_2))

    def skip(which: str, u: Any) -> Any:
        return at(cut, f"the {which} connection that skips", u)

    if norm_first:
        x = skip("first", x) + attend(first(x))
        return skip("second", x) + feed(second(x))
    x = first(skip("first", x) + attend(x))
    return second(skip("second", x) + feed(x))


PATHS: dict[str, tuple[Pass, tuple[str, ...]]] = {
    "softmax": (_softmax, ("the numerator", "the sum below the bar")),
    "log_softmax": (_log_softmax, ("x itself", "the logarithm of the sum")),
    "silu": (_product(_sigmoid, "the factor σ(x)"), ("the factor x", "the factor σ(x)")),
    "mish": (
        _product(lambda x: np.tanh(np.log(1.0 + np.exp(x))), "the factor tanh(softplus(x))"),
        ("the factor x", "the factor tanh(softplus(x))"),
    ),
    "gelu": (_gelu_paths, ("the factor x", "Φ(x)")),
    "softmax_cross_entropy": (_cross_entropy, ("the logarithm of the sum", "the score x of the target")),
    "bce_with_logits": (_bce, ("log(1 + exp(x))", "the product t · x")),
    "batch_norm": (
        _by_channel(lambda n: (0, *range(2, n))),
        ("the mean", "the variance", "x itself"),
    ),
    "instance_norm": (_by_channel(lambda n: tuple(range(2, n))), ("the mean", "the variance", "x itself")),
    "layer_norm": (_layer_norm, ("the mean", "the variance", "x itself")),
    "rms_norm": (_rms_norm, ("the root of the mean square", "x itself")),
    "simple_rnn": (_simple_rnn, ("the state of the step before",)),
    "lstm": (
        _lstm,
        (
            *("the h of the step before", "the C of the step before", "C in h = o tanh(C)"),
            *("the gate f", "the gate i", "the gate o", "the gate G"),
        ),
    ),
    "scaled_dot_product_attention": (
        _attention,
        ("the sum below the softmax's bar", "the numerator of the softmax"),
    ),
    "multi_head_self_attention": (_self_attention, ("the queries", "the keys", "the values")),
    "squeeze_excitation": (_squeeze, ("the scale s", "x itself, which s scales")),
    "transformer_encoder_layer": (
        _encoder,
        (
            *("the attention", "the feed-forward part"),
            *("the first connection that skips", "the second connection that skips"),
        ),
    ),
}
"""By the specimens' names: the pass `(cut, *inputs, **params)`, and what of it can be cut."""
