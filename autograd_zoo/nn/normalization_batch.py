"""Batch Normalization, with the statistics of the batch or running ones, and what normalizations by channels share."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..closed_form import normalization as cf
from ..engine.around import quiet
from ..engine.assign import assign
from ..engine.values import array, raw, truth
from .checkpoint import again
from .fusion import fused_by, requiring
from .init import constant
from .module import Parameter, require
from .normalization import floats, require_eps, require_shape, without_bias
from .spatial import AXES, OfMaps


def maps(what: str, x: Any, eps: float, **parameters: Any) -> None:
    """Require x (N, C, ...) of floats, and parameters with a number for each channel."""
    x = floats(f"{what}: x", x)
    require_eps(what, eps)
    require(x.ndim > 1, f"{what}: x must have shape (N, C) or (N, C, ...), got {x.shape}; a batch of one is x[None]")
    require(x.size > 0, f"{what}: x of shape {x.shape} is empty: there is nothing to take statistics of")
    require_shape(what, x, x.shape[1:2], **parameters)


def _fits(x: Any, gamma: Any = None, beta: Any = None, *, eps: float = 1e-5) -> None:
    maps("batch_norm", x, eps, gamma=gamma, beta=beta)


def _fits_statistics(x: Any, gamma: Any, beta: Any, mu: Any, sigma2: Any, *, eps: float = 1e-5) -> None:
    maps("batch_norm_inference", x, eps, gamma=gamma, beta=beta, mu=mu, sigma2=sigma2)
    floats("batch_norm_inference: mu", mu)
    variance = raw(floats("batch_norm_inference: sigma2", sigma2))
    require(not truth(np.any(variance < 0)), "batch_norm_inference: sigma2 has a negative element; a variance has none")


batch_norm = fused_by(joint=cf.batch_norm_gradients)(quiet(requiring(_fits)(cf.batch_norm)))
batch_norm_inference = fused_by(joint=cf.batch_norm_inference_gradients)(
    quiet(requiring(_fits_statistics)(cf.batch_norm_inference))
)


# ---- modules ---------------------------------------------------------------------------------------------------


class ByChannel(OfMaps):
    """What Batch and Instance Normalization share: γ and β, and running statistics for the evaluation mode.

    Parameters
    ----------
    num_features : int
        C
    momentum : float, optional
        the fraction by which each batch moves the running averages; None takes the plain average of all batches
    track_running_stats : bool
        without it the statistics are those of the batch in evaluation too
    bias : bool
        without it there is no β

    Attributes
    ----------
    gamma, beta : Parameter, shape (C,), or None
    running_mean, running_var : ndarray, shape (C,), or None
        the latter of unbiased variances, with M − 1 for M, as in PyTorch
    num_batches_tracked : ndarray, shape (), or None
    """

    samples: tuple[int, ...] = ()
    """The axis of the samples, if the statistics are those of all; they are always those of all positions."""
    flat: bool = False
    """Whether x may be (N, C)."""

    def __init__(
        self, num_features: int, eps: float, momentum: float | None, affine: bool, track_running_stats: bool,
        *, bias: bool, dtype: Any,
    ) -> None:  # fmt: skip
        name = type(self).__name__
        self.num_features = C = num_features
        if momentum is not None and not 0.0 <= momentum <= 1.0:
            raise ValueError(f"{name}: momentum must lie in [0, 1], or be None for plain averages; got {momentum!r}")
        self.eps, self.momentum = eps, momentum
        self.gamma = Parameter(constant(C, 1.0, dtype=dtype)) if affine else None
        self.beta = Parameter(constant(C, 0.0, dtype=dtype)) if affine and bias else None
        self.running_mean: Any = np.zeros(C) if track_running_stats else None
        self.running_var: Any = np.ones(C) if track_running_stats else None
        self.num_batches_tracked: Any = np.array(0) if track_running_stats else None

    def forward(self, x: Any) -> Any:
        """Normalize x; while training, move the running statistics towards those of x."""
        x = floats("x", x)
        require(
            x.ndim - 2 in (self.dimensions, *[0] * self.flat) and x.shape[1] == self.num_features,
            f"x of shape {x.shape} must have shape {'(N, C) or ' * self.flat}(N, C, {AXES[self.dimensions]}), with C = "
            f"{self.num_features} channels",
        )
        if self.running_mean is not None and not self.training:
            return batch_norm_inference(x, self.gamma, self.beta, self.running_mean, self.running_var, eps=self.eps)
        axes = (*self.samples, *range(2, x.ndim))
        require(
            any(x.shape[axis] != 1 for axis in axes),
            f"x of shape {x.shape} has one number for each mean: it is its own mean, and the variance is unknown; "
            "train with more, or evaluate with running statistics: .eval()",
        )
        y = self.form(x, self.gamma, self.beta, eps=self.eps)
        if self.running_mean is not None and not again():
            self._track(raw(x), axes)
        return y

    @quiet
    def _track(self, x: Any, axes: tuple[int, ...]) -> None:
        """Move the running mean and variance by a fraction towards those of x, the unbiased one; bind new arrays."""
        dtype = np.result_type(x, np.float64)
        count = array(self.num_batches_tracked + 1)
        fraction = 1.0 / count if self.momentum is None else self.momentum
        for_each = (-1, self.num_features)  # one row for the batch, or one for each sample
        mean = np.reshape(np.mean(x, axis=axes, dtype=dtype), for_each).mean(axis=0)
        var = np.reshape(np.var(x, axis=axes, dtype=dtype, ddof=1), for_each).mean(axis=0)
        mean = (1.0 - fraction) * self.running_mean + fraction * mean
        var = (1.0 - fraction) * self.running_var + fraction * var
        assign([(self, "running_mean", mean), (self, "running_var", var), (self, "num_batches_tracked", count)])

    def extra_repr(self) -> str:
        """The constructor's arguments, for `repr`."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.gamma is not None}, "
            f"track_running_stats={self.running_mean is not None}{without_bias(self.gamma, self.beta)}"
        )


class _BatchNorm(ByChannel):
    """y_m = γ (x_m − μ_B)/√(σ_B² + ε) + β for x (N, C, *S); see `batch_norm`, and `BatchNorm1d` for evaluation."""

    form = staticmethod(batch_norm)
    samples = (0,)

    def __init__(
        self, num_features: int,
        eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True, track_running_stats: bool = True,
        *, bias: bool = True, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, bias=bias, dtype=dtype)


class BatchNorm1d(_BatchNorm, dimensions=1):
    """y_m = γ (x_m − μ_B)/√(σ_B² + ε) + β for x (N, C) or (N, C, L); see `batch_norm`.

    In evaluation μ_B and σ_B² are running averages of what was seen in training, see `batch_norm_inference`; they are
    kept in float64.

    Examples
    --------
    >>> import numpy as np, autograd_zoo as az
    >>> norm = az.nn.BatchNorm1d(1)
    >>> norm(np.array([[1.0], [3.0]])).data.round(3)
    array([[-1.], [ 1.]])
    >>> norm.running_mean, norm.running_var
    (array([0.2]), array([1.1]))
    """

    flat = True


class BatchNorm2d(_BatchNorm, dimensions=2): ...


class BatchNorm3d(_BatchNorm, dimensions=3): ...
