"""The chain rule as data: a block is a list of steps, and its rows are products of the Jacobian matrices of the steps.

Nothing here knows a backward pass. In numerator layout a gradient is a row, ∂L/∂t = Σ ∂L/∂c ∂c/∂t over the steps c
that take t, and ∂c/∂t is the matrix of all partial derivatives. Most steps are affine in each of their arguments, so
that applying them to unit vectors gives the matrix; the others say what theirs is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from autograd_zoo.closed_form import block, conv, linear, pooling
from autograd_zoo.closed_form import normalization as normalizations
from autograd_zoo.closed_form.formula import Formula
from autograd_zoo.closed_form.notation import Array
from autograd_zoo.closed_form.rows.samples import away_from_zero

Sample = Callable[[np.random.Generator], tuple[Array, ...]]


@dataclass(frozen=True)
class Operation:
    """What a step computes: the LaTeX of it, its value, and the Jacobian matrices by arguments it is not affine in."""

    latex: str
    value: Callable[..., Array]
    jacobians: Mapping[int, Callable[..., Array]] = field(default_factory=dict)
    by_sample: bool = False
    """Whether the first argument goes through sample by sample, so that many unit vectors can go at once."""

    def jacobian(self, i: int, arguments: Sequence[Array]) -> Array:
        """Return the matrix of the partial derivatives by argument i."""
        if i in self.jacobians:
            return self.jacobians[i](*arguments)

        def at(x: Array) -> Array:
            return np.ravel(self.value(*arguments[:i], x, *arguments[i + 1 :]))

        shape = np.shape(arguments[i])
        units = np.eye(np.size(arguments[i])).reshape(-1, *shape)
        if self.by_sample and i == 0:
            columns = self.value(units.reshape(-1, *shape[1:]), *arguments[1:]).reshape(len(units), -1).T
        else:
            columns = np.stack([at(unit) for unit in units], axis=1)
        return columns - at(np.zeros(shape))[:, None]


class Step(NamedTuple):
    """One equation of a block: the name of what comes out, the operation, and the names of what goes in."""

    out: str
    operation: Operation
    arguments: tuple[str, ...]


def step(out: str, operation: Operation, *arguments: str) -> Step:
    """Return the equation out = operation(arguments)."""
    return Step(out, operation, arguments)


# ---- operations ------------------------------------------------------------------------------------------------


def convolution(**layer: Any) -> Operation:
    """Return the convolution with these keyword arguments."""
    return Operation("{0}*{1}", partial(conv.conv, **layer), by_sample=True)


def _norm_jacobian(z: Array, gamma: Array, beta: Array, *, eps: float) -> Array:
    """γ/√(σ² + ε) (I − 1/M − x̂ x̂ᵀ/M) for the M elements of each channel, and 0 from one channel to another."""
    by_channel = np.moveaxis(np.arange(z.size).reshape(z.shape), 1, 0).reshape(z.shape[1], -1)
    matrix = np.zeros((z.size, z.size))
    for places, gamma_c in zip(by_channel, gamma, strict=True):
        z_c, M = z.flat[places], len(places)
        root = np.sqrt(np.var(z_c) + eps)
        x_hat = (z_c - np.mean(z_c)) / root
        matrix[np.ix_(places, places)] = gamma_c / root * (np.eye(M) - 1 / M - np.outer(x_hat, x_hat) / M)
    return matrix


def _maximum_jacobian(x: Array) -> Array:
    """1 where an element of the window is its maximum; no two elements of x are equal."""
    return np.equal.outer(np.ravel(_maximum(x)), np.ravel(x)).astype(float)


_maximum = partial(pooling.max_pool, kernel_size=(3, 3), stride=1, padding=1)


def normalization(eps: float = 1e-5) -> Operation:
    """Return Batch Normalization with this ε."""
    value = partial(normalizations.batch_norm, eps=eps)
    return Operation("BN_{{{1},{2}}}({0})", value, {0: partial(_norm_jacobian, eps=eps)})


NORM = normalization()
RELU = Operation(
    r"max\{{0,{0}\}}", lambda u: np.maximum(u, 0.0), {0: lambda u: np.diag((np.ravel(u) > 0).astype(float))}
)
SIGMOID = Operation(
    r"\sigma({0})",
    lambda u: 1 / (1 + np.exp(-u)),
    {0: lambda u: np.diag(np.ravel(np.exp(-u) / (1 + np.exp(-u)) ** 2))},
)
ADD = Operation("{0}+{1}", np.add)
SCALE = Operation(r"{0}\odot {1}", lambda s, x: s[..., None, None] * x)
AFFINE = Operation("{1}{0}+{2}", linear.linear)
JOIN = Operation("[{all}]", lambda *paths: np.concatenate(paths, axis=1))
MEAN = Operation(r"\frac{{1}}{{HW}}\sum\limits_{{i,j}}{{{0}}}_{{i,j}}", pooling.global_avg_pool)
HALVE = Operation("pool({0})", partial(pooling.avg_pool, kernel_size=(2, 2)))
MAXIMUM = Operation(r"max_{{3\times3}}({0})", _maximum, {0: _maximum_jacobian})


# ---- the chain -------------------------------------------------------------------------------------------------


def values(steps: Sequence[Step], inputs: Mapping[str, Array]) -> dict[str, Array]:
    """Return the inputs and what comes out of each step, by name."""
    found = dict(inputs)
    for out, operation, arguments in steps:
        found[out] = operation.value(*(found[name] for name in arguments))
    return found


def gradient(steps: Sequence[Step], inputs: Mapping[str, Array], g: Array, wanted: str) -> Array:
    """Return ∂L/∂wanted: the row ∂L/∂y times the matrices of the steps, summed over all ways."""
    found = values(steps, inputs)
    rows = {steps[-1].out: np.ravel(g)}
    needed = _on_the_way(steps, wanted)
    for out, operation, arguments in reversed(steps):
        for i, name in enumerate(arguments):
            if name in needed and out in rows:
                matrix = operation.jacobian(i, [found[argument] for argument in arguments])
                rows[name] = rows.get(name, 0.0) + rows[out] @ matrix
    return np.reshape(rows[wanted], np.shape(found[wanted]))


def _on_the_way(steps: Sequence[Step], wanted: str) -> list[str]:
    """Return the names between `wanted` and the result, both included, in the order of the steps."""
    names = [wanted]
    for out, _, arguments in steps:
        if not set(names).isdisjoint(arguments):
            names.append(out)
    return names


def symbol(name: str) -> str:
    """Return the LaTeX of a name: `gamma_1` is γ₁."""
    letter, _, index = name.partition("_")
    letter = rf"\{letter}" if letter in ("gamma", "beta") else letter
    return rf"{letter}_{{{index}}}" if index else letter


def _d(of: str, by: str) -> str:
    return rf"\frac{{\partial{{{of}}}}}{{\partial{{{symbol(by)}}}}}"


def forward_latex(steps: Sequence[Step]) -> str:
    """Return the equations of the steps, the last one first."""
    equations = []
    for out, operation, arguments in reversed(steps):
        symbols = [symbol(name) for name in arguments]
        equations.append(f"{symbol(out)}={operation.latex.format(*symbols, all=','.join(symbols))}")
    return r"\text{, }".join(equations)


def gradient_latex(steps: Sequence[Step], wanted: str) -> str:
    """Return the chain rule from ∂L/∂wanted up to ∂L/∂y."""
    needed = _on_the_way(steps, wanted)
    equations = []
    for name in needed[:-1]:
        ways = [_d("L", s.out) + _d(symbol(s.out), name) for s in steps if name in s.arguments]
        equations.append(f"{_d('L', name)}={'+'.join(ways)}")
    return r"\text{, }".join(equations)


# ---- rows ------------------------------------------------------------------------------------------------------


def maps(rng: np.random.Generator, *channels: int, size: int = 3) -> Array:
    """Return two samples of small maps, no two elements of which are equal."""
    return rng.permutation(np.linspace(-2.0, 2.0, 2 * int(np.prod(channels)) * size * size)).reshape(
        2, *channels, size, size
    )


def norm(rng: np.random.Generator, C: int) -> tuple[Array, Array]:
    """Return γ and β of C channels."""
    return away_from_zero(rng, C), away_from_zero(rng, C)


def _remembered(f: Callable[..., Any], most: int = 16) -> Callable[..., Any]:
    """Return f with a memory of its last results: all rows of a block are judged on the same few samples."""
    memory: dict[Any, Any] = {}

    def call(*arrays: Array, **params: Any) -> Any:
        key = (*((a.shape, a.tobytes()) for a in arrays), *sorted(params.items()))
        if key not in memory:
            if len(memory) == most:
                memory.clear()
            memory[key] = f(*arrays, **params)
        return memory[key]

    return call


def rows(
    specimen: str,
    inputs: Sequence[str],
    steps: Sequence[Step],
    sample: Sample,
    place: str,
    note: str = "",
    suffix: str = "",
    quantities: Sequence[str] | None = None,
    **params: Any,
) -> tuple[Formula, ...]:
    """Return the rows of a block: y, and the gradient by each input, or by those in `quantities`."""
    forward, gradients = getattr(block, specimen), _remembered(getattr(block, f"{specimen}_gradients"))
    row = partial(Formula, specimen=specimen, place=place, sample=sample, params=params, source="ours", note=note)

    def by(i: int, wanted: str) -> Formula:
        return row(
            id=f"block.{specimen}.d{wanted}{suffix}",
            quantity=f"d{wanted}",
            latex=gradient_latex(steps, wanted),
            printed=lambda g, y, *given, **_: gradient(steps, dict(zip(inputs, given, strict=True)), g, wanted),
            corrected=lambda g, y, *given, **params: gradients(g, y, *given, **params)[i],
            forward=forward,
        )

    y = row(
        id=f"block.{specimen}.y{suffix}",
        quantity="y",
        latex=forward_latex(steps),
        printed=lambda *given, **_: values(steps, dict(zip(inputs, given, strict=True)))["y"],
        corrected=forward,
    )
    wanted = inputs if quantities is None else quantities
    return (y, *(by(i, name) for i, name in enumerate(inputs) if name in wanted))
