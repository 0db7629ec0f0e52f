"""What modules keep and draw: running statistics come in and go out, switches are given, and training is a replay."""

import numpy as np
import pytest
from program.cases import engine

import autograd_zoo as az
from autograd_zoo import models, nn

LABELS = np.array([0, 1, 2, 0, 1, 2, 0, 1])


def network():
    rng = np.random.default_rng(0)
    return nn.Sequential(
        nn.Linear(5, 6, rng=rng), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(0.5, rng=rng), nn.Linear(6, 3, rng=rng)
    )


def batch(k):
    rng = np.random.default_rng(100 + k)
    return rng.standard_normal((8, 5)), rng.permutation(LABELS)


def recorded(model):
    return az.record(lambda x, labels: nn.softmax_cross_entropy(model(x), labels), *batch(0), grad=True)


def test_statistics_and_switches_come_in_and_go_out():
    model = network()
    before = {name: np.array(a) for name, a in model.state_dict().items()}
    program = recorded(model)
    kept = ["1.running_mean", "1.running_var", "1.num_batches_tracked"]
    assert [x.name for x in program.given] == ["labels", *kept, "3.D"]
    assert list(program.outputs)[:4] == ["y", *kept]
    assert all(np.array_equal(a, before[name]) for name, a in model.state_dict().items())  # all state is as it was


def test_in_evaluation_nothing_is_drawn_and_nothing_moves():
    model = network().eval()
    program = recorded(model)
    kept = ["1.running_mean", "1.running_var", "1.num_batches_tracked"]
    assert [x.name for x in program.given] == ["labels", *kept]
    assert [name for name in program.outputs if not name.startswith("grad.")] == ["y"]


def test_switches_are_what_the_caller_gives():
    program = az.record(nn.Dropout(0.25, rng=np.random.default_rng(0)), np.ones(6))
    (switches,) = program.given
    assert switches.name == "Dropout.D"
    D = np.array([1.0, 0.0, 1.0, 0.0, 0.0, 1.0])
    np.testing.assert_allclose(program.replay()(np.ones(6), **{"Dropout.D": D})[0], D / 0.75)


def test_each_call_of_a_module_has_switches_of_its_own():
    drop = nn.Dropout(0.5, rng=np.random.default_rng(0))
    program = az.record(lambda x: drop(drop(x)), np.ones(4))
    assert [x.name for x in program.given] == ["Dropout.D", "Dropout.D[1]"]


def ours(steps, rate):
    """Five steps by our own engine: the weights and statistics after them."""
    model = network()
    for k in range(steps):
        x, labels = batch(k)
        model.layers[3].rng = np.random.default_rng(k)
        loss = nn.softmax_cross_entropy(model(x), labels)
        parameters = list(model.parameters())
        for p, g in zip(parameters, az.gradient(loss, parameters), strict=True):
            p.data = p.data - rate * g
    return {name: np.array(a) for name, a in model.state_dict().items()}


@pytest.mark.parametrize(
    "name",
    [
        "numpy",
        "array_api_strict",
        pytest.param("torch", marks=pytest.mark.oracle),
        pytest.param("jax.numpy", marks=pytest.mark.oracle),
    ],
)
def test_five_steps_of_training_by_replay_are_our_own(name, request):
    jit = request.getfixturevalue("jax").jit if name == "jax.numpy" else lambda f: f
    xp, convert = engine(name)
    program, rate = recorded(network()), 0.1
    step = jit(program.replay(xp))
    weights = {x.name: convert(x.value) for x in program.leaves[1:]}
    kept = {x.name: convert(np.asarray(x.value)) for x in program.given[1:-1]}
    for k in range(5):
        x, labels = batch(k)
        D = (np.random.default_rng(k).random((8, 6)) >= 0.5).astype(float)
        given = {"labels": convert(labels), "3.D": convert(D)}
        found = dict(zip(program.outputs, step(convert(x), *weights.values(), **kept, **given), strict=True))
        kept = {key: found[key] for key in kept}
        weights = {key: w - rate * found[f"grad.{key}"] for key, w in weights.items()}
    wanted = ours(5, rate)
    assert {*weights, *kept} == set(wanted)
    for key, a in {**weights, **kept}.items():
        np.testing.assert_allclose(np.asarray(a), wanted[key], rtol=1e-12, atol=1e-12, err_msg=key)


def network_example(name, dtype):
    rng = np.random.default_rng(0)
    images = rng.standard_normal((2, 1, 8, 8)).astype(dtype)
    if name == "cnn":
        return models.cnn(rng, channels=3, dtype=dtype), (images,)
    if name == "vgg":
        return models.vgg(rng, channels=2, dtype=dtype), (images,)
    return models.resnet(rng, channels=2, dtype=dtype), (images,)


@pytest.mark.parametrize("name", ["cnn", "vgg", "resnet"])
def test_networks_replay_at_other_inputs_with_their_gradients(name):
    model, examples = network_example(name, np.float64)
    model.eval()
    program = az.record(model, *examples, grad=True)
    x = np.random.default_rng(5).standard_normal(examples[0].shape)
    parameters = list(model.parameters())
    for p in parameters:
        p.data = p.data * 1.1 + 0.01
    t = az.Tensor(x)
    y = model(t)
    g = np.random.default_rng(6).standard_normal(y.shape)
    wanted = [y.data, *az.gradient(y, [t, *parameters], g)]
    named = {path: p.data for path, p in model.named_parameters()}
    leaves = [x if leaf.name == program.leaves[0].name else named[leaf.name] for leaf in program.leaves]
    found = dict(zip(program.outputs, program.replay()(*leaves, g=g), strict=True))
    paths = {id(p): path for path, p in model.named_parameters()}
    names = [program.leaves[0].name, *(paths[id(p)] for p in parameters)]
    scale = max(float(np.abs(a).max()) for a in wanted)
    for a, key in zip(wanted, ["y", *(f"grad.{key}" for key in names)], strict=True):
        np.testing.assert_allclose(found[key], a, rtol=1e-11, atol=1e-12 * scale, err_msg=key)


def test_a_language_model_that_takes_characters():
    model = models.gru(np.random.default_rng(0), 7, hidden=5)
    text = np.array([[0, 1], [6, 3], [2, 2]])
    program = az.record(lambda x: model(x)[0], text, grad=True)
    other = np.array([[4, 5], [0, 0], [1, 6]])
    found = program.replay()(*(x.value for x in program.leaves), x=other)[0]
    np.testing.assert_allclose(found, model(other)[0].data, rtol=1e-5, atol=1e-6)
