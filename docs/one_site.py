"""Build the whole site, atlas, course, guides and reference under one index: `python docs/one_site.py FOLDER`.

What stands in FOLDER needs no network and no server: open its index.html. With `--lite`, the notebooks that run in the
browser are a part of it (`docs/lite.py`; these do need a server). Names of modules or families make a smaller atlas.
"""

import argparse
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from autograd_zoo.cli import main as command

HERE = Path(__file__).parent


def main() -> int:
    """Run Sphinx, then the atlas, which takes in what Sphinx wrote."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="a new or empty folder, or one with a site, which is replaced")
    parser.add_argument("names", nargs="*", help="modules or families; all of them by default")
    parser.add_argument("--lite", action="store_true", help="with notebooks that run in the browser")
    parser.add_argument("--repository", metavar="URL", help="the project on GitHub; by default what is configured")
    args = parser.parse_args()
    if find_spec("sphinx") is None:
        wanted = 'pip install -e ".[atlas]" --group docs'
        parser.error(f"the guides are made by Sphinx, which is not installed: {wanted}")
    with tempfile.TemporaryDirectory() as scratch:
        guides, lite = Path(scratch, "guides"), Path(scratch, "lite")
        subprocess.run([sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html", HERE, guides], check=True)
        more = []
        if args.lite:
            subprocess.run([sys.executable, HERE / "lite.py", lite], check=True)
            more = ["--lite", str(lite)]
        if args.repository is not None:
            more += ["--repository", args.repository]
        return command(["atlas", args.folder, *args.names, "--guides", str(guides), *more])


if __name__ == "__main__":
    sys.exit(main())
