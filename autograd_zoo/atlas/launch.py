"""Where the project is, and where a notebook can be run: in this site's JupyterLite, in Colab, on Binder."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from urllib.parse import quote

_GITHUB = re.compile(r"https://github\.com/([\w-]+/[\w.-]+?)(?:\.git)?/?")


def repository(address: str) -> str:
    """The owner and name in the address of a repository on GitHub, from which Colab and Binder read.

    >>> from autograd_zoo.atlas.launch import repository
    >>> repository("https://github.com/owner/name.git")
    'owner/name'

    Raises
    ------
    ValueError
        for an address of another form
    """
    if not (found := _GITHUB.fullmatch(address)):
        raise ValueError(f"{address} is no repository that Colab and Binder open: https://github.com/OWNER/NAME")
    return found[1]


def configured(root: Path) -> str:
    """The address of the project, from the one place where it is set; or nothing.

    That is the environment variable AUTOGRAD_ZOO_REPOSITORY, or else `repository` of [tool.autograd_zoo] in the
    pyproject.toml of the folder `root`. The site's links to Colab and Binder are made of it, and hatch_build.py makes
    the addresses in the package's metadata.

    Raises
    ------
    ValueError
        for an address of another form than that of a repository on GitHub
    """
    file = root / "pyproject.toml"
    tool = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {}) if file.is_file() else {}
    address: str = os.environ.get("AUTOGRAD_ZOO_REPOSITORY") or tool.get("autograd_zoo", {}).get("repository", "")
    return f"https://github.com/{repository(address)}" if address else ""


def places(stem: str, where: str, lite: Path | None, base: str = "../") -> list[tuple[str, str]]:
    """The name and address of each place that a chapter can be run in; `where` is "owner/name", or nothing.

    >>> from autograd_zoo.atlas.launch import places
    >>> places("00_neuron", "", None)
    []
    >>> for name, address in places("00_neuron", "owner/name", None):
    ...     print(name, address)
    Colab https://colab.research.google.com/github/owner/name/blob/HEAD/notebooks/00_neuron.ipynb
    Binder https://mybinder.org/v2/gh/owner/name/HEAD?labpath=notebooks%2F00_neuron.ipynb
    """
    file = f"{stem}.ipynb"
    found = []
    if lite and (lite / "files" / file).is_file():
        found.append(("This browser", f"{base}lite/notebooks/index.html?path={quote(file)}"))
    if where:
        found += [
            ("Colab", f"https://colab.research.google.com/github/{where}/blob/HEAD/notebooks/{file}"),
            ("Binder", f"https://mybinder.org/v2/gh/{where}/HEAD?labpath={quote(f'notebooks/{file}', safe='')}"),
        ]
    return found
