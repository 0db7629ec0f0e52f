import numpy as np

K = 2


def windows(x, put):
    """Let each window of two put its part into dx: `put(dx, window, where)`."""
    dx = np.zeros_like(x)
    for t in range((x.shape[-1] - K) // K + 1):
        put(dx, t)
    return dx


def average(share=1 / K, assign=False, move=0):
    def f(g, y, x):
        dx = np.zeros_like(x)
        for t in range(g.shape[-1]):
            dx[..., K * t + move : K * t + K + move] += g[..., t : t + 1] * share
        return dx

    return f


def first_of_window(g, y, x):
    dx = np.zeros_like(x)
    dx[..., : K * g.shape[-1] : K] = g
    return dx


def winner(choose=np.argmax, sign=1.0, cotangent=True, value=False):
    def f(g, y, x):
        dx = np.zeros_like(x)
        for index in np.ndindex(*g.shape):
            *lead, t = index
            window = x[(*lead, slice(K * t, K * t + K))]
            k = K * t + choose(window)
            dx[(*lead, k)] += sign * (g[index] if cotangent else 1.0) * (x[(*lead, k)] if value else 1.0)
        return dx

    return f


def everyone(g, y, x):
    return average(1.0)(g, y, x)


def overwrites(g, y, x, kernel_size=(2,), stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """Right where windows do not overlap: they overwrite each other."""
    k, p = kernel_size[0], padding
    s = stride or k
    whole = np.zeros((*x.shape[:-1], x.shape[-1] + 4 * (p + k)))
    for t in range(g.shape[-1]):
        whole[..., s * t : s * t + k] = g[..., t : t + 1] / k
    return whole[..., p : p + x.shape[-1]]


def mean(scale):
    return lambda g, y, x: np.broadcast_to(np.reshape(g, (*x.shape[:2], 1, 1)), x.shape) * scale(x)


MISTAKES = [
    ("avg_pool1d", None, average(1.0), "factor"),
    ("avg_pool1d", None, average(-0.5), "sign"),
    ("avg_pool1d", None, average(0.25), "factor"),
    ("avg_pool1d", None, first_of_window, "term"),
    ("avg_pool1d", None, lambda g, y, x: 0.5 * first_of_window(g, y, x), "lost"),
    ("avg_pool1d", None, lambda g, y, x: g / K, "shape"),
    ("avg_pool1d", None, lambda g, y, x: average()(np.ones_like(g), y, x), "cotangent"),
    ("avg_pool1d", None, lambda g, y, x: np.flip(average()(g, y, x), -1), "flipped"),
    ("avg_pool1d", None, lambda g, y, x: np.roll(average()(g, y, x), 1, -1), "shifted"),
    ("avg_pool1d", None, overwrites, "variant"),
    ("max_pool1d", None, everyone, "mask"),
    ("max_pool1d", None, average(), "term"),
    ("max_pool1d", None, winner(np.argmin), "permuted"),
    ("max_pool1d", None, winner(sign=-1.0), "sign"),
    ("max_pool1d", None, winner(cotangent=False), "cotangent"),
    ("max_pool1d", None, winner(value=True), "factor"),
    ("max_pool1d", None, lambda g, y, x: g, "shape"),
    ("global_avg_pool", None, mean(lambda x: 1.0), "factor"),
    ("global_avg_pool", None, mean(lambda x: 1 / x.shape[-1]), "factor"),
    ("global_avg_pool", None, mean(lambda x: -1 / (x.shape[-1] * x.shape[-2])), "sign"),
    ("global_avg_pool", None, mean(lambda x: x / (x.shape[-1] * x.shape[-2])), "factor"),
    ("global_avg_pool", None, mean(lambda x: 1 / x.size), "factor"),
    ("global_avg_pool", None, lambda g, y, x: g / (x.shape[-1] * x.shape[-2]), "shape"),
]
