"""Rows of the losses of PyTorch's names; the document has none of them. n is how many elements there are."""

import math
from collections.abc import Callable

import numpy as np

from ..formula import Formula
from ..notation import Array
from .build import rows
from .samples import away_from_zero, between, of_one_length, probabilities, vectors


def _signs(rng: np.random.Generator, n: int) -> Array:
    return rng.choice([-1.0, 1.0], n)


def _logs(rng: np.random.Generator, n: int) -> Array:
    return np.log(probabilities(rng, n))


def _mean(loss: Callable[..., float]) -> Callable[..., Array]:
    """A loss of numbers as one of vectors."""
    return lambda x, t, **params: sum(loss(x_i, t_i, **params) for x_i, t_i in zip(x, t, strict=True)) / len(x)


def _slope(slope: Callable[..., float]) -> Callable[..., Array]:
    """The gradient of the same."""
    return lambda g, y, x, t, **params: np.array(
        [g * slope(x_i, t_i, **params) / len(x) for x_i, t_i in zip(x, t, strict=True)]
    )


def _huber(x: float, t: float, delta: float) -> float:
    return (x - t) ** 2 / 2 if abs(x - t) <= delta else delta * (abs(x - t) - delta / 2)


def _huber_slope(x: float, t: float, delta: float) -> float:
    return x - t if abs(x - t) <= delta else math.copysign(delta, x - t)


def _smooth(x: float, t: float, beta: float) -> float:
    return (x - t) ** 2 / (2 * beta) if abs(x - t) <= beta else abs(x - t) - beta / 2


def _smooth_slope(x: float, t: float, beta: float) -> float:
    return (x - t) / beta if abs(x - t) <= beta else math.copysign(1, x - t)


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


_SHARES, _LOGS_AND_SHARES = between(0.1, 0.9), of_one_length(_logs, probabilities)
_l1 = rows("loss.l1", "Not printed; table row Squared Error with absolute values, averaged", vectors(2))
_huber_rows = rows("loss.huber", "Not printed; Squared Error nearby, and L1 far off", vectors(2), delta=1.3)
_smooth_l1 = rows("loss.smooth_l1", "Not printed; Huber divided by the width of its bow", vectors(2), beta=0.7)
_hinge = rows(
    "loss.hinge", "Not printed; Relu of what a margin lacks", of_one_length(away_from_zero, _signs), margin=1.2
)
_bce = rows(
    "loss.bce", "Not printed; table row Cross-Entropy of two outcomes, averaged", of_one_length(_SHARES, _SHARES)
)
_bce_with_logits = rows(
    "loss.bce_with_logits", "Not printed; the same after row Sigmoid", of_one_length(away_from_zero, _SHARES)
)
_kl_div = rows("loss.kl_div", "Not printed; Cross-Entropy less the entropy", _LOGS_AND_SHARES, log_target=False)
_kl_of_logs = rows("loss.kl_div", "Not printed; the same of logarithms", of_one_length(_logs, _logs), log_target=True)
_nll = rows("loss.nll", "Not printed; table row Cross-Entropy of logarithms", _LOGS_AND_SHARES)

_D = r"\\\text{ where }d_i=x_i-t_i"
_BOW = r"\begin{cases}%s&\text{if }|d_i|\leq%s\\%s&\text{if otherwise}\end{cases}"
_HUBER = _BOW % (r"\frac{1}{2}d_i^2", r"\delta", r"\delta(|d_i|-\frac{1}{2}\delta)")
_HUBER_SLOPE = _BOW % ("d_i", r"\delta", r"\delta\;sign(d_i)")
_SMOOTH = _BOW % (r"\frac{d_i^2}{2\beta}", r"\beta", r"|d_i|-\frac{1}{2}\beta")
_SMOOTH_SLOPE = _BOW % (r"\frac{d_i}{\beta}", r"\beta", "sign(d_i)")
_HINGE_SLOPE = r"\begin{cases}-\frac{%s}{n}&\text{if }t_ix_i<margin\\0&\text{if otherwise}\end{cases}"
_SUM = r"\frac{1}{n}\sum\limits_{\forall{i}}"

FORMULAS: tuple[Formula, ...] = (
    _l1.y(rf"L={_SUM}|x_i-t_i|", _mean(lambda x, t: abs(x - t))),
    _l1.dx(r"∂L/∂{x_i}=\frac{1}{n}sign(x_i-t_i)", _slope(lambda x, t: math.copysign(1, x - t))),
    _l1.dt(r"∂L/∂{t_i}=-\frac{1}{n}sign(x_i-t_i)", _slope(lambda x, t: -math.copysign(1, x - t))),
    _huber_rows.y(rf"L={_SUM}{_HUBER}{_D}", _mean(_huber)),
    _huber_rows.dx(r"∂L/∂{x_i}=\frac{1}{n}" + _HUBER_SLOPE, _slope(_huber_slope)),
    _huber_rows.dt(r"∂L/∂{t_i}=-\frac{1}{n}" + _HUBER_SLOPE, _slope(lambda x, t, delta: -_huber_slope(x, t, delta))),
    _smooth_l1.y(rf"L={_SUM}{_SMOOTH}{_D}", _mean(_smooth)),
    _smooth_l1.dx(r"∂L/∂{x_i}=\frac{1}{n}" + _SMOOTH_SLOPE, _slope(_smooth_slope)),
    _smooth_l1.dt(r"∂L/∂{t_i}=-\frac{1}{n}" + _SMOOTH_SLOPE, _slope(lambda x, t, beta: -_smooth_slope(x, t, beta))),
    _hinge.y(rf"L={_SUM}max\{{0,margin-t_ix_i\}}", _mean(lambda x, t, margin: max(0.0, margin - t * x))),
    _hinge.dx(rf"∂L/∂{{x_i}}={_HINGE_SLOPE % 't_i'}", _slope(lambda x, t, margin: -t if t * x < margin else 0.0)),
    _hinge.dt(rf"∂L/∂{{t_i}}={_HINGE_SLOPE % 'x_i'}", _slope(lambda x, t, margin: -x if t * x < margin else 0.0)),
    _bce.y(
        r"L=-\frac{1}{n}\sum\limits_{\forall{i}}(t_i\log{x_i}+(1-t_i)\log(1-x_i))",
        _mean(lambda x, t: -(t * math.log(x) + (1 - t) * math.log(1 - x))),
    ),
    _bce.dx(
        r"∂L/∂{x_i}=\frac{1}{n}(\frac{1-t_i}{1-x_i}-\frac{t_i}{x_i})", _slope(lambda x, t: (1 - t) / (1 - x) - t / x)
    ),
    _bce.dt(r"∂L/∂{t_i}=\frac{1}{n}\log\frac{1-x_i}{x_i}", _slope(lambda x, t: math.log((1 - x) / x))),
    _bce_with_logits.y(
        r"L=-\frac{1}{n}\sum\limits_{\forall{i}}(t_i\log{s_i}+(1-t_i)\log(1-s_i))"
        r"\\\text{ where }s_i=\frac{1}{1+e^{-x_i}}",
        _mean(lambda x, t: -(t * math.log(_sigmoid(x)) + (1 - t) * math.log(1 - _sigmoid(x)))),
    ),
    _bce_with_logits.dx(r"∂L/∂{x_i}=\frac{1}{n}(\frac{1}{1+e^{-x_i}}-t_i)", _slope(lambda x, t: _sigmoid(x) - t)),
    _bce_with_logits.dt(r"∂L/∂{t_i}=-\frac{x_i}{n}", _slope(lambda x, t: -x)),
    _kl_div.y(
        r"L=\frac{1}{n}\sum\limits_{\forall{i}}p_i(\log{p_i}-x_i)",
        _mean(lambda x, p, log_target: p * (math.log(p) - x)),
    ),
    _kl_div.dx(r"∂L/∂{x_i}=-\frac{p_i}{n}", _slope(lambda x, p, log_target: -p)),
    _kl_div.dp(r"∂L/∂{p_i}=\frac{1}{n}(\log{p_i}+1-x_i)", _slope(lambda x, p, log_target: math.log(p) + 1 - x)),
    _kl_of_logs["y.logs"](
        r"L=\frac{1}{n}\sum\limits_{\forall{i}}e^{p_i}(p_i-x_i)", _mean(lambda x, p, log_target: math.exp(p) * (p - x))
    ),
    _kl_of_logs["dx.logs"](r"∂L/∂{x_i}=-\frac{e^{p_i}}{n}", _slope(lambda x, p, log_target: -math.exp(p))),
    _kl_of_logs["dp.logs"](
        r"∂L/∂{p_i}=\frac{e^{p_i}}{n}(p_i+1-x_i)", _slope(lambda x, p, log_target: math.exp(p) * (p + 1 - x))
    ),
    _nll.y(r"L=-\sum\limits_{\forall{i}}p_ix_i", lambda x, p: -sum(p_i * x_i for p_i, x_i in zip(p, x, strict=True))),
    _nll.dx(r"∂L/∂{x_i}=-p_i", lambda g, y, x, p: np.array([g * -p_i for p_i in p])),
    _nll.dp(r"∂L/∂{p_i}=-x_i", lambda g, y, x, p: np.array([g * -x_i for x_i in x])),
)
