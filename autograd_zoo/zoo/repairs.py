"""The least repair of a wrong formula, found by a search over edits of its expression tree.

The wrong formulas that are products of matrices are written as trees here, read with the letters of the dictionary that
they need. The grammar of edits: a transpose more or less, two factors swapped, t ± 1 in one letter or in all that are
alike, another letter, a sign, a factor or a term dropped or a factor added, the sum dropped, and vec.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..closed_form import linear, normalization, recurrent
from ..engine.tensor import Array

Tree = tuple[Any, ...]
"""("let", letter, shift) for a letter at t + shift, or an operation's sign and its arguments."""
Env = dict[str, list[Array]]
"""A letter's values at t = 0, 1, ...: columns for vectors, rows for gradients; one that has no t is a list of one."""


@dataclass(frozen=True)
class Wrong:
    """A wrong formula as a tree, and samples: (values, what is right); at each t of a range, unless it is a sum."""

    id: str
    tree: Tree
    sample: Callable[[np.random.Generator], tuple[Env, Array]]
    steps: tuple[int, int] | None = None
    """First and last t, the latter from the end, of a formula for each t."""
    left: str = ""
    """The letter on the left side, if it is one of the values: a repair does not say that it equals itself."""


def let(letter: str, shift: int = 0) -> Tree:
    """A letter at t + shift."""
    return ("let", letter, shift)


def value(tree: Tree, env: Env, t: int) -> Array:
    """What a tree gives at t.

    Raises: IndexError for a letter that has no value at that t, ValueError for shapes that do not fit.
    """
    sign, *of = tree
    if sign == "let":
        values, at = env[of[0]], t + of[1]
        if len(values) == 1:
            at = 0
        if not 0 <= at < len(values):
            raise IndexError(f"{of[0]} has no value at {at}")
        at_t: Array = values[at]
        return at_t
    if sign == "sum":
        return np.asarray(_summed(of[0], env))
    a, *b = (value(child, env, t) for child in of)
    if sign in "⊙+" and np.shape(a) != np.shape(b[0]):
        raise ValueError(f"{sign} needs equal shapes")
    found: Array = _OPERATIONS[sign](a, *b)
    return found


_OPERATIONS: dict[str, Callable[..., Array]] = {
    "T": lambda a: np.transpose(a),
    "@": lambda a, b: a * b if 1 in (np.size(a), np.size(b)) and 0 in (np.ndim(a), np.ndim(b)) else a @ b,
    "⊙": lambda a, b: a * b,
    "+": lambda a, b: a + b,
    "−": lambda a: -a,
    "1/": lambda a: 1 / a,
    "tanh": np.tanh,
    "diag": lambda a: np.diag(np.diag(a)),
    "I−": lambda a: np.eye(*a.shape) - a,
    "I⊗": lambda a: np.kron(np.eye(3), a),
    "vec": lambda a: np.reshape(a, (3, -1)).T,
}


def _summed(tree: Tree, env: Env) -> Array:
    """The sum over all t at which each letter has a value."""
    parts = []
    for t in range(-1, max(map(len, env.values())) + 1):
        try:
            parts.append(value(tree, env, t))
        except IndexError:
            continue
    return sum(parts[1:], parts[0])


def holds(wrong: Wrong, tree: Tree, samples: list[tuple[Env, Array]]) -> bool:
    """Whether a tree gives what is right on all samples."""
    for env, right in samples:
        ts = range(1) if wrong.steps is None else range(wrong.steps[0], len(right) + wrong.steps[1])
        for t in ts:
            try:
                found = value(tree, env, t)
            except (IndexError, ValueError):
                return False
            expected = right if wrong.steps is None else right[t]
            if np.shape(found) != np.shape(expected) or not np.allclose(found, expected, rtol=0, atol=1e-9):
                return False
    return True


def edits(tree: Tree, letters: tuple[str, ...]) -> Iterator[tuple[str, Tree]]:
    """Every tree that one edit makes, with what the edit is."""
    for path, node in _walk(tree):
        for words, new in _local(node, letters):
            yield words, _with(tree, path, new)
    terms = [((1,), tree[1]), ((2,), tree[2])] if tree[0] == "+" else [((), tree)]
    for path, term in terms:
        for leaf in dict.fromkeys(node for _, node in _walk(term) if node[0] == "let"):
            for words, new in _relettered(leaf, letters):
                changed = _everywhere(term, leaf, new)
                if changed != term:
                    yield f"{words}, each", _with(tree, path, changed)


def _local(node: Tree, letters: tuple[str, ...]) -> Iterator[tuple[str, Tree]]:
    sign, *of = node
    yield (
        (f"{shown(node)}ᵀ → {shown(of[0])}", of[0]) if sign == "T" else (f"{shown(node)} → {shown(node)}ᵀ", ("T", node))
    )
    yield f"sign of {shown(node)}", ("−", node)
    if sign == "let":
        yield from _relettered(node, letters)
    if sign == "@":
        yield f"factors of {shown(node)} swapped", (sign, of[1], of[0])
    if sign in ("@", "⊙", "+"):
        for kept, dropped in ((0, 1), (1, 0)):
            yield f"{shown(of[dropped])} dropped", of[kept]
    if sign in ("sum", "vec"):
        yield f"{sign} dropped", of[0]
    if sign != "sum":
        yield f"vec of {shown(node)}", ("vec", node)
        for letter in letters:
            yield f"factor {letter} after {shown(node)}", ("@", node, let(letter))
            yield f"factor {letter} before {shown(node)}", ("@", let(letter), node)


def _relettered(leaf: Tree, letters: tuple[str, ...]) -> Iterator[tuple[str, Tree]]:
    _, letter, shift = leaf
    for new in [let(letter, shift - 1), let(letter, shift + 1), *(let(other, shift) for other in letters)]:
        if new != leaf:
            yield f"{shown(leaf)} → {shown(new)}", new


def _walk(tree: Tree, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Tree]]:
    yield path, tree
    if tree[0] != "let":
        for k, child in enumerate(tree[1:], 1):
            yield from _walk(child, (*path, k))


def _with(tree: Tree, path: tuple[int, ...], new: Tree) -> Tree:
    if not path:
        return new
    return (*tree[: path[0]], _with(tree[path[0]], path[1:], new), *tree[path[0] + 1 :])


def _everywhere(tree: Tree, old: Tree, new: Tree) -> Tree:
    if tree == old:
        return new
    return tree if tree[0] == "let" else (tree[0], *(_everywhere(child, old, new) for child in tree[1:]))


def shown(tree: Tree) -> str:
    """A tree in a few characters."""
    sign, *of = tree
    if sign == "let":
        shift = {0: "t", 1: "{t+1}", -1: "{t−1}"}.get(of[1], f"{{t{of[1]:+d}}}")
        return f"{of[0]}_{shift}"
    return f"{sign}({', '.join(map(shown, of))})"


def least(wrong: Wrong, most: int = 2) -> tuple[int, tuple[str, ...]]:
    """The fewest edits that make a formula right, and all ways to do it with so many; 0 and none if it takes more."""
    samples = [wrong.sample(np.random.default_rng(seed)) for seed in range(3)]
    letters = tuple(samples[0][0])
    reached: dict[Tree, str] = {wrong.tree: ""}
    for count in range(1, most + 1):
        further: dict[Tree, str] = {}
        for tree, before in reached.items():
            for words, new in edits(tree, letters):
                further.setdefault(new, f"{before}; {words}" if before else words)
        right = [tree for tree in further if holds(wrong, tree, samples)]
        found = [further[tree] for tree in right if let(wrong.left) not in {node for _, node in _walk(tree)}]
        if found:
            return count, tuple(found)
        reached = further
    return 0, ()


def _columns(values: Array) -> list[Array]:
    return [np.reshape(v, (-1, 1)) for v in values]


def _rows(values: Array) -> list[Array]:
    return [np.reshape(v, (1, -1)) for v in values]


def _simple_rnn(parameter: str) -> Callable[[np.random.Generator], tuple[Env, Array]]:
    def sample(rng: np.random.Generator) -> tuple[Env, Array]:
        inputs = tuple(0.8 * rng.standard_normal(s) for s in ((4, 2), (3,), (3, 3), (3, 2), (5, 3)))
        y = recurrent.simple_rnn(*inputs)
        g = rng.standard_normal(y.shape)
        d = recurrent.simple_rnn_gradients(g, y, *inputs)
        h = recurrent.simple_rnn_h(*inputs)
        do = np.concatenate([np.zeros_like(g[:1]), g])
        env = {"h": _columns(h), "x": _columns(inputs[0]), "∂h": _rows(d.h), "∂o": _rows(do)}
        return env, np.transpose(getattr(d, parameter))

    return sample


def _lstm(rng: np.random.Generator) -> tuple[Env, Array]:
    shapes = ((5, 2), (3,), (3,), *[(3, 3), (3, 2)] * 4)
    inputs = tuple(0.8 * rng.standard_normal(s) for s in shapes)
    y = recurrent.lstm(*inputs)
    g = rng.standard_normal(y.shape) * np.array([1.0, 0.0])[:, None, None]
    d, gates = recurrent.lstm_gradients(g, y, *inputs), recurrent.lstm_steps(y, *inputs)
    C = np.concatenate([inputs[2][None], y[1]])
    values = {"∂C": _rows(d.C), "f": _columns(gates.f), "∂h": _rows(d.h), "o": _columns(gates.o), "C": _columns(C)}
    return values, np.stack(_rows(d.C))


def _linear(rng: np.random.Generator) -> tuple[Env, Array]:
    x, W, b, g = (rng.standard_normal(s) for s in ((2,), (3, 2), (3,), (3,)))
    dW = linear.linear_dW(g, linear.linear(x, W, b), x, W, b)
    return {"∂y": _rows(g[None]), "x": _columns(x[None])}, dW.T


def _batch_norm(rng: np.random.Generator) -> tuple[Env, Array]:
    """One channel; the letter r is 1/√(σ² + ε), c is x_m − μ, and m counts from 1."""
    M = int(rng.integers(3, 6))
    x, g = rng.standard_normal((2, M, 1))
    gamma, beta, eps = np.array([1.3]), np.zeros(1), 0.1
    given = (g, normalization.batch_norm(x, gamma, beta, eps=eps), x, gamma, beta)
    s = [
        np.asarray(f(*given, eps=eps)).item() for f in (normalization.batch_norm_dmu, normalization.batch_norm_dsigma2)
    ]
    env = {
        "∂y": [*g[:, 0]],
        "γ": [gamma[0]],
        "r": [1 / np.sqrt(np.var(x) + eps)],
        "∂μ": [s[0]],
        "∂σ²": [2 * s[1]],
        "c": [*(x[:, 0] - np.mean(x))],
        "m": [*np.arange(1.0, M + 1)],
        "M": [np.float64(M)],
    }
    return env, normalization.batch_norm_dx(*given, eps=eps)[:, 0]


def _product(*factors: Tree) -> Tree:
    first, *rest = factors
    for factor in rest:
        first = ("@", first, factor)
    return first


def _d_tanh(v: Tree) -> Tree:
    return ("diag", ("I−", ("@", v, ("T", v))))


_H, _X, _C1 = let("h"), let("x"), ("tanh", let("C", 1))

WRONG: tuple[Wrong, ...] = (
    Wrong("recurrent.simple_rnn.dW", ("sum", _product(_H, let("∂h"), _d_tanh(_H))), _simple_rnn("W")),
    Wrong("recurrent.simple_rnn.dU", ("sum", _product(_X, let("∂h"), _d_tanh(_H))), _simple_rnn("U")),
    Wrong("recurrent.simple_rnn.dV", ("sum", _product(_X, let("∂o"))), _simple_rnn("V")),
    Wrong("linear.linear.dW.kronecker", ("@", let("∂y"), ("I⊗", let("x"))), _linear),
    Wrong(
        "recurrent.lstm.dC",
        (
            "+",
            ("⊙", let("∂C", 1), ("T", let("f"))),
            ("⊙", let("∂h"), ("@", ("T", let("o")), _d_tanh(_C1))),
        ),
        _lstm,
        (1, -1),
        "∂C",
    ),
    Wrong(
        "normalization.batch_norm.dx",
        (
            "+",
            _product(let("∂y"), let("γ"), let("r")),
            (
                "+",
                _product(let("∂μ"), ("1/", let("m"))),
                _product(let("∂σ²"), ("1/", let("m")), let("c")),
            ),
        ),
        _batch_norm,
        (0, 0),
    ),
)
"""The wrong formulas that are products of matrices or numbers."""


def lines() -> list[str]:
    """A table of Markdown: of each of these formulas how many single edits there are, and all its least repairs."""
    found = ["| formula | single edits | least repair | all of that size |", "| --- | ---: | ---: | --- |"]
    for wrong in WRONG:
        letters = tuple(wrong.sample(np.random.default_rng(0))[0])
        single = len({tree for _, tree in edits(wrong.tree, letters)})
        count, ways = least(wrong)
        found.append(f"| {wrong.id} | {single} | {count} | {' or '.join(f'`{way}`' for way in ways)} |")
    return found
