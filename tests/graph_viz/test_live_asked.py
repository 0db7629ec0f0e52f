"""What a live drawing is asked for: what it cannot be made of is refused in a sentence, and what it may be called."""

import numpy as np
import pytest

import autograd_zoo as az
import graph_viz


def neuron(w1, x1, w2, x2, b):
    z = w1 * x1 + w2 * x2 + b
    y = np.tanh(z)
    return (y - 1) ** 2


START = (0.3, 2.0, 0.8, -1.0, 0.1)


def twice(x):
    return x * 2.0


REFUSED = {
    "no function": (lambda: graph_viz.live(az.Tensor(1.0) * 2), TypeError, "live takes a function, a module or a"),
    "a name": (
        lambda: graph_viz.live("relu", 1.0),
        TypeError,
        "live takes a function, a module or a program.* got str",
    ),
    "a program and examples": (
        lambda: graph_viz.live(az.record(twice, 1.0), 1.0),
        TypeError,
        "a program has its examp",
    ),
    "a program and names": (lambda: graph_viz.live(az.record(twice, 1.0), names=["z"]), TypeError, "and their names"),
    "a tuple of examples": (
        lambda: graph_viz.live(neuron, START),
        TypeError,
        r"one by one, live\(f, w1, x1, .*tuple of 5",
    ),
    "a tuple as an array": (lambda: graph_viz.live(twice, (1.0, 2.0)), TypeError, r"np.array\(...\) for what is one"),
    "no examples": (lambda: graph_viz.live(neuron), TypeError, r"f takes 5 examples \(w1, x1, .*\), got 0: write live"),
    "too few": (lambda: graph_viz.live(neuron, 1.0), TypeError, r"f takes 5 examples .*, got 1"),
    "too many": (lambda: graph_viz.live(twice, 1.0, 2.0), TypeError, r"f takes 1 example \(x\), got 2"),
    "rows of several lengths": (
        lambda: graph_viz.live(twice, [[1.0], [1.0, 2.0]]),
        ValueError,
        "example x is a list wh",
    ),
    "too few names": (lambda: graph_viz.live(neuron, *START, names=["w"]), ValueError, "got 1 for 5 examples"),
    "too many names": (
        lambda: graph_viz.live(twice, 1.0, names=["w", "x"]),
        ValueError,
        r"\['x'\]; got 2 for 1 example",
    ),
    "names that are equal": (lambda: graph_viz.live(np.add, 1.0, 2.0, names=["a", "a"]), ValueError, "got 'a' 2 times"),
    "equal as letters": (lambda: graph_viz.live(np.add, 1.0, 2.0, names=["beta", "β"]), ValueError, "got 'β' 2 times"),
    "names that are none": (
        lambda: graph_viz.live(twice, 1.0, names=["a b"]),
        ValueError,
        "'a b', which is no name: take",
    ),
    "an empty name": (lambda: graph_viz.live(twice, 1.0, names=[""]), ValueError, "'', which is no name"),
    "names that are numbers": (lambda: graph_viz.live(twice, 1.0, names=[2]), ValueError, "got 2, which is no string"),
    "names as a string": (lambda: graph_viz.live(twice, 1.0, names="x"), TypeError, "names is a list of strings"),
    "names as a dict": (
        lambda: graph_viz.live(twice, 1.0, names={"x": 1}),
        TypeError,
        "names of constant arrays go with",
    ),
    "constants as a list": (
        lambda: graph_viz.live(twice, 1.0, constants=[1.0]),
        TypeError,
        "constants is a dict of names",
    ),
    "None": (lambda: graph_viz.live(lambda x: None, 1.0), TypeError, "it returned None: end it with `return`"),
    "a tuple": (lambda: graph_viz.live(lambda x: (x, x), 1.0), TypeError, "one Tensor, got tuple of 2: return one of"),
    "a dict": (lambda: graph_viz.live(lambda x: {"y": x}, 1.0), TypeError, "one Tensor, got dict of 1"),
    "a number": (
        lambda: graph_viz.live(twice, 3),
        TypeError,
        "one Tensor, got float: give what is to change as floats",
    ),
    "an array": (lambda: graph_viz.live(lambda x: x.data, [1.0, 2.0]), TypeError, "got ndarray.* not with their .data"),
    "no elements": (lambda: graph_viz.live(twice, []), ValueError, r"got one of shape \(0,\), which has none"),
    "complex numbers": (lambda: graph_viz.live(np.fft.fft, [1.0, 2.0]), TypeError, "of floats, got one of complex128"),
    "the example itself": (
        lambda: graph_viz.live(lambda x: x, 1.0),
        ValueError,
        "computed of its examples; this one is x",
    ),
    "a constant": (lambda: graph_viz.live(lambda x: az.Tensor(1.0), 1.0), ValueError, "this one is a constant itself"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_drawn_alive_is_refused_in_a_sentence(name):
    """What was expected, what came, and what to do."""
    draw, kind, said = REFUSED[name]
    with pytest.raises(kind, match=said):
        draw()


def test_what_is_taken_from_elsewhere_can_be_changed_without_examples():
    W = az.Tensor([1.0, 2.0], name="W")
    assert [leaf["name"] for leaf in graph_viz.live(lambda: (W * 2).sum()).data["leaves"]] == ["W"]


def test_names_are_such_as_variables_have_or_latex():
    drawing = graph_viz.live(np.multiply, 1.0, 2.0, names=[r"\hat{x}", "W_f"])
    assert "W_f: input" in drawing.describe() and not drawing.still


SCALE = np.array([3.0, 7.0])


def test_what_a_function_takes_from_around_it_is_called_as_there():
    """Also examples that stay as they are; what is computed of constants alone says how."""
    bias = np.array([0.25, 0.5])
    drawing = graph_viz.live(lambda x, k: x * SCALE + bias * k, [1.0, 2.0], np.array([4, 5]))
    labels = {box.label for box in drawing.figure.view if box.fixed}
    assert {"SCALE", "loss weights"} <= labels and [leaf["name"] for leaf in drawing.data["leaves"]] == ["x"]
    drawing = graph_viz.live(lambda x, k: x * k + bias, [1.0, 2.0], np.array([4, 5]))
    assert {box.label for box in drawing.figure.view if box.fixed} == {"k", "bias", "loss weights"}
    drawing = graph_viz.live(lambda x: x * np.where(abs(x) < 1, 1.0, 0.0), [0.5, 2.0])
    assert "where(|x| < 1, 1, 0)" in {box.label for box in drawing.figure.view if box.fixed}


def test_a_named_constant_is_no_input():
    """One cannot change it: no control, and no blue box."""
    c = np.array([0.5, -1.5])
    drawing = graph_viz.live(lambda x: x * c * (x > 0), [1.0, 2.0], constants={"c": c})
    kinds = {box.label: box.kind for box in drawing.figure.view if box.fixed}
    assert kinds == {"c": "constant", "x > 0": "constant", "loss weights": "constant"}
    assert [leaf["name"] for leaf in drawing.data["leaves"]] == ["x"]
    assert "c: constant, 2 [0.5, −1.5], value −1.5 … 0.5" in drawing.describe()
