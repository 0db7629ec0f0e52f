"""Typical mistakes, a file a family: (specimen, input or None for the first, what was written, its diagnosis)."""
