"""Rows of the normalization family."""

from __future__ import annotations

from pytorch import F, torch

from autograd_zoo import nn

from .case import Row, away, call, mixed, positive

BATCH = {2: nn.BatchNorm1d, 3: nn.BatchNorm1d, 4: nn.BatchNorm2d, 5: nn.BatchNorm3d}
INSTANCE = {3: nn.InstanceNorm1d, 4: nn.InstanceNorm2d, 5: nn.InstanceNorm3d}

# (shape, whether there are γ and β, ε); at least ten each. Those of MAPS fit any normalization by channels.
MAPS = [
    ((2, 4, 3), True, 1e-5),
    ((3, 4, 5), False, 1e-3),
    ((1, 6, 4), True, 0.1),
    ((2, 2, 3, 2), True, 1e-5),
    ((3, 2, 2, 4), False, 0.1),
    ((2, 4, 1, 2, 3), True, 1e-3),
    ((1, 2, 3, 2, 2), False, 1e-5),
    ((4, 2, 1, 5), True, 1.0),
    ((2, 8, 7), True, 1e-5),
    ((5, 4, 2, 2), True, 1e-2),
]
MATRICES = [((5, 3), True, 1e-5), ((7, 1), True, 0.1), ((4, 6), False, 1e-3)]
SAMPLES = [
    ((5,), (5,), True, 1e-5),
    ((3, 6), (6,), True, 0.1),
    ((3, 6), (6,), False, 1e-3),
    ((2, 3, 4), (4,), True, 1e-5),
    ((2, 3, 4), (3, 4), True, 1e-3),
    ((2, 3, 4), (2, 3, 4), True, 0.1),
    ((4, 1, 5), (1, 5), False, 1e-5),
    ((1, 9), (9,), True, 1e-2),
    ((2, 2, 2, 3), (2, 3), True, 1e-5),
    ((0, 4), (4,), True, 1e-5),
]
WEIGHTS = [
    *[((3, 4), axis) for axis in (0, 1, -1, None)],
    *[((2, 3, 4), axis) for axis in (0, 1, 2, -1, None)],
    *[((4, 2, 3, 3), 0), ((2, 1, 2, 2, 2), 0), ((1, 5), 0), ((3,), 0)],
]
ANYWHERE = {(1,): (3,), (2, 1): (3, 4), (0, -1): (2, 4)}  # axes of (2, 3, 4) that are not the last ones in their order
NO_MODULE = "function closed torch"


def affine(shape, wanted=True, count=2):
    """γ and β in a shape."""
    return tuple(away(shape, seed) for seed in range(1, count + 1)) if wanted else ()


def by_channel(configurations, of="function module closed torch", **params):
    return [
        call(mixed(shape), *affine(shape[1:2], wanted), eps=eps, of=of, **params)
        for shape, wanted, eps in configurations
    ]


def by_sample(count):
    """Over the last axes; and, in closed form, over others too. Of γ and β every second has γ alone."""
    return [
        *[
            call(mixed(x), *affine(last, wanted, min(count, 2 - k % 2)), eps=eps, axes=tuple(range(-len(last), 0)))
            for k, (x, last, wanted, eps) in enumerate(SAMPLES)
        ],
        *[
            call(mixed((2, 3, 4)), *affine(lengths, True, count), eps=0.1, axes=axes, of="function closed")
            for axes, lengths in ANYWHERE.items()
        ],
    ]


def given(module, gamma=None, beta=None):
    """The module with these parameters, or without."""
    if gamma is not None:
        module.gamma = gamma
    if beta is not None:
        module.beta = beta
    return module


def batch_norm(x, *parameters, eps):
    return given(BATCH[x.ndim](x.shape[1], eps, affine=bool(parameters)), *parameters)(x)


def instance_norm(x, *parameters, eps):
    return given(INSTANCE[x.ndim](x.shape[1], eps, affine=bool(parameters)), *parameters)(x)


def group_norm(x, *parameters, groups, eps):
    return given(nn.GroupNorm(groups, x.shape[1], eps, affine=bool(parameters)), *parameters)(x)


def layer_norm(x, *parameters, eps, axes):
    shape = x.shape[-len(axes) :]
    return given(nn.LayerNorm(shape, eps, bool(parameters), len(parameters) > 1), *parameters)(x)


def rms_norm(x, *parameters, eps, axes):
    return given(nn.RMSNorm(x.shape[-len(axes) :], eps, bool(parameters)), *parameters)(x)


def laid(g, v, axis):
    """A vector of numbers along one axis of v."""
    return g.reshape([n if axis is not None and k == axis % v.ndim else 1 for k, n in enumerate(v.shape)])


def torch_weight_norm(v, g, axis=0):
    if axis is None:
        return v * (laid(g, v, axis) / v.norm())
    if axis % v.ndim in (0, v.ndim - 1) and v.ndim > 1:
        return torch._weight_norm(v, laid(g, v, axis), axis % v.ndim)
    others = [k for k in range(v.ndim) if k != axis % v.ndim]
    return v * (laid(g, v, axis) / (torch.linalg.vector_norm(v, dim=others, keepdim=True) if others else v.abs()))


def norm(function, module, theirs, calls):
    """The row of a normalization; its module is called as its specimen does where none is given."""
    return Row(function=function, module=module, torch=theirs, calls=calls, orders=2, thorough=4)


ROWS = {
    "batch_norm": norm(
        nn.batch_norm,
        batch_norm,
        lambda x, gamma=None, beta=None, eps=1e-5: F.batch_norm(x, None, None, gamma, beta, True, 0.0, eps),
        [
            *by_channel([*MATRICES, *MAPS]),
            call(away((5, 3)), away((3,), 1), of=NO_MODULE),
            call(away((5, 3)), of=NO_MODULE),
            call(away((1, 3)), *affine((3,)), eps=0.5, of="closed"),
        ],
    ),
    "batch_norm_inference": norm(
        nn.batch_norm_inference,
        None,
        lambda x, gamma, beta, mu, sigma2, eps: (
            laid(gamma, x, 1) * (x - laid(mu, x, 1)) / (laid(sigma2, x, 1) + eps).sqrt() + laid(beta, x, 1)
        ),
        [
            call(away(shape), *affine(shape[1:2], count=3), positive(shape[1:2]), eps=eps)
            for shape, _, eps in [*MATRICES, *MAPS]
        ],
    ),
    "layer_norm": norm(
        nn.layer_norm,
        layer_norm,
        lambda x, *parameters, axes, eps: F.layer_norm(x, x.shape[-len(axes) :], *parameters, eps=eps),
        by_sample(2),
    ),
    "rms_norm": norm(
        nn.rms_norm,
        rms_norm,
        lambda x, gamma=None, *, axes, eps: F.rms_norm(x, x.shape[-len(axes) :], gamma, eps),
        by_sample(1),
    ),
    "group_norm": norm(
        nn.group_norm,
        group_norm,
        lambda x, gamma=None, beta=None, *, groups, eps: F.group_norm(x, groups, gamma, beta, eps),
        [
            *by_channel([((3, 4), True, 1e-5), *MAPS[1::2]], groups=1),
            *by_channel(MAPS[::2], groups=2),
            *[
                call(mixed(shape), *affine((6,)), groups=groups, eps=0.1)
                for shape in [(2, 6, 2), (2, 6, 2, 2)]
                for groups in (3, 6)
            ],
        ],
    ),
    "instance_norm": norm(
        nn.instance_norm,
        instance_norm,
        lambda x, gamma=None, beta=None, eps=1e-5: F.instance_norm(x, weight=gamma, bias=beta, eps=eps),
        by_channel(MAPS),
    ),
    "weight_norm": norm(
        nn.weight_norm,
        None,
        torch_weight_norm,
        [
            call(away(shape), away(() if axis is None else (shape[axis],), 1), axis=axis, of=NO_MODULE)
            for shape, axis in WEIGHTS
        ],
    ),
}
