"""No silent wrong gradient: whatever is changed between forward pass and sweep, the answer is right or an error."""

import numpy as np
import pytest
from every import every

import autograd_zoo as az

# Each attack gets the arrays of one computation after its forward pass, and writes to whatever it can reach. It must be
# stopped by the error named here, or have no effect (None): the gradients are those of the values that were recorded.


class Computation:
    """Something of x and w whose gradients depend on every array, each of them still in the caller's hands."""

    def __init__(self):
        self.source = np.array([1.0, -2.0, 3.0])
        self.base = np.arange(6.0)
        self.view = self.base[1:4]
        self.older = self.view[:]
        self.mask = np.array([True, False, True])
        self.index = np.array([0, 2, 0])
        self.listed = [0.5, 0.5, 1.0]
        self.scale = np.array(2.0)
        self.seed = np.array([1.0, 10.0, 100.0])
        self.x = az.Tensor(self.source)
        self.w = az.nn.Parameter(np.array([1.0, 2.0, 3.0]))
        self.h = np.exp(self.x * self.view * self.scale * 0.1)
        kept = np.where(self.mask, self.h * self.w[self.index], self.x * self.listed)
        kept = kept + self.x * self.x * self.w
        self.y = kept.at[self.index[:1]].add(self.x[self.mask][:1] ** 2)

    def gradients(self):
        return az.gradient(self.y, [self.x, self.w], self.seed)


def overwrite(array):
    array[...] = 777.0


def through_memoryview(array):
    memoryview(array).cast("B")[:] = bytes(array.nbytes)


LOCKED = ValueError  # NumPy's word for writing to a read-only array
ATTACKS = {
    "the array of a constant": (None, lambda c: overwrite(c.view)),
    "an older view of it": (None, lambda c: overwrite(c.older)),
    "its base": (None, lambda c: overwrite(c.base)),
    "np.copyto": (None, lambda c: np.copyto(c.view, 777.0)),
    "out=": (None, lambda c: np.add(c.base, 1.0, out=c.base)),
    "np.put": (None, lambda c: np.put(c.base, [1, 2, 3], 777.0)),
    "in-place sort": (None, lambda c: c.base[::-1].sort()),
    "a memoryview": (None, lambda c: through_memoryview(c.base)),
    "a constant without axes": (None, lambda c: overwrite(c.scale)),
    "a constant that was a list": (None, lambda c: c.listed.__setitem__(0, 777.0)),
    "the source of a leaf": (None, lambda c: overwrite(c.source)),
    "the data of a leaf": (LOCKED, lambda c: overwrite(c.x.data)),
    "the data of a parameter": (LOCKED, lambda c: overwrite(c.w.data)),
    "a view of the data of a leaf": (LOCKED, lambda c: overwrite(c.x.data[1:])),
    "unlocking the data of a leaf": (LOCKED, lambda c: c.x.data.setflags(write=True)),
    "the base of the data of a leaf": (LOCKED, lambda c: overwrite(c.x.data.base)),
    "np.copyto onto a leaf": (LOCKED, lambda c: np.copyto(c.x.data, 777.0)),
    "+= onto the data of a leaf": (LOCKED, lambda c: c.w.data.__iadd__(1.0)),
    "fill": (LOCKED, lambda c: c.x.data.fill(777.0)),
    "np.put on a leaf": (LOCKED, lambda c: np.put(c.x.data, [0], 777.0)),
    "np.putmask": (LOCKED, lambda c: np.putmask(c.x.data, True, 777.0)),
    "np.nan_to_num(copy=False)": (LOCKED, lambda c: np.nan_to_num(c.x.data, copy=False)),
    "sort on a leaf": (LOCKED, lambda c: c.x.data.sort()),
    "byteswap": (LOCKED, lambda c: c.x.data.byteswap(inplace=True)),
    "flat": (LOCKED, lambda c: c.x.data.flat.__setitem__(0, 777.0)),
    "shuffle": (LOCKED, lambda c: np.random.default_rng(0).shuffle(c.x.data)),
    "random numbers": (LOCKED, lambda c: np.random.default_rng(0).random(out=c.x.data)),
    "another dtype": (LOCKED, lambda c: overwrite(c.x.data.view(np.int32))),
    "as_strided": (LOCKED, lambda c: np.lib.stride_tricks.as_strided(c.x.data, writeable=True).fill(777.0)),
    "frombuffer": (LOCKED, lambda c: overwrite(np.frombuffer(c.x.data))),
    "resize": (None, lambda c: c.x.data.resize((3, 1), refcheck=False)),
    "a memoryview of a leaf": (TypeError, lambda c: through_memoryview(c.x.data)),
    "DLPack of a leaf": ((LOCKED, BufferError), lambda c: overwrite(np.from_dlpack(c.x.data))),
    "a saved output": (LOCKED, lambda c: overwrite(c.h.data)),
    "a detached twin": (LOCKED, lambda c: overwrite(c.h.detach().data)),
    "a detached twin given new data": (None, lambda c: setattr(c.x.detach(), "data", np.zeros(3))),
    "a reshaped twin": (LOCKED, lambda c: overwrite(c.x.reshape(3, 1).T.data)),
    "unlocking a reshaped twin": (LOCKED, lambda c: c.x.reshape(3, 1).data.setflags(write=True)),
    "the base of a slice": (LOCKED, lambda c: overwrite(c.x[1:].data.base)),
    "a broadcast twin": (LOCKED, lambda c: overwrite(np.broadcast_to(c.x, (2, 3)).data)),
    "the diagonal": (LOCKED, lambda c: overwrite(np.diagonal(c.x.reshape(1, 3)).data)),
    "windows": (LOCKED, lambda c: overwrite(az.primitives.windows.windows(c.x, (2,)).data)),
    "out= of a function without gradient": (LOCKED, lambda c: np.isneginf(c.base[1:4], out=c.x)),
    "out= of another": ((LOCKED, TypeError), lambda c: np.argmax(np.ones((3, 3)), 0, c.x)),
    "item assignment": (TypeError, lambda c: c.x.__setitem__(0, 777.0)),
    "an index array": (None, lambda c: overwrite(c.index)),
    "a mask": (None, lambda c: np.logical_not(c.mask, out=c.mask)),
    "rebinding a leaf": (None, lambda c: setattr(c.x, "data", np.zeros(3))),
    "the new array of a rebound leaf": (None, lambda c: rebind_and_overwrite(c.x)),
    "an optimizer's step": (None, lambda c: step(c)),
    "load_state_dict": (None, lambda c: load(c)),
}


REBINDING = {"rebinding a leaf", "the new array of a rebound leaf", "an optimizer's step", "load_state_dict"}


def rebind_and_overwrite(leaf):
    new = np.zeros(3)
    leaf.data = new
    overwrite(new)


def step(c):
    (c.w * c.w).sum().backward()
    az.optim.SGD([c.w], lr=0.1).step()


def load(c):
    model = az.nn.Module()
    model.w = c.w
    model.load_state_dict({"w": np.full(3, 777.0)})


def carry_out(attack, computation):
    error, write = ATTACKS[attack]
    if error is None:
        write(computation)
    else:
        with pytest.raises(error):
            write(computation)


def same(grads, expected):
    return all(np.array_equal(a, b) for a, b in zip(grads, expected, strict=True))


@every("attack", ATTACKS)
def test_a_write_between_forward_pass_and_sweep_is_stopped_or_without_effect(attack):
    expected = Computation().gradients()
    c = Computation()
    carry_out(attack, c)
    assert same(c.gradients(), expected)


@every("attack", ATTACKS)
def test_a_recorded_sweep_is_right_or_refused_after_a_write(attack):
    def second(c):
        (gx,) = az.gradient(c.y, [c.x], c.seed, create_graph=True)
        return az.gradient((gx * gx).sum(), [c.x, c.w])

    expected = second(Computation())
    c = Computation()
    carry_out(attack, c)
    try:
        found = second(c)
    except RuntimeError as error:
        assert attack in REBINDING and "was given new data after" in str(error)
    else:
        assert same(found, expected)


@pytest.mark.xfail(reason="NumPy's ufunc.at writes to read-only arrays (2.4)", strict=False)
def test_ufunc_at_is_stopped():
    x = az.Tensor([1.0, 2.0])
    with pytest.raises(LOCKED):
        np.add.at(x.data, [0], 777.0)


def test_rebinding_between_two_derivatives_leaves_the_second_right():
    x = az.Tensor([1.0, 2.0])
    (g,) = az.gradient((x**3).sum(), [x], create_graph=True)
    x.data = np.array([50.0, 60.0])
    np.testing.assert_array_equal(az.gradient(g.sum(), [x])[0], [6.0, 12.0])


# ---- what is handed out -----------------------------------------------------------------------------------------

GIVES_GRADIENTS = {
    "gradient": lambda y, xs: az.gradient(y, xs),
    "backward": lambda y, xs: (y.backward(retain_grads=True), [x.grad for x in xs])[1],
}


@pytest.mark.parametrize("how", GIVES_GRADIENTS)
@pytest.mark.parametrize(
    "f",
    [
        lambda a, b: a + b,
        lambda a, b: (a + 1.0) + (b + 1.0),
        lambda a, b: (a + b).reshape(2, 1).ravel(),
        lambda a, b: (a + b).T + (b + a),
        lambda a, b: np.stack([a, b])[0] + b,
        lambda a, b: np.concatenate([a, b])[1:3],
        lambda a, b: a * b + np.positive(a),
        lambda a, b: np.where([True, False], a, b),
        lambda a, b: a.sum() + b.sum() + a * 0.0,
        lambda a, b: a.at[:1].set(b[:1]) + b,
    ],
)
def test_a_gradient_handed_out_belongs_to_the_caller_alone(f, how):
    a, b = az.Tensor([1.0, 2.0]), az.Tensor([3.0, 4.0])
    h = f(a, b)
    y = (h * 1.0).sum()
    first = GIVES_GRADIENTS[how](y, [a, b, h])
    expected = [g.copy() for g in first]
    for i, g in enumerate(first):
        assert g.flags.writeable and not any(np.shares_memory(g, other) for other in first[:i])
        assert not any(np.shares_memory(g, t.data) for t in az.Tape(y))
        assert not any(np.shares_memory(g, np.asarray(s)) for t in az.Tape(y) for s in t.saved)
        g[...] = 777.0
    a.grad = b.grad = h.grad = None
    for g, e in zip(GIVES_GRADIENTS[how](y, [a, b, h]), expected, strict=True):
        np.testing.assert_array_equal(g, e)


def test_gradients_of_two_results_that_have_one_cotangent_are_two_arrays():
    x = az.Tensor([1.0, 2.0])
    h, k = x * 2.0, x * 3.0
    by_h, by_k = az.gradient((h + k) * 1.0, [h, k], [1.0, 10.0])
    by_h[...] = 777.0
    np.testing.assert_array_equal(by_k, [1.0, 10.0])


def test_inputs_of_a_joint_rule_get_arrays_of_their_own():
    @az.primitive
    def total(a, b):
        return a * 1.0 + b

    def joint(g, y, a, b):
        shared = g * 2.0
        return shared, shared

    az.defvjp(total, joint=joint)
    a, b = az.Tensor([1.0, 2.0]), az.Tensor([3.0, 4.0])
    total(a, b).sum().backward()
    a.grad[...] = 777.0
    np.testing.assert_array_equal(b.grad, [2.0, 2.0])


def test_the_seed_is_not_handed_out():
    x, seed = az.Tensor([1.0, 2.0]), np.array([3.0, 4.0])
    (g,) = az.gradient(x, [x], seed)
    g[...] = 0.0
    np.testing.assert_array_equal(seed, [3.0, 4.0])
    (x * 1.0 + x).backward(seed)
    seed[...] = 0.0
    np.testing.assert_array_equal(x.grad, [6.0, 8.0])


def test_gradients_of_earlier_sweeps_do_not_change_under_the_users_hands():
    x = az.Tensor([1.0, 2.0])
    y = (x * x).sum()
    y.backward()
    first = x.grad
    kept = first.copy()
    y.backward()
    np.testing.assert_array_equal(first, kept)
    np.testing.assert_array_equal(x.grad, 2 * kept)


def test_a_gradient_that_is_assigned_is_copied():
    x, g = az.Tensor([1.0, 2.0]), np.array([5.0, 6.0])
    x.grad = g
    g[...] = 0.0
    np.testing.assert_array_equal(x.grad, [5.0, 6.0])


def test_parameters_given_to_an_operation_are_frozen():
    @az.primitive
    def scaled(x, *, by):
        return x * by

    az.defvjp(scaled, lambda g, y, x, by: g * by)
    x, by = az.Tensor([1.0, 2.0]), np.array([3.0, 4.0])
    y = scaled(x, by=by)
    by[...] = 777.0
    np.testing.assert_array_equal(az.gradient(y.sum(), [x])[0], [3.0, 4.0])


def test_lists_and_arrays_of_indices_are_frozen():
    t = az.Tensor(np.arange(12.0).reshape(3, 4))
    axis, indices = [0, 1], [0, 2]
    y = t.take(indices, axis=0).sum(axis=tuple(axis))
    z = np.take(t, np.array(indices), axis=0)
    indices[0] = 1
    assert all(
        isinstance(v, (np.ndarray, tuple, int, str, bool)) for node in az.Tape(y, z) for v in node.params.values()
    )
    np.testing.assert_array_equal(az.gradient(y, [t])[0], [[1.0] * 4, [0.0] * 4, [1.0] * 4])


def test_a_list_of_parameters_may_change_after_it_was_given():
    w = [az.nn.Parameter([1.0]), az.nn.Parameter([2.0])]
    optimizer = az.optim.SGD(w, lr=0.5)
    y = w[0] * w[1]
    xs = list(w)
    w.clear()
    y.backward()
    optimizer.step()
    assert [p.data.item() for p in xs] == [0.0, 1.5]
    y, given = xs[0] * xs[1], [xs[0]]
    (g,) = az.gradient(y, given, create_graph=True)
    given.clear()
    assert az.gradient(g, [xs[1]])[0] == 1.0


# ---- item assignment: the functional form is the only one, and earlier consumers keep what they had -------------


def test_at_leaves_earlier_consumers_alone():
    t = az.Tensor([1.0, 2.0, 3.0])
    before = (t * t).sum()
    t2 = t.at[1].set(t[0] * t[2])
    t3 = t2.at[0].multiply(t2[1])
    (before + (t3 * t3).sum()).backward()
    a, _, c = t.data

    def f(t):
        a, _, c = t
        return np.sum(t * t) + (a * a * c) ** 2 + (a * c) ** 2 + c * c

    assert (before + (t3 * t3).sum()).item() == f(t.data)
    np.testing.assert_allclose(
        t.grad, [2 * a + 4 * a**3 * c**2 + 2 * a * c**2, 4.0, 2 * c + 2 * a**4 * c + 2 * a**2 * c + 2 * c]
    )


def test_augmented_assignment_makes_a_new_value():
    t = x = az.Tensor([1.0, 2.0])
    y = t * t
    t += 1.0
    t *= 2.0
    assert t is not x
    np.testing.assert_array_equal(x.data, [1.0, 2.0])
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, [2.0, 4.0])
