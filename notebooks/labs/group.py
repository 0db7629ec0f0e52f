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
# # Lab: Many into one
#
# A sum hands its gradient to all, a maximum to one. A tie is where a printed formula goes wrong.
#
# Write each gradient in plain NumPy. A function gets the upstream gradient `g` = ∂L/∂y, the result `y`, and the inputs; it returns ∂L/∂(input), in the shape of that input. The judge compares it with the tape, on samples of several shapes, and says what is wrong, never the right numbers. It counts attempts; hints come one at a time, after an attempt: take the `#` away and run the cell. (The closed forms can be imported. Then it is no lab.)

# %%
import numpy as np

import autograd_zoo as az

az.lab.begin("group")

# %% [markdown]
# ## 1. sum by x
#
# $y = \sum_i x_i$ over `axis`: over everything for None. With `keepdims` the axis stays, of length 1.
#
# Wanted: $\partial L/\partial x$.


# %%
def sum_dx(g, y, x, axis=None, keepdims=False):
    return ...  # your gradient


# %%
az.lab.judge("sum", sum_dx)

# %%
# print(az.lab.hint("sum"))

# %% [markdown]
# ## 2. max by x
#
# $y = \max_i x_i$ over `axis`, as above. No two elements are equal here.
#
# Wanted: $\partial L/\partial x$.


# %%
def max_dx(g, y, x, axis=None, keepdims=False):
    return ...  # your gradient


# %%
az.lab.judge("max", max_dx)

# %%
# print(az.lab.hint("max"))

# %% [markdown]
# ## 3. switch by s
#
# $y = s \odot x$: the switch $s$ lets $x$ pass, or a part of it.
#
# Wanted: $\partial L/\partial s$.


# %%
def switch_ds(g, y, x, s):
    return ...  # your gradient


# %%
az.lab.judge("switch", switch_ds, by="s")

# %%
# print(az.lab.hint("switch", by="s"))

# %% [markdown]
# ## 4. Misprint hunt: group.max.dx.ties
#
# So it is printed. Which sign, index, factor or transpose is wrong? Write the formula as it should read; here it is for one sample, without batch axes.

# %%
az.lab.hunt("group.max.dx.ties")

# %% [markdown]
# What is right instead?


# %%
def corrected_max_dx_ties(g, y, x):
    return ...  # your gradient


# %%
az.lab.judge("group.max.dx.ties", corrected_max_dx_ties)

# %%
# print(az.lab.hint("group.max.dx.ties"))

# %% [markdown]
# ## Score

# %%
az.lab.score()
