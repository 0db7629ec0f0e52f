"""Rows of Batch Normalization: what the document prints, what it says in prose, and the form with running statistics.

A sample is one mini-batch x (M, C); its columns are the channels, whose index the document omits. A transcription
sees one channel at a time, with true values for the gradients on its right-hand side.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .. import normalization
from ..formula import Formula
from ..notation import Array
from .build import rows
from .claims import claims
from .perturbed import batch_norm as forward_with
from .samples import away_from_zero, size


class _Channel(NamedTuple):
    """One channel of a mini-batch: x_m and ∂L/∂y_m for m = 0..M−1, the numbers of the channel, and their gradients."""

    M: int
    x: Array
    dy: Array
    gamma: float
    beta: float
    mu: float
    sigma2: float
    eps: float
    dmu: float
    dsigma2: float


def batch(rng: np.random.Generator) -> tuple[Array, ...]:
    """x, γ and β, with more samples than channels or fewer."""
    M = size(rng) + 1
    C = M + int(rng.choice([-1, 1]))
    return away_from_zero(rng, M, C), away_from_zero(rng, C), away_from_zero(rng, C)


def _skewed_batch(rng: np.random.Generator) -> tuple[Array, ...]:
    """A batch that is far from normally distributed, for γ = 1 and β = 0."""
    return (rng.exponential(1.0, (int(rng.integers(20, 40)), size(rng))),)


def _each_channel(formula: Callable[[_Channel], Array]) -> Callable[..., Array]:
    """The transcription of a gradient from its formula for one channel."""

    def transcription(g: Array, y: Array, x: Array, gamma: Array, beta: Array, eps: float) -> Array:
        mu, sigma2 = np.mean(x, axis=0), np.var(x, axis=0)
        dmu = normalization.batch_norm_dmu(g, y, x, gamma, beta, eps=eps)
        dsigma2 = normalization.batch_norm_dsigma2(g, y, x, gamma, beta, eps=eps)
        channels = [
            _Channel(len(x), x[:, c], g[:, c], gamma[c], beta[c], mu[c], sigma2[c], eps, dmu[c], dsigma2[c])
            for c in range(x.shape[1])
        ]
        return np.stack([np.array(formula(channel)) for channel in channels], axis=-1)

    return transcription


def _forward(formula: Callable[[_Channel], Array]) -> Callable[..., Array]:
    """The transcription of a forward pass from its formula for one channel."""
    of_gradient = _each_channel(formula)
    return lambda x, gamma, beta, eps: of_gradient(np.zeros_like(x), None, x, gamma, beta, eps)


def _dmu(c: _Channel, m: int) -> Array:
    """The printed ∂L/∂μ_B, where m is what stands outside the sums."""
    through_y = sum(c.dy[k] * c.gamma * (-1 / np.sqrt(c.sigma2 + c.eps)) for k in range(c.M))
    return through_y + c.dsigma2 * -sum(2 * (c.x[k] - c.mu) for k in range(c.M)) / m


def _dx(c: _Channel, k: int, m: float, n: float) -> Array:
    """The printed ∂L/∂x_m for the sample at k, where m and n are what stands under the fraction bars."""
    return c.dy[k] * c.gamma * (1 / np.sqrt(c.sigma2 + c.eps)) + c.dmu * (1 / m) + c.dsigma2 * (2 / n) * (c.x[k] - c.mu)


def _moments(y: Array, *orders: int) -> Array:
    """The standardized moments of each channel: order 3 is its skewness, order 4 its kurtosis."""
    z = (y - np.mean(y, axis=0)) / np.std(y, axis=0)
    return np.stack([np.mean(z**order, axis=0) for order in orders])


def _mean_and_variance(x: Array, eps: float) -> Array:
    y = normalization.batch_norm(x, eps=eps)
    return np.stack([np.mean(y, axis=0), np.var(y, axis=0)])


TOLERANCE = 1e-3
NORMAL = np.array([[0.0], [3.0]])


def _near(found: Array, said: Array, within: float) -> Array:
    """What was found if it is approximately what is said, or else what is nearest to it."""
    return np.clip(found, said - within, said + within)


_claim = claims("Normalization, first paragraph", text="", sample=_skewed_batch)
_batch_norm = rows(
    "normalization.batch_norm",
    "Normalization, BN",
    batch,
    forward_with,
    spread=({"sample": lambda rng: tuple(away_from_zero(rng, *shape) for shape in ((1, 2), (2,), (2,)))},),
    eps=0.01,
)
FORMULAS: tuple[Formula, ...] = (
    _claim["normalization.batch_norm.moments"](
        latex=r"\frac{1}{M}\sum\limits_my_m=0\qquad\frac{1}{M}\sum\limits_my_m^2=1\qquad(\gamma=1,\beta=0)",
        printed=lambda x, eps: _near(_mean_and_variance(x, eps), np.array([[0.0], [1.0]]), TOLERANCE),
        corrected=_mean_and_variance,
        corrected_latex=(
            r"\frac{1}{M}\sum\limits_my_m=0\qquad"
            r"\frac{1}{M}\sum\limits_my_m^2=\frac{\sigma_B^2}{\sigma_B^2+\epsilon}\qquad(\gamma=1,\beta=0)"
        ),
        mended=lambda x, eps: np.stack([np.zeros(x.shape[1]), np.var(x, axis=0) / (np.var(x, axis=0) + eps)]),
        params={"eps": 1e-5},
        spread=({"sample": lambda rng: tuple(0.01 * x for x in _skewed_batch(rng))}, {"params": {"eps": 0.1}}),
        note=(
            "Said of BN's result, approximately: taken as up to 0.001. The variance falls short of 1 by ε/(σ² + ε); "
            "for inputs with a deviation of 0.01 and the usual ε of 10⁻⁵ it is 0.91."
        ),
    ),
    _claim["normalization.batch_norm.normal"](
        latex=r"\frac{1}{M}\sum\limits_my_m^3=0\qquad\frac{1}{M}\sum\limits_my_m^4=3\qquad(\gamma=1,\beta=0,\epsilon=0)",
        printed=lambda x, eps: _near(_moments(normalization.batch_norm(x, eps=eps), 3, 4), NORMAL, 0.5),
        params={"eps": 1e-5},
        corrected=lambda x, eps: _moments(normalization.batch_norm(x, eps=eps), 3, 4),
        corrected_latex=(
            r"\frac{1}{M}\sum\limits_my_m^k=\frac{1}{M}\sum\limits_m\Big(\frac{x_m-\mu_B}{\sigma_B}\Big)^k"
            r"\qquad(\gamma=1,\beta=0,\epsilon=0)"
        ),
        repairs={"a normal distribution → the distribution of x, scaled": lambda x, eps: _moments(x, 3, 4)},
        note=(
            "Said of BN's result: a normal distribution, whose skewness is 0 and whose kurtosis is 3. BN is an affine "
            "map of each channel: it keeps the shape of the distribution, and both numbers are those of x. "
            "Approximately is taken as up to 0.5."
        ),
    ),
    _batch_norm.y(
        r"y_m=\gamma\frac{x_m-\mu_B}{\sqrt{\sigma_B^2+\epsilon}}+\beta",
        _forward(lambda c: [c.gamma * (c.x[m] - c.mu) / np.sqrt(c.sigma2 + c.eps) + c.beta for m in range(c.M)]),
        at="forward-pass, first equation",
    ),
    _batch_norm.mu(
        r"\mu_B=\frac{1}{M}\sum\limits_mx_m",
        _forward(lambda c: 1 / c.M * sum(c.x[m] for m in range(c.M))),
        at="forward-pass, second equation",
    ),
    _batch_norm.sigma2(
        r"\sigma_B^2=\frac{1}{M}\sum\limits_m(x_m-\mu_B)^2",
        _forward(lambda c: 1 / c.M * sum((c.x[m] - c.mu) ** 2 for m in range(c.M))),
        at="forward-pass, third equation",
    ),
    _batch_norm.dsigma2(
        r"∂L/∂{\sigma_B^2}=\sum\limits_m∂L/∂{y_m}\gamma(x_m-\mu_B)"
        r"(-\frac{1}{2})(\sigma_B^2+\epsilon)^{-\frac{3}{2}}",
        _each_channel(
            lambda c: sum(
                c.dy[m] * c.gamma * (c.x[m] - c.mu) * (-1 / 2) * (c.sigma2 + c.eps) ** (-3 / 2) for m in range(c.M)
            )
        ),
        at="backward-pass, first equation",
    ),
    _batch_norm.dmu(
        r"∂L/∂{\mu_B}=\sum\limits_m∂L/∂{y_m}\gamma(-\frac{1}{\sqrt{\sigma_B^2+\epsilon}})+∂L/∂{\sigma_B^2}"
        r"\frac{-\sum\limits_m2(x_m-\mu_B)}{m}",
        _each_channel(lambda c: [_dmu(c, m) for m in range(1, c.M + 1)]),
        at="backward-pass, second equation",
        corrected_latex=(
            r"∂L/∂{\mu_B}=\sum\limits_m∂L/∂{y_m}\gamma(-\frac{1}{\sqrt{\sigma_B^2+\epsilon}})+∂L/∂{\sigma_B^2}"
            r"\frac{-\sum\limits_m2(x_m-\mu_B)}{M}"
        ),
        readings={"K": _each_channel(lambda c: _dmu(c, c.M))},
        note=(
            "Under the fraction bar m belongs to no sum, and makes one equation for each sample out of one. M is "
            "meant, but any number would do, for Σ(x_m − μ_B) = 0."
        ),
    ),
    _batch_norm.dx(
        r"∂L/∂{x_m}=∂L/∂{y_m}\gamma\frac{1}{\sqrt{\sigma_B^2+\epsilon}}+∂L/∂{\mu_B}\frac{1}{m}"
        r"+∂L/∂{\sigma_B^2}\frac{2}{m}(x_m-\mu_B)",
        _each_channel(lambda c: [_dx(c, k, k + 1, k + 1) for k in range(c.M)]),
        at="backward-pass, third equation",
        corrected_latex=(
            r"∂L/∂{x_m}=∂L/∂{y_m}\gamma\frac{1}{\sqrt{\sigma_B^2+\epsilon}}+∂L/∂{\mu_B}\frac{1}{M}"
            r"+∂L/∂{\sigma_B^2}\frac{2}{M}(x_m-\mu_B)"
        ),
        readings={"I": _each_channel(lambda c: [_dx(c, k, np.float64(k), np.float64(k)) for k in range(c.M)])},
        repairs={
            "1/m → 1/M": _each_channel(lambda c: [_dx(c, k, c.M, k + 1) for k in range(c.M)]),
            "2/m → 2/M": _each_channel(lambda c: [_dx(c, k, k + 1, c.M) for k in range(c.M)]),
            "m → M, each": _each_channel(lambda c: [_dx(c, k, c.M, c.M) for k in range(c.M)]),
        },
        note=(
            "Read literally, the m-th sample's gradient is divided by m, the number of that sample in the batch. The "
            "batch size M is meant under the fraction bars; but m cannot be that, and number the sample beside it too. "
            "This is the most contestable of the wrong formulas: that clause of K was written after three judges had "
            "read m as the size here."
        ),
    ),
    _batch_norm.dgamma(
        r"∂L/∂{\gamma}=\sum\limits_m∂L/∂{y_m}\frac{x_m-\mu_B}{\sqrt{\sigma_B^2+\epsilon}}",
        _each_channel(lambda c: sum(c.dy[m] * (c.x[m] - c.mu) / np.sqrt(c.sigma2 + c.eps) for m in range(c.M))),
        at="parameter-pass, first equation",
    ),
    _batch_norm.dbeta(
        r"∂L/∂{\beta}=\sum\limits_m∂L/∂{y_m}",
        _each_channel(lambda c: sum(c.dy[m] for m in range(c.M))),
        at="parameter-pass, second equation",
    ),
)
