"""The test that bad input is refused: one body for all tables of calls and of what is said of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
from every import every


def refused(
    rows: Iterable[tuple[Any, ...]] | Mapping[str, tuple[Any, ...]], *given: Callable[[], Any]
) -> Callable[..., None]:
    """A test that every call raises, and says what a row says: `(call, texts)`, or `(call, error, texts)`.

    The error is a ValueError where no other is named; the texts are a list of parts of what is said, notes included, or
    a pattern. A call is given what the functions `given` make.
    """
    named = rows.items() if isinstance(rows, Mapping) else ((None, row) for row in rows)
    table = [
        pytest.param(call, error[0] if error else ValueError, texts, id=name or str(texts))
        for name, (call, *error, texts) in named
    ]

    @every(("call", "error", "texts"), table)
    def test(call: Callable[[], Any], error: type[Exception], texts: Any) -> None:
        with pytest.raises(error) as caught:
            call(*(make() for make in given))
        said = "\n".join([str(caught.value), *getattr(caught.value, "__notes__", ())])
        patterns = [texts] if isinstance(texts, str) else map(re.escape, texts)
        assert all(re.search(pattern, said) for pattern in patterns), said

    return test
