"""Whatever a user calls a thing: no control character of a name reaches a terminal, wherever names are shown."""

import linecache
import re

import numpy as np
import pytest

import autograd_zoo as az
import graph_viz
from autograd_zoo.engine.text import printable

NAMES = {
    "escape sequence": "W\x1b[31mred\x1b[0m",
    "title of the window": "\x1b]0;owned\x07",
    "NUL": "a\x00b",
    "bell and backspace": "a\x07\x08b",
    "carriage return": "safe\rowned",
    "newline": "one\ntwo",
    "C1": "a\x9b31mb\x85",
    "bidi": "a\u202eb\u2066c\u200f",
    "lone surrogate": "a\ud800b\udfff",
    "separators": "a\u2028b\u2029c\u00a0d",
    "DEL and tab": "a\x7fb\tc",
    "private and unassigned": "a\ue000b\uffff",
}


# Controls but the end of a line of ours, lone surrogates, other ends of lines, marks of direction.
STEERING = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]"
)


def tensor(name, value=(1.0, 2.0)):
    return az.Tensor(np.array(value), name=name)


def operation(name):
    @az.primitive
    def op(x):
        return x * 2.0

    op.__name__ = name
    az.defvjp(op, lambda g, y, x: g * 2.0)
    return op


def module(name):
    """A module of a class, with a parameter, a child and a setting of this name."""

    class Child(az.nn.Module):
        def __init__(self):
            vars(self)[name] = az.nn.Parameter([1.0, 2.0])

        def forward(self, x):
            return vars(self)[name] * x

    def forward(self, x):
        return vars(self)[name][name](x)

    made = type("M", (az.nn.Module,), {"forward": forward})
    try:
        made.__name__ = Child.__name__ = name
    except (ValueError, UnicodeEncodeError):  # Python has no class of such a name
        pass
    net = made()
    vars(net)[name] = {name: Child()}
    vars(net)["also " + name] = 1
    return net


def text_of(error):
    return "\n".join([str(error), *getattr(error, "__notes__", [])])


def failing(call):
    with pytest.raises(Exception) as caught:
        call()
    return text_of(caught.value)


def clash(name):
    return failing(lambda: tensor(name) + tensor(f"{name}2", (1.0, 2.0, 3.0)))


def clash_inside(name):
    return failing(lambda: module(name)(tensor(name, (1.0, 2.0, 3.0))))


def anomaly(name):
    def run():
        with az.detect_anomaly(), np.errstate(all="ignore"):
            code = "import numpy as np, autograd_zoo as az\nnp.log(module(az.Tensor([-1.0, 0.0])))"
            exec(compile(code, name.replace("\x00", ""), "exec"), {"module": module(name)})

    found = failing(run)
    linecache.clearcache()
    return found


def sweep_error(name):
    op = operation(name)

    def broken(g, y, x):
        raise ValueError("broken")

    az.defvjp(op, broken)
    return failing(lambda: op(tensor(name)).sum().backward())


def wrong_gradient(name):
    op = operation(name)
    az.defvjp(op, lambda g, y, x: np.ones(7))
    return failing(lambda: op(tensor(name)).sum().backward())


def swept(name):
    x = tensor(name)
    y = operation(name)(module(name)(x)).sum().named(name)
    (g,) = az.gradient(y, [x], create_graph=True)
    return str(az.Tape(y)) + str(az.Tape(g)) if g.op is not None else str(az.Tape(y))


def same_path(name):
    def keys(net):
        return {f"{path}x": value for path, value in net.state_dict().items()}

    return failing(lambda: module(name).load_state_dict(keys(module(name))))


def optimizer_state(name):
    opt = az.optim.SGD([tensor(name)], lr=0.1)
    return failing(lambda: opt.load_state_dict({**opt.state_dict(), f"state.{name}": np.ones(1)}))


def draw(name):
    x = tensor(name)
    return graph_viz.draw(operation(name)(module(name)(x)).sum().named(name), depth=0)


def failed_drawing(name):
    with pytest.raises(Exception) as caught:
        module(name)(tensor(name, (1.0, 2.0, 3.0)))
    return graph_viz.draw(caught.value).describe()


PLACES = {
    "repr of a Tensor": lambda name: repr(tensor(name)),
    "format of a Tensor": lambda name: f"{tensor(name)}",
    "repr of a result": lambda name: repr(operation(name)(tensor(name))),
    "tape": lambda name: str(az.Tape((operation(name)(tensor(name)) * tensor(name)).named(name))),
    "tape of a module": swept,
    "names of a tape": lambda name: "".join(az.Tape(tensor(name) * tensor(name)).names().values()),
    "repr of a module": lambda name: repr(module(name)),
    "path of a call": lambda name: module(name)(tensor(name)).scope.path(),
    "shapes that clash": clash,
    "shapes that clash in a module": clash_inside,
    "anomaly": anomaly,
    "error in a rule": sweep_error,
    "wrong result of a rule": wrong_gradient,
    "no rule": lambda name: failing(lambda: _without_rule(name)(tensor(name))),
    "new data of a result": lambda name: failing(lambda: setattr(tensor(name) * 2.0, "data", 1.0)),
    "copy of a result": lambda name: failing(lambda: (operation(name)(tensor(name))).__reduce__()),
    "gradient of a stranger": lambda name: failing(lambda: az.gradient(tensor(name).sum(), [tensor(name)])),
    "missing and unknown state": same_path,
    "wrong shape of a state": lambda name: failing(
        lambda: module(name).load_state_dict({f"{name}.{name}.{name}": np.ones(7)})
    ),
    "value of a state": lambda name: failing(
        lambda: module(name).load_state_dict({f"{name}.{name}.{name}": [[1.0], [1.0, 2.0]]})
    ),
    "message of NumPy's": lambda name: failing(lambda: np.einsum(f"?{name}", tensor(name))),
    "message of NumPy's about several": lambda name: failing(lambda: np.einsum(f"i,?{name}->i", tensor(name), [1.0])),
    "no forward": lambda name: failing(lambda: az.nn.Module.forward(module(name))),
    "parameters in a tuple": lambda name: failing(lambda: _with_tuple(name).freeze()),
    "optimizer: a result": lambda name: failing(lambda: az.optim.SGD([(tensor(name) * 2.0).named(name)], lr=0.1)),
    "optimizer: twice": lambda name: failing(lambda: az.optim.SGD([t := tensor(name), t], lr=0.1)),
    "optimizer: state": optimizer_state,
    "exchange": lambda name: failing(lambda: az.nn.from_torch(module(name), {name: np.ones(1)})),
    "weight normalization": lambda name: failing(lambda: az.nn.WeightNorm(module(name), name="none")),
    "io: name": lambda name: failing(lambda: az.io.save("w.npz", {name: np.ones(1)})),
    "io: ending": lambda name: failing(lambda: az.io.load(name)),
    "zoo": lambda name: failing(lambda: az.zoo.find([name])),
    "drawing": lambda name: draw(name).describe(),
    "repr of a drawing": lambda name: repr(draw(name)),
    "notes of a drawing": lambda name: "".join(draw(name).notes),
    "DOT": lambda name: re.sub("\n\t+", "\n", draw(name).source),
    "drawing of a failure": failed_drawing,
    "drawing of a leaf": lambda name: failing(lambda: graph_viz.draw(tensor(name))),
    "drawing of a specimen": lambda name: failing(lambda: graph_viz.draw(name)),
    "drawing of a module without inputs": lambda name: failing(lambda: graph_viz.draw(module(name))),
    "options of a drawing": lambda name: failing(lambda: graph_viz.draw(tensor(name) * 2.0, theme=name)),
    "ending of a drawing": lambda name: failing(lambda: draw(name).save(f"x.{name}".replace("\x00", ""))),
    "transform": lambda name: failing(lambda: az.grad(operation(name), 7)(1.0)),
}


def _without_rule(name):
    @az.primitive
    def op(x):
        return x

    op.__name__ = name
    return op


def _with_tuple(name):
    net = module(name)
    vars(net)[name] = (az.nn.Parameter([1.0]),)
    return net


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_is_shown_without_its_control_characters(name):
    raw = {}
    for place, show in PLACES.items():
        text = show(name)
        if STEERING.search(text) or re.search("^two", text, re.M):
            raw[place] = text
    assert raw == {}


def test_harmless_names_are_shown_as_they_are():
    for name in ("W", "∂L/∂x", "名前", "e\u0301", "🎲", "encoder.layers.0.W", "a b"):
        assert printable(name) == name
        assert all(name in PLACES[place](name) for place in ("repr of a Tensor", "tape", "names of a tape", "drawing"))


def test_printable_escapes_can_be_told_apart():
    shown = [printable(chr(c)) for c in range(0x3000)]
    assert all(text.isprintable() for text in shown) and len(set(shown)) == len(shown)
