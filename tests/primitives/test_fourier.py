"""Fourier transforms and complex numbers between a real beginning and a real end: NumPy, differences, PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from every import every
from primitives.properties import Case, hold
from pytorch import torch
from refused import refused

from autograd_zoo import Tensor, gradient
from autograd_zoo.primitives.fourier import argument, dft, imaginary_part, real_part

F = np.fft
RNG = np.random.default_rng(31)
X, V = RNG.normal(size=(2, 3, 4)), RNG.normal(size=5)
N = np.array([[0.5, -1.2, 2.1], [1.7, 0.4, -0.9]])
ROW = np.array([0.3, -0.8, 1.1])


def both(of: Any, **swapped: str) -> Any:
    """NumPy's transforms by the names of its arguments, or PyTorch's."""

    def call(name: str, x: Any, **params: Any) -> Any:
        return getattr(of.fft, name)(x, **{swapped.get(k, k): v for k, v in params.items()})

    return call


def ended(of: Any, z: Any) -> Any:
    """Real numbers that know all of z."""
    return of.abs(z) ** 2 + of.real(z) * 0.7 + (of.imag(z) if "complex" in str(z.dtype) else 0.0)


def transform_case(name: str, x: Any, **params: Any) -> Case:
    theirs = {"axis": "dim", "axes": "dim"}

    def call(of: Any, swap: dict[str, str]) -> Callable[[Any], Any]:
        return lambda x: ended(of, both(of, **swap)(name, x + 0.1 * x * x, **params))

    reference = call(torch, theirs) if torch is not None else None
    return Case(f"{name} {x.shape} {params}", call(np, {}), (x,), reference, orders=2)


ONE = [
    transform_case(name, x, **params)
    for name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
    for x, params in [
        (V, {}),
        (V, {"n": 4}),
        (V, {"n": 8, "norm": "ortho"}),
        (X, {"axis": 1, "norm": "ortho"}),
        (X, {"axis": -1, "n": 3, "norm": "forward"}),
    ]
]
MANY = [
    transform_case(name + dimensions, X, **params)
    for name in ("fft", "ifft", "rfft", "irfft")
    for dimensions, params in [
        ("2", {}),
        ("2", {"s": (2, 5), "axes": (0, 2), "norm": "ortho"}),
        ("n", {}),
        ("n", {"axes": (1, 0), "norm": "forward"}),
    ]
]


def along(f: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    """The real part of a function of complex numbers, made of real ones."""
    return lambda x: np.real(f(np, x.astype(complex if x.dtype == np.float64 else np.complex64)))


def filtered(x: Any) -> Any:
    return np.fft.irfft(np.fft.rfft(x) * np.fft.rfft(ROW.astype(x.dtype), 4), 4)


PARTS: list[tuple[Any, ...]] = [
    ("filter", filtered, X),
    ("circular convolution", lambda x, v: F.ifft(F.fft(x) * F.fft(v)).real, V, V[::-1] + 0.2),
    ("phase", lambda x: np.angle(F.fft(x))[1:], V),
    ("phase in degrees", lambda x: np.angle(F.fft(x), deg=True)[1:], V),
    ("argument", lambda x: argument(F.rfft(x)[1:]), V),
    ("modulus", lambda x: np.abs(F.rfft(x)), V),
    ("imaginary part", lambda x: imaginary_part(F.fft(x)) * real_part(F.fft(x)), V),
    ("conjugate", lambda x: (F.fft(x) * F.fft(x * x).conj()).real, V),
    ("shifted", lambda x: np.abs(F.ifftshift(F.fftshift(F.fft2(x)), axes=1)) ** 2, X),
    ("dft", lambda x: real_part(dft(dft(x, axes=(0,), norm="ortho"), axes=(0,), inverse=True, norm="forward")), V),
    (
        "analytic",
        along(lambda np, z: np.exp(z * 0.3) / (z + 2j) - np.sqrt(z + 3j) ** 3 * np.sin(-z) + np.tanh(z * 1j)),
        N,
    ),
    ("log and powers", along(lambda np, z: np.log(z + 2j) * z**2 + np.square(z + 1j) / np.cosh(z) + 1j * z**-1), N),
    ("matrix product", along(lambda np, z: (z + 1j) @ (z * 2j).T @ z), N),
    (
        "solve",
        along(lambda np, z: np.linalg.solve(z[:, :2] * (1 + 2j), z) + np.linalg.inv(z[:, 1:] + 1j)[:, :1]),
        N,
    ),
    ("gathered", along(lambda np, z: (z * z * 1j)[:, [0, 2, 2]] + np.mean(z * (2 + 1j)) * np.sum(z * z, axis=0)), N),
    ("joined", along(lambda np, z: np.concatenate([z * 1j, np.stack([z[0] * z[1]])]) * (1 + 2j)), N),
    ("einsum", along(lambda np, z: np.einsum("ij,kj->ik", z * (1 + 2j), z + 1j)), N),
    (
        "where",
        along(lambda np, z: np.where(np.real(z.data if isinstance(z, Tensor) else z) > 0, z * 1j, z * z) * 1j),
        N,
    ),
]


def case(name: str, f: Callable[..., Any], *xs: Any) -> Case:
    return Case(name, f, xs, orders=2)


CASES = [*ONE, *MANY, *[case(*row) for row in PARTS]]


@hold(CASES)
def test_fourier(holds: Callable[[Case], None], case: Case) -> None:
    holds(case)


@pytest.mark.oracle
def test_the_cotangent_of_a_complex_result_is_the_conjugate_of_pytorchs_gradient() -> None:
    pytest.importorskip("torch")
    x = Tensor(V)
    z = F.fft(x)
    y = np.sum(np.abs(z * z + 1j) + np.real(z))
    z.grad = None
    y.backward(retain_grads=True)
    theirs = torch.fft.fft(torch.tensor(V, requires_grad=True))
    theirs.retain_grad()
    torch.sum(torch.abs(theirs * theirs + 1j) + torch.real(theirs)).backward()
    np.testing.assert_allclose(z.grad, np.conj(theirs.grad.numpy()), rtol=1e-12, atol=1e-12)
    assert x.grad is not None and x.grad.dtype == np.float64


def test_the_modulus_has_gradient_zero_at_zero() -> None:
    x = Tensor(np.zeros(4))
    np.testing.assert_array_equal(gradient(np.sum(np.abs(F.fft(x))), [x])[0], np.zeros(4))


def test_single_precision_stays_and_the_seed_is_real() -> None:
    x = Tensor(np.float32(V))
    z = F.fft(x)
    assert z.dtype == np.complex64 and isinstance((z * 2j).item if z.size == 1 else z[0].item(), complex)
    (g,) = gradient(np.sum(np.abs(z)), [x])
    assert g.dtype == np.float32


Z = {
    "a complex end": (lambda z: gradient(np.sum(z), [z]), "gradients begin at real numbers"),
    "an extreme": (lambda z: np.max(z), "max is not recorded of complex Tensors.*np.real"),
    "a variance": (lambda z: z.var(), "var is not recorded of complex"),
    "an order": (lambda z: z < 1.0, "complex numbers have no order"),
    "a dtype": (lambda z: z.astype(float), "would lose its imaginary part: take np.real"),
    "an assignment": (lambda z: z.at[0].set(1.0), "an array or NumPy number of floats"),
    "vdot": (lambda z: np.vdot(z, z), "vdot is not recorded of complex"),
    "rfft": (lambda z: F.rfft(z), "takes real numbers.*np.fft.fft"),
    "off the tape": (lambda z: np.asarray(z), "off the tape without a word"),
    "a leaf": (lambda z: Tensor(z.data), "a Tensor holds real floats"),
    "a complex constant": (lambda z: np.real(z) * 1j, r"t\.astype\(complex\) begins"),
}


test_what_complex_numbers_have_not_is_refused = refused(
    {name: (f, TypeError, text) for name, (f, text) in Z.items()}, lambda: F.fft(Tensor(V))
)


@every("f", [lambda t: F.fft(t, 0), lambda t: F.fftn(t, s=(2, 2)), lambda t: F.irfft(t, -1)])
def test_no_points_make_no_transform(f: Any) -> None:
    with pytest.raises(ValueError, match=r"1 point or more|as many|out of bounds"):
        f(Tensor(V))


@pytest.mark.filterwarnings("ignore:divide by zero")
def test_numpys_warning_about_complex_numbers_ends_nothing() -> None:
    x = Tensor([0.0, 1.0])
    z = np.log(x.astype(complex))
    assert z.dtype == np.complex128
    np.testing.assert_allclose(gradient(np.sum(np.real(z[1:])), [x])[0], [0.0, 1.0])
