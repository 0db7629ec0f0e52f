"""Batch, Group and Instance Normalization: each channel of a sample is a run with numbers of its own.

y = (x − μ) γ/√(σ² + ε) + β is a multiple of a run less its mean, and so is its gradient a sum of multiples of runs,
whose factors follow from sums over the runs. As in `normalization`, what is not safe is left to the closed form.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..closed_form import normalization as cf
from ..closed_form.moments import AffineGradients
from ..closed_form.normalization_batch import InferenceGradients
from ..closed_form.notation import Array, Maybe
from ..engine.values import Kept
from .memory import empty, finished
from .statistics import Moments, blocks, deviate, dots, finite, piece, pooled, safe, standardize, sums
from .twins import twin_of

Shape = tuple[int, int, int, int]


def by_channel(x: Array) -> Shape:
    """(N, C, 1, P): a mean for each channel."""
    return x.shape[0], x.shape[1], 1, x[0, 0].size


def by_group(x: Array, groups: int) -> Shape:
    """(1, N · groups, C/groups, P): a mean for each group of each sample."""
    return 1, x.shape[0] * groups, x.shape[1] // groups, x[0, 0].size


def spread(v: Maybe, x: Array) -> Maybe:
    """A number for each channel as one for each run of x, (1, B, Q), of its dtype."""
    _, B, Q, _ = x.shape
    return None if v is None else np.tile(v, B * Q // v.size).astype(x.dtype).reshape(1, B, Q)


def gathered(v: Array, like: Array) -> Array:
    """Numbers for runs, summed up for each channel."""
    return v.reshape(-1, like.size).sum(0, dtype=np.float64).astype(v.dtype)


def normalized(x: Array, gamma: Maybe, beta: Maybe, shape: Shape, eps: float) -> Kept | None:
    """γ (x − μ)/√(σ² + ε) + β for x laid out in `shape`; None if that is not safe."""
    y, xs = empty(x.shape, x.dtype), x.reshape(shape)
    weight, bias = spread(gamma, xs), spread(beta, xs)

    def finish(d: Array, inverse: Array, block: slice) -> None:
        d *= inverse if weight is None else inverse * weight[:, block, :, None]
        if bias is not None:
            d += bias[:, block, :, None]

    moments = standardize(xs, y.reshape(shape), eps, finish)
    return None if moments is None else Kept(y, moments)


def normalized_gradients(g: Array, x: Array, gamma: Maybe, beta: Maybe, shape: Shape, kept: Moments) -> AffineGradients:
    """∂L/∂x = (s − 1/M Σ s − x̂ 1/M Σ s x̂)/√(σ² + ε), where s = ∂L/∂y γ; with it the sums for γ and β"""
    dx, gs, xs = empty(x.shape, x.dtype), g.reshape(shape), x.reshape(shape)
    out, weight, count = dx.reshape(shape), spread(gamma, xs), x.size // shape[1]
    of_gamma, of_beta = np.empty((2, *shape[:3]), x.dtype)

    def step(block: slice) -> bool:
        g, o, r = piece(gs, block, "g", out), out[:, block], kept.inverse[:, block]
        d = deviate(piece(xs, block, "x", out), kept, block)
        along_1, along_d = sums(g), dots(g, d)
        of_beta[:, block], of_gamma[:, block] = along_1, along_d * r
        w = 1 if weight is None else weight[:, block]
        np.multiply(g, (w * r)[..., None], out=o)
        d *= (pooled(w * along_d) * (-(r**3) / count))[..., None]
        o += d
        o += (pooled(w * along_1) * (-r / count))[..., None]
        return finite(o)

    finished(dx, blocks(step, xs))
    dgamma = None if gamma is None else gathered(of_gamma, gamma)
    return AffineGradients(dx, dgamma, None if beta is None else gathered(of_beta, beta))


@twin_of(cf.batch_norm)
def batch_norm(x: Array, gamma: Array | None = None, beta: Array | None = None, *, eps: float = 1e-5) -> Any:
    """y_m = γ (x_m − μ_B)/√(σ_B² + ε) + β"""
    y = normalized(x, gamma, beta, by_channel(x), eps)
    return cf.batch_norm(x, gamma, beta, eps=eps) if y is None else y


@twin_of(cf.batch_norm_gradients, nan=True)
def batch_norm_gradients(
    g: Array, y: Array, x: Array, gamma: Maybe = None, beta: Maybe = None, *, eps: float = 1e-5, kept: Any = None
) -> AffineGradients:
    """∂L/∂x, ∂L/∂γ and ∂L/∂β of `batch_norm`"""
    return normalized_gradients(g, x, gamma, beta, by_channel(x), kept)


@twin_of(cf.group_norm)
def group_norm(
    x: Array, gamma: Array | None = None, beta: Array | None = None, *, groups: int, eps: float = 1e-5
) -> Any:
    """y = γ (x − μ)/√(σ² + ε) + β, with the statistics of a group"""
    y = normalized(x, gamma, beta, by_group(x, groups), eps)
    return cf.group_norm(x, gamma, beta, groups=groups, eps=eps) if y is None else y


@twin_of(cf.group_norm_gradients, nan=True)
def group_norm_gradients(
    g: Array, y: Array, x: Array, gamma: Maybe = None, beta: Maybe = None,
    *, groups: int, eps: float = 1e-5, kept: Any = None,
) -> AffineGradients:  # fmt: skip
    """∂L/∂x, ∂L/∂γ and ∂L/∂β of `group_norm`"""
    return normalized_gradients(g, x, gamma, beta, by_group(x, groups), kept)


@twin_of(cf.instance_norm)
def instance_norm(x: Array, gamma: Array | None = None, beta: Array | None = None, *, eps: float = 1e-5) -> Any:
    """y = γ (x − μ)/√(σ² + ε) + β, with the statistics of a channel of a sample"""
    y = normalized(x, gamma, beta, by_group(x, x.shape[1]), eps)
    return cf.instance_norm(x, gamma, beta, eps=eps) if y is None else y


@twin_of(cf.instance_norm_gradients, nan=True)
def instance_norm_gradients(
    g: Array, y: Array, x: Array, gamma: Maybe = None, beta: Maybe = None, *, eps: float = 1e-5, kept: Any = None
) -> AffineGradients:
    """∂L/∂x, ∂L/∂γ and ∂L/∂β of `instance_norm`"""
    return normalized_gradients(g, x, gamma, beta, by_group(x, x.shape[1]), kept)


@twin_of(cf.batch_norm_inference)
def batch_norm_inference(x: Array, gamma: Array, beta: Array, mu: Array, sigma2: Array, *, eps: float = 1e-5) -> Any:
    """y_m = γ (x_m − μ)/√(σ² + ε) + β, with a given mean and variance"""
    y, xs = empty(x.shape, x.dtype), x.reshape(by_channel(x))
    out, weight, bias = y.reshape(xs.shape), spread(gamma, xs), spread(beta, xs)
    exact, inverse = np.asarray(mu, np.float64), 1 / np.sqrt(np.asarray(sigma2, np.float64) + eps)
    rest = exact - exact.astype(x.dtype)  # what float32 has not of the mean, if a deviation tells
    rest = rest if (np.abs(rest) * inverse > np.finfo(x.dtype).eps).any() else None
    moments = Moments(spread(mu, xs), spread(rest, xs), spread(inverse, xs))
    if not safe(moments.inverse):
        return cf.batch_norm_inference(x, gamma, beta, mu, sigma2, eps=eps)

    def step(block: slice) -> None:
        d, r = deviate(piece(xs, block, "x", out), moments, block), moments.inverse[:, block]
        np.multiply(d, (r if weight is None else r * weight[:, block])[..., None], out=out[:, block])
        if bias is not None:
            out[:, block] += bias[:, block, :, None]

    blocks(step, xs)
    return Kept(y, moments)


@twin_of(cf.batch_norm_inference_gradients)
def batch_norm_inference_gradients(
    g: Array, y: Array, x: Array, gamma: Array, beta: Array, mu: Array, sigma2: Array,
    *, eps: float = 1e-5, kept: Any = None,
) -> InferenceGradients:  # fmt: skip
    """∂L/∂x_m = ∂L/∂y_m γ/√(σ² + ε), and the sums for the others"""
    dx, gs, xs = empty(x.shape, x.dtype), g.reshape(by_channel(x)), x.reshape(by_channel(x))
    out, weight = dx.reshape(xs.shape), spread(gamma, xs)
    factor = kept.inverse if weight is None else kept.inverse * weight
    along_1, along_d = np.empty((2, *xs.shape[:3]), x.dtype)

    def step(block: slice) -> None:
        g = piece(gs, block, "g", out)
        d = deviate(piece(xs, block, "x", out), kept, block)
        along_1[:, block], along_d[:, block] = sums(g), dots(g, d)
        np.multiply(g, factor[:, block, :, None], out=out[:, block])

    blocks(step, xs)
    dbeta, dinverse = gathered(along_1, mu), gathered(along_d, mu)
    r, k = kept.inverse.reshape(-1), factor.reshape(-1)
    return InferenceGradients(
        x=dx,
        gamma=None if gamma is None else dinverse * r,
        beta=None if beta is None else dbeta,
        mu=-k * dbeta,
        sigma2=-0.5 * k * r * r * dinverse,
    )
