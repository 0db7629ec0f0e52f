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
# # 08 Linear layers: what a row of weights looks for
#
# A linear layer multiplies by a matrix and adds a vector. Nearly all numbers that a network learns are in such
# matrices. So one should be able to *look* at one: what does it look for, how did this get there, and what will no
# linear layer ever see?
#
# Afterwards you can say
#
# - how the gradients by $W$, $\vec{b}$ and $\vec{x}$ follow, for one sample and for a batch, and which printed one is
#   misprinted;
# - why a single sample changes $W$ by a matrix of rank 1, and why some weights never change at all;
# - why two linear layers are worth no more than one.
#
# You need chapters 02 and 05. Reading takes about 35 minutes, the exercises apart. Words that you do
# not know stand in the [glossary](../docs/glossary.md).

# %%
# %config InlineBackend.figure_formats = ["svg"]
import matplotlib.pyplot as plt
import numpy as np

import autograd_zoo as az
import graph_viz
from autograd_zoo import closed_form
from autograd_zoo.notebook import formulas, plots, source
from autograd_zoo.train import accuracy, train
from autograd_zoo.zoo import errata

plots()

# %% [markdown]
# ## Forward, and two ways back
#
# $W$ has a row for each output and a column for each input. Output $i$ is the inner product of row $i$ with
# $\vec{x}$, plus $b_i$.

# %%
formulas("linear")

# %% [markdown]
# **By hand, step by step.** What comes back to the layer is the *upstream gradient* $\partial L/\partial y_k$, one number for
# each output. The chain rule multiplies it by the *local gradient* of the layer, and sums over all outputs:
#
# $$\frac{\partial L}{\partial W_{ij}} = \sum_k\frac{\partial L}{\partial y_k}\,\frac{\partial y_k}{\partial W_{ij}} \qquad
# y_k = \sum_j W_{kj}x_j + b_k$$
#
# So ask where each number is used.
#
# **1.** $W_{ij}$ is only in $y_i$, times $x_j$, so that one term of the sum is left: what its output is told, times what
# its input was. **2.** $b_i$ is only in $y_i$, times 1:
#
# $$\frac{\partial y_k}{\partial W_{ij}} = \delta_{ik}\,x_j \qquad\Rightarrow\qquad
# \frac{\partial L}{\partial W_{ij}} = \frac{\partial L}{\partial y_i}\,x_j \qquad
# \frac{\partial L}{\partial b_i} = \frac{\partial L}{\partial y_i}$$
#
# ($\delta_{ik}$ is 1 for $i = k$ and else 0.) **3.** $x_j$ is in *every* output, times $W_{kj}$, and all terms stay:
#
# $$\frac{\partial y_k}{\partial x_j} = W_{kj} \qquad\Rightarrow\qquad
# \frac{\partial L}{\partial x_j} = \sum_k\frac{\partial L}{\partial y_k}\,W_{kj} \qquad\text{or}\qquad
# \frac{\partial L}{\partial\vec{x}} = \frac{\partial L}{\partial\vec{y}}\,W$$
#
# A row times the Jacobian $\partial\vec{y}/\partial\vec{x} = W$: a *vector-Jacobian product*, of which reverse-mode automatic
# differentiation is made (chapter 02). For $W$ itself the Jacobian is large and almost empty, and is never made.
#
# **4.** A batch has a sample $n$ in each row of $X$ and $Y$. All samples use the same $W$ and $\vec{b}$, so their
# contributions add up, while each $\vec{x}_n$ keeps its own:
#
# $$\frac{\partial L}{\partial W_{ij}} = \sum_n\frac{\partial L}{\partial Y_{ni}}\,X_{nj} \qquad\text{so, with } G_{ni} =
# \frac{\partial L}{\partial Y_{ni}}\text{,}\qquad dW = G^TX \qquad d\vec{b} = \sum_n\vec{g}_n \qquad dX = G\,W$$
#
# The document goes two ways back: the *backward pass* to what came in, which the layer before is waiting for, and the
# *parameter pass* to what is learnt.
#
# **Predict first.** Which elements of $\partial L/\partial W$ are 0, if $\vec{x} = (1, 0, 2)$ and
# $\partial L/\partial\vec{y} = (3, 1)$ comes back?

# %%
x = az.Tensor([1.0, 0.0, 2.0], name="x")
W = az.Tensor([[1.0, 2.0, 0.0], [0.0, 1.0, -1.0]], name="W")
b = az.Tensor([0.5, 0.0], name="b")
g = np.array([3.0, 1.0])
y = az.nn.linear(x, W, b).named("y")
y.backward(g, retain_grads=True)
print("∂L/∂W =", W.grad.tolist(), "  ∂L/∂b =", b.grad, "  ∂L/∂x =", x.grad)
assert np.array_equal(W.grad, np.outer(g, x.data)) and np.array_equal(b.grad, g) and np.array_equal(x.grad, g @ W.data)
assert not W.grad[:, 1].any() and W.grad[:, [0, 2]].all(), "the middle column is 0, and nothing else"

# %% [markdown]
# The middle column: an input of 0 teaches its weights nothing, whatever the outputs are told. Keep this in mind.

# %%
graph_viz.draw(y, values=True, gradients=True)

# %% [markdown]
# And the same for a batch, step 4 against the tape:

# %%
rng = np.random.default_rng(0)
batch, G = az.Tensor(rng.normal(size=(5, 3))), rng.normal(size=(5, 2))
by_hand = {"X": G @ W.data, "W": G.T @ batch.data, "b": G.sum(axis=0)}
by_tape = az.gradient(az.nn.linear(batch, W, b), [batch, W, b], G)
for (name, hand), tape in zip(by_hand.items(), by_tape, strict=True):
    print(f"∂L/∂{name}: by hand − tape {np.abs(hand - tape).max():.0e}")
    assert np.allclose(hand, tape, atol=1e-14)

# %% [markdown]
# The module, composed of primitives, and the closed form of its parameter pass. Samples are *rows* of a batch, so
# that what the document writes as $W\vec{x}$ is `x @ W.T` here. The gradient comes back in $W$'s own layout, which is
# the transpose of the document's (chapter 02).

# %%
source(az.nn.linear)

# %%
source(closed_form.linear.linear_dW)

# %%
report = az.zoo.check("linear")
assert report.ok, "tape, closed forms and differences agree"
assert {j.formula.id for j in report.errata} == {"linear.linear.dW.kronecker", "linear.linear.claim.computation"}
report

# %% [markdown]
# ## What is misprinted, and where one would never notice
#
# One of the gradients is wrong: $\frac{\partial L}{\partial\vec{y}}(I\otimes\vec{x})$. (So is a sentence about cost, in which
# computation should be memory.) Chapter 02 has drawn what is meant,
# the Jacobian $I\otimes\vec{x}^T$. Here we ask the other question: is there a layer for which it is right *as
# printed*? The zoo has the literal transcription of every formula, so try it on small layers of all shapes.
#
# **Predict first.** $\partial L/\partial\vec{y}$ is $1\times out$. What shape is $I\otimes\vec{x}$?

# %%
kronecker, rng = errata.find("linear.linear.dW.kronecker"), np.random.default_rng(0)
verdicts = {}
for out, inputs in np.ndindex(3, 3):
    layer = az.nn.Linear(inputs + 1, out + 1, rng=rng)
    sample, told = rng.normal(size=inputs + 1), rng.normal(size=out + 1)
    try:
        dW = kronecker.printed(told, None, sample, layer.W.data, layer.b.data)
        verdicts[out + 1, inputs + 1] = "right" if np.allclose(dW, np.outer(told, sample)) else "wrong"
    except ValueError:
        verdicts[out + 1, inputs + 1] = "shapes do not fit"
for inputs in (1, 2, 3):
    print(f"{inputs} in:", {f"{out} out": verdicts[out, inputs] for out in (1, 2, 3)})
assert all((verdict == "right") == (inputs == 1) for (_, inputs), verdict in verdicts.items()), "right for one input"

# %% [markdown]
# With *one* input it is right, for $\vec{x}^T$ is then $\vec{x}$. A transposed vector hides where vectors have length
# 1, as a transposed matrix hides where it is square.
#
# The other equality, $\vec{x}\,\frac{\partial L}{\partial\vec{y}}$, a column times a row, always holds. It is also
# the better one to think with.
#
# ## One sample, one idea
#
# A column times a row is a matrix of *rank 1*: all its rows are multiples of one row, $\vec{x}^T$. A batch adds up
# one such matrix for each of its samples.
#
# **Predict first.** Ten classes, 64 pixels, softmax and cross-entropy. What is the rank of $\partial L/\partial W$
# for batches of 1, 3 and 500 digits? (At most 10, as $W$ has ten rows. But is it 10?)

# %%
X, labels = az.data.digits("train")
X_test, labels_test = az.data.digits("test")
layer = az.nn.Linear(64, 10, rng=np.random.default_rng(0))
ranks = {}
for N in (1, 3, 500):
    loss = az.nn.softmax_cross_entropy(layer(X[:N]), labels[:N])
    dW = az.gradient(loss, [layer.W])[0]
    ranks[N] = int(np.linalg.matrix_rank(dW))
    print(f"{N:>3} digits: rank {ranks[N]}   largest sum of a column {np.abs(dW.sum(axis=0)).max():.0e}")
    assert np.abs(dW.sum(axis=0)).max() < 1e-12, "the ten rows sum to 0"
assert ranks == {1: 1, 3: 3, 500: 9}, "one sample, rank 1; never all ten"

# %% [markdown]
# It never gets to 10. What softmax and cross-entropy tell the scores is $\vec{y} - \vec{p}$ (chapter 05), and both
# sum to 1. So the ten rows of the gradient sum to 0, always: what one class gains the others lose.
#
# ## A real task: read digits with one matrix
#
# This is *softmax regression*, the smallest classifier there is. All weights start at 0, and each step is an outer
# product for each digit, added up.

# %%
zero = az.nn.Linear(64, 10)
zero.W.data, zero.b.data = np.zeros((10, 64)), np.zeros(10)
descent, rng = az.optim.SGD(zero.parameters(), lr=1.0), np.random.default_rng(0)
for _ in range(20):
    for inputs, label in az.data.batches(X, labels, 64, rng=rng):
        descent.zero_grad()
        az.nn.softmax_cross_entropy(zero(inputs), label).backward()
        descent.step()
one_matrix = accuracy(zero, X_test, labels_test)
print(f"{one_matrix:.1%} of {len(X_test)} digits that it has not seen")
assert one_matrix > 0.9, "one matrix reads digits"
assert np.abs(zero.W.data.sum(axis=0)).max() < 1e-10, "from zeros the ten rows sum to 0 at each pixel"

# %% [markdown]
# Each row of $W$ has 64 numbers, one for each pixel. So draw it as an image. Where it is bright, ink makes the
# digit's score larger; where it is dark, smaller.


# %%
def images(rows, titles, suptitle):
    """Rows of 64 weights as images, ten in two lines."""
    fig, axes = plt.subplots(2, 5, figsize=(6.5, 3.2))
    size = np.abs(rows).max()
    for ax, row, title in zip(axes.flat, rows, titles, strict=True):
        shown = ax.imshow(row.reshape(8, 8), vmin=-size, vmax=size)
        ax.set(xticks=[], yticks=[])
        ax.set_title(title, fontsize=9)
        ax.grid(False)
    fig.colorbar(shown, ax=axes, label="weight")
    fig.suptitle(suptitle)
    plt.show()


# %%
images(zero.W.data, [f"for {k}" for k in range(10)], "What each row of W looks for")
mean_digits = np.stack([X[labels == k].mean(axis=0) for k in range(10)])
alike = [np.corrcoef(mean_digits[k], zero.W.data[k])[0, 1] for k in range(10)]
apart = [np.corrcoef(mean_digits[k] - mean_digits.mean(axis=0), zero.W.data[k])[0, 1] for k in range(10)]
print("correlation of a row with its mean digit:                     ", np.round(alike, 1))
print("with what sets the mean digit apart from the mean of all ten: ", np.round(apart, 1))
assert zero.W.data[0].argmin() in (27, 28, 35, 36), "the 0 wants no ink in the middle"
assert np.mean(apart) > np.mean(alike) + 0.2

# %% [markdown]
# The 0 wants above all *no ink in the middle*: its smallest weight is one of the four pixels there. Rows are not so much
# pictures of a digit as of what sets it apart from the other nine. A row learns nothing about what all digits share,
# since the rows of each step sum to 0.
#
# ## Weights that never change
#
# Three of the 64 pixels are empty in every training digit. Their column of $\partial L/\partial W$ is then 0 for
# each sample.
#
# **Predict first.** Train again, but from *random* weights. What do these three columns look like afterwards?

# %%
empty = np.flatnonzero(X.max(axis=0) == 0)
randomly = az.nn.Linear(64, 10, rng=np.random.default_rng(0))
start = randomly.W.data.copy()
list(train(randomly, X, labels, epochs=10, rng=np.random.default_rng(0), batch_size=32))
moved = np.abs(randomly.W.data - start).max(axis=0)
print("pixels", empty, "moved by", moved[empty], "and the others by", moved[moved > 0].min().round(3), "or more")
print("their weights, trained from zeros:", np.abs(zero.W.data[:, empty]).max())
print("their weights, trained from random ones:", np.abs(randomly.W.data[:, empty]).max().round(3))
assert np.array_equal(np.flatnonzero(moved == 0), empty) and len(empty) == 3, "empty pixels teach nothing, others do"
assert np.all(zero.W.data[:, empty] == 0) and np.all(randomly.W.data[:, empty] == start[:, empty])

# %% [markdown]
# They keep what chance has given them. If one day a digit *has* ink there, its answer is in part an accident. That is
# not a numerical problem, and no check of gradients finds it: the gradient is right, and it is 0.
#
# ## The other way back: what would change its mind?
#
# The backward pass is not only for the layer before. $\partial L/\partial\vec{x}$ says how an *image* would have to
# change. Take the lead of the right class over the second best, $y_a - y_b$. By the formula, with
# $\partial L/\partial\vec{y}$ being 1 at $a$ and $-1$ at $b$, its gradient is the difference of two rows of $W$. It
# is the same wherever one stands, so one can say exactly how far one must go: $\frac{y_a - y_b}{\|W_a - W_b\|}$.

# %%
digit = X_test[7]
scores = zero(digit).data
second, first = np.argsort(scores)[-2:]
by_image = az.grad(lambda x: zero(x)[first] - zero(x)[second])(digit)
far = (scores[first] - scores[second]) / np.linalg.norm(by_image)
other = digit - 1.01 * far * by_image / np.linalg.norm(by_image)
print("the gradient is the difference of two rows:", np.allclose(by_image, zero.W.data[first] - zero.W.data[second]))
print(f"read as {first}; {1.01 * far:.2f} further on as {zero(other).data.argmax()}")
print(f"the image itself is {np.linalg.norm(digit):.2f} long")
assert np.allclose(by_image, zero.W.data[first] - zero.W.data[second])
assert first == labels_test[7] and zero(other).data.argmax() == second, "read rightly, and then as the second best"
assert far < np.linalg.norm(digit) / 4 and np.abs(other - digit).max() < 0.5, "no pixel changes by much"

# %%
fig, axes = plt.subplots(1, 3, figsize=(7, 2.4))
titles = f"read as {first}", "what is taken away", f"read as {zero(other).data.argmax()}"
for ax, picture, title in zip(axes, (digit, digit - other, other), titles, strict=True):
    shown = ax.imshow(picture.reshape(8, 8), vmin=-1, vmax=1)
    ax.set(title=title, xticks=[], yticks=[])
    ax.grid(False)
fig.colorbar(shown, ax=axes, label="ink")
plt.show()

# %% [markdown]
# We hardly see a difference. The change is small in every pixel, but it is made *wherever* the two rows
# differ, and the inner product adds it all up.
#
# ## What one matrix cannot see
#
# Is the digit even or odd? Now the 0, 2, 4, 6, 8 are one class, and they have nothing in common that a single
# picture of weights could look for. Try three models: one layer, two layers one after the other, and two layers with
# a ReLU in between.
#
# **Predict first.** Which two of the three will do equally well?

# %%
parity, parity_test = labels % 2, labels_test % 2


def model(kind):
    """One of the three models, from its own generator."""
    rng = np.random.default_rng(0)
    if kind == "one layer":
        return az.nn.Linear(64, 2, rng=rng)
    between = [az.nn.ReLU()] if kind == "with a ReLU between" else []
    return az.nn.Sequential(az.nn.Linear(64, 64, rng=rng), *between, az.nn.Linear(64, 2, rng=rng))


models, curves = {}, {}
for kind in ("one layer", "two layers", "with a ReLU between"):
    models[kind] = model(kind)
    course = train(models[kind], X, parity, epochs=12, rng=np.random.default_rng(0), batch_size=32, lr=5e-3)
    curves[kind] = [accuracy(models[kind], X_test, parity_test) for _ in course]

# %%
fig, ax = plt.subplots()
for (kind, curve), style in zip(curves.items(), ("o-", "s--", "^:"), strict=True):
    ax.plot(range(1, 13), curve, style, label=kind)
ax.set(xlabel="epoch", ylabel="accuracy", title="Even or odd? Without a ReLU the second layer is of no use")
ax.legend()
plt.show()
sizes = {kind: sum(p.size for p in m.parameters()) for kind, m in models.items()}
for kind, curve in curves.items():
    print(f"{kind:<20} {curve[-1]:.1%} of new digits, with {sizes[kind]} parameters")
assert curves["with a ReLU between"][-1] > 0.96 > 0.95 > max(curves["one layer"] + curves["two layers"]), "with a ReLU"
assert 30 < sizes["two layers"] / sizes["one layer"] < 35

# %% [markdown]
# Two layers are one layer, for
#
# $$W_2(W_1\vec{x} + \vec{b}_1) + \vec{b}_2 = (W_2W_1)\,\vec{x} + (W_2\vec{b}_1 + \vec{b}_2)$$
#
# They have thirty times the parameters, and can do exactly as much.

# %%
lower, upper = models["two layers"]
product = az.nn.Linear(64, 2)
product.W.data = upper.W.data @ lower.W.data
product.b.data = upper.W.data @ lower.b.data + upper.b.data
collapse = np.abs(product(X_test).data - models["two layers"](X_test).data).max()
print(f"two layers against one with W₂W₁: largest difference {collapse:.0e}")
assert collapse < 1e-12, "two linear layers are one"

# %% [markdown]
# With a ReLU in between each row of the first matrix can be a *detail*, switched on for some digits only. Here are
# the ten rows with the largest influence, which is what the second layer makes of them times how long they are:

# %%
hidden, _, decide = models["with a ReLU between"]
lean = decide.W.data[1] - decide.W.data[0]
loudest = np.argsort(-np.abs(lean) * np.linalg.norm(hidden.W.data, axis=1))[:10]
images(
    hidden.W.data[loudest],
    ["for odd" if lean[k] > 0 else "for even" for k in loudest],
    "The ten rows of the first matrix with the largest influence",
)
on = (hidden(X_test).data > 0)[:, loudest]
print("switched on by:", *(f"{share:.0%}" for share in on.mean(axis=0)), "of new digits")
assert np.all((on.mean(axis=0) > 0) & (on.mean(axis=0) < 1)), "each for some digits only"

# %% [markdown]
# ## Exercises
#
# Put your answer in the place of the `...` and run the cell: it says whether the answer is right, and if not, what to
# think about. After an attempt `print(az.lab.answer("08-1"))` shows the answer, and `az.lab.score()` what you have
# answered.
#
# **1.** All parameters of a network of two layers with a ReLU in between are 0, and a batch of digits comes with
# cross-entropy. Which of `W1`, `b1`, `W2`, `b2` have a gradient that is not 0? Give a list of names.

# %%
answer_1 = ...
az.lab.exercise("08-1", answer_1)

# %% [markdown]
# **2.** A layer with 64 inputs and 10 outputs is trained with *squared error* on batches of 500 digits. What is the
# largest rank that $\partial L/\partial W$ can have?

# %%
answer_2 = ...
az.lab.exercise("08-2", answer_2)

# %% [markdown]
# **3.** Give a matrix $W$ for which $W\vec{x} = (x_1 - x_0,\; x_2 - x_1,\; x_3 - x_2)$.

# %%
answer_3 = ...
az.lab.exercise("08-3", answer_3)

# %% [markdown]
# ## References
#
# - The document: "Zoo of Deep Learning Modules", Linear modules, row Linear.
# - D. Rumelhart, G. Hinton and R. Williams, [Learning representations by back-propagating errors](https://doi.org/10.1038/323533a0), 1986.
# - E. Learned-Miller, [Vector, matrix and tensor derivatives](https://cs231n.stanford.edu/vecDerivs.pdf), and J. Johnson,
#   [Backpropagation for a linear layer](https://cs231n.stanford.edu/handouts/linear-backprop.pdf): notes for CS231n.
# - CS231n, [Linear classification](https://cs231n.github.io/linear-classify/): rows of weights as templates.
# - Dive into Deep Learning, [Softmax regression](https://d2l.ai/chapter_linear-classification/softmax-regression.html) and
#   [Multilayer perceptrons](https://d2l.ai/chapter_multilayer-perceptrons/mlp.html).
