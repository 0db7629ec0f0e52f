"""Rows of what the text says of modules at large, of activations and of fully connected layers."""

import numpy as np

from autograd_zoo.closed_form import activation, linear
from autograd_zoo.closed_form.formula import Formula
from autograd_zoo.closed_form.notation import Array
from autograd_zoo.closed_form.rows.claims import claim, multiplications, truth, vgg, weights
from autograd_zoo.closed_form.rows.samples import away_from_zero, size

_INTRODUCED = (
    "add multiply sum max switch relu leaky_relu elu selu sigmoid softmax softplus tanh cross_entropy squared_error "
    "max_pool avg_pool dropout linear conv separable_conv batch_norm layer_norm instance_norm group_norm weight_norm "
    "simple_rnn lstm gru multi_head_attention"
).split()
"""Each module that has a row of the table, a heading, or a name in the text on normalization."""
_IN_WORDS = "layer_norm instance_norm group_norm weight_norm multi_head_attention".split()
_printed_for = truth(*(name not in _IN_WORDS for name in _INTRODUCED))


def each_module(rows: tuple[Formula, ...]) -> Formula:
    """Return the row of what is said of each module, given all rows of formulas."""
    passes = {(row.specimen, row.quantity[0]) for row in rows if row.source == "document" and row.quantity != "claim"}

    def given(*_: Array) -> Array:
        return truth(*((name, "y") in passes and (name, "d") in passes for name in _INTRODUCED))

    return claim(
        "attention.multi_head_attention.each_module",
        3,
        "Introduction",
        "For each module introduced, either a set of mathematical formulations or a PyTorch/Numpy implementation of "
        "the module’s forward, backward, and when applicable, parameter gradient methods is provided.",
        r"y\text{ and }\frac{\partial{L}}{\partial{x}}\text{ are printed, for each module}",
        printed=lambda *_: np.ones(len(_INTRODUCED)),
        corrected=given,
        corrected_latex=r"y\text{ and }\frac{\partial{L}}{\partial{x}}\text{ are printed, for 25 of 30 modules}",
        repairs={"LN, IN, GN, WN and Multi-Head Self-Attention are left out": lambda *_: _printed_for},
        mended=lambda *_: _printed_for,
        sample=lambda rng: (),
        note="Nothing follows the heading Multi-Head Self-Attention, and of the normalizations BN alone is printed.",
    )


def _slopes(side: float) -> tuple[Array, ...]:
    h = side * 1e-6
    return tuple(lambda x, f=f: (f(x + h) - f(x)) / h for f in (activation.relu, activation.leaky_relu))


def _one_sided(side: float, x: Array) -> Array:
    return np.round([slope(x) for slope in _slopes(side)], 6)


def _layer(rng: np.random.Generator) -> tuple[Array, ...]:
    m, n = size(rng), size(rng)
    return away_from_zero(rng, 2, m), away_from_zero(rng, n, m), away_from_zero(rng, n)


def _dense_takes_more(convs: Array, dense: Array) -> Array:
    """Tell whether the FC layers multiply more than the convolutions, and whether they have more weights."""
    of_layers = multiplications(convs, dense), weights(convs, dense)
    return truth(*(of_dense.sum() > of_convs.sum() for of_convs, of_dense in of_layers))


def _jacobian(x: Array, W: Array, b: Array) -> Array:
    """∂y/∂W, row by row of W: what the unit matrices make of x."""
    units = np.eye(W.size).reshape(-1, *W.shape)
    return np.stack([linear.linear(x[0], unit, 0 * b) for unit in units], axis=1)


_FC = "Linear modules, FC"

ACTIVATION: tuple[Formula, ...] = (
    claim(
        "activation.relu.differentiable",
        9,
        "Introduction",
        "Note that only differentiable modules would be included here",
        r"\lim\limits_{h\to0+}\frac{y(x+h)-y(x)}{h}=\lim\limits_{h\to0-}\frac{y(x+h)-y(x)}{h}",
        printed=lambda x: _one_sided(1.0, x),
        corrected=lambda x: _one_sided(-1.0, x),
        corrected_latex=(
            r"\lim\limits_{h\to0+}\frac{y(x+h)-y(x)}{h}=\lim\limits_{h\to0-}\frac{y(x+h)-y(x)}{h}\qquad(x\neq0)"
        ),
        mended=lambda x: np.where(x == 0, _one_sided(-1.0, x), _one_sided(1.0, x)),
        sample=lambda rng: (away_from_zero(rng, size(rng)),),
        spread=({"sample": lambda rng: (np.zeros(size(rng)),)},),
        note="ReLU and Leaky ReLU have a kink at 0, as Max and MaxPooling2D have at a tie.",
    ),
)

LINEAR: tuple[Formula, ...] = (
    claim(
        "linear.linear.affine",
        59,
        "Linear modules",
        "Linear layers are used to perform affine transformations.",
        r"y(a\vec{x}+(1-a)\vec{x}')=ay(\vec{x})+(1-a)y(\vec{x}')",
        printed=lambda x, W, b: 3 * linear.linear(x[0], W, b) - 2 * linear.linear(x[1], W, b),
        corrected=lambda x, W, b: linear.linear(3 * x[0] - 2 * x[1], W, b),
        sample=_layer,
    ),
    claim(
        "linear.linear.majority",
        59,
        "Linear modules",
        "Usually they are the layers with the majority of learnable parameters in a network",
        r"\sum_{conv}K^2CM+\sum_{FC}CM>\sum\text{ other parameters}",
        printed=lambda *_: truth(True),
        corrected=lambda convs, dense: truth(sum(w.sum() for w in weights(convs, dense)) > 4 * convs[:, 1].sum()),
        sample=vgg,
        note="For VGG, even with the biases and with γ and β of a normalization after each layer counted as others.",
    ),
    claim(
        "linear.linear.computation",
        63,
        _FC,
        "In modern models, however, FC layers are no longer used throughout the network, as they consume too much "
        "computation budgets",
        r"\sum_{FC}CM>\sum_{conv}K^2CMH^2",
        printed=lambda *_: truth(True, True),
        corrected=_dense_takes_more,
        corrected_latex=r"\sum_{FC}CMH^2<\sum_{conv}K^2CMH^2\qquad\sum_{FC}CM>\sum_{conv}K^2CM",
        repairs={"computation → memory": lambda *_: truth(False, True)},
        mended=lambda *_: truth(False, True),
        sample=vgg,
        note=(
            "Of VGG-16's multiplications 0.8 % are in the FC layers, but 89 % of its weights: it is parameters that "
            "they cost."
        ),
    ),
    claim(
        "linear.linear.kronecker",
        69,
        _FC,
        "parameter-pass involves a vector-by-matrix derivative, which could be represented compactly by the kronecker "
        "product with an identity matrix",
        r"\frac{\partial{\vec{y}}}{\partial{vec(W)}}=I\otimes\vec{x}^T",
        printed=lambda x, W, b: np.kron(np.eye(len(b)), x[:1]),
        corrected=_jacobian,
        sample=_layer,
        note="With W row by row, and xᵀ; the formula below the text has x.",
    ),
)
