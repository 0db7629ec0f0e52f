"""What a package index shows of the project: the README without what only a checkout has, files beside it."""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

PICTURE = re.compile(r"[^\n]+\n\n<picture>.*?</picture>\n", re.DOTALL)  # with the sentence that announces it
COMMENT = re.compile(r"<!--.*?-->\n", re.DOTALL)
LINK = re.compile(r"\[([^\]]*)\]\((?!https?://)[^)]*\)")


def alone(readme: str) -> str:
    """The text without pictures, and without links, that lead to files."""
    return LINK.sub(r"\1", COMMENT.sub("", PICTURE.sub("", readme)))


class Readme(MetadataHookInterface):
    """Gives the field `readme`."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Write it into the metadata of the project."""
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": alone(text)}
