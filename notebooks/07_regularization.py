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
# # 07 Drop-out: switching off at random
#
# Drop-out switches off a random part of a layer, often half of it, and another part at each step. Why should a network that is disturbed in
# training be better afterwards, and what does the disturbance do to gradients?
#
# Afterwards you can say
#
# - the gradient of drop-out, and why there is a factor $\frac{1}{1-q}$;
# - what a check needs in order to differentiate something that is random;
# - what drop-out does *on average*, what *overfitting* is, and on what data drop-out helps against it.
#
# You need chapters 03 and 05. Reading takes about 30 minutes, the exercises apart. Words that you do not know stand in
# the [glossary](../docs/glossary.md).

# %%
# %config InlineBackend.figure_formats = ["svg"]
from itertools import product

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
# ## A Switch with a factor

# %%
formulas("dropout")

# %% [markdown]
# **By hand.** Once the switches $\vec{D}$ are drawn they are plain numbers, 0 or 1. *One output:*
# $y_i = \frac{1}{1-q}D_i\,x_i$ is its input times a constant. *One input:* $x_j$ is used in $y_j$ and nowhere else. *The
# sum* over the uses has one term:
#
# $$\frac{\partial y_i}{\partial x_j} = \frac{D_i}{1-q}\,\delta_{ij} \qquad
# \frac{\partial L}{\partial x_j} = \sum_i\frac{\partial L}{\partial y_i}\,\frac{\partial y_i}{\partial x_j}
# = \frac{1}{1-q}\,\frac{\partial L}{\partial y_j}\,D_j$$
#
# What was dropped gets no gradient, what was kept gets $\frac{1}{1-q}$ times what comes back. The way back uses
# **the same** $\vec{D}$.

# %%
source(az.nn.dropout)

# %%
source(closed_form.regularization.dropout_dx)

# %% [markdown]
# **Predict first.** Here $q = \frac12$, and the second of three numbers is dropped. What is
# $\partial L/\partial\vec{x}$, if $L = \sum_i y_i^2$?

# %%
x = az.Tensor([1.0, 2.0, 3.0], name="x")
D = np.array([1.0, 0.0, 1.0])
y = az.nn.dropout(x, D, q=0.5).named("y")
L = np.sum(y**2).named("L")
L.backward(retain_grads=True)
print("y =", y.data, "  ∂L/∂y =", y.grad, "  ∂L/∂x =", x.grad)
assert np.array_equal(x.grad, [8, 0, 24]), "what was dropped gets no gradient"

# %%
graph_viz.draw(L, values=True, gradients=True, direction="TB")

# %% [markdown]
# ($\vec{D}$ holds the switches, which have no gradient here.)
#
# ## Why divide by $1-q$?
#
# After training nothing is dropped. Then the next layer, which has only ever seen half of its inputs (with $q = \frac12$), would
# suddenly see all of them, and twice as much would arrive. The factor keeps the *mean*. $D_i$ is 1 with probability $1-q$ and else 0,
# so its mean is $E[D_i] = 1-q$. A square of 0 or 1 is the same number again, so $E[D_i^2] = 1-q$, too, and its variance is
# $E[D_i^2]-E[D_i]^2 = (1-q)-(1-q)^2 = q\,(1-q)$. Therefore
#
# $$E[y_i] = \frac{1}{1-q}\,(1-q)\,x_i = x_i \qquad\qquad Var[y_i] = \frac{1}{(1-q)^2}\,q\,(1-q)\,x_i^2 = \frac{q}{1-q}\,x_i^2$$
#
# The mean stays, and drop-out adds noise. How much? Draw a hundred thousand switches for each of several $q$, with
# $x = 1$.

# %%
rng = np.random.default_rng(0)
rates = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
outputs = np.array([az.nn.Dropout(q, rng=rng)(np.ones(100_000)) for q in rates])
fig, ax = plt.subplots()
ax.plot(rates, outputs.mean(axis=1), "o", label="mean, measured")
ax.plot(rates, outputs.var(axis=1), "s", label="variance, measured")
ax.axhline(1, linewidth=1, linestyle="--", label="x")
ax.plot(rates, rates / (1 - rates), ":", color="black", label="q/(1 − q)")
ax.set(
    xlabel="q, the probability to be dropped",
    ylabel="of y, where x = 1",
    title="The mean stays; the noise grows without bound towards q = 1",
)
ax.legend()
plt.show()
assert np.allclose(outputs.mean(axis=1), 1, atol=0.05), "the mean stays"
assert np.allclose(outputs.var(axis=1), rates / (1 - rates), rtol=0.05), "the variance is q/(1 − q)"
try:
    az.nn.Dropout(1.0)
    refused = ""
except ValueError as error:
    refused = str(error)
print(refused)
assert refused, "q = 1 is refused"

# %% [markdown]
# At $q = 1$ nothing is left, and one would divide by 0; the module refuses it.
#
# ## Is $q$ what is dropped, or what is kept?
#
# The document does not say in the formula what $q$ is the probability *of*, and other texts use the letter for the share
# that is *kept*. So the verdict on both formulas is *reading*: they hold if one takes $q$ for the probability to be
# dropped. One finds out by asking which of the two keeps the mean.
#
# **Predict first.** At which $q$ would this experiment tell you nothing?

# %%
means = {}
for q in (0.5, 0.2):
    draws = rng.random(100_000)
    means[q] = [np.mean(D / (1 - q)) for D in (draws >= q, draws < q)]
    print(f"q = {q}: mean of y/x is {means[q][0]:.2f} if q are dropped, {means[q][1]:.2f} if q are kept")
verdicts = {errata.judged(errata.find(f"regularization.dropout.{name}")).verdict for name in ("y", "dx")}
assert verdicts == {"reading"}
assert np.allclose(means[0.5], [1, 1], atol=0.02) and np.allclose(means[0.2], [1, 0.25], atol=0.02), "q is dropped"

# %% [markdown]
# At $q = \frac12$, the most common choice, both are right. It is as with the square image of chapter 06: a test with
# symmetric numbers cannot distinguish what is symmetric there.
#
# ## Differentiating what is random
#
# **Predict first.** Take finite differences of a network with drop-out, at a step of $h = 10^{-5}$. The two sides are
# computed one after the other. What will go wrong?

# %%
h, here = 1e-5, np.array([1.0, 2.0, 3.0])
drop = az.nn.Dropout(0.5, rng=np.random.default_rng(3))
D = (np.random.default_rng(3).random(3) >= 0.5) * 1.0


def by_differences(f):
    """The slopes of the sum of the squares of f, along each axis."""
    return np.array([np.sum(f(here + h * e) ** 2 - f(here - h * e) ** 2) / (2 * h) for e in np.eye(3)])


fresh = by_differences(drop)
fixed = by_differences(lambda x: az.nn.dropout(x, D, q=0.5))
tape = az.grad(lambda x: np.sum(az.nn.dropout(x, D, q=0.5) ** 2))(here)
print("fresh switches at each call:", fresh.round())
print("the same switches:          ", fixed.round(6))
print("tape:                       ", tape)
assert np.allclose(fixed, tape, atol=1e-8) and np.max(np.abs(fresh)) > 1e4, "differences need the same switches"

# %% [markdown]
# With fresh switches the two sides are different functions, and their difference is divided by a tiny number. So the
# zoo's drop-out takes $\vec{D}$ as an *input*, and only the module around it draws. It is the pattern for everything
# random: first draw, then differentiate with what was drawn. With this the check can do its work:

# %%
report = az.zoo.check("regularization")
assert report.ok and {j.reading for j in report.errata} == {"Q"}, "both printed formulas agree, if q drops"
report

# %%
explained("regularization.dropout.dx", sample=True)

# %% [markdown]
# ## What it does on average
#
# A gradient with drop-out is a random number. What is its mean? For a linear neuron with squared error,
# $L = \big(\sum_i w_iy_i - t\big)^2$, one can say it exactly. The mean of a square is the square of the mean, plus
# the variance:
#
# $$E[L] = \Big(\sum_i w_ix_i - t\Big)^2 + \frac{q}{1-q}\sum_i w_i^2x_i^2$$
#
# The first term is the loss without drop-out. The second is a *penalty for large weights*, the larger the more its
# input varies with the switch. With six inputs there are only 64 ways to set the switches. Try all of them, each
# weighted with its probability.

# %%
rng = np.random.default_rng(1)
inputs, weights, t, q = rng.normal(size=6), rng.normal(size=6), 0.5, 0.3


def loss(w, D):
    """The squared error of the neuron with these switches."""
    return (np.sum(w * az.nn.dropout(inputs, D, q=q)) - t) ** 2


def penalized(w):
    """The loss without drop-out, and the penalty."""
    return (np.sum(w * inputs) - t) ** 2 + q / (1 - q) * np.sum((w * inputs) ** 2)


average = np.zeros(6)
for ways in product((0.0, 1.0), repeat=6):
    probability = q ** ways.count(0.0) * (1 - q) ** ways.count(1.0)
    average += probability * az.grad(loss)(weights, np.array(ways))

by_penalty = az.grad(penalized)(weights)
print("mean gradient, 64 ways:", average.round(6))
print("of the penalized loss: ", by_penalty.round(6))
assert np.allclose(average, by_penalty, atol=1e-12), "the mean gradient is that of a penalized loss"

# %% [markdown]
# The two are the same. This is why drop-out is called *regularization*: what it minimizes on average is a loss with a
# penalty (here like *weight decay*, but scaled by the inputs), which prefers many small weights to a few large ones. No
# unit can rely on another one that may be absent.
#
# ## A real task: wrong labels
#
# When is that of use? When there is something in the data that should *not* be learnt. Take 500 digits, and replace the
# labels of about three in ten by random ones, as in a collection with many mistakes. A large network can memorize these.
# It is then better on the digits that it was trained with and worse on new ones: *overfitting*. How well it does on new
# ones is called *generalization*, and is measured on test digits, which have their right labels.

# %%
X, labels = az.data.digits("train")
X_test, labels_test = az.data.digits("test")


def annotated(seed):
    """500 digits, of which three in ten have a random label."""
    rng = np.random.default_rng(seed)
    some = rng.permutation(len(X))[:500]
    return X[some], np.where(rng.random(500) < 0.3, rng.integers(10, size=500), labels[some])


def learn(q, seed, epochs=40):
    """The accuracy on the annotated and on the test digits, after each epoch."""
    x, label = annotated(seed)
    rng = np.random.default_rng(seed)
    layers = az.nn.Linear(64, 256, rng=rng), az.nn.ReLU(), az.nn.Dropout(q, rng=rng), az.nn.Linear(256, 10, rng=rng)
    model = az.nn.Sequential(*layers)
    course = train(model, x, label, epochs=epochs, rng=rng, batch_size=32)
    return np.array([(accuracy(model, x, label), accuracy(model, X_test, labels_test)) for _ in course]), model


# %%
runs = {q: [learn(q, seed) for seed in range(3)] for q in (0.0, 0.5)}
curves = {q: np.mean([curve for curve, _ in three], axis=0) for q, three in runs.items()}
fig, axes = plt.subplots(1, 2, figsize=(7, 2.9), sharey=True)
for (q, curve), style in zip(curves.items(), ("-", "--"), strict=True):
    for ax, right in zip(axes, curve.T, strict=True):
        ax.plot(range(1, 41), right, style, label=f"q = {q}")
axes[0].set(xlabel="epoch", ylabel="accuracy, mean of three runs", title="On its own labels, some wrong")
axes[1].set(xlabel="epoch", title="On new digits, rightly labelled")
axes[0].legend()
plt.show()

# %%
for q, curve in curves.items():
    print(f"q = {q}: own labels {curve[-1, 0]:.1%}   new digits {curve[-1, 1]:.1%}, at best {curve[:, 1].max():.1%}")
assert curves[0.0][-1, 0] > curves[0.5][-1, 0] + 0.04, "without drop-out wrong labels are memorized"
assert curves[0.5][-1, 1] > curves[0.0][-1, 1] + 0.02, "with it new digits are read better"
assert curves[0.0][:, 1].max() > curves[0.0][-1, 1] + 0.01, "without it the network was better before"
wrong = np.mean(
    [np.mean(annotated(seed)[1] != labels[np.random.default_rng(seed).permutation(len(X))[:500]]) for seed in range(3)]
)
print(f"{wrong:.0%} of its own labels are wrong")
assert 0.22 < wrong < 0.32, "about three in ten were replaced, and one in ten of those by the right one"

# %% [markdown]
# Without drop-out the network goes on to memorize the wrong labels, which one sees on the left, and it gets worse on the
# right: it was better *before*. This is overfitting. With drop-out it fits its own labels worse, and reads better.
#
# ## A mode that is easily forgotten
#
# In training the module draws; to answer it must not. `model.eval()` turns it off, and `model.train()` on. Here is
# one network that reads the same digits five times, in either mode.

# %%
_, model = runs[0.5][0]
answers = {}
for mode in ("train", "eval"):
    getattr(model, mode)()
    answers[mode] = np.array([model(X_test).data.argmax(axis=1) for _ in range(5)])
    unsure = np.mean(np.any(answers[mode] != answers[mode][0], axis=0))
    print(f"{mode:<6} right: {np.mean(answers[mode] == labels_test):.1%}   not always the same answer: {unsure:.1%}")
assert np.all(answers["eval"] == answers["eval"][0]), "eval is certain"
assert np.any(answers["train"] != answers["train"][0]), "train is not"
right = {mode: np.mean(found == labels_test) for mode, found in answers.items()}
assert right["train"] < right["eval"] - 0.01, "and it reads worse"

# %% [markdown]
# Left in training mode, the network gives the same digit another answer each time, and fewer of its answers are right: every
# time another half of its units is missing. No error tells it.

# %% [markdown]
# ## Exercises
#
# Put your answer in the place of the `...` and run the cell: it says whether the answer is right, and if not, what to
# think about. After an attempt `print(az.lab.answer("07-1"))` shows the answer, and `az.lab.score()` what you have
# answered.
#
# **1.** $q = \frac14$, $\vec{D} = (1, 0, 1)$, and $\partial L/\partial\vec{y} = (3, 6, 9)$ comes back. What is
# $\partial L/\partial\vec{x}$?

# %%
answer_1 = ...
az.lab.exercise("07-1", answer_1)

# %% [markdown]
# **2.** Two drop-outs in a row, with $q_1 = 0.2$ and $q_2 = 0.5$, are one drop-out. With which $q$?

# %%
answer_2 = ...
az.lab.exercise("07-2", answer_2)

# %% [markdown]
# **3.** A neuron with one input: $L = (w\,y - t)^2$, $y$ being $x = 1$ after a drop-out with $q = \frac12$, and
# $t = 3$. Which $w$ minimizes the *mean* of $L$? (Without drop-out it is 3.)

# %%
answer_3 = ...
az.lab.exercise("07-3", answer_3)

# %% [markdown]
# ## References
#
# - "Zoo of Deep Learning Modules", the document: its table of parameter-free modules, row Drop-out
# - N. Srivastava et al., [Dropout: a simple way to prevent neural networks from
#   overfitting](https://jmlr.org/papers/v15/srivastava14a.html), JMLR 15 (2014)
# - S. Wager et al., [Dropout training as adaptive regularization](https://arxiv.org/abs/1307.1493) (2013): the penalty
# - C. Zhang et al., [Understanding deep learning requires rethinking generalization](https://arxiv.org/abs/1611.03530) (2017):
#   random labels can be memorized
# - CS231n, [Regularization](https://cs231n.github.io/neural-networks-2/#reg)
# - Dive into Deep Learning, [Dropout](https://d2l.ai/chapter_multilayer-perceptrons/dropout.html)
