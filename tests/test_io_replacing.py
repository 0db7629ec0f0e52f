"""A file is replaced as a whole: its mode, links, and what killed processes leave behind."""

import os
import stat
import subprocess
import sys

import numpy as np
import pytest

import autograd_zoo as az
import graph_viz
from autograd_zoo import io
from autograd_zoo.cli.usage import replacing
from autograd_zoo.io import replacing as replacing_files
from autograd_zoo.io.replacing import beside

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes, links and locks of POSIX")
STATE = {"W": np.arange(3.0)}


@pytest.mark.parametrize("umask", [0o022, 0o077])
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o444, 0o755])
def test_a_file_that_is_replaced_passes_its_mode_on(mode, umask, tmp_path):
    path = tmp_path / "w.npz"
    io.save(path, STATE)
    path.chmod(mode)
    old = os.umask(umask)
    try:
        io.save(path, {"W": np.ones(5)})
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == mode and len(io.load(path)["W"]) == 5


def test_nobody_else_can_read_what_will_be_secret(tmp_path):
    path = tmp_path / "w.npz"
    path.write_bytes(b"")
    path.chmod(0o600)
    with beside(path) as (file, _):
        assert stat.S_IMODE(os.fstat(file.fileno()).st_mode) == 0o600


def test_links_stay_and_lead_to_what_was_saved(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "w.npz").write_bytes(b"old")
    (tmp_path / "inner.npz").symlink_to(os.path.join("folder", "w.npz"))
    (tmp_path / "outer.npz").symlink_to("inner.npz")
    (tmp_path / "dangling.npz").symlink_to(os.path.join("folder", "new.npz"))
    io.save(tmp_path / "outer.npz", STATE)
    io.save(tmp_path / "dangling.npz", STATE)
    assert all((tmp_path / f"{name}.npz").is_symlink() for name in ("inner", "outer", "dangling"))
    assert sorted(os.listdir(tmp_path / "folder")) == ["new.npz", "w.npz"]
    assert all(io.load(tmp_path / "folder" / name)["W"].tolist() == [0, 1, 2] for name in ("new.npz", "w.npz"))


def test_links_that_lead_to_each_other_are_an_error(tmp_path):
    (tmp_path / "a.npz").symlink_to("b.npz")
    (tmp_path / "b.npz").symlink_to("a.npz")
    with pytest.raises(OSError):
        io.save(tmp_path / "a.npz", STATE)
    assert sorted(os.listdir(tmp_path)) == ["a.npz", "b.npz"] and (tmp_path / "a.npz").is_symlink()


def test_a_name_may_be_as_long_as_names_can_be(tmp_path):
    path = tmp_path / ("x" * 251 + ".npz")
    io.save(path, STATE)
    assert os.listdir(tmp_path) == [path.name]


KILLED = """
import os, signal, sys
import graph_viz
import numpy as np
import autograd_zoo.io as io
from autograd_zoo.io.files import written
with written(sys.argv[1], {"W": np.ones(1000)}):
    print("written", flush=True)
    if sys.argv[2] == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    sys.stdin.read()
"""


def writer(path, how):
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path), how], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "written\n"
    return process


def test_the_next_save_removes_what_killed_processes_left_and_nothing_else(tmp_path):
    path = tmp_path / "w.npz"
    with writer(path, "killed") as killed:
        killed.wait()
    (left,) = os.listdir(tmp_path)
    others = [f".{path.name}.0123456789abcdef", left.replace(".part", ".npz"), left[1:], ".autograd-zoo.part"]
    for name in others:
        (tmp_path / name).write_bytes(b"somebody's")
    (tmp_path / f"{left[:-21]}link.part").symlink_to(others[0])
    io.save(tmp_path / "other.npz", STATE)
    assert left in os.listdir(tmp_path)  # it is none of that file's
    io.save(path, STATE)
    assert sorted(os.listdir(tmp_path)) == sorted([*others, f"{left[:-21]}link.part", "other.npz", "w.npz"])


def test_what_another_process_is_writing_stays(tmp_path):
    path = tmp_path / "w.npz"
    with writer(path, "waiting") as running:
        (partial,) = os.listdir(tmp_path)
        io.save(path, STATE)
        assert sorted(os.listdir(tmp_path)) == sorted([partial, "w.npz"])
        running.stdin.close()
        running.wait()
    assert os.listdir(tmp_path) == ["w.npz"] and running.returncode == 0


def test_two_saves_at_once_do_not_remove_each_others_files(tmp_path):
    path = tmp_path / "w.npz"
    with beside(path) as (first, finish_first), beside(path) as (second, finish_second):
        first.write(b"first")
        second.write(b"second")
        finish_second()
        assert path.read_bytes() == b"second"
        finish_first()
        assert path.read_bytes() == b"first"
    assert os.listdir(tmp_path) == ["w.npz"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, OSError])
def test_an_error_while_writing_leaves_nothing(error, tmp_path):
    path = tmp_path / "w.npz"
    path.write_bytes(b"old")
    with pytest.raises(error), beside(path) as (file, _):
        file.write(b"half")
        raise error
    assert os.listdir(tmp_path) == ["w.npz"] and path.read_bytes() == b"old"


def interrupted(call, after):
    """Make a call that KeyboardInterrupt ends after so many steps of ours and of zipfile; whether it did."""
    left = after

    def trace(frame, event, argument):
        nonlocal left
        if not any(part in frame.f_code.co_filename for part in ("autograd_zoo", "zipfile", "contextlib")):
            return None
        frame.f_trace_opcodes = True
        left -= 1
        if left < 0:
            sys.settrace(None)
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    try:
        sys.settrace(trace)
        call()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_ctrl_c_at_any_step_leaves_the_old_file_or_the_new_one(suffix, tmp_path):
    path, old = tmp_path / f"w{suffix}", {"W": np.zeros(2)}
    for after in (*range(0, 2000, 61), 10**9):
        io.save(path, old)
        ended = not interrupted(lambda: io.save(path, STATE), after)
        assert io.load(path)["W"].tolist() in ([0, 0], [0, 1, 2])
        io.save(path, STATE)
        assert os.listdir(tmp_path) == [path.name]  # also where the file beside it had just been made
    assert ended


WRITERS = {
    "weights": (".npz", lambda path: io.save(path, STATE)),
    "drawing": (".svg", lambda path: graph_viz.draw(az.Tensor(1.0) * 2.0).save(path)),
    "report": (".json", lambda path: report(path)),
}


def report(path):
    with replacing(str(path)) as file:
        file.write("∂")


@pytest.mark.parametrize("writer", WRITERS)
def test_all_that_is_written_is_written_alike(writer, tmp_path):
    suffix, write = WRITERS[writer]
    path, link = tmp_path / f"x{suffix}", tmp_path / f"link{suffix}"
    path.write_bytes(b"old")
    path.chmod(0o600)
    link.symlink_to(path)
    write(link)
    assert link.is_symlink() and path.read_bytes() != b"old" and stat.S_IMODE(path.stat().st_mode) == 0o600
    device = tmp_path / f"device{suffix}"
    device.symlink_to("/dev/null")
    try:
        write(device)
    except OSError as error:
        assert writer != "report" and "no file that could be replaced" in str(error)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    assert sorted(os.listdir(tmp_path)) == sorted([path.name, link.name, device.name])


@pytest.mark.parametrize("place", ["no/such/w.npz", "no/w.safetensors", "loop/w.npz"])
def test_a_folder_that_is_not_there_is_told_by_the_name_that_was_asked_for(place, tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "nothing")
    with pytest.raises(FileNotFoundError) as caught:
        io.save(tmp_path / place, STATE)
    assert caught.value.filename == str(tmp_path / place) and ".part" not in str(caught.value)
    with pytest.raises(FileNotFoundError) as caught:
        graph_viz.draw(az.Tensor([1.0]) * 2).save((tmp_path / place).with_suffix(".svg"))
    assert ".part" not in str(caught.value)


@pytest.mark.parametrize("where", ["lock", "exists", "stat"])
def test_ctrl_c_while_a_file_is_made_leaves_nothing(where, tmp_path, monkeypatch):
    def interrupted(*_):
        assert list(tmp_path.glob(".autograd-zoo.*")) or where == "stat"
        raise KeyboardInterrupt

    io.save(tmp_path / "w.npz", STATE)
    place = {"lock": (replacing_files, "_lock"), "exists": (os.path, "exists"), "stat": (replacing_files, "_mode")}
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(*place[where], interrupted)
        io.save(tmp_path / "w.npz", {"W": np.ones(5)})
    assert [p.name for p in tmp_path.iterdir()] == ["w.npz"] and len(io.load(tmp_path / "w.npz")["W"]) == 3
