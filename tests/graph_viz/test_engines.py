"""Graphviz runs in processes of its own: it may be missing, hang, crash or talk nonsense, and a layout comes back."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import textwrap
import time
from importlib.util import find_spec
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from layouts import apart, random_graph, within

from graph_viz.layout import Edge, engines, exchange, layout
from graph_viz.layout.geometry import Problem

ROOT = Path(__file__).parents[2]
MODULE = ("module",)
GRAPH = (
    {"x": (40.0, 20.0), "y": (60.0, 30.0)},
    [Edge("x", "y"), Edge("y", "y", back=True)],
    {"x": [], "y": [MODULE]},
    {MODULE: 50.0},
    "LR",
)
INSTALLED = {
    "pygraphviz": find_spec("pygraphviz") is not None,
    "dot": any(map(shutil.which, engines.EXECUTABLES)),
    "own": True,
}
needs_pygraphviz = pytest.mark.skipif(not INSTALLED["pygraphviz"], reason="pygraphviz is not installed")
posix = pytest.mark.skipif(os.name != "posix", reason="a script is an executable there, and signals are what they say")

MISDEEDS = {  # programs that are no Graphviz, and what is told of them
    "crashes": ("import os, signal; sys.stdin.readline(); os.kill(os.getpid(), signal.SIGKILL)", "ended with code -9"),
    "hangs": ("import time; time.sleep(60)", "took longer than"),
    "never reads": ("import time; time.sleep(60)", "took longer than"),
    "leaves": ("pass", "ended with code 0|Expecting value"),
    "talks nonsense": ("for _ in sys.stdin: print('ERROR: <dot> & more', flush=True)", "Expecting value"),
    "answers another question": ('for _ in sys.stdin: print(\'{"layout": "{}"}\', flush=True)', "KeyError"),
    "answers no object": ("for _ in sys.stdin: print('[]', flush=True)", "something else"),
}


@pytest.fixture
def nothing_kept():
    """No worker from before, and none left behind."""
    engines.end_worker()
    yield
    engines.end_worker()


@pytest.fixture(params=MISDEEDS)
def misdeed(request, tmp_path):
    """A program, the file to which it writes its process id, and what is told of it."""
    body, told = MISDEEDS[request.param]
    program, pid = tmp_path / "program.py", tmp_path / "pid"
    program.write_text(f"import os, sys\nopen({str(pid)!r}, 'w').write(str(os.getpid()))\n{body}\n")
    return program, pid, told


def run(program, **environment):
    """The printed lines of a program in an interpreter of its own."""
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(program)]
    kept = {"PYTHONPATH": str(ROOT), **os.environ, **environment}
    done = subprocess.run(command, cwd=ROOT, env=kept, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return done.stdout.splitlines()


def lives(pid):
    """Whether there is a process of this number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def hide(monkeypatch, *names):
    """As if these were not installed."""
    if "pygraphviz" in names:
        monkeypatch.setattr(engines, "find_spec", lambda name: None)
    if "dot" in names:
        monkeypatch.setattr(engines, "EXECUTABLES", ())


def put_on_path(monkeypatch, program):
    """Run a Python program by the name of `dot`. No #! line can name an interpreter whose path has a space."""
    script = program.with_name("dot")
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(program))} "$@"\n')
    script.chmod(0o755)
    monkeypatch.setattr(engines, "EXECUTABLES", ("dot",))
    monkeypatch.setenv("PATH", str(script.parent))


# ---- each engine alone --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", INSTALLED)
@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_every_engine_keeps_boxes_and_clusters_apart(engine, seed, direction):
    if not INSTALLED[engine]:
        pytest.skip(f"{engine} is not installed")
    sizes, edges, frames, titles = random_graph(np.random.default_rng(seed))
    found = layout(sizes, edges, frames, titles, direction, engine=engine)
    whole = (0.0, 0.0, found.width, found.height)
    assert found.engine == engine and not found.notes
    assert list(found.boxes) == list(sizes) and {v: box[2:] for v, box in found.boxes.items()} == sizes
    assert all(apart(a, b, gap=4.0) for a, b in combinations(found.boxes.values(), 2))
    assert found.clusters.keys() == {path for around in frames.values() for path in around}
    for path, frame in found.clusters.items():
        assert within(frame, whole) and frame[2] >= titles[path]
        assert all(within(box, frame) if path in frames[v] else apart(box, frame) for v, box in found.boxes.items())
    for edge, route in zip(edges, found.routes, strict=True):
        assert not found.curved or len(route) % 3 == 1
        for mark, (x, y) in ((edge.tail, route[0]), (edge.head, route[-1])):
            left, top, width, height = found.boxes[mark]
            assert min(abs(x - left), abs(x - left - width), abs(y - top), abs(y - top - height)) < 0.1
            assert within((x, y, 0.0, 0.0), found.boxes[mark])


@pytest.mark.parametrize("engine", INSTALLED)
@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_every_engine_keeps_arguments_in_their_order(engine, direction):
    if not INSTALLED[engine]:
        pytest.skip(f"{engine} is not installed")
    sizes = dict.fromkeys(range(4), (60.0, 40.0))
    edges = [Edge(2, 3, 0), Edge(0, 3, 1), Edge(1, 3, 2)]
    found = layout(sizes, edges, {v: [] for v in sizes}, {}, direction, engine=engine)
    ends = [route[-1][direction == "LR"] for route in found.routes]
    assert ends == sorted(ends) and len(set(ends)) == 3


@pytest.mark.parametrize("engine", INSTALLED)
def test_the_same_problem_has_the_same_layout_in_every_process(engine):
    if not INSTALLED[engine]:
        pytest.skip(f"{engine} is not installed")
    program = f"""
        import sys
        sys.path.insert(0, "tests")
        import numpy as np
        from layouts import random_graph
        from graph_viz.layout import layout
        print(layout(*random_graph(np.random.default_rng(3)), "TB", engine={engine!r}))
    """
    assert run(program, PYTHONHASHSEED="1") == run(program, PYTHONHASHSEED="2")


@posix
@needs_pygraphviz
def test_an_executable_on_the_path_is_asked_for_json(monkeypatch, tmp_path):
    """A program `dot` that is no more than its command line: the answers are pygraphviz's."""
    program = tmp_path / "program.py"
    program.write_text(
        "import sys, pygraphviz\n"
        "assert sys.argv[1:] == ['-Kdot', '-Tjson0'], sys.argv\n"
        "sys.stdout.buffer.write(pygraphviz.AGraph(string=sys.stdin.read()).draw(format='json0', prog='dot'))\n"
    )
    put_on_path(monkeypatch, program)
    problem = random_graph(np.random.default_rng(5))
    found = layout(*problem, "TB", engine="dot")
    assert found.engine == "dot" and not found.notes
    assert found.boxes == layout(*problem, "TB", engine="pygraphviz").boxes
    hide(monkeypatch, "pygraphviz")
    assert layout(*GRAPH, engine="auto").engine == "dot"


@needs_pygraphviz
def test_both_ways_to_graphviz_agree_where_they_have_the_same_version(monkeypatch):
    if not shutil.which("graphviz-pure"):
        pytest.skip("graphviz-pure is not installed, and other versions of dot place differently")
    monkeypatch.setattr(engines, "EXECUTABLES", ("graphviz-pure",))
    problem = random_graph(np.random.default_rng(5))
    one, other = (layout(*problem, "TB", engine=engine) for engine in ("pygraphviz", "dot"))
    assert np.allclose(list(one.boxes.values()), list(other.boxes.values()), atol=0.1)


# ---- what is missing ----------------------------------------------------------------------------------------------


def test_without_any_graphviz_the_layout_is_ours(monkeypatch):
    hide(monkeypatch, "pygraphviz", "dot")
    found = layout(*GRAPH, engine="auto")
    assert (found.engine, found.notes) == ("own", [])


def test_with_an_empty_path_there_is_a_layout(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert not layout(*GRAPH, engine="auto").notes


def test_where_no_process_can_be_started_the_layout_is_ours(monkeypatch, nothing_kept):
    def refuse(*_, **__):
        raise OSError(138, "Function not implemented")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    monkeypatch.setattr(engines, "find_spec", lambda name: name)
    found = layout(*GRAPH, engine="auto")
    assert found.engine == "own" and "could not be started" in found.notes[0]


@pytest.mark.parametrize("engine", ["pygraphviz", "dot"])
def test_an_engine_that_is_asked_for_and_missing_is_an_error(monkeypatch, engine):
    hide(monkeypatch, engine)
    with pytest.raises(RuntimeError, match=f"no layout by {engine}: .*install.*'auto'"):
        layout(*GRAPH, engine=engine)


# ---- what goes wrong ----------------------------------------------------------------------------------------------


@posix
def test_a_worker_that_goes_wrong_is_ended_and_told(monkeypatch, misdeed, nothing_kept):
    program, pid, told = misdeed
    hide(monkeypatch, "dot")
    monkeypatch.setattr(engines, "find_spec", lambda name: name)
    monkeypatch.setattr(engines, "WORKER", program)
    start = time.monotonic()
    found = layout(*GRAPH, limit=1.0, engine="auto")
    assert time.monotonic() - start < 3.0
    assert found.engine == "own" and len(found.notes) == 1
    assert found.notes[0].startswith("no layout by pygraphviz: ")
    with pytest.raises(RuntimeError, match=f"no layout by pygraphviz: .*({told})"):
        layout(*GRAPH, limit=1.0, engine="pygraphviz")
    engines.end_worker()
    assert not lives(int(pid.read_text()))


@posix
def test_an_executable_that_goes_wrong_is_ended_and_told(monkeypatch, misdeed):
    program, pid, _ = misdeed
    put_on_path(monkeypatch, program)
    start = time.monotonic()
    with pytest.raises(RuntimeError, match="no layout by dot: "):
        layout(*GRAPH, limit=1.0, engine="dot")
    assert time.monotonic() - start < 3.0
    assert not lives(int(pid.read_text()))
    hide(monkeypatch, "pygraphviz")
    found = layout(*GRAPH, limit=0.2, engine="auto")
    assert found.engine == "own" and found.notes[0].startswith("no layout by dot: ")


@needs_pygraphviz
def test_after_a_crash_the_next_layout_has_a_new_worker(nothing_kept):
    first = layout(*GRAPH, engine="pygraphviz")
    process = engines._kept.process
    process.kill()
    process.wait()
    assert layout(*GRAPH, engine="pygraphviz") == first
    assert engines._kept.process.pid != process.pid


@needs_pygraphviz
def test_one_worker_serves_many_layouts(nothing_kept):
    layout(*GRAPH, engine="pygraphviz")
    first = engines._kept
    layout(*GRAPH, engine="pygraphviz")
    assert engines._kept is first


@needs_pygraphviz
def test_what_graphviz_cannot_read_is_an_error(nothing_kept):
    with pytest.raises(engines.Failed):
        engines.ask("pygraphviz", "digraph {", 10.0)


@posix
def test_ctrl_c_ends_the_wait_and_the_worker(tmp_path):
    hanging, pid = tmp_path / "hanging.py", tmp_path / "pid"
    hanging.write_text(f"import os, time\nopen({str(pid)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)\n")
    program = f"""
        import os, signal, threading, time
        from pathlib import Path
        from graph_viz.layout import engines
        engines.WORKER, engines.find_spec = Path({str(hanging)!r}), str
        pressed = []

        def press():
            while not Path({str(pid)!r}).exists() or not Path({str(pid)!r}).read_text():
                time.sleep(0.02)
            pressed.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=press).start()
        try:
            engines.ask("pygraphviz", "digraph {{}}", 30.0)
        except KeyboardInterrupt:
            print(time.monotonic() - pressed[0], engines._kept)
    """
    (line,) = run(program)
    waited, kept = line.split()
    assert float(waited) < 1.0 and kept == "None"
    assert not lives(int(pid.read_text()))


@posix
@needs_pygraphviz
@pytest.mark.parametrize("end", ["", "import os; os._exit(0)"])
def test_no_process_outlives_the_interpreter(end):
    program = f"""
        from graph_viz.layout import engines
        engines.ask("pygraphviz", "digraph {{n0}}", 30.0)
        print(engines._kept.process.pid, flush=True)
        {end}
    """
    pid = int(run(program)[0])
    late = time.monotonic() + 5.0
    while lives(pid) and time.monotonic() < late:  # it ends by itself where nobody could end it
        time.sleep(0.05)
    assert not lives(pid)


@posix
@needs_pygraphviz
def test_a_forked_process_has_a_worker_of_its_own():
    program = """
        import os
        from graph_viz.layout import engines
        ask = lambda: engines.ask("pygraphviz", "digraph {n0}", 30.0)
        first = ask()
        mine = engines._kept.process.pid
        if os.fork() == 0:
            assert engines._kept is None and ask() == first and engines._kept.process.pid != mine
            engines.end_worker()
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.wait()[1]) == 0
        assert ask() == first and engines._kept.process.pid == mine
    """
    run(program)


# ---- what is answered ---------------------------------------------------------------------------------------------

S, CURVE, E = (0.0, 90.0), [(0.0, 60.0), (5.0, 50.0), (20.0, 45.0), (60.0, 30.0)], (90.0, 0.0)
TO_S, TO_E = [(0.0, 80.0), (0.0, 70.0)], [(70.0, 20.0), (80.0, 10.0), E]
ON = [(62.0, 30.0), (64.0, 30.0), (66.0, 30.0)]
BETWEEN = [(60.0 + t, 30.0 - t) for t in (1.0, 2.0, 3.0)]
C, REST = "0,60 5,50 20,45 60,30", "63,27 70,20 80,10 90,0"
POSITIONS = [  # a position as Graphviz documents it, and the cubic pieces that it means
    pytest.param(C, CURVE, id="one piece"),
    pytest.param(f"{C} 62,30 64,30 66,30", [*CURVE, *ON], id="two pieces"),
    pytest.param(f"s,0,90 {C}", [S, *TO_S, *CURVE], id="a tip at the start"),
    pytest.param(f"e,90,0 {C}", [*CURVE, *TO_E], id="a tip at the end"),
    pytest.param(f"e,90,0 s,0,90 {C}", [S, *TO_S, *CURVE, *TO_E], id="both, as documented"),
    pytest.param(f"s,0,90 e,90,0 {C}", [S, *TO_S, *CURVE, *TO_E], id="both, as dot writes them"),
    pytest.param(f"{C};60,30 62,30 64,30 66,30", [*CURVE, *ON], id="two splines that touch"),
    pytest.param(f"{C};{REST}", [*CURVE, *BETWEEN, (70.0, 20.0), (80.0, 10.0), E], id="two splines apart"),
    pytest.param(f"s,0,90 {C} ; e,90,0 60,30 60,30 60,30 60,30", [S, *TO_S, *CURVE, *[CURVE[-1]] * 3, *TO_E],
                 id="two splines, a tip each"),
    pytest.param("0,60,1 5,50,2 20,45,3 60,30,4", CURVE, id="three dimensions"),
    pytest.param("0.0,6e1 +5,50.00 2E+01,45 60,30", CURVE, id="every way to write a number"),
    pytest.param(f"s,0,60 {C}", CURVE, id="a tip that is reached"),
    pytest.param(f"\n {C}\n", CURVE, id="broken lines"),
]  # fmt: skip


def line_read(pos, start=(0.0, 60.0), end=(60.0, 30.0)):
    """What is read as the line between two boxes of 20 by 20, one that stands on `start`, one that hangs from `end`."""
    middles = {"n0": f"{start[0]},{start[1] + 10}", "n1": f"{end[0]},{end[1] - 10}!"}
    objects = [{"name": name, "pos": middle} for name, middle in middles.items()]
    answer = json.dumps({"bb": "0,0,100,100", "objects": objects, "edges": [{"id": "e0", "pos": pos}]})
    problem = Problem(dict.fromkeys("xy", (20.0, 20.0)), [Edge("x", "y")], {"x": [], "y": []}, {}, "TB")
    found = exchange.read(answer, problem)
    return [(x - exchange.MARGIN, 100.0 - (y - exchange.MARGIN)) for x, y in found.routes[0]]


@pytest.mark.parametrize(("pos", "pieces"), POSITIONS)
def test_every_position_that_graphviz_documents_is_read(pos, pieces):
    np.testing.assert_allclose(line_read(pos, pieces[0], pieces[-1]), pieces, atol=1e-9)
    assert len(pieces) % 3 == 1


@pytest.mark.parametrize("miss", [(0.0, 0.0), (0.0, 0.5), (0.0, -0.5), (0.5, 0.0), (-1.0, 0.0), (0.25, 0.5)], ids=str)
def test_a_line_that_misses_its_box_by_a_pixel_ends_on_the_border(miss):
    dx, dy = miss
    found = line_read(f"{dx},{60 + dy} 5,50 20,45 {60 + dx},{30 + dy}")
    np.testing.assert_allclose(found, [(dx, 60.0), *CURVE[1:-1], (60.0 + dx, 30.0)], atol=1e-9)


@pytest.mark.parametrize(
    "pos",
    ["", ";", "0,0", "s,0,0", f"{C};", f";{C}", f"{C} 1,1", f"t,0,0 {C}", f"s,0 {C}", "0,0 1,1 x,y 2,2",
     "0,0 1,1 nan,2 3,3", "0,0 1,1 2,2 inf,0", "0 1 2 3", None, 3, [0, 1]],
    ids=repr,
)  # fmt: skip
def test_a_position_that_is_none_is_an_error(pos):
    with pytest.raises(ValueError):
        line_read(pos)


# ---- what is sent -------------------------------------------------------------------------------------------------


def test_no_name_is_sent_to_an_engine(monkeypatch, hostile):
    sent = []

    def listen(engine, dot, limit):
        sent.append(dot)
        raise engines.Absent

    monkeypatch.setattr(engines, "ask", listen)
    marks = [*hostile, *((name,) for name in hostile)]
    frames = {mark: [(name,) for name in hostile if isinstance(mark, tuple)] for mark in marks}
    edges = [Edge(a, b, k) for k, (a, b) in enumerate(pairwise(marks))]
    sizes, titles = dict.fromkeys(marks, (40.0, 20.0)), dict.fromkeys(((name,) for name in hostile), 30.0)
    layout(sizes, edges, frames, titles, "TB", engine="auto")
    assert len(sent) == 2
    for dot in sent:
        assert dot.isascii() and dot.isprintable() is False  # lines
        assert not [name for name in hostile if len(name.strip()) > 1 and name in dot]
        assert "URL" not in dot and "image" not in dot
