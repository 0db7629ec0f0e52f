"""Neural network modules, composed of primitives, in the document's notation; one file per family."""

import sys
from typing import TYPE_CHECKING, NoReturn

from ..engine import errors
from . import activation, init
from .activation import *  # noqa: F403  # what its __all__ says
from .attention import (
    AdditiveAttention,
    ScaledDotProductAttention,
    additive_attention,
    masked_softmax,
    scaled_dot_product_attention,
)
from .attention_embedding import Embedding, PositionalEncoding, embedding, positional_encoding, sinusoidal_positions
from .attention_grouped import GroupedQueryAttention, RotaryPositions, rotary_positions
from .attention_multi_head import MultiHeadAttention, multi_head_attention
from .block import Conv2dNormActivation, SqueezeExcitation
from .block_dense import DenseBlock, DenseLayer, Transition
from .block_inception import InceptionBlock
from .block_residual import BasicBlock, Bottleneck
from .block_scaling import compound_scaling, scaled_channels, scaled_layers
from .block_separable import DepthwiseSeparable, InvertedResidual, XceptionBlock
from .block_shuffle import ChannelShuffle, ShuffleUnit, ShuffleUnitV2, channel_shuffle
from .container import Flatten, Identity, ModuleDict, ModuleList, ParameterList, Sequential
from .conv import Conv1d, Conv2d, Conv3d, conv
from .conv_separable import SeparableConv2d, separable_conv
from .conv_transpose import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, conv_transpose
from .elementwise import Add, Multiply, add, multiply
from .exchange import from_torch, to_torch
from .group import Max, Sum, Switch, max, sum, switch
from .linear import Linear, linear
from .loss import CrossEntropy, SoftmaxCrossEntropy, SquaredError, cross_entropy, softmax_cross_entropy, squared_error
from .loss_elementwise import (
    BCE,
    L1,
    NLL,
    BCEWithLogits,
    Hinge,
    Huber,
    KLDiv,
    SmoothL1,
    bce,
    bce_with_logits,
    hinge,
    huber,
    kl_div,
    l1,
    nll,
    smooth_l1,
)
from .module import Module, Parameter
from .normalization import LayerNorm, RMSNorm, layer_norm, rms_norm
from .normalization_batch import BatchNorm1d, BatchNorm2d, BatchNorm3d, batch_norm, batch_norm_inference
from .normalization_group import GroupNorm, InstanceNorm1d, InstanceNorm2d, InstanceNorm3d, group_norm, instance_norm
from .normalization_response import LocalResponseNorm, local_response_norm
from .normalization_weight import WeightNorm, weight_norm
from .pooling import (
    AvgPool1d,
    AvgPool2d,
    AvgPool3d,
    GlobalAvgPool2d,
    MaxPool1d,
    MaxPool2d,
    MaxPool3d,
    avg_pool,
    global_avg_pool,
    max_pool,
)
from .pooling_adaptive import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveAvgPool3d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    AdaptiveMaxPool3d,
    adaptive_avg_pool,
    adaptive_max_pool,
)
from .pooling_upsample import Upsample, upsample
from .recurrent import gru_cell, lstm_cell, simple_rnn_cell
from .recurrent_cell import GRUCell, LSTMCell, SimpleRNNCell
from .recurrent_sequence import GRU, LSTM, SimpleRNN
from .recurrent_unroll import unroll
from .regularization import Dropout, dropout
from .spatial import output_size
from .transformer import TransformerDecoderLayer, TransformerEncoderLayer
from .transformer_whole import Transformer, TransformerDecoder, TransformerEncoder

__all__ = [
    "BCE",
    "GRU",
    "L1",
    "LSTM",
    "NLL",
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
    "Add",
    "AdditiveAttention",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "BCEWithLogits",
    "BasicBlock",
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "Bottleneck",
    "ChannelShuffle",
    "Conv1d",
    "Conv2d",
    "Conv2dNormActivation",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "CrossEntropy",
    "DenseBlock",
    "DenseLayer",
    "DepthwiseSeparable",
    "Dropout",
    "Embedding",
    "Flatten",
    "GRUCell",
    "GlobalAvgPool2d",
    "GroupNorm",
    "GroupedQueryAttention",
    "Hinge",
    "Huber",
    "Identity",
    "InceptionBlock",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "InvertedResidual",
    "KLDiv",
    "LSTMCell",
    "LayerNorm",
    "Linear",
    "LocalResponseNorm",
    "Max",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "Module",
    "ModuleDict",
    "ModuleList",
    "MultiHeadAttention",
    "Multiply",
    "Parameter",
    "ParameterList",
    "PositionalEncoding",
    "RMSNorm",
    "RotaryPositions",
    "ScaledDotProductAttention",
    "SeparableConv2d",
    "Sequential",
    "ShuffleUnit",
    "ShuffleUnitV2",
    "SimpleRNN",
    "SimpleRNNCell",
    "SmoothL1",
    "SoftmaxCrossEntropy",
    "SquaredError",
    "SqueezeExcitation",
    "Sum",
    "Switch",
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
    "Transition",
    "Upsample",
    "WeightNorm",
    "XceptionBlock",
    "adaptive_avg_pool",
    "adaptive_max_pool",
    "add",
    "additive_attention",
    "avg_pool",
    "batch_norm",
    "batch_norm_inference",
    "bce",
    "bce_with_logits",
    "channel_shuffle",
    "compound_scaling",
    "conv",
    "conv_transpose",
    "cross_entropy",
    "dropout",
    "embedding",
    "from_torch",
    "global_avg_pool",
    "group_norm",
    "gru_cell",
    "hinge",
    "huber",
    "init",
    "instance_norm",
    "kl_div",
    "l1",
    "layer_norm",
    "linear",
    "local_response_norm",
    "lstm_cell",
    "masked_softmax",
    "max",
    "max_pool",
    "multi_head_attention",
    "multiply",
    "nll",
    "output_size",
    "positional_encoding",
    "rms_norm",
    "rotary_positions",
    "scaled_channels",
    "scaled_dot_product_attention",
    "scaled_layers",
    "separable_conv",
    "simple_rnn_cell",
    "sinusoidal_positions",
    "smooth_l1",
    "softmax_cross_entropy",
    "squared_error",
    "sum",
    "switch",
    "to_torch",
    "unroll",
    "upsample",
    "weight_norm",
]
__all__ += activation.__all__

if not TYPE_CHECKING:  # a type checker is to know that there are no other names

    def __getattr__(name: str) -> NoReturn:
        from .elsewhere import CLASSES, FUNCTIONS  # for a name that is not ours, and then alone

        raise errors.no_name(sys.modules[__name__], name, errors.spoken((CLASSES | FUNCTIONS).get(name, "")))
