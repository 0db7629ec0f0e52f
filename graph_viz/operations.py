"""What a drawing knows of operations, one row each. What the engine and NumPy know of them is asked of them.

The rules in Unicode say what goes back to an input when ȳ arrives at the output y. An only input is x, of two the first
is a and the second b. A product of numbers is written with ·, elementwise; what is in words acts on whole arrays. Where
a rule begins with Σ the elements that became many are summed again.

In a symbol · stands for the operand, in brackets where these hold it together: a box writes its name there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from autograd_zoo.engine.rules import Primitive

Role = Literal["computes", "moves", "reshapes"]


@dataclass(frozen=True)
class Operation:
    """How an operation is written and explained."""

    rule: tuple[str, ...] = ()  # what goes back to each argument; the last one is for all others too
    symbol: str = ""  # what it is written as, if not as its name
    infix: bool = False  # it is written between its two arguments
    commutative: bool = False  # any argument may come first
    role: Role = "computes"  # or its elements stay what they are, elsewhere; or elsewhere as the shape tells already
    elementwise: bool = False  # also where neither NumPy nor the engine says so: it may stand in a chain


NOTHING = "0"
PLACED = "ȳ where it was read, 0 elsewhere"
CHOSEN = "ȳ where it was chosen, half of it at ties"

_MODULO = Operation(("ȳ", "−ȳ·round((a − y) / b)"), "mod", infix=True)
_POWER = Operation(("ȳ·b·a^(b − 1)", "ȳ·y·log(a)"), "^", infix=True)
_LENGTH = Operation(("ȳ·sign(x)",), "|·|")
_RADIANS, _DEGREES = Operation(("ȳ·π / 180",)), Operation(("ȳ·180 / π",))
_STEP = Operation((NOTHING,))
_EXTREME = Operation((CHOSEN, CHOSEN), commutative=True)
_RESHAPED = Operation(("ȳ in the shape of x",), role="reshapes")
_TURNED = Operation(("ȳ turned back",), role="moves")
_PERMUTED = Operation(("ȳ with its axes put back",), role="moves")
_COPIED = Operation(("Σ of the copies of ȳ",), role="moves")
_READ = Operation((PLACED,), role="moves")
_UNKNOWN = Operation()

_ROWS: dict[str, Operation | str] = {
    # arithmetic
    "add": Operation(("ȳ", "ȳ"), "+", infix=True, commutative=True),
    "subtract": Operation(("ȳ", "−ȳ"), "−", infix=True),
    "multiply": Operation(("ȳ·b", "ȳ·a"), "×", infix=True, commutative=True),
    "divide": Operation(("ȳ / b", "−ȳ·y / b"), "÷", infix=True),
    "negative": Operation(("−ȳ",), "−(·)"),
    "positive": "ȳ",
    "reciprocal": Operation(("−ȳ·y / x",), "1/(·)"),
    "square": Operation(("ȳ·2·x",), "(·)²"),
    "remainder": _MODULO,
    "fmod": Operation(_MODULO.rule, infix=True),
    "floor_divide": Operation((NOTHING, NOTHING), "//", infix=True),
    # powers, exponentials, logarithms
    "power": _POWER,
    "float_power": _POWER,
    "sqrt": Operation(("ȳ / (2·y)",), "√"),
    "cbrt": "ȳ / (3·y²)",
    "log_of_base": "ȳ / x",
    "hypot": Operation(("ȳ·a / y", "ȳ·b / y"), commutative=True),
    "direction": Operation(("ȳ / b", "−ȳ·y / b"), elementwise=True),
    "exp": "ȳ·y",
    "exp2": "ȳ·log(2)·y",
    "expm1": "ȳ·(y + 1)",
    "log": "ȳ / x",
    "log2": "ȳ / (log(2)·x)",
    "log10": "ȳ / (log(10)·x)",
    "log1p": "ȳ / (1 + x)",
    "logaddexp": Operation(("ȳ / (1 + exp(b − a))", "ȳ / (1 + exp(a − b))"), commutative=True),
    "logaddexp2": Operation(("ȳ / (1 + 2^(b − a))", "ȳ / (1 + 2^(a − b))"), commutative=True),
    # angles and hyperbolic functions
    "deg2rad": _RADIANS,
    "radians": _RADIANS,
    "rad2deg": _DEGREES,
    "degrees": _DEGREES,
    "sin": "ȳ·cos(x)",
    "cos": "−ȳ·sin(x)",
    "tan": "ȳ·(1 + y²)",
    "arcsin": "ȳ / √(1 − x²)",
    "arccos": "−ȳ / √(1 − x²)",
    "arctan": "ȳ / (1 + x²)",
    "arctan2": Operation(("ȳ·b / (a² + b²)", "−ȳ·a / (a² + b²)")),
    "sinh": "ȳ·cosh(x)",
    "cosh": "ȳ·sinh(x)",
    "tanh": Operation(("ȳ·(1 − y²)",), elementwise=True),  # also fused
    "arcsinh": "ȳ / √(1 + x²)",
    "arccosh": "ȳ / √(x² − 1)",
    "arctanh": "ȳ / (1 − x²)",
    "sinc": Operation(("ȳ·sinc′(x)",), elementwise=True),
    "sinc_derivative": "ȳ·the next derivative of sinc at x",
    "logistic": Operation(("ȳ·y·(1 − y)",), "σ"),
    "erf": "ȳ·2·exp(−x²) / √(π)",
    "i0": Operation(("ȳ·I₁(x)",), "I₀", elementwise=True),
    "i0_derivative": "ȳ·the next derivative of I₀ at x",
    # of scipy.special, by the names that SciPy gives them
    "expit": Operation(("ȳ·y·(1 − y)",), "σ"),
    "logit": "ȳ / (x·(1 − x))",
    "log_expit": "ȳ·(1 − exp(y))",
    "xlogy": Operation(("ȳ·log(b)", "ȳ·a / b")),
    "xlog1py": Operation(("ȳ·log(1 + b)", "ȳ·a / (1 + b)")),
    "entr": "−ȳ·(log(x) + 1)",
    "erfc": "−ȳ·2·exp(−x²) / √(π)",
    "erfinv": "ȳ·√(π)·exp(y²) / 2",
    "ndtr": "ȳ·exp(−x² / 2) / √(2·π)",
    "gammaln": "ȳ·ψ(x)",
    "psi": Operation(("ȳ·ψ′(x)",), "ψ"),
    "polygamma": "ȳ·the next derivative of ψ at x",
    # constant in pieces
    "absolute": _LENGTH,
    "fabs": _LENGTH,
    "copysign": Operation(("ȳ·sign(a)·sign(b)", NOTHING)),
    **dict.fromkeys(("sign", "floor", "ceil", "trunc", "rint", "round", "around"), _STEP),
    "heaviside": Operation((NOTHING, "ȳ where the first argument is 0, else 0")),
    # choices
    **dict.fromkeys(("maximum", "minimum", "fmax", "fmin"), _EXTREME),
    "where": Operation(
        (NOTHING, "ȳ where the condition holds, else 0", "ȳ where the condition fails, else 0"), elementwise=True
    ),
    "clip": Operation(
        ("ȳ inside the bounds, 0 outside", "ȳ below the bound, 0 above", "ȳ above the bound, 0 below"),
        elementwise=True,
    ),
    "nan_to_num": Operation(("ȳ where x is finite, else 0",), elementwise=True),
    # reductions
    "sum": Operation(("ȳ for every element",), "∑"),
    "mean": "ȳ / n for each of n elements",
    "level": Operation(("ȳ / n for each of n elements",), "mean"),
    "deviation": Operation(("ȳ", "−ȳ"), "−", infix=True, elementwise=True),
    "mean_square": Operation(("ȳ·2·x / n",), "mean (·)²"),
    "centered": "ȳ − mean(ȳ)",
    "var": "ȳ·2·(x − mean(x)) / n",
    "std": "ȳ·(x − mean(x)) / (n·y)",
    "max": "ȳ to the greatest elements, in equal shares",
    "min": "ȳ to the least elements, in equal shares",
    "prod": Operation(("ȳ · the product of the other elements",), "∏"),
    "logsumexp": "ȳ·softmax(x)",
    "log_shares": Operation(("ȳ − exp(y)·Σ(ȳ)",), "log softmax"),
    "shares": Operation(("ȳ·y − y·Σ(ȳ·y)",), "softmax"),
    "cumsum": "the sums of ȳ from each element to the end",
    "cumprod": "the sums of ȳ·y from each element to the end, without that element",
    "recurrence": Operation(("r·h before, where r is the recurrence of ȳ backwards", "the recurrence of ȳ backwards")),
    # products of arrays
    "matmul": Operation(("ȳ @ bᵀ", "aᵀ @ ȳ"), "@", infix=True),
    "vecdot": Operation(("ȳ·b", "ȳ·a"), commutative=True),
    "matvec": Operation(("ȳ ⊗ b", "aᵀ @ ȳ")),
    "vecmat": Operation(("b @ ȳ", "a ⊗ ȳ")),
    "tensordot": Operation(("ȳ and b, summed over the axes that only they share", "a and ȳ, likewise")),
    "einsum": "ȳ times the other operands, summed over their axes",
    # linear algebra
    "inv": "−yᵀ @ ȳ @ yᵀ",
    "solve": Operation(("−b̄ @ yᵀ, where b̄ is what goes back to b", "solve(aᵀ, ȳ)")),
    "det": "ȳ·y·x⁻ᵀ",
    "cofactors": "(Σ(ȳ·y) − y @ ȳᵀ) @ x⁻ᵀ",
    "logabsdet": "ȳ·x⁻ᵀ",
    "cholesky": "the symmetric part of y⁻ᵀ @ Φ(yᵀ @ ȳ) @ y⁻¹",
    "norm": "ȳ·x / y",
    # complex numbers and transforms
    "dft": "dft(ȳ)",
    "turned": Operation(("−i·ȳ",), elementwise=True),
    "conjugate": "the conjugate of ȳ",
    "real_part": Operation(("ȳ",), "Re", elementwise=True),
    "imaginary_part": Operation(("−i·ȳ",), "Im", elementwise=True),
    "argument": Operation(("−i·ȳ / x",), "arg", elementwise=True),
    "eigvalsh": "V @ diag(ȳ) @ Vᵀ, of the eigenvectors V",
    "eigenvectors": "the symmetric part of y @ (yᵀ @ ȳ / (λⱼ − λᵢ)) @ yᵀ",
    "svdvals": "U @ diag(ȳ) @ Vᵀ, of the singular vectors",
    "singular_vectors": "ȳ turned by 1 / (sⱼ² − sᵢ²), between U and Vᵀ",
    "orthogonal_triangular": "(q + Q @ M) @ R⁻ᵀ, M from the triangle of R @ rᵀ − qᵀ @ Q",
    "pinv": "−yᵀ @ ȳ @ yᵀ, and what the rest of x adds",
    "root": "ȳ times y by p times x",
    # shapes: each goes back the way it came
    "cast": Operation(("ȳ",), elementwise=True),
    **dict.fromkeys(("reshape", "expand_dims", "squeeze"), _RESHAPED),
    **dict.fromkeys(("swapaxes", "moveaxis"), _PERMUTED),
    "transpose": Operation(_PERMUTED.rule, "(·)ᵀ", role="moves"),
    **dict.fromkeys(("flip", "rot90", "roll"), _TURNED),
    "broadcast_to": Operation(_COPIED.rule, role="reshapes"),
    **dict.fromkeys(("tile", "repeat"), _COPIED),
    "concatenate": Operation(("its own part of ȳ",), "concat"),
    "stack": "its own layer of ȳ",
    "pad": "the inside of ȳ",
    # places
    "getitem": Operation((PLACED,), "(·)[…]", role="moves"),
    **dict.fromkeys(("take", "take_along_axis"), _READ),
    "scatter_add": "ȳ at the index",
    "put": Operation(("ȳ, less what was overwritten", "ȳ at the index")),
    "diagonal": Operation(("ȳ on the diagonal, 0 elsewhere",), role="moves"),
    "trace": "ȳ on the diagonal, 0 elsewhere",
    "diagflat": "the diagonal of ȳ",
    "tril": "the lower triangle of ȳ",
    "triu": "the upper triangle of ȳ",
    "windows": "ȳ added up where the windows overlap",
    "overlap_add": "the windows of ȳ",
    "sigmoid": Operation(symbol="σ"),  # fused, as other modules: its rule is a closed form, which no line holds
}
"""A row that is a text is the rule of an only input."""

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {name: Operation((row,)) if isinstance(row, str) else row for name, row in _ROWS.items()}
)


def of(name: str | None) -> Operation:
    """The row of an operation; of one that nobody knows, one that says nothing: it is written as its name."""
    return OPERATIONS.get(name or "", _UNKNOWN)


def known(op: Callable[..., object] | None) -> Operation:
    """The row of an operation, if it is NumPy's or the package's own: somebody's `norm` may be another one."""
    home = getattr(op, "__module__", None) or ("numpy" if isinstance(op, np.ufunc) else "")  # NumPy 2.0 does not say
    ours = home.partition(".")[0] in ("numpy", "autograd_zoo")
    return of(getattr(op, "__name__", None)) if ours else _UNKNOWN


def symbol(name: str) -> str:
    """What an operation is written as.

    >>> symbol("add"), symbol("my_own")
    ('+', 'my_own')
    """
    return of(name).symbol or name


def elementwise(op: Callable[..., object]) -> bool:
    """Whether an operation computes each element of its result from the same elements of its arguments.

    NumPy says so of its ufuncs and the engine of most others; a row is asked about the package's own and NumPy's.

    >>> import autograd_zoo as az
    >>> elementwise(np.hypot), elementwise(np.clip), elementwise(az.erf), elementwise(np.matmul)
    (True, True, True, False)
    """
    rule = _rules().get(op)
    if isinstance(op, np.ufunc) or (rule is not None and rule.reach == "each"):
        return getattr(op, "signature", None) is None
    return known(op).elementwise


def broadcasts(op: Callable[..., object]) -> bool:
    """Whether the arguments of an elementwise operation are broadcast against each other: the engine says so."""
    rule = _rules().get(op)
    return rule is not None and rule.broadcasts and elementwise(op)


def _rules() -> Mapping[Callable[..., object], Primitive]:
    """The engine's rules, which whoever has a Tensor has loaded."""
    from autograd_zoo.engine.rules import RULES

    return RULES


# ---- what composed operations are known as --------------------------------------------------------------------------


def _is_relu(condition: npt.ArrayLike, other: npt.ArrayLike, x: npt.ArrayLike) -> bool:
    return np.shape(other) == () and other == 0 and np.array_equal(condition, np.less_equal(x, 0))


# What an operation of these arguments (True: a Tensor) is known as, where its numbers prove it.
IDIOMS: Mapping[tuple[str, tuple[bool, ...]], tuple[str, Callable[..., bool]]] = MappingProxyType(
    {("where", (False, False, True)): ("relu", _is_relu)}
)


def idiom(name: str, inputs: tuple[object, ...], saved: tuple[object, ...]) -> str | None:
    """What an operation on `saved` is known as, of which `inputs` has those that are Tensors: `where(x <= 0, 0, x)`.

    >>> x = np.array([-1.0, 2.0])
    >>> idiom("where", (None, None, "x"), (x <= 0, 0.0, x)), idiom("where", (None, None, "x"), (x > 0, 0.0, x))
    ('relu', None)
    """
    known, proves = IDIOMS.get((name, tuple(x is not None for x in inputs)), (None, None))
    return known if proves and proves(*saved) else None
