"""What the constructors of our modules take, by the arguments' names: one table, checked before anything is built."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import wraps
from inspect import Parameter, signature
from typing import Any, NamedTuple

import numpy as np

from ..engine.errors import spoken


class Kind(NamedTuple):
    """A kind of argument: what it must be, the test `(value, axes of the module) -> bool`, and what to do."""

    words: str
    allows: Callable[[Any, int], bool]
    hint: str = ""
    error: type[Exception] = ValueError


def whole(n: Any, least: float = 1) -> bool:
    """Whether `n` is an integer, and no truth value, of at least `least`."""
    return isinstance(n, (int, np.integer)) and not isinstance(n, bool) and bool(n >= least)


def real(x: Any, low: float = -math.inf, high: float = math.inf) -> bool:
    """Whether `x` is a finite number in [low, high]."""
    number = isinstance(x, (int, float, np.integer, np.floating)) and not isinstance(x, bool)
    return number and math.isfinite(x) and low <= x <= high


def each(x: Any, k: int, least: int) -> bool:
    """Whether `x` is an integer of at least `least`, or has one for each of k axes."""
    return whole(x, least) or (
        isinstance(x, (tuple, list, np.ndarray)) and len(x) == k and all(whole(n, least) for n in x)
    )


def around(x: Any, k: int) -> bool:
    """Whether `x` says how much to pad: numbers, or a pair for each of k axes."""
    return each(x, k, 0) or (
        isinstance(x, (tuple, list)) and len(x) == k and all(isinstance(p, (tuple, list)) and each(p, 2, 0) for p in x)
    )


def sizes(x: Any, k: int) -> bool:
    """Whether `x` says how long each of k axes shall be, None for as long as it is."""
    several = x if isinstance(x, (tuple, list)) and len(x) == k else (x,)
    return all(n is None or whole(n) for n in several)


def for_each(x: Any, allows: Callable[[Any], bool]) -> bool:
    """Whether `x`, or each of one to three of them, is allowed."""
    values = x if isinstance(x, (tuple, list)) and 1 <= len(x) <= 3 else (x,)
    return all(map(allows, values))


def numeric(x: Any) -> bool:
    """Whether `x` is an array of real numbers, a Tensor, or lists of numbers."""
    return getattr(x if hasattr(x, "dtype") else np.asarray(x), "dtype", np.dtype(object)).kind in "fiu"


def floating(dtype: Any) -> bool:
    """Whether `dtype` is one that parameters have."""
    try:
        return np.dtype(dtype) in (np.float32, np.float64)
    except (TypeError, ValueError):
        return False


def one_of(*names: str) -> Kind:
    """One of some names."""
    return Kind(
        f"be {', '.join(map(repr, names[:-1]))} or {names[-1]!r}", lambda v, k: isinstance(v, str) and v in names
    )


COUNT = Kind("be a positive integer", lambda v, k: whole(v))
NATURAL = Kind("be an integer of at least 0", lambda v, k: whole(v, 0))
LENGTHS = Kind("be an integer of at least 1, or one for each of {k} axes", lambda v, k: each(v, k, 1))
WIDTHS = Kind("be an integer of at least 0, or one for each of {k} axes", lambda v, k: each(v, k, 0))
PADDING = Kind(
    'be an integer of at least 0, one or a pair for each of {k} axes, "same" or "valid"',
    lambda v, k: v in ("same", "valid") if isinstance(v, str) else around(v, k),
)
PROBABILITY = Kind("lie in [0, 1)", lambda v, k: real(v, 0.0, 1.0) and v < 1.0, "; 0 drops nothing")
SMALL = Kind("be a number of at least 0", lambda v, k: real(v, 0.0))
LARGE = Kind("be a number larger than 0", lambda v, k: real(v, 0.0) and v > 0.0)
PART = Kind("lie in [0, 1]", lambda v, k: real(v, 0.0, 1.0))
SHARE = Kind("lie in [0, 1], or be None", lambda v, k: real(v, 0.0, 1.0))
NUMBER = Kind("be a finite number", lambda v, k: real(v))
FLAG = Kind("be True or False", lambda v, k: isinstance(v, (bool, np.bool)))
FUNCTION = Kind("be a function, or the name of one", lambda v, k: callable(v) or isinstance(v, str))
MODULE = Kind("be a module or function", lambda v, k: callable(v))
AXIS = Kind("be an integer", lambda v, k: whole(v, -math.inf))
SIZES = Kind("be an integer of at least 1 or None, or one for each of {k} axes", sizes)
SIZE = Kind("be an integer of at least 1, or one for each axis", lambda v, k: for_each(v, whole))
FACTOR = Kind(
    "be a number larger than 0, or one for each axis", lambda v, k: for_each(v, lambda f: real(f, 0.0) and f > 0.0)
)
WEIGHTS = Kind("be an array of numbers, or None", lambda v, k: not isinstance(v, str) and numeric(v))
AXES = Kind(
    "be an integer, or several in a tuple",
    lambda v, k: all(whole(n, -math.inf) for n in (v if isinstance(v, (tuple, list)) else (v,))),
)
RNG = Kind(
    "be a np.random.Generator or None",
    lambda v, k: isinstance(v, np.random.Generator),
    "; write rng=np.random.default_rng(0)",
    TypeError,
)
DTYPE = Kind("be np.float32 or np.float64", lambda v, k: floating(v), error=TypeError)

ARGUMENTS: dict[str, Kind] = {
    **dict.fromkeys(("in_features", "out_features", "in_channels", "out_channels", "groups", "num_parameters"), COUNT),
    **dict.fromkeys(("num_features", "num_channels", "num_groups", "num_embeddings", "embedding_dim"), COUNT),
    **dict.fromkeys(("input_size", "hidden_size", "num_layers", "reps", "strides"), COUNT),
    **dict.fromkeys(("embed_dim", "num_heads", "kdim", "vdim", "d_model", "nhead", "dim_feedforward"), COUNT),
    **dict.fromkeys(("num_encoder_layers", "num_decoder_layers"), COUNT),
    "proj_size": NATURAL,
    **dict.fromkeys(("query_dim", "key_dim", "hidden_dim", "inplanes", "planes", "base_width"), COUNT),
    **dict.fromkeys(("num_input_features", "num_output_features", "bn_size", "growth_rate", "expand_ratio"), COUNT),
    **dict.fromkeys(("ch1x1", "ch3x3red", "ch3x3", "ch5x5red", "ch5x5", "pool_proj", "mid_channels"), COUNT),
    **dict.fromkeys(("inp", "oup", "in_filters", "out_filters", "input_channels", "squeeze_channels"), COUNT),
    **dict.fromkeys(("kernel_size", "stride", "dilation"), LENGTHS),
    "output_padding": WIDTHS,
    "padding": PADDING,
    **dict.fromkeys(("dropout", "drop_rate", "q"), PROBABILITY),
    **dict.fromkeys(("eps", "layer_norm_eps", "beta"), SMALL),
    **dict.fromkeys(("delta", "base"), LARGE),
    "output_size": SIZES,
    "size": SIZE,
    "scale_factor": FACTOR,
    "mode": one_of("nearest", "linear", "bilinear", "trilinear"),
    "label_smoothing": PART,
    "momentum": SHARE,
    **dict.fromkeys(("negative_slope", "alpha", "init", "margin", "k"), NUMBER),
    **dict.fromkeys(("bias", "affine", "track_running_stats", "elementwise_affine", "keepdims", "norm_first"), FLAG),
    **dict.fromkeys(("ceil_mode", "count_include_pad", "batch_first", "bidirectional", "reset_after"), FLAG),
    **dict.fromkeys(("true_convolution", "start_with_relu", "grow_first", "log_target", "align_corners"), FLAG),
    **dict.fromkeys(("add_bias_kv", "add_zero_attn", "interleaved"), FLAG),
    **dict.fromkeys(("activation", "scale_activation"), FUNCTION),
    **dict.fromkeys(("downsample", "encoder_layer", "decoder_layer", "norm", "rotary"), MODULE),
    **dict.fromkeys(("padding_idx", "ignore_index", "start_axis", "end_axis"), AXIS),
    **dict.fromkeys(("weight", "pos_weight"), WEIGHTS),
    "axis": AXES,
    "padding_mode": one_of("zeros", "reflect", "replicate", "circular"),
    "nonlinearity": one_of("tanh", "relu"),
    "reduction": one_of("mean", "sum", "none"),
    "approximate": one_of("none", "tanh"),
    "rng": RNG,
    "dtype": DTYPE,
}


def optional(parameter: Parameter, inner: bool) -> bool:
    """Whether None may be given: the default, a value of its own, or (`inner`) passed on by a derived class."""
    required = parameter.default is Parameter.empty
    return parameter.default is None or "None" in str(parameter.annotation) or (inner and required)


def refuse(name: str, keywords: Iterable[str]) -> None:
    """Say what to write instead of the arguments that are known from elsewhere; of others Python says enough."""
    from .elsewhere import KEYWORDS  # for an argument that is not ours, and then alone

    for keyword in sorted(keywords):
        if keyword in KEYWORDS:
            raise TypeError(f"{name} has no argument {keyword!r}: {spoken(KEYWORDS[keyword])}")


def checked(init: Callable[..., None]) -> Callable[..., None]:
    """The constructor `init`, which first looks whether its arguments are of their kinds."""
    parameters = signature(init).parameters
    positional = [name for name, p in parameters.items() if p.kind is Parameter.POSITIONAL_OR_KEYWORD][1:]
    kinds = {name: ARGUMENTS[name] for name in parameters if name in ARGUMENTS}
    single = ("int", "int | None")
    several = (LENGTHS, SIZE, SIZES)
    closed = not any(p.kind is Parameter.VAR_KEYWORD for p in parameters.values())
    kinds |= {n: COUNT for n, kind in kinds.items() if kind in several and parameters[n].annotation in single}

    @wraps(init)
    def construct(self: Any, *args: Any, **kwargs: Any) -> None:
        if closed and not kwargs.keys() <= parameters.keys():
            refuse(type(self).__name__, kwargs.keys() - parameters.keys())
        for name, value in (*zip(positional, args, strict=False), *kwargs.items()):
            kind = kinds.get(name)
            if kind is None or (value is None and optional(parameters[name], type(self).__init__ is not construct)):
                continue
            k = getattr(self, "dimensions", 2)
            if not kind.allows(value, k):
                what = f"{type(self).__name__}: {name} must {kind.words.format(k=k)}"
                raise kind.error(f"{what}, got {value!r}{kind.hint}")
        init(self, *args, **kwargs)

    return construct


def of_its_class(error: Exception, module: Any) -> None:
    """Let an error of the call of `forward` itself name the class of the module, not the base class that wrote it."""
    inside = error.__traceback__ and error.__traceback__.tb_next
    if type(error) is TypeError and not inside:
        written = getattr(module.forward, "__qualname__", "forward")
        error.args = (str(error).replace(written, f"{type(module).__name__}.forward", 1),)
