"""Ctrl-C at any time: status 130, one line, no traceback, and files that are whole or not there."""

import io
import os
import signal
import subprocess
import sys

import pytest
from forks import ROOT, outcomes

import autograd_zoo.cli
import autograd_zoo.io
from autograd_zoo import __main__, _start

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="children of POSIX")

CHECK = ["check", "add", "--seeds", "1", "--json", "report.json"]
DRAW = ["draw", "add", "-o", "add.svg"]
TRAIN = ["train", "sort", "--steps", "1", "--batch-size", "2", "--epochs", "2", "--save", "run.npz"]
COLD = [0, 300, 9_000]
WARM = [0, 30, 300, 1_000, 2_500, 4_000, 7_000]
CASES = [{"args": CHECK, "interrupt": k, "cold": True} for k in COLD]
CASES += [{"args": args, "interrupt": k} for args in (CHECK, DRAW, TRAIN) for k in WARM]


def judge(case, status, out, err, folder):
    """Raise unless the command was interrupted, or was through."""
    text = err.decode()
    if status == 0:
        return False
    assert status == 130, (case, text)
    assert text.removeprefix("checking ...\n") in (
        "\nautograd-zoo: interrupted\n",
        "\nautograd-zoo: interrupted; go on with --resume run.npz\n",
    ), (case, text)
    for name in os.listdir(folder):
        if name == "run.npz":
            autograd_zoo.io.load(folder / name)
        else:
            assert name in ("report.json", "add.svg") and (folder / name).read_text().rstrip()[-1] in "}>"
    return True


def test_ctrl_c_at_any_call_ends_in_one_line(tmp_path):
    interrupted = [judge(case, *outcome) for case, outcome in zip(CASES, outcomes(CASES, tmp_path), strict=True)]
    assert all(interrupted[: len(COLD)]) and sum(interrupted) >= len(COLD) + 3 * 4


def test_from_a_terminal_too():
    """As a shell does it: the signal comes when the first line has been printed."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "autograd_zoo", "train", "sort", "--epochs", "100000"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "\nautograd-zoo: interrupted\n")


LINES = [
    (["autograd-zoo", "check"], ["autograd-zoo", "check"], True),
    (["/usr/bin/autograd-zoo"], ["python", "/usr/bin/autograd-zoo"], True),
    (["autograd-zoo.exe"], ["autograd-zoo.exe"], True),
    (["-m", "list"], ["python", "-X", "utf8", "-m", "autograd_zoo", "list"], True),
    (["-m"], ["python", "-mautograd_zoo"], True),
    (["-m"], ["python", "-m", "pytest"], False),
    (["script.py"], ["python", "script.py", "autograd_zoo"], False),
    ([""], ["python"], False),
    ([], [], False),
]


@pytest.mark.parametrize(("argv", "orig", "expected"), LINES, ids=str)
def test_only_the_command_takes_ctrl_c_for_itself(argv, orig, expected, monkeypatch):
    monkeypatch.setattr(sys, "argv", argv)
    monkeypatch.setattr(sys, "orig_argv", orig)
    assert _start.is_command() is expected


class Left(BaseException):
    pass


@pytest.fixture
def process(monkeypatch):
    """This process as that of the command, up to its end."""

    def leave(*_):
        raise Left

    handlers = [leave]
    monkeypatch.setattr(_start, "leave", leave)
    monkeypatch.setattr(_start.signal, "signal", lambda number, handler: handlers.append(handler))
    monkeypatch.setattr(_start.signal, "getsignal", lambda number: handlers[-1])
    monkeypatch.setattr(autograd_zoo.cli.streams, "prepare", lambda: None)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    return handlers


@pytest.mark.parametrize("swallowed", ["by an import", "by a destructor", "by whoever"])
def test_an_interrupt_that_is_swallowed_ends_the_command_all_the_same(swallowed, process, monkeypatch, tmp_path):
    def pressed():
        process[-1](signal.SIGINT, sys._getframe())

    class Destroyed:
        def __del__(self):
            pressed()

    def run(*_):
        if swallowed == "by an import":
            (tmp_path / "loading.py").write_text("import builtins\nbuiltins.pressed_here()\n")
            monkeypatch.setattr("builtins.pressed_here", pressed, raising=False)
            monkeypatch.syspath_prepend(tmp_path)
            try:
                import loading  # noqa: F401
            except KeyboardInterrupt as error:
                raise ImportError("a package is missing") from error
        elif swallowed == "by a destructor":
            Destroyed()
        else:
            try:
                pressed()
            except BaseException:
                pass
        return 0

    monkeypatch.setattr("autograd_zoo.cli.main", run)
    if swallowed == "by whoever":
        with pytest.raises(SystemExit) as caught:
            __main__.run()
        assert caught.value.code == 130
    elif swallowed == "by a destructor":  # where no exception leads out: the real `leave` ends the process
        found = []
        monkeypatch.setattr(_start, "unraisable", lambda about: found.append(about.exc_type))
        with pytest.raises(SystemExit) as caught:
            __main__.run()
        assert found == [KeyboardInterrupt] and caught.value.code == 130
    else:
        with pytest.raises(Left):
            __main__.run()


def test_an_exception_that_nobody_can_catch_is_ctrl_c_or_printed(monkeypatch):
    class About:
        exc_type, exc_value, exc_traceback, err_msg, object = KeyboardInterrupt, None, None, None, None

    def leave(*_):
        raise Left

    monkeypatch.setattr(_start, "leave", leave)
    with pytest.raises(Left):
        _start.unraisable(About)
    printed, handler = [], _start.leave
    monkeypatch.setattr(_start.signal, "getsignal", lambda number: handler)
    monkeypatch.setattr(sys, "__unraisablehook__", printed.append)
    About.exc_type = OSError
    _start.unraisable(About)  # it follows from Ctrl-C
    handler = None
    About.exc_type = ValueError
    _start.unraisable(About)
    assert printed == [About]


def test_leaving_says_so_and_takes_the_status(monkeypatch):
    said, ended = io.BytesIO(), []
    monkeypatch.setattr(os, "write", lambda number, text: said.write(text))
    monkeypatch.setattr(os, "_exit", ended.append)
    _start.leave()
    assert said.getvalue() == b"\nautograd-zoo: interrupted\n" and ended == [130]


def test_an_error_that_hides_an_interrupt_is_an_interrupt(monkeypatch, capsys):
    def run(*_):
        try:
            raise KeyboardInterrupt("go on later")
        finally:
            raise ValueError("cannot close")

    monkeypatch.setattr("autograd_zoo.cli.listing.run", run)
    assert autograd_zoo.cli.main(["list"]) == 130
    assert capsys.readouterr().err == "\nautograd-zoo: interrupted; go on later\n"
