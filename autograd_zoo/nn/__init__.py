"""Neural network modules, composed of primitives, in the document's notation; one file per family."""

import sys
from typing import TYPE_CHECKING, NoReturn

from ..engine import errors
from . import init
from .activation import (
    ELU,
    GELU,
    SELU,
    LeakyReLU,
    LogSoftmax,
    PReLU,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
    elu,
    gelu,
    leaky_relu,
    log_softmax,
    prelu,
    relu,
    relu6,
    selu,
    sigmoid,
    silu,
    softmax,
    softplus,
    tanh,
)
from .attention import (
    AdditiveAttention,
    ScaledDotProductAttention,
    additive_attention,
    masked_softmax,
    scaled_dot_product_attention,
)
from .attention_embedding import Embedding, PositionalEncoding, embedding, positional_encoding, sinusoidal_positions
from .attention_multi_head import MultiHeadAttention, multi_head_attention
from .block import Conv2dNormActivation, SqueezeExcitation
from .block_dense import DenseBlock, DenseLayer, Transition
from .block_inception import InceptionBlock
from .block_residual import BasicBlock, Bottleneck
from .block_scaling import compound_scaling, scaled_channels, scaled_layers
from .block_separable import DepthwiseSeparable, InvertedResidual, XceptionBlock
from .block_shuffle import ChannelShuffle, ShuffleUnit, ShuffleUnitV2, channel_shuffle
from .conv import Conv1d, Conv2d, Conv3d, conv
from .conv_separable import SeparableConv2d, separable_conv
from .conv_transpose import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, conv_transpose
from .elementwise import Add, Multiply, add, multiply
from .exchange import from_torch, to_torch
from .group import Max, Sum, Switch, max, sum, switch
from .linear import Linear, linear
from .loss import (
    CrossEntropy,
    SoftmaxCrossEntropy,
    SquaredError,
    cross_entropy,
    softmax_cross_entropy,
    squared_error,
)
from .module import Module, ModuleList, Parameter, Sequential
from .normalization import LayerNorm, RMSNorm, layer_norm, rms_norm
from .normalization_batch import BatchNorm1d, BatchNorm2d, BatchNorm3d, batch_norm, batch_norm_inference
from .normalization_group import GroupNorm, InstanceNorm1d, InstanceNorm2d, InstanceNorm3d, group_norm, instance_norm
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
from .recurrent import gru_cell, lstm_cell, simple_rnn_cell
from .recurrent_cell import GRUCell, LSTMCell, SimpleRNNCell
from .recurrent_sequence import GRU, LSTM, SimpleRNN
from .recurrent_unroll import unroll
from .regularization import Dropout, dropout
from .spatial import output_size
from .transformer import TransformerDecoderLayer, TransformerEncoderLayer

__all__ = [
    "ELU",
    "GELU",
    "GRU",
    "LSTM",
    "SELU",
    "Add",
    "AdditiveAttention",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
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
    "GRUCell",
    "GlobalAvgPool2d",
    "GroupNorm",
    "InceptionBlock",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "InvertedResidual",
    "LSTMCell",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "Max",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "Module",
    "ModuleList",
    "MultiHeadAttention",
    "Multiply",
    "PReLU",
    "Parameter",
    "PositionalEncoding",
    "RMSNorm",
    "ReLU",
    "ReLU6",
    "ScaledDotProductAttention",
    "SeparableConv2d",
    "Sequential",
    "ShuffleUnit",
    "ShuffleUnitV2",
    "SiLU",
    "Sigmoid",
    "SimpleRNN",
    "SimpleRNNCell",
    "Softmax",
    "SoftmaxCrossEntropy",
    "Softplus",
    "SquaredError",
    "SqueezeExcitation",
    "Sum",
    "Switch",
    "Tanh",
    "TransformerDecoderLayer",
    "TransformerEncoderLayer",
    "Transition",
    "WeightNorm",
    "XceptionBlock",
    "add",
    "additive_attention",
    "avg_pool",
    "batch_norm",
    "batch_norm_inference",
    "channel_shuffle",
    "compound_scaling",
    "conv",
    "conv_transpose",
    "cross_entropy",
    "dropout",
    "elu",
    "embedding",
    "from_torch",
    "gelu",
    "global_avg_pool",
    "group_norm",
    "gru_cell",
    "init",
    "instance_norm",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "lstm_cell",
    "masked_softmax",
    "max",
    "max_pool",
    "multi_head_attention",
    "multiply",
    "output_size",
    "positional_encoding",
    "prelu",
    "relu",
    "relu6",
    "rms_norm",
    "scaled_channels",
    "scaled_dot_product_attention",
    "scaled_layers",
    "selu",
    "separable_conv",
    "sigmoid",
    "silu",
    "simple_rnn_cell",
    "sinusoidal_positions",
    "softmax",
    "softmax_cross_entropy",
    "softplus",
    "squared_error",
    "sum",
    "switch",
    "tanh",
    "to_torch",
    "unroll",
    "weight_norm",
]

if not TYPE_CHECKING:  # a type checker is to know that there are no other names

    def __getattr__(name: str) -> NoReturn:
        from .elsewhere import CLASSES, FUNCTIONS  # for a name that is not ours, and then alone

        raise errors.no_name(sys.modules[__name__], name, errors.spoken((CLASSES | FUNCTIONS).get(name, "")))
