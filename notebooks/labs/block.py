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
# # Lab: Two ways to one result
#
# Channels change places; and x goes two ways.
#
# Write each gradient in plain NumPy. A function gets the upstream gradient `g` = ∂L/∂y, the result `y`, and the inputs; it returns ∂L/∂(input), in the shape of that input. The judge compares it with the tape, on samples of several shapes, and says what is wrong, never the right numbers. It counts attempts; hints come one at a time, after an attempt: take the `#` away and run the cell. (The closed forms can be imported. Then it is no lab.)

# %%
import numpy as np

import autograd_zoo as az

az.lab.begin("block")

# %% [markdown]
# ## 1. channel_shuffle by x
#
# `y = np.swapaxes(x.reshape(N, groups, C // groups, ...), 1, 2).reshape(x.shape)`.
#
# Wanted: $\partial L/\partial x$.


# %%
def channel_shuffle_dx(g, y, x, groups):
    return ...  # your gradient


# %%
az.lab.judge("channel_shuffle", channel_shuffle_dx)

# %%
# print(az.lab.hint("channel_shuffle"))

# %% [markdown]
# ## 2. squeeze_excitation by b_2
#
# $y = s \odot x$ with one $s$ for each map: $s = \sigma(W_2\,\mathrm{relu}(W_1 m + b_1) + b_2)$, where $m$ is the mean of each map. `x` is (N, C, H, W).
#
# Wanted: $\partial L/\partial b_2$.


# %%
def squeeze_excitation_db_2(g, y, x, W_1, b_1, W_2, b_2):
    return ...  # your gradient


# %%
az.lab.judge("squeeze_excitation", squeeze_excitation_db_2, by="b_2")

# %%
# print(az.lab.hint("squeeze_excitation", by="b_2"))

# %% [markdown]
# ## 3. squeeze_excitation by x
#
# The same forward pass; another input.
#
# Wanted: $\partial L/\partial x$.


# %%
def squeeze_excitation_dx(g, y, x, W_1, b_1, W_2, b_2):
    return ...  # your gradient


# %%
az.lab.judge("squeeze_excitation", squeeze_excitation_dx)

# %%
# print(az.lab.hint("squeeze_excitation"))

# %% [markdown]
# ## Score
#
# (In this family none of the document's gradients is misprinted; so there is no hunt.)

# %%
az.lab.score()
