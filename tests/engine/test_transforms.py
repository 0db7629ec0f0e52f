"""Functions from functions: grad, jacobian, hessian, vjp, jvp and hvp, against formulas, differences and each other."""

import math
import re

import numpy as np
import pytest
from differences import slope
from engine.support import value

import autograd_zoo as az

# ---- first, with nothing but numbers typed in: should every other tool here be broken ---------------------------


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (lambda x: x * x, 3.0, 6.0),
        (lambda x: 1.0 / x, 2.0, -0.25),
        (lambda x: x**3 - 2.0 * x, 2.0, 10.0),
        (np.exp, 0.0, 1.0),
        (np.tanh, 0.0, 1.0),
        (np.sin, 0.0, 1.0),
        (np.log, 4.0, 0.25),
        (np.sqrt, 4.0, 0.25),
    ],
)
def test_derivatives_known_by_heart(f, x, expected):
    assert az.grad(f)(x) == pytest.approx(expected, rel=1e-15)


# ---- Rosenbrock's valley ----------------------------------------------------------------------------------------


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def rosenbrock_gradient(x):
    g = np.zeros_like(x)
    g[:-1] = -400.0 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2.0 * (1.0 - x[:-1])
    g[1:] += 200.0 * (x[1:] - x[:-1] ** 2)
    return g


def rosenbrock_hessian(x):
    diagonal = np.zeros_like(x)
    diagonal[:-1] = 1200.0 * x[:-1] ** 2 - 400.0 * x[1:] + 2.0
    diagonal[1:] += 200.0
    return np.diag(diagonal) + np.diag(-400.0 * x[:-1], 1) + np.diag(-400.0 * x[:-1], -1)


X = np.array([-1.2, 1.0, 0.3, 2.0, -0.5])
V = np.array([0.3, -1.0, 2.0, 0.7, 1.1])


def test_rosenbrock_has_its_gradient_and_hessian():
    np.testing.assert_allclose(az.grad(rosenbrock)(X), rosenbrock_gradient(X), rtol=1e-12)
    np.testing.assert_allclose(az.hessian(rosenbrock)(X), rosenbrock_hessian(X), rtol=1e-12, atol=1e-12)


HESSIANS = {
    "Rosenbrock": (rosenbrock, X),
    "logsumexp": (lambda x: np.log(np.sum(np.exp(x))), X),
    "a small network": (lambda x: np.sum(np.tanh(np.outer(x, x) @ np.sin(x)) ** 2), X),
    "a quotient": (lambda x: np.prod(x) / (1.0 + np.sum(x * x)), X),
    "a matrix argument": (lambda x: np.sum(np.exp(x @ x.T) * 0.1), np.array([[0.1, -0.3], [0.7, 0.2]])),
}


@pytest.mark.parametrize("name", HESSIANS)
def test_a_hessian_is_symmetric_and_the_slope_of_the_gradient(name):
    f, x = HESSIANS[name]
    h = az.hessian(f)(x)
    assert h.shape == x.shape * 2
    flat = h.reshape(x.size, x.size)
    assert np.abs(flat - flat.T).max() <= 1e-12 * np.abs(flat).max()
    for k in range(x.size):
        row = slope(lambda z, k=k, f=f: np.ravel(az.grad(f)(z))[k], x)
        np.testing.assert_allclose(flat[k], row.ravel(), rtol=1e-8, atol=1e-8 * np.abs(flat).max())


@pytest.mark.parametrize("name", HESSIANS)
def test_hvp_is_the_hessian_times_the_vector(name):
    f, x = HESSIANS[name]
    v = np.cos(np.arange(1.0, x.size + 1.0)).reshape(x.shape)
    expected = np.tensordot(az.hessian(f)(x), v, x.ndim)
    np.testing.assert_allclose(az.hvp(f, x, v), expected, rtol=1e-12, atol=1e-12 * np.abs(expected).max())


# ---- jacobian, vjp, jvp -----------------------------------------------------------------------------------------

MAPS = {
    "vector to vector": (lambda x: np.sin(x) * np.sum(x), (X,)),
    "vector to matrix": (lambda x: np.outer(x, np.exp(-x)), (X,)),
    "matrix to scalar": (lambda x: np.sum(x @ x), (np.array([[0.1, -0.3], [0.7, 0.2]]),)),
    "two arguments": (lambda a, b: np.tanh(a @ b) / (1.0 + b[0] ** 2), (np.ones((3, 2)) * 0.3, np.array([0.5, -1.0]))),
    "a quotient with zeros": (lambda a, b: a / b, (np.array([0.0, 2.0]), np.array([4.0, 0.5]))),
    "branches": (lambda x: np.where(x > 0, np.sqrt(np.where(x > 0, x, 1.0)), x * x), (X,)),
    "empty": (lambda x: x[:0] * 2.0, (X,)),
}


@pytest.mark.parametrize("name", MAPS)
def test_a_jacobian_holds_the_slopes_of_every_element(name):
    f, xs = MAPS[name]
    y = value(f(*xs))
    for i, x in enumerate(xs):
        j = az.jacobian(f, i)(*xs)
        assert j.shape == y.shape + x.shape
        for index in np.ndindex(y.shape):
            moved = lambda z, i=i, index=index: f(*xs[:i], z, *xs[i + 1 :])[index]  # noqa: E731
            np.testing.assert_allclose(j[index], slope(moved, x), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("name", MAPS)
def test_jvp_and_vjp_are_the_jacobian_from_both_sides(name):
    f, xs = MAPS[name]
    rng = np.random.default_rng(0)
    vs = [rng.normal(size=x.shape) for x in xs]
    y, along = az.jvp(f, xs, vs)
    same, pull = az.vjp(f, *xs)
    np.testing.assert_array_equal(y, same)
    np.testing.assert_array_equal(y, f(*xs))
    g = rng.normal(size=y.shape)
    pulled = pull(g)
    jacobians = [az.jacobian(f, i)(*xs) for i in range(len(xs))]
    pushed = sum(np.tensordot(j, v, v.ndim) for j, v in zip(jacobians, vs, strict=True))
    np.testing.assert_allclose(along, pushed, rtol=1e-12, atol=1e-12)
    for p, j in zip(pulled, jacobians, strict=True):
        np.testing.assert_allclose(p, np.tensordot(g, j, g.ndim), rtol=1e-12, atol=1e-12)
    assert np.vdot(along, g) == pytest.approx(sum(np.vdot(v, p) for v, p in zip(vs, pulled, strict=True)), abs=1e-12)


def test_a_pushforward_through_a_singular_point_is_not_zero():
    assert az.jvp(np.sqrt, (0.0,), (1.0,))[1] == math.inf
    _, along = az.jvp(lambda x: np.where(x > 0, np.sqrt(x), 0.0), (np.array([0.0, 4.0]),), (np.ones(2),))
    np.testing.assert_array_equal(along, [0.0, 0.25])


def test_a_pullback_can_be_called_often():
    _, pull = az.vjp(lambda x: x * x, np.array([1.0, 2.0]))
    np.testing.assert_array_equal(pull([1.0, 0.0])[0], [2.0, 0.0])
    np.testing.assert_array_equal(pull([0.0, 1.0])[0], [0.0, 4.0])


# ---- nesting ----------------------------------------------------------------------------------------------------


def test_an_inner_derivative_does_not_see_the_outer_variable():
    # d/dx [x · d/dy (x y) at y = x] = d/dx [x · x] = 2x; an engine that mixes up the two x's says 4x
    f = lambda x: x * az.grad(lambda y: x * y)(x)  # noqa: E731
    assert az.grad(f)(3.0) == 6.0
    # d/dx [x · d/dy (x + y)] = 1
    assert az.grad(lambda x: x * az.grad(lambda y: x + y)(2.0))(1.0) == 1.0


@pytest.mark.parametrize("degree", range(7))
def test_derivatives_of_a_polynomial_to_every_order(degree):
    for x in (-1.5, 0.0, 2.0):
        f = lambda t: t**degree + 0.0 * t  # noqa: E731
        for order in range(degree + 2):
            expected = math.perm(degree, order) * x ** (degree - order) if order <= degree else 0.0
            assert value(f(x)) == pytest.approx(expected, rel=1e-13), f"order {order} at {x}"
            f = az.grad(f)


SPELLINGS = {
    "x * x": lambda x: x * x,
    "x ** 2": lambda x: x**2,
    "x ** 2.0": lambda x: x**2.0,
    "square": np.square,
    "x ** array": lambda x: x ** np.array(2.0),
    "x · (x / 1)": lambda x: x * (x / 1.0),
    "x³ / x + ...": lambda x: x * x * (x + 1.0) / (x + 1.0),
}


@pytest.mark.parametrize("x", [0.0, -0.5, 3.0])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_of_the_square_agrees_to_order_four(spelling, x):
    f = SPELLINGS[spelling]
    for expected in (x * x, 2.0 * x, 2.0, 0.0, 0.0):
        assert value(f(x)) == pytest.approx(expected, abs=1e-12)
        f = az.grad(f)


def test_a_product_whose_factor_is_zero_has_all_its_derivatives():
    # f = x · x³ at 0: the cotangent that reaches x³ is 0 there, and must keep its own slope
    f = lambda x: x * x**3  # noqa: E731
    for expected in (0.0, 0.0, 0.0, 0.0, 24.0):
        assert value(f(0.0)) == expected
        f = az.grad(f)


def cross_entropy(z):
    """−log softmax(z)₀, shifted so that it is stable."""
    shifted = z - z.max()
    return np.log(np.sum(np.exp(shifted))) - shifted[0]


def test_three_derivatives_of_the_softmax_cross_entropy():
    z = np.array([0.5, -1.0, 2.0])
    p = np.exp(z) / np.exp(z).sum()
    e = np.eye(3)
    first = p - e[0]
    second = np.diag(p) - np.outer(p, p)
    # ∂/∂zₖ of p_i (δ_ij − p_j), with ∂p_i/∂zₖ = second_ik
    third = np.einsum("ik,ij->ijk", second, e) - np.einsum("ik,j->ijk", second, p) - np.einsum("i,jk->ijk", p, second)
    np.testing.assert_allclose(az.grad(cross_entropy)(z), first, atol=1e-14)
    np.testing.assert_allclose(az.hessian(cross_entropy)(z), second, atol=1e-14)
    np.testing.assert_allclose(az.jacobian(az.hessian(cross_entropy))(z), third, atol=1e-14)


def test_transforms_nest_in_any_order():
    f, x = (lambda x: np.sum(np.exp(x) * np.sin(x[::-1]))), X[:3]
    h = az.hessian(f)(x)
    np.testing.assert_allclose(az.jacobian(az.grad(f))(x), h, atol=1e-12)
    np.testing.assert_allclose(az.jacobian(lambda x: az.vjp(f, x)[1](1.0)[0])(x), h, atol=1e-12)
    np.testing.assert_allclose([az.jvp(az.grad(f), (x,), (e,))[1] for e in np.eye(3)], h, atol=1e-12)
    np.testing.assert_allclose([az.grad(lambda x, e=e: az.jvp(f, (x,), (e,))[1])(x) for e in np.eye(3)], h, atol=1e-12)
    third = az.jacobian(az.hessian(f))(x)
    np.testing.assert_allclose(az.jacobian(lambda x: az.hvp(f, x, V[:3]))(x), third @ V[:3], atol=1e-12)


def test_inside_another_transform_results_are_tensors_and_outside_arrays():
    seen = []

    def f(x):
        seen.append(az.grad(lambda y: y * y)(2.0))
        return x * seen[-1]

    assert isinstance(az.grad(f)(1.0), np.ndarray)
    assert isinstance(seen[0], az.Tensor)
    assert isinstance(az.grad(lambda y: y * y)(2.0), np.ndarray)
    assert isinstance(az.grad(lambda y: y * y)(az.Tensor(2.0)), az.Tensor)


# ---- create_graph, as a training loop uses it -------------------------------------------------------------------


def test_a_gradient_penalty_is_differentiated_by_the_parameters():
    rng = np.random.default_rng(0)
    x0, w0, v0 = rng.normal(size=(4, 3)), rng.normal(size=(3, 5)), rng.normal(size=5)

    def penalty(w, v):
        """Σ ‖∂f/∂x‖² for f = Σ tanh(x w) v, with the gradient written by hand."""
        h = np.tanh(x0 @ w)
        return np.sum((((1.0 - h * h) * v) @ w.T) ** 2)

    x, w, v = az.Tensor(x0), az.nn.Parameter(w0), az.nn.Parameter(v0)
    (g,) = az.gradient((np.tanh(x @ w) @ v).sum(), [x], create_graph=True)
    assert (g**2).sum().item() == pytest.approx(penalty(w0, v0), rel=1e-13)
    (g**2).sum().backward()
    np.testing.assert_allclose(w.grad, slope(lambda w: penalty(w, v0), w0), rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(v.grad, slope(lambda v: penalty(w0, v), v0), rtol=1e-8, atol=1e-8)


def test_a_recorded_sweep_stands_in_scopes_of_its_own():
    class Gate(az.nn.Module):
        def forward(self, x):
            return np.tanh(x) * x

    x = az.Tensor([0.3, -0.4])
    (g,) = az.gradient(Gate()(x).sum(), [x], create_graph=True)
    paths = {t.scope.path() for t in az.Tape(g) if t.scope is not None}
    assert {"Gate", "Gate.∇tanh", "Gate.∇multiply", "∇sum"} <= paths


def test_the_cotangent_of_a_recorded_sweep_can_be_differentiated():
    x, g = az.Tensor([2.0, 3.0]), az.Tensor([1.0, 10.0])
    (gx,) = az.gradient(x * x, [x], g, create_graph=True)
    np.testing.assert_array_equal(az.gradient(gx.sum(), [g])[0], 2.0 * x.data)
    np.testing.assert_array_equal(az.gradient(gx.sum(), [x])[0], 2.0 * g.data)


# ---- how they are called ----------------------------------------------------------------------------------------


def test_argnums_choose_the_arguments_and_keywords_pass_through():
    f = lambda a, b, scale=1.0: np.sum(a * b) * scale  # noqa: E731
    a, b = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    np.testing.assert_array_equal(az.grad(f, 1)(a, b, scale=2.0), 2.0 * a)
    np.testing.assert_array_equal(az.grad(f, -1)(a, b), a)
    by_b, by_a = az.grad(f, (1, 0))(a, b)
    np.testing.assert_array_equal(by_b, a)
    np.testing.assert_array_equal(by_a, b)
    y, g = az.value_and_grad(f)(a, b)
    assert y == 11.0 and type(y) is np.ndarray
    np.testing.assert_array_equal(g, b)


def test_a_transform_keeps_the_name_and_text_of_its_function():
    def energy(x):
        """½ x²."""
        return 0.5 * x * x

    for transform in (az.grad, az.value_and_grad, az.jacobian, az.hessian):
        assert transform(energy).__name__ == "energy" and transform(energy).__doc__ == "½ x²."


def test_arguments_are_only_read():
    x = np.array([1.0, 2.0])
    x.flags.writeable = False
    az.hessian(rosenbrock)(x)
    np.testing.assert_array_equal(x, [1.0, 2.0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_transforms_keep_the_dtype(dtype):
    x = np.array([0.5, -1.0], dtype)
    f = lambda x: np.sum(np.tanh(x) * x)  # noqa: E731
    found = [az.grad(f)(x), az.hessian(f)(x), az.hvp(f, x, x), *az.jvp(f, (x,), (x,)), az.jacobian(np.tanh)(x)]
    assert {g.dtype for g in found} == {np.dtype(dtype)}


# ---- shapes -------------------------------------------------------------------------------------------------------

SHAPES = {  # a function, where, and its derivatives in closed form: ∂f/∂x, and ∂²f/∂x² of one that gives a number
    "number to number": (lambda x: x**3, 2.0, lambda x: 3.0 * x**2, lambda x: 6.0 * x),
    "sine": (np.sin, 0.7, np.cos, lambda x: -np.sin(x)),
    "vector to number": (np.prod, [2.0, 3.0], lambda x: x[::-1], lambda x: np.eye(2)[::-1]),
    "vector to number, not summed": (lambda x: x[1], [2.0, 3.0], lambda x: np.eye(2)[1], lambda x: np.zeros((2, 2))),
    "number to vector": (lambda x: np.stack([x, x * x]), 3.0, lambda x: np.stack([1.0, 2.0 * x]), None),
    "number to matrix": (lambda x: x * np.ones((2, 1)), 3.0, lambda x: np.ones((2, 1)), None),
    "matrix to number": (lambda x: (x * x).sum(), [[1.0, 2.0]], lambda x: 2.0 * x, lambda x: 2.0 * UNIT),
    "one element": (lambda x: x**3, [2.0], lambda x: 3.0 * x[:, None] ** 2, None),
    "empty to number": (np.sum, np.zeros((0, 2)), np.ones_like, lambda x: np.zeros((0, 2, 0, 2))),
    "empty to empty": (np.sin, np.zeros((2, 0)), lambda x: np.zeros((2, 0, 2, 0)), None),
    "vector to empty": (lambda x: x[:0], [1.0, 2.0], lambda x: np.zeros((0, 2)), None),
}
UNIT = np.eye(2).reshape(1, 2, 1, 2)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", SHAPES)
def test_jacobian_and_hessian_of_every_shape(name, dtype):
    f, at, first, second = SHAPES[name]
    x = np.asarray(at, dtype)
    J = az.jacobian(f)(x)
    assert isinstance(J, np.ndarray)
    np.testing.assert_allclose(J, np.asarray(first(x), dtype), rtol=1e-6, strict=True)
    nested = az.jacobian(f)(az.Tensor(x))
    assert isinstance(nested, az.Tensor)
    np.testing.assert_array_equal(nested.data, J)
    if second is not None:
        H = az.hessian(f)(x)
        assert isinstance(H, np.ndarray)
        np.testing.assert_allclose(H, np.asarray(second(x), dtype), rtol=1e-6, strict=True)


def test_the_third_derivative_of_a_number_by_jacobians():
    cube = az.jacobian(az.jacobian(az.jacobian(lambda x: x**4)))
    np.testing.assert_allclose(cube(2.0), 48.0, strict=True)


@pytest.mark.parametrize("shape", [(3,), (2, 2), (0,), (1, 2)])
@pytest.mark.parametrize("transform", [az.grad, az.value_and_grad, az.hessian], ids=lambda f: f.__name__)
def test_the_gradient_of_many_numbers_names_jacobian(transform, shape):
    with pytest.raises(ValueError, match=rf"sin returned shape {re.escape(str(shape))}: take az\.jacobian"):
        transform(np.sin)(np.ones(shape))


@pytest.mark.parametrize("argnums", [(0, 1), "x", None, 1.0])
def test_argnums_are_numbers(argnums):
    with pytest.raises(TypeError, match="argnums of add are the numbers of positional arguments"):
        az.jacobian(np.add, argnums)(1.0, 2.0)
