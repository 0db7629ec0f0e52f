"""One test over many quick rows: a test costs a millisecond or two of its own, which hundreds of rows need not pay."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import pytest

Test = Callable[..., None]


def every(
    names: str | tuple[str, ...],
    rows: Iterable[Any],
    *,
    ids: Iterable[str] | Callable[..., str] | None = None,
    by: Callable[..., str] = lambda *row: "all",
) -> Callable[[Test], Test]:
    """Parametrize a test as pytest.mark.parametrize does, but run it over all rows of a group at once.

    It runs over every row, and fails with what each that fails says, under its id. A group is the rows of which
    `by(*row)` is the same, and their ids are `ids`, or `ids(*row)`, or those of pytest.param. Fixtures are for a group,
    as are marks, those of its rows; it is skipped if all its rows are.
    """
    names = (names,) if isinstance(names, str) else tuple(names)
    groups: dict[str, list[tuple[str, tuple[Any, ...]]]] = {}
    marks: dict[str, list[Any]] = {}
    given = iter(ids) if ids is not None and not callable(ids) else None
    for row in rows:
        param = row if hasattr(row, "marks") else pytest.param(*(row if len(names) > 1 else (row,)))
        name = given and next(given)
        text = ids(*param.values) if callable(ids) else name or param.id or "-".join(map(str, param.values))
        groups.setdefault(by(*param.values), []).append((text, param.values))
        of_group = marks.setdefault(by(*param.values), list(param.marks))
        assert of_group == list(param.marks), f"{text} has other marks than its group"
    assert groups, "what no row is tried of holds of anything"

    def over_rows(test: Test) -> Test:
        parameters = inspect.signature(test).parameters
        assert set(names) <= set(parameters), f"{test.__name__} does not take all of {names}"

        @functools.wraps(test)
        def all_rows(rows: list[tuple[str, tuple[Any, ...]]], **fixtures: Any) -> None:
            failed, skipped = [], []
            for text, row in rows:
                try:
                    test(**dict(zip(names, row, strict=True)), **fixtures)
                except pytest.skip.Exception as reason:
                    skipped.append(str(reason))
                except (Exception, pytest.fail.Exception) as error:
                    inside = error.__traceback__ and (error.__traceback__.tb_next or error.__traceback__)
                    told = pytest.ExceptionInfo.from_exc_info((type(error), error, inside)).getrepr(style="short")
                    failed.append(f"---- {text}\n{told}")
            if failed:
                pytest.fail("\n".join([f"{len(failed)} of {len(rows)} rows failed:", *failed]), pytrace=False)
            if len(skipped) == len(rows):
                pytest.skip("; ".join(dict.fromkeys(skipped)))

        fixtures = [parameter for name, parameter in parameters.items() if name not in names]
        own = inspect.Parameter("rows", inspect.Parameter.POSITIONAL_OR_KEYWORD)
        all_rows.__signature__ = inspect.Signature([own, *fixtures])  # type: ignore[attr-defined]
        params = [pytest.param(members, id=name, marks=marks[name]) for name, members in groups.items()]
        parametrized: Test = pytest.mark.parametrize("rows", params)(all_rows)
        return parametrized

    return over_rows
