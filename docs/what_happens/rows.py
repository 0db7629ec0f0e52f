"""The sections of the page: a title, what its oracles are, and its rows."""

from __future__ import annotations

import checker
import files
import singular
import state
import user_code
import words

SECTIONS = [
    ("Singular points", singular.WORDS, singular.ROWS),
    ("A user's own code", user_code.WORDS, user_code.ROWS),
    ("Checkers of gradients", checker.WORDS, checker.ROWS),
    ("State, interrupts, threads", state.WORDS, state.ROWS),
    ("Files and terminals", files.WORDS, files.ROWS),
    ("Leaving the tape, and words", words.WORDS, words.ROWS),
]
