"""Optimizers, schedules of the learning rate, and clipping: everything that moves the parameters of a module."""

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
