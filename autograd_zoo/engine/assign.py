"""Many assignments as one: neither an error nor Ctrl-C, another thread or a fork comes between them.

Python looks for signals, and lets other threads run, between the steps of functions written in Python. What is set by
one call of compiled code is therefore set at once; so the assignments are an iterator of compiled parts, and a deque
without room walks through it. No lock is held, and none can stay behind.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from io import IOBase
from itertools import chain, compress, repeat, starmap
from operator import attrgetter, call, getitem, is_, setitem
from typing import Any

ABSENT: Any = object()
_LAST: list[Any] = [None]  # changes whenever any thread accumulates


def commit(do: Iterator[Any], undo: Iterator[Any], same: Iterable[bool] = ()) -> list[bool]:
    """Walk through `do`, if all of `same` holds at that moment; after an error, or Ctrl-C, through `undo`.

    Returns something if it was done. All three are iterators of compiled parts, such as `map(setattr, ...)`.
    """
    begun: list[bool] = []
    done = chain(map(begun.append, (True,)), do)
    try:
        deque(chain.from_iterable(compress((done,), map(all, (same,)))), maxlen=0)
    except BaseException:
        if begun:
            deque(undo, maxlen=0)
        raise
    return begun  # without a call, after which Ctrl-C could come: what raises has changed nothing


def assign(changes: Iterable[tuple[Any, Any, Any]]) -> None:
    """For each (owner, key, value): `owner[key] = value` of a dict or list, else `owner.key = value`; all, or none.

    ABSENT for a value takes the key out of a dict.

    >>> room, walls = {"a": 1}, [2, 3]
    >>> assign([(room, "a", ABSENT), (room, "b", 4), (walls, 0, 5)])
    >>> room, walls
    ({'b': 4}, [5, 3])
    """
    do, undo = _rows(changes)
    commit(starmap(call, do), starmap(call, undo))


def accumulate(
    owners: Sequence[Any], key: str, values: Collection[Any], *others: tuple[Sequence[Any], Mapping[str, Any]]
) -> None:
    """`owner.key += value` for each, None counting for nothing; and all of some `others` become what is told."""
    done: list[bool] = []
    same: Any = map(is_, map(getitem, (_LAST,), (0,)), _LAST[:])  # has no other thread written, once this one has read?
    while not done:
        old = list(map(attrgetter(key), owners))
        new = [value if was is None else was + value for was, value in zip(old, values, strict=True)]
        do = chain(map(setitem, (_LAST,), (0,), (object(),)), map(setattr, owners, repeat(key), new))
        rows = [(them, k, v) for them, become in others for k, v in become.items()]
        do = chain(do, *(map(setattr, them, repeat(k), repeat(v)) for them, k, v in rows))
        undo = map(setattr, owners, repeat(key), old)
        back = (map(setattr, them, repeat(k), list(map(attrgetter(k), them))) for them, k, _ in rows)
        done = commit(do, chain(undo, *back), same or map(is_, map(attrgetter(key), owners), old))  # ... or not here?
        same = None


def swap(owner: Any, key: str, old: Any, new: Any) -> list[bool]:
    """`owner.key = new`, if it is still `old`; something, if so."""
    there = map(is_, map(attrgetter(key), (owner,)), (old,))
    return commit(map(setattr, (owner,), (key,), (new,)), map(setattr, (owner,), (key,), (old,)), there)


class during(IOBase):
    """The same in the body of a `with`, which also runs inside `manager`; afterwards the old values stand again."""

    closed = True  # for IOBase; `__exit__` is its, compiled, and calls `close`: see `engine.around.Switch`

    def __init__(self, changes: Iterable[tuple[Any, Any, Any]], manager: Any) -> None:
        self.changes, self.manager = list(changes), manager

    def __enter__(self) -> None:  # type: ignore[override]
        do, undo = _rows(self.changes)
        end = chain(map(call, (self.manager.close,)), starmap(call, undo))
        self.close = partial(deque, end, 0)  # type: ignore[method-assign, assignment]
        back = starmap(call, undo)
        commit(starmap(call, do), starmap(call, undo))
        try:
            self.manager.__enter__()
        except BaseException:
            deque(back, maxlen=0)
            raise


def _rows(changes: Iterable[tuple[Any, Any, Any]]) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """The calls, as tuples, that make the changes, and those that take them back."""
    changes = list(changes)
    before = [(owner, key, _get(owner, key)) for owner, key, _ in changes]
    return [_set(*change) for change in changes], [_set(*change) for change in before]


def _get(owner: Any, key: Any) -> Any:
    if isinstance(owner, dict):
        return owner.get(key, ABSENT)
    return owner[key] if isinstance(owner, list) else getattr(owner, key)


def _set(owner: Any, key: Any, value: Any) -> tuple[Any, ...]:
    """The call, as a tuple, that sets it."""
    if value is ABSENT:
        return dict.pop, owner, key, None
    return setitem if isinstance(owner, (dict, list)) else setattr, owner, key, value
