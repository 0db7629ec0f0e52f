"""Build the site of notebooks that run in the browser: `python docs/lite.py FOLDER` (needs `--group lite`).

Chapters 00 to 03 and the labs, JupyterLite, and the wheels that Python in the browser installs: ours, and pure ones
that it needs. Pyodide itself, with NumPy and Matplotlib compiled for it, is loaded by the reader's browser from the
address of Pyodide; or, with `--pyodide FOLDER`, comes from the site. That is a release of Pyodide, unpacked; of the
package on npm, which has Python alone, the pure wheels that start a notebook are added from the package index.
"""

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
APPS = ("lab", "notebooks", "repl")
CHAPTERS = "0[0-3]_*.ipynb"
SETUP = "%pip install -q autograd-zoo matplotlib"
"""The first cell of each notebook there."""
PURE = ["comm", "graphviz"]
"""What is needed, pure, and in no release of Pyodide."""
KERNEL = ["micropip", "ipython", "jedi"]
"""What starts a notebook, of Pyodide's release."""


def main() -> int:
    """Gather notebooks and wheels in a scratch folder, and let JupyterLite build the site of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="a folder for the site, which is emptied")
    parser.add_argument("--pyodide", type=Path, metavar="DIR", help="Pyodide, to be served with the site")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        contents(place / "content")
        wheels(place / "wheels")
        if args.pyodide:
            complete(args.pyodide, place / "static" / "pyodide")
        (place / "jupyter_lite_config.json").write_text(json.dumps(config(place)), encoding="utf-8")
        shutil.rmtree(args.folder, ignore_errors=True)
        target = str(args.folder.resolve())
        command = [sys.executable, "-m", "jupyter", "lite", "build", "--lite-dir", scratch, "--output-dir", target]
        apps = [word for name in APPS for word in ("--apps", name)]
        subprocess.run([*command, *apps, "--no-sourcemaps"], check=True, cwd=scratch)
    print(f"serve it, as with: python -m http.server -d {args.folder}")
    return 0


def contents(folder: Path) -> None:
    """The notebooks without outputs, each with a cell before all others that installs what it needs."""
    for path in [*sorted((ROOT / "notebooks").glob(CHAPTERS)), *sorted((ROOT / "notebooks" / "labs").glob("*.ipynb"))]:
        target = folder / ("labs" if path.parent.name == "labs" else "") / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(prepared(json.loads(path.read_text(encoding="utf-8")))), encoding="utf-8")


def prepared(notebook: dict[str, Any]) -> dict[str, Any]:
    """A notebook for the browser."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    first = {
        "cell_type": "code",
        "id": "setup",
        "metadata": {},
        "source": SETUP,
        "outputs": [],
        "execution_count": None,
    }
    kernel = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}
    return notebook | {"cells": [first, *notebook["cells"]], "metadata": notebook["metadata"] | {"kernelspec": kernel}}


def wheels(folder: Path) -> None:
    """Our wheel, and those that Pyodide does not have."""
    pip = [sys.executable, "-m", "pip", "-q"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", folder, ROOT], check=True)
    fetch(PURE, folder)


def fetch(names: list[str], folder: Path) -> None:
    """Pure wheels from the package index."""
    pip = [
        sys.executable,
        "-m",
        "pip",
        "-q",
        "download",
        "--no-deps",
        "--only-binary=:all:",
        "--python-version",
        "3.14",
    ]
    subprocess.run([*pip, "--platform", "any", "-d", folder, *names], check=True)


def config(place: Path) -> dict[str, Any]:
    """What JupyterLite builds of."""
    found = sorted(map(str, (place / "wheels").glob("*.whl")))
    build = {"contents": [str(place / "content")], "no_libarchive": True}
    return {"LiteBuildConfig": build, "PipliteAddon": {"piplite_urls": found}}


def complete(source: Path, target: Path) -> None:
    """Copy Pyodide, and add the pure wheels that start a notebook where they are not there; the lock names them all."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.map", "*.d.ts", "console*.html", "*-tests.tar"))
    path = target / "pyodide-lock.json"
    lock = json.loads(path.read_text(encoding="utf-8"))
    packages = {normal(name): about for name, about in lock["packages"].items()}
    for about in needed(packages):
        if not (target / about["file_name"]).is_file():
            before = set(target.iterdir())
            fetch([f"{about['name']}=={about['version']}"], target)
            (wheel,) = set(target.iterdir()) - before
            about |= {"file_name": wheel.name, "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest()}
    path.write_text(json.dumps(lock), encoding="utf-8")


def needed(packages: dict[str, Any]) -> list[Any]:
    """The packages of a lock that start a notebook, with all that they depend on."""
    names = list(map(normal, KERNEL))
    for name in names:  # grows while it is walked
        names += [one for one in map(normal, packages[name]["depends"]) if one not in names]
    return [packages[name] for name in names]


def normal(name: str) -> str:
    """The name of a package as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main())
