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
# # 04 Activation functions: what they let through
#
# Two linear layers in a row are one linear layer. So networks bend the numbers in between, with a function that is
# applied to each of them. Its shape seems to matter little. But every gradient must come back *through* it, and is
# multiplied by its slope. What does that do after one layer, and after ten?
#
# Afterwards you can say
#
# - the gradient of each activation, and why most of them can be written with the *output*;
# - why three of the printed gradients cannot be computed as they stand;
# - what goes wrong where an activation is flat (saturation), at its kinks, and far from 0.
#
# You need chapters 00 and 03. Reading takes about 40 minutes, the exercises apart. Words that you do not know stand in
# the [glossary](../docs/glossary.md).

# %%
# %config InlineBackend.figure_formats = ["svg"]
import matplotlib.pyplot as plt
import numpy as np

import autograd_zoo as az
import graph_viz
from autograd_zoo import closed_form
from autograd_zoo.notebook import explained, formulas, plots, source
from autograd_zoo.train import accuracy, train
from autograd_zoo.zoo import errata

plots()

# %% [markdown]
# ## The kinked and the smooth
#
# **Predict first.** Draw $\max\{0, x\}$ on paper, and below it its slope. Then do the same for $\tanh x$. Which
# of the two slopes becomes 0 for large $x$?

# %%
formulas("relu", "leaky_relu", "elu", "selu")

# %% [markdown]
# These four are made of two pieces. On each piece the slope is easy, and one detail saves work: on the left of ELU,
# $y = \alpha(e^x - 1)$, and its slope $\alpha e^x$ is simply $y + \alpha$. The exponential is not computed twice.
#
# The next three are smooth.

# %%
formulas("sigmoid", "tanh", "softplus")

# %% [markdown]
# **By hand.** $\sigma(x) = (1+e^{-x})^{-1}$, and the chain rule gives
#
# $$\frac{d\sigma}{dx} = (1+e^{-x})^{-2}\,e^{-x} = \frac{1}{1+e^{-x}}\cdot\frac{e^{-x}}{1+e^{-x}} = y\,(1-y)$$
#
# For $\tanh$, a quotient of $u = e^x - e^{-x}$ and $v = e^x + e^{-x}$ with $u' = v$ and $v' = u$, the quotient rule gives
#
# $$\frac{d\tanh}{dx} = \frac{u'v - uv'}{v^2} = \frac{v^2 - u^2}{v^2} = 1 - y^2$$
#
# And Softplus is an integral of the sigmoid: its slope is $e^x/(e^x+1) = \sigma(x)$. Now look at all of them.

# %%
shapes = {
    "ReLU": az.nn.relu, "Leaky ReLU": az.nn.leaky_relu, "ELU": az.nn.elu, "SELU": az.nn.selu,
    "Sigmoid": az.nn.sigmoid, "Tanh": az.nn.tanh, "Softplus": az.nn.softplus,
}  # fmt: skip
x = np.linspace(-4, 4, 400)
slopes = {name: az.grad(lambda x, f=f: f(x).sum())(x) for name, f in shapes.items()}
fig, axes = plt.subplots(2, 2, figsize=(7, 3.5), sharex=True)
for column, names in enumerate((("ReLU", "Leaky ReLU", "ELU", "SELU"), ("Sigmoid", "Tanh", "Softplus"))):
    for name, style in zip(names, ("-", "--", "-.", ":"), strict=False):
        axes[0, column].plot(x, shapes[name](x), style, label=name)
        axes[1, column].plot(x, slopes[name], style)
    axes[0, column].legend(fontsize=8)
    axes[1, column].set_xlabel("x")
axes[0, 0].set(ylabel="y", title="Kinked: 0 or a slope on the left")
axes[0, 1].set(title="Smooth: two are flat at both ends")
axes[1, 0].set_ylabel("slope ∂y/∂x")
plt.show()

# %%
for name, slope in slopes.items():
    print(f"{name:<11} slope at −4: {slope[0]:.4f}   at 4: {slope[-1]:.4f}   largest: {slope.max():.4f}")
assert 0.2499 < slopes["Sigmoid"].max() <= 0.25 and slopes["Tanh"].max() <= 1, "the steepest slopes"
flat = [name for name, slope in slopes.items() if max(slope[0], slope[-1]) < 0.02]
assert flat == ["Sigmoid", "Tanh"], "two are flat at both ends"
assert all(0 < slopes[name][0] < 0.04 for name in ("ELU", "SELU")) and slopes["ReLU"][0] == 0, "the kinked on the left"

# %% [markdown]
# Two numbers to remember: the slope of the sigmoid is never more than **¼**, that of $\tanh$ never more than 1, and
# both are almost 0 already at $\pm4$. Where an activation is flat one says that it is *saturated*.
#
# ## The diagonal that is no diagonal
#
# An activation works on each element, so its Jacobian is a *diagonal* matrix with the slopes on it, and a row times a
# diagonal matrix is an elementwise product:
#
# $$\frac{\partial L}{\partial\vec{x}} = \frac{\partial L}{\partial\vec{y}}\,diag(\vec{y}\odot(\vec{1}-\vec{y}))$$
#
# which in NumPy is `g * y * (1 - y)`.
#
# The document prints something else inside of $diag$: $\vec{y}(\vec{1}-\vec{y})^T$, a column times a row, which is a
# *matrix*. Compute exactly that. By its usual meaning, and in NumPy, $diag$ of a vector is a matrix, and $diag$ of a
# matrix is the vector on its diagonal.

# %%
g = np.array([[1.0, -2.0, 0.5]])  # a row
y = az.nn.sigmoid(np.array([[0.0], [1.0], [-1.0]]))  # a column

printed = g @ np.diag(y @ (1 - y).T)
right = g @ np.diag((y * (1 - y))[:, 0])
print("as printed:", printed)
print("corrected: ", right)
assert printed.shape == (1,) and np.isclose(printed[0], right.sum()), "diag of a matrix leaves one number, the sum"

# %% [markdown]
# A row times a vector is *one number*, the sum of the three that are wanted. If $diag$ is taken to mean "keep the
# diagonal, and put zeroes elsewhere", the printed formula is right: that is the *reading* which the zoo notes. It has
# to be named, because whoever types the formula into NumPy gets a wrong shape, or, where it broadcasts, wrong numbers
# and no complaint. $\tanh$ has the same slip, since $I-\vec{y}\vec{y}^T$ is a matrix too:

# %%
assert (
    errata.judged(errata.find("activation.tanh.dx")).reading
    == errata.judged(errata.find("activation.sigmoid.dx")).reading
)
explained("activation.tanh.dx", sample=True)

# %% [markdown]
# Softplus has the opposite slip: it prints $diag$ of the single number $e^{x_i}/(e^{x_i}+1)$, where the
# vector of all of them is meant. How does one find such things? By giving every letter the shape that the notation
# says, and multiplying. An index that is on the right and not on the left is a warning.
#
# ## Far from 0
#
# A module need not compute its formula in the order in which it is printed. Here is Softplus:

# %%
source(az.nn.softplus)

# %%
z = az.Tensor(0.5, name="x")
out = az.nn.softplus(z).named("y")
out.backward(retain_grads=True)
assert np.isclose(out.item(), np.log(np.exp(0.5) + 1)), "the same function"
graph_viz.draw(out)

# %% [markdown]
# It is $\log(e^x+e^0)$, the same function. Why is it not written as it is printed? The slope of Softplus is
# $\sigma(x)$, which for large $x$ is 1.
#
# **Predict first.** What does $\log(e^x+1)$ become in floating point at $x = 800$, and what its gradient?


# %%
def softplus_as_printed(x):
    """log(exp(x) + 1), in the order in which it is printed."""
    return np.log(np.exp(x) + 1)


far = az.Tensor(800.0)
with np.errstate(over="ignore"):  # exp(800) is more than a float can hold
    for f in (softplus_as_printed, az.nn.softplus):
        there = f(far)
        slope_there = az.gradient(there, [far])[0]
        print(f"{f.__name__:<20} y = {there.item():<6} ∂y/∂x = {slope_there}")
        assert np.isnan(slope_there) if f is softplus_as_printed else slope_there == 1, "overflow hides it"

# %% [markdown]
# The printed order overflows on the way: $e^{800}$ is infinite. The gradient that comes back is divided by it, and then
# multiplied by it: $\infty/\infty$, *nan where 1 is right*. The sweep did nothing wrong: it differentiated what it was
# given. A closed form can be right, and a program that computes it in this order can still be useless.
# (`np.logaddexp` takes the larger of its two numbers out of the logarithm first: the *log-sum-exp trick*.)
#
# ## At a kink
#
# ReLU has no slope at 0. The document says "otherwise", and so 0; so does the tape. Differences look to both sides:

# %%
h = 1e-5
at_kink = az.grad(az.nn.relu)(0.0)
difference = (az.nn.relu(h) - az.nn.relu(-h)) / (2 * h)
print(f"document and tape: {at_kink}   differences: {difference}")
assert (at_kink, difference) == (0.0, 0.5), "at the kink: a choice"

# %% [markdown]
# Each number from 0 to 1 is a subgradient here (chapter 03), so that none is *wrong*. But it is a choice, and
# choices have consequences: a unit whose weights and bias are all 0 is exactly at the kink, and with this choice
# its gradient is 0. It will never change. The same holds for a unit that is negative for *every* sample. Start some
# units with a bias below 0:

# %%
X, labels = az.data.digits("train")
dead = {}
for bias in (0.0, -0.25, -0.5, -1.0):
    layer = az.nn.Linear(64, 200, rng=np.random.default_rng(0))
    layer.b.data = np.full(200, bias)
    az.nn.relu(layer(X)).sum().backward()
    dead[bias] = np.mean(np.all(layer.W.grad == 0, axis=1))
    print(f"bias {bias:5}: {dead[bias]:6.1%} of the units get no gradient from any of {len(X)} digits")
assert dead[0.0] < 0.1 and dead[-1.0] > 0.9, "units that are never positive are dead"

for leaky in (az.nn.leaky_relu, az.nn.elu):  # with the last bias, −1
    layer.zero_grad()
    leaky(layer(X)).sum().backward()
    dead[leaky.__name__] = np.mean(np.all(layer.W.grad == 0, axis=1))
    print(f"bias {bias:5}: {dead[leaky.__name__]:6.1%} with {leaky.__name__}")
assert dead["leaky_relu"] == dead["elu"] == 0, "and these cannot die"

# %% [markdown]
# Such units are called *dead*. Leaky ReLU and ELU let a little through on the left, and cannot die.
#
# ## One whose elements depend on each other
#
# Softmax turns any scores (the field says *logits*) into probabilities. It is not elementwise: each output depends on all
# inputs, so that its Jacobian is a full matrix.

# %%
formulas("softmax")

# %% [markdown]
# **By hand.** Write $y_i = e^{x_i}/Z$ with $Z = \sum_k e^{x_k}$. The score $x_j$ is used in every $y_i$, since $Z$ has it:
# $\partial Z/\partial x_j = e^{x_j}$. And it is used once more in the numerator of $y_j$.
#
# **1. One output, another input**, $i\ne j$: the numerator is constant, and
#
# $$\frac{\partial y_i}{\partial x_j} = -\frac{e^{x_i}}{Z^2}\,e^{x_j} = -y_i\,y_j$$
#
# **2. Its own input**, $i = j$: the numerator adds $e^{x_i}/Z = y_i$, so that
#
# $$\frac{\partial y_i}{\partial x_i} = y_i - y_i\,y_i$$
#
# **3. Both in one line**, with $\delta_{ij} = 1$ for $i=j$, else 0: $\partial y_i/\partial x_j = y_i(\delta_{ij} - y_j)$.
#
# **4. The sum over the uses** of $x_j$ is the vector-Jacobian product:
#
# $$\frac{\partial L}{\partial x_j} = \sum_i \frac{\partial L}{\partial y_i}\,y_i\,(\delta_{ij} - y_j)
# = s_j - y_j\sum_i s_i \qquad s_i = \frac{\partial L}{\partial y_i}\,y_i$$
#
# The matrix need not be built. The closed form is the last line:

# %%
source(closed_form.activation.softmax_dx)

# %%
scores = np.array([2.0, 1.0, 0.0, -1.0])
J = az.jacobian(az.nn.softmax)(scores)
p = az.nn.softmax(scores)
print("softmax:", p.round(4), "\nits Jacobian:\n", J.round(4), "\nits rows sum to", J.sum(axis=1).round(12) + 0.0)
certain = az.jacobian(az.nn.softmax)(np.array([12.0, 1.0, 0.0, -1.0]))
print(f"with a score of 12 in the first place its largest element is {np.abs(certain).max():.0e}")
assert np.allclose(J, np.diag(p) - np.outer(p, p)), "softmax's Jacobian, as derived"
assert np.allclose(J.sum(axis=0), 0) and np.allclose(J.sum(axis=1), 0), "its rows and columns sum to 0"
assert np.abs(certain).max() < 1e-4, "saturated"

# %% [markdown]
# Each row sums to 0: adding the same number to all scores changes nothing. And so does each column, because the
# probabilities always sum to 1: what one gains the others lose. Softmax saturates as well. When one probability is
# almost 1, then all of $y_i(\delta_{ij}-y_j)$ are almost 0. Chapter 05 is about the loss that repairs this.
#
# ## Do the three agree?
#
# Tape, closed form, differences, for all activations of the document, and for those that it does not have: PReLU, ReLU6,
# CELU, log-softmax, log-sigmoid and Softsign; those that weigh $x$ by how far it is to the right, GELU by the normal
# distribution, SiLU, $y = x\,\sigma(x)$, and Mish; Hardsigmoid and Hardswish, which are sigmoid and SiLU in straight
# pieces; and GLU and SwiGLU, where one half of $\vec{x}$ weighs the other. At kinks there is no second derivative to
# compare.

# %%
report = az.zoo.check("activation")
assert report.ok, "tape, closed forms and differences agree"
readings = {j.formula.id for j in report.errata if j.verdict == "reading"}
assert readings == {f"activation.{name}.dx" for name in ("sigmoid", "softplus", "tanh")} and len(report.errata) == 4
report

# %% [markdown]
# ## Saturation, measured
#
# At the end of chapter 00 stood a claim: a neuron that is *wrong and saturated* learns slowly. $L = (y-1)^2$ with
# $y = \tanh z$, and $z$ is moved against its gradient. The further $z$ starts on the wrong side, the *larger* is the
# mistake. How many steps until it is corrected?

# %%
steps_needed = {}
fig, ax = plt.subplots()
for start, style in zip((0.0, -1.0, -2.0, -3.0, -4.0), ("-", "--", "-.", ":", "-"), strict=True):
    z, losses = start, []
    while not losses or losses[-1] > 0.01:
        y_now = np.tanh(z)
        losses.append((y_now - 1) ** 2)
        z -= 0.1 * 2 * (y_now - 1) * closed_form.activation.tanh_dx(1.0, y_now, z)
    steps_needed[start] = len(losses)
    ax.semilogx(range(1, len(losses) + 1), losses, style, label=f"z starts at {start:.0f}")
ax.set(xlabel="step", ylabel="L", title="The worse the start, the longer nothing happens")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()
extra = np.diff(list(steps_needed.values()))
print("steps until the loss is 0.01:", steps_needed)
print("a unit further adds:", extra)
assert np.all(extra > 0) and extra[-1] > 100 * extra[0], "the worse the start, the longer"
assert np.all((extra[2:] / extra[1:-1] > 6) & (extra[2:] / extra[1:-1] < 9)), "about e² times as many each"

# %% [markdown]
# Where it is saturated, each unit further to the left *adds* about $e^2 \approx 7$ times as many steps as the unit
# before, for the slope $1 - y^2$ falls by this factor. The loss is large, but the link is closed.
#
# ## Through many layers
#
# In a deep network the gradient goes through one such link for each layer, and they are *multiplied*. Take ten layers
# of 64 units, and look at the gradient of the weights of each, before any training. (The weights are drawn with a
# variance of 1 over the number of inputs; for ReLU, which closes half of its links, twice that.)


# %%
def network(activation, layers, seed=0):
    """Layers of 64 units with an activation each, and a last one with a score for each digit."""
    rng = np.random.default_rng(seed)
    draw = az.nn.init.he_normal if activation is az.nn.ReLU else az.nn.init.lecun_normal
    linear = [az.nn.Linear(64, 64, rng=rng) for _ in range(layers)] + [az.nn.Linear(64, 10, rng=rng)]
    for layer in linear:
        layer.W.data, layer.b.data = draw(layer.W.shape, rng=rng), np.zeros(layer.b.shape)
    return az.nn.Sequential(*(f for layer in linear[:-1] for f in (layer, activation())), linear[-1])


norms = {}
for activation in (az.nn.Sigmoid, az.nn.Tanh, az.nn.ReLU, az.nn.SELU):
    model = network(activation, 10)
    az.nn.softmax_cross_entropy(model(X[:256]), labels[:256]).backward()
    norms[activation.__name__] = [np.linalg.norm(W.grad) for name, W in model.named_parameters() if name.endswith("W")]

# %%
fig, ax = plt.subplots()
for (name, norm), style in zip(norms.items(), ("o-", "s--", "^-.", "d:"), strict=True):
    ax.semilogy(range(1, 12), norm, style, label=name)
ax.set(
    xlabel="layer, 1 is next to the pixels",
    ylabel="‖∂L/∂W‖",
    title="Through sigmoids the gradient vanishes on its way back",
)
ax.legend()
plt.show()
factor = (norms["Sigmoid"][0] / norms["Sigmoid"][9]) ** (1 / 9)
print(f"a sigmoid layer multiplies the gradient by {factor:.2f} on average; its slope is at most 0.25")
assert norms["Sigmoid"][0] < 1e-4 * norms["Sigmoid"][10] and factor < 0.3, "the gradient vanishes through sigmoids"
assert all(norms[name][0] > 0.1 * norms[name][10] for name in ("Tanh", "ReLU", "SELU")), "not through the others"

between, seen = [], X[:256]
for f in network(az.nn.Sigmoid, 10):
    seen = f(seen)
    between += [np.min(seen.data), np.max(seen.data)] if isinstance(f, az.nn.Sigmoid) else []
print(f"all outputs of the sigmoids are between {min(between):.2f} and {max(between):.2f}")
assert 0.05 < min(between) and max(between) < 0.95, "nothing is saturated"

# %% [markdown]
# This is the *vanishing gradient*. At the first layers, next to the pixels, almost nothing of it arrives. Nothing
# is saturated here: a local gradient of ¼ at best suffices, ten times in a row.
#
# ## A real task
#
# Does it matter for learning? The same network, with six layers, learns to read digits; only the activation differs.

# %%
X_test, labels_test = az.data.digits("test")
curves, reads = {}, {}
for activation in (az.nn.Sigmoid, az.nn.Tanh, az.nn.ReLU):
    model, name = network(activation, 6), activation.__name__
    rng = np.random.default_rng(0)
    curves[name] = [epoch.loss for epoch in train(model, X, labels, epochs=5, rng=rng, batch_size=32, lr=1e-3)]
    reads[name] = accuracy(model, X_test, labels_test)
    print(f"{name:<8} reads {reads[name]:.1%} of {len(X_test)} digits that were not seen")

# %%
fig, ax = plt.subplots()
for (name, losses), style in zip(curves.items(), ("o-", "s--", "^-."), strict=True):
    ax.plot(range(1, 6), losses, style, label=name)
ax.axhline(np.log(10), color="black", linewidth=1, label="all digits equally likely, log 10")
ax.set(
    xlabel="epoch", ylabel="loss", xticks=range(1, 6), title="The sigmoids are still guessing when the others can read"
)
ax.legend(fontsize=8)
plt.show()
assert reads["Sigmoid"] < 0.4 and min(reads["Tanh"], reads["ReLU"]) > 0.88, "sigmoids learn last"
assert curves["Sigmoid"][-1] > 0.9 * np.log(10) > 1 > max(curves["Tanh"][-1], curves["ReLU"][-1]), "still guessing"

# %% [markdown]
# ## Exercises
#
# Put your answer in the place of the `...` and run the cell: it says whether the answer is right, and if not, what to
# think about. After an attempt `print(az.lab.answer("04-1"))` shows the answer, and `az.lab.score()` what you have
# answered.
#
# **1.** A gradient of 1 comes back through five sigmoids, one after the other, each of which has the input 0. What is
# left of it?

# %%
answer_1 = ...
az.lab.exercise("04-1", answer_1)

# %% [markdown]
# **2.** Somebody kept the outputs $\vec{y} = (0.1, 0.7, 3.0)$ of a Softplus, but not the inputs. Write its slopes
# $\partial y_i/\partial x_i$ with $\vec{y}$ alone, and give the three numbers.

# %%
answer_2 = ...
az.lab.exercise("04-2", answer_2)

# %% [markdown]
# **3.** $L = \log y_1$ with $\vec{y} = softmax(\vec{x})$, and $\vec{y} = (0.2, 0.3, 0.5)$. What is
# $\partial L/\partial\vec{x}$? Use $\vec{s}$: only one of its elements is not 0.

# %%
answer_3 = ...
az.lab.exercise("04-3", answer_3)

# %% [markdown]
# ## References
#
# - "Zoo of Deep Learning Modules", the document: its table of parameter-free modules, rows Relu to Softmax
# - S. Hochreiter, [The vanishing gradient problem during learning recurrent neural nets](https://doi.org/10.1142/S0218488598000094)
#   (1998)
# - X. Glorot, Y. Bengio, [Understanding the difficulty of training deep feedforward neural
#   networks](https://proceedings.mlr.press/v9/glorot10a.html), AISTATS (2010); K. He et al., [Delving deep into
#   rectifiers](https://arxiv.org/abs/1502.01852) (2015): how weights are drawn
# - D. Clevert et al., [ELU](https://arxiv.org/abs/1511.07289) (2016); G. Klambauer et al., [SELU](https://arxiv.org/abs/1706.02515)
#   (2017); D. Hendrycks, K. Gimpel, [GELU](https://arxiv.org/abs/1606.08415) (2016)
# - CS231n, [Commonly used activation functions](https://cs231n.github.io/neural-networks-1/#actfun)
# - Dive into Deep Learning, [Numerical stability and initialization](https://d2l.ai/chapter_multilayer-perceptrons/numerical-stability-and-init.html)
