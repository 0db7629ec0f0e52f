"""Every page of the site in a browser: no complaint, nothing for axe-core to find, no jump; and every link leads on."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
from looked_at import VIEWS, axe_core, faults

from autograd_zoo import atlas
from autograd_zoo.atlas import site

pytest.importorskip("playwright.sync_api", reason="playwright is not installed, which drives the browser")
for library in site.NEEDED:
    pytest.importorskip(library, reason=f"{library} is not installed, which the extra `atlas` brings")

DOCS = Path(__file__).parents[2] / "docs"
SAMPLED = (
    "index.html", "course.html", "zoo.html", "errata.html", "course/04_activation.html", "modules/softmax.html",
    "graphs/linear.html", "docs/check.html",
)  # fmt: skip


@pytest.fixture(scope="module")
def script():
    return axe_core()


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_pages_that_stand_for_all(browser, script, written, width, scheme):
    assert list(faults(browser, script, written, SAMPLED, width, scheme)) == []


def test_faults_are_found(browser, script, tmp_path):
    """Or no test here would show anything."""
    (tmp_path / "bad.html").write_text(
        '<!DOCTYPE html><html><title>x</title><main><h1>x</h1><img src="no.png"><p style="color: #bbb">pale</p>'
        '<p style="width: 3000px">wide</p></main><script>setTimeout(() => console.error("oh"))</script></html>'
    )
    found = "\n".join(faults(browser, script, tmp_path, ["bad.html"], 390, "light"))
    for fault in ("html-has-lang", "image-alt", "color-contrast", "console: oh", "not loaded", "wider than the window"):
        assert fault in found


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The site of everything, with the guides where Sphinx is installed."""
    folder = tmp_path_factory.mktemp("whole")
    guides = None
    if all(map(find_spec, ("sphinx", "furo", "myst_nb"))):
        guides = folder / "guides"
        subprocess.run([sys.executable, "-m", "sphinx", "-q", "-b", "html", DOCS, guides], check=True)
    atlas.write(folder / "site", guides=guides)
    return folder / "site"


def html_of(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.html"))


@pytest.mark.slow
@pytest.mark.parametrize("view", range(len(VIEWS)))
def test_every_page(browser, script, whole, view):
    """All pages in all views take half an hour: with EVERY_PAGE=1; else each view has its share of a third of them."""
    pages = html_of(whole)
    chosen = pages if os.environ.get("EVERY_PAGE") else pages[view :: 3 * len(VIEWS)]
    assert list(faults(browser, script, whole, chosen, *VIEWS[view])) == []


@pytest.mark.slow
def test_every_link_leads_on(whole):
    texts = {path: (whole / path).read_text(encoding="utf-8") for path in html_of(whole)}
    ids = {path: set(re.findall(r'\sid="([^"]+)"', text)) for path, text in texts.items()}
    lost = set()
    for path, text in texts.items():
        bare = re.sub(r"<script\b.*?</script>", "", text, flags=re.DOTALL)
        for address in re.findall(r'<(?:a|link|img|script)\b[^>]*?\s(?:href|src)="([^"]*)"', bare):
            parts = urlsplit(address.replace("&amp;", "&"))
            if parts.scheme == "data":
                continue
            if parts.scheme:
                if parts.scheme not in ("https", "http", "mailto") or (not parts.netloc and parts.scheme != "mailto"):
                    lost.add((path, address))
                continue
            file, part = urldefrag(unquote(parts._replace(query="").geturl()))
            target = (whole / path).parent.joinpath(file).resolve() if file else whole / path
            known = ids.get(target.relative_to(whole.resolve()).as_posix() if file else path, set())
            if not target.is_file() or (part and part not in known):
                lost.add((path, address))
    assert sorted(lost) == []


@pytest.mark.slow
def test_the_first_page_weighs_little(browser, whole):
    """With all that it loads, when it is read to its end."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    loaded = {"index.html"}
    tab.on("request", lambda request: loaded.add(unquote(urlsplit(request.url).path)))
    tab.goto((whole / "index.html").as_uri())
    tab.evaluate("for (const image of document.images) image.loading = 'eager'")
    tab.wait_for_load_state("networkidle")
    context.close()
    sizes = {path: Path(whole, path).stat().st_size for path in loaded}
    assert len(sizes) > 10 and sum(sizes.values()) < 500_000, sizes
