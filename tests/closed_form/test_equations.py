"""Modules written as equations: what follows from the list, and that a slip in a list or in an operation is noticed."""

import inspect

import numpy as np
import pytest
from differences import derivative

from autograd_zoo import closed_form, zoo
from autograd_zoo.closed_form import attention_transformer, block, operations, recurrent, recurrent_deep
from autograd_zoo.closed_form.equations import Equations, evaluated, gradients, operation, written_out
from autograd_zoo.closed_form.operations import ADD, AFFINE, JOIN, act
from autograd_zoo.closed_form.rows import chain, literal
from autograd_zoo.zoo.judge import judge

ROWS = {row.id: row for row in closed_form.formulas()}


def real(*shape, seed=0):
    """Numbers between -2 and 2, all apart, so that no maximum and no kink is near."""
    return np.random.default_rng(seed).permutation(np.linspace(-2.0, 2.0, int(np.prod(shape)))).reshape(shape)


# ---- operations ------------------------------------------------------------------------------------------------

MAPS = (2, 4, 5, 6)
CELL = [(3, 2, 3), (4, 2, 2), (4, 1, 2, 2), (2, 1, 2, 3), (4, 1, 2)]
LSTM = [(3, 2, 3), (4, 2, 2), (4, 2, 2), (4, 4, 2, 2), (2, 4, 2, 3), (4, 4, 2)]
OPERATIONS = {
    "add": (ADD, [(3, 4), (3, 4)]),
    "affine": (AFFINE, [(2, 5, 4), (3, 4), (3,)]),
    **{f"act {name}": (act(name), [(3, 4)]) for name in ("relu", "relu6", "sigmoid", "tanh", "gelu")},
    "join": (JOIN, [(2, 1, 3), (2, 4, 3), (2, 2, 3)]),
    "join last": (recurrent_deep.SIDE_BY_SIDE, [(2, 3, 1), (2, 3, 4)]),
    "first half": (operations.FIRST_HALF, [MAPS]),
    "second half": (operations.SECOND_HALF, [MAPS]),
    "scale": (operations.SCALE, [(2, 4), MAPS]),
    "separable": (operations.SEPARABLE, [MAPS, (4, 3, 3), (3, 4)]),
    "mean": (operations.MEAN, [MAPS]),
    "halve": (operations.HALVE, [MAPS]),
    "mean 3x3": (operations.MEAN_3X3, [MAPS]),
    "maximum": (operations.maximum(), [MAPS]),
    "maximum of every second": (operations.maximum(2), [MAPS]),
    "batch norm": (operations.batch_norm(eps=1e-3), [MAPS, (4,), (4,)]),
    "constant shift": (operations.batch_norm()._replace(constants=1), [MAPS, (4,), (4,)]),
    "convolution": (operations.convolution(), [MAPS, (3, 4, 3, 1)]),
    "dilated": (operations.convolution(dilation=2, stride=2, groups=2), [MAPS, (6, 2, 3, 3)]),
    "depthwise": (operations.convolution(depthwise=True, stride=2), [MAPS, (4, 1, 3, 3)]),
    "unpadded": (operations.convolution(padding=0), [MAPS, (3, 4, 2, 3)]),
    "scores": (operation("", attention_transformer.scores, num_heads=2), [(3, 4), (5, 4)]),
    "weights": (operation("", attention_transformer.weights, causal=False), [(2, 3, 4)]),
    "causal weights": (operation("", attention_transformer.weights, causal=True), [(2, 3, 3)]),
    "mix": (attention_transformer.MIX, [(2, 3, 5), (5, 4)]),
    **{
        f"{kind.title} {cell}": (operation("", recurrent_deep.run, kind=kind, cell=cell, lengths=None), shapes)
        for kind, shapes in ((recurrent_deep.SIMPLE_RNN, CELL), (recurrent_deep.LSTM, LSTM))
        for cell in (0, 3)
    },
}


@pytest.mark.parametrize(("of", "shapes"), OPERATIONS.values(), ids=OPERATIONS)
def test_an_operation_has_the_gradients_of_its_literal_transcription(of, shapes):
    arguments = [real(*shape, seed=i) for i, shape in enumerate(shapes)]
    y = of.value(*arguments)
    np.testing.assert_allclose(chain.value(of, *arguments), y, rtol=1e-12, atol=1e-12)
    g = np.random.default_rng(9).standard_normal(y.shape)
    pulled = of.pull(g, y, *arguments)
    assert of.pulled(arguments) == len(arguments) - of.constants <= len(pulled)
    for i, part in enumerate(pulled):
        expected = np.reshape(np.ravel(g) @ chain.jacobian(of, i, arguments), shapes[i])
        np.testing.assert_allclose(part, expected, rtol=1e-10, atol=1e-12, strict=True)


@pytest.mark.parametrize("f", [literal.relu, literal.relu6, literal.sigmoid, literal.gelu, np.tanh])
def test_a_step_along_the_imaginary_axis_is_the_derivative(f):
    x = 4 * real(12)
    np.testing.assert_allclose(f(x + 1e-30j).imag / 1e-30, derivative(lambda h: f(x + h)), atol=1e-9)
    np.testing.assert_array_equal(np.imag(f(x)), 0.0)


# ---- equations -------------------------------------------------------------------------------------------------


@evaluated
def twice(*inputs, activation="tanh"):
    """y = s + x, s = f(x) + x"""
    return Equations({"a": act(activation)("x"), "s": ADD("a", "x"), "y": ADD("s", "x")})


def test_what_several_equations_take_gets_the_sum_of_their_gradients():
    x, g = real(4), real(4, seed=1)
    np.testing.assert_array_equal(twice(x), np.tanh(x) + x + x)
    (dx,) = gradients(twice, g, x)
    np.testing.assert_allclose(dx, g * (3 - np.tanh(x) ** 2), rtol=1e-12)
    (same,) = gradients(evaluated(lambda *_: Equations({"y": ADD("x", "x")})), g, x)
    np.testing.assert_array_equal(same, 2 * g)


def test_inputs_are_in_the_order_of_use_and_constants_last():
    fixed = AFFINE._replace(constants=1)
    terms = {"u": fixed("x", "W", "b"), "y": AFFINE("u", "V", "c")}
    equations = Equations(terms)
    assert (equations.inputs, equations.constants) == (("x", "W", "V", "c", "b"), ("b",))
    equations = Equations(terms, order=("x", "V", "W", "c", "b"))
    assert (equations.inputs, equations.constants) == (("x", "V", "W", "c", "b"), ("b",))


def test_the_function_has_the_name_the_docstring_and_the_arguments_of_what_is_written():
    assert (twice.__name__, twice.__doc__) == ("twice", "y = s + x, s = f(x) + x")
    assert list(inspect.signature(twice).parameters) == ["inputs", "activation"]
    assert "Terms" not in str(inspect.signature(block.basic_block))
    assert "Terms" in inspect.getsource(block.basic_block)


NUMBER = {
    "basic_block": (block.basic_block, 6, {}, r"basic_block expects x, W_1, gamma_1, .*, beta_2, got 6 arrays"),
    "projected": (block.basic_block, 9, {}, r"basic_block expects x, W_1, .*, beta_s, got 9 arrays"),
    "dense_block": (block.dense_block, 12, {}, r"dense_block expects x, gamma_11, .*, W_22, got 12 arrays"),
    "inception": (block.inception_block, 5, {"lengths": (1, 1)}, r"inception_block expects x, W_11, .*, got 5 arrays"),
    "shuffle_unit": (block.shuffle_unit, 9, {"groups": 2}, r"shuffle_unit expects x, .*, beta_3, beta_2, got 9"),
    "deep_gru": (recurrent.deep_gru, 4, {}, r"deep_gru expects x, h0, W, U_1, U_2, b, got 4 arrays"),
}


@pytest.mark.parametrize(("form", "count", "params", "message"), NUMBER.values(), ids=NUMBER)
def test_another_number_of_inputs_is_refused_with_their_names(form, count, params, message):
    arrays = [np.ones((1, 1, 1, 1))] * count
    for call in (lambda: form(*arrays, **params), lambda: gradients(form, arrays[0], *arrays, **params)):
        with pytest.raises(ValueError, match=message):
            call()


def unruled(x, y):
    return x * y


NONSENSE = {
    "later": ({"u": ADD("x", "v"), "v": ADD("u", "x")}, (), "the equation of u takes v, which it has to come after"),
    "itself": ({"u": ADD("x", "u")}, (), "the equation of u takes u"),
    "idle": ({"u": ADD("x", "b"), "v": ADD("x", "b")}, (), "no equation takes u: only the last one, v, is a result"),
    "order": ({"y": ADD("x", "b")}, ("x", "c"), "the equations take x, b, and their order is x, c"),
    "twice": ({"y": ADD("x", "b")}, ("x", "b", "x"), "the equations take x, b, and their order is x, b, x"),
}


@pytest.mark.parametrize(("terms", "order", "message"), NONSENSE.values(), ids=NONSENSE)
def test_what_are_no_equations_is_said(terms, order, message):
    with pytest.raises(ValueError, match=message):
        Equations(terms, order)


def test_an_operation_without_gradients_says_which_to_write():
    equations = Equations({"z": operation("", unruled)("x", "w")})
    np.testing.assert_array_equal(equations.values([real(3), real(3)])["z"], real(3) ** 2)
    with pytest.raises(NotImplementedError, match="unruled has no unruled_dx, unruled_dy: write it beside unruled, or"):
        equations.gradients(real(3), [real(3), real(3)])


WRITTEN = [s for s in zoo.ZOO if inspect.unwrap(s.forward) is not s.forward]


@pytest.mark.parametrize("specimen", WRITTEN, ids=lambda s: s.name)
def test_a_specimen_has_the_inputs_of_the_equations_and_no_constant(specimen):
    inputs, params = specimen.sample(np.random.default_rng(0), specimen.shapes[0]), specimen.variants[0]
    equations = written_out(specimen.forward, inputs, params)
    assert specimen.inputs == equations.inputs[: len(specimen.inputs)]
    assert equations.constants == equations.inputs[len(specimen.inputs) :]


# ---- slips -----------------------------------------------------------------------------------------------------

SLIPS = {
    "join": ("operations.join_gradients", lambda parts: parts[::-1], "block.shuffle_unit_v2_down.dx"),
    "half": ("operations.half_dx", lambda dx: dx[:, ::-1], "block.shuffle_unit_v2.dx"),
    "scale": ("operations.scale_gradients", lambda parts: (2 * parts[0], parts[1]), "block.squeeze_excitation.dx"),
    "norm": ("normalization.batch_norm_gradients", lambda d: d._replace(x=(1 + 1e-6) * d.x), "block.transition.dx"),
    "scores": ("attention_transformer.scores_gradients", lambda d: d[::-1], "attention.transformer_encoder_layer.dW_q"),
    "run": ("recurrent_deep.run_gradients", lambda d: [d[0], -d[1], *d[2:]], "recurrent.deep_gru.dh0"),
}


@pytest.mark.parametrize(("place", "slip", "row"), SLIPS.values(), ids=SLIPS)
def test_a_slip_in_a_gradient_is_noticed(monkeypatch, place, slip, row):
    module, _, name = place.partition(".")
    where = inspect.getmodule(getattr(getattr(closed_form, module), name))
    right = getattr(where, name)
    monkeypatch.setattr(where, name, lambda *arguments, **params: slip(right(*arguments, **params)))
    assert judge(ROWS[row], range(60, 62)).verdict == "wrong"
    monkeypatch.undo()
    assert judge(ROWS[row], range(70, 72)).verdict == "exact"
