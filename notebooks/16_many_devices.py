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
# # 16 Many devices: whose gradients are averaged
#
# A batch is too large for one device. So it is cut, and each device gets a part of the samples. What must the devices
# say to each other, so that the step is the one that a single large device would have made?
#
# Afterwards you can say
#
# - why the average of gradients is the gradient of the average, and see it on a tape;
# - when it is not, and what to do then;
# - what an all-reduce is, and where normalization over a batch needs one;
# - what a recorded program is good for there.
#
# You need chapters 01, 05 and 10. Reading takes about 20 minutes, the exercises apart. Words that you do not know stand
# in the [glossary](../docs/glossary.md).

# %%
# %config InlineBackend.figure_formats = ["svg"]
import numpy as np

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn

# %% [markdown]
# ## A mean over samples, on the tape
#
# A loss is a mean over the samples of a batch. Here are four samples, one number each, and one weight.

# %%
x, t = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.0, 0.5, 2.0, 1.0])


def loss(w, x, t):
    """The mean squared error of w · x."""
    return np.mean((w * x - t) ** 2)


w = az.Tensor(0.5, name="w")
whole = loss(w, x, t).named("L")
whole.backward(retain_grads=True)
assert w.grad == 2.0 == sum(1 / 4 * 2 * (0.5 * x[i] - t[i]) * x[i] for i in range(4)), (
    "each with a share of one quarter"
)
*_, squares, _ = az.Tape(whole)  # the last node but one
assert squares.grad.tolist() == [1 / 4] * 4, "the mean gives every sample the same share"
graph_viz.draw(whole, values=True, gradients=True, names={"x": x, "t": t})

# %% [markdown]
# Read it backwards, from $L$. The mean gives every sample the same share, $\frac14 = 0.25$. Then the gradients of the
# four samples go back beside each other, and none depends on another one: subtraction, square and product work element
# by element. Only at $w$ do they meet. It was used for each sample, so its gradient is a **sum**:
#
# $$\frac{\partial L}{\partial w}=\sum_{i=1}^{4}\frac14\,2(wx_i-t_i)\,x_i$$
#
# A sum can be taken in parts. Two devices, two samples each:

# %%
halves = [az.grad(loss)(0.5, x[k : k + 2], t[k : k + 2]) for k in (0, 2)]
print(*map(float, halves))
assert np.allclose(halves, [1.5, 2.5]) and halves[0] == (2 * 0.5 * 1 + 2 * 0.5 * 2) / 2, (
    "two samples each, divided by 2"
)

# %% [markdown]
# **Predict first.** How does one get the gradient of the whole from the two?
#
# Each half divided its sum by 2, where the whole divides by 4. So it is their mean:
#
# $$\frac14\sum_{i=1}^{4}\frac{\partial L_i}{\partial w} = \frac12\Big(\underbrace{\frac12\sum_{i=1}^{2}\frac{\partial L_i}{\partial w}}_{\text{first device}} +
# \underbrace{\frac12\sum_{i=3}^{4}\frac{\partial L_i}{\partial w}}_{\text{second device}}\Big)\qquad L_i=(wx_i-t_i)^2$$

# %%
print(np.mean(halves), w.grad)
assert np.isclose(np.mean(halves), w.grad), "the average of gradients is the gradient of the average"

# %% [markdown]
# That is *data-parallel training*: every device has the same weights and its part of the batch, computes the
# gradient there, and then they take the mean. Adding up over all devices so that each has the sum is called an
# **all-reduce**. We draw it: two halves of one batch, whose losses are averaged, on one tape.

# %%
shared = az.Tensor(0.5, name="w")
parts = [loss(shared, x[k : k + 2], t[k : k + 2]).named(f"L{1 + k // 2}") for k in (0, 2)]
both = np.mean(np.stack(parts)).named("L")
both.backward(retain_grads=True)
assert np.isclose(both.data, whole.data) and np.isclose(shared.grad, w.grad), "on one tape as well"
assert [float(part.grad) for part in parts] == [0.5, 0.5], "each half has a share of one half"
names = {f"{name}_{1 + k // 2}": a[k : k + 2] for k in (0, 2) for name, a in (("x", x), ("t", t))}
graph_viz.draw(both, values=True, gradients=True, names=names)

# %% [markdown]
# The two halves meet in two places only: at the end, where each loss gets a share of $\frac12$, and at $w$. The weights
# are all that the devices have to exchange: one number for each weight, however many samples there are.
#
# ## When parts are not equal
#
# One device gets three samples and the other one. Is the mean of the two gradients still right?

# %%
uneven = [az.grad(loss)(0.5, x[a:b], t[a:b]) for a, b in ((0, 3), (3, 4))]
print(np.mean(uneven), np.average(uneven, weights=[3, 1]), w.grad)
assert np.allclose(uneven, [0, 8]) and np.mean(uneven) == 4 != w.grad, "the plain mean is another number"
assert np.isclose(np.average(uneven, weights=[3, 1]), w.grad), "weighted by samples it is the gradient"

# %% [markdown]
# No: the sample that is alone on its device would count three times as much as each of the others. The average is
# *weighted* by the numbers of samples. With $n_d$ samples on device $d$ and $N$ in all, and $\vec{g}_d$ for the mean
# gradient there:
#
# $$\frac{\partial L}{\partial\vec{w}} = \frac1N\sum_d\,\sum_{i\text{ on }d}\frac{\partial L_i}{\partial\vec{w}} = \sum_d\frac{n_d}{N}\,\vec{g}_d$$
#
# ## What meets before the end
#
# Batch normalization subtracts the mean of the *batch*. Samples meet in the forward pass, and a device that knows its
# own half alone subtracts something else:

# %%
rng = np.random.default_rng(0)
a = rng.normal(size=(8, 1)) + np.arange(8.0)[:, None]
at_once = nn.batch_norm(a)
apart = np.concatenate([nn.batch_norm(a[:4]), nn.batch_norm(a[4:])])
print(f"largest difference {np.abs(at_once - apart).max():.2f}")
assert np.abs(at_once - apart).max() > 0.5, "batch normalization of halves is another function"

# %% [markdown]
# So the devices have to speak already in the forward pass. What they need is the mean and the variance of the whole
# batch, and the variance is $\overline{x^2}-\bar{x}^2$. Each device tells the mean of its numbers and of their squares,
# and one all-reduce averages both (for equal parts).
#
# And back? Chapter 10 has the gradient. With $g_m$ for what comes back to $\hat{x}_m$ it has two more means over the batch:
#
# $$\frac{\partial L}{\partial x_m} = \frac{1}{\sqrt{\sigma_B^2+\epsilon}}\Big(g_m - \overline{g} - \hat{x}_m\,\overline{g\hat{x}}\Big)$$
#
# So one all-reduce forward, of two numbers a channel, and one back, of two numbers again:

# %%
g = rng.normal(size=(8, 1))  # arrives at the normalized numbers
devices = [(a[k : k + 4], g[k : k + 4]) for k in (0, 4)]
mean, mean_square = np.mean([[part.mean(), (part**2).mean()] for part, _ in devices], axis=0)  # all-reduce, forward
scale = 1 / np.sqrt(mean_square - mean**2 + 1e-5)
hats = [(part - mean) * scale for part, _ in devices]
assert np.allclose(np.concatenate(hats), at_once), "with the shared statistics the halves make the whole"
told = [[g_part.mean(), (g_part * hat).mean()] for hat, (_, g_part) in zip(hats, devices, strict=True)]
g_mean, along = np.mean(told, axis=0)  # all-reduce, back
dx = np.concatenate([scale * (g_part - g_mean - hat * along) for hat, (_, g_part) in zip(hats, devices, strict=True)])
leaf = az.Tensor(a)
by_tape = az.gradient(nn.batch_norm(leaf), [leaf], g)[0]
print(f"∂L/∂x of the two devices − tape {np.abs(dx - by_tape).max():.0e}")
assert np.allclose(dx, by_tape, atol=1e-12), "two numbers a channel forward, and two back"

# %% [markdown]
# A recorded program says where sums over the batch are, for it is a list of operations with their shapes. We look for
# those that are given an array with the eight samples along its first axis, and make one without them:

# %%
norm = nn.BatchNorm1d(1)
program = az.record(lambda a: np.mean(norm(a) ** 2), a)
shapes = {v.number: v.value.shape for v in program.leaves} | {i.number: i.shape for i in program.instructions}
given = {i.number: [shapes.get(getattr(arg, "number", None), ()) for arg in i.args] for i in program.instructions}
sums = [i for i in program.instructions if any(s[:1] == (8,) for s in given[i.number]) and i.shape[:1] != (8,)]
for i in sums:
    print(f"{i.op:<15} gives {i.shape!s:<7} {i.name}")
assert [i.op for i in sums] == ["az.level", "az.mean_square", "np.mean", "np.var", "az.mean"]

# %% [markdown]
# Two for the normalization (a *level* is a mean), two for its running statistics, and the mean of the loss.
#
# An engine for many devices reads such a list, is told that the first axis is cut, and puts an all-reduce wherever a sum
# crosses the cut. `examples/data_parallel.py` does that with JAX, for a network with batch normalization: it compares
# the weights after 5 steps over 8 devices with those of one device. The guide [Scale](../docs/guides/scale.md) says how.
#
# And the program is a function of its inputs, not of the batch that it was recorded on:

# %%
other = rng.normal(size=(8, 1))
leaves = [other, *(leaf.value for leaf in program.leaves[1:])]
replayed, run = program.replay()(*leaves)[0], np.mean(norm(az.Tensor(other)).data ** 2)
print(float(replayed), float(run))
assert np.isclose(replayed, run), "at other samples too"

# %% [markdown]
# ## Exercises
#
# Put your answer in the place of the `...` and run the cell: it says whether the answer is right, and if not, what to
# think about. After an attempt `print(az.lab.answer("16-1"))` shows the answer, and `az.lab.score()` what you have
# answered.
#
# **1.** Three devices have 2, 3 and 5 samples, and the mean gradients $g=6$, $4$ and $1$. What is the gradient of the
# mean loss over all ten?

# %%
answer_1 = ...
az.lab.exercise("16-1", answer_1)

# %% [markdown]
# **2.** Let the loss be the *sum* over the four samples above, and not their mean. The two devices compute 3 and 5. What
# is the gradient of the whole?

# %%
answer_2 = ...
az.lab.exercise("16-2", answer_2)

# %% [markdown]
# **3.** Two devices have equal halves of a batch. They know the means 1 and 3, and the mean squares 2 and 10. What is
# the variance of the whole batch?

# %%
answer_3 = ...
az.lab.exercise("16-3", answer_3)

# %% [markdown]
# ## References
#
# - P. Goyal et al., [Accurate, large minibatch SGD](https://arxiv.org/abs/1706.02677) (2017): shares of samples, and
#   statistics of batches over many devices
# - S. Li et al., [PyTorch Distributed: experiences on accelerating data parallel
#   training](https://arxiv.org/abs/2006.15704) (2020)
# - JAX, [Distributed arrays and automatic parallelization](https://docs.jax.dev/en/latest/sharded-computation.html)
# - Dive into Deep Learning, [Training on multiple GPUs](https://d2l.ai/chapter_computational-performance/multiple-gpus.html)
