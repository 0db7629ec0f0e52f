"""The ufuncs of scipy.special on Tensors, against SciPy, differences and PyTorch; and what its other functions say."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from every import every
from primitives.properties import Case, hold
from pytorch import torch

from autograd_zoo import Tensor, gradient
from autograd_zoo.primitives.special import UFUNCS, learn, polygamma

special: Any = None
with suppress(ImportError):
    from scipy import special

    learn(special.expit)

REAL = np.array([[0.5, -1.2, 2.1], [1.7, 0.4, -0.9]])
INSIDE, POSITIVE = REAL / 3.0, np.abs(REAL) + 0.2
DOMAIN: dict[str, tuple[Any, ...]] = {
    "logit": (np.abs(REAL) / 3.0,),
    "erfinv": (INSIDE,),
    "entr": (POSITIVE,),
    "xlogy": (REAL, POSITIVE[:1]),
    "xlog1py": (REAL, POSITIVE[0]),
    "gammaln": (POSITIVE + 0.4,),
    "digamma": (POSITIVE + 0.4,),
}


def counterpart(name: str) -> Any:
    """PyTorch's function of that name."""

    def call(*xs: Any) -> Any:
        if name == "log_expit":
            return torch.nn.functional.logsigmoid(*xs)
        return getattr(torch.special, name)(*xs)

    return call


CASES = [
    Case(name, getattr(special, name), DOMAIN.get(name, (REAL,)), counterpart(name))
    for name in UFUNCS
    if special is not None
] + [
    Case(
        f"polygamma {n}", lambda x, n=n: polygamma(x, n=n), (POSITIVE,), lambda x, n=n: torch.polygamma(n, x), orders=2
    )
    for n in (1, 2)
    if special is not None
]
needs_scipy = pytest.mark.skipif(special is None, reason="SciPy is not installed")

if CASES:

    @hold(CASES)
    def test_special(holds: Callable[[Case], None], case: Case) -> None:
        holds(case)


LIMITS = {  # a function, where, and its derivative there
    "expit": [(1000.0, 0.0), (-1000.0, 0.0), (-700.0, np.exp(-700.0)), (40.0, np.exp(-40.0))],
    "log_expit": [(-1000.0, 1.0), (1000.0, 0.0)],
    "logit": [(-0.5, np.nan), (1.5, np.nan)],
    "erfinv": [(2.0, np.nan)],
    "ndtr": [(50.0, 0.0), (0.0, 1.0 / np.sqrt(2.0 * np.pi))],
    "gammaln": [(1e300, np.log(1e300)), (-0.5, special and special.digamma(-0.5))],
}


@needs_scipy
@pytest.mark.filterwarnings("ignore")
@every("name", LIMITS)
def test_slopes_far_out_and_outside_the_domain(name: str) -> None:
    for x, slope in LIMITS[name]:
        t = Tensor(x)
        (g,) = gradient(getattr(special, name)(t), [t])
        np.testing.assert_allclose(g, slope, rtol=1e-12)


@needs_scipy
def test_x_log_y_knows_that_0_log_0_is_0() -> None:
    x, y = Tensor([0.0, 0.0, 2.0]), Tensor([0.0, 3.0, 3.0])
    value = special.xlogy(x, y)
    np.testing.assert_allclose(value.data, special.xlogy(x.data, y.data))
    dx, dy = gradient(value, [x, y], np.ones(3))
    np.testing.assert_allclose(dx, [-np.inf, np.log(3.0), np.log(3.0)])
    np.testing.assert_allclose(dy, [0.0, 0.0, 2.0 / 3.0])


@needs_scipy
@every("name", ["logsumexp", "softmax", "log_softmax"])
def test_what_is_no_ufunc_names_ours(name: str) -> None:
    with pytest.raises(TypeError, match=rf"scipy\.special\.{name}\(t\), instead of az\.[n.]*{name}\(t\), would take"):
        getattr(special, name)(Tensor(REAL))


@needs_scipy
def test_a_ufunc_without_a_rule_is_refused() -> None:
    with pytest.raises(TypeError, match="j0 has no rule"):
        special.j0(Tensor(REAL))
