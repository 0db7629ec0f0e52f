"""Whole networks as programs: right at other inputs, with their gradients, and in ONNX Runtime."""

import numpy as np
import pytest
from program.cases import error

import autograd_zoo as az
from autograd_zoo import models

SMALL = {  # what is too large for a test has other sizes
    "seq2seq": lambda rng: models.seq2seq(rng, 50, 40, embedding=6, hidden=8, alignment=7, maxout=5),
    "bert": lambda rng: models.bert(rng, vocab_size=50, hidden_size=8, num_layers=2, num_heads=2, intermediate_size=16),
    "gpt": lambda rng: models.gpt(rng, 50, block_size=16, n_layer=2, n_head=2, n_embd=8),
    "unet": lambda rng: models.unet(rng, channels=1),
}
QUICK = {"shufflenet_v2", "gpt", "bert", "seq2seq", "vae"}  # one of each kind; the others take seconds each
NETWORKS = [pytest.param(name, marks=[] if name in QUICK else [pytest.mark.slow]) for name in models.NETWORKS]


def network(name):
    """A network in evaluation, and two samples."""
    row = models.NETWORKS[name]
    model = SMALL.get(name, row.build)(np.random.default_rng(0)).eval()
    first, other = (row.sample(np.random.default_rng(seed)) for seed in (1, 2))
    return model, *([x % 40 if row.tokens else x for x in sample] for sample in (first, other))


def outputs(y):
    return [t for t in (y if isinstance(y, tuple) else (y,))]


def arranged(program, model, inputs):
    """The leaves and what is given, for inputs in the place of the examples."""
    held = {path: p.data for path, p in model.named_parameters()}
    free = [x for x in (*program.leaves, *program.given) if not x.kept and x.name != "g"]
    named = dict(zip([x.name for x in free], inputs, strict=True))
    leaves = [named[x.name] if x.name in named else held[x.name] for x in program.leaves]
    return leaves, {x.name: named[x.name] for x in program.given if x.name in named}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_replays_at_other_inputs_with_its_gradients(name):
    model, first, other = network(name)
    program = az.record(lambda *xs: outputs(model(*xs))[0], *first, grad=True)
    leaves, given = arranged(program, model, other)
    y = outputs(model(*other))[0]
    g = np.random.default_rng(3).standard_normal(y.shape).astype(y.dtype)
    found = dict(zip(program.outputs, program.replay()(*leaves, **given, g=g), strict=True))
    parameters = dict(model.named_parameters())
    wanted = az.gradient(y, list(parameters.values()), g, allow_unused=True)
    assert error(found["y"], y.data) < 1e-5
    grads = [(found.get(f"grad.{path}"), b) for path, b in zip(parameters, wanted, strict=True)]
    scale = max(float(np.abs(b).max()) for _, b in grads)
    assert all(np.abs(b).max() == 0 if a is None else np.abs(a - b).max() <= 1e-4 * scale for a, b in grads)


@pytest.mark.parametrize("name", [pytest.param("resnet18", marks=pytest.mark.slow), "gpt", "bert", "shufflenet_v2"])
def test_a_network_runs_in_onnx_runtime_and_is_opened_again(name, tmp_path):
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    from program.test_onnx import run

    model, first, other = network(name)
    program = az.record(model, *first)
    written = az.onnx.export(program, tmp_path / "network.onnx")
    leaves, given = arranged(program, model, other)
    wanted = outputs(model(*other))
    for a, b in zip(run(written, program, leaves, given), wanted, strict=True):
        assert error(a, b.data) < 1e-5
    opened = az.onnx.load(tmp_path / "network.onnx")
    for a, b in zip(outputs(opened(*other)), wanted, strict=True):
        assert error(a.data, b.data) < 1e-5
