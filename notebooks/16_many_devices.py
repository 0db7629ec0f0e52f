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
# # 16 Many devices
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
# You need notebooks 01, 05 and 10. 15 minutes.

# %%
# %config InlineBackend.figure_formats = ["svg"]
import numpy as np

import autograd_zoo as az
import graph_viz
from autograd_zoo import nn
from autograd_zoo.notebook import exercise

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
graph_viz.draw(whole, values=True, gradients=True)

# %% [markdown]
# Read it from the right. The mean gives every sample the same share, $\frac14$. Each sample goes its own way back, and
# meets no other one. Only at $w$ do all come together: it was used for each of them, so its gradient is a **sum**:
#
# $$\frac{\partial L}{\partial w}=\sum_{i=1}^{4}\frac14\,2(wx_i-t_i)\,x_i$$
#
# A sum can be taken in parts. Two devices, two samples each:

# %%
halves = [az.grad(loss)(0.5, x[k : k + 2], t[k : k + 2]) for k in (0, 2)]
[float(g) for g in halves]

# %% [markdown]
# **Predict first.** How does one get the gradient of the whole from the two?
#
# Each half divided its sum by 2, where the whole divides by 4. So it is their mean:

# %%
np.mean(halves), w.grad

# %% [markdown]
# That is all of *data-parallel training*: every device has the same weights and its part of the batch, computes the
# gradient there, and then they take the mean. Adding up over all devices so that each has the sum is called an
# **all-reduce**. We draw it: two halves of one batch, whose losses are averaged, on one tape.

# %%
shared = az.Tensor(0.5, name="w")
parts = [loss(shared, x[k : k + 2], t[k : k + 2]).named(f"L{1 + k // 2}") for k in (0, 2)]
both = np.mean(np.stack(parts)).named("L")
both.backward()
graph_viz.draw(both, values=True, gradients=True)

# %% [markdown]
# The two halves touch at the very end, and at $w$. What they say to each other is one number for each weight, however
# many samples there are.
#
# ## When parts are not equal
#
# One device gets three samples and the other one. Is the mean of the two gradients still right?

# %%
uneven = [az.grad(loss)(0.5, x[a:b], t[a:b]) for a, b in ((0, 3), (3, 4))]
np.mean(uneven), np.average(uneven, weights=[3, 1]), w.grad

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
float(np.abs(at_once - apart).max())

# %% [markdown]
# So the mean and the mean square are sums over devices, too: one more all-reduce forward, and one back. A recorded
# program says where sums over the batch are, since it is nothing but a list of operations:

# %%
norm = nn.BatchNorm1d(1)
program = az.record(lambda a: np.mean(norm(a) ** 2), a)
[i.op for i in program.instructions if "mean" in i.op or "level" in i.op]

# %% [markdown]
# An engine for many devices reads such a list, is told that the first axis is cut, and puts an all-reduce wherever a sum
# crosses the cut. `examples/data_parallel.py` does that with JAX: over 8 devices the weights after 5 steps are those of
# one device, with batch normalization. The guide *Scale* says how.
#
# And the program is a function of its inputs, not of the batch it was recorded on:

# %%
other = rng.normal(size=(8, 1))
leaves = [other, *(leaf.value for leaf in program.leaves[1:])]
float(program.replay()(*leaves)[0]), float(np.mean(norm(az.Tensor(other)).data ** 2))

# %% [markdown]
# ## Exercises
#
# **1.** Three devices have 2, 3 and 5 samples, and the mean gradients $g=6$, $4$ and $1$. What is the gradient of the
# mean loss over all ten?

# %%
answer_1 = ...

# %%
exercise(1, answer_1, 2.9, "weigh each by its number of samples, and divide by ten.")

# %% [markdown]
# <details><summary>Answer</summary>
#
# $\frac{2\cdot6+3\cdot4+5\cdot1}{10}=2.9$.
#
# ```python
# answer_1 = 2.9
# ```
#
# </details>
#
# **2.** The loss is a *sum* over the samples and not a mean. What do two devices do with their gradients $g_1$ and
# $g_2$? Compute it for `halves_of_sum`.

# %%
halves_of_sum = [az.grad(lambda w, x, t: np.sum((w * x - t) ** 2))(0.5, x[k : k + 2], t[k : k + 2]) for k in (0, 2)]
answer_2 = ...

# %%
exercise(2, answer_2, 4 * w.grad, "nothing was divided, so nothing is to be made good.")

# %% [markdown]
# <details><summary>Answer</summary>
#
# They add them.
#
# ```python
# answer_2 = sum(halves_of_sum)
# ```
#
# </details>
#
# **3.** Two devices know the means $m_1,m_2$ and the mean squares $q_1,q_2$ of equal halves of `a`. What is the variance
# of the whole?

# %%
m1, m2, q1, q2 = np.mean(a[:4]), np.mean(a[4:]), np.mean(a[:4] ** 2), np.mean(a[4:] ** 2)
answer_3 = ...

# %%
exercise(3, answer_3, np.var(a), "means are averaged, mean squares too; the variance is E a² − (E a)².")

# %% [markdown]
# <details><summary>Answer</summary>
#
# ```python
# answer_3 = (q1 + q2) / 2 - ((m1 + m2) / 2) ** 2
# ```
#
# </details>

# %% [markdown]
# ## What this notebook claims

# %%
assert np.isclose(np.mean(halves), w.grad), "the average of gradients is the gradient of the average"
assert np.isclose(both.data, whole.data) and np.isclose(shared.grad, w.grad), "on one tape as well"
assert not np.isclose(np.mean(uneven), w.grad), "parts of different sizes count as they are large"
assert np.isclose(np.average(uneven, weights=[3, 1]), w.grad), "weighted they do"
assert np.abs(at_once - apart).max() > 0.5, "batch normalization of halves is another function"
