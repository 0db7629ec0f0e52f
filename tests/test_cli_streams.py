"""Whatever a terminal or a pipe can print, the command prints what it has, and ends as documented."""

import json
import os
import subprocess
import sys

import pytest
from forks import ROOT, outcomes

from autograd_zoo import zoo
from autograd_zoo.cli import main, streams

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="children of POSIX")

ENCODINGS = ["ascii:strict", "cp1252", "utf-8:surrogateescape"]
TRAIN = ["train", "sort", "--steps", "1", "--batch-size", "2", "--epochs", "1"]
COMMANDS = [
    (["list"], 0),
    (["check", "softmax", "--seeds", "1"], 0),
    (["check", "--formula", "recurrent.simple_rnn.dV", "-v"], 0),
    (["check", "softmax", "--formulas"], 0),
    (["draw", "softmax", "-o", "∂.svg"], 0),
    (TRAIN, 0),
    (["--help"], 0),
    (["train", "digits", "--help"], 0),
    (["--version"], 0),
    (["check", "∂→λ"], 2),
    (["∂\udcff\x1b[31m"], 2),
]
PRINTED = [{"args": args, "encoding": encoding} for encoding in ENCODINGS for args, _ in COMMANDS]
PLACES = [
    ("closed", [1], ["check", "add", "--seeds", "1", "--json", "report.json"], 0, "checking ...\n"),
    ("closed", [1], ["chekc"], 2, "did you mean check?"),
    ("closed", [2], ["check", "add", "--seeds", "1", "--json", "report.json"], 0, ""),
    ("closed", [2], ["chekc"], 2, ""),
    ("closed", [0, 1, 2], ["check", "add", "--seeds", "1", "--json", "report.json"], 0, ""),
    ("full", [1], ["list"], 2, "No space left on device"),
    ("full", [1], ["--help"], 2, "No space left on device"),
    ("full", [2], ["check", "add", "--seeds", "1"], 0, ""),
    ("full", [2], ["chekc"], 2, ""),
    ("full", [1, 2], ["list"], 2, ""),
    ("gone", [1], ["list"], 0, ""),
    ("gone", [1], ["check", "add", "--seeds", "1"], 0, "checking ...\n"),
    ("gone", [2], ["check", "add", "--seeds", "1"], 0, ""),
    ("gone", [1, 2], ["chekc"], 2, ""),
    ("gone", [1], ["draw", "--help"], 0, ""),
    ("closed", [1], ["--help"], 0, ""),
]
WIDTHS = [{"COLUMNS": "0"}, {"COLUMNS": "1"}, {"COLUMNS": "-5"}, {"COLUMNS": "wide"}, {"TERM": None, "COLUMNS": None}]
CASES = [
    *PRINTED,
    *({"args": args, how: numbers} for how, numbers, args, _, _ in PLACES),
    *({"args": args, "environment": width} for width in WIDTHS for args in (["train", "text", "--help"],)),
]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return outcomes(CASES, tmp_path_factory.mktemp("forks"))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_an_encoding_lacks_is_spelled_out(encoding, found):
    codec = encoding.split(":")[0]
    rows = dict(zip(map(json.dumps, PRINTED), found, strict=False))
    for args, expected in COMMANDS:
        status, out, err, _ = rows[json.dumps({"args": args, "encoding": encoding})]
        assert status == expected, (args, err)
        utf8 = rows[json.dumps({"args": args, "encoding": ENCODINGS[-1]})]
        for text, whole in ((out.decode(codec), utf8[1].decode()), (err.decode(codec), utf8[2].decode())):
            spelled = "".join(c if c.encode(codec, "ignore") else streams.plain(c) for c in whole)
            assert text == spelled and "Traceback" not in text
    if codec == "ascii":
        listing = rows[json.dumps({"args": ["list"], "encoding": encoding})][1].decode()
        assert "sigma" in listing and "x_i" in listing and "\\u" not in listing


def test_a_drawing_has_its_characters_and_its_name_whatever_the_terminal_has(found):
    for case, (_, _, _, folder) in zip(CASES, found, strict=True):
        if case["args"][0] == "draw" and "encoding" in case:
            assert "Softmax" in (folder / "∂.svg").read_text("utf-8")


@pytest.mark.parametrize("k", range(len(PLACES)), ids=lambda k: f"{PLACES[k][0]}-{PLACES[k][1]}-{PLACES[k][2][0]}")
def test_streams_that_are_closed_full_or_not_read(k, found):
    how, numbers, args, expected, text = PLACES[k]
    if how == "full" and not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    status, out, err, folder = found[len(PRINTED) + k]
    assert (status, out) == (expected, b"") or (out and 1 not in numbers)
    assert status == expected and text in err.decode() and "Traceback" not in err.decode()
    assert err.count(b"\n") <= 1
    if "--json" in args:
        assert json.loads((folder / "report.json").read_text())["ok"] and os.listdir(folder) == ["report.json"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
@pytest.mark.parametrize("args", [["--help"], ["draw", "--help"], []], ids=" ".join)
def test_help_into_what_is_full_from_its_first_byte_is_a_file_error(args):
    """Unbuffered, so that the very call that prints fails, of which argparse would say nothing."""
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-u", "-m", "autograd_zoo", *args]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2 and done.stderr.startswith("autograd-zoo: ") and done.stderr.count("\n") == 1


def test_any_width_of_a_terminal_will_do(found):
    for status, out, err, _ in found[len(PRINTED) + len(PLACES) :]:
        assert status == 0 and b"usage: autograd-zoo" in out and err == b""


def test_a_check_that_disagrees_says_so_to_a_reader_that_has_gone(monkeypatch):
    class Gone:
        def write(self, text):
            raise BrokenPipeError

        def flush(self):
            pass

        def fileno(self):
            raise OSError

    class Report:
        ok = False

        def screen(self, width):
            return "a screen"

    monkeypatch.setattr(sys, "stdout", Gone())
    monkeypatch.setattr(zoo, "check", lambda *args, **more: Report())
    assert main(["check", "add"]) == 1


def test_no_memory_is_said_in_one_line(monkeypatch, capsys, tmp_path):
    def full(*args, **more):
        raise MemoryError

    monkeypatch.setattr("autograd_zoo.train.load", full)
    assert main([*TRAIN, "--resume", str(tmp_path / "x.npz")]) == 2
    assert capsys.readouterr() == ("", "autograd-zoo: there is not enough memory\n")


@pytest.mark.parametrize("name", ["\x1b[31mred.npz", "a\nb.npz", "\x07.npz", "\u202efdp.npz", "\x9b1m.npz"])
def test_names_of_files_do_not_reach_the_terminal_raw(name, tmp_path, capsys):
    path = str(tmp_path / name)
    assert main([*TRAIN, "--save", path]) == 0
    assert main([*TRAIN, "--resume", path]) == 0
    assert main(["train", "copy", "--resume", path]) == 2
    assert main([*TRAIN, "--resume", f"{path}.npz"]) == 2
    assert main([*TRAIN, "--save", f"{path[:-4]}/none/x.npz"]) == 2
    assert main(["draw", "add", "-o", path.replace(".npz", ".svg")]) == 0
    assert main(["draw", "add", "-o", path]) == 2
    assert main(["check", name]) == main([name]) == main(["check", f"--{name}"]) == main(["draw", name, "-o", "x"]) == 2
    assert main(["draw", "softmax", "--open", name, "-o", str(tmp_path / "x.svg")]) == 2
    assert main(["check", "--formula", name]) == 2
    assert main(["check", "add", "--json", f"{path}/none"]) == 2
    assert main(["atlas", f"{path}/none", name]) == 2
    assert main(["check", "--seeds", name]) == main([*TRAIN, "--lr", name]) == main([*TRAIN, "--model", name]) == 2
    assert all(text.replace("\n", "").isprintable() for text in capsys.readouterr())


@pytest.mark.skipif(not f"{ROOT}{sys.executable}".isascii(), reason="Python itself cannot start in this folder then")
def test_the_real_thing_prints_in_the_least_locale():
    environment = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONIOENCODING", None)
    strict = [
        "-X",
        "warn_default_encoding",
        "-W",
        "error::EncodingWarning",
    ]  # nothing is opened in the locale's encoding
    command = [sys.executable, *strict, "-m", "autograd_zoo", "list"]
    done = subprocess.run(command, capture_output=True, env=environment)
    assert (done.returncode, done.stderr) == (0, b"") and b"sigma" in done.stdout
