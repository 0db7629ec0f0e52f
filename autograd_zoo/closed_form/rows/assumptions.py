"""How a transcription takes the letters of the dictionary: one function of the letters, and what follows from it."""

from collections.abc import Callable
from typing import Any

from ..notation import Array, diag, keep_diagonal

Transcription = Callable[..., Array]
DIAG: dict[str, Callable[[Array], Array]] = {"": diag, "D": keep_diagonal}
"""What diag does of a matrix without the letter D and with it."""


def read(letters: str, of: Callable[[str], Transcription], *others: str) -> dict[str, Any]:
    """`printed` and `readings` of a formula transcribed by letters: all, all but one, and others that are tried."""
    fewer = (letters.replace(letter, "") for letter in letters) if len(letters) > 1 else ()
    return {"printed": of(""), "readings": {some: of(some) for some in sorted((*others, *fewer, letters), key=len)}}
