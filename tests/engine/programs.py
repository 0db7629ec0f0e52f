"""Operations for random programs: as NumPy's functions, which take Tensors too, and as PyTorch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from pytorch import torch

from autograd_zoo import Tensor


def put(x: Any, v: Any, how: str) -> Any:
    """x with v set or added in its first place: `x.at[:1]`, and what that means for arrays."""
    if isinstance(x, Tensor) or isinstance(v, Tensor):
        return getattr((x if isinstance(x, Tensor) else Tensor(x)).at[:1], how)(v)
    return np.concatenate([np.broadcast_to(v if how == "set" else x[:1] + v, x[:1].shape).astype(x.dtype), x[1:]])


def torch_put(x: Any, v: Any, how: str) -> Any:
    y = x.clone()
    y[:1] = v if how == "set" else y[:1] + v
    return y


def mask(x: Any) -> Any:
    """Every other element."""
    return np.arange(np.prod(tuple(x.shape))).reshape(tuple(x.shape)) % 2 == 0


def axes(x: Any) -> tuple[int, ...]:
    return tuple(range(x.ndim))


Op = tuple[str, Callable[..., Any], Callable[..., Any]]

UNARY: list[Op] = [
    ("sqrt", np.sqrt, lambda x: torch.sqrt(x)),
    ("log", np.log, lambda x: torch.log(x)),
    ("exp", np.exp, lambda x: torch.exp(x)),
    ("tanh", np.tanh, lambda x: torch.tanh(x)),
    ("sin", np.sin, lambda x: torch.sin(x)),
    ("arctan", np.arctan, lambda x: torch.atan(x)),
    ("abs", np.abs, lambda x: torch.abs(x)),
    ("square", np.square, lambda x: torch.square(x)),
    ("reciprocal", np.reciprocal, lambda x: torch.reciprocal(x)),
    ("negative", np.negative, lambda x: torch.negative(x)),
    ("x ** 3", lambda x: x**3, lambda x: x**3),
    ("x ** -1.5", lambda x: x**-1.5, lambda x: x**-1.5),
    ("0.5 x", lambda x: 0.5 * x, lambda x: 0.5 * x),
    ("x - 1", lambda x: x - 1.0, lambda x: x - 1.0),
    ("relu", lambda x: np.where(x > 0, x, 0.0), lambda x: torch.where(x > 0, x, 0.0)),
    ("clip", lambda x: np.clip(x, -1.0, 1.0), lambda x: torch.clamp(x, -1.0, 1.0)),
    ("sum", lambda x: np.sum(x), lambda x: torch.sum(x)),
    ("mean", lambda x: np.mean(x, axis=-1, keepdims=True), lambda x: torch.mean(x, -1, keepdim=True)),
    ("sum axis", lambda x: np.sum(x, axis=0), lambda x: torch.sum(x, 0)),
    ("prod", lambda x: np.prod(x, axis=-1), lambda x: torch.prod(x, -1)),
    ("max", lambda x: np.max(x, axis=-1), lambda x: torch.amax(x, -1)),
    ("max of all", lambda x: np.max(x), lambda x: torch.amax(x, axes(x))),
    ("min", lambda x: np.min(x, axis=0, keepdims=True), lambda x: torch.amin(x, 0, keepdim=True)),
    ("cumsum", lambda x: np.cumsum(x, axis=-1), lambda x: torch.cumsum(x, -1)),
    ("sort", lambda x: np.sort(x, axis=-1), lambda x: torch.sort(x, dim=-1, stable=True)[0]),
    ("ravel", lambda x: np.reshape(x, -1), lambda x: torch.reshape(x, (-1,))),
    ("transpose", lambda x: np.transpose(x), lambda x: x.permute(axes(x)[::-1])),
    ("flip", lambda x: np.flip(x), lambda x: torch.flip(x, axes(x))),
    ("x[None]", lambda x: x[None], lambda x: x[None]),
    ("x[:1]", lambda x: x[:1], lambda x: x[:1]),
    ("x[[0, 0, -1]]", lambda x: x[[0, 0, -1]], lambda x: x[[0, 0, -1]]),
    ("x[..., 0]", lambda x: x[..., 0], lambda x: x[..., 0]),
    ("set to 2", lambda x: put(x, 2.0, "set"), lambda x: torch_put(x, 2.0, "set")),
    ("tril", lambda x: np.tril(x), lambda x: torch.tril(x)),
    ("x @ x.T", lambda x: x @ np.transpose(x), lambda x: x @ x.permute(axes(x)[::-1])),
    ("einsum diagonal", lambda x: np.einsum("ij,ij->i", x, x), lambda x: torch.einsum("ij,ij->i", x, x)),
]
BINARY: list[Op] = [
    ("add", np.add, lambda a, b: torch.add(a, b)),
    ("subtract", np.subtract, lambda a, b: torch.subtract(a, b)),
    ("multiply", np.multiply, lambda a, b: torch.multiply(a, b)),
    ("divide", np.divide, lambda a, b: torch.divide(a, b)),
    ("maximum", np.maximum, lambda a, b: torch.maximum(a, b)),
    ("minimum", np.minimum, lambda a, b: torch.minimum(a, b)),
    ("hypot", np.hypot, lambda a, b: torch.hypot(a, b)),
    ("logaddexp", np.logaddexp, lambda a, b: torch.logaddexp(a, b)),
    ("where a > 0", lambda a, b: np.where(a > 0, a, b), lambda a, b: torch.where(a > 0, a, b)),
    ("where a > 0, b", lambda a, b: np.where(a > 0, b, a), lambda a, b: torch.where(a > 0, b, a)),
    ("every other", lambda a, b: np.where(mask(a), a, b), lambda a, b: torch.where(torch.tensor(mask(a)), a, b)),
    ("matmul", lambda a, b: a @ b, lambda a, b: a @ b),
    ("outer", lambda a, b: np.outer(a, b), lambda a, b: torch.outer(a.reshape(-1), b.reshape(-1))),
    ("concatenate", lambda a, b: np.concatenate([a, b]), lambda a, b: torch.cat([a, b])),
    ("stack", lambda a, b: np.stack([a, b], axis=-1), lambda a, b: torch.stack([a, b], -1)),
    ("set", lambda a, b: put(a, b, "set"), lambda a, b: torch_put(a, b, "set")),
    ("add at", lambda a, b: put(a, b, "add"), lambda a, b: torch_put(a, b, "add")),
]
