"""The networks: how many parameters, what goes in and out, gradients, and torchvision's weights and outputs."""

import re
import sys
from pathlib import Path
from types import ModuleType
from unittest import mock

import numpy as np
import pytest

import autograd_zoo as az
from autograd_zoo import models, nn
from autograd_zoo.models.catalogue import table
from autograd_zoo.models.parts import adaptive_avg_pool
from autograd_zoo.models.weights import NAMES

BIG = {"alexnet", "vgg16", "wide_resnet50", "se_resnet50", "resnext50", "seq2seq", "bert", "gpt", "unet", "xception"}
NETWORKS = [pytest.param(name, marks=[pytest.mark.slow] * (name in BIG)) for name in models.NETWORKS]
SMALL = {  # for what is too large to be run in every test
    "seq2seq": lambda rng: models.seq2seq(rng, 50, 40, embedding=6, hidden=8, alignment=7, maxout=5),
    "bert": lambda rng: models.bert(rng, vocab_size=50, hidden_size=8, num_layers=2, num_heads=2, intermediate_size=16),
    "gpt": lambda rng: models.gpt(rng, 50, block_size=16, n_layer=2, n_head=2, n_embd=8),
    "unet": lambda rng: models.unet(rng, channels=2),
}


class Nothing(np.random.Generator):
    """Draws nothing but 0, at no cost: for what is counted, or loaded."""

    def uniform(self, low=0.0, high=1.0, size=()):
        return np.broadcast_to(np.float32(0.0), size)

    normal = uniform


def empty(build, **options):
    return build(Nothing(np.random.PCG64(0)), **options)


def outputs(y):
    return y if isinstance(y, tuple) else (y,)


# ---- how many parameters ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", models.NETWORKS)
def test_a_network_has_the_published_number_of_parameters(name):
    network = models.NETWORKS[name]
    assert sum(p.size for p in empty(network.build).parameters()) == network.parameters


VARIANTS = {
    "efficientnet of φ = 1 is torchvision's B2": (models.efficientnet, {"phi": 1}, 9_109_994),
    "Inception-v3 without the second classifier": (models.inception_v3, {"aux": False}, 23_834_568),
    "ShuffleNet of one group": (models.shufflenet_v1, {"groups": 1}, 1_531_936),
    "ShuffleNet of two groups": (models.shufflenet_v1, {"groups": 2}, 1_733_848),
    "ShuffleNet of four groups": (models.shufflenet_v1, {"groups": 4}, 1_968_344),
    "ShuffleNet of eight groups": (models.shufflenet_v1, {"groups": 8}, 2_434_768),
    "nanoGPT for Shakespeare, of 10.65 million and 98,304 for places": (
        lambda rng, **sizes: models.gpt(rng, 65, **sizes),
        {"block_size": 256, "n_layer": 6, "n_head": 6, "n_embd": 384, "bias": False},
        10_745_088,
    ),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_has_its_number_of_parameters(name):
    build, options, count = VARIANTS[name]
    assert sum(p.size for p in empty(build, **options).parameters()) == count


def test_rnnsearch_has_the_matrices_of_its_paper():
    K, m, n, a, q = 11, 3, 4, 5, 2
    encoder, decoder, attention = 2 * 3 * n * (m + n), 3 * n * (m + n + 2 * n), a * n + a * 2 * n + a
    wanted = 2 * K * m + encoder + n * n + attention + decoder + 2 * q * (n + m + 2 * n) + K * q
    model = models.seq2seq(np.random.default_rng(0), K, K, embedding=m, hidden=n, alignment=a, maxout=q)
    assert sum(p.size for p in model.parameters()) == wanted


def test_the_table_of_the_docs_is_what_the_networks_are():
    text = Path(__file__).parents[1].joinpath("docs", "models.md").read_text(encoding="utf-8")
    assert f"-->\n{table()}<!-- end -->" in text, "write it anew: python docs/generated.py"


# ---- forward and backward -----------------------------------------------------------------------------------------


def run(model, inputs):
    """Run it, sweep, and return its outputs; every parameter that took part has a finite gradient."""
    ys = outputs(model(*inputs))
    sum(np.sum(y * np.cos(np.arange(y.size)).reshape(y.shape).astype(y.dtype)) for y in ys).backward()
    parts = {path: p for path, p in model.named_parameters() if model.training or not path.startswith("AuxLogits")}
    assert [path for path, p in parts.items() if p.grad is None or not np.isfinite(p.grad).all()] == []
    assert {p.grad.dtype for p in parts.values()} == {y.dtype for y in ys} == {np.dtype(np.float32)}
    assert all(np.isfinite(y.data).all() for y in ys)
    return ys


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_goes_forward_and_backward(name):
    network = models.NETWORKS[name]
    model, rng = network.build(np.random.default_rng(0)).eval(), np.random.default_rng(1)
    y = run(model, network.sample(rng))[0]
    if network.inputs[0][1:2] == (3,):
        assert y.shape == (2, 1000)


@pytest.mark.parametrize("name", SMALL)
def test_a_network_of_other_sizes_goes_forward_and_backward(name):
    network, rng = models.NETWORKS[name], np.random.default_rng(1)
    inputs = [x % 40 if network.tokens else x for x in network.sample(rng)]
    run(SMALL[name](np.random.default_rng(0)).train(), inputs)


@pytest.mark.slow
def test_inception_gives_two_scores_while_it_trains():
    model = models.inception_v3(np.random.default_rng(0))
    x = np.random.default_rng(1).standard_normal((2, 3, 299, 299)).astype(np.float32)
    assert [y.shape for y in run(model, [x])] == [(2, 1000), (2, 1000)]


# ---- what a prediction may depend on ------------------------------------------------------------------------------


def changes(model, inputs, which, place, symbol=41):
    """Where the outputs of language models change, when one symbol of one input does: bool (T,)."""
    other = [x.copy() for x in inputs]
    other[which][0, place] = symbol
    first, second = (outputs(model(*given))[0].data[0] for given in (inputs, other))
    return np.abs(first - second).max(axis=-1) > 0


def tokens(*shape):
    return np.random.default_rng(2).integers(0, 40, shape)


@pytest.mark.parametrize("alibi", [False, True])
def test_gpt_never_looks_ahead(alibi):
    model = models.gpt(np.random.default_rng(0), 50, block_size=16, n_layer=2, n_head=2, n_embd=8, alibi=alibi).eval()
    assert changes(model, [tokens(2, 9)], 0, 4).tolist() == [False] * 4 + [True] * 5


def test_bert_looks_in_both_directions_and_not_at_padding():
    model, x = SMALL["bert"](np.random.default_rng(0)).eval(), tokens(2, 9)
    assert changes(model, [x], 0, 4).all()
    padding = np.arange(9) >= 6
    first, second = (model(t, padding=np.stack([padding] * 2))[0].data for t in (x, np.where(padding, 1, x)))
    np.testing.assert_array_equal(first[:, :6], second[:, :6])
    third = model(x, np.ones_like(x))[0].data
    assert np.abs(first - third).max() > 1e-3


def test_a_translation_sees_all_of_the_source_and_what_it_has_written():
    model, inputs = SMALL["seq2seq"](np.random.default_rng(0)), [tokens(2, 6), tokens(2, 5)]
    assert changes(model, inputs, 0, 5).all() and changes(model, inputs, 0, 0).all()
    assert changes(model, inputs, 1, 2, 39).tolist() == [False] * 3 + [True] * 2


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: SMALL["gpt"](np.random.default_rng(0))(tokens(1, 17)), "17 tokens are more than a block of 16"),
        (lambda: SMALL["bert"](np.random.default_rng(0))(tokens(1, 5), tokens(1, 4)), "segments (1, 4) must have"),
        (lambda: SMALL["seq2seq"](np.random.default_rng(0))(tokens(2, 5), tokens(1, 4)), "must be (N, S) and (N, T)"),
        (lambda: SMALL["unet"](np.random.default_rng(0))(np.ones((1, 1, 189, 188))), "cannot be halved"),
        (lambda: models.shufflenet_v1(np.random.default_rng(0), groups=5), "groups must be one of 1, 2, 3, 4, 8"),
    ],
)
def test_what_does_not_fit_is_said(call, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        call()


def test_u_net_has_its_paper_s_sizes():
    model = SMALL["unet"](np.random.default_rng(0))
    kinds = [type(m).__name__ for m in model.modules()]
    assert kinds.count("Conv2d") + kinds.count("ConvTranspose2d") == 23
    assert model(np.zeros((1, 1, 572, 572), np.float32)).shape == (1, 2, 388, 388)


def test_a_vae_reconstructs_from_noise_and_learns():
    model = models.vae(np.random.default_rng(0), 12, hidden=16, latent=2)
    x = (np.arange(48).reshape(4, 12) % 5 < 2).astype(np.float32)
    assert not np.array_equal(model(x)[0].data, model(x)[0].data)
    optimizer, losses = az.optim.Adam(model.parameters(), lr=1e-2), []
    for _ in range(80):
        losses.append(model.loss(x))
        model.zero_grad()
        losses[-1].backward()
        optimizer.step()
    assert losses[-1].item() < 0.8 * losses[0].item()
    y, mean, log_variance = (part.data for part in model.eval()(x))
    np.testing.assert_array_equal(model(x)[0].data, y)
    p = 1.0 / (1.0 + np.exp(-y.astype(float)))
    said = -np.sum(x * np.log(p) + (1 - x) * np.log(1 - p), axis=1)
    distance = np.sum(mean**2 + np.exp(log_variance) - log_variance - 1.0, axis=1) / 2.0
    assert model.loss(x).item() == pytest.approx(np.mean(said + distance), rel=1e-5)


@pytest.mark.parametrize("drop", [0.0, 0.3])
def test_stochastic_depth_leaves_out_whole_samples_and_keeps_the_mean(drop):
    layer, x = models.StochasticDepth(drop, rng=np.random.default_rng(0)), np.ones((4000, 2, 3), np.float32)
    y = layer(x)
    assert y.dtype == np.float32 and {float(v) for v in np.unique(y)} <= {0.0, float(np.float32(1 / (1 - drop)))}
    assert np.array_equal(y.min(axis=(1, 2)), y.max(axis=(1, 2))) and abs(y.mean() - 1.0) < 0.05
    assert np.array_equal(layer.eval()(x), x)


# ---- torchvision --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def torchvision():
    """torchvision's models; its operators, which do not load beside every build of PyTorch, are not needed."""
    pytest.importorskip("torch")
    missing = "torchvision._meta_registrations"
    sys.modules.setdefault(missing, ModuleType(missing))
    yield pytest.importorskip("torchvision.models", reason="torchvision is not installed")
    sys.modules.pop(missing)


def theirs(torchvision, name):
    """torchvision's model in float64 with every number drawn, also what starts as 0 or 1."""
    import torch

    model = getattr(torchvision, name)(**({"init_weights": False} if name == "inception_v3" else {})).double().eval()
    rng = np.random.default_rng(0)
    for key, tensor in model.state_dict().items():
        if tensor.dtype != torch.float64:
            tensor.zero_()
            continue
        fan = max(1, tensor[0].numel()) if tensor.ndim > 1 else 100
        drawn = np.resize(rng.standard_normal(10007), tuple(tensor.shape)) * np.sqrt(2.0 / fan)
        scale = key.endswith("running_var") or (tensor.ndim == 1 and key.endswith("weight"))
        tensor.copy_(torch.from_numpy(0.5 + np.abs(drawn) if scale else drawn))
    return model


THEIRS = {name: network for name, network in models.NETWORKS.items() if network.torchvision}
SLOW = {"alexnet", "vgg16", "wide_resnet50", "inception_v3", "resnext50", "resnet50", "densenet121"}


CASES = [pytest.param(n, np.float64, marks=[pytest.mark.slow] * (n in SLOW)) for n in THEIRS]


@pytest.mark.oracle
@pytest.mark.parametrize(("name", "dtype"), [*CASES, ("shufflenet_v2", np.float32), ("efficientnet_b0", np.float32)])
def test_with_torchvision_s_weights_outputs_and_gradients_are_torchvision_s(torchvision, name, dtype):
    import torch

    network = THEIRS[name]
    other = theirs(torchvision, network.torchvision)
    model = models.from_torchvision(empty(network.build, dtype=dtype).eval(), other.state_dict())
    x = network.sample(np.random.default_rng(1))[0][:1].astype(dtype)
    leaf, there = az.Tensor(x), torch.from_numpy(x.astype(float)).requires_grad_()
    y, wanted = model(leaf), other(there)
    (y**2).sum().backward()
    (wanted**2).sum().backward()
    unit = {np.float64: 1e-8, np.float32: 1e-3}[dtype]
    for found, expected in ((y.data, wanted.detach().numpy()), (leaf.grad, there.grad.numpy())):
        assert found.dtype == dtype
        np.testing.assert_allclose(found, expected, rtol=unit, atol=unit * np.abs(expected).max())


@pytest.mark.oracle
def test_the_numbers_of_parameters_are_those_that_torchvision_publishes(torchvision):
    for name, network in THEIRS.items():
        assert torchvision.get_model_weights(network.torchvision).DEFAULT.meta["num_params"] == network.parameters, name


@pytest.mark.oracle
def test_every_rule_of_names_is_needed(torchvision):
    for cls, rules in NAMES.items():
        (name,) = [n for n, network in THEIRS.items() if network.build.__annotations__["return"] == cls.__name__]
        state = theirs(torchvision, THEIRS[name].torchvision).state_dict()
        model = empty(THEIRS[name].build)
        for rule in rules:
            with mock.patch.dict(NAMES, {cls: {key: value for key, value in rules.items() if key != rule}}):
                with pytest.raises(ValueError, match="does not belong"):
                    models.from_torchvision(model, state)


def test_a_state_that_does_not_fit_is_refused_whole():
    model = models.shufflenet_v2(np.random.default_rng(0))
    before = nn.to_torch(model)
    state = before | {"fc.bias": np.ones(3)}
    with pytest.raises(ValueError, match=r"fc\.bias must have shape"):
        models.from_torchvision(model, state)
    with pytest.raises(ValueError, match=r"missing .*fc\.bias"):
        models.from_torchvision(model, {key: value for key, value in before.items() if key != "fc.bias"})
    with pytest.raises(TypeError, match="must be a dict"):
        models.from_torchvision(model, list(before))
    assert all(np.array_equal(value, before[key]) for key, value in nn.to_torch(model).items())


@pytest.mark.oracle
@pytest.mark.parametrize("shape", [(7, 7), (6, 13), (1, 3), (14, 2), (5, 32)])
@pytest.mark.parametrize("size", [1, 6, 7])
def test_adaptive_means_are_pytorch_s(shape, size):
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(0).standard_normal((2, 3, *shape))
    leaf, there = az.Tensor(x), torch.from_numpy(x).requires_grad_()
    y, wanted = adaptive_avg_pool(leaf, size), torch.nn.functional.adaptive_avg_pool2d(there, size)
    np.testing.assert_allclose(y.data, wanted.detach().numpy(), rtol=1e-12, atol=1e-14)
    (y**2).sum().backward()
    (wanted**2).sum().backward()
    np.testing.assert_allclose(leaf.grad, there.grad.numpy(), rtol=1e-12, atol=1e-14)
