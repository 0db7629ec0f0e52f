"""The guides of Sphinx within the site: links that lead to the atlas, the site's own search, no second font."""

import re

import pytest

from autograd_zoo import atlas
from autograd_zoo.atlas import launch
from autograd_zoo.atlas.course import Chapter, chapters, following, prerequisites
from autograd_zoo.atlas.notebooks import Notebook, _size


def test_links_lead_to_the_pages_that_the_atlas_has(written):
    page = (written / "docs" / "check.html").read_text("utf-8")
    assert 'href="../course/04_activation.html">' in page  # parts have other names there
    assert 'href="../course/glossary.html">' in page
    assert 'href="../errata.html' in page and 'href="index.html">' in page
    deeper = (written / "docs" / "api" / "check.html").read_text("utf-8")
    assert 'href="../../course/04_activation.html">' in deeper and 'href="../index.html">' in deeper


def test_what_the_site_has_is_not_brought_twice(written):
    there = {path.relative_to(written / "docs").as_posix() for path in (written / "docs").rglob("*") if path.is_file()}
    assert there == {
        "index.html", "check.html", "quickstart.html", "labs.html", "teaching.html",
        "api/index.html", "api/check.html", "_static/site.css",
    }  # fmt: skip
    assert "font-face" not in (written / "docs" / "_static" / "site.css").read_text("utf-8")


def test_the_search_is_that_of_the_site(written):
    page = (written / "docs" / "check.html").read_text("utf-8")
    assert "sidebar-search-container" not in page and 'rel="search"' not in page
    assert 'id="search" name="q" data-base="../"' in page and 'src="../static/search.js"' in page
    index = (written / "static" / "entries.js").read_text("utf-8")
    assert '"docs/check.html#how"' in index and '"docs/api/check.html#autograd_zoo.check_gradients"' in index


def test_every_page_of_the_atlas_leads_to_them(written):
    for path in ("index.html", "modules/softmax.html", "course/04_activation.html"):
        page = (written / path).read_text("utf-8")
        up = "../" * path.count("/")
        assert f'href="{up}docs/index.html"' in page and f'href="{up}docs/api/index.html"' in page


OTHERS = {"guides": "no pages of Sphinx", "lite": "no site of JupyterLite", "repository": "no repository that Colab"}


@pytest.mark.parametrize("option", OTHERS)
def test_a_folder_or_an_address_of_something_else_is_named(tmp_path, libraries, option):
    with pytest.raises(ValueError, match=OTHERS[option]):
        atlas.write(tmp_path / "atlas", "tanh", **{option: str(tmp_path)})
    assert not (tmp_path / "atlas").exists()


def test_a_chapter_is_run_where_it_can_be(tmp_path, libraries, notebooks):
    lite = tmp_path / "lite"
    (lite / "files").mkdir(parents=True)
    (lite / "files" / "04_activation.ipynb").write_text("{}")
    (lite / "jupyter-lite.json").write_text("{}")
    folder = tmp_path / "atlas"
    atlas.write(folder, "tanh", notebooks=notebooks, lite=lite, repository="https://github.com/owner/name")
    run = re.findall(r'<p class="run">.*?</p>', (folder / "course" / "04_activation.html").read_text("utf-8"))[0]
    assert re.findall(r'href="([^"]+)"', run) == [
        "../lite/notebooks/index.html?path=04_activation.ipynb",
        "https://colab.research.google.com/github/owner/name/blob/HEAD/notebooks/04_activation.ipynb",
        "https://mybinder.org/v2/gh/owner/name/HEAD?labpath=notebooks%2F04_activation.ipynb",
    ]
    assert "lite/notebooks" not in (folder / "course" / "03_loss.html").read_text("utf-8")  # it is not there
    assert (folder / "lite" / "files" / "04_activation.ipynb").read_text() == "{}"


def test_without_a_repository_no_page_speaks_of_colab(written):
    assert not [path for path in written.rglob("*.html") if "colab" in path.read_text("utf-8").lower()]


def test_the_repository_is_configured_in_one_place(tmp_path, monkeypatch):
    """The variable, or else pyproject.toml; where neither is, there is none."""
    monkeypatch.delenv("AUTOGRAD_ZOO_REPOSITORY", raising=False)
    assert launch.configured(tmp_path) == ""
    (tmp_path / "pyproject.toml").write_text('[tool.autograd_zoo]\nrepository = "https://github.com/a/b.git"\n')
    assert launch.configured(tmp_path) == "https://github.com/a/b"
    monkeypatch.setenv("AUTOGRAD_ZOO_REPOSITORY", "https://github.com/c/d/")
    assert launch.configured(tmp_path) == "https://github.com/c/d"


def test_a_chapter_says_what_it_needs():
    body = (
        "<h1>03 Groups: five ways</h1><p>Which?</p><p>You need chapter 00, and that a row is no column (chapter 02). "
        'Reading takes about 35 minutes, the exercises apart.</p><img src="a.png" alt="Graph of y">'
    )
    (found,) = chapters([Notebook("03_group", "03 Groups: five ways", body=body), Notebook("glossary", "Glossary")])
    assert found == Chapter("03", "Groups", "five ways", "03_group.html", "Which?", 35, ("00", "02"), "a.png")


def test_the_map_has_a_link_for_each_chapter_and_an_arrow_for_each_need():
    found = [
        Chapter("00", "A & B", "", "00_a.html", "", 5, (), ""),
        Chapter("01", "C", "", "01_c.html", "", 0, ("00",), ""),
        Chapter("02", "D", "why", "02_d.html", "", 9, ("00", "01"), ""),
        Chapter("05", "E", "", "05_e.html", "", 9, ("04",), ""),
    ]
    assert following(found) == [("00", "01"), ("01", "02")]
    drawn = prerequisites(found)
    for one in found:
        assert f'<a href="course/{one.file}"><title>' in drawn
    assert "A &amp; B" in drawn and drawn.count("minutes") == 3
    assert drawn.count("<a ") == drawn.count("</a>") == 4


SIZES = {  # how a picture says its size, and the room that it gets
    ('<svg xmlns="x" width="40" height="20.4">', None): ' width="40" height="20"',
    ('<?xml version="1.0"?>\n<svg height="30pt" width="60pt">', None): ' width="80" height="40"',
    ('<svg width="40" height="20">', 20): ' width="20" height="10"',
    ('<svg viewBox="0 0 1 1">', None): "",
    ('<svg width="100%" height="3">', 20): "",
}


@pytest.mark.parametrize("picture", SIZES)
def test_a_picture_gets_the_room_that_it_says_it_needs(picture):
    svg, width = picture
    assert _size(svg.encode(), {"width": width} if width else {}) == SIZES[picture]
