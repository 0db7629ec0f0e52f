"""The small VGG and ResNet: what they are made of, that they learn, and that a seed draws them."""

import numpy as np
import pytest
from differences import directional

import autograd_zoo as az
from autograd_zoo import models, nn, optim
from autograd_zoo.models import vision

each_model = pytest.mark.parametrize("build", [vision.vgg, vision.resnet])


def images(count):
    """Noise in which a class is a bright row."""
    rng = np.random.default_rng(0)
    labels = np.arange(count) % 4
    x = 0.3 * rng.standard_normal((count, 1, 8, 8))
    x[np.arange(count), 0, 2 * labels] += 1.0
    return x.astype(np.float32), labels


@each_model
def test_it_is_float32_and_drawn_by_its_seed(build):
    first, again = (build(np.random.default_rng(3)) for _ in range(2))
    assert {p.dtype for p in first.parameters()} == {np.dtype(np.float32)}
    x, _ = images(4)
    np.testing.assert_array_equal(first(x).data, again(x).data)
    assert first(x).shape == (4, 10) and first(x).dtype == np.float32


@each_model
def test_it_learns(build):
    model, (x, labels) = build(np.random.default_rng(0), channels=4), images(32)
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(15):
        loss = nn.softmax_cross_entropy(model(x), labels)
        model.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.2 * losses[0]
    assert np.mean(np.argmax(model.eval()(x).data, axis=1) == labels) > 0.9


@each_model
def test_its_gradients_are_those_of_differences(build):
    model = build(np.random.default_rng(0), channels=2, dtype=np.float64)
    x = images(3)[0].astype(float)
    direction = np.random.default_rng(1).standard_normal(x.shape)

    leaf = az.Tensor(x)
    found = np.sum(az.gradient((model(leaf) ** 2).sum(), [leaf])[0] * direction)
    expected = directional(lambda x: np.sum(model(x).data ** 2), [x], [direction], 1e-6)
    assert found == pytest.approx(expected, rel=1e-5)


def test_a_resnet_has_torchvision_s_names_and_any_number_of_stages():
    model = models.ResNet((2, 1, 1, 1), channels=2, classes=10, in_channels=1, small=True, rng=np.random.default_rng(0))
    names = {name.replace("layers.", "").rpartition(".")[0] for name, _ in model.named_parameters()}
    assert {"conv1", "bn1", "layer1.0.conv1", "layer1.1.bn2", "layer4.0.downsample.0", "fc"} <= names
    assert model(images(2)[0]).shape == (2, 10)
    assert [model.layer4[0].conv1.W.shape[0], model.layer1[0].downsample] == [16, None]
