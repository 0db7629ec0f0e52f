"""Rows of BN with running statistics, and of the normalizations that the document cites: its claims, and our formulas.

A sample is a vector x (n,) for those that look at one layer, and one sample x (1, C, L) for those that look at
channels.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import normalization
from ..formula import Formula
from ..notation import Array
from .build import rows
from .claims import claims
from .normalization_batch import batch
from .samples import away_from_zero, size, vectors

_EPS = 0.01


def _layers(rng: np.random.Generator) -> tuple[Array, ...]:
    """A batch of layers, (M, n)."""
    return (away_from_zero(rng, size(rng), size(rng)),)


def _channels(rng: np.random.Generator) -> tuple[Array, ...]:
    """One sample x (1, C, L) with an even number of channels, γ and β."""
    C = 2 * int(rng.integers(1, 4))
    return away_from_zero(rng, 1, C, size(rng)), away_from_zero(rng, C), away_from_zero(rng, C)


def _weights(rng: np.random.Generator) -> tuple[Array, ...]:
    """v (n, m) and g (n,)."""
    n, m = size(rng), size(rng)
    return away_from_zero(rng, n, m), away_from_zero(rng, n)


def _batch_and_statistics(rng: np.random.Generator) -> tuple[Array, ...]:
    """x, γ, β and running statistics μ and σ²."""
    x, gamma, beta = batch(rng)
    return x, gamma, beta, away_from_zero(rng, len(gamma)), rng.uniform(0.2, 1.0, len(gamma))


def _standardized(x: Array) -> tuple[Array, float]:
    """x̂ and √(σ² + ε) of all elements of x."""
    root = np.sqrt(np.var(x) + _EPS)
    return (x - np.mean(x)) / root, root


def _dx(s: Array, x: Array) -> Array:
    """The gradient of x̂ for s = ∂L/∂x̂, in terms of sums over the elements."""
    x_hat, root = _standardized(x)
    M = x.size
    return (s - 1 / M * np.sum(s) - x_hat * (1 / M) * np.sum(s * x_hat)) / root


def _in_groups(formula: Callable[..., Array], groups: int | None, *arrays: Array) -> Array:
    """Apply a formula to each group of channels, of the first axis of each array; None is one for each channel."""
    pieces = zip(*(np.split(a, len(a) if groups is None else groups) for a in arrays), strict=True)
    return np.concatenate([formula(*piece) for piece in pieces])


def _x_hat(x: Array, groups: int | None) -> Array:
    return _in_groups(lambda x: _standardized(x)[0], groups, x[0])


def _rms(x: Array) -> float:
    return float(np.sqrt(np.mean(x**2) + _EPS))


_CITED = "Not printed; Normalization, where it is cited"
_prose = claims("Normalization, prose", text="", params={"eps": _EPS})
_DX = (
    r"=\frac{1}{\sqrt{\sigma^2+\epsilon}}\Big(\vec{s}^T-\frac{1}{M}\sum\limits_{i}s_i"
    r"-\hat{x}^T\frac{1}{M}\sum\limits_{i}s_i\hat{x}_i\Big)"
)
_BY_CHANNEL = r"y_{c,i}=\gamma_c\hat{x}_{c,i}+\beta_c\qquad\hat{x}_{c,i}=\frac{x_{c,i}-\mu}{\sqrt{\sigma^2+\epsilon}}"

_inference = rows(
    "normalization.batch_norm_inference",
    "Not printed; Normalization, BN, with running statistics in place of the batch's",
    _batch_and_statistics,
    eps=0.01,
)
_layer_norm = rows("normalization.layer_norm", _CITED, vectors(3), eps=_EPS)
_rms_norm = rows("normalization.rms_norm", _CITED, vectors(2), eps=_EPS)
_weight_norm = rows("normalization.weight_norm", _CITED, _weights)


def _by_channel(specimen: str, of: str, cut: int | None, **params: Any) -> tuple[Formula, ...]:
    """The rows of group_norm, or of instance_norm, where each channel is a group."""
    row = rows(f"normalization.{specimen}", _CITED, _channels, eps=_EPS, **params)
    return (
        row.y(
            rf"{_BY_CHANNEL}\qquad\mu,\sigma^2\text{{ over }}{of}",
            lambda x, gamma, beta, **_: (gamma[:, None] * _x_hat(x, cut) + beta[:, None])[None],
        ),
        row.dx(
            rf"∂L/∂{{\vec{{x}}}}{_DX}\qquad s_i=∂L/∂{{y_i}}\gamma_c\text{{, sums over }}{of}",
            lambda g, y, x, gamma, beta, **_: _in_groups(_dx, cut, g[0] * gamma[:, None], x[0])[None],
        ),
        row.dgamma(
            r"∂L/∂{\gamma_c}=\sum\limits_i∂L/∂{y_{c,i}}\hat{x}_{c,i}",
            lambda g, y, x, gamma, beta, **_: np.array(
                [np.dot(g_c, x_hat_c) for g_c, x_hat_c in zip(g[0], _x_hat(x, cut), strict=True)]
            ),
        ),
        row.dbeta(
            r"∂L/∂{\beta_c}=\sum\limits_i∂L/∂{y_{c,i}}",
            lambda g, y, x, gamma, beta, **_: np.array([sum(g_c) for g_c in g[0]]),
        ),
    )


FORMULAS: tuple[Formula, ...] = (
    _inference.y(
        r"y_m=\gamma\frac{x_m-\mu}{\sqrt{\sigma^2+\epsilon}}+\beta",
        lambda x, gamma, beta, mu, sigma2, eps: np.stack(
            [gamma * (x_m - mu) / np.sqrt(sigma2 + eps) + beta for x_m in x]
        ),
    ),
    _inference.dx(
        r"∂L/∂{x_m}=∂L/∂{y_m}\gamma\frac{1}{\sqrt{\sigma^2+\epsilon}}",
        lambda g, y, x, gamma, beta, mu, sigma2, eps: np.stack([g_m * gamma / np.sqrt(sigma2 + eps) for g_m in g]),
    ),
    _inference.dgamma(
        r"∂L/∂{\gamma}=\sum\limits_m∂L/∂{y_m}\frac{x_m-\mu}{\sqrt{\sigma^2+\epsilon}}",
        lambda g, y, x, gamma, beta, mu, sigma2, eps: sum(
            g_m * (x_m - mu) / np.sqrt(sigma2 + eps) for g_m, x_m in zip(g, x, strict=True)
        ),
    ),
    _inference.dbeta(
        r"∂L/∂{\beta}=\sum\limits_m∂L/∂{y_m}", lambda g, y, x, gamma, beta, mu, sigma2, eps: sum(g_m for g_m in g)
    ),
    _inference.dmu(
        r"∂L/∂{\mu}=\sum\limits_m∂L/∂{y_m}\gamma(-\frac{1}{\sqrt{\sigma^2+\epsilon}})",
        lambda g, y, x, gamma, beta, mu, sigma2, eps: sum(g_m * gamma * -1 / np.sqrt(sigma2 + eps) for g_m in g),
    ),
    _inference.dsigma2(
        r"∂L/∂{\sigma^2}=\sum\limits_m∂L/∂{y_m}\gamma(x_m-\mu)(-\frac{1}{2})(\sigma^2+\epsilon)^{-\frac{3}{2}}",
        lambda g, y, x, gamma, beta, mu, sigma2, eps: sum(
            g_m * gamma * (x_m - mu) * (-1 / 2) * (sigma2 + eps) ** (-3 / 2) for g_m, x_m in zip(g, x, strict=True)
        ),
    ),
    _prose["normalization.layer_norm.as_batch_norm"](
        latex=r"LN(X)=BN(X^T)^T",
        printed=lambda x, eps: normalization.batch_norm(x.T, eps=eps).T,
        corrected=lambda x, eps: normalization.layer_norm(x, eps=eps),
        sample=_layers,
        note="Said: LN works as BN does, with the statistics of a layer instead of those of the mini-batch.",
    ),
    _prose["normalization.instance_norm.channels_apart"](
        latex=r"IN(\vec{x}_1,\dots,\vec{x}_C)=(IN(\vec{x}_1),\dots,IN(\vec{x}_C))",
        printed=lambda x, gamma, beta, eps: np.concatenate(
            [normalization.instance_norm(x[:, [c]], eps=eps) for c in range(x.shape[1])], axis=1
        ),
        corrected=lambda x, gamma, beta, eps: normalization.instance_norm(x, eps=eps),
        sample=_channels,
        note="Said: IN's statistics are those of each channel, so that no channel sees another.",
    ),
    _prose["normalization.group_norm.in_between"](
        latex=r"GN_{1}=LN\qquad GN_{C}=IN",
        printed=lambda x, gamma, beta, eps: np.stack(
            [normalization.layer_norm(x, axes=(1, 2), eps=eps), normalization.instance_norm(x, eps=eps)]
        ),
        corrected=lambda x, gamma, beta, eps: np.stack(
            [normalization.group_norm(x, groups=groups, eps=eps) for groups in (1, x.shape[1])]
        ),
        sample=_channels,
        note="Said: GN is the middle ground between LN and IN. Its extremes are one group, and one a channel.",
    ),
    _layer_norm.y(
        r"\vec{y}=\vec{\gamma}\odot\hat{x}+\vec{\beta}\qquad"
        r"\hat{x}_i=\frac{x_i-\mu}{\sqrt{\sigma^2+\epsilon}}\qquad\mu,\sigma^2\text{ over a layer}",
        lambda x, gamma, beta, eps: gamma * _standardized(x)[0] + beta,
    ),
    _layer_norm.dx(
        rf"∂L/∂{{\vec{{x}}}}{_DX}\qquad s_i=∂L/∂{{y_i}}\gamma_i", lambda g, y, x, gamma, beta, eps: _dx(g * gamma, x)
    ),
    _layer_norm.dgamma(
        r"∂L/∂{\vec{\gamma}}=∂L/∂{\vec{y}}\odot\hat{x}^T", lambda g, y, x, gamma, beta, eps: g * _standardized(x)[0]
    ),
    _layer_norm.dbeta(r"∂L/∂{\vec{\beta}}=∂L/∂{\vec{y}}", lambda g, y, x, gamma, beta, eps: g),
    *_by_channel("instance_norm", r"\text{a channel}", None),
    *_by_channel("group_norm", r"\text{a group of channels}", 2, groups=2),
    _rms_norm.y(
        r"\vec{y}=\vec{\gamma}\odot\hat{x}\qquad\hat{x}=\frac{\vec{x}}{\sqrt{\frac{1}{M}\sum_ix_i^2+\epsilon}}",
        lambda x, gamma, eps: gamma * x / _rms(x),
    ),
    _rms_norm.dx(
        r"∂L/∂{\vec{x}}=\frac{1}{\sqrt{\frac{1}{M}\sum_ix_i^2+\epsilon}}\Big(\vec{s}^T"
        r"-\hat{x}^T\frac{1}{M}\sum\limits_{i}s_i\hat{x}_i\Big)\qquad s_i=∂L/∂{y_i}\gamma_i",
        lambda g, y, x, gamma, eps: (g * gamma - x / _rms(x) * np.mean(g * gamma * x / _rms(x))) / _rms(x),
    ),
    _rms_norm.dgamma(r"∂L/∂{\vec{\gamma}}=∂L/∂{\vec{y}}\odot\hat{x}^T", lambda g, y, x, gamma, eps: g * x / _rms(x)),
    _weight_norm.y(
        r"\vec{w}_i=g_i\frac{\vec{v}_i}{\lVert\vec{v}_i\rVert}",
        lambda v, g: np.stack([g_i * v_i / np.linalg.norm(v_i) for v_i, g_i in zip(v, g, strict=True)]),
    ),
    _weight_norm.dv(
        r"∂L/∂{\vec{v}_i}=\frac{g_i}{\lVert\vec{v}_i\rVert}∂L/∂{\vec{w}_i}-\frac{g_i}{\lVert\vec{v}_i\rVert^2}"
        r"∂L/∂{g_i}\vec{v}_i^T",
        lambda dw, w, v, g: np.stack(
            [
                g_i / np.linalg.norm(v_i) * dw_i
                - g_i / np.linalg.norm(v_i) ** 2 * (np.dot(dw_i, v_i) / np.linalg.norm(v_i)) * v_i
                for v_i, g_i, dw_i in zip(v, g, dw, strict=True)
            ]
        ),
    ),
    _weight_norm.dg(
        r"∂L/∂{g_i}=∂L/∂{\vec{w}_i}\frac{\vec{v}_i}{\lVert\vec{v}_i\rVert}",
        lambda dw, w, v, g: np.array(
            [np.dot(dw_i, v_i) / np.linalg.norm(v_i) for v_i, dw_i in zip(v, dw, strict=True)]
        ),
    ),
)
