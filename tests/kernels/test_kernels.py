"""Kernels against the closed forms whose twins they are, and their memory: nothing handed out is written again."""

import inspect

import numpy as np
import pytest
from every import every

from autograd_zoo.kernels import TWINS, memory, threads

PAIRS = list(TWINS.items())


@every(("form", "kernel"), PAIRS, ids=lambda form, kernel: form.__name__)
def test_a_kernel_has_the_name_and_the_signature_of_its_form(form, kernel):
    mine = dict(inspect.signature(inspect.unwrap(kernel)).parameters)
    for extra in ("kept", "wanted"):
        mine.pop(extra, None)
    assert kernel.__name__ == form.__name__ and list(mine) == list(inspect.signature(form).parameters)


def address(a):
    return a.__array_interface__["data"][0]


def test_memory_goes_on_when_nobody_holds_it():
    a = memory.empty((1 << 16,), np.float64)
    place, part = address(a), a[1:]
    del a
    while_a_view_lives = address(memory.empty((1 << 16,), np.float64))
    del part
    afterwards = address(memory.empty((1 << 16,), np.float64))
    assert place % memory.LINE == 0
    assert while_a_view_lives != place == afterwards


def test_halves_cover_the_range_once(always):
    assert [x for part in threads.halves(lambda start, stop: range(start, stop), 7, 7) for x in part] == list(range(7))


def test_an_error_in_either_half_is_raised(always):
    for bad in (0, 5):
        with pytest.raises(ZeroDivisionError):
            threads.halves(lambda start, stop, bad=bad: [1 / (i - bad) for i in range(start, stop)], 10, 10)
