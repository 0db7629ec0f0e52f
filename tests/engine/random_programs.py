"""Random right programs: functions of arrays made of the package's own operations, at values from 1e-8 to 1e8."""

import numpy as np

import autograd_zoo as az

SHAPES = [(), (3,), (2, 3), (3, 2), (1, 3), (4,)]
ONE = [  # functions of a Tensor u whose largest value is about s
    lambda u, s: np.sin(u / s),
    lambda u, s: s * np.cos(u / s),
    lambda u, s: np.tanh(u / s),
    lambda u, s: np.exp(u / s),
    lambda u, s: np.expm1(-u / s),
    lambda u, s: np.log(u * u + s * s),
    lambda u, s: np.log1p((u / s) ** 2),
    lambda u, s: np.sqrt(u * u + s * s),
    lambda u, s: s * s / (s + np.abs(u)),
    lambda u, s: np.square(u),
    lambda u, s: (u / s) ** 3,
    lambda u, s: np.arctan(u / s),
    lambda u, s: np.cosh(u / s),
    lambda u, s: np.abs(u),
    lambda u, s: az.nn.relu(u),
    lambda u, s: az.nn.gelu(u / s),
    lambda u, s: np.logaddexp(0.0, u / s),
    lambda u, s: az.nn.sigmoid(u / s),
    lambda u, s: np.clip(u, -0.7 * s, 0.7 * s),
    lambda u, s: np.sin(7.0 * u / s),
    lambda u, s: 1e5 * u,
    lambda u, s: 1e-5 * u,
    lambda u, s: u + 1e3 * s,
    lambda u, s: u / s + 1e3,
    lambda u, s: np.sum(u),
    lambda u, s: np.mean(u, axis=-1, keepdims=True) if u.ndim else u * 1.0,
    lambda u, s: u - np.mean(u),
    lambda u, s: np.max(u),
    lambda u, s: np.cumsum(u),
    lambda u, s: np.sqrt(np.sum(u * u) + 1e-4 * s * s),
    lambda u, s: np.var(u / s),
    lambda u, s: az.nn.softmax(u / s) if u.ndim else u * 2.0,
    lambda u, s: az.logsumexp(u / s),
    lambda u, s: np.transpose(u),
    lambda u, s: np.prod(u / s),
    lambda u, s: np.sort(u, axis=None),
    lambda u, s: np.ravel(u)[::2],
    lambda u, s: np.concatenate([np.ravel(u), np.ravel(u)]),
    lambda u, s: np.triu(u) if u.ndim == 2 else u,
]
TWO = [  # of two Tensors whose largest values are about s and t
    lambda u, v, s, t: u + v,
    lambda u, v, s, t: u - v,
    lambda u, v, s, t: u * v,
    lambda u, v, s, t: u / (np.abs(v) + t),
    lambda u, v, s, t: np.maximum(u, v),
    lambda u, v, s, t: np.sqrt(u * u + v * v + 1e-4 * (s * s + t * t)),
    lambda u, v, s, t: np.where(v > 0.1 * t, u, 2.0 * u),
    lambda u, v, s, t: np.arctan2(u, np.abs(v) + t),
    lambda u, v, s, t: np.sum(u) * v,
    lambda u, v, s, t: np.logaddexp(u / s, v / t),
    lambda u, v, s, t: u @ v,
    lambda u, v, s, t: u / s + v / t,
]


def program(seed):
    """A function of arrays, and the arrays; what is constant in it is drawn once, so that it is one function."""
    rng = np.random.default_rng(seed)
    xs = [_values(rng) for _ in range(rng.integers(1, 3))]
    values, steps = list(xs), []
    while len(steps) < 1 + seed % 6:
        pair = rng.random() < 0.35
        f = (TWO if pair else ONE)[rng.integers(len(TWO if pair else ONE))]
        of = [int(len(values) - 1 - rng.integers(min(3, len(values)))) for _ in range(1 + pair)]
        sizes = [float(np.abs(values[i]).max() * rng.uniform(1.0, 1.3)) for i in of]  # no tie by construction
        try:
            with np.errstate(all="raise", under="ignore"):
                y = f(*(values[i] for i in of), *sizes)
        except (ValueError, FloatingPointError):  # shapes that do not fit, or too large a number
            continue
        if np.abs(y).max() < 1e12 and (np.abs(y).max() > 1e-12) and np.size(y) < 20:
            values.append(np.asarray(y))
            steps.append((f, of, sizes))

    def run(*ts):
        found = list(ts)
        for f, of, sizes in steps:
            found.append(f(*(found[i] for i in of), *sizes))
        return found[-1]

    return run, xs


def _values(rng):
    shape = SHAPES[rng.integers(len(SHAPES))]
    spread = rng.uniform(-1.0, 1.0, shape) * rng.choice([0.0, 0.0, 2.0])
    magnitudes = 10.0 ** np.clip(rng.uniform(-8.0, 8.0) + spread, -8.0, 8.0)
    return np.asarray(rng.choice([-1.0, 1.0], shape) * magnitudes * rng.uniform(0.2, 1.0, shape))
