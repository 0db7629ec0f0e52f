"""Optimizers, schedules of the learning rate, and clipping: everything that moves the parameters of a module."""

import sys
from typing import TYPE_CHECKING, NoReturn

from ..engine import errors
from .algorithms import SGD, Adagrad, Adam, AdamW, RMSprop
from .clip import clip_grad_norm
from .optimizer import Optimizer
from .schedule import CosineAnnealingLR, LinearWarmup, OneCycleLR, Scheduler, StepLR

__all__ = [
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "CosineAnnealingLR",
    "LinearWarmup",
    "OneCycleLR",
    "Optimizer",
    "RMSprop",
    "Scheduler",
    "StepLR",
    "clip_grad_norm",
]

ELSEWHERE = {  # names that other libraries give an optimizer or schedule, and what to write here
    "lr_scheduler": "optim.StepLR  # the schedules stand beside the optimizers",
    "clip_grad_norm_": "optim.clip_grad_norm",
    "Adadelta": "optim.RMSprop",
    **dict.fromkeys(("Adamax", "NAdam", "RAdam", "Adafactor", "Lion", "SparseAdam", "Muon"), "optim.Adam"),
    **dict.fromkeys(("ASGD", "Rprop", "LBFGS", "Momentum"), "optim.SGD  # it has momentum"),
    **dict.fromkeys(
        ("LRScheduler", "LambdaLR", "PolynomialLR", "ReduceLROnPlateau"), "optim.Scheduler  # derive from it"
    ),
    **dict.fromkeys(("MultiStepLR", "ExponentialLR", "MultiplicativeLR", "ConstantLR"), "optim.StepLR"),
    **dict.fromkeys(("LinearLR", "WarmupLR", "SequentialLR"), "optim.LinearWarmup"),
    **dict.fromkeys(("CosineAnnealingWarmRestarts", "CosineDecay"), "optim.CosineAnnealingLR"),
    "CyclicLR": "optim.OneCycleLR",
}

if not TYPE_CHECKING:  # a type checker is to know that there are no other names

    def __getattr__(name: str) -> NoReturn:
        raise errors.no_name(sys.modules[__name__], name, errors.spoken(ELSEWHERE.get(name, "")))
