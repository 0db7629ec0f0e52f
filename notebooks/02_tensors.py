# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 02 Tensors: where shapes and transposes come from
#
# The engine of chapter 01 computes with single numbers. A network computes with arrays, and arrays have *shapes*.
# What is the shape of a gradient, and where do all the transposes in the formulas come from?
#
# Afterwards you can say
#
# - why the gradient of a broadcast value is a *sum*;
# - what the rule of a matrix product is, and how one finds it from the shapes;
# - what a vector-Jacobian product is, and why no engine makes the Jacobian;
# - what "numerator layout" means, and which transposes of the document it explains.
#
# You need chapter 01, and NumPy's arrays. Reading takes about 30 minutes, the exercises apart. Words that you do not
# know stand in the [glossary](../docs/glossary.md).

# %%
# %config InlineBackend.figure_formats = ["svg"]
import matplotlib.pyplot as plt
import numpy as np

import autograd_zoo as az
import graph_viz
from autograd_zoo.closed_form.notation import col, hadamard, row
from autograd_zoo.notebook import explained, formulas, plots
from autograd_zoo.zoo import errata

plots()
rng = np.random.default_rng(0)

# %% [markdown]
# ## A gradient has the shape of what it belongs to
#
# The gradient answers a question about *every element*: if this element grows a little, how much does the loss
# change? An array of twelve elements has twelve answers, and we keep each answer where its element is.

# %%
x = az.Tensor(rng.normal(size=(3, 4)), name="x")
loss = np.sum(x * x)
loss.backward()
print("x has shape", x.shape, "and so has its gradient:", x.grad.shape)
assert x.grad.shape == x.shape and np.allclose(x.grad, 2 * x.data), "one answer for each element"

# %% [markdown]
# ## Broadcasting
#
# NumPy adds a row of three numbers to a matrix of shape (2, 3): it uses the row twice. **Predict first:** the loss is
# the sum of all six elements of $x + b$. What is the gradient of each element of $b$?

# %%
x = az.Tensor(np.zeros((2, 3)), name="x")
b = az.Tensor([10.0, 20.0, 30.0], name="b")
np.sum(x + b).backward()
print("x:", x.grad.tolist())
print("b:", b.grad.tolist())
assert np.array_equal(x.grad, np.ones((2, 3))) and np.array_equal(b.grad, [2, 2, 2]), "each b was used twice"

# %% [markdown]
# Each element of $b$ was used twice, and chapter 01 says what to do: *one gradient for each use, added*. So
#
# > broadcasting is copying, and the gradient of a copy is a sum over the copies.
#
# The rule of an addition does not know this. It hands on `g`, of shape (2, 3). Afterwards the sum is taken over every
# axis along which something was copied: axes that the input does not have, and axes where it has length 1. This
# undoes any broadcasting:


# %%
def undo(g, shape):
    """Sum g over the axes along which an input of this shape was copied."""
    extra = g.ndim - len(shape)
    stretched = [extra + k for k, n in enumerate(shape) if n == 1]
    return g.sum(axis=(*range(extra), *stretched)).reshape(shape)


# %% [markdown]
# To test it, we take pairs of shapes, and a random upstream gradient $g=\partial L/\partial y$ for $y=a\cdot b$. (What is
# handed back to a result is also called a *cotangent* of it. It has the shape of the result.)

# %%
pairs = [((2, 3), (3,)), ((4, 1), (1, 5)), ((), (2, 2)), ((2, 1, 3), (4, 1)), ((1, 1), (3, 2))]
worst = 0.0
for shapes in pairs:
    a, b = (az.Tensor(rng.normal(size=shape)) for shape in shapes)
    y = a * b
    g = rng.normal(size=y.shape)
    by_hand = [undo(g * b.data, a.shape), undo(g * a.data, b.shape)]
    grads = az.gradient(y, [a, b], g)
    worst = max(worst, *(np.abs(h - t).max() for h, t in zip(by_hand, grads, strict=True)))
    print(f"{a.shape} times {b.shape} is {y.shape}; gradients: {grads[0].shape} and {grads[1].shape}")
print(f"undone by hand and by the tape: largest difference {worst:.0e}")
assert worst < 1e-12, "summing over the copies undoes broadcasting"

# %% [markdown]
# ## A trap
#
# Broadcasting never asks whether you meant it. Here are four predictions and four targets. What is the mean squared
# error?

# %%
targets = np.array([1.0, 2.0, 3.0, 4.0])
predictions = az.Tensor(np.array([[1.0], [2.0], [3.0], [4.0]]), name="predictions")
wrong_loss = np.mean((predictions - targets) ** 2)
wrong_loss.backward()
print(f"the predictions are perfect, and the loss is {wrong_loss.item()}")
print("its gradient:", predictions.grad.ravel())
assert predictions.data.ravel().tolist() == targets.tolist(), "the predictions are perfect"
assert wrong_loss.item() == 2.5, "and yet the loss is not zero"
assert np.allclose(predictions.grad, (predictions.data - targets.mean()) / 2), "which pulls to the mean"

# %% [markdown]
# A column minus a row is a table of all sixteen differences. No error is raised, and the gradient has the right
# shape. But descent would make the perfect 1 larger and the perfect 4 smaller, all of them towards 2.5, the *mean* of
# the targets. Such a network trains, and learns to say the same whatever it is asked. The tape shows what is wrong,
# `float64[4,4]`:

# %%
print(az.Tape(wrong_loss))
assert "float64[4,4]" in str(az.Tape(wrong_loss)), "a table of all sixteen differences"

# %% [markdown]
# When a loss behaves strangely, read the shapes first.
#
# ## The matrix product
#
# The layer $\vec y=W\vec x$ is, element by element, $y_i=\sum_jW_{ij}x_j$. Ask for each element of $\vec x$ and of
# $W$ where it is used:
#
# - $x_j$ is used in every $y_i$, times $W_{ij}$. Uses add:
#   $\dfrac{\partial L}{\partial x_j}=\sum_i\dfrac{\partial L}{\partial y_i}W_{ij}$;
# - $W_{ij}$ is used once, in $y_i$, times $x_j$:
#   $\dfrac{\partial L}{\partial W_{ij}}=\dfrac{\partial L}{\partial y_i}x_j$.
#
# The first is a vector times a matrix, the second is an outer product.

# %%
W, x = az.Tensor(rng.normal(size=(2, 3)), name="W"), az.Tensor(rng.normal(size=3), name="x")
y = (W @ x).named("y")
g = rng.normal(size=2)
grad_W, grad_x = az.gradient(y, [W, x], g)
by_hand = {"x": g @ W.data, "W": np.outer(g, x.data)}
for name, found in {"x": grad_x, "W": grad_W}.items():
    print(f"{name}, by hand  ", by_hand[name].ravel().round(4))
    print("   the tape ", found.ravel().round(4))
    assert np.allclose(by_hand[name], found), "uses add"

# %% [markdown]
# For two matrices, $Y=AB$, go the same three steps. *One output:* $Y_{in}=\sum_jA_{ij}B_{jn}$. *One input:* $A_{ij}$ is used
# in the whole row $i$ of $Y$, in $Y_{in}$ times $B_{jn}$. *The sum* over its uses, with $G=\partial L/\partial Y$ kept in the
# shape of $Y$, is
#
# $$\frac{\partial L}{\partial A_{ij}}=\sum_n\frac{\partial L}{\partial Y_{in}}\frac{\partial Y_{in}}{\partial A_{ij}}
# =\sum_nG_{in}B_{jn}=\sum_nG_{in}(B^T)_{nj}$$
#
# and in the same way $B_{jn}$ is used in the column $n$ of $Y$, in $Y_{in}$ times $A_{ij}$, so that
# $\partial L/\partial B_{jn}=\sum_iA_{ij}G_{in}$. Without indices:
#
# $$\frac{\partial L}{\partial A}=GB^T\qquad\frac{\partial L}{\partial B}=A^TG$$
#
# You need not remember it. $A$ is $(m,k)$, $B$ is $(k,n)$, $G$ is $(m,n)$: how can one make an $(m,k)$ from $G$ and
# $B$? **The shapes leave one way only**, as long as the three numbers differ. (With square matrices nothing but a
# check will tell you that you forgot a transpose. Test with shapes like 2, 3, 5.)

# %%
A, B = az.Tensor(rng.normal(size=(2, 3)), name="A"), az.Tensor(rng.normal(size=(3, 5)), name="B")
G = rng.normal(size=(2, 5))
grad_A, grad_B = az.gradient(A @ B, [A, B], G)
matmul_error = max(np.abs(grad_A - G @ B.data.T).max(), np.abs(grad_B - A.data.T @ G).max())
print(f"largest difference from the rule: {matmul_error:.0e}")
assert matmul_error < 1e-12, "the rule of the matrix product"

# %% [markdown]
# ## Why nobody builds the Jacobian
#
# The derivative of a vector by a vector is a table of numbers, the **Jacobian**: one row for each output, one column
# for each input. For $\vec y=W\vec x$ the Jacobian by $\vec x$ is $W$ itself. And by $W$? There are two outputs and
# six inputs, the elements of $W$ row by row. Let us look at it.

# %%
x_picture = np.array([1.0, 2.0, 3.0])
J = az.jacobian(lambda W: W @ x_picture)(np.ones((2, 3))).reshape(2, 6)
fig, ax = plt.subplots(figsize=(6, 2.3))
ax.imshow(J, cmap="Blues", vmax=4)
for i, j in np.ndindex(J.shape):
    ink = "white" if J[i, j] > 2 else "black"
    ax.text(j, i, f"{J[i, j]:g}", ha="center", va="center", color=ink)
ax.set(xlabel="element of W", ylabel="element of y")
ax.set_title("∂y/∂W for x = (1, 2, 3): the row xᵀ, once for each output")
ax.set_xticks(range(6), [f"W{i}{j}" for i, j in np.ndindex(2, 3)])
ax.set_yticks(range(2), ["y0", "y1"])
ax.grid(visible=False)
plt.show()
assert np.array_equal(J, np.kron(np.eye(2), x_picture)), "the Jacobian by W is a Kronecker product"

# %% [markdown]
# The row $\vec x^T$ stands there once for each output, among zeros. This pattern has a name: it is the Kronecker
# product $I\otimes\vec x^T$: each element of the left matrix is replaced by itself times the right one. For $m$ outputs and
# $n$ inputs the Jacobian by $W$ has $m$ rows and $mn$ columns, $m^2n$ numbers. With 2 outputs one element in 2 is not 0;
# with 128 outputs it is one in 128:

# %%
outputs, inputs = 128, 784
size = outputs * outputs * inputs
print(f"W has {outputs * inputs:,} numbers, the Jacobian by W {size:,}, of which {size // outputs:,} need not be 0")
g_picture = np.array([5.0, 7.0])
print("row times Jacobian:", g_picture @ J)
print("the outer product: ", np.outer(g_picture, x_picture).ravel())
assert np.mean(J != 0) == 1 / len(J), "one element in as many as there are outputs"
assert np.allclose(g_picture @ J, np.outer(g_picture, x_picture).ravel()), "a rule need not make it"

# %% [markdown]
# A rule is a way to multiply a row by the Jacobian *without making it*: a **vector-Jacobian product**, VJP for short. That
# is why a rule takes `g` and returns a product, and why an engine stores rules and not derivatives. Reverse-mode
# automatic differentiation is one vector-Jacobian product after the other, from the loss to the leaves.
#
# ## Numerator layout
#
# Behind this package stands a document of formulas, the "Zoo of Deep Learning Modules", which prints the gradients of
# the modules of this course. It decides two things in its notation: vectors are **columns**, and derivatives are in
# **numerator layout**. This means that the numerator runs down and the denominator runs across:
#
# - $\partial\vec y/\partial\vec x$ has a row for each $y_i$ and a column for each $x_j$: the Jacobian as above;
# - $\partial L/\partial\vec x$ has one row, since $L$ is a single number: a gradient is a **row** $(1,n)$, although
#   $\vec x$ is a column $(n,1)$.
#
# The advantage: the chain rule reads from left to right without any transpose, and shapes fit by themselves.
#
# $$\underbrace{\frac{\partial L}{\partial\vec x}}_{1\times3}=\underbrace{\frac{\partial L}{\partial\vec y}}_{1\times2}
# \underbrace{\frac{\partial\vec y}{\partial\vec x}}_{2\times3}=\frac{\partial L}{\partial\vec y}W$$

# %%
formulas("linear", claims=False)

# %% [markdown]
# To take such formulas literally, the package goes up to matrices: `col(x)` is a column, `row(g)` a row.

# %%
print("x as the document has it:", col(x.data).shape, "  its gradient:", (row(g) @ W.data).shape)
print("∂L/∂W = x ∂L/∂y:        ", (col(x.data) @ row(g)).shape, " while W is", W.shape)
print("equal after a transpose: ", np.allclose((col(x.data) @ row(g)).T, grad_W))
assert np.allclose((col(x.data) @ row(g)).T, grad_W), "∂L/∂W in numerator layout is transposed"

# %% [markdown]
# Here is the price. In numerator layout the gradient of a matrix is *transposed*: $\partial L/\partial W$ has a
# column for each row of $W$. The document's $\vec x\,\partial L/\partial\vec y$ is (in, out). A program that wants to
# subtract the gradient from $W$ needs (out, in). So
#
# > between a formula of the document and its code there stands **one transpose for each gradient of a column or a
# > matrix**.
#
# It is not an error, it is the layout. The closed forms of this package keep all gradients in the shape of what they
# belong to; the literal transcriptions end with the transpose.
#
# ## Where a transpose is missing
#
# The layout is strict, and so it shows a slip in the document itself. Multiply, element by element, is printed as
# $\frac{\partial L}{\partial\vec a}=\frac{\partial L}{\partial\vec y}\odot\vec b$: a row $\odot$ a column. Those are
# not the same shape.

# %%
try:
    hadamard(row([5.0, 7.0]), col([1.0, 2.0]))
    refusal = ""
except ValueError as error:
    refusal = str(error)
print(refusal)
print("NumPy would not refuse, but broadcast:", (row([5.0, 7.0]) * col([1.0, 2.0])).tolist())
assert "equal shapes" in refusal, "⊙ of a row and a column is refused"

# %%
assert errata.judged(errata.find("elementwise.multiply.da")).verdict == "reading"
explained("elementwise.multiply.da", sample=True)

# %% [markdown]
# Under a usual assumption ($\odot$ does not ask whether vectors are rows or columns) it is right, so the verdict is
# *reading*. Is the assumption fair? Two other rows of the same table, Switch and Drop-out, print the transpose where
# Multiply lacks it, and need no assumption on it (Drop-out's verdict is *reading* because of its letter $q$): so it is
# more likely a slip than a convention.

# %%
siblings = [errata.find(name) for name in ("group.switch.dx", "regularization.dropout.dx")]
for formula in siblings:
    print(f"{formula.id}: {errata.judged(formula)}")
    assert "^T" in formula.latex, "they have the transpose"
    assert "O" not in (errata.judged(formula).reading or ""), "and need no assumption on ⊙"

# %% [markdown]
# ## Where more than a transpose is missing
#
# For the parameters the document goes by the Jacobian that we have drawn,
# $\frac{\partial L}{\partial W}=\frac{\partial L}{\partial\vec y}(I\otimes\vec x)$. Our picture has $\vec x^T$.
# **Predict first:** with $\vec x$ of 3 elements and $\vec y$ of 2, which shape is $I\otimes\vec x$? Can the row
# $\partial L/\partial\vec y$ be multiplied by it?

# %%
g2, x3 = row([5.0, 7.0]), col([1.0, 2.0, 3.0])
printed, corrected = np.kron(np.eye(2), x3), np.kron(np.eye(2), x3.T)
print("∂L/∂y is", g2.shape, "and I ⊗ x is ", printed.shape, "which do not fit")
print("∂L/∂y is", g2.shape, "and I ⊗ xᵀ is", corrected.shape, "which gives", (g2 @ corrected).shape)
print("that is ∂L/∂W row by row:", np.allclose((g2 @ corrected).reshape(2, 3), np.outer(g2, x3)))
assert printed.shape == (6, 2) and g2.shape == (1, 2), "I ⊗ x has the wrong number of rows"
assert np.allclose((g2 @ corrected).reshape(2, 3), np.outer(g2, x3)), "I ⊗ xᵀ is right"

# %%
assert errata.judged(errata.find("linear.linear.dW.kronecker")).verdict == "wrong"
explained("linear.linear.dW.kronecker")

# %% [markdown]
# Two repairs are needed, a transpose and a `vec`; no single assumption does it, so this one counts as *wrong*. The
# equality after it, $\vec x\frac{\partial L}{\partial\vec y}$, is exact.
#
# ## A batch
#
# In practice a layer is applied to $N$ samples at once, the rows of $X$. $W$ is then used $N$ times, once for each
# sample, and uses add. The sum over the batch is hidden in the matrix product:
#
# $$Y=XW^T+\vec b^T\qquad\frac{\partial L}{\partial W}=G^TX=\sum_n\vec g_n\vec x_n^T
# \qquad\frac{\partial L}{\partial\vec b}=\sum_n\vec g_n$$

# %%
X = az.Tensor(rng.normal(size=(5, 3)), name="X")
layer = az.nn.Linear(3, 2, rng=rng)
Y = layer(X)
G = rng.normal(size=Y.shape)
grad_X, grad_W, grad_b = az.gradient(Y, [X, layer.W, layer.b], G)
one_by_one = sum(np.outer(g_n, x_n) for g_n, x_n in zip(G, X.data, strict=True))
print("W, a sum of outer products:", np.allclose(grad_W, one_by_one))
print("b, which was broadcast:    ", np.allclose(grad_b, undo(G, (2,))))
assert np.allclose(grad_W, one_by_one) and np.allclose(grad_b, G.sum(axis=0)), "gradients add over a batch"

# %% [markdown]
# The drawing has the three places where something happens to a shape: the transpose of $W$, the product
# `@`, and the addition that broadcasts $\vec b$ over the batch.

# %%
operations = [node.op.__name__ for node in az.Tape(Y) if node.op is not None]
assert operations == ["swapaxes", "matmul", "add"], "three operations, and each minds a shape"
graph_viz.draw(Y)

# %% [markdown]
# ## What the zoo says
#
# Tape, closed form and finite differences, for the modules of this chapter, in shapes with and without batches:

# %%
report = az.zoo.check("linear", "multiply")
assert report.ok, "tape, closed form and differences agree"
report

# %% [markdown]
# ## Exercises
#
# Put your answer in the place of the `...` and run the cell: it says whether the answer is right, and if not, what to
# think about. After an attempt `print(az.lab.answer("02-1"))` shows the answer, and `az.lab.score()` what you have
# answered.
#
# **1.** $a$ has shape (3, 1), $c$ has shape (4,), and $L=\sum_{ij}w_{ij}(a+c)_{ij}$ with a constant $w$ of shape (3,
# 4). What is $\partial L/\partial a$? Give it as a function of $w$: `lambda w: ...`.

# %%
answer_1 = ...
az.lab.exercise("02-1", answer_1)

# %% [markdown]
# **2.** A quadratic form, $L=\vec x^TA\vec x$: $\vec x$ is used twice. What is $\partial L/\partial\vec x$, with
# NumPy, for `A2` and `x2` below?

# %%
A2, x2 = np.array([[1.0, 4.0], [0.0, 3.0]]), np.array([2.0, -1.0])
answer_2 = ...
az.lab.exercise("02-2", answer_2)

# %% [markdown]
# **3.** A batch of matrix products, `np.einsum("bij,bjk->bik", P, Q)`. Its gradient by `P` is an einsum of `G` and
# `Q`: which? Give the subscripts as a string. (Count the uses: which letters must be there at the end, and which are
# summed?)

# %%
answer_3 = ...
az.lab.exercise("02-3", answer_3)

# %% [markdown]
# ## References
#
# - "Zoo of Deep Learning Modules", the document: its table of parameter-free modules has Multiply, its section on the fully
#   connected layer the Jacobian; each formula above has its line, and the [errata](../docs/errata.md) say of which copy
# - CS231n, [Vector, matrix, and tensor derivatives](https://cs231n.stanford.edu/vecDerivs.pdf) by E. Learned-Miller
# - T. Parr, J. Howard, [The matrix calculus you need for deep learning](https://arxiv.org/abs/1802.01528) (2018)
# - Dive into Deep Learning, [Linear algebra](https://d2l.ai/chapter_preliminaries/linear-algebra.html)
# - NumPy, [Broadcasting](https://numpy.org/doc/stable/user/basics.broadcasting.html)
# - JAX, [The autodiff cookbook](https://docs.jax.dev/en/latest/notebooks/autodiff_cookbook.html): VJPs and JVPs
