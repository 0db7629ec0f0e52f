"""Rows of the activations that squash and gate, of CELU, which are all ours, and of what is said of ReLU."""

import math

import numpy as np

from .. import activation
from ..formula import Formula
from ..notation import Array
from .activation import AT_0, each
from .build import rows
from .claims import claim
from .samples import away_from_zero, size, vectors


def _around_3(rng: np.random.Generator) -> tuple[Array, ...]:
    """Numbers in each of the three pieces."""
    n = size(rng)
    return (away_from_zero(rng, n) + rng.choice([-6.0, 0.0, 6.0], n),)


def _halves(rng: np.random.Generator) -> tuple[Array, ...]:
    return (away_from_zero(rng, 2 * size(rng)),)


def _s(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def _log1p_exp(x: float) -> float:
    return math.log(1 + math.exp(x))


def _glu_dx(g: Array, y: Array, x: Array) -> Array:
    k = len(y)
    da = [g[i] / (1 + np.exp(-x[k + i])) for i in range(k)]
    db = [g[i] * x[i] * np.exp(-x[k + i]) / (1 + np.exp(-x[k + i])) ** 2 for i in range(k)]
    return np.array(da + db)


def _swiglu_dx(g: Array, y: Array, x: Array) -> Array:
    k = len(y)
    da = [g[i] * x[k + i] * (1 + np.exp(-x[i]) * (1 + x[i])) / (1 + np.exp(-x[i])) ** 2 for i in range(k)]
    db = [g[i] * x[i] / (1 + np.exp(-x[i])) for i in range(k)]
    return np.array(da + db)


_log_sigmoid = rows("activation.log_sigmoid", "Not printed; the logarithm of table row Sigmoid", vectors(1))
_mish = rows("activation.mish", "Not printed; x times Tanh of table row Softplus", vectors(1))
_hardsigmoid = rows("activation.hardsigmoid", "Not printed; Sigmoid in three straight pieces", _around_3)
_hardswish = rows("activation.hardswish", "Not printed; x times Sigmoid in three straight pieces", _around_3)
_softsign = rows("activation.softsign", "Not printed; a Tanh of slower tails", vectors(1), spread=AT_0)
_celu = rows("activation.celu", "Not printed; table row Elu with x/α", vectors(1), spread=AT_0, alpha=1.3)
_glu = rows("activation.glu", "Not printed; one half times Sigmoid of the other", _halves)
_swiglu = rows("activation.swiglu", "Not printed; one half times SiLU of the other", _halves)

_X_IS = r"\\\text{ where }\vec{x}^T=(\vec{a}^T,\vec{b}^T)"

# ---- what the text says -----------------------------------------------------------------------------------------


def _slopes(side: float) -> tuple[Array, ...]:
    h = side * 1e-6
    return tuple(lambda x, f=f: (f(x + h) - f(x)) / h for f in (activation.relu, activation.leaky_relu))


def _one_sided(side: float, x: Array) -> Array:
    return np.round([slope(x) for slope in _slopes(side)], 6)


FORMULAS: tuple[Formula, ...] = (
    _log_sigmoid.y(r"y_i=-\log(1+e^{-x_i})", each(lambda x: np.log(_s(x)))),
    _log_sigmoid.dx(
        r"∂L/∂{x_i}=∂L/∂{y_i}\frac{e^{-x_i}}{1+e^{-x_i}}", each(lambda g, y, x: g * np.exp(-x) / (1 + np.exp(-x)))
    ),
    _mish.y(r"y_i=x_itanh(\log(1+e^{x_i}))", each(lambda x: x * np.tanh(np.log(1 + np.exp(x))))),
    _mish.dx(
        r"∂L/∂{x_i}=∂L/∂{y_i}(t_i+\frac{x_i(1-t_i^2)}{1+e^{-x_i}})\\\text{ where }t_i=tanh(\log(1+e^{x_i}))",
        each(lambda g, y, x: g * (np.tanh(_log1p_exp(x)) + x * (1 - np.tanh(_log1p_exp(x)) ** 2) * _s(x))),
    ),
    _hardsigmoid.y(r"y_i=min\{max\{0,\frac{x_i+3}{6}\},1\}", each(lambda x: min(max(0.0, (x + 3) / 6), 1.0))),
    _hardsigmoid.dx(
        r"∂L/∂{x_i}=\begin{cases}\frac{1}{6}∂L/∂{y_i}&\text{if }-3<x_i<3\\0&\text{if otherwise}\end{cases}",
        each(lambda g, y, x: g / 6 if -3 < x < 3 else 0.0),
    ),
    _hardswish.y(r"y_i=x_imin\{max\{0,\frac{x_i+3}{6}\},1\}", each(lambda x: x * min(max(0.0, (x + 3) / 6), 1.0))),
    _hardswish.dx(
        r"∂L/∂{x_i}=\begin{cases}0&\text{if }x_i\leq-3\\∂L/∂{y_i}&\text{if }3\leq x_i\\"
        r"∂L/∂{y_i}(\frac{x_i}{3}+\frac{1}{2})&\text{if otherwise}\end{cases}",
        each(lambda g, y, x: 0.0 if x <= -3 else g if x >= 3 else g * (x / 3 + 0.5)),
    ),
    _softsign.y(r"y_i=\frac{x_i}{1+|x_i|}", each(lambda x: x / (1 + abs(x)))),
    _softsign.dx(r"∂L/∂{x_i}=\frac{∂L/∂{y_i}}{(1+|x_i|)^2}", each(lambda g, y, x: g / (1 + abs(x)) ** 2)),
    _celu.y(
        r"y_i=max\{0,x_i\}+min\{0,\alpha(e^{\frac{x_i}{\alpha}}-1)\}",
        each(lambda x, alpha: max(0.0, x) + min(0.0, alpha * (np.exp(x / alpha) - 1))),
    ),
    _celu.dx(
        r"∂L/∂{x_i}=\begin{cases}∂L/∂{y_i}&\text{if }x_i>0\\"
        r"∂L/∂{y_i}e^{\frac{x_i}{\alpha}}&\text{if otherwise}\end{cases}",
        each(lambda g, y, x, alpha: g if x > 0 else g * np.exp(x / alpha)),
    ),
    _glu.y(
        rf"y_i=\frac{{a_i}}{{1+e^{{-b_i}}}}{_X_IS}",
        lambda x: np.array([x[i] / (1 + np.exp(-x[len(x) // 2 + i])) for i in range(len(x) // 2)]),
    ),
    _glu.dx(
        r"∂L/∂{a_i}=∂L/∂{y_i}s_i,∂L/∂{b_i}=∂L/∂{y_i}a_is_i(1-s_i)\\\text{ where }s_i=\frac{1}{1+e^{-b_i}}", _glu_dx
    ),
    _swiglu.y(
        rf"y_i=\frac{{a_ib_i}}{{1+e^{{-a_i}}}}{_X_IS}",
        lambda x: np.array([x[i] * x[len(x) // 2 + i] / (1 + np.exp(-x[i])) for i in range(len(x) // 2)]),
    ),
    _swiglu.dx(
        r"∂L/∂{a_i}=∂L/∂{y_i}b_i\frac{1+e^{-a_i}(1+a_i)}{(1+e^{-a_i})^2},∂L/∂{b_i}=∂L/∂{y_i}\frac{a_i}{1+e^{-a_i}}",
        _swiglu_dx,
    ),
    claim(
        "Introduction, text",
        "activation.relu.differentiable",
        "Note that only differentiable modules would be included ...",
        r"\lim\limits_{h\to0+}\frac{y(x+h)-y(x)}{h}=\lim\limits_{h\to0-}\frac{y(x+h)-y(x)}{h}",
        printed=lambda x: _one_sided(1.0, x),
        corrected=lambda x: _one_sided(-1.0, x),
        corrected_latex=(
            r"\lim\limits_{h\to0+}\frac{y(x+h)-y(x)}{h}=\lim\limits_{h\to0-}\frac{y(x+h)-y(x)}{h}\qquad(x\neq0)"
        ),
        mended=lambda x: np.where(x == 0, _one_sided(-1.0, x), _one_sided(1.0, x)),
        sample=lambda rng: (away_from_zero(rng, size(rng)),),
        spread=({"sample": lambda rng: (np.zeros(size(rng)),)},),
        note="ReLU and Leaky ReLU have a kink at 0, as Max and MaxPooling2D have at a tie.",
    ),
)
