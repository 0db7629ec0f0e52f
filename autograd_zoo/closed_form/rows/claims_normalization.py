"""Rows of what the text says of normalizations, beside those that stand with their formulas."""

import numpy as np

from .. import normalization
from ..formula import Formula
from ..notation import Array
from .claims import activations, claims, second_alone, truth, vgg, weights
from .samples import away_from_zero, size

_EPS, _BATCH = 0.01, 64
_claim = claims("Normalization, text", sample=vgg)


def _maps(rng: np.random.Generator) -> tuple[Array, ...]:
    """Draw x (N, C, H, W), with channels of different spread."""
    N, C, H, W = rng.integers(2, 5, 4)
    return (away_from_zero(rng, N, C, H, W) * rng.uniform(0.5, 3.0, (C, 1, 1)),)


def _standardized(x: Array) -> Array:
    """(x_m − μ_B)/√(σ_B² + ε), m along the first axis."""
    mu = sum(x) / len(x)
    return np.stack([(x_m - mu) / np.sqrt(sum((x - mu) ** 2) / len(x) + _EPS) for x_m in x])


def _by_channel(x: Array) -> Array:
    """The same with all numbers of a channel as x_m."""
    channels = [_standardized(x[:, c].ravel()).reshape(x[:, c].shape) for c in range(x.shape[1])]
    return np.stack(channels, axis=1)


def _channels_seen(x: Array) -> Array:
    """By how much each channel of LN changes, and whether, where each channel of x does."""
    axes = (1, 2, 3)
    perturbed = (x + 0.5 * np.eye(x.shape[1])[c][:, None, None] * x for c in range(x.shape[1]))
    changes = [
        np.abs(normalization.layer_norm(n, axes=axes) - normalization.layer_norm(x, axes=axes)) for n in perturbed
    ]
    return truth(*(change.max((0, 2, 3)) > 1e-6 for change in changes))


def _mostly(convs: Array, dense: Array) -> Array:
    """For one image, and for a batch, whether most layers have more activations than weights."""
    a, w = (np.concatenate(of(convs, dense)) for of in (activations, weights))
    return truth(*(np.mean(images * a > w) > 0.5 for images in (1, _BATCH)))


FORMULAS: tuple[Formula, ...] = (
    _claim["normalization.batch_norm.channels"](
        "normalizing the activations of a layer into a normal ...",
        r"y_m=\frac{x_m-\mu_B}{\sqrt{\sigma_B^2+\epsilon}}\\x_m\text{: i-th element in m-th sample's vector}",
        printed=_standardized,
        corrected=lambda x: normalization.batch_norm(x, eps=_EPS),
        corrected_latex=(
            r"y_{m,i,j}=\frac{x_{m,i,j}-\mu_B}{\sqrt{\sigma_B^2+\epsilon}}\qquad"
            r"\mu_B=\frac{1}{MH^2}\sum\limits_m\sum\limits_i^H\sum\limits_j^Hx_{m,i,j}"
        ),
        readings={"B": _by_channel},
        sample=_maps,
        note="On maps the formulas are right for each channel if m counts its samples and positions, M of both.",
    ),
    _claim["normalization.batch_norm.batch_of_one"](
        "it also limited its application to other settings, for ...",
        r"\vec{y}=\vec{\beta}\qquad(M=1)",
        printed=lambda x, gamma, beta: beta[None],
        corrected=lambda x, gamma, beta: normalization.batch_norm(x, gamma, beta),
        sample=lambda rng: (lambda n: tuple(away_from_zero(rng, *shape) for shape in ((1, n), (n,), (n,))))(size(rng)),
        note="Of one vector nothing is left but the shift, whatever the input is.",
    ),
    _claim["normalization.layer_norm.all_channels"](
        "The vanilla Layer Normalization combines the activations ...",
        r"\frac{\partial{y_c}}{\partial{x_{c'}}}\neq0\text{ for all }c,c'",
        printed=lambda x: np.ones((x.shape[1],) * 2),
        corrected=_channels_seen,
        sample=_maps,
    ),
    _claim["normalization.layer_norm.shallow"](
        "generally the feature maps are gradually downsampled ...",
        r"MH^2\text{ does not grow from one layer to the next}",
        holds=lambda convs, dense: truth(np.all(np.diff(activations(convs, dense)[0]) <= 0)),
        note="In VGG-16 from 3 211 264 numbers in the first layer to 100 352 in the last convolutional one.",
    ),
    _claim["normalization.layer_norm.deep"](
        "the deeper layers have very small activation maps to ...",
        r"\frac{1}{\sqrt{MH^2}}>0.1",
        holds=lambda convs, dense: truth(*(1 / np.sqrt((convs[-1, 1] * 14**2, 7**2)) > 0.1)),
        corrected_latex=r"\frac{1}{\sqrt{MH^2}}<0.1\qquad\frac{1}{\sqrt{(H/2)^2}}>0.1",
        repairs=second_alone("of a layer → of a channel"),
        note=(
            "LN's last convolutional layer in VGG has 100 352 numbers, for a standard error of 0.3 %. It is one "
            "channel alone, IN's, that has few: 7 × 7 after the last pooling, for 14 %. Meaningful is up to 10 %."
        ),
    ),
    _claim["normalization.weight_norm.cheaper"](
        "computationally cheaper, as there are usually much more ...",
        r"MH^2>K^2CM\text{ in more than half of the layers, for one image as for a batch}",
        holds=_mostly,
        corrected_latex=r"BMH^2>K^2CM\text{ in more than half of the layers, for a batch of }B=64\text{, not for }B=1",
        repairs=second_alone("activations → activations of a batch"),
        note=(
            "Usually is taken as in more than half of the layers of VGG. For one image VGG-16 has more activations "
            "than weights in 7 of its 13 convolutional and 3 FC layers, for a batch of 64 in the 13 (much more, ten "
            "times as many, in 10); VGG-11, 13 and 19 are likewise below half and above it."
        ),
    ),
)
