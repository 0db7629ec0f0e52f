"""The gradient checker's sentences, about a function and not about a tape."""

WORDS = (
    ("the tape is", "your gradient is"),
    ("times the differences", "times what it should be"),
    ("the tape says that it does", "your gradient says that it does"),
    ("The rule does", "Your function does"),
    ("The rule is", "Your function is"),
)


def in_words(text: str) -> str:
    """A sentence of the checker that fits what a reader wrote.

    >>> in_words("A factor is wrong: the tape is 0.5 times the differences.")
    'A factor is wrong: your gradient is 0.5 times what it should be.'
    """
    for old, new in WORDS:
        text = text.replace(old, new)
    return text
