import numpy as np


def states(x, h, W, U, b):
    found = [h]
    for x_t in x:
        found.append(np.tanh(found[-1] @ W.T + x_t @ U.T + b))
    return found


def rows(a):
    return a.reshape(-1, a.shape[-1])


def through_time(
    *, back=True, square=True, sign=1.0, state=0, inputs=0, forwards=False, transpose=False, last=False, mean=False
):
    """Backpropagation through time, with one thing done as it should not be. All gradients by name."""

    def f(g, y, x, h0, W, U, V, b):
        h = states(x, h0, W, U, b)
        carried = np.zeros_like(h0)
        found = {name: np.zeros_like(v) for name, v in zip("WUVb", (W, U, V, b), strict=True)}
        dx = np.zeros_like(x)
        steps = range(len(x)) if forwards else reversed(range(len(x)))
        for t in steps:
            if last and t != len(x) - 1:
                break
            dh = g[t] @ V + (carried if back else 0.0)
            da = dh * ((1 - h[t + 1] ** 2) if square else (1 - h[t + 1]))
            found["W"] += rows(da).T @ rows(h[t + state])
            found["U"] += rows(da).T @ rows(x[min(t + inputs, len(x) - 1)])
            found["V"] += rows(g[t]).T @ rows(h[t + 1])
            found["b"] += rows(da).mean(0) if mean else rows(da).sum(0)
            dx[t] = da @ U
            carried = sign * (da @ W.T if transpose else da @ W)
        return found | {"x": dx, "h0": carried}

    return f


def of(name, scale=1.0, **how):
    f = through_time(**how)
    return lambda *given: scale * f(*given)[name]


MISTAKES = [
    ("simple_rnn", "W", of("W", back=False), "path"),
    ("simple_rnn", "U", of("U", back=False), "path"),
    ("simple_rnn", "b", of("b", back=False), "path"),
    ("simple_rnn", "W", of("W", square=False), "term"),
    ("simple_rnn", "W", of("W", scale=-1.0), "sign"),
    ("simple_rnn", "W", of("W", state=1), "term"),
    ("simple_rnn", "W", of("W", scale=0.5), "factor"),
    ("simple_rnn", "W", lambda *a: through_time()(*a)["W"].T, "transposed"),
    ("simple_rnn", "U", of("U", inputs=1), "term"),
    ("simple_rnn", "U", of("U", scale=1 / 3), "factor"),
    ("simple_rnn", "U", lambda *a: through_time()(*a)["U"].T, "transposed"),
    ("simple_rnn", "V", of("V", last=True), "batch sum"),
    ("simple_rnn", "V", of("V", scale=-1.0), "sign"),
    ("simple_rnn", "V", lambda *a: through_time()(*a)["V"].T, "transposed"),
    ("simple_rnn", "V", of("V", scale=1 / 3), "factor"),
    ("simple_rnn", "V", lambda g, y, x, h0, W, U, V, b: g, "shape"),
    ("simple_rnn", "b", of("b", scale=2.0), "factor"),
    ("simple_rnn", "b", of("b", mean=True), "batch sum"),
    ("simple_rnn", "b", of("b", sign=-1.0), "term"),
    ("simple_rnn", "b", lambda g, *a: through_time()(np.ones_like(g), *a)["b"], "cotangent"),
    ("simple_rnn", "x", of("x", back=False), "path"),
    ("simple_rnn", "x", of("x", forwards=True, back=False), "path"),
    ("simple_rnn", "x", of("x", transpose=True), "term"),
    ("simple_rnn", "h0", of("h0", scale=-1.0), "sign"),
    ("simple_rnn", "h0", lambda g, y, x, h0, W, U, V, b: np.zeros_like(h0), "zero"),
]
