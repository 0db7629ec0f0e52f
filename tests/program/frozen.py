"""Functions whose course depends on values: as programs they are refused, or right at other inputs; none is silent."""

import math

import numpy as np

import autograd_zoo as az
from autograd_zoo import nn

LABELS = np.array([1, 0, 2])
GENERATOR = np.random.default_rng(0)


def doubled_until_10(x):
    while x.sum() < 10:
        x = x * 2
    return x


def doubled_while_small(x):
    n = 0
    while np.sum(x.data) < 10 and n < 5:
        x, n = x * 2, n + 1
    return x


def positive_part(x):
    total = 0.0
    for v in x:
        total = total + (v if v > 0 else 0.0)
    return total


def try_except(x):
    try:
        return x * float(x.sum().data)
    except Exception:
        return x * 2.0


def filled(write):
    def f(x):
        out = np.zeros(3)
        write(out, x.data)
        return x * out

    return f


def assigned(out, v):
    out[:] = v


def added(out, v):
    out += v


def written(x):
    d = x.data * 1.0
    d[0] = 0.0
    return x * d


def times(x):
    y = x
    for _ in range(int(abs(x.data[0]) * 4)):
        y = y * 2
    return y


class Counter:
    n = 0

    def __call__(self, x):
        self.n += 1
        return x * self.n


class Remembers(nn.Module):
    def __init__(self):
        self.n = np.array(1.0)

    def forward(self, x):
        self.n = self.n + 1.0
        return x * self.n


class Branches(nn.Module):
    def forward(self, x):
        mask = x.data > 0
        return x * np.where(mask, 1.0, 0.0) if mask.any() else x * 0.5


class Caches(nn.Module):
    def __init__(self):
        self.seen, self.last = {}, None

    def forward(self, x):
        if x.shape not in self.seen:
            self.seen[x.shape] = x.data * 2.0
        if self.last is None:
            self.last = x.data + 1.0
        return x * self.seen[x.shape] * self.last


class Accumulates(nn.Module):
    def __init__(self):
        self.total = None

    def forward(self, x):
        self.total = x.data if self.total is None else self.total + x.data
        return x * self.total


def backward(x):
    y = np.sum(x**3)
    y.backward()
    return x * x.grad


def without_recording(x):
    with az.no_grad():
        m = np.sum(x * x)
    return x * m


def two_of_three(x):
    low, high = np.divmod(x.data, 1.0)
    return x * low + high


REFUSED = {
    "if": lambda x: x * 2 if x.sum() > 0 else x,
    "while": doubled_until_10,
    "while of plain values": doubled_while_small,
    "if in a loop": positive_part,
    "and": lambda x: x * 2 if x[0] > 0 and x[1] > 0 else x,
    "or": lambda x: x * 2 if x[0] > 3 or x[1] > 3 else x,
    "not": lambda x: x * 2 if not x[0] > 0 else x,
    "max": lambda x: max(x[0], x[1]) * x,
    "sorted": lambda x: x * sorted(x.data)[0],
    "any": lambda x: x if any(x.data > 0) else -x,
    "sum of a generator": lambda x: x * sum(1 for v in x.data if v > 0),
    "in": lambda x: x * (2.0 if 0.5 in x.data else 3.0),
    "float": lambda x: x * float(x.data[0]),
    "int": lambda x: x[int(x.data[0] > 0)],
    "item": lambda x: x * x.sum().item(),
    "tolist": lambda x: x * np.array(x.tolist()),
    "text": lambda x: x * float(f"{x.data[0]:.3f}"),
    "str": lambda x: x * float(str(x.data[0])),
    "key": lambda x: x * {0.5: 1.0}.get(x.data[0], 7.0),
    "math.exp": lambda x: x * math.exp(x.data[0]),
    "range(int)": times,
    "asarray": lambda x: x * np.asarray(x.data, float),
    "array": lambda x: x * np.array([x.data[0], 1.0, 2.0]),
    "Tensor of a list": lambda x: x * az.Tensor([x.data[0], 1.0, 2.0]),
    "float64": lambda x: x * np.float64(x.data[0]),
    "memoryview": lambda x: x * np.frombuffer(memoryview(x.data)),
    "fromiter": lambda x: x * np.fromiter((v for v in x.data), float),
    "vectorize": lambda x: x * np.vectorize(lambda v: v * 2)(x.data),
    "out[:] =": filled(assigned),
    "+=": filled(added),
    "out=": filled(lambda out, v: np.multiply(v, 2.0, out=out)),
    "copyto": filled(np.copyto),
    "put": filled(lambda out, v: np.put(out, np.arange(3), v)),
    "add.at": filled(lambda out, v: np.add.at(out, np.array([0, 1]), v[:2])),
    "v[0] =": written,
    "mask as an index": lambda x: x[x > 0].sum(),
    "mask in .at": lambda x: x.at[x.data > 0].set(0.0),
    "nonzero": lambda x: x[np.nonzero(x.data > 0)].sum(),
    "where of one": lambda x: x[np.where(x.data > 0)].sum(),
    "unique": lambda x: x * len(np.unique(x.data)),
    "argwhere": lambda x: x * len(np.argwhere(x.data > 0)),
    "length": lambda x: x[: (x.data > 0).sum()],
    "zeros(n)": lambda x: x * np.zeros((x.data > 0).sum()).sum(),
    "roll": lambda x: np.roll(x, (x.data > 0).sum()),
    "pad": lambda x: np.pad(x, ((x.data > 0).sum(), 0)).sum(),
    "allclose": lambda x: x if np.allclose(x.data, 0.5) else x * 2,
    "isnan().any()": lambda x: x * 0 if np.isnan(x.data).any() else x,
    "global random numbers": lambda x: x * np.random.rand(3),  # noqa: NPY002
    "random numbers": lambda x: x * GENERATOR.normal(size=3),
    "a counter": Counter(),
    "try and except": try_except,
    "a branching module": Branches(),
    "the engine's own array": lambda x: x * x._array,
    "a text's length": lambda x: x * len(repr(x)),
    "backward()": backward,
    "flat": lambda x: x * x.data.flat[0],
    "a set": lambda x: x * len(set(x.data)),
    "bytes": lambda x: x * np.frombuffer(x.data.tobytes()),
    "a view": lambda x: x * x.data.view(np.int64),
    "match": lambda x: [x, -x][int(np.all(x.data < 3))],
}

RIGHT = {
    "where": lambda x: np.where(x > 0, x, 0.0),
    "a mask times": lambda x: x * (x > 0),
    "straight through": lambda x: x + (np.sign(x) - x).detach(),
    "sign of data": lambda x: x * np.sign(x.data),
    "argmax as an index": lambda x: x[np.argmax(x)] * x,
    "argsort": lambda x: x[np.argsort(x)] * np.arange(3.0),
    "the largest two": lambda x: x[np.argsort(x.data)[-2:]],
    "sort": lambda x: np.sort(x) * np.arange(3.0),
    "clip by data": lambda x: np.clip(x, -x.data.max() / 2, x.data.max() / 2),
    "a count": lambda x: x / (1 + np.count_nonzero(x > 0)),
    "a mask's sum": lambda x: x / (1 + np.sum(x > 0)),
    "equal to the maximum": lambda x: x * (x.data == x.data.max()),
    "astype": lambda x: x * (x.data.sum() * 3).astype(int),
    "select": lambda x: np.select([x.data > 0], [x], -x),
    "interp": lambda x: x * np.interp(x.data, [-1, 0, 2], [1.0, 0.0, 3.0]),
    "cumsum of data": lambda x: x * np.cumsum(x.data),
    "norm of data": lambda x: x * np.linalg.norm(x.data),
    "einsum of data": lambda x: x * np.einsum("i,i->", x.data, x.data),
    "round": lambda x: x * np.round(x.data, 1) + round(x.data[0]),
    "divmod": two_of_three,
    "a leaf of data": lambda x: x * az.Tensor(x.data * 2.0),
    "no_grad": without_recording,
    "a gradient": az.grad(lambda x: np.sum(x**3)),
    "a gradient inside": lambda x: x * az.gradient(np.sum(x**3), [x])[0],
    "a gradient of a ReLU inside": lambda x: x * az.gradient(np.sum(nn.relu(x * 2.0) ** 2), [x])[0],
    "a Hessian": az.hessian(lambda x: np.sum(x**3) + x[0] * x[1]),
    "a constant leaf": lambda x: x * az.Tensor(2.0),
    "shapes": lambda x: x * x.shape[0] + len(x),
    "labels closed over, a constant": lambda x: x[LABELS] * np.arange(3.0),
    "labels given": lambda x: x[az.given(LABELS, "labels")] * np.arange(3.0),
    "a generator made inside": lambda x: x * np.random.default_rng(0).normal(size=3),
    "ReLU and its kind": lambda x: nn.relu(x) + nn.leaky_relu(x) * nn.gelu(x) + nn.relu6(x * 5),
    "caches": Caches(),
    "a quantile": lambda x: x * np.quantile(x.data, 0.5) + np.median(x.data),
    "bins": lambda x: x * np.histogram(x.data, 3)[0] + np.bincount((x.data > 0).astype(int), minlength=3),
    "fractions": lambda x: x * np.modf(x.data)[0] + np.frexp(x.data)[1],
    "least squares": lambda x: x * np.polyfit(np.arange(3.0), x.data, 1)[0],
    "mask out": lambda x: (x * 2, x.data > 0, x.argmax()),
}
