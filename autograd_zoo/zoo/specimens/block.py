"""Specimens of the block family: blocks of convolutions, small enough that their differences are taken quickly."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ... import closed_form, nn
from ...closed_form.equations import written_out
from ...engine.tensor import Array
from ..specimen import Specimen
from .inputs import numbers

Shapes = tuple[tuple[int, ...], ...]

MARGIN, TRIES = 0.01, 500
SMALL = ((2, 8, 3, 3), (3, 8, 2, 3))
RELU_AND_TANH: tuple[dict[str, Any], ...] = ({}, {"activation": "tanh"})


def spread(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Numbers between -2 and 2, all apart, so that the maximum of a window is unique, and no sigmoid is saturated."""
    return np.reshape(rng.permutation(np.linspace(-2.0, 2.0, math.prod(shape))), shape)


def ranked(data: Array, shape: tuple[int, ...]) -> Array:
    """Real data, repeated or cut to a shape, as numbers between -2 and 2 that have its order and are all apart.

    Of equal numbers the order is random, and always the same: no channel repeats what another one has.
    """
    ties = np.random.default_rng(0).random(math.prod(shape))
    ranks = np.argsort(np.lexsort((ties, np.ravel(np.resize(data, shape)))))
    return np.reshape(np.linspace(-2.0, 2.0, ranks.size)[ranks], shape)


def put(module: Any, path: str, value: Any) -> None:
    """Assign to the attribute at a path such as "downsample.0.W"."""
    *way, name = path.split(".")
    for key in way:
        module = module[int(key)] if key.isdecimal() else getattr(module, key)
    setattr(module, name, value)


def no_luck(name: str, wanted: str) -> RuntimeError:
    """The error where no parameters of a specimen were found with which it can be checked."""
    return RuntimeError(
        f"{name}: in {TRIES} tries no parameters with which {wanted}: check it with other seeds or data"
    )


def of_block(
    name: str,
    doc: str,
    build: Callable[..., Any],
    channels: int,
    last: Sequence[str] = (),
    *,
    form: str = "",
    variants: tuple[dict[str, Any], ...] = ({},),
    shapes: Shapes | None = None,
    smooth: bool = True,
) -> Specimen:
    """The specimen of the block that `build(**params)` makes, which takes maps with this many channels.

    Its inputs are x, and the parameters that it has, in their order, but those at the paths `last` at the end: they are
    constants, for the gradient by them is 0, of which no error is a fraction. (Their names are those in the equations.)
    So is what comes back through a ReLU that is 0 everywhere, and the gradient by a β before a ReLU that is 0 nowhere,
    if the next normalization takes it off. So the β are positive, and are drawn until neither happens, and no small
    step carries what enters a ReLU over 0.
    """
    found = dict(build(**variants[0]).named_parameters())
    parameters = {path: found[path] for path in sorted(found, key=lambda path: path in last)}
    arrays = np.empty((1, channels, 1, 1)), *(p.data for p in parameters.values())
    equations = written_out(getattr(closed_form.block, form or name), arrays, variants[0])

    def run(x: Any, *given: Any, **params: Any) -> Any:
        module = build(**params)
        for path, value in zip(parameters, given, strict=True):
            put(module, path, value)
        return module(x)

    def others(rng: np.random.Generator, x: Array) -> tuple[Array, ...]:
        def spied(u: Array) -> Array:
            entering.append(0.0 if (u > 0).all() else float(np.abs(u).min()))
            return np.maximum(u, 0.0)

        for _ in range(TRIES):
            entering: list[float] = []
            drawn = tuple(
                rng.uniform(0.1, 0.5, p.shape) if path.endswith("beta") else numbers(rng, p.shape)
                for path, p in parameters.items()
            )
            run(x, *drawn, **{**variants[0], "activation": spied})
            if min(entering) > MARGIN:
                return drawn
        raise no_luck(name, "what enters a ReLU is away from 0")

    return Specimen(
        name=name,
        family="block",
        doc=doc,
        form=form,
        run=run,
        inputs=tuple(x for x in equations.inputs if x not in equations.constants),
        domain=spread,
        others=others,
        accept=lambda data: ranked(data, (2, channels, 4, 4)),
        shapes=shapes or ((2, channels, 4, 4), (3, channels, 3, 4)),
        variants=variants,
        smooth=smooth,
    )


def _inception(lengths: tuple[int, ...], **params: Any) -> Any:
    """A block whose paths have this many units."""
    factorization = "asymmetric" if lengths == (1, 3, 3, 1) else "3x3"
    return nn.InceptionBlock(2, 2, 1, 2, 2, 1, 2, factorization, **params)


def _inception_of(name: str, doc: str, *lengths: int) -> Specimen:
    """The specimen of an Inception block whose paths have this many units."""
    return of_block(
        name,
        doc,
        _inception,
        2,
        form="inception_block",
        variants=({"lengths": lengths},),
        shapes=((2, 2, 3, 4), (2, 2, 4, 3)),
        smooth=False,
    )


def _same(
    name: str, difference: str, build: Callable[..., Any], channels: int, shapes: Shapes | None = None, **params: Any
) -> Specimen:
    """The specimen of a block that has another one's equations, with these params."""
    form = name.rpartition("_")[0]
    doc = f"the same with {difference}"
    return of_block(name, doc, build, channels, form=form, variants=(params,), shapes=shapes)


SPECIMENS = (
    of_block(
        "conv_norm_activation",
        "y = f(BN(W ∗ x))",
        partial(nn.Conv2dNormActivation, 4, 3),
        4,
        variants=({}, {"activation": "tanh", "stride": 2}),
    ),
    of_block(
        "squeeze_excitation",
        "y = s ⊙ x, s = σ(W₂ f(W₁ m + b₁) + b₂)",
        partial(nn.SqueezeExcitation, 4, 3),
        4,
        variants=RELU_AND_TANH,
    ),
    _inception_of("inception_block", "y = [p₁(x), p₂(x), p₃(x), p₄(max pool of x)], 5×5 as two of 3×3", 1, 2, 3, 1),
    _inception_of("inception_block_asymmetric", "the same with 1×n and n×1 for n×n", 1, 3, 3, 1),
    of_block(
        "basic_block",
        "y = f(BN(W₂ ∗ a) + x), a = f(BN(W₁ ∗ x))",
        partial(nn.BasicBlock, 3, 3),
        3,
        variants=RELU_AND_TANH,
    ),
    _same("basic_block_projected", "BN(W_s ∗ x) for x", partial(nn.BasicBlock, 2, 3), 2, stride=2),
    of_block(
        "bottleneck",
        "y = f(BN(W₃ ∗ a₂) + x), a₂ = f(BN(W₂ ∗ a₁)), a₁ = f(BN(W₁ ∗ x))",
        partial(nn.Bottleneck, 8, 2),
        8,
        shapes=SMALL,
    ),
    _same("bottleneck_projected", "BN(W_s ∗ x) for x", partial(nn.Bottleneck, 3, 1, base_width=128), 3, stride=2),
    _same(
        "bottleneck_grouped", "groups, the block of ResNeXt", partial(nn.Bottleneck, 8, 2), 8, shapes=SMALL, groups=2
    ),
    of_block(
        "dense_block",
        "y = [x, h₁, h₂], hₗ = Hₗ([x, ..., hₗ₋₁])",
        partial(nn.DenseBlock, 2, 2, 2, 1),
        2,
        shapes=((2, 2, 4, 4), (3, 2, 3, 4)),
    ),
    of_block(
        "transition",
        "y = mean of 2×2 of W ∗ f(BN(x))",
        partial(nn.Transition, 4, 3),
        4,
        shapes=((2, 4, 4, 4), (3, 4, 3, 5)),
    ),
)
