"""What a module's page tells, in which order, and what the page of errata begins with."""

import re
from itertools import pairwise

import numpy as np
import pytest
from differences import derivative

from autograd_zoo import zoo
from autograd_zoo.atlas import plots, story
from autograd_zoo.atlas.pages import Pages
from autograd_zoo.closed_form import formulas
from autograd_zoo.zoo.document import COPY, EXCERPTS, LINES
from autograd_zoo.zoo.verdicts import judged, recorded


@pytest.fixture(scope="module")
def softmax(written):
    return (written / "modules" / "softmax.html").read_text("utf-8")


# ---- topics ------------------------------------------------------------------------------------------------------


def test_a_topic_has_a_title_of_two_parts_and_two_sentences():
    titles = [topic.title for topic in story.TOPICS.values()]
    assert len(set(titles)) == len(titles)
    for name, (title, text) in story.TOPICS.items():
        subject, colon, topic = title.partition(": ")
        assert subject and colon and topic and not topic.endswith("."), name
        assert len(re.findall(r"[.?](?= [A-Z0-9]|$)", text)) == 2 and text.endswith("."), name


def test_a_page_tells_its_story_in_order(softmax):
    parts = ["<h1>Softmax: ", '<p class="lead">', *(f'<h2 id="{id}">' for id in ORDER)]
    places = [softmax.index(part) for part in parts]
    assert all(a < b for a, b in pairwise(places))
    assert "<title>Softmax: shares of one" in softmax


ORDER = ("graph", "formulas", "plot", "code", "check", "references")

# ---- formulas ----------------------------------------------------------------------------------------------------

L_BY = r"\frac{{\partial{{L}}}}{{\partial{{{}}}}}"


@pytest.mark.parametrize(
    ("latex", "restated"),
    [
        pytest.param(L_BY.format("x") + "=" + L_BY.format("y") + r"\frac{\partial{y}}{\partial{x}}", True, id="one"),
        pytest.param(L_BY.format("x") + "=" + L_BY.format("u") + "+" + L_BY.format("v"), True, id="a sum"),
        pytest.param(
            rf"{L_BY.format('x')}={L_BY.format('y_{1}')}\text{{, }}{L_BY.format('z')}=1", False, id="a number"
        ),
        pytest.param(L_BY.format("x") + "=" + L_BY.format("y") + "W", False, id="a matrix"),
        pytest.param(L_BY.format("x"), False, id="no equation"),
    ],
)
def test_what_restates_the_chain_rule(latex, restated):
    assert story.restates(latex) == restated


@pytest.mark.parametrize(
    ("name", "shown", "folded"), [("inception_block", 3, 26), ("basic_block", 2, 11), ("gelu", 4, 0)]
)
def test_many_gradients_of_ours_are_one_paragraph(name, shown, folded):
    told = story.told(judged(row) for row in formulas() if row.specimen == name)
    assert (len(told.shown), len(told.folded)) == (shown, folded)
    assert all(j.formula.source == "ours" and j.formula.quantity.startswith("d") for j in told.folded)


def test_beside_a_printed_formula_stands_where_it_is_found_in_the_copy(softmax):
    for row in zoo.BY_NAME["softmax"].rows:
        article = re.search(rf'<article [^>]*id="{re.escape(row.id)}">.*?</article>', softmax, re.DOTALL)[0]
        (line,), (before, marked) = LINES[row.id], EXCERPTS[row.id]
        assert f'<p class="excerpt">{line}: “{before} <mark>' in article and marked[:12] in article
    assert COPY.sha256 in softmax and COPY.title in softmax
    assert "<li>Parameter-free modules, table row Softmax: line 48</li>" in softmax


# ---- plots -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", plots.CURVES)
def test_a_curve_is_the_function_and_its_derivative(name):
    specimen = zoo.BY_NAME[name]
    xs, ys, slopes = plots.curve(specimen)
    others = [np.array([other]) for other in plots.CURVES[name][2]]
    k = len(xs) // 3
    at = xs[k] + 0.01 * (xs[1] - xs[0])
    assert ys[k] == pytest.approx(float(np.sum(specimen.forward(np.array([xs[k]]), *others))), abs=1e-12)

    def along(h):
        return float(np.sum(specimen.forward(np.array([at + h]), *others)))

    assert slopes[k] == pytest.approx(derivative(along, 1e-4), abs=0.02 * max(1.0, abs(slopes[k])))


def test_the_arrays_of_a_module_are_shown_with_their_gradients(written):
    text = (written / "modules" / "linear.html").read_text("utf-8")
    plot = text.partition('<h2 id="plot">')[2].partition("</section>")[0]
    for of in ("x", "W", "b", "y"):
        assert f'aria-label="{of}, ' in plot and f'aria-label="∂L/∂{of}, ' in plot
    for width, height in re.findall(r'<svg viewBox="[^"]*" width="(\d+)" height="(\d+)"', plot):
        assert int(width) > 0 and int(height) > 0


# ---- code, pictures, errata --------------------------------------------------------------------------------------


def test_long_code_opens_on_request(tmp_path, libraries):
    Pages(tmp_path, [zoo.BY_NAME["simple_rnn"]], zoo.check("simple_rnn", seeds=[0]), 1, []).write(iter)
    text = (tmp_path / "modules" / "simple_rnn.html").read_text("utf-8").partition('<h2 id="code">')[2]
    figures = re.findall(r"<figure class=.code.>.*?</figure>", text, re.DOTALL)
    codes = [re.findall(r"<pre>(.*?)</pre>", figure, re.DOTALL)[0] for figure in figures]
    sizes = [(code.count("\n") + 1, 'class="long"' in figure) for code, figure in zip(codes, figures, strict=True)]
    assert {long for _, long in sizes} == {False, True}
    assert all(long == (lines > story.LONG) for lines, long in sizes)


def test_the_errata_begin_with_what_is_wrong(written):
    text = (written / "errata.html").read_text("utf-8")
    order = ["wrong", "reading", "exact within"]
    found = re.findall(r'<article [^>]*data-verdict="([^"]*)" data-family="([^"]*)" id="([^"]*)">', text)
    assert [order.index(verdict) for verdict, _, _ in found] == sorted(order.index(recorded(id)) for _, _, id in found)
    assert all(id.startswith(f"{family}.") for _, family, id in found) and found
    assert text.index('id="entries"') < text.index('id="readings"')
