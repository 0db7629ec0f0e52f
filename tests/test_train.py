"""Training: the loop, what it keeps in files, and that the tasks are learned."""

import json
import re
from contextlib import nullcontext

import numpy as np
import pytest

import autograd_zoo as az
from autograd_zoo import data, models, nn, train
from autograd_zoo.train import loop
from autograd_zoo.train.text import streams


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


def test_training_runs_on_fused_modules_and_comes_to_what_composed_ones_do(monkeypatch):
    """But for rounding: one float32 has 7 digits, and a hundred steps are made of it."""
    X, y = data.digits("train", images=True, seed=0, dtype=np.float32)
    found = []
    for fused in (az.fused, nullcontext):
        monkeypatch.setattr(loop, "fused", fused)
        rng = np.random.default_rng(0)
        model = models.mlp(rng)
        losses = [epoch.loss for epoch in train.train(model, X[:320], y[:320], epochs=2, rng=rng)]
        found.append([*losses, train.accuracy(model, X[:50], y[:50])])
        (batch,) = loop.classified(model, [(X[:5], y[:5])])
        operations = {getattr(t.op, "__name__", None) for t in az.Tape(batch.loss)}
        assert ("softmax_cross_entropy" in operations) == (fused is az.fused)
    np.testing.assert_allclose(*found, rtol=1e-4)


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


# ---- one loop for all tasks -----------------------------------------------------------------------------------------


def test_the_learning_rate_rises_and_falls_whatever_is_to_come():
    rate = loop.rate(10)
    found = [rate(t, 2.0) for t in (0, 5, 10, 40)]
    np.testing.assert_allclose(found, [0.2, 1.1, 2.0, 1.0])
    assert [loop.rate(0)(t, 2.0) for t in (0, 7)] == [2.0, 2.0]


def test_gradients_are_clipped_before_a_step(monkeypatch):
    X, y = blobs()
    norms = []
    step = az.optim.Adam.step
    lengths = lambda opt: float(np.sqrt(sum(np.sum(p.grad**2) for p in opt.params)))  # noqa: E731
    monkeypatch.setattr(az.optim.Adam, "step", lambda opt: (norms.append(lengths(opt)), step(opt)))
    model = nn.Linear(2, 2, rng=np.random.default_rng(0))
    training = train.Training(model, np.random.default_rng(0), max_norm=1e-3)
    training.epoch(train.classified(model, [(X, y)]))
    assert norms == [pytest.approx(1e-3, rel=1e-2)]


def test_a_loss_that_is_no_number_ends_training_before_the_step():
    X, y = blobs()
    model = nn.Linear(2, 2, rng=np.random.default_rng(0))
    training = train.Training(model, np.random.default_rng(0), lr=0.5)
    before = model.state_dict()
    with pytest.raises(train.Diverged, match=r"batch 1 of epoch 1 is nan: .* below 0\.5"):
        training.epoch(train.classified(model, [(X * np.nan, y)]))
    assert all(np.array_equal(before[name], a) for name, a in model.state_dict().items())


def equal(first, second):
    return first.keys() == second.keys() and all(
        np.array_equal(a, second[name]) and np.asarray(a).dtype == np.asarray(second[name]).dtype
        for name, a in first.items()
    )


@pytest.mark.parametrize("draws", [0, 1, 2])
def test_a_generator_goes_on_where_its_state_was_taken(draws):
    rng, other = np.random.default_rng(5), np.random.default_rng(6)
    rng.integers(0, 2**30, draws, dtype=np.int32)  # takes half a word, and keeps the other half
    loop.set_generator_state(other, loop.generator_state(rng))
    assert np.array_equal(rng.integers(0, 2**30, 5, dtype=np.int32), other.integers(0, 2**30, 5, dtype=np.int32))
    assert np.array_equal(rng.random(5), other.random(5))


# ---- tasks, in small ------------------------------------------------------------------------------------------------

WORDS = "the cat sat on a mat and saw her hat so she ran to him".split()
TEXT = "The " + " ".join(np.random.default_rng(0).choice(WORDS, 900))


def task(name, seed=0):
    """A task with few and small batches."""
    if name == "digits":
        pytest.importorskip("sklearn")
    sizes = {"digits": 4, "text": 8}
    more = {"sample": 20} if name == "text" else {}
    return train.TASKS[name](seed=seed, batch_size=sizes.get(name, 8), steps=2, **more)


@pytest.fixture
def small_text(monkeypatch):
    monkeypatch.setattr(data.text, "topics", lambda: TEXT)


RUNS = [
    *(("digits", model) for model in ("mlp", "cnn", "vgg", "resnet")),
    *(("text", model) for model in ("gru", "lstm", "gpt")),
    *(("sort", "transformer"), ("copy", "transformer")),
]


def advance(what, training, epochs):
    return [training.epoch(what.losses(training.model, what.batches(training.rng))) for _ in range(epochs)]


@pytest.mark.parametrize(("name", "model"), RUNS)
def test_epochs_after_a_break_are_those_without_one_to_the_bit(tmp_path, small_text, name, model):
    what = task(name)
    settings = train.Settings(name, model, 0, 3, 4, 1e-2, what.data)
    straight, before, after = (what.start(model, seed, 1e-2) for seed in (0, 0, 1))
    epochs = advance(what, straight, 3)
    head = advance(what, before, 1)
    train.save(tmp_path / "run.npz", before, settings)
    found, state = train.load(tmp_path / "run.npz")
    assert found == settings
    after.load_state_dict(state)
    assert head + advance(what, after, 2) == epochs
    assert equal(after.state_dict(), straight.state_dict())
    assert list(what.judge(after.model)) == list(what.judge(straight.model))


def test_a_state_goes_through_safetensors_too(tmp_path):
    what = task("sort")
    training = what.start("transformer", 0, 1e-2)
    advance(what, training, 1)
    train.save(tmp_path / "run.safetensors", training, train.Settings("sort", "transformer", 0, 3, 8, 1e-2))
    _, state = train.load(tmp_path / "run.safetensors")
    assert equal(state, {name: np.asarray(value) for name, value in training.state_dict().items()})


BROKEN = [
    (lambda s: s.pop("rng"), "has rng, which is missing here"),
    (lambda s: s.pop("model.W"), "missing ['W']"),
    (lambda s: s.update(rng=s["rng"][:5]), "uint64[6], got uint64[5]"),
    (lambda s: s.update({"optimizer.state.0.exp_avg": np.ones(3)}), "must be float64[2, 2]"),
    (lambda s: s.update(steps=-1), "steps must be one whole number of at least 0, got array(-1)"),
    (lambda s: s.update(epochs=np.ones(2)), "epochs must be one whole number of at least 0"),
]


@pytest.mark.parametrize(("breaking", "text"), BROKEN, ids=[text for _, text in BROKEN])
def test_a_state_that_does_not_fit_changes_nothing(breaking, text):
    X, y = blobs()
    trainings = [
        train.Training(nn.Linear(2, 2, rng=np.random.default_rng(s)), np.random.default_rng(s)) for s in (0, 1)
    ]
    for training in trainings:
        training.epoch(train.classified(training.model, [(X, y)]))
    state, before = trainings[0].state_dict(), trainings[1].state_dict()
    breaking(state)
    with pytest.raises(ValueError, match=re.escape(text)):
        trainings[1].load_state_dict(state)
    assert equal(trainings[1].state_dict(), before)


def as_bytes(settings):
    return np.frombuffer(json.dumps(settings).encode(), np.uint8)


GOOD = {"task": "sort", "model": "transformer", "seed": 0, "steps": None, "batch_size": 4, "lr": 0.1, "data": ""}


@pytest.mark.parametrize(
    "settings",
    [
        None,
        np.zeros(3),
        as_bytes([]),
        as_bytes({}),
        as_bytes(GOOD | {"seed": "0"}),
        as_bytes(GOOD | {"batch_size": True}),
        as_bytes(GOOD | {"batch_size": 0}),
        as_bytes(GOOD | {"lr": np.inf}),
        as_bytes(GOOD | {"more": 1}),
    ],
    ids=["none", "numbers", "list", "empty", "text", "bool", "no batch", "infinite", "more"],
)
def test_a_file_that_no_training_wrote_is_refused(tmp_path, settings):
    az.io.save(tmp_path / "run.npz", {"W": np.eye(2)} | ({} if settings is None else {"settings": settings}))
    with pytest.raises(az.io.WeightsError, match="no settings of a training in it"):
        train.load(tmp_path / "run.npz")


def test_a_trial_leaves_nothing_behind(tmp_path):
    training = train.Training(nn.Linear(2, 2), np.random.default_rng(0))
    settings = train.Settings(**GOOD)
    train.try_saving(tmp_path / "run.npz", training, settings)
    assert list(tmp_path.iterdir()) == []
    for wrong, kind in (("none/run.npz", OSError), ("run.pt", ValueError), ("", OSError)):
        with pytest.raises(kind):
            train.try_saving(tmp_path / wrong, training, settings)
    assert list(tmp_path.iterdir()) == []


# ---- what is learned ------------------------------------------------------------------------------------------------


def test_the_default_run_learns_the_digits():
    pytest.importorskip("sklearn")
    X, y = data.digits("train", seed=0)
    rng = np.random.default_rng(0)
    model = models.mlp(rng)
    *_, last = train.train(model, X, y, epochs=20, rng=rng)
    assert last.accuracy > 0.99
    assert train.accuracy(model, *data.digits("test", seed=0)) > 0.96


@pytest.mark.parametrize("model", ["cnn", "vgg", "resnet"])
def test_a_convolutional_network_learns_most_of_the_digits_in_an_epoch(model):
    pytest.importorskip("sklearn")
    what = train.Digits(seed=0, batch_size=32, steps=None)
    training = what.start(model, 0, 3e-3)
    advance(what, training, 1)
    assert train.accuracy(training.model, *what.test) > 0.7


@pytest.mark.parametrize("model", ["gru", "lstm"])
def test_a_language_model_comes_below_the_entropies_of_its_text(small_text, model):
    what = train.Text(seed=0, batch_size=8, steps=None, window=16, sample=60)
    K = len(what.alphabet)
    unigrams, bigrams = (data.bits(what.test, K, after=after) for after in (0, 1))
    training = what.start(model, 0, 1e-2)
    untrained = what.held_out(training.model)
    advance(what, training, 5)
    assert what.held_out(training.model) < bigrams < unigrams < untrained
    line, _, *written = what.judge(training.model)
    assert re.fullmatch(r"held out \d\.\d{3} bits per character, below the \d\.\d{3} of its own bigrams", line)
    assert set(" ".join(written).split()) & set(WORDS)


def test_the_state_is_carried_from_window_to_window(small_text):
    what = train.Text(seed=0, batch_size=4, steps=3, window=16)
    model = what.start("gru", 0, 1e-2).model
    batches = what.batches(np.random.default_rng(0))
    windows = [batch.loss.item() for batch in what.losses(model, batches)]
    x, y = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    assert np.mean(windows) == pytest.approx(nn.softmax_cross_entropy(model(x)[0], y).item(), rel=1e-5)


def test_windows_follow_one_another_and_begin_elsewhere_each_epoch(small_text):
    what = train.Text(seed=0, batch_size=4, steps=3, window=16)
    rng, begun = np.random.default_rng(0), set()
    for _ in range(8):
        x, y = (np.concatenate(parts) for parts in zip(*what.batches(rng), strict=True))
        (first,) = [k for k in range(16) if np.array_equal(what.streams[0][k : k + 48], x)]
        assert np.array_equal(what.streams[1][first : first + 48], y)
        begun.add(first)
    assert len(begun) > 3


def test_streams_are_the_text_side_by_side():
    x, y = streams(np.arange(100), 7)
    assert x.shape == y.shape == (14, 7)
    assert np.array_equal(x.T.ravel(), np.arange(98)) and np.array_equal(y, x + 1)
    with pytest.raises(ValueError, match="3 characters cannot be read as 4 streams"):
        streams(np.arange(3), 4)


class Fixed(nn.Module):
    """Always the same scores: symbol 2 is e times as likely as the others."""

    def forward(self, x, state=None):
        return az.Tensor(np.broadcast_to([0.0, 0.0, 1.0], (*x.shape, 3))), state


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_a_sample_follows_the_scores_at_the_temperature(temperature):
    prompt = np.array([0, 1])
    written = train.sample(Fixed(), prompt, 4000, rng=np.random.default_rng(0), temperature=temperature)
    assert np.array_equal(written[:2], prompt) and len(written) == 4002
    share = np.exp(1 / temperature) / (2 + np.exp(1 / temperature))
    assert np.mean(written[2:] == 2) == pytest.approx(share, abs=0.03)


def test_a_sample_is_continued_as_if_it_were_read_anew(small_text):
    what = train.Text(seed=0, batch_size=4, steps=1)
    model = what.start("lstm", 0, 1e-2).model
    cold = {"rng": np.random.default_rng(0), "temperature": 1e-4}  # always the likeliest
    written = train.sample(model, what.prompt, 12, **cold)
    assert np.array_equal(train.sample(model, written[:10], len(written) - 10, **cold), written)


def test_a_transformer_learns_to_sort_what_it_read():
    small = train.Sequences("sort", seed=0, batch_size=32, steps=40, length=3, symbols=4)
    training = small.start("transformer", 0, 5e-3)
    *_, last = advance(small, training, 3)
    assert last.accuracy > 0.9
    *examples, line = small.judge(training.model)
    assert float(re.fullmatch(r"test sequences without a mistake (\d+\.\d\d)%", line)[1]) > 95
    assert all(re.fullmatch(r"  \d( \d){2}  →  \d( \d){2}  (right|wrong)", example) for example in examples)


@pytest.mark.parametrize("words", [[0, 0, 0, 1, 2, 0], [0, 0, 0, 1, 1, 2**32], [0, 0, 0, 2, 0, 0], [2**64 - 1] * 6])
def test_words_that_no_generator_has_are_refused(words):
    rng = np.random.default_rng(3)
    before = train.loop.generator_state(rng)
    with pytest.raises(ValueError, match="no words of a generator's state"):
        train.loop.set_generator_state(rng, np.array(words, np.uint64))
    assert np.array_equal(train.loop.generator_state(rng), before)


@pytest.mark.parametrize("value", [[1.0, 2.0], [], [[0.1]], True])
def test_a_setting_of_the_wrong_kind_is_a_wrong_state(value):
    training = train.Training(az.nn.Linear(2, 2), np.random.default_rng(0))
    state = training.state_dict()
    with pytest.raises(ValueError, match=r"no state_dict of|must be"):
        training.load_state_dict({**state, "optimizer.hyper.lr": np.array(value)})
    assert training.optimizer.lr == state["optimizer.hyper.lr"]
