"""A masked array is refused wherever a Tensor or an array is taken, with the sentence of `Tensor(masked)`."""

import numpy as np
import pytest
from every import every

import autograd_zoo as az
from autograd_zoo import data, io, nn, optim
from autograd_zoo.zoo import ZOO

REFUSED = r"a Tensor has no mask: pass array\.filled\(value\)"
FLOATS = np.ma.masked_array([1.0, 2.0, 3.0], [False, True, False])
WHOLE = np.ma.masked_array([0, 1, 2], [False, True, False])
MASK = np.ma.masked_array([True, False, True], [False, True, False])


def leaf():
    return az.Tensor([1.0, 2.0, 3.0])


def adam():
    opt = optim.Adam([leaf()])
    opt.step([np.ones(3)])
    return opt


WAYS = {
    "Tensor": lambda: az.Tensor(FLOATS),
    "Tensor of a list": lambda: az.Tensor([FLOATS, [1.0, 2.0, 3.0]]),
    "Tensor of nested lists": lambda: az.Tensor([[[1.0]], ([FLOATS[1]],)]),
    "Parameter": lambda: nn.Parameter(FLOATS),
    "grad": lambda: setattr(leaf(), "grad", FLOATS),
    "data": lambda: setattr(leaf(), "data", FLOATS),
    "a constant": lambda: leaf() * FLOATS,
    "a constant of a ufunc": lambda: np.hypot(FLOATS, leaf()),
    "a comparison": lambda: leaf() > FLOATS,
    "a cotangent": lambda: (leaf() * 2.0).backward(FLOATS),
    "a cotangent that is differentiated": lambda: az.gradient(leaf(), [], FLOATS, create_graph=True),
    "vjp": lambda: az.vjp(np.sin, np.ones(3))[1](FLOATS),
    "jvp": lambda: az.jvp(np.sin, (np.ones(3),), (FLOATS,)),
    "hvp": lambda: az.hvp(lambda x: np.sum(x**3), np.ones(3), FLOATS),
    "grad of": lambda: az.grad(np.sum)(FLOATS),
    "check_gradients": lambda: az.check_gradients(np.sin, FLOATS),
    "an index": lambda: leaf()[WHOLE],
    "a mask": lambda: leaf()[MASK],
    "an index in a tuple": lambda: leaf()[None, WHOLE],
    "at": lambda: leaf().at[WHOLE].add(1.0),
    "a value at": lambda: leaf().at[:].set(FLOATS),
    "where": lambda: np.where(MASK, leaf(), 0.0),
    "select": lambda: np.select([MASK], [leaf()]),
    "choose": lambda: np.choose(WHOLE, [leaf()] * 3),
    "take": lambda: np.take(leaf(), WHOLE),
    "repeat": lambda: np.repeat(leaf(), WHOLE),
    "pad": lambda: np.pad(leaf(), WHOLE[:2]),
    "clip": lambda: np.clip(leaf(), FLOATS, 9.0),
    "dot": lambda: np.dot(FLOATS, leaf()),
    "concatenate": lambda: np.concatenate([leaf(), FLOATS]),
    "labels": lambda: nn.softmax_cross_entropy(np.zeros((3, 3)), WHOLE),
    "targets": lambda: nn.squared_error(np.zeros(3), FLOATS),
    "one_hot": lambda: data.one_hot(WHOLE, 3),
    "batches": lambda: list(data.batches(np.zeros((3, 2)), WHOLE, 2, rng=np.random.default_rng(0))),
    "embedding": lambda: nn.Embedding(4, 2)(WHOLE),
    "an attention mask": lambda: nn.masked_softmax(np.zeros((3, 3)), MASK),
    "a frozen module": lambda: nn.Linear(3, 2).freeze()(FLOATS),
    "step": lambda: adam().step([FLOATS]),
    "the memory of an optimizer": lambda: adam().load_state_dict({**adam().state_dict(), "state.0.exp_avg": FLOATS}),
    "load_state_dict": lambda: nn.LayerNorm(3).load_state_dict({"gamma": FLOATS, "beta": np.zeros(3)}),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_masked_array_is_refused(way):
    with pytest.raises(TypeError, match=REFUSED):
        WAYS[way]()


@pytest.mark.parametrize("suffix", ["npz", "safetensors"])
def test_a_masked_array_is_not_saved(suffix, tmp_path):
    with pytest.raises(TypeError, match=REFUSED):
        io.save(tmp_path / f"weights.{suffix}", {"W": np.ones(3), "mask": FLOATS})
    assert not list(tmp_path.iterdir())


@every("specimen", ZOO, ids=lambda s: s.name)
def test_no_module_takes_a_masked_input(specimen):
    rng = np.random.default_rng(0)
    x = specimen.domain(rng, specimen.shapes[0])
    inputs = [x, *specimen.others(rng, x)]
    for k, array in enumerate(inputs):
        if isinstance(array, np.ndarray):
            masked = [np.ma.masked_array(a) if i == k else a for i, a in enumerate(inputs)]
            with pytest.raises(TypeError, match=REFUSED):
                specimen.run(*masked, **specimen.variants[0])
