"""Training: the loop, what it reports, and that the model of the command line learns the digits."""

import numpy as np
import pytest

from autograd_zoo import data, nn, train


def blobs(seed=0, n=60):
    """Two classes of points that a line tells apart."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return rng.standard_normal((n, 2)) * 0.3 + np.where(y, 1.0, -1.0)[:, None], y


def run(epochs=5, seed=0, **more):
    X, y = blobs()
    rng = np.random.default_rng(seed)
    model = nn.Linear(2, 2, rng=rng)
    return model, list(train.train(model, X, y, epochs=epochs, rng=rng, **more))


def test_epochs_are_numbered_and_the_loss_falls():
    _, epochs = run(lr=0.05)
    assert [epoch.number for epoch in epochs] == [1, 2, 3, 4, 5]
    assert epochs[-1].loss < 0.5 * epochs[0].loss
    assert epochs[-1].accuracy == 1.0


def test_a_seed_repeats_a_run_to_the_bit():
    (first, epochs), (second, again), (other, _) = run(), run(), run(seed=1)
    assert epochs == again
    assert np.array_equal(first.W.data, second.W.data)
    assert not np.array_equal(first.W.data, other.W.data)


def test_what_is_reported_is_the_mean_over_the_epoch():
    X, y = blobs(n=8)
    model = nn.Linear(2, 2, rng=np.random.default_rng(0))
    scores = model(X)
    (epoch,) = train.train(model, X, y, epochs=1, rng=np.random.default_rng(0), batch_size=8)
    assert epoch.loss == pytest.approx(nn.softmax_cross_entropy(scores, y).item(), rel=1e-14)
    assert epoch.accuracy == train.accuracy(lambda_model(scores.data), X, y)


def lambda_model(scores):
    """A module that answers with these scores whatever it is asked."""
    return type("Answers", (nn.Module,), {"forward": lambda self, x: scores})()


def test_epochs_come_one_by_one():
    X, y = blobs()
    model = nn.Linear(2, 2, rng=np.random.default_rng(0))
    before = model.W.data
    epochs = train.train(model, X, y, epochs=2, rng=np.random.default_rng(0))
    assert model.W.data is not None and np.array_equal(model.W.data, before)
    next(epochs)
    after = model.W.data
    assert not np.array_equal(after, before)
    next(epochs)
    assert not np.array_equal(model.W.data, after)
    assert next(epochs, None) is None


def test_progress_wraps_the_batches_of_an_epoch():
    sizes = []

    def progress(batches):
        sizes.append([len(labels) for _, labels in batches])
        return batches

    run(epochs=2, batch_size=25, progress=progress)
    assert sizes == [[25, 25, 10]] * 2


@pytest.mark.parametrize("training", [True, False])
def test_accuracy_is_of_the_model_in_evaluation_which_is_put_back(training):
    X, y = blobs()
    model = nn.Sequential(nn.Dropout(0.9, rng=np.random.default_rng(0)), nn.Linear(2, 2)).train(training)
    model[1].W.data, model[1].b.data = np.array([[-1.0, -1.0], [1.0, 1.0]]), np.zeros(2)
    assert train.accuracy(model, X, y) == 1.0
    assert train.accuracy(model, X, 1 - y) == 0.0
    assert [m.training for m in model.modules()] == [training] * 3


def test_accuracy_is_put_back_after_an_error_too():
    model = nn.Sequential(nn.Linear(2, 2)).train()
    with pytest.raises(ValueError, match="does not fit"):
        train.accuracy(model, np.ones((3, 5)), np.zeros(3, int))
    assert model.training and model[0].training


@pytest.mark.parametrize("name", train.MODELS)
def test_a_model_takes_digits_to_ten_scores_and_starts_from_its_seed(name):
    first, again, other = (train.MODELS[name](np.random.default_rng(seed))(np.ones((3, 64))).data for seed in (0, 0, 1))
    assert first.shape == (3, 10)
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_the_default_run_learns_the_digits():
    pytest.importorskip("sklearn")
    X, y = data.digits("train", seed=0)
    rng = np.random.default_rng(0)
    model = train.mlp(rng)
    *_, last = train.train(model, X, y, epochs=20, rng=rng)
    assert last.accuracy > 0.99
    assert train.accuracy(model, *data.digits("test", seed=0)) > 0.96
