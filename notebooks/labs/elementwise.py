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
# # Lab: Two numbers meet
#
# What reaches each of two numbers, when they are added, and when they are multiplied?
#
# Write each gradient in plain NumPy. A function gets the upstream gradient `g` = ∂L/∂y, the result `y`, and the inputs; it returns ∂L/∂(input), in the shape of that input. The judge compares it with the tape, on samples of several shapes, and says what is wrong, never the right numbers. It counts attempts; hints come one at a time, after an attempt: take the `#` away and run the cell. (The closed forms can be imported. Then it is no lab.)

# %%
import numpy as np

import autograd_zoo as az

az.lab.begin("elementwise")

# %% [markdown]
# ## 1. add by a
#
# $y = a + b$, element by element.
#
# Wanted: $\partial L/\partial a$.


# %%
def add_da(g, y, a, b):
    return ...  # your gradient


# %%
az.lab.judge("add", add_da)

# %%
# print(az.lab.hint("add"))

# %% [markdown]
# ## 2. multiply by a
#
# $y = a \odot b$, element by element.
#
# Wanted: $\partial L/\partial a$.


# %%
def multiply_da(g, y, a, b):
    return ...  # your gradient


# %%
az.lab.judge("multiply", multiply_da)

# %%
# print(az.lab.hint("multiply"))

# %% [markdown]
# ## 3. multiply by b
#
# The same forward pass; another input.
#
# Wanted: $\partial L/\partial b$.


# %%
def multiply_db(g, y, a, b):
    return ...  # your gradient


# %%
az.lab.judge("multiply", multiply_db, by="b")

# %%
# print(az.lab.hint("multiply", by="b"))

# %% [markdown]
# ## Score
#
# (In this family none of the document's gradients is misprinted; so there is no hunt.)

# %%
az.lab.score()
