"""Kernels against the closed forms whose twins they are, and their memory: nothing handed out is written again."""

import inspect

import numpy as np
import pytest
from every import every
from table import CASES

import autograd_zoo as az
from autograd_zoo import kernels
from autograd_zoo.kernels import memory, threads, twins


@pytest.fixture
def always(monkeypatch):
    monkeypatch.setattr(twins, "FEW", 0)
    monkeypatch.setattr(threads, "LONG", 0)
