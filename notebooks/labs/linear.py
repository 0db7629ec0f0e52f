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
# # Lab: Matrices, and sums over a batch
#
# Which product, which transpose, which sum?
#
# Write each gradient in plain NumPy. A function gets the upstream gradient `g` = ∂L/∂y, the result `y`, and the inputs; it returns ∂L/∂(input), in the shape of that input. The judge compares it with the tape, on samples of several shapes, and says what is wrong, never the right numbers. It counts attempts; hints come one at a time, after an attempt: take the `#` away and run the cell. (The closed forms can be imported. Then it is no lab.)

# %%
import numpy as np

import autograd_zoo as az

az.lab.begin("linear")

# %% [markdown]
# ## 1. linear by b
#
# $y = W x + b$ for each sample. Samples lie along all axes of `x` but the last: `x` (..., in), `W` (out, in), `b` (out,). There may be one sample and no such axis.
#
# Wanted: $\partial L/\partial b$.


# %%
def linear_db(g, y, x, W, b):
    return ...  # your gradient


# %%
az.lab.judge("linear", linear_db, by="b")

# %%
# print(az.lab.hint("linear", by="b"))

# %% [markdown]
# ## 2. linear by x
#
# The same forward pass; another input.
#
# Wanted: $\partial L/\partial x$.


# %%
def linear_dx(g, y, x, W, b):
    return ...  # your gradient


# %%
az.lab.judge("linear", linear_dx)

# %%
# print(az.lab.hint("linear"))

# %% [markdown]
# ## 3. linear by W
#
# The same forward pass; another input.
#
# Wanted: $\partial L/\partial W$.


# %%
def linear_dW(g, y, x, W, b):
    return ...  # your gradient


# %%
az.lab.judge("linear", linear_dW, by="W")

# %%
# print(az.lab.hint("linear", by="W"))

# %% [markdown]
# ## 4. Misprint hunt: linear.linear.dW.kronecker
#
# So it is printed. Which sign, index, factor or transpose is wrong? Write the formula as it should read; here it is for one sample, without batch axes.

# %%
az.lab.hunt("linear.linear.dW.kronecker")

# %% [markdown]
# What is right instead?


# %%
def corrected_linear_dW_kronecker(g, y, x, W, b):
    return ...  # your gradient


# %%
az.lab.judge("linear.linear.dW.kronecker", corrected_linear_dW_kronecker)

# %%
# print(az.lab.hint("linear.linear.dW.kronecker"))

# %% [markdown]
# ## Score

# %%
az.lab.score()
