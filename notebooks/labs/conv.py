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
# # Lab: A window that slides
#
# Every place of the kernel is a linear layer. Write a loop over places, and no loop over pixels.
#
# Write each gradient in plain NumPy. A function gets the upstream gradient `g` = ∂L/∂y, the result `y`, and the inputs; it returns ∂L/∂(input), in the shape of that input. The judge compares it with the tape, on samples of several shapes, and says what is wrong, never the right numbers. It counts attempts; hints come one at a time, after an attempt: take the `#` away and run the cell. (The closed forms can be imported. Then it is no lab.)

# %%
import numpy as np

import autograd_zoo as az

az.lab.begin("conv")

# %% [markdown]
# ## 1. conv1d by b
#
# $y_{n,o,l} = b_o + \sum_{c,k} W_{o,c,k}\, x_{n,c,l+k}$. `x` is (N, C, L), `W` (O, C, K), `y` (N, O, L - K + 1).
#
# Wanted: $\partial L/\partial b$.


# %%
def conv1d_db(g, y, x, W, b):
    return ...  # your gradient


# %%
az.lab.judge("conv1d", conv1d_db, by="b")

# %%
# print(az.lab.hint("conv1d", by="b"))

# %% [markdown]
# ## 2. conv1d by W
#
# The same forward pass; another input.
#
# Wanted: $\partial L/\partial W$.


# %%
def conv1d_dW(g, y, x, W, b):
    return ...  # your gradient


# %%
az.lab.judge("conv1d", conv1d_dW, by="W")

# %%
# print(az.lab.hint("conv1d", by="W"))

# %% [markdown]
# ## 3. conv1d by x
#
# The same forward pass; another input.
#
# Wanted: $\partial L/\partial x$.


# %%
def conv1d_dx(g, y, x, W, b):
    return ...  # your gradient


# %%
az.lab.judge("conv1d", conv1d_dx)

# %%
# print(az.lab.hint("conv1d"))

# %% [markdown]
# ## 4. Misprint hunt: conv.separable_conv.dx.operator
#
# So it is printed. Which sign, index, factor or transpose is wrong? Write the formula as it should read; here it is for one sample, without batch axes.

# %%
az.lab.hunt("conv.separable_conv.dx.operator")

# %% [markdown]
# What is right instead?


# %%
def corrected_separable_conv_dx_operator(g, y, x, w1, w2, padding):
    return ...  # your gradient


# %%
az.lab.judge("conv.separable_conv.dx.operator", corrected_separable_conv_dx_operator)

# %%
# print(az.lab.hint("conv.separable_conv.dx.operator"))

# %% [markdown]
# ## Score

# %%
az.lab.score()
