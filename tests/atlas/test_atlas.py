"""The atlas: whole pages, valid, linked and alone in the world; and what happens to folders that are in the way."""

import html
import re
import shutil
from collections import Counter
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
from atlas.conftest import HEAD, NAMES
from every import every

from autograd_zoo import atlas, zoo
from autograd_zoo.atlas import site, sources
from autograd_zoo.atlas.mathematics import mathml
from autograd_zoo.atlas.notebooks import read
from autograd_zoo.atlas.pages import Pages
from autograd_zoo.cli import main
from autograd_zoo.closed_form import formulas
from autograd_zoo.zoo import document
from autograd_zoo.zoo.latex import lines
from autograd_zoo.zoo.report import counted
from autograd_zoo.zoo.verdicts import apart, recorded

for library in site.NEEDED:
    pytest.importorskip(library, reason=f"{library} is not installed, which the extra `atlas` brings")

VOID = "area base br col embed hr img input link meta source track wbr".split()
LOADING = re.compile(r"\b(?:src|srcset|poster|data)=|<link\b|url\(|@import|\bfetch\(|XMLHttpRequest|import\(")

PICTURE = re.compile(r'src="data:[^"]*"')  # a picture is in its address


@pytest.fixture(scope="module")
def pages(written):
    return {path.relative_to(written).as_posix(): path.read_text("utf-8") for path in written.rglob("*.html")}


def ours(pages):
    """The pages made from templates; those of `graphs/` are made, and tested, by graph_viz."""
    return {path: text for path, text in pages.items() if not path.startswith(("graphs/", "docs/"))}


def attributes(text, name):
    return re.findall(
        rf'<[a-z]\w*\b[^>]*?\s{name}="([^"]*)"', re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    )


def test_every_module_and_notebook_has_a_page(pages):
    assert {f"modules/{name}.html" for name in NAMES} < set(pages)
    assert {f"graphs/{name}.html" for name in NAMES} < set(pages)
    assert {
        "index.html",
        "zoo.html",
        "errata.html",
        "course.html",
        "course/03_loss.html",
        "course/04_activation.html",
    } < set(pages)


def test_every_link_leads_to_something(pages, written):
    for path, text in pages.items():
        for address in [*attributes(text, "href"), *attributes(text, "src")]:
            if address.startswith("data:"):
                continue
            assert not re.match(r"\w+:|//", address), f"{path} leaves the site: {address}"
            file, part = urldefrag(unquote(address))
            target = (written / path).parent / file if file else written / path
            assert target.is_file(), f"{path}: {address}"
            if part:
                assert part in attributes(target.read_text("utf-8"), "id"), f"{path}: {address}"


def test_nothing_is_loaded_from_elsewhere(written):
    for path in written.rglob("*"):
        if path.suffix not in {".html", ".css", ".js", ".svg"}:
            continue
        text = PICTURE.sub('src=""', path.read_text("utf-8"))
        for line in re.split(r"(?<=>)|\n", text):
            address = re.search(r"(?:https?:)?//[\w.]+\.\w\w+", line)
            assert not (address and LOADING.search(line)), f"{path.name}: {line[:200]}"


def test_pages_are_valid(pages):
    html5lib = pytest.importorskip("html5lib", reason="html5lib is not installed, which parses as browsers do")
    for path, text in ours(pages).items():
        parser = html5lib.HTMLParser(strict=False)
        parser.parse(text)
        errors = [(where, what, more) for where, what, more in parser.errors]
        assert not errors, (path, errors[:3])


def test_every_tag_is_closed_in_its_turn(pages):
    for path, text in ours(pages).items():
        bare = re.sub(r"<!DOCTYPE[^>]*>|<!--.*?-->", "", PICTURE.sub("", text), flags=re.DOTALL)
        bare = re.sub(r"(<(script|style)\b[^>]*>).*?(</\2>)", r"\1\3", bare, flags=re.DOTALL)
        open_tags = []
        for end, tag, alone in re.findall(r"<(/?)([A-Za-z][\w-]*)[^>]*?(/?)>", bare):
            if end:
                assert open_tags and open_tags.pop() == tag, f"{path}: </{tag}>"
            elif not alone and tag not in VOID:
                open_tags.append(tag)
        assert not open_tags, path


def test_ids_are_unique_and_headings_go_down_step_by_step(pages):
    for path, text in ours(pages).items():
        twice = [id for id, count in Counter(attributes(text, "id")).items() if count > 1]
        assert not twice, (path, twice)
        levels = [int(level) for level in re.findall(r"<h([1-6])\b", text)]
        assert levels.count(1) == 1 and levels[0] == 1, path
        assert all(b <= a + 1 for a, b in pairwise(levels)), (path, levels)


def test_pages_have_landmarks_a_language_and_a_title_of_their_own(pages):
    texts = ours(pages)
    titles = [re.findall(r"<title>(.*?)</title>", text)[0] for text in texts.values()]
    assert len(set(titles)) == len(titles)
    for path, text in texts.items():
        assert '<html lang="en">' in text and text.count("<main ") == text.count("<footer>") == 1, path
        assert '<a class="skip" href="#main">' in text, path


def test_a_page_has_every_formula_with_its_verdict(pages):
    for name in NAMES:
        for row in zoo.BY_NAME[name].rows:
            article = re.search(
                rf'<article [^>]*id="{re.escape(row.id)}">.*?</article>', pages[f"modules/{name}.html"], re.S
            )
            assert article, row.id
            verdict = recorded(row.id)
            assert f'<span class="badge {verdict.replace(" ", "-")}">' in article[0]
            assert ("It should read" in article[0]) == bool(verdict != "exact" and row.corrected_latex)


def test_the_errata_page_has_what_does_not_hold_and_nothing_else(pages):
    printed = [row for name in NAMES for row in zoo.BY_NAME[name].rows if row.source == "document"]
    expected = {row.id for row in printed if recorded(row.id) != "exact"}
    assert set(re.findall(r'<article [^>]*id="([^"]+)"', pages["errata.html"])) == expected != set()


def test_the_errata_page_identifies_the_document_and_tells_what_is_wrong_first(pages):
    page = pages["errata.html"]
    assert document.COPY.sha256 in page and "author, address and date are not in the copy" in page
    wrong = [row.id for name in NAMES for row in zoo.BY_NAME[name].rows if recorded(row.id) == "wrong"]
    parts = re.split(r'<h2 id="(\w+)">', page)
    assert parts[1::2] == ["wrong", "entries", "readings", "facts", "how"]
    assert re.findall(r'<th scope="row"><a href="#([^"]+)">', parts[2]) == wrong != []
    needed = re.findall(r'<a href="#([^"]+)">', parts[6])
    assert needed and all(recorded(id) == "reading" for id in needed)
    for id in (*wrong, *needed):
        article = re.search(rf'<article [^>]*id="{re.escape(id)}">.*?</article>', page, re.S)[0]
        assert f"line {document.LINES[id][0]} of the document" in article and "<blockquote>" in article
        assert f"autograd-zoo check --formula {id} -v" in article


def test_formulas_and_claims_are_counted_apart(tmp_path):
    report = zoo.check("depthwise_conv", seeds=[0])
    Pages(tmp_path, [zoo.BY_NAME["depthwise_conv"]], report, 1, []).write(iter)
    shown = (tmp_path / "errata.html").read_text(encoding="utf-8")
    for kind, found in apart(report.judgements).items():
        assert (f"{counted(len(found), kind)}: " in shown) == bool(found)
    claim = next(j.formula.id for j in report.errata if j.formula.id in document.QUOTES)
    assert f"“{document.QUOTES[claim]}”" in html.unescape(shown) and "What was judged is:" in shown
    totals = (tmp_path / "zoo.html").read_text(encoding="utf-8").split("</dl>")[0]
    assert totals.count("formulas</dt>") == totals.count("claims</dt>") == 4


def test_a_page_has_the_numbers_of_the_check(pages):
    report = zoo.check("softmax", seeds=range(1))
    for row in report.rows:
        assert f">{row.error:.1e}<" in pages["modules/softmax.html"], row


def test_a_page_names_the_course_and_the_papers(pages):
    assert 'href="../course/04_activation.html">04 A course</a>' in pages["modules/softmax.html"]
    assert "04_activation" not in pages["modules/linear.html"]


def test_a_notebook_becomes_a_page(notebooks):
    notebook = read(notebooks / "04_activation.ipynb")
    assert notebook.title == "04 A course" and notebook.headings == [("1-next", "Next")]
    assert notebook.families == {"activation"}
    assert "<h1>04 A <em>course</em></h1>" in notebook.body
    assert notebook.body.count("<math ") == 4 and "<code>$x$</code>" in notebook.body
    assert "<pre>&lt;b&gt;</pre>" in notebook.body and "<pre>No</pre>" in notebook.body
    assert 'alt="Graph of y"' in notebook.body and 'alt="Graph of &lt;z&gt;"' in notebook.body
    assert 'width="40" height="20" loading' in notebook.body and 'width="300" height="200" loading' in notebook.body
    assert "<td>1</td>" in notebook.body
    assert list(notebook.files) == ["04_activation-1.svg", "04_activation-2.png"]
    assert notebook.files["04_activation-2.png"] == HEAD
    assert '<a href="03_loss.html">' in notebook.body


def test_a_link_to_a_guide_leads_there_where_the_site_has_guides(tmp_path):
    page = tmp_path / "words.md"
    page.write_text(
        "# Words\n\nSee [Scale](../docs/guides/scale.md) and [glossary](../docs/glossary.md).", encoding="utf-8"
    )
    with_guides, without = (read(page, guides=there).body for there in (True, False))
    assert '<a href="../docs/guides/scale.html">Scale</a>' in with_guides
    assert "See Scale and" in without
    assert all('<a href="glossary.html">glossary</a>' in body for body in (with_guides, without))


def test_the_glossary_becomes_a_page_beside_the_notebooks(tmp_path):
    page = tmp_path / "glossary.md"
    page.write_text("# Glossary\n\n| word | meaning |\n| --- | --- |\n| tape | see [the errata](errata.md) |\n")
    glossary = read(page)
    assert glossary.title == "Glossary" and "<td>tape</td>" in glossary.body
    assert '<a href="../errata.html">' in glossary.body


def test_a_file_that_is_no_notebook_is_named(tmp_path):
    (tmp_path / "a.ipynb").write_text("[]")
    with pytest.raises(ValueError, match=r"a\.ipynb is no notebook"):
        atlas.write(tmp_path / "atlas", "tanh", notebooks=tmp_path)
    assert not (tmp_path / "atlas").exists()


def test_without_notebooks_the_atlas_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(site, "ROOT", tmp_path / "package")
    (sentence,) = atlas.write(tmp_path / "atlas", "tanh")
    assert "no pages of notebooks" in sentence and "--notebooks" in sentence
    assert not (tmp_path / "atlas" / "course.html").exists()
    assert "course.html" not in (tmp_path / "atlas" / "index.html").read_text("utf-8")


def files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_equal_inputs_give_equal_bytes_and_an_atlas_is_replaced(written, notebooks, guides, tmp_path):
    folder = tmp_path / "atlas"
    shutil.copytree(written, folder)
    (folder / "index.html").write_text("old")
    assert atlas.write(folder, *NAMES, notebooks=notebooks, guides=guides) == []
    assert files(folder) == files(written)
    assert [path.name for path in tmp_path.iterdir()] == ["atlas"]


def test_what_is_not_of_an_atlas_is_never_touched(written, tmp_path):
    folder = tmp_path / "atlas"
    shutil.copytree(written, folder)
    (folder / "modules" / "mine.txt").write_text("mine")
    before = files(folder)
    with pytest.raises(FileExistsError, match=r"modules/mine\.txt: name a new folder"):
        atlas.write(folder, "tanh")
    assert files(folder) == before


@pytest.mark.parametrize(
    ("name", "message"),
    [("file", "is a file"), ("no/atlas", "make it first"), ("full", "files that are not of an atlas")],
)
def test_the_command_line_refuses_in_one_line(tmp_path, capsys, name, message):
    (tmp_path / "file").write_text("")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("")
    assert main(["atlas", str(tmp_path / name), "tanh"]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_the_command_line_says_what_to_open(tmp_path, capsys, notebooks):
    (tmp_path / "atlas").mkdir()
    assert main(["atlas", str(tmp_path / "atlas"), "tanh", "--notebooks", str(notebooks)]) == 0
    assert capsys.readouterr().out == f"open {tmp_path}/atlas/index.html\n"
    assert (tmp_path / "atlas" / "modules" / "tanh.html").is_file()


def test_what_is_broken_off_leaves_nothing(written, tmp_path):
    folder = tmp_path / "atlas"
    shutil.copytree(written, folder)
    before = files(folder)

    def stop(what, unit):
        def items(given):
            yield from list(given)[:1]
            if unit == "page":
                raise KeyboardInterrupt

        return items

    with pytest.raises(KeyboardInterrupt):
        atlas.write(folder, *NAMES, progress=stop)
    assert files(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["atlas"]


def test_a_missing_library_is_named_with_the_extra(tmp_path, monkeypatch):
    monkeypatch.setattr(site, "NEEDED", ("jinja2", "no_such_library"))
    with pytest.raises(ImportError, match=r"needs no_such_library.*extra atlas: pip install no_such_library$"):
        atlas.write(tmp_path / "atlas")


@every(
    "specimen", [s for s in zoo.ZOO if "3d" not in s.name], ids=lambda s: s.name, by=lambda specimen: specimen.family
)
def test_the_code_shown_has_the_closed_forms_and_what_is_composed(specimen):
    """Where the closed forms are given as a function, that is shown; and no piece is of another family."""
    composed, closed = sources.composed(specimen), sources.closed(specimen)
    shown = {piece.name for piece in closed if not piece.helper}
    expected = {f.__name__ for f in [specimen.forward, *specimen.gradients.values()]}
    assert {name for name in expected if hasattr(specimen.formulas, name)} <= shown | {p.name for p in closed}
    assert any(not piece.helper for piece in composed)
    for piece in [*composed, *closed]:
        family = Path(piece.file).stem.split("_")[0]
        assert family == specimen.family or family not in zoo.FAMILIES
        assert piece.code.lstrip().startswith(("def ", "@"))
        assert piece.name != "__getattr__" and piece.file != "closed_form/parts.py"


@every("formula", formulas(), ids=lambda row: row.id, by=lambda formula: formula.id.split(".")[0])
def test_every_formula_can_be_set(formula):
    for latex in filter(None, (formula.latex, formula.corrected_latex)):
        assert "<code" not in mathml(latex), latex


@pytest.mark.parametrize("latex", [r"\nonsense", "x_{", "x^2^3"])
def test_what_cannot_be_set_stays_as_it_is(latex):
    assert mathml(latex) == f'<code class="tex">{latex}</code>'


def test_lines_are_parted_outside_of_environments_only():
    assert lines(r"a\\[2pt]b\\\begin{cases}c\\d\end{cases}\\") == ["a", "b", r"\begin{cases}c\\d\end{cases}"]
    assert mathml(r"a\\b").count('<div class="line">') == 2
    assert "<div" not in mathml(r"a\\b", display=False)
