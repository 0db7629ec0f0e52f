"""Where programs and the package itself run: PyTorch's exporter takes a replay; the wheel is plain Python."""

import subprocess
import sys
import textwrap
import zipfile
from importlib.util import find_spec

import numpy as np
import pytest
from engine.support import ROOT, python
from program.cases import case

import autograd_zoo as az

EXPORTED = {"layer_norm", "max_pool2d", "gru"}
COMPILED = {"so", "pyd", "dylib", "dll", "pyx", "c", "cpp", "rs"}


@pytest.mark.oracle
@pytest.mark.parametrize(
    "name", [pytest.param(s.name, marks=[] if s.name in EXPORTED else pytest.mark.slow) for s in az.zoo.ZOO]
)
def test_pytorch_s_exporter_takes_a_replay(name):
    torch = pytest.importorskip("torch")
    specimen = az.zoo.BY_NAME[name]
    c = case(specimen)
    f, given = c.program.replay(torch), {k: torch.from_numpy(np.array(a)) for k, a in c.given.items()}

    class Replay(torch.nn.Module):
        def forward(self, *leaves):
            return f(*leaves, **given)

    leaves = tuple(torch.from_numpy(np.array(a)) for a in c.leaves)
    exported = torch.export.export(Replay(), leaves).module()
    for a, b in zip(exported(*leaves), c.outputs, strict=True):
        np.testing.assert_allclose(a.numpy(), b, rtol=1e-9, atol=1e-12)


def test_importing_the_package_starts_no_process_and_no_thread():
    said = python(
        textwrap.dedent("""
            import sys, threading
            started = []
            sys.addaudithook(lambda event, args: started.append(event) if event in {
                "subprocess.Popen", "os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.spawn", "os.system",
                "_thread.start_new_thread", "socket.connect", "socket.bind",
            } else None)
            import autograd_zoo as az
            az.nn, az.optim, az.closed_form, az.io, az.data, az.zoo, az.record, az.onnx
            import autograd_zoo.models, autograd_zoo.program.portable, graph_viz
            print(threading.active_count(), started)
        """),
        OPENBLAS_NUM_THREADS="1",
    )
    assert said.split(None, 1) == ["1", "[]\n"] or said.strip() == "1 []"


def test_the_wheel_is_pure_python(tmp_path):
    if find_spec("hatchling") is None:
        pytest.skip("wheels are built by hatchling, which is not installed")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        about = archive.read(next(name for name in names if name.endswith("/WHEEL"))).decode()
    assert "Root-Is-Purelib: true" in about
    assert not {name.rpartition(".")[2] for name in names} & COMPILED


def test_no_file_of_the_packages_is_compiled():
    for package in ("autograd_zoo", "graph_viz"):
        kinds = {path.suffix[1:] for path in (ROOT / package).rglob("*") if "__pycache__" not in path.parts}
        assert "py" in kinds and not kinds & COMPILED
