"""Random graphs with hostile names: every picture is well-formed and runs nothing, whatever is drawn and how."""

import json
import re
import warnings
from functools import cache
from html.parser import HTMLParser
from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn
from autograd_zoo.engine.mode import Scope, switched
from graph_viz.formats import written

SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = {"svg", "g", "rect", "path", "text", "tspan", "title", "desc", "style", "circle"}
PIECES = [
    "</svg><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"quoted\" 'names' `here`",
    "\\N \\G \\l {x|y} a:b",
    "]]> <!-- --> <?xml?> &amp; &#0; &lt;",
    "\x00\x07\x08\x1b[31m\x9b1m",
    "\n\t\r\u2028\u2029\x85\x0b\x1c",
    "\u202e\u2066\u200f\u200d\ufeff",
    "javascript:alert(1)",
    "\ud800\udfff\uffff\U0010ffff",
    "e\u0301" * 9,
    "∂L/∂x \\href{a}{b} $x$ %s %n {0}",
    "x" * 300,
    "",
    " ",
    ".",
    "a.b.0",
    "x",
    "W_f",
    "שלום 日本語 🙂",
    "\\",
    '\\"',
    "-->",
    "url(http://a.b/c)",
    "@import 'x'",
]
CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]"
)
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|->|[\w.+-]+|[{}\[\];=,]|\s+', re.DOTALL)


def name(rng):
    """What somebody might call a thing."""
    return "".join(rng.choice(PIECES) for _ in range(rng.choice((1, 1, 1, 2, 3))))


def operation(rng):
    @az.primitive
    def op(x, *, how=None):
        return x * 2.0

    op.__name__ = name(rng)
    az.defvjp(op, lambda g, y, x, how=None: g * 2.0)
    return lambda x: op(x, how=name(rng)) if rng.random() < 0.5 else op(x)


def module(rng, depth=0):
    """A module with children and parameters of any name, which calls some of them, some of them twice."""

    class Made(nn.Module):
        def forward(self, x):
            for part in self.__dict__["_order"]:
                x = part(x)
            return x.named(name(rng)) if rng.random() < 0.3 else x

    try:
        Made.__name__ = name(rng)
    except (ValueError, UnicodeEncodeError):
        pass
    made, order = Made(), []
    for _ in range(rng.randint(1, 3)):
        part = module(rng, depth + 1) if depth < 2 and rng.random() < 0.5 else rng.choice((nn.Tanh(), nn.ReLU(), None))
        if part is None:
            parameter = nn.Parameter([1.0, 2.0])
            vars(made)[name(rng)] = rng.choice(([parameter], parameter, {name(rng): parameter}))
            order.append(lambda x, p=parameter: x * p)
        else:
            vars(made)[name(rng)] = part
            order += [part] * rng.choice((1, 1, 2, 5))
    vars(made)["_order"] = order
    return made


VALUES = (0.0, 1.0, -1.5, 1e300, -1e-300, np.nan, np.inf, -np.inf)


def graph(rng):
    """A result, and the Tensors behind it."""
    shape = rng.choice(((), (2,), (2,), (3, 2), (0, 2), (1, 1, 2)))
    seed = np.random.default_rng(rng.randrange(2**32))
    found = [
        az.Tensor(seed.choice(VALUES, shape) if rng.random() < 0.3 else seed.normal(size=shape), name=name(rng))
        for _ in range(rng.randint(1, 3))
    ]
    fits = bool(shape) and shape[-1] == 2
    for _ in range(rng.choice((1, 3, 8, 25))):
        x, y = rng.choice(found), rng.choice(found)
        made = rng.choice(
            (
                lambda x, y: x + y,
                lambda x, y: x * y,
                lambda x, y: np.where(x > 0, x, y),
                lambda x, y: np.maximum(x, y),
                lambda x, y: x * 3.0 - 1,
                lambda x, y: x**2 / 7,
                lambda x, y: np.tanh(np.exp(x)),
                lambda x, y: x[None][0],
                lambda x, y: x.reshape(x.shape),
                lambda x, y: operation(rng)(x),
                lambda x, y: operation(rng)(x),
                lambda x, y: module(rng)(x) if fits else np.sin(x),
                lambda x, y: module(rng)(x) if fits else np.sin(x),
            )
        )
        scope = Scope(name(rng), Scope(name(rng)) if rng.random() < 0.5 else None) if rng.random() < 0.2 else None
        with switched(scope=scope):
            z = made(x, y)
        found.append(z.named(name(rng)) if rng.random() < 0.4 else z)
    return found


def options(rng, found):
    """How to draw it."""
    chosen = {
        "values": rng.choice((None, True, False)),
        "gradients": rng.choice((None, True, False)),
        "direction": rng.choice((None, "LR", "TB")),
        "constants": rng.choice((None, True, False)),
        "budget": rng.choice(("auto", "auto", 1, 5, 60, None)),
        "theme": rng.choice(("auto", "light", "dark")),
        "legend": rng.random() < 0.5,
    }
    match rng.randrange(5):
        case 0:
            chosen["depth"] = rng.randrange(4)
        case 1:
            chosen["open"] = {name(rng), name(rng)}
        case 2:
            chosen["fold"] = rng.choice(("Tanh > ReLU", "multiply > add", name(rng)))
        case 3:
            chosen["names"] = {name(rng): rng.choice(found), name(rng): 3}
    return chosen


class Reader(HTMLParser):
    """The elements and attributes of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes


@cache
def harmless():
    page = Reader(graph_viz.draw(az.Tensor([1.0, 2.0]) * 2.0).html())
    return [tag for tag in page.tags if tag != "img"], {key for key, _ in page.attributes}


def expect_svg(text):
    """Strict XML, of known elements, that loads and runs nothing."""
    root = ElementTree.fromstring(text)
    assert {e.tag.removeprefix(SVG) for e in root.iter()} <= ELEMENTS
    assert not any(key.startswith("on") or key.endswith("href") or key == "id" for e in root.iter() for key in e.attrib)
    for style in root.iter(f"{SVG}style"):
        assert "url(" not in (style.text or "") and "@import" not in (style.text or "")
    return root


def expect_dot(text):
    """A sequence of tokens of DOT, in which no label is markup."""
    at = 0
    while at < len(text):
        token = TOKEN.match(text, at)
        assert token, f"no DOT: {text[at : at + 40]!r}"
        at = token.end()
    assert text.count("{") >= 1 and not CONTROL.search(text)


def expect_page(text):
    """The elements of a harmless page, and no other attribute than it has."""
    tags, attributes = harmless()
    page = Reader(text)
    assert [tag for tag in page.tags if tag != "img"] == tags
    assert {key for key, _ in page.attributes} <= attributes | {"src", "alt"}
    assert not any((value or "").strip().startswith("javascript:") for _, value in page.attributes)
    for key, value in page.attributes:
        if key == "src":
            expect_svg(unquote(value.partition(",")[2]))


def drawing(rng, folder):
    """Every form of a drawing of a random graph."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)  # of the numbers
        found = graph(rng)
        y = found[-1]
        if y.op is None:
            return
        if rng.random() < 0.5:
            y.backward(np.ones(y.shape), retain_grads=rng.random() < 0.5)
        chosen = options(rng, found)
        try:
            drawn = graph_viz.draw(y if rng.random() < 0.8 else az.Tape(y), **chosen)
        except ValueError as error:
            assert "fold" in chosen and str(error).isprintable(), error  # no pattern
            return
    text = drawn.describe()
    assert not CONTROL.search(text) and not CONTROL.search(repr(drawn)) and not CONTROL.search("".join(drawn.notes))
    expect_dot(drawn.source)
    expect_svg(drawn.svg())
    bundle, about = drawn._repr_mimebundle_(["image/svg+xml", "text/html", "text/plain"])
    json.dumps([bundle, about])
    expect_svg(bundle["image/svg+xml"])
    for ending in (".tex", ".mmd", ".json"):
        assert not CONTROL.search(written(drawn.figure, ending).decode().replace("\n", "")), ending
    if rng.random() < 0.3:
        expect_page(drawn.html())
    tape = str(az.Tape(y))
    assert not CONTROL.search(tape) and len(tape.splitlines()) == min(len(az.Tape(y)), 61)


def failure(rng, folder):
    """A drawing of a forward pass that failed."""
    with np.errstate(all="ignore"):
        try:
            module(rng)(az.Tensor(np.ones((2, 2)), name=name(rng)) @ az.Tensor(np.ones((3, 2)), name=name(rng)))
        except ValueError as error:
            assert not CONTROL.search(str(error))
            drawn = graph_viz.draw(error)
            expect_svg(drawn.svg())
            expect_dot(drawn.source)
            assert not CONTROL.search(drawn.describe())
        else:
            raise AssertionError("these shapes do not fit")


TARGETS = (drawing, failure)
