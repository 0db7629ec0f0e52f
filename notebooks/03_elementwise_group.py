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
# # 03 Elementwise and group operations: five ways to join numbers
#
# A network of any size joins numbers in very few ways: it adds two, multiplies two, sums many, keeps the largest of
# many, or lets some pass and stops others. Each of the five treats a gradient that comes back in its own way.
# Which does what?
#
# Afterwards you can say
#
# - the gradient of Add, Multiply, Sum, Max and Switch, and where each comes from;
# - what goes wrong when several elements are the largest, and which answers to that are defensible;
# - which two printed formulas of these families need care, and how one finds that out.
#
# You need chapter 00, and that a gradient is a row where a vector is a column (chapter 02). Reading takes about 35
# minutes, the exercises apart. Words that you do not know stand in the [glossary](../docs/glossary.md).

# %%
# %config InlineBackend.figure_formats = ["svg"]
import matplotlib.pyplot as plt
import numpy as np

import autograd_zoo as az
import graph_viz
from autograd_zoo import closed_form
from autograd_zoo.notebook import explained, formulas, plots, source
from autograd_zoo.zoo import errata

plots()

# %% [markdown]
# ## Two numbers: Add and Multiply
#
# **Predict first.** $y = a\,b$ with $a = 2$ and $b = 5$. The loss rises by 1 when $y$ rises by 1. By how much does it
# rise when $a$ rises by 1? And if it were $y = a + b$?
#
# Here is what the document prints, with the verdict of the zoo's check. (The line is that of the copy that was read; where
# a formula does not hold as printed, what it should be stands beside it, with the differing parts marked.)

# %%
formulas("elementwise")

# %% [markdown]
# **By hand.** Both act element by element: $y_i$ depends on $a_i$ and on no other element of $\vec{a}$. So there is
# one link for each $i$:
#
# $$y_i = a_i + b_i \;\Rightarrow\; \frac{\partial y_i}{\partial a_i} = 1
# \qquad\qquad y_i = a_ib_i \;\Rightarrow\; \frac{\partial y_i}{\partial a_i} = b_i$$
#
# and the upstream gradient, which arrives at $y_i$, is multiplied by this local gradient. Addition *copies* the gradient
# to both inputs. Multiplication gives each input the gradient times *the other one*. The modules are one line of NumPy
# each, and the tape knows the rest:

# %%
source(az.nn.multiply)

# %%
a, b = az.Tensor([2.0, 3.0], name="a"), az.Tensor([5.0, 7.0], name="b")
g = np.array([1.0, 10.0])  # ∂L/∂y: we are free to choose what comes back

for join in (az.nn.add, az.nn.multiply):
    by_a, by_b = az.gradient(join(a, b), [a, b], g)
    print(f"{join.__name__:<10} ∂L/∂a = {by_a}   ∂L/∂b = {by_b}")
    links = (1, 1) if join is az.nn.add else (b.data, a.data)
    assert np.array_equal(by_a, g * links[0]) and np.array_equal(by_b, g * links[1]), "1, or the other factor"

# %% [markdown]
# So the answers are 5 for the product, and 1 for the sum.
#
# ### A transpose that is missing
#
# The formula for $\partial L/\partial\vec{a}$ of Multiply got the verdict *reading*: it is right if one assumes
# something. To see what, give the vectors the shapes that the document gives them. $\vec{b}$ is a column, and a
# gradient such as $\partial L/\partial\vec{y}$ is a row. Then compute exactly what is printed.

# %%
row_g, column_b = g.reshape(1, 2), b.data.reshape(2, 1)
taken_at_its_word = row_g * column_b
print("∂L/∂y ⊙ b, a row and a column:\n", taken_at_its_word)
print("∂L/∂y ⊙ bᵀ, two rows:\n", row_g * column_b.T)
assert np.array_equal(np.diag(taken_at_its_word), g * b.data), "the right numbers stand on the diagonal only"
with_transpose = [
    errata.find(f"{name}.dx") for name in ("group.switch", "activation.softmax", "regularization.dropout")
]
assert all("^T" in formula.latex for formula in with_transpose), "three other rows print the transpose"

# %% [markdown]
# An elementwise product of a row and a column is not defined. NumPy does not complain, it *broadcasts*, and returns a
# matrix with four numbers where two are wanted: the two right ones stand on its diagonal. This is how such a slip
# becomes a bug. In three other rows of the same table, Switch, Softmax and Drop-out, the document does print the
# transpose. So it is more likely a slip than a convention.
#
# ## Many numbers: Sum, Max and Switch

# %%
formulas("group")

# %% [markdown]
# **By hand.** Sum is addition with more inputs, so each of them gets a copy: the row $\vec{1}^T$ is a 1 for each $x_i$.
# Switch is multiplication by a vector $\vec{s}$ of zeros and ones: where the switch is off, nothing goes forward and
# nothing comes back. Max is new. If $x_3$ is the largest, then *near this point* $y = x_3$: its local gradient is 1, and
# that of every other element is 0, because a small change of it changes nothing. In a table:
#
# | module | forward | backward |
# | --- | --- | --- |
# | Add, Sum | collects | copies to all |
# | Multiply | scales | scales by the other one |
# | Max | picks one | sends everything to the one that was picked |
# | Switch | opens or closes | the same switches |
#
# **Predict first.** The five together: $L = \max_i\,(s_i\,(x_i + b_i)\,w_i) + \sum_i x_i$. With the numbers below,
# which of the three $b_i$ can have a gradient that is not 0?

# %%
x = az.Tensor([1.0, 2.0, 3.0], name="x")
b = az.Tensor([0.5, 0.5, 0.5], name="b")
w = az.Tensor([2.0, 4.0, 6.0], name="w")
s = az.Tensor([1.0, 1.0, 0.0], name="s")

y = az.nn.switch(az.nn.multiply(az.nn.add(x, b), w), s).named("y")
L = (az.nn.max(y) + az.nn.sum(x)).named("L")
L.backward(retain_grads=True)
for t in (y, s, w, b, x):
    print(f"∂L/∂{t.name} = {t.grad}")
assert ((x + b) * w).data.argmax() == 2 and y.data.argmax() == 1, "the third is the largest, but its switch is off"
assert np.array_equal(b.grad, [0, 4, 0]) and np.array_equal(x.grad, [1, 5, 1]) and s.grad.any()

# %%
graph_viz.draw(L, values=True, gradients=True)

# %% [markdown]
# The third product is the largest, but its switch is off; of the others the second wins. Only $b_2$ matters, and its
# gradient is $w_2 = 4$. $\vec{x}$ is used twice, by the sum (a 1 for each) and by the product, and the contributions
# add up to 1, 5 and 1. Even the switch has a gradient, which the document does not print: it is the other factor of a
# product. (Of an array the picture shows the least and the greatest element.)
#
# ## What goes wrong at a tie
#
# "The element that is maximal" is not always *one*. Take $\max\{x_1, x_2\}$ with $x_2 = 1$ and change $x_1$.

# %%
turned = np.linspace(0.0, 2.0, 201)
slopes = np.array([az.grad(az.nn.max)(np.array([t, 1.0]))[0] for t in turned])
fig, (left, right) = plt.subplots(1, 2, figsize=(7, 2.9))
left.plot(turned, np.maximum(turned, 1.0))
left.plot(1, 1, "o", color="black", label="the tie")
left.set(xlabel="x₁", ylabel="y = max{x₁, 1}", title="A kink where the two tie")
left.legend()
right.plot(turned[turned < 1], slopes[turned < 1], color="#0072b2")
right.plot(turned[turned > 1], slopes[turned > 1], color="#0072b2")
right.plot(turned[100], slopes[100], "o", color="black", label="ours at the tie")
right.set(xlabel="x₁", ylabel="∂y/∂x₁", title="0 before, 1 after, and there?")
right.legend(loc="upper left")
plt.show()
assert list(slopes[[0, 99, 100, 101, 200]]) == [0, 0, 0.5, 1, 1], "0 before the tie, 1 after, and ours ½ there"

# %% [markdown]
# At the kink there is no derivative: the slope is 0 to the left and 1 to the right. A program must return
# *something*. There are three candidates for two elements that tie:

# %%
tied = np.array([1.0, 3.0, 3.0])
candidates = {
    "as printed: all of them get g": np.array([0.0, 1.0, 1.0]),
    "the first one gets g": np.array([0.0, 1.0, 0.0]),
    "they share g equally": np.array([0.0, 0.5, 0.5]),
}
print("our tape:", az.grad(az.nn.max)(tied))

# %% [markdown]
# Can we call one of them wrong, if no derivative exists? Yes. The maximum is a *convex* function, and a tangent of a
# convex function stays below it:
#
# $$\max(\vec{x}+\vec{d}) \;\ge\; \max(\vec{x}) + \frac{\partial y}{\partial\vec{x}}\,\vec{d}
# \qquad\text{for every step }\vec{d}$$
#
# A row for which this holds is a *subgradient*. Try it on ten thousand steps. One step needs no experiment: raise
# *all* elements by 1. The maximum rises by 1, so that the row must sum to 1.

# %%
steps = np.random.default_rng(0).normal(size=(10_000, 3))
rise = np.max(tied + steps, axis=1) - np.max(tied)
broken = {}
for name, row in candidates.items():
    broken[name] = np.mean(steps @ row > rise + 1e-12)
    print(f"{name:<31} sum {row.sum():.0f}   above the maximum in {broken[name]:5.1%} of the steps")
assert broken["as printed: all of them get g"] > 0.2, "what is printed is no subgradient at a tie"
assert broken["the first one gets g"] == broken["they share g equally"] == 0, "the other two are"

# %% [markdown]
# What is printed hands out the gradient twice, and promises more than the maximum then rises. The other two are
# defensible. Ours shares, since no element should be preferred for its place; it is also what finite differences say
# when *two* tie:

# %%
h = 1e-5


def by_differences(x):
    """The slope of the maximum along each axis."""
    return np.array([(np.max(x + h * e) - np.max(x - h * e)) / (2 * h) for e in np.eye(len(x))])


for x_ in (tied, np.array([3.0, 3.0, 3.0])):
    print(f"{x_}: by differences {by_differences(x_).round(3)}   tape {az.grad(az.nn.max)(x_).round(3)}")
assert np.allclose(by_differences(tied), [0, 0.5, 0.5]) and np.isclose(by_differences(x_).sum(), 1.5)

# %% [markdown]
# With three, differences sum to 1.5, and are no subgradient either. Where no derivative exists, differences decide
# nothing. They answer *½* at any kink from slope 0 to slope 1, whatever it means.
#
# The closed form divides by the number of elements that tie:

# %%
source(closed_form.group.max_dx)

# %% [markdown]
# The zoo's verdict was found in the same way, on a vector in which the maximum occurs twice. On numbers drawn at
# random no two are ever equal, and the printed formula would have passed. *Check a formula where it can fail.*

# %%
explained("group.max.dx", sample=True)

# %% [markdown]
# ### Are ties rare?
#
# For real numbers drawn at random, yes. Data are often not like that: the pixels of the handwritten digits are whole
# numbers from 0 to 16 (scaled to at most 1).

# %%
X, labels = az.data.digits("train")
ties = np.sum(X == X.max(axis=1, keepdims=True), axis=1)
print(f"{np.mean(ties > 1):.0%} of {len(X)} digits have more than one brightest pixel, on average {ties.mean():.1f}")
assert np.array_equal(16 * X, np.round(16 * X)) and X.min() == 0 and X.max() == 1, "whole numbers from 0 to 16"
assert np.mean(ties > 1) > 0.9 and np.median(ties) >= 5, "most digits tie, and several times"

fig, ax = plt.subplots()
ax.bar(*np.unique(ties, return_counts=True))
ax.set(xlabel="brightest pixels in an image", ylabel="images", title="Most digits tie several times")
plt.show()

# %% [markdown]
# ## Do the three agree?
#
# Everything above, on random inputs in several shapes: the gradient of the tape against the closed form of the
# document, against differences, and once more for the second derivative. The numbers are relative errors. *Fused* is
# the module recorded as a single node.

# %%
report = az.zoo.check("elementwise", "group")
assert report.ok, "tape, closed forms and differences agree"
assert {j.formula.id: j.verdict for j in report.errata} == {
    "elementwise.multiply.da": "reading",
    "group.max.dx": "exact within",
    "group.max.dx.ties": "wrong",
}
report

# %% [markdown]
# ## A classifier made of the five
#
# Are they enough to learn? For each digit keep three templates, images of weights. The score of a class is the best
# match among its templates: Multiply, Sum, Add, Max. The loss asks that the score of the right class, which a Switch
# lets pass, be larger than all others by 1 (it is a *hinge loss* for several classes):
#
# $$\text{score}_c = \max_k\Big(\sum_i x_i\,w_{cki} + b_{ck}\Big)
# \qquad L = \max_c\,(\text{score}_c + 1 - t_c) - \sum_c t_c\,\text{score}_c$$
#
# with $t_c = 1$ for the right class, and 0 for the others.


# %%
def scores(x, w, b):
    """The best match of each image (N, 64) among the templates w (10, K, 64) of each class: (N, 10)."""
    match = az.nn.add(az.nn.sum(az.nn.multiply(x[:, None, None, :], w), axis=-1), b)
    return az.nn.max(match, axis=-1)


def loss(x, label, w, b):
    """By how much the lead of the right class falls short of 1, on average."""
    t = az.data.one_hot(label, 10)
    score = scores(x, w, b)
    best = az.nn.max(az.nn.add(score, 1 - t), axis=-1)
    return (best - az.nn.sum(az.nn.switch(score, t), axis=-1)).mean()


# %%
X_test, labels_test = az.data.digits("test")


def learn(start, epochs=8, lr=0.5):
    """Train templates from `start`; return them, and the accuracy on digits that were not seen."""
    rng = np.random.default_rng(1)
    w, b = az.Tensor(start), az.Tensor(np.zeros(start.shape[:2]))
    descent = az.optim.SGD([w, b], lr=lr)
    for _ in range(epochs):
        for x, label in az.data.batches(X, labels, 32, rng=rng):
            descent.zero_grad()
            loss(x, label, w, b).backward()
            descent.step()
    return w.data, np.mean(scores(X_test, w.data, b.data).argmax(axis=1) == labels_test)


start = 0.01 * np.random.default_rng(0).normal(size=(10, 3, 64))
drawn, right = learn(start)
print(f"{right:.1%} of {len(X_test)} digits that were not seen")
assert right > 0.92, "the five are enough to learn"

# %% [markdown]
# In this training every gradient went through two Max: it came to one template of the right class and to one of the
# class that came too close. What have the others learnt?

# %%
fig, axes = plt.subplots(3, 10, figsize=(7, 2.4))
for (k, c), ax in np.ndenumerate(axes):
    shown = ax.imshow(drawn[c, k].reshape(8, 8), vmin=-0.8, vmax=0.8)
    ax.set(xticks=[], yticks=[], title=f"{c}" if k == 0 else "")
    ax.grid(False)
fig.colorbar(shown, ax=axes, label="weight")
fig.suptitle("Templates: bright pixels speak for the digit, dark ones against")
plt.show()
idle = np.mean(np.all(drawn == start, axis=-1))
best = np.sum(X[:, None, None, :] * drawn, axis=-1)[np.arange(len(X)), labels].argmax(axis=1)
share = [np.bincount(best[labels == c]).max() / np.sum(labels == c) for c in range(10)]
print(f"{idle:.0%} of the templates are exactly what they were at the start")
print(f"of each digit one template is the best for at least {min(share):.0%} of the images")
assert 0.1 < idle < 0.7, "a template that never wins learns nothing"
assert min(share) > 0.95, "one takes nearly all"

# %% [markdown]
# Little: of each digit one template takes nearly all images. One that seldom wins seldom gets a gradient, and one that
# never wins stays exactly the noise that it was. Through a Max only the winner learns.
#
# **Predict first.** Now start with all templates at 0. All three of a class tie at every image. What will they look
# like in the end?

# %%
zero, right_zero = learn(np.zeros((10, 3, 64)))
apart, apart_drawn = (np.ptp(templates, axis=1).max() for templates in (zero, drawn))
print(f"largest difference between templates of a class: {apart}; drawn at random, {apart_drawn:.2f}")
print(f"right: {right_zero:.1%}")
assert apart == 0 and apart_drawn > 0.5, "a shared tie stays a tie"
assert right_zero > 0.9 and right_zero > right - 0.01, "ten templates suffice"

# %% [markdown]
# A tie that shares its gradient stays a tie: equal elements get equal gradients, and remain equal for ever. We have
# thirty templates with the use of ten. (On these digits ten suffice.) With "the first one gets g" the second and third
# would stay at 0 until the first fell below them. The cure is to *break the tie* before it begins: this is one reason
# why weights are drawn at random.
#
# ## Exercises
#
# Put your answer in the place of the `...` and run the cell: it says whether the answer is right, and if not, what to
# think about. After an attempt `print(az.lab.answer("03-1"))` shows the answer, and `az.lab.score()` what you have
# answered.
#
# **1.** $\vec{y} = \vec{a}\odot\vec{b}$ with $\vec{a} = (3, 4, 5)$, $\vec{b} = (2, 0, -1)$, and
# $\partial L/\partial\vec{y} = (1, -1, 2)$ arrives. What is $\partial L/\partial\vec{b}$?

# %%
answer_1 = ...
az.lab.exercise("03-1", answer_1)

# %% [markdown]
# **2.** The range of some numbers is $\max\{x_i\} - \min\{x_i\}$, and $\min\{x_i\} = -\max\{-x_i\}$. What is its
# gradient at $(1, 5, 2, 5)$, if elements that tie share?

# %%
answer_2 = ...
az.lab.exercise("03-2", answer_2)

# %% [markdown]
# **3.** $L = \left(\sum_i x_i\right)\cdot\max\{x_i\}$ at $\vec{x} = (1, 4, 2)$. Sum copies, Max picks, Multiply
# exchanges: what is $\partial L/\partial\vec{x}$?

# %%
answer_3 = ...
az.lab.exercise("03-3", answer_3)

# %% [markdown]
# ## References
#
# - "Zoo of Deep Learning Modules", the document: its table of parameter-free modules, rows Add to Switch
# - R. T. Rockafellar, [Convex Analysis](https://press.princeton.edu/books/paperback/9780691015866/convex-analysis), Princeton
#   (1970): subgradients
# - K. Crammer, Y. Singer, [On the algorithmic implementation of multiclass kernel-based vector
#   machines](https://www.jmlr.org/papers/v2/crammer01a.html), JMLR 2 (2001): the loss of the classifier
# - CS231n, [Patterns in backward flow](https://cs231n.github.io/optimization-2/#patterns): add, multiply, max
# - Dive into Deep Learning, [Forward propagation, backward propagation, and computational
#   graphs](https://d2l.ai/chapter_multilayer-perceptrons/backprop.html)
