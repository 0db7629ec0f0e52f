"""Text as LaTeX sets it: symbols as formulas, all else as it is written, with nothing in it a command."""

from __future__ import annotations

import re
import unicodedata

from ..letters import ACCENTS, ALPHABETS, GREEK, SCRIPT, SYMBOLS

OTHER = r"""\ifdefined\Umathchar\newcommand\other[2]{#1}\else\newcommand\other[2]{\texttt{U+#2}}\fi"""  # in pdfLaTeX

_SPECIAL = {c: rf"\{c}" for c in "#$%&_{}"} | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}"}
_SPECIAL |= {"^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}"}
_SPECIAL |= {'"': r"\textquotedbl{}", "`": r"\textasciigrave{}", "'": r"\textquotesingle{}", "-": "{-}"}
_MATH = {letter: rf"\{word}" for word, letter in (GREEK | SYMBOLS).items() if word not in ("dots", "epsilon", "to")}
_MATH |= {letter: rf"\{font}{{{base}}}" for font, both in ALPHABETS.items() for base, letter in zip(*both, strict=True)}
_MATH |= {"−": "-", "→": r"\to", "↔": r"\leftrightarrow", "∘": r"\circ", "‖": r"\Vert", "√": r"\surd", "…": r"\ldots"}
_MATH |= {"≤": r"\le", "≥": r"\ge", "≠": r"\ne", "≈": r"\approx", "∈": r"\in", "←": r"\gets"}
_MATH |= {"∏": r"\prod", "∫": r"\int", "⌊": r"\lfloor", "⌋": r"\rfloor", "⌈": r"\lceil", "⌉": r"\rceil", "′": "'"}
_HIGH = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻ʸ", "0123456789-y", strict=True)) | {"ᵀ": r"\top "}
_MATH |= {c: f"{{}}^{{{plain}}}" for c, plain in _HIGH.items()}
_MATH |= {c: f"{{}}_{{{k}}}" for k, c in enumerate("₀₁₂₃₄₅₆₇₈₉")}
_OF_ACCENT = {accent: rf"\{word}" for word, accent in reversed(ACCENTS.items())}

# A letter that stands alone, as in x², x1, W_f, h_{t+1}, x̂^{(i)}: a symbol, with its accent and what is low and high.
SYMBOL = re.compile(
    r"(?<![^\W_])(?<!\.)([^\W\d_])([\u0300-\u036f\u20d7]?)"
    r"(\d{1,2}(?![\w^])|(?:[_^](?:[^\W_]{1,2}(?!\w)|\{[^{}]{1,12}\}))*)([⁰¹²³⁴-⁹⁻ᵀʸ]*)(?!\w|\.\w)"
)


def latex(text: str) -> str:
    r"""Text for LaTeX.

    >>> print(latex("x̂^{(i)} = W_f"), latex("50% of fc_1"), latex("γ"), sep="\n")
    $\hat{x}^{(i)}$ = $W_{f}$
    50\% of fc\_1
    $\gamma$
    """
    parts, end = [], 0
    decomposed = _decomposed(text)
    for found in SYMBOL.finditer(decomposed):
        parts += [_plain(decomposed[end : found.start()]), _symbol(found)]
        end = found.end()
    return "".join([*parts, _plain(decomposed[end:])])


def _decomposed(text: str) -> str:
    """Letters with an accent of mathematics as the letter and the accent, all others as they are."""
    pairs = ((c, unicodedata.normalize("NFD", c)) for c in text)
    return "".join(apart if len(apart) == 2 and apart[1] in _OF_ACCENT else c for c, apart in pairs)


def _symbol(found: re.Match[str]) -> str:
    letter, accent, scripts, high = found.groups()
    if not (letter.isascii() or letter in _MATH):
        return _plain(found[0])
    base = _MATH.get(letter, letter)
    base = f"{_OF_ACCENT[accent]}{{{base}}}" if accent in _OF_ACCENT else base
    scripts = f"_{{{scripts}}}" if scripts.isdecimal() else scripts
    marks = ((m[1], m[2] if m[2] is not None else m[3]) for m in SCRIPT.finditer(scripts))
    set_off = "".join(f"{mark}{{{_inside(text)}}}" for mark, text in marks)
    power = f"^{{{''.join(map(_HIGH.__getitem__, high)).strip()}}}" if high else ""
    return f"${base}{set_off if '^' not in set_off or not power else '{' + set_off + '}'}{power}$"


def _inside(text: str) -> str:
    """What is low or high, within a formula."""
    known = {c: f"{command} " for c, command in _MATH.items()} | {c: c for c in "+-*/=(),;:"}
    return "".join(c if c.isalnum() and c.isascii() else known.get(c) or rf"\text{{{_plain(c)}}}" for c in text).strip()


def _plain(text: str) -> str:
    return "".join(map(_character, unicodedata.normalize("NFC", text)))


def _character(c: str) -> str:
    if c in _SPECIAL:
        return _SPECIAL[c]
    if c in _MATH:
        return f"${_MATH[c]}$"
    if c.isascii():
        return c
    if "\u00c0" <= c <= "\u017e" and unicodedata.normalize("NFD", c)[0].isascii():
        return c  # Latin letters with accents, which every LaTeX has
    return rf"\other{{{c}}}{{{ord(c):04X}}}" if not unicodedata.combining(c) else ""
