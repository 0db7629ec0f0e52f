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
# # Lab: Switches
#
# A product with what is given; mind what makes up for what was dropped.
#
# Write each gradient in plain NumPy. A function gets the upstream gradient `g` = ∂L/∂y, the result `y`, and the inputs; it returns ∂L/∂(input), in the shape of that input. The judge compares it with the tape, on samples of several shapes, and says what is wrong, never the right numbers. It counts attempts; hints come one at a time, after an attempt: take the `#` away and run the cell. (The closed forms can be imported. Then it is no lab.)

# %%
import numpy as np

import autograd_zoo as az

az.lab.begin("regularization")

# %% [markdown]
# ## 1. dropout by x
#
# $y = \frac{1}{1 - q} D \odot x$. The switches `D` are 0 or 1, and given.
#
# Wanted: $\partial L/\partial x$.


# %%
def dropout_dx(g, y, x, D, q):
    return ...  # your gradient


# %%
az.lab.judge("dropout", dropout_dx)

# %%
# print(az.lab.hint("dropout"))

# %% [markdown]
# ## Score
#
# (In this family none of the document's gradients is misprinted; so there is no hunt.)

# %%
az.lab.score()
