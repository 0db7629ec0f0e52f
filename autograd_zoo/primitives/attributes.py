"""Names that other libraries give a Tensor, and what to write here; after "#" stands how it differs.

The expressions are those of `instead`, of the same t, u, A, B, b, a and k.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine import errors
from ..engine.functions import CONSTANT, HANDLERS
from ..engine.rules import RULES, label
from ..engine.tensor import Tensor
from . import instead

ATTRIBUTES = {
    # leaving the tape, copying, devices
    "numpy": "t.data",
    "values": "t.data",
    "value": "t.data",
    "cpu": "t  # there is one device",
    "cuda": "t  # there is one device",
    "to": "t.astype(np.float32)  # there is one device",
    "clone": "t.copy()",
    "new_tensor": "az.Tensor([1.0])",
    "block_until_ready": "t",
    "tobytes": "t.data.tobytes()",
    "tostring": "t.data.tobytes()",
    "tofile": "az.io.save",
    "dump": "az.io.save",
    "dumps": "az.io.save",
    # gradients
    "requires_grad": "az.Tensor  # every Tensor is differentiated; an array or t.data is not",
    "grad_fn": "t.op  # and t.inputs, t.saved",
    "is_leaf": "t.op is None",
    "retain_grad": "az.gradient(t.sum(), [t])  # or y.backward(retain_grads=True)",
    "zero_grad": "t.grad  # t.grad = None clears it; for all of a module model.zero_grad()",
    "register_hook": "az.gradient(t.sum(), [t])",
    # shapes
    "view": "t.reshape(-1)",
    "view_as": "t.reshape(u.shape)",
    "reshape_as": "t.reshape(u.shape)",
    "unsqueeze": "t[None]",
    "permute": "t.transpose(0)",
    "t": "t.T",
    "H": "t.T",
    "mH": "A.mT",
    "dim": "t.ndim",
    "numel": "t.size",
    "nelement": "t.size",
    "expand": "np.broadcast_to(t, (2, 5))",
    "expand_as": "np.broadcast_to(t, u.shape)",
    "contiguous": "t",
    "unbind": "list(t)",
    "chunk": "np.array_split(t, 2)",
    "narrow": "t[1:3]",
    "select": "t[1]",
    "index_select": "t[k]",
    "gather": "np.take_along_axis(t, k, 0)",
    "scatter": "t.at[k].set(u)",
    "scatter_add": "t.at[k].add(u)",
    "index_add": "t.at[k].add(u)",
    "masked_fill": "np.where(t > 0, 1.0, t)",
    "masked_select": "t[t > 0]",
    "unfold": "az.windows(t, 3)",
    "movedim": "np.moveaxis(A, 0, 1)",
    "flat": "t.ravel()",
    "searchsorted": "np.searchsorted(np.sort(t), 0.5)",
    "put": "t.at[k].set(u)",
    "index_put": "t.at[k].set(u)",
    "index_copy": "t.at[k].set(u)",
    "index_fill": "t.at[k].set(0.0)",
    "take_along_dim": "np.take_along_axis(t, k, 0)",
    "repeat_interleave": "t.repeat(2)",
    "tensor_split": "np.array_split(t, 2)",
    "split_with_sizes": "np.split(t, [2, 4])",
    "swapdims": "A.swapaxes(0, 1)",
    "unflatten": "t.reshape(5, 1)",
    "ndimension": "t.ndim",
    "fill_diagonal": "np.where(np.eye(len(A), dtype=bool), 0.0, A)",
    "new_zeros": "np.zeros_like(t)",
    "new_ones": "np.ones_like(t)",
    "fill": "np.full_like(t, 1.0)",
    "zero": "np.zeros_like(t)",
    "copy_": "t.copy()  # a leaf takes another value: p.data = array",
    "byteswap": "t.data.byteswap()",
    # types
    "float": "t.astype(np.float32)",
    "double": "t.astype(np.float64)",
    "half": "t.astype(np.float16)",
    "int": "t.data.astype(int)",
    "long": "t.data.astype(int)",
    "bool": "t != 0",
    "type": "t.astype(np.float32)",
    "type_as": "t.astype(u.dtype)",
    "itemsize": "t.dtype.itemsize",
    "element_size": "t.dtype.itemsize",
    "nbytes": "t.data.nbytes",
    "flags": "t.data.flags",
    "strides": "t.data.strides",
    "base": "t.data.base",
    "ctypes": "t.data.ctypes",
    "stride": "t.data.strides",
    "bfloat16": "t.astype(np.float16)",
    "is_floating_point": "t.dtype.kind == 'f'",
    "setfield": "t.at[k].set(u)",
    "getfield": "t.data.getfield(float)",
    "setflags": "t.data.flags",
    # functions
    "abs": "np.abs(t)",
    "pow": "t**2",
    "neg": "-t",
    "rsqrt": "1.0 / np.sqrt(t)",
    "sigmoid": "az.nn.sigmoid(t)",
    "relu": "az.nn.relu(t)",
    "softmax": "az.nn.softmax(t)",
    "log_softmax": "az.nn.log_softmax(t)",
    "logsumexp": "az.logsumexp(t)",
    "erf": "az.erf(t)",
    "clamp": "np.clip(t, 0.0, 1.0)",
    "erfc": "1.0 - az.erf(t)",
    "frac": "t - np.trunc(t)",
    "lerp": "t + 0.5 * (u - t)",
    "xlogy": "np.where(t == 0, 0.0, t * np.log(u))",
    "logit": "np.log(t / (1.0 - t))",
    "addmm": "A + A @ A",
    "addcmul": "t + u * u",
    "logdet": "np.linalg.slogdet(A)[1]",
    "dist": "np.linalg.norm(t - u)",
    "norm": "np.linalg.norm(t)",
    "mm": "A @ A",
    "bmm": "A @ A",
    "mv": "A @ b",
    "matmul": "A @ A",
    "det": "np.linalg.det(A)",
    "inverse": "np.linalg.inv(A)",
    "eq": "t == u",
    "ne": "t != u",
    "lt": "t < u",
    "le": "t <= u",
    "gt": "t > u",
    "ge": "t >= u",
    "sub": "t - u",
    "mul": "t * u",
    "div": "t / u",
    "true_divide": "t / u",
    "amax": "t.max()",
    "amin": "t.min()",
    "topk": "np.sort(t)[-2:]",
    "any": "np.any(t > 0)",
    "all": "np.all(t > 0)",
    "nonzero": "np.nonzero(t)",
    "argpartition": "np.argpartition(t, 2)",
    "choose": "np.choose(k, [t, t, t])",
    "compress": "np.compress(t > 0, t)",
    "sort": "np.sort(t)",
    # NumPy's functions that cannot be called with t alone, where REQUIRED does not say how
    "einsum": "np.einsum('i,i', t, u)",
    "extract": "np.extract(t > 0, t)",
    "bincount": "np.bincount(k, t)",
    "full": "np.full((2, len(t)), t, like=t)",
    "interp": "np.interp(t, np.sort(u), u)",
    "ldexp": "np.ldexp(t, k)",
    "piecewise": "np.piecewise(t, [t < 0], [np.negative, np.square])",
    "apply_over_axes": "np.apply_over_axes(np.sum, A, [0])",
    "dsplit": "np.dsplit(t[None, None], [1])",
    "vsplit": "np.vsplit(A, [1])",
    "can_cast": "np.can_cast(t.dtype, np.float32)",
    "take_along_axis": "np.take_along_axis(t, k, 0)",
    "put_along_axis": "t.at[k].set(u[k])",
    "place": "np.where(t > 0, 1.0, t)",
    "putmask": "np.where(t > 0, 1.0, t)",
    "copyto": "u.copy()",
    "tensordot": "np.tensordot(A, A)",
}
REQUIRED = {  # what stands for NumPy's parameters that have no default
    **dict.fromkeys(("b", "a2", "x2", "ar2", "x", "y", "v", "stop", "values", "test_elements"), "u"),
    **dict.fromkeys(("axis", "source", "axis1"), "0"),
    **dict.fromkeys(("destination", "axis2"), "-1"),
    "indices_or_sections": "[1]",
    "shape": "(2, len(t))",
    "shift": "1",
    "pad_width": "1",
    "reps": "2",
    "repeats": "2",
    "fill_value": "1.0",
    "indices": "k",
    "kth": "2",
    "obj": "1",
    "q": "0.5",
    "new_shape": "(5, 1)",
    "bins": "np.array([0.0, 1.0])",
}


def attribute(name: str) -> str:
    """What to write for `t.name`; "" if that is not known. (A name with _ changes a Tensor elsewhere, here none.)"""
    if name in ATTRIBUTES:
        return errors.spoken(ATTRIBUTES[name])
    where = "np" if hasattr(np, name) else "np.linalg"
    numpys = getattr(np, name, None) or getattr(np.linalg, name, None)
    if callable(numpys) and not isinstance(numpys, type):
        if instead.recorded(numpys):
            given = _given(numpys)
            return f"{where}.{name}({', '.join(given)})" if all(given) else ""
        return instead.calls().get(numpys, ("", ""))[1]
    new = attribute(name.rstrip("_")) if name.endswith("_") else ""
    return f"the new value {new}" if new else ""


OPTIONAL = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def _given(function: Callable[..., Any]) -> list[str]:
    """What to call NumPy's `function` with: t, and an example of each further parameter that has no default."""
    if isinstance(function, np.ufunc):
        return ["t", "u"][: function.nin]
    try:
        parameters = list(inspect.signature(function).parameters.values())[1:]
    except ValueError:  # compiled, and of an older NumPy, which does not say
        return [""]
    return ["t", *(REQUIRED.get(p.name, "") for p in parameters if p.default is p.empty and p.kind not in OPTIONAL)]


def names() -> set[str]:
    """The names that others give a Tensor: NumPy's, those of the table, and PyTorch's that change it."""
    called = {call.partition("(")[0].rpartition(".")[2] for call in instead.CALLS if "emath" not in call}
    ruled = (f for f in (*RULES, *HANDLERS, *CONSTANT) if isinstance(f, np.ufunc) or f.__module__.startswith("numpy"))
    known = {*ATTRIBUTES, *called, *map(label, ruled)}
    return {name for name in (*known, *(f"{n}_" for n in known)) if name.isidentifier()}


def install() -> None:
    """Tell the engine; when all rules are written."""
    errors.INSTEAD.update(function=instead.function, attribute=attribute)
    for name in names():
        if not hasattr(Tensor, name):
            setattr(Tensor, name, errors.Elsewhere(name))
