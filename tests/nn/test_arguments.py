"""Every constructor of ours refuses a wrong argument at once, and names its class, the argument, and what came."""

import inspect
import math

import numpy as np
import pytest
from every import every

from autograd_zoo import nn
from autograd_zoo.nn.arguments import ARGUMENTS

REQUIRED = {  # a value of each argument that has no default
    **dict.fromkeys(("in_features", "out_features", "in_channels", "out_channels", "embed_dim", "num_features"), 4),
    **dict.fromkeys(
        ("num_channels", "normalized_shape", "inplanes", "planes", "inp", "oup", "query_dim", "key_dim"), 4
    ),
    **dict.fromkeys(("num_embeddings", "embedding_dim", "hidden_dim", "input_size", "hidden_size", "d_model"), 4),
    **dict.fromkeys(("num_input_features", "num_output_features", "in_filters", "out_filters"), 4),
    **dict.fromkeys(("input_channels", "squeeze_channels", "ch1x1", "ch3x3red", "ch3x3", "ch5x5red", "ch5x5"), 4),
    **dict.fromkeys(("kernel_size", "num_heads", "nhead", "groups", "num_groups", "growth_rate", "num_layers"), 2),
    "pool_proj": 4,
}
SPECIAL = {
    "LocalResponseNorm": {"size": 3},
    "TransformerEncoder": {"encoder_layer": nn.TransformerEncoderLayer(4, 2)},
    "TransformerDecoder": {"decoder_layer": nn.TransformerDecoderLayer(4, 2)},
    "Upsample": {"size": 3},
    **{f"Adaptive{kind}Pool{k}d": {"output_size": 3} for kind in ("Avg", "Max") for k in (1, 2, 3)},
    "ShuffleUnit": {"in_channels": 12, "out_channels": 12, "groups": 3},
}
WRONG = {  # of the arguments of a kind, by a right value of theirs
    "count": [0, -1, 1.5, 1.0, True, "2", math.nan, math.inf, (1,), [], {}, np.ones(2, int)],
    "lengths": [0, -1, 1.5, True, "2", math.nan, (0,), (1, 2, 3, 4), [], {}, (1.5, 2)],
    "padding": [-1, 1.5, True, "full", math.nan, (0, -1, 0), (1, 2, 3, 4), ((1, 2, 3),), {}],
    "probability": [-0.1, 1.0, 2, True, "0.5", math.nan, math.inf, (0.5,)],
    "number": [True, "1", math.nan, math.inf, (1.0,), [], np.ones(2)],
    "natural": [-1, 1.5, 1.0, True, "2", math.nan, (1,)],
    "positive": [0, -1, 0.0, True, "1", math.nan, math.inf, (1.0,), []],
    "sizes": [0, -1, 1.5, True, "2", math.nan, (0,), (1, 2, 3, 4), [], {}],
    "size": [0, -1, 1.5, True, "2", math.nan, (0,), (1, 2, 3, 4), [], {}],
    "factor": [0, -1.0, True, "2", math.nan, math.inf, (0.0,), (1, 2, 3, 4), []],
    "part": [-0.1, 1.1, True, "1", math.nan, (0.5,)],
    "weights": ["a", ["a"], [1j], True, {}],
    "flag": [0, 1, 2.0, "yes", math.nan, (True,), []],
    "function": [5, (1,), [], np.ones(2)],
    "word": ["", "other", 5, ("mean",), True],
    "axis": [1.5, "a", math.nan, True, [1.5]],
    "rng": [0, "a", np.random, np.random.RandomState(0)],
    "dtype": ["real", int, bool, complex, np.float16, "int32", 3],
}
KINDS = {
    "probability": ["dropout", "drop_rate", "q"],
    "lengths": ["kernel_size", "stride", "dilation"],
    "padding": ["padding", "output_padding"],
    "number": ["eps", "layer_norm_eps", "momentum", "negative_slope", "alpha", "init", "margin", "beta", "k"],
    "positive": ["delta", "base"],
    "natural": ["proj_size"],
    "sizes": ["output_size"],
    "size": ["size"],
    "factor": ["scale_factor"],
    "part": ["label_smoothing"],
    "weights": ["weight", "pos_weight"],
    "flag": "bias affine track_running_stats elementwise_affine keepdims norm_first ceil_mode count_include_pad".split()
    + "batch_first bidirectional reset_after true_convolution start_with_relu grow_first".split()
    + "log_target align_corners add_bias_kv add_zero_attn interleaved".split(),
    "function": ["activation", "scale_activation", "downsample", "encoder_layer", "decoder_layer", "norm", "rotary"],
    "word": ["padding_mode", "mode", "nonlinearity", "reduction", "approximate", "factorization"],
    "axis": ["axis", "padding_idx", "ignore_index", "start_axis", "end_axis"],
    "rng": ["rng"],
    "dtype": ["dtype"],
}
OTHERS = {"normalized_shape", "module", "modules", "layers", "name", "values"}  # checked by their own constructors
CLASSES = [
    c
    for name in nn.__all__
    if inspect.isclass(c := getattr(nn, name)) and issubclass(c, nn.Module) and c not in (nn.Module, nn.WeightNorm)
]


def kind(name):
    return next((k for k, names in KINDS.items() if name in names), "count")


def required(cls):
    own = SPECIAL.get(cls.__name__, {})
    parameters = inspect.signature(cls).parameters.values()
    return {p.name: REQUIRED[p.name] for p in parameters if p.default is p.empty and p.name in REQUIRED} | own


@every("cls", CLASSES, ids=lambda c: c.__name__)
def test_a_wrong_argument_is_named_with_its_class(cls):
    right = required(cls)
    cls(**right)
    for name, p in inspect.signature(cls).parameters.items():
        if name in OTHERS or p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL):
            continue
        assert name in ARGUMENTS or name == "factorization", f"{cls.__name__}: {name} is in no kind"
        wrong = [*WRONG[kind(name)], *([None] if p.default is not None and "None" not in p.annotation else [])]
        for value in wrong:
            with pytest.raises((TypeError, ValueError)) as caught:
                cls(**right | {name: value})
            assert str(caught.value).startswith(f"{cls.__name__}: {name} must "), (value, str(caught.value))
            assert repr(value) in str(caught.value)


@pytest.mark.parametrize("cls", [c for c in CLASSES if not inspect.signature(c).parameters], ids=lambda c: c.__name__)
def test_a_module_without_arguments_takes_none(cls):
    with pytest.raises(TypeError):
        cls(5)


def test_positional_arguments_are_read_by_their_names():
    with pytest.raises(ValueError, match=r"^Linear: out_features must be a positive integer, got 0$"):
        nn.Linear(3, 0)
    with pytest.raises(
        ValueError, match=r"^Conv2d: kernel_size must be an integer of at least 1, or one for each of 2 axes"
    ):
        nn.Conv2d(3, 4, 0)
    with pytest.raises(ValueError, match=r"^MaxPool3d: kernel_size must .* one for each of 3 axes, got \(2, 2\)$"):
        nn.MaxPool3d((2, 2))
    with pytest.raises(ValueError, match=r"^Dropout: q must lie in \[0, 1\), got 1; 0 drops nothing$"):
        nn.Dropout(1)


def test_numpys_integers_floats_and_truth_values_are_taken():
    layer = nn.Conv2d(np.int64(2), np.uint8(4), np.array([1, 2]), padding=[0, 1], bias=np.False_, dtype="float32")
    assert layer(np.ones((1, 2, 3, 3), np.float32)).shape == (1, 4, 3, 4)
    assert nn.Dropout(np.float32(0.5)).q == 0.5
    assert nn.BatchNorm1d(3, momentum=None).momentum is None


def test_a_module_of_the_users_names_its_arguments_as_it_likes():
    class Mine(nn.Module):
        def __init__(self, kernel_size, dropout):
            self.kernel_size, self.dropout = kernel_size, dropout

    class Wide(nn.Linear):
        def __init__(self, out_features):
            super().__init__(2, out_features)

    assert Mine("any", 5.0).dropout == 5.0
    assert Wide(3).W.shape == (3, 2)
    with pytest.raises(ValueError, match=r"^Wide: out_features must be a positive integer, got 0$"):
        Wide(0)


def test_the_signature_and_the_help_of_a_module_are_its_own():
    assert list(inspect.signature(nn.Linear).parameters) == ["in_features", "out_features", "bias", "rng", "dtype"]
    assert not inspect.signature(nn.ReLU).parameters
