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
# You need chapters 01, 05 and 10. Reading takes about 15 minutes, the exercises apart. Words that you do not know stand
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
x, t = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 0.0, 2.0, 1.0])


def loss(w, x, t):
    """The mean squared error of w · x."""
    return np.mean((w * x - t) ** 2)


w = az.Tensor(0.5, name="w")
whole = loss(w, x, t).named("L")
whole.backward()
assert w.grad == 2.0 == np.sum(2.0 * (0.5 * x - t) * x) / 4.0, (
    "a sum over the samples, each with a share of one quarter"
)
graph_viz.draw(whole, values=True, gradients=True, names={"x": x, "t": t})

# %% [markdown]
# Read it from the right. The mean gives every sample the same share, $\frac14$. Each sample goes its own way back, and
# meets no other one. Only at $w$ do all come together: it was used for each of them, so its gradient is a **sum**:
#
# $$\frac{\partial L}{\partial w}=\sum_{i=1}^{4}\frac14\,2(wx_i-t_i)\,x_i$$
#
# A sum can be taken in parts. Two devices, two samples each:

# %%
halves = [az.grad(loss)(0.5, x[k : k + 2], t[k : k + 2]) for k in (0, 2)]
print(*map(float, halves))
assert np.allclose(halves, [1.5, 2.5])

# %% [markdown]
# **Predict first.** How does one get the gradient of the whole from the two?
#
# Each half divided its sum by 2, where the whole divides by 4. So it is their mean:

# %%
print(np.mean(halves), w.grad)
assert np.isclose(np.mean(halves), w.grad), "the average of gradients is the gradient of the average"

# %% [markdown]
# That is all of *data-parallel training*: every device has the same weights and its part of the batch, computes the
# gradient there, and then they take the mean. Adding up over all devices so that each has the sum is called an
# **all-reduce**. We draw it: two halves of one batch, whose losses are averaged, on one tape.

# %%
shared = az.Tensor(0.5, name="w")
parts = [loss(shared, x[k : k + 2], t[k : k + 2]).named(f"L{1 + k // 2}") for k in (0, 2)]
both = np.mean(np.stack(parts)).named("L")
both.backward()
assert np.isclose(both.data, whole.data) and np.isclose(shared.grad, w.grad), "on one tape as well"
names = {f"{name}_{1 + k // 2}": a[k : k + 2] for k in (0, 2) for name, a in (("x", x), ("t", t))}
graph_viz.draw(both, values=True, gradients=True, names=names)

# %% [markdown]
# The two halves touch at the very end, and at $w$. What they say to each other is one number for each weight, however
# many samples there are.
#
# ## When parts are not equal
#
# One device gets three samples and the other one. Is the mean of the two gradients still right?

# %%
uneven = [az.grad(loss)(0.5, x[a:b], t[a:b]) for a, b in ((0, 3), (3, 4))]
print(np.mean(uneven), np.average(uneven, weights=[3, 1]), w.grad)
assert not np.isclose(np.mean(uneven), w.grad), "the plain mean is another number"
assert np.isclose(np.average(uneven, weights=[3, 1]), w.grad), "weighted by samples it is the gradient"

# %% [markdown]
# No: a sample alone on its device would count three times as much as the others. The average is *weighted* by the
# numbers of samples.
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
print(np.abs(at_once - apart).max())
assert np.abs(at_once - apart).max() > 0.5, "batch normalization of halves is another function"

# %% [markdown]
# So the mean and the mean square are sums over devices, too: one more all-reduce forward, and one back. A recorded
# program says where sums over the batch are, since it is nothing but a list of operations:

# %%
norm = nn.BatchNorm1d(1)
program = az.record(lambda a: np.mean(norm(a) ** 2), a)
sums = [i.op for i in program.instructions if "mean" in i.op or "level" in i.op]
print(*sums)
assert len(sums) >= 2, "the batch's mean, and that of the loss"

# %% [markdown]
# An engine for many devices reads such a list, is told that the first axis is cut, and puts an all-reduce wherever a sum
# crosses the cut. `examples/data_parallel.py` does that with JAX: over 8 devices the weights after 5 steps are those of
# one device, with batch normalization. The guide *Scale* says how.
#
# And the program is a function of its inputs, not of the batch it was recorded on:

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
