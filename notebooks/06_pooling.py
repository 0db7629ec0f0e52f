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
# # 06 Pooling: many pixels into one
#
# An image has many pixels. Pooling replaces each small window of them by one number, its maximum or its mean. On the
# way forward something is lost. On the way back there are fewer gradients than pixels: which pixel gets how much?
#
# Afterwards you can say
#
# - the gradients of max and average pooling, also where windows overlap, and how they are derived;
# - what is wrong with both printed gradients, and on which images one would never have noticed;
# - where the gradient goes in a window whose pixels are all alike.
#
# You need chapters 02 and 03. Reading takes about 40 minutes, the exercises apart. Words that you do not know stand in
# the [glossary](../docs/glossary.md).

# %%
# %config InlineBackend.figure_formats = ["svg"]
import matplotlib.pyplot as plt
import numpy as np

import autograd_zoo as az
import graph_viz
from autograd_zoo import closed_form
from autograd_zoo.notebook import explained, formulas, plots, sliding, source
from autograd_zoo.train import accuracy, train
from autograd_zoo.zoo import errata

plots()

# %% [markdown]
# ## A row of pixels
#
# Start in one dimension. Five pixels, windows of three, and from one window to the next one step (the *stride*, the
# document's $U$). So there are three windows, and they overlap.
#
# **Predict first.** The gradients 3, 30 and 300 come back to the three maxima. What does each pixel get? (The first
# window is 1, 5, 2.)

# %%
x = az.Tensor([[[1.0, 5.0, 2.0, 4.0, 3.0]]], name="x")  # one sample, one channel
g = np.array([[[3.0, 30.0, 300.0]]])

sent = {}
for pool in (az.nn.MaxPool1d(3, stride=1), az.nn.AvgPool1d(3, stride=1)):
    y = pool(x)
    sent[type(pool).__name__] = az.gradient(y, [x], g)[0][0, 0]
    print(f"{type(pool).__name__}   y = {y.data[0, 0].round(2)}   ∂L/∂x = {sent[type(pool).__name__].round(2)}")
assert np.array_equal(sent["MaxPool1d"], [0, 33, 0, 300, 0]), "3 + 30 to the 5, 300 to the 4"
assert np.allclose(sent["AvgPool1d"], [1, 11, 111, 110, 100]), "a third each, added up"

# %% [markdown]
# The 5 is the largest pixel of the first two windows, so it gets $3 + 30$; the 4 is the largest of the third, $(2, 4, 3)$,
# and gets 300. The other pixels get nothing: a small change of them changes no maximum. Each *mean* sends a third of its
# gradient to each of its pixels, and what comes from several windows adds up.
#
# ## The two gradients, step by step
#
# Take one output, then one input, then the sum over all outputs that use it.
#
# **One output of the maximum.** The window $i'$ has the pixels $x_{i'}, x_{i'+1}, x_{i'+2}$. Let its largest one be at the
# place $m(i')$. Near this point $y_{i'}$ *is* that pixel (chapter 03), so
#
# $$y_{i'} = \max_{0\le p<3}\,x_{i'+p} = x_{m(i')} \qquad \frac{\partial y_{i'}}{\partial x_i} = \begin{cases}1&\text{if }i=m(i')\\0&\text{otherwise}\end{cases}$$
#
# **One output of the mean.** Every pixel of the window has the same weight, and no other pixel has any:
#
# $$y_{i'} = \frac13\sum_{p=0}^{2}x_{i'+p} \qquad \frac{\partial y_{i'}}{\partial x_i} = \begin{cases}\frac13&\text{if }0\le i-i'<3\\0&\text{otherwise}\end{cases}$$
#
# These local gradients are the Jacobian of the pooling, one row for each window. With the upstream gradients 3, 30 and
# 300 it looks like this:

# %%
upstream = g[0, 0]
jacobians = {
    "maximum": np.array([[float(i == k + np.argmax(x.data[0, 0, k : k + 3])) for i in range(5)] for k in range(3)]),
    "mean": np.array([[(0 <= i - k < 3) / 3 for i in range(5)] for k in range(3)]),
}
fig, axes = plt.subplots(1, 2, figsize=(7, 2.6))
for ax, (name, J) in zip(axes, jacobians.items(), strict=True):
    ax.imshow(J, cmap="Blues", vmin=0, vmax=1.5)
    for k, i in np.ndindex(J.shape):
        ax.text(i, k, f"{J[k, i]:.2g}", ha="center", va="center")
    ax.set(title=f"∂y/∂x of the {name}", xlabel="pixel, and below it ∂L/∂x")
    ax.set_xticks(
        range(5), [f"{value:g}\n{total:.0f}" for value, total in zip(x.data[0, 0], upstream @ J, strict=True)]
    )
    ax.set_yticks(
        range(3), [f"window {k}, sends {value:g}" if ax is axes[0] else "" for k, value in enumerate(upstream)]
    )
    ax.grid(False)
plt.show()
for name, pool in (("maximum", az.nn.MaxPool1d), ("mean", az.nn.AvgPool1d)):
    assert np.allclose(az.jacobian(pool(3, stride=1))(x.data).reshape(3, 5), jacobians[name]), "as derived"
    assert np.allclose(upstream @ jacobians[name], sent[pool.__name__]), "the row times the Jacobian"

# %% [markdown]
# **One input.** Read a *column*: it says which windows have this pixel, and with what weight. The 5 has two entries of 1
# on the left; the pixel in the middle has three entries of ⅓ on the right.
#
# **The sum.** Each window multiplies what arrives at it by its entry, and the products are added, as the chain rule wants
# (uses add):
#
# $$\frac{\partial L}{\partial x_i} = \sum_{i'}\frac{\partial L}{\partial y_{i'}}\,\frac{\partial y_{i'}}{\partial x_i}
# = \underbrace{\sum_{i'\,:\;m(i')=i}\frac{\partial L}{\partial y_{i'}}}_{\text{maximum}}
# \quad\text{or}\quad \underbrace{\frac13\sum_{i'\,:\;0\le i-i'<3}\frac{\partial L}{\partial y_{i'}}}_{\text{mean}}$$
#
# **With a stride** $U$ the window $i'$ begins at the pixel $Ui'$, so that $i'$ becomes $Ui'$ in both conditions. For the
# mean of $P$ pixels the pixel $i$ is at the place $p = i - Ui'$ of the window $i'$, or the other way round
#
# $$i' = \frac{i-p}{U}\qquad\frac{\partial L}{\partial x_i} = \frac1P\sum_{\substack{0\le p<P\\U\text{ divides }i-p}}\frac{\partial L}{\partial y_{(i-p)/U}}$$
#
# The sum runs over those places $p$ alone for which the fraction is a whole number: at the others no window begins.
# In *two dimensions* the same holds for rows and columns; the mean of $P\times Q$ pixels divides by $PQ$, and the
# place of the maximum is a pair.
#
# **Try it.** Move the window. On a pixel of $y$ (or of $\partial L/\partial y$) you see which window makes it, and of what. On a
# pixel of $x$ (or of $\partial L/\partial x$) you see the way back: every window that touches it, and what each one sends.
#
# **Predict first.** Which pixel gets most, and from how many windows?

# %%
small = np.array([[1.0, 5.0, 2.0, 0.0], [4.0, 3.0, 8.0, 6.0], [7.0, 2.0, 5.0, 1.0]])
arrives = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
picture = sliding(az.nn.MaxPool2d(2, stride=1), small[None, None], arrives)
back = picture["∂L/∂x"]
assert back.max() == back[1, 2] == 2 + 3 + 5 + 6, "the 8 wins four windows"
assert np.count_nonzero(back) == 3 and back.sum() == arrives.sum(), "three pixels get all that arrives"
picture

# %% [markdown]
# The 8 is the largest pixel of all four windows that touch it, so that it gets $2+3+5+6$. Three pixels get something, and
# together they get all that arrived.
#
# Now the mean of $3\times3$, with stride 2 and a *padding* of 1: a border of zeros, so that windows can begin outside.
# Which pixels are in one window, in two, in four?

# %%
picture = sliding(az.nn.AvgPool2d(3, stride=2, padding=1), small[None, None], [[9.0, 90.0], [900.0, 9000.0]])
back = picture["∂L/∂x"]
assert back[1, 1] == 1111, "all four windows touch it"
assert np.array_equal(back, [[1, 11, 10, 10], [101, 1111, 1010, 1010], [100, 1100, 1000, 1000]]), "a ninth of each"
picture

# %% [markdown]
# The digits of $\partial L/\partial x$ tell it: each window sends a ninth of its gradient, 1, 10, 100 or 1000, to every pixel
# that it touches, and what it sends to the padding is lost. The pixel in row 1 and column 1 is in all four windows.
#
# So pooling is Max and Sum of chapter 03, on windows. And so the modules are composed. For the picture of the tape take
# windows that do not overlap:

# %%
short = az.Tensor([[[1.0, 5.0, 2.0, 4.0]]], name="x")
pooled = az.nn.MaxPool1d(2)(short).named("y")
pooled.backward(np.array([[[1.0, 10.0]]]), retain_grads=True)
assert short.grad.ravel().tolist() == [0.0, 1.0, 0.0, 10.0], "each window chooses its own pixel"
graph_viz.draw(pooled, values=True, gradients=True, direction="TB")

# %% [markdown]
# `windows` copies pixels into windows, and its way back adds them up again where they came from. `take_along_axis`
# takes the largest out of each window. (Its place is found by `argmax`, which is not on the tape: a place is a whole
# number, and has no gradient.)
#
# ## What is printed

# %%
formulas("max_pool2d", "avg_pool2d")

# %% [markdown]
# In the formulas of the maximum windows are $p$ high and $q$ wide. As loops, what we have derived is the corrected formula;
# the two letters that the document exchanges are arguments here:


# %%
def max_pool_dx(g, x, p, q, U, end=None, windows_across=None):
    """∂L/∂x of max pooling; `end` takes the place of q, and `windows_across` ends the sum over j′."""
    dx = np.zeros(x.shape)
    for i_, j_ in np.ndindex(g.shape):
        if windows_across is None or j_ < windows_across:
            window = x[U * i_ : U * i_ + p, U * j_ : U * j_ + (end or q)]
            i, j = np.unravel_index(np.argmax(window), window.shape)
            dx[U * i_ + i, U * j_ + j] += g[i_, j_]
    return dx


# %% [markdown]
# Compare with what is printed for the maximum. Three things are wrong:
#
# 1. The condition stands *outside* of the sums. But each window has its own argmax, and outside of the sums the letters
#    $i', j'$ have no value.
# 2. The second slice ends with $p$ where the forward pass has $q$: the width of a window is said to be its height.
# 3. Both sums end with $H$, the height. A wide image has more windows across than that.
#
# In the first one can guess what is meant. The other two are mistakes that are hard to see.
#
# **Predict first.** On what images do the second and the third change nothing at all?

# %%
rng, U = np.random.default_rng(0), 2
slip_errors = {}
for shape, p, q in (((6, 6), 2, 2), ((4, 12), 2, 3)):
    image = rng.permutation(np.prod(shape)).reshape(1, 1, *shape) * 1.0
    t = az.Tensor(image)
    y = az.nn.MaxPool2d((p, q), stride=U)(t)
    back = rng.normal(size=y.shape)
    tape = az.gradient(y, [t], back)[0][0, 0]
    for name, slip in {"corrected": {}, "p for q": {"end": p}, "j′ up to H": {"windows_across": shape[0]}}.items():
        dx = max_pool_dx(back[0, 0], image[0, 0], p, q, U, **slip)
        slip_errors[shape, name] = np.max(np.abs(dx - tape)) / np.max(np.abs(tape))
        print(f"image {shape}, window {(p, q)}: {name:<11} error {slip_errors[shape, name]:.0e}")
assert all(error == 0 for (shape, _), error in slip_errors.items() if shape == (6, 6)), "square images hide the slips"
assert [slip_errors[(4, 12), name] > 0.1 for name in ("corrected", "p for q", "j′ up to H")] == [False, True, True]

# %% [markdown]
# On a square image with square windows all three are right. Whoever tests there finds nothing. **Test with numbers
# that differ wherever letters differ.** The samples on which the zoo judges these formulas are wider than high, and
# so are their windows.
#
# Here is the verdict. It was also tried to correct only a part of the formula:

# %%
explained("pooling.max_pool.dx")

# %% [markdown]
# It is easier to see in a picture. As printed, one pixel gets a sum of all windows, in which positive and negative
# gradients nearly cancel, and all others get nothing; as it should be, each window chooses a pixel of its own.

# %%
sample = errata.sample(errata.find("pooling.max_pool.dx"), seed=0)
found, arrives = sample.results, sample.given["g"]
as_printed, right, differences = (found[name] for name in ("as printed", "right", "by differences"))
fig, axes = plt.subplots(3, 1, figsize=(6, 3.5))
titles = ("as printed: all of it to one pixel", "as it should be", "by differences")
for ax, dx, title in zip(axes, (as_printed, right, differences), titles, strict=True):
    shown = ax.imshow(dx, cmap="RdBu_r", vmin=-2, vmax=2)
    ax.set(title=title, xticks=[], yticks=[])
    ax.grid(False)
fig.colorbar(shown, ax=axes, label="∂L/∂x")
plt.show()
rows, columns = arrives.shape
print(f"{rows * columns} gradients arrive; as printed, one pixel gets {as_printed.sum():.2f}, and the others nothing")
assert np.count_nonzero(as_printed) == 1, "all of it to one pixel"
assert np.isclose(as_printed.sum(), arrives[:, : len(right)].sum()), "the sum, as far as H columns go"
assert abs(as_printed.sum()) < 0.1 * np.abs(arrives).sum(), "in which they nearly cancel"
assert 1 < np.count_nonzero(right) <= arrives.size, "a pixel for each window"
assert np.allclose(right, differences, atol=1e-8), "differences agree with what it should be"

# %% [markdown]
# The mean has a letter with two meanings. In $\frac{1}{pq}\sum_p^P\sum_q^Q$ the $p$ and $q$ of the sums are *places*
# in the window, from 0 on, and $P$ and $Q$ are its sizes. Taken literally, the factor is $\frac{1}{0}$ at the first
# place.

# %%
mean = errata.sample(errata.find("pooling.avg_pool.y"), seed=0).results
as_printed, right = mean["I"], mean["right"]
print("as printed:\n", as_printed.round(2), "\nwith 1/(PQ):\n", right.round(2))
assert not np.isfinite(as_printed).all() and np.isfinite(right).all(), "1/(pq) is 1/0"

# %% [markdown]
# With the names of the row above, where $p$ and $q$ *are* the sizes, the forward pass is right; that is a *reading*.
# The gradient is not saved by it. There the sums have a fraction, $\frac{i-p}{U}$, for their index, and nothing says
# that only those $p$ count for which it is a whole number:

# %%
explained("pooling.avg_pool.dx")

# %% [markdown]
# The closed form of the package gives each window's share back to its pixels, one place in the window at a time:

# %%
source(closed_form.pooling.avg_pool_dx)

# %% [markdown]
# ## Do the three agree?
#
# In one, two and three dimensions, with overlap, padding and gaps, and windows that reach over the edge. (Numbers are
# drawn so that no two are equal: the next section is about those that are.)

# %%
report = az.zoo.check("pooling")
assert report.ok, "tape, closed forms and differences agree"
verdicts = {j.formula.id.removeprefix("pooling."): j.verdict for j in report.errata}
assert verdicts == {"max_pool.y": "reading", "max_pool.dx": "wrong", "avg_pool.y": "reading", "avg_pool.dx": "reading"}
report

# %% [markdown]
# ## Windows whose pixels are all alike
#
# In chapter 03 the elements that tie *share* the gradient. The document's max pooling says argmax, which is *one*
# place, and ours takes the first, from left to right and from top to bottom. Both are subgradients. Does it matter?
# Look at a digit, and at the pixels that get a gradient of 1 from each window.

# %%
images, labels = az.data.digits("train", images=True)
digit = images[3:4]
first = az.grad(lambda x: az.nn.max_pool(x, kernel_size=(2, 2)).sum())(digit)
shared = az.grad(lambda x: az.nn.max(az.windows(x, (2, 2), stride=(2, 2)), axis=(-2, -1)).sum())(digit)
fig, axes = plt.subplots(1, 3, figsize=(7, 2.4))
for ax, picture, title in zip(
    axes, (digit, first, shared), ("the digit", "the first one gets 1", "they share 1"), strict=True
):
    shown = ax.imshow(picture[0, 0], vmin=0, vmax=1)
    ax.set(title=title, xticks=[], yticks=[])
    ax.grid(False)
fig.colorbar(shown, ax=axes, label="pixel, or ∂L/∂x")
plt.show()
assert first.sum() == shared.sum() == 16 and not np.array_equal(first, shared), "the same sum, differently shared"

# %%
tiles = az.windows(images[:, 0], (2, 2), stride=(2, 2)).reshape(-1, 4)
tied = np.sum(tiles == tiles.max(axis=1, keepdims=True), axis=1) > 1
empty = np.mean(tiles.max(axis=1) == 0)
print(f"{np.mean(tied):.0%} of all windows have more than one largest pixel; {empty:.0%} are empty")
assert 0.3 < np.mean(tied) < 0.5 and empty > np.mean(tied) / 2, "many tie, most of them in the background"
blank = az.windows(digit[:, 0], (2, 2), stride=(2, 2)).reshape(-1, 4).max(axis=1) == 0
corners = az.windows(first[:, 0], (2, 2), stride=(2, 2)).reshape(-1, 4)[blank]
assert blank.any() and np.array_equal(corners, np.tile([1, 0, 0, 0], (len(corners), 1))), "all to the upper left corner"
behind = az.grad(lambda x: az.nn.max_pool(az.nn.relu(x), kernel_size=(2, 2)).sum())(digit - 1)
assert np.all(behind[digit < 1] == 0), "behind a ReLU a window of zeros sends nothing back"

# %% [markdown]
# Many windows tie, most of them in the empty background. There the choice is arbitrary, and one sees it: "the first"
# sends everything to the upper left corner of such a window. It is a convention, and mostly harmless: in networks a ReLU
# stands before the pooling, and where a window of its outputs is all 0, it lets no gradient through to any of them.
# But a check by finite differences on *real* images would report an error at every such window, where there is none, so
# that the zoo compares tape with closed form there, and not with differences.
#
# ## Which pixels an output depends on
#
# One output of a pooling depends on its window; after a second pooling, on a window of windows. The gradient of *one*
# output measures which pixels it depends on: its *receptive field*.

# %%
x = az.Tensor(np.zeros((1, 1, 33, 33)))
fig, axes = plt.subplots(1, 3, figsize=(7, 2.6))
y, fields = x, []
for count, ax in enumerate(axes, 1):
    y = az.nn.AvgPool2d(3, stride=2, padding=1)(y)
    middle = y.shape[-1] // 2
    seen = az.gradient(y[0, 0, middle, middle], [x])[0][0, 0]
    fields.append(int(np.any(seen != 0, axis=0).sum()))
    ax.imshow(seen)
    ax.set(title=f"{count} × pooled: {fields[-1]} wide", xticks=[], yticks=[])
    ax.grid(False)
fig.suptitle("The pixels that one output depends on: a window, and windows of windows")
plt.show()
assert fields == [3, 7, 15], "receptive fields"
weights = seen[seen.shape[0] // 2]
assert len(set(weights[weights > 0].round(9))) > 1, "some pixels count more than others"

# %% [markdown]
# Each further layer of stride 2 steps twice as far as the one before: $3$, $3 + 2\cdot2 = 7$, $7 + 4\cdot2 = 15$. The
# bright lines are pixels that are in several windows: they count more than once.
#
# ## A real task
#
# What is the use of pooling? It loses where exactly something was, inside of a window (it is *invariant* there to small
# shifts). That should cost accuracy on digits as they are, and help when they are moved. Four ways from 64 numbers to a decision, with the same small
# network behind: all pixels, every second pixel, the maximum and the mean of $2\times2$.
#
# **Predict first.** Which of the four loses least when all digits are moved by one pixel to the right? None of them has
# seen moved digits in training.

# %%
images_test, labels_test = az.data.digits("test", images=True)
moved = np.roll(images_test, 1, axis=-1)
ways = {
    "all pixels": (lambda x: x, 64),
    "every second": (lambda x: x[:, :, ::2, ::2], 16),
    "max of 2 × 2": (az.nn.MaxPool2d(2), 16),
    "mean of 2 × 2": (az.nn.AvgPool2d(2), 16),
}


def flat(x):
    """Images as rows."""
    return np.reshape(x, (len(x), -1))


# %%
reads, change = {}, {}
for name, (way, size) in ways.items():
    rng = np.random.default_rng(0)
    model = az.nn.Sequential(way, flat, az.nn.Linear(size, 64, rng=rng), az.nn.ReLU(), az.nn.Linear(64, 10, rng=rng))
    list(train(model, images, labels, epochs=12, rng=rng, batch_size=32))
    reads[name] = accuracy(model, images_test, labels_test), accuracy(model, moved, labels_test)
    change[name] = np.linalg.norm(way(moved) - way(images_test)) / np.linalg.norm(way(images_test))
    print(f"{name:<14} as they are {reads[name][0]:.1%}   moved {reads[name][1]:.1%}   change {change[name]:.2f}")
pools, others = ("max of 2 × 2", "mean of 2 × 2"), ("all pixels", "every second")
kept = {name: after / before for name, (before, after) in reads.items()}
moved_right = {name: after for name, (_, after) in reads.items()}
assert max(map(change.get, pools)) < 0.8 * min(map(change.get, others)), "pooling changes less"
assert 0.2 < min(change.values()), "but not nothing"
assert min(map(kept.get, pools)) > max(map(kept.get, others)), "and loses less"
assert max(moved_right, key=moved_right.get) == "mean of 2 × 2", "the mean does best on moved digits"
assert min(moved_right, key=moved_right.get) == "every second", "leaving out does worst"
assert reads["all pixels"][0] > reads["mean of 2 × 2"][0] > reads["every second"][0], "as they are, all pixels win"
assert abs(reads["max of 2 × 2"][0] - reads["every second"][0]) < 0.04, "the maximum is no better than leaving out"

# %%
fig, ax = plt.subplots()
for k, (label, hatch) in enumerate((("as they are", ""), ("moved by a pixel", "//"))):
    ax.bar(np.arange(4) + 0.4 * k - 0.2, [right[k] for right in reads.values()], 0.4, label=label, hatch=hatch)
ax.set(xticks=range(4), xticklabels=reads, ylabel="accuracy", title="Pooled digits lose less when they are moved")
ax.legend(loc="lower left")
plt.show()

# %% [markdown]
# "Change" is by how much the numbers that the network sees differ, relative to their size. Pooling makes it smaller,
# and a larger share of what was read is still read. It does not make it 0: one pixel is much in an image that is eight
# pixels wide.
# The mean does best on moved digits, and leaving out pixels without looking at them does worst. On digits as they
# are, the maximum is no better than that: four pixels with the same maximum can be a corner, a line or a spot.
#
# ## Exercises
#
# Put your answer in the place of the `...` and run the cell: it says whether the answer is right, and if not, what to
# think about. After an attempt `print(az.lab.answer("06-1"))` shows the answer, and `az.lab.score()` what you have
# answered.
#
# **1.** $\vec{x} = (1, 5, 2, 5, 3)$ is pooled by the maximum of three with stride 1, and $(1, 10, 100)$ comes back.
# What is $\partial L/\partial\vec{x}$? Mind the tie: argmax is the first of the largest.

# %%
answer_1 = ...
az.lab.exercise("06-1", answer_1)

# %% [markdown]
# **2.** Five pixels are pooled by the *mean* of three with stride 1, and a 3 comes back to each of the three outputs.
# What does each pixel get?

# %%
answer_2 = ...
az.lab.exercise("06-2", answer_2)

# %% [markdown]
# **3.** How wide is the receptive field of *four* poolings by 3 with stride 2?

# %%
answer_3 = ...
az.lab.exercise("06-3", answer_3)

# %% [markdown]
# ## References
#
# - "Zoo of Deep Learning Modules", the document: its table of parameter-free modules, rows MaxPooling2D and
#   AveragePooling2D
# - Y. LeCun et al., [Gradient-based learning applied to document recognition](https://doi.org/10.1109/5.726791) (1998):
#   averages over windows; D. Scherer et al., [Evaluation of pooling operations](https://doi.org/10.1007/978-3-642-15825-4_10)
#   (2010)
# - A. Araujo et al., [Computing receptive fields of convolutional neural networks](https://distill.pub/2019/computing-receptive-fields),
#   Distill (2019)
# - CS231n, [Pooling layer](https://cs231n.github.io/convolutional-networks/#pool)
# - Dive into Deep Learning, [Pooling](https://d2l.ai/chapter_convolutional-neural-networks/pooling.html)
