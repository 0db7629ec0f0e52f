"""Memory that goes round: never into two arrays at a time, and never more of it than is bounded."""

import gc
import os
import warnings
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from autograd_zoo.kernels import memory

MB = 1 << 20


@pytest.fixture
def pool(monkeypatch):
    """A pool of its own for what is made in a test; it gets its blocks back as the package's does."""
    own = memory.Pool()
    monkeypatch.setattr(memory, "_pool", own)
    monkeypatch.setattr(memory.Lease.__del__, "__defaults__", (own,))
    yield own
    gc.collect()


def held(pool):
    return sum(size for size, _ in pool.sizes.values())


def waiting(pool):
    return sum(block.nbytes for blocks in pool.waiting.values() for block in blocks)


VIEWS = {
    "the array": lambda a: a,
    "a view": lambda a: a[5:9],
    "another type": lambda a: a.view(np.int32),
    "a view of a view": lambda a: a.reshape(2, -1)[1:].T[::3],
    "its buffer": memoryview,
    "a broadcast": lambda a: np.broadcast_to(a[:1], (7, 1)),
    "a subclass": lambda a: a.view(np.matrix),
    "what it is a base of": lambda a: np.frombuffer(a, np.uint8),
    "its base": lambda a: a.base[7:],
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_what_anybody_holds_is_never_lent_again(view, pool):
    a = memory.empty((1 << 16,), np.float64)
    a[:] = np.arange(1 << 16)
    kept = view(a)
    before = np.array(kept)
    del a
    for n in (1 << 16, 1 << 15, (1 << 16) - 100, 1 << 17):  # exactly as long, in half of it, a little shorter, longer
        memory.empty((n,), np.float64)[:] = -1
    np.testing.assert_array_equal(np.array(kept), before)


def test_arrays_at_random_never_share_memory(pool):
    rng, alive = np.random.default_rng(0), []
    for k in range(600):
        shape, dtype = (int(rng.integers(1, 1 << 18)),), rng.choice([np.float32, np.float64, np.bool_])
        a = memory.empty(shape, dtype)
        assert a.shape == shape and a.dtype == dtype and a.flags.c_contiguous and a.flags.writeable
        assert a.nbytes < memory.LARGE or a.ctypes.data % memory.LINE == 0
        a[...] = k % 2
        assert not any(np.may_share_memory(a, b) for b, _ in alive)
        alive.append((a[: len(a) // 2 + 1] if k % 3 else a, k % 2))
        del a
        while len(alive) > 12:
            alive.pop(int(rng.integers(len(alive))))
        assert all(np.all(b == value) for b, value in alive)


def test_a_block_serves_what_is_as_long_or_half_as_long(pool):
    place = memory.empty((MB,), np.uint8).ctypes.data
    assert memory.empty((MB,), np.uint8).ctypes.data == place
    assert memory.empty((3 * MB // 4,), np.uint8).ctypes.data == place
    assert memory.empty((MB // 4,), np.uint8).ctypes.data == place  # nothing else is held, so nothing more is made
    held_too = memory.empty((20 * MB,), np.uint8)
    assert memory.empty((MB // 4,), np.uint8).ctypes.data != place  # most of it would lie idle
    assert held(pool) == waiting(pool) + held_too.base.block.nbytes


def test_what_waits_is_bounded_by_what_was_held(pool):
    for _ in range(5):
        for k in range(1, 60):
            memory.empty((k * MB // 8,), np.uint8)  # each dropped at once: one of the longest would do for all
    assert held(pool) < 30 * MB  # of 220 that were asked for, 7.4 at a time


def test_no_more_waits_than_is_kept(pool, monkeypatch):
    monkeypatch.setattr(memory, "KEPT", 4 * MB)
    several = [memory.empty((MB + k * memory.LINE,), np.uint8) for k in range(12)]
    several.clear()
    memory.empty((16 * MB,), np.uint8)
    assert waiting(pool) <= 4 * MB + 16 * MB + memory.LINE
    assert len([n for n, blocks in pool.waiting.items() if blocks]) <= 4


def test_a_step_that_comes_again_and_again_makes_no_block_anew(pool):
    sizes = [int(n) for n in np.random.default_rng(1).integers(MB // 8, 3 * MB, 40)]

    def step():
        tape = []
        for k, n in enumerate(sizes):
            a = memory.empty((n,), np.uint8)
            if k % 2:
                tape.append(a)

    for _ in range(6):
        step()
    before = set(pool.sizes)
    step()
    assert set(pool.sizes) == before


def test_a_block_that_is_given_back_is_forgotten(pool):
    memory.empty((MB,), np.uint8)
    assert held(pool) == MB + memory.LINE
    pool.waiting.clear()
    assert held(pool) == 0 and not pool.sizes


def test_threads_never_get_the_same_memory(pool):
    def work(number):
        for k in range(200):
            a = memory.empty((MB // 8 + 64 * (k % 5),), np.uint8)
            a[:] = number
            if not np.all(a == number):
                return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(work, range(4)))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
def test_a_fork_writes_into_memory_of_its_own(pool):
    a = memory.empty((MB,), np.uint8)
    a[:] = 1
    place = memory.empty((MB // 2,), np.uint8).ctypes.data  # waits, in both processes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Python from 3.12 on, and of JAX, where there are other threads
        child = os.fork()
    if not child:
        b = memory.empty((MB // 2,), np.uint8)
        b[:] = 2
        os._exit(0 if b.ctypes.data == place and np.all(a == 1) else 1)
    b = memory.empty((MB // 2,), np.uint8)
    b[:] = 3
    assert os.waitpid(child, 0)[1] == 0
    assert np.all(a == 1) and np.all(b == 3)


def test_scratch_goes_back_with_the_end_of_a_kernel(pool):
    first = memory.scratch("some", (MB,), np.uint8)
    place, again = first.ctypes.data, memory.scratch("some", (MB // 2,), np.uint8)
    assert again.ctypes.data == place
    gone = weakref.ref(first.base)
    del first, again
    assert gone() is not None
    memory.done()
    assert gone() is None and memory.empty((MB,), np.uint8).ctypes.data == place
