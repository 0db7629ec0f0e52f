"""Programs at inputs other than those recorded, by every engine: values and gradients are those of our own tape."""

import numpy as np
import pytest
from every import every
from program.cases import JITTED, case, engine, replayed, require_near

import autograd_zoo as az

ZOO = az.zoo.ZOO
each_specimen = every("specimen", ZOO, ids=lambda s: s.name, by=lambda s: s.family)
VARIANTS = [(s, v, n) for s in ZOO for v in range(len(s.variants)) for n in (0, 1) if (v, n) != (0, 0)]
VARIANTS = [(s, v, n) for s, v, n in VARIANTS if s.family != "block" or not n]  # their programs are long


@each_specimen
def test_numpy(specimen):
    c = case(specimen)
    require_near(replayed(c, "numpy"), c.outputs, 1e-12)


@every(
    ("specimen", "variant", "number"), VARIANTS, ids=lambda s, v, n: f"{s.name}-{v}-{n}", by=lambda s, v, n: s.family
)
def test_numpy_with_other_settings_and_shapes(specimen, variant, number):
    if 0 in specimen.shapes[number]:
        pytest.skip("empty")
    c = case(specimen, False, variant, number)
    require_near(replayed(c, "numpy"), c.outputs, 1e-12)


@each_specimen
def test_array_api_strict(specimen):
    c = case(specimen)
    require_near(replayed(c, "array_api_strict"), c.outputs, 1e-12)


@each_specimen
@pytest.mark.parametrize("name", ["numpy", "array_api_strict", pytest.param("torch", marks=pytest.mark.oracle)])
def test_float32(specimen, name):
    c = case(specimen, low=True)
    found = replayed(c, name)
    assert [a.dtype for a in found] == [a.dtype for a in c.outputs]
    require_near(found, c.outputs, 1e-5)


@pytest.mark.oracle
@each_specimen
def test_torch(specimen):
    c = case(specimen)
    require_near(replayed(c, "torch"), c.outputs, 1e-12)


def forward_gradients(c, name, grad, jit=lambda f: f):
    """The gradients of another engine of the program's forward pass alone."""
    xp, convert = engine(name)
    f, given = c.program.replay(xp), {key: convert(np.asarray(a)) for key, a in c.given.items()}
    g = given.get("g", convert(np.ones(c.outputs[0].shape)))

    def value(leaves):
        return xp.sum(f(*leaves, **given)[0] * g)

    return [np.asarray(a) for a in jit(grad(value))([convert(a) for a in c.leaves])]


@pytest.mark.oracle
@each_specimen
def test_the_gradients_of_torch_are_those_of_our_tape(specimen):
    engine("torch")
    from torch.func import grad

    c = case(specimen)
    require_near(forward_gradients(c, "torch", grad), c.outputs[1:], 1e-12)


def jitted(specimen, jax):
    c = case(specimen)
    require_near(replayed(c, "jax.numpy", jax.jit), c.outputs, 1e-12)
    require_near(forward_gradients(c, "jax.numpy", jax.grad, jax.jit), c.outputs[1:], 1e-12)


@pytest.mark.oracle
@pytest.mark.parametrize("name", JITTED)
def test_compiled_by_jax_with_its_own_gradients(name, jax):
    jitted(az.zoo.BY_NAME[name], jax)


@pytest.mark.slow
@pytest.mark.oracle
@pytest.mark.parametrize("specimen", [s for s in ZOO if s.name not in JITTED], ids=lambda s: s.name)
def test_all_compiled_by_jax_with_its_own_gradients(specimen, jax):
    jitted(specimen, jax)


def test_who_writes_into_a_result_does_not_change_the_program():
    mask = np.array([1.0, 0.0, 1.0])
    program = az.record(lambda x: (np.arange(3.0) * 2, az.given(mask, "mask"), np.ones((1, 3))[0], x * 2), np.ones(3))
    for _ in range(2):
        results = program.replay()(np.ones(3))
        for y, wanted in zip(results, ([0, 2, 4], mask, [1, 1, 1], [2, 2, 2]), strict=True):
            assert np.array_equal(y, wanted)
            y[:] = 9.0
