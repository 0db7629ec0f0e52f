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

Rule = Callable[..., Any]


def scipys(name: str) -> Callable[..., Any]:
    """A function of scipy.special, which whoever brought a ufunc of SciPy has imported."""
    return getattr(import_module("scipy.special"), name)  # type: ignore[no-any-return]


@primitive
def polygamma(x: Any, *, n: int) -> Any:
    """The n-th derivative of the digamma function."""
    return np.asarray(scipys("polygamma")(n, x)).astype(x.dtype)


defvjp(polygamma, lambda g, y, x, n: g * polygamma(x, n=n + 1), reach="each")

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


def learn(op: Callable[..., Any]) -> None:
    """Write the rules of SciPy's ufuncs, if `op` is one of them."""
    special = sys.modules.get("scipy.special")
    theirs = {getattr(special, name, None): rules for name, rules in UFUNCS.items()}
    if op in theirs:
        for ufunc, rules in theirs.items():
            if isinstance(ufunc, np.ufunc) and ufunc not in RULES:
                defvjp(ufunc, *rules)


LEARNED.append(learn)
