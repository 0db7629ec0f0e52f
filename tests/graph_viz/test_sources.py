"""What can be drawn besides results: modules with inputs, specimens by name, passes that failed; and what labels do."""

import copy

import numpy as np
import pytest

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn


def make_model():
    rng = np.random.default_rng(0)
    return nn.Sequential(
        nn.Linear(3, 4, rng=rng), nn.BatchNorm1d(4), nn.Dropout(0.5, rng=rng), nn.Linear(5, 2, rng=rng)
    )


def test_a_module_is_run_on_inputs():
    drawing = graph_viz.draw(nn.Linear(3, 2, rng=np.random.default_rng(0)), np.ones((4, 3)))
    assert "- x: input, 4×3" in drawing.describe() and "Linear" in drawing.describe()


def test_a_function_is_run_on_inputs():
    drawing = graph_viz.draw(lambda a, b: a * b, np.array(2.0), np.array(3.0))
    assert "multiply(a, b), output, value 6" in drawing.describe()


def test_running_a_module_changes_nothing_of_it():
    rng = np.random.default_rng(0)
    model = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout(0.5, rng=rng))
    before, state = copy.deepcopy(model.state_dict()), rng.bit_generator.state
    graph_viz.draw(model, np.random.default_rng(1).normal(size=(4, 3))).svg()
    assert all(np.array_equal(before[key], value) for key, value in model.state_dict().items())
    assert rng.bit_generator.state == state


@pytest.mark.parametrize("name", ["relu", "lstm", "multi_head_attention", "softmax_cross_entropy"])
def test_a_specimen_is_drawn_by_its_name(name):
    drawing = graph_viz.draw(name)
    assert drawing.svg().startswith("<svg") and len(drawing.figure.view) <= 40


NAMES = {
    "softmx": (ValueError, "the zoo has no 'softmx': did you mean softmax?"),
    "loss": (ValueError, "'loss' is a family: name one of 'cross_entropy', "),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_name_is_told(name):
    error, text = NAMES[name]
    with pytest.raises(error) as info:
        graph_viz.draw(name)
    assert str(info.value).startswith(text)


def test_a_module_needs_inputs():
    with pytest.raises(TypeError, match=r"a Linear is drawn with sample inputs: draw\(linear, x\)"):
        graph_viz.draw(nn.Linear(3, 2))


def failed_operation():
    x, w = az.Tensor(np.ones((4, 3)), name="x"), az.Tensor(np.ones((5, 2)), name="w")
    return (np.tanh(x) @ w).sum()


def failed_expectation():
    return make_model()(az.Tensor(np.random.default_rng(0).normal(size=(6, 3)), name="x"))


def failed_function():
    return np.concatenate([az.Tensor(np.ones((2, 3)), name="a") * 2.0, az.Tensor(np.ones((4, 2)), name="b")], axis=1)


FAILURES = {  # the pass, the mark that failed, and its arguments
    "an operation": (failed_operation, "matmul", ["%2", "w"]),
    "a check of a module": (failed_expectation, "linear", None),
    "a function of a list": (failed_function, "concatenate", ["%1", "b"]),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_pass_that_fails_is_drawn_up_to_the_operation(name):
    run, op, arguments = FAILURES[name]
    with pytest.raises(ValueError) as info:
        run()
    drawing = graph_viz.draw(info.value)
    view = drawing.figure.view
    (failed,) = [box for box in view if box.kind == "failed"]
    assert failed.op.lower() == op
    assert failed.message == str(info.value)
    assert not any(edge.tail == failed.key for edge in view.edges)
    if arguments:
        edges = sorted(view.entering[failed.key], key=lambda edge: edge.position)
        assert [drawing.figure.names[edge.tail] for edge in edges] == arguments
    assert "which failed: " in drawing.describe() and f"{len(drawing.figure.graph)} nodes" in drawing.describe()
    picture = drawing.svg()
    assert "failed" in picture and str(info.value)[:20] in picture


def test_a_module_whose_pass_fails_is_drawn_in_its_clusters():
    drawing = graph_viz.draw(make_model(), np.random.default_rng(0).normal(size=(6, 3)))
    (failed,) = [box for box in drawing.figure.view if box.kind == "failed"]
    assert ("Sequential",) in failed.clusters
    assert "6×4" in drawing.describe() and "0" in drawing.describe()


def through_another():
    try:
        failed_operation()
    except ValueError as error:
        raise RuntimeError("the third batch") from error


def while_handling_another():
    try:
        failed_operation()
    except ValueError:
        return {}["x"]


def anomaly():
    with az.detect_anomaly(), np.errstate(divide="ignore"):
        return np.log(az.Tensor([0.0, 1.0], name="x") * 1.0)


@az.primitive
def doubled(x):
    return 2.0 * x


az.defvjp(doubled, lambda g, y, x: np.ones((7, 7)))


def wrong_rule():
    doubled(az.Tensor(np.ones(3), name="x")).sum().backward()


CARRIED = {  # the pass; the mark that failed, what it says and whose arguments it has
    "an error that comes of another": (through_another, "matmul", "inner", ["%2", "w"]),
    "an error while another is handled": (while_handling_another, "matmul", "inner", ["%2", "w"]),
    "an anomaly": (anomaly, "log", "log gave -inf", ["%1"]),
    "a rule": (wrong_rule, "∇doubled", "(7, 7)", ["%1"]),
}


@pytest.mark.parametrize("name", CARRIED)
def test_a_failure_is_drawn_from_what_the_error_carries_and_nothing_else(name):
    run, op, message, arguments = CARRIED[name]
    with pytest.raises(Exception) as info:
        run()
    error = info.value
    for e in (error, error.__cause__, error.__context__):
        if e is not None:
            e.__traceback__ = None  # no frame, and so no local variable, is left
    drawing = graph_viz.draw(error)
    figure = drawing.figure
    (failed,) = [box for box in figure.view if box.kind == "failed"]
    assert failed.op == op and ("shapes" if message == "inner" else message) in failed.message
    edges = sorted(figure.view.entering[failed.key], key=lambda edge: edge.position)
    assert [figure.names[edge.tail] for edge in edges] == arguments and drawing.svg()


def test_local_variables_are_nobody_s_operation():
    def scale(op, ufunc, inside, x):
        return 1 // 0

    with pytest.raises(ZeroDivisionError) as info:
        scale(np.add, np.add, None, az.Tensor(1.0) * 2.0)
    with pytest.raises(ZeroDivisionError):
        graph_viz.draw(info.value)
    drawing = graph_viz.draw(lambda x: scale(np.add, np.add, None, x), np.ones(2))  # here the function itself is known
    (failed,) = [box for box in drawing.figure.view if box.kind == "failed"]
    assert (failed.op, failed.message) == ("<lambda>", "integer division or modulo by zero")


def test_what_an_exception_of_somebody_else_calls_its_operation_is_not_ours():
    error = OSError("disk full")
    error.operation = "write"
    with pytest.raises(OSError, match="disk full"):
        graph_viz.draw(error)


def test_an_exception_without_tensors_goes_on():
    with pytest.raises(ZeroDivisionError):
        try:
            raise ZeroDivisionError("1/0")
        except ZeroDivisionError as error:
            graph_viz.draw(error)


def test_labels_are_those_that_are_given():
    f_t, W_f = az.Tensor(np.ones(2)), nn.Parameter(np.ones(2))
    y = f_t * W_f
    text = graph_viz.draw(y, names={"f_t": f_t, "W_f": W_f, "y": y, "n": 3}).describe()
    assert "- y = multiply(f_t, W_f), output, 2" in text
    assert f_t.name is None and y.name is None
    assert "y = multiply(f_t, W_f)" in graph_viz.draw(y, names=locals()).describe()


def test_results_may_be_nested():
    x = az.Tensor(np.ones(2), name="x")
    drawing = graph_viz.draw((x * 2.0, {"a": x + 1.0, "b": [x - 1.0]}))
    assert sum(box.kind == "output" for box in drawing.figure.view) == 3


@pytest.mark.parametrize("how", [{}, {"depth": 1}, {"budget": 5}, {"fold": "matmul > add"}], ids=str)
def test_picture_and_description_list_the_same_boxes(loss, how):
    drawing = graph_viz.draw(loss, **how)
    lines = [line for line in drawing.describe().splitlines() if line.lstrip().startswith("- ") and line[-1] != ":"]
    assert len(lines) == len(drawing.figure.view) == len(drawing.layout.boxes)
    assert set(drawing.figure.sentences.values()) == {line.lstrip()[2:] for line in lines}


def test_other_groups_can_be_collapsed(loss):
    drawing = graph_viz.draw(loss)
    collapsed = drawing.figure.collapsed(frozenset({("MLP", "fc1")}))
    assert ("MLP", "fc1") in collapsed.view.boxes and ("MLP", "fc1") not in drawing.figure.view.boxes
    assert set(drawing.figure.view.groups) == {("MLP",), ("MLP", "fc1"), ("MLP", "fc2")}


class Halfway(nn.Module):
    """It computes a part, and then fails in its own code."""

    def __init__(self):
        self.fc = nn.Linear(3, 2, rng=np.random.default_rng(0))

    def forward(self, x):
        hidden = np.tanh(self.fc(x)).named("hidden")
        raise RuntimeError(f"no way on from {hidden.shape}")


def test_what_a_module_computed_before_its_own_code_failed_is_drawn():
    model = Halfway()
    with pytest.raises(RuntimeError) as caught:
        model(az.Tensor(np.ones((1, 3)), name="x"))
    for drawing in (graph_viz.draw(caught.value), graph_viz.draw(model, np.ones((1, 3)))):
        text = drawing.describe()
        assert "hidden = tanh(" in text and "matmul" in text
        assert "Halfway(x): failed, of 1×3: no way on from (1, 2)" in text


def test_a_class_among_the_local_names_is_no_result():
    Tensor = az.Tensor  # as it is imported where a pass is run
    try:
        nn.Sequential(nn.Linear(3, 3), nn.Linear(4, 4))(Tensor(np.ones((2, 3)), name="x"))
    except ValueError as error:
        drawing = graph_viz.draw(error)
    assert "failed" in {box.kind for box in drawing.figure.view}
    with pytest.raises(TypeError, match="expected a Tensor, a list of Tensors or a Tape, got type"):
        graph_viz.draw(Tensor)
