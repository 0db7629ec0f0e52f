"""The command `draw`: every format and option, and what is said of wrong ones."""

import re
import xml.etree.ElementTree as ET
from importlib.util import find_spec

import pytest

from autograd_zoo.cli import main
from graph_viz.style import INK, KINDS

NEEDS = {"png": "resvg_py", "pdf": "typst"}
FORMATS = {
    "svg": b"<svg ",
    "png": b"\x89PNG\r\n",
    "pdf": b"%PDF",
    "html": b"<!DOCTYPE html>",
    "dot": b"digraph ",
}


@pytest.fixture
def drawn(tmp_path, capsys):
    """A function that runs the command, and returns what it wrote."""

    def run(name, *options, suffix="svg"):
        path = tmp_path / f"{name}.{suffix}"
        assert main(["draw", name, "-o", str(path), *options]) == 0
        out, err = capsys.readouterr()
        assert out.startswith(f"{path}: ") and out.count("\n") == 1 and not err
        return path.read_bytes()

    return run


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_ending_says_the_format(drawn, suffix):
    if find_spec(NEEDS.get(suffix, "sys")) is None:
        pytest.skip(f"{NEEDS[suffix]} is not installed")
    assert drawn("softmax", suffix=suffix).startswith(FORMATS[suffix])


def text(svg):
    """What a picture says in boxes and titles of frames."""
    return " ".join("".join(t.itertext()) for t in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"))


def clusters(source):
    """The titles of the frames of a DOT source."""
    return {label.split()[0] for label in re.findall(r'cluster_\d+"? \{\s*(?:graph \[)?label="?([^"\]]*)', source)}


def test_depth_says_how_many_levels_are_open(drawn):
    assert not clusters(drawn("bottleneck", "--depth", "0", suffix="dot").decode())
    assert clusters(drawn("bottleneck", "--depth", "1", suffix="dot").decode()) == {"Bottleneck"}
    assert {"conv1", "bn3"} < clusters(drawn("bottleneck", "--depth", "2", suffix="dot").decode())


def test_open_names_what_is_open(drawn):
    source = drawn("bottleneck", "--open", "conv1", "--open", "bn2", suffix="dot").decode()
    assert clusters(source) == {"Bottleneck", "conv1", "bn2"}


@pytest.mark.parametrize(("theme", "k"), [("light", 0), ("dark", 1)])
def test_theme_is_the_colours(drawn, theme, k):
    svg = drawn("softmax", "--theme", theme).decode()
    assert INK["paper"][k] in svg and KINDS["input"].__getattribute__(theme)[0] in svg
    assert "prefers-color-scheme" not in svg and INK["paper"][1 - k] not in svg


def test_gradients_are_those_of_the_sum(drawn):
    assert "grad" not in text(drawn("sum"))
    shown = text(drawn("sum", "--gradients"))
    assert "value" in shown and re.search(r"grad 1\b", shown) and "—" not in shown


@pytest.mark.skipif(find_spec("pygraphviz") is None, reason="pygraphviz is not installed")
def test_engine_places_the_boxes(drawn):
    assert drawn("softmax", "--engine", "pygraphviz") != drawn("softmax") == drawn("softmax", "--engine", "own")


WRONG = {
    "a depth that is no number": (["--depth", "deep"], "argument --depth: expected a whole number of at least 0"),
    "a depth below 0": (["--depth", "-1"], "argument --depth: expected a whole number of at least 0"),
    "another theme": (["--theme", "drak"], "did you mean dark?"),
    "another engine": (["--engine", "neato"], "argument --engine: invalid choice: 'neato'"),
    "no such module": (["--open", "cnov1"], "argument --open: bottleneck has no 'cnov1'; there are Bottleneck, conv1,"),
    "two ways to say what is open": (["--open", "conv1", "--depth", "1"], "not allowed with argument"),
}


@pytest.mark.parametrize(("options", "told"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_in_a_line(options, told, tmp_path, capsys):
    assert main(["draw", "bottleneck", "-o", str(tmp_path / "x.svg"), *options]) == 2
    out, err = capsys.readouterr()
    assert told in err and err.count("\n") == 1 and not out
    assert not list(tmp_path.iterdir())


def test_an_engine_that_is_missing_is_said_in_a_line(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("graph_viz.layout.engines.EXECUTABLES", ())
    assert main(["draw", "softmax", "-o", str(tmp_path / "x.svg"), "--engine", "dot"]) == 2
    err = capsys.readouterr().err
    assert "no layout by dot: there is no executable `dot` on the PATH" in err and err.count("\n") == 1
