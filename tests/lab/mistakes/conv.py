import numpy as np


def conv_dW(g, x, W):
    dW, L = np.zeros_like(W), g.shape[-1]
    for k in range(W.shape[-1]):
        dW[..., k] = np.einsum("nol,ncl->oc", g, x[..., k : k + L])
    return dW


def conv_dx(g, x, W, flip=False, swap=False):
    dx, L, K = np.zeros_like(x), g.shape[-1], W.shape[-1]
    for k in range(K):
        w = W[..., K - 1 - k if flip else k]
        dx[..., k : k + L] += np.einsum("nol,oc->ncl" if not swap else "nol,co->ncl", g, w)
    return dx


def one_place(g, y, x, W, b):
    """The first place of the kernel alone."""
    dx, L = np.zeros_like(x), g.shape[-1]
    dx[..., :L] += np.einsum("nol,oc->ncl", g, W[..., 0])
    return dx


def assigns(g, y, x, W, b):
    """What stands there is overwritten, and not added to."""
    dx, L = np.zeros_like(x), g.shape[-1]
    for k in range(W.shape[-1]):
        dx[..., k : k + L] = np.einsum("nol,oc->ncl", g, W[..., k])
    return dx


def dilated(g, y, x, W, b):
    """The same window of x for each place of the kernel."""
    dW, L = np.zeros_like(W), g.shape[-1]
    for k in range(W.shape[-1]):
        dW[..., k] = np.einsum("nol,ncl->oc", g, x[..., :L])
    return dW


MISTAKES = [
    ("conv1d", None, lambda g, y, x, W, b: conv_dx(g, x, W, flip=True), "permuted"),
    ("conv1d", None, lambda g, y, x, W, b: -conv_dx(g, x, W), "sign"),
    ("conv1d", None, one_place, "lost"),
    ("conv1d", None, assigns, "lost"),
    ("conv1d", None, lambda g, y, x, W, b: 2 * conv_dx(g, x, W), "factor"),
    ("conv1d", None, lambda g, y, x, W, b: np.flip(conv_dx(g, x, W), -1), "flipped"),
    ("conv1d", None, lambda g, y, x, W, b: np.roll(conv_dx(g, x, W), 1, -1), "shifted"),
    ("conv1d", None, lambda g, y, x, W, b: conv_dx(np.ones_like(g), x, W), "cotangent"),
    ("conv1d", None, lambda g, y, x, W, b: conv_dx(g, x, W)[..., :-1], "shape"),
    ("conv1d", None, lambda g, y, x, W, b: g, "shape"),
    ("conv1d", "W", lambda g, y, x, W, b: -conv_dW(g, x, W), "sign"),
    ("conv1d", "W", lambda g, y, x, W, b: np.flip(conv_dW(g, x, W), -1), "flipped"),
    ("conv1d", "W", lambda g, y, x, W, b: np.swapaxes(conv_dW(g, x, W), 0, 1), "transposed"),
    ("conv1d", "W", lambda g, y, x, W, b: conv_dW(g[:1], x[:1], W), "batch sum"),
    ("conv1d", "W", lambda g, y, x, W, b: conv_dW(g, x, W) / len(x), "batch sum"),
    ("conv1d", "W", dilated, "term"),
    ("conv1d", "W", lambda g, y, x, W, b: conv_dW(g, x, W) / g.shape[-1], "factor"),
    ("conv1d", "b", lambda g, y, x, W, b: g.sum(2), "batch sum"),
    ("conv1d", "b", lambda g, y, x, W, b: g.sum(), "shape"),
    ("conv1d", "b", lambda g, y, x, W, b: -g.sum((0, 2)), "sign"),
    ("conv1d", "b", lambda g, y, x, W, b: g.mean((0, 2)), "factor"),
    ("conv1d", "b", lambda g, y, x, W, b: g[0].sum(-1), "batch sum"),
]
