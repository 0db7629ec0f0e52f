"""The rule of an operation as a line of the page, from the table of operations, with numbers for its letters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from ..operations import NOTHING, OPERATIONS

__all__ = ["NOTHING", "RULES", "filled", "is_formula", "rule", "variables"]

RULES: Mapping[str, tuple[str, ...]] = MappingProxyType({op: row.rule for op, row in OPERATIONS.items() if row.rule})

_VARIABLE = re.compile(r"(?<![\w′])[ȳyxab](?![^\W²³]|[′̄])")


def rule(op: str, position: int) -> str:
    """What the primitive `op` sends to its argument at `position`; of any number of arguments all get the same.

    >>> rule("multiply", 1), rule("stack", 7), rule("my_own", 0)
    ('ȳ·a', 'its own layer of ȳ', 'the rule of my_own')
    """
    return told(RULES.get(op, ()), op, position)


def told(rules: tuple[str, ...], op: str, position: int) -> str:
    """The same of `rules`, which may be none."""
    return rules[min(position, len(rules) - 1)] if rules else f"the rule of {op}"


def variables(arity: int) -> tuple[str, ...]:
    """What the arguments are called in a rule.

    >>> variables(1), variables(2)
    (('x',), ('a', 'b'))
    """
    return ("x",) if arity == 1 else ("a", "b") if arity == 2 else ()


def whole(text: str, exponent: Any) -> str:
    """The rule of a power whose exponent is a small whole number, with one less worked out.

    >>> whole("ȳ·b·a^(b − 1)", 3), whole("ȳ·b·a^(b − 1)", 2), whole("ȳ·b·a^(b − 1)", 0.5)
    ('ȳ·b·a^2', 'ȳ·b·a', 'ȳ·b·a^(b − 1)')
    """
    n = next((n for n in range(2, 10) if np.ndim(exponent) == 0 and exponent == n), 0)
    return text.replace("^(b − 1)", f"^{n - 1}" if n > 2 else "") if n else text


def is_formula(text: str) -> bool:
    """Whether a rule is a formula of numbers, and no words.

    >>> is_formula("ȳ·cos(x)"), is_formula("ȳ·(1 − y²)"), is_formula("ȳ at the index"), is_formula("ȳ @ bᵀ")
    (True, True, False, False)
    """
    words = set(re.findall(r"[^\W\d_²³]{2,}", text))
    return words <= {"exp", "log", "sin", "cos", "sinh", "cosh", "sign", "round"} and not re.search("[@⊗ᵀΣ′]", text)


def filled(text: str, numbers: Mapping[str, str]) -> str:
    """A formula with numbers for its variables.

    >>> filled("−ȳ·y / b", {"ȳ": "1", "y": "0.5", "b": "−3"})
    '−1·0.5 / (−3)'
    >>> filled("ȳ·(1 − y²)", {"ȳ": "2", "y": "−0.5"})
    '2·(1 − (−0.5)²)'
    """

    def number(found: re.Match[str]) -> str:
        known = numbers.get(found[0], found[0])
        first = not found.start() or text[found.start() - 1] == "("
        alone = first and found.string[found.end() : found.end() + 1] not in ("²", "^")
        return f"({known})" if known.startswith("−") and not alone else known

    return _VARIABLE.sub(number, text)
