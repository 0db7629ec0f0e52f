"""Notebooks for the browser: what a browser cannot do is not done, and the site is made of what it says."""

import functools
import http.server
import importlib.util
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import quote

import pytest
from browsers import launched

ROOT = Path(__file__).parents[2]
spec = importlib.util.spec_from_file_location("docs_lite", ROOT / "docs" / "lite.py")
lite = importlib.util.module_from_spec(spec)
spec.loader.exec_module(lite)

FORBIDDEN = """
import sys
def refuse(event, arguments):
    if event in ("subprocess.Popen", "os.fork", "os.posix_spawn", "os.system", "_thread.start_new_thread"):
        raise AssertionError(event)
sys.addaudithook(refuse)
import autograd_zoo as az, graph_viz, numpy as np
x = az.Tensor([1.0, 2.0], name="x")
y = np.sum(np.tanh(x) ** 2)
y.backward()
assert "<svg" in graph_viz.draw(y).svg()
print(az.lab.judge("softmax", lambda g, y, x: y * g).ok)
"""


def test_nothing_of_what_a_browser_lacks_is_started():
    """Neither when the package is imported, nor when something is computed, drawn and judged."""
    run = subprocess.run(
        [sys.executable, "-c", FORBIDDEN], capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout == "False\n"


def test_the_wheel_is_pure(tmp_path):
    wheels = pytest.importorskip(
        "hatchling.builders.wheel", reason="hatchling is not installed, which builds the wheel"
    )
    (built,) = wheels.WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    assert Path(built).name.endswith("-py3-none-any.whl")


def test_no_file_of_the_package_is_compiled():
    files = [path for folder in ("autograd_zoo", "graph_viz") for path in (ROOT / folder).rglob("*") if path.is_file()]
    compiled = {".so", ".pyd", ".dll", ".dylib", ".pyx", ".c", ".cpp", ".rs", ".f90"}
    assert files and not [path for path in files if path.suffix in compiled]


def test_a_notebook_is_handed_over_empty_and_installs_what_it_needs(tmp_path):
    lite.contents(tmp_path)
    there = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.ipynb"))
    labs = {f"labs/{path.name}" for path in (ROOT / "notebooks" / "labs").glob("*.ipynb")}
    assert set(there) - labs == {
        "00_neuron.ipynb", "01_engine.ipynb", "02_tensors.ipynb", "03_elementwise_group.ipynb",
    }  # fmt: skip
    assert labs <= set(there)
    for name in there:
        notebook = json.loads((tmp_path / name).read_text(encoding="utf-8"))
        assert notebook["cells"][0]["source"] == lite.SETUP and notebook["metadata"]["kernelspec"]["name"] == "python"
        assert not any(cell.get("outputs") for cell in notebook["cells"])
        assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])


LOCK = {
    "micropip": ["packaging"], "packaging": [], "ipython": ["Pure_Eval", "jedi"], "jedi": [], "pure-eval": [],
    "numpy": [], "matplotlib": ["numpy"],
}  # fmt: skip


def test_what_starts_a_notebook_is_found_in_the_lock():
    packages = {name: {"name": name, "depends": needs} for name, needs in LOCK.items()}
    found = {about["name"] for about in lite.needed(packages)}
    assert found == {"micropip", "packaging", "ipython", "jedi", "pure-eval"}


class Files(http.server.SimpleHTTPRequestHandler):
    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | {
        ".mjs": "text/javascript", ".wasm": "application/wasm",
    }  # fmt: skip

    def log_message(self, *arguments):
        pass


@pytest.fixture
def served(tmp_path):
    """The address of the site, built with the Pyodide that the environment names."""
    pyodide = os.environ.get("PYODIDE")
    if not pyodide or importlib.util.find_spec("jupyterlite_core") is None:
        pytest.skip("no folder of Pyodide in the variable PYODIDE, or jupyterlite-core is not installed")
    folder = tmp_path / "site"
    subprocess.run([sys.executable, ROOT / "docs" / "lite.py", folder, "--pyodide", pyodide], check=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Files, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def browser():
    yield from launched()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("1 + 1", "2"),
        (
            "import piplite\nawait piplite.install('autograd-zoo', deps=False)\n"
            "import importlib.metadata\nimportlib.metadata.metadata('autograd-zoo')['Name']",
            "'autograd-zoo'",
        ),
    ],
)
def test_the_kernel_starts_and_finds_our_wheel(served, browser, code, shown):
    tab = browser.new_page()
    tab.goto(f"{served}/repl/index.html?kernel=python&code={quote(code)}")
    output = tab.locator(".jp-OutputArea-output").first
    output.wait_for(timeout=180_000)
    assert output.text_content().strip() == shown
    tab.close()
