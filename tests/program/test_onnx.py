"""Programs as ONNX: run by ONNX Runtime at other inputs, and opened again as modules that are differentiated."""

import inspect
import re
from collections import Counter

import numpy as np
import pytest
from every import every
from program.cases import case, is_float, lowered, require_near, samples
from program.networks import NETWORKS

import autograd_zoo as az

onnx = pytest.importorskip("onnx", reason="ONNX files need the package onnx, of the extra onnx")
ort = pytest.importorskip("onnxruntime", reason="ONNX files are run by the package onnxruntime, of the extra onnx")

QUICK = {"gru", "basic_block", "squeeze_excitation", "multi_head_attention"}  # of the families whose programs are long
LONG = {s.name for s in az.zoo.ZOO if s.family in ("block", "recurrent", "attention")} - {"embedding"} - QUICK


def rows(long):
    return [pytest.param(s, marks=[pytest.mark.slow] if s.name in long else []) for s in az.zoo.ZOO]


def of(long):
    return lambda s: f"{s.family}, long" if s.name in long else s.family


each_specimen = every("specimen", rows(LONG), ids=lambda s: s.name, by=of(LONG))


def run(model, program, leaves, given):
    """What ONNX Runtime gives for a program's model."""
    onnx.checker.check_model(model, full_check=True)
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    names = program.names()
    feed = {names[x.number]: np.asarray(a) for x, a in zip(program.leaves, leaves, strict=True)}
    feed |= {names[x.number]: np.asarray(given.get(x.name, x.value)) for x in program.given}
    return session.run(None, {x.name: feed[x.name] for x in session.get_inputs()})


@each_specimen
def test_composed_in_float64_forward_and_backward(specimen):
    c = case(specimen)
    found = run(az.onnx.export(c.program, operators="composed"), c.program, c.leaves, c.given)
    require_near(found, c.outputs, 1e-12)


def forward(specimen):
    """The forward pass in float32, and another sample."""
    params = specimen.variants[0]
    first, other = ([lowered(a) for a in x] for x in samples(specimen, specimen.shapes[0]))
    program = az.record(lambda *x: specimen.run(*x, **params), *first)
    given = {f"x{i}": a for i, a in enumerate(other) if isinstance(a, np.ndarray) and not is_float(a)}
    leaves = [a for a in other if is_float(a)]
    return program, leaves, {key: a for key, a in given.items() if key in {x.name for x in program.given}}


@each_specimen
def test_named_in_float32(specimen):
    program, leaves, given = forward(specimen)
    found = run(az.onnx.export(program), program, leaves, given)
    require_near(found[:1], program.replay()(*leaves, **given)[:1], 1e-5)


def test_at_least_30_functions_have_operators_of_their_own():
    from autograd_zoo.program.names import operations
    from autograd_zoo.program.onnx_named import NAMED

    alone = [name for name, own in NAMED.items() if own.alone]
    assert len(alone) >= 30 and set(NAMED) <= set(operations())
    assert all(onnx.defs.has(own.operator) for own in NAMED.values())


@each_specimen
def test_named_in_float64(specimen):
    c = case(specimen)
    program = az.record(lambda *x: specimen.run(*x, **specimen.variants[0]), *samples(specimen, specimen.shapes[0])[0])
    found = run(az.onnx.export(program), program, c.leaves, c.given)
    require_near(found[:1], c.outputs[:1], 1e-12)


@each_specimen
def test_it_is_opened_again_and_differentiated(specimen, tmp_path):
    program, leaves, given = forward(specimen)
    own = {x.name: x.value for x in program.given} | dict(zip([x.name for x in program.leaves], leaves, strict=True))
    own |= given
    backward = case(specimen, low=True)
    g = {x.name: np.ones(x.shape, x.dtype) for x in backward.program.given if x.name == "g"}
    wanted = dict(zip(backward.program.outputs, backward.program.replay()(*leaves, **given, **g), strict=True))
    for operators in ("named", "composed"):
        az.onnx.export(program, tmp_path / "model.onnx", operators=operators)
        model = az.onnx.load(tmp_path / "model.onnx")
        arguments = [az.Tensor(own[name]) if is_float(own[name]) else own[name] for name in model.inputs]
        y = model(*arguments)
        y = y[0] if isinstance(y, tuple) else y
        require_near([y.data], [wanted["y"]], 2e-5)
        tensors = {n: t for n, t in zip(model.inputs, arguments, strict=True) if f"grad.{n}" in wanted}
        found = az.gradient(y, list(tensors.values()), np.ones(y.shape, y.dtype), allow_unused=True)
        require_near(found, [wanted[f"grad.{name}"] for name in tensors], 2e-4)


READ = {"LSTM": (4, 2), "GRU": (3, 1), "RNN": (1, 1)}  # gates, and states


@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
@pytest.mark.parametrize("operator", READ)
def test_recurrent_operators_of_others_are_read(operator, direction, tmp_path):
    (gates, states), k, rng = READ[operator], 1 + (direction == "bidirectional"), np.random.default_rng(0)
    shapes = {"x": (5, 2, 4), "W": (k, 3 * gates, 4), "R": (k, 3 * gates, 3), "B": (k, 6 * gates)}
    shapes |= {f"start_{i}": (k, 2, 3) for i in range(states)}
    arrays = {name: rng.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
    helper, real = onnx.helper, onnx.TensorProto.FLOAT
    given = [*list(arrays)[:4], "", *list(arrays)[4:]]
    node = helper.make_node(operator, given, ["Y", "Y_h", "Y_c"][: states + 1], hidden_size=3, direction=direction)
    outputs = {"Y": (5, k, 2, 3), "Y_h": (k, 2, 3), "Y_c": (k, 2, 3)}
    results = [helper.make_tensor_value_info(name, real, outputs[name]) for name in node.output]
    inputs = [helper.make_tensor_value_info(name, real, shape) for name, shape in shapes.items()]
    graph = helper.make_graph([node], "g", inputs, results)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    wanted = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, arrays)
    onnx.save(model, tmp_path / "model.onnx")
    found = az.onnx.load(tmp_path / "model.onnx")(*map(az.Tensor, arrays.values()))
    require_near([y.data for y in found], wanted, 1e-5)


def test_every_operator_that_is_written_is_read():
    from autograd_zoo.program import onnx_composed, onnx_graph, onnx_named, onnx_norm, onnx_recurrent
    from autograd_zoo.program.onnx_rows import ROWS

    text = "".join(inspect.getsource(m) for m in (onnx_composed, onnx_graph, onnx_named, onnx_norm, onnx_recurrent))
    operators = {*re.findall(r'(?:emit|_over|_arg|_run)\((?:[a-z]+, )*"([A-Z]\w+)"', text), *onnx_graph.SIMPLE.values()}
    operators |= {own.operator for own in onnx_named.NAMED.values()}
    assert len(operators) > 70 and operators <= set(ROWS), operators - set(ROWS)


NO_BATCH = {"lstm", "deep_simple_rnn", "deep_lstm", "deep_gru"}  # the axis of time comes first, and is unrolled


@every("specimen", rows(LONG), ids=lambda s: s.name, by=of(LONG))
def test_a_batch_of_any_length(specimen):
    x = [lowered(a) for a in specimen.sample(np.random.default_rng(0), max(specimen.shapes, key=len))]
    program = az.record(lambda *a: specimen.run(*a, **specimen.variants[0]), *x)
    if specimen.name in NO_BATCH:
        with pytest.raises(az.RecordError, match="its structure depends on the length of the batch"):
            az.onnx.export(program, batch="N")
        return
    model = az.onnx.export(program, batch="N")
    for n in (len(x[0]) + 2, len(x[0]) + 5, len(x[0]) + 8):  # none was recorded for the export
        require_batch(program, model, n)


def test_at_least_70_have_one():
    assert len(az.zoo.ZOO) - len(NO_BATCH) >= 70


def require_batch(program, model, n):
    for alone in (True, False):
        try:
            longer = program.again(n, alone)
            break
        except Exception:  # another example must be as long
            if not alone:
                raise
    values = {x.name: x.value for x in longer.given}
    rename = {b.name: a.name for a, b in zip(program.given, longer.given, strict=True)}
    found = run(model, program, [x.value for x in longer.leaves], {rename[k]: v for k, v in values.items()})
    wanted = longer.replay()(*(x.value for x in longer.leaves))
    require_near(found[:1], wanted[:1], 1e-5)


def require_tree(written, model):
    """The nodes that call functions are the modules of the model, each of which was called once."""
    functions, found = {f.name: f for f in written.functions}, Counter()
    todo = list(written.graph.node)
    while todo:
        function = functions.get(todo.pop().op_type)
        if function is not None and function.name != "checks":
            found[function.name.split()[0]] += 1
            todo += function.node
    modules = Counter(type(m).__name__ for m in model.modules())
    assert found and all(found[name] == modules[name] for name in found)
    assert set(modules) - set(found) <= {"Dropout", "Identity", "Sequential"}  # what does nothing, or is never called


def test_a_function_calls_its_parameters_by_their_paths_and_serves_all_that_are_alike():
    rng = np.random.default_rng(0)
    model = az.nn.Sequential(*(az.nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, rng=rng) for _ in range(3)))
    written = az.onnx.export(az.record(model, az.Tensor(np.ones((2, 3, 4)), name="x")))
    functions = {f.name: [name for name in f.input if name != "x0" and name != "x1"] for f in written.functions}
    assert set(functions) == {"MultiHeadAttention", "LayerNorm", "Linear", "TransformerEncoderLayer", "Sequential"}
    for name, module in (("TransformerEncoderLayer", model[0]), ("LayerNorm", model[0].norm1), ("Sequential", model)):
        assert sorted(functions[name]) == sorted(path for path, _ in module.named_parameters())


@pytest.mark.parametrize("name", NETWORKS)
def test_whole_networks(name, tmp_path):
    model, examples, others, operators = NETWORKS[name]()
    program = az.record(model, *examples)
    flat = az.onnx.export(program, functions=False)
    assert operators <= {node.op_type for node in flat.graph.node} and not flat.functions
    scopes = {p.value for node in flat.graph.node for p in node.metadata_props if p.key == "scope"}
    assert len(scopes) > 1
    written = az.onnx.export(program, tmp_path / "network.onnx")
    require_tree(written, model)
    leaves = [np.asarray(x.value) for x in program.leaves]
    given = {}
    if is_float(others[0]):
        leaves[0] = others[0]
    else:
        given = {program.given[0].name: others[0]}
    found = run(written, program, leaves, given)
    wanted = model(*others)
    require_near(found[:1], [wanted.data], 1e-5)
    opened = az.onnx.load(tmp_path / "network.onnx")
    named = dict(zip([x.name for x in program.leaves], leaves, strict=True)) | given
    named |= {x.name: x.value for x in program.given if x.name not in named}
    y = opened(*(az.Tensor(named[n]) if is_float(np.asarray(named[n])) else named[n] for n in opened.inputs))
    require_near([(y[0] if isinstance(y, tuple) else y).data], [wanted.data], 1e-5)


def test_weights_are_in_the_model_or_are_inputs():
    model, examples, _, _ = NETWORKS["cnn"]()
    program = az.record(model, *examples)
    alone, with_weights = (az.onnx.export(program, weights=inside) for inside in (True, False))
    assert [x.name for x in alone.graph.input] == [program.names()[program.leaves[0].number]]
    assert len(with_weights.graph.input) == len(program.leaves) + len(program.given)
    leaves = [x.value * 1.1 for x in program.leaves]
    require_near(run(with_weights, program, leaves, {}), program.replay()(*leaves), 1e-5)


def test_a_network_of_any_batch():
    model, examples, _, _ = NETWORKS["cnn"]()
    program = az.record(model, *examples)
    written = az.onnx.export(program, batch="N")
    assert written.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "N"
    require_batch(program, written, 7)


def test_a_condition_that_does_not_hold_makes_the_results_nan():
    table = az.nn.Embedding(4, 2, rng=np.random.default_rng(0))
    program = az.record(lambda i: table(i).sum(), np.array([0, 3]))
    model = az.onnx.export(program)
    assert "checks" in {node.op_type for node in model.graph.node}
    leaves = [table.W.data]
    np.testing.assert_allclose(run(model, program, leaves, {"i": np.array([1, 2])})[0], table.W.data[1:3].sum())
    assert np.isnan(run(model, program, leaves, {"i": np.array([1, -1])})[0])  # ONNX counts it from the end
    with pytest.warns(RuntimeWarning, match="check them before the call"):
        az.onnx.export(az.record(lambda i: table(i).argmax(), np.array([0, 3])))


REFUSED = {
    "an operation": (
        lambda: az.onnx.export(az.record(lambda x: np.linalg.inv(x + np.eye(2)), np.eye(2))), "np.linalg.inv",
    ),
    "a batch of a number": (lambda: az.onnx.export(az.record(lambda x: x * 2.0, 1.0), batch="N"), "with an axis"),
    "operators": (lambda: az.onnx.export(az.record(lambda x: x * 2.0, 1.0), operators="other"), "named"),
}  # fmt: skip


@every(("call", "words"), REFUSED.values(), ids=REFUSED)
def test_what_export_says(call, words):
    with pytest.raises((az.RecordError, ValueError), match=words):
        call()


def test_a_program_from_a_file_has_a_fixed_batch(tmp_path):
    az.record(lambda x: x * 2.0, np.ones(3)).save(tmp_path / "p.npz")
    program = az.Program.load(tmp_path / "p.npz")
    np.testing.assert_array_equal(run(az.onnx.export(program), program, [np.arange(3.0)], {})[0], [0.0, 2.0, 4.0])
    with pytest.raises(az.RecordError, match="a program from a file has none"):
        az.onnx.export(program, batch="N")


def test_an_operator_that_is_not_read_is_named(tmp_path):
    helper = onnx.helper
    tensor = helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [2])
    node = helper.make_node("Hardmax", ["x"], ["y"], name="odd")
    result = helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [2])
    onnx.save(helper.make_model(helper.make_graph([node], "g", [tensor], [result])), tmp_path / "odd.onnx")
    with pytest.raises(az.RecordError, match=r"Hardmax \(node 'odd'\) is not among the operators that are read: Abs"):
        az.onnx.load(tmp_path / "odd.onnx")


DIRECT = {  # functions called with settings as they are in their signatures, and without a module
    "max_pool": lambda x: az.nn.max_pool(x, kernel_size=(2,)),
    "max_pool with numbers": lambda x: az.nn.max_pool(x, kernel_size=(3,), stride=1, dilation=2, padding=1),
    "avg_pool": lambda x: az.nn.avg_pool(x, kernel_size=(2,)),
    "avg_pool with numbers": lambda x: az.nn.avg_pool(x, kernel_size=(3,), stride=2, padding=1),
    "global_avg_pool": lambda x: az.nn.global_avg_pool(x, axis=-1),
    "batch_norm": az.nn.batch_norm,
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", DIRECT)
@pytest.mark.parametrize("channels", [1, 3])
def test_functions_without_a_module(name, dtype, channels):
    rng = np.random.default_rng(0)
    x, other = (rng.normal(size=(2, channels, 8)).astype(dtype) for _ in range(2))
    program = az.record(DIRECT[name], x)
    require_near(run(az.onnx.export(program), program, [other], {}), [DIRECT[name](other)], 1e-5)
