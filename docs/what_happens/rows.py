"""The sections of the page: a title, what its oracles are, and its rows."""

from __future__ import annotations

import singular
import user_code

SECTIONS = [
    ("Singular points", singular.WORDS, singular.ROWS),
    ("A user's own code", user_code.WORDS, user_code.ROWS),
]
