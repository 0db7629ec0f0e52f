"""Programs in files: they come back bit by bit, and whatever else a file holds is refused with one kind of error."""

import json
import zipfile

import numpy as np
import pytest
from every import every
from hypothesis import given, settings
from hypothesis import strategies as st
from program.cases import case, replayed

import autograd_zoo as az
from autograd_zoo import io
from autograd_zoo.program import ProgramError
from autograd_zoo.program.store import TEXT

each_specimen = every("specimen", az.zoo.ZOO, ids=lambda s: s.name, by=lambda s: s.family)


def same(a, b):
    """Whether two arguments are the same, bit by bit."""
    if isinstance(a, (np.ndarray, np.generic)):
        return type(a) is type(b) and a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, (tuple, list)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, slice):
        return isinstance(b, slice) and same((a.start, a.stop, a.step), (b.start, b.stop, b.step))
    return type(a) is type(b) and (a == b or (a != a and b != b))


@each_specimen
def test_a_program_comes_back_bit_by_bit(specimen, tmp_path):
    c = case(specimen)
    path = tmp_path / "program.npz"
    c.program.save(path)
    found = az.Program.load(path)
    assert str(found) == str(c.program)
    for field in ("leaves", "given"):
        for a, b in zip(getattr(c.program, field), getattr(found, field), strict=True):
            assert (a.number, a.name) == (b.number, b.name) and same(np.asarray(a.value), np.asarray(b.value))
    for field in ("instructions", "calls", "guards"):
        rows = zip(getattr(c.program, field), getattr(found, field), strict=True)
        assert all(same(vars(a), vars(b)) for a, b in rows)
    assert list(found.outputs.items()) == list(c.program.outputs.items())
    loaded = type(c)(found, c.leaves, c.given, c.outputs)
    assert all(same(a, b) for a, b in zip(replayed(c, "numpy"), replayed(loaded, "numpy"), strict=True))
    found.save(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == path.read_bytes()


def odd_program():
    """Whatever an argument can be."""
    table = np.array([[1, -2], [3, 0]], np.int8)

    def f(x):
        y = x[1:, None, ..., ::-1] + np.float32(np.pi) * x.astype(np.float32)[0, 0]
        y = np.where(np.asarray([True, False]), y, -np.inf) * np.where(y > 0, 1.0, np.nan)
        return (y * table, np.sum(y, axis=(0, 1)), x.argmax())

    with np.errstate(all="ignore"):
        return az.record(f, np.array([[1.5, -0.0], [5e-324, 2.0]]))


def test_odd_arguments_come_back(tmp_path):
    program = odd_program()
    program.save(tmp_path / "odd.npz")
    found = az.Program.load(tmp_path / "odd.npz")
    assert all(same(vars(a), vars(b)) for a, b in zip(program.instructions, found.instructions, strict=True))
    x = np.array([[-3.0, 1.0], [2.0, 7.0]])
    with np.errstate(all="ignore"):
        assert same(program.replay()(x), found.replay()(x))


def test_it_loads_where_the_modules_are_not_known(tmp_path):
    from engine.support import python

    layers = az.nn.Sequential(az.nn.Linear(3, 2, rng=np.random.default_rng(0)), az.nn.ReLU())
    program = az.record(layers, np.ones((2, 3)))
    program.save(tmp_path / "layers.npz")
    said = python(f"""
import sys
import numpy as np
from autograd_zoo.program import Program
program = Program.load({str(tmp_path / "layers.npz")!r})
y, = program.replay()(*(x.value for x in program.leaves))
print(float(y.sum()), "autograd_zoo.nn" in sys.modules)
""")
    value, nn_is_loaded = said.split()
    assert float(value) == float(layers(np.ones((2, 3))).data.sum()) and nn_is_loaded == "False"


def test_complex_constants_are_refused_and_nothing_is_written(tmp_path):
    program = az.record(lambda x: np.sum(np.real(np.fft.fft(x) * (1j * np.arange(4.0)))), np.ones(4))
    with pytest.raises(ProgramError, match="complex128"):
        program.save(tmp_path / "complex.npz")
    assert not list(tmp_path.iterdir())


# ---- files that hold something else ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "program.npz"
    odd_program().save(path)
    return path


def refused(path):
    """Load a file: what comes is a program, or one kind of error."""
    try:
        program = az.Program.load(path)
    except ProgramError as error:
        assert str(path) in str(error) and len(str(error)) < 2000
        return True
    assert isinstance(program, az.Program)
    str(program)
    return False


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_flipped_bytes(saved, tmp_path_factory, data):
    content = bytearray(saved.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("flipped") / "program.npz"
    path.write_bytes(content)
    refused(path)


@settings(max_examples=30, deadline=None)
@given(length=st.integers(0, 4000))
def test_a_part_of_a_file(saved, tmp_path_factory, length):
    path = tmp_path_factory.mktemp("part") / "program.npz"
    path.write_bytes(saved.read_bytes()[:length])
    assert refused(path) or length >= saved.stat().st_size


def places(tree, way=()):
    """The places in a tree of JSON."""
    yield way
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, x in items:
        yield from places(x, (*way, key))


def changed(tree, way, value):
    if not way:
        return value
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    copy[way[0]] = changed(tree[way[0]], way[1:], value)
    return copy


JUNK = [None, True, -1, 0, 3, 10**30, 1.5, "", "c0", "np.add", "float64", [], {}, [[]], {"value": 99}, {"value": 0}]
JUNK += [{"array": "nowhere"}, {"slice": [1]}, {"dtype": "nothing"}, {"a": 1, "b": 2}, {"float": "x"}, {"tuple": 3}]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_edited_text(saved, tmp_path_factory, data):
    arrays = io.load(saved)
    text = json.loads(bytes(arrays[TEXT]))
    way = data.draw(st.sampled_from(list(places(text))))
    text = changed(text, way, data.draw(st.sampled_from(JUNK)))
    path = tmp_path_factory.mktemp("edited") / "program.npz"
    io.save(path, {**arrays, TEXT: np.frombuffer(json.dumps(text).encode(), np.uint8)})
    refused(path)


def edit(change):
    def write(saved, path):
        arrays = io.load(saved)
        text = json.loads(bytes(arrays[TEXT]))
        found = change(text, arrays)
        text = text if found is None else found
        content = text if isinstance(text, bytes) else json.dumps(text).encode()
        io.save(path, {**arrays, TEXT: np.frombuffer(content, np.uint8)})

    return write


WRONG = {
    "a later version": (edit(lambda text, arrays: text.update(version=99)), "version 99.*update the package"),
    "no version": (edit(lambda text, arrays: text.pop("version") and None), "version"),
    "another format": (edit(lambda text, arrays: text.update(format="other")), "its format is 'other'"),
    "no array": (edit(lambda text, arrays: arrays.pop("c0") is None or None), "c0"),
    "a value before it is there": (
        edit(lambda text, arrays: text["instructions"].reverse()), "is used before it is computed",
    ),
    "a number twice": (
        edit(lambda text, arrays: text["instructions"].append(text["instructions"][0])), "is no new number",
    ),
    "no JSON": (edit(lambda text, arrays: b"{"), "holds no program"),
    "no text": (edit(lambda text, arrays: b"\xff\xfe"), "holds no program"),
    "deep": (edit(lambda text, arrays: b"[" * 100_000), "holds no program"),
    "deep arguments": (
        edit(lambda text, arrays: json.dumps(text).replace("[", "[" + "[" * 5000 + "]" * 5000, 1).encode()),
        "holds no program",
    ),
    "weights": (lambda saved, path: io.save(path, {"W": np.ones(3)}), "holds no program"),
    "text of floats": (lambda saved, path: io.save(path, {TEXT: np.ones(3)}), "holds no program"),
    "nothing": (lambda saved, path: path.write_bytes(b""), "holds no program"),
    "another archive": (lambda saved, path: zipfile.ZipFile(path, "w").writestr("a", "b"), "holds no program"),
}  # fmt: skip


@every(("write", "words"), WRONG.values(), ids=WRONG)
def test_what_is_no_program_is_told_so(write, words, saved, tmp_path):
    path = tmp_path / "wrong.npz"
    write(saved, path)
    with pytest.raises(ProgramError, match=words):
        az.Program.load(path)


@pytest.mark.parametrize(
    "name", ["np.save", "np.load", "np.fromfile", "np.copyto", "np.memmap", "np.__loader__", "os.system"]
)
def test_a_program_of_a_stranger_can_only_compute(name, saved, tmp_path):
    edit(lambda text, arrays: text["instructions"][0].__setitem__(1, name))(saved, tmp_path / "odd.npz")
    with pytest.raises(az.RecordError, match=f"numpy has no row for {name}"):
        az.Program.load(tmp_path / "odd.npz").replay()


def test_a_file_that_is_not_there_is_not_a_bad_program(tmp_path):
    with pytest.raises(FileNotFoundError):
        az.Program.load(tmp_path / "nothing.npz")


def test_what_cannot_be_written_leaves_no_file(tmp_path):
    program = az.record(lambda x: np.pad(x, 1, mode="constant"), np.ones(2))
    from dataclasses import replace

    first = replace(program.instructions[0], params={"how": print})
    with pytest.raises(ProgramError, match="holds numbers, arrays, texts and slices"):
        replace(program, instructions=(first, *program.instructions[1:])).save(tmp_path / "a.npz")
    assert list(tmp_path.iterdir()) == []
