"""The names and sentences of the zoo as HTML: indices set low, code set as code."""

from __future__ import annotations

import re
from html import escape

_LETTERS = {"gamma": "γ", "beta": "β", "mu": "μ", "sigma2": "σ²"}
_CODE = re.compile(r"`([^`]+)`")
_INDEX = re.compile(r"(?<=\b\w)_(?:\{([^}]*)\}|(\w)(?:\b|(?=[²³])))")


def quantity(name: str) -> str:
    """What a formula gives, as mathematics writes it.

    Examples
    --------
    >>> from autograd_zoo.atlas.words import quantity
    >>> quantity("dgamma_1"), quantity("h0")
    ('∂L/∂γ<sub>1</sub>', 'h<sub>0</sub>')
    """
    of = name[1:] if name.startswith("d") else ""
    letter, low = _LETTERS.get(of or name, ""), ""
    if not letter:
        head, _, low = re.sub(r"^([A-Za-z])(\d+)$", r"\1_\2", of or name).partition("_")
        letter = _LETTERS.get(head, head)
    return ("∂L/∂" if of else "") + escape(letter) + (f"<sub>{escape(low)}</sub>" if low else "")


def prose(text: str) -> str:
    """A sentence with `code` and with indices in it.

    >>> from autograd_zoo.atlas.words import prose
    >>> prose("h_{t+1} = o_t as `check_state` has it")
    'h<sub>t+1</sub> = o<sub>t</sub> as <code>check_state</code> has it'
    >>> prose("√(σ_B² + ε)")
    '√(σ<sub>B</sub>² + ε)'
    """
    parts = _CODE.split(escape(text, quote=False))
    shown = (
        f"<code>{part}</code>" if k % 2 else _INDEX.sub(lambda m: f"<sub>{m[1] or m[2]}</sub>", part)
        for k, part in enumerate(parts)
    )
    return "".join(shown)
