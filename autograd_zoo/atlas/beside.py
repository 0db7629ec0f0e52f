"""What others wrote and stands in the same site: the guides of Sphinx, and notebooks that run in the browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .guides import Guides


@dataclass(frozen=True)
class Beside:
    """What there is of it."""

    guides: Guides | None = None
    lite: Path | None = None
    """A folder that `jupyter lite build` wrote."""
    repository: str = ""
    """Owner and name, where Colab and Binder find the notebooks; or nothing, and no page speaks of them."""

    def files(self, frame: Callable[[str], str], ids: dict[str, str]) -> Iterator[tuple[str, str | bytes]]:
        """All files by their path in the site."""
        if self.guides:
            yield from self.guides.files(frame, ids)
        for path in sorted(self.lite.rglob("*")) if self.lite else ():
            if path.is_file():
                yield f"lite/{path.relative_to(self.lite).as_posix()}", path.read_bytes()  # type: ignore[arg-type]
