"""NumPy's methods on a Tensor: each is NumPy's function, which is dispatched to the tape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self, SupportsIndex, TypeAlias

import numpy

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .tensor import TensorLike

Axis: TypeAlias = SupportsIndex | Sequence[SupportsIndex] | None
np: Any = numpy  # NumPy's types do not know that its functions are dispatched


class Methods:
    """What an ndarray can do and a Tensor too, as methods; the signatures are NumPy's, without `out=` and `dtype=`."""

    __slots__ = ()

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Self:
        """Sum over `axis`."""
        return np.sum(self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Axis = None, keepdims: bool = False) -> Self:
        """Arithmetic mean over `axis`."""
        return np.mean(self, axis=axis, keepdims=keepdims)

    def var(self, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Self:
        """Variance over `axis`, with divisor n - ddof."""
        return np.var(self, axis=axis, ddof=ddof, keepdims=keepdims)

    def std(self, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Self:
        """Standard deviation over `axis`, with divisor n - ddof."""
        return np.std(self, axis=axis, ddof=ddof, keepdims=keepdims)

    def prod(self, axis: Axis = None, keepdims: bool = False) -> Self:
        """Product over `axis`."""
        return np.prod(self, axis=axis, keepdims=keepdims)

    def max(self, axis: Axis = None, keepdims: bool = False) -> Self:
        """Maximum over `axis`; ties share the gradient equally."""
        return np.max(self, axis=axis, keepdims=keepdims)

    def min(self, axis: Axis = None, keepdims: bool = False) -> Self:
        """Minimum over `axis`; ties share the gradient equally."""
        return np.min(self, axis=axis, keepdims=keepdims)

    def cumsum(self, axis: Axis = None) -> Self:
        """Running sum along `axis`."""
        return np.cumsum(self, axis=axis)

    def cumprod(self, axis: Axis = None) -> Self:
        """Running product along `axis`."""
        return np.cumprod(self, axis=axis)

    def reshape(self, *shape: SupportsIndex | Sequence[SupportsIndex], order: str = "C") -> Self:
        """The same elements in another shape, read by rows ("C") or by columns ("F")."""
        return np.reshape(self, shape[0] if len(shape) == 1 else shape, order=order)

    def ravel(self, order: str = "C") -> Self:
        """The elements in one axis, read by rows ("C") or by columns ("F")."""
        return np.ravel(self, order=order)

    flatten = ravel

    def transpose(self, *axes: SupportsIndex | Sequence[SupportsIndex] | None) -> Self:
        """The axes in the order `axes`, or reversed."""
        order = axes[0] if len(axes) == 1 else axes
        return np.transpose(self, order) if order else np.transpose(self)

    def swapaxes(self, axis1: int, axis2: int) -> Self:
        """Two axes interchanged."""
        return np.swapaxes(self, axis1, axis2)

    @property
    def T(self) -> Self:
        """The transpose: the axes in reverse order."""
        return np.transpose(self)

    @property
    def mT(self) -> Self:
        """The matrix transpose: the last two axes swapped."""
        return np.swapaxes(self, -1, -2)

    def squeeze(self, axis: Axis = None) -> Self:
        """Without the axes of length 1."""
        return np.squeeze(self, axis=axis)

    def repeat(self, repeats: ArrayLike, axis: Axis = None) -> Self:
        """Each element `repeats` times."""
        return np.repeat(self, repeats=repeats, axis=axis)

    def take(self, indices: ArrayLike, axis: Axis = None) -> Self:
        """The elements at `indices` along `axis`."""
        return np.take(self, indices=indices, axis=axis)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Self:
        """The diagonal of the matrices in two axes."""
        return np.diagonal(self, offset=offset, axis1=axis1, axis2=axis2)

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Self:
        """Sum of the diagonal."""
        return np.trace(self, offset=offset, axis1=axis1, axis2=axis2)

    def clip(self, min: TensorLike | None = None, max: TensorLike | None = None) -> Self:
        """The values limited to [min, max]; the gradient passes at the bounds themselves."""
        return np.clip(self, min, max)

    def dot(self, other: TensorLike) -> Self:
        """The dot product, as `np.dot`."""
        return np.dot(self, other)

    def round(self, decimals: int = 0) -> Self:
        """Rounded to `decimals`, with gradient 0."""
        return np.round(self, decimals)

    def __divmod__(self, other: object) -> tuple[Self, Self]:
        return np.divmod(self, other)

    def __rdivmod__(self, other: object) -> tuple[Self, Self]:
        return np.divmod(other, self)

    # ---- protocols of other libraries ----------------------------------------------------------------------------

    device = property(lambda self: "cpu", doc="Where the elements are: there is one device.")

    def to_device(self, device: str, /, *, stream: None = None) -> Self:
        """The Tensor itself: there is one device, "cpu"."""
        if device != "cpu" or stream is not None:
            raise ValueError(
                f"a Tensor's elements are in the memory of the CPU, got device={device!r}, stream={stream!r}"
            )
        return self

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        """The functions of the array API standard for Tensors: NumPy's own."""
        from . import namespace

        np.zeros(0).__array_namespace__(api_version=api_version)  # which knows its versions
        return namespace

    def __dlpack_device__(self) -> tuple[int, int]:
        return numpy.zeros(0).__dlpack_device__()

    # ---- numbers -------------------------------------------------------------------------------------------------

    def conj(self) -> Self:
        """The complex conjugate: of real numbers the same."""
        return np.conjugate(self)

    conjugate = conj

    @property
    def real(self) -> Self:
        """The real part: of real numbers the Tensor itself."""
        return np.real(self)

    @property
    def imag(self) -> Any:
        """The imaginary part: of real numbers plain zeros."""
        return np.imag(self)

    def copy(self) -> Self:
        """The same value as a new node."""
        return np.positive(self)

    def argmax(self, axis: Axis = None) -> Any:
        """Index of the maximum: a plain integer or array, not a Tensor."""
        return np.argmax(self, axis)

    def argmin(self, axis: Axis = None) -> Any:
        """Index of the minimum: a plain integer or array, not a Tensor."""
        return np.argmin(self, axis)

    def argsort(self, axis: Axis = -1) -> Any:
        """Indices that sort along `axis`: a plain array, not a Tensor."""
        return np.argsort(self, axis)
