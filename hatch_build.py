"""What a package index shows of the project: the README without what an index lacks, and addresses if one is set."""

import importlib.util
import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

PICTURE = re.compile(r"[^\n]+\n\n<picture>.*?</picture>\n", re.DOTALL)  # with the sentence that announces it
COMMENT = re.compile(r"<!--.*?-->\n", re.DOTALL)
LINK = re.compile(r"\[([^\]]*)\]\((?!https?://)([^)]*)\)")
URLS = {  # by the address of the repository
    "Repository": "{}",
    "Documentation": "{}/blob/HEAD/docs/index.md",
    "Changelog": "{}/blob/HEAD/CHANGELOG.md",
    "Issues": "{}/issues",
}


def alone(readme: str, address: str = "") -> str:
    """The text without pictures that lead to files; links to files lead to the repository, or are left out."""
    link = rf"[\1]({address}/blob/HEAD/\2)" if address else r"\1"
    return LINK.sub(link, COMMENT.sub("", PICTURE.sub("", readme)))


def configured(root: Path) -> str:
    """The address of the repository, as the site has it: `autograd_zoo/atlas/launch.py`, read as a file."""
    spec = importlib.util.spec_from_file_location("launch", root / "autograd_zoo" / "atlas" / "launch.py")
    assert spec and spec.loader
    launch = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(launch)
    return str(launch.configured(root))


class Shown(MetadataHookInterface):
    """Gives the fields `readme` and `urls`."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Write them into the metadata of the project."""
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        address = configured(Path(self.root))
        metadata["readme"] = {"content-type": "text/markdown", "text": alone(text, address)}
        metadata["urls"] = {name: url.format(address) for name, url in URLS.items()} if address else {}
