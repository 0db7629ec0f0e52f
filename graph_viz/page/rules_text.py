"""The rule of every primitive in one line of Unicode: what goes back to an input when ȳ arrives at the output y.

An only input is x, of two the first is a and the second b. A product of numbers is written with ·, elementwise; what
is in words acts on whole arrays. Where a rule begins with Σ the elements that became many are summed again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

NOTHING = "0"
PLACED = "ȳ where it was read, 0 elsewhere"

RULES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        # arithmetic
        "add": ("ȳ", "ȳ"),
        "subtract": ("ȳ", "−ȳ"),
        "multiply": ("ȳ·b", "ȳ·a"),
        "divide": ("ȳ / b", "−ȳ·y / b"),
        "negative": ("−ȳ",),
        "positive": ("ȳ",),
        "reciprocal": ("−ȳ·y / x",),
        "square": ("ȳ·2·x",),
        "remainder": ("ȳ", "−ȳ·round((a − y) / b)"),
        "fmod": ("ȳ", "−ȳ·round((a − y) / b)"),
        # powers, exponentials, logarithms
        "power": ("ȳ·b·a^(b − 1)", "ȳ·y·log(a)"),
        "float_power": ("ȳ·b·a^(b − 1)", "ȳ·y·log(a)"),
        "sqrt": ("ȳ / (2·y)",),
        "cbrt": ("ȳ / (3·y²)",),
        "log_of_base": ("ȳ / x",),
        "hypot": ("ȳ·a / y", "ȳ·b / y"),
        "direction": ("ȳ / b", "−ȳ·y / b"),
        "exp": ("ȳ·y",),
        "exp2": ("ȳ·log(2)·y",),
        "expm1": ("ȳ·(y + 1)",),
        "log": ("ȳ / x",),
        "log2": ("ȳ / (log(2)·x)",),
        "log10": ("ȳ / (log(10)·x)",),
        "log1p": ("ȳ / (1 + x)",),
        "logaddexp": ("ȳ / (1 + exp(b − a))", "ȳ / (1 + exp(a − b))"),
        "logaddexp2": ("ȳ / (1 + 2^(b − a))", "ȳ / (1 + 2^(a − b))"),
        # angles and hyperbolic functions
        "deg2rad": ("ȳ·π / 180",),
        "radians": ("ȳ·π / 180",),
        "rad2deg": ("ȳ·180 / π",),
        "degrees": ("ȳ·180 / π",),
        "sin": ("ȳ·cos(x)",),
        "cos": ("−ȳ·sin(x)",),
        "tan": ("ȳ·(1 + y²)",),
        "arcsin": ("ȳ / √(1 − x²)",),
        "arccos": ("−ȳ / √(1 − x²)",),
        "arctan": ("ȳ / (1 + x²)",),
        "arctan2": ("ȳ·b / (a² + b²)", "−ȳ·a / (a² + b²)"),
        "sinh": ("ȳ·cosh(x)",),
        "cosh": ("ȳ·sinh(x)",),
        "tanh": ("ȳ·(1 − y²)",),
        "arcsinh": ("ȳ / √(1 + x²)",),
        "arccosh": ("ȳ / √(x² − 1)",),
        "arctanh": ("ȳ / (1 − x²)",),
        "sinc": ("ȳ·sinc′(x)",),
        "sinc_derivative": ("ȳ·the next derivative of sinc at x",),
        "erf": ("ȳ·2·exp(−x²) / √(π)",),
        # constant in pieces
        "absolute": ("ȳ·sign(x)",),
        "fabs": ("ȳ·sign(x)",),
        "copysign": ("ȳ·sign(a)·sign(b)", NOTHING),
        **dict.fromkeys(("sign", "floor", "ceil", "trunc", "rint", "round", "around"), (NOTHING,)),
        "floor_divide": (NOTHING, NOTHING),
        "heaviside": (NOTHING, "ȳ where the first argument is 0, else 0"),
        # choices
        **dict.fromkeys(
            ("maximum", "minimum", "fmax", "fmin"),
            ("ȳ where it was chosen, half of it at ties", "ȳ where it was chosen, half of it at ties"),
        ),
        "where": (NOTHING, "ȳ where the condition holds, else 0", "ȳ where the condition fails, else 0"),
        "clip": ("ȳ inside the bounds, 0 outside", "ȳ below the bound, 0 above", "ȳ above the bound, 0 below"),
        "nan_to_num": ("ȳ where x is finite, else 0",),
        # reductions
        "sum": ("ȳ for every element",),
        "mean": ("ȳ / n for each of n elements",),
        "centered": ("ȳ − mean(ȳ)",),
        "var": ("ȳ·2·(x − mean(x)) / n",),
        "std": ("ȳ·(x − mean(x)) / (n·y)",),
        "max": ("ȳ to the greatest elements, in equal shares",),
        "min": ("ȳ to the least elements, in equal shares",),
        "prod": ("ȳ · the product of the other elements",),
        "logsumexp": ("ȳ·softmax(x)",),
        "cumsum": ("the sums of ȳ from each element to the end",),
        "cumprod": ("the sums of ȳ·y from each element to the end, without that element",),
        "recurrence": ("r·h before, where r is the recurrence of ȳ backwards", "the recurrence of ȳ backwards"),
        # products of arrays
        "matmul": ("ȳ @ bᵀ", "aᵀ @ ȳ"),
        "vecdot": ("ȳ·b", "ȳ·a"),
        "matvec": ("ȳ ⊗ b", "aᵀ @ ȳ"),
        "vecmat": ("b @ ȳ", "a ⊗ ȳ"),
        "tensordot": ("ȳ and b, summed over the axes that only they share", "a and ȳ, likewise"),
        "einsum": ("ȳ times the other operands, summed over their axes",),
        # linear algebra
        "inv": ("−yᵀ @ ȳ @ yᵀ",),
        "solve": ("−b̄ @ yᵀ, where b̄ is what goes back to b", "solve(aᵀ, ȳ)"),
        "det": ("ȳ·y·x⁻ᵀ",),
        "cofactors": ("(Σ(ȳ·y) − y @ ȳᵀ) @ x⁻ᵀ",),
        "logabsdet": ("ȳ·x⁻ᵀ",),
        "cholesky": ("the symmetric part of y⁻ᵀ @ Φ(yᵀ @ ȳ) @ y⁻¹",),
        "norm": ("ȳ·x / y",),
        "root": ("ȳ times y by p times x",),
        # shapes: each goes back the way it came
        "cast": ("ȳ",),
        **dict.fromkeys(("reshape", "expand_dims", "squeeze"), ("ȳ in the shape of x",)),
        **dict.fromkeys(("transpose", "swapaxes", "moveaxis"), ("ȳ with its axes put back",)),
        **dict.fromkeys(("flip", "rot90", "roll"), ("ȳ turned back",)),
        "broadcast_to": ("Σ of the copies of ȳ",),
        "tile": ("Σ of the copies of ȳ",),
        "repeat": ("Σ of the copies of ȳ",),
        "concatenate": ("its own part of ȳ",),
        "stack": ("its own layer of ȳ",),
        "pad": ("the inside of ȳ",),
        # places
        **dict.fromkeys(("getitem", "take", "take_along_axis"), (PLACED,)),
        "scatter_add": ("ȳ at the index",),
        "put": ("ȳ, less what was overwritten", "ȳ at the index"),
        "diagonal": ("ȳ on the diagonal, 0 elsewhere",),
        "trace": ("ȳ on the diagonal, 0 elsewhere",),
        "diagflat": ("the diagonal of ȳ",),
        "tril": ("the lower triangle of ȳ",),
        "triu": ("the upper triangle of ȳ",),
        "windows": ("ȳ added up where the windows overlap",),
        "overlap_add": ("the windows of ȳ",),
    }
)

_VARIABLE = re.compile(r"(?<![\w′])[ȳyxab](?![\w′̄])")


def rule(op: str, position: int) -> str:
    """What the primitive `op` sends to its argument at `position`; of any number of arguments all get the same.

    >>> rule("multiply", 1), rule("stack", 7), rule("my_own", 0)
    ('ȳ·a', 'its own layer of ȳ', 'the rule of my_own')
    """
    known = RULES.get(op, ())
    return known[min(position, len(known) - 1)] if known else f"the rule of {op}"


def variables(arity: int) -> tuple[str, ...]:
    """What the arguments are called in a rule.

    >>> variables(1), variables(2)
    (('x',), ('a', 'b'))
    """
    return ("x",) if arity == 1 else ("a", "b") if arity == 2 else ()


def is_formula(text: str) -> bool:
    """Whether a rule is a formula of numbers, and no words.

    >>> is_formula("ȳ·cos(x)"), is_formula("ȳ at the index"), is_formula("ȳ @ bᵀ")
    (True, False, False)
    """
    words = set(re.findall(r"[^\W\d_]{2,}", text))
    return words <= {"exp", "log", "sin", "cos", "sinh", "cosh", "sign", "round"} and not re.search("[@⊗ᵀΣ′]", text)


def filled(text: str, numbers: Mapping[str, str]) -> str:
    """A formula with numbers for its variables.

    >>> filled("−ȳ·y / b", {"ȳ": "1", "y": "0.5", "b": "−3"})
    '−1·0.5 / (−3)'
    """

    def number(found: re.Match[str]) -> str:
        known = numbers.get(found[0], found[0])
        first = not found.start() or text[found.start() - 1] == "("
        alone = first and found.string[found.end() : found.end() + 1] not in ("²", "^")
        return f"({known})" if known.startswith("−") and not alone else known

    return _VARIABLE.sub(number, text)
