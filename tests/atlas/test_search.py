"""The search: what people type, and what they must find; ranked here once more, in Python, and by the page's script."""

import json
import re
from pathlib import Path

import pytest
from atlas.conftest import NAMES

from autograd_zoo import zoo
from autograd_zoo.atlas import entries, search, site
from autograd_zoo.atlas.keywords import CHAPTERS, GUIDES, MODULES
from autograd_zoo.atlas.notebooks import read

for library in site.NEEDED:
    pytest.importorskip(library, reason=f"{library} is not installed, which the extra `atlas` brings")

ROOT = Path(__file__).parents[2]
COURSE = sorted((ROOT / "notebooks").glob("*.ipynb"))

FOUND = {  # what is typed, and which pages must be among the first three
    "backprop": {"course/00_neuron.html", "course/01_engine.html"},
    "autodiff": {"course/01_engine.html"},
    "automatic differentiation": {"course/01_engine.html"},
    "vjp": {"course/02_tensors.html"},
    "batchnorm": {"modules/batch_norm.html", "course/10_normalization.html"},
    "BatchNorm2d": {"modules/batch_norm.html"},
    "resnet": {"course/13_block.html", "modules/basic_block.html"},
    "vanishing gradient": {"course/04_activation.html", "course/11_recurrent.html"},
    "vanishing gradients": {"course/04_activation.html", "course/11_recurrent.html"},
    "im2col": {"modules/conv2d.html", "course/09_conv.html"},
    "gelu": {"modules/gelu.html", "course/04_activation.html"},
    "swish": {"modules/silu.html", "course/04_activation.html"},
    "softmax": {"modules/softmax.html"},
    "lstm": {"modules/lstm.html", "course/11_recurrent.html"},
    "bptt": {"course/11_recurrent.html"},
    "transformer": {"course/12_attention.html"},
    "hessian": {"course/14_higher_order.html"},
    "what is dropout": {"modules/dropout.html", "course/07_regularization.html"},
    "overfitting": {"course/07_regularization.html"},
    "overfit": {"course/07_regularization.html"},
    "chain rule": {"course/00_neuron.html"},
    "computational graph": {"course/00_neuron.html", "course/01_engine.html"},
    "gradient descent": {"course/00_neuron.html"},
    "softmax derivative": {"modules/softmax.html"},
    "derivative of sigmoid": {"modules/sigmoid.html"},
    "maxpool backward": {"modules/max_pool2d.html"},
    "convolution backward": {"modules/conv2d.html", "course/09_conv.html"},
    "attention": {"course/12_attention.html"},
    "finite difference": {"course/15_extend.html"},
    "mse": {"modules/squared_error.html", "course/05_loss.html"},
    "layernorm": {"modules/layer_norm.html", "course/10_normalization.html"},
    "how do I check a gradient": {"course/15_extend.html"},
}
FIRST = {"activation.gelu.dx": "modules/gelu.html#activation.gelu.dx", "softmax": "modules/softmax.html"}


@pytest.fixture(scope="module")
def index():
    """Of the whole course and the whole zoo, modules without the text of their pages."""
    found = [entry for path in COURSE for entry in entries.chapter(read(path))]
    found += [entries.module(s.name, s.family, s.doc, "") for s in zoo.ZOO]
    found += [entries.formula(row.id, "exact", row.specimen) for s in zoo.ZOO for row in s.rows]
    return search.index(found)


def loaded(script):
    return json.loads(script.removeprefix("window.ATLAS=").rstrip(";\n"))


def words_of(text):
    """As the index has them; a page without such rules for plurals would not find them."""
    found = []
    for word in re.findall(r"[^\W_]+", text.lower()):
        plural = len(word) > 3 and word.endswith("s") and word[-2] not in "sui"
        found.append(word[:-1] if plural else word)
    return found


def ranked(data, query):
    """The addresses, best first, by another way than the page's script: one page at a time."""
    typed = list(dict.fromkeys(re.findall(r"[^\W_]+", query.lower())))
    asked = words_of(" ".join([word for word in typed if word not in data["stop"]] or typed))
    holds = {}  # page -> word -> weight
    for key, numbers in data["words"].items():
        for word in asked:
            if key.startswith(word):
                for number in numbers:
                    worth = (number % 8) * (1 if key == word else 0.5)
                    own = holds.setdefault(number // 8, {})
                    own[word] = max(own.get(word, 0), worth)
    if any(len(own) == len(asked) for own in holds.values()):
        holds = {page: own for page, own in holds.items() if len(own) == len(asked)}
    order = []
    for page, own in holds.items():
        kind, title, _, address = data["pages"][page]
        same = set(re.findall(r"[^\W_]+", title.lower())) == set(typed)
        order.append((-sum(own.values()) * data["kinds"][kind] * (1 + same), len(title), page, address))
    return [address for *_, address in sorted(order)]


@pytest.mark.parametrize("query", FOUND)
def test_what_people_type_finds_chapters_and_modules_first(index, query):
    data = loaded(index)
    found = ranked(data, query)
    assert FOUND[query] <= set(found[:3]), found[:6]
    kinds = [data["pages"][k][0] for address in found for k, page in enumerate(data["pages"]) if page[3] == address]
    assert kinds[0] <= 1  # a chapter or a module


@pytest.mark.parametrize("query", FIRST)
def test_a_name_finds_what_has_it(index, query):
    assert ranked(loaded(index), query)[0] == FIRST[query]


def test_keywords_are_those_of_pages_that_there_are():
    assert set(MODULES) <= {specimen.name for specimen in zoo.ZOO}
    assert set(CHAPTERS) == {path.stem for path in COURSE} | {"glossary"}
    assert set(GUIDES) <= {path.stem for path in (ROOT / "docs").rglob("*.md")}


def test_every_formula_stands_behind_the_chapter_and_the_module_that_share_its_word(index):
    data = loaded(index)
    for word in ("lstm", "conv", "softmax", "linear"):
        found = [data["pages"][k][0] for a in ranked(data, word) for k, p in enumerate(data["pages"]) if p[3] == a]
        assert found.index(len(search.KINDS) - 1) > max(k for k, kind in enumerate(found[:3]) if kind <= 1), word


def test_the_index_is_small(index):
    assert len(index) < 400_000  # it is loaded when the box is first used, and not with a page


def test_the_index_of_a_site_leads_to_pages(written):
    data = loaded((written / "static" / "entries.js").read_text("utf-8"))
    assert {title for _, title, _, _ in data["pages"]} >= {*NAMES, "activation.softmax.dx", "04 A course", "Next"}
    for _, _, _, address in data["pages"]:
        assert (written / address.partition("#")[0]).is_file()
    assert all(0 <= number // 8 < len(data["pages"]) for numbers in data["words"].values() for number in numbers)


def test_parts_of_a_page_have_their_own_text():
    html = '<h1>A</h1><p>one</p><h2 id="b">B</h2><p>two <math><mi>x</mi></math></p><h2 id="c">C</h2><pre>three</pre>'
    found = list(search.page("guide", "A", "guide", "a.html", "", html, [("b", "B"), ("c", "C")]))
    assert [(e.kind, e.address) for e in found] == [
        ("guide", "a.html"),
        ("section", "a.html#b"),
        ("section", "a.html#c"),
    ]
    assert "one" in found[0].text and "two" not in found[0].text
    assert "two" in found[1].text and "three" not in found[2].text


def test_the_script_of_the_page_ranks_alike(index, browser):
    script = ROOT / "autograd_zoo" / "atlas" / "static" / "search.js"
    data = loaded(index)
    tab = browser.new_page()
    tab.set_content("<!DOCTYPE html><title>Search</title>")
    tab.add_script_tag(content=index)
    tab.add_script_tag(content=script.read_text(encoding="utf-8"))
    for query in [*FOUND, *FIRST, "linear dw", "the of", "gradients through time", "nothinglikeit", "", "a b c"]:
        found = tab.evaluate("(q) => AtlasSearch.ranked(ATLAS, q).map((k) => ATLAS.pages[k][3])", query)
        assert found == ranked(data, query), query
    tab.close()
