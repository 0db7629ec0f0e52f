"""For teachers: what the lab asks for."""

import numpy as np


def _weights(Q, K, mask):
    e = np.where(mask, np.exp(Q @ np.swapaxes(K, -1, -2) / np.sqrt(K.shape[-1])), 0.0)
    return e / e.sum(axis=-1, keepdims=True)


def _scores(g, Q, K, V, mask, D):
    """The gradient by the scores, before they are divided by √d."""
    A = _weights(Q, K, mask)
    s = A * D * (g @ np.swapaxes(V, -1, -2))
    return (s - A * s.sum(axis=-1, keepdims=True)) / np.sqrt(K.shape[-1])


def embedding_dW(g, y, W, i):
    dW = np.zeros_like(W)
    np.add.at(dW, i, g)
    return dW


def scaled_dot_product_attention_dV(g, y, Q, K, V, mask, D):
    return np.swapaxes(_weights(Q, K, mask) * D, -1, -2) @ g


def scaled_dot_product_attention_dQ(g, y, Q, K, V, mask, D):
    return _scores(g, Q, K, V, mask, D) @ K


def scaled_dot_product_attention_dK(g, y, Q, K, V, mask, D):
    return np.swapaxes(_scores(g, Q, K, V, mask, D), -1, -2) @ Q
