"""The README keeps its word: its example prints what stands below it, and its files are there."""

import contextlib
import io
import re
from collections.abc import Callable
from email import message_from_string
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from autograd_zoo.zoo import overview

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_example_prints_the_block_below_it() -> None:
    code, printed = re.search(r"```python\n(.*?)```\s*```\n(.*?)```", README, re.DOTALL).groups()
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "README.md", "exec"), {})
    assert out.getvalue() == printed


def test_the_first_screen_has_exactly_two_commands() -> None:
    first_screen = README.split("## ")[0]
    commands = re.findall(r"```sh\n(.*?)```", first_screen, re.DOTALL)
    assert [command.count("\n") for command in commands] == [1, 1]
    assert commands[0].rstrip().endswith("autograd-zoo check")
    assert commands[1].rstrip().endswith("-m pytest -n auto")


@pytest.mark.parametrize("link", re.findall(r"(?:\]\(|src(?:set)?=\")([^)#\"]+)[)\"]", README))
def test_links_lead_to_files(link: str) -> None:
    assert (ROOT / link).is_file()


def test_the_table_of_the_zoo_is_what_is_computed() -> None:
    assert overview.table() in README, "write it anew: python docs/generated.py"


def test_the_counts_are_what_is_computed() -> None:
    assert f"\n{overview.counts()}.\n" in README.split("## ")[0], "write them anew: python docs/generated.py"


def test_the_course_is_in_the_first_screen_and_commands_run_in_a_checkout() -> None:
    first = README.splitlines()[:14]
    text = " ".join(first)
    assert "start with the course" in text and "notebooks" in text and "run in a checkout" in text


ADDRESS = "https://github.com/owner/name"
URLS = {
    "Repository": ADDRESS,
    "Documentation": f"{ADDRESS}/blob/HEAD/docs/index.md",
    "Changelog": f"{ADDRESS}/blob/HEAD/CHANGELOG.md",
    "Issues": f"{ADDRESS}/issues",
}


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The metadata that hatchling makes of a folder, as it is written into a wheel."""
    pytest.importorskip("hatchling", reason="hatchling is not installed, which builds the package")
    from hatchling.metadata.core import ProjectMetadata
    from hatchling.metadata.spec import get_core_metadata_constructors
    from hatchling.plugin.manager import PluginManager

    def metadata(address: str = "", folder: Path = ROOT) -> Message:
        monkeypatch.setenv("AUTOGRAD_ZOO_REPOSITORY", address)
        project = ProjectMetadata(str(folder), PluginManager())
        return message_from_string(get_core_metadata_constructors()["2.4"](project))

    return metadata


def test_what_a_package_index_shows_has_no_link_to_a_file(built: Callable[..., Any]) -> None:
    about = built()
    shown = about.get_payload()
    assert not re.findall(r"\]\((?!https?://)|<picture|<img|src(?:set)?=|<!--", shown)
    assert "And the picture" not in shown and len(shown) > 0.8 * len(README)
    assert about.get_all("Project-URL") is None


def test_with_an_address_the_metadata_and_the_readme_lead_there(built: Callable[..., Any]) -> None:
    about = built(f"{ADDRESS}.git")
    assert dict(url.split(", ") for url in about.get_all("Project-URL")) == URLS
    links = re.findall(r"\]\(([^)]*)\)", about.get_payload())
    assert links and {link for link in links if not link.startswith("https://")} == set()
    assert f"{ADDRESS}/blob/HEAD/docs/labs.md" in links
    paths = [url.partition("/HEAD/")[2] for url in [*links, *URLS.values()] if "/HEAD/" in url]
    assert [path for path in paths if not (ROOT / path.partition("#")[0]).is_file()] == []


def test_the_address_can_stand_in_the_files_of_the_project(built: Callable[..., Any], tmp_path: Path) -> None:
    for name in ("README.md", "hatch_build.py", "LICENSE", "autograd_zoo/atlas/launch.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert text.count('repository = ""\n') == 1
    (tmp_path / "pyproject.toml").write_text(text.replace('repository = ""\n', f'repository = "{ADDRESS}"\n'), "utf-8")
    assert dict(url.split(", ") for url in built("", tmp_path).get_all("Project-URL")) == URLS


def test_an_address_of_another_form_is_refused(built: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="OWNER/NAME"):
        built("somewhere")


INSTALLED = re.compile(r"pip install (?:-\S+ )*[\"']?autograd[-_]zoo")


def test_nobody_is_told_to_install_it_from_an_index_that_does_not_have_it() -> None:
    """In a browser it is there: the site has our wheel (docs/lite.py)."""
    places = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "guides").glob("*.md")]
    places += [path for folder in ("autograd_zoo", "graph_viz", "notebooks") for path in (ROOT / folder).rglob("*.py")]
    told = {path.name: found for path in places if (found := INSTALLED.findall(path.read_text(encoding="utf-8")))}
    assert told == {}
