"""Models, put together from modules: functions `name(rng, ...) -> Module`.

Small ones for the tasks of `train`, and the networks of the literature, which `autograd-zoo list --models` lists.
"""

from .catalogue import NETWORKS, Network
from .dense import DenseNet, densenet121
from .digits import cnn, mlp
from .efficient import EfficientNet, MBConv, StochasticDepth, efficientnet, efficientnet_b0
from .inception import Inception, inception_v3
from .language import BERT, GPT, bert, gpt
from .mobile import MobileNet, ShuffleNet, Xception, mobilenet_v1, mobilenet_v2, shufflenet_v1, shufflenet_v2, xception
from .parts import Chain
from .pictures import VAE, UNet, unet, vae
from .plain import VGG, AlexNet, alexnet, vgg16
from .residual import ResNet, SEBottleneck, resnet18, resnet50, resnext50, se_resnet50, wide_resnet50
from .sequence import ReadThenWrite, transformer
from .text import Characters, Reader, gru, lstm, reader
from .translation import Seq2Seq, Writer, seq2seq
from .vision import resnet, vgg
from .weights import from_torchvision

__all__ = [
    "BERT",
    "GPT",
    "NETWORKS",
    "VAE",
    "VGG",
    "AlexNet",
    "Chain",
    "Characters",
    "DenseNet",
    "EfficientNet",
    "Inception",
    "MBConv",
    "MobileNet",
    "Network",
    "ReadThenWrite",
    "Reader",
    "ResNet",
    "SEBottleneck",
    "Seq2Seq",
    "ShuffleNet",
    "StochasticDepth",
    "UNet",
    "Writer",
    "Xception",
    "alexnet",
    "bert",
    "cnn",
    "densenet121",
    "efficientnet",
    "efficientnet_b0",
    "from_torchvision",
    "gpt",
    "gru",
    "inception_v3",
    "lstm",
    "mlp",
    "mobilenet_v1",
    "mobilenet_v2",
    "reader",
    "resnet",
    "resnet18",
    "resnet50",
    "resnext50",
    "se_resnet50",
    "seq2seq",
    "shufflenet_v1",
    "shufflenet_v2",
    "transformer",
    "unet",
    "vae",
    "vgg",
    "vgg16",
    "wide_resnet50",
    "xception",
]
