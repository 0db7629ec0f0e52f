"""Rows on operations, rules and updates that a user writes."""

from __future__ import annotations

from cases import Case

WORDS = "Oracles: the same program of recorded operations, which equals differences."
ROWS: list[Case] = []
