import numpy as np


def T(a):
    return np.swapaxes(a, -1, -2)


def weights(Q, K, mask, root=True):
    S = Q @ T(K) / (np.sqrt(K.shape[-1]) if root else 1.0)
    e = np.where(mask, np.exp(S), 0.0)
    return e / e.sum(-1, keepdims=True)


def dS(g, Q, K, V, mask, D, whole=True, root=True, dropped=True, sign=1.0):
    A = weights(Q, K, mask)
    s = A * (g @ T(V)) * (D if dropped else 1.0)
    s = s - sign * A * s.sum(-1, keepdims=True) if whole else s
    return s / np.sqrt(K.shape[-1]) if root else s


def by_Q(scale=1.0, **how):
    return lambda g, y, Q, K, V, mask, D: scale * dS(g, Q, K, V, mask, D, **how) @ K


def by_K(scale=1.0, **how):
    return lambda g, y, Q, K, V, mask, D: scale * T(dS(g, Q, K, V, mask, D, **how)) @ Q


def by_V(f):
    return lambda g, y, Q, K, V, mask, D: f(g, weights(Q, K, mask) * D, V)


def rows(W, i, g, add):
    dW = np.zeros_like(W)
    if add:
        np.add.at(dW, i, g)
    else:
        dW[i] += g
    return dW


NAME = "scaled_dot_product_attention"
MISTAKES = [
    (NAME, None, by_Q(whole=False), "path"),
    (NAME, None, by_Q(root=False), "one sample"),
    (NAME, None, by_Q(sign=-1.0), "path sign"),
    (NAME, None, by_Q(-1.0), "sign"),
    (NAME, None, by_Q(2.0), "factor"),
    (NAME, None, by_Q(dropped=False), "term"),
    (NAME, None, lambda g, y, Q, K, V, mask, D: dS(np.ones_like(g), Q, K, V, mask, D) @ K, "cotangent"),
    (NAME, None, lambda g, y, Q, K, V, mask, D: dS(g, Q, K, V, mask, D), "shape"),
    (NAME, "K", by_K(whole=False), "path"),
    (NAME, "K", by_K(-1.0), "sign"),
    (NAME, "K", by_K(sign=-1.0), "path sign"),
    (NAME, "K", lambda g, y, Q, K, V, mask, D: dS(g, Q, K, V, mask, D) @ Q, "raises"),
    (NAME, "K", by_K(0.5), "factor"),
    (NAME, "V", by_V(lambda g, A, V: T(A) @ g * V), "factor"),
    (NAME, "V", by_V(lambda g, A, V: -T(A) @ g), "sign"),
    (NAME, "V", by_V(lambda g, A, V: A @ g), "raises"),
    (NAME, "V", by_V(lambda g, A, V: T(A) @ g / 2), "factor"),
    (NAME, "V", by_V(lambda g, A, V: T(A) @ np.ones_like(g)), "cotangent"),
    ("embedding", None, lambda g, y, W, i: rows(W, i, g, False), "lost"),
    ("embedding", None, lambda g, y, W, i: -rows(W, i, g, True), "sign"),
    ("embedding", None, lambda g, y, W, i: g, "shape"),
    ("embedding", None, lambda g, y, W, i: rows(W, i, g, True) * W, "factor"),
    ("embedding", None, lambda g, y, W, i, padding_idx=None: rows(W, i, g, True), "variant"),
]
MISTAKES[1] = (NAME, None, by_Q(root=False), "factor")
