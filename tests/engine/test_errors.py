"""The texts of the commonest mistakes, word for word: what was expected, what came, where, and what to do."""

import numpy as np
import pytest
from every import every

import autograd_zoo as az


class MLP(az.nn.Module):
    """A model whose second layer does not fit its first."""

    def __init__(self):
        self.W = az.nn.Parameter(np.ones((4, 3)))
        self.head = Head()

    def forward(self, x):
        return self.head(x @ self.W.T)


class Head(az.nn.Module):
    def __init__(self):
        self.V = az.nn.Parameter(np.ones((3, 2)))
        self.c = az.nn.Parameter(np.ones(5), name="offset")

    def forward(self, h):
        return h @ self.V if h.ndim > 1 else h + self.c


def freed():
    y = t() * 2.0
    y.sum().backward(retain_graph=False)
    return y


def t():
    return az.Tensor([1.0, 2.0])


def write(target, name, value):
    setattr(target, name, value)


def assign(target, index, value):
    target[index] = value


def without_rule():
    return az.primitive(lambda x: x * 1.0)(t())


@az.primitive
def scaled(x, *, scale=1.0):
    return scale * x


az.defvjp(scaled, lambda g, y, x, scale=1.0: g * scale)

KEEPS_OR_READS = (
    "and its gradient would be lost. What keeps it: np.stack([t, u]) for np.array([t, u]), np.full(n, t, like=t) for "
    "np.full(n, t), np.exp(t) for math.exp(t), a @ t for a.dot(t), round(t, 2); "
    "for out[i] = t np.stack of a list, or out = out.at[i].set(t) where out = "
    "az.Tensor(np.zeros(n)). What reads the value: t.data (a read-only array, for plots and other libraries), "
    "t.item() (a number), f'{t:.3f}'"
)
OR_ELSE = (
    "Or compose it of other operations, give it a rule (az.primitive, az.defvjp), or pass t.data to leave the tape"
)

TEXTS = {  # mistake: (program, error, the whole text)
    "integer leaf": (
        lambda: az.Tensor([1, 2]),
        TypeError,
        "gradients need floats, got int64: write Tensor(np.asarray(x, float)); integers belong in indices "
        "and constants",
    ),
    "integer number": (
        lambda: az.Tensor(3),
        TypeError,
        "gradients need floats, got int64: write Tensor(3.0); integers belong in indices and constants",
    ),
    "bool leaf": (
        lambda: az.Tensor([True, False]),
        TypeError,
        "gradients need floats, got bool: write Tensor(np.asarray(x, float)); integers belong in indices and constants",
    ),
    "complex leaf": (
        lambda: az.Tensor(1j),
        TypeError,
        "a Tensor holds real floats (float16, float32, float64), got complex128: convert first, with "
        "np.asarray(x, float), or z.real and z.imag for complex numbers",
    ),
    "text leaf": (
        lambda: az.Tensor("1.0"),
        TypeError,
        "a Tensor holds real floats (float16, float32, float64), got <U3: convert first, with np.asarray(x, "
        "float), or z.real and z.imag for complex numbers",
    ),
    "object leaf": (
        lambda: az.Tensor([None]),
        TypeError,
        "a Tensor holds real floats (float16, float32, float64), got object: convert first, with "
        "np.asarray(x, float), or z.real and z.imag for complex numbers",
    ),
    "Tensor of a Tensor": (
        lambda: az.Tensor(t()),
        TypeError,
        "this is a Tensor already; use t.detach() for a new leaf with its values, or t itself",
    ),
    "masked leaf": (
        lambda: az.Tensor(np.ma.array([1.0])),
        TypeError,
        "a Tensor has no mask: pass array.filled(value), and multiply by the mask where it matters",
    ),
    "complex constant": (
        lambda: t() * np.array([1j, 2.0]),
        TypeError,
        "Tensors are real: a constant must be a real number or array, got complex128 from ndarray; t.astype(complex) "
        "begins a computation with such",
    ),
    "non-scalar backward": (
        lambda: (t() * 2.0).backward(),
        ValueError,
        "the gradient of a Tensor of shape (2,) needs a cotangent: reduce it to one number first "
        "(y.sum().backward(), y.mean()), or pass g, an array of shape (2,), for g · ∂y/∂x",
    ),
    "wrong seed": (
        lambda: (t() * 2.0).backward(np.ones(3)),
        ValueError,
        "the cotangent g must be a real array in the shape of y, (2,); got float64[3]",
    ),
    "backward after the tape was freed": (
        lambda: freed().sum().backward(),
        RuntimeError,
        "this tape was freed by an earlier backward(retain_graph=False), so it cannot be swept again; leave "
        "retain_graph=True (the default) there, or record the forward pass anew",
    ),
    "backward on a leaf": (
        lambda: az.Tensor(1.0).backward(),
        RuntimeError,
        "nothing was recorded behind Tensor(1.): it is a leaf, or was made under no_grad(); call backward() "
        "on a result",
    ),
    "backward under no_grad": (
        az.no_grad()(lambda: (t() * t()).sum().backward()),
        RuntimeError,
        "nothing was recorded behind Tensor(5.): it is a leaf, or was made under no_grad(); call backward() "
        "on a result",
    ),
    "no path": (
        lambda: az.gradient((t() * 2.0).sum(), [t()]),
        ValueError,
        "no path leads from y back to x number 0, Tensor([1., 2.]): y was not computed from this very "
        "object; pass allow_unused=True to get zeros",
    ),
    "no path, under no_grad": (
        az.no_grad()(lambda: az.gradient((t() * 2.0).sum(), [t()])),
        ValueError,
        "no path leads from y back to x number 0, Tensor([1., 2.]): y was not computed from this very object "
        "(y is a leaf, or was made under no_grad()); pass allow_unused=True to get zeros",
    ),
    "xs not a list": (
        lambda: az.gradient(t().sum(), t()),
        TypeError,
        "gradient(y, xs) takes a list of Tensors and returns a list; write gradient(y, [x]), not Tensor([1., 2.])",
    ),
    "xs not Tensors": (
        lambda: az.gradient(t().sum(), [np.ones(2)]),
        TypeError,
        "gradient(y, xs): each x of xs must be a Tensor, got ndarray; an array is a constant: wrap it as "
        "Tensor(x) before the computation",
    ),
    "y not a Tensor": (
        lambda: az.gradient(1.0, [t()]),
        TypeError,
        "gradient(y, xs): y must be a Tensor, got float; an array is a constant: wrap it as Tensor(x) before "
        "the computation",
    ),
    "shapes in +": (
        lambda: t() + np.ones((2, 3)),
        ValueError,
        "add of shapes (2,) and (2, 3): axis -1 has sizes 2 and 3; shapes are compared from the last axis, "
        "where sizes must be equal or 1: reshape one, or add an axis with x[:, None]",
    ),
    "shapes in @": (
        lambda: az.Tensor(np.ones((2, 3))) @ az.Tensor(np.ones((4, 3))),
        ValueError,
        "matmul of shapes (2, 3) and (4, 3): the last axis of the first (3) must equal axis -2 of the second "
        "(4); the transpose of the second fits: a @ b.T",
    ),
    "a number in @": (
        lambda: t() @ 2.0,
        ValueError,
        "matmul of shapes (2,) and (): a matrix product needs at least one axis on each side: multiply by a "
        "number with *",
    ),
    "shapes in @ inside a module": (
        lambda: MLP()(np.ones((2, 3))),
        ValueError,
        "matmul of shapes (2, 4) and (3, 2): the last axis of the first (4) must equal axis -2 of the second "
        "(3); in module head, with head.V (3, 2)",
    ),
    "shapes in + inside a module": (
        lambda: Head()(az.Tensor(np.ones(4))),
        ValueError,
        "add of shapes (4,) and (5,): axis -1 has sizes 4 and 5; shapes are compared from the last axis, "
        "where sizes must be equal or 1: reshape one, or add an axis with x[:, None]; in module Head, with "
        "offset (5,), c (5,)",
    ),
    "shapes in a Linear layer": (
        lambda: az.nn.Sequential(az.nn.Linear(3, 2))(np.ones((5, 4))),
        ValueError,
        "0: linear: x of shape (5, 4) does not fit W (2, 3), which is (out, in): the last axis of x "
        "must be in; reshape x, or build the layer with in_features=4",
    ),
    "item assignment": (
        lambda: assign(t(), 0, 1.0),
        TypeError,
        "a Tensor is a node of the tape and is never changed: instead of t[i] = v write t = t.at[i].set(v), "
        "which is recorded and differentiated (also .add .multiply .min .max)",
    ),
    "np.asarray": (
        lambda: np.asarray(t()),
        TypeError,
        "making an array of it (np.array([t, u]), np.asarray(t), a.dot(t), out[i] = t) would take a Tensor off the "
        f"tape without a word, {KEEPS_OR_READS}",
    ),
    "float": (
        lambda: float(az.Tensor(1.0)),
        TypeError,
        "float(t), math.exp(t), '%.3f' % t or a[0] = t would take a Tensor off the tape without a word, "
        f"{KEEPS_OR_READS}",
    ),
    "int": (
        lambda: [0.0, 1.0][az.Tensor(1.0)],
        TypeError,
        f"int(t), or t as an index or a length, would take a Tensor off the tape without a word, {KEEPS_OR_READS}",
    ),
    "length of a number": (
        lambda: len(az.Tensor(1.0)),
        TypeError,
        "a Tensor of shape () has no length, and cannot be walked through; t[None] has one axis. Another library, as "
        "in torch.as_tensor(t), would lose the gradient: t.data is the array for it, t.item() the number",
    ),
    "item of a vector": (
        lambda: f"{t():.3f}",
        ValueError,
        "t.item() is the value of a single element, and this Tensor has shape (2,); write t.data, t.tolist(), or "
        "t[i].item()",
    ),
    "an attribute of other libraries": (
        lambda: t().unsqueeze(0),
        AttributeError,
        "'Tensor' object has no attribute 'unsqueeze': write t[None]",
    ),
    "an unknown attribute": (lambda: t().shpae, AttributeError, "'Tensor' object has no attribute 'shpae'"),
    "a name of other libraries": (
        lambda: az.nn.MSELoss(),
        AttributeError,
        "module 'autograd_zoo.nn' has no attribute 'MSELoss': write nn.SquaredError (a sample's loss is a sum: divide "
        "by the outputs for their mean)",
    ),
    "out=": (
        lambda: np.exp(t(), out=np.zeros(2)),
        TypeError,
        "np.exp(..., out=) of a Tensor, or an operator like a += t on an array a, would leave the tape: an "
        "array cannot hold a Tensor's history. Write the result as a new value: c = a + t",
    ),
    "where=": (
        lambda: np.exp(t(), where=[True, False]),
        TypeError,
        "np.exp of a Tensor is recorded without where=; for where= write np.where(mask, a, b)",
    ),
    "np.add.at": (
        lambda: np.add.at(np.zeros(2), 0, t()),
        TypeError,
        "np.add.at of a Tensor is not recorded on the tape; write t.at[i].add(v)",
    ),
    "ufunc.reduce": (
        lambda: np.maximum.reduce(t()),
        TypeError,
        "np.maximum.reduce of a Tensor is not recorded on the tape; write the reduction itself: np.sum for "
        "add, np.prod for multiply, np.max for maximum",
    ),
    "an argument without a rule": (
        lambda: np.ptp(t(), out=np.zeros(())),
        TypeError,
        "ptp: the argument out= is not recorded on the tape; known are a, axis, keepdims. Compose the "
        "result from other operations instead (`where=` is np.where, `dtype=` is .astype).",
    ),
    "unknown function": (
        lambda: np.roots(t()),
        TypeError,
        "roots has no rule, so a Tensor cannot go through it; the nearest that can: for np.roots(t) write "
        f"np.roots(t.data) (plain; one step of Newton's method from there has the gradient). {OR_ELSE}",
    ),
    "unknown ufunc": (
        lambda: np.frompyfunc(abs, 1, 1)(t()),
        TypeError,
        "abs (vectorized) has no rule, so a Tensor cannot go through it; print az.primitives.names() for those that "
        f"can. {OR_ELSE}",
    ),
    "data of another shape": (
        lambda: write(t(), "data", np.ones(3)),
        ValueError,
        "new data must have the shape and dtype of the old, float64[2]; got float64[3]: convert it, or make "
        "a new Tensor",
    ),
    "data of another dtype": (
        lambda: write(t(), "data", np.ones(2, np.float32)),
        ValueError,
        "new data must have the shape and dtype of the old, float64[2]; got float32[2]: convert it, or make "
        "a new Tensor",
    ),
    "data of a result": (
        lambda: write(t() * 2.0, "data", np.ones(2)),
        ValueError,
        "only a leaf can be given new data; Tensor([2., 4.], op=multiply) is the result of multiply",
    ),
    "grad of another shape": (
        lambda: write(t(), "grad", np.ones(3)),
        ValueError,
        "a gradient has the shape and dtype of its Tensor, float64[2]; got float64[3]",
    ),
    "index by a Tensor": (
        lambda: t()[t()],
        TypeError,
        "an index must be integers, slices or a mask, got a Tensor; use t.argmax(), t > 0, or t.data.astype(int)",
    ),
    "index out of range": (
        lambda: t()[5],
        IndexError,
        "getitem of shapes (2,), index=5: index 5 is out of bounds for axis 0 with size 2",
    ),
    "wrong index of at": (
        lambda: t().at[5].set(1.0),
        IndexError,
        "put of shapes (2,) and (), index=5, how='set': index 5 is out of bounds for axis 0 with size 2",
    ),
    "wrong value of at": (
        lambda: t().at[:].set(np.ones(3)),
        ValueError,
        "put of shapes (2,) and (3,), index=slice(None, None, None), how='set': ...",
    ),
    "a primitive without a rule": (
        without_rule,
        TypeError,
        "<lambda> has no rule yet: call az.defvjp(<lambda>, rule for each input) first",
    ),
    "an unknown argument of a primitive": (
        lambda: scaled(t(), size=2.0),
        TypeError,
        "scaled(x, *, scale=1.0): got an unexpected keyword argument 'size'",
    ),
    "a Tensor as a parameter of a primitive": (
        lambda: scaled(t(), scale=az.Tensor(2.0)),
        TypeError,
        "scaled: scale= has no rule and cannot be a Tensor; give it a number or an array (scale=t.item(), "
        "scale=t.data), through which no gradient flows",
    ),
    "defvjp without rules": (
        lambda: az.defvjp(np.add),
        TypeError,
        "defvjp(add, ...) takes one rule per input, or nth=, or joint=, each of them callable; got 0 rules, "
        "nth=None, joint=None",
    ),
    "Tape of an array": (
        lambda: az.Tape(np.ones(2)),
        TypeError,
        "Tape(y) takes the Tensors whose history is wanted, got ndarray",
    ),
    "grad of a vector": (
        lambda: az.grad(np.sin)(np.ones(2)),
        ValueError,
        "grad differentiates a function that returns a single number; sin returned shape (2,): take az.jacobian for "
        "all its derivatives, az.vjp for a weighted sum of them, or reduce it (np.sum)",
    ),
    "grad by integers": (
        lambda: az.grad(lambda x: x * 2.0)(2),
        TypeError,
        "gradients need floats, got int64: write Tensor(2.0); integers belong in indices and constants",
    ),
    "grad of a function that leaves the tape": (
        lambda: az.grad(lambda x: x.item() ** 2)(2.0),
        TypeError,
        "<lambda> must return one Tensor, got float: compute it from its arguments with NumPy's functions "
        "and operators, without .data, .item() or .detach() on the way",
    ),
    "argnums": (
        lambda: az.grad(lambda x: x, 1)(2.0),
        TypeError,
        "argnums [1] of <lambda>: it was called with 1 positional arguments",
    ),
    "argnums of jacobian": (
        lambda: az.jacobian(np.add, (0, 1))(1.0, 2.0),
        TypeError,
        "argnums of add are the numbers of positional arguments, one number for jacobian; got [(0, 1)]",
    ),
    "tangents": (
        lambda: az.jvp(np.sin, (1.0,), ()),
        ValueError,
        "jvp needs one tangent for each argument, got 0 tangents for 1 arguments",
    ),
    "tangent of another shape": (
        lambda: az.hvp(np.sum, np.ones(2), np.ones(3)),
        ValueError,
        "a tangent has the shape of its argument, (2,); got (3,)",
    ),
}


@every("mistake", TEXTS)
def test_the_text_of_a_mistake(mistake):
    program, error, text = TEXTS[mistake]
    with pytest.raises(error) as caught:
        program()
    assert type(caught.value) is error
    assert str(caught.value) == text or (text.endswith("...") and str(caught.value).startswith(text[:-3]))
