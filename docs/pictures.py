"""Draw the pictures of the README and the docs: `python docs/pictures.py`."""

from pathlib import Path

import numpy as np

import autograd_zoo as az
import graph_viz

HERE = Path(__file__).parent


def neuron() -> az.Tensor:
    """A neuron with two inputs, swept."""
    x1, x2 = az.Tensor(2.0, name="x1"), az.Tensor(0.0, name="x2")
    w1, w2 = az.Tensor(-3.0, name="w1"), az.Tensor(1.0, name="w2")
    b = az.Tensor(6.8813735870195432, name="b")
    n = np.tanh(x1 * w1 + x2 * w2 + b).named("n")
    n.backward(retain_grads=True)
    return n


if __name__ == "__main__":
    graph_viz.draw(neuron()).save(HERE / "neuron.svg")
