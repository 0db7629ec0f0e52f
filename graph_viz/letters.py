r"""Names as mathematics: LaTeX as Unicode, `\hat{x}` as x̂, and Greek names as letters.

What a picture shows keeps _ and ^ before what is set low or high, as in W_f, h_{t+1} and x^{(i)}.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

ACCENTS = {"hat": "\u0302", "tilde": "\u0303", "bar": "\u0304", "dot": "\u0307", "ddot": "\u0308", "vec": "\u20d7"}
ACCENTS |= {"widehat": "\u0302", "widetilde": "\u0303", "overline": "\u0304", "check": "\u030c"}  # the same again
GREEK = dict(
    zip(
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
        "omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega".split(),
        "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ",
        strict=True,
    )
)
SYMBOLS = {"varepsilon": "ε", "vartheta": "ϑ", "varphi": "φ", "ell": "ℓ", "partial": "∂", "nabla": "∇", "infty": "∞"}
SYMBOLS |= {"prime": "′", "top": "ᵀ", "star": "⋆", "ast": "∗", "cdot": "·", "times": "×", "odot": "⊙", "otimes": "⊗"}
SYMBOLS |= {"pm": "±", "to": "→", "ldots": "…", "dots": "…", "div": "÷", "sum": "∑", "sqrt": "√", "|": "‖"}
ALPHABETS = {"mathcal": ("L", "ℒ"), "mathbb": ("ERNZ", "𝔼ℝℕℤ")}  # of which Unicode's letters are in most fonts
PLAIN = "mathbf boldsymbol bm mathrm mathit mathsf text operatorname".split()  # what they hold is written as it is

_BRACED = re.compile(r"\\([A-Za-z]+)(?:\s*\{([^{}\\]*)\}|(\s[A-Za-z]\b|[^\W\d_A-Za-z]))")
_BARE = re.compile(r"\\([A-Za-z]+|\|)(?![A-Za-z])\s?")
_WORD = re.compile(r"(?<![^\W_])(" + "|".join(GREEK) + r")(?![^\W\d_])")


def letters(name: str) -> str:
    r"""A name as a picture shows it; what is no LaTeX that is known here stays as it is.

    >>> [letters(name) for name in (r"\hat{x}", r"x^{(i)}", r"$\theta_t$", "norm.gamma", "beta_1", r"\alphabet")]
    ['x̂', 'x^{(i)}', 'θ_t', 'norm.γ', 'β_1', '\\alphabet']
    """
    if "\\" in name:
        text = name[1:-1] if len(name) > 2 and name[0] == name[-1] == "$" else name
        for _ in range(4):  # braces in braces, from the inside
            text = _BARE.sub(_symbol, _BRACED.sub(_braced, text))
        return name if "\\" in text else _tidy(text)
    return _WORD.sub(lambda found: GREEK[found[1]], name)


def _braced(found: re.Match[str]) -> str:
    """What a command makes of its argument."""
    command, inside = found[1], found[2] if found[2] is not None else found[3].strip()
    if command in ACCENTS and inside:
        return unicodedata.normalize("NFC", inside[0] + ACCENTS[command]) + inside[1:]
    if command in ALPHABETS and inside and all(c in ALPHABETS[command][0] for c in inside):
        return inside.translate(str.maketrans(*ALPHABETS[command]))
    if command == "sqrt":
        return f"√{inside}"
    return inside if command in PLAIN else found[0]


def _symbol(found: re.Match[str]) -> str:
    return (GREEK | SYMBOLS).get(found[1], found[0]) if found[1] != "sqrt" else found[0]


def _tidy(text: str) -> str:
    """Braces that hold one letter and are behind no _ or ^ say nothing."""
    return re.sub(r"(?<![_^])\{([^{}])\}", r"\1", text).replace("^{ᵀ}", "ᵀ").replace("^ᵀ", "ᵀ").replace("^′", "′")


# ---- names in formulas ----------------------------------------------------------------------------------------------

UNNAMED = "(·)"  # what a box writes for an operand without a name: no letter, which could be read as a Tensor's
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}")
_LOW = re.compile(r"_([^\W_]{1,2})$")


def held(name: str) -> str:
    """A name as an operand: in brackets where it is a formula itself, its last letters low where a power follows.

    >>> [held(name) + "²" for name in ("z", "W_f", "dy/dw", "x[0, 1]", "")]
    ['z²', 'W_{f}²', '(dy/dw)²', 'x[0, 1]²', '(·)²']
    """
    if not name:
        return UNNAMED
    whole = not re.search(r"[\s·+−*/^@…-]", _BRACKETS.sub("", name))
    return _LOW.sub(r"_{\1}", name) if whole else f"({name})"


def operand(symbol: str, name: str) -> str:
    """A symbol with the name of its operand where · stands for it.

    >>> operand("(·)ᵀ", "W"), operand("|·|", "a + b"), operand("−(·)", "a + b"), operand("−(·)", "")
    ('Wᵀ', '|a + b|', '−(a + b)', '−(·)')
    """
    return symbol.replace(UNNAMED, held(name)) if UNNAMED in symbol else symbol.replace("·", name or "·")


# ---- scripts: what is set low and high -------------------------------------------------------------------------

# A symbol of one letter, and what is to be set low or high; more letters are a name, which is shown as it is.
SCRIPTS = re.compile(r"(\b[^\W\d_][\u0300-\u036f\u20d7]*²?)((?:[_^](?:[^\W_]{1,2}(?!\w)|\{[^{}]{1,12}\}))+)")
SCRIPT = re.compile(r"([_^])(?:\{([^{}]*)\}|([^_^]*))")


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """`text` in pieces, each with "_" where it is set low, "^" where it is set high, else "".

    >>> list(pieces("x^{(i)}_t + fc_out"))
    [('x', ''), ('(i)', '^'), ('t', '_'), (' + fc_out', '')]
    """
    end = 0
    for found in SCRIPTS.finditer(text):
        yield text[end : found.end(1)], ""
        for script in SCRIPT.finditer(found[2]):
            yield script[2] if script[2] is not None else script[3], script[1]
        end = found.end()
    if end < len(text):
        yield text[end:], ""
