"""Rows of the blocks of MobileNet, Xception and ShuffleNet, and what the text says of them that numbers can decide."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from autograd_zoo.closed_form import block, conv
from autograd_zoo.closed_form.formula import Formula
from autograd_zoo.closed_form.notation import Array
from autograd_zoo.closed_form.rows.block_chain import (
    ADD,
    JOIN,
    NORM,
    RELU,
    Operation,
    Step,
    convolution,
    gradient,
    gradient_latex,
    maps,
    norm,
    rows,
    step,
)
from autograd_zoo.closed_form.rows.block_claims import claim, fewer
from autograd_zoo.closed_form.rows.samples import away_from_zero

_TEXT = "Linear modules, Conv-2D, text on {}-level design"
_UNIT, _BLOCK = _TEXT.format("unit"), _TEXT.format("block")
_C, _E, _G = 2, 4, 2
"""Channels of x, channels inside a block that is wide there, and groups."""


# ---- operations and samples ------------------------------------------------------------------------------------


def _dealt(a: Array) -> Array:
    """Return y_{Gi+j} = a_{(C/G)j+i}, channel by channel."""
    y, C = np.empty_like(a), a.shape[1]
    for i in range(C // _G):
        for j in range(_G):
            y[:, _G * i + j] = a[:, C // _G * j + i]
    return y


def _largest(u: Array) -> Array:
    """Return the maximum of the numbers about every second place, which has to be inside a map of 3 × 3."""
    halves = (slice(0, 2), slice(1, 3))
    return np.array([[[[np.max(m[i, j]) for j in halves] for i in halves] for m in n] for n in u])


def _mean(x: Array) -> Array:
    """Return a ninth of the sum of the numbers about every second place of maps of 3 × 3, which are zero outside."""
    around = np.pad(x, [(0, 0), (0, 0), (1, 1), (1, 1)])
    return np.stack(
        [np.stack([around[..., i : i + 3, j : j + 3].mean((-2, -1)) for j in (0, 2)], -1) for i in (0, 2)], -2
    )


def _at(channels: slice) -> Callable[[Array], Array]:
    return lambda x: x[:, channels]


RELU6 = Operation(
    r"min\{{max\{{0,{0}\}},6\}}",
    lambda u: np.minimum(np.maximum(u, 0.0), 6.0),
    {0: lambda u: np.diag((np.abs(np.ravel(u) - 3.0) < 3.0).astype(float))},
)
LARGEST = Operation(
    r"max_{{3\times3}}({0})", _largest, {0: lambda u: np.equal.outer(np.ravel(_largest(u)), np.ravel(u)).astype(float)}
)
MEAN = Operation(r"mean_{{3\times3}}({0})", _mean, by_sample=True)
SHUFFLE = Operation("shuffle({0})", _dealt, by_sample=True)
SHUFFLE_JOIN = Operation("shuffle([{0},{1}])", lambda a, b: _dealt(np.concatenate([a, b], axis=1)))
FIRST_HALF = Operation(r"{0}_{{1..\frac{{C}}{{2}}}}", _at(slice(_C)), by_sample=True)
SECOND_HALF = Operation(r"{0}_{{\frac{{C}}{{2}}+1..C}}", _at(slice(_C, None)), by_sample=True)
SEPARABLE = Operation("({0}*{1})*{2}", partial(conv.separable_conv, padding=1), by_sample=True)
POINTWISE = convolution()


def _depthwise(channels: int, stride: int = 1) -> Operation:
    return convolution(padding=1, groups=channels, stride=stride)


def _names(*kernels: str, last: str = "") -> tuple[str, ...]:
    """Return x, and for each index the names of a kernel, γ and β; the β of indices in `last` come at the end."""
    names = ("x", *(f"{letter}_{k}" for k in kernels for letter in ("W", "gamma", "beta")))
    return tuple(sorted(names, key=lambda name: name in [f"beta_{k}" for k in last]))


def _normalized(u: str, operation: Operation, x: str, k: str) -> tuple[Step, Step]:
    """Return the steps z = x ∗ W and u = BN(z) for the parameters of index k."""
    return step(f"z_{k}", operation, x, f"W_{k}"), step(u, NORM, f"z_{k}", f"gamma_{k}", f"beta_{k}")


def _sample(
    channels: int, *shapes: tuple[int, ...], spread: float = 1.0, last: Sequence[int] = ()
) -> Callable[..., tuple[Array, ...]]:
    """Return a sampler of maps, and for each shape a kernel, γ times `spread`, and β; those of `last` at the end."""

    def sample(rng: np.random.Generator) -> tuple[Array, ...]:
        kernels = [away_from_zero(rng, *shape) for shape in shapes]
        norms = [norm(rng, len(W)) for W in kernels]
        parameters = [
            part
            for k, (W, (gamma, beta)) in enumerate(zip(kernels, norms, strict=True), 1)
            for part in (W, spread * gamma, *(() if k in last else (beta,)))
        ]
        return maps(rng, channels), *parameters, *(norms[k - 1][1] for k in last)

    return sample


def _xception_sample(rng: np.random.Generator) -> tuple[Array, ...]:
    C, M = 2, 3
    first = away_from_zero(rng, C, 3, 3), away_from_zero(rng, M, C), *norm(rng, M)
    second = away_from_zero(rng, M, 3, 3), away_from_zero(rng, M, M), *norm(rng, M)
    return maps(rng, C), *first, *second, away_from_zero(rng, M, C, 1, 1), *norm(rng, M)


# ---- the blocks, step by step ----------------------------------------------------------------------------------


def _depthwise_separable() -> tuple[Formula, ...]:
    steps = (
        *_normalized("u_1", _depthwise(_C, stride=2), "x", "1"),
        step("a_1", RELU, "u_1"),
        *_normalized("u_2", POINTWISE, "a_1", "2"),
        step("y", RELU, "u_2"),
    )
    return rows(
        *("depthwise_separable", _names("1", "2"), steps, _sample(_C, (_C, 1, 3, 3), (3, _C, 1, 1))),
        f"Not printed; {_BLOCK}: MobileNet-V1",
        stride=2,
    )


def _inverted_residual() -> tuple[Formula, ...]:
    def steps(stride: int) -> tuple[Step, ...]:
        u = "u_3" if stride == 1 else "y"
        return (
            *_normalized("u_1", POINTWISE, "x", "1"),
            step("a_1", RELU6, "u_1"),
            *_normalized("u_2", _depthwise(_E, stride), "a_1", "2"),
            step("a_2", RELU6, "u_2"),
            *_normalized(u, POINTWISE, "a_2", "3"),
            *((step("y", ADD, "u_3", "x"),) if stride == 1 else ()),
        )

    block_of = partial(rows, "inverted_residual", _names("1", "2", "3"), place=f"Not printed; {_BLOCK}: MobileNet-V2")
    sample = _sample(_C, (_E, _C, 1, 1), (_E, 1, 3, 3), (_C, _E, 1, 1), spread=3.0)
    return (
        *block_of(steps(1), sample),
        *block_of(steps(2), sample, suffix=".stride_2", quantities=("x", "W_2"), stride=2),
    )


def _xception_block() -> tuple[Formula, ...]:
    steps = (
        step("a_0", RELU, "x"),
        step("z_1", SEPARABLE, "a_0", "v_1", "w_1"),
        step("u_1", NORM, "z_1", "gamma_1", "beta_1"),
        step("a_1", RELU, "u_1"),
        step("z_2", SEPARABLE, "a_1", "v_2", "w_2"),
        step("u_2", NORM, "z_2", "gamma_2", "beta_2"),
        step("p", LARGEST, "u_2"),
        step("z", convolution(stride=2), "x", "W"),
        step("s", NORM, "z", "gamma", "beta"),
        step("y", ADD, "p", "s"),
    )
    separable = [f"{letter}_{k}" for k in "12" for letter in ("v", "w", "gamma", "beta")]
    return rows(
        *("xception_block", ("x", *separable, "W", "gamma", "beta"), steps, _xception_sample),
        f"Not printed; {_UNIT}: Xception",
        strides=2,
    )


def _shuffle_unit() -> tuple[Formula, ...]:
    def steps(stride: int) -> tuple[Step, ...]:
        grouped = convolution(groups=_G)
        return (
            *_normalized("u_1", grouped, "x", "1"),
            step("a_1", RELU, "u_1"),
            step("s", SHUFFLE, "a_1"),
            *_normalized("u_2", _depthwise(4, stride), "s", "2"),
            *_normalized("u_3", grouped, "u_2", "3"),
            *((step("v", ADD, "x", "u_3"),) if stride == 1 else (step("p", MEAN, "x"), step("v", JOIN, "p", "u_3"))),
            step("y", RELU, "v"),
        )

    names = _names(*"123", last="2")
    block_of = partial(rows, "shuffle_unit", names, place=f"Not printed; {_BLOCK}: ShuffleNets")
    sample = _sample(_E, (4, 2, 1, 1), (4, 1, 3, 3), (_E, 2, 1, 1), last=(2,))

    def backwards(rng: np.random.Generator) -> tuple[Array, ...]:
        """Draw what `sample` draws, with g and y before it."""
        inputs = sample(rng)
        y = block.shuffle_unit(*inputs, groups=_G)
        return away_from_zero(rng, *y.shape), y, *inputs

    without_effect = Formula(
        id="block.shuffle_unit.claim.dbeta_2",
        specimen="shuffle_unit",
        quantity="claim",
        place=f"Not printed; {_BLOCK}: ShuffleNets",
        latex=rf"{gradient_latex(steps(1), 'beta_2')}=0",
        printed=lambda g, y, *given, **_: gradient(steps(1), dict(zip(names, given, strict=True)), g, "beta_2"),
        corrected=lambda g, y, *given, **_: np.zeros_like(given[-1]),
        sample=backwards,
        params={"groups": _G},
        source="ours",
        note="A shift between two convolutions without an activation is taken away by the normalization that follows.",
    )
    return (
        without_effect,
        *block_of(steps(1), sample, quantities=names[:-1], groups=_G),
        *block_of(steps(2), sample, suffix=".stride_2", quantities=("x", "W_2"), groups=_G, stride=2),
    )


def _shuffle_unit_v2() -> tuple[Formula, ...]:
    def branch(x: str, i: str, j: str, k: str, stride: int) -> tuple[Step, ...]:
        return (
            *_normalized(f"u_{i}", POINTWISE, x, i),
            step(f"a_{i}", RELU, f"u_{i}"),
            *_normalized(f"u_{j}", _depthwise(_C, stride), f"a_{i}", j),
            *_normalized(f"u_{k}", POINTWISE, f"u_{j}", k),
            step(f"a_{k}", RELU, f"u_{k}"),
        )

    place = f"Not printed; {_BLOCK}: ShuffleNets, channel splitting"
    split = (
        step("x'", FIRST_HALF, "x"),
        step("x''", SECOND_HALF, "x"),
        *branch("x''", "1", "2", "3", stride=1),
        step("y", SHUFFLE_JOIN, "x'", "a_3"),
    )
    down = (
        *_normalized("u_1", _depthwise(_C, 2), "x", "1"),
        *_normalized("u_2", POINTWISE, "u_1", "2"),
        step("a_2", RELU, "u_2"),
        *branch("x", "3", "4", "5", stride=2),
        step("y", SHUFFLE_JOIN, "a_2", "a_5"),
    )
    square, deep = (_C, _C, 1, 1), (_C, 1, 3, 3)
    split_names, down_names = _names(*"123", last="2"), _names(*"12345", last="14")
    split_sample = _sample(2 * _C, square, deep, square, last=(2,))
    down_sample = _sample(_C, deep, square, square, deep, square, last=(1, 4))
    return (
        *rows("shuffle_unit_v2", split_names, split, split_sample, place, quantities=split_names[:-1]),
        *rows("shuffle_unit_v2_down", down_names, down, down_sample, place, quantities=down_names[:-2]),
    )


# ---- the channel shuffle ---------------------------------------------------------------------------------------


def _channel_shuffle() -> tuple[Formula, ...]:
    def undealt(g: Array, y: Array, x: Array, groups: int) -> Array:
        dx, C = np.empty_like(g), g.shape[1]
        for i in range(C // groups):
            for j in range(groups):
                dx[:, C // groups * j + i] = g[:, groups * i + j]
        return dx

    row = partial(
        Formula,
        specimen="channel_shuffle",
        place=f"Not printed; {_BLOCK}: ShuffleNets, a channel shuffling operation",
        sample=lambda rng: (maps(rng, _G * int(rng.integers(2, 5)), size=1),),
        params={"groups": _G},
        source="ours",
        note="Of G groups that follow each other, each gives its first channel, then each its second: a permutation.",
    )
    return (
        row(
            id="block.channel_shuffle.y",
            quantity="y",
            latex=r"y_{Gi+j}=x_{\frac{C}{G}j+i}\\G\text{: groups, }j\text{: a group, }i\text{: a channel of it}",
            printed=lambda x, groups: _dealt(x),
            corrected=block.channel_shuffle,
        ),
        row(
            id="block.channel_shuffle.dx",
            quantity="dx",
            latex=r"\frac{\partial{L}}{\partial{x_{\frac{C}{G}j+i}}}=\frac{\partial{L}}{\partial{y_{Gi+j}}}",
            printed=undealt,
            corrected=block.channel_shuffle_dx,
            forward=block.channel_shuffle,
        ),
    )


# ---- what the text says ----------------------------------------------------------------------------------------


def _separable(rng: np.random.Generator) -> tuple[Array, ...]:
    C, M = (int(n) for n in rng.integers(2, 5, 2))
    return maps(rng, C), away_from_zero(rng, C, 3, 3), away_from_zero(rng, M, C)


def _doubled(x: Array, *parameters: Array) -> Array:
    """Return what the block adds to x when the last γ and β are doubled."""
    *others, gamma_3, beta_3 = parameters
    return block.inverted_residual(*(x, *others, 2 * gamma_3, 2 * beta_3)) - x


_CLAIMS: tuple[Formula, ...] = (
    claim(
        "xception_block",
        "factorized",
        "unit",
        "Xception pushed the factorization into extreme, with purely depthwise separable filters",
        latex=r"w_{s,p,i',j'}=w_{s,p}^2\cdot{w_{p,i',j'}^1}",
        printed=lambda x, v, w: conv.conv(x, w[..., None, None] * v),
        corrected=conv.separable_conv,
        sample=_separable,
    ),
    claim(
        "depthwise_separable",
        "reduced",
        "block",
        "MobileNet-V1 further reduced computation by using a 3x3 depthwise filter",
        latex=r"3^2CH^2+CMH^2<3^2CMH^2",
        printed=lambda *_: np.ones(()),
        corrected=fewer(lambda C, M: ((C, C, 3, C), (C, M, 1)), lambda C, M: ((C, M, 3),)),
        sample=lambda rng: tuple(int(k) for k in rng.integers([2, 2, 2], [4, 5, 6])),
        note="The quotient is 1/M + 1/9: less than 1 from two output channels on.",
    ),
    claim(
        "inverted_residual",
        "linearized",
        "block",
        "MobileNet-V2, a linearized version of the bottleneck block, the last-layer activation is removed",
        latex=r"y(2\gamma_3,2\beta_3)-x=2(y(\gamma_3,\beta_3)-x)",
        printed=lambda x, *parameters: 2 * (block.inverted_residual(x, *parameters) - x),
        corrected=_doubled,
        sample=_sample(_C, (_E, _C, 1, 1), (_E, 1, 3, 3), (_C, _E, 1, 1), spread=3.0),
        note="With an activation at the end, what is added to x would not be doubled where that is not linear.",
    ),
)

FORMULAS: tuple[Formula, ...] = (
    *_CLAIMS,
    *_xception_block(),
    *_depthwise_separable(),
    *_inverted_residual(),
    *_channel_shuffle(),
    *_shuffle_unit(),
    *_shuffle_unit_v2(),
)
