"""Networks that give pictures: U-Net, which says of each pixel what it shows, and a variational autoencoder."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator

from .. import nn
from ..engine.values import given
from ..nn.module import require


def _twice(before: int, after: int, padding: int, rng: Generator, dtype: Any) -> nn.Sequential:
    conv = partial(nn.Conv2d, kernel_size=3, padding=padding, rng=rng, dtype=dtype)
    return nn.Sequential(conv(before, after), nn.ReLU(), conv(after, after), nn.ReLU())


class Up(nn.Module):
    """y = convs([b, enlarge(x)]), b the middle of maps that came before: a stage of `UNet` on the way up.

    Parameters
    ----------
    before, after : int
        channels of x, and of y and what came before
    padding : int

    Attributes
    ----------
    enlarge : ConvTranspose2d
    convs : Sequential
    """

    def __init__(self, before: int, after: int, padding: int, *, rng: Generator, dtype: Any = np.float32) -> None:
        self.enlarge = nn.ConvTranspose2d(before, after, 2, 2, rng=rng, dtype=dtype)
        self.convs = _twice(before, after, padding, rng, dtype)

    def forward(self, x: Any, beside: Any) -> Any:
        """Double the size of x, and convolve it beside what came before."""
        x = self.enlarge(x)
        size, sides = np.shape(x)[-2:], np.shape(beside)[-2:]
        rows, columns = (slice((n - m) // 2, (n - m) // 2 + m) for n, m in zip(sides, size, strict=True))
        return self.convs(np.concatenate([beside[..., rows, columns], x], axis=1))


class UNet(nn.Module):
    """Down by stages of two convolutions and max-pooling, and up again, each time beside the maps of that size.

    Shapes: x (N, in_channels, H, W); y (N, classes, H', W'), as large as x with padding 1, where 2^stages must divide
    H and W; without padding, as in the paper, smaller, 388 for 572.
    Raises: ValueError for maps of odd sizes, which cannot be halved.
    Source: Ronneberger et al., U-Net: Convolutional Networks for Biomedical Image Segmentation, MICCAI 2015.

    Parameters
    ----------
    in_channels, classes : int
    channels : int
        of the first stage, doubled at each that follows
    stages : int
        how often the maps are halved
    padding : 0 (default) or 1
        of the convolutions 3 × 3

    Attributes
    ----------
    down : ModuleList of Sequential
        two convolutions and ReLUs each
    up : ModuleList of Up
    pool : MaxPool2d
    scores : Conv2d
    """

    def __init__(
        self, in_channels: int = 1, classes: int = 2,
        *, channels: int = 64, stages: int = 4, padding: int = 0, rng: Generator, dtype: Any = np.float32,
    ) -> None:  # fmt: skip
        widths = [channels * 2**k for k in range(stages + 1)]
        down = zip([in_channels, *widths[:-1]], widths, strict=True)
        up = zip(widths[:0:-1], widths[-2::-1], strict=True)
        self.down = nn.ModuleList([_twice(a, b, padding, rng, dtype) for a, b in down])
        self.up = nn.ModuleList([Up(a, b, padding, rng=rng, dtype=dtype) for a, b in up])
        self.pool = nn.MaxPool2d(2)
        self.scores = nn.Conv2d(channels, classes, 1, rng=rng, dtype=dtype)

    def forward(self, x: Any) -> Any:
        """Scores of each class for each pixel."""
        *sides, bottom = self.down
        seen = []
        for stage in sides:
            x = stage(x)
            size = np.shape(x)[-2:]
            require(not size[0] % 2 and not size[1] % 2, f"maps of {size} cannot be halved: give another size")
            seen.append(x)
            x = self.pool(x)
        x = bottom(x)
        for stage, beside in zip(self.up, reversed(seen), strict=True):
            x = stage(x, beside)
        return self.scores(x)


def unet(rng: Generator, in_channels: int = 1, classes: int = 2, **sizes: Any) -> UNet:
    """U-Net, 23 convolutions down and up again, which scores each pixel.

    Shapes: x (N, in_channels, H, W); y (N, classes, H', W').
    Source: Ronneberger et al., U-Net: Convolutional Networks for Biomedical Image Segmentation, MICCAI 2015.

    >>> import numpy as np
    >>> unet(np.random.default_rng(0), channels=2, padding=1)(np.zeros((1, 1, 32, 16), np.float32)).shape
    (1, 2, 32, 16)
    """
    return UNet(in_channels, classes, rng=rng, **sizes)


class VAE(nn.Module):
    """y = decoder(z), z = μ + exp(l/2) ⊙ ε with μ and l of encoder(x), and noise ε: a variational autoencoder.

    In evaluation mode z is μ.

    Shapes: x and y (N, pixels); μ and l, the logarithm of the variance, (N, latent). y are scores: the probability
    that a pixel is white is σ(y).
    Source: Kingma and Welling, Auto-Encoding Variational Bayes, ICLR 2014.

    Parameters
    ----------
    pixels, hidden, latent : int
    rng : numpy.random.Generator
        draws the parameters, and the noise

    Attributes
    ----------
    encoder, decoder : Sequential
    mean, log_variance : Linear
    """

    def __init__(
        self, pixels: int = 784, *, hidden: int = 400, latent: int = 20, rng: Generator, dtype: Any = np.float32
    ) -> None:
        linear = partial(nn.Linear, rng=rng, dtype=dtype)
        self.rng = rng
        self.encoder = nn.Sequential(linear(pixels, hidden), nn.ReLU())
        self.mean, self.log_variance = linear(hidden, latent), linear(hidden, latent)
        self.decoder = nn.Sequential(linear(latent, hidden), nn.ReLU(), linear(hidden, pixels))

    def forward(self, x: Any) -> tuple[Any, Any, Any]:
        """Scores y of the pixels, and μ and l; see also `loss`."""
        h = self.encoder(x)
        mean, log_variance = self.mean(h), self.log_variance(h)
        z = mean
        if self.training:
            noise = given(self.rng.standard_normal(np.shape(mean)).astype(mean.dtype), "noise")
            z = mean + np.exp(log_variance / 2.0) * noise
        return self.decoder(z), mean, log_variance

    def loss(self, x: Any) -> Any:
        """−ELBO: what y lacks to say x, pixels from 0 to 1, and how far z is from the normal distribution; a mean."""
        y, mean, log_variance = self(x)
        said = np.sum(np.logaddexp(0.0, y) - x * y, axis=-1)
        distance = 0.5 * np.sum(mean**2 + np.exp(log_variance) - log_variance - 1.0, axis=-1)
        return np.mean(said + distance)


def vae(rng: Generator, pixels: int = 784, **sizes: Any) -> VAE:
    """A variational autoencoder of 28 × 28 pixels, of two layers each way.

    Shapes: x (N, pixels); y (N, pixels), μ and l (N, latent).
    Source: Kingma and Welling, Auto-Encoding Variational Bayes, ICLR 2014; sizes are those of PyTorch's example.

    >>> import numpy as np
    >>> model = vae(np.random.default_rng(0), 64, hidden=16, latent=2)
    >>> [y.shape for y in model(np.zeros((3, 64), np.float32))], model.loss(np.zeros((3, 64), np.float32)).shape
    ([(3, 64), (3, 2), (3, 2)], ())
    """
    return VAE(pixels, rng=rng, **sizes)
