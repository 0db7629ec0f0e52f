"""Group and Instance Normalization, which take the statistics of one sample by channels."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import closed_form as cf
from ..engine.around import quiet
from .fusion import fused_by
from .init import constant
from .module import Module, Parameter, expect, positive
from .normalization import affine, cast, standardized
from .normalization_batch import CHANNEL, ByChannel, maps

# ---- functions -------------------------------------------------------------------------------------------------


@fused_by(joint=cf.normalization.group_norm_gradients)
@quiet
def _group_norm(x: Any, gamma: Any, beta: Any, *, groups: int, eps: float) -> Any:
    N, C, *positions = x.shape
    x_hat = standardized(np.reshape(x, (N, groups, C // groups, *positions)), tuple(range(2, x.ndim + 1)), eps)
    return cast(affine(np.reshape(x_hat, x.shape), gamma, beta, CHANNEL), x.dtype)


def group_norm(x: Any, gamma: Any = None, beta: Any = None, *, groups: int, eps: float = 1e-5) -> Any:
    """y = γ (x − μ)/√(σ² + ε) + β, with the statistics of each sample over a group of channels and all positions

    Shapes: x and y (N, C) or (N, C, ...); gamma and beta (C,) or None.
    Raises: ValueError for groups that do not divide C, an empty batch, fewer axes, integers, other parameters.
    Source: normalization.group_norm.y, ours, after Wu and He 2018.

    >>> import numpy as np, autograd_zoo as az
    >>> az.nn.group_norm(np.array([[1.0, 3.0, 10.0, 30.0]]), groups=2, eps=0.0)
    array([[-1.,  1., -1.,  1.]])
    """
    x = maps("group_norm", x, eps, gamma=gamma, beta=beta)
    groups = positive("group_norm: groups", groups)
    expect(
        x.shape[1] % groups == 0,
        f"group_norm: groups={groups} must divide the {x.shape[1]} channels of x {x.shape}; 1 always does",
    )
    return _group_norm(x, gamma, beta, groups=groups, eps=eps)


@fused_by(joint=cf.normalization.instance_norm_gradients)
@quiet
def _instance_norm(x: Any, gamma: Any, beta: Any, *, eps: float) -> Any:
    return cast(affine(standardized(x, tuple(range(2, x.ndim)), eps), gamma, beta, CHANNEL), x.dtype)


def instance_norm(x: Any, gamma: Any = None, beta: Any = None, *, eps: float = 1e-5) -> Any:
    """y = γ (x − μ)/√(σ² + ε) + β, with the statistics of each channel of each sample over its positions

    Shapes: x and y (N, C, ...), with at least one axis of positions; gamma and beta (C,) or None.
    Raises: ValueError for an empty batch, fewer axes, integers, or parameters of another shape.
    Source: normalization.instance_norm.y, ours, after Ulyanov et al. 2016.

    >>> import numpy as np, autograd_zoo as az
    >>> az.nn.instance_norm(np.array([[[1.0, 3.0], [10.0, 30.0]]]), eps=0.0)
    array([[[-1.,  1.],
            [-1.,  1.]]])
    """
    x = maps("instance_norm", x, eps, gamma=gamma, beta=beta)
    expect(x.ndim > 2, f"instance_norm: x of shape {x.shape} has no positions after (N, C) to take statistics over")
    return _instance_norm(x, gamma, beta, eps=eps)


# ---- modules ---------------------------------------------------------------------------------------------------


class _InstanceNorm(ByChannel):
    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        *,
        dtype: Any = None,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, dtype)

    @staticmethod
    def _axes(x: Any) -> tuple[int, ...]:
        return tuple(range(2, x.ndim))

    def _normalized(self, x: Any) -> Any:
        return instance_norm(x, self.gamma, self.beta, eps=self.eps)


class InstanceNorm1d(_InstanceNorm):
    """y = γ (x − μ)/√(σ² + ε) + β for x (N, C, L); see `instance_norm`, and `BatchNorm1d` for arguments.

    As in PyTorch, there are γ and β only if `affine`, and running statistics only if `track_running_stats`.
    """

    layouts = ("NCL",)


class InstanceNorm2d(_InstanceNorm):
    """y = γ (x − μ)/√(σ² + ε) + β for x (N, C, H, W); see `instance_norm`, and `InstanceNorm1d` for arguments."""

    layouts = ("NCHW",)


class InstanceNorm3d(_InstanceNorm):
    """y = γ (x − μ)/√(σ² + ε) + β for x (N, C, D, H, W); see `instance_norm`, and `InstanceNorm1d` for arguments."""

    layouts = ("NCDHW",)


class GroupNorm(Module):
    """y = γ (x − μ)/√(σ² + ε) + β, with the statistics of a group of channels; see `group_norm`.

    Parameters
    ----------
    num_groups, num_channels : int
        the channels C of x, and the number of groups of equal size that they fall into
    eps : float
        ε
    affine : bool
        without it there are neither γ nor β
    dtype : float64 (default) or float32

    Attributes
    ----------
    gamma, beta : Parameter, shape (C,), or None
    """

    def __init__(
        self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, *, dtype: Any = None
    ) -> None:
        self.num_groups = positive("GroupNorm: num_groups", num_groups)
        self.num_channels = C = positive("GroupNorm: num_channels", num_channels)
        if C % self.num_groups:
            raise ValueError(f"GroupNorm: num_groups={num_groups} must divide num_channels={num_channels}")
        self.eps = eps
        self.gamma = Parameter(constant(C, 1.0, dtype=dtype)) if affine else None
        self.beta = Parameter(constant(C, 0.0, dtype=dtype)) if affine else None

    def forward(self, x: Any) -> Any:
        """Normalize each group of channels of x."""
        expect(
            np.shape(x)[1:2] == (self.num_channels,),
            f"x of shape {np.shape(x)} must have shape (N, C) or (N, C, ...), with C = {self.num_channels} channels",
        )
        return group_norm(x, self.gamma, self.beta, groups=self.num_groups, eps=self.eps)

    def extra_repr(self) -> str:
        """The constructor's arguments, for `repr`."""
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.gamma is not None}"
