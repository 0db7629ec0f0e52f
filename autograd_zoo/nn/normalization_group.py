"""Group and Instance Normalization, which take the statistics of one sample by channels."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..closed_form import normalization as cf
from ..engine.around import quiet
from .fusion import fused_by, requiring
from .init import constant
from .module import Module, Parameter, positive, require
from .normalization import without_bias
from .normalization_batch import ByChannel, maps


def _fits_groups(x: Any, gamma: Any = None, beta: Any = None, *, groups: int, eps: float = 1e-5) -> None:
    maps("group_norm", x, eps, gamma=gamma, beta=beta)
    require(
        x.shape[1] % positive("group_norm: groups", groups) == 0,
        f"group_norm: groups={groups} must divide the {x.shape[1]} channels of x {x.shape}; 1 always does",
    )


def _fits(x: Any, gamma: Any = None, beta: Any = None, *, eps: float = 1e-5) -> None:
    maps("instance_norm", x, eps, gamma=gamma, beta=beta)
    require(x.ndim > 2, f"instance_norm: x of shape {x.shape} has no positions after (N, C) to take statistics over")


group_norm = fused_by(joint=cf.group_norm_gradients)(quiet(requiring(_fits_groups)(cf.group_norm)))
instance_norm = fused_by(joint=cf.instance_norm_gradients)(quiet(requiring(_fits)(cf.instance_norm)))


# ---- modules ---------------------------------------------------------------------------------------------------


class _InstanceNorm(ByChannel):
    """y = γ (x − μ)/√(σ² + ε) + β for x (N, C, *S); see `instance_norm`.

    As in PyTorch, there are γ and β only if `affine`, and running statistics, as of `BatchNorm1d`, only if
    `track_running_stats`.

    Parameters
    ----------
    track_running_stats : bool
        without it the statistics are those of each map in evaluation too
    """

    form = staticmethod(instance_norm)

    def __init__(
        self, num_features: int,
        eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = False, track_running_stats: bool = False,
        *, bias: bool = True, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, bias=bias, dtype=dtype)


class InstanceNorm1d(_InstanceNorm, dimensions=1): ...


class InstanceNorm2d(_InstanceNorm, dimensions=2): ...


class InstanceNorm3d(_InstanceNorm, dimensions=3): ...


class GroupNorm(Module):
    """y = γ (x − μ)/√(σ² + ε) + β, with the statistics of a group of channels; see `group_norm`.

    Parameters
    ----------
    num_groups, num_channels : int
        the channels C of x, and the number of groups of equal size that they fall into
    bias : bool
        without it there is no β

    Attributes
    ----------
    gamma, beta : Parameter, shape (C,), or None
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        *,
        bias: bool = True,
        dtype: Any = None,
    ) -> None:
        self.num_groups = num_groups
        self.num_channels = C = num_channels
        if C % self.num_groups:
            raise ValueError(f"GroupNorm: num_groups={num_groups} must divide num_channels={num_channels}")
        self.eps = eps
        self.gamma = Parameter(constant(C, 1.0, dtype=dtype)) if affine else None
        self.beta = Parameter(constant(C, 0.0, dtype=dtype)) if affine and bias else None

    def forward(self, x: Any) -> Any:
        """Normalize each group of channels of x."""
        require(
            np.shape(x)[1:2] == (self.num_channels,),
            f"x of shape {np.shape(x)} must have shape (N, C) or (N, C, ...), with C = {self.num_channels} channels",
        )
        return group_norm(x, self.gamma, self.beta, groups=self.num_groups, eps=self.eps)

    def extra_repr(self) -> str:
        """The constructor's arguments, for `repr`."""
        affine = f"affine={self.gamma is not None}{without_bias(self.gamma, self.beta)}"
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, {affine}"
