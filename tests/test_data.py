"""Digits, text, sequences, one-hot targets and mini-batches."""

import math
import sys
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from refused import refused

from autograd_zoo import data


def rows(X):
    return sorted(X.reshape(len(X), 64).tolist())


def test_digits_are_those_of_scikit_learn():
    sklearn = pytest.importorskip("sklearn.datasets")
    X, y = data.digits()
    raw = sklearn.load_digits()
    assert X.shape == (1797, 64) and X.dtype == np.float64 and y.dtype == np.int64
    assert np.array_equal(X * 16, raw.data) and np.array_equal(y, raw.target)
    assert X.min() == 0.0 and X.max() == 1.0


@pytest.mark.parametrize("fraction", [0.2, 0.5, 0.05])
@pytest.mark.parametrize("seed", [0, 7])
def test_the_parts_are_disjoint_complete_and_fair(seed, fraction):
    pytest.importorskip("sklearn")
    X, y = data.digits()
    train, test = (data.digits(part, seed=seed, test_fraction=fraction) for part in ("train", "test"))
    assert rows(np.concatenate([train[0], test[0]])) == rows(X)
    counts = np.bincount(test[1], minlength=10)
    assert np.abs(counts - fraction * np.bincount(y)).max() <= 0.5
    again = data.digits("test", seed=seed, test_fraction=fraction)
    assert np.array_equal(again[0], test[0]) and np.array_equal(again[1], test[1])


def test_another_seed_gives_other_parts():
    pytest.importorskip("sklearn")
    assert not np.array_equal(data.digits("test", seed=0)[0], data.digits("test", seed=1)[0])


def test_digits_as_images_and_in_float32():
    pytest.importorskip("sklearn")
    X, _ = data.digits("test")
    images, _ = data.digits("test", images=True, dtype=np.float32)
    assert images.shape == (len(X), 1, 8, 8) and images.dtype == np.float32
    assert np.array_equal(images.reshape(-1, 64), X)


def test_without_scikit_learn_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match="pip install scikit-learn"):
        data.digits()


@pytest.mark.parametrize("shape", [(), (5,), (2, 3), (0,)])
def test_one_hot_has_a_single_one_at_the_label(shape):
    y = np.random.default_rng(0).integers(0, 4, shape)
    rows = data.one_hot(y, 4, dtype=np.float32)
    assert rows.shape == (*shape, 4) and rows.dtype == np.float32
    assert np.array_equal(rows.argmax(axis=-1), y) and np.array_equal(rows.sum(axis=-1), np.ones(shape))


@given(st.integers(0, 30), st.integers(1, 12), st.booleans(), st.booleans())
def test_a_pass_has_every_pair_once(count, size, shuffle, drop_last):
    X, y = np.arange(2.0 * count).reshape(count, 2), np.arange(count)
    rng = np.random.default_rng(0)
    found = list(data.batches(X, y, size, rng=rng, shuffle=shuffle, drop_last=drop_last))
    assert all(np.array_equal(xk[:, 0], 2.0 * yk) for xk, yk in found)
    seen = [label for _, yk in found for label in yk.tolist()]
    assert len(seen) == len(set(seen)) == (count - count % size if drop_last else count)
    assert all(len(yk) == size for _, yk in found[: count // size])
    assert shuffle or seen == sorted(seen)


def test_batches_are_copies_in_a_new_order_each_pass():
    X, y = np.arange(100.0)[:, None], np.arange(100)
    rng = np.random.default_rng(0)
    first, second = (np.concatenate([yk for _, yk in data.batches(X, y, 10, rng=rng)]) for _ in range(2))
    assert not np.array_equal(first, second)
    for xk, yk in data.batches(X, y, 10, shuffle=False):
        xk[:], yk[:] = -1, -1
    assert X.min() == 0 and y.min() == 0


def test_no_paragraph_of_the_text_comes_twice():
    text = data.topics()
    paragraphs = text.strip("\n").split("\n\n")
    assert len(paragraphs) == len(set(paragraphs)) > 1000
    assert len(text) > 200_000 and text.isprintable() is False and "\t" not in text


def test_the_parts_of_the_text_are_its_beginning_and_its_end():
    (train, alphabet), (test, same), (all_, _) = (data.characters(part) for part in ("train", "test", None))
    assert alphabet == same == "".join(sorted(set(data.topics())))
    assert data.decode(np.concatenate([train, test]), alphabet) == data.topics() == data.decode(all_, alphabet)
    assert len(test) == pytest.approx(0.1 * len(all_), abs=1) and test.dtype == np.int64


def test_without_the_documentation_of_python_a_sentence_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "pydoc_data.topics", None)
    with pytest.raises(ImportError, match="comes without pydoc_data"):
        data.topics()


@given(st.text("abcdé\n", min_size=2, max_size=200))
def test_bits_of_a_text_by_itself_are_the_entropies_of_its_counts(text):
    x = data.encode(text, "\nabcdé")
    assert data.decode(x, "\nabcdé") == text

    def entropy(items):
        counts = Counter(items)
        return -sum(n / counts.total() * math.log2(n / counts.total()) for n in counts.values())

    assert data.bits(x, 6) == pytest.approx(entropy(text), abs=1e-12)
    pairs = entropy(pairwise(text)) - entropy(text[:-1])  # H(second | first)
    assert data.bits(x, 6, after=1) == pytest.approx(pairs, abs=1e-12)


@pytest.mark.parametrize("after", [0, 1])
def test_bits_by_the_counts_of_another_text_are_more_than_by_its_own(after):
    (train, alphabet), (test, _) = (data.characters(part) for part in ("train", "test"))
    own = data.bits(test, len(alphabet), after=after)
    other = data.bits(test, len(alphabet), after=after, counted=train)
    assert own < other < math.log2(len(alphabet))


def test_smoothed_counts_are_a_distribution():
    x = data.encode("abac", "abcd")
    each = [data.bits(np.array([0, k]), 4, after=1, counted=x) for k in range(4)]  # what may follow an a
    assert sum(2.0**-b for b in each) == pytest.approx(1.0)
    assert each[1] == pytest.approx(-math.log2((1 + 0.1) / (2 + 0.4)))


@pytest.mark.parametrize("what", ["sort", "copy"])
def test_sequences_and_their_answers(what):
    x, y = data.sequences(what, 50, rng=np.random.default_rng(0), length=6, symbols=4)
    assert x.shape == y.shape == (50, 6) and set(x.ravel().tolist()) == {0, 1, 2, 3}
    assert y.tolist() == [sorted(row) if what == "sort" else row for row in x.tolist()]
    assert not np.shares_memory(x, y)


X, Y = np.zeros((4, 2)), np.zeros(4, int)
RNG = np.random.default_rng(0)
BAD = [
    (lambda: data.characters("valid"), ValueError, "split must be 'train', 'test' or None for all, got 'valid'"),
    (lambda: data.characters(test_fraction=0.0), ValueError, "test_fraction must lie between 0 and 1, got 0.0"),
    (lambda: data.encode("abz", "abc"), ValueError, "the alphabet of 3 characters has no 'z'; leave it out"),
    (lambda: data.bits(Y, 3, after=2), ValueError, "or 1 for pairs, got 2"),
    (lambda: data.sequences("srot", 1, rng=RNG), ValueError, "can be for 'sort' or 'copy', got 'srot'"),
    (lambda: data.sequences("sort", 0, rng=RNG), ValueError, "count must be at least 1, got 0"),
    (lambda: data.digits("valid"), ValueError, "split must be 'train', 'test' or None for all, got 'valid'"),
    (lambda: data.digits("test", test_fraction=1.0), ValueError, "test_fraction must lie between 0 and 1, got 1.0"),
    (lambda: data.one_hot([0, 3], 3), ValueError, "labels must lie in 0 ... 2 for classes=3, got 3"),
    (lambda: data.one_hot([0, -1], 3), ValueError, "got -1"),
    (lambda: data.one_hot([0.0, 1.0], 3), TypeError, "whole numbers, got float64; convert them with"),
    (lambda: data.batches(X, Y[:3], 2), ValueError, "one row for each example, got shapes (4, 2) and (3,)"),
    (lambda: data.batches(X, np.array(1), 2), ValueError, "got shapes (4, 2) and ()"),
    (lambda: data.batches(X, Y, 0), ValueError, "batch_size must be a whole number of at least 1, got 0"),
    (lambda: data.batches(X, Y, 2.0), ValueError, "got 2.0"),
    (lambda: data.batches(X, Y, 2, rng=0), TypeError, "rng must be a np.random.Generator or None, got 0"),
]


test_bad_input_is_refused_at_the_call = refused((call, error, [text]) for call, error, text in BAD)
