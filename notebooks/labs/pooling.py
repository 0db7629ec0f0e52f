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
# # Lab: Windows hand back
#
# What a window took in goes back to where it came from.
#
# Write each gradient in plain NumPy. A function gets the upstream gradient `g` = ∂L/∂y, the result `y`, and the inputs; it returns ∂L/∂(input), in the shape of that input. The judge compares it with the tape, on samples of several shapes, and says what is wrong, never the right numbers. It counts attempts; hints come one at a time, after an attempt: take the `#` away and run the cell. (The closed forms can be imported. Then it is no lab.)

# %%
import numpy as np

import autograd_zoo as az

az.lab.begin("pooling")

# %% [markdown]
# ## 1. global_avg_pool by x
#
# $y = \frac{1}{HW}\sum_{i,j} x_{ij}$ for each map: `x` is (N, C, H, W), `y` and `g` are (N, C).
#
# Wanted: $\partial L/\partial x$.


# %%
def global_avg_pool_dx(g, y, x):
    return ...  # your gradient


# %%
az.lab.judge("global_avg_pool", global_avg_pool_dx)

# %%
# print(az.lab.hint("global_avg_pool"))

# %% [markdown]
# ## 2. avg_pool1d by x
#
# $y_t$ is the mean of $x_{2t}$ and $x_{2t+1}$. `x` is (N, C, L); an odd last element is in no window.
#
# Wanted: $\partial L/\partial x$.


# %%
def avg_pool1d_dx(g, y, x):
    return ...  # your gradient


# %%
az.lab.judge("avg_pool1d", avg_pool1d_dx)

# %%
# print(az.lab.hint("avg_pool1d"))

# %% [markdown]
# ## 3. max_pool1d by x
#
# $y_t$ is the larger one of $x_{2t}$ and $x_{2t+1}$.
#
# Wanted: $\partial L/\partial x$.


# %%
def max_pool1d_dx(g, y, x):
    return ...  # your gradient


# %%
az.lab.judge("max_pool1d", max_pool1d_dx)

# %%
# print(az.lab.hint("max_pool1d"))

# %% [markdown]
# ## 4. Misprint hunt: pooling.max_pool.dx
#
# So it is printed. Which sign, index, factor or transpose is wrong? Write the formula as it should read; here it is for one sample, without batch axes.

# %%
az.lab.hunt("pooling.max_pool.dx")

# %% [markdown]
# What is right instead?


# %%
def corrected_max_pool_dx(g, y, x, kernel_size, stride):
    return ...  # your gradient


# %%
az.lab.judge("pooling.max_pool.dx", corrected_max_pool_dx)

# %%
# print(az.lab.hint("pooling.max_pool.dx"))

# %% [markdown]
# ## Score

# %%
az.lab.score()
