"""What a box writes of its operand is its name, or no letter at all: a formal x beside a real x would be read as it."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

import autograd_zoo as az
import graph_viz
from graph_viz.operations import OPERATIONS

sys.path.append(str(Path(__file__).parents[2] / "docs"))
import gallery  # needs the path above

LETTER = re.compile(r"(?<![^\W_²³ᵀ⁻¹])[xyabi]\u0304?(?![^\W_²³ᵀ⁻¹\u0304])")
WRITTEN_BY_USERS = ("subscripts=", "axis=", "axes=")


def texts(figure, box):
    """What a box says of its operation, without the names that it has itself."""
    caption = figure.captions[box.key]
    rows = [row.text for row in caption.rows if not row.text.startswith(WRITTEN_BY_USERS)]
    return [caption.title, *rows]


def own(figure, box):
    """The names that a box may write: those of what it is and takes, also of what it has in it."""
    nodes, inside = figure.graph.nodes, box.members
    if box.fixed and isinstance(box.key.user, int):  # beside what its operation takes
        inside = (box.key.user,)
    taken = [u for v in inside for u in figure.graph.predecessors(v)]
    constants = [c["name"] for v in inside for c in nodes[v]["constants"].values()]
    labels = [box.label, box.name, *(figure.view.boxes[edge.tail].label for edge in figure.view.entering[box.key])]
    return " ".join(str(name) for name in [*labels, *constants, *(nodes[v]["name"] for v in (*inside, *taken))])


def strange(y, **options):
    """The letters in the boxes of a drawing that are no names of what the box takes."""
    figure = graph_viz.draw(y, **options).figure
    computing = [box for box in figure.view if box.op is not None or box.fixed or box.content]
    found = [(text, figure, box) for box in computing for text in texts(figure, box)]
    return [text for text, figure, box in found if set(LETTER.findall(text)) - set(LETTER.findall(own(figure, box)))]


OPTIONS = ({}, {"budget": None}, {"budget": None, "constants": False})


@pytest.mark.parametrize("family", sorted({s.family for s in az.zoo.BY_NAME.values()}))
def test_no_specimen_has_a_letter_in_a_box_that_is_not_a_name_there(family):
    graphs = {name: s.record().y for name, s in az.zoo.BY_NAME.items() if s.family == family}
    assert graphs and {name: found for name, y in graphs.items() for o in OPTIONS if (found := strange(y, **o))} == {}


@pytest.mark.parametrize("name", gallery.PLATES)
def test_no_plate_of_the_gallery_has(name):
    y = gallery.PLATES[name].graph()
    assert [found for options in OPTIONS[:1] if (found := strange(y, **options))] == []


def test_no_symbol_of_the_table_holds_a_letter():
    assert [row.symbol for row in OPERATIONS.values() if LETTER.search(row.symbol)] == []


X, V = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[-1.0, 2.0], [0.5, 1.5]])
WRITTEN = {
    "Wᵀ": lambda W: W.T,
    "W²": lambda W: W**2,
    "1/W": lambda W: np.reciprocal(W),
    "|W|": lambda W: abs(W),
    "−W": lambda W: -W,
    "W ^ 0.5": lambda W: W**0.5,
    "2 ^ W": lambda W: 2.0**W,
    "W[0, 1:]": lambda W: W[0, 1:],
    "W_{f}ᵀ": lambda W: W.named("W_f").T,
    "ŵᵀ": lambda W: W.named(r"\hat{w}").T,
    "(a·b)²": lambda W: (W * 2.0).named("a·b") ** 2,
    "(·)ᵀ": lambda W: (W @ W).T,
    "(·)²": lambda W: (W @ W) ** 2,
    "(·)[0]": lambda W: (W @ W)[0],
    "|·|": lambda W: abs(W @ W),
}


@pytest.mark.parametrize("text", WRITTEN)
def test_an_operation_writes_the_name_of_its_operand(text):
    y = WRITTEN[text](az.Tensor(X, name="W"))
    drawing = graph_viz.draw(y, constants=False)
    assert drawing.figure.captions[next(reversed(drawing.figure.view.boxes))].title == text


def test_a_parameter_is_written_as_it_is_called_where_it_stands():
    class Tied(az.nn.Module):
        def __init__(self):
            self.W = az.nn.Parameter(X)

        def forward(self, x):
            return x @ self.W.T

    model = az.nn.Sequential(Tied(), Tied())
    figure = graph_viz.draw(model(az.Tensor(X, name="x")), budget=None).figure
    assert [c.title for c in figure.captions.values() if "ᵀ" in c.title] == ["Wᵀ", "Wᵀ"]


def test_a_mask_says_what_it_masks_by_name():
    z = az.Tensor(V, name="z")
    whole = np.exp(z)
    for y, text in ((z * (V > 0), "1 where z > 0"), (np.log(whole) * (V > 0), "1 where (·) > 0")):
        drawing = graph_viz.draw(y, constants=True, budget=None)
        assert text in drawing.describe() and text.replace(">", "&gt;") in drawing.svg()


def test_a_root_is_written_as_one_and_a_number_of_many_digits_as_it_is_called():
    x, scale = az.Tensor(X, name="x"), 1.23456789012
    titles = [c.title for c in graph_viz.draw(x / np.sqrt(3.0) * 8.0**-0.5).figure.captions.values()]
    assert titles == ["x", "÷ √3", "× 1/√8"]
    y = x * scale * 2.0
    drawing = graph_viz.draw(y, names={"s": scale, "n": 2.0})
    assert [c.title for c in drawing.figure.captions.values()] == ["x", "× s", "× 2"]
    assert "multiply(x, s)" in drawing.describe()
    (box, *_) = [box for box in graph_viz.draw(y, names={"s": scale}, constants=True).figure.view if box.fixed]
    assert (box.kind, box.label) == ("constant", "s")
