"""What has no row, and why: by engine, then by operation."""

from __future__ import annotations

ORDER = "NumPy leaves what is not asked for in an order of its own"
SERIES = "it is a series of NumPy's or SciPy's"
COMPLEX = "ONNX Runtime has no complex numbers"
MATRIX = "ONNX has no operator that takes a matrix apart"

ANYWHERE = {
    "np.argpartition": ORDER,
    "np.i0": SERIES,
    "az.i0_derivative": SERIES,
    "az.sinc_derivative": SERIES,
    "az.polygamma": SERIES,
}
ONNX = {
    **dict.fromkeys("az.argument az.dft az.imaginary_part az.real_part az.turned".split(), COMPLEX),
    **dict.fromkeys("az.eigenvectors az.logabsdet az.orthogonal_triangular az.singular_vectors".split(), MATRIX),
    **dict.fromkeys("az.cofactors np.linalg.cholesky np.linalg.det np.linalg.eigvalsh np.linalg.inv".split(), MATRIX),
    **dict.fromkeys("np.linalg.matrix_rank np.linalg.pinv np.linalg.solve np.linalg.svdvals".split(), MATRIX),
}
WHY: dict[str, dict[str, str]] = {"array API": ANYWHERE, "jax": {}, "torch": ANYWHERE, "onnx": ANYWHERE | ONNX}


def because(name: str, engine: str) -> str:
    """Why an engine has no row for an operation, as an end of a sentence."""
    why = WHY.get(engine, ANYWHERE).get(name)
    return f", for {why}" if why else ""
