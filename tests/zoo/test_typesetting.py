"""Every formula is set by whatever sets it: MathJax as GitHub has it, KaTeX, and the converter to MathML."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from autograd_zoo import closed_form
from autograd_zoo.zoo.latex import known, lines, portable, readable

PAGE = (Path(__file__).parents[2] / "docs" / "errata.md").read_text(encoding="utf-8")
ROWS = closed_form.formulas()
FORMULAS = list(dict.fromkeys(text for row in ROWS for text in (row.latex, row.corrected_latex) if text))

# Commands that are both in MathJax's packages base and ams, and in KaTeX; GitHub refuses none of them.
COMMANDS = set(
    r"""
    alpha beta gamma delta epsilon lambda mu pi sigma tau Phi partial
    frac sqrt sum vec hat overleftarrow overrightarrow limits forall max lim log tanh sin cos mathop mathrm
    odot oplus otimes cdot times le leq neq iff to quad dots lfloor rfloor lceil rceil lVert rVert Big
    text hspace qquad begin end
    """.split()
) | set("\\{};_,#")
ENVIRONMENTS = {"cases", "gathered"}


def faults(latex):
    """What of a formula a typesetter would refuse."""
    bare = re.sub(r"\\.", "", latex.replace(r"\\", ""))
    depth = [bare.count("{", 0, k) - bare.count("}", 0, k) for k in range(len(bare) + 1)]
    if min(depth) < 0 or depth[-1]:
        yield "braces"
    if unknown := set(re.findall(r"\\([A-Za-z]+|.)", latex)) - COMMANDS:
        yield f"commands {unknown}"
    opened = []
    for kind, name in re.findall(r"\\(begin|end)\{(\w+)\}", latex):
        if name not in ENVIRONMENTS or (kind == "end" and (not opened or opened.pop() != name)):
            yield f"environment {name}"
        elif kind == "begin":
            opened.append(name)
    if opened:
        yield f"environment {opened[-1]}"
    if len(lines(latex)) > 1:
        yield "a line outside of an environment"
    if not latex.isascii() or "$" in latex or "\n" in latex:
        yield "letters"


def test_every_formula_is_in_what_all_typesetters_know():
    found = {text: list(faults(portable(text))) for text in FORMULAS}
    assert {text: why for text, why in found.items() if why} == {}


@pytest.mark.parametrize(
    ("latex", "why"),
    [
        pytest.param(r"\frac{a}{b", "braces", id="a brace that stays open"),
        pytest.param(r"a}{b", "braces", id="one that closes first"),
        pytest.param(r"\argmax x", "commands", id="the document's own command"),
        pytest.param(r"\operatorname{argmax}x", "commands", id="what GitHub refuses"),
        pytest.param(r"\begin{cases}a", "environment", id="an environment that stays open"),
        pytest.param(r"\begin{cases}\begin{gathered}\end{cases}\end{gathered}", "environment", id="that cross"),
        pytest.param(r"\begin{split}a\end{split}", "environment", id="an unknown one"),
        pytest.param(r"a\\b", "a line", id="two lines"),
        pytest.param("α", "letters", id="a letter that is no command"),
    ],
)
def test_what_would_be_refused_is_found(latex, why):
    assert [fault.startswith(why) for fault in faults(latex)].count(True) >= 1


def test_no_backslash_of_the_page_is_lost_in_markdown():
    markdown = pytest.importorskip("markdown_it").MarkdownIt("commonmark").enable("table")
    tokens = markdown.parse(PAGE)
    fences = [token.content.removesuffix("\n") for token in tokens if token.type == "fence"]
    assert {token.info for token in tokens if token.type == "fence"} == {"math"}
    assert len(fences) > 100 and set(fences) <= {portable(text) for text in FORMULAS}
    inline = [child.content for token in tokens if token.type == "inline" for child in token.children]
    assert not any(re.search(r"\\|\$", text) for text in inline), "mathematics outside of a block"


def test_every_formula_of_the_document_becomes_mathml():
    pytest.importorskip("latex2mathml")
    from autograd_zoo.atlas.mathematics import mathml

    printed = [text for row in ROWS if row.source == "document" for text in (row.latex, row.corrected_latex) if text]
    texts = dict.fromkeys([*printed, *map(portable, printed)])
    assert [text for text in texts if 'class="tex"' in mathml(text)] == []
    assert 'class="tex"' in mathml(r"\unheardof{x}")


def test_a_formula_in_lines_is_the_formula():
    for text in FORMULAS:
        for width in (87, 40):
            found = readable(text, width)
            assert re.sub(r"\s", "", "".join(found)) == re.sub(r"\s", "", text) and max(map(len, found)) <= width
    assert known(portable(r"\argmax_i\{x\}")) == known(r"\argmax_i\{x\}") == r"\operatorname*{argmax}_i\{x\}"
    assert known(r"\argmaxima") == r"\argmaxima"


SCRIPTS = {
    "katex": """
        const katex = require("katex");
        return (t) => katex.renderToString(t, { throwOnError: true, displayMode: true, strict: "error" });""",
    "mathjax-full": """
        const at = "mathjax-full/js/";
        const { mathjax } = require(at + "mathjax.js"), { TeX } = require(at + "input/tex.js");
        const { liteAdaptor } = require(at + "adaptors/liteAdaptor.js");
        require(at + "input/tex/ams/AmsConfiguration.js");
        require(at + "handlers/html.js").RegisterHTMLHandler(liteAdaptor());
        const { STATE } = require(at + "core/MathItem.js");
        const input = new TeX({ packages: ["base", "ams"], formatError: (jax, error) => { throw error; } });
        const document = mathjax.document("", { InputJax: input });
        return (t) => document.convert(t, { display: true, end: STATE.CONVERT });""",
}
RUN = """
const set = (() => { %s })(), refused = [];
for (const text of JSON.parse(require("fs").readFileSync(0)))
  try { set(text) } catch (error) { refused.push([text, error.message]) }
console.log(JSON.stringify(refused));
"""


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_formula_is_set_by(name):
    node = shutil.which("node")
    if not node or subprocess.run([node, "-e", f'require.resolve("{name}")'], capture_output=True).returncode:
        pytest.skip(f"Node.js or its package {name} is not installed (NODE_PATH says where it is)")
    texts = [*map(portable, FORMULAS), r"\unheardof x"]
    done = subprocess.run(
        [node, "-e", RUN % SCRIPTS[name]], input=json.dumps(texts), capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    assert [text for text, _ in json.loads(done.stdout)] == [r"\unheardof x"]
