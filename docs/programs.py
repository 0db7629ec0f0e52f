"""Ten programs as people write them, for the gallery: no module where they would use none, and no name too many."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

import autograd_zoo as az
from autograd_zoo import nn


def char_rnn() -> az.Tensor:
    """A recurrent network of characters, written by hand, over 20 steps."""
    rng = np.random.default_rng(0)
    Wxh, Whh, Why = (az.Tensor(rng.normal(size=s) * 0.1, name=n) for n, s in _SIZES.items())
    bh, by = az.Tensor(np.zeros(16), name="bh"), az.Tensor(np.zeros(12), name="by")
    letters = rng.integers(0, 12, 21)
    h, loss = az.Tensor(np.zeros(16), name="h0"), 0.0
    for now, following in pairwise(letters):
        x = np.eye(12)[now]
        h = np.tanh(Wxh @ x + Whh @ h + bh)
        scores = Why @ h + by
        p = np.exp(scores) / np.sum(np.exp(scores))
        loss = loss - np.log(p[following])
    return loss.named("loss")


_SIZES = {"Wxh": (16, 12), "Whh": (16, 16), "Why": (12, 16)}


def attention_by_hand() -> az.Tensor:
    """Causal attention of two heads, written with einsum."""
    rng = np.random.default_rng(0)
    x = az.Tensor(rng.normal(size=(2, 5, 8)), name="x")
    Wq, Wk, Wv = (az.Tensor(rng.normal(size=(2, 8, 4)), name=name) for name in ("Wq", "Wk", "Wv"))
    Wo = az.Tensor(rng.normal(size=(2, 4, 8)), name="Wo")
    q, k, v = (np.einsum("btd,hde->bhte", x, W).named(n) for W, n in ((Wq, "q"), (Wk, "k"), (Wv, "v")))
    scores = np.einsum("bhte,bhse->bhts", q, k) / np.sqrt(4.0)
    scores = np.where(np.tri(5, dtype=bool), scores, -np.inf)
    e = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    weights = (e / np.sum(e, axis=-1, keepdims=True)).named("A")
    return np.einsum("bhts,bhse,hed->btd", weights, v, Wo).named("y")


class VAE(nn.Module):
    """A variational autoencoder: what is encoded is a mean and a logarithm of a variance."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.encoder = nn.Sequential(nn.Linear(16, 8, rng=rng), nn.ReLU(), nn.Linear(8, 4, rng=rng))
        self.decoder = nn.Sequential(nn.Linear(2, 8, rng=rng), nn.ReLU(), nn.Linear(8, 16, rng=rng), nn.Sigmoid())
        self.rng = rng

    def forward(self, x: Any) -> Any:
        """The decoded x, with the mean and the logarithm of the variance."""
        code = self.encoder(x)
        mean, logvar = code[:, :2].named("μ"), code[:, 2:].named("log σ²")
        noise = az.Tensor(self.rng.normal(size=mean.shape), name="ε")
        return self.decoder((mean + np.exp(0.5 * logvar) * noise).named("z")), mean, logvar


def vae() -> az.Tensor:
    """The loss of a variational autoencoder."""
    rng = np.random.default_rng(0)
    x = az.Tensor(rng.uniform(size=(6, 16)), name="x")
    decoded, mean, logvar = VAE(rng)(x)
    error = np.sum((decoded - x) ** 2).named("error")
    divergence = (-0.5 * np.sum(1.0 + logvar - mean**2 - np.exp(logvar))).named("KL")
    return (error + divergence).named("loss")


def gan_step() -> az.Tensor:
    """A step of a GAN: the discriminator sees data, and what the generator makes of noise."""
    rng = np.random.default_rng(0)
    generator = nn.Sequential(nn.Linear(2, 8, rng=rng), nn.ReLU(), nn.Linear(8, 3, rng=rng))
    discriminator = nn.Sequential(nn.Linear(3, 8, rng=rng), nn.LeakyReLU(), nn.Linear(8, 1, rng=rng))
    data = az.Tensor(rng.normal(size=(6, 3)), name="data")
    noise = az.Tensor(rng.normal(size=(6, 2)), name="noise")
    real, fake = discriminator(data), discriminator(generator(noise).named("fake"))
    return np.mean(np.log1p(np.exp(-real)) + np.log1p(np.exp(fake))).named("loss")


def siamese() -> az.Tensor:
    """One network for two inputs, and the contrast of what it makes of them."""
    rng = np.random.default_rng(0)
    network = nn.Sequential(nn.Linear(8, 16, rng=rng), nn.Tanh(), nn.Linear(16, 4, rng=rng))
    a, b = (az.Tensor(rng.normal(size=(6, 8)), name=name) for name in ("a", "b"))
    same = rng.integers(0, 2, 6).astype(float)
    distance = np.sqrt(np.sum((network(a) - network(b)) ** 2, axis=1)).named("distance")
    apart = np.maximum(1.0 - distance, 0.0)
    return np.mean(same * distance**2 + (1.0 - same) * apart**2).named("loss")


class UNet(nn.Module):
    """Two scales down and up again; what was on the way down is joined to what comes up."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.down1, self.down2 = (nn.Conv2dNormActivation(a, b, rng=rng) for a, b in ((1, 4), (4, 8)))
        self.middle = nn.Conv2dNormActivation(8, 16, rng=rng)
        self.up2, self.up1 = (nn.Conv2dNormActivation(a, b, rng=rng) for a, b in ((24, 8), (12, 4)))
        self.pool, self.larger = nn.MaxPool2d(2), nn.Upsample(scale_factor=2)
        self.last = nn.Conv2d(4, 1, 1, rng=rng)

    def forward(self, x: Any) -> Any:
        """A map of the size of x."""
        a = self.down1(x)
        b = self.down2(self.pool(a))
        c = self.middle(self.pool(b))
        b = self.up2(np.concatenate([b, self.larger(c)], axis=1))
        a = self.up1(np.concatenate([a, self.larger(b)], axis=1))
        return self.last(a)


def unet() -> az.Tensor:
    """A small U-Net."""
    rng = np.random.default_rng(0)
    return UNet(rng)(az.Tensor(rng.normal(size=(1, 1, 8, 8)), name="x")).named("y")


def resnet18() -> az.Tensor:
    """ResNet-18, to the loss."""
    rng = np.random.default_rng(0)
    model = az.models.resnet18(rng, classes=10)
    z = model(az.Tensor(rng.normal(size=(2, 3, 32, 32)), name="x"))
    return nn.softmax_cross_entropy(z, np.array([3, 7])).named("loss")


class Block(nn.Module):
    """A layer of GPT."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.ln1, self.ln2 = nn.LayerNorm(8), nn.LayerNorm(8)
        self.attn = nn.MultiHeadAttention(8, 2, rng=rng)
        self.mlp = nn.Sequential(nn.Linear(8, 32, rng=rng), nn.GELU(), nn.Linear(32, 8, rng=rng))

    def forward(self, x: Any) -> Any:
        """What attention and two linear layers add to x."""
        x = x + self.attn(self.ln1(x), causal=True)
        return x + self.mlp(self.ln2(x))


class GPT(nn.Module):
    """A language model of six layers, whose embedding is its head too."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.wte, self.wpe = nn.Embedding(20, 8, rng=rng), nn.Embedding(6, 8, rng=rng)
        self.blocks = nn.ModuleList([Block(rng) for _ in range(6)])
        self.ln_f, self.head = nn.LayerNorm(8), nn.Linear(8, 20, bias=False, rng=rng)
        self.head.W = self.wte.W

    def forward(self, tokens: Any) -> Any:
        """Scores of the token after each."""
        x = self.wte(tokens) + self.wpe(np.arange(tokens.shape[1]))
        for block in self.blocks:
            x = block(x)
        return self.head(self.ln_f(x))


def gpt() -> az.Tensor:
    """A GPT of six blocks, to the loss."""
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 20, (2, 7))
    scores = GPT(rng)(tokens[:, :-1])
    return nn.softmax_cross_entropy(scores.reshape(-1, 20), tokens[:, 1:].ravel()).named("loss")


def newton() -> az.Tensor:
    """A step of Newton's method, whose Hessian is made of recorded sweeps; drawn is the loss after it."""
    x = az.Tensor(np.array([-1.2, 1.0]), name="x")

    def f(x: Any) -> Any:
        return (1.0 - x[0]) ** 2 + 100.0 * (x[1] - x[0] ** 2) ** 2

    (g,) = az.gradient(f(x), [x], create_graph=True)
    H = np.stack([az.gradient(g[i], [x], create_graph=True)[0] for i in range(2)]).named("H")
    step = np.linalg.solve(H, g.named("g")).named("step")
    return f((x - step).named("x′")).named("loss")


def operations() -> az.Tensor:
    """5,000 operations without a module, none of which repeats itself."""
    rng = np.random.default_rng(0)
    pool = [az.Tensor(value, name=f"a{k}") for k, value in enumerate(rng.normal(size=5))]
    for _ in range(2084):
        i, j = rng.integers(len(pool), size=2)
        pool = [*pool[-30:], np.sin(pool[i] + pool[j] * 2.0)]
    return pool[-1].named("y")
