"""Rows of the layers of a Transformer: steps, whose Jacobian matrices are multiplied as the chain rule says."""

import math
from functools import partial
from typing import Any

import numpy as np

from autograd_zoo.closed_form import activation, attention
from autograd_zoo.closed_form.formula import Formula
from autograd_zoo.closed_form.notation import Array
from autograd_zoo.closed_form.rows.block_chain import (
    ADD,
    AFFINE,
    RELU,
    Operation,
    Step,
    forward_latex,
    gradient,
    gradient_latex,
    step,
    values,
)
from autograd_zoo.closed_form.rows.samples import away_from_zero

PLACE = "Not printed; beside Attention, text: Transformer"
NOTE = "Attention is head by head: q, k, v and o are cut into as many equal parts as there are heads."
E, F, HEADS = 4, 5, 2
EPS = 1e-5

# ---- steps -----------------------------------------------------------------------------------------------------


def _heads(x: Array) -> Array:
    """Return x (T, E) cut into heads, (HEADS, T, E/HEADS)."""
    return np.stack(np.split(x, HEADS, axis=1))


def _scores(q: Array, k: Array) -> Array:
    return np.einsum("htd,hsd->hts", _heads(q), _heads(k)) / math.sqrt(E // HEADS)


def _softmax(S: Array, causal: bool) -> Array:
    seen = np.exp(S) * (np.tri(*S.shape[1:]) if causal else 1.0)
    return seen / seen.sum(axis=-1, keepdims=True)


def _softmax_jacobian(S: Array, causal: bool) -> Array:
    """diag(Aᵢ) − Aᵢ Aᵢᵀ for each query i, and 0 from one query to another."""
    lines = _softmax(S, causal).reshape(-1, S.shape[-1])
    return _by_blocks([np.diag(A) - np.outer(A, A) for A in lines])


def _norm(x: Array, gamma: Array, beta: Array) -> Array:
    return np.array([gamma * (v - v.mean()) / math.sqrt(v.var() + EPS) + beta for v in x])


def _norm_jacobian(x: Array, gamma: Array, beta: Array) -> Array:
    """diag(γ)/√(σ² + ε) (I − 1/M − x̂ x̂ᵀ/M) for each vector, and 0 from one vector to another."""
    blocks = []
    for v in x:
        root, M = math.sqrt(v.var() + EPS), len(v)
        x_hat = (v - v.mean()) / root
        blocks.append(np.diag(gamma / root) @ (np.eye(M) - 1 / M - np.outer(x_hat, x_hat) / M))
    return _by_blocks(blocks)


def _by_blocks(blocks: list[Array]) -> Array:
    """Return the square matrix with these square ones along its diagonal."""
    n = len(blocks[0])
    matrix = np.zeros((n * len(blocks), n * len(blocks)))
    for i, block in enumerate(blocks):
        matrix[i * n : (i + 1) * n, i * n : (i + 1) * n] = block
    return matrix


def _softmax_step(causal: bool) -> Operation:
    return Operation(r"softmax({0})", partial(_softmax, causal=causal), {0: partial(_softmax_jacobian, causal=causal)})


SCORES = Operation(r"\frac{{{0}{{{1}}}^T}}{{\sqrt{{d}}}}", _scores)
MIX = Operation("{0}{1}", lambda A, v: np.hstack(list(A @ _heads(v))))
NORM = Operation("LN_{{{1},{2}}}({0})", _norm, {0: _norm_jacobian})
GELU = Operation(
    "GELU({0})",
    activation.gelu,
    {0: lambda u: np.diag(np.ravel(activation.gelu_dx(np.ones_like(u), activation.gelu(u), u)))},
)
ACTIVATIONS = {"relu": RELU, "gelu": GELU}


def _attend(out: str, x: str, m: str, W: str, b: str, end: str, causal: bool) -> list[Step]:
    """Return the steps of attention from x to m with parameters W_q, ..., b_o; its own names end in `end`."""
    q, k, v, S, A, o = (letter + end for letter in "qkvSAo")
    return [
        *(step(y, AFFINE, of, f"{W}_{y[0]}", f"{b}_{y[0]}") for y, of in ((q, x), (k, m), (v, m))),
        step(S, SCORES, q, k),
        step(A, _softmax_step(causal), S),
        step(o, MIX, A, v),
        step(out, AFFINE, o, f"{W}_o", f"{b}_o"),
    ]


def _steps(memory: bool, norm_first: bool, causal: bool, activation: str) -> tuple[Step, ...]:
    """Return the steps of an encoder layer, or of a decoder layer, which has a memory m."""

    def attend(out: str, x: str) -> list[Step]:
        return _attend(out, x, x, "W", "b", "", causal)

    def recall(out: str, x: str) -> list[Step]:
        return _attend(out, x, "m", "C", "c", "_m", False)

    def feed_forward(out: str, x: str) -> list[Step]:
        return [
            step("u", AFFINE, x, "W_1", "b_1"),
            step("a", ACTIVATIONS[activation], "u"),
            step(out, AFFINE, "a", "W_2", "b_2"),
        ]

    parts = [attend, recall, feed_forward] if memory else [attend, feed_forward]
    steps: list[Step] = []
    x = "x"
    for i, part in enumerate(parts, start=1):
        y = "y" if part is feed_forward else f"z_{i}"
        norm = (f"gamma_{i}", f"beta_{i}")
        if norm_first:
            steps += [step(f"n_{i}", NORM, x, *norm), *part(f"f_{i}", f"n_{i}"), step(y, ADD, x, f"f_{i}")]
        else:
            steps += [*part(f"f_{i}", x), step(f"s_{i}", ADD, x, f"f_{i}"), step(y, NORM, f"s_{i}", *norm)]
        x = y
    return tuple(steps)


# ---- inputs ----------------------------------------------------------------------------------------------------

OF_SELF = ("W_q", "W_k", "W_v", "W_o", "b_q", "b_v", "b_o", "gamma_1", "beta_1")
OF_MEMORY = ("C_q", "C_k", "C_v", "C_o", "c_q", "c_v", "c_o", "gamma_2", "beta_2")
OF_FEED_FORWARD = ("W_1", "b_1", "W_2", "b_2")
ENCODER = ("x", *OF_SELF, *OF_FEED_FORWARD, "gamma_2", "beta_2")
DECODER = ("x", "m", *OF_SELF, *OF_MEMORY, *OF_FEED_FORWARD, "gamma_3", "beta_3")
KEY_BIASES = ("b_k", "c_k")
"""They come after all other inputs, and have no row: the gradient is 0."""


def _sample(rng: np.random.Generator, inputs: tuple[str, ...]) -> tuple[Array, ...]:
    """Draw inputs of these names, matrices small enough that a softmax is far from choosing a single key."""
    shapes = {"x": (3, E), "m": (4, E), "W_1": (F, E), "b_1": (F,), "W_2": (E, F)}
    drawn = []
    for name in inputs:
        shape = shapes.get(name, (E, E) if name[0] in "WC" else (E,))
        drawn.append(away_from_zero(rng, *shape) * (0.5 if len(shape) == 2 and name not in "xm" else 1.0))
    return tuple(drawn)


# ---- rows ------------------------------------------------------------------------------------------------------


def _rows(
    specimen: str, wanted: tuple[str, ...], suffix: str = "", only: tuple[str, ...] = (), **params: Any
) -> tuple[Formula, ...]:
    """Return the rows of a layer: y, and the gradient by each of the inputs `wanted`, or by those in `only`."""
    forward, gradients = getattr(attention, specimen), getattr(attention, f"{specimen}_gradients")
    memory = "m" in wanted
    inputs = (*wanted, *KEY_BIASES[: 1 + memory])
    steps = _steps(memory, **params)
    row = partial(
        Formula,
        specimen=specimen,
        place=PLACE,
        sample=partial(_sample, inputs=inputs),
        params=params | {"num_heads": HEADS},
        source="ours",
        note=NOTE,
    )

    def by(i: int, name: str) -> Formula:
        return row(
            id=f"attention.{specimen}.d{name}{suffix}",
            quantity=f"d{name}",
            latex=gradient_latex(steps, name),
            printed=lambda g, y, *given, **_: gradient(steps, dict(zip(inputs, given, strict=True)), g, name),
            corrected=lambda g, y, *given, **params: gradients(g, y, *given, **params)[i],
            forward=forward,
        )

    y = row(
        id=f"attention.{specimen}.y{suffix}",
        quantity="y",
        latex=forward_latex(steps),
        printed=lambda *given, **_: values(steps, dict(zip(inputs, given, strict=True)))["y"],
        corrected=forward,
    )
    return (y, *(by(i, name) for i, name in enumerate(wanted) if name in (only or wanted)))


_after: dict[str, Any] = {"norm_first": False, "causal": False, "activation": "gelu"}
_before: dict[str, Any] = {"norm_first": True, "causal": True, "activation": "relu"}

FORMULAS: tuple[Formula, ...] = (
    *_rows("transformer_encoder_layer", ENCODER, **_after),
    *_rows("transformer_encoder_layer", ENCODER, ".norm_first", ("x", "W_k", "gamma_1", "W_1"), **_before),
    *_rows("transformer_decoder_layer", DECODER, **_after),
    *_rows("transformer_decoder_layer", DECODER, ".norm_first", ("x", "m", "W_k", "C_k", "gamma_2"), **_before),
)
