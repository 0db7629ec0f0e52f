"""Whole networks to export: a CNN, a residual network and a language model with causal attention."""

import numpy as np

from autograd_zoo import models, nn


def images(n, seed, dtype=np.float32):
    return np.random.default_rng(seed).standard_normal((n, 1, 8, 8)).astype(dtype)


def cnn():
    model = models.cnn(np.random.default_rng(0), channels=4).eval()
    return model, (images(2, 0),), (images(2, 1),), {"Conv", "Relu", "MaxPool", "Gemm", "BatchNormalization"}


def resnet():
    model = models.resnet(np.random.default_rng(0), channels=4).eval()
    return model, (images(2, 0),), (images(2, 1),), {"Conv", "Relu", "Gemm", "BatchNormalization"}


class GPT(nn.Module):
    """Embeddings of characters and places, layers with causal attention, scores for the next character."""

    def __init__(self, symbols, width, heads, layers, places, rng, dtype=np.float32):
        self.characters = nn.Embedding(symbols, width, rng=rng, dtype=dtype)
        self.places = nn.Embedding(places, width, rng=rng, dtype=dtype)
        self.layers = nn.Sequential(
            *(
                nn.TransformerEncoderLayer(width, heads, 2 * width, dropout=0.0, rng=rng, dtype=dtype)
                for _ in range(layers)
            )
        )
        self.scores = nn.Linear(width, symbols, rng=rng, dtype=dtype)
        self.mask = np.where(np.tri(places, dtype=bool), 0.0, -np.inf).astype(dtype)

    def forward(self, text):
        T = text.shape[1]
        x = self.characters(text) + self.places(np.arange(T))
        for layer in self.layers.layers:
            x = layer(x, self.mask[:T, :T])
        return self.scores(x)


def gpt():
    rng = np.random.default_rng(0)
    model = GPT(11, 8, 2, 2, 6, rng).eval()
    return (
        model,
        (rng.integers(0, 11, (2, 6)),),
        (rng.integers(0, 11, (2, 6)),),
        {"Gather", "Softmax", "LayerNormalization"},
    )


NETWORKS = {"cnn": cnn, "resnet": resnet, "gpt": gpt}
