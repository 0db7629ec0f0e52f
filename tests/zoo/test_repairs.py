"""The least repairs: found by search, the same as the rows have, and what an edit is."""

from pathlib import Path

import numpy as np
import pytest

from autograd_zoo.zoo import repairs
from autograd_zoo.zoo.errata import find
from autograd_zoo.zoo.repairs import WRONG, edits, holds, let, value
from autograd_zoo.zoo.verdicts import judged

PAGE = Path(__file__).parents[2] / "docs" / "verdicts.md"
LEAST = {
    "recurrent.simple_rnn.dW": (1, ["h_t → h_{t−1}"]),
    "recurrent.simple_rnn.dU": (1, ["x_t → x_{t−1}"]),
    "recurrent.simple_rnn.dV": (1, ["x_t → h_t"]),
    "linear.linear.dW.kronecker": (2, None),
    "recurrent.lstm.dC": (2, ["o_t → o_{t−1}; C_{t+1} → C_t, each"]),
    "normalization.batch_norm.dx": (1, ["m_t → M_t, each"]),
}


@pytest.fixture(scope="module")
def lines():
    return repairs.lines()


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.id)
def test_the_least_repair_is_found_and_the_row_has_none_that_is_shorter(wrong, lines):
    count, ways = LEAST[wrong.id]
    [line] = [line for line in lines if line.startswith(f"| {wrong.id} ")]
    assert f"| {count} |" in line
    if ways:
        assert line.endswith(f"| {' or '.join(f'`{way}`' for way in ways)} |")
    assert judged(find(wrong.id)).repair.count(";") + 1 == count


def test_the_page_has_the_table(lines):
    text = PAGE.read_text(encoding="utf-8")
    assert all(line in text for line in lines), "write it anew: python docs/generated.py"


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.id)
def test_the_tree_is_wrong_as_the_formula_is(wrong):
    samples = [wrong.sample(np.random.default_rng(seed)) for seed in range(10, 13)]
    assert not holds(wrong, wrong.tree, samples)


def test_an_edit_is_one_change():
    tree = ("@", let("a"), let("b"))
    trees = {shown: new for shown, new in edits(tree, ("a", "b"))}
    for expected in [
        ("@", let("b"), let("a")),
        ("T", tree),
        ("@", ("T", let("a")), let("b")),
        ("@", let("a", 1), let("b")),
        ("−", tree),
        let("a"),
        ("@", tree, let("b")),
    ]:
        assert expected in trees.values()
    assert tree not in trees.values()


def test_values_are_strict():
    env = {"a": [np.ones((2, 1)), np.ones((2, 1))], "b": [np.ones((1, 2))] * 2}
    assert value(("@", let("a"), let("b")), env, 0).shape == (2, 2)
    with pytest.raises(ValueError, match="⊙ needs equal shapes"):
        value(("⊙", let("a"), let("b")), env, 0)
    with pytest.raises(IndexError, match="a has no value at 2"):
        value(let("a", 1), env, 1)
    np.testing.assert_array_equal(value(("sum", let("a", -1)), env, 0), 2 * np.ones((2, 1)))
