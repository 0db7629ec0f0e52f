"""Draw the gallery: `python docs/gallery.py` writes docs/gallery/, a light and a dark picture of each graph."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

import programs  # needs the path above

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn

HERE = Path(__file__).parent / "gallery"
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def neuron() -> az.Tensor:
    """A neuron with two inputs, swept."""
    x1, x2 = az.Tensor(2.0, name="x1"), az.Tensor(0.0, name="x2")
    w1, w2 = az.Tensor(-3.0, name="w1"), az.Tensor(1.0, name="w2")
    b = az.Tensor(6.8813735870195432, name="b")
    n = np.tanh(x1 * w1 + x2 * w2 + b).named("n")
    n.backward(retain_grads=True)
    return n


def softmax_cross_entropy() -> az.Tensor:
    """Logits of three samples for four classes, swept."""
    z = az.Tensor(np.random.default_rng(0).normal(size=(3, 4)), name="z")
    loss = nn.softmax_cross_entropy(z, np.eye(4)[[0, 2, 3]]).named("L")
    loss.backward(retain_grads=True)
    return loss


def mlp() -> az.Tensor:
    """A batch of digits through three layers, to the loss."""
    images, labels = az.data.digits("train")
    rng = np.random.default_rng(0)
    hidden = [layer for n in (64, 32) for layer in (nn.Linear(64, n, rng=rng), nn.ReLU())]
    model = nn.Sequential(*hidden, nn.Linear(32, 10, rng=rng))
    z = model(az.Tensor(images[:32].reshape(32, -1), name="x"))
    return nn.softmax_cross_entropy(z, az.data.one_hot(labels[:32], 10)).named("L")


def conv_bn_relu() -> az.Tensor:
    """A convolution, Batch Normalization and ReLU."""
    rng = np.random.default_rng(0)
    block = nn.Conv2dNormActivation(3, 8, rng=rng)
    return block(az.Tensor(rng.normal(size=(4, 3, 8, 8)), name="x")).named("y")


def bottleneck() -> az.Tensor:
    """A block of ResNet-50 with a projection beside it."""
    rng = np.random.default_rng(0)
    block = nn.Bottleneck(16, 8, stride=2, rng=rng)
    return block(az.Tensor(rng.normal(size=(2, 16, 8, 8)), name="x")).named("y")


def lstm() -> az.Tensor:
    """37 steps of an LSTM."""
    return _recurrent(nn.LSTM)


def gru() -> az.Tensor:
    """37 steps of a GRU."""
    return _recurrent(nn.GRU)


def _recurrent(kind: Callable[..., Any]) -> az.Tensor:
    rng = np.random.default_rng(0)
    outputs, _ = kind(8, 16, rng=rng)(az.Tensor(rng.normal(size=(37, 4, 8)), name="x"))
    return (outputs**2).mean().named("L")


def attention() -> az.Tensor:
    """Two heads."""
    rng = np.random.default_rng(0)
    return nn.MultiHeadAttention(8, 2, rng=rng)(az.Tensor(rng.normal(size=(2, 5, 8)), name="x")).named("y")


def transformer_layer() -> az.Tensor:
    """One layer of an encoder."""
    rng = np.random.default_rng(0)
    layer = nn.TransformerEncoderLayer(8, 2, 16, rng=rng).eval()
    return layer(az.Tensor(rng.normal(size=(2, 5, 8)), name="x")).named("y")


def second_derivative() -> az.Tensor:
    """The sweep over tanh(w x) is recorded, drawn, and swept in its turn."""
    w, x = az.Tensor(0.5, name="w"), az.Tensor(1.5, name="x")
    (slope,) = az.gradient(np.tanh(w * x), [w], create_graph=True)
    slope.named("dy/dw").backward(retain_grads=True)
    return slope


@dataclass(frozen=True)
class Plate:
    """A picture of the gallery: its title, what is to be seen, and the graph."""

    title: str
    seen: str
    graph: Callable[[], az.Tensor]


PLATES = {
    "neuron": Plate("A neuron", "Values and gradients; beside each line the way back.", neuron),
    "softmax_cross_entropy": Plate(
        "Softmax and cross-entropy",
        "The loss from its logits, computed so that nothing overflows.",
        softmax_cross_entropy,
    ),
    "mlp": Plate("A multi-layer perceptron on digits", "Modules are closed; their parameters are rows.", mlp),
    "conv_bn_relu": Plate("Convolution, Batch Normalization, ReLU", "Three boxes for 23 nodes.", conv_bn_relu),
    "bottleneck": Plate("A bottleneck of ResNet", "The shortcut has a projection: the shape changes.", bottleneck),
    "lstm": Plate("An LSTM over 37 steps", "All steps do the same, so one is drawn; two states go to the next.", lstm),
    "gru": Plate("A GRU over 37 steps", "One state, and a gate that keeps a part of it.", gru),
    "attention": Plate("Multi-head attention", "Scores S, weights A, and what the heads return, o.", attention),
    "transformer_layer": Plate(
        "A layer of a Transformer", "Attention, then two linear layers, each added to what went in.", transformer_layer
    ),
    "second_derivative": Plate(
        "A second derivative", "The recorded sweep stands in ∇; gradients are those of dy/dw.", second_derivative
    ),
    "char_rnn": Plate(
        "A recurrent network by hand",
        "A plain loop over 20 characters: its steps are found, and drawn as one.",
        programs.char_rnn,
    ),
    "attention_by_hand": Plate("Attention by hand", "Causal attention, with einsum.", programs.attention_by_hand),
    "vae": Plate("A variational autoencoder", "What is drawn at random, ε, is an input.", programs.vae),
    "gan_step": Plate(
        "A step of a GAN", "Both calls of the discriminator have its parameters: a dot.", programs.gan_step
    ),
    "siamese": Plate("A siamese network", "Two calls of one network.", programs.siamese),
    "unet": Plate("A U-Net", "What was on the way down is joined to what comes up.", programs.unet),
    "resnet18": Plate("ResNet-18", "Blocks stand closed in their stages, all of them alike.", programs.resnet18),
    "gpt": Plate("A GPT of six blocks", "One block is open, and the others are counted.", programs.gpt),
    "newton": Plate("A step of Newton's method", "Each row of the Hessian is a recorded sweep.", programs.newton),
    "operations": Plate(
        "5,000 operations", "Without modules nothing folds: drawn is what is next to the result.", programs.operations
    ),
}


def draw(name: str, **options: Any) -> graph_viz.Drawing:
    """The drawing of a plate."""
    return graph_viz.draw(PLATES[name].graph(), **options)


def entry(name: str) -> str:
    """What the page says of a plate, and its picture for light and dark."""
    plate = PLATES[name]
    return (
        f"## {plate.title}\n\n{plate.seen}\n\n"
        f'<picture><source media="(prefers-color-scheme: dark)" srcset="{name}-dark.svg">'
        f'<img src="{name}-light.svg" alt="{plate.title}"></picture>\n'
    )


HEAD = """\
# Gallery

What `graph_viz.draw(y)` makes of twenty graphs, without any option. The first ten fit a page of A4 or letter with
letters of 8 pt; the others are programs as people write them. `python docs/gallery.py` draws them anew. The same models
drawn by others stand [beside ours](peers/README.md).
"""


def page() -> str:
    """The page of the gallery, as Markdown."""
    return "\n".join([HEAD, *map(entry, PLATES)])


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    for name in PLATES:
        for theme in THEMES:
            draw(name, theme=theme).save(HERE / f"{name}-{theme}.svg")
    (HERE / "README.md").write_text(page(), encoding="utf-8")
