"""Models to train, put together from modules: functions `name(rng, ...) -> Module`, one for each choice of `train`."""

from .digits import cnn, mlp
from .sequence import ReadThenWrite, transformer
from .text import Characters, gru, lstm
from .vision import ResNet, resnet, vgg

__all__ = ["Characters", "ReadThenWrite", "ResNet", "cnn", "gru", "lstm", "mlp", "resnet", "transformer", "vgg"]
