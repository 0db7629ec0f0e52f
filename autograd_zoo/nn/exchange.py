"""Parameters in PyTorch's names and layouts, and back, as dicts of arrays; PyTorch itself is not needed.

`LAYOUT` says of each module which of our arrays stand in which entry of a PyTorch state. What is not in the table keeps
its own names, so modules of one's own are exchanged with PyTorch modules whose attributes are called the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple, TypeVar

import numpy as np

from ..engine.rules import label
from ..engine.tensor import Array
from ..engine.text import printable
from ..engine.values import raw, unmasked
from .activation import PReLU
from .attention_embedding import Embedding
from .attention_multi_head import MultiHeadAttention
from .conv import Conv1d, Conv2d, Conv3d, Kernels
from .conv_separable import SeparableConv2d
from .linear import Linear
from .module import Module, Parameter
from .normalization import LayerNorm, RMSNorm
from .normalization_batch import ByChannel
from .normalization_group import GroupNorm
from .normalization_weight import WeightNorm
from .places import items
from .recurrent_cell import GRUCell, LSTMCell, SimpleRNNCell
from .recurrent_layers import Recurrent
from .recurrent_options import ProjectedLSTMCell
from .recurrent_sequence import SimpleRNN

M = TypeVar("M", bound=Module)
Change = Callable[[Array], Array]

WEIGHT_AND_BIAS = {"weight": "W", "bias": "b"}
GAMMA_AND_BETA = {"weight": "gamma", "bias": "beta"}
LSTM_GATES = {
    "weight_ih": "U_i U_f U_g U_o",
    "weight_hh": "W_i W_f W_g W_o",
    "bias_ih": "b_i b_f b_g b_o",
    "bias_hh": "b_i b_f b_g b_o",
}

LAYOUT: dict[type[Module], dict[str, str]] = {
    Linear: WEIGHT_AND_BIAS,
    Kernels: WEIGHT_AND_BIAS,
    SeparableConv2d: {"0.weight": "w1", "1.weight": "w2", "1.bias": "b"},
    Embedding: {"weight": "W"},
    PReLU: {"weight": "a"},
    ByChannel: GAMMA_AND_BETA,
    GroupNorm: GAMMA_AND_BETA,
    LayerNorm: GAMMA_AND_BETA,
    RMSNorm: GAMMA_AND_BETA,
    MultiHeadAttention: {
        "in_proj_weight": "W_q W_k W_v",
        "in_proj_bias": "b_q b_k b_v",
        "out_proj.weight": "W_o",
        "out_proj.bias": "b_o",
    },
    SimpleRNNCell: {"weight_ih": "U", "weight_hh": "W", "bias_ih": "b", "bias_hh": "b"},
    LSTMCell: LSTM_GATES,
    ProjectedLSTMCell: {**LSTM_GATES, "weight_hr": "W_p"},
    GRUCell: {
        "weight_ih": "U_r -U_z U_c",
        "weight_hh": "W_r -W_z W_c",
        "bias_ih": "b_r -b_z b_c",
        "bias_hh": "b_r -b_z b_h",
    },
}
"""PyTorch's entries of a module, and our arrays that are stacked in each, along its first axis.

A minus changes the sign: PyTorch's GRU is h' = (1 − z) ⊙ n + z ⊙ h, so its z is our 1 − z = σ(−(W_z h + U_z x + b_z)).
An array that stands in two entries is their sum.
"""
OTHER_LENGTHS = {"q_proj_weight": "W_q", "k_proj_weight": "W_k", "v_proj_weight": "W_v"}
"""What PyTorch has for in_proj_weight where queries, keys and values are not equally long."""
AXES: dict[tuple[type[Module], str], Any] = {
    (SeparableConv2d, "0.weight"): np.s_[:, None],
    (SeparableConv2d, "1.weight"): np.s_[:, :, None, None],
}
"""The entries that have more axes there than here."""


class Part(NamedTuple):
    """An array of ours in an entry: its path, and how it is changed on the way there, which leads back too."""

    path: str
    change: Change = np.asarray


class Entry(NamedTuple):
    """An entry of a PyTorch state, made of parts that are stacked; or, without a name, what has no place in it."""

    name: str | None
    parts: tuple[Part, ...]
    axes: Any = ...

    def inside(self, path: str, name: str, ending: str = "") -> Entry:
        """The entry of a part of a module, as one of the module."""
        parts = tuple(Part(path + part.path, part.change) for part in self.parts)
        return Entry(None if self.name is None else f"{name}{self.name}{ending}", parts, self.axes)


def to_torch(module: Module) -> dict[str, Array]:
    """state["weight"] = W, state["bias"] = b, and so on: the state that the same module of PyTorch would have

    Shapes: those of PyTorch; `torch_module.load_state_dict({k: torch.from_numpy(a) for k, a in state.items()})` takes
    the arrays over. In a composed module, what PyTorch's module has under the same attributes has the same prefix; the
    k-th layer of a Sequential or a ModuleList is "k". A SeparableConv2d is a Sequential of two Conv2d, and a module
    that PyTorch does not know keeps its own names. V of a SimpleRNN, which PyTorch's RNN does not have, is left out.
    Raises: ValueError for a GRU that resets before W_c, as PyTorch's cannot, and for part of a stacked matrix.
    Source: the variables that PyTorch's documentation lists for each module.

    >>> import autograd_zoo as az
    >>> model = az.nn.Sequential(az.nn.Linear(3, 2), az.nn.ReLU(), az.nn.LSTM(2, 4, bias=False))
    >>> {name: array.shape for name, array in az.nn.to_torch(model).items()}
    {'0.weight': (2, 3), '0.bias': (2,), '2.weight_ih_l0': (16, 2), '2.weight_hh_l0': (16, 4)}
    """
    values = _values(module)
    return _stacked(_present(module, values), values)


def from_torch(module: M, state: Mapping[str, Any]) -> M:
    """W = state["weight"], b = state["bias"], and so on: load the state of the same module of PyTorch, or nothing of it

    Shapes: as for `to_torch`; the values of `state` are PyTorch's tensors, or arrays. Returns the module. What has no
    place in the state is left as it is.
    Raises: ValueError naming missing, unknown or misshapen entries; TypeError for what is no state; and what
    `to_torch` raises.
    Source: the variables that PyTorch's documentation lists for each module.

    >>> import numpy as np, autograd_zoo as az
    >>> state = {"weight_ih_l0": np.ones((3, 2)), "weight_hh_l0": np.zeros((3, 1))}
    >>> gru = az.nn.from_torch(az.nn.GRU(2, 1, bias=False, reset_after=True), state)
    >>> gru.cells[0].U_c.data, gru.cells[0].U_z.data
    (array([[1., 1.]]), array([[-1., -1.]]))
    """
    if not isinstance(state, Mapping):
        raise TypeError(f"the state must be a dict of arrays or tensors, got a {type(state).__name__}: .state_dict()?")
    values = _values(module)
    entries = _present(module, values)
    wanted = _stacked(entries, values)
    if wanted.keys() != state.keys():
        missing, unknown = sorted(wanted.keys() - state.keys()), sorted(state.keys() - wanted.keys())
        raise ValueError(
            f"the state does not belong to this {label(type(module))}: missing {missing}, unknown {unknown}; "
            "nothing was loaded. Build the module with the arguments of PyTorch's, and give its entries alone"
        )
    arrays = {name: _array(value) for name, value in state.items()}
    for name, array in arrays.items():
        if array.shape != wanted[name].shape:
            raise ValueError(
                f"{printable(name)} must have shape {wanted[name].shape}, got {array.shape}; nothing was loaded"
            )
    found = _divided(entries, arrays, values)
    own = module.state_dict()
    return module.load_state_dict(own | {path: found[path] for path in own.keys() & found.keys()})


# ---- which array stands where ----------------------------------------------------------------------------------


def _entries(module: Module) -> Iterator[Entry]:
    """The entries of a module and of all inside it, also of those that may be None, such as a bias."""
    if isinstance(module, WeightNorm):
        yield from _normalized(module)
        return
    claimed = set()
    for entry in _layout(module):
        claimed |= {part.path for part in entry.parts}
        yield entry
    for key, value in items(module):
        if isinstance(value, Module):
            name, ending = _place(module, key)
            yield from (entry.inside(f"{key}.", name, ending) for entry in _entries(value))
        elif key not in claimed:
            yield Entry(key, (Part(key),))


def _layout(module: Module) -> Iterator[Entry]:
    """What `LAYOUT` says of a module, with regard to its arguments."""
    if isinstance(module, GRUCell) and not module.reset_after:
        raise ValueError("PyTorch's GRU resets after W_c, and this one before: build it with reset_after=True")
    if isinstance(module, SimpleRNN):
        yield Entry(None, (Part("V"),))
    cls = next((cls for cls in type(module).__mro__ if cls in LAYOUT), Module)
    layout = LAYOUT.get(cls, {})
    if isinstance(module, MultiHeadAttention) and {module.kdim, module.vdim} != {module.embed_dim}:
        layout = OTHER_LENGTHS | {name: parts for name, parts in layout.items() if name != "in_proj_weight"}
    for name, parts in layout.items():
        stacked = (Part(key.removeprefix("-"), _change(module, key)) for key in parts.split())
        yield Entry(name, tuple(stacked), AXES.get((cls, name), ...))


def _change(module: Module, key: str) -> Change:
    """How an array of a module, a word of `LAYOUT`, is changed on the way to PyTorch."""
    if key == "W" and isinstance(module, (Conv1d, Conv2d, Conv3d)) and module.true_convolution:
        return _turned
    if key == "W" and isinstance(module, Embedding) and module.padding_idx is not None:
        return partial(_without_row, i=module.padding_idx)
    return np.negative if key[0] == "-" else np.asarray


def _place(module: Module, key: str) -> tuple[str, str]:
    """What the names of a part, the attribute `key` of a module, begin and end with."""
    if isinstance(module, Recurrent) and key.startswith("cells."):
        layer, direction = divmod(int(key.removeprefix("cells.")), module.directions)
        return "", f"_l{layer}{'_reverse' * direction}"
    return f"{key}.", ""


def _normalized(module: WeightNorm) -> Iterator[Entry]:
    """The entries of the wrapped module, with g and v in the place of W."""
    path = f"module.{module.name}"
    inner = [entry.inside("module.", "") for entry in _entries(module.module)]
    for entry in inner:
        if path not in {part.path for part in entry.parts}:
            yield entry
            continue
        if len(entry.parts) > 1 or entry.name is None or entry.axes is not ...:
            raise ValueError(
                f"PyTorch has no place for g and v of {printable(module.name)}, which it has as {printable(entry.name)}"
            )
        owner, _, key = entry.name.rpartition(".")
        place = f"{owner}.parametrizations.{key}.original" if owner else f"parametrizations.{key}.original"
        axes = tuple(slice(None) if k == module.axis else None for k in range(module.v.ndim))
        yield Entry(f"{place}0", (Part("g"),), ... if module.axis is None else axes)
        yield Entry(f"{place}1", (Part("v", entry.parts[0].change),))


def _turned(W: Array) -> Array:
    """Kernels rotated by 180°: a true convolution is PyTorch's with these."""
    return np.flip(W, axis=tuple(range(2, W.ndim)))


def _without_row(W: Array, i: int) -> Array:
    """W with zeros in row i, for PyTorch's Embedding gives what stands there, and ours 0."""
    return np.where(np.arange(len(W))[:, None] == i, np.zeros_like(W), W)


# ---- there and back ---------------------------------------------------------------------------------------------


def _values(module: Module, path: str = "") -> dict[str, Any]:
    """The parameters and arrays of a module and of all inside it, by every path by which they are reached."""
    values: dict[str, Any] = {}
    for key, value in items(module):
        if isinstance(value, Module):
            values |= _values(value, f"{path}{key}.")
        elif isinstance(value, (Parameter, np.ndarray)):
            values[path + key] = value
    return values


def _present(module: Module, values: Mapping[str, Any]) -> list[Entry]:
    """The entries of what is there, and has a place in PyTorch's state."""
    entries = [entry for entry in _entries(module) if entry.name is not None]
    for entry in entries:
        there = [part.path in values for part in entry.parts]
        if any(there) and not all(there):
            paths = printable(", ".join(part.path for part in entry.parts))
            raise ValueError(f"PyTorch has {paths} in one, {printable(entry.name)}, and this module lacks some of them")
    return [entry for entry in entries if entry.parts[0].path in values]


def _stacked(entries: list[Entry], values: Mapping[str, Any]) -> dict[str, Array]:
    """PyTorch's state. Of an array that stands in two entries the second has zeros."""
    state, done = {}, set()
    for name, parts, axes in entries:
        rows = []
        for path, change in parts:
            x = raw(values[path])
            rows.append(np.zeros_like(x) if path in done else change(x))
        done |= {part.path for part in parts}
        state[str(name)] = np.array((np.concatenate(rows) if len(rows) > 1 else rows[0])[axes])
    return state


def _divided(entries: list[Entry], arrays: Mapping[str, Array], values: Mapping[str, Any]) -> dict[str, Array]:
    """Our arrays, from PyTorch's state; where one array has several paths, all must say the same."""
    found: dict[str, Array] = {}
    for name, parts, _ in entries:
        whole = arrays[str(name)]
        rows = np.split(whole, len(parts)) if len(parts) > 1 else [whole]
        for (path, change), row in zip(parts, rows, strict=True):
            x = change(row := row.reshape(np.shape(values[path])))
            if not _same(change(x), row):
                raise ValueError(
                    f"{printable(name)} has numbers where {printable(path)} must have zeros, in the row of "
                    "padding_idx; nothing was loaded. Build the Embedding without padding_idx, or set this row to 0"
                )
            found[path] = found[path] + x if path in found else x
    first: dict[int, str] = {}
    for path, x in found.items():
        other = first.setdefault(id(values[path]), path)
        if not _same(x, found[other]):
            raise ValueError(
                f"{printable(other)} and {printable(path)} are one array here, and two that differ in the state; "
                "nothing was loaded"
            )
    return found


def _same(a: Array, b: Array) -> bool:
    """Whether two arrays of one shape hold the same, nan for nan."""
    return bool(np.all((a == b) | ((a != a) & (b != b))))


def _array(value: Any) -> Array:
    """An array, of an array or of a tensor of PyTorch, which may be on a device or require a gradient."""
    return np.asarray(value.detach().cpu() if hasattr(value, "cpu") else unmasked(value))
