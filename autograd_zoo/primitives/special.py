"""The ufuncs of scipy.special: rules that are written when a Tensor first meets one, for SciPy is not imported here.

SciPy's functions that are no ufuncs make an array of what they get: `az.logsumexp`, `az.nn.softmax` and
`az.nn.log_softmax` are those of a Tensor.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from ..engine.functions import LEARNED
from ..engine.primitive import primitive
from ..engine.rules import RULES, defvjp
from .elementwise import inside
from .length import direction
from .portable import defportable

Rule = Callable[..., Any]


def scipys(name: str) -> Callable[..., Any]:
    """A function of scipy.special, which whoever brought a ufunc of SciPy has imported."""
    return getattr(import_module("scipy.special"), name)  # type: ignore[no-any-return]


@primitive
def polygamma(x: Any, *, n: int) -> Any:
    """The n-th derivative of the digamma function."""
    return np.asarray(scipys("polygamma")(n, x)).astype(x.dtype)


BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)
STEPS = 24


def _polygamma(xp: Any, x: Any, n: int) -> Any:
    """(−1)ⁿ⁺¹ n! Σ 1 / (x + k)ⁿ⁺¹, for n ≥ 1 and x > −4: some terms, and the rest by Euler and Maclaurin."""
    s, a = n + 1, x + STEPS
    total = sum(1.0 / (x + k) ** s for k in range(STEPS)) + a ** (1.0 - s) / (s - 1.0) + 0.5 / a**s
    for j, b in enumerate(BERNOULLI, 1):
        total = total + b * math.prod(range(s, s + 2 * j - 1)) / math.factorial(2 * j) / a ** (s + 2 * j - 1)
    return (-1) ** s * math.factorial(n) * total


defvjp(polygamma, lambda g, y, x, n: g * polygamma(x, n=n + 1), reach="each")
defportable(polygamma, _polygamma)

ROOT = math.sqrt(math.pi)
UFUNCS: dict[str, tuple[Rule, ...]] = {
    "expit": (lambda g, y, x: g * y * scipys("expit")(-x),),
    "logit": (lambda g, y, x: g / inside(x * (1.0 - x), y),),
    "log_expit": (lambda g, y, x: g * scipys("expit")(-x),),
    "xlogy": (lambda g, y, a, b: g * np.log(b), lambda g, y, a, b: g * direction(a, b)),
    "xlog1py": (lambda g, y, a, b: g * np.log1p(b), lambda g, y, a, b: g * direction(a, 1.0 + b)),
    "entr": (lambda g, y, x: -g * (np.log(x) + 1.0),),
    "erf": (lambda g, y, x: g * (2.0 / ROOT) * np.exp(-x * x),),
    "erfc": (lambda g, y, x: -g * (2.0 / ROOT) * np.exp(-x * x),),
    "erfinv": (lambda g, y, x: g * (ROOT / 2.0) * np.exp(y * y),),
    "ndtr": (lambda g, y, x: g * np.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi),),
    "gammaln": (lambda g, y, x: g * scipys("digamma")(x),),
    "digamma": (lambda g, y, x: g * polygamma(x, n=1),),
}
PORTABLE: dict[str, Rule] = {  # what other array libraries lack
    "log_expit": lambda xp, x: xp.minimum(x, 0.0) - xp.log1p(xp.exp(-xp.abs(x))),
}


def learn(op: Callable[..., Any]) -> None:
    """Write the rules of SciPy's ufuncs, if `op` is one of them."""
    special = sys.modules.get("scipy.special")
    if op in [getattr(special, name, None) for name in UFUNCS]:
        for name, rules in UFUNCS.items():
            ufunc: Any = getattr(special, name, None)
            if isinstance(ufunc, np.ufunc) and ufunc not in RULES:
                defvjp(ufunc, *rules)
                defportable(ufunc, PORTABLE.get(name, f"special.{name}"))


LEARNED.append(learn)
