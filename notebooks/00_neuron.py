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
# # 00 The chain rule: a neuron by hand
#
# A neural network learns by asking one question of every number in it: *if this number grows a little, how much does the loss change?* The answer
# is a derivative. This chapter computes a few of them by hand, for a single neuron, before any program does.
#
# Afterwards you can say
#
# - what the chain rule multiplies, and why the multiplication may start at either end;
# - what stands on each node and on each edge of a computation graph after a sweep;
# - why networks start at the loss (reverse mode) and not at the inputs (forward mode).
#
# You need Python and the derivative of a function of one variable. Reading takes about 25 minutes, the exercises apart. Words that you do not know
# stand in the [glossary](../docs/glossary.md).

# %%
# %config InlineBackend.figure_formats = ["svg"]
import matplotlib.pyplot as plt
import numpy as np

import autograd_zoo as az
import graph_viz
from autograd_zoo.notebook import plots

plots()

# %% [markdown]
# ## The neuron
#
# Two inputs, two weights, a bias and a function that bends their sum (the *activation*). Its output $y$ should be 1, and the *loss* $L$ says how far
# it is from that:
#
# $$z = w_1x_1 + w_2x_2 + b \qquad y = \tanh z \qquad L = (y-1)^2$$

# %%
x1, x2 = 2.0, -1.0
w1, w2, b = 0.3, 0.8, 0.1

z = w1 * x1 + w2 * x2 + b
y = np.tanh(z)
L = (y - 1) ** 2
print(f"z = {z:.4f}   y = {y:.4f}   L = {L:.4f}")

# %% [markdown]
# **Predict first.** $x_1$ is positive and $y$ is too small. Should $w_1$ go up or down to make the loss smaller? And $w_2$, whose input is negative?
#
# ## The chain rule, link by link
#
# The loss depends on $w_1$ through $y$, which depends on $z$, which depends on $w_1$. Each link of this chain has a *local derivative* (also *local
# gradient*), for which one need not know anything about the rest:
#
# $$\frac{dL}{dy} = 2(y-1) \qquad \frac{dy}{dz} = 1-y^2 \qquad \frac{dz}{dw_1} = x_1 \qquad \frac{dz}{dw_2} = x_2 \qquad \frac{dz}{db} = 1$$
#
# The derivative along a path is the product of its links:
#
# $$\frac{dL}{dw_1} = \underbrace{\frac{dL}{dy}\,\frac{dy}{dz}}_{\text{upstream}}\;\underbrace{\frac{dz}{dw_1}}_{\text{local}} = 2(y-1)\cdot(1-y^2)\cdot x_1$$
#
# What has been multiplied so far, from the loss on, is called the *upstream gradient*: it is what arrives at a link. Each link multiplies it by its
# local gradient and hands the product on. There is nothing else in backpropagation.

# %%
dL_dy = 2 * (y - 1)
dL_dz = dL_dy * (1 - y**2)
by_hand = {"w1": dL_dz * x1, "w2": dL_dz * x2, "b": dL_dz * 1.0}
print(f"dL/dy = {dL_dy:.4f}   dL/dz = {dL_dz:.4f}")
print("   ".join(f"dL/d{name} = {value:.4f}" for name, value in by_hand.items()))

assert by_hand["w1"] < 0 < by_hand["w2"], "w1 should go up, and w2 down"

# %% [markdown]
# $dL/dw_1$ is negative: a larger $w_1$ makes the loss smaller. $dL/dw_2$ is positive: $w_2$ should go down. The sign of the input decides which.
#
# Notice the order in which this was computed. $dL/dy$ came first, then $dL/dz$, and *all three* parameters took the same $dL/dz$ and multiplied it by
# their own last link. The work that they share was done once.
#
# ## Is it right?
#
# There is a check that needs no calculus: make the number a little larger, make it a little smaller, and compare. These are (central) *finite
# differences*:
#
# $$\frac{dL}{dw}\approx\frac{L(w+h)-L(w-h)}{2h}$$


# %%
def loss(w1, w2, b):
    """The loss as a plain function of the three numbers that we may change."""
    return (np.tanh(w1 * x1 + w2 * x2 + b) - 1) ** 2


h = 1e-5
steps = {"w1": (h, 0, 0), "w2": (0, h, 0), "b": (0, 0, h)}
for name, (d1, d2, d3) in steps.items():
    slope = (loss(w1 + d1, w2 + d2, b + d3) - loss(w1 - d1, w2 - d2, b - d3)) / (2 * h)
    print(f"{name:>2}: by hand {by_hand[name]:.8f}   by differences {slope:.8f}")
    assert abs(by_hand[name] - slope) < 1e-8, "by hand and by differences agree"

# %% [markdown]
# A derivative is the slope of a tangent. Here is the loss when $w_1$ alone changes, with the tangent that has our derivative as its slope.

# %%
moved = np.linspace(-1.0, 2.0, 200)
fig, ax = plt.subplots()
ax.plot(moved, loss(moved, w2, b), label="loss")
ax.plot(moved, L + by_hand["w1"] * (moved - w1), "--", label="tangent, slope dL/dw₁")
ax.plot(w1, L, "o", color="black", label="where we are")
ax.set(xlabel="w₁", ylabel="L", ylim=(-0.3, 4), title="The derivative is the slope of the loss where we stand")
ax.legend()
plt.show()

# %% [markdown]
# ## The same, recorded
#
# A `Tensor` is a number (or an array) that remembers how it was made. We write the same formula; each operation adds a node to a *computation graph*.

# %%
t = {name: az.Tensor(value, name=name) for name, value in (("x1", x1), ("w1", w1), ("x2", x2), ("w2", w2), ("b", b))}
z_ = (t["w1"] * t["x1"] + t["w2"] * t["x2"] + t["b"]).named("z")
y_ = np.tanh(z_).named("y")
L_ = ((y_ - 1) ** 2).named("L")
print(az.Tape(L_))

# %% [markdown]
# The list of the recorded operations is called the *tape*. It reads like the program that made it, one operation a line; what has no name is numbered, `%5`. Going back over it, from the
# loss to the inputs, is the *backward pass*, here also called the sweep. Before the sweep no gradient is known, and the picture says so: a dash is not a zero.

# %%
graph_viz.draw(L_, direction="TB")

# %%
L_.backward(retain_grads=True)
assert L_.grad == 1 and np.isclose(y_.grad, dL_dy) and np.isclose(z_.grad, dL_dz), "the numbers from above"
graph_viz.draw(L_, direction="TB")

# %% [markdown]
# Solid arrows carry values down to the loss, dashed arrows carry gradients back up. Each node now holds two numbers: its value, and $\partial L/\partial$ (the node), which is how
# much the loss changes when this node changes. Read it from the bottom to the top, and you read the computation that we did by hand:
#
# 1. at $L$ the gradient is 1: the loss changes by 1 when the loss changes by 1;
# 2. through the square, times $2(y-1)$; through $\tanh$, times $1-y^2$;
# 3. an addition hands the same gradient to each of its inputs;
# 4. a multiplication hands to each factor the gradient times *the other factor*.
#
# The same picture, alive: change a number, by its slider or in its box, and everything is computed anew, in the page. Point at a dashed arrow to see which
# product it carries, *upstream times local*. (Where the page is not trusted, or printed, the picture stands still.)


# %%
def neuron(w1, x1, w2, x2, b):
    z = w1 * x1 + w2 * x2 + b
    y = np.tanh(z)
    return (y - 1) ** 2


alive = graph_viz.live(neuron, w1, x1, w2, x2, b)
assert not alive.still, "the page can follow the neuron"
alive

# %%
for name, value in by_hand.items():
    print(f"{name:>2}: by hand {value:.10f}   the sweep {t[name].grad:.10f}")
    assert abs(value - t[name].grad) < 1e-12, "by hand and by the sweep agree"

# %% [markdown]
# ## Step by step
#
# The sweep is made of steps, one for each operation. Here is the gradient of every node that has a name, after each step; a dash means that nothing has arrived there yet. At step $k$ only what is true
# at step $k$ is shown. (`graph_viz.draw(L_).save("neuron.html")` writes a page in which you can walk through the same steps with the arrow keys.)

# %%
shown = [L_, y_, z_, t["w1"], t["w2"], t["b"]]
print(f"{'step':<6}{'pulled back through':<22}" + "".join(f"{node.name:>9}" for node in shown))
partial = {L_: 1.0}  # ∂L/∂L, before the first step
for step, node in enumerate([node for node in reversed(list(az.Tape(L_))) if node.op is not None], 1):
    parents = [parent for parent in node.inputs if parent is not None]
    for parent, link in zip(parents, az.gradient(node, parents), strict=True):  # the slopes of these links alone
        partial[parent] = partial.get(parent, 0.0) + partial[node] * link.item()
    row = "".join(f"{partial[n]:9.4f}" if n in partial else f"{'—':>9}" for n in shown)
    print(f"{step:<6}{node.op.__name__:<22}{row}")

assert all(abs(partial[node] - node.grad) < 1e-12 for node in shown), "the steps end where the sweep ends"

# %% [markdown]
# ## Why start at the loss?
#
# The product of the links does not depend on the end at which one starts. The *work* does. Starting at an input (forward mode) gives the derivatives of everything by that one
# input; for three parameters the walk is repeated three times. Starting at the loss (reverse mode) gives the derivatives of the loss by everything, in one walk.
# A network has millions of parameters and one loss, so that all frameworks do the second. Its name is *reverse-mode automatic differentiation*; for
# networks it is called *backpropagation*.
#
# Count the walks for a neuron with $n$ inputs: `jvp` walks forward along one direction, `grad` walks back once.

# %%
rng = np.random.default_rng(0)
n = 50
inputs, weights = rng.normal(size=n), rng.normal(size=n) / n


def wide(w):
    """The loss of a neuron with n inputs, as a function of its weights."""
    return (np.tanh(np.sum(w * inputs)) - 1) ** 2


forward = [az.jvp(wide, [weights], [direction])[1] for direction in np.eye(n)]  # n walks, one for each weight
reverse = az.grad(wide)(weights)  # one walk
print(
    f"{len(forward)} forward walks and 1 backward walk: largest difference {np.max(np.abs(np.array(forward) - reverse)):.1e}"
)
assert np.allclose(forward, reverse, atol=1e-14), "forward and reverse mode multiply the same links"

# %% [markdown]
# ## What a gradient is good for
#
# Move every parameter a little against its gradient, and repeat: this is *gradient descent*. How far it is moved, 0.1 times the gradient here, is the
# *learning rate*.

# %%
w = np.array([w1, w2, b])
losses, links = [], []
for _ in range(40):
    leaf = az.Tensor(w)
    out = np.tanh(leaf[0] * x1 + leaf[1] * x2 + leaf[2])
    now = (out - 1) ** 2
    now.backward()
    losses.append(now.item())
    links.append(1 - out.item() ** 2)
    w = w - 0.1 * leaf.grad

fig, ax = plt.subplots()
ax.semilogy(losses, "o-", markersize=3)
ax.set(xlabel="step", ylabel="L", title="Gradient descent: the loss falls, and more slowly at each step")
plt.show()

fall = np.diff(np.log(losses))
print(f"the first step divides the loss by {np.exp(-fall[0]):.1f}, the last one by {np.exp(-fall[-1]):.3f}")
print(f"1 − y² was {links[0]:.2f}, and is {links[-1]:.2f}")
assert np.all(fall < 0) and losses[-1] < 0.05 * losses[0], "each step makes the loss smaller"
assert np.all(np.diff(fall) > 0), "and each by less than the one before"
assert np.all(np.diff(links) < 0) and links[-1] < 0.15, "while the link through tanh closes"

# %% [markdown]
# The loss falls more slowly because $1-y^2$ goes to 0 as $y$ goes to 1: the link through $\tanh$ closes. One says that the neuron is *saturated*. A neuron that is
# saturated and *wrong* learns slowly for the same reason; chapter 04 measures it.
#
# ## Exercises
#
# Put your answer in the place of the `...` and run the cell: it says whether the answer is right, and if not, what to think about. After an attempt
# `print(az.lab.answer("00-1"))` shows the answer, and `az.lab.score()` what you have answered.
#
# **1.** For which input $x_1$ is $dL/dw_1$ exactly 0 although the loss is not?

# %%
answer_1 = ...
az.lab.exercise("00-1", answer_1)

# %% [markdown]
# **2.** Replace $\tanh$ by $\sigma(z) = 1/(1+e^{-z})$, whose derivative is $\sigma(1-\sigma)$, and compute $dL/dw_1$ by hand, with NumPy alone. The numbers are `x1, x2, w1, w2, b`.

# %%
answer_2 = ...
az.lab.exercise("00-2", answer_2)

# %% [markdown]
# **3.** A number is used twice: $L = u\cdot u$ with $u = 3$. Each of the two uses sends a gradient back to $u$. Give these two contributions as a list. (Then think about what
# would happen if the second replaced the first.)

# %%
answer_3 = ...
az.lab.exercise("00-3", answer_3)

# %% [markdown]
# ## References
#
# - D. Rumelhart, G. Hinton, R. Williams, [Learning representations by back-propagating errors](https://doi.org/10.1038/323533a0), Nature 323 (1986)
# - A. Baydin et al., [Automatic differentiation in machine learning: a survey](https://arxiv.org/abs/1502.05767), JMLR 18 (2018): forward and reverse mode
# - CS231n, [Backpropagation, intuitions](https://cs231n.github.io/optimization-2/): upstream and local gradients
# - Dive into Deep Learning, [Automatic differentiation](https://d2l.ai/chapter_preliminaries/autograd.html)
# - A. Karpathy, [micrograd](https://github.com/karpathy/micrograd): a small engine for single numbers
