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
# # Lab: Where the gradient begins
#
# Means over a batch, and two derivatives that come out simpler than they go in.
#
# Write each gradient in plain NumPy. A function gets the upstream gradient `g` = ∂L/∂y, the result `y`, and the inputs; it returns ∂L/∂(input), in the shape of that input. The judge compares it with the tape, on samples of several shapes, and says what is wrong, never the right numbers. It counts attempts; hints come one at a time, after an attempt: take the `#` away and run the cell. (The closed forms can be imported. Then it is no lab.)

# %%
import numpy as np

import autograd_zoo as az

az.lab.begin("loss")

# %% [markdown]
# ## 1. squared_error by x
#
# $L = \sum_i (t_i - x_i)^2$ along the last axis, then the mean over all samples. `g` is one number.
#
# Wanted: $\partial L/\partial x$.


# %%
def squared_error_dx(g, y, x, t):
    return ...  # your gradient


# %%
az.lab.judge("squared_error", squared_error_dx)

# %%
# print(az.lab.hint("squared_error"))

# %% [markdown]
# ## 2. bce_with_logits by x
#
# $L = \log(1 + e^{x}) - t x$, the mean over all elements.
#
# Wanted: $\partial L/\partial x$.


# %%
def bce_with_logits_dx(g, y, x, t):
    return ...  # your gradient


# %%
az.lab.judge("bce_with_logits", bce_with_logits_dx)

# %%
# print(az.lab.hint("bce_with_logits"))

# %% [markdown]
# ## 3. softmax_cross_entropy by x
#
# $L = -\sum_i p_i \log\mathrm{softmax}(x)_i$ along the last axis, the mean over all samples. Each row of `p` sums to 1.
#
# Wanted: $\partial L/\partial x$.


# %%
def softmax_cross_entropy_dx(g, y, x, p):
    return ...  # your gradient


# %%
az.lab.judge("softmax_cross_entropy", softmax_cross_entropy_dx)

# %%
# print(az.lab.hint("softmax_cross_entropy"))

# %% [markdown]
# ## Score
#
# (In this family none of the document's gradients is misprinted; so there is no hunt.)

# %%
az.lab.score()
