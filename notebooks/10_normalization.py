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
# # 10 Batch normalization: what the samples of a batch have in common
#
# Numbers that go through many layers grow, or they shrink. Normalization takes a group of numbers, subtracts their
# mean and divides by their spread. Batch Normalization takes the group *across the batch*: so the answer to one
# digit depends on which other digits happen to be there. What is that good for, and what does it cost?
#
# Afterwards you can say
#
# - how the gradient of Batch Normalization follows along three paths, and what it takes away from the gradient that
#   comes back;
# - which sample of a batch gets the right gradient from the printed formula;
# - why there are two modes, what a batch of 2 does, and what Layer Normalization does instead.
#
# You need chapters 05 and 08. Reading takes about 50 minutes, the exercises apart. Words that you do
# not know stand in the [glossary](../docs/glossary.md).

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
# ## Twenty layers
#
# Send digits through twenty linear layers, each with a ReLU, before any training. How much do the outputs of a layer
# still differ from one digit to the next? Do it with weights as they are drawn, and with weights four times as large.
#
# **Predict first.** What will Batch Normalization before each ReLU make of the two curves?

# %%
X, labels = az.data.digits("train")
X_test, labels_test = az.data.digits("test")


def spread(scale, normalize, depth=20):
    """How much the outputs of each layer differ between digits: the mean of their standard deviations."""
    rng, x, spreads = np.random.default_rng(0), X[:200], []
    for _ in range(depth):
        x = az.nn.linear(x, scale * rng.uniform(-1 / 8, 1 / 8, (64, 64)))
        x = az.nn.relu(az.nn.batch_norm(x) if normalize else x)
        spreads.append(x.std(axis=0).mean())
    return np.array(spreads)


curves = {(scale, bn): spread(scale, bn) for bn in (False, True) for scale in (1, 4)}

# %%
fig, ax = plt.subplots()
for ((scale, bn), curve), style in zip(curves.items(), ("-", "--", "o", "x"), strict=True):
    ax.semilogy(range(1, 21), curve, style, label=f"{'with BN' if bn else 'plain'}, weights × {scale}")
ax.set(xlabel="layer", ylabel="standard deviation", title="How much digits still differ after so many layers")
ax.set_xticks(range(1, 21, 3))
ax.legend()
plt.show()
plain, large, flat = curves[1, False], curves[4, False], curves[1, True][2:]
assert plain[-1] < 1e-6 * plain[0] and large[-1] > 1e3 * large[0], "the digits become alike, or explode"
assert flat.max() < 1.5 * flat.min() and np.allclose(curves[1, True], curves[4, True], rtol=0.02), "one flat curve"

# %% [markdown]
# Without it the digits become all alike, or explode; a factor too small or too large acts twenty times. With it the
# curves are flat. And there is only *one* curve: if the weights are four times as large, so is the spread by which one divides.
#
# ## What is printed

# %%
formulas("batch_norm")

# %% [markdown]
# $x_m$ is one number of the $m$-th sample, and $M$ is how many samples there are; each number of a layer (each
# *channel*) has statistics $\mu_B$, $\sigma_B^2$ of its own, and parameters $\gamma$ and $\beta$ too. $\epsilon$
# keeps the root away from 0. Four of the twelve are claims of the text, which numbers can decide as well.
#
# **By hand.** $x_m$ goes three ways to the loss: directly into $y_m$; through the mean, into *every* $y$; through
# the variance, into every $y$. In the picture two arrows leave $x$, to the mean and to the deviation from it, and two
# leave the deviation, to the variance and to $y$:

# %%
x = az.Tensor([[1.0], [2.0], [6.0]], name="x")
graph_viz.draw(az.nn.batch_norm(x).named("y"), values=True, direction="TB")

# %% [markdown]
# Take the three ways one after the other. Write $\hat{x}_m = (x_m-\mu_B)/\sqrt{\sigma_B^2+\epsilon}$ for the normalized
# number, $s = 1/\sqrt{\sigma_B^2+\epsilon}$ for the factor, and $g_m = \gamma\,\partial L/\partial y_m$ for what comes back to
# $\hat{x}_m$, the *upstream gradient*. On the tape a way is cut by putting a leaf with the same number in its place. Beside
# each way stands what the picture has grown to, for the three numbers above, if 1 comes back to $\hat{x}_1$ and 0 to the
# other two.


# %%
def normalize(x, by_mean, by_variance, eps=1e-5):
    """Batch Normalization without γ and β, in which the mean and the variance may be leaves of their own."""
    mean = np.mean(x, axis=0)
    mean = (mean if by_mean else mean.detach()).named("μ_B")
    deviation = x - mean
    variance = np.mean(deviation**2, axis=0)
    return deviation / np.sqrt((variance if by_variance else variance.detach()).named("σ²_B") + eps)


def grown(by_mean, by_variance):
    """The picture with these ways open, and the gradients that go back on it to the three numbers."""
    x = az.Tensor([[1.0], [2.0], [6.0]], name="x")
    end = normalize(x, by_mean, by_variance).named("x̂")
    end.backward([[1.0], [0.0], [0.0]], retain_grads=True)
    return end, x.grad[:, 0]


three = np.array([1.0, 2.0, 6.0])
s = 1 / np.sqrt(three.var() + 1e-5)
hat = (three - three.mean()) * s


# %% [markdown]
# **1. Directly.** With $\mu_B$ and $\sigma_B^2$ held fast, $\hat{x}_m$ is linear in $x_m$, with the local gradient $s$:
#
# $$\text{direct:}\quad g_m\,s$$

# %%
end, direct = grown(by_mean=False, by_variance=False)
print("∂L/∂x:", direct.round(4))
assert np.allclose(direct, [s, 0, 0]), "each number by itself"
graph_viz.draw(end, values=True, gradients=True, direction="TB")

# %% [markdown]
# **2. Through the variance.** First what comes back to $\sigma_B^2$, from every sample $k$, for it is in all of them
# ($\frac{ds}{d\sigma_B^2} = -\frac12s^3$). Then on to $x_m$, where $\sigma_B^2 = \frac1M\sum_k(x_k-\mu_B)^2$:
#
# $$\frac{\partial L}{\partial\sigma_B^2} = \sum_k g_k\,(x_k-\mu_B)\Big(-\frac{s^3}{2}\Big) = -\frac{s^2}{2}\sum_k g_k\hat{x}_k
# \qquad \frac{\partial\sigma_B^2}{\partial x_m} = \frac{2}{M}(x_m-\mu_B) = \frac{2}{M}\,\frac{\hat{x}_m}{s}$$
#
# $$\text{through the variance:}\quad \frac{\partial L}{\partial\sigma_B^2}\,\frac{\partial\sigma_B^2}{\partial x_m} =
# -s\,\hat{x}_m\,\frac{1}{M}\sum_k g_k\hat{x}_k$$
#
# With this way open all three numbers get something, though only $\hat{x}_1$ was asked for:

# %%
end, with_variance = grown(by_mean=False, by_variance=True)
print("∂L/∂x:", with_variance.round(4), "  of it through the variance:", (with_variance - direct).round(4))
assert np.allclose(with_variance - direct, -s * hat * (hat[0] / 3)), "a multiple of x̂"
graph_viz.draw(end, values=True, gradients=True, direction="TB")

# %% [markdown]
# **3. Through the mean.** $\mu_B$ is in every $\hat{x}_k$, with $-s$, and in the variance. But there its slope is zero, for
# deviations from a mean sum to 0; and $\partial\mu_B/\partial x_m = \frac1M$:
#
# $$\frac{\partial L}{\partial\mu_B} = -s\sum_k g_k + \frac{\partial L}{\partial\sigma_B^2}\,\underbrace{\frac{-2}{M}\sum_k(x_k-\mu_B)}_{0}
# \qquad \text{through the mean:}\quad \frac{\partial L}{\partial\mu_B}\,\frac{\partial\mu_B}{\partial x_m} = -s\,\frac{1}{M}\sum_k g_k$$

# %%
end, all_ways = grown(by_mean=True, by_variance=True)
print("∂L/∂x:", all_ways.round(4), "  of it through the mean:", (all_ways - with_variance).round(4))
assert np.allclose(all_ways - with_variance, -s / 3), "the same for each number"
assert abs(all_ways.sum()) < 1e-12, "and now the sum is 0"
graph_viz.draw(end, values=True, gradients=True, direction="TB")

# %% [markdown]
# **Then the sum** of the three:
#
# $$\frac{\partial L}{\partial x_m} = \frac{1}{\sqrt{\sigma_B^2+\epsilon}}\Big(g_m - \frac{1}{M}\sum_k g_k -
# \hat{x}_m\,\frac{1}{M}\sum_k g_k\hat{x}_k\Big)$$
#
# From the gradient that comes back two things are *taken away*: its mean, and its part along $\hat{x}$.
#
# The same for six samples and any upstream gradient, with one way after the other open:

# %%
rng = np.random.default_rng(0)
batch, arriving = rng.normal(size=(6, 1)), rng.normal(size=(6, 1))
x = az.Tensor(batch)


def pulled(by_mean, by_variance):
    """∂L/∂x with these paths open."""
    return az.gradient(normalize(x, by_mean, by_variance), [x], arriving)[0]


s = 1 / np.sqrt(batch.var() + 1e-5)
x_hat = (batch - batch.mean()) * s
by_hand = {
    "direct": arriving * s,
    "through the variance": -s * x_hat * np.mean(arriving * x_hat),
    "through the mean": np.full((6, 1), -s * arriving.mean()),
}
by_tape = {
    "direct": pulled(False, False),
    "through the variance": pulled(False, True) - pulled(False, False),
    "through the mean": pulled(True, True) - pulled(False, True),
}
for name, part in by_hand.items():
    print(f"{name:<21}", part[:, 0].round(3), f"  by hand − tape {np.abs(part - by_tape[name]).max():.0e}")
    assert np.allclose(part, by_tape[name], atol=1e-13)
module = az.gradient(az.nn.batch_norm(x, eps=1e-5), [x], arriving)[0]
print(f"{'the sum':<21}", sum(by_hand.values())[:, 0].round(3))
assert np.allclose(sum(by_hand.values()), module, atol=1e-13)

# %% [markdown]
# **Predict first.** What is $\partial L/\partial\vec{x}$, if $L = \sum_m y_m$? And if $L = \sum_m y_m^2$?

# %%
y = az.nn.batch_norm(x, eps=0.0)
losses = {"a sum": np.sum(y), "a sum of squares": np.sum(y**2), "anything else": np.sum(arriving * y)}
back = {name: az.gradient(L, [x])[0] for name, L in losses.items()}
for name, dx in back.items():
    print(f"{name:<17} ∂L/∂x = {dx[:, 0].round(3) + 0.0}   sum {dx.sum():7.0e}   along x̂ {np.sum(dx * y.data):7.0e}")
assert max(np.abs(back[name]).max() for name in ("a sum", "a sum of squares")) < 1e-12, "what cannot be changed"
assert abs(back["anything else"].sum()) < 1e-12 and abs(np.sum(back["anything else"] * y.data)) < 1e-12
assert abs(y.data.sum()) < 1e-12 and np.isclose(np.sum(y.data**2), 6), "the sums are always 0 and M"

# %% [markdown]
# The $y_m$ always have the sum 0 and the sum of squares $M$. A loss that asks for nothing else asks for what cannot
# be changed, and its gradient is 0. In general: if the whole batch is shifted or stretched, nothing happens, and so
# no gradient points there.
#
# The same, composed, and as a closed form:

# %%
source(closed_form.moments.standardized)

# %%
source(closed_form.normalization.batch_norm_dx)

# %%
report = az.zoo.check("normalization", seeds=range(1))
assert report.ok, "tape, closed forms and differences agree"
rows = {row.id for specimen in az.zoo.find(["batch_norm"]) for row in specimen.rows if row.source == "document"}
assert (len(rows), sum(".claim." in id for id in rows)) == (12, 4)
verdicts = {j.formula.id.removeprefix("normalization.batch_norm."): j.verdict for j in report.errata}
said = {"claim.moments": "exact within", "claim.normal": "wrong", "claim.channels": "reading"}
assert {name: verdicts[name] for name in [*said, "dmu", "dx"]} == said | {"dmu": "reading", "dx": "wrong"}
report

# %% [markdown]
# ## Which sample gets the right gradient?
#
# The printed $\partial L/\partial x_m$ has $\frac{1}{m}$ where it should have $\frac{1}{M}$. $m$ is the *number of
# the sample*, which also stands on the left. So the first sample's correction is divided by 1, the second one's by
# 2... The zoo took that literally, for a batch of seven.
#
# **Predict first.** One of the seven is right all the same. Which?

# %%
found = errata.sample(errata.find("normalization.batch_norm.dx"), seed=0).results
as_printed, right, differences = (found[name] for name in ("as printed", "right", "by differences"))
wrong_by = np.abs(as_printed - right).mean(axis=1)
fig, ax = plt.subplots(figsize=(6.4, 2.6))
ax.bar(range(1, 8), wrong_by, hatch="//", edgecolor="white")
ax.set(
    xlabel="m, the number of the sample",
    ylabel="mean error of ∂L/∂x",
    title="As printed: only the last sample of a batch is right",
)
plt.show()
assert np.allclose(right, differences, atol=1e-8) and wrong_by[-1] < 1e-12 < wrong_by[:-1].min(), "only the last"

# %% [markdown]
# The last, since $m = M$ there. Who tests a batch of *one*, or looks at the last sample, notices nothing. No
# assumption saves the formula: $m$ cannot be the batch size and number the samples too.

# %%
explained("normalization.batch_norm.dx")

# %% [markdown]
# $\partial L/\partial\mu_B$ has the same slip, and there it is harmless: $m$ stands below a sum that is 0, so that
# any number would do. Its verdict is *reading*.
#
# ## Is it a normal distribution?
#
# The document says that BN turns activations approximately into a *normal distribution*. Take a pixel, and a unit
# behind a ReLU, over all training digits. A normal distribution has skewness 0 and kurtosis 3.
#
# **Predict first.** What will the histograms look like after BN?

# %%
unit = az.nn.relu(az.nn.Linear(64, 64, rng=np.random.default_rng(1))(X)).data[:, 12]
pair = np.stack([X[:, 36], unit], axis=1)
after = az.nn.batch_norm(pair)
fig, axes = plt.subplots(2, 2, figsize=(7, 3.5), sharey="row")
for row, k in zip(axes, range(2), strict=True):
    for ax, values, when in zip(row, (pair[:, k], after[:, k]), ("before", "after"), strict=True):
        ax.hist(values, bins=30)
        ax.set_title(f"{('a pixel', 'a unit')[k]}, {when}: {values.mean():.2f} ± {values.std():.2f}", fontsize=10)
axes[0, 0].set_ylabel("digits")
axes[1, 0].set(xlabel="value", ylabel="digits")
axes[1, 1].set_xlabel("value")
plt.show()


# %%
def moment(values, k):
    """The mean of the k-th powers of the values, once they have mean 0 and standard deviation 1."""
    return np.mean(((values - values.mean(axis=0)) / values.std(axis=0)) ** k, axis=0)


for name, values in (("before", pair), ("after", after)):
    print(f"{name:<7} skewness {moment(values, 3).round(2)}   kurtosis {moment(values, 4).round(2)}")
assert np.allclose(moment(pair, 3), moment(after, 3)) and np.allclose(moment(pair, 4), moment(after, 4))
assert np.abs(moment(after, 3)).max() > 0.5 and np.all(after.std(axis=0) < 1), "the shape stays; a little less than 1"
explained("normalization.batch_norm.claim.normal")

# %% [markdown]
# Nothing has happened but a new scale on the axis. BN shifts and stretches, and that changes no shape. Mean 0 and
# variance 1 is all one gets (and the variance is a little less than 1, because of $\epsilon$).
#
# ## A batch of two
#
# **Predict first.** Two samples, whatever they are. What does BN make of them? And what gradient gets through?

# %%
for pair_of in ([1.0, 3.0], [0.2, -700.0]):
    two = az.Tensor(np.array(pair_of)[:, None])
    y = az.nn.batch_norm(two)
    dx = az.gradient(y, [two], [[5.0], [2.0]])[0]
    print(f"x = {pair_of}   y = {y.data[:, 0].round(4)}   ∂L/∂x = {np.abs(dx).max():.0e} at most")
    assert np.allclose(y.data[:, 0], np.sign(np.array(pair_of) - np.mean(pair_of)), atol=1e-4), "which one is larger"
    assert np.abs(dx).max() < 1e-4

try:
    az.nn.BatchNorm1d(1)(np.array([[3.0]]))
    refusal = ""
except ValueError as error:
    refusal = str(error)
print("one sample:", refusal)
assert ".eval()" in refusal

# %% [markdown]
# The mean lies in the middle, and both deviate from it by the same. So $y$ is $\pm1$: of each pair only *which one is
# larger* is left. The gradient loses its mean and its part along $\hat{x}$, which is two directions of two, and
# nothing remains but what $\epsilon$ lets through. A batch of one is refused: its variance is no information at all.
#
# ## Two modes
#
# To answer, one does not want to wait for a batch. So in training BN also keeps a *running* mean and variance, which
# each batch moves by a tenth (`momentum`) towards its own; in evaluation it uses these.
#
# To forget this is a common mistake. Train a small network with BN, and read the test digits in batches of one *class* each,
# as they might come from a folder.
#
# **Predict first.** Why might that matter? And in which mode?

# %%
rng = np.random.default_rng(0)
norm = az.nn.BatchNorm1d(64)
model = az.nn.Sequential(az.nn.Linear(64, 64, rng=rng), norm, az.nn.ReLU(), az.nn.Linear(64, 10, rng=rng))
list(train(model, X, labels, epochs=8, rng=rng, batch_size=32))
mixed = np.array_split(np.random.default_rng(0).permutation(len(X_test)), 10)
sorted_by_class = [np.flatnonzero(labels_test == k) for k in range(10)]
modes, batches_seen = {}, int(norm.num_batches_tracked)
for mode in ("eval", "train"):
    for order, batches in (("mixed", mixed), ("one class", sorted_by_class)):
        getattr(model, mode)()
        right_ones = [np.sum(model(X_test[some]).data.argmax(axis=1) == labels_test[some]) for some in batches]
        modes[mode, order] = sum(right_ones) / len(X_test)
        print(f".{mode}(), batches {order:<9}: {modes[mode, order]:.1%}")
assert abs(modes["eval", "mixed"] - modes["eval", "one class"]) < 1e-12, "in evaluation each is on its own"
assert modes["train", "mixed"] > 0.85 > modes["train", "one class"] + 0.2, "in training it depends on the others"
assert int(norm.num_batches_tracked) == batches_seen + 20, "reading in training mode leaves a trace"

# %% [markdown]
# In training mode the mean of a batch is subtracted; and the mean of a batch of sevens is *what makes them sevens*.
# In evaluation each digit is on its own, and the order cannot matter. (Reading in training mode has also moved the
# running statistics: it leaves a trace, even without any gradient.)
#
# ## Who shares with whom?
#
# Other normalizations take other groups. Which, can be measured: the gradient of *one* output is not 0 exactly for the
# numbers that it was normalized with. Here 4 samples (rows), with 6 channels of 5 positions each (columns). We
# ask for sample 1, channel 2, position 2.

# %%
cube = az.Tensor(np.random.default_rng(0).normal(size=(4, 6, 5)))
kinds = {
    "Batch": az.nn.BatchNorm1d(6),
    "Layer": az.nn.LayerNorm((6, 5)),
    "Instance": az.nn.InstanceNorm1d(6),
    "Group of 3": az.nn.GroupNorm(2, 6),
}
shares = {name: az.gradient(kind(cube)[1, 2, 2], [cube])[0] != 0 for name, kind in kinds.items()}
fig, axes = plt.subplots(2, 2, figsize=(7, 3))
for ax, (name, share) in zip(axes.flat, shares.items(), strict=True):
    ax.imshow(share.reshape(4, 30), vmin=0, vmax=1, aspect="auto")
    ax.plot(2 * 5 + 2, 1, "x", color=plt.rcParams["axes.prop_cycle"].by_key()["color"][5])
    ax.set(
        title=f"{name}: {share.sum()} numbers", xticks=np.arange(0, 30, 5) - 0.5, xticklabels=range(6), yticks=range(4)
    )
    ax.grid(axis="x", color="white", alpha=0.6)
for ax in axes[1]:
    ax.set_xlabel("channel begins here")
plt.show()
assert [int(share.sum()) for share in shares.values()] == [4 * 5, 6 * 5, 5, 3 * 5]
assert [bool(share[[0, 2, 3]].any()) for share in shares.values()] == [True, False, False, False], "other samples"

# %% [markdown]
# Only Batch Normalization looks at other samples. The other three need no batch, no running statistics and no second
# mode, and a batch of two, or of one, is nothing special to them. On $(N, C)$, without positions, Layer Normalization
# is Batch Normalization of the transposed matrix:

# %%
matrix = np.random.default_rng(0).normal(size=(5, 3))
transposed = az.nn.batch_norm(matrix.T).T
print("largest difference:", np.abs(az.nn.layer_norm(matrix) - transposed).max())
assert np.allclose(az.nn.layer_norm(matrix), transposed, atol=1e-12)

# %% [markdown]
# ## A real task: small batches
#
# A network with three hidden layers learns to read from 400 digits, four times over, in batches of 2, 4 and 16.
#
# **Predict first.** Where is Batch Normalization best, and where worst?


# %%
def hidden_layers(kind, rng):
    """Three hidden layers, each with a normalization of this kind (or none), and the scores."""
    layers = []
    for before in (64, 32, 32):
        layers += [az.nn.Linear(before, 32, rng=rng), *([kind(32)] if kind else []), az.nn.ReLU()]
    return az.nn.Sequential(*layers, az.nn.Linear(32, 10, rng=rng))


reads = {}
for name, kind in {"none": None, "Batch": az.nn.BatchNorm1d, "Layer": az.nn.LayerNorm}.items():
    for size in (2, 4, 16):
        rng = np.random.default_rng(0)
        network = hidden_layers(kind, rng)
        list(train(network, X[:400], labels[:400], epochs=4, rng=rng, batch_size=size, lr=1e-3))
        reads[name, size] = accuracy(network, X_test, labels_test)

# %%
fig, ax = plt.subplots()
for k, (name, hatch) in enumerate((("none", ""), ("Batch", "//"), ("Layer", ".."))):
    heights = [reads[name, size] for size in (2, 4, 16)]
    bars = ax.bar(np.arange(3) + 0.27 * (k - 1), heights, 0.27, label=name, hatch=hatch, edgecolor="white")
    ax.bar_label(bars, [f"{height:.0%}" for height in heights], fontsize=8)
ax.set(
    xticks=range(3),
    xticklabels=(2, 4, 16),
    ylim=(0, 1.25),
    yticks=(0, 0.25, 0.5, 0.75, 1),
    xlabel="batch size",
    ylabel="accuracy on new digits",
)
ax.set_title("Small batches: BN loses what Layer Normalization keeps")
ax.legend(title="normalization", ncols=3)
plt.show()
assert reads["Batch", 2] < reads["none", 2] - 0.1 < reads["none", 2] < reads["Layer", 2], "with 2: worse than nothing"
assert min(reads["Batch", 16], reads["Layer", 16]) > reads["none", 16] + 0.2, "with 16: far better than nothing"
assert reads["Batch", 2] < reads["Batch", 4] < reads["Batch", 16], "BN is best with the largest batch"

# %% [markdown]
# With 16 samples in a batch the network reads far better with either normalization than without one: four epochs are few
# steps then, an eighth of those with batches of 2, and it learns more in each. With 2 samples, where BN lets only signs
# through, BN is worse than nothing.

# %% [markdown]
# ## Exercises
#
# Put your answer in the place of the `...` and run the cell: it says whether the answer is right, and if not, what to
# think about. After an attempt `print(az.lab.answer("10-1"))` shows the answer, and `az.lab.score()` what you have
# answered.
#
# **1.** A batch of four numbers, 1, 3, 5, 7, with $\gamma = 2$, $\beta = 10$ and $\epsilon = 0$. What is $y$?

# %%
answer_1 = ...
az.lab.exercise("10-1", answer_1)

# %% [markdown]
# **2.** A linear layer with a bias of three numbers stands right before BN. What is the gradient by the bias?

# %%
answer_2 = ...
az.lab.exercise("10-2", answer_2)

# %% [markdown]
# **3.** The weights before a BN (with $\epsilon = 0$) are made *five times* as large. The output stays as it is. By
# what factor does the gradient by these weights change?

# %%
answer_3 = ...
az.lab.exercise("10-3", answer_3)

# %% [markdown]
# ## References
#
# - The document: "Zoo of Deep Learning Modules", Normalization, row BN.
# - S. Ioffe and C. Szegedy, [Batch normalization: accelerating deep network training by reducing internal covariate shift](https://arxiv.org/abs/1502.03167), 2015.
# - S. Santurkar and others, [How does batch normalization help optimization?](https://arxiv.org/abs/1805.11604), 2018: not by what the first title says.
# - J. Ba, J. Kiros and G. Hinton, [Layer normalization](https://arxiv.org/abs/1607.06450), 2016; Y. Wu and K. He,
#   [Group normalization](https://arxiv.org/abs/1803.08494), 2018: small batches.
# - CS231n, [Neural networks, part 2](https://cs231n.github.io/neural-networks-2/#batchnorm); Dive into Deep Learning,
#   [Batch normalization](https://d2l.ai/chapter_convolutional-modern/batch-norm.html).
