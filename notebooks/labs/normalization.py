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
# # Lab: Three paths to one number
#
# The mean and the variance hang on every x: they are paths of their own.
#
# Write each gradient in plain NumPy. A function gets the upstream gradient `g` = ∂L/∂y, the result `y`, and the inputs; it returns ∂L/∂(input), in the shape of that input. The judge compares it with the tape, on samples of several shapes, and says what is wrong, never the right numbers. It counts attempts; hints come one at a time, after an attempt: take the `#` away and run the cell. (The closed forms can be imported. Then it is no lab.)

# %%
import numpy as np

import autograd_zoo as az

az.lab.begin("normalization")

# %% [markdown]
# ## 1. layer_norm by beta
#
# $y = \gamma \odot \hat{x} + \beta$, where $\hat{x} = \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}}$ with the mean and variance (`x.var()`) of the last axis, $\epsilon = 10^{-5}$.
#
# Wanted: $\partial L/\partial \beta$.


# %%
def layer_norm_dbeta(g, y, x, gamma, beta):
    return ...  # your gradient


# %%
az.lab.judge("layer_norm", layer_norm_dbeta, by="beta")

# %%
# print(az.lab.hint("layer_norm", by="beta"))

# %% [markdown]
# ## 2. layer_norm by gamma
#
# The same forward pass; another input.
#
# Wanted: $\partial L/\partial \gamma$.


# %%
def layer_norm_dgamma(g, y, x, gamma, beta):
    return ...  # your gradient


# %%
az.lab.judge("layer_norm", layer_norm_dgamma, by="gamma")

# %%
# print(az.lab.hint("layer_norm", by="gamma"))

# %% [markdown]
# ## 3. layer_norm by x
#
# The same forward pass; another input.
#
# Wanted: $\partial L/\partial x$.


# %%
def layer_norm_dx(g, y, x, gamma, beta):
    return ...  # your gradient


# %%
az.lab.judge("layer_norm", layer_norm_dx)

# %%
# print(az.lab.hint("layer_norm"))

# %% [markdown]
# ## 4. batch_norm by x
#
# The same, with the mean and variance of each channel: over all axes of `x` (N, C, ...) but the second. $\gamma$ and $\beta$ are (C,).
#
# Wanted: $\partial L/\partial x$.


# %%
def batch_norm_dx(g, y, x, gamma, beta):
    return ...  # your gradient


# %%
az.lab.judge("batch_norm", batch_norm_dx)

# %%
# print(az.lab.hint("batch_norm"))

# %% [markdown]
# ## 5. Misprint hunt: normalization.batch_norm.dx
#
# So it is printed. Which sign, index, factor or transpose is wrong? Write the formula as it should read; here it is for one sample, without batch axes.

# %%
az.lab.hunt("normalization.batch_norm.dx")

# %% [markdown]
# What is right instead?


# %%
def corrected_batch_norm_dx(g, y, x, gamma, beta, eps):
    return ...  # your gradient


# %%
az.lab.judge("normalization.batch_norm.dx", corrected_batch_norm_dx)

# %%
# print(az.lab.hint("normalization.batch_norm.dx"))

# %% [markdown]
# ## Score

# %%
az.lab.score()
