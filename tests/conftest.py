"""Every test leaves the world as it found it; one that does not is failed here, and the world is put back."""

import contextlib
import ctypes
import gc
import os
import sys
import threading
import warnings

if "PYTEST_XDIST_WORKER" in os.environ:  # processes that share the cores share them best with a thread each
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # read by NumPy's and PyTorch's libraries when they are loaded

import numpy as np
import pytest
from browsers import launched

from autograd_zoo.engine.mode import MODE


def pytest_configure(config):
    if hasattr(config.option, "randomly_reset_seed"):  # pytest-randomly, where it is installed, gives the order alone
        config.option.randomly_reset_seed = False
    keep_bytecode(config)


def keep_bytecode(config):
    """Where Python keeps no bytecode beside sources, pytest's cache has it: all processes import the same files."""
    controls = getattr(config.option, "numprocesses", None)  # and imports nothing; its workers begin before they ask
    if sys.dont_write_bytecode and hasattr(config, "cache") and not controls:
        with contextlib.suppress(OSError):  # there may be no place to write to at all
            sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"] = str(config.cache.mkdir("bytecode"))
            os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
            sys.dont_write_bytecode = False


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    gc.disable()  # what is collected stays: to walk it again and again took a third of the time
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish():
    gc.collect()
    gc.set_threshold(50_000)  # few of what tests make are cycles
    gc.freeze()  # the tests themselves, and PyTorch, are many objects: no collection of a test's needs to walk them


JUDGING = (
    "atlas/test_story.py",
    "closed_form/test_formulas.py",
    "zoo/test_check.py",
    "zoo/test_errata.py",
    "zoo/test_repairs.py",
    "zoo/test_specimens.py",
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """A file's tests share a process, for they share what is computed once; so do all that judge every formula."""
    if config.getoption("dist") != "load":
        return None  # another was asked for
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            return "judging" if file.endswith(JUDGING) else file

    return Scheduling(config, log)


def random_state():
    """NumPy's global generator as it lies in memory, 624 words and its place among them: to ask for it takes 90 µs."""
    return ctypes.string_at(np.random.get_bit_generator().ctypes.state_address, 625 * 4)


def world():
    """What a test may change for those after it, by name; it is asked twice a test, and so has to be quick."""
    return {
        "the Mode (recording, fused, scope, observer)": MODE.get(),
        "np.errstate": np.geterr(),
        "the warnings filters": list(warnings.filters),
        "NumPy's print options": np.get_printoptions(),
        "NumPy's global random state": random_state(),
        "the recursion limit": sys.getrecursionlimit(),
        "the switch interval of threads": sys.getswitchinterval(),
        "the garbage collector": gc.isenabled(),
    }


KERNELS = "autograd_zoo-kernel"


@pytest.fixture(autouse=True)
def unchanged_world():
    before, loaded, running = world(), len(sys.modules), set(threading.enumerate())
    yield
    changed = [name for name, value in world().items() if value != before[name]]
    begun = set(threading.enumerate()) - running  # one of before may end at any time
    if [thread for thread in begun if not thread.name.startswith(KERNELS)]:  # of which there is one for good
        changed.append("the threads")
    if len(sys.modules) > loaded and changed == ["the warnings filters"]:
        return  # a library that was imported for the first time; pytest puts these back itself
    if changed:
        MODE.set(before["the Mode (recording, fused, scope, observer)"])
        np.seterr(**before["np.errstate"])
        warnings.filters[:] = before["the warnings filters"]
        sys.setrecursionlimit(before["the recursion limit"])
        sys.setswitchinterval(before["the switch interval of threads"])
        (gc.enable if before["the garbage collector"] else gc.disable)()
        pytest.fail(f"the test left behind a change of {', '.join(changed)}")


@pytest.fixture(scope="module")
def browser():
    """Chromium, for the tests of a file."""
    yield from launched()


@pytest.fixture(params=[".npz", ".safetensors"])
def suffix(request):
    """What the name of a file of weights ends in."""
    return request.param


@pytest.fixture
def wide_terminal(monkeypatch):
    """As many columns as the command ever uses, whatever the terminal has."""
    monkeypatch.setenv("COLUMNS", "100")
