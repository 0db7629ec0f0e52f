"""Rows of the normalizations that the document cites: its claims about them, and their formulas, which are ours.

A sample is a vector x (n,) for those that look at one layer, and one sample x (1, C, L) for those that look at
channels.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from autograd_zoo.closed_form import normalization
from autograd_zoo.closed_form.formula import Formula
from autograd_zoo.closed_form.notation import Array
from autograd_zoo.closed_form.rows.samples import away_from_zero, size, vectors

_EPS = 0.01


def _layers(rng: np.random.Generator) -> tuple[Array, ...]:
    """Draw a batch of layers, (M, n)."""
    return (away_from_zero(rng, size(rng), size(rng)),)


def _channels(rng: np.random.Generator) -> tuple[Array, ...]:
    """Draw one sample x (1, C, L) with an even number of channels, γ and β."""
    C = 2 * int(rng.integers(1, 4))
    return away_from_zero(rng, 1, C, size(rng)), away_from_zero(rng, C), away_from_zero(rng, C)


def _weights(rng: np.random.Generator) -> tuple[Array, ...]:
    """Draw v (n, m) and g (n,)."""
    n, m = size(rng), size(rng)
    return away_from_zero(rng, n, m), away_from_zero(rng, n)


def _standardized(x: Array) -> tuple[Array, float]:
    """Return x̂ and √(σ² + ε) of all elements of x."""
    root = np.sqrt(np.var(x) + _EPS)
    return (x - np.mean(x)) / root, root


def _dx(s: Array, x: Array) -> Array:
    """Return the gradient of x̂ for s = ∂L/∂x̂, in terms of sums over the elements."""
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
_prose = partial(Formula, quantity="claim", place="Normalization, prose", source="document", params={"eps": _EPS})
_DX = (
    r"=\frac{1}{\sqrt{\sigma^2+\epsilon}}\Big(\vec{s}^T-\frac{1}{M}\sum\limits_{i}s_i"
    r"-\hat{x}^T\frac{1}{M}\sum\limits_{i}s_i\hat{x}_i\Big)"
)
_BY_CHANNEL = r"y_{c,i}=\gamma_c\hat{x}_{c,i}+\beta_c\qquad\hat{x}_{c,i}=\frac{x_{c,i}-\mu}{\sqrt{\sigma^2+\epsilon}}"
_DGAMMA = r"\frac{\partial{L}}{\partial{\gamma_c}}=\sum\limits_i\frac{\partial{L}}{\partial{y_{c,i}}}\hat{x}_{c,i}"
_DBETA = r"\frac{\partial{L}}{\partial{\beta_c}}=\sum\limits_i\frac{\partial{L}}{\partial{y_{c,i}}}"

_layer = partial(Formula, specimen="layer_norm", place=_CITED, sample=vectors(3), params={"eps": _EPS}, source="ours")
_rms_row = partial(Formula, specimen="rms_norm", place=_CITED, sample=vectors(2), params={"eps": _EPS}, source="ours")
_weight = partial(Formula, specimen="weight_norm", place=_CITED, sample=_weights, source="ours")


def _by_channel(specimen: str, groups: int | None) -> tuple[Formula, ...]:
    """Return the rows of group_norm, or of instance_norm, where each channel is a group."""
    params = {"eps": _EPS} if groups is None else {"eps": _EPS, "groups": groups}
    of = r"\text{a channel}" if groups is None else r"\text{a group of channels}"
    row = partial(Formula, specimen=specimen, place=_CITED, sample=_channels, params=params, source="ours")
    forward = getattr(normalization, specimen)
    return (
        row(
            id=f"normalization.{specimen}.y",
            quantity="y",
            latex=rf"{_BY_CHANNEL}\qquad\mu,\sigma^2\text{{ over }}{of}",
            printed=lambda x, gamma, beta, **params: (gamma[:, None] * _x_hat(x, groups) + beta[:, None])[None],
            corrected=forward,
        ),
        row(
            id=f"normalization.{specimen}.dx",
            quantity="dx",
            latex=rf"\frac{{\partial{{L}}}}{{\partial{{\vec{{x}}}}}}{_DX}\qquad s_i=\frac{{\partial{{L}}}}"
            rf"{{\partial{{y_i}}}}\gamma_c\text{{, sums over }}{of}",
            printed=lambda g, y, x, gamma, beta, **params: _in_groups(_dx, groups, g[0] * gamma[:, None], x[0])[None],
            corrected=getattr(normalization, f"{specimen}_dx"),
            forward=forward,
        ),
        row(
            id=f"normalization.{specimen}.dgamma",
            quantity="dgamma",
            latex=_DGAMMA,
            printed=lambda g, y, x, gamma, beta, **params: np.array(
                [np.dot(g_c, x_hat_c) for g_c, x_hat_c in zip(g[0], _x_hat(x, groups), strict=True)]
            ),
            corrected=getattr(normalization, f"{specimen}_dgamma"),
            forward=forward,
        ),
        row(
            id=f"normalization.{specimen}.dbeta",
            quantity="dbeta",
            latex=_DBETA,
            printed=lambda g, y, x, gamma, beta, **params: np.array([sum(g_c) for g_c in g[0]]),
            corrected=getattr(normalization, f"{specimen}_dbeta"),
            forward=forward,
        ),
    )


FORMULAS: tuple[Formula, ...] = (
    _prose(
        id="normalization.layer_norm.claim.as_batch_norm",
        specimen="layer_norm",
        latex=r"LN(X)=BN(X^T)^T",
        printed=lambda x, eps: normalization.batch_norm(x.T, eps=eps).T,
        corrected=lambda x, eps: normalization.layer_norm(x, eps=eps),
        sample=_layers,
        note="Said: LN works as BN does, with the statistics of a layer instead of those of the mini-batch.",
    ),
    _prose(
        id="normalization.instance_norm.claim.channels_apart",
        specimen="instance_norm",
        latex=r"IN(\vec{x}_1,\dots,\vec{x}_C)=(IN(\vec{x}_1),\dots,IN(\vec{x}_C))",
        printed=lambda x, gamma, beta, eps: np.concatenate(
            [normalization.instance_norm(x[:, [c]], eps=eps) for c in range(x.shape[1])], axis=1
        ),
        corrected=lambda x, gamma, beta, eps: normalization.instance_norm(x, eps=eps),
        sample=_channels,
        note="Said: IN's statistics are those of each channel, so that no channel sees another.",
    ),
    _prose(
        id="normalization.group_norm.claim.in_between",
        specimen="group_norm",
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
    _layer(
        id="normalization.layer_norm.y",
        quantity="y",
        latex=(
            r"\vec{y}=\vec{\gamma}\odot\hat{x}+\vec{\beta}\qquad"
            r"\hat{x}_i=\frac{x_i-\mu}{\sqrt{\sigma^2+\epsilon}}\qquad\mu,\sigma^2\text{ over a layer}"
        ),
        printed=lambda x, gamma, beta, eps: gamma * _standardized(x)[0] + beta,
        corrected=normalization.layer_norm,
    ),
    _layer(
        id="normalization.layer_norm.dx",
        quantity="dx",
        latex=rf"\frac{{\partial{{L}}}}{{\partial{{\vec{{x}}}}}}{_DX}"
        r"\qquad s_i=\frac{\partial{L}}{\partial{y_i}}\gamma_i",
        printed=lambda g, y, x, gamma, beta, eps: _dx(g * gamma, x),
        corrected=normalization.layer_norm_dx,
        forward=normalization.layer_norm,
    ),
    _layer(
        id="normalization.layer_norm.dgamma",
        quantity="dgamma",
        latex=r"\frac{\partial{L}}{\partial{\vec{\gamma}}}=\frac{\partial{L}}{\partial{\vec{y}}}\odot\hat{x}^T",
        printed=lambda g, y, x, gamma, beta, eps: g * _standardized(x)[0],
        corrected=normalization.layer_norm_dgamma,
        forward=normalization.layer_norm,
    ),
    _layer(
        id="normalization.layer_norm.dbeta",
        quantity="dbeta",
        latex=r"\frac{\partial{L}}{\partial{\vec{\beta}}}=\frac{\partial{L}}{\partial{\vec{y}}}",
        printed=lambda g, y, x, gamma, beta, eps: g,
        corrected=normalization.layer_norm_dbeta,
        forward=normalization.layer_norm,
    ),
    *_by_channel("instance_norm", None),
    *_by_channel("group_norm", 2),
    _rms_row(
        id="normalization.rms_norm.y",
        quantity="y",
        latex=r"\vec{y}=\vec{\gamma}\odot\hat{x}\qquad\hat{x}=\frac{\vec{x}}{\sqrt{\frac{1}{M}\sum_ix_i^2+\epsilon}}",
        printed=lambda x, gamma, eps: gamma * x / _rms(x),
        corrected=normalization.rms_norm,
    ),
    _rms_row(
        id="normalization.rms_norm.dx",
        quantity="dx",
        latex=(
            r"\frac{\partial{L}}{\partial{\vec{x}}}=\frac{1}{\sqrt{\frac{1}{M}\sum_ix_i^2+\epsilon}}\Big(\vec{s}^T"
            r"-\hat{x}^T\frac{1}{M}\sum\limits_{i}s_i\hat{x}_i\Big)\qquad s_i=\frac{\partial{L}}{\partial{y_i}}\gamma_i"
        ),
        printed=lambda g, y, x, gamma, eps: (g * gamma - x / _rms(x) * np.mean(g * gamma * x / _rms(x))) / _rms(x),
        corrected=normalization.rms_norm_dx,
        forward=normalization.rms_norm,
    ),
    _rms_row(
        id="normalization.rms_norm.dgamma",
        quantity="dgamma",
        latex=r"\frac{\partial{L}}{\partial{\vec{\gamma}}}=\frac{\partial{L}}{\partial{\vec{y}}}\odot\hat{x}^T",
        printed=lambda g, y, x, gamma, eps: g * x / _rms(x),
        corrected=normalization.rms_norm_dgamma,
        forward=normalization.rms_norm,
    ),
    _weight(
        id="normalization.weight_norm.y",
        quantity="y",
        latex=r"\vec{w}_i=g_i\frac{\vec{v}_i}{\lVert\vec{v}_i\rVert}",
        printed=lambda v, g: np.stack([g_i * v_i / np.linalg.norm(v_i) for v_i, g_i in zip(v, g, strict=True)]),
        corrected=normalization.weight_norm,
    ),
    _weight(
        id="normalization.weight_norm.dv",
        quantity="dv",
        latex=(
            r"\frac{\partial{L}}{\partial{\vec{v}_i}}=\frac{g_i}{\lVert\vec{v}_i\rVert}"
            r"\frac{\partial{L}}{\partial{\vec{w}_i}}-\frac{g_i}{\lVert\vec{v}_i\rVert^2}"
            r"\frac{\partial{L}}{\partial{g_i}}\vec{v}_i^T"
        ),
        printed=lambda dw, w, v, g: np.stack(
            [
                g_i / np.linalg.norm(v_i) * dw_i
                - g_i / np.linalg.norm(v_i) ** 2 * (np.dot(dw_i, v_i) / np.linalg.norm(v_i)) * v_i
                for v_i, g_i, dw_i in zip(v, g, dw, strict=True)
            ]
        ),
        corrected=normalization.weight_norm_dv,
        forward=normalization.weight_norm,
    ),
    _weight(
        id="normalization.weight_norm.dg",
        quantity="dg",
        latex=(
            r"\frac{\partial{L}}{\partial{g_i}}=\frac{\partial{L}}{\partial{\vec{w}_i}}"
            r"\frac{\vec{v}_i}{\lVert\vec{v}_i\rVert}"
        ),
        printed=lambda dw, w, v, g: np.array(
            [np.dot(dw_i, v_i) / np.linalg.norm(v_i) for v_i, dw_i in zip(v, dw, strict=True)]
        ),
        corrected=normalization.weight_norm_dg,
        forward=normalization.weight_norm,
    ),
)
