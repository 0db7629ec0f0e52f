"""Models: shapes, seeds, dtypes, and what a prediction may depend on."""

import numpy as np
import pytest

from autograd_zoo import models

IMAGES = np.ones((3, 1, 8, 8), np.float32)
TEXT = np.arange(12).reshape(4, 3) % 7
MODELS = {
    "mlp": (models.mlp, IMAGES, (3, 10)),
    "cnn": (models.cnn, IMAGES, (3, 10)),
    "vgg": (models.vgg, IMAGES, (3, 10)),
    "resnet": (models.resnet, IMAGES, (3, 10)),
    "gru": (lambda rng: models.gru(rng, 7, hidden=8), TEXT, (4, 3, 7)),
    "lstm": (lambda rng: models.lstm(rng, 7, hidden=8), TEXT, (4, 3, 7)),
    "gpt": (lambda rng: models.reader(rng, 7, width=8), TEXT, (4, 3, 7)),
    "transformer": (lambda rng: models.transformer(rng, 7, width=8), TEXT, (4, 3, 7)),
}


def scores(model, x):
    y = model(x)
    return (y[0] if isinstance(y, tuple) else y).data


@pytest.mark.parametrize("name", MODELS)
def test_a_model_has_its_scores_and_starts_from_its_seed(name):
    build, x, shape = MODELS[name]
    first, again, other = (scores(build(np.random.default_rng(seed)).eval(), x) for seed in (0, 0, 1))
    assert first.shape == shape
    assert np.array_equal(first, again) and not np.array_equal(first, other)


@pytest.mark.parametrize("name", sorted(set(MODELS) - {"mlp"}))
def test_parameters_and_scores_are_float32(name):
    build, x, _ = MODELS[name]
    model = build(np.random.default_rng(0))
    assert {p.dtype for p in model.parameters()} == {np.dtype(np.float32)}
    assert scores(model, x).dtype == np.float32


@pytest.mark.parametrize("name", MODELS)
def test_every_parameter_is_trained(name):
    build, x, _ = MODELS[name]
    model = build(np.random.default_rng(0))
    y = model(x * np.random.default_rng(0).random(x.shape, np.float32) if x is IMAGES else x)
    ((y[0] if isinstance(y, tuple) else y) ** 3).sum().backward()
    assert [path for path, p in model.named_parameters() if p.grad is None] == []


@pytest.mark.parametrize("build", [models.gru, models.lstm])
def test_a_language_model_goes_on_from_its_state_and_never_looks_ahead(build):
    model = build(np.random.default_rng(0), 7, hidden=8)
    whole, _ = model(TEXT)
    first, state = model(TEXT[:2])
    second, _ = model(TEXT[2:], state)
    np.testing.assert_allclose(np.concatenate([first, second]).data, whole.data, rtol=1e-5, atol=1e-6)


def test_a_gpt_reads_in_windows_what_it_would_read_at_once():
    model = models.reader(np.random.default_rng(0), 7, block_size=16, width=8).eval()
    text = np.random.default_rng(1).integers(0, 7, (40, 3))
    whole, _ = model(text)
    first, state = model(text[:24])
    second, _ = model(text[24:], state)
    np.testing.assert_array_equal(np.concatenate([first, second]).data, whole.data)
    at_once = np.swapaxes(model.gpt(text[24:40].T), 0, 1).data
    np.testing.assert_allclose(whole.data[32:], at_once[8:], rtol=1e-5, atol=1e-6)
    far, near = (np.where(np.arange(40)[:, None] == k, (text + 1) % 7, text) for k in (23, 24))
    assert np.array_equal(model(far)[0].data[-1], whole.data[-1])
    assert not np.array_equal(model(near)[0].data[-1], whole.data[-1])


def test_all_that_is_written_may_depend_on_all_that_was_read():
    model = models.transformer(np.random.default_rng(0), 7, width=8)
    x = np.array([[1, 2, 3]])
    changed = [np.where(np.arange(3) == k, 5, x) for k in range(3)]
    differences = [np.abs(scores(model, x) - scores(model, other)).max(axis=-1) for other in changed]
    assert np.min(differences) > 1e-4
