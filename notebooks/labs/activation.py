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
# # Lab: One function for each element, and one for a row
#
# Three local derivatives, and the first Jacobian that is no diagonal: softmax.
#
# Write each gradient in plain NumPy. A function gets the upstream gradient `g` = ∂L/∂y, the result `y`, and the inputs; it returns ∂L/∂(input), in the shape of that input. The judge compares it with the tape, on samples of several shapes, and says what is wrong, never the right numbers. It counts attempts; hints come one at a time, after an attempt: take the `#` away and run the cell. (The closed forms can be imported. Then it is no lab.)

# %%
import numpy as np

import autograd_zoo as az

az.lab.begin("activation")

# %% [markdown]
# ## 1. relu by x
#
# $y = \max(0, x)$. (At 0, which does not occur here, the document says 0.)
#
# Wanted: $\partial L/\partial x$.


# %%
def relu_dx(g, y, x):
    return ...  # your gradient


# %%
az.lab.judge("relu", relu_dx)

# %%
# print(az.lab.hint("relu"))

# %% [markdown]
# ## 2. sigmoid by x
#
# $y = \frac{1}{1 + e^{-x}}$.
#
# Wanted: $\partial L/\partial x$.


# %%
def sigmoid_dx(g, y, x):
    return ...  # your gradient


# %%
az.lab.judge("sigmoid", sigmoid_dx)

# %%
# print(az.lab.hint("sigmoid"))

# %% [markdown]
# ## 3. silu by x
#
# $y = x \cdot \sigma(x)$, where $\sigma$ is the sigmoid.
#
# Wanted: $\partial L/\partial x$.


# %%
def silu_dx(g, y, x):
    return ...  # your gradient


# %%
az.lab.judge("silu", silu_dx)

# %%
# print(az.lab.hint("silu"))

# %% [markdown]
# ## 4. softmax by x
#
# $y_i = \frac{e^{x_i}}{\sum_k e^{x_k}}$ along the last axis, for each row alone.
#
# Wanted: $\partial L/\partial x$.


# %%
def softmax_dx(g, y, x):
    return ...  # your gradient


# %%
az.lab.judge("softmax", softmax_dx)

# %%
# print(az.lab.hint("softmax"))

# %% [markdown]
# ## Score
#
# (In this family none of the document's gradients is misprinted; so there is no hunt.)

# %%
az.lab.score()
