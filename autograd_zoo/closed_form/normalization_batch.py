"""Batch Normalization, with the statistics of the batch and with running ones, as plain NumPy functions.

x is (N, C) or (N, C, ...): one channel's elements over the batch and all positions are the x_m of the document,
m = 1..M, and γ, β, μ_B, σ_B² have one number per channel. A gradient has a rule's signature `(g, y, *inputs, **params)`
with g = ∂L/∂y. Statistics are taken in float64 whatever the dtype of x: at a mean of 1e7, float32 cannot hold the
deviations from it. Results come back in the dtype of x. γ = None stands for ones, β = None for zeros.
"""

from collections import namedtuple

import numpy as np

from . import moments
from .docstrings import gradient_of, intermediate_of
from .moments import AffineGradients
from .notation import Array, Maybe
from .protocol import named

__all__ = [
    "batch_norm", "batch_norm_dbeta", "batch_norm_dgamma", "batch_norm_dmu", "batch_norm_dsigma2", "batch_norm_dx",
    "batch_norm_gradients", "batch_norm_inference", "batch_norm_inference_gradients", "batch_norm_mu",
    "batch_norm_sigma2",
]  # fmt: skip

_CHANNEL = (1,)
_SHAPES = "g, y, x (N, C, ...), gamma, beta and the result (C,)"


def batch_norm(x: Array, gamma: Maybe = None, beta: Maybe = None, *, eps: float = 1e-5) -> Array:
    """y_m = γ (x_m − μ_B)/√(σ_B² + ε) + β, with μ_B = 1/M Σ_m x_m and σ_B² = 1/M Σ_m (x_m − μ_B)² of each channel

    Shapes: x and the result (N, C) or (N, C, ...); gamma and beta (C,), or None.
    The m run over the batch and all positions.
    Raises: ValueError where gamma or beta does not have one number per channel, and by the module for an empty batch.
    Source: normalization.batch_norm.y, normalization.batch_norm.mu, normalization.batch_norm.sigma2.

    >>> batch_norm(np.array([[1.0], [3.0]]), eps=0.0)
    array([[-1.],
           [ 1.]])
    """
    x_hat, _ = moments.standardized(x, _axes(x), eps, "μ_B", "σ²_B")
    return moments.affine(x_hat, gamma, beta, x, _CHANNEL)


@intermediate_of(batch_norm, "x (N, C, ...), the result (C,)")
def batch_norm_mu(x: Array, gamma: Maybe = None, beta: Maybe = None, *, eps: float = 1e-5) -> Array:
    """μ_B = 1/M Σ_m x_m"""
    return np.ravel(_statistics(x)[0]).astype(x.dtype)


@intermediate_of(batch_norm, "x (N, C, ...), the result (C,)")
def batch_norm_sigma2(x: Array, gamma: Maybe = None, beta: Maybe = None, *, eps: float = 1e-5) -> Array:
    """σ_B² = 1/M Σ_m (x_m − μ_B)²"""
    return np.ravel(_statistics(x)[1]).astype(x.dtype)


@gradient_of(batch_norm, _SHAPES)
def batch_norm_dsigma2(
    g: Array, y: Array, x: Array, gamma: Maybe = None, beta: Maybe = None, *, eps: float = 1e-5
) -> Array:
    """∂L/∂σ_B² = Σ_m ∂L/∂y_m γ (x_m − μ_B)(−½)(σ_B² + ε)^(−3/2), with μ_B held fixed"""
    return np.ravel(_dsigma2(moments.scaled(g, gamma, x, _CHANNEL), x, *_statistics(x), eps)).astype(x.dtype)


@gradient_of(batch_norm, _SHAPES, also="printed with m for M")
def batch_norm_dmu(
    g: Array, y: Array, x: Array, gamma: Maybe = None, beta: Maybe = None, *, eps: float = 1e-5
) -> Array:
    """∂L/∂μ_B = Σ_m ∂L/∂y_m γ (−1/√(σ_B² + ε)) + ∂L/∂σ_B² (−Σ_m 2(x_m − μ_B))/M, of which the last term is 0"""
    return np.ravel(_dmu(moments.scaled(g, gamma, x, _CHANNEL), x, *_statistics(x), eps)).astype(x.dtype)


@gradient_of(batch_norm, "g, y, x and the result (N, C, ...), gamma and beta (C,)", also="printed with m for M")
def batch_norm_dx(g: Array, y: Array, x: Array, gamma: Maybe = None, beta: Maybe = None, *, eps: float = 1e-5) -> Array:
    """∂L/∂x_m = ∂L/∂y_m γ/√(σ_B² + ε) + ∂L/∂μ_B 1/M + ∂L/∂σ_B² 2/M (x_m − μ_B)"""
    mu, sigma2 = _statistics(x)
    s = moments.scaled(g, gamma, x, _CHANNEL)
    dmu, dsigma2 = _dmu(s, x, mu, sigma2, eps), _dsigma2(s, x, mu, sigma2, eps)
    M = _count(x)
    return (s * moments.inverse_root(sigma2 + eps) + dmu / M + dsigma2 * (2.0 / M) * (x - mu)).astype(x.dtype)


@gradient_of(batch_norm, _SHAPES)
def batch_norm_dgamma(
    g: Array, y: Array, x: Array, gamma: Maybe = None, beta: Maybe = None, *, eps: float = 1e-5
) -> Array:
    """∂L/∂γ = Σ_m ∂L/∂y_m (x_m − μ_B)/√(σ_B² + ε)"""
    mu, sigma2 = _statistics(x)
    return moments.summed(g * ((x - mu) * moments.inverse_root(sigma2 + eps)), x, _CHANNEL)


@gradient_of(batch_norm, _SHAPES)
def batch_norm_dbeta(
    g: Array, y: Array, x: Array, gamma: Maybe = None, beta: Maybe = None, *, eps: float = 1e-5
) -> Array:
    """∂L/∂β = Σ_m ∂L/∂y_m"""
    return moments.summed(g, x, _CHANNEL)


def batch_norm_gradients(
    g: Array, y: Array, x: Array, gamma: Maybe = None, beta: Maybe = None, *, eps: float = 1e-5
) -> AffineGradients:
    """∂L/∂x_m, ∂L/∂γ and ∂L/∂β, which share x̂; ∂L/∂x_m = (s_m − 1/M Σ_m s_m − x̂_m 1/M Σ_m s_m x̂_m)/√(σ_B² + ε)

    where s = ∂L/∂y γ: what `batch_norm_dx` is with ∂L/∂μ_B and ∂L/∂σ_B² written out.

    Shapes: g, y and x (N, C, ...), gamma and beta (C,) or None, each gradient as its input.
    Source: normalization.batch_norm.dx and its like.
    """
    return moments.standardized_gradients(g, x, gamma, beta, _axes(x), _CHANNEL, eps)


def batch_norm_inference(x: Array, gamma: Array, beta: Array, mu: Array, sigma2: Array, *, eps: float = 1e-5) -> Array:
    """y_m = γ (x_m − μ)/√(σ² + ε) + β, with a given mean and variance of each channel, such as running ones

    Shapes: x and the result (N, C) or (N, C, ...); gamma and beta (C,) or None; mu and sigma2 (C,).
    Raises: ValueError where one of them does not have one number per channel, and by the module for an empty batch and
    a negative variance.
    Source: normalization.batch_norm_inference.y, ours.
    """
    _axes(x)
    v = moments.roomy(x)
    root = moments.cast(np.sqrt(moments.along(moments.cast(sigma2, moments.wide(sigma2)), x, _CHANNEL) + eps), v.dtype)
    x_hat = named(moments.safe_divide(moments.deviation(v, moments.along(mu, x, _CHANNEL)), root), "x̂")
    return moments.affine(x_hat, gamma, beta, x, _CHANNEL)


class InferenceGradients(namedtuple("InferenceGradients", "x gamma beta mu sigma2")):
    """The gradients of `batch_norm_inference`; None where a parameter is."""


def batch_norm_inference_gradients(
    g: Array, y: Array, x: Array, gamma: Array, beta: Array, mu: Array, sigma2: Array, *, eps: float = 1e-5
) -> InferenceGradients:
    """∂L/∂x_m = ∂L/∂y_m γ/√(σ² + ε), ∂L/∂γ = Σ_m ∂L/∂y_m (x_m − μ)/√(σ² + ε), ∂L/∂β = Σ_m ∂L/∂y_m,

    ∂L/∂μ = −Σ_m ∂L/∂y_m γ/√(σ² + ε) and ∂L/∂σ² = Σ_m ∂L/∂y_m γ (x_m − μ)(−½)(σ² + ε)^(−3/2)

    Shapes: g, y and x (N, C, ...), the others (C,), each gradient as its input.
    Source: normalization.batch_norm_inference.dx and its like, ours.
    """
    centred, s = _running(x, mu, sigma2, eps)
    dx_hat = moments.scaled(g, gamma, x, _CHANNEL)
    return InferenceGradients(
        x=(dx_hat * s).astype(x.dtype),
        gamma=None if gamma is None else moments.summed(g * (centred * s), x, _CHANNEL),
        beta=None if beta is None else moments.summed(g, x, _CHANNEL),
        mu=-moments.summed(dx_hat * s, x, _CHANNEL),
        sigma2=moments.summed(dx_hat * centred * (-0.5 * s * s * s), x, _CHANNEL),
    )


def _axes(x: Array) -> tuple[int, ...]:
    """The axes of the x_m: the batch and all positions, whatever is not the channel."""
    if x.ndim < 2:
        raise ValueError(f"batch_norm expects x (N, C) or (N, C, ...), got shape {x.shape}: give it a batch axis")
    return (0, *range(2, x.ndim))


def _count(x: Array) -> int:
    """M, which is 1 for an empty batch so that its sums of nothing are 0."""
    return max(1, int(x.size) // max(1, int(x.shape[1])))


def _statistics(x: Array) -> tuple[Array, Array]:
    """μ_B and σ_B², float64, laid along the channels of x."""
    mu = moments.level(x, _axes(x))
    centred = x - mu
    return mu, moments.mean(centred * centred, _axes(x))


def _running(x: Array, mu: Array, sigma2: Array, eps: float) -> tuple[Array, Array]:
    """x − μ and 1/√(σ² + ε) for given statistics, in float64."""
    _axes(x)
    s = moments.inverse_root(moments.along(sigma2, x, _CHANNEL).astype(moments.wide(x)) + eps)
    return x - moments.along(mu, x, _CHANNEL).astype(s.dtype), s


def _dsigma2(s: Array, x: Array, mu: Array, sigma2: Array, eps: float) -> Array:
    """∂L/∂σ_B², laid along the channels of x, for s = ∂L/∂y γ."""
    return np.sum(s * (x - mu), axis=_axes(x), keepdims=True) * (-0.5 * moments.inverse_root(sigma2 + eps) ** 3)


def _dmu(s: Array, x: Array, mu: Array, sigma2: Array, eps: float) -> Array:
    """∂L/∂μ_B, laid along the channels of x, for s = ∂L/∂y γ."""
    through_y = np.sum(s * -moments.inverse_root(sigma2 + eps), axis=_axes(x), keepdims=True)
    through_sigma2 = _dsigma2(s, x, mu, sigma2, eps) * (-2.0 * np.sum(x - mu, axis=_axes(x), keepdims=True)) / _count(x)
    return through_y + through_sigma2
