"""Layers without parameters that are composed, and normalizations without a bias."""

from __future__ import annotations

from pytorch import torch

from autograd_zoo import nn

from .pair import Pair, Row, apart, choice


def maps(rng, k, least=1, most=8):
    """A batch of maps of distinct numbers."""
    return apart(rng, int(rng.integers(1, 3)), int(rng.integers(1, 4)), *(int(n) for n in rng.integers(least, most, k)))


def _adaptive(kind, k):
    def draw(rng):
        x = maps(rng, k, 2, 8 if k < 3 else 5)
        size = tuple(choice(rng, None, 1, n, int(rng.integers(1, n + 3))) for n in x.shape[2:])
        size = choice(rng, size, int(rng.integers(1, 5)))
        name = f"Adaptive{kind}Pool{k}d"
        if k == 1:
            size = choice(rng, 1, 2, 3, 5)  # of which PyTorch takes integers alone
        return Pair(getattr(nn, name)(size), lambda: getattr(torch.nn, name)(size), (x,))

    return Row(draw, f"Adaptive{kind}Pool{k}d", 1 if kind == "Max" else 2, varied="output_size")


def _upsample(rng):
    k = int(rng.integers(1, 4))
    x, mode = maps(rng, k, 1, 6 if k < 3 else 4), choice(rng, "nearest", ("linear", "bilinear", "trilinear")[k - 1])
    options = {"mode": mode} | ({} if mode == "nearest" else {"align_corners": bool(rng.integers(2))})
    if rng.random() < 0.5:
        options["size"] = choice(rng, int(rng.integers(1, 9)), tuple(int(n) for n in rng.integers(1, 9, k)))
    else:
        options["scale_factor"] = choice(rng, 2, 2.0, 1.5, 3.0, tuple(choice(rng, 1.0, 2.0, 2.5) for _ in range(k)))
    return Pair(nn.Upsample(**options), lambda: torch.nn.Upsample(**options), (x,))


def _local_response_norm(rng):
    x = apart(
        rng, int(rng.integers(1, 3)), int(rng.integers(1, 8)), *(int(n) for n in rng.integers(1, 4, rng.integers(1, 3)))
    )
    size, options = int(rng.integers(1, 7)), {}
    if rng.random() < 0.7:
        options = {"alpha": choice(rng, 1e-4, 1.0), "beta": choice(rng, 0.75, 0.5), "k": choice(rng, 1.0, 2.0)}
    return Pair(nn.LocalResponseNorm(size, **options), lambda: torch.nn.LocalResponseNorm(size, **options), (x,))


def _flatten(rng):
    shape = tuple(int(n) for n in rng.integers(1, 4, rng.integers(2, 5)))
    axes = sorted(int(n) for n in rng.integers(0, len(shape), 2))
    axes = choice(rng, axes, [axes[0], axes[1] - len(shape)], [])
    return Pair(nn.Flatten(*axes), lambda: torch.nn.Flatten(*axes), (apart(rng, *shape),))


def _identity(rng):
    return Pair(
        nn.Identity(3, any=4),
        lambda: torch.nn.Identity(3, any=4),
        (apart(rng, *(int(n) for n in rng.integers(1, 4, 2))),),
    )


def jittered(rng, module):
    """The module with parameters that are not what they start as."""
    for p in module.parameters():
        p.data = p.data + rng.uniform(-0.3, 0.3, p.shape)
    return module


def _by_channel(name, k):
    def draw(rng):
        C, options = int(rng.integers(2, 5)), {"bias": bool(rng.integers(2)), "affine": bool(rng.integers(4))}
        if rng.integers(2):
            options["eps"] = 0.1
        x = apart(rng, 3, C, *(int(n) for n in rng.integers(2, 4, k)))
        ours = jittered(rng, getattr(nn, name)(C, **options))
        if rng.integers(2):
            ours.eval()
        return Pair(ours, lambda: getattr(torch.nn, name)(C, **options), (x,))

    return Row(draw, name, varied="eps affine bias")


def _group_norm(rng):
    groups = int(rng.integers(1, 4))
    C, options = groups * int(rng.integers(1, 4)), {"bias": bool(rng.integers(2)), "affine": bool(rng.integers(4))}
    x = apart(rng, 2, C, int(rng.integers(2, 5)))
    ours = jittered(rng, nn.GroupNorm(groups, C, **options))
    return Pair(ours, lambda: torch.nn.GroupNorm(groups, C, **options), (x,))


def _layer_norm(rng):
    shape = tuple(int(n) for n in rng.integers(2, 5, rng.integers(1, 3)))
    options = {"bias": bool(rng.integers(2)), "elementwise_affine": bool(rng.integers(4))}
    ours = jittered(rng, nn.LayerNorm(shape, **options))
    return Pair(ours, lambda: torch.nn.LayerNorm(shape, **options), (apart(rng, 2, *shape),))


ROWS = {
    **{f"Adaptive{kind}Pool{k}d": _adaptive(kind, k) for kind in ("Avg", "Max") for k in (1, 2, 3)},
    "Upsample": Row(_upsample, "Upsample", varied="size scale_factor mode align_corners"),
    "LocalResponseNorm": Row(_local_response_norm, "LocalResponseNorm", varied="size alpha beta k"),
    "Flatten": Row(_flatten, "Flatten", varied="start_axis end_axis"),
    "Identity": Row(_identity, "Identity"),
    **{f"BatchNorm{k}d": _by_channel(f"BatchNorm{k}d", k) for k in (1, 2, 3)},
    **{f"InstanceNorm{k}d": _by_channel(f"InstanceNorm{k}d", k) for k in (1, 2, 3)},
    "GroupNorm": Row(_group_norm, "GroupNorm", varied="num_groups affine bias"),
    "LayerNorm": Row(_layer_norm, "LayerNorm", varied="normalized_shape elementwise_affine bias"),
}
